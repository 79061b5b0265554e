#!/usr/bin/env python3
"""Accounts, keys and the audit log as an administrator at the command line meets them."""
import json
import os
import pty
import re
import select
import sqlite3
import stat
import subprocess
import time
import unittest

from tocsin_process import Tocsin

PASSWORD = "correct horse battery staple"


def add(tocsin, name, *words):
    return tocsin.json("user", "add", name, "--password-stdin", *words, input=PASSWORD + "\n")


class Users(unittest.TestCase):
    def test_the_first_is_an_administrator_and_the_next_an_analyst(self):
        with Tocsin() as tocsin:
            self.assertEqual(add(tocsin, "amina"), {"id": 1, "name": "amina", "role": "administrator"})
            self.assertEqual(add(tocsin, "jean")["role"], "analyst")
            self.assertEqual(add(tocsin, "li", "--role", "viewer", "--language", "zh")["role"], "viewer")
            listed = tocsin.json("user", "list")["items"]
            self.assertEqual([user["name"] for user in listed], ["amina", "jean", "li"])
            self.assertNotIn("argon2", json.dumps(listed))

    def test_without_a_terminal_a_password_is_made_and_shown_once(self):
        with Tocsin() as tocsin:
            text = tocsin.run("user", "add", "amina", input="")
            password = re.search(r"shown only now: (\S+)", text).group(1)
            self.assertGreaterEqual(len(password), 24)
            self.assertNotIn(password, tocsin.run("user", "list"))
            self.assertNotIn(password, tocsin.run("audit", "list"))
            for file in tocsin.data.rglob("*"):
                if file.is_file():
                    self.assertNotIn(password.encode(), file.read_bytes(), file)

    def test_on_a_terminal_the_password_is_asked_for_twice_and_not_echoed(self):
        with Tocsin() as tocsin:
            seen, code = on_a_terminal(tocsin.words("user", "add", "amina"), [PASSWORD, PASSWORD])
            self.assertEqual(code, 0, seen)
            self.assertNotIn(PASSWORD, seen)
            self.assertNotIn("shown only now", seen)
            seen, code = on_a_terminal(tocsin.words("user", "add", "jean"), [PASSWORD, PASSWORD + "x"])
            self.assertEqual(code, 1, seen)
            self.assertIn("differ", seen)

    def test_weak_passwords_taken_names_and_bad_words_are_refused(self):
        with Tocsin() as tocsin:
            add(tocsin, "amina")
            for password in ("short", "aaaaaaaaaaaaaaaa", "123456789012"):
                done = tocsin.call("user", "add", "jean", "--password-stdin", input=password)
                self.assertEqual(done.returncode, 1, password)
                self.assertIn("password", done.stderr)
            self.assertIn("taken", tocsin.call("user", "add", "AMINA", "--generate").stderr)
            self.assertIn("role", tocsin.call("user", "add", "x", "--generate", "--role", "god").stderr)
            tocsin.run("user", "disable", "nobody", expect=4)
            tocsin.run("user", "disable", "amina", expect=1)  # the last administrator

    def test_edit_disable_enable_erase(self):
        with Tocsin() as tocsin:
            add(tocsin, "amina")
            add(tocsin, "jean")
            self.assertEqual(tocsin.json("user", "edit", "jean", "--role", "viewer", "--language", "fr")["role"], "viewer")
            self.assertTrue(tocsin.json("user", "disable", "jean")["disabled"])
            self.assertFalse(tocsin.json("user", "edit", "jean", "--enable")["disabled"])
            tocsin.run("user", "totp-reset", "jean")
            tocsin.run("user", "edit", "jean", "--full-name", "Jean Exemple", "--email", "jean@cirt.example")
            tocsin.run("user", "erase", "jean")
            tocsin.run("user", "edit", "jean", "--role", "analyst", expect=4)
            self.assertNotIn("jean@cirt.example", tocsin.run("audit", "list", "--json"))
            self.assertTrue(tocsin.json("audit", "verify")["whole"])

    def test_a_recovery_code_is_shown_once_and_on_record(self):
        with Tocsin() as tocsin:
            add(tocsin, "amina")
            made = tocsin.json("user", "recover", "amina")
            self.assertRegex(made["code"], r"^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$")
            entries = tocsin.json("audit", "list", "--what", "user.recovery_code")["items"]
            self.assertEqual(len(entries), 1)
            self.assertNotIn(made["code"], json.dumps(entries))


class Keys(unittest.TestCase):
    def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(self):
        with Tocsin() as tocsin:
            made = tocsin.json("key", "add", "--role", "analyst")
            self.assertEqual(set(made), {"id", "key"})
            listed = tocsin.json("key", "list")["items"]
            self.assertEqual((listed[0]["role"], listed[0]["revoked"]), ("analyst", False))
            self.assertNotIn(made["key"][12:], json.dumps(listed))
            tocsin.run("key", "revoke", made["id"])
            self.assertTrue(tocsin.json("key", "list")["items"][0]["revoked"])
            tocsin.run("key", "revoke", made["id"], expect=4)
            tocsin.run("key", "revoke", "x", expect=2)

    def test_expiry_and_feeds_are_kept(self):
        with Tocsin() as tocsin:
            tocsin.json("key", "add", "--name", "fetcher", "--role", "analyst", "--expires", "90d", "--feed",
                        "shadowserver/scan_telnet", "--feed", "example/list")
            key = tocsin.json("key", "list")["items"][0]
            self.assertEqual(key["feeds"], ["shadowserver/scan_telnet", "example/list"])
            self.assertIsNotNone(key["expires"])
            self.assertIn("expired", tocsin.call("key", "add", "--expires", "2020-01-01").stderr)
            tocsin.run("key", "add", "--role", "root", expect=1)


class Audit(unittest.TestCase):
    def test_a_changed_ledger_is_noticed_and_a_noted_head_shows_a_cut_tail(self):
        with Tocsin() as tocsin:
            for name in ("amina", "jean", "li"):
                add(tocsin, name)
            head = tocsin.json("audit", "verify")["head"]
            add(tocsin, "maria")
            self.assertTrue(tocsin.json("audit", "verify", "--expect", head)["whole"])
            with sqlite3.connect(tocsin.data / "ledger.sqlite") as ledger:
                ledger.execute("DELETE FROM audit_entry WHERE number > 2")
            self.assertTrue(tocsin.json("audit", "verify")["whole"])
            broken = tocsin.json("audit", "verify", "--expect", head, expect=1)
            self.assertEqual((broken["whole"], broken["broken_at"]), (False, 3))
            with sqlite3.connect(tocsin.data / "ledger.sqlite") as ledger:
                ledger.execute("UPDATE audit_entry SET what = 'user.list' WHERE number = 1")
            self.assertEqual(tocsin.json("audit", "verify", expect=1)["broken_at"], 1)
            tocsin.run("audit", "verify", "--expect", "nonsense", expect=2)

    def test_it_is_filtered_and_paged(self):
        with Tocsin() as tocsin:
            for name in ("amina", "jean", "li"):
                add(tocsin, name)
            tocsin.json("key", "add")
            self.assertEqual(len(tocsin.json("audit", "list", "--what", "user")["items"]), 3)
            self.assertEqual(len(tocsin.json("audit", "list", "--kind", "key")["items"]), 1)
            page = tocsin.json("audit", "list", "--limit", "2")["items"]
            self.assertEqual([entry["number"] for entry in page], [4, 3])
            tocsin.run("audit", "list", "--limit", "0", expect=2)


class Files(unittest.TestCase):
    def test_what_is_kept_is_for_this_user_alone_even_in_a_directory_open_to_all(self):
        with Tocsin() as tocsin:
            tocsin.data.mkdir(mode=0o755)
            add(tocsin, "amina")
            for file in tocsin.data.rglob("*"):
                self.assertEqual(stat.S_IMODE(file.stat().st_mode) & 0o077, 0, file)

    def test_a_secret_that_others_can_read_is_refused_with_advice(self):
        with Tocsin() as tocsin:
            add(tocsin, "amina")
            (tocsin.data / "secret").chmod(0o644)
            self.assertIn("chmod 600", tocsin.call("user", "list").stderr)


def on_a_terminal(words, answers):
    """Runs a command on a terminal of its own; gives what was on it, and the exit code."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(words[0], words)
    seen, asked = "", 0
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            more = os.read(terminal, 4096).decode()
        except OSError:
            break
        if not more:
            break
        seen += more
        if asked < len(answers) and seen.count(": ") > asked:
            os.write(terminal, (answers[asked] + "\n").encode())
            asked += 1
    return seen, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


if __name__ == "__main__":
    unittest.main()
