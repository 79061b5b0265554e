#!/usr/bin/env python3
"""Two months of a nation: a mailbox, an HTTP feed and a Shadowserver API (real servers on loopback) tell of its machines; owners
in six languages are warned, one by OpenPGP; one answers by mail in words that count, one in words for a person, one in the
portal; who says nothing is escalated; and the figures of repair are the simulation's truth.

The program lives in simulated days: libfaketime gives each command its date."""
import collections
import datetime
import email
import email.message
import email.policy
import email.utils
import hashlib
import hmac
import imaplib
import json
import pathlib
import unittest

from gpg_desk import Gpg
from mail_server import MailServer
from portal_test import PASSWORD, Browser
from repair_test import REPAIRED_AFTER, kaplan_meier, within
from sources_test import Dovecot, Web
from tocsin_process import Tocsin

DAYS = 60
FIRST_DAY = datetime.date(2026, 9, 1)
FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
HEADER = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,hostname_source,sector,banner\n"
KEY, SECRET = "key-5a1", "not-for-the-wire"


class Owner:
    """An organisation: its language, and after how many days each of its machines is repaired (None: never)."""

    def __init__(self, number, language, repairs):
        self.number, self.language, self.repairs = number, language, repairs
        self.name = f"Owner {number} {language}"
        self.mail = f"abuse@o{number}.example"

    def machines(self, day):
        """(address, how it is reported) of what is still open on that day: machine n was first seen on day n % 5."""
        for n, after in enumerate(self.repairs):
            first = n % 5
            if day >= first and (after is None or day < first + after):
                yield self.address(n), n % 3

    def address(self, n):
        return f"10.{self.number}.0.{n + 1}"

    def cases(self):
        """What repair must know at the end: (days until it was gone or last seen, is gone, entered at once)."""
        for n, after in enumerate(self.repairs):
            first = n % 5
            is_known = after is not None and first + after <= DAYS - REPAIRED_AFTER
            last = DAYS if after is None else min(DAYS, first + after)
            yield (after, True, -1) if is_known else (last - 1 - first, False, -1)


AR, ZH, EN, FR, RU, ES = OWNERS = [
    Owner(1, "ar", [9] * 6 + [None] * 3), Owner(2, "zh", [14] * 9), Owner(3, "en", [None] * 9),
    Owner(4, "fr", [5, 5, 5, 20, 20, 20, 40, 40, 40]), Owner(5, "ru", [30] * 9), Owner(6, "es", [7] * 9)]
OPERATOR, REGULATOR = "noc@operator.example", "duty@regulator.example"
RULES = f"""
[[escalation]]
name = "Open and unanswered"
when = {{ organisation = "{EN.name}" }}
steps = [ {{ after = "14d", to = "parent" }}, {{ after = "28d", to = "regulator" }} ]
"""


@unittest.skipUnless(FAKETIME, "libfaketime is not installed (./dev setup)")
class TwoMonths(unittest.TestCase):
    def setUp(self):
        self.web = Web()
        self.addCleanup(self.web.close)
        self.box = Dovecot()
        self.addCleanup(self.box.close)
        self.answers = Dovecot()
        self.addCleanup(self.answers.close)
        self.smtp = MailServer()
        self.addCleanup(self.smtp.__exit__, None, None, None)
        self.desk = Gpg()
        self.addCleanup(self.desk.close)
        self.tocsin = Tocsin(config='[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n' + self.smtp.config() +
                             f'hold = false\nsettle_time = "2h"\n[inbox]\nserver = "imap://127.0.0.1:{self.answers.port}"\nuser = "reports"\n'
                             'password = "pass word"\ntls = "none"\nallow_private = true\n')
        self.tocsin.__enter__()
        self.addCleanup(self.tocsin.__exit__, None, None, None)
        self.tocsin.environment |= {"LD_PRELOAD": str(FAKETIME), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        self.day = 0
        self.web.pages |= {"/telnet.csv": self.http_feed, "/api2/reports/list": self.api_list, "/api2/reports/download": self.api_download}
        self.prepare()

    @property
    def date(self):
        return FIRST_DAY + datetime.timedelta(days=self.day)

    def go_to(self, day, hour=6):
        self.day = day
        self.tocsin.environment["FAKETIME"] = f"@{self.date} {hour:02}:00:00"

    def prepare(self):
        self.go_to(0)
        self.tocsin.run("init")
        tables = {"organisations.csv": "name,kind,language,parent\nRegulator,regulator,en,\nOperator,operator,en,Regulator\n",
                  "resources.csv": "organisation,kind,value\n",
                  "contacts.csv": f"organisation,role,email\nOperator,abuse,{OPERATOR}\nRegulator,duty,{REGULATOR}\n"}
        for owner in OWNERS:
            tables["organisations.csv"] += f"{owner.name},constituent,{owner.language},{'Operator' if owner is EN else ''}\n"
            tables["resources.csv"] += f"{owner.name},prefix,10.{owner.number}.0.0/16\n"
            if owner is not RU:
                tables["contacts.csv"] += f"{owner.name},abuse,{owner.mail}\n"
        for name, text in tables.items():
            (self.tocsin.folder / name).write_text(text)
            self.tocsin.run("org", "import", self.tocsin.folder / name)
        self.tocsin.run("source", "add", "web", "--address", self.web.url + "/telnet.csv", "--feed", "shadowserver/scan_telnet", "--allow-private", "--every", "1d")
        self.tocsin.run("source", "add", "api", "--kind", "shadowserver", "--address", self.web.url + "/api2/", "--allow-private",
                        "--login", KEY, "--secret-stdin", "--days", "1", input=SECRET + "\n")
        self.tocsin.run("source", "add", "box", "--kind", "imap", "--address", f"imap://127.0.0.1:{self.box.port}", "--allow-private", "--allow-http",
                        "--login", "reports", "--secret-stdin", input="pass word\n")
        # The key is older than the story; the reader's GnuPG lives in our days.
        self.desk.make(RU.mail, options=("--faked-system-time", "20260801T000000!"))
        (self.tocsin.folder / "ru.asc").write_bytes(self.desk.public(RU.mail))
        self.tocsin.run("contact", "add", RU.name, "--email", RU.mail, "--key-file", self.tocsin.folder / "ru.asc")
        self.ours = self.tocsin.json("mail-key", "make")["fingerprint"]
        self.desk.run("--import", input=self.tocsin.run("mail-key", "export").encode())
        (self.tocsin.folder / "rules.toml").write_text(RULES)
        self.tocsin.run("rule", "set", self.tocsin.folder / "rules.toml", "--why", "the story's")

    # The three ways in: what a way brings on a day is of one kind, so that each machine has one finding.

    def report(self, way):
        return (HEADER + "".join(
            f"{self.date} 01:02:03,medium,{address},tcp,{23 + way},h{hashlib.sha256(address.encode()).hexdigest()[:12]}.example,telnet,64512,XA,,,0,,,login:\n"
            for owner in OWNERS for address, how in owner.machines(self.day) if how == way)).encode()

    def http_feed(self, handler):
        handler.answer(200, self.report(0), ETag=f'"{self.date}"')

    def signed(self, handler):
        expected = hmac.new(SECRET.encode(), handler.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(handler.headers.get("HMAC2", ""), expected)

    def api_list(self, handler):
        if not self.signed(handler):
            return handler.answer(401, b'{"error": "Invalid HMAC2"}')
        handler.answer(200, json.dumps([{"id": f"r{self.day}", "timestamp": f"{self.date} 00:00:00", "type": "scan_rdp",
                                         "file": f"{self.date}-scan_rdp-xa.csv", "report": "xa", "url": ""}]).encode())

    def api_download(self, handler):
        handler.answer(200, self.report(1)) if self.signed(handler) else handler.answer(401, b"{}")

    def live_a_day(self):
        self.box.put(f"ssh {self.date}", attachments=[(f"{self.date}-scan_ssh-xa.csv", self.report(2))])
        done = [json.loads(line) for line in self.tocsin.run("source", "run", "web", "api", "box", "--json").splitlines()]
        self.assertEqual([one["taken"] for one in done], [1, 1, 1], self.day)
        self.tocsin.run("notify", "plan")
        self.tocsin.run("notify", "send")

    # What owners do

    def mails_to(self, address):
        return [self.smtp.message(one) for one in self.smtp.delivered() if one["to"] == [address]]

    def reply(self, owner, text):
        message = email.message.EmailMessage()
        message["From"], message["To"] = owner.mail, self.mails_to(owner.mail)[0]["Reply-To"]
        message["Subject"], message["Message-ID"] = "Re:", email.utils.make_msgid(domain=f"o{owner.number}.example")
        message.set_content(text)
        arrived = datetime.datetime.combine(self.date, datetime.time(14), datetime.timezone.utc)
        with self.answers.open() as box:
            box.append("INBOX", None, imaplib.Time2Internaldate(arrived), message.as_bytes())
        self.tocsin.run("inbox", "check")

    def say_in_the_portal(self):
        self.tocsin.run("user", "add", "amal", "--role", "constituent", "--organisation", AR.name, "--rights", "editor", "--language", "ar", "--password-stdin",
                        input=PASSWORD)
        self.tocsin.start()
        browser = Browser(self.tocsin, "ar")
        browser.sign_in("amal")
        page = browser.get("/portal/findings?state=open")
        self.assertEqual(page.direction, "rtl")
        self.assertNotIn("10.2.0.", page.text)
        last = next(link for link in browser.get(f"/portal/findings?q={AR.address(8)}").links if link and "/portal/findings/" in link)
        page = browser.get(last)
        browser.submit(page.form("text"), said="not_ours", text="ليس لنا")
        self.assertEqual(browser.status, 200)
        self.assertEqual(self.tocsin.stop(), 0)

    def test_owners_are_warned_answer_repair_and_the_figures_are_the_truth(self):
        for day in range(DAYS):
            self.go_to(day)
            self.live_a_day()
            self.go_to(day, hour=15)
            if day == 9:
                self.reply(ES, "Reparado\n\n> false positive\n")
                self.reply(FR, "Nous attendons la livraison des nouveaux boîtiers.\n")
            if day == 20:
                self.say_in_the_portal()
        self.check_messages()
        self.check_answers()
        self.check_escalations()
        self.check_repair()
        self.assertEqual(self.tocsin.call("audit", "verify").returncode, 0)

    def check_messages(self):
        delivered = self.smtp.delivered()
        self.assertEqual(len({one["id"] for one in delivered}), len(delivered), "nothing twice")
        for owner in OWNERS:
            mails = self.mails_to(owner.mail)
            # New ones on each of the first five days, and reminders of what is still open later on.
            self.assertGreaterEqual(len(mails), 5, owner.name)
            if owner is RU:
                continue
            text = "".join(mail.get_body(("plain",)).get_content() + next(mail.iter_attachments()).get_content() for mail in mails)
            self.assertEqual({mail["Content-Language"] for mail in mails}, {owner.language})
            for n in range(len(owner.repairs)):
                self.assertIn(owner.address(n), text)
            for other in OWNERS:
                self.assertTrue(other is owner or f"10.{other.number}.0." not in text, "nobody reads another's")
        for one in delivered:
            if one["to"] != [RU.mail]:
                continue
            raw = pathlib.Path(one["file"]).read_bytes()
            self.assertNotIn(b"10.5.0.", raw)
            plain, status = self.desk.decrypt(email.message_from_bytes(raw, policy=email.policy.default).get_payload(1).get_payload(decode=True))
            self.assertIn(f"VALIDSIG {self.ours}", status)
            inside = email.message_from_bytes(plain, policy=email.policy.default)
            self.assertEqual(inside["Content-Language"], "ru")
            self.assertIn("10.5.0.", inside.get_body(("plain",)).get_content())

    def check_answers(self):
        names = {one["id"]: one["name"] for one in self.tocsin.json("org", "list")["items"]}
        found = self.tocsin.json("finding", "list", "--limit", "100")["items"]
        said = collections.Counter((names[one["organisation"]], one["said"]) for one in found if one.get("said"))
        self.assertGreaterEqual(said[ES.name, "repaired"], 1)
        self.assertEqual(said[AR.name, "not_ours"], 1)
        waiting = self.tocsin.json("inbox", "list")["items"]
        self.assertEqual([one["sender"] for one in waiting], [FR.mail], "words for a person wait for one")

    def check_escalations(self):
        for address, after in ((OPERATOR, 14), (REGULATOR, 28)):
            mails = self.mails_to(address)
            text = "".join(next(mail.iter_attachments()).get_content() for mail in mails)
            for n in range(len(EN.repairs)):
                self.assertIn(EN.address(n), text)
            dates = sorted(email.utils.parsedate_to_datetime(mail["Date"]).date() for mail in mails)
            self.assertGreaterEqual((dates[0] - FIRST_DAY).days, after)
            self.assertLessEqual((dates[0] - FIRST_DAY).days, after + 1)
            self.assertEqual(len({line for line in text.splitlines() if "10.3.0." in line}), text.count("10.3.0."), "each goes up once")
        self.assertNotIn("10.1.0.", "".join(str(mail) for mail in self.mails_to(REGULATOR)))

    def check_repair(self):
        groups = {one["name"]: one for one in self.tocsin.json("repair", "show", "--by", "organisation")["groups"]}
        for owner in OWNERS:
            shown, cases = groups[owner.name], list(owner.cases())
            self.assertEqual(shown["findings"], len(cases), owner.name)
            self.assertEqual(shown["warned"], len(cases), owner.name)
            self.assertEqual(shown["standings"]["repaired"], sum(1 for one in cases if one[1]), owner.name)
            curve = kaplan_meier(cases)
            for days in (7, 30):
                self.assertAlmostEqual(shown[f"within_{days}"]["value"], within(curve, days), places=5, msg=owner.name)
            median = next((at for at, share in sorted(curve.items()) if share <= 0.5), None)
            self.assertEqual((shown["median_days"] or {}).get("value"), median, owner.name)
        self.assertEqual(groups[AR.name]["standings"]["disputed"], 1)
        self.assertEqual(groups[AR.name]["standings"]["silent"], 2)
        self.assertEqual(groups[EN.name]["standings"]["silent"], 9)


if __name__ == "__main__":
    unittest.main(verbosity=2)
