#!/usr/bin/env python3
"""Kills the program while it sends, again and again, and counts what a real mail server got.

Every warning must arrive once: none twice, none lost. TOCSIN_KILLS sets how often (standard: a quick 50; the long
version is 400). The rule for what can't be known is docs/decisions/0007-never-twice-never-lost.md: it is shown as
uncertain and never sent again by itself; killed alone, the program leaves nothing uncertain, because its postman lives
on until the server has answered.
"""
import collections
import os
import random
import signal
import subprocess
import time
import unittest

from mail_server import MailServer
from tocsin_process import Tocsin

KILLS = int(os.environ.get("TOCSIN_KILLS", "50"))
ORGANISATIONS = max(200, KILLS * 5)
SEED = int(os.environ.get("TOCSIN_SEED", "58"))


def report(organisations):
    lines = ['"timestamp","severity","ip","protocol","port","hostname","tag","asn","geo","region","city","naics",'
             '"sector","banner"']
    for i in range(organisations):
        lines.append(f'"2026-11-22 04:00:00","medium","10.{i // 250}.{i % 250}.7","tcp",23,"","telnet",64496,"XA","","",0,"","login:"')
    return "\n".join(lines) + "\n"


def directory(organisations, name_of_mailbox):
    files = {"organisations.csv": "name,kind,language\n", "resources.csv": "organisation,kind,value\n",
             "contacts.csv": "organisation,role,email\n"}
    for i in range(organisations):
        files["organisations.csv"] += f"Organisation {i},constituent,{('en', 'fr', 'ar')[i % 3]}\n"
        files["resources.csv"] += f"Organisation {i},prefix,10.{i // 250}.{i % 250}.0/24\n"
        files["contacts.csv"] += f"Organisation {i},abuse,{name_of_mailbox(i)}@o{i}.example\n"
    return files


def descendants(process):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True).stdout
    return [int(word) for word in listed.split()]


class KillWhileSending(unittest.TestCase):
    def prepare(self, tocsin, mailbox=lambda i: "grey-abuse" if i % 10 == 3 else "abuse"):
        tocsin.run("init")
        for name, text in directory(ORGANISATIONS, mailbox).items():
            path = tocsin.folder / name
            path.write_text(text)
            tocsin.run("org", "import", path)
        path = tocsin.folder / "2026-11-22-scan_telnet-example.csv"
        path.write_text(report(ORGANISATIONS))
        tocsin.run("ingest", path)
        plan = tocsin.json("notify", "plan")
        self.assertEqual(plan["notifications"], ORGANISATIONS, plan["left_out"][:3])

    def wait_for_the_moment(self, server, sender, chance):
        """Mostly a moment after a message has arrived, when the next ones are on their way; else any moment."""
        if chance.random() < 0.25:
            time.sleep(chance.uniform(0, 0.15))
            return
        before, until = server.log_size(), time.monotonic() + 3
        while server.log_size() == before and sender.poll() is None and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.03))

    def send_and_kill(self, tocsin, server, with_postmen):
        """Starts `notify send` until nothing is left, killing it KILLS times at random moments."""
        chance = random.Random(SEED)
        kills = 0
        until = time.monotonic() + 60 + KILLS
        while time.monotonic() < until:
            sender = subprocess.Popen(tocsin.words("notify", "send", "--json"), stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, env=tocsin.environment)
            if kills < KILLS:
                self.wait_for_the_moment(server, sender, chance)
                if sender.poll() is None:
                    victims = [sender.pid] + (descendants(sender.pid) if with_postmen else [])
                    for victim in victims:
                        try:
                            os.kill(victim, signal.SIGKILL)
                        except ProcessLookupError:
                            pass
                    kills += 1
            sender.communicate()
            left = tocsin.json("notify", "list", "--state", "queued", "--state", "sending", "--limit", "1")["total"]
            if left == 0:
                return kills
        self.fail("not all was sent in time")

    def count(self, server):
        return collections.Counter(entry["id"].strip("<>") for entry in server.delivered())

    def config(self, server):
        return '[team]\nname = "CIRT"\nemail = "cirt@cirt.example"\n' + server.config() + \
            'hold = false\nretry_after = "1s"\n'

    def test_killed_alone_it_sends_each_warning_once(self):
        with MailServer(tls=True, user="tocsin", password="secret", jitter=0.01) as server, \
                Tocsin(config=self.config(server)) as tocsin:
            self.prepare(tocsin)
            kills = self.send_and_kill(tocsin, server, with_postmen=False)
            counted = self.count(server)
            print(f"{kills} kills: {len(counted)} of {ORGANISATIONS} arrived, "
                  f"{sum(n > 1 for n in counted.values())} twice")
            self.assertEqual(len(counted), ORGANISATIONS)
            self.assertGreaterEqual(kills, KILLS // 2, "too few kills to prove anything")
            self.assertEqual(max(counted.values()), 1)
            for state in ("held", "failed", "queued", "sending"):
                self.assertEqual(tocsin.json("notify", "list", "--state", state)["total"], 0, state)
            listed = tocsin.json("notify", "list", "--limit", "1000")["items"]
            self.assertEqual(sum(one["uncertain"] for one in listed), 0)
            self.assertTrue(all(entry["tls"] and entry["auth"] for entry in server.delivered()))

    def test_killed_with_its_postmen_it_sends_nothing_twice_and_says_what_is_uncertain(self):
        with MailServer(jitter=0.01) as server, Tocsin(config=self.config(server)) as tocsin:
            self.prepare(tocsin, lambda i: "abuse")
            kills = self.send_and_kill(tocsin, server, with_postmen=True)
            counted = self.count(server)
            uncertain = {}
            for one in tocsin.json("notify", "list", "--limit", "1000")["items"]:
                if one["uncertain"]:
                    uncertain[tocsin.json("notify", "show", one["id"])["message_id"]] = one["id"]
            missing = ORGANISATIONS - len(counted)
            print(f"{kills} kills with postmen: {len(counted)} of {ORGANISATIONS} arrived, {len(uncertain)} uncertain")
            self.assertEqual(max(counted.values()), 1)
            self.assertEqual(missing, len(set(uncertain) - set(counted)), "what is missing must be said to be uncertain")


if __name__ == "__main__":
    unittest.main()
