#!/usr/bin/env python3
"""Reachability tests as people meet them: a mail comes, its button is pressed in time, late or never; killed while it sends, none comes twice."""
import collections
import datetime
import os
import random
import re
import signal
import sqlite3
import subprocess
import time
import unittest

from mail_server import MailServer
from tocsin_process import Tocsin

KILLS = int(os.environ.get("TOCSIN_KILLS", "12"))
FORM = {"content-type": "application/x-www-form-urlencoded"}


def config(server):
    return '[team]\nname = "CIRT"\nemail = "cirt@cirt.example"\n' + server.config()


def not_now():
    """Hours of a desk that are not now: of another day."""
    return ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(datetime.datetime.now(datetime.timezone.utc).weekday() + 3) % 7] + " 09:00-17:00"


class Reachability(unittest.TestCase):
    def prepare(self, tocsin):
        tocsin.run("init")
        tocsin.run("org", "add", "First Bank", "--kind", "constituent", "--language", "fr")

    def contact(self, tocsin, address):
        return tocsin.json("contact", "add", "First Bank", "--role", "duty", "--email", address)

    def link(self, server, entry):
        text = server.message(entry).get_body(("plain",)).get_content()
        return re.search(r"/r/[A-Za-z0-9_-]+", text).group(0)

    def outcome(self, tocsin, target):
        return tocsin.json("reach", "show", target)["tests"][0]

    def test_a_mail_comes_and_its_button_counts(self):
        with MailServer(tls=True, user="tocsin", password="secret") as server, \
                Tocsin(config=config(server)) as tocsin:
            self.prepare(tocsin)
            tocsin.run("reach", "add", "--organisation", "First Bank", "--address", "noc@bank.example",
                       "--hours", not_now())
            dry = tocsin.json("reach", "send", "1", "--dry-run")
            self.assertIn("agreed", dry["items"][0]["left_out"])
            self.assertEqual(tocsin.json("reach", "send", "1")["sent"], 0)
            tocsin.run("reach", "edit", "1", "--agreed-by", "Amina Otieno", "--agreed-on", "2024-11-20")
            dry = tocsin.json("reach", "send", "1", "--dry-run")["items"][0]
            self.assertEqual((dry["address"], dry["language"], dry["left_out"]), ("noc@bank.example", "fr", None))
            self.assertEqual(server.delivered(), [])
            tocsin.start()
            self.assertEqual(tocsin.json("reach", "send", "1")["sent"], 1)
            [entry] = server.delivered()
            self.assertTrue(entry["tls"] and entry["auth"])
            message = server.message(entry)
            self.assertIn("test de cette adresse", message["Subject"])
            self.assertEqual(message["Auto-Submitted"], "auto-generated")
            path = self.link(server, entry)
            page = tocsin.http("GET", path)
            self.assertEqual(page.status, 200)
            self.assertNotIn("<script", page.text)
            self.assertEqual(page.headers["cache-control"], "no-store")
            seen = self.outcome(tocsin, 1)
            self.assertEqual(seen["outcome"], "waiting")
            self.assertTrue(seen["opened"] and seen["out_of_hours"])
            self.assertEqual(tocsin.http("POST", path[:-4] + "AAAA", body="arrived=yes", headers=FORM).status, 404)
            self.assertEqual(tocsin.http("POST", path, body="arrived=yes", headers={
                **FORM, "sec-fetch-site": "cross-site"}).status, 403)
            self.assertEqual(tocsin.http("POST", path, body="arrived=yes", headers=FORM).status, 303)
            answered = self.outcome(tocsin, 1)
            self.assertEqual(answered["outcome"], "answered")
            self.assertGreaterEqual(answered["seconds"], 0)
            tocsin.http("POST", path, body="arrived=yes", headers=FORM)
            self.assertEqual(self.outcome(tocsin, 1)["answered"], answered["answered"])
            key = tocsin.add_key()
            listed = tocsin.http("GET", "/api/v1/reachability", key=key).json["items"]
            self.assertEqual((listed[0]["answered"], listed[0]["last"]["outcome"]), (1, "answered"))
            self.assertEqual(tocsin.http("GET", "/api/v1/reachability", key=tocsin.add_key("viewer")).status, 403)
            evidence = {one["item"]: one for one in tocsin.json("evidence", "list", "--framework", "sim3")["items"]}
            proof = [piece for piece in evidence["P-13"]["pieces"] if piece["rule"] == "contacts.reachable"][0]
            self.assertTrue(proof["has_records"])
            self.assertIn("1 of 1 reached, 1 of them out of hours", proof["value"])
            log = tocsin.http("GET", "/api/v1/disclosures", key=tocsin.add_key("administrator"))
            self.assertIn('"letter"', log.text)
            self.assertEqual(tocsin.run("audit", "verify").count("broken"), 0)

    def test_who_is_not_to_be_contacted_is_left_out_and_an_erased_contact_is_nowhere(self):
        with MailServer() as server, Tocsin(config=config(server)) as tocsin:
            self.prepare(tocsin)
            contact = self.contact(tocsin, "noc@bank.example")
            number = contact.get("id") or tocsin.json("contact", "list")["items"][0]["id"]
            tocsin.run("reach", "add", "--contact", number, "--agreed-by", "Amina", "--every", "0")
            tocsin.run("do-not-contact", "add", "bank.example", "--reason", "they asked us to stop")
            self.assertIn("not to be contacted", tocsin.json("reach", "send", "1")["items"][0]["left_out"])
            self.assertEqual(server.delivered(), [])
            listed = tocsin.json("do-not-contact", "list")["items"]
            tocsin.run("do-not-contact", "remove", listed[0]["id"])
            tocsin.run("reach", "pause", "1")
            self.assertEqual(tocsin.json("reach", "send")["items"], [])
            tocsin.run("reach", "resume", "1")
            self.assertEqual(tocsin.json("reach", "send", "1")["sent"], 1)
            again = tocsin.json("reach", "send", "1")["items"][0]
            self.assertIn("waits for its answer", again["left_out"])
            tocsin.run("contact", "remove", number, "--erase")
            self.assertEqual(tocsin.json("reach", "list")["items"], [])

    def test_an_answer_may_come_late_and_silence_is_due(self):
        with MailServer() as server, Tocsin(config=config(server)) as tocsin:
            self.prepare(tocsin)
            tocsin.run("reach", "add", "--answer-within", "1", "--hours", "always")
            self.assertEqual(tocsin.json("reach", "send", "1")["sent"], 1)
            [entry] = server.delivered()
            self.assertEqual(entry["to"], ["cirt@cirt.example"])
            self.assertFalse(self.outcome(tocsin, 1)["out_of_hours"])
            # The hour passes: the ledger is told that it was an hour earlier.
            ledger = sqlite3.connect(tocsin.data / "ledger.sqlite")
            ledger.execute("UPDATE reach_test SET sent = sent - 7200000000, deadline = deadline - 7200000000")
            ledger.commit()
            ledger.close()
            tocsin.start()
            self.assertEqual(self.outcome(tocsin, 1)["outcome"], "missed")
            due = tocsin.http("GET", "/api/v1/today", key=tocsin.add_key()).json["due"]
            self.assertEqual([(one["what"], one["thing"]["kind"]) for one in due], [("unreached", "reachability")])
            path = self.link(server, entry)
            self.assertEqual(tocsin.http("POST", path, body="arrived=yes", headers=FORM).status, 303)
            self.assertIn("after the time", tocsin.http("GET", path).text)
            self.assertEqual(self.outcome(tocsin, 1)["outcome"], "late")

    def test_killed_while_it_sends_none_comes_twice(self):
        with MailServer(jitter=0.01) as server, Tocsin(config=config(server)) as tocsin:
            self.prepare(tocsin)
            count = KILLS * 3
            for i in range(count):
                tocsin.run("reach", "add", "--organisation", "First Bank", "--address", f"noc{i}@bank.example",
                           "--name", f"Desk {i}", "--agreed-by", "Amina", "--every", "0")
            chance, kills, words = random.Random(58), 0, [str(i + 1) for i in range(count)]
            until = time.monotonic() + 60
            while time.monotonic() < until:
                sender = subprocess.Popen(tocsin.words("reach", "send", *words, "--json"), stdout=subprocess.PIPE,
                                          stderr=subprocess.PIPE, text=True, env=tocsin.environment)
                words = []  # all are queued by the first that came so far
                if kills < KILLS:
                    size, wait = server.log_size(), time.monotonic() + 3
                    while server.log_size() == size and sender.poll() is None and time.monotonic() < wait:
                        time.sleep(0.001)
                    time.sleep(chance.uniform(0, 0.03))
                    if sender.poll() is None:
                        os.kill(sender.pid, signal.SIGKILL)
                        kills += 1
                sender.communicate()
                last = [one["last"] for one in tocsin.json("reach", "list")["items"]]
                if all(one and one["outcome"] not in ("queued", "sending") for one in last):
                    break
                words = [str(one["id"]) for one in tocsin.json("reach", "list")["items"] if not one["last"]]
            counted = collections.Counter(entry["id"] for entry in server.delivered())
            outcomes = collections.Counter(one["outcome"] for one in last)
            print(f"{kills} kills: {len(counted)} of {count} arrived; {dict(outcomes)}")
            self.assertGreaterEqual(kills, KILLS // 3, "too few kills to prove anything")
            self.assertEqual(max(counted.values()), 1)
            self.assertEqual(len(counted), count)
            self.assertEqual(outcomes, {"waiting": count})


if __name__ == "__main__":
    unittest.main()
