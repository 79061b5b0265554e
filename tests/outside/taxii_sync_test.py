#!/usr/bin/env python3
"""Two Tocsins keep what they know in step by TAXII, through cuts: each side is killed with SIGKILL at random moments of
polls and pushes, again and again. At the end both hold the same, nothing twice, and nothing has crossed that is marked
above the other's clearance.

TOCSIN_CUTS says how often (default 8). The seed is printed; TOCSIN_SEED repeats a run.
"""
import json
import os
import random
import time
import unittest
import uuid

from tocsin_process import Tocsin, wait_until

CUTS = int(os.environ.get("TOCSIN_CUTS", "8"))
SEED = int(os.environ.get("TOCSIN_SEED", str(random.randrange(1 << 30))))
CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def indicator(number, marking):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.UUID(int=(4 << 76) | (8 << 60) | number)}",
            "created": "2026-11-20T10:00:00.000Z", "modified": "2026-11-20T10:00:00.000Z", "name": f"Number {number}",
            "pattern": f"[domain-name:value = 'n{number}.example']", "pattern_type": "stix",
            "valid_from": "2026-11-20T10:00:00Z", "object_marking_refs": [marking]}


class Sync(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}, {CUTS} cuts", flush=True)
        self.chance = random.Random(SEED)
        self.number = 0
        self.may_cross, self.must_stay = set(), set()

    def house(self, other):
        """A house whose peer is the other one; gives it and the key for the other."""
        tocsin = self.enterContext(Tocsin())
        tocsin.run("init")
        tocsin.run("org", "add", other, "--kind", "national_cirt", "--country", "XB")
        key = tocsin.json("peer", "add", other, "--organisation", other, "--clearance", "TLP:GREEN", "--may-write")["key"]
        return tocsin, key

    def learn(self, tocsin, count):
        """The house itself learns something; a third of it is not for the other."""
        objects = []
        for _ in range(count):
            self.number += 1
            marking = self.chance.choice((CLEAR, GREEN, GREEN, GREEN, AMBER, RED))
            objects.append(indicator(self.number, marking))
            (self.may_cross if marking in (CLEAR, GREEN) else self.must_stay).add((objects[-1]["id"], id(tocsin)))
        file = tocsin.folder / f"bundle-{self.number}.json"
        file.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects}))
        tocsin.run("intel", "import", str(file))

    def add_remote(self, here, there, other, key, direction):
        secret = here.folder / "key.txt"
        secret.write_text(key + "\n")
        here.run("taxii", "add", "far", "--peer", other, "--url", there.url, "--collection", "all",
                 "--push-collection", "inbox", "--direction", direction, "--login", "us", "--secret-file", str(secret),
                 "--every", "1s", "--page", "10")

    def ids(self, tocsin):
        """Every version that the house holds."""
        found, after = [], None
        while True:
            page = tocsin.json("intel", "list", "--type", "indicator", "--all-versions", "--limit", "10000",
                               *(["--after", after] if after else []))
            found += [(one["id"], one.get("version")) for one in page["items"]]
            after = page["next"]
            if not after:
                return found

    def test_two_houses_stay_in_step_through_cuts(self):
        (west, key_of_east), (east, key_of_west) = self.house("East"), self.house("West")
        for tocsin in (west, east):
            self.learn(tocsin, 300)
            tocsin.start()
        self.add_remote(west, east, "East", key_of_west, "both")  # west does all the work
        offer = west.json("taxii", "look", "far")
        self.assertTrue(offer["roots"][0]["collections"])
        for _ in range(CUTS):
            self.learn(self.chance.choice((west, east)), 250)
            time.sleep(self.chance.random() * 0.7)
            victim = self.chance.choice((west, east))
            port = victim.port
            victim.kill()
            time.sleep(self.chance.random() * 0.3)
            victim.start(port=port)  # the other knows no new one
        expected = {one for one, _ in self.may_cross}

        def in_step():
            return all(expected <= {one for one, _ in self.ids(tocsin)} for tocsin in (west, east))
        wait_until(in_step, 60, "being in step")
        for tocsin in (west, east):
            held = self.ids(tocsin)
            self.assertEqual(len(held), len(set(held)), "nothing twice")
            others = {one for one, owner in self.must_stay if owner != id(tocsin)}
            self.assertFalse({one for one, _ in held} & others, "nothing above the clearance has crossed")
        shown = wait_until(lambda: self.settled(west), 30, "an end of the failures")
        self.assertEqual(shown["waiting"], 0)
        again = west.json("taxii", "push", "far")
        self.assertEqual((again["sent"], again["refused"]), (0, 0))
        self.assertEqual(west.call("audit", "verify").returncode, 0)
        self.assertTrue(west.json("audit", "list", "--what", "disclosure.taxii")["items"], "what went is on record")
        self.assertNotIn(key_of_west, west.log.read_text())
        self.assertNotIn(key_of_west, west.run("taxii", "show", "far", "--json") + west.run("taxii", "list"))

    def settled(self, tocsin):
        shown = tocsin.json("taxii", "show", "far")["remote"]
        fine = all(shown[way]["failures"] == 0 and shown[way]["last_success"] for way in ("poll", "push"))
        return shown if fine and shown["waiting"] == 0 else None

    def test_commands_for_a_person(self):
        (west, key_of_east), (east, key_of_west) = self.house("East"), self.house("West")
        for tocsin in (west, east):
            self.learn(tocsin, 30)
        east.start()
        secret = west.folder / "key.txt"
        secret.write_text(key_of_west)
        looked = west.run("taxii", "look", east.url, "--secret-file", str(secret))
        self.assertIn("Inbox", looked)
        west.run("taxii", "add", "http", "--peer", "East", "--url", "http://cirt.example/", "--collection", "all", expect=1)
        self.add_remote(west, east, "East", key_of_west, "both")
        would = west.json("taxii", "push", "far", "--dry-run")
        mine = {one for one, owner in self.may_cross if owner == id(west)}
        hidden = {one for one, owner in self.must_stay if owner == id(west)}
        self.assertEqual((would["types"]["indicator"], sum(would["withheld"].values())), (len(mine), len(hidden)))
        self.assertIn("withheld", west.run("taxii", "push", "far", "--dry-run"))
        self.assertEqual(west.json("taxii", "push", "far")["confirmed"], would["sent"])
        theirs = {one for one, owner in self.may_cross if owner == id(east)}
        self.assertEqual(west.json("taxii", "poll", "far", "--dry-run")["types"]["indicator"], len(mine | theirs))
        polled = west.json("taxii", "poll", "far")
        self.assertEqual(polled["stored"], len(theirs))
        west.run("taxii", "pause", "far")
        self.assertIn("paused", west.run("taxii", "list"))
        west.run("taxii", "resume", "far")
        east.run("peer", "remove", "West")
        denied = west.call("taxii", "poll", "far")
        self.assertEqual(denied.returncode, 5, denied.stderr)
        self.assertNotIn(key_of_west, denied.stderr + denied.stdout)
        self.assertIn("failing", west.run("taxii", "list"))
        west.run("taxii", "remove", "far")
        west.run("taxii", "show", "far", expect=4)


if __name__ == "__main__":
    unittest.main()
