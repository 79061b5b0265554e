#!/usr/bin/env python3
"""What a warning's mail carries for programs, read as its receiver would: IDF, IDEA and X-ARF are taken in by another house and give the same
events, STIX hangs together, sealed mails hold the same; without sharing, or above the clearance, no STIX leaves and the record says why."""
import email
import email.policy
import json
import pathlib
import subprocess
import unittest
import uuid

from gpg_desk import Gpg
from kill_send_test import report
from mail_server import MailServer
from sealed_mail_test import certificate
from tocsin_process import Tocsin

NAMES = ["idea", "xarf", "stix", "green", "stranger", "both", "pgp", "smime", "plain", "idf"]
RULES = """
[[rule]]
name = "idea"
when = { organisation = ["idea", "pgp"] }
attach = "idea"
[[rule]]
name = "xarf"
when = { organisation = ["xarf", "smime"] }
attach = "xarf"
[[rule]]
name = "stix"
when = { organisation = ["stix", "green", "stranger"] }
attach = "stix"
[[rule]]
name = "idf"
when = { organisation = "idf" }
attach = "idf"
[[rule]]
name = "both"
when = { organisation = "both" }
attach = ["csv", "idea"]
"""
SAME = ("source.ip", "source.port", "protocol.transport", "classification.type", "time.source")
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"  # of TLP 2.0, by the OASIS CTI committee


def events(text):
    return sorted(json.dumps({key: event.get(key) for key in SAME}) for event in map(json.loads, text.splitlines()))


class Attachments(unittest.TestCase):
    def setUp(self):
        self.desk = Gpg()
        self.addCleanup(self.desk.close)

    def prepare(self, tocsin):
        tocsin.run("init")
        files = {"organisations.csv": "name,kind,language\n" + "".join(f"{name},constituent,en\n" for name in NAMES),
                 "resources.csv": "organisation,kind,value\n" + "".join(f"{name},prefix,10.0.{i}.0/24\n" for i, name in enumerate(NAMES))}
        for name, text in files.items():
            (tocsin.folder / name).write_text(text)
            tocsin.run("org", "import", tocsin.folder / name)
        self.desk.make("abuse@pgp.example")
        keys = {"pgp": self.desk.public("abuse@pgp.example"),
                "smime": certificate(tocsin.folder, "smime", "abuse@smime.example").read_bytes()}
        for name in NAMES:
            words = ["contact", "add", name, "--email", f"abuse@{name}.example"]
            if name in keys:
                (tocsin.folder / f"{name}.key-file").write_bytes(keys[name])
                words += ["--key-file", tocsin.folder / f"{name}.key-file"]
            tocsin.run(*words)
        tocsin.run("mail-key", "make")
        self.desk.run("--import", input=tocsin.run("mail-key", "export").encode())
        for name, clearance in (("stix", "TLP:AMBER"), ("green", "TLP:GREEN")):
            tocsin.run("peer", "add", name, "--organisation", name, "--clearance", clearance)
        path = tocsin.folder / "2026-11-22-scan_telnet-example.csv"
        path.write_text(report(len(NAMES)))
        tocsin.run("ingest", path)
        (tocsin.folder / "rules.toml").write_text(RULES)
        tocsin.run("rule", "set", tocsin.folder / "rules.toml", "--why", "files for programs")

    def stored(self, tocsin, name):
        return events(tocsin.run("export", "events", "--address", f"10.0.{NAMES.index(name)}.0/24"))

    def taken_in(self, feed, *files):
        """The events another house makes of these files."""
        with Tocsin() as other:
            other.run("init")
            for i, bytes in enumerate(files):
                path = other.folder / f"{i}.json"
                path.write_bytes(bytes)
                other.run("ingest", "--feed", feed, path)
            return events(other.run("export", "events"))

    def files(self, message):
        return {part.get_filename(): (part.get_content_type(), part.get_payload(decode=True)) for part in message.iter_attachments()}

    def end(self, mails, name):
        """Of the only file of a mail: how its name goes on, its type, its bytes."""
        [(called, (kind, bytes))] = self.files(mails[name]).items()
        marking, what, rest = called.split("_", 2)
        self.assertEqual(marking, "TLP-AMBER")
        text = mails[name].get_body(("plain",)).get_content()
        self.assertIn(f"Attached: {called}", text)
        return what + rest[10:], kind, bytes

    def test_each_format_is_what_it_says_and_none_leaves_without_leave(self):
        with MailServer() as server, Tocsin(config='[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n' + server.config() +
                                            "hold = false\n") as tocsin:
            self.prepare(tocsin)
            would = {one["organisation"]["name"]: one["decision"] for one in tocsin.json("notify", "plan", "--dry-run")["items"]}
            self.assertIn("Attached: idea.", would["idea"])
            self.assertIn("STIX is not attached, the CSV goes: nothing is shared with the recipient.", would["stranger"])
            self.assertEqual(tocsin.json("notify", "list")["items"], [])
            tocsin.run("notify", "plan")
            self.assertEqual(tocsin.json("notify", "send")["sent"], len(NAMES))
            mails = {entry["to"][0].split("@")[1].removesuffix(".example"): server.message(entry) for entry in server.delivered()}
            self.assertEqual(set(mails), set(NAMES))

            end, kind, idea = self.end(mails, "idea")
            self.assertEqual((end, kind), ("findings.idea.json", "application/json"))
            [one] = json.loads(idea)
            self.assertEqual((one["Format"], one["Source"][0]["IP4"], one["Source"][0]["Port"]), ("IDEA0", ["10.0.0.7"], [23]))
            self.assertEqual(one["Note"], "TLP:AMBER")
            self.assertEqual(self.taken_in("generic/idea", idea), self.stored(tocsin, "idea"))

            end, kind, idf = self.end(mails, "idf")
            self.assertEqual((end, kind), ("findings.idf.jsonl", "application/x-ndjson"))
            self.assertEqual(json.loads(idf)["tlp"], "AMBER")
            self.assertEqual(self.taken_in("generic/idf", idf), self.stored(tocsin, "idf"))

            end, kind, xarf = self.end(mails, "xarf")
            self.assertEqual((end, kind), ("xarf_1.json", "application/json"))
            one = json.loads(xarf)
            self.assertEqual((one["xarf_version"], one["source_identifier"], one["reporter"]["contact"]), ("4.0.0", "10.0.1.7", "cirt@cirt.example"))
            self.assertEqual(one["tags"], ["tlp:amber"])
            self.assertEqual(self.taken_in("generic/xarf", xarf), self.stored(tocsin, "xarf"))

            end, kind, stix = self.end(mails, "stix")
            self.assertEqual((end, kind), ("findings.stix.json", "application/stix+json"))
            self.check_stix(json.loads(stix))

            shown = {one["organisation"]["name"]: tocsin.json("notify", "show", one["id"]) for one in tocsin.json("notify", "list")["items"]}
            for name, why in (("green", "stix_refused"), ("stranger", "stix_not_shared")):
                end, kind, table = self.end(mails, name)
                self.assertEqual((end, kind), ("findings.csv", "text/csv"))
                self.assertNotIn(b"bundle", mails[name].as_bytes())
                self.assertIn(why, [entry["what"] for entry in shown[name]["timeline"]])
            self.assertEqual(self.end(mails, "plain")[0], "findings.csv")
            self.assertEqual([kind for kind, _ in self.files(mails["both"]).values()], ["text/csv", "application/json"])

            inside, _ = self.desk.decrypt(mails["pgp"].get_payload(1).get_payload(decode=True))
            inside = {"pgp": email.message_from_bytes(inside, policy=email.policy.default)}
            self.assertEqual(self.taken_in("generic/idea", self.end(inside, "pgp")[2]), self.stored(tocsin, "pgp"))
            opened = subprocess.run(["openssl", "cms", "-decrypt", "-inkey", tocsin.folder / "smime.key", "-recip", tocsin.folder / "smime.crt"],
                                    input=self.raw(server, "smime"), capture_output=True, check=True).stdout
            inside = {"smime": email.message_from_bytes(opened, policy=email.policy.default)}
            self.assertEqual(self.taken_in("generic/xarf", self.end(inside, "smime")[2]), self.stored(tocsin, "smime"))

    def raw(self, server, name):
        [entry] = [one for one in server.delivered() if one["to"] == [f"abuse@{name}.example"]]
        return pathlib.Path(entry["file"]).read_bytes()

    def check_stix(self, bundle):
        self.assertEqual(bundle["type"], "bundle")
        by_id = {one["id"]: one for one in bundle["objects"]}
        self.assertEqual(len(by_id), len(bundle["objects"]))
        for one in bundle["objects"]:
            self.assertTrue(one["id"].startswith(one["type"] + "--"))
            for ref in one.get("object_refs", []) + one.get("object_marking_refs", []) + [one[key] for key in ("dst_ref",) if key in one]:
                self.assertIn(ref, by_id)
            if one["type"] != "marking-definition":
                self.assertEqual(one["object_marking_refs"], [AMBER])
        self.assertEqual(sorted(one["type"] for one in bundle["objects"]),
                         ["grouping", "ipv4-addr", "marking-definition", "network-traffic", "observed-data"])
        of_type = {one["type"]: one for one in bundle["objects"]}
        self.assertEqual(of_type["ipv4-addr"]["value"], "10.0.2.7")
        named = uuid.uuid5(uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7"), '{"value":"10.0.2.7"}')  # STIX 2.1 section 2.9
        self.assertEqual(of_type["ipv4-addr"]["id"], f"ipv4-addr--{named}")
        self.assertEqual((of_type["network-traffic"]["dst_port"], of_type["network-traffic"]["protocols"]), (23, ["tcp"]))
        self.assertEqual(of_type["observed-data"]["last_observed"], "2026-11-22T04:00:00.000Z")
        self.assertIn("open-telnet", of_type["observed-data"]["labels"])

    def test_a_wrong_format_is_named_with_its_line(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            path = tocsin.folder / "rules.toml"
            path.write_text('[[rule]]\nname = "r"\nattach = "pdf"\n')
            done = tocsin.call("rule", "check", path)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn('rules.toml:3: "r": attach: expected one of csv, idf, idea, xarf, stix', done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
