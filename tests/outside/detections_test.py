#!/usr/bin/env python3
"""Detection exports, from outside: who gets what, that addresses and files stay the same, and what is left out."""
import base64
import json
import unittest
import uuid

from tocsin_process import Tocsin

GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
FORMATS = ("csv", "domain-list", "hash-list", "hosts", "ip-list", "nftables", "rpz", "sigma", "snort3", "squid", "suricata",
           "url-list", "yara")


def indicator(number, pattern, marking=GREEN, **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.UUID(int=(4 << 76) | (8 << 60) | number)}",
            "created": "2026-11-20T10:00:00.000Z", "modified": "2026-11-20T10:00:00.000Z", "name": f"Number {number}",
            "pattern": pattern, "pattern_type": "stix", "valid_from": "2026-11-20T10:00:00Z",
            "object_marking_refs": [marking], **more}


MD5, SHA256 = "0123456789abcdef" * 2, "0123456789abcdef" * 4
OBJECTS = [
    indicator(1, "[ipv4-addr:value = '198.51.100.1']"),
    indicator(2, "[domain-name:value = 'green.evil.example']", name='x"; sid:1;)\nalert ip any any -> any any (sid:2;)'),
    indicator(3, "[domain-name:value = 'amber.evil.example']", AMBER),
    indicator(4, "[url:value = 'http://amber.evil.example/gate']", AMBER),
    indicator(5, "[domain-name:value = 'revoked.evil.example']", revoked=True),
    indicator(6, "[domain-name:value = 'over.evil.example']", valid_until="2026-11-21T10:00:00Z"),
    indicator(7, "[domain-name:value = 'both.evil.example' AND network-traffic:dst_port = 443]"),
    indicator(8, f"[file:hashes.MD5 = '{MD5}' AND file:hashes.'SHA-256' = '{SHA256}']"),
    indicator(9, "[ipv4-addr:value = '8.8.8.8']"),
]


class House(Tocsin):
    def __enter__(self):
        super().__enter__()
        self.run("init")
        self.run("org", "add", "Northland", "--kind", "national_cirt", "--country", "XB")
        self.team = self.json("key", "add", "--role", "analyst", "--json")["key"]
        self.peer = self.json("peer", "add", "north", "--organisation", "Northland", "--clearance", "TLP:GREEN",
                              "--json")["key"]
        bundle = self.folder / "bundle.json"
        bundle.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": OBJECTS}))
        self.run("intel", "import", str(bundle))
        self.start()
        return self

    def ask(self, target, key=None, method="GET", **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        secret = base64.b64encode(f"anybody:{key or self.team}".encode()).decode()
        return self.http(method, "/detections/" + target, headers={"Authorization": f"Basic {secret}", **sent})

    def disclosures(self):
        return [one for one in self.http("GET", "/api/v1/disclosures?limit=1000", key=self.admin).json["items"]
                if one["door"] == "export"]


class Detections(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House().__enter__()
        cls.house.admin = cls.house.json("key", "add", "--role", "administrator", "--json")["key"]

    @classmethod
    def tearDownClass(cls):
        cls.house.__exit__(None, None, None)

    def test_nobody_gets_in_without_a_key(self):
        answer = self.house.http("GET", "/detections/all/csv")
        self.assertEqual(answer.status, 401)
        self.assertIn("Basic", answer.headers["www-authenticate"])
        self.assertEqual(self.house.ask("all/csv", key="tocsin_1_wrong").status, 401)

    def test_every_format_answers_and_wrong_ones_do_not(self):
        for name in FORMATS:
            with self.subTest(format=name):
                answer = self.house.ask(f"all/{name}?known_good=1")
                self.assertEqual(answer.status, 200, answer)
                self.assertIn("Marking: TLP:", answer.text)
        for target, status in (("all/excel", 404), ("nothing/csv", 404), ("all", 404), ("all/csv/more", 404),
                               ("all/csv?known_good=maybe", 422), ("all/csv?confidence=101", 422),
                               ("all/csv?other=1", 422)):
            with self.subTest(target=target):
                self.assertEqual(self.house.ask(target).status, status)
        self.assertEqual(self.house.ask("all/csv", method="POST").status, 405)

    def test_only_live_single_values_are_in_it(self):
        text = self.house.ask("all/csv?known_good=1").text
        for value in ("198.51.100.1", "green.evil.example", "amber.evil.example", "8.8.8.8"):
            self.assertIn(value, text)
        for value in ("revoked.evil", "over.evil", "both.evil"):
            self.assertNotIn(value, text)
        self.assertTrue(MD5 in text or SHA256 in text, text)
        self.assertIn("that are no single values, left out: 1", text)

    def test_known_good_values_are_left_out_and_counted(self):
        answer = self.house.ask("all/ip-list")
        self.assertNotIn("8.8.8.8", answer.text)
        self.assertIn("# Known-good values left out: 2", answer.text)
        self.assertEqual(self.house.run("known-good", "check", "8.8.8.8").strip(), "Public DNS resolvers")
        self.assertIn("Top sites", self.house.run("known-good", "list"))

    def test_indicators_found_in_a_text_name_the_lists_that_hold_them(self):
        answer = self.house.http("POST", "/api/v1/intelligence/extract", b"seen: 9.9.9.9 and 45.155.204[.]1",
                                 key=self.house.team, headers={"Content-Type": "application/octet-stream"})
        found = {one["value"]: one["known_good"] for one in answer.json["found"]}
        self.assertEqual(found, {"9.9.9.9": ["Public DNS resolvers"], "45.155.204.1": []})

    def test_a_peer_gets_nothing_above_its_clearance(self):
        for name in FORMATS:
            with self.subTest(format=name):
                answer = self.house.ask(f"all/{name}?known_good=1", key=self.house.peer)
                self.assertEqual(answer.status, 200)
                self.assertNotIn("amber", answer.text.lower())
                self.assertIn(answer.headers["tocsin-marking"], ("TLP:GREEN", "TLP:CLEAR"))
        self.assertEqual(self.house.ask("all/hosts?known_good=1").headers["tocsin-marking"], "TLP:AMBER")
        self.assertEqual(self.house.ask("all/yara?known_good=1").headers["tocsin-marking"], "TLP:GREEN")

    def test_the_same_file_is_not_sent_and_not_disclosed_twice(self):
        before = len(self.house.disclosures())
        first = self.house.ask("all/suricata?known_good=1", key=self.house.peer, Accept_Encoding="identity")
        self.assertRegex(first.headers["etag"], r'^"[0-9a-f-]{36}"$')
        self.assertEqual(len(self.house.disclosures()), before + 1)
        again = self.house.ask("all/suricata?known_good=1", key=self.house.peer, If_None_Match=first.headers["etag"])
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(len(self.house.disclosures()), before + 1)
        other = self.house.ask("all/suricata?known_good=1", key=self.house.peer, If_None_Match='"other"')
        self.assertEqual((other.status, other.body), (200, first.body))

    def test_a_hostile_name_stays_in_its_rule(self):
        text = self.house.ask("all/suricata?known_good=1").text
        for line in text.splitlines():
            self.assertRegex(line, r'^(# |alert \w+ [^(]+ \(msg:"TOCSIN [^";]*"; .*sid:1?\d{9,10}; rev:1;\)$)')

    def test_the_command_writes_the_same_values(self):
        path = self.house.folder / "out.csv"
        self.house.run("intel", "export", "--format", "csv", "--even-known-good", "--collection", "all", "--out", str(path))
        values = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        served = [line for line in self.house.ask("all/csv?known_good=1").text.splitlines() if not line.startswith("#")]
        self.assertEqual(values, served)
        self.assertIn("green.evil.example", self.house.run("intel", "export", "--format", "domain-list", "--even-known-good"))


if __name__ == "__main__":
    unittest.main()
