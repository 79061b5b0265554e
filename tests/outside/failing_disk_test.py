"""The n-th write fails, once or from then on: a clear message, and after the disk is well again every event once."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from tocsin_process import program, quick_folder

SOURCE = pathlib.Path(os.environ.get("TOCSIN_SOURCE", pathlib.Path(__file__).parents[2]))
HEADER = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,hostname_source,sector,banner\n"
ROWS = 40
FILES = 3
POINTS = int(os.environ.get("TOCSIN_FAULTS", "24"))


def rows(day):
    return HEADER + "".join(f"2026-11-{day:02} 01:02:03,medium,10.{day}.0.{host},tcp,23,,telnet,64512,XA,,,0,,,login:\n" for host in range(1, ROWS + 1))


class FailingDisk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="tocsin-faults-", dir=quick_folder())
        cls.base = pathlib.Path(cls.folder.name)
        cls.shim = cls.base / "failing_disk.so"
        subprocess.run(["clang-19", "-O1", "-shared", "-fPIC", "-o", cls.shim, SOURCE / "tests/faults/failing_disk.c"], check=True)
        cls.reports = []
        for day in range(1, FILES + 1):
            report = cls.base / f"2026-11-{day:02}-scan_telnet-test.csv"
            report.write_text(rows(day))
            cls.reports.append(report)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_program(self, *words, fault=None, forever=False):
        environment = dict(os.environ)
        if fault:
            environment |= {"LD_PRELOAD": str(self.shim), "TOCSIN_FAIL_AT": str(fault)}
            if forever:
                environment["TOCSIN_FAIL_FOREVER"] = "1"
        return subprocess.run([program(), *map(str, words)], capture_output=True, text=True, env=environment, timeout=120)

    def outcome(self, data):
        """Ingests all again with a well disk and gives (events stored, findings)."""
        done = self.run_program("ingest", "--json", "--data", data, *self.reports)
        self.assertEqual(done.returncode, 0, done.stderr)
        events = self.run_program("export", "events", "--format", "jsonl", "--data", data)
        lines = [json.loads(line) for line in events.stdout.splitlines()]
        return sorted((one["source.ip"], one["time.source"]) for one in lines)

    def test_nothing_is_lost_or_doubled_whichever_write_fails(self):
        expected = self.outcome(self.base / "well")
        self.assertEqual(len(expected), ROWS * FILES)
        failed = 0
        for forever in (False, True):
            for point in range(POINTS):
                fault = 1 + point * 7 + (3 if forever else 0)
                data = self.base / f"data-{forever}-{fault}"
                with self.subTest(fault=fault, forever=forever):
                    done = self.run_program("ingest", "--json", "--data", data, *self.reports, fault=fault, forever=forever)
                    self.assertIn(done.returncode, (0, 1), done.stderr)
                    if done.returncode != 0:
                        failed += 1
                        self.assertTrue(done.stderr.strip(), "a failure says what happened")
                    self.assertEqual(self.outcome(data), expected)
        self.assertGreater(failed, POINTS // 2, "the faults were met")


if __name__ == "__main__":
    unittest.main()
