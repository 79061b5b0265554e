#!/usr/bin/env python3
"""What a rule says of the way really happens: a webhook's receiver checks the signature, a gateway gets the text message, a letter is a PDF,
mail leaves through an SMTP server. What must be encrypted goes by none that could be read on the way; and the words of an experiment's
variant stand in the mails that left."""
import json
import unittest

import channels_test
from kill_send_test import report
from mail_server import MailServer
from portal_test import PASSWORD, Browser
from tocsin_process import Tocsin, wait_until

WAYS = ["hook", "text", "paper", "sealed hook", "sealed text", "only a phone", "plain"]
RULES = """
[[rule]]
name = "hook"
when = { organisation = "hook" }
channel = "webhook"
[[rule]]
name = "text"
when = { organisation = "text" }
channel = "sms"
[[rule]]
name = "paper"
when = { organisation = "paper" }
channel = "letter"
[[rule]]
name = "sealed hook"
when = { organisation = "sealed hook" }
channel = "webhook"
encryption = "required"
[[rule]]
name = "sealed text"
when = { organisation = ["sealed text", "only a phone"] }
channel = "sms"
encryption = "required"
"""


def prepare(tocsin, names, contacts):
    """Each with a network of its own; `contacts` gives lines of organisation,role,email,webhook,phone,name."""
    tocsin.run("init")
    files = {"organisations.csv": "name,kind,sector,language\n" + "".join(f"{name},constituent,energy,en\n" for name in names),
             "resources.csv": "organisation,kind,value\n" + "".join(f"{name},prefix,10.0.{i}.0/24\n" for i, name in enumerate(names)),
             "contacts.csv": "organisation,role,email,webhook,phone,name\n" + "".join(contacts)}
    for name, text in files.items():
        (tocsin.folder / name).write_text(text)
        tocsin.run("org", "import", tocsin.folder / name)
    path = tocsin.folder / "2026-11-22-scan_telnet-example.csv"
    path.write_text(report(len(names)))
    tocsin.run("ingest", path)


class RuleChannels(unittest.TestCase):
    checked = channels_test.Channels.checked  # a webhook's body, once its signature was found good

    def test_a_rule_chooses_the_way_and_encryption_forbids_some(self):
        receiver = channels_test.Receiver()
        self.addCleanup(receiver.close)
        config = ('[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n[server]\npublic_url = "https://cirt.example"\n'
                  f'[channels]\nreachable = "127.0.0.0/8"\nca_file = "{receiver.certificate}"\nletters = true\n'
                  f'[sms]\ngateway = "{receiver.url}/sms"\ncontent_type = "application/json"\n'
                  'body = \'{"to": "{to}", "text": "{text}", "reference": "{key}"}\'\nauthorization = "Bearer key"\n')
        with MailServer() as server, Tocsin(config=config + server.config() + 'hold = false\nretry_after = "1s"\n') as tocsin:
            lines = []
            for i, name in enumerate(WAYS):
                if name != "only a phone":
                    lines.append(f"{name},abuse,abuse@o{i}.example,,,Abuse desk\n")
                lines.append(f"{name},technical,,{receiver.url}/{i},+15550{i:03},Ada {i}\n" if "hook" in name
                             else f"{name},technical,,,+15550{i:03},Ada {i}\n")
            prepare(tocsin, WAYS, lines)
            secrets = {}
            for contact in tocsin.json("contact", "list")["items"]:
                if contact.get("webhook"):
                    secrets[contact["webhook"].removeprefix(receiver.url)] = tocsin.json("channel", "set", contact["id"])["secret"]
            self.assertEqual(set(secrets), {"/0", "/3"})
            (tocsin.folder / "rules.toml").write_text(RULES)
            tocsin.run("rule", "set", tocsin.folder / "rules.toml", "--why", "ways")
            made = tocsin.json("notify", "plan")
            self.assertEqual(made["notifications"], len(WAYS) - 1)
            left_out = {one["organisation"]["name"]: one["reason"] for one in made["left_out"]}
            self.assertEqual(left_out, {"only a phone": "encryption is demanded, and by sms it would be read on the way"})
            tocsin.json("notify", "send")
            tocsin.json("notify", "send")
            by_name = {one["organisation"]["name"]: one for one in tocsin.json("notify", "list")["items"]}
            self.assertEqual({name: one["state"] for name, one in by_name.items() if one["state"] != "sent"}, {"sealed text": "held"})

            hooks = {request[1]: request for request in receiver.got if request[1] in secrets}
            for path, name in (("/0", "hook"), ("/3", "sealed hook")):
                told = self.checked(hooks[path], secrets[path])
                self.assertEqual((told["organisation"], len(told["findings"])), (name, 1))
            texts = [json.loads(request[3]) for request in receiver.got if request[1] == "/sms"]
            self.assertEqual([one["to"] for one in texts], ["+15550001"])
            self.assertIn("https://cirt.example/o/", texts[0]["text"])
            self.assertEqual(len(receiver.got), 3)

            letters = tocsin.json("letter", "list")["items"]
            self.assertEqual([one["notification"] for one in letters], [by_name["paper"]["id"]])
            tocsin.run("letter", "print", letters[0]["notification"], "--folder", tocsin.folder)
            pdf = (tocsin.folder / f"letter-{letters[0]['notification']}.pdf").read_bytes()
            self.assertTrue(pdf.startswith(b"%PDF") and pdf.rstrip().endswith(b"%%EOF"))

            # By mail went what no rule took, and only that: the one that must be sealed waits for a key.
            self.assertEqual([one["to"] for one in server.delivered()], [["abuse@o6.example"]])
            sealed = tocsin.json("notify", "show", by_name["sealed text"]["id"])
            self.assertEqual(sealed["notification"]["to"], ["abuse@o4.example"])
            self.assertIn("key", sealed["held_back"])

    def test_the_way_an_owner_chooses_in_the_portal_is_the_way_the_next_warning_leaves(self):
        receiver = channels_test.Receiver()
        self.addCleanup(receiver.close)
        config = ('[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n'
                  f'[channels]\nreachable = "127.0.0.0/8"\nca_file = "{receiver.certificate}"\n')
        with MailServer() as server, Tocsin(config=config + server.config() + 'hold = false\nretry_after = "1s"\nsettle_time = "2h"\n') as tocsin:
            prepare(tocsin, ["Power", "Water"],
                    [f"{name},abuse,abuse@{name.lower()}.example,,,Abuse desk\n{name},technical,,{receiver.url}/{name},,Ada\n"
                     for name in ("Power", "Water")])
            secrets = {f"/{one['organisation']['name']}": tocsin.json("channel", "set", one["id"])["secret"]
                       for one in tocsin.json("contact", "list")["items"] if one.get("webhook")}
            for name, right, organisation in (("boss", "editor", "Power"), ("eyes", "reader", "Power")):
                tocsin.run("user", "add", name, "--role", "constituent", "--organisation", organisation, "--rights", right,
                           "--password-stdin", input=PASSWORD)
            tocsin.start()
            boss, eyes = Browser(tocsin), Browser(tocsin)
            boss.sign_in("boss")
            eyes.sign_in("eyes")
            mails, hooks = (lambda: sorted(one["to"][0] for one in server.delivered())), (lambda: sorted(one[1] for one in receiver.got))

            def warn(number):
                """One more finding at each, and what is due of it; the server sends by itself."""
                path = tocsin.folder / f"2026-11-22-scan_telnet-{number}.csv"
                path.write_text(report(2).replace(".7\"", f".{number}\""))
                tocsin.run("ingest", path)
                made = tocsin.json("notify", "plan", "--ignore-interval", "--release")["notifications"]
                wait_until(lambda: not [one for one in tocsin.json("notify", "list", "--limit", "100")["items"] if one["state"] != "sent"])
                return made

            self.assertEqual(warn(8), 2)
            self.assertEqual((mails(), hooks()), (["abuse@power.example", "abuse@water.example"], []), "as the team does it")

            form = boss.get("/portal/settings").form("channel")
            self.assertEqual(form["fields"]["channel"], "")
            boss.submit({**form, "fields": {**form["fields"], "csrf": "guessed"}}, channel="webhook")
            self.assertEqual(boss.status, 403)
            eyes.submit(eyes.get("/portal/settings").form("channel"), channel="webhook")
            self.assertEqual(eyes.status, 403, "who only reads does not choose")
            self.assertEqual(warn(9), 2)
            self.assertEqual((len(mails()), hooks()), (4, []), "so nothing has changed")

            page = boss.submit(form, channel="webhook")
            self.assertIn("Saved.", page.text)
            self.assertEqual(page.form("channel")["fields"]["channel"], "webhook")
            self.assertEqual(warn(10), 2)
            self.assertEqual((mails()[2:], hooks()), (["abuse@water.example"] * 3, ["/Power"]), "Power by its webhook, Water as before")
            told = self.checked(receiver.got[-1], secrets["/Power"])
            self.assertEqual((told["organisation"], len(told["findings"])), ("Power", 1))

            boss.submit(boss.get("/portal/settings").form("channel"), channel="both")
            self.assertEqual(warn(11), 3)
            self.assertEqual((mails().count("abuse@power.example"), hooks()), (3, ["/Power", "/Power"]))
            boss.submit(boss.get("/portal/settings").form("channel"), channel="mail")
            self.assertEqual(warn(12), 2)
            self.assertEqual((mails().count("abuse@power.example"), len(hooks())), (4, 2))

    def test_the_words_of_a_variant_left_by_mail(self):
        names = [f"Power {i}" for i in range(8)]
        with MailServer() as server, Tocsin(config='[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n' + server.config() +
                                            "hold = false\n") as tocsin:
            prepare(tocsin, names, [f"{name},abuse,abuse@o{i}.example,,,Abuse desk\n" for i, name in enumerate(names)])
            made = tocsin.json("experiment", "add", "Short subject", "--part", "subject", "--identifier", "open-telnet", "--b",
                               "en=[{tlp}] {organisation}: close Telnet this week", "--seed", "11")
            self.assertEqual([one["organisations"] for one in made["variants"]], [4, 4])
            tocsin.json("notify", "plan")
            tocsin.json("notify", "send")
            subjects = {one["to"][0]: str(server.message(one)["Subject"]) for one in server.delivered()}
            self.assertEqual(len(subjects), len(names))
            ours = {address for i, address in enumerate(f"abuse@o{n}.example" for n in range(len(names)))
                    if subjects[address] == f"[TLP:AMBER] Power {i}: close Telnet this week"}
            self.assertEqual(len(ours), 4)
            self.assertTrue(all("close Telnet this week" not in subject for address, subject in subjects.items() if address not in ours))


if __name__ == "__main__":
    unittest.main()
