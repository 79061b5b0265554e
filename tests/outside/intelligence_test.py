#!/usr/bin/env python3
"""A partner's indicator becomes a warning in an owner's mailbox; what the owner may not know of is held; a kill on the way
doubles nothing."""
import json
import random
import time
import unittest
import uuid

from tocsin_process import Tocsin

GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def indicator(number, pattern, marking=GREEN):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.UUID(int=(4 << 76) | (8 << 60) | number)}",
            "created": "2026-01-01T10:00:00.000Z", "modified": "2026-01-01T10:00:00.000Z", "pattern": pattern,
            "pattern_type": "stix", "valid_from": "2026-01-01T10:00:00Z", "valid_until": "2036-01-01T00:00:00Z",
            "indicator_types": ["malicious-activity"], "object_marking_refs": [marking]}


def event(source, destination, minute=0):
    return json.dumps({"classification.type": "other", "classification.identifier": "flow", "source.ip": source,
                       "destination.ip": destination, "time.source": f"2026-11-20T10:{minute:02}:00Z"})


def prepare(tocsin, *indicators):
    if not tocsin.data.exists():
        tocsin.run("init")
    tocsin.run("org", "add", "First Bank", "--kind", "constituent", "--country", "XA", "--language", "en")
    tocsin.run("org", "add", "Northland", "--kind", "national_cirt", "--country", "XB")
    tocsin.run("resource", "add", "First Bank", "192.0.2.0/24")
    tocsin.run("contact", "add", "First Bank", "--email", "abuse@bank.example", "--role", "abuse")
    bundle = tocsin.folder / "bundle.json"
    bundle.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": list(indicators)}))
    tocsin.run("intel", "import", "--from", "Northland", str(bundle))


def ingest(tocsin, *events, name="flows.jsonl"):
    report = tocsin.folder / name
    report.write_text("\n".join(events) + "\n")
    return tocsin.json("ingest", "--json", "--feed", "generic/idf", str(report))


def matches(tocsin, *words):
    return tocsin.json("match", "list", "--json", *words)["items"]


def findings(tocsin):
    """Those that came of matches."""
    items = tocsin.json("finding", "list", "--limit", "1000", "--json")["items"]
    return [one for one in items if one["feed"] == "tocsin/intelligence"]


class Intelligence(unittest.TestCase):
    def test_a_partners_indicator_becomes_a_warning_in_an_owners_mailbox(self):
        with Tocsin() as tocsin:
            prepare(tocsin, indicator(1, "[ipv4-addr:value = '198.51.100.7']"),
                    indicator(2, "[domain-name:value = 'evil.example']"))
            ingest(tocsin, event("192.0.2.5", "198.51.100.7"), event("192.0.2.5", "198.51.100.7", 5),
                   event("192.0.2.6", "198.51.100.8"),
                   json.dumps({"classification.type": "other", "source.ip": "192.0.2.9",
                               "destination.fqdn": "www.evil.example", "time.source": "2026-11-20T10:00:00Z"}))
            found = matches(tocsin)
            self.assertEqual({(one["subject"], one["side"], one["state"]) for one in found},
                             {("192.0.2.5", "destination", "handed_on"), ("192.0.2.9", "destination", "handed_on")})
            found = findings(tocsin)
            self.assertEqual({one["address"] for one in found}, {"192.0.2.5", "192.0.2.9"})
            self.assertEqual({one["type"] for one in found}, {"infected-system"})
            tocsin.run("notify", "plan")
            tocsin.run("notify", "approve", "--all")
            tocsin.run("notify", "send")
            mails = [path.read_text(errors="replace") for path in (tocsin.data / "outbox").glob("*.eml")]
            self.assertTrue(any("abuse@bank.example" in mail and "192.0.2.5" in mail for mail in mails))

    def test_what_its_owner_may_not_know_of_is_held_until_a_person_releases_it(self):
        with Tocsin() as tocsin:
            prepare(tocsin, indicator(1, "[ipv4-addr:value = '198.51.100.7']", RED))
            ingest(tocsin, event("192.0.2.5", "198.51.100.7"))
            held = matches(tocsin, "--state", "held")
            self.assertEqual([one["subject"] for one in held], ["192.0.2.5"])
            self.assertEqual(findings(tocsin), [])
            tocsin.run("match", "rule", "--release", str(held[0]["id"]))
            self.assertEqual(matches(tocsin, "--state", "held"), [])

    def test_a_match_is_marked_as_strictly_as_the_event_that_met_it(self):
        with Tocsin() as tocsin:
            prepare(tocsin, indicator(1, "[ipv4-addr:value = '198.51.100.7']"))
            secret = {**json.loads(event("192.0.2.5", "198.51.100.7")), "tlp": "RED"}
            ingest(tocsin, json.dumps(secret), event("192.0.2.6", "198.51.100.7"))
            self.assertEqual({(one["subject"], one["marking"], one["state"]) for one in matches(tocsin)},
                             {("192.0.2.5", "TLP:RED", "held"), ("192.0.2.6", "TLP:AMBER", "handed_on")})
            tocsin.run("match", "rule", "--release", str(next(one["id"] for one in matches(tocsin) if one["subject"] == "192.0.2.5")))
            tocsin.start()
            viewer = tocsin.add_key("viewer")
            for path in ("/api/v1/matches", "/api/v1/findings", "/api/v1/events?feed=tocsin/intelligence"):
                answer = tocsin.http("GET", path, key=viewer)
                self.assertEqual(answer.status, 200)
                self.assertNotIn("192.0.2.5", answer.text)
                self.assertIn("192.0.2.6", answer.text)

    def test_networks_and_expired_indicators(self):
        with Tocsin() as tocsin:
            old = indicator(2, "[ipv4-addr:value = '203.0.113.9']")
            old["valid_until"] = "2026-02-01T00:00:00Z"
            prepare(tocsin, indicator(1, "[ipv4-addr:value = '198.51.100.0/24']"), old)
            ingest(tocsin, event("192.0.2.5", "198.51.100.200"), event("192.0.2.6", "203.0.113.9"))
            self.assertEqual([one["value"] for one in matches(tocsin)], ["198.51.100.200"])

    def test_an_indicator_is_matched_back_over_the_archive(self):
        """Events first or indicators first: the same matches, whatever kind of value they meet by."""
        everything = [
            indicator(1, "[ipv4-addr:value = '198.51.100.7']"),
            indicator(2, "[ipv4-addr:value = '203.0.113.0/26']"),
            indicator(3, "[domain-name:value = 'evil.example']"),
            indicator(4, "[url:value = 'http://drop.example/a?b=c']"),
            indicator(5, "[file:hashes.'SHA-256' = '" + "ab" * 32 + "']"),
            indicator(6, "[email-addr:value = 'mule@evil2.example']"),
            indicator(7, "[ipv6-addr:value = '2001:db8:7::/48']"),
        ]

        def seen(source, **more):
            return json.dumps({"classification.type": "other", "source.ip": source, "time.source": "2026-11-20T10:00:00Z",
                               **{name.replace("__", "."): value for name, value in more.items()}})
        rows = [
            seen("192.0.2.1", destination__ip="198.51.100.7"), seen("192.0.2.2", destination__ip="203.0.113.63"),
            seen("192.0.2.3", destination__ip="203.0.113.64"), seen("192.0.2.4", source__fqdn="a.b.evil.example"),
            seen("192.0.2.5", source__reverse_dns="evil.example"), seen("192.0.2.6", destination__fqdn="EVIL.example"),
            seen("192.0.2.7", source__fqdn="notevil.example"), seen("192.0.2.8", source__url="HTTP://Drop.example:80/a?b=c"),
            seen("192.0.2.9", destination__url="http://drop.example/a?b=c"), seen("192.0.2.10", source__url="http://drop.example/a"),
            seen("192.0.2.11", malware__hash__sha256="AB" * 32), seen("192.0.2.12", malware__hash__sha256="ac" * 32),
            seen("192.0.2.13", source__account="mule@evil2.example"), seen("2001:db8:7:1::5"), seen("2001:db8:8::5"),
        ]
        rows += [seen(f"192.0.2.{n % 200 + 20}", destination__ip=f"10.0.{n % 200}.{n % 251}") for n in range(5000)]

        def told(tocsin):
            return sorted((one["indicator"], one["value"].lower(), one["side"], one["subject"]) for one in matches(tocsin))
        with Tocsin() as forward, Tocsin() as back:
            prepare(forward, *everything)
            ingest(forward, *rows)
            back.run("init")
            back.run("feed", "list")
            ingest(back, *rows)
            self.assertEqual(matches(back), [])
            prepare(back, *everything)
            self.assertEqual(told(back), told(forward))
            self.assertEqual({one[3] for one in told(back)},
                             {f"192.0.2.{n}" for n in (1, 2, 4, 5, 6, 8, 9, 11, 13)} | {"2001:db8:7:1::5"})
            self.assertIn("192.0.2.1", {one["address"] for one in findings(back)})
            again = back.json("intel", "import", "--json", "--from", "Northland", str(back.folder / "bundle.json"))
            self.assertEqual(again["matches"], 0)

    def test_a_running_server_matches_back_what_comes_while_events_come_in(self):
        with Tocsin() as tocsin:
            prepare(tocsin)
            tocsin.start()
            key = tocsin.json("key", "add", "--role", "analyst", "--json")["key"]
            rows = [event(f"192.0.2.{n % 250}", f"198.51.100.{n % 250}", n % 60) for n in range(60_000)]
            for part in range(6):
                body = "\n".join(rows[part * 10_000:(part + 1) * 10_000]).encode()
                self.assertEqual(tocsin.http("POST", "/api/v1/feeds/generic/idf/reports", body, key=key,
                                             headers={"Content-Type": "application/x-ndjson"}).status, 202)
                bundle = tocsin.folder / f"bundle{part}.json"
                bundle.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": [
                    indicator(100 + part, f"[ipv4-addr:value = '198.51.100.{part}']")]}))
                tocsin.run("intel", "import", "--from", "Northland", str(bundle))
            expected = {f"192.0.2.{part}" for part in range(6)}
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and {one["subject"] for one in matches(tocsin)} != expected:
                time.sleep(0.2)
            self.assertEqual(sorted(one["subject"] for one in matches(tocsin)), sorted(expected))

    def test_a_kill_loses_no_match_and_doubles_none(self):
        with Tocsin() as tocsin:
            prepare(tocsin, indicator(1, "[ipv4-addr:value = '198.51.100.7']"))
            rows = [event(f"192.0.2.{n % 250}", "198.51.100.7" if n % 3 == 0 else "203.0.113.5", n % 60)
                    for n in range(30_000)]
            report = tocsin.folder / "flows.jsonl"
            report.write_text("\n".join(rows) + "\n")
            expected = {f"192.0.2.{n % 250}" for n in range(30_000) if n % 3 == 0}
            key = tocsin.json("key", "add", "--role", "analyst", "--json")["key"]
            dice = random.Random(20261126)
            pushed = False
            for _ in range(6):
                tocsin.start()
                if not pushed:
                    answer = tocsin.http("POST", "/api/v1/feeds/generic/idf/reports", report.read_bytes(), key=key,
                                         headers={"Content-Type": "application/x-ndjson"})
                    pushed = answer.status == 202
                time.sleep(dice.random() * 0.4)
                tocsin.kill()
            tocsin.start()
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                done = findings(tocsin)
                if len(done) >= len(expected):
                    break
                time.sleep(0.2)
            found = matches(tocsin)
            self.assertEqual(sorted(one["subject"] for one in found), sorted(expected))
            self.assertEqual({one["address"] for one in done}, expected)
            self.assertEqual({one["times"] for one in done}, {1})


if __name__ == "__main__":
    unittest.main()
