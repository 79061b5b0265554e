#!/usr/bin/env python3
"""From nothing to a working team, and a nation whose records prove it: the job Build as one story, by commands and REST only."""
import datetime
import io
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import zipfile

from tocsin_process import Tocsin, program, quick_folder

CLAIMS = """country,says,team,claimant,source,date
KE,yes,KE-CIRT/CC,ITU,https://list.example/,2026-05-01
TG,yes,CERT.tg,ITU,https://list.example/,2026-05-01
TD,no,,A study,https://study.example/,2026-06-01
"""


def pages_of(pdf):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


class FromNothing(unittest.TestCase):
    def test_a_wizard_leads_to_a_portfolio_a_roadmap_and_a_public_page(self):
        with Tocsin(config='[team]\nname = "CIRT of Examplia"\nemail = "cirt@cirt.example"\n') as tocsin:
            tocsin.run("init")
            # A law, seven people, a neighbour who gives the rest.
            made = tocsin.json("assess", "propose", "--people", "7", "--hours", "extended", "--mandate", "yes",
                               "--constituency", "the ministries and operators", "--with", "the regional CIRT", "--title", "Our start")
            portfolio = [one for one in made["answers"] if one["wanted"] is not None]
            self.assertGreater(len(portfolio), 15)
            self.assertTrue(all(one["assignment"] and one["recommendation"] and one["why"] for one in portfolio), portfolio[0])
            self.assertTrue(any(one["assigned_to"] == "the regional CIRT" for one in made["answers"]))
            steps = tocsin.json("roadmap", "propose", "Our start", "--months", "12")["items"]
            self.assertGreaterEqual({step["phase"] for step in steps}, {"design", "establishment"})
            self.assertTrue(all(step["due"] and step["group"] for step in steps), steps[0])
            # The same answers make the page that everybody reads.
            for name, value in (("team_name", "CIRT of Examplia"), ("email", "cirt@cirt.example"), ("phone", "+1 555 0100"),
                                ("mandate.fr", "Coordonner la réponse aux incidents.")):
                tocsin.run("document", "set", name, value)
            tocsin.start()
            self.assertEqual(tocsin.http("GET", "/rfc2350").status, 404)
            tocsin.run("document", "publish", "rfc2350", "--language", "fr")
            page = tocsin.http("GET", "/rfc2350")
            self.assertEqual(page.status, 200)
            for said in ('<html lang="fr"', "CIRT of Examplia", "+1 555 0100", "Coordonner la réponse aux incidents."):
                self.assertIn(said, page.text)
            self.assertIn('dir="rtl"', tocsin.http("GET", "/rfc2350?language=ar").text)


class DemonstrationNation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-nation-", dir=quick_folder()))
        data = cls.folder / "data"
        made = subprocess.Popen([program(), "demo", "--data", data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
        told = []
        for line in made.stdout:
            told.append(line)
            if line.startswith("Ready: "):
                break
        made.terminate()
        made.stdout.close()
        made.wait(timeout=30)
        assert told and told[-1].startswith("Ready: "), "".join(told)
        cls.tocsin = Tocsin(data=data).__enter__()
        cls.key = cls.tocsin.json("key", "add", "--name", "story", "--role", "administrator", "--json")["key"]
        cls.tocsin.start()

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)
        shutil.rmtree(cls.folder, ignore_errors=True)

    def get(self, path):
        return self.tocsin.http("GET", path, key=self.key)

    def test_records_fill_more_than_half_of_sim3_by_themselves(self):
        items = self.get("/api/v1/evidence?framework=sim3").json["items"]
        self.assertEqual(len(items), 45)
        proposed = [one for one in items if one["proposed"]]
        self.assertGreater(len(proposed) * 2, len(items), sorted(one["item"] for one in items if not one["proposed"]))
        links = set()
        for one in proposed:
            fresh = [piece for piece in one["pieces"] if piece["has_records"] and not piece["is_stale"]]
            self.assertTrue(fresh, one)
            for piece in fresh:
                self.assertTrue(piece["value"] and piece["date"] and piece["why"], piece)
                links |= {piece["link"]}
        self.assertGreater(len(links), 8)
        for link in sorted(links):
            self.assertEqual(self.get(link).status, 200, link)
        # Taken, they are scores that say what they rest on.
        made = self.tocsin.json("assess", "new", "sim3", "--title", "By its records")
        for one in proposed:
            self.tocsin.run("assess", "set", made["id"], one["item"], "--take-evidence")
        taken = self.tocsin.json("assess", "show", made["id"])["answers"]
        self.assertEqual({one["item"]: one["value"] for one in taken}, {one["item"]: one["proposed"] for one in proposed})
        self.assertTrue(all(one["proposed_by"] for one in taken))

    def test_the_gap_of_a_region_is_told(self):
        file = self.folder / "claims.csv"
        file.write_text(CLAIMS)
        before = self.tocsin.json("register", "gaps")
        africa = {group["id"]: group for group in before["groups"]}["AFR"]
        self.assertEqual(self.tocsin.json("register", "import", file)["added"], 3)
        after = self.tocsin.json("register", "gaps")
        now = {group["id"]: group for group in after["groups"]}["AFR"]
        self.assertEqual(now["entries"], africa["entries"])
        pictures = ("unknown", "claimed", "denied", "planned", "contradicting")
        self.assertEqual({name: now[name] - africa[name] for name in pictures},
                         {"unknown": -3, "claimed": 2, "denied": 1, "planned": 0, "contradicting": 0})
        self.assertEqual(sum(now[name] for name in pictures), now["entries"])
        # Need is ranked: who is said to have none stands before who is said to have one.
        order = [one["code"] for one in after["items"]]
        self.assertLess(order.index("TD"), order.index("KE"))

    def test_the_yearly_report_prints_in_french_and_arabic(self):
        year = datetime.datetime.now(datetime.UTC).year
        for language, word in (("fr", "Rapport annuel"), ("ar", None)):
            file = self.folder / f"annual.{language}.pdf"
            self.tocsin.run("report", "make", "annual", "--period", f"{year - 1}-12-01/{year + 1}-01-01", "--language", language,
                            "--format", "pdf", "--out", file)
            pdf = file.read_bytes()
            self.assertTrue(pdf.startswith(b"%PDF-"), pdf[:20])
            self.assertGreater(pages_of(pdf), 1, len(pdf))
            if shutil.which("pdftotext"):
                text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
                if word:
                    self.assertIn(word, text)
                else:
                    self.assertGreater(len(re.findall(r"[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufeff]", text)), 500)
            else:
                self.assertGreater(len(pdf), 20_000)
        docx = self.folder / "annual.ar.docx"
        self.tocsin.run("report", "make", "annual", "--period", str(year), "--language", "ar", "--format", "docx", "--out", docx)
        with zipfile.ZipFile(io.BytesIO(docx.read_bytes())) as parts:
            self.assertIn("التقرير", parts.read("word/document.xml").decode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
