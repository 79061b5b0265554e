#!/usr/bin/env python3
"""Reports as those who ask for them meet them: numbers that are the lists' own, six languages, four papers, the same bytes twice."""
import csv
import datetime
import io
import json
import re
import unittest
import urllib.parse
import zipfile

from tocsin_process import SOURCE, Tocsin, wait_until

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
        links = [one["link"] for one in made["figures"]] + [link for table in made["tables"] + everything["tables"] for line in table["lines"] for link in line.get("links", ())]
        for link in links:
            self.assertTrue(any(page.fullmatch(link.split("?")[0]) for page in pages), link)
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
    """What stands behind a number is what the number says: of every number of both reports, for a past and a present period."""
    COUNTED = {"/findings": "/api/v1/findings/count", "/events": "/api/v1/events/count", "/notifications": "/api/v1/notifications/count",
               "/intelligence": "/api/v1/intelligence/objects/count", "/directory/organisations": "/api/v1/organisations/count",
               "/directory/resources": "/api/v1/resources/count", "/directory/contacts": "/api/v1/contacts/count"}
    LISTED = {"/feeds": "/api/v1/feeds", "/peers": "/api/v1/peers", "/steps": "/api/v1/roadmap-steps", "/evidence": "/api/v1/evidence/documents",
              "/readiness": "/api/v1/assessments", "/registers/states": "/api/v1/registers/states/gaps"}
    TODAY = datetime.datetime.now(datetime.UTC).date()

    @classmethod
    def day(cls, ago):
        return str(cls.TODAY - datetime.timedelta(days=ago))

    @classmethod
    def setUpClass(cls):
        cls.tocsin = tocsin = Tocsin(config='[team]\nname = "CIRT of Examplia"\ncountry = "XA"\n').__enter__()
        tocsin.run("init")
        for n, (owner, sector) in enumerate((("North Power", "energy"), ("South Water", "water"), ("East Bank", "banking"), ("West Rail", "")), 1):
            tocsin.run("org", "add", owner, "--kind", "operator", "--country", "XA", *(("--sector", sector) if sector else ()))
            tocsin.run("resource", "add", owner, f"192.0.2.{n * 16}/28")
            tocsin.run("contact", "add", owner, "--role", "abuse", "--email", f"soc@o{n}.example")
        tocsin.run("org", "add", "CIRT of Northland", "--kind", "national_cirt", "--country", "XB")
        # Ten days of one feed: eleven machines, three of them gone from the fifth day on and one ruled out by the team.
        for ago in range(10, 0, -1):
            path = tocsin.folder / f"{cls.day(ago)}-scan_telnet-test.csv"
            path.write_text(report(cls.day(ago), [n for n in (17, 18, 19, 33, 34, 35, 49, 50, 65, 66, 200) if ago > 5 or n not in (17, 33, 200)]))
            tocsin.run("ingest", path)
        key = cls.admin = tocsin.add_key("administrator")
        tocsin.start()
        def ask(method, target, body=None, **options):
            answer = tocsin.http(method, target, body, key=key, **options)
            assert answer.status < 400, (target, answer)
            return answer.json
        cls.ask = staticmethod(ask)
        mistaken = ask("GET", "/api/v1/findings?address=192.0.2.50")["items"][0]["id"]
        ask("POST", "/api/v1/findings/actions", {"findings": [mistaken], "action": "false_positive", "reason": "a test device"})
        cls.warn(ask)
        cls.share(ask)
        cls.build(ask)
        cls.key = tocsin.add_key("viewer")

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    @classmethod
    def warn(cls, ask):
        """Three owners are told, one of them twice; one says something, one warning is never sent."""
        tocsin = cls.tocsin
        tocsin.run("notify", "plan", "--org", "West Rail", "--hold")
        tocsin.run("notify", "plan", "--release")
        sent = lambda: len(tocsin.json("notify", "list", "--state", "sent")["items"])  # the server sends by itself
        wait_until(lambda: sent() == 3)
        first = tocsin.json("notify", "list", "--state", "sent")["items"][0]["id"]
        link = tocsin.json("notify", "show", first)["link"]
        form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        assert tocsin.http("POST", link[link.index("/o/"):], "all=seen", headers=form).status == 303
        path = tocsin.folder / f"{cls.day(1)}-scan_ftp-test.csv"
        path.write_text(report(cls.day(1), [20]))
        tocsin.run("ingest", path)
        tocsin.run("notify", "plan", "--ignore-interval", "--release")
        wait_until(lambda: sent() >= 4)

    @classmethod
    def share(cls, ask):
        """Objects of ours and of a partner; a partner reads some, and so does the public."""
        tocsin = cls.tocsin
        for name, count, mark, words in (("ours", 2, "TLP:GREEN", ()), ("open", 1, "TLP:CLEAR", ()), ("theirs", 5, "TLP:GREEN", ("--from", "CIRT of Northland"))):
            path = tocsin.folder / f"{name}.csv"
            path.write_text("value,type\n" + "".join(f"{name}-{n}.example,domain\n" for n in range(count)))
            tocsin.run("intel", "import", "--marking", mark, *words, path)
        partner = tocsin.json("peer", "add", "north", "--organisation", "CIRT of Northland", "--clearance", "TLP:GREEN")["key"]
        page = tocsin.http("GET", "/taxii2/root/collections/all/objects/", key=partner, headers={"Accept": "application/taxii+json;version=2.1"})
        assert len(page.json["objects"]) >= 3, page
        assert tocsin.http("GET", "/api/v1/intelligence/objects/export", key=cls.admin).status == 200  # to ourselves: given to nobody

    @classmethod
    def build(cls, ask):
        """An assessment of ours and one of somebody else, a plan with steps done, papers and trainings, claims."""
        ours = ask("POST", "/api/v1/assessments", {"framework": "sim3", "title": "Ours", "subject": ""})["id"]
        ask("POST", "/api/v1/assessments", {"framework": "sim3", "title": "Theirs", "subject": "CIRT of Northland"})
        for item, value, wanted in (("O-1", 1, 3), ("O-2", 3, 3), ("O-3", 2, None), ("T-1", None, 2)):
            ask("PUT", f"/api/v1/assessments/{ours}/answers/{item}", {"value": value, "wanted": wanted})
        ask("PUT", f"/api/v1/assessments/{ours}/answers/H-1", {"declined": True})
        plan = ask("POST", f"/api/v1/assessments/{ours}/roadmap", {"months": 6})["items"]
        for step in plan[:2]:
            ask("PATCH", f"/api/v1/roadmap/{step['id']}", {"done": True})
        for name, kind, ago in (("Decree", "mandate", 3), ("Handbook", "handbook", 400), ("Course", "training", 2), ("Old course", "training", 500)):
            ask("POST", "/api/v1/evidence/documents", {"name": name, "kind": kind, "items": ["sim3:O-1"], "link": "https://intranet.example/papers", "issued": f"{cls.day(ago)}T00:00:00Z"})
        states = ask("GET", "/api/v1/registers/states")["items"]
        for code, says in ((states[0]["code"], "yes"), (states[1]["code"], "no"), (states[1]["code"], "yes"), (states[2]["code"], "planned")):
            ask("POST", "/api/v1/registers/states/claims", {"subject": code, "says": says, "claimant": f"who says {says}", "source": "a letter", "date": cls.day(30)})

    def items(self, target):
        found, after = [], ""
        while True:
            page = self.tocsin.http("GET", target + (f"&after={after}" if after else ""), key=self.admin)
            self.assertEqual(page.status, 200, (target, page))
            found += page.json["items"]
            after = page.json.get("next")
            if not after:
                return found

    def behind(self, link):
        """How many the page of a link shows."""
        path, _, query = link.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        if path in self.COUNTED:
            return self.ask("GET", self.COUNTED[path] + (f"?{query}" if query else ""))["count"]
        found = self.ask("GET", self.LISTED[path] + (f"?{query}" if path in ("/steps", "/evidence", "/readiness") else ""))["items"]
        if path == "/feeds":
            found = [one for one in found if one["health"] == asked["health"]]
        if path == "/registers/states":
            found = [one for one in found if asked.get("region") in (None, one["group"]) and asked.get("picture") in (None, one["picture"])
                     and all(one[kind] for kind in ("ldc", "lldc", "sids") if kind in asked)]
        return len(found)

    def value_of(self, what, unit, link):
        """The number, from what its link shows, by the plainest arithmetic."""
        path, _, query = link.partition("?")
        if path == "/disclosures":
            held = self.ask("GET", f"/api/v1/disclosures/summary?{query}")
            lines = self.items(f"/api/v1/disclosures?{query}")
            self.assertEqual((held["lines"], held["things"], held["recipients"]),
                             (len(lines), sum(line["count"] for line in lines), len({line["recipient"] for line in lines})), link)
            return held["recipients" if what == "sharing.partners" else "things"]
        if path.startswith("/readiness/"):
            answers = [one for one in self.ask("GET", f"/api/v1/assessments/{path.split('/')[-1]}")["answers"] if not one["assessor"] and not one["declined"]]
            only = "value" if query == "only=scored" else "wanted"
            held = [one for one in answers if one[only] is not None]
            if what == "items":
                return len(held)
            if what == "reached":
                return round(100 * sum((one["value"] or 0) >= one["wanted"] for one in held) / len(held), 1)
            return round(sum(one[only] for one in held) / len(held), 2)
        if unit == "count":
            return self.behind(link)
        if what == "warnings.answered":
            return round(100 * self.behind(link) / self.behind(link.replace("&answered=yes", "")), 1)
        found = self.items(f"/api/v1/findings?{query}")
        self.assertEqual(len(found), self.behind(link), link)
        spans = [time_of(one[{"days": "repaired_at", "hours": "notified_at"}.get(unit, "repaired_at")]) - time_of(one["first_seen"])
                 if one[{"days": "repaired_at", "hours": "notified_at"}.get(unit, "repaired_at")] else None for one in found]
        if unit == "percent":
            days = int(what.split("_")[-1])
            return round(100 * sum(span is not None and span <= days * 86400 for span in spans) / len(spans), 1)
        known = sorted(span for span in spans if span is not None)
        return round(known[len(known) // 2] / {"days": 86400, "hours": 3600}[unit], 1)

    def hold(self, kind, period, made):
        report = self.tocsin.http("GET", f"/api/v1/official-reports/{kind}?period={period}&date={made}", key=self.key)
        self.assertEqual(report.status, 200, report)
        held = set()
        for one in report.json["figures"]:
            if one["value"] is None:
                continue
            self.assertIn("link", one, one)
            self.assertAlmostEqual(self.value_of(one["id"], one["unit"], one["link"]), one["value"], delta=0.051 if one["unit"] != "count" else 0, msg=(period, one))
            held.add(one["id"])
        for table in report.json["tables"]:
            for line in table["lines"]:
                self.assertEqual(len(line["links"]), len(line["values"]), (table["id"], line))
                for column, value, link in zip(table["columns"], line["values"], line["links"]):
                    if value is None:
                        continue
                    self.assertAlmostEqual(self.value_of(column["id"], column["unit"], link), value,
                                           delta=0.051 if column["unit"] in ("percent", "days", "hours") else 0.006, msg=(period, table["id"], column, line["key"], link))
                    held.add(table["id"])
        return held, {one["id"]: one["value"] for one in report.json["figures"]}

    def test_every_number_is_what_its_link_shows(self):
        past, present = f"{self.day(9)}/{self.day(6)}", f"{self.day(8)}/{self.day(-2)}"
        held, then = self.hold("annual", past, self.day(-1))
        self.assertEqual((then["findings.opened"], then["findings.repaired"]), (0, 0))
        self.assertEqual(then["findings.open"], 10)  # three of which are repaired since, and it is a past that is asked for
        more, now = self.hold("annual", f"{self.day(12)}/{self.day(-2)}", self.day(-8))
        self.assertEqual((now["findings.open"], now["findings.repaired"]), (8, 3))
        self.assertEqual((now["sharing.received"], now["warnings.organisations"], now["readiness.steps_done"]), (5, 3, 2))
        self.assertEqual((now["readiness.documents"], now["readiness.trainings"], now["readiness.assessments"], now["sharing.partners"]), (1, 1, 1, 1))
        self.assertGreaterEqual(now["warnings.sent"], 4)
        whole, _ = self.hold("resolution-58", present, self.day(-8))
        late, _ = self.hold("annual", present, self.day(-100))  # of findings that were followed so long
        every = {one["id"] for one in self.ask("GET", f"/api/v1/official-reports/annual?period={present}")["figures"]}
        without = every - held - more - whole - late
        self.assertFalse(without, "numbers that were never held against their link")
        for table in ("events.by_month", "findings.by_month", "findings.by_type", "findings.by_sector", "readiness.assessments", "register.gaps"):
            self.assertIn(table, held | more | whole)

    def test_what_a_link_may_not_ask_is_said(self):
        for target, said in (("/api/v1/intelligence/objects/count?originator=nobody", "ours or others"), ("/api/v1/findings/count?open_at=2026-01-01&state=open", "not together"),
                             ("/api/v1/findings?told=no", "told"), ("/api/v1/disclosures?to_whom=all", "to_whom")):
            wrong = self.tocsin.http("GET", target, key=self.admin)
            self.assertEqual(wrong.status, 422, (target, wrong))
            self.assertIn(said, wrong.text)

    def test_those_that_would_name_small_numbers_have_no_link(self):
        made = self.ask("GET", f"/api/v1/official-reports/annual?period={self.day(12)}/{self.day(-2)}&audience=itu")
        for table in made["tables"]:
            for line in table["lines"]:
                if line["key"] == "other":
                    self.assertNotIn("links", line)


class Evidence(unittest.TestCase):
    """What proves an assessment says the same as the report: of all findings of three months, not of those seen last."""

    def test_times_are_those_of_the_report(self):
        day = Links.day
        with Tocsin() as tocsin:
            tocsin.run("init")
            # More that are gone after a day than the few thousand that stay for a week and were seen last.
            short, long = ([f"198.18.{n // 250}.{n % 250 + 1}" for n in numbers] for numbers in (range(2600), range(2600, 4800)))
            paths = []
            for ago in range(14, 0, -1):
                seen = (short if ago > 12 else []) + (long if ago > 6 else []) + ["198.19.0.1"]
                path = tocsin.folder / f"{day(ago)}-scan_telnet-test.csv"
                path.write_text(HEADER + "".join(f'"{day(ago)} 10:00:00","medium","{address}","tcp","23","","telnet","64500","XA","","","0","","","login: "\n' for address in seen))
                paths.append(path)
            tocsin.run("ingest", *paths)
            made = tocsin.json("report", "make", "annual", "--period", f"{day(80)}/{day(-1)}")
            figures = {one["id"]: one["value"] for one in made["figures"]}
            pieces = [piece for one in tocsin.json("evidence", "list")["items"] for piece in one["pieces"] if piece["rule"] == "findings.time_to_repair"]
            hours, count = re.fullmatch(r"median ([0-9.]+) hours over ([0-9]+) repaired findings", pieces[0]["value"]).groups()
            self.assertEqual(int(count), figures["findings.repaired"])
            self.assertEqual(int(count), 4800)
            self.assertAlmostEqual(float(hours) / 24, figures["findings.days_to_repair"], delta=0.06)


class Removed(unittest.TestCase):
    """An organisation that is gone from the directory: what was found at it stays in the sector it had."""

    def test_its_findings_stay_in_its_last_sector_and_behind_their_links(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            for n, (owner, sector) in enumerate((("North Power", "industry"), ("South Water", "water"), ("West Rail", "")), 1):
                tocsin.run("org", "add", owner, "--kind", "operator", "--country", "XA", *(("--sector", sector) if sector else ()))
                tocsin.run("resource", "add", owner, f"192.0.2.{n * 16}/28")
            tocsin.run("org", "edit", "North Power", "--sector", "energy")
            for day in range(10, 20):
                path = tocsin.folder / f"2026-11-{day}-scan_telnet-test.csv"
                path.write_text(report(f"2026-11-{day}", (17, 18, 19, 33, 34, 49, 200) if day < 12 else (18, 19, 33, 34, 49, 200)))
                tocsin.run("ingest", path)
            tocsin.start()
            key = tocsin.add_key("viewer")
            get = lambda target: tocsin.http("GET", target, key=key).json

            def held():
                made = get(f"/api/v1/official-reports/annual?period={PERIOD}&date=2026-12-24")
                table = next(one for one in made["tables"] if one["id"] == "findings.by_sector")
                for line in table["lines"]:
                    for value, link in zip(line["values"], line["links"]):
                        self.assertEqual(get(f"/api/v1/findings/count?{link.split('?', 1)[1]}")["count"], value, (line["key"], link))
                groups = {one["key"]: one["findings"] for one in get("/api/v1/repair?by=sector")["groups"]}
                return {line["key"]: line["values"] for line in table["lines"]}, groups

            before, groups = held()
            self.assertEqual(before, {"energy": [3, 1, 2], "water": [2, 0, 2], "": [2, 0, 2]})
            self.assertEqual(groups, {"energy": 3, "water": 2, "": 2})
            tocsin.run("org", "remove", "North Power")
            self.assertEqual(held(), (before, groups))
            self.assertNotIn("North Power", str(get("/api/v1/repair/league")), "it holds nothing any more")
            change = tocsin.json("org", "history")["items"][0]["id"]
            tocsin.run("org", "undo", change)
            self.assertEqual(held(), (before, groups))
            tocsin.run("org", "edit", "North Power", "--sector", "water")
            after, _ = held()
            self.assertEqual(after["water"], [5, 1, 4])


def time_of(text):
    return datetime.datetime.fromisoformat(text).timestamp()


if __name__ == "__main__":
    unittest.main(verbosity=2)
