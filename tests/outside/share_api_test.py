#!/usr/bin/env python3
"""The job Share over HTTP: what is brought in is found, judged, said and given; a viewer's view holds nothing RED anywhere."""
import base64
import json
import unittest
import uuid

from tocsin_process import Tocsin, wait_until

GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
BASE = "/api/v1/intelligence"
SECRET = "Heron"  # only RED objects say it


def name(kind, number):
    return f"{kind}--{uuid.UUID(int=(4 << 76) | (8 << 60) | number)}"


def thing(kind, number, marking=GREEN, **more):
    return {"type": kind, "spec_version": "2.1", "id": name(kind, number), "created": "2026-01-01T10:00:00.000Z",
            "modified": "2026-01-01T10:00:00.000Z", "object_marking_refs": [marking], **more}


def indicator(number, pattern, marking=GREEN, **more):
    return thing("indicator", number, marking, pattern=pattern, pattern_type="stix", valid_from="2026-01-01T10:00:00Z",
                 valid_until="2036-01-01T00:00:00Z", **more)


OBJECTS = [
    indicator(1, "[ipv4-addr:value = '198.51.100.7']", name="Download server", labels=["loader"]),
    indicator(2, "[domain-name:value = 'evil.example']", AMBER, name="Panel"),
    indicator(3, "[ipv4-addr:value = '198.51.100.7']", RED, name=f"Server of {SECRET}", labels=[f"label-{SECRET}"]),
    thing("malware", 4, name="Nightjar", is_family=True),
    thing("threat-actor", 5, RED, name=SECRET),
    thing("relationship", 6, relationship_type="indicates", source_ref=name("indicator", 1), target_ref=name("malware", 4)),
    thing("relationship", 7, RED, relationship_type="uses", source_ref=name("threat-actor", 5), target_ref=name("malware", 4)),
    thing("report", 8, name="Public", published="2026-01-01T10:00:00Z", object_refs=[name("malware", 4), name("threat-actor", 5)]),
]


class House(Tocsin):
    def __enter__(self):
        super().__enter__()
        self.run("init")
        self.run("org", "add", "First Bank", "--kind", "constituent", "--country", "XA", "--language", "en")
        self.run("org", "add", "Northland", "--kind", "national_cirt", "--country", "XB")
        self.run("resource", "add", "First Bank", "192.0.2.0/24")
        self.keys = {role: self.add_key(role) for role in ("viewer", "analyst", "administrator")}
        self.start()
        self.imported = self.ask("POST", BASE + "/import?name=bundle.json&tlp=TLP:AMBER",
                                 json.dumps({"type": "bundle", "id": name("bundle", 1), "objects": OBJECTS}).encode())
        return self

    def ask(self, method, target, body=None, role="analyst", expect=None):
        headers = {"Content-Type": "application/octet-stream"} if isinstance(body, bytes) else {}
        answer = self.http(method, target, body, key=self.keys[role], headers=headers)
        if expect is not None:
            assert answer.status == expect, answer
        return answer

    def get(self, target, role="analyst"):
        return self.ask("GET", target, role=role, expect=200).json


class Share(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.house.__exit__(None, None, None)

    def test_what_was_sent_is_stored_once_and_found(self):
        house = self.house
        self.assertEqual(house.imported.json["stored"], len(OBJECTS), house.imported)
        again = house.ask("POST", BASE + "/import?name=again.jsonl", "\n".join(map(json.dumps, OBJECTS)).encode(), expect=200)
        self.assertEqual((again.json["stored"], again.json["known"]), (0, len(OBJECTS)))
        for question, wanted in (("q=evil[.]example", [2]), ("q=198.51.100.0/24", [1, 3]), ("q=night*", [4]),
                                 ("type=report", [8]), ("label=loader", [1]), ("tlp=red&type=indicator", [3]),
                                 (f"refers_to={name('malware', 4)}&type=report", [8])):
            found = house.get(f"{BASE}/objects?{question}")["items"]
            self.assertEqual(sorted(uuid.UUID(one["id"].split("--", 1)[1]).int & 0xff for one in found), wanted, question)
            self.assertEqual(house.get(f"{BASE}/objects/count?{question}")["count"], len(wanted), question)
        exported = house.ask("GET", BASE + "/objects/export?format=jsonl&type=malware", expect=200)
        self.assertEqual(json.loads(exported.body), OBJECTS[3])

    def test_a_viewers_view_holds_nothing_red(self):
        house = self.house
        self.assertIn(SECRET, house.ask("GET", BASE + "/objects").text)
        targets = [BASE + path for path in (
            "/objects", "/objects?versions=all", "/objects?q=198.51.100.7", f"/objects?q={SECRET}", f"/objects?label=label-{SECRET}",
            "/objects/export", "/objects/export?format=jsonl", "/facets", f"/objects?refers_to={name('malware', 4)}",
            *(f"/objects/{name(*which)}{rest}" for which in (("indicator", 1), ("malware", 4)) for rest in ("", "/related", "/who", "/matches")))]
        targets += ["/api/v1/matches", "/api/v1/collections", f"/api/v1/search?q={SECRET}", "/api/v1/search?q=198.51.100.7"]
        for target in targets:
            seen = house.ask("GET", target, role="viewer")
            self.assertEqual(seen.status, 200, (target, seen))
            for secret in (SECRET, name("indicator", 3), name("relationship", 7), "TLP:RED", "\"red\""):
                self.assertNotIn(secret, seen.text, target)
        count = lambda role: house.get(BASE + "/objects/count?source=1", role)["count"]
        self.assertEqual(count("analyst") - count("viewer"), 3)
        facets = house.get(BASE + "/facets?source=1", "viewer")
        self.assertEqual(sum(one["count"] for one in facets["type"]), count("viewer"))
        everything = {one["title"]: one["count"] for one in house.get("/api/v1/collections", "viewer")["items"]}
        self.assertEqual(everything["All intelligence"], house.get(BASE + "/objects/count", "viewer")["count"])
        hidden = house.ask("GET", f"{BASE}/objects/{name('threat-actor', 5)}", role="viewer")
        absent = house.ask("GET", f"{BASE}/objects/{name('threat-actor', 99)}", role="viewer")
        self.assertEqual((hidden.status, absent.status), (404, 404))
        self.assertEqual(hidden.text.replace(name("threat-actor", 5), ""), absent.text.replace(name("threat-actor", 99), ""))
        for target in ("/sources", "/rejected"):
            self.assertEqual(house.ask("GET", BASE + target, role="viewer").status, 403)
        self.assertEqual(house.ask("GET", "/api/v1/disclosures", role="viewer").status, 403)
        # A reference to what may not be known of reads as one to what is not here.
        report = house.get(f"{BASE}/objects/{name('report', 8)}/related", "viewer")
        self.assertEqual([node["title"] for node in report["nodes"]], ["Nightjar"])
        self.assertEqual(report["missing"], [name("threat-actor", 5)])

    def test_indicators_of_a_page_are_found_and_made(self):
        house = self.house
        page = b"<!doctype html><p>Seen: 198.51.100[.]7, hxxp://new[.]example/x, 192.0.2.9</p><script>203.0.113.1</script>"
        before = house.get(BASE + "/objects/count")["count"]
        found = {one["value"]: one for one in house.ask("POST", BASE + "/extract", page, expect=200).json["found"]}
        self.assertEqual(set(found), {"198.51.100.7", "http://new.example/x", "192.0.2.9"})
        self.assertEqual({one["id"] for one in found["198.51.100.7"]["known"]}, {name("indicator", 1), name("indicator", 3)})
        self.assertEqual(found["http://new.example/x"]["known"], [])
        self.assertEqual(house.get(BASE + "/objects/count")["count"], before)
        made = house.ask("POST", BASE + "/objects", {"indicators": [{"kind": "url", "value": "http://new.example/x"}],
                                                     "tlp": "TLP:GREEN", "labels": ["phishing"], "name": "a page"}, expect=201).json
        one = house.get(f"{BASE}/objects/{made['ids'][0]}")
        self.assertEqual(one["json"]["pattern"], "[url:value = 'http://new.example/x']")
        self.assertEqual((one["object"]["tlp"], one["source"]["kind"]), ("TLP:GREEN", "text"))
        creator = house.get(f"{BASE}/objects/{one['json']['created_by_ref']}")
        self.assertEqual(creator["object"]["type"], "identity")

    def test_matches_are_ruled_out_taken_back_and_released(self):
        house = self.house
        event = {"classification.type": "other", "source.ip": "192.0.2.5", "destination.ip": "198.51.100.7",
                 "time.source": "2026-11-20T10:00:00Z"}
        pushed = house.http("POST", "/api/v1/feeds/generic/idf/reports", json.dumps(event).encode(), key=house.keys["analyst"],
                            headers={"Content-Type": "application/x-ndjson"})
        self.assertEqual(pushed.status, 202, pushed)
        held = wait_until(lambda: house.get("/api/v1/matches?state=held")["items"], what="a held match")
        self.assertEqual([one["indicator"]["id"] for one in held], [name("indicator", 3)], "its owner may not know of RED")
        seen = house.get("/api/v1/matches", "viewer")["items"]
        self.assertEqual([one["indicator"]["id"] for one in seen], [name("indicator", 1)])
        self.assertIn("matched", [entry["what"] for entry in house.get(f"{BASE}/objects/{name('indicator', 1)}")["timeline"]])
        judge = lambda judgement, role="analyst": house.ask(
            "POST", "/api/v1/matches/judge", {"matches": [held[0]["id"]], "judgement": judgement}, role)
        self.assertEqual(judge("rule_out", "viewer").status, 403)
        self.assertEqual(judge("rule_out").json["changed"], 1)
        self.assertEqual(house.get("/api/v1/matches?state=held")["items"], [])
        self.assertEqual(judge("hold").json["changed"], 1)
        self.assertEqual(len(house.get("/api/v1/matches?state=held")["items"]), 1)
        self.assertEqual(judge("release").json["changed"], 1)
        wait_until(lambda: len(house.get("/api/v1/matches?state=handed_on")["items"]) == 2, what="the released match to go its way")

    def test_what_we_say_goes_no_further_than_what_it_is_about(self):
        house = self.house
        opinion = house.ask("POST", f"{BASE}/objects/{name('indicator', 3)}/opinions",
                            {"opinion": "strongly-disagree", "explanation": f"{SECRET} moved on", "tlp": "TLP:CLEAR"}, expect=201).json
        self.assertEqual(house.get(f"{BASE}/objects/{opinion['id']}")["object"]["tlp"], "TLP:RED")
        self.assertEqual(house.ask("GET", f"{BASE}/objects/{opinion['id']}", role="viewer").status, 404)
        sighting = house.ask("POST", f"{BASE}/objects/{name('malware', 4)}/sightings", {"count": 2}, expect=201).json
        told = house.get(f"{BASE}/objects/{name('malware', 4)}", "viewer")["timeline"]
        self.assertIn(("sighted", "2"), [(entry["what"], entry["after"]) for entry in told])
        self.assertEqual(house.get(f"{BASE}/objects/{sighting['id']}")["json"]["sighting_of_ref"], name("malware", 4))

    def test_a_peer_gets_what_was_foretold_and_it_is_on_record(self):
        house = self.house
        northland = next(one["id"] for one in house.get("/api/v1/organisations")["items"] if one["name"] == "Northland")
        draft = {"name": "north", "organisation": northland, "clearance": "TLP:GREEN"}
        self.assertEqual(house.ask("POST", "/api/v1/peers", draft).status, 403)
        made = house.ask("POST", "/api/v1/peers", draft, role="administrator", expect=201).json
        self.assertNotIn(made["key"], house.ask("GET", "/api/v1/peers", role="administrator").text)
        collection = house.ask("POST", "/api/v1/collections", {"title": "Malware", "alias": "malware", "types": ["malware"]}, expect=201).json
        foretold = house.get(f"/api/v1/peers/{made['id']}")["would_get"]
        basic = base64.b64encode(f"north:{made['key']}".encode()).decode()
        taxii = lambda which: house.http("GET", f"/taxii2/root/collections/{which}/objects/", headers={"Authorization": f"Basic {basic}"})
        self.assertEqual(len(taxii("all").json["objects"]), foretold)
        self.assertEqual([one["name"] for one in taxii("malware").json["objects"]], ["Nightjar"])
        who = house.get(f"{BASE}/objects/{name('indicator', 2)}/who?organisation={northland}")["items"]
        self.assertEqual([(one["kind"], one["allowed"], one["reason"]) for one in who if one["kind"] == "peer"],
                         [("peer", False, "above_clearance")])
        log = house.get(f"/api/v1/disclosures?recipient=peer:{northland}")["items"]
        self.assertEqual({(one["door"], one["recipient_name"]) for one in log}, {("taxii", "Northland")})
        self.assertEqual(log[-1]["count"], foretold)
        told = house.get(f"{BASE}/objects/{name('malware', 4)}")["timeline"]
        self.assertIn(("disclosed", "Northland", "taxii"), [(entry["what"], entry["who"], entry["after"]) for entry in told])
        house.ask("PATCH", f"/api/v1/peers/{made['id']}", {"clearance": "TLP:CLEAR"}, role="administrator", expect=200)
        self.assertEqual(house.get(f"/api/v1/peers/{made['id']}")["would_get"], len(taxii("all").json.get("objects", [])))
        house.ask("DELETE", f"/api/v1/peers/{made['id']}", role="administrator", expect=204)
        self.assertEqual(taxii("all").status, 401)
        house.ask("DELETE", f"/api/v1/collections/{collection['id']}", expect=204)


if __name__ == "__main__":
    unittest.main()
