#!/usr/bin/env python3
"""One process owns the data directory: commands beside a server, a second server, directories that can't be written,
backup while the server runs, and restore."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from tocsin_process import Tocsin, program

ORGANISATIONS = "name,kind,sector,country,language\nNorth Power,operator,energy,XA,en\nEaux du Sud,operator,water,XA,fr\n"
REPORT = (
    '"timestamp","severity","ip","protocol","port","hostname","tag","asn","geo","region","city","naics","hostname_source","sector","banner"\n'
    '"2026-11-20 10:00:00","medium","192.0.2.7","tcp","23","","telnet","64500","XA","","","0","","","login: "\n'
    '"2026-11-20 10:00:05","medium","192.0.2.8","tcp","23","","telnet","64500","XA","","","0","","","login: "\n'
    '"2026-11-20 10:00:09","medium","10.300.1.1","tcp","23","","telnet","64500","XA","","","0","","","login: "\n')
QUESTIONS = (
    ("org", "list", "--json"),
    ("user", "list", "--json"),
    ("feed", "list", "--json"),
    ("finding", "list", "--json"),
    ("notify", "list", "--json"),
    ("lookup", "192.0.2.7", "--json"),
    ("audit", "verify", "--json"),
    ("lookup", "no such thing"),
    ("org", "show", "nobody"),
)


def fill(tocsin):
    tocsin.run("init")
    (tocsin.folder / "organisations.csv").write_text(ORGANISATIONS)
    tocsin.run("org", "import", "organisations.csv")
    report = tocsin.folder / "2026-11-20-scan_telnet-test.csv"
    report.write_text(REPORT)
    done = tocsin.json("ingest", "--json", str(report), expect=3)
    assert (done["events"], done["rejected"]) == (2, 1), done


def answers(tocsin):
    """Exit code and words of every question."""
    told = {}
    for question in QUESTIONS:
        done = tocsin.call(*question)
        words = re.sub(r'"milliseconds":[0-9.e-]+', '"milliseconds":0', done.stdout)
        told[" ".join(question)] = (done.returncode, words, done.stderr)
    return told


def exported(tocsin):
    """Asked apart: each export is a line of the disclosure log, so the audit chain is longer after it."""
    return tocsin.run("export", "events", "--format", "jsonl")


class OneOwner(unittest.TestCase):
    maxDiff = None

    def test_commands_say_the_same_with_and_without_a_server(self):
        with Tocsin() as tocsin:
            fill(tocsin)
            lines = exported(tocsin)
            self.assertEqual(len(lines.splitlines()), 2, lines)
            alone = answers(tocsin)
            self.assertEqual(alone["org list --json"][0], 0, alone)
            self.assertEqual(alone["org show nobody"][0], 4, alone)
            tocsin.start()
            beside = answers(tocsin)
            for question in alone:
                with self.subTest(question=question):
                    self.assertEqual(beside[question], alone[question])
            self.assertEqual(exported(tocsin), lines)
            again = tocsin.json("ingest", "--json", str(tocsin.folder / "2026-11-20-scan_telnet-test.csv"), expect=3)
            self.assertEqual(again["events"], 0, "a redelivery gives no events")
            self.assertEqual(tocsin.stop(), 0)

    def test_a_second_server_and_commands_that_need_the_directory_for_themselves_are_refused(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            tocsin.start()
            second = tocsin.call("serve", "--listen", "127.0.0.1:0")
            self.assertEqual(second.returncode, 1)
            self.assertIn("owned by another Tocsin", second.stderr)
            first = tocsin.call("init")
            self.assertEqual(first.returncode, 1)
            restored = tocsin.call("restore", "/nowhere")
            self.assertEqual(restored.returncode, 1)
            self.assertIn("owned by another Tocsin", restored.stderr)
            self.assertEqual(tocsin.http("GET", "/healthz").status, 200)

    def test_the_socket_is_private_and_gone_after_the_end(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            tocsin.start()
            self.assertEqual((tocsin.data / "tocsin.sock").stat().st_mode & 0o777, 0o600)
            tocsin.stop()
            self.assertFalse((tocsin.data / "tocsin.sock").exists())

    def test_a_socket_left_by_a_killed_server_is_no_obstacle(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            tocsin.start()
            tocsin.kill()
            self.assertTrue((tocsin.data / "tocsin.sock").exists())
            tocsin.run("user", "list")
            tocsin.start()

    def test_a_directory_that_cannot_be_written_gets_a_clear_message(self):
        with tempfile.TemporaryDirectory() as folder:
            locked = pathlib.Path(folder, "locked")
            locked.mkdir()
            os.chmod(folder, 0o755)
            locked.chmod(0o555)
            # For root the mode means nothing: be nobody then. The program must be where nobody can read it.
            copy = pathlib.Path(folder, "bin")
            binary = pathlib.Path(program())
            if os.getuid() == 0:
                copy.mkdir(mode=0o755)
                shutil.copy(binary, copy / "tocsin")
                library = binary.parent / "lib" / "libduckdb.so"
                if not library.exists():
                    self.skipTest("needs the program of ./dev build, which has its library beside it")
                (copy / "lib").mkdir(mode=0o755)
                shutil.copy(library, copy / "lib")
                binary = copy / "tocsin"
            become = (lambda: os.setuid(65534)) if os.getuid() == 0 else None
            done = subprocess.run([binary, "init", "--data", locked / "data"], capture_output=True, text=True, timeout=60,
                                  preexec_fn=become, cwd="/")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("check that this user may write there", done.stderr)
            self.assertIn(str(locked), done.stderr)


class Backup(unittest.TestCase):
    maxDiff = None

    def test_taken_while_the_server_runs_comes_back_with_everything(self):
        with Tocsin() as tocsin:
            fill(tocsin)
            tocsin.start()
            lines = exported(tocsin)
            before = {"night.tar.zst": answers(tocsin)}
            made = tocsin.json("backup", "night.tar.zst", "--json")
            self.assertGreater(made["files"], 2)
            before["night"] = answers(tocsin)  # the first backup is on record in the audit log by now
            tocsin.run("backup", "night")
            refused = tocsin.call("backup", "night")
            self.assertEqual(refused.returncode, 1)
            self.assertIn("exists already", refused.stderr)
            tocsin.stop()
            for source in ("night.tar.zst", "night"):
                with self.subTest(source=source), Tocsin() as other:
                    other.run("restore", "--verify-only", str(tocsin.folder / source))
                    other.run("restore", str(tocsin.folder / source))
                    self.assertEqual(answers(other), before[source])
                    self.assertEqual(exported(other), lines)
                    report = json.loads(other.run("doctor", "--json"))
                    self.assertTrue(report["whole"], report)

    def test_that_was_changed_is_refused_and_nothing_is_touched(self):
        with Tocsin() as tocsin:
            fill(tocsin)
            tocsin.run("backup", "night")
            secret = tocsin.folder / "night" / "secret"
            secret.write_bytes(secret.read_bytes()[:-1] + b"x")
            done = tocsin.call("restore", "--replace", "night")
            self.assertEqual(done.returncode, 1)
            self.assertIn("secret is damaged", done.stderr)
            self.assertIn("North Power", tocsin.run("org", "list"))


class Doctor(unittest.TestCase):
    def test_finds_a_secret_that_others_can_read_and_a_changed_audit_log(self):
        import sqlite3
        with Tocsin() as tocsin:
            tocsin.run("init")
            tocsin.add_user("amina", "a long enough passphrase", "administrator")
            self.assertTrue(json.loads(tocsin.run("doctor", "--json"))["whole"])
            ledger = sqlite3.connect(tocsin.data / "ledger.sqlite")
            tables = [row[0] for row in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%audit%'")]
            entries = next(name for name in tables if "what" in [row[1] for row in ledger.execute(f"PRAGMA table_info({name})")])
            ledger.execute(f"UPDATE {entries} SET what = 'user.forged'")
            ledger.commit()
            ledger.close()
            done = tocsin.call("doctor", "--json")
            self.assertEqual(done.returncode, 1)
            bad = [check for check in json.loads(done.stdout)["checks"] if check["state"] == "bad"]
            self.assertIn("audit chain", [check["what"] for check in bad])
            self.assertTrue(all(check["todo"] for check in bad), bad)


if __name__ == "__main__":
    unittest.main()
