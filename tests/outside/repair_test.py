#!/usr/bin/env python3
"""Repair, measured: a nation whose truth is known (who repairs when, who is warned when) must come out exactly; who is drawn for which
words; and statistics for everybody in which nobody is recognised."""
import csv
import datetime
import gzip
import io
import random
import sqlite3
import unittest

from tocsin_process import Tocsin

HEADER = '"timestamp","severity","ip","protocol","port","hostname","tag","asn","geo","region","city","naics","hostname_source","sector","banner"\n'
FIRST = datetime.date(2026, 9, 1)
DAYS = 60
REPAIRED_AFTER = 3  # rounds without it
CONFIG = '[team]\nname = "CIRT of Examplia"\nemail = "cirt@cirt.example"\ncountry = "XA"\n[server]\npublic_url = "https://cirt.example"\n'
WARNED_ON = 2


def day(number):
    return (FIRST + datetime.timedelta(days=number)).isoformat()


def ingest(tocsin, truth, days):
    """`truth`: by address, on which day it is gone (None: it stays)."""
    region = lambda address: "North" if address.startswith("192.") else "South"
    paths = []
    for number in days:
        there = [address for address, gone in truth.items() if gone is None or number < gone]
        path = tocsin.folder / f"{day(number)}-scan_telnet-test.csv"
        path.write_text(HEADER + "".join(
            f'"{day(number)} 10:00:00","medium","{address}","tcp","23","","telnet","64500","XA","{region(address)}","","0","","","login: "\n'
            for address in there))
        paths.append(str(path))
    tocsin.run("ingest", *paths)


def kaplan_meier(cases):
    """`cases`: (day, is gone, entered or -1). Word for word."""
    share, curve = 1.0, {}
    for at in sorted({one[0] for one in cases if one[1] and one[2] < one[0]}):
        risk = sum(1 for one in cases if one[2] < one[0] and one[0] >= at and one[2] < at)
        gone = sum(1 for one in cases if one[0] == at and one[1] and one[2] < one[0])
        share *= 1 - gone / risk
        curve[at] = share
    return curve


def within(curve, days):
    return 1 - min([share for at, share in curve.items() if at <= days], default=1.0)


class Truth(unittest.TestCase):
    """A and B hold a network each. A is told of everything on the third day and repairs fast; B is never told."""

    @classmethod
    def setUpClass(cls):
        cls.tocsin = tocsin = Tocsin(config=CONFIG).__enter__()
        tocsin.run("init")
        for name, sector, network in (("Alpha Energy", "energy", "192.0.2.0/24"), ("Beta Health", "health", "198.51.100.0/24")):
            tocsin.run("org", "add", name, "--kind", "constituent", "--sector", sector, "--country", "XA")
            tocsin.run("resource", "add", name, network)
        tocsin.run("contact", "add", "Alpha Energy", "--role", "abuse", "--email", "abuse@alpha.example")
        chance = random.Random(58)
        cls.alpha = {f"192.0.2.{n}": chance.choice([1, 2, *range(3, 20), None]) for n in range(1, 41)}
        cls.beta = {f"198.51.100.{n}": chance.choice(range(5, 56)) if n < 39 else None for n in range(1, 41)}
        cls.truth = {**cls.alpha, **cls.beta}
        # What happens on a day goes into the ledger with the hour of this machine; the warning is put on its day.
        ingest(tocsin, cls.truth, range(WARNED_ON + 1))
        plan = tocsin.json("notify", "plan", "--release")
        assert plan["notifications"] == 1, plan
        tocsin.run("notify", "send")
        told = datetime.datetime.combine(FIRST + datetime.timedelta(days=WARNED_ON), datetime.time(12), datetime.timezone.utc)
        ledger = sqlite3.connect(next(tocsin.data.glob("ledger*.db"), tocsin.data / "ledger.sqlite"))
        with ledger:
            assert ledger.execute("UPDATE notification SET sent = ?, created = ? WHERE state = 'sent'", [int(told.timestamp() * 1e6)] * 2).rowcount == 1
        ledger.close()
        ingest(tocsin, cls.truth, range(WARNED_ON + 1, DAYS))

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    @staticmethod
    def cases(truth):
        """A repair is seen once the feed came three times without it."""
        return [(gone, True, -1) if gone is not None and gone <= DAYS - REPAIRED_AFTER else ((gone or DAYS) - 1, False, -1) for gone in truth.values()]

    def check_curve(self, shown, expected):
        self.assertEqual([step["day"] for step in shown], sorted(expected))
        for step in shown:
            self.assertAlmostEqual(step["standing"], expected[step["day"]], places=5)
            self.assertLessEqual(step["low"], step["standing"] + 1e-5)
            self.assertGreaterEqual(step["high"], step["standing"] - 1e-5)

    def test_curves_medians_and_shares_are_those_of_the_truth(self):
        shown = self.tocsin.json("repair", "show", "--by", "organisation", "--json")
        self.assertEqual(shown["whole"]["findings"], 80)
        curve = kaplan_meier(self.cases(self.truth))
        self.check_curve(shown["whole"]["curve"], curve)
        for group in shown["groups"]:
            truth = self.alpha if group["name"] == "Alpha Energy" else self.beta
            curve = kaplan_meier(self.cases(truth))
            self.assertEqual(group["standings"]["repaired"], sum(1 for one in self.cases(truth) if one[1]))
            for days in (7, 30):
                self.assertAlmostEqual(group[f"within_{days}"]["value"], within(curve, days), places=5)
            self.assertEqual(group["median_days"]["value"], next(at for at, share in sorted(curve.items()) if share <= 0.5))
            self.assertIsNone(group["within_90"])  # nothing was followed so long
        alpha = next(group for group in shown["groups"] if group["name"] == "Alpha Energy")
        there = [address for address, gone in self.alpha.items() if gone is None]
        self.assertEqual(alpha["standings"]["silent"], len(there), "told, and no answer")
        beta = next(group for group in shown["groups"] if group["name"] == "Beta Health")
        self.assertEqual((beta["warned"], beta["standings"]["silent"]), (0, 0))
        by_sector = self.tocsin.json("repair", "show", "--by", "sector", "--json")
        self.assertEqual({one["key"] for one in by_sector["groups"]}, {"energy", "health"})
        only = self.tocsin.json("repair", "show", "--sector", "health", "--json")
        self.assertEqual(only["whole"]["findings"], 40)
        rows = list(csv.DictReader(io.StringIO(self.tocsin.run("repair", "show", "--by", "network", "--csv"))))
        self.assertEqual({row["network"] for row in rows}, {"(all)", "192.0.2.0/24", "198.51.100.0/24"})

    def test_the_warned_against_the_not_warned(self):
        whole = self.tocsin.json("repair", "compare", "--json")["whole"]["warnings"]
        told = {address for address, gone in self.alpha.items() if gone is None or gone > WARNED_ON}
        warned, not_warned = [], []
        for address, case in zip(self.truth, self.cases(self.truth)):
            if address in told:
                not_warned.append((WARNED_ON, False, -1))
                warned.append((case[0], case[1], WARNED_ON))
            else:
                not_warned.append(case)
        self.assertEqual(whole["since_warning"]["findings"], len(told))
        self.check_curve(whole["warned"]["curve"], kaplan_meier(warned))
        self.check_curve(whole["not_warned"]["curve"], kaplan_meier(not_warned))
        self.check_curve(whole["since_warning"]["curve"], kaplan_meier([(at - WARNED_ON, gone, -1) for at, gone, _ in warned]))
        difference = variance = 0
        for at in sorted({one[0] for one in warned + not_warned if one[1]}):
            risk = [sum(1 for one in side if one[2] < at <= one[0]) for side in (warned, not_warned)]
            gone = [sum(1 for one in side if one[0] == at and one[1]) for side in (warned, not_warned)]
            n, d = sum(risk), sum(gone)
            difference += gone[0] - d * risk[0] / n
            variance += d * risk[0] * risk[1] * (n - d) / (n * n * (n - 1)) if n > 1 else 0
        self.assertAlmostEqual(whole["test"]["chi_square"], difference ** 2 / variance, places=3)
        self.assertLess(whole["test"]["p"], 0.001)
        self.assertGreater(whole["test"]["ratio"]["low"], 1)
        words = self.tocsin.run("repair", "compare")
        self.assertIn("not drawn by lot", words)

    def test_the_league_counts_by_thousand_addresses(self):
        league = self.tocsin.json("repair", "league", "--json")["rows"]
        self.assertEqual([row["addresses"] for row in league], [256, 256])
        for row in league:
            truth = self.alpha if row["organisation"]["name"] == "Alpha Energy" else self.beta
            standing = sum(1 for _, gone, _ in self.cases(truth) if not gone)
            self.assertEqual(row["standing"], standing)
            self.assertAlmostEqual(row["open_per_thousand"]["value"], standing / 0.256, places=2)
        self.assertEqual(sorted(row["rank"] for row in league), [1, 2] if league[0]["standing"] != league[1]["standing"] else [1, 1])
        small = self.tocsin.json("repair", "league", "--least-addresses", "257", "--json")["rows"]
        self.assertTrue(all(row["rank"] is None and row["is_small"] and row["open_per_thousand"] is None for row in small))
        self.assertEqual([row["standing"] for row in small], sorted((row["standing"] for row in league), reverse=True), "they are there")
        self.assertIn("too few addresses", self.tocsin.run("repair", "league", "--least-addresses", "257"))

    def test_what_a_feed_was_worth(self):
        group = self.tocsin.json("repair", "show", "--by", "feed", "--worth", "--json")["groups"][0]
        worth = group["worth"]
        self.assertEqual(worth["warned"], group["warnings"]["since_warning"]["findings"])
        self.assertAlmostEqual(worth["won"]["value"], worth["warned"] * (worth["with"]["value"] - worth["without"]["value"]), places=3)
        self.assertGreater(worth["won"]["low"], 0)

    def test_what_a_rule_was_worth(self):
        by_feed = self.tocsin.json("repair", "show", "--by", "feed", "--worth", "--json")["groups"][0]
        shown = self.tocsin.json("repair", "show", "--by", "rule", "--worth", "--json")
        told = {address for address, gone in self.alpha.items() if gone is None or gone > WARNED_ON}
        self.assertEqual([(group["key"], group["findings"]) for group in shown["groups"]], [("settings", len(self.alpha))])
        self.assertEqual(shown["groups"][0]["worth"]["warned"], len(told), "the others were gone before")
        # All findings are of one sort: what there is to hold it against is the same as for the feed.
        for key in ("with", "without", "won"):
            for part in ("value", "low", "high") if key != "without" else ("value",):
                self.assertAlmostEqual(shown["groups"][0]["worth"][key][part], by_feed["worth"][key][part], places=3, msg=(key, part))
        self.assertIn("repairs won", self.tocsin.run("repair", "show", "--by", "rule", "--worth"))

    def test_the_same_by_the_api_and_the_country(self):
        tocsin = self.tocsin
        by_command = tocsin.json("repair", "show", "--by", "sector", "--json")
        tocsin.start()
        try:
            key = tocsin.add_key("viewer")
            self.assertEqual(tocsin.http("GET", "/api/v1/repair?by=sector", key=key).json, by_command)
            self.assertEqual(tocsin.http("GET", "/api/v1/repair?by=rule&worth=yes", key=key).json,
                             tocsin.json("repair", "show", "--by", "rule", "--worth", "--json"))
            self.assertEqual(tocsin.http("GET", "/api/v1/repair", key=None).status, 401)
            table = tocsin.http("GET", "/api/v1/repair/league?format=csv", key=key)
            self.assertIn("Alpha Energy", table.text)
            # A number leads to the list that it counts.
            repaired = tocsin.http("GET", "/api/v1/findings/count?state=repaired", key=key).json["count"]
            self.assertEqual(by_command["whole"]["standings"]["repaired"], repaired)
            country = tocsin.http("GET", f"/api/v1/repair/country?from={day(30)}&before={day(60)}", key=key).json
            self.assertEqual(country["before_from"], day(0))
            rows = {row["key"]: row for row in country["rows"]}
            self.assertEqual(set(rows), {"North", "South"})
            for region, truth in (("North", self.alpha), ("South", self.beta)):
                seen = lambda days: sum(1 for gone in truth.values() for number in days if gone is None or number < gone)
                self.assertEqual(rows[region]["events"], seen(range(30, 60)))
                self.assertEqual(rows[region]["events_before"], seen(range(30)))
                self.assertEqual(sum(rows[region]["trend"]), rows[region]["events"])
                self.assertEqual(rows[region]["organisations"], 1)
            by_network = tocsin.http("GET", f"/api/v1/repair/country?by=asn&from={day(30)}&before={day(60)}", key=key).json
            self.assertEqual([row["key"] for row in by_network["rows"]], ["64500"])
        finally:
            tocsin.stop()

    def test_what_can_not_be_asked_is_said(self):
        for words, said in ((("show", "--by", "colour"), "organisation, asn"), (("show", "--from", "never"), "date"),
                            (("show", "--organisation", "Gamma"), "Gamma"), (("league", "--least-addresses", "0"), "--least-addresses")):
            done = self.tocsin.call("repair", *words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(said, done.stderr, words)


class Families(unittest.TestCase):
    """A provider with a /32 and a customer inside with a /48: each family of addresses is measured by itself."""

    def test_the_league_counts_each_family_by_what_is_held_of_it(self):
        with Tocsin(config=CONFIG) as tocsin:
            tocsin.run("init")
            for name, networks in (("Provider", ("2001:db8::/32", "192.0.2.0/24")), ("Customer", ("2001:db8:1::/48",)),
                                   ("Home", ("2001:db8:2:100::/56",))):
                tocsin.run("org", "add", name, "--kind", "constituent", "--country", "XA")
                for network in networks:
                    tocsin.run("resource", "add", name, network)
            addresses = ["192.0.2.1", "2001:db8:5::1", "2001:db8:5::2", "2001:db8:6::1", "2001:db8:1::1", "2001:db8:1::2", "2001:db8:2:100::9"]
            path = tocsin.folder / "events.jsonl"
            path.write_text("".join(
                f'{{"source.ip":"{one}","source.port":23,"time.source":"{day(0)}T03:00:00Z","classification.taxonomy":"vulnerable",'
                f'"classification.type":"vulnerable-system","classification.identifier":"open-telnet"}}\n' for one in addresses))
            tocsin.run("ingest", "--feed", "generic/idf", path)
            rows = {row["organisation"]["name"]: row for row in tocsin.json("repair", "league")["rows"]}
            provider, customer, home = (rows[name] for name in ("Provider", "Customer", "Home"))
            self.assertEqual((provider["standing"], provider["standing_v4"], provider["ipv6"]["standing"]), (4, 1, 3))
            self.assertAlmostEqual(provider["open_per_thousand"]["value"], 1 / 0.256, places=3)
            self.assertAlmostEqual(provider["ipv6"]["networks_48"], 65535 - 1 / 256, delta=0.1)
            self.assertAlmostEqual(provider["ipv6"]["open_per_thousand"]["value"], 3 / 65.535, places=4)
            self.assertEqual(customer["ipv6"]["networks_48"], 1)
            self.assertAlmostEqual(customer["ipv6"]["open_per_thousand"]["value"], 2000, places=2)
            self.assertEqual((provider["ipv6"]["rank"], customer["ipv6"]["rank"]), (1, 2))
            self.assertEqual((provider["rank"], customer["rank"]), (1, None), "the customer holds no IPv4")
            self.assertEqual((home["ipv6"]["rank"], home["ipv6"]["is_small"]), (None, True), "a /56 is less than a /48")
            self.assertIsNone(home["ipv6"]["open_per_thousand"], "and one finding on it is no 256,000 of a thousand")
            self.assertEqual((home["standing"], home["ipv6"]["standing"]), (1, 1))
            cells = tocsin.run("repair", "league", "--csv").splitlines()
            line = dict(zip(cells[0].split(","), next(one for one in cells if ",Home," in one).split(",")))
            self.assertEqual([line[name] for name in ("open_per_thousand_48_v6", "open_low_v6", "is_small_v6")], ["", "", "yes"])
            self.assertIn("Provider", tocsin.run("repair", "league", "--ipv6").splitlines()[1])


class Words(unittest.TestCase):
    """Twelve organisations in two sectors and languages, for experiments and for statistics."""

    @classmethod
    def setUpClass(cls):
        cls.tocsin = tocsin = Tocsin(config=CONFIG).__enter__()
        tocsin.run("init")
        files = {"organisations.csv": "name,kind,sector,language,country\n", "resources.csv": "organisation,kind,value\n",
                 "contacts.csv": "organisation,role,email\n"}
        cls.truth = {}
        for n in range(12):
            sector = "energy" if n < 7 else "health" if n < 11 else "rail"
            files["organisations.csv"] += f"Organisation {n},constituent,{sector},{'en' if n % 4 else 'fr'},XA\n"
            files["resources.csv"] += f"Organisation {n},prefix,198.51.100.{n * 16}/28\n"
            files["contacts.csv"] += f"Organisation {n},abuse,abuse@o{n}.example\n"
            for host in range(1, 4):
                cls.truth[f"198.51.100.{n * 16 + host}"] = 4 + host if host < 3 else None
        for name, text in files.items():
            (tocsin.folder / name).write_text(text)
            tocsin.run("org", "import", tocsin.folder / name)
        ingest(tocsin, cls.truth, range(12))

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    def test_organisations_are_drawn_evenly_and_a_verdict_waits(self):
        tocsin = self.tocsin
        words = ("experiment", "add", "Short subject", "--identifier", "open-telnet", "--b", "en=[{tlp}] {organisation}: close Telnet", "--seed", "7")
        tocsin.run(*words, "--dry-run")
        self.assertEqual(tocsin.json("experiment", "list")["items"], [])
        made = tocsin.json(*words)
        self.assertEqual(sum(one["organisations"] for one in made["variants"]), 9, "those who are written to in English")
        self.assertLessEqual(abs(made["variants"][0]["organisations"] - made["variants"][1]["organisations"]), 1)
        result = tocsin.json("experiment", "show", "Short subject")["result"]
        self.assertEqual(result["verdict"], "not_enough")
        self.assertIn("not enough yet", tocsin.run("experiment", "show", "Short subject"))
        for more, said in ((("Other", "--b", "en=[{tlp}] x"), "stop it first"), (("Other", "--b", "en=no marking"), "{tlp}"),
                           (("Other", "--b", "de=[{tlp}]"), "texts.b.de"), (("Other", "--part", "page", "--b", "en=x"), "subject, intro or note"),
                           (("Short subject", "--part", "note", "--b", "en=x"), "already")):
            done = tocsin.call("experiment", "add", *more)
            self.assertNotEqual(done.returncode, 0, more)
            self.assertIn(said, done.stderr)
        tocsin.run("experiment", "stop", "Short subject", "--reason", "tried")
        self.assertNotEqual(tocsin.call("experiment", "stop", "Short subject").returncode, 0)
        again = tocsin.json("experiment", "add", "Again", "--identifier", "open-telnet", "--b", "en=[{tlp}] x", "--seed", "7")
        self.assertEqual([one["organisations"] for one in again["variants"]], [one["organisations"] for one in made["variants"]])
        tocsin.run("experiment", "stop", "Again")

    def test_statistics_are_off_until_published_and_name_nobody(self):
        tocsin = self.tocsin
        tocsin.start()
        try:
            for path in ("/statistics", "/statistics/embed", "/statistics.json", "/statistics.csv"):
                self.assertEqual(tocsin.http("GET", path).status, 404, path)
            told = tocsin.call("statistics", "publish").stderr
            self.assertIn("Not counted: 36 new findings", told)
            self.assertIn("--up-to amber", told)
            # The feed's findings are marked AMBER: to count them is a decision of its own.
            figures = {one["id"]: one["value"] for one in tocsin.http("GET", "/statistics.json").json["figures"]}
            self.assertEqual(figures["findings.opened"], 0)
            self.assertNotIn("Not counted", tocsin.call("statistics", "publish", "--up-to", "amber").stderr)
            answer = tocsin.http("GET", "/statistics.json")
            self.assertEqual(answer.headers["access-control-allow-origin"], "*")
            made = answer.json
            self.assertEqual((made["tlp"], made["fewest_organisations"], made["counted_until"]), ("TLP:CLEAR", 5, "TLP:AMBER"))
            figures = {one["id"]: one["value"] for one in made["figures"]}
            self.assertEqual(figures["findings.opened"], 36)
            self.assertEqual(figures["findings.repaired"], 24)
            self.assertEqual(figures["statistics.organisations"], 12)
            sectors = next(one for one in made["tables"] if one["id"] == "findings.by_sector")["lines"]
            self.assertEqual({one["key"]: one["values"] for one in sectors}, {"energy": [21, 14, 7], "(others)": [15, 10, 5]})
            self.assertNotRegex(answer.text, r"Organisation \d|198\.51|rail")
            page = tocsin.http("GET", "/statistics", headers={"accept-language": "fr-CH, en;q=0.5"})
            self.assertIn('lang="fr"', page.text)
            self.assertIn("La remise en état en chiffres", page.text)
            self.assertIn("énergie", page.text)  # a sector has its name in the reader's language
            self.assertNotIn(">energy<", page.text)
            self.assertNotIn("<script", page.text)
            self.assertIn("frame-ancestors 'none'", page.headers["content-security-policy"])
            self.assertEqual(page.headers["x-frame-options"], "DENY")
            self.assertLess(len(gzip.compress(page.body)), 60_000)
            frame = tocsin.http("GET", "/statistics/embed?language=ar")
            self.assertIn('dir="rtl"', frame.text)
            self.assertIn("frame-ancestors *", frame.headers["content-security-policy"])
            self.assertNotIn("x-frame-options", frame.headers)
            same = tocsin.http("GET", "/statistics", headers={"accept-language": "fr", "if-none-match": page.headers["etag"]})
            self.assertEqual(same.status, 304)
            rows = list(csv.DictReader(io.StringIO(tocsin.http("GET", "/statistics.csv").text)))
            self.assertEqual([row["value"] for row in rows if row["line"] == "findings.opened"], ["36"])
            self.assertEqual(tocsin.http("POST", "/statistics").status, 405)
            key = tocsin.add_key("analyst")
            self.assertEqual(tocsin.http("DELETE", "/api/v1/public-statistics", key=key).status, 403)
            tocsin.run("statistics", "withdraw")
            self.assertEqual(tocsin.http("GET", "/statistics").status, 404)
        finally:
            tocsin.stop()


class Moved(unittest.TestCase):
    def test_a_device_is_found_on_its_next_address(self):
        with Tocsin(config=CONFIG) as tocsin:
            tocsin.run("init")
            tocsin.run("org", "add", "Provider", "--kind", "operator", "--country", "XA")
            tocsin.run("resource", "add", "Provider", "192.0.2.0/24")
            head = HEADER.replace("\n", ',"device_serial"\n')
            for number, address in enumerate(["192.0.2.7"] * 3 + ["192.0.2.99"] * 5):
                path = tocsin.folder / f"{day(number)}-scan_telnet-test.csv"
                path.write_text(head + f'"{day(number)} 10:00:00","medium","{address}","tcp","23","","telnet","64500","XA","","","0","","","x","SN-4711-A"\n')
                tocsin.run("ingest", str(path))
            found = tocsin.json("repair", "moved", "Provider")
            self.assertEqual([(one["before"], one["after"], one["value"]) for one in found["items"]], [("192.0.2.7", "192.0.2.99", "SN-4711-A")])
            self.assertEqual(found["looked_at"], 8)


if __name__ == "__main__":
    unittest.main(verbosity=2)
