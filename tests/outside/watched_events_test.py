#!/usr/bin/env python3
"""A watch's values in raw events: what a new event carries is a hit, counted on Today, for whoever may see the event."""
import json
import unittest

from tocsin_process import Tocsin


class WatchedEvents(unittest.TestCase):
    def setUp(self):
        self.tocsin = tocsin = self.enterContext(Tocsin())
        tocsin.run("init")
        self.keys = {role: tocsin.add_key(role) for role in ("viewer", "analyst")}
        self.number = 0

    def ingest(self, *events):
        self.number += 1
        file = self.tocsin.folder / f"events-{self.number}.jsonl"
        file.write_text("".join(json.dumps({"time.source": "2026-11-26T10:00:00+00:00", "classification.type": "scanner",
                                            **event}) + "\n" for event in events))
        self.tocsin.run("ingest", "--feed", "generic/idf", str(file))

    def seen(self, name, *words):
        return self.tocsin.json("watch", "show", name, *words)["events"]

    def test_each_kind_of_value_is_met_once_a_day(self):
        self.ingest({"source.ip": "198.51.100.7"})  # before the watch: no news
        self.tocsin.run("watch", "add", "mine", "198.51.100.7", "203.0.113.0/24", "ministry.example",
                        "http://evil.example/gate", "d41d8cd98f00b204e9800998ecf8427e")
        self.assertEqual(self.seen("mine"), [])
        self.ingest({"source.ip": "198.51.100.7", "source.port": 1}, {"source.ip": "198.51.100.7", "source.port": 2},
                    {"source.ip": "192.0.2.1", "destination.ip": "203.0.113.9"},
                    {"source.ip": "192.0.2.2", "source.fqdn": "www.ministry.example"},
                    {"source.ip": "192.0.2.3", "source.url": "http://evil.example/gate"},
                    {"source.ip": "192.0.2.4", "malware.hash.md5": "d41d8cd98f00b204e9800998ecf8427e"},
                    {"source.ip": "192.0.2.5", "source.fqdn": "notministry.example"})
        found = {(one["value"], one["seen"], one["side"], one["subject"]) for one in self.seen("mine")}
        self.assertEqual(found, {
            ("198.51.100.7", "198.51.100.7", "source", "198.51.100.7"),
            ("203.0.113.0/24", "203.0.113.9", "destination", "192.0.2.1"),
            ("ministry.example", "www.ministry.example", "source", "192.0.2.2"),
            ("http://evil.example/gate", "http://evil.example/gate", "source", "192.0.2.3"),
            ("d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e", "file", "192.0.2.4")})
        self.assertEqual(len(self.seen("mine")), 5, "two events of one machine on one day are one hit")
        self.tocsin.run("watch", "show", "mine", "--read")
        self.assertEqual((self.seen("mine"), len(self.seen("mine", "--all"))), ([], 5))
        self.tocsin.run("watch", "remove", "mine")
        self.ingest({"source.ip": "198.51.100.7", "source.port": 3, "time.source": "2026-11-25T10:00:00+00:00"})

    def test_over_http_it_is_on_today_and_strict_events_are_for_few(self):
        self.tocsin.start()
        http = lambda method, target, body=None, role="analyst": self.tocsin.http(method, target, body, key=self.keys[role])
        made = http("POST", "/api/v1/watches", {"name": "mine", "values": ["198.51.100.0/24"], "is_team": True})
        self.assertEqual(made.status, 201, made)
        self.ingest({"source.ip": "198.51.100.1", "tlp": "GREEN"}, {"source.ip": "198.51.100.2", "tlp": "RED"})
        base = f"/api/v1/watches/{made.json['id']}"
        seen = {role: http("GET", base + "/events", role=role) for role in self.keys}
        self.assertEqual([one["subject"] for one in seen["analyst"].json["items"]], ["198.51.100.2", "198.51.100.1"], seen)
        self.assertEqual([one["subject"] for one in seen["viewer"].json["items"]], ["198.51.100.1"])
        self.assertEqual([http("GET", "/api/v1/today", role=role).json["waiting"]["watch_hits"] for role in ("analyst", "viewer")], [2, 1])
        read = http("POST", base + "/read", {"events": [seen["analyst"].json["items"][0]["id"]]})
        self.assertEqual(read.json, {"read": 1}, read)
        watch = http("GET", "/api/v1/watches").json["items"][0]
        self.assertEqual((watch["unread"], watch["unread_events"]), (1, 1))


if __name__ == "__main__":
    unittest.main()
