#!/usr/bin/env python3
"""Looking again: real servers on loopback that are open, closed, slow and hostile, and owners who permitted it.

Loopback is in the register as somebody's network, and may be asked only because `recheck on --reachable` says so.
"""
import re
import socket
import struct
import threading
import time
import unittest
import urllib.parse

from portal_test import Browser
from tocsin_process import Tocsin

PASSWORD = "a long enough password"
DAY = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
HEAD = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,sector,banner\n"


class Service:
    """A TCP service on one address; counts who comes and keeps what is said."""

    def __init__(self, address, serve):
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        self.peers, self.heard = [], b""
        self.serve = serve
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, name = self.listener.accept()
            except OSError:
                return
            self.peers.append(name)
            threading.Thread(target=self.one, args=(peer,), daemon=True).start()

    def one(self, peer):
        with peer:
            try:
                self.serve(self, peer)
            except OSError:
                pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # who waits in accept() goes
        self.listener.close()


def listen(service, peer):
    peer.settimeout(15)
    while True:
        bytes_ = peer.recv(4096)
        if not bytes_:
            return
        service.heard += bytes_


def telnet(service, peer):
    peer.sendall(b"\xff\xfd\x18login: ")
    listen(service, peer)


def endless(service, peer):
    while True:
        peer.sendall(b"A" * 65536)


def drip(service, peer):
    while True:
        peer.sendall(b"z")
        time.sleep(0.05)


class Datagrams:
    """A UDP service: `answer(question)` gives the datagrams to send."""

    def __init__(self, address, answer):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.port = self.socket.getsockname()[1]
        self.questions = []
        threading.Thread(target=self.run, args=(answer,), daemon=True).start()

    def run(self, answer):
        while True:
            question, peer = self.socket.recvfrom(4096)
            self.questions.append(question)
            for datagram in answer(question):
                self.socket.sendto(datagram, peer)


def resolver(flags, answers):
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])
    return lambda q: [b"\0\0nobody's guess",
                      q[:2] + struct.pack("!HHHHH", flags, 1, answers, 0, 0) + q[12:] + record * answers]


def ntp(with_control):
    def answer(question):
        if question[0] & 7 == 6:
            return [bytes([0x16, 0x82]) + question[2:4] + bytes(8) + b'version="ntpd 4.2.8"'] if with_control else []
        return [bytes([0x24]) + bytes(23) + question[40:48] + bytes(16)]
    return answer


def old_tls(service, peer):
    hello = peer.recv(4096)
    service.heard += hello
    body = b"\3\0" + bytes(32) + b"\0" + b"\0\x2f" + b"\0"
    handshake = b"\2" + struct.pack("!I", len(body))[1:] + body
    peer.sendall(b"\x16\3\0" + struct.pack("!H", len(handshake)) + handshake)


def new_tls(service, peer):
    service.heard += peer.recv(4096)
    peer.sendall(b"\x15\3\1\0\2\2\x46")


def http(status, body):
    def serve(service, peer):
        peer.settimeout(15)
        while b"\r\n\r\n" not in service.heard:
            service.heard += peer.recv(4096)
        peer.sendall(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
    return serve


def until(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


class Recheck(unittest.TestCase):
    """Northern Power holds 127.0.0.0/8 and permitted 127.0.1.0/24; a customer holds 127.0.1.64/26."""

    def setUp(self):
        self.tocsin = Tocsin()
        self.addCleanup(self.tocsin.__exit__, None, None, None)
        self.number = 0
        t = self.tocsin
        t.run("init")
        for name in ("Northern Power", "Customer"):
            t.run("org", "add", name, "--kind", "operator", "--country", "XA")
        t.run("resource", "add", "Northern Power", "127.0.0.0/8", "--verified")
        t.run("resource", "add", "Customer", "127.0.1.64/26", "--verified")
        self.findings = {}

    def permit(self, networks="127.0.1.0/24"):
        return self.tocsin.json("recheck", "permit", "Northern Power", "--networks", networks, "--given-by", "the head",
                                "--evidence", "letter 17", "--until",
                                time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86400)))["id"]

    def turn_on(self, *more):
        self.tocsin.run("recheck", "on", "--reachable", "127.0.0.0/8", "--gap", "0s", "--per-minute", "600", *more)

    def add_findings(self, *things):
        """Ingests (identifier, address, port, transport); afterwards `findings` knows their ids."""
        lines = "".join(
            f'{{"source.ip":"{ip}","source.port":{port},"time.source":"{DAY}T03:00:00Z","classification.taxonomy":'
            f'"vulnerable","classification.type":"vulnerable-system","classification.identifier":"{what}",'
            f'"protocol.transport":"{transport}"}}\n' for what, ip, port, transport in things)
        self.number += 1
        path = self.tocsin.folder / f"{self.number}.jsonl"
        path.write_text(lines)
        self.tocsin.run("ingest", "--feed", "generic/idf", path)
        for one in self.tocsin.json("finding", "list", "--limit", "200")["items"]:
            self.findings[one["identifier"], one["address"], one["port"]] = one["id"]
        return [self.findings[what, ip, port] for what, ip, port, _ in things]

    def verdict(self, finding):
        return self.tocsin.json("recheck", "list", "--finding", finding)["items"][0]["verdict"]

    def state(self, finding):
        return self.tocsin.json("finding", "show", finding)["finding"]["state"]

    def test_each_way_tells_open_from_closed_and_from_unclear(self):
        at = "127.0.1.2"
        nobody = socket.socket()
        self.addCleanup(nobody.close)
        nobody.bind((at, 0))  # bound, and not listening: refused
        services = {
            "telnet": Service(at, telnet), "endless": Service(at, endless), "drip": Service(at, drip),
            "redis": Service(at, lambda s, p: p.sendall(b"-NOAUTH Authentication required.\r\n")),
            "old": Service(at, old_tls), "new": Service(at, new_tls),
            "web": Service(at, http(200, '{"cluster_name":"x"}')), "locked": Service(at, http(401, "")),
            "rude": Service(at, lambda s, p: None), "wrong": Service(at, lambda s, p: p.sendall(b"SSH-2.0-x\r\n")),
            "recursion": Datagrams(at, resolver(0x8180, 1)), "refusing": Datagrams(at, resolver(0x8105, 0)),
            "control": Datagrams(at, ntp(True)), "time": Datagrams(at, ntp(False)),
        }
        port = {name: one.port for name, one in services.items()}
        cases = [
            ("open-telnet", port["telnet"], "tcp", "still_open"), ("open-telnet", nobody.getsockname()[1], "tcp", "closed"),
            ("open-telnet", port["endless"], "tcp", "still_open"), ("open-telnet", port["drip"], "tcp", "still_open"),
            ("open-telnet", port["rude"], "tcp", "unclear"), ("accessible-ftp", port["wrong"], "tcp", "unclear"),
            ("open-redis", port["redis"], "tcp", "closed"),
            ("ssl-poodle", port["old"], "tcp", "still_open"), ("ssl-poodle", port["new"], "tcp", "closed"),
            ("open-elasticsearch", port["web"], "tcp", "still_open"),
            ("open-elasticsearch", port["locked"], "tcp", "closed"),
            ("dns-open-resolver", port["recursion"], "udp", "still_open"),
            ("dns-open-resolver", port["refusing"], "udp", "closed"),
            ("ntp-version", port["control"], "udp", "still_open"), ("ntp-version", port["time"], "udp", "closed"),
        ]
        ids = self.add_findings(*[(what, at, number, transport) for what, number, transport, _ in cases])
        self.permit()
        self.turn_on("--agent", "Tocsin re-check; https://cirt.example/recheck")
        self.tocsin.run("recheck", "finding", *ids)
        began = time.monotonic()
        self.assertEqual(self.tocsin.json("recheck", "run")["asked"], len(cases))
        took = time.monotonic() - began
        got = {one["finding"]: one for one in self.tocsin.json("recheck", "list", "--limit", "100")["items"]}
        for id_, (what, number, _, expected) in zip(ids, cases):
            self.assertEqual(got[id_]["verdict"], expected, (what, number, got[id_]))
        self.assertLess(took, 60, "no service holds us")
        self.assertEqual(services["telnet"].heard, b"", "nothing is sent to a service that speaks first")
        self.assertEqual(len(services["telnet"].peers), 1, "once")
        self.assertIn(b"User-Agent: Tocsin re-check; https://cirt.example/recheck\r\n", services["web"].heard)
        self.assertEqual(services["old"].heard[:3], b"\x16\3\0")
        self.assertEqual([len(q) for q in services["control"].questions], [12])
        # The verdicts stand in the findings, and repair is measured with its source.
        self.assertEqual(self.state(ids[0]), "open")
        self.assertEqual(self.state(ids[1]), "repaired")
        whole = self.tocsin.json("repair", "show")["whole"]
        closed = sum(expected == "closed" for *_, expected in cases)
        self.assertEqual(whole["rechecked"], {"closed": closed, "open": sum(e == "still_open" for *_, e in cases)})
        self.assertEqual(whole["standings"]["repaired"], closed)

    def test_nobody_is_asked_without_switch_permission_and_register(self):
        service = Service("0.0.0.0", telnet)
        mine, outside, customers = self.add_findings(*[("open-telnet", ip, service.port, "tcp")
                                                       for ip in ("127.0.1.2", "127.0.2.2", "127.0.1.70")])
        plan = lambda id_: self.tocsin.json("recheck", "finding", id_, "--dry-run")["items"][0]["plan"]
        self.assertEqual(plan(mine)["refusal"], "off")
        self.tocsin.run("recheck", "on")
        self.assertEqual(plan(mine)["refusal"], "not_global", "loopback, unless somebody says so")
        self.turn_on()
        self.assertEqual(plan(mine)["refusal"], "no_permission")
        permission = self.permit()
        plans = [one["plan"] for one in
                 self.tocsin.json("recheck", "finding", mine, outside, customers, "--dry-run")["items"]]
        self.assertEqual([one["refusal"] for one in plans], [None, "no_permission", "no_permission"])
        self.assertIn("nothing", plans[0]["sends"])
        self.tocsin.run("recheck", "finding", outside, customers, expect=5)
        self.tocsin.run("recheck", "finding", mine)
        self.tocsin.run("recheck", "withdraw", str(permission), "--reason", "they asked")
        self.assertEqual(self.tocsin.json("recheck", "run")["asked"], 0)
        self.assertEqual(self.verdict(mine), "not_asked")
        self.assertEqual(service.peers, [])
        self.permit()
        self.tocsin.run("recheck", "finding", mine)  # the answer that was given a moment ago is none: it waits again
        self.tocsin.run("recheck", "off")
        self.assertEqual(self.tocsin.json("recheck", "run"), {"queued": 0, "asked": 0, "waiting": 0})
        self.assertEqual(service.peers, [])
        log = self.tocsin.json("audit", "list", "--limit", "100")
        acts = [one["what"] for one in (log["items"] if isinstance(log, dict) else log)]
        for act in ("recheck.on", "recheck.permit", "recheck.request", "recheck.withdraw", "recheck.off"):
            self.assertIn(act, acts)
        self.assertNotIn("recheck.contact", acts)

    def test_the_owner_asks_in_the_portal_and_the_analyst_over_http(self):
        service = Service("127.0.1.2", telnet)
        finding, = self.add_findings(("open-telnet", "127.0.1.2", service.port, "tcp"))
        self.tocsin.run("user", "add", "owner", "--role", "constituent", "--organisation", "Northern Power", "--rights",
                        "editor", "--password-stdin", input=PASSWORD + "\n")
        self.tocsin.start()
        key = self.tocsin.add_key("analyst")
        cookies = {}

        def portal(method, target, **form):
            headers = {"cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()),
                       "content-type": "application/x-www-form-urlencoded"}
            answer = self.tocsin.http(method, target, headers=headers, body=urllib.parse.urlencode(form) if form else None)
            for name, value in answer.all_headers:
                if name == "set-cookie":
                    cookies.update([value.split(";")[0].split("=", 1)])
            return answer

        token = lambda text: re.search(r'name="csrf" value="([^"]+)"', text).group(1)
        form = portal("GET", "/portal/sign-in").text
        portal("POST", "/portal/sign-in", csrf=token(form), name="owner", password=PASSWORD)
        path = "/portal/findings/" + urllib.parse.quote(finding)
        self.assertNotIn("Look again", portal("GET", path).text, "off: nothing is said of it")
        self.permit()
        self.turn_on("--after-answer", "0s")
        page = portal("GET", path).text
        self.assertIn("Look again now", page)
        self.assertEqual(portal("POST", path, csrf=token(page), action="recheck").status, 303)
        until(lambda: service.peers)
        until(lambda: "we looked again: it is still there" in portal("GET", path).text)
        # The analyst, over HTTP; the port is closed now.
        service.close()
        answer = self.tocsin.http("POST", "/api/v1/rechecks", key=key, body={"findings": [finding], "dry_run": True})
        self.assertEqual(answer.status, 200, answer)
        self.assertIsNone(answer.json["items"][0]["recheck"])
        # The owner says that it is repaired: it is looked at again by itself.
        page = portal("GET", path).text
        portal("POST", path, csrf=token(page), said="repaired", text="")
        until(lambda: self.tocsin.http("GET", f"/api/v1/rechecks?finding={urllib.parse.quote(finding)}", key=key)
              .json["items"][0]["verdict"] == "closed")
        until(lambda: "we looked again: it is closed" in portal("GET", path).text)
        first = self.tocsin.http("GET", f"/api/v1/rechecks?finding={urllib.parse.quote(finding)}", key=key).json["items"][0]
        self.assertEqual(first["cause"], "answer")
        self.assertEqual(self.tocsin.http("GET", f"/api/v1/findings/{urllib.parse.quote(finding)}", key=key)
                         .json["finding"]["state"], "repaired")
        viewer = self.tocsin.add_key("viewer")
        self.assertEqual(self.tocsin.http("POST", "/api/v1/rechecks", key=viewer, body={"findings": [finding]}).status, 403)
        self.assertEqual(self.tocsin.http("POST", "/api/v1/recheck/off", key=key, body={}).status, 403)

    def test_an_organisation_permits_and_takes_back_in_the_portal(self):
        service = Service("127.0.1.2", telnet)
        finding, = self.add_findings(("open-telnet", "127.0.1.2", service.port, "tcp"))
        people = (("boss", "manager", "Northern Power"), ("hand", "editor", "Northern Power"),
                  ("eyes", "reader", "Northern Power"), ("other", "manager", "Customer"))
        for name, right, organisation in people:
            self.tocsin.run("user", "add", name, "--role", "constituent", "--organisation", organisation, "--rights",
                            right, "--password-stdin", input=PASSWORD + "\n")
        self.tocsin.start()
        boss, hand, eyes, other = [Browser(self.tocsin) for _ in people]
        for browser, (name, *_) in zip((boss, hand, eyes, other), people):
            browser.sign_in(name)
            self.assertEqual(browser.status, 200)
        here, page_of = "/portal/recheck", "/portal/findings/" + urllib.parse.quote(finding)
        plan = lambda: self.tocsin.json("recheck", "finding", finding, "--dry-run")["items"][0]["plan"]["refusal"]
        kept = lambda: self.tocsin.json("recheck", "permissions")["items"]
        links = lambda page: [link for link in page.links if link.startswith(here)]
        self.assertFalse(links(boss.get("/portal/resources")), "off: nothing is said of it")
        self.turn_on()
        self.assertTrue(links(boss.get("/portal/resources")))
        self.assertTrue(links(boss.get(page_of)), "where it would be asked, it says what it needs")

        form = boss.get(here).form("networks")
        day = lambda days: time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86400))
        wanted = {"function": "head of networks", "until": day(90), "agreed": "yes", "networks": "127.0.1.0/26\r\n127.0.2.0/24"}
        for wrong in ({"agreed": ""}, {"function": ""}, {"until": day(1000)}, {"until": day(-1)}, {"networks": ""},
                      {"networks": "127.0.1.64/26"}, {"networks": "198.51.100.0/24"}, {"networks": "127.0.1.0/26\nall"}):
            page = boss.submit(form, **{**wanted, **wrong})
            self.assertEqual(boss.status, 422, wrong)
            self.assertEqual(page.form("networks")["fields"]["function"], {**wanted, **wrong}["function"], "what was typed stays")
        forged = dict(form, fields={**form["fields"], "csrf": hand.get("/portal/contacts").form("csrf")["fields"]["csrf"]})
        boss.submit(forged, **wanted)
        self.assertEqual(boss.status, 403, "the token of another's session")
        for browser, name in ((hand, "an editor"), (eyes, "a reader")):
            page = browser.get(here)
            self.assertFalse([one for one in page.forms if "networks" in one["fields"]], name)
            browser.submit({**form, "fields": page.forms[-1]["fields"]}, action="give", **wanted)
            self.assertEqual(browser.status, 403, name)
        other.submit(other.get(here).form("networks"), **{**wanted, "networks": "127.0.1.0/26"})
        self.assertEqual(other.status, 422, "nobody permits for another's addresses")
        self.assertEqual(kept(), [])

        page = boss.submit(form, **wanted)
        self.assertEqual(boss.status, 200)
        self.assertIn("127.0.1.0/26, 127.0.2.0/24", page.text)
        permission, = kept()
        self.assertEqual((permission["networks"], permission["given_by"]), (["127.0.1.0/26", "127.0.2.0/24"], "boss, head of networks"))
        self.assertIn("for Northern Power", permission["evidence"])
        self.assertIsNone(plan())
        page = boss.get(page_of)
        boss.submit(page.form("action", action="recheck"))
        until(lambda: service.peers)

        self.assertNotIn("127.0.2.0", other.get(here).text)
        take_back = hand.get(here).form("permission")
        for browser, status in ((other, 404), (eyes, 403)):
            token = browser.get(here).forms[-1]["fields"]["csrf"]
            browser.submit({**take_back, "fields": {**take_back["fields"], "csrf": token}})
            self.assertEqual(browser.status, status)
        self.assertIsNone(plan())
        self.assertIn("taken back", hand.submit(take_back).text)
        self.assertEqual(plan(), "no_permission")
        # What the team has on record from a letter is theirs to take back too, also when it is turned off.
        self.permit()
        self.tocsin.run("recheck", "off")
        self.assertFalse([one for one in boss.get(here).forms if "networks" in one["fields"]])
        boss.submit(boss.page.form("permission"))
        self.assertEqual([bool(one["withdrawn"]) for one in kept()], [True, True])
        log = self.tocsin.json("audit", "list", "--limit", "200")
        acts = [(one["what"], one["who"]) for one in (log["items"] if isinstance(log, dict) else log)]
        who = {one["name"]: f"account:{one['id']}" for one in self.tocsin.json("user", "list")["items"]}
        for act, name in (("recheck.permit", "boss"), ("recheck.withdraw", "hand"), ("recheck.withdraw", "boss")):
            self.assertIn((act, who[name]), acts)
        self.assertEqual(permission["recorded_by"], who["boss"])
        for language, direction in (("ar", "rtl"), ("zh", "ltr"), ("en", "ltr"), ("fr", "ltr"), ("ru", "ltr"), ("es", "ltr")):
            page = boss.get(f"{here}?lang={language}")
            self.assertEqual((boss.status, page.language, page.direction), (200, language, direction))
            self.assertNotRegex(page.text, r"\bportal\.[a-z_]+", "a text that is missing")

    def test_killed_while_it_asks_it_asks_again_and_records_once(self):
        service = Service("127.0.1.2", listen)  # takes a second to be sure of
        finding, = self.add_findings(("open-rdp", "127.0.1.2", service.port, "tcp"))
        self.permit()
        self.turn_on()
        self.tocsin.start()
        self.tocsin.run("recheck", "finding", finding)
        until(lambda: service.peers)
        self.tocsin.kill()
        self.assertEqual(self.tocsin.json("recheck", "list")["items"][0]["state"], "running")
        self.tocsin.start()
        until(lambda: self.verdict(finding) == "still_open")
        self.tocsin.stop()
        self.assertEqual(len(service.peers), 2)
        items = self.tocsin.json("recheck", "list")["items"]
        self.assertEqual(len(items), 1)
        statements = self.tocsin.json("finding", "show", finding)["statements"]
        self.assertEqual([one["said"] for one in statements], ["seen"])
        contacts = self.tocsin.json("audit", "list", "--what", "recheck.contact", "--limit", "100")
        self.assertEqual(len(contacts["items"] if isinstance(contacts, dict) else contacts), 2)


if __name__ == "__main__":
    unittest.main()
