#!/usr/bin/env python3
"""The TAXII 2.1 server, from outside: what the standard demands and where clients trip, and that a peer gets no more than
its clearance."""
import base64
import json
import unittest
import uuid

from tocsin_process import Tocsin

TAXII = "application/taxii+json;version=2.1"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
ROOT = "/taxii2/root/"


def indicator(number, marking=GREEN, modified="2026-11-20T10:00:00.000Z", **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.UUID(int=(4 << 76) | (8 << 60) | number)}",
            "created": "2026-11-20T10:00:00.000Z", "modified": modified, "name": f"Number {number}",
            "pattern": f"[ipv4-addr:value = '198.51.100.{number}']", "pattern_type": "stix",
            "valid_from": "2026-11-20T10:00:00Z", "object_marking_refs": [marking], **more}


class House(Tocsin):
    """A server with some objects, a key of the team and a peer's."""

    def __enter__(self):
        super().__enter__()
        self.run("init")
        self.run("org", "add", "Northland", "--kind", "national_cirt", "--country", "XB")
        self.team = self.json("key", "add", "--role", "analyst", "--json")["key"]
        self.peer = self.json("peer", "add", "north", "--organisation", "Northland", "--clearance", "TLP:GREEN",
                              "--may-write", "--json")["key"]
        objects = [indicator(n) for n in range(1, 21)] + [indicator(21, AMBER), indicator(22, RED)]
        bundle = self.folder / "bundle.json"
        bundle.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects}))
        self.run("intel", "import", str(bundle))
        self.start()
        return self

    def ask(self, target, key=None, method="GET", body=None, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        secret = base64.b64encode(f"anybody:{key or self.team}".encode()).decode()
        return self.http(method, target, body, headers={"Authorization": f"Basic {secret}", **sent})

    def inbox(self):
        for one in self.ask(ROOT + "collections/").json["collections"]:
            if one.get("alias") == "inbox":
                return ROOT + f"collections/{one['id']}/"
        raise AssertionError("no inbox")


class Taxii(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.house.__exit__(None, None, None)

    def test_every_answer_is_taxii(self):
        for target, status in (("/taxii2/", 200), (ROOT, 200), (ROOT + "collections/", 200), ("/taxii2/other/", 404),
                               (ROOT + "collections/nothing/", 404), (ROOT + f"status/{uuid.uuid4()}/", 404),
                               (ROOT + "collections/all/objects/?limit=0", 400)):
            with self.subTest(target=target):
                answer = self.house.ask(target)
                self.assertEqual(answer.status, status, answer)
                self.assertEqual(answer.headers["content-type"], TAXII)
                if status != 200:
                    self.assertEqual(answer.json["http_status"], str(status))
        nobody = self.house.http("GET", "/taxii2/")
        self.assertEqual((nobody.status, nobody.headers["content-type"]), (401, TAXII))
        self.assertIn("Basic", nobody.headers["www-authenticate"])

    def test_what_a_client_accepts(self):
        for accept, status in ((TAXII, 200), ("application/taxii+json", 200), ("application/taxii+json; version=2.1", 200),
                               ('Application/TAXII+json;version="2.1"', 200), ("*/*", 200), ("application/json", 200),
                               ("text/html, application/taxii+json;q=0.5", 200), ("application/taxii+json;version=2.0", 406),
                               ("text/html", 406), ("application/vnd.oasis.taxii+json; version=2.0", 406)):
            with self.subTest(accept=accept):
                self.assertEqual(self.house.ask("/taxii2/", Accept=accept).status, status)

    def test_malformed_questions_are_refused(self):
        for query in ("limit=0", "limit=-1", "limit=abc", "added_after=yesterday", "next=x", "match[version]=new",
                      "match[version]=all,first", "added_after=2026-01-01T00:00:00Z&added_after=2026-01-01T00:00:00Z"):
            with self.subTest(query=query):
                self.assertEqual(self.house.ask(ROOT + "collections/all/objects/?" + query).status, 400)
        for query in ("limit=99999999999999999999", "added_after=2026-01-01T00:00:00.123456789Z", "match[type]=malware",
                      "match%5Btype%5D=indicator", "match[unknown]=x", "match[spec_version]=2.1,2.0"):
            with self.subTest(query=query):
                self.assertEqual(self.house.ask(ROOT + "collections/all/objects/?" + query).status, 200)

    def test_pages_hold_every_object_once_by_next_and_by_date(self):
        for step in ("next", "added_after"):
            found, query = [], "limit=7"
            while True:
                answer = self.house.ask(ROOT + "collections/all/objects/?" + query)
                found += [one["id"] for one in answer.json.get("objects", [])]
                if not answer.json.get("more"):
                    break
                last = answer.headers["x-taxii-date-added-last"]
                query = "limit=7&" + (f"next={answer.json['next']}" if step == "next" else f"added_after={last}")
            self.assertGreaterEqual(len(found), 22)
            self.assertEqual(len(found), len(set(found)))
        empty = self.house.ask(ROOT + "collections/all/objects/?added_after=2100-01-01T00:00:00Z")
        self.assertEqual(empty.json, {})
        self.assertNotIn("x-taxii-date-added-first", empty.headers)

    def test_manifest_versions_and_one_object(self):
        manifest = self.house.ask(ROOT + "collections/all/manifest/?limit=1")
        record = manifest.json["objects"][0]
        self.assertRegex(record["date_added"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertIn("next", manifest.json)
        one = self.house.ask(ROOT + f"collections/all/objects/{record['id']}/")
        self.assertEqual(one.json["objects"][0]["id"], record["id"])
        versions = self.house.ask(ROOT + f"collections/all/objects/{record['id']}/versions/")
        self.assertEqual(versions.json["versions"], [record["version"]])
        self.assertEqual(self.house.ask(ROOT + f"collections/all/objects/indicator--{uuid.uuid4()}/").status, 404)

    def test_a_peer_gets_no_more_than_its_clearance(self):
        def ids(key):
            answer = self.house.ask(ROOT + "collections/all/objects/", key)
            return {one["id"] for one in answer.json["objects"]}
        seen, hidden = ids(self.house.peer), {indicator(21)["id"], indicator(22)["id"]}
        self.assertEqual(ids(self.house.team) & hidden, hidden)
        self.assertFalse(seen & hidden)
        self.assertTrue(seen)
        for one in hidden:
            for path in ("", "versions/"):
                answer = self.house.ask(ROOT + f"collections/all/objects/{one}/{path}", self.house.peer)
                self.assertEqual(answer.status, 404, answer)
        manifest = self.house.ask(ROOT + "collections/all/manifest/", self.house.peer)
        self.assertFalse({one["id"] for one in manifest.json["objects"]} & hidden)
        for target in ("/api/v1/findings", "/api/v1/organisations", "/api/v1/audit"):
            self.assertEqual(self.house.http("GET", target, key=self.house.peer).status, 403, target)
        log = self.house.json("audit", "list", "--what", "disclosure.taxii", "--json")
        self.assertTrue(log["items"], "what a peer got is on record")

    def test_what_is_pushed_comes_back_and_its_status_is_kept(self):
        inbox = self.house.inbox()
        good, bad = indicator(101), {"type": "indicator", "id": "no id"}
        push = self.house.ask(inbox + "objects/", self.house.peer, "POST",
                              json.dumps({"type": "bundle", "id": "bundle--x", "objects": [good, bad]}), Content_Type=TAXII)
        self.assertEqual(push.status, 202, push)
        self.assertEqual((push.json["success_count"], push.json["failure_count"]), (1, 1))
        for slash in ("", "/"):
            again = self.house.ask(ROOT + f"status/{push.json['id']}{slash}", self.house.peer)
            self.assertEqual(again.json, push.json)
        self.assertEqual(self.house.ask(ROOT + f"status/{push.json['id']}/").status, 404, "somebody else's")
        came = self.house.ask(inbox + f"objects/{good['id']}/").json["objects"][0]
        self.assertEqual(came, good)
        twice = self.house.ask(inbox + "objects/", self.house.peer, "POST", json.dumps({"objects": [good]}),
                               Content_Type=TAXII)
        self.assertEqual((twice.status, twice.json["success_count"]), (202, 1), "a duplicate is no error")
        forged = indicator(1, modified="2026-11-25T10:00:00.000Z", name="forged")
        answer = self.house.ask(inbox + "objects/", self.house.peer, "POST", json.dumps({"objects": [forged]}),
                                Content_Type=TAXII)
        self.assertEqual(answer.json["failure_count"], 1, "ours is not versioned by a peer")
        gone = self.house.ask(inbox + f"objects/{good['id']}/", self.house.peer, "DELETE")
        self.assertEqual(gone.status, 200, gone)
        self.assertEqual(self.house.ask(inbox + f"objects/{good['id']}/").status, 404)

    def test_bad_pushes_are_refused_and_the_server_lives(self):
        inbox = self.house.inbox() + "objects/"
        for body, kind, statuses in (("{}", TAXII, (422,)), ("[1]", TAXII, (400, 422)), ("", TAXII, (400, 422)),
                                     ("{" * 20000, TAXII, (400, 422)), ('{"objects":[', TAXII, (400, 422)),
                                     ('{"objects":[{"type":"a","id":"' + "[" * 9, TAXII, (400, 422)),
                                     ('{"objects":[{}]}', "application/json", (415,)),
                                     ('{"objects":[{}]}', "application/taxii+json;version=2.0", (415,))):
            with self.subTest(body=body[:20], kind=kind):
                answer = self.house.ask(inbox, self.house.peer, "POST", body, Content_Type=kind)
                self.assertIn(answer.status, statuses, answer)
                self.assertEqual(answer.headers["content-type"], TAXII)
        self.assertEqual(self.house.ask(ROOT + "collections/all/objects/", None, "POST", "{}", Content_Type=TAXII).status, 403)
        self.assertEqual(self.house.http("POST", inbox, "{}").status, 401)
        self.assertEqual(self.house.ask("/taxii2/").status, 200)

    def test_a_peer_that_was_removed_is_nobody(self):
        self.house.run("org", "add", "Southland", "--kind", "national_cirt", "--country", "XC")
        key = self.house.json("peer", "add", "south", "--organisation", "Southland", "--json")["key"]
        self.assertEqual(self.house.ask("/taxii2/", key).status, 200)
        self.house.run("peer", "remove", "south")
        self.assertEqual(self.house.ask("/taxii2/", key).status, 401)


if __name__ == "__main__":
    unittest.main()
