"""Organisations from outside sources: what contradicts the register is shown, decided and remembered."""
import gzip
import json
import os
import subprocess
import unittest

from tocsin_process import SOURCE, Tocsin, wait_until

RPSL = """% an invented dump

organisation:  ORG-NP1-EXAMPLE
org-name:      Northern Power
country:       XA
abuse-c:       NPA1-EXAMPLE
source:        RIPE

inetnum:       192.0.2.0 - 192.0.2.255
netname:       NP-NET
country:       XA
org:           ORG-NP1-EXAMPLE
source:        RIPE

role:          Northern Power Abuse
abuse-mailbox: {address}
nic-hdl:       NPA1-EXAMPLE
source:        RIPE
"""
INTELMQ = """organization,as_or_cidr,contact,comment
Southern Gas,192.0.2.0/24,desk@gas.example,
Northern Power,AS64496,noc@power.example,
"""


class Conflicts(unittest.TestCase):
    def setUp(self):
        self.tocsin = Tocsin(config='[team]\ncountry = "XA"\n')
        self.addCleanup(self.tocsin.__exit__, None, None, None)
        self.folder = self.tocsin.folder

    def file(self, name, text):
        path = self.folder / name
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(text.encode()))
        else:
            path.write_text(text)
        return str(path)

    def take(self, file, *words, expect=0):
        return self.tocsin.json("org", "import", file, *words, expect=expect)

    def open(self):
        return self.tocsin.json("conflict", "list")["items"]

    def owners(self):
        return sorted(item["organisation"]["name"] for item in self.tocsin.json("resource", "list")["items"]
                      if item["value"] == "192.0.2.0/24")

    def test_two_sources_contradict_a_person_decides_and_is_not_asked_again(self):
        dump = self.file("ripe.db.gz", RPSL.format(address="abuse@power.example"))
        planned = self.take(dump, "--source", "RIPE", "--dry-run")
        self.assertEqual((planned["format"], planned["added"]), ("rpsl", 3))
        self.assertEqual(self.tocsin.json("org", "list")["items"], [])
        self.take(dump, "--source", "RIPE", "--as-of", "2026-11-20", "--country", "XA")
        resource = self.tocsin.json("resource", "list")["items"][0]
        self.assertEqual((resource["how"], resource["standing"]), ("RIPE ORG-NP1-EXAMPLE, 2026-11-20", "verified"))

        fody = self.file("contacts.csv", INTELMQ)
        dry = self.take(fody, "--source", "Fody", "--dry-run", expect=3)
        self.assertEqual((dry["format"], dry["conflicts_asked"], self.open()), ("intelmq", 2, []))
        self.take(fody, "--source", "Fody", expect=3)
        owner, contact = sorted(self.open(), key=lambda item: item["kind"], reverse=True)
        self.assertEqual((owner["subject"], owner["ours"][0]["what"], owner["theirs"][0]["what"]),
                         ("prefix 192.0.2.0/24", "Northern Power", "Southern Gas"))
        self.assertIn("RIPE ORG-NP1-EXAMPLE, 2026-11-20", owner["ours"][0]["from"])
        self.assertEqual((contact["role"], contact["theirs"][0]["what"]), ("abuse", "noc@power.example"))
        self.assertEqual(self.owners(), ["Northern Power"], "nothing is overwritten unasked")
        self.assertEqual(self.tocsin.json("lookup", "192.0.2.7")["contacts"][0]["email"], "abuse@power.example")

        self.tocsin.run("conflict", "decide", str(owner["id"]), "keep-ours", expect=1)
        self.tocsin.run("conflict", "decide", str(owner["id"]), "perhaps", "--reason", "x", expect=2)
        self.tocsin.run("conflict", "decide", str(owner["id"]), "keep-ours", "--reason", "asked their NOC")
        done = self.tocsin.json("conflict", "decide", str(contact["id"]), "keep-both", "--reason", "both are read")
        self.assertEqual((done["state"], done["reason"]), ("decided", "both are read"))
        again = self.take(fody, "--source", "Fody")
        self.assertEqual((again["conflicts"], again["conflicts_remembered"], self.open()), (0, 1, []))

        changed = self.file("contacts.csv", INTELMQ.replace("Southern", "Eastern"))
        self.assertEqual(self.take(changed, "--source", "Fody", expect=3)["conflicts_asked"], 1)
        taken = self.tocsin.json("conflict", "decide", str(self.open()[0]["id"]), "take-theirs", "--reason", "sold to them")
        self.assertEqual(self.owners(), ["Eastern Gas"])
        self.tocsin.run("org", "undo", str(taken["change_set"]))
        self.assertEqual(self.owners(), ["Northern Power"])
        self.assertEqual(self.take(changed, "--source", "Fody", expect=3)["conflicts_asked"], 1)
        self.tocsin.run("conflict", "show", "999", expect=4)
        self.tocsin.run("org", "import", fody, "--replace", expect=2)

    def test_the_same_by_the_api_which_only_analysts_may_use(self):
        self.take(self.file("ripe.db", RPSL.format(address="abuse@power.example")), "--source", "RIPE")
        analyst, viewer = self.tocsin.add_key("analyst"), self.tocsin.add_key("viewer")
        self.tocsin.start()
        ask = self.tocsin.http
        proposed = ask("POST", "/api/v1/imports", {"format": "intelmq", "source": "Fody", "name": "c.csv", "content": INTELMQ,
                                                   "as_of": "2026-11-21T00:00:00Z"}, key=analyst)
        self.assertEqual(proposed.status, 201, proposed)
        self.assertEqual(proposed.json["conflicts"], 2)
        self.assertEqual(ask("GET", "/api/v1/source-conflicts?state=open", key=analyst).json["items"], [])
        applied = ask("POST", f"/api/v1/imports/{proposed.json['id']}/apply", key=analyst)
        self.assertEqual(applied.status, 200, applied)
        items = ask("GET", "/api/v1/source-conflicts?state=open&source=Fody", key=analyst).json["items"]
        self.assertEqual([item["as_of"][:10] for item in items], ["2026-11-21"] * 2)
        path = f"/api/v1/source-conflicts/{items[0]['id']}"
        self.assertEqual(ask("GET", path, key=viewer).status, 403)
        self.assertEqual(ask("POST", path + "/decide", {"decision": "keep_ours", "reason": "x"}, key=viewer).status, 403)
        self.assertEqual(ask("POST", path + "/decide", {"decision": "keep_ours"}, key=analyst).status, 422)
        decided = ask("POST", path + "/decide", {"decision": "keep_ours", "reason": "asked"}, key=analyst)
        self.assertEqual((decided.status, decided.json["decision"]), (200, "keep_ours"), decided)
        self.assertEqual(ask("GET", path, key=analyst).json["state"], "decided")

    def test_others_write_while_a_file_is_read(self):
        self.tocsin.start()
        slow = self.folder / "slow.csv"
        os.mkfifo(slow)
        importing = subprocess.Popen(self.tocsin.words("org", "import", str(slow), "--format", "intelmq", "--json"),
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                     env=self.tocsin.environment)
        self.addCleanup(importing.kill)

        def reader_is_there():
            try:
                return os.open(slow, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return None

        pipe = wait_until(reader_is_there, what="the import opening its file")
        half = len(INTELMQ) // 2
        os.write(pipe, INTELMQ[:half].encode())
        self.tocsin.add_key("viewer")
        self.assertEqual(self.tocsin.json("org", "list")["items"], [])
        self.assertIsNone(importing.poll(), "the import still reads")
        os.write(pipe, INTELMQ[half:].encode())
        os.close(pipe)
        out, told = importing.communicate(timeout=120)
        self.assertEqual(importing.returncode, 0, told)
        self.assertEqual(json.loads(out)["added"], 6)

    def test_every_format_is_known_by_its_content(self):
        golden = SOURCE / "tests/golden/sources"
        for name, format in {"rpsl.db": "rpsl", "rdap_several.json": "rdap", "peeringdb.json": "peeringdb",
                             "intelmq.csv": "intelmq", "fody.json": "intelmq", "n6.json": "intelmq",
                             "tuency.json": "tuency", "cerebrate.json": "cerebrate", "security.txt": "security_txt"}.items():
            with self.subTest(name):
                done = self.tocsin.call("org", "import", str(golden / name), "--dry-run", "--json")
                self.assertIn(done.returncode, (0, 3), done.stderr)
                self.assertEqual(json.loads(done.stdout)["format"], format)


if __name__ == "__main__":
    unittest.main()
