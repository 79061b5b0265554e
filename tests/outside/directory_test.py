"""The directory from outside: organisations, resources, contacts, imports, undo, lookup."""
import json
import unittest

from tocsin_process import Tocsin

CONFIG = """[team]
country = "XA"
[enrichment]
asn = "{folder}/asn.tsv"
"""
ASNS = "192.0.2.0\t192.0.2.255\t64496\tXA\tNORTHERN POWER\n203.0.113.0\t203.0.113.255\t64511\tXB\tELSEWHERE\n"


class Directory(unittest.TestCase):
    def setUp(self):
        self.tocsin = Tocsin(config="")
        self.addCleanup(self.tocsin.__exit__, None, None, None)
        self.folder = self.tocsin.folder
        (self.folder / "asn.tsv").write_text(ASNS)
        self.tocsin.config.write_text(CONFIG.format(folder=self.folder))
        self.tocsin.run("org", "add", "Energy CIRT", "--kind", "sector-cirt", "--language", "fr")
        self.tocsin.run("org", "add", "Northern Power", "--kind", "operator", "--parent", "Energy CIRT")
        self.tocsin.run("contact", "add", "Energy CIRT", "--email", "duty@cirt.example", "--role", "duty")

    def lookup(self, what):
        return self.tocsin.json("lookup", what)

    def file(self, name, text):
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def test_a_lookup_says_whose_it_is_and_why(self):
        self.tocsin.run("resource", "add", "Northern Power", "192.0.2.0/24", "--verified")
        self.tocsin.run("resource", "add", "Energy CIRT", "AS64496")
        answer = self.lookup("192.0.2.7")
        self.assertEqual([owner["name"] for owner in answer["owners"]], ["Northern Power", "Energy CIRT"])
        self.assertEqual(answer["reason"], "Northern Power: prefix 192.0.2.0/24, verified")
        self.assertEqual(answer["network"]["as_name"], "NORTHERN POWER")
        self.assertEqual(answer["contacts"][0]["email"], "duty@cirt.example")
        self.assertGreaterEqual(answer["milliseconds"], 0)
        self.assertEqual(self.lookup("203.0.113.1")["lane"], "abroad")
        self.assertEqual(self.lookup("as64496")["owners"][0]["name"], "Energy CIRT")
        self.tocsin.run("lookup", "no such thing!", expect=2)

    def test_a_dry_run_an_import_and_its_undo(self):
        file = self.file("r.csv", "organisation,kind,value\nNorthern Power,prefix,192.0.2.0/24\n"
                                  "Northern Power,prefix,192.0.2.1/24\nNobody,asn,1\n")
        planned = self.tocsin.json("org", "import", file, "--dry-run", expect=3)
        self.assertEqual((planned["added"], planned["rejected"], planned["conflicts"]), (1, 1, 1))
        self.assertEqual(self.tocsin.json("resource", "list")["items"], [])
        done = self.tocsin.call("org", "import", file, "--json")
        self.assertIn(":3: value: expected a prefix without bits behind its length", done.stderr)
        self.assertEqual(len(self.tocsin.json("resource", "list")["items"]), 1)
        self.tocsin.run("org", "undo", str(json.loads(done.stdout)["change"]))
        self.assertEqual(self.tocsin.json("resource", "list")["items"], [])
        self.tocsin.run("org", "import", self.file("x.csv", "a,b\n"), expect=1)

    def test_an_export_is_read_back_without_a_change(self):
        self.tocsin.run("resource", "add", "Northern Power", "power.example")
        exported = self.tocsin.run("org", "export")
        again = self.tocsin.json("org", "import", self.file("all.json", exported))
        self.assertEqual((again["added"], again["changed"], again["removed"], again["unchanged"]), (0, 0, 0, 4))

    def test_an_erased_person_is_nowhere_in_the_directory(self):
        added = self.tocsin.json("contact", "add", "Northern Power", "--email", "amina@power.example")
        self.tocsin.run("contact", "edit", str(added["id"]), "--name", "Amina")
        self.tocsin.run("contact", "remove", str(added["id"]), "--erase")
        self.assertNotIn("amina", self.tocsin.run("org", "export"))
        self.tocsin.run("contact", "remove", str(added["id"]), expect=4)
        history = self.tocsin.run("org", "history", "--json")
        self.assertIn("erase contact", history)
        self.assertNotIn("amina", history)

    def test_fifty_thousand_lines_go_in(self):
        rows = "".join(f"Northern Power,prefix,10.{i >> 8 & 255}.{i & 255}.{i >> 16 << 6}/26\n" for i in range(50000))
        file = self.file("big.csv", "organisation,kind,value\n" + rows)
        self.assertEqual(self.tocsin.json("org", "import", file)["added"], 50000)


if __name__ == "__main__":
    unittest.main()
