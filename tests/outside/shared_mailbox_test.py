#!/usr/bin/env python3
"""Contacts that share a mailbox get one letter: told by what an SMTP server took, and by the record of whom it was for."""
import unittest

import sealed_mail_test
from gpg_desk import Gpg
from kill_send_test import report
from mail_server import MailServer
from tocsin_process import Tocsin

RULE = '[[rule]]\nname = "desks"\nwhen = { organisation = "*" }\nto_roles = ["abuse", "security", "technical"]\n'


class SharedMailbox(unittest.TestCase):
    raw, opened = sealed_mail_test.Sealed.raw, sealed_mail_test.Sealed.opened

    def start(self, count=1, rule=""):
        server = MailServer()
        self.addCleanup(server.__exit__)
        config = '[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n' + server.config() + 'hold = false\nretry_after = "1s"\n'
        tocsin = Tocsin(config=config)
        self.addCleanup(tocsin.__exit__, None, None, None)
        tocsin.run("init")
        for i in range(count):
            tocsin.run("org", "add", f"Organisation {i}", "--kind", "constituent", "--language", "en")
            tocsin.run("resource", "add", f"Organisation {i}", f"10.0.{i}.0/24", "--verified")
        path = tocsin.folder / "2026-11-22-scan_telnet-example.csv"
        path.write_text(report(count))
        tocsin.run("ingest", path)
        if rule:
            (tocsin.folder / "rules.toml").write_text(rule)
            tocsin.run("rule", "set", tocsin.folder / "rules.toml", "--why", "desks")
        return tocsin, server

    def contact(self, tocsin, address, *more, organisation="Organisation 0"):
        return tocsin.json("contact", "add", organisation, "--email", address, *more)["id"]

    def send(self, tocsin):
        made = tocsin.json("notify", "plan")
        self.assertEqual(tocsin.json("notify", "send")["sent"], made["notifications"])

    def told(self, tocsin, number):
        """What the record says of the making of a notification."""
        return [one["text"] for one in tocsin.json("notify", "show", number)["timeline"] if one["what"] == "created"][0]

    def test_one_mailbox_in_three_roles_gets_one_letter_and_the_record_names_all_three(self):
        tocsin, server = self.start(rule=RULE)
        numbers = [self.contact(tocsin, address, "--role", role) for address, role in
                   (("desk@o0.example", "abuse"), ("Desk@O0.example", "security"), ("desk@o0.example", "technical"))]
        other = self.contact(tocsin, "soc@o0.example", "--role", "security")
        self.send(tocsin)
        entry, = server.delivered()
        self.assertEqual(sorted(entry["to"]), ["desk@o0.example", "soc@o0.example"])
        kept, = tocsin.json("notify", "list")["items"]
        words = self.told(tocsin, kept["id"])
        self.assertIn(f"one letter for #{numbers[0]} abuse, #{numbers[1]} security, #{numbers[2]} technical", words)
        self.assertNotIn(f"#{other} ", words)

    def test_another_language_is_another_letter(self):
        tocsin, server = self.start()
        for language in ("en", "fr", "en"):
            self.contact(tocsin, "desk@o0.example", "--role", "abuse", "--language", language, "--name", f"Desk {language}")
        self.send(tocsin)
        self.assertEqual([entry["to"] for entry in server.delivered()], [["desk@o0.example"]] * 2)
        self.assertEqual(sorted(one["language"] for one in tocsin.json("notify", "list")["items"]), ["en", "fr"])

    def test_a_key_goes_with_the_mailbox_and_all_who_share_it_can_read(self):
        desks = [Gpg(), Gpg()]
        tocsin, server = self.start()
        keys = []
        for i, desk in enumerate(desks):
            self.addCleanup(desk.close)
            desk.make("desk@o0.example")
            path = tocsin.folder / f"{i}.asc"
            path.write_bytes(desk.public("desk@o0.example"))
            keys.append(path)
        self.contact(tocsin, "desk@o0.example", "--role", "abuse", "--name", "Night")
        self.contact(tocsin, "desk@o0.example", "--role", "abuse", "--name", "Day", "--key-file", keys[0])
        self.contact(tocsin, "desk@o0.example", "--role", "security", "--key-file", keys[1])
        self.contact(tocsin, "plain@o0.example", "--role", "abuse")
        self.send(tocsin)
        entries = {tuple(entry["to"]): self.raw(entry) for entry in server.delivered()}
        self.assertEqual(set(entries), {("desk@o0.example",), ("plain@o0.example",)})
        self.assertEqual(len(server.delivered()), 2, "one letter for each way of reading")
        self.assertNotIn(sealed_mail_test.ADDRESS, entries[("desk@o0.example",)])
        for desk in desks:
            self.reader = desk
            inside, _ = self.opened(entries[("desk@o0.example",)])
            self.assertIn("10.0.0.7", inside.get_body(("plain",)).get_content())


if __name__ == "__main__":
    unittest.main()
