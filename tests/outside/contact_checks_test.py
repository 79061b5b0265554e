#!/usr/bin/env python3
"""Contacts are asked by mail whether they are still right: once, in their language; a button confirms it; no kill makes it twice."""
import datetime
import os
import random
import re
import signal
import subprocess
import time
import unittest

from mail_server import MailServer
from tocsin_process import Tocsin, wait_until

KILLS = int(os.environ.get("TOCSIN_KILLS", "10"))
FORM = {"content-type": "application/x-www-form-urlencoded"}


def config(server, extra=""):
    return '[team]\nname = "CIRT"\nemail = "cirt@cirt.example"\n' + server.config() + extra


def in_days(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class ContactChecks(unittest.TestCase):
    def contact(self, tocsin, address, days, *words):
        return tocsin.json("contact", "add", "First Bank", "--email", address, "--expires", in_days(days), *words)["id"]

    def test_a_contact_is_asked_once_and_its_button_renews_it(self):
        with MailServer() as server, Tocsin(config=config(server)) as tocsin:
            tocsin.run("init")
            tocsin.run("org", "add", "First Bank", "--kind", "constituent", "--language", "fr")
            soon = self.contact(tocsin, "abuse@bank.example", 20)
            self.contact(tocsin, "arab@bank.example", 10, "--language", "ar", "--role", "security")
            self.contact(tocsin, "later@bank.example", 60)
            self.contact(tocsin, "over@bank.example", -1)
            self.contact(tocsin, "no@unwanted.example", 5)
            tocsin.run("do-not-contact", "add", "unwanted.example", "--reason", "they asked")
            dry = {one["address"]: one for one in tocsin.json("contact", "remind", "--dry-run")["items"]}
            self.assertEqual(set(dry), {"abuse@bank.example", "arab@bank.example", "no@unwanted.example"})
            self.assertIn("not to be contacted", dry["no@unwanted.example"]["left_out"])
            self.assertEqual(server.delivered(), [])
            self.assertEqual(tocsin.json("contact", "remind")["sent"], 2)
            self.assertEqual(tocsin.json("contact", "remind")["sent"], 0, "nobody is asked twice about the same")
            entries = {entry["to"][0]: server.message(entry) for entry in server.delivered()}
            self.assertEqual(set(entries), {"abuse@bank.example", "arab@bank.example"})
            self.assertIn("toujours juste", entries["abuse@bank.example"]["Subject"])
            self.assertIn('dir="rtl"', entries["arab@bank.example"].get_body(("html",)).get_content())
            text = entries["abuse@bank.example"].get_body(("plain",)).get_content()
            path = re.search(r"/o/check/[A-Za-z0-9_-]+", text).group(0)
            self.assertIn("/portal", text)
            tocsin.start()
            page = tocsin.http("GET", path)
            self.assertEqual(page.status, 200)
            self.assertNotIn("<script", page.text)
            self.assertIn('lang="fr"', page.text)
            self.assertIn("abuse@bank.example", page.text)
            self.assertEqual(page.headers["cache-control"], "no-store")
            self.assertIn('dir="rtl"', tocsin.http("GET", path + "?lang=ar").text)
            key = tocsin.add_key("administrator")
            expires = lambda: tocsin.http("GET", f"/api/v1/contacts/{soon}", key=key).json["expires"]
            before = expires()
            self.assertEqual(tocsin.http("POST", path[:-4] + "AAAA", body="right=yes", headers=FORM).status, 404)
            self.assertEqual(tocsin.http("POST", path, body="right=yes", headers={
                **FORM, "sec-fetch-site": "cross-site"}).status, 403)
            self.assertEqual(expires(), before, "looking confirms nothing")
            self.assertEqual(tocsin.http("POST", path, body="right=yes", headers=FORM).status, 303)
            renewed = expires()
            self.assertGreater(renewed, in_days(360))
            self.assertIn("Merci", tocsin.http("GET", path).text)
            tocsin.http("POST", path, body="right=yes", headers=FORM)
            self.assertEqual(expires(), renewed, "pressed again it changes nothing")
            self.assertIn("link:", tocsin.run("audit", "list"))
            log = tocsin.http("GET", "/api/v1/disclosures", key=key).text
            self.assertIn("letter", log)

    def test_the_server_asks_by_itself_only_when_it_is_set(self):
        with MailServer() as server, Tocsin(config=config(server, "[contacts]\nask = true\n")) as tocsin:
            tocsin.run("init")
            tocsin.run("org", "add", "First Bank", "--kind", "constituent")
            self.contact(tocsin, "abuse@bank.example", 20)
            tocsin.start()
            wait_until(server.delivered, 20, "a letter")
            tocsin.stop()
            self.assertEqual(len(server.delivered()), 1)
        with MailServer() as server, Tocsin(config=config(server)) as tocsin:
            tocsin.run("init")
            tocsin.run("org", "add", "First Bank", "--kind", "constituent")
            self.contact(tocsin, "abuse@bank.example", 20)
            tocsin.start()
            time.sleep(0.5)
            tocsin.stop()
            self.assertEqual(server.delivered(), [])

    def test_killed_while_it_asks_nobody_is_asked_twice(self):
        count = 25
        with MailServer(jitter=0.01) as server, Tocsin(config=config(server)) as tocsin:
            tocsin.run("init")
            tocsin.run("org", "add", "First Bank", "--kind", "constituent")
            rows = "organisation,email,role,expires\n" + "".join(
                f"First Bank,c{i}@bank.example,other,{in_days(20)}\n" for i in range(count))
            path = tocsin.folder / "contacts.csv"
            path.write_text(rows)
            tocsin.run("org", "import", path)
            chance = random.Random(7)
            kills = 0
            for _ in range(KILLS):
                sender = subprocess.Popen(tocsin.words("contact", "remind", "--json"), stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL, env=tocsin.environment)
                time.sleep(chance.uniform(0.05, 0.35))
                if sender.poll() is None:
                    sender.send_signal(signal.SIGKILL)
                    kills += 1
                sender.wait()
            tocsin.run("contact", "remind")
            to = [entry["to"][0] for entry in server.delivered()]
            print(f"{kills} kills: {len(set(to))} of {count} asked, {len(to) - len(set(to))} twice")
            self.assertEqual(len(to), len(set(to)))
            self.assertEqual(len(to), count)


if __name__ == "__main__":
    unittest.main()
