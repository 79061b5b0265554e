#!/usr/bin/env python3
"""A viewer finds no trace of what a TLP:RED feed told, whichever door it asks; an analyst finds all of it.

The same house is filled twice: once with an open feed only, once with a RED feed beside it. What a viewer is answered in
both must be the same, word for word, but for what the clock alone decides.
"""
import json
import re
import time
import unittest

from tocsin_process import SOURCE, Tocsin

RED_FEED = """
name = "Embassy"
title = "What an embassy told"
tlp = "RED"
[classification]
type = "infected-system"
identifier = "quiet-embassy-bot"
[record]
required = ["time", "address"]
[columns]
time = "time.source"
address = "source.ip"
domain = "source.fqdn"
note = "extra.note"
"""
OPEN_FEED = RED_FEED.replace("Embassy", "Neighbour").replace("an embassy", "a neighbour").replace('"RED"', '"AMBER"').replace(
    "quiet-embassy-bot", "open-telnet")
DAY = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
RED_ROWS = f"""time,address,domain,note
{DAY}T00:30:00Z,198.51.100.66,hidden.quiet.example,whispered-word
{DAY}T06:00:00Z,203.0.113.99,,whispered-word
{DAY}T06:30:00Z,192.0.2.3,,whispered-word
{DAY}T06:00:00Z,not-an-address,,whispered-word
"""
OPEN_ROWS = f"""time,address,domain,note
{DAY}T01:00:00Z,198.51.100.66,open.example,plain-word
{DAY}T02:00:00Z,192.0.2.7,,plain-word
{DAY}T03:00:00Z,bad-address,,plain-word
"""
# what must not stand in any answer to a viewer
TRACES = re.compile(r"quiet-embassy-bot|whispered-word|hidden\.quiet|203\.0\.113\.99|secret-report")
READS = [
    "/api/v1/events", "/api/v1/events?sort=time&limit=1", "/api/v1/events/count", "/api/v1/events?q=whispered",
    "/api/v1/events/count?q=whispered", "/api/v1/events?filter=tlp%3DRED", "/api/v1/events/count?filter=tlp%3DRED",
    "/api/v1/events/count?feed=embassy%2Flist", "/api/v1/events/count?domain=quiet.example",
    "/api/v1/events/aggregate?by=feed", "/api/v1/events/aggregate?by=identifier,organisation", "/api/v1/events/aggregate?by=address",
    "/api/v1/events/aggregate?bucket=day", "/api/v1/events/aggregate?by=network&bucket=hour&limit=1",
    "/api/v1/events/export?format=jsonl", "/api/v1/events/export?format=csv", "/api/v1/findings", "/api/v1/findings?sort=address",
    "/api/v1/findings/count", "/api/v1/findings/count?state=open", "/api/v1/findings/count?address=203.0.113.0/24",
    "/api/v1/findings/aggregate?by=feed,state", "/api/v1/findings/aggregate?bucket=day", "/api/v1/findings/export?format=csv",
    "/api/v1/findings/export?format=jsonl", "/api/v1/today", "/api/v1/lookup?q=198.51.100.66", "/api/v1/lookup?q=203.0.113.99",
    "/api/v1/lookup?q=hidden.quiet.example", "/api/v1/search?q=embassy-bot", "/api/v1/unowned", "/api/v1/organisations",
    "/api/v1/organisations?sort=-open_findings", "/api/v1/organisations/1", "/api/v1/reports", "/api/v1/rejected", "/api/v1/rejected/count",
    "/api/v1/rejected?feed=embassy%2Flist", "/api/v1/feeds?active=yes", "/api/v1/feeds", "/api/v1/feeds/embassy%2Flist", "/api/v1/retention",
    "/api/v1/notifications", "/api/v1/notifications/count",
    "/api/v1/official-reports/annual?period=2026", "/api/v1/official-reports/annual?period=2026&format=html&language=fr",
    "/api/v1/official-reports/resolution-58?period=2026&audience=public&format=csv",
    "/api/v1/repair?by=feed&worth=yes", "/api/v1/repair?by=network&format=csv", "/api/v1/repair/league", "/api/v1/repair/league?format=csv",
    "/api/v1/rechecks", "/api/v1/repair/moved?organisation=1", "/api/v1/repair/country", "/api/v1/repair/country?by=asn",
]
# tell what the team has set up, which is not what a feed told
DEFINITIONS = ["/api/v1/feeds", "/api/v1/feeds/embassy%2Flist"]
# what differs from run to run without telling anything of the RED feed
VOLATILE = re.compile(r'"(milliseconds|seconds_left|delay_seconds)":\s*[-\d.]+')


def steady(text):
    """Without what the clock alone decides. Times of the rows themselves are whole minutes, and stay."""
    text = re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:(?!00Z)\d\d(\.\d+)?Z", "TIME", text)
    return VOLATILE.sub(r'"\1":_', text)


def house(with_red):
    tocsin = Tocsin(config='[mail]\nsettle_time = "2h"\n')  # no warning is planned while the test asks
    tocsin.run("init")
    for feed, text in (("embassy", RED_FEED), ("neighbour", OPEN_FEED)):
        folder = tocsin.data / "feeds" / feed
        folder.mkdir(parents=True)
        (folder / "list.toml").write_text(text)
    tocsin.run("org", "add", "Northern Power Company", "--kind", "operator", "--country", "XA")
    for prefix in ("198.51.100.0/24", "203.0.113.0/24"):
        tocsin.run("resource", "add", "Northern Power Company", prefix, "--verified")
    tocsin.run("contact", "add", "Northern Power Company", "--email", "abuse@power.example")
    rows = tocsin.folder / "plain-report.csv"
    rows.write_text(OPEN_ROWS)
    tocsin.run("ingest", "--feed", "neighbour/list", rows, expect=3)  # one row is bad
    if with_red:
        rows = tocsin.folder / "secret-report.csv"
        rows.write_text(RED_ROWS)
        tocsin.run("ingest", "--feed", "embassy/list", rows, expect=3)
    tocsin.viewer, tocsin.analyst = tocsin.add_key("viewer"), tocsin.add_key("analyst")
    tocsin.administrator = tocsin.add_key("administrator")
    tocsin.start()
    return tocsin


class Red(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.with_red, cls.without = house(True), house(False)

    @classmethod
    def tearDownClass(cls):
        for tocsin in (cls.with_red, cls.without):
            tocsin.__exit__(None, None, None)

    def ask(self, target, key=None):
        return self.with_red.http("GET", target, key=key or self.with_red.viewer)

    def test_the_list_of_doors_is_whole(self):
        """Every GET of the contract that a viewer may ask is asked here, or named with the reason why not."""
        elsewhere = {  # own account, directory, rules: hold nothing that a feed told
            "session_get", "session_list", "me_get", "organisations_count", "organisations_export", "resources_list",
            "resources_count", "resources_get", "contacts_list", "contacts_count", "contacts_get", "contacts_key", "suppressions_list",
            "do_not_contact_list", "stream_get", "metrics_get", "notifications_get", "notifications_attachment",
            "resource_claims_list", "resource_claims_get", "members_list",
            "events_get", "findings_get", "reports_get"}  # the last three: asked by number below
        contract = json.loads((SOURCE / "src/api/openapi.json").read_text())
        asked = {target.split("?")[0].replace("embassy%2Flist", "{feed}").replace("organisations/1", "organisations/{id}")
                 .replace("official-reports/annual", "official-reports/{kind}")
                 for target in READS}
        for path, methods in contract["paths"].items():
            operation = methods.get("get", {})
            if operation.get("x-role") == "viewer" and operation["operationId"] not in elsewhere and \
                    not re.search(r"/(intelligence|known-good|indicators|collections|peers|matches|taxii|gate|disclosures|watches|searches|recalls|proposals|sharing-groups|remotes|"
                              r"frameworks|target-profiles|crosswalks|assessments|evidence|roadmap|registers|documents|official-report-statements|sources|inbox|bounces|evaluations|reachability|staffing|reviews|experiments|public-statistics|channels|letters|recheck(?!s))", path):
                self.assertIn(path, asked, operation["operationId"])

    def test_a_viewer_is_answered_as_if_the_feed_had_never_sent(self):
        for target in READS:
            with self.subTest(target):
                seen = self.ask(target)
                plain = self.without.http("GET", target, key=self.without.viewer)
                self.assertEqual(seen.status, plain.status, seen)
                if not TRACES.search(target) and target not in DEFINITIONS:  # a question is repeated in its answer
                    self.assertNotRegex(seen.text, TRACES)
                self.assertEqual(steady(seen.text), steady(plain.text))

    def test_an_analyst_is_shown_what_a_viewer_is_not(self):
        differing = [target for target in READS
                     if steady(self.ask(target, self.with_red.analyst).text) != steady(self.ask(target).text)]
        self.assertGreater(len(differing), 30, sorted(set(READS) - set(differing)))

    def test_what_is_not_for_a_viewer_is_not_there_in_the_same_words(self):
        finding = self.ask("/api/v1/findings?identifier=quiet-embassy-bot", self.with_red.analyst).json["items"][0]["id"]
        event = self.ask("/api/v1/events?q=whispered", self.with_red.analyst).json["items"][0]["id"]
        report = self.ask("/api/v1/reports?feed=embassy%2Flist", self.with_red.analyst).json["items"][0]["id"]
        nobody = finding[:-1] + ("0" if finding[-1] != "0" else "1")
        for what, hidden, absent in (("findings", finding, nobody), ("events", event, "e-7fffffff"), ("reports", report, 999999)):
            answers = [self.ask(f"/api/v1/{what}/{one}") for one in (hidden, absent)]
            self.assertEqual([answer.status for answer in answers], [404, 404])
            words = [answer.text.replace(str(one), "ID") for answer, one in zip(answers, (hidden, absent))]
            self.assertEqual(*words)
            self.assertEqual(self.ask(f"/api/v1/{what}/{hidden}", self.with_red.analyst).status, 200)
        self.assertEqual(self.ask(f"/api/v1/search?q={finding}").json["items"], [])
        for answer in (self.ask(f"/api/v1/events?finding={finding}"), self.ask(f"/api/v1/events?report={report}")):
            self.assertEqual(answer.json["items"], [])

    def test_parquet_holds_no_red_row(self):
        columns = [self.ask("/api/v1/events/export?format=parquet", key).body for key in (self.with_red.viewer, self.with_red.analyst)]
        for body in columns:
            self.assertEqual(body[:4], b"PAR1")
        plain = self.without.http("GET", "/api/v1/events/export?format=parquet", key=self.without.viewer).body
        self.assertEqual(len(columns[0]), len(plain), "the same rows, byte for byte but for when their report came")
        self.assertGreater(len(columns[1]), len(columns[0]))
        self.assertNotIn(b"quiet-embassy-bot", columns[0])

    def test_downloads_are_in_the_disclosure_chain(self):
        def exports():
            return [entry for entry in self.with_red.http("GET", "/api/v1/audit?limit=200", key=self.with_red.administrator).json["items"]
                    if entry["what"] == "disclosure.export"]
        before = len(exports())
        for target in ("events/export?format=csv", "events/export?format=jsonl", "events/export?format=parquet",
                       "findings/export?format=csv", "organisations/export?format=json"):
            self.assertEqual(self.ask("/api/v1/" + target).status, 200, target)
        self.assertEqual(len(exports()) - before, 5)
        self.ask("/api/v1/events/export?format=csv&feed=embassy%2Flist")
        self.assertEqual(len(exports()) - before, 5, "where nothing left, nothing is on record")

    def test_contacts_leave_as_a_file_with_analysts_only(self):
        export = "/api/v1/organisations/export?format=json"
        self.assertNotIn("abuse@power.example", self.ask(export).text)
        self.assertIn("Northern Power Company", self.ask(export).text)
        self.assertIn("abuse@power.example", self.ask(export, self.with_red.analyst).text)
        self.assertEqual(self.ask("/api/v1/organisations/export?format=csv&what=contacts").status, 403)
        self.assertIn("abuse@power.example", self.ask("/api/v1/contacts").text, "one by one, for the work")


if __name__ == "__main__":
    unittest.main()
