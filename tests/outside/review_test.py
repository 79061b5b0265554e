#!/usr/bin/env python3
"""A review without travel: one Tocsin packages an assessment, another comments and countersigns, the first takes it back;
and assessments as spreadsheets that people fill in."""
import io
import json
import re
import unittest
import zipfile

from tocsin_process import Tocsin

HOME = "[team]\nname = \"Southland CERT\"\n"
GUEST = "[team]\nname = \"Northland CERT\"\n"


def with_sheet(workbook, change):
    """The bytes of a workbook, with another text for its first sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text.decode()) if name == "xl/worksheets/sheet1.xml" else text)
    return out.getvalue()


class Review(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Tocsin(config=HOME).__enter__()
        cls.guest = Tocsin(config=GUEST).__enter__()
        for tocsin in (cls.home, cls.guest):
            tocsin.run("init")
        cls.home.run("assess", "new", "sim3", "--title", "Ours", "--assessor", "Amina")
        cls.home.run("assess", "set", "Ours", "O-2", "--value", "2", "--because", "the decree", "--evidence",
                     "https://inside.example/")
        cls.home.run("assess", "set", "Ours", "O-1", "--value", "1")

    @classmethod
    def tearDownClass(cls):
        cls.home.__exit__(None, None, None)
        cls.guest.__exit__(None, None, None)

    def packaged(self, name, *words):
        file = self.home.folder / name
        self.home.run("assess", "package", "Ours", *words, "-o", file)
        return file

    def fingerprint(self, tocsin):
        return tocsin.json("assess", "review", "list")["fingerprint"]

    def test_a_package_goes_there_and_back(self):  # the first by its name: nobody's key is known yet
        home, guest = self.home, self.guest
        file = self.packaged("ours.tocsin-review", "--redact", "evidence,names", "--for", "Northland")
        self.assertNotIn("inside.example", file.read_text())
        self.assertNotIn("Amina", file.read_text())
        unknown = guest.call("assess", "review", "open", file)
        self.assertEqual(unknown.returncode, 5)
        self.assertIn(self.fingerprint(home), unknown.stderr)
        opened = guest.json("assess", "review", "open", file, "--trust", self.fingerprint(home))
        self.assertEqual((opened["team"], opened["side"]), ("Southland CERT", "guest"))
        self.assertEqual([one["kind"] for one in opened["redacted"]], ["evidence", "names"])
        guest.run("assess", "review", "comment", "O-2", "The decree is signed: why not 3?", "--level", "3")
        self.assertNotEqual(guest.call("assess", "review", "comment", "O-99", "x").returncode, 0)
        self.assertIn("the decree", guest.run("assess", "review", "show"))
        back = guest.folder / "back.tocsin-review"
        guest.run("assess", "review", "sign", "--reviewer", "N. Reviewer", "-o", back)

        refused = home.call("assess", "review", "take", back)
        self.assertEqual(refused.returncode, 5)
        taken = home.json("assess", "review", "take", back, "--trust", self.fingerprint(guest))
        self.assertEqual(taken["signatures"][0]["team"], "Northland CERT")
        answers = {(one["item"], one["assessor"]): one for one in home.json("assess", "show", "Ours")["answers"]}
        self.assertEqual(answers["O-2", "N. Reviewer (Northland CERT)"]["value"], 3)
        self.assertEqual(answers["O-2", ""]["value"], 2)
        self.assertIn("countersigned", home.run("assess", "review", "list"))
        proof = home.folder / "proof.json"
        home.run("assess", "review", "prove", taken["id"], "-o", proof)
        self.assertIn("nothing was changed", guest.run("assess", "review", "prove", opened["id"], "--check", proof))
        proof.write_text(proof.read_text().replace("the decree", "a decree"))
        self.assertEqual(guest.call("assess", "review", "prove", opened["id"], "--check", proof).returncode, 1)
        self.assertIn("whole", home.run("audit", "verify"))

    def test_an_altered_byte_anywhere_is_refused(self):
        file = self.packaged("altered.tocsin-review")
        trust = self.fingerprint(self.home)
        good = file.read_bytes()
        for at in range(0, len(good), max(1, len(good) // 40)):
            altered = bytearray(good)
            altered[at] = ord("7") if altered[at] != ord("7") else ord("8")
            file.write_bytes(bytes(altered))
            done = self.guest.call("assess", "review", "open", file, "--trust", trust)
            self.assertEqual(done.returncode, 1, f"byte {at}: {done.stdout}")
        file.write_bytes(good)
        self.guest.run("assess", "review", "open", file, "--trust", trust)

    def test_the_api_does_the_same(self):
        with Tocsin(config=GUEST) as guest:
            guest.run("init")
            key = guest.add_key("analyst")
            guest.start()
            file = self.packaged("api.tocsin-review").read_bytes()
            headers = {"content-type": "application/octet-stream"}
            refused = guest.http("POST", "/api/v1/reviews", file, key=key, headers=headers)
            self.assertEqual(refused.status, 403, refused)
            trust = self.fingerprint(self.home)
            opened = guest.http("POST", f"/api/v1/reviews?trust={trust}", file, key=key, headers=headers)
            self.assertEqual(opened.status, 200, opened)
            number = opened.json["review"]["id"]
            said = guest.http("PUT", f"/api/v1/reviews/{number}/comments/O-1", {"level": 2, "text": "More"}, key=key)
            self.assertEqual(said.status, 200, said)
            signed = guest.http("POST", f"/api/v1/reviews/{number}/sign", {"reviewer": "R."}, key=key)
            self.assertEqual(signed.status, 200, signed)
            back = self.home.folder / "api-back.tocsin-review"
            back.write_bytes(signed.body)
            ours = guest.http("GET", "/api/v1/reviews/keys", key=key).json["fingerprint"]
        taken = self.home.json("assess", "review", "take", back, "--trust", ours)
        self.assertEqual(taken["signatures"][0]["comments"][0]["text"], "More")

    def test_spreadsheets_go_out_and_come_back(self):
        home = self.home
        file = home.folder / "ours.xlsx"
        home.run("assess", "export", "Ours", "--format", "xlsx", "--language", "fr", "-o", file)
        first = file.read_bytes()
        home.run("assess", "export", "Ours", "--format", "xlsx", "--language", "fr", "-o", file)
        self.assertEqual(first, file.read_bytes())
        self.assertNotEqual(home.call("assess", "import", file).returncode, 0)
        copy = home.json("assess", "import", file, "--copy")
        self.assertEqual(copy["rejected"], 0)
        compared = home.json("assess", "compare", copy["assessment"], "Ours")
        self.assertEqual((compared["risen"], compared["fallen"]), (0, 0))

        file.write_bytes(with_sheet(first, lambda xml: re.sub(r'(<c r="C\d+">)<v>2</v>', r"\1<v>9</v>", xml, count=1)))
        dry = home.json("assess", "import", file, "--copy", "--dry-run", expect=3)
        self.assertEqual((dry["rejected"], dry["assessment"]), (1, None))
        self.assertEqual(dry["faults"][0]["column"], "level")
        done = home.call("assess", "import", file, "--copy")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"answers row \d+, level: expected one of 0, 1, 2, 3, 4, found 9")

        file.write_bytes(with_sheet(first, lambda xml: xml.replace("<v>2</v>", "<f>1+1</f><v>2</v>", 1)))
        done = home.call("assess", "import", file, "--copy")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"answers!C\d+: expected a value, found a formula")


if __name__ == "__main__":
    unittest.main()
