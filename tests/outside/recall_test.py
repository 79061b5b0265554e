#!/usr/bin/env python3
"""A shares with B by TAXII and takes it back: B's copy is revoked and no longer matches, A knows when B heard, C that
never had it hears nothing, and a kill in the middle leaves a recall whole or not there."""
import json
import random
import threading
import time
import unittest
import uuid

from tocsin_process import Tocsin, wait_until

CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
OTHER = "identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283"


def indicator(number, marking=GREEN, **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.UUID(int=(4 << 76) | (8 << 60) | number)}",
            "created": "2026-11-20T10:00:00.000Z", "modified": "2026-11-20T10:00:00.000Z", "name": f"Number {number}",
            "pattern": f"[domain-name:value = 'n{number}.example']", "pattern_type": "stix",
            "valid_from": "2026-11-20T10:00:00Z", "object_marking_refs": [marking], **more}


class Recall(unittest.TestCase):
    def house(self, *partners, clearance="TLP:GREEN"):
        """A house and the keys of its peers."""
        tocsin = self.enterContext(Tocsin())
        tocsin.run("init")
        keys = {}
        for name in partners:
            tocsin.run("org", "add", name, "--kind", "national_cirt", "--country", "XB")
            keys[name] = tocsin.json("peer", "add", name, "--organisation", name, "--clearance", clearance)["key"]
        return tocsin, keys

    def take_in(self, tocsin, *objects, words=()):
        file = tocsin.folder / f"{uuid.uuid4()}.json"
        file.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": list(objects)}))
        return tocsin.json("intel", "import", str(file), *words)

    def follow(self, here, there, name, key):
        """`here` polls `there`, when it is told to."""
        secret = here.folder / "key.txt"
        secret.write_text(key + "\n")
        here.run("taxii", "add", "far", "--peer", name, "--url", there.url, "--collection", "all", "--login", "us",
                 "--secret-file", str(secret), "--every", "1h", "--paused")

    def shown(self, tocsin, one):
        found = tocsin.json("intel", "list", "--all-versions", "--type", "indicator", "--limit", "1000")["items"]
        return [item for item in found if item["id"] == one["id"]]

    def recipient(self, recall, name):
        return next(one for one in recall["recipients"] if one["name"] == name)

    def test_a_withdrawal_reaches_who_had_it_and_nobody_else(self):
        a, keys = self.house("B", "C")
        b, keys_of_b = self.house("A", "D")
        one, two = indicator(1, description="words that only A wrote"), indicator(2)
        self.take_in(a, one, two)
        a.start()
        b.start()
        self.follow(b, a, "A", keys["B"])
        self.assertEqual(b.json("taxii", "poll", "far")["stored"], 2)
        self.assertEqual(len(b.json("intel", "list", "--live")["items"]), 2)
        accept = {"Accept": "application/taxii+json;version=2.1"}
        passed_on = b.http("GET", "/taxii2/root/collections/all/objects/", key=keys_of_b["D"], headers=accept)
        self.assertEqual(len(passed_on.json["objects"]), 2, "B passes it on to D")
        before = a.json("recall", "add", one["id"], "--withdraw", "--reason", "a false positive", "--dry-run")
        self.assertEqual((before["id"], self.recipient(before, "B")["state"]), (None, "not_yet"))
        made = a.json("recall", "add", one["id"], "--withdraw", "--reason", "a false positive")
        self.assertEqual(made["counts"], {"objects": 1, "recipients": 1, "told": 0, "confirmed": 0, "not_yet": 1, "by_hand": 0})
        # C never had it: it gets the other one, and no word of this.
        page = a.http("GET", "/taxii2/root/collections/all/objects/", key=keys["C"],
                      headers={"Accept": "application/taxii+json;version=2.1"})
        self.assertEqual([got["id"] for got in page.json["objects"]], [two["id"]])
        every = a.http("GET", f"/taxii2/root/collections/all/objects/{one['id']}/?match[version]=all", key=keys["C"],
                       headers={"Accept": "application/taxii+json;version=2.1"})
        self.assertEqual(every.status, 404)
        rules = a.http("GET", "/detections/all/csv?known_good=1", key=keys["B"])
        self.assertNotIn("n1.example", rules.text)
        self.assertIn("n2.example", rules.text)
        self.assertEqual(b.json("taxii", "poll", "far")["stored"], 1)
        versions = self.shown(b, one)
        self.assertEqual([version["is_revoked"] for version in sorted(versions, key=lambda v: v["version"])], [False, True])
        notice = next(version["object"] for version in versions if version["is_revoked"])
        self.assertNotIn("description", notice)
        self.assertNotIn("name", notice)
        self.assertEqual([item["id"] for item in b.json("intel", "list", "--live")["items"]], [two["id"]], "no longer matches")
        after = a.json("recall", "show", made["id"])
        heard = self.recipient(after, "B")
        self.assertEqual(heard["state"], "told")
        line = next(given["told_line"] for given in heard["given"] if given["door"] == "taxii")
        logged = [entry for entry in a.json("audit", "list", "--what", "disclosure.taxii")["items"] if entry["number"] == line]
        self.assertEqual(len(logged), 1, "the page that told is in the audit chain")
        self.assertIn("told", a.run("recall", "show", made["id"]))
        self.assertEqual(a.call("audit", "verify").returncode, 0)
        # Down the chain: B finds D, whom it had passed it on to.
        proposed = b.json("recall", "list")["items"]
        self.assertEqual([(item["state"], item["upstream"]) for item in proposed], [("proposed", True)])
        b.run("recall", "accept", proposed[0]["id"])
        told = b.http("GET", f"/taxii2/root/collections/all/objects/{one['id']}/?match[version]=all", key=keys_of_b["D"],
                      headers=accept)
        self.assertEqual([version.get("revoked") for version in told.json["objects"]], [True])
        chain = b.json("recall", "show", proposed[0]["id"])
        self.assertEqual([(one["name"], one["state"]) for one in chain["recipients"]], [("D", "told")])

    def test_whom_we_passed_it_on_to_is_found_when_it_is_withdrawn_upstream(self):
        b, keys = self.house("A", "D", clearance="TLP:AMBER")
        one = indicator(1, created_by_ref=OTHER)
        self.take_in(b, one, words=("--from", "A"))
        b.start()
        accept = {"Accept": "application/taxii+json;version=2.1"}
        got = b.http("GET", "/taxii2/root/collections/all/objects/", key=keys["D"], headers=accept)
        self.assertEqual(len(got.json["objects"]), 1)
        self.take_in(b, {**one, "modified": "2026-11-25T10:00:00.000Z", "revoked": True}, words=("--from", "A"))
        items = b.json("recall", "list")["items"]
        self.assertEqual([(item["state"], item["upstream"], item["counts"]["recipients"]) for item in items],
                         [("proposed", True, 1)])
        b.run("recall", "accept", items[0]["id"])
        got = b.http("GET", f"/taxii2/root/collections/all/objects/{one['id']}/?match[version]=all", key=keys["D"], headers=accept)
        self.assertEqual([version.get("revoked") for version in got.json["objects"]], [True])
        self.assertEqual(b.json("recall", "show", items[0]["id"])["counts"]["told"], 1)

    def test_a_withdrawal_of_what_others_made_can_be_lifted(self):
        a, keys = self.house("B")
        one = indicator(1, created_by_ref=OTHER)
        self.take_in(a, one)
        made = a.json("recall", "add", one["id"], "--withdraw", "--reason", "the wrong one")
        self.assertEqual(a.json("peer", "preview", "B", "--collection", "all")["items"][0]["withheld"], {"withdrawn": 1})
        a.run("recall", "lift", made["id"], "--reason", "a mistake")
        self.assertEqual(a.json("peer", "preview", "B", "--collection", "all")["items"][0]["would_get"], 1)
        self.assertEqual(a.json("recall", "show", made["id"])["state"], "lifted")

    def test_a_downgraded_object_is_gone_for_those_below(self):
        a, keys = self.house("B")
        a.run("org", "add", "C", "--kind", "national_cirt", "--country", "XB")
        keys["C"] = a.json("peer", "add", "C", "--organisation", "C", "--clearance", "TLP:AMBER")["key"]
        one = indicator(1)
        self.take_in(a, one)
        a.start()

        def page(name):
            return a.http("GET", "/taxii2/root/collections/all/objects/?match[version]=all", key=keys[name],
                          headers={"Accept": "application/taxii+json;version=2.1"}).json.get("objects", [])
        self.assertEqual((len(page("B")), len(page("C"))), (1, 1))
        key = a.add_key()
        made = a.http("POST", "/api/v1/recalls", {"objects": [one["id"]], "kind": "downgrade", "marking": "TLP:AMBER",
                                                  "reason": "shared too widely"}, key=key)
        self.assertEqual(made.status, 201, made)
        self.assertEqual(page("B"), [])
        self.assertEqual(len(page("C")), 2)
        shown = a.http("GET", f"/api/v1/recalls/{made.json['id']}", key=key).json
        self.assertEqual((self.recipient(shown, "C")["state"], self.recipient(shown, "B")["by_hand"]), ("told", True))
        letter = a.run("recall", "show", shown["id"], "--letter", "B")
        self.assertIn(one["id"], letter)
        self.assertIn("shared too widely", letter)
        a.run("recall", "told", shown["id"], "B", "--by", "A. Duty", "--answer", "deleted", "--confirmed")
        counts = a.http("GET", "/api/v1/recalls", key=key).json["items"][0]["counts"]
        self.assertEqual((counts["told"], counts["confirmed"], counts["by_hand"]), (2, 1, 0))
        told = a.json("audit", "list", "--what", "recall.told")["items"]
        self.assertEqual(len(told), 1)

    def test_a_group_keeps_to_its_members(self):
        a, keys = self.house("B", "C")
        group = a.json("group", "add", "Partners", "--member", "B")
        self.assertEqual([member["name"] for member in group["members"]], ["B"])
        self.take_in(a, indicator(1), words=("--group", "Partners"))
        seen = {name: a.json("peer", "preview", name, "--collection", "all", "--limit", "5")["items"][0] for name in ("B", "C")}
        self.assertEqual((seen["B"]["would_get"], seen["C"]["would_get"]), (1, 0))
        self.assertEqual(seen["C"]["withheld"], {"not_member": 1})
        a.run("group", "edit", "Partners", "--member", "C", "--remove", "B")
        self.assertEqual(a.json("peer", "preview", "C", "--collection", "all")["items"][0]["would_get"], 1)
        a.start()
        key = a.add_key("administrator")
        listed = a.http("GET", "/api/v1/sharing-groups", key=key).json["items"]
        self.assertEqual([member["name"] for member in listed[0]["members"]], ["C"])
        changed = a.http("PATCH", f"/api/v1/sharing-groups/{listed[0]['id']}", {"members": []}, key=key)
        self.assertEqual(changed.json["members"], [])
        self.assertEqual(a.json("peer", "preview", "C", "--collection", "all")["items"][0]["would_get"], 0)
        self.assertEqual(len(a.json("audit", "list", "--what", "sharing_group")["items"]), 3)

    def test_a_kill_in_the_middle_leaves_it_whole(self):
        a, keys = self.house("B")
        objects = [indicator(number) for number in range(1, 201)]
        delivery = self.take_in(a, *objects)["delivery"]
        chance = random.Random(20261126)
        a.start()

        def page():
            got = a.http("GET", "/taxii2/root/collections/all/objects/?limit=1000", key=keys["B"],
                         headers={"Accept": "application/taxii+json;version=2.1"}).json.get("objects", [])
            return [one for one in got if not one.get("revoked")], [one for one in got if one.get("revoked")]
        self.assertEqual(len(page()[0]), 200)
        for _ in range(20):
            port = a.port
            call = threading.Thread(target=lambda: a.call("recall", "add", "--delivery", str(delivery), "--withdraw",
                                                          "--reason", "a kill"))
            call.start()
            time.sleep(chance.random() * 0.25)
            a.kill()
            call.join()
            a.start(port=port)
            recalls = a.json("recall", "list")["items"]
            open_ones, revoked = page()
            if not recalls:
                self.assertEqual((len(open_ones), len(revoked)), (200, 0), "not there at all")
                continue
            self.assertEqual((len(open_ones), len(revoked)), (0, 200), "whole")
            shown = a.json("recall", "show", recalls[-1]["id"])
            self.assertEqual((shown["counts"]["objects"], shown["counts"]["told"]), (200, 1))
            break
        else:
            self.fail("no recall came through in 20 attempts")
        self.assertEqual(a.call("audit", "verify").returncode, 0)
        self.assertEqual(a.call("doctor").returncode, 0, a.call("doctor").stdout)


if __name__ == "__main__":
    unittest.main()
