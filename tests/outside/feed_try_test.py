#!/usr/bin/env python3
"""tocsin feed try as a user meets it: row by row what a definition does with a report."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["TOCSIN"]
MAPPING = """
name = "Ours"
[classification]
type = "scanner"
[record]
format = "json"
records = "data"
required = ["ip"]
[[leave_out]]
column = "kind"
equals = "test"
[columns]
ip = { field = "source.ip", split = ":", part = 1 }
seen = { field = "time.source", format = ["%d/%m/%Y %H:%M"], zone = "Europe/Madrid" }
kind = "extra.kind"
link = "source.url"
"""
SAMPLE = """{"data": [
 {"ip": "192.0.2.1:80", "seen": "15/07/2026 12:00", "kind": "scan", "link": "no link"},
 {"ip": "nonsense", "kind": "scan"},
 {"ip": "192.0.2.3", "kind": "test"}]}"""


def run(*words, **more):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, timeout=60, text=True, **more)


class FeedTry(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        (self.path / "ours.toml").write_text(MAPPING)
        (self.path / "sample.json").write_text(SAMPLE)

    def tried(self, *words):
        return run("feed", "try", *words, cwd=self.path)

    def test_a_header_with_another_separator_says_what_was_read(self):
        (self.path / "columns.toml").write_text(
            'name = "Ours"\n[classification]\ntype = "scanner"\n[record]\nrequired = ["ip"]\n[columns]\nip = "source.ip"\nport = "source.port"\n')
        (self.path / "sample.csv").write_text("ip;port\n192.0.2.1;80\n")
        done = self.tried("--mapping", "columns.toml", "sample.csv")
        self.assertEqual(done.returncode, 1)
        self.assertIn('the only column is "ip;port": is [record] delimiter right?', done.stderr)

    def test_each_column_says_where_it_went_and_why_not(self):
        done = self.tried("--mapping", "ours.toml", "--json", "sample.json")
        self.assertEqual(done.returncode, 3, done.stderr)  # a row is rejected
        told = json.loads(done.stdout)
        self.assertEqual((told["events"], told["rejected"], told["left_out"]), (1, 1, 1))
        good, bad, left = told["rows"]
        cells = {cell["column"]: cell for cell in good["cells"]}
        self.assertEqual((cells["ip"]["text"], cells["ip"]["value"]), ("192.0.2.1:80", "192.0.2.1"))
        self.assertEqual(cells["link"]["outcome"], "kept aside")
        self.assertEqual(good["event"]["time.source"], "2026-07-15T10:00:00Z")
        self.assertEqual((bad["field"], bad["reason"]), ("ip", '"nonsense" is not an IPv4 or IPv6 address'))
        self.assertEqual(left["outcome"], "left out")
        self.assertEqual(len(list(self.path.iterdir())), 2)  # nothing is stored

    def test_people_read_lines(self):
        done = self.tried("--mapping", "ours.toml", "sample.json")
        self.assertIn('ip                       "192.0.2.1:80" = "192.0.2.1" -> source.ip (ip)', done.stdout)
        self.assertIn("because: ip: \"nonsense\" is not", done.stdout)

    def test_a_faulty_mapping_names_file_line_and_key(self):
        (self.path / "bad.toml").write_text(MAPPING + 'x = { field = "extra.x", match = "(" }\n')
        done = self.tried("--mapping", "bad.toml", "sample.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bad.toml:17: columns.x.match: expected a regular expression", done.stderr)


if __name__ == "__main__":
    unittest.main()
