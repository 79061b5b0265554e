#!/usr/bin/env python3
"""Reports as those who ask for them meet them: numbers that are the lists' own, six languages, four papers, the same bytes twice."""
import csv
import datetime
import io
import json
import re
import unittest
import zipfile

from tocsin_process import SOURCE, Tocsin

HEADER = '"timestamp","severity","ip","protocol","port","hostname","tag","asn","geo","region","city","naics","hostname_source","sector","banner"\n'
PERIOD = "2026-11-01/2026-12-01"


def report(day, addresses):
    return HEADER + "".join(
        f'"{day} 10:00:00","medium","192.0.2.{n}","tcp","23","","telnet","64500","XA","","","0","","","login: "\n' for n in addresses)


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tocsin = tocsin = Tocsin(config='[team]\nname = "CIRT of Examplia"\nemail = "cirt@cirt.example"\n[server]\npublic_url = "https://cirt.example"\n').__enter__()
        tocsin.run("init")
        tocsin.run("org", "add", "North Power", "--kind", "operator", "--sector", "energy", "--country", "XA")
        tocsin.run("resource", "add", "North Power", "192.0.2.0/28")
        # Ten machines, of which four are gone from the third day on: so many rounds later they are repaired.
        for day in range(10, 20):
            path = tocsin.folder / f"2026-11-{day}-scan_telnet-test.csv"
            path.write_text(report(f"2026-11-{day}", range(1, 11) if day < 12 else range(5, 11)))
            tocsin.run("ingest", str(path))

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    def numbers(self, *words):
        made = json.loads(self.tocsin.run("report", "make", "annual", "--period", PERIOD, "--date", "2026-12-24", "--json", *words))
        return {one["id"]: one["value"] for one in made["figures"]}, {one["id"]: one for one in made["tables"]}, made

    def test_numbers_are_those_of_the_lists(self):
        figures, tables, made = self.numbers()
        self.assertEqual(figures["findings.opened"], 10)
        self.assertEqual(figures["findings.repaired"], 4)
        self.assertEqual(figures["findings.open"], 6)
        self.assertEqual(figures["events.seen"], 10 + 10 + 8 * 6)
        self.assertEqual(figures["constituency.organisations"], 1)
        self.assertIsNone(figures["warnings.hours"])  # nobody was warned: no records, no zero
        self.assertEqual([line["key"] for line in tables["findings.by_month"]["lines"]], ["2026-11"])
        self.assertEqual([line["key"] for line in tables["findings.by_sector"]["lines"]], ["energy"])
        self.assertEqual(made["tlp"], "TLP:AMBER")
        # Every number leads to a page of the console, and to what it counts.
        pages = [re.compile(re.sub(r":\w+", "[^/]+", route)) for route in
                 re.findall(r"pattern: '([^']+)'", (SOURCE / "web/src/app/routes.ts").read_text())]
        everything = json.loads(self.tocsin.run("report", "make", "resolution-58", "--period", PERIOD, "--json"))
        for one in made["figures"] + [line for table in made["tables"] + everything["tables"] for line in table["lines"]]:
            if one.get("link"):
                path = one["link"].split("?")[0]
                self.assertTrue(any(page.fullmatch(path) for page in pages), one)
        tocsin = self.tocsin
        tocsin.start()
        try:
            key = tocsin.json("key", "add", "--name", "r", "--role", "viewer", "--json")["key"]
            links = {one["id"]: one.get("link") for one in made["figures"]}
            for figure in ("findings.opened", "findings.repaired"):
                query = links[figure].split("?", 1)[1]
                count = tocsin.http("GET", f"/api/v1/findings/count?{query}", key=key)
                self.assertEqual(count.json["count"], figures[figure], (figure, count))
            seen = tocsin.http("GET", "/api/v1/events/count?" + links["events.seen"].split("?", 1)[1], key=key)
            self.assertEqual(seen.json["count"], figures["events.seen"], seen)
            # The same by the API, and what a person writes.
            by_api = tocsin.http("GET", f"/api/v1/official-reports/annual?period={PERIOD}&date=2026-12-24", key=key)
            self.assertEqual(by_api.json["figures"], made["figures"], by_api)
            page = tocsin.http("GET", f"/api/v1/official-reports/annual?period={PERIOD}&format=html&language=ru", key=key)
            self.assertIn("Годовой отчёт", page.text)
            self.assertIn("default-src 'none'", page.headers["content-security-policy"])
            self.assertNotIn("script-src", page.headers["content-security-policy"])
            refused = tocsin.http("PUT", "/api/v1/official-report-statements", key=key,
                                  body={"section": "next", "language": "en", "text": "x"})
            self.assertEqual(refused.status, 403, refused)
            self.assertEqual(tocsin.http("GET", "/api/v1/official-reports/annual?period=never", key=key).status, 422)
            self.assertEqual(tocsin.http("GET", f"/api/v1/official-reports/annual?period={PERIOD}").status, 401)
        finally:
            tocsin.stop()

    def test_the_public_sees_no_small_numbers_and_no_links(self):
        _, tables, made = self.numbers("--audience", "public")
        self.assertEqual(made["tlp"], "TLP:CLEAR")
        self.assertFalse([one for one in made["figures"] if one.get("link")])
        for table in tables.values():
            if table["id"] in ("findings.by_type", "findings.by_sector"):
                self.assertTrue(all(max(line["values"]) >= 5 for line in table["lines"]), table)

    def test_papers_in_six_languages_are_the_same_bytes_twice(self):
        tocsin = self.tocsin
        tocsin.run("report", "write", "support_needed", "--period", PERIOD, "--language", "fr", "--text",
                   "Deux analystes & un <b>serveur</b>.\n\n- une formation")
        for language, title in (("ar", "تنفيذ القرار 58"), ("zh", "58"), ("en", "Resolution 58"), ("fr", "Résolution 58"),
                                ("ru", "Резолюции 58"), ("es", "Resolución 58")):
            for kind in ("md", "html", "pdf", "docx"):
                made = []
                for name in ("one", "two"):
                    path = tocsin.folder / f"{name}.{kind}"
                    tocsin.run("report", "make", "resolution-58", "--period", PERIOD, "--date", "2026-12-24", "--language", language,
                               "--format", kind, "--audience", "itu", "--out", str(path))
                    made.append(path.read_bytes())
                self.assertEqual(made[0], made[1], (language, kind))
                if kind in ("md", "html"):
                    self.assertIn(title, made[0].decode())
                    self.assertNotIn("<b>serveur", made[0].decode())
                if kind == "html" and language == "ar":
                    self.assertIn('dir="rtl"', made[0].decode())
                if kind == "pdf":
                    self.assertTrue(made[0].startswith(b"%PDF-") and len(made[0]) > 5000, len(made[0]))
                if kind == "docx":
                    self.assertIn("word/document.xml", zipfile.ZipFile(io.BytesIO(made[0])).namelist())
        listed = tocsin.json("report", "list", "--period", PERIOD, "--json")
        self.assertEqual([one["section"] for one in listed["items"]], ["support_needed"])
        tocsin.run("report", "write", "support_needed", "--period", PERIOD, "--language", "fr", "--remove")
        self.assertEqual(tocsin.json("report", "list", "--period", PERIOD, "--json")["items"], [])

    def test_numbers_as_a_table(self):
        rows = list(csv.DictReader(io.StringIO(self.tocsin.run("report", "make", "annual", "--period", PERIOD, "--format", "csv"))))
        opened = [row for row in rows if row["line"] == "findings.opened"]
        self.assertEqual([row["value"] for row in opened], ["10"])

    def test_what_can_not_be_made_is_said(self):
        for words, said in ((("yearly",), "annual or resolution-58"), (("annual", "--period", "20x6"), "2026-Q2"),
                            (("annual", "--audience", "all"), "ministry"), (("annual", "--language", "de", "--period", "2026"), "language"),
                            (("annual", "--format", "pdf"), "--out"), (("annual", "--format", "ps"), "pdf or docx")):
            done = self.tocsin.call("report", "make", *words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(said, done.stderr, words)


class Links(unittest.TestCase):
    """What stands behind a number is as much as the number says, not more."""
    LISTS = {"/findings": "/api/v1/findings/count", "/events": "/api/v1/events/count", "/notifications": "/api/v1/notifications/count",
             "/intelligence": "/api/v1/intelligence/objects/count", "/directory/organisations": "/api/v1/organisations/count",
             "/directory/resources": "/api/v1/resources/count", "/directory/contacts": "/api/v1/contacts/count"}

    def warn(self, tocsin, day):
        """Three owners are told of two machines each; one says something, one warning is never sent."""
        for n, owner in enumerate(("North Power", "South Water", "East Bank", "West Rail"), 1):
            tocsin.run("org", "add", owner, "--kind", "operator", "--sector", "energy", "--country", "XA")
            tocsin.run("resource", "add", owner, f"192.0.2.{n * 16}/28")
            tocsin.run("contact", "add", owner, "--role", "abuse", "--email", f"soc@o{n}.example")
        path = tocsin.folder / f"{day}-scan_telnet-test.csv"
        path.write_text(report(day, [n * 16 + k for n in range(1, 5) for k in (1, 2)]))
        tocsin.run("ingest", str(path))
        tocsin.run("notify", "plan", "--org", "West Rail", "--hold")
        tocsin.run("notify", "plan", "--release")
        self.assertEqual(tocsin.json("notify", "send")["sent"], 3)
        first = next(one for one in tocsin.json("notify", "list", "--state", "sent", "--json")["items"])
        return tocsin.json("notify", "show", str(first["id"]), "--json")["link"]

    def test_a_list_behind_a_number_has_as_many(self):
        today = datetime.datetime.now(datetime.UTC).date()
        day = str(today - datetime.timedelta(days=1))
        period = f"{today - datetime.timedelta(days=2)}/{today + datetime.timedelta(days=2)}"
        with Tocsin(config='[team]\nname = "CIRT of Examplia"\ncountry = "XA"\n') as tocsin:
            tocsin.run("init")
            link = self.warn(tocsin, day)
            tocsin.run("org", "add", "CIRT of Northland", "--kind", "national_cirt", "--country", "XB")
            for name, count, words in (("ours", 2, ()), ("theirs", 5, ("--from", "CIRT of Northland"))):
                path = tocsin.folder / f"{name}.csv"
                path.write_text("value,type\n" + "".join(f"{name}-{n}.example,domain\n" for n in range(count)))
                tocsin.run("intel", "import", "--marking", "TLP:GREEN", *words, str(path))
            key = tocsin.json("key", "add", "--name", "r", "--role", "viewer", "--json")["key"]
            tocsin.start()
            form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
            answered = tocsin.http("POST", link[link.index("/o/"):], "all=seen", headers=form)
            self.assertEqual(answered.status, 303, answered)
            made = tocsin.http("GET", f"/api/v1/official-reports/annual?period={period}&date={today + datetime.timedelta(days=3)}", key=key).json
            figures = {one["id"]: one for one in made["figures"]}

            def behind(link):
                path, _, query = link.partition("?")
                counted = tocsin.http("GET", self.LISTS[path] + (f"?{query}" if query else ""), key=key)
                self.assertEqual(counted.status, 200, (link, counted))
                return counted.json["count"]

            held = 0
            for one in made["figures"] + [line for table in made["tables"] for line in table["lines"] if line.get("link")]:
                path = (one.get("link") or "").split("?")[0]
                if path not in self.LISTS or one.get("unit", "count") != "count" or one.get("id") == "warnings.organisations":
                    continue
                value = one["value"] if "value" in one else one["values"][0]
                self.assertEqual(behind(one["link"]), value, one)
                held += 1
            self.assertGreaterEqual(held, 11, made)
            value = {name: one["value"] for name, one in figures.items()}
            self.assertEqual((value["sharing.received"], value["warnings.sent"]), (5, 3))
            self.assertGreaterEqual(value["sharing.made"], 2)  # and our own identity, which we made too
            self.assertEqual(value["sharing.held"], value["sharing.received"] + value["sharing.made"])
            self.assertEqual(behind(figures["warnings.answered"]["link"]), 1)
            self.assertEqual(figures["warnings.answered"]["value"], 33.3)
            wrong = tocsin.http("GET", "/api/v1/intelligence/objects/count?originator=nobody", key=key)
            self.assertEqual(wrong.status, 422)
            self.assertIn("ours or others", wrong.text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
