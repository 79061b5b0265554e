#!/usr/bin/env python3
"""The job Build as a team meets it: from nothing to a proposal, answers, evidence, a plan; and where teams are missing."""
import json
import unittest

from tocsin_process import Tocsin

CLAIMS = """country,says,team,claimant,source,date
KE,yes,"KE-CIRT/CC",ITU,https://list.example/,2026-05-01
KEN,no,,A newspaper,https://news.example/,2026-06-01
Atlantis,yes,,ITU,https://list.example/,2026-05-01
"""


class Readiness(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tocsin = Tocsin().__enter__()
        cls.tocsin.run("init")
        cls.tocsin.run("org", "add", "First Bank", "--kind", "constituent", "--country", "XA")

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    def test_catalogues_are_listed_shown_and_checked(self):
        tocsin = self.tocsin
        listed = {one["id"]: one for one in tocsin.json("catalogue", "list")["items"]}
        self.assertEqual(listed["sim3-v2i"]["size"], 45)
        self.assertEqual(listed["x1060-2021-06"]["size"], 64)
        shown = json.loads(tocsin.run("catalogue", "show", "sim3", "--json"))
        self.assertEqual(shown["version"], "v2i")
        broken = tocsin.folder / "broken.json"
        shown["items"][3]["name"]["fr"] = ""
        shown["items"][4]["id"] = "O-1"
        broken.write_text(json.dumps(shown))
        done = tocsin.call("catalogue", "check", broken)
        self.assertEqual(done.returncode, 1)
        self.assertIn("items.[3].name.fr: expected", done.stderr)
        self.assertIn("items.[4].id: expected", done.stderr)

    def test_from_nothing_to_a_plan(self):
        tocsin = self.tocsin
        dry = tocsin.json("assess", "propose", "--people", "3", "--hours", "always", "--mandate", "no", "--dry-run")
        self.assertEqual(dry["team"], "three")
        self.assertEqual(len(dry["remarks"]), 2)
        made = tocsin.json("assess", "propose", "--people", "shared", "--mandate", "yes", "--with", "the region",
                           "--title", "Start")
        self.assertTrue(any(answer["assigned_to"] == "the region" for answer in made["answers"]))
        number = made["id"]
        saved = tocsin.json("assess", "set", number, "A-1", "--value", "2", "--because", "one person does it")
        self.assertEqual((saved["value"], saved["version"]), (2, 2))
        late = tocsin.call("assess", "set", number, "A-1", "--value", "3", "--version", "1")
        self.assertNotEqual(late.returncode, 0)
        self.assertIn("changed meanwhile", late.stderr)
        plan = tocsin.json("roadmap", "propose", "Start", "--months", "12")["items"]
        self.assertEqual({step["phase"] for step in plan} & {"design", "establishment"}, {"design", "establishment"})
        tocsin.run("roadmap", "set", plan[0]["id"], "--done", "--owner", "Amina")
        again = tocsin.json("roadmap", "propose", "Start")["items"]
        self.assertEqual(len(again), len(plan))
        self.assertIn("B Real-time analysis", tocsin.run("roadmap", "list", "Start"))
        self.assertTrue(next(step for step in again if step["id"] == plan[0]["id"])["done"])

    def test_exports_come_back(self):
        tocsin = self.tocsin
        tocsin.run("assess", "new", "sim3", "--title", "Ours", "--assessor", "Amina")
        tocsin.run("assess", "set", "Ours", "O-8", "--value", "2", "--assessor", "Amina")
        file = tocsin.folder / "ours.json"
        tocsin.run("assess", "export", "Ours", "--output", file)
        self.assertNotEqual(tocsin.call("assess", "import", file).returncode, 0)
        copy = tocsin.json("assess", "import", file, "--copy")
        self.assertEqual(copy["answers"][0]["value"], 2)
        compared = tocsin.json("assess", "compare", copy["id"], "Ours")
        self.assertEqual((compared["risen"], compared["fallen"]), (0, 0))

    def test_the_same_facts_fill_an_index_and_a_law(self):
        tocsin = self.tocsin
        made = tocsin.json("evidence", "add", "Course on triage", "--kind", "training", "--item", "sim3:H-5", "--link", "https://intranet.example/triage")
        for framework, item in (("sim3", "H-5"), ("gci-evidence", "capacity.training"), ("nis2-csirt", "11.1.e")):
            found = {one["item"]: one for one in tocsin.json("evidence", "list", "--framework", framework)["items"]}
            self.assertIn("Course on triage", [piece["value"] for piece in found[item]["pieces"]], framework)
            self.assertTrue(found[item]["proposed"], framework)
        records = {one["item"]: one for one in tocsin.json("evidence", "list", "--framework", "nis2-csirt")["items"]}
        self.assertIn("constituency.register", [piece["rule"] for piece in records["10.1"]["pieces"]])
        self.assertIn("first-membership", tocsin.run("catalogue", "list"))
        tocsin.run("evidence", "remove", made["id"])

    def test_evidence_has_links_and_is_taken(self):
        tocsin = self.tocsin
        evidence = {one["item"]: one for one in tocsin.json("evidence", "list")["items"]}
        register = next(piece for piece in evidence["O-2"]["pieces"] if piece["rule"] == "constituency.register")
        self.assertTrue(register["has_records"])
        self.assertEqual(register["link"], "/api/v1/organisations")
        self.assertEqual(evidence["O-2"]["proposed"], 1)
        self.assertEqual(evidence["H-4"]["pieces"][0]["value"], "no records")
        paper = tocsin.folder / "decree.txt"
        paper.write_text("We decree.")
        document = tocsin.json("evidence", "add", "Decree", "--kind", "mandate", "--item", "sim3:O-1", "--file", paper,
                               "--approved-by", "the ministry")
        self.assertEqual(len(document["sha256"]), 64)
        tocsin.run("assess", "new", "sim3", "--title", "Evidence")
        taken = tocsin.json("assess", "set", "Evidence", "O-1", "--take-evidence")
        self.assertEqual((taken["value"], taken["proposed_by"]), (3, "document"))
        beside = {one["item"]: one for one in tocsin.json("evidence", "list", "--assessment", "Evidence")["items"]}
        self.assertEqual(beside["O-1"]["standing"], "proven")
        tocsin.run("evidence", "remove", document["id"])
        beside = {one["item"]: one for one in tocsin.json("evidence", "list", "--assessment", "Evidence")["items"]}
        self.assertEqual((beside["O-1"]["standing"], beside["O-1"]["counts"]), ("stale", 2))

    def test_claims_stand_side_by_side(self):
        tocsin = self.tocsin
        file = tocsin.folder / "claims.csv"
        file.write_text(CLAIMS)
        dry = tocsin.json("register", "import", file, "--dry-run", expect=3)
        self.assertEqual((dry["good"], dry["added"], dry["rejected"]), (2, 0, 1))
        done = tocsin.call("register", "import", file)
        self.assertEqual(done.returncode, 3)
        self.assertIn(":4: country: expected a Member State", done.stderr)
        kenya = tocsin.json("register", "show", "Kenya")["items"][0]
        self.assertEqual(kenya["picture"], "contradicting")
        self.assertEqual([claim["says"] for claim in kenya["claims"]], ["no", "yes"])
        gaps = tocsin.json("register", "gaps", "--weight", "sids=40")
        self.assertEqual(len(gaps["items"]), 194)
        self.assertTrue(gaps["items"][0]["sids"])
        self.assertEqual(gaps["weights"]["sids"], 40)
        tocsin.run("register", "add", "sectors", "--entry", "energy=Energy@critical", "--entry", "health=Health")
        tocsin.run("register", "claim", "energy", "--register", "sectors", "--says", "planned", "--by", "the ministry",
                   "--source", "https://gov.example/", "--date", "2026-05-01")
        shown = {one["code"]: one["picture"] for one in tocsin.json("register", "show", "--register", "sectors")["items"]}
        self.assertEqual(shown, {"energy": "planned", "health": "unknown"})


if __name__ == "__main__":
    unittest.main()
