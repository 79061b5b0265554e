"""The commands about feeds: what they say of a feed, its health, and what becomes of rejected rows."""
import json
import unittest

from tocsin_process import Tocsin

HEADER = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,hostname_source,sector,banner\n"
GOOD = "2026-11-22 01:02:03,medium,192.0.2.1,tcp,23,,telnet,64496,XA,,,0,,,login:\n"
BAD = "2026-11-22 01:02:03,medium,192.0.2.{},tcp,23,,telnet,64496,XA,,,0,,,login:\n"
FEED = "shadowserver/scan_telnet"


class Feeds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tocsin = Tocsin()
        cls.tocsin.run("init")
        cls.report = cls.tocsin.folder / "2026-11-22-scan_telnet-test.csv"
        cls.report.write_text(HEADER + GOOD + BAD.format("900") + BAD.format("901") + BAD.format("902"))
        cls.tocsin.run("ingest", cls.report, expect=3)

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    def test_show_tells_definition_health_reports_and_reasons(self):
        told = self.tocsin.json("feed", "show", FEED)
        self.assertEqual(told["feed"]["feed"], FEED)
        self.assertEqual(told["feed"]["health"], "good")
        self.assertEqual(told["feed"]["identifier"], "open-telnet")
        self.assertEqual(told["feed"]["round_seconds"], 86400)
        self.assertEqual([one["name"] for one in told["reports"]], [self.report.name])
        self.assertEqual(sum(one["count"] for one in told["rejected_reasons"]), told["feed"]["kept"])
        text = self.tocsin.run("feed", "show", FEED)
        for part in (FEED, "open-telnet", "health         good", self.report.name):
            self.assertIn(part, text)

    def test_show_knows_feeds_that_never_sent_and_no_others(self):
        self.assertEqual(self.tocsin.json("feed", "show", "shadowserver/scan_ftp")["feed"]["health"], "never")
        done = self.tocsin.call("feed", "show", "nobody/nothing")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("nobody/nothing", done.stderr)

    def test_list_names_all_known_feeds_on_request(self):
        self.assertEqual([one["feed"] for one in self.tocsin.json("feed", "list")["items"]], [FEED])
        everything = [one["feed"] for one in self.tocsin.json("feed", "list", "--all")["items"]]
        self.assertGreater(len(everything), 100)
        self.assertEqual(len(everything), len(set(everything)))

    def test_a_report_ten_times_as_large_as_usual_is_told(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            for number, count in enumerate((6, 7, 5, 6, 40, 70)):
                path = tocsin.folder / f"2026-11-{20 + number}-scan_telnet-example.csv"
                path.write_text(HEADER + "".join(BAD.format(i) for i in range(1, count + 1)))
                tocsin.run("ingest", path)
                flooded = count == 70
                health = tocsin.json("feed", "health", FEED, expect=1 if flooded else 0)["items"][0]
                self.assertEqual(health["health"], "flood" if flooded else "good", count)
            self.assertIn("ten times more than usual", health["todo"])

    def test_health_says_what_to_do_and_fails_when_a_feed_does(self):
        self.assertEqual(self.tocsin.json("feed", "health", FEED)["items"][0]["health"], "good")
        told = self.tocsin.run("feed", "health", FEED)  # in units and to the second, for people
        self.assertRegex(told, r"last report \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
        self.assertRegex(told, r"its newest event was \d+d( \d+h)? old when it came")
        with Tocsin() as other:
            other.run("init")
            self.assertIn("No feed has sent anything", other.run("feed", "health"))
            broken = other.folder / "broken.csv.gz"
            broken.write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\0 this is no gzip stream")
            other.run("ingest", "--feed", FEED, broken, expect=1)
            other.run("feed", "health", "nobody/nothing", expect=4)

    def test_rows_are_discarded_by_number_by_report_and_never_all_by_chance(self):
        rows = [json.loads(line) for line in self.tocsin.run("feed", "rejected", FEED, "--json").splitlines()]
        self.assertEqual(len(rows), 3)
        self.tocsin.run("feed", "discard", expect=2)
        self.tocsin.run("feed", "discard", "--row", "first", expect=2)
        self.assertEqual(self.tocsin.json("feed", "discard", "--row", rows[0]["id"]), {"discarded": 1})
        self.assertEqual(self.tocsin.json("feed", "discard", "--row", rows[0]["id"]), {"discarded": 0})
        self.assertEqual(self.tocsin.json("feed", "show", FEED)["feed"]["kept"], 2)
        self.assertEqual(self.tocsin.json("feed", "replay", "--row", rows[1]["id"], expect=3)["rejected"], 1)
        self.assertEqual(self.tocsin.json("feed", "discard", "--report", rows[1]["report"]), {"discarded": 2})
        self.assertEqual(self.tocsin.json("feed", "replay", FEED), {"events": 0, "duplicates": 0, "rejected": 0})
        self.assertEqual(self.tocsin.run("feed", "rejected", FEED), "")
        self.assertEqual(len(self.tocsin.run("feed", "rejected", FEED, "--all", "--json").splitlines()), 3)
        audited = [one for one in self.tocsin.json("audit", "list", "--json")["items"] if one["what"] == "rejected.discard"]
        self.assertEqual(len(audited), 2)
        self.tocsin.run("audit", "verify")


if __name__ == "__main__":
    unittest.main()
