#!/usr/bin/env python3
"""Warnings on their way to a real mail server: TLS, log-in, refusals now and for good, and files without a server."""
import email
import email.policy
import re
import time
import unittest

from kill_send_test import report
from mail_server import MailServer
from tocsin_process import Tocsin

MAILBOXES = ["abuse", "gone-abuse", "spam-abuse", "full-abuse", "grey-abuse", "cut-abuse", "slow-abuse"]
LANGUAGES = ["en", "fr", "ar", "en", "en", "en", "en"]


def prepare(tocsin):
    tocsin.run("init")
    files = {"organisations.csv": "name,kind,language\n", "resources.csv": "organisation,kind,value\n",
             "contacts.csv": "organisation,role,email\n"}
    for i, mailbox in enumerate(MAILBOXES):
        files["organisations.csv"] += f"Organisation {i},constituent,{LANGUAGES[i]}\n"
        files["resources.csv"] += f"Organisation {i},prefix,10.0.{i}.0/24\n"
        files["contacts.csv"] += f"Organisation {i},abuse,{mailbox}@o{i}.example\n"
    files["contacts.csv"] += "Organisation 1,management,boss@o1.example\n"
    for name, text in files.items():
        (tocsin.folder / name).write_text(text)
        tocsin.run("org", "import", tocsin.folder / name)
    path = tocsin.folder / "2026-11-22-scan_telnet-example.csv"
    path.write_text(report(len(MAILBOXES)))
    tocsin.run("ingest", path)


def states(tocsin):
    return {one["organisation"]["name"][-1]: one for one in tocsin.json("notify", "list")["items"]}


class Mail(unittest.TestCase):
    def config(self, extra):
        return '[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n' + extra

    def test_each_answer_of_a_server_is_understood(self):
        with MailServer(tls=True, user="tocsin", password="secret") as server, \
                Tocsin(config=self.config(server.config() + 'hold = false\nretry_after = "1s"\n')) as tocsin:
            prepare(tocsin)
            self.assertEqual(tocsin.json("notify", "plan")["notifications"], len(MAILBOXES))
            tocsin.json("notify", "send")
            found = states(tocsin)
            self.assertEqual(found["0"]["state"], "sent")
            self.assertEqual(found["2"]["state"], "failed")
            self.assertIn("554", found["2"]["error"])
            self.assertEqual(found["3"]["state"], "queued")
            self.assertIn("452", found["3"]["error"])
            until = time.monotonic() + 20  # greylisted: taken at the second attempt
            while found["4"]["state"] != "sent" and time.monotonic() < until:
                time.sleep(0.5)
                tocsin.json("notify", "send")
                found["4"] = states(tocsin)["4"]
            self.assertEqual(found["4"]["state"], "sent")
            self.assertEqual(found["4"]["attempts"], 2)
            self.assertEqual(found["5"]["state"], "held")
            self.assertTrue(found["5"]["uncertain"])
            self.assertEqual(found["6"]["state"], "sent")
            self.assertEqual(found["1"]["state"], "sent", "the next contact is tried when a mailbox is gone")
            self.assertEqual(found["1"]["to"], ["boss@o1.example"])
            self.assertTrue(all(entry["tls"] and entry["auth"] for entry in server.delivered()))
            entry = next(one for one in server.delivered() if one["to"] == ["abuse@o0.example"])
            message = server.message(entry)
            self.assertIn("TLP:AMBER", message["Subject"])
            self.assertEqual(message["Auto-Submitted"], "auto-generated")
            self.assertIn("10.0.0.7", message.get_body(("plain",)).get_content())
            self.assertIn("10.0.0.7", next(message.iter_attachments()).get_content())

    def test_a_wrong_password_or_certificate_holds_everything_back(self):
        with MailServer(tls=True, user="tocsin", password="secret") as server:
            wrong = server.config().replace('password = "secret"', 'password = "other"')
            stranger = re.sub(r"ca_file.*\n", "", server.config())
            for config in (wrong, stranger):
                with Tocsin(config=self.config(config + "hold = false\n")) as tocsin:
                    prepare(tocsin)
                    tocsin.run("notify", "plan")
                    done = tocsin.call("notify", "send")
                    self.assertEqual(done.returncode, 1)
                    self.assertIn("can't be used", done.stderr)
                    self.assertEqual({one["state"] for one in states(tocsin).values()}, {"queued"})
            self.assertEqual(server.delivered(), [])

    def test_without_a_server_messages_become_files(self):
        with Tocsin(config=self.config("")) as tocsin:
            prepare(tocsin)
            tocsin.run("notify", "plan")
            self.assertEqual(tocsin.json("notify", "send")["sent"], 0, "held for approval")
            tocsin.run("notify", "approve", "--all")
            self.assertEqual(tocsin.json("notify", "send")["sent"], len(MAILBOXES))
            files = sorted((tocsin.data / "outbox").glob("*.eml"))
            self.assertEqual(len(files), len(MAILBOXES))
            for path in files:
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                self.assertEqual(message["Message-ID"], f"<{path.stem}>")
                self.assertEqual(message.defects, [])
                self.assertEqual([part.get_content_type() for part in message.walk() if not part.is_multipart()],
                                 ["text/plain", "text/html", "text/csv"])
                if message["Content-Language"] == "ar":
                    self.assertIn('dir="rtl"', message.get_body(("html",)).get_content())


if __name__ == "__main__":
    unittest.main()
