#!/usr/bin/env python3
"""Proposals to change an object: seen by whoever may see it; on our own a new version, on another's word to its author
through TAXII; and the search of events by whole STIX patterns."""
import json
import unittest
import uuid

from tocsin_process import Tocsin

GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
TAXII = {"Accept": "application/taxii+json;version=2.1"}


def indicator(number, marking=GREEN, **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.UUID(int=(4 << 76) | (8 << 60) | number)}",
            "created": "2026-11-20T10:00:00.000Z", "modified": "2026-11-20T10:00:00.000Z", "name": f"Number {number}",
            "pattern": f"[domain-name:value = 'n{number}.example']", "pattern_type": "stix",
            "valid_from": "2026-11-20T10:00:00Z", "object_marking_refs": [marking], **more}


class Proposals(unittest.TestCase):
    def setUp(self):
        self.tocsin = tocsin = self.enterContext(Tocsin())
        tocsin.run("init")
        for name in ("Northland", "Southland"):
            tocsin.run("org", "add", name, "--kind", "national_cirt", "--country", "XB")
        self.peers = {name: tocsin.json("peer", "add", name, "--organisation", name, "--clearance", "TLP:GREEN")["key"]
                      for name in ("Northland", "Southland")}
        self.keys = {role: tocsin.add_key(role) for role in ("viewer", "analyst")}

    def take_in(self, *objects, words=()):
        file = self.tocsin.folder / f"{uuid.uuid4()}.json"
        file.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": list(objects)}))
        return self.tocsin.json("intel", "import", str(file), *words)

    def ask(self, method, target, body=None, role="analyst", expect=200):
        answer = self.tocsin.http(method, target, body, key=self.keys[role])
        self.assertEqual(answer.status, expect, answer)
        return answer.json

    def given(self, peer):
        page = self.tocsin.http("GET", "/taxii2/root/collections/all/objects/", key=self.peers[peer], headers=TAXII)
        self.assertEqual(page.status, 200, page)
        return page.json.get("objects", [])

    def test_by_command_a_proposal_on_our_own_becomes_its_next_version(self):
        one = indicator(1, confidence=80)
        self.take_in(one)
        made = self.tocsin.json("proposal", "add", one["id"], "--set", "confidence=20", "--set", "name=12",
                                "--set", 'labels=["sinkhole"]', "--reason", "it is a sinkhole now")
        self.assertEqual((made["state"], made["changes"][0]), ("open", {"property": "confidence", "value": 20, "before": 80}))
        self.assertEqual(made["changes"][1]["value"], "12", "a text stays a text")
        self.assertIn("it is a sinkhole now", self.tocsin.run("proposal", "list"))
        self.assertEqual(self.tocsin.json("intel", "show", one["id"])["object"]["confidence"], 80)
        done = self.tocsin.json("proposal", "accept", made["id"])
        self.assertEqual((done["state"], done["told"]), ("accepted", None))
        now = self.tocsin.json("intel", "show", one["id"])["object"]
        self.assertEqual((now["confidence"], now["name"], now["labels"]), (20, "12", ["sinkhole"]))
        self.assertGreater(now["modified"], one["modified"])
        self.assertEqual(self.tocsin.json("proposal", "list")["items"], [])
        self.assertEqual(len(self.tocsin.json("proposal", "list", "--state", "all", "--object", one["id"])["items"]), 1)
        self.tocsin.run("proposal", "accept", made["id"], expect=1)
        self.tocsin.run("proposal", "show", "77", expect=4)
        self.assertIn("proposal.accept", self.tocsin.run("audit", "list"))

    def test_a_proposal_on_anothers_goes_back_to_its_author_and_nobody_else(self):
        one = indicator(1)
        self.take_in(one, words=("--from", "Northland"))
        self.tocsin.start()
        made = self.ask("POST", "/api/v1/proposals", {"object": one["id"], "revoke": True, "reason": "a false positive"}, expect=201)
        self.assertEqual([got["id"] for got in self.given("Northland")], [one["id"]], "nothing is told before somebody accepts it")
        done = self.ask("POST", f"/api/v1/proposals/{made['id']}/accept", {})
        self.assertRegex(done["told"], "^opinion--")
        told = {got["id"]: got for got in self.given("Northland")}[done["told"]]
        self.assertEqual((told["opinion"], told["object_refs"], told["object_marking_refs"]),
                         ("strongly-disagree", [one["id"]], [GREEN]))
        self.assertNotIn(done["told"], [got["id"] for got in self.given("Southland")])
        self.assertFalse(self.ask("GET", f"/api/v1/intelligence/objects/{one['id']}")["object"]["is_revoked"])

    def test_who_may_not_see_the_object_knows_of_no_proposal(self):
        red, green = indicator(1, RED), indicator(2)
        self.take_in(red, green)
        self.tocsin.start()
        numbers = [self.ask("POST", "/api/v1/proposals", {"object": one["id"], "changes": [{"property": "confidence", "value": 5}],
                                                          "reason": "doubt"}, expect=201)["id"] for one in (red, green)]
        seen = self.ask("GET", "/api/v1/proposals", role="viewer")
        self.assertEqual(([one["id"] for one in seen["items"]], seen["total"]), ([numbers[1]], 1))
        hidden = self.tocsin.http("GET", f"/api/v1/proposals/{numbers[0]}", key=self.keys["viewer"])
        absent = self.tocsin.http("GET", "/api/v1/proposals/999", key=self.keys["viewer"])
        self.assertEqual((hidden.status, hidden.text.replace(str(numbers[0]), "N")), (404, absent.text.replace("999", "N")))
        self.ask("POST", f"/api/v1/proposals/{numbers[1]}/accept", {}, role="viewer", expect=403)
        self.assertEqual(self.ask("GET", "/api/v1/proposals?state=open")["total"], 2)
        self.ask("POST", f"/api/v1/proposals/{numbers[0]}/dismiss", {"reason": "no"})
        self.ask("POST", f"/api/v1/proposals/{numbers[1]}/withdraw")
        self.assertEqual(self.ask("GET", "/api/v1/proposals?state=open")["total"], 0)


class Patterns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tocsin = tocsin = Tocsin().__enter__()
        tocsin.run("init")
        lines = []

        def event(source, second, port, name=None):
            line = {"time.source": f"2026-11-26T10:{second // 60:02}:{second % 60:02}+00:00", "source.ip": source,
                    "destination.ip": "203.0.113.9", "destination.port": port, "classification.type": "scanner",
                    "feed.accuracy": 100}
            lines.append({**line, **({"destination.fqdn": name} if name else {})})

        for i in range(5):
            event("198.51.100.1", i * 10, 22)
        event("198.51.100.1", 300, 443, "panel.example")
        event("198.51.100.2", 0, 443, "panel.example")      # the wrong way round
        for i in range(5):
            event("198.51.100.2", 100 + i * 10, 22)
        for i in range(4):
            event("198.51.100.3", i * 10, 22)                # too few
        event("198.51.100.3", 300, 443, "panel.example")
        for i in range(5):
            event("198.51.100.4", i * 400, 22)               # too slow
        event("198.51.100.4", 3000, 443, "panel.example")
        file = tocsin.folder / "events.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        tocsin.run("ingest", "--feed", "generic/idf", str(file))
        cls.keys = {role: tocsin.add_key(role) for role in ("viewer", "analyst")}

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    def found(self, pattern, *words):
        return self.tocsin.json("intel", "pattern", pattern, "--days", "3000", *words)

    SSH = "[network-traffic:dst_port = 22]"
    PANEL = "[domain-name:value = 'panel.example']"

    def test_one_observation_finds_events(self):
        page = self.found("[network-traffic:dst_port = 443 AND network-traffic:src_ref.value = '198.51.100.3']")
        self.assertEqual([len(hit["events"]) for hit in page["items"]], [1])
        self.assertFalse(page["is_over_several"])
        self.assertEqual(len(self.found(self.SSH)["items"]), 19)
        self.assertEqual(self.found("[ipv4-addr:value = '192.0.2.77']")["items"], [])

    def test_pages_hold_each_event_once(self):
        ids, after = [], ()
        while True:
            page = self.found(self.SSH, "--limit", "7", *after)
            ids += [hit["events"][0]["id"] for hit in page["items"]]
            if not page["next"]:
                break
            after = ("--after", page["next"])
        self.assertEqual((len(ids), len(set(ids))), (19, 19))

    def test_several_observations_of_one_machine(self):
        pattern = f"({self.SSH} REPEATS 5 TIMES WITHIN 600 SECONDS) FOLLOWEDBY {self.PANEL}"
        page = self.found(pattern)
        self.assertEqual([hit["source"] for hit in page["items"]], ["198.51.100.1"])
        self.assertEqual(len(page["items"][0]["events"]), 6)
        self.assertTrue(page["is_over_several"])
        both = self.found(f"{self.SSH} AND {self.PANEL}")
        self.assertEqual(len(both["items"]), 4)
        first = self.found(f"{self.SSH} AND {self.PANEL}", "--limit", "3")
        rest = self.found(f"{self.SSH} AND {self.PANEL}", "--limit", "3", "--after", first["next"])
        self.assertEqual(sorted(hit["source"] for hit in first["items"] + rest["items"]),
                         [f"198.51.100.{n}" for n in (1, 2, 3, 4)])
        started = f"({self.SSH} FOLLOWEDBY {self.PANEL}) START t'2026-11-26T10:00:00Z' STOP t'2026-11-26T10:06:00Z'"
        self.assertEqual(sorted(hit["source"] for hit in self.found(started)["items"]), ["198.51.100.1", "198.51.100.3"])

    def test_what_is_no_pattern_is_told_with_its_place(self):
        done = self.tocsin.call("intel", "pattern", "[ipv4-addr:value = ")
        self.assertEqual(done.returncode, 1)
        self.assertIn("line 1, column", done.stderr)

    def test_over_http_within_the_asker_s_rights(self):
        self.tocsin.start()
        try:
            body = {"pattern": self.SSH, "from": "2020-01-01", "limit": 5}
            answers = {role: self.tocsin.http("POST", "/api/v1/events/pattern", body, key=key) for role, key in self.keys.items()}
            self.assertEqual(answers["analyst"].status, 200, answers["analyst"])
            self.assertEqual(len(answers["analyst"].json["items"]), 5)
            wrong = self.tocsin.http("POST", "/api/v1/events/pattern", {"pattern": "[x"}, key=self.keys["viewer"])
            self.assertEqual(wrong.status, 422 if wrong.status == 422 else 400, wrong)
        finally:
            self.tocsin.stop()


if __name__ == "__main__":
    unittest.main()
