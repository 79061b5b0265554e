#!/usr/bin/env python3
"""The store from outside: what is near, related, the same, watched, worth something, matched as a whole, tried again."""
import json
import sqlite3
import unittest
import uuid

from tocsin_process import Tocsin

GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def number(kind, n):
    return f"{kind}--{uuid.UUID(int=(4 << 76) | (8 << 60) | n)}"


def thing(kind, n, marking=GREEN, modified="2026-01-01T10:00:00.000Z", **members):
    return {"type": kind, "spec_version": "2.1", "id": number(kind, n), "created": "2026-01-01T10:00:00.000Z",
            "modified": modified, "object_marking_refs": [marking], **members}


def indicator(n, pattern, marking=GREEN, **members):
    members = {"valid_until": "2036-01-01T00:00:00Z", **members}
    return thing("indicator", n, marking, pattern=pattern, pattern_type="stix", valid_from="2026-01-01T10:00:00Z",
                 **{name: value for name, value in members.items() if value is not None})


def take_in(tocsin, *objects, expect=0, words=()):
    if not tocsin.data.exists():
        tocsin.run("init")
    bundle = tocsin.folder / f"{uuid.uuid4()}.json"
    bundle.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": list(objects)}))
    tocsin.run("intel", "import", *words, str(bundle), expect=expect)


def listed(tocsin, *words):
    return {one["id"] for one in tocsin.json("intel", "list", "--json", *words)["items"]}


def event(source, destination, port, minute=0):
    return json.dumps({"classification.type": "other", "classification.identifier": "flow", "source.ip": source,
                       "destination.ip": destination, "destination.port": port, "protocol.transport": "tcp",
                       "time.source": f"2026-11-20T10:{minute:02}:00Z"})


def ingest(tocsin, *events, name="flows.jsonl"):
    report = tocsin.folder / name
    report.write_text("\n".join(events) + "\n")
    tocsin.json("ingest", "--json", "--feed", "generic/idf", str(report))


def matches(tocsin):
    return tocsin.json("match", "list", "--json")["items"]


class IntelStore(unittest.TestCase):
    def test_a_pattern_is_held_against_the_event_as_a_whole(self):
        with Tocsin() as tocsin:
            take_in(tocsin, indicator(1, "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 4444]"),
                    indicator(2, "[ipv4-addr:value = '198.51.100.9'] FOLLOWEDBY [ipv4-addr:value = '198.51.100.8']"))
            # The first one has the address and not the port; it must not hide the second.
            ingest(tocsin, event("192.0.2.5", "198.51.100.7", 443), event("192.0.2.5", "198.51.100.7", 4444, 5),
                   event("192.0.2.6", "198.51.100.7", 80), event("192.0.2.7", "198.51.100.9", 80))
            found = matches(tocsin)
            self.assertEqual([one["subject"] for one in found], ["192.0.2.5"])
            self.assertEqual(tocsin.json("intel", "list", "--json", "--matching", "never", "--count")["count"], 1)
            worth = tocsin.json("intel", "show", "--json", number("indicator", 2))["worth"]
            self.assertFalse(worth["is_matched_kind"])
            self.assertIn("more than one observation", worth["matching_reason"]["text"])
            self.assertEqual(worth["matching_reason"]["code"], "never.several")
            self.assertEqual(tocsin.json("intel", "show", "--json", number("indicator", 1))["worth"]["matching"], "whole")

    def test_old_events_are_held_against_new_whole_patterns(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            ingest(tocsin, event("192.0.2.5", "198.51.100.7", 443), event("192.0.2.6", "198.51.100.7", 4444, 5))
            take_in(tocsin, indicator(1, "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 4444]"))
            self.assertEqual([one["subject"] for one in matches(tocsin)], ["192.0.2.6"])

    def test_validate_says_what_would_not_be_matched(self):
        with Tocsin() as tocsin:
            bundle = tocsin.folder / "b.json"
            bundle.write_text(json.dumps([indicator(1, "[ipv4-addr:value = '198.51.100.7']"),
                                          indicator(2, "[mutex:name = 'x']")]))
            told = tocsin.call("intel", "validate", "--json", str(bundle))
            lines = [json.loads(line) for line in told.stdout.splitlines()]
            never = [line for line in lines if line["weight"] == "matching"]
            self.assertEqual([line["id"] for line in never], [number("indicator", 2)])
            self.assertIn("mutex", never[0]["message"])

    def test_a_merge_leaves_no_trace_when_it_is_taken_back(self):
        with Tocsin() as tocsin:
            take_in(tocsin, thing("malware", 1, is_family=True, name="Dark Loader"),
                    thing("malware", 2, is_family=True, name="dark loader", aliases=["Shade"]))
            first, second = number("malware", 1), number("malware", 2)

            def tables():
                with sqlite3.connect(tocsin.data / "ledger.sqlite") as ledger:
                    names = [row[0] for row in ledger.execute(
                        "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'intel_%' "
                        "AND name NOT LIKE 'intel_text%' ORDER BY name")]
                    return {name: sorted(map(repr, ledger.execute(f"SELECT * FROM {name}"))) for name in names}

            ledgers = list(tocsin.data.glob("ledger*"))
            self.assertTrue(any(path.name == "ledger.sqlite" for path in ledgers), ledgers)
            before = tables()
            proposed = tocsin.json("intel", "duplicates", "--json")["items"]
            self.assertEqual([set(one["ids"]) for one in proposed], [{first, second}])
            tocsin.run("intel", "merge", "--into", first, second)
            self.assertNotEqual(tables(), before)
            self.assertEqual(listed(tocsin, "--type", "malware"), {first})
            self.assertEqual(listed(tocsin, "--text", "shade"), {first}, "found by the other's alias")
            self.assertEqual(listed(tocsin, "--type", "malware", "--apart"), {first, second})
            self.assertEqual(tocsin.json("intel", "show", "--json", second)["shown_as"], first)
            tocsin.run("intel", "merge", "--into", second, first, expect=1)
            tocsin.run("intel", "unmerge", second)
            self.assertEqual(tables(), before)
            audit = tocsin.run("audit", "list")
            self.assertIn("intelligence.merge", audit)
            self.assertIn("intelligence.unmerge", audit)

    def test_a_graph_goes_through_what_is_here_and_says_what_it_left_out(self):
        with Tocsin() as tocsin:
            uses = {"relationship_type": "uses"}
            take_in(tocsin, thing("threat-actor", 1, name="Actor"), thing("malware", 2, is_family=True, name="Loader"),
                    thing("relationship", 3, source_ref=number("threat-actor", 1), target_ref=number("malware", 2), **uses),
                    indicator(4, "[ipv4-addr:value = '198.51.100.7']"),
                    thing("relationship", 5, source_ref=number("indicator", 4), target_ref=number("malware", 2),
                          relationship_type="indicates"))
            ingest(tocsin, event("192.0.2.5", "198.51.100.7", 443))
            graph = tocsin.json("intel", "graph", "--json", "--steps", "3", number("threat-actor", 1))
            self.assertEqual({(node["id"], node["step"]) for node in graph["nodes"]},
                             {(number("threat-actor", 1), 0), (number("malware", 2), 1), (number("indicator", 4), 2),
                              ("machine:192.0.2.5", 3)})
            self.assertEqual({edge["kind"] for edge in graph["edges"]}, {"reference", "match"})
            few = tocsin.json("intel", "graph", "--json", "--steps", "3", "--limit", "2", number("threat-actor", 1))
            self.assertEqual(len(few["nodes"]), 2)
            self.assertGreaterEqual(few["more"], 1)

    def test_a_watch_tells_once_and_by_http_only_what_one_may_see(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            tocsin.run("search", "add", "--team", "C2", "type=indicator&label=c2")
            tocsin.run("watch", "add", "--team", "--search", "C2", "c2")
            tocsin.run("watch", "add", "--team", "nets", "203.0.113.0/24", "evil.example")
            take_in(tocsin, indicator(1, "[ipv4-addr:value = '198.51.100.7']", labels=["c2"]),
                    indicator(2, "[ipv4-addr:value = '203.0.113.9']", RED, labels=["c2"]),
                    indicator(3, "[url:value = 'http://www.evil.example/']"))
            self.assertEqual({one["name"]: one["unread"] for one in tocsin.json("watch", "list", "--json")["items"]},
                             {"c2": 2, "nets": 2})
            viewer = tocsin.json("key", "add", "--name", "v", "--role", "viewer", "--json")["key"]
            tocsin.start()
            watches = {one["name"]: one for one in tocsin.http("GET", "/api/v1/watches", key=viewer).json["items"]}
            self.assertEqual(watches["c2"]["unread"], 1)
            hits = tocsin.http("GET", f"/api/v1/watches/{watches['nets']['id']}/hits", key=viewer).json["items"]
            self.assertEqual([(hit["object"]["id"], hit["value"]) for hit in hits], [(number("indicator", 3), "evil.example")])
            today = tocsin.http("GET", "/api/v1/today", key=viewer).json
            self.assertEqual(today["waiting"]["watch_hits"], 2)
            path = f"/api/v1/watches/{watches['c2']['id']}/read"
            self.assertEqual(tocsin.http("POST", path, key=viewer, body={}).status, 403, "read is read for all")
            analyst = tocsin.json("key", "add", "--name", "a", "--role", "analyst", "--json")["key"]
            self.assertEqual(tocsin.http("POST", path, key=analyst, body={}).json, {"read": 2})
            self.assertEqual(tocsin.http("GET", "/api/v1/today", key=viewer).json["waiting"]["watch_hits"], 1)
            tocsin.stop()
            self.assertEqual(tocsin.json("watch", "show", "--json", "c2")["items"], [])
            tocsin.run("search", "remove", "C2", expect=1)
            tocsin.run("watch", "remove", "c2")
            tocsin.run("search", "remove", "C2")

    def test_what_was_kept_aside_is_taken_when_a_person_says_so(self):
        with Tocsin() as tocsin:
            take_in(tocsin, thing("malware", 1, is_family=True, name="A", created_by_ref=number("identity", 8)))
            changed = thing("malware", 1, modified="2026-02-01T10:00:00.000Z", is_family=True, name="B",
                            created_by_ref=number("identity", 9))
            take_in(tocsin, changed, {"type": "malware"}, expect=3)
            kept = tocsin.json("intel", "rejected", "--json")["items"]
            self.assertEqual([one["state"] for one in kept], ["kept", "kept"])
            done = json.loads(tocsin.run("intel", "replay", "--json", "--dry-run", expect=3))
            self.assertEqual((done["tried"], done["stored"], done["rejected"]), (2, 0, 2))
            tocsin.start()
            key = tocsin.json("key", "add", "--name", "a", "--role", "analyst", "--json")["key"]
            answer = tocsin.http("POST", "/api/v1/intelligence/rejected/replay", key=key, body={"ids": [kept[1]["id"]]})
            self.assertEqual((answer.json["tried"], answer.json["rejected"]), (1, 1), answer)
            self.assertIn("expected", answer.json["reasons"][0]["reason"])

    def test_what_is_near_a_tlsh_digest_is_found(self):
        digest = "45D18407A78523B35A030267671FA2C2F725402973629B25545EB43C3356679477F7FC"
        far = "11A1A52753E603564767032A699EB2D3B325813C6150C964306C6BAD37829B483BF9EA"
        with Tocsin() as tocsin:
            take_in(tocsin, indicator(1, f"[file:hashes.TLSH = 'T1{digest}']"), indicator(2, f"[file:hashes.TLSH = '{far}']"))
            self.assertEqual(listed(tocsin, "--near", digest), {number("indicator", 1)})
            self.assertEqual(listed(tocsin, "--near", digest, "--distance", "144"),
                             {number("indicator", 1), number("indicator", 2)})
            self.assertEqual(listed(tocsin, "--near", digest, "--distance", "143"), {number("indicator", 1)})
            tocsin.run("intel", "list", "--near", "beef", expect=1)


if __name__ == "__main__":
    unittest.main()
