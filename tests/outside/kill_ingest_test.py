"""Kills `tocsin ingest` with SIGKILL at random moments, again and again, then counts: every event exactly once.

TOCSIN_KILLS says how often (default 100, under a minute). The seed is printed; TOCSIN_SEED repeats a run.
"""
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time
import unittest

from tocsin_process import program, quick_folder

KILLS = int(os.environ.get("TOCSIN_KILLS", "100"))
SEED = int(os.environ.get("TOCSIN_SEED", str(random.randrange(1 << 30))))


def event(chance, day):
    return {"source.ip": f"192.0.2.{chance.randrange(100)}", "source.port": chance.randrange(1, 40),
            "time.source": f"2026-11-{day:02}T{chance.randrange(24):02}:{chance.randrange(60):02}:00Z",
            "classification.type": "vulnerable-system", "classification.taxonomy": "vulnerable",
            "classification.identifier": "open-test", "protocol.transport": "tcp"}


class KilledIngest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(dir=quick_folder())
        self.path = pathlib.Path(self.folder.name)
        self.chance = random.Random(SEED)
        self.number = 0
        self.expected = collections.Counter()  # (address, port, time): the program keeps one of each
        print(f"seed {SEED}, {KILLS} kills", flush=True)

    def tearDown(self):
        self.folder.cleanup()

    def call(self, *words):
        return [program(), *words, "--data", str(self.path / "data")]

    def new_report(self):
        """Mostly small; now and then one that gets files of its own."""
        self.number += 1
        rows = 12000 if self.number % 20 == 0 else self.chance.randrange(1, 400)
        lines = []
        for _ in range(rows):
            one = event(self.chance, 1 + self.number % 20)
            lines.append(json.dumps(one))
            self.expected[(one["source.ip"], one["source.port"], one["time.source"])] += 1
        file = self.path / f"report-{self.number}.jsonl"
        file.write_text("\n".join(lines) + f"\n{{\"comment\": \"{self.number}\"}}\n")
        return file

    def test_leaves_every_event_exactly_once(self):
        waiting = []
        kills = 0
        while kills < KILLS:
            waiting += [self.new_report() for _ in range(self.chance.randrange(1, 4))]
            process = subprocess.Popen(self.call("ingest", "--feed", "generic/idf", *map(str, waiting)),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                process.wait(timeout=self.chance.random() ** 2 * 0.6)
                self.assertIn(process.returncode, (0, 3), process.stderr.read().decode())
                waiting = []
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
            process.stderr.close()
        if waiting:
            last = subprocess.run(self.call("ingest", "--feed", "generic/idf", "--json", *map(str, waiting)),
                                  capture_output=True, text=True)
            self.assertIn(last.returncode, (0, 3), last.stderr)
        self.check_events()
        self.check_findings()

    def check_events(self):
        lines = subprocess.run(self.call("export", "events", "--identifier", "open-test"), capture_output=True,
                               text=True, check=True).stdout.splitlines()
        stored = collections.Counter()
        for line in lines:
            one = json.loads(line)
            stored[(one["source.ip"], one["source.port"], one["time.source"])] += 1
        self.assertEqual([key for key, times in stored.items() if times != 1], [], "events stored twice")
        self.assertEqual(set(stored), set(self.expected), "events lost or made up")

    def check_findings(self):
        times = collections.Counter((address, port) for address, port, _ in self.expected)
        found = {}
        after = []
        while True:
            page = json.loads(subprocess.run(
                self.call("finding", "list", "--json", "--identifier", "open-test", "--limit", "1000", "--sort",
                          "address", *after), capture_output=True, text=True, check=True).stdout)
            for finding in page["items"]:
                found[(finding["address"], finding["port"])] = finding["times"]
            if not page["next"]:
                break
            after = ["--after", page["next"]]
        self.assertEqual(found, dict(times))


if __name__ == "__main__":
    unittest.main()
