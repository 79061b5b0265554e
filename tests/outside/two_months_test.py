#!/usr/bin/env python3
"""Two months of a nation: a mailbox, an HTTP feed and a Shadowserver API (real servers on loopback) tell of its machines; owners
in six languages are warned, some repair, some answer; the figures come out as the simulation's truth says they must.

The program lives in simulated days: libfaketime gives each command its date. TOCSIN_STORY_DAYS says how many (60)."""
import datetime
import email
import email.policy
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import unittest

from mail_server import MailServer
from sources_test import Dovecot, Web
from tocsin_process import Tocsin

DAYS = int(os.environ.get("TOCSIN_STORY_DAYS", "60"))
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
                yield f"10.{self.number}.0.{n + 1}", n % 3


OWNERS = [Owner(1, "ar", [9] * 6 + [None] * 3), Owner(2, "zh", [14] * 9), Owner(3, "en", [None] * 9),
          Owner(4, "fr", [5, 5, 5, 20, 20, 20, 40, 40, 40]), Owner(5, "ru", [30] * 9), Owner(6, "es", [7] * 9)]


@unittest.skipUnless(FAKETIME, "libfaketime is not installed (./dev setup)")
class TwoMonths(unittest.TestCase):
    def setUp(self):
        self.web = Web()
        self.addCleanup(self.web.close)
        self.box = Dovecot()
        self.addCleanup(self.box.close)
        self.smtp = MailServer().__enter__()
        self.addCleanup(self.smtp.__exit__, None, None, None)
        self.tocsin = Tocsin(config='[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n' + self.smtp.config() +
                             'hold = false\n')
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
        tables = {"organisations.csv": "name,kind,language\n", "resources.csv": "organisation,kind,value\n", "contacts.csv": "organisation,role,email\n"}
        for owner in OWNERS:
            tables["organisations.csv"] += f"{owner.name},constituent,{owner.language}\n"
            tables["resources.csv"] += f"{owner.name},prefix,10.{owner.number}.0.0/16\n"
            tables["contacts.csv"] += f"{owner.name},abuse,{owner.mail}\n"
        for name, text in tables.items():
            (self.tocsin.folder / name).write_text(text)
            self.tocsin.run("org", "import", self.tocsin.folder / name)
        self.tocsin.run("source", "add", "web", "--address", self.web.url + "/telnet.csv", "--feed", "shadowserver/scan_telnet", "--allow-private", "--every", "1d")
        self.tocsin.run("source", "add", "api", "--kind", "shadowserver", "--address", self.web.url + "/api2/", "--allow-private",
                        "--login", KEY, "--secret-stdin", "--days", "1", input=SECRET + "\n")
        self.tocsin.run("source", "add", "box", "--kind", "imap", "--address", f"imap://127.0.0.1:{self.box.port}", "--allow-private", "--allow-http",
                        "--login", "reports", "--secret-stdin", input="pass word\n")

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
        for source in ("web", "api", "box"):
            self.assertEqual(self.tocsin.json("source", "run", source)["taken"], 1, (source, self.day))
        self.tocsin.run("notify", "plan")
        self.tocsin.run("notify", "send")

    def test_owners_are_warned_and_the_figures_are_the_truth(self):
        for day in range(DAYS):
            self.go_to(day)
            self.live_a_day()
        mails = self.smtp.delivered()
        print(len(mails), "mails")


if __name__ == "__main__":
    unittest.main(verbosity=2)
