"""Kills `tocsin event forget` with SIGKILL at random moments, then counts: what is older is gone, everything else is there once.

TOCSIN_KILLS says how often (default 15, a few seconds). The seed is printed; TOCSIN_SEED repeats a run.
"""
import json
import os
import random
import signal
import subprocess
import unittest

from tocsin_process import Tocsin, wait_until

KILLS = int(os.environ.get("TOCSIN_KILLS", "15"))
SEED = int(os.environ.get("TOCSIN_SEED", str(random.randrange(1 << 30))))
DAYS = 20
ROWS = 900  # a day


def event(number, day):
    return {"source.ip": f"10.{day}.{number // 250}.{number % 250}", "source.port": 23, "time.source": f"2026-10-{day:02}T01:02:03Z",
            "classification.type": "vulnerable-system", "classification.taxonomy": "vulnerable",
            "classification.identifier": "open-test", "protocol.transport": "tcp"}


class KilledForgetting(unittest.TestCase):
    def setUp(self):
        self.chance = random.Random(SEED)
        print(f"seed {SEED}, {KILLS} kills", flush=True)
        self.tocsin = Tocsin()
        self.addCleanup(self.tocsin.__exit__, None, None, None)
        files = []
        for day in range(1, DAYS + 1):
            file = self.tocsin.folder / f"{day}.jsonl"
            file.write_text("".join(json.dumps(event(number, day)) + "\n" for number in range(ROWS)) + "{no json\n")
            files.append(file)
        self.tocsin.run("ingest", "--feed", "generic/idf", *files, expect=3)

    def forget(self, day, kill_within=None):
        """True when it came to its end."""
        process = subprocess.Popen(self.tocsin.words("event", "forget", "--before", f"2026-10-{day:02}"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            out, err = process.communicate(timeout=self.chance.random() * kill_within if kill_within else 120)
            self.assertEqual(process.returncode, 0, err)
            return True
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return False

    def test_leaves_what_is_younger_and_only_that(self):
        kills = ordered = 0
        took = 0.4
        while kills < KILLS:
            day = 2 + kills * (DAYS - 6) // KILLS
            ordered = max(ordered, day)
            if self.forget(day, took):
                took = max(0.05, took * 0.8)  # a fast machine is killed sooner
            else:
                kills += 1
        self.assertTrue(self.forget(ordered))
        stored = sorted(json.loads(line)["source.ip"]
                        for line in self.tocsin.run("export", "events", "--identifier", "open-test").splitlines())
        expected = sorted(event(number, day)["source.ip"] for day in range(ordered, DAYS + 1) for number in range(ROWS))
        self.assertEqual(stored, expected)
        self.assertEqual(self.tocsin.json("finding", "list", "--count")["count"], DAYS * ROWS)
        self.assertEqual(self.tocsin.json("event", "forget", "--before", f"2026-10-{ordered:02}", "--dry-run")["events"], 0)
        checks = {one["what"]: one for one in self.tocsin.json("doctor")["checks"]}
        for what in ("ledger", "archive", "audit chain", "retention"):
            self.assertEqual(checks[what]["state"], "good", checks[what])
        self.check_new_events_come_in()

    def check_new_events_come_in(self):
        file = self.tocsin.folder / "new.jsonl"
        file.write_text(json.dumps(event(1, 31)) + "\n" + json.dumps(event(1, DAYS)) + "\n")
        totals = self.tocsin.json("ingest", "--feed", "generic/idf", file)
        self.assertEqual((totals["events"], totals["duplicates"]), (1, 1))


class Retention(unittest.TestCase):
    """The setting, the command, the server and the API."""

    def ingest_days(self, tocsin):
        file = tocsin.folder / "all.jsonl"
        file.write_text("".join(json.dumps(event(1, day)) + "\n" for day in range(1, DAYS + 1)))
        tocsin.run("ingest", "--feed", "generic/idf", file)

    def test_keeps_everything_unless_told(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            self.ingest_days(tocsin)
            done = tocsin.call("event", "forget")
            self.assertEqual(done.returncode, 2)
            self.assertIn("--before", done.stderr)
            self.assertIn("day", tocsin.call("event", "forget", "--before", "yesterday").stderr)
            plan = tocsin.json("event", "forget", "--before", "2026-10-11T12:00:00Z", "--dry-run")
            self.assertEqual(plan, {"before": "2026-10-11", "dry_run": True, "events": 10, "rejected": 0})
            tocsin.start()
            key = tocsin.add_key("administrator")
            kept = tocsin.http("GET", "/api/v1/retention", key=key).json
            self.assertEqual((kept["keep_days"], kept["oldest"], kept["runs"]), (0, "2026-10-01T01:02:03Z", []))

    def test_the_server_removes_what_the_setting_says_and_what_the_api_orders(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            self.ingest_days(tocsin)
            tocsin.start()
            viewer, key = tocsin.add_key("viewer"), tocsin.add_key("administrator")
            order = {"before": "2026-10-06T00:00:00Z"}
            self.assertEqual(tocsin.http("POST", "/api/v1/retention", order, key=viewer).status, 403)
            plan = tocsin.http("POST", "/api/v1/retention", {**order, "dry_run": True}, key=key)
            self.assertEqual((plan.status, plan.json["events"]), (202, 5))
            self.assertEqual(tocsin.http("POST", "/api/v1/retention", {"before": "2999-01-01T00:00:00Z"}, key=key).status, 422)
            self.assertEqual(tocsin.http("POST", "/api/v1/retention", order, key=key).status, 202)

            def runs():
                return tocsin.http("GET", "/api/v1/retention", key=key).json["runs"]
            wait_until(lambda: runs() and runs()[0]["finished"], what="the removal")
            self.assertEqual([(run["events"], run["before"]) for run in runs()], [(5, "2026-10-06T00:00:00Z")])
            tocsin.stop()
            tocsin.config = tocsin.folder / "tocsin.toml"
            tocsin.config.write_text("[archive]\nkeep_days = 1\n")
            tocsin.start()
            wait_until(lambda: len(runs()) == 2 and runs()[0]["finished"], what="the daily removal")
            self.assertEqual((runs()[0]["events"], runs()[0]["by"]), (15, "server"))
            self.assertEqual(tocsin.http("GET", "/api/v1/events/count", key=key).json["count"], 0)
            tocsin.stop()
            tocsin.start()  # the same day: nothing more to do
            self.assertEqual(len(runs()), 2)
            audited = [one["what"] for one in tocsin.json("audit", "list")["items"]]
            self.assertEqual(audited.count("event.forget"), 2)
            self.assertEqual(audited.count("event.forgotten"), 2)


if __name__ == "__main__":
    unittest.main()
