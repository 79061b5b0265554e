#!/usr/bin/env python3
"""The watched folder: what is put there is taken in once, whatever is killed or full meanwhile; what is not ready, not a file or
not a report is left alone or set aside."""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import subprocess
import time
import unittest

from tocsin_process import Tocsin, wait_until

KILLS = int(os.environ.get("TOCSIN_DROP_KILLS", "12"))
HEADER = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,hostname_source,sector,banner\n"


def name(day, row):
    """Different in every row, so that it takes room."""
    return hashlib.sha256(f"{day} {row}".encode()).hexdigest()[:60] + ".example"


def report(day, rows, net=10):
    return HEADER + "".join(f"2026-11-{day:02} 01:02:03,medium,{net}.{day}.{row // 250}.{row % 250 + 1},tcp,23,{name(day, row)},telnet,64512,XA,,,0,,,login:\n"
                            for row in range(rows))


def put(folder, name, text):
    """As a careful sender does: written under another name, then renamed."""
    part = folder / (name + ".part")
    part.write_text(text)
    part.rename(folder / name)


def stored(tocsin):
    lines = tocsin.run("export", "events", "--format", "jsonl").splitlines()
    return sorted((one["source.ip"], one["time.source"]) for one in map(json.loads, lines))


class DropFolder(unittest.TestCase):
    def start(self, tocsin):
        tocsin.start()
        drop = tocsin.data / "drop"
        wait_until(drop.is_dir, what="the folder")
        return drop

    def test_takes_reports_and_leaves_the_rest_alone(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            drop = self.start(tocsin)
            secret = tocsin.folder / "2026-11-03-scan_telnet-x.csv"
            secret.write_text(report(3, 5))
            (drop / "2026-11-03-scan_telnet-link.csv").symlink_to(secret)
            (drop / ".hidden").write_text("x")
            (drop / "half.part").write_text("x")
            (drop / "sub").mkdir()
            (drop / "nobody-knows-this.xyz").write_text("x\ny\n")
            put(drop, "2026-11-01-scan_telnet-a.csv", report(1, 30))
            (drop / "2026-11-02-scan_telnet-b.csv").write_text(report(2, 20))
            wait_until(lambda: len(stored(tocsin)) == 50, what="the events")
            wait_until(lambda: (drop / "nobody-knows-this.xyz.failed").exists(), what="the file that is no report")
            put(drop, "2026-11-01-scan_telnet-again.csv", report(1, 30))
            wait_until(lambda: not (drop / "2026-11-01-scan_telnet-again.csv").exists(), what="the redelivery")
            self.assertEqual({path.name for path in drop.iterdir()},
                             {"2026-11-03-scan_telnet-link.csv", ".hidden", "half.part", "sub", "nobody-knows-this.xyz.failed"})
            self.assertTrue(secret.exists())
            self.assertEqual(len(stored(tocsin)), 50)

    def test_kills_lose_nothing_and_double_nothing(self):
        dice = random.Random(20261126)
        with Tocsin() as tocsin:
            tocsin.run("init")
            expected = 0
            for kill in range(KILLS):
                drop = self.start(tocsin)
                for number in range(dice.randrange(1, 4)):
                    rows = dice.choice((3, 200, 5000))
                    put(drop, f"2026-11-{kill + 1:02}-scan_telnet-{number}.csv", report(kill + 1, rows, 20 + number))
                    expected += rows
                time.sleep(dice.random() * 0.3)
                tocsin.kill()
            drop = self.start(tocsin)
            wait_until(lambda: not list(drop.iterdir()) and len(stored(tocsin)) >= expected, 60, "the events")
            events = stored(tocsin)
            self.assertEqual(len(events), expected)
            self.assertEqual(len(set(events)), expected)


@unittest.skipUnless(os.geteuid() == 0, "only root can mount a small file system")
class SmallDisk(unittest.TestCase):
    """A real file system that is full."""

    def mounted(self, tocsin, size):
        where = tocsin.folder / "small"
        where.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", where], capture_output=True).returncode != 0:
            self.skipTest("file systems can't be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", where], capture_output=True)
        tocsin.data = where / "data"
        return where

    def grow(self, where, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", where], check=True)

    def test_a_report_that_did_not_fit_is_whole_after_there_is_room(self):
        with Tocsin() as tocsin:
            where = self.mounted(tocsin, "6m")
            tocsin.run("init")
            files = []
            for day in range(1, 7):
                files.append(tocsin.folder / f"2026-11-{day:02}-scan_telnet-x.csv")
                files[-1].write_text(report(day, 20_000))
            done = tocsin.call("ingest", *files)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertRegex(done.stderr, "(?i)full|no space")
            self.grow(where, "4g")
            totals = tocsin.json("ingest", *files)
            self.assertEqual(totals["events"] + totals["duplicates"], 120_000)
            events = stored(tocsin)
            self.assertEqual(len(events), 120_000)
            self.assertEqual(len(set(events)), 120_000)
            checked = tocsin.call("doctor")
            self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_the_watched_folder_keeps_what_did_not_fit(self):
        with Tocsin() as tocsin:
            where = self.mounted(tocsin, "24m")
            tocsin.run("init")
            drop = tocsin.folder / "drop"
            tocsin.config = tocsin.folder / "tocsin.toml"
            tocsin.config.write_text(f'[feeds]\ndrop = "{drop}"\n')
            tocsin.start()
            wait_until(drop.is_dir, what="the folder")
            filler = where / "filler"
            out = os.open(filler, os.O_WRONLY | os.O_CREAT)
            with contextlib.suppress(OSError):
                while os.write(out, b"x" * 4096):
                    pass
            os.close(out)
            put(drop, "2026-11-01-scan_telnet-a.csv", report(1, 20_000))
            wait_until(lambda: "full" in tocsin.log.read_text(errors="replace") or "No space" in tocsin.log.read_text(errors="replace"),
                       what="a word about it in the log")
            self.assertTrue((drop / "2026-11-01-scan_telnet-a.csv").exists())
            self.assertEqual(tocsin.http("GET", "/healthz").status, 200)
            filler.unlink()
            self.grow(where, "200m")
            wait_until(lambda: not (drop / "2026-11-01-scan_telnet-a.csv").exists(), 60, "the file to be taken")
            wait_until(lambda: len(stored(tocsin)) == 20_000, 60, "the events")


if __name__ == "__main__":
    unittest.main()
