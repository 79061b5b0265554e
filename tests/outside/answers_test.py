#!/usr/bin/env python3
"""What comes back by mail: a real mail server takes the warnings, a real mailbox (Dovecot) holds the answers.

Owners answer in French and Arabic below quoted text, a mail server gives a mail back, a machine answers that somebody is
away, somebody forges a token, and the program is killed in between: nothing is lost, nothing counts twice.
"""
import email.message
import email.utils
import json
import os
import random
import time
import unittest

from kill_send_test import report
from mail_server import MailServer
from sources_test import Dovecot
from tocsin_process import Tocsin, wait_until

KILLS = int(os.environ.get("TOCSIN_INBOX_KILLS", "6"))
LANGUAGES = ["fr", "ar", "en", "en", "en"]
FRENCH = """C'est corrigé.

Nous avons fermé le port et changé le mot de passe.

--\u0020
Ada Martin, réseau

Le lun. 23 nov. 2026 à 06:00, CIRT of Freedonia <cirt@cirt.example> a
écrit :

> faux positif
> https://cirt.example/o/old
"""
ARABIC = """تم الإصلاح

‫في الاثنين، 23 نوفمبر 2026 كتب CIRT <cirt@cirt.example>:‬
> ليست لنا
"""


def mail(sender, to, text, subject="Re: findings", **headers):
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = email.utils.make_msgid(domain="owner.example")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return bytes(message)


def returned(to, recipient, status, diagnostic, action="failed"):
    return (f"Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.owner.example>\r\nTo: {to}\r\nSubject: "
            f"Undelivered Mail\r\nMessage-ID: {email.utils.make_msgid(domain='mx.owner.example')}\r\nAuto-Submitted: "
            "auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
            f"\r\n--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n"
            f"\r\nReporting-MTA: dns; mx.owner.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: "
            f"{status}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n\r\n--b--\r\n").encode()


class Answers(unittest.TestCase):
    def setUp(self):
        self.box = Dovecot()
        self.addCleanup(self.box.close)
        self.server = MailServer()
        self.addCleanup(self.server.__exit__)
        self.tocsin = Tocsin(config=self.config())
        self.tocsin.__enter__()
        self.addCleanup(self.tocsin.__exit__, None, None, None)

    def config(self, more=""):
        return ('[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n' + self.server.config() +
                'hold = false\nretry_after = "1s"\n[server]\npublic_url = "https://cirt.example"\n[inbox]\n'
                f'server = "imap://127.0.0.1:{self.box.port}"\nuser = "reports"\npassword = "pass word"\ntls = "none"\n'
                'allow_private = true\nevery = "1s"\n' + more)

    def warn(self, organisations=len(LANGUAGES)):
        """Warns so many organisations; gives what each one got: by number, the mail and the envelope's sender."""
        self.tocsin.run("init")
        files = {"organisations.csv": "name,kind,language\n", "resources.csv": "organisation,kind,value\n",
                 "contacts.csv": "organisation,role,email\n"}
        for i in range(organisations):
            language = LANGUAGES[i] if i < len(LANGUAGES) else "en"
            files["organisations.csv"] += f"Organisation {i},constituent,{language}\n"
            files["resources.csv"] += f"Organisation {i},prefix,10.0.{i}.0/24\n"
            files["contacts.csv"] += f"Organisation {i},abuse,abuse@o{i}.example\n"
        files["contacts.csv"] += "Organisation 2,management,boss@o2.example\n"
        for name, text in files.items():
            (self.tocsin.folder / name).write_text(text)
            self.tocsin.run("org", "import", self.tocsin.folder / name)
        path = self.tocsin.folder / "2026-11-22-scan_telnet-example.csv"
        path.write_text(report(organisations))
        self.tocsin.run("ingest", path)
        self.assertEqual(self.tocsin.json("notify", "plan")["notifications"], organisations)
        self.assertEqual(self.tocsin.json("notify", "send")["sent"], organisations)
        got = {}
        for entry in self.server.delivered():
            number = int(entry["to"][0].split("@o")[1].split(".")[0])
            message = self.server.message(entry)
            got[number] = {"reply_to": email.utils.parseaddr(message["Reply-To"])[1], "from": entry["from"],
                           "id": message["Message-ID"], "text": message.get_body(("plain",)).get_content()}
        return got

    def put(self, *mails):
        with self.box.open() as box:
            for one in mails:
                self.assertEqual(box.append("INBOX", None, None, one)[0], "OK")

    def notification(self, number):
        listed = self.tocsin.json("notify", "list")["items"]
        one = next(one for one in listed if one["organisation"]["name"] == f"Organisation {number}")
        return self.tocsin.json("notify", "show", one["id"])

    def test_each_mail_that_comes_back_is_understood(self):
        got = self.warn()
        self.assertRegex(got[0]["reply_to"], r"^cirt\+r\d+-[a-z2-7]{16}@cirt\.example$")
        self.assertRegex(got[0]["from"], r"^cirt\+b\d+-[a-z2-7]{16}@cirt\.example$")
        self.assertIn("corrigé", got[0]["text"])
        self.assertIn("إنذار كاذب", got[1]["text"])
        start, end = got[3]["reply_to"].split("-")
        forged = f"{start}-{'b' if end[0] == 'a' else 'a'}{end[1:]}"
        self.put(mail("Ada <abuse@o0.example>", got[0]["reply_to"], FRENCH),
                 mail("abuse@o1.example", "cirt@cirt.example", ARABIC, In_Reply_To=got[1]["id"]),
                 returned(got[2]["from"], "abuse@o2.example", "5.1.1", "550 5.1.1 no such user"),
                 mail("abuse@o3.example", got[3]["reply_to"], "repaired", subject="Automatic reply: findings",
                      Auto_Submitted="auto-replied"),
                 mail("abuse@o3.example", forged, "repaired"),
                 mail("eve@elsewhere.example", got[4]["reply_to"], "not ours"),
                 mail("someone@elsewhere.example", "cirt@cirt.example", "Do you have a phone number?"))
        done = self.tocsin.json("inbox", "check")
        self.assertEqual(done, {"read": 7, "known": 0, "answers": 2, "bounces": 1, "automatic": 1, "unmatched": 3})
        french, arabic = self.notification(0), self.notification(1)
        answer = french["answers"][0]
        self.assertEqual(answer["said"], "repaired")
        self.assertEqual(answer["text"], "C'est corrigé.\n\nNous avons fermé le port et changé le mot de passe.")
        self.assertEqual((arabic["answers"][0]["said"], arabic["answers"][0]["text"]), ("repaired", "تم الإصلاح"))
        names = {one["id"]: one["name"] for one in self.tocsin.json("org", "list")["items"]}
        findings = {names[one["organisation"]]: one for one in self.tocsin.json("finding", "list")["items"]}
        self.assertEqual(findings["Organisation 0"]["said"], "repaired")
        self.assertEqual([findings[f"Organisation {i}"].get("said") for i in (2, 3, 4)], [None] * 3)
        returned_one = self.notification(2)["notification"]
        self.assertEqual((returned_one["state"], returned_one["to"]), ("queued", ["boss@o2.example"]))
        self.tocsin.run("notify", "send")
        self.assertEqual(self.server.delivered()[-1]["to"], ["boss@o2.example"])
        bounce = self.tocsin.json("bounce", "list")["items"][0]
        self.assertEqual((bounce["address"], bounce["permanent"], bounce["unused"]), ("abuse@o2.example", 1, False))
        waiting = {one["doubt"]: one for one in self.tocsin.json("inbox", "list")["items"]}
        self.assertEqual(set(waiting), {None, "forged", "unknown_sender", "no_token"})
        self.assertEqual(waiting[None]["sender"], "abuse@o0.example")
        self.assertIn("unknown sender", self.tocsin.run("inbox", "show", waiting["unknown_sender"]["id"]))
        self.tocsin.run("inbox", "handle", waiting["unknown_sender"]["id"], "--said", "not_ours", "--note", "asked by phone")
        self.assertEqual(self.notification(4)["answers"][0]["said"], "not_ours")
        self.assertEqual(self.tocsin.json("inbox", "check")["read"], 0)
        self.assertEqual(len(self.server.delivered()), len(LANGUAGES) + 1, "nothing was answered")

    def test_a_file_is_taken_once(self):
        got = self.warn(3)
        path = self.tocsin.folder / "answer.eml"
        path.write_bytes(mail("abuse@o2.example", got[2]["reply_to"].upper(), "Fixed!"))
        first = self.tocsin.json("inbox", "take", path)
        self.assertEqual((first["kind"], first["said"], first["waits"]), ("answer", "repaired", False))
        self.assertEqual(self.tocsin.json("inbox", "take", path)["id"], first["id"])
        self.assertEqual(len(self.notification(2)["answers"]), 1)

    def test_an_address_that_mail_comes_back_from_again_and_again_is_left_alone(self):
        (self.tocsin.folder / "tocsin.toml").write_text(self.config("most_bounces = 1\n"))
        got = self.warn(3)
        self.put(returned(got[1]["from"], "abuse@o1.example", "5.1.1", "550 5.1.1 no such user"))
        self.tocsin.run("inbox", "check")
        self.assertEqual(self.notification(1)["notification"]["state"], "failed")
        path = self.tocsin.folder / "2026-11-23-scan_telnet-example.csv"
        path.write_text(report(3).replace(".7\"", ".8\"").replace("11-22", "11-23"))
        self.tocsin.run("ingest", path)
        reasons = str(self.tocsin.json("notify", "plan", "--ignore-interval")["left_out"])
        self.assertIn("came back", reasons)
        self.tocsin.run("bounce", "clear", "abuse@o1.example")
        self.assertEqual(self.tocsin.json("bounce", "list")["items"], [])

    def test_kills_lose_no_mail_and_double_none(self):
        dice = random.Random(20261127)
        got = self.warn(KILLS * 4)
        self.put(mail("early@elsewhere.example", "cirt@cirt.example", "first"))
        self.tocsin.json("inbox", "check")
        key = self.tocsin.add_key("analyst")
        for kill in range(KILLS):
            numbers = range(kill * 4, kill * 4 + 4)
            self.put(*[mail(f"abuse@o{i}.example", got[i]["reply_to"], "Repaired") for i in numbers])
            self.tocsin.start()
            if kill % 2:
                wait_until(lambda: self.tocsin.http("GET", "/api/v1/inbox/count", key=key).json["count"] > kill * 4,
                           what="the first of the mails")
            time.sleep(dice.random() * 0.2)
            self.tocsin.kill()
        self.tocsin.json("inbox", "check")
        for i in range(KILLS * 4):
            self.assertEqual(len(self.notification(i)["answers"]), 1, i)
        self.assertEqual(self.tocsin.json("inbox", "list", "--all")["total"], KILLS * 4 + 1)
        seen = [line for line in self.box.flags() if "Seen" in line]
        self.assertEqual(len(seen), KILLS * 4 + 1)

    def test_rest_shows_what_waits_and_a_viewer_is_refused(self):
        got = self.warn(3)
        self.put(mail("abuse@o2.example", got[2]["reply_to"], "We are looking at it."))
        self.tocsin.start()
        key = self.tocsin.add_key("analyst")
        wait_until(lambda: self.tocsin.http("GET", "/api/v1/inbox/count?waiting=yes", key=key).json["count"] == 1, what="the mail")
        listed = self.tocsin.http("GET", "/api/v1/inbox?waiting=yes", key=key).json["items"]
        self.assertEqual(listed[0]["text"], "We are looking at it.")
        today = self.tocsin.http("GET", "/api/v1/today", key=key).json
        self.assertEqual(today["waiting"]["mails"], 1)
        self.assertIn("mail", [one["what"] for one in today["due"]])
        viewer = self.tocsin.add_key("viewer")
        self.assertEqual(self.tocsin.http("GET", "/api/v1/inbox", key=viewer).status, 403)
        path = f"/api/v1/inbox/{listed[0]['id']}"
        answer = self.tocsin.http("POST", path + "/handle", {"note": "read"}, key=key)
        self.assertEqual((answer.status, answer.json["waits"]), (200, False), answer)
        self.assertEqual(self.tocsin.http("POST", path + "/handle", {}, key=key).status, 409)
        self.assertEqual(json.loads(self.tocsin.http("GET", path, key=key).text)["note"], "read")


if __name__ == "__main__":
    unittest.main()
