#!/usr/bin/env python3
"""tocsin parse and tocsin feed check as a user meets them: what is printed where, and how they end."""
import base64
import gzip
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["TOCSIN"]
FEEDS = pathlib.Path(os.environ["TOCSIN_SOURCE"]) / "feeds"
HEADER = b'"timestamp","ip","port","protocol","tag"\n'
GOOD = b'"2026-11-22 01:02:03","192.0.2.1","3389","tcp","rdp"\n'
BAD = b'"2026-11-22 01:02:03","192.0.2.256","3389","tcp","rdp"\n'
NAME = "2026-11-22-scan_rdp-12-sample-asn.csv"


def run(*words, **more):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, timeout=60, **more)


def lines(output):
    return [json.loads(line) for line in output.splitlines()]


class Parse(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def file(self, name, content):
        path = self.path / name
        path.write_bytes(content)
        return path

    def test_prints_flat_events_and_stores_nothing(self):
        done = run("parse", self.file(NAME, HEADER + GOOD), cwd=self.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        [event] = lines(done.stdout)
        self.assertEqual(event["source.ip"], "192.0.2.1")
        self.assertEqual(event["source.port"], 3389)
        self.assertEqual(event["time.source"], "2026-11-22T01:02:03Z")
        self.assertEqual(event["classification.identifier"], "open-rdp")
        self.assertEqual(event["extra.tag"], "rdp")
        self.assertNotIn("raw", event)
        self.assertEqual(os.listdir(self.path), [NAME])

    def test_rejected_rows_go_to_standard_error_and_the_exit_code_is_3(self):
        done = run("parse", self.file(NAME, HEADER + GOOD + BAD + GOOD))
        self.assertEqual(done.returncode, 3)
        self.assertEqual(len(lines(done.stdout)), 2)
        [rejected] = lines(done.stderr)
        self.assertEqual((rejected["record"], rejected["field"]), (2, "ip"))
        self.assertIn("192.0.2.256", rejected["reason"])
        self.assertEqual(rejected["raw"].encode() + b"\n", BAD)

    def test_standard_input_compressed_under_its_original_name(self):
        done = run("parse", "--name", NAME, "-", input=gzip.compress(HEADER + GOOD))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(lines(done.stdout)[0]["feed.name"], "Accessible-RDP")

    def test_raw_is_the_header_and_the_record(self):
        [event] = lines(run("parse", "--raw", self.file(NAME, HEADER + GOOD)).stdout)
        again = run("parse", "--name", NAME, "-", input=base64.b64decode(event.pop("raw")))
        self.assertEqual(lines(again.stdout), [event])

    def test_a_mapping_of_ones_own(self):
        mapping = self.file("ours.toml", b'name = "Ours"\n[classification]\ntype = "scanner"\n[record]\ndelimiter = ";"\n'
                                         b'[columns]\naddr = "source.ip"\nday = { field = "time.source", as = "time", format = "%d.%m.%Y" }\n')
        done = run("parse", "--mapping", mapping, "-", input=b"addr;day;what\n2001:db8::1;22.11.2026;x\n")
        self.assertEqual(lines(done.stdout), [{"classification.taxonomy": "information-gathering", "classification.type": "scanner",
                                               "feed.name": "Ours", "source.ip": "2001:db8::1",
                                               "time.source": "2026-11-22T00:00:00Z", "extra.what": "x"}])

    def test_a_feed_added_to_a_folder_needs_no_rebuild(self):
        (self.path / "acme").mkdir()
        (self.path / "acme" / "blocked.toml").write_text('name = "Acme"\n[classification]\ntype = "scanner"\n[recognise]\nfile = ["acme-{date}.csv"]\n'
                                                         '[columns]\naddress = "source.ip"\n')
        done = run("parse", "--feeds", self.path, self.file("acme-2026-11-22.csv", b"address\n192.0.2.9\n"))
        self.assertEqual(lines(done.stdout)[0]["feed.name"], "Acme", done.stderr)

    def test_what_cannot_be_read_ends_with_1_and_names_the_file(self):
        for name, content in ((NAME, b""), ("x.csv", b"no;such\ncolumns;here\n"), (NAME + ".gz", gzip.compress(HEADER + GOOD * 1000)[:-20])):
            done = run("parse", self.file(name, content))
            self.assertEqual(done.returncode, 1, name)
            self.assertIn(name, done.stderr.decode())
        self.assertEqual(run("parse", self.path / "missing.csv").returncode, 1)
        self.assertEqual(run("parse", self.path).returncode, 1)

    def test_usage_and_unknown_feeds(self):
        self.assertEqual(run("parse").returncode, 2)
        self.assertEqual(run("parse", "--nonsense", "x").returncode, 2)
        self.assertEqual(run("parse", "--name", NAME, "a", "b").returncode, 2)
        done = run("parse", "--feed", "shadowserver/scan_rd", self.file(NAME, HEADER))
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"shadowserver/scan_rdp", done.stderr)

    def test_idf_passes_through_unchanged(self):
        events = [{"classification.type": "phishing", "source.url": "http://bad.example/x", "time.source": "2026-11-22T01:02:03Z",
                   "extra.score": 0.5, "extra.list": [1, "two"]},
                  {"classification.type": "scanner", "source.ip": "2001:db8::1", "source.asn": 64500, "extra.deep.key": True}]
        done = run("parse", self.file("events.jsonl", "".join(json.dumps(e) + "\n" for e in events).encode()))
        self.assertEqual(lines(done.stdout), events, done.stderr)


class FeedCheck(unittest.TestCase):
    def test_every_definition_of_the_house_is_well_formed(self):
        done = run("feed", "check", *sorted(FEEDS.glob("*/*.toml")))
        self.assertEqual(done.returncode, 0, done.stderr[:2000])

    def test_a_fault_names_file_line_and_key(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "wrong.toml"
            path.write_text('name = "X"\n[classification]\ntype = "scanner"\n[columns]\na = "source.prot"\n')
            done = run("feed", "check", path)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{path}:5: columns.a: expected", done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
