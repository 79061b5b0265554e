#!/usr/bin/env python3
"""Rules of warning from outside: written, checked, saved, undone, simulated; snoozes, two people who approve,
campaigns and escalations, killed again and again: nothing twice, nothing lost.

TOCSIN_KILLS sets how often campaigns and escalations are killed (standard: 20).
"""
import collections
import email
import email.policy
import os
import random
import subprocess
import time
import unittest

from tocsin_process import Tocsin

KILLS = int(os.environ.get("TOCSIN_KILLS", "20"))
SEED = int(os.environ.get("TOCSIN_SEED", "58"))
CONFIG = """
[team]
name = "CIRT of Freedonia"
email = "cirt@cirt.example"
country = "XA"
[mail]
hold = {hold}
"""
PASSWORD = "a long password, truly 7"


def report(addresses, severity="medium"):
    lines = ['"timestamp","severity","ip","protocol","port","hostname","tag","asn","geo","region","city","naics",'
             '"sector","banner"']
    for address in addresses:
        lines.append(f'"2026-11-22 04:00:00","{severity}","{address}","tcp",23,"","telnet",64496,"XA","","",0,"","login:"')
    return "\n".join(lines) + "\n"


def settle(tocsin, organisations, parents=False):
    """A nation: owners below an operator below a sector CIRT (without a contact) below a regulator."""
    files = {"organisations.csv": "name,kind,language,parent\n", "resources.csv": "organisation,kind,value\n",
             "contacts.csv": "organisation,role,email\n"}
    if parents:
        files["organisations.csv"] += ("Regulator,regulator,en,\nSector,sector_cirt,en,Regulator\n"
                                       "Operator,operator,en,Sector\n")
        files["contacts.csv"] += "Regulator,abuse,cyber@regulator.example\nOperator,abuse,abuse@operator.example\n"
    for i in range(organisations):
        files["organisations.csv"] += f"Owner {i},constituent,en,{'Operator' if parents else ''}\n"
        files["resources.csv"] += f"Owner {i},prefix,10.{i // 250}.{i % 250}.0/24\n"
        files["contacts.csv"] += f"Owner {i},abuse,abuse@o{i}.example\n"
    tocsin.run("init")
    for name, text in files.items():
        (tocsin.folder / name).write_text(text)
        tocsin.run("org", "import", tocsin.folder / name)
    path = tocsin.folder / "2026-11-22-scan_telnet-example.csv"
    path.write_text(report([f"10.{i // 250}.{i % 250}.7" for i in range(organisations)]))
    tocsin.run("ingest", path)


def outbox(tocsin):
    """(recipient, subject) of each message that left."""
    messages = []
    for path in (tocsin.data / "outbox").glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        messages.append((message["To"], message["Subject"], message))
    return messages


def rule_file(tocsin, text, name="rules.toml"):
    path = tocsin.folder / name
    path.write_text(text)
    return path


def kill_until_done(tocsin, chance, *words, attempts):
    """Runs a command and kills it at random moments, so often; then lets it end."""
    for _ in range(attempts):
        running = subprocess.Popen(tocsin.words(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=tocsin.environment)
        try:
            running.wait(chance.uniform(0.02, 0.6))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


class Rules(unittest.TestCase):
    def test_a_rule_file_is_checked_saved_compared_and_put_back(self):
        with Tocsin(config=CONFIG.format(hold="false")) as tocsin:
            settle(tocsin, 3)
            bad = rule_file(tocsin, '[[rule]]\nname = "A"\nwhen = { severity = "huge" }\n', "bad.toml")
            said = tocsin.run("rule", "check", bad, expect=1)
            self.assertIn('bad.toml:3: "A": when.severity: expected one of critical, high', said)
            fault, = tocsin.json("rule", "check", bad, expect=1)["faults"]
            self.assertEqual(fault["expected"]["code"], "expected.one_of")
            self.assertEqual(fault["expected"]["values"][0], "critical")
            refused = tocsin.call("rule", "set", bad, "--why", "no")
            self.assertEqual(refused.returncode, 1)
            self.assertIn("line 3", refused.stderr)
            first = '[[rule]]\nname = "all at once"\ninterval = "at once"\n'
            tocsin.run("rule", "set", rule_file(tocsin, first), "--why", "the first")
            tocsin.run("rule", "set", rule_file(tocsin, first.replace("all at once", "one")), "--why", "the second")
            self.assertIn('- name = "all at once"\n+ name = "one"\n', tocsin.run("rule", "versions", "2"))
            tocsin.run("rule", "undo", "--why", "it was better before")
            self.assertEqual(tocsin.run("rule", "show"), first)
            versions = tocsin.json("rule", "versions")["items"]
            self.assertEqual([one["version"] for one in versions], [3, 2, 1])
            self.assertEqual(versions[0]["restores"], 1)
            audit = tocsin.run("audit", "list")
            self.assertIn("rules.undo", audit)
            tocsin.run("audit", "verify")

    def test_the_simulator_sends_nothing_and_tells_what_the_plan_then_does(self):
        with Tocsin(config=CONFIG.format(hold="false")) as tocsin:
            settle(tocsin, 6)
            rules = rule_file(tocsin, '[[rule]]\nname = "quiet"\nwhen = { organisation = ["Owner 0", "Owner 1"] }\n'
                                      'do = "drop"\n[[rule]]\nname = "held"\nwhen = { organisation = "Owner 2" }\n'
                                      'do = "hold"\n')
            simulated = tocsin.json("rule", "simulate", rules, "--days", "60")
            self.assertEqual(tocsin.json("notify", "list")["total"], 0)
            by_rule = {one["name"]: one["tally"] for one in simulated["rules"]}
            self.assertEqual(by_rule["quiet"]["dropped"], 2)
            self.assertGreaterEqual(by_rule["held"]["held"], 1)
            self.assertEqual(simulated["total"]["now"]["held"], 0)
            self.assertGreater(simulated["total"]["now"]["messages"], simulated["total"]["then"]["messages"])
            self.assertIn("Nothing was sent.", tocsin.run("rule", "simulate", rules))
            tocsin.run("rule", "set", rules, "--why", "a test")
            plan = tocsin.json("notify", "plan")
            self.assertEqual(plan["notifications"], 4)
            self.assertEqual(sum("leaves it out" in one["reason"] for one in plan["left_out"]), 2)
            states = collections.Counter(one["state"] for one in tocsin.json("notify", "list")["items"])
            self.assertEqual(states, {"held": 1, "queued": 3})

    def test_a_snoozed_owner_hears_nothing_and_the_list_says_why(self):
        with Tocsin(config=CONFIG.format(hold="false")) as tocsin:
            settle(tocsin, 2)
            tocsin.run("snooze", "add", "Owner 0", "--for", "2d", "--reason", "they migrate")
            plan = tocsin.json("notify", "plan")
            self.assertEqual(plan["notifications"], 1)
            self.assertIn("they migrate", str(plan["left_out"]))
            self.assertEqual(len(tocsin.json("snooze", "list")["items"]), 1)
            tocsin.run("snooze", "remove", "1")
            tocsin.run("snooze", "remove", "1", expect=4)
            self.assertEqual(tocsin.json("notify", "plan")["notifications"], 1)

    def test_two_people_release_a_message_over_the_api(self):
        with Tocsin(config=CONFIG.format(hold="false")) as tocsin:
            settle(tocsin, 1)
            for name in ("amina", "boris"):
                tocsin.add_user(name, PASSWORD, "administrator")
            tocsin.start()
            amina, boris = tocsin.sign_in("amina", PASSWORD), tocsin.sign_in("boris", PASSWORD)
            saved = amina.http("PUT", "/api/v1/notification-rules",
                               {"text": '[[rule]]\nname = "two"\ndo = "hold"\napproval = "two"\n', "why": "care"})
            self.assertEqual(saved.status, 200, saved)
            late = boris.http("PUT", "/api/v1/notification-rules", {"text": "", "why": "late", "base": 0})
            self.assertEqual(late.status, 409, late)
            wrong = boris.http("PUT", "/api/v1/notification-rules", {"text": "[[rule]]\n", "why": "wrong"})
            self.assertEqual(wrong.status, 422, wrong)
            self.assertIn("name", wrong.text)
            self.assertEqual(amina.http("POST", "/api/v1/notifications/plan", {}).json["notifications"], 1)
            body = {"action": "approve", "notifications": [1]}
            key = tocsin.add_key("analyst")
            self.assertEqual(tocsin.http("POST", "/api/v1/notifications/actions", body, key=key).status, 403)
            self.assertEqual(amina.http("POST", "/api/v1/notifications/actions", body).status, 200)
            again = amina.http("POST", "/api/v1/notifications/actions", body)
            self.assertEqual(again.status, 409, again)
            self.assertIn("second person", again.text)
            self.assertEqual(amina.http("GET", "/api/v1/notifications/1").json["notification"]["state"], "held")
            self.assertEqual(boris.http("POST", "/api/v1/notifications/actions", body).status, 200)
            self.assertIn(boris.http("GET", "/api/v1/notifications/1").json["notification"]["state"],
                          ("queued", "sending", "sent"))
            shown = boris.http("GET", "/api/v1/notification-rules/versions/1")
            self.assertEqual(shown.status, 200)
            self.assertIn("+ [[rule]]", shown.json["difference"])

    def test_a_campaign_killed_again_and_again_reaches_each_owner_once(self):
        owners = max(200, KILLS * 10)
        with Tocsin(config=CONFIG.format(hold="false")) as tocsin:
            settle(tocsin, owners)
            words = ("campaign", "make", "telnet now", "--when", 'identifier = "open-telnet"', "--identifier",
                     "open-telnet", "--approval", "none")
            looked = tocsin.json(*words, "--dry-run")
            self.assertEqual(looked["notifications"], owners)
            self.assertEqual(tocsin.json("notify", "list")["total"], 0)
            chance = random.Random(SEED)
            kill_until_done(tocsin, chance, *words, attempts=KILLS)
            tocsin.call(*words)
            # What a kill left over is written by the next plan; the digests of the plan itself are other messages.
            kill_until_done(tocsin, chance, "notify", "plan", attempts=3)
            tocsin.run("notify", "plan")
            self.assertEqual(tocsin.json("campaign", "show", "1")["owners"], owners)
            again = tocsin.call(*words)
            self.assertEqual(again.returncode, 1)
            self.assertIn("nobody gets it twice", again.stderr)
            kill_until_done(tocsin, chance, "notify", "send", attempts=3)
            tocsin.run("notify", "send")
            mine = [to for to, subject, _ in outbox(tocsin) if "finding" not in subject]
            self.assertEqual(len(mine), owners)
            self.assertEqual(len(set(mine)), owners)

    def test_an_escalation_killed_again_and_again_goes_up_once_and_says_what_was_told(self):
        owners = max(60, KILLS * 3)
        with Tocsin(config=CONFIG.format(hold="false")) as tocsin:
            settle(tocsin, owners, parents=True)
            tocsin.run("notify", "plan")
            tocsin.run("notify", "send")
            tocsin.run("rule", "set", rule_file(tocsin, """
[[escalation]]
name = "up"
when = { identifier = "open-telnet" }
steps = [
  { after = "1s", to = "operator" },
  { after = "2s", to = "sector_cirt" },
  { after = "3s", to = "regulator" },
]
"""), "--why", "a test")
            time.sleep(3.5)
            chance = random.Random(SEED)
            kill_until_done(tocsin, chance, "notify", "plan", attempts=KILLS)
            tocsin.run("notify", "plan")
            self.assertEqual(tocsin.json("notify", "plan")["notifications"], 0)
            kill_until_done(tocsin, chance, "notify", "send", attempts=3)
            tocsin.run("notify", "send")
            to_operator = [m for m in outbox(tocsin) if "abuse@operator.example" in m[0]]
            to_regulator = [m for m in outbox(tocsin) if "cyber@regulator.example" in m[0]]
            self.assertEqual(len(to_operator), owners)
            self.assertEqual(len({subject for _, subject, _ in to_operator}), owners)
            # The sector's CIRT has no contact: the regulator got it in its place, and not again at its own step.
            self.assertEqual(len(to_regulator), owners)
            text = to_operator[0][2].get_body(("plain",)).get_content()
            self.assertIn("Who was told so far", text)
            self.assertRegex(text, r"\d{4}-\d\d-\d\d: Owner \d+ \(1 finding\)")
            self.assertIn("no contact is known for the level in between",
                          to_regulator[0][2].get_body(("plain",)).get_content())


if __name__ == "__main__":
    unittest.main()
