#!/usr/bin/env python3
"""The portal as somebody of a constituent uses it: a browser without JavaScript, which fills in forms and follows links.

Also: a resolver on loopback that answers for a claim, an organisation's key, a sector CIRT that sees those below it, and
the size of every page.
"""
import gzip
import html.parser
import json
import re
import socket
import struct
import threading
import time
import unittest
import urllib.parse

from tocsin_process import Tocsin, free_port

PASSWORD = "a long enough password"
MOST_BYTES = 60_000  # of a page, compressed
DAY = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
HEAD = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,sector,banner\n"


def report(network, count, start=1):
    rows = "".join(f'"{DAY} 03:{i % 60:02}:07","high","{network}.{i}","tcp",23,"host{i}.example","telnet",64496,"XA","","",0,"","login:"\n'
                   for i in range(start, start + count))
    return HEAD + rows


class Resolver:
    """Answers TXT questions from a table, by UDP; by TCP what is cut."""

    def __init__(self):
        self.port = free_port()
        self.records = {}
        self.asked = []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.serve_udp, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    def answer(self, question, cut):
        name, at = [], 12
        while question[at]:
            name.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        name = ".".join(name)
        self.asked.append(name)
        texts = self.records.get(name)
        cut = cut and texts is not None and len(texts) > 3
        flags = 0x8180 | (0x0200 if cut else 0) | (3 if texts is None else 0)
        records = b"" if cut else b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, len(text) + 1) + bytes([len(text)]) + text.encode() for text in texts or ())
        count = 0 if cut else len(texts or ())
        return question[:2] + struct.pack("!HHHHH", flags, 1, count, 0, 0) + question[12:at + 5] + records

    def serve_udp(self):
        while True:
            question, peer = self.udp.recvfrom(4096)
            self.udp.sendto(self.answer(question, cut=True), peer)

    def serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            with connection:
                size = struct.unpack("!H", connection.recv(2))[0]
                answer = self.answer(connection.recv(size), cut=False)
                connection.sendall(struct.pack("!H", len(answer)) + answer)


class Page(html.parser.HTMLParser):
    """What a browser without JavaScript makes of a page."""

    def __init__(self, text):
        super().__init__()
        self.source, self.forms, self.links, self.words, self.tags, self.attributes = text, [], [], [], [], []
        self.select = None
        self.feed(text)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "html":
            self.language, self.direction = attrs["lang"], attrs["dir"]
        if tag == "form":
            self.forms.append({"action": attrs.get("action"), "method": attrs.get("method", "get"), "fields": {}})
        if tag == "a":
            self.links.append(attrs.get("href"))
        if not self.forms:
            return
        fields = self.forms[-1]["fields"]
        if tag == "input" and attrs.get("type") not in ("radio", "checkbox"):
            fields[attrs["name"]] = attrs.get("value", "")
        if tag == "textarea":
            fields[attrs["name"]] = ""
        if tag == "select":
            self.select = attrs["name"]
            fields[self.select] = None
        if tag == "option" and (fields[self.select] is None or "selected" in attrs):
            fields[self.select] = attrs["value"]

    def handle_data(self, data):
        self.words.append(data)

    def form(self, with_field, **wanted):
        """The first form that has this field, and holds these values."""
        for form in self.forms:
            if with_field in form["fields"] and all(form["fields"].get(k) == v for k, v in wanted.items()):
                return form
        raise AssertionError(f"no form with {with_field} {wanted} in {self.forms}")


class Browser:
    """Cookies, forms, redirects. Every page it sees is checked."""

    def __init__(self, tocsin, language=None):
        self.tocsin, self.cookies, self.language, self.sizes, self.page, self.status = tocsin, {}, language, {}, None, 0

    def ask(self, method, target, body=None):
        headers = {"accept-encoding": "gzip"}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if self.language:
            headers["accept-language"] = self.language
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        answer = self.tocsin.http(method, target, headers=headers, body=body)
        for name, value in answer.all_headers:
            if name == "set-cookie":
                assert "HttpOnly" in value and "SameSite=" in value, value
                cookie, rest = value.split(";", 1)
                key, content = cookie.split("=", 1)
                self.cookies[key] = content
                if "Max-Age=0" in rest:
                    del self.cookies[key]
        if answer.headers.get("content-encoding") == "gzip":
            answer.body = gzip.decompress(answer.body)
        self.status = answer.status
        if answer.status == 303:
            return self.ask("GET", answer.headers["location"])
        if "text/html" in answer.headers.get("content-type", ""):
            self.page = Page(answer.text)
            self.sizes[target.split("?")[0]] = len(gzip.compress(answer.body))
            assert "script" not in self.page.tags, target
            assert not [a for a in self.page.attributes if a.startswith("on") or a == "style"], target
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy and "script" not in policy, policy
        return answer

    def get(self, target):
        self.ask("GET", target)
        return self.page

    def submit(self, form, **values):
        fields = {**form["fields"], **values}
        assert form["method"] == "post", form
        self.ask("POST", form["action"], urllib.parse.urlencode({k: v or "" for k, v in fields.items()}))
        return self.page

    def sign_in(self, name, password=PASSWORD):
        return self.submit(self.get("/portal/sign-in").form("password"), name=name, password=password)


class Portal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.resolver = Resolver()
        cls.tocsin = tocsin = Tocsin(config=f'[portal]\nresolver = "127.0.0.1:{cls.resolver.port}"\n[mail]\nsettle_time = "2h"\n')
        tocsin.run("init")
        tocsin.run("org", "add", "Energy CIRT", "--kind", "sector_cirt", "--country", "XA")
        tocsin.run("org", "add", "Northern Power", "--kind", "operator", "--country", "XA", "--parent", "Energy CIRT")
        tocsin.run("org", "add", "Southern Water", "--kind", "operator", "--country", "XA")
        tocsin.run("resource", "add", "Northern Power", "192.0.2.0/24", "--verified")
        tocsin.run("resource", "add", "Southern Water", "203.0.113.0/24", "--verified")
        for name in ("Northern Power", "Southern Water"):
            tocsin.run("contact", "add", name, "--email", f"abuse@{name.split()[0].lower()}.example")
        for name, rows in (("power", report("192.0.2", 120)), ("water", report("203.0.113", 7))):
            path = tocsin.folder / f"{name}.csv"
            path.write_text(rows)
            tocsin.run("ingest", "--feed", "shadowserver/scan_telnet", path)
        tocsin.run("notify", "plan")
        tocsin.run("notify", "approve", "--all")
        tocsin.run("notify", "send")
        cls.warnings = {one["organisation"]["name"]: one["id"] for one in tocsin.json("notify", "list")["items"]}
        for mail in (tocsin.data / "outbox").glob("*.eml"):
            mail.unlink()
        tocsin.start()
        cls.analyst = tocsin.add_key("analyst")

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    def browser(self, name, *options, organisation="Northern Power", language=None):
        """Somebody new of that organisation, signed in."""
        self.tocsin.run("user", "add", name, "--role", "constituent", "--organisation", organisation, *options, "--password-stdin",
                        input=PASSWORD)
        browser = Browser(self.tocsin, language)
        browser.sign_in(name)
        self.assertEqual(browser.status, 200)
        return browser

    def find(self, organisation):
        return self.tocsin.http("GET", f"/api/v1/findings?organisation={organisation}&limit=1", key=self.analyst).json["items"][0]["id"]

    def test_an_invitation_makes_an_account_once(self):
        made = self.tocsin.json("user", "invite", "Northern Power", "--rights", "manager", "--json")
        path = urllib.parse.urlsplit(made["link"]).path
        browser = Browser(self.tocsin)
        page = browser.get(path)
        self.assertIn("Northern Power", page.text)
        page = browser.submit(page.form("password"), name="invited", full_name="In Vited", password="short")
        self.assertEqual(browser.status, 422)
        page = browser.submit(page.form("password"), name="invited", password=PASSWORD)
        self.assertEqual(browser.status, 200)
        self.assertIn("Open findings", page.text)
        Browser(self.tocsin).get(path)
        again = Browser(self.tocsin)
        again.get(path)
        self.assertEqual(again.status, 404)

    def test_findings_are_seen_filtered_paged_and_answered(self):
        editor = self.browser("editor", "--rights", "editor")
        page = editor.get("/portal/findings")
        self.assertIn("120 in all", page.text)
        seen, pages = set(), 0
        while True:
            found = re.findall(r"192\.0\.2\.\d+", page.text)
            self.assertFalse(seen & set(found))
            seen |= set(found)
            pages += 1
            following = [link for link in page.links if "after=" in link]
            if not following:
                break
            page = editor.get(following[0])
        self.assertEqual((len(seen), pages), (120, 5))
        self.assertIn("None.", editor.get("/portal/findings?state=repaired").text)
        self.assertIn("1 in all", editor.get("/portal/findings?q=192.0.2.7").text)
        self.assertNotIn("203.0.113.", editor.get("/portal/findings?q=203.0.113.1").text.split("Show")[-1])
        one = [link for link in editor.get("/portal/findings").links if "/portal/findings/" in link][0]
        page = editor.get(one)
        self.assertIn("How to repair", page.text)
        page = editor.submit(page.form("text"), said="repaired", text="closed the port <b>")
        self.assertIn("Saved.", page.text)
        self.assertIn("closed the port <b>", page.text)
        answered = self.tocsin.http("GET", "/api/v1/findings?said=repaired", key=self.analyst).json["items"]
        self.assertEqual(len(answered), 1)
        files = editor.ask("GET", "/portal/findings.csv?state=open")
        self.assertEqual(files.text.count("\r\n"), 121)

    def test_another_organisations_things_are_not_there(self):
        manager = self.browser("manager", "--rights", "manager")
        foreign = self.find(3)
        for target in (f"/portal/findings/{foreign}", "/portal/contacts/2", "/portal/claims/4711",
                       f"/portal/notifications/{self.warnings['Southern Water']}"):
            manager.get(target)
            self.assertEqual(manager.status, 404, target)
        self.assertNotIn("water.example", manager.get("/portal/contacts").text)
        self.assertNotIn("Southern", manager.get("/portal?as=3").text)
        for page in ("/api/v1/findings", "/api/v1/organisations", "/api/v1/session"):
            answer = manager.ask("GET", page)
            self.assertNotIn("192.0.2.1", answer.text, page)

    def test_a_warning_is_shown_without_the_link_that_answers_for_all(self):
        reader = self.browser("warned")
        page = reader.get("/portal/notifications")
        number = self.warnings["Northern Power"]
        self.assertIn(f"/portal/notifications/{number}", page.source)
        page = reader.get(f"/portal/notifications/{number}")
        self.assertIn("192.0.2.", page.text)
        self.assertNotIn("/o/", page.text)
        finding = reader.get(f"/portal/findings/{self.find(2)}")
        self.assertFalse([form for form in finding.forms if "text" in form["fields"]], "a reader does not answer")

    def test_a_claim_is_shown_by_the_dns_and_decided(self):
        editor = self.browser("claimant", "--rights", "editor")
        page = editor.submit(editor.get("/portal/resources").form("evidence"), kind="domain", value="Power.example", evidence="dns")
        token = re.search(r"tocsin-claim=[\w-]+", page.text).group()
        self.assertIn("_tocsin-claim.power.example", page.text)
        page = editor.submit(page.form("action", action="check"))
        self.assertIn("not found", page.text)
        number = self.tocsin.json("claim", "list", "--json")["items"][0]["id"]
        self.resolver.records["_tocsin-claim.power.example"] = ["a", "b", "c", token]  # so many that UDP is not enough
        checked = None
        for _ in range(60):  # it may be asked for again after a while
            checked = self.tocsin.http("POST", f"/api/v1/resource-claims/{number}/check", key=self.analyst)
            if checked.status == 200:
                break
            time.sleep(1)
        self.assertEqual(checked.json["proof"], "found", checked)
        self.assertIn("power.example", self.tocsin.run("claim", "show", number))
        approved = self.tocsin.json("claim", "approve", number, "--reason", "the record is there", "--json")
        self.assertEqual(approved["state"], "approved")
        self.assertIn("the record is there", editor.get("/portal/resources").text)
        listed = self.tocsin.json("resource", "list", "Northern Power", "--json")["items"]
        mine = [one for one in listed if one["value"] == "power.example"][0]
        self.assertEqual(mine["standing"], "verified")
        self.assertIn("claim", mine["how"])
        self.tocsin.run("org", "undo", approved["change_set"])
        listed = self.tocsin.json("resource", "list", "Northern Power", "--json")["items"]
        self.assertFalse([one for one in listed if one["value"] == "power.example"])

    def test_a_claim_of_what_another_has_is_a_conflict(self):
        editor = self.browser("greedy", "--rights", "editor")
        page = editor.submit(editor.get("/portal/resources").form("evidence"), kind="prefix", value="203.0.113.0/24",
                             evidence="explanation", explanation="We bought them.")
        self.assertEqual(editor.status, 200, page.text)
        number = [one for one in self.tocsin.json("claim", "list", "--json")["items"] if one["value"] == "203.0.113.0/24"][0]["id"]
        self.assertIn("Southern Water", self.tocsin.run("claim", "show", number))
        self.tocsin.run("claim", "approve", number, expect=1)
        self.tocsin.run("claim", "refuse", number, "--reason", "They did not sell.")
        self.assertIn("They did not sell.", editor.get("/portal/resources").text)

    def test_contacts_settings_people_and_keys(self):
        boss = self.browser("boss", "--rights", "manager")
        self.assertIn("no valid contact for the role: security", boss.get("/portal").text)
        page = boss.submit(boss.get("/portal/contacts").form("phone"), role="security", email="sec@northern.example",
                           expires=time.strftime("%Y-%m-%d", time.gmtime(time.time() + 20 * 86400)))
        self.assertIn("expires on", page.text)
        self.assertNotIn("no valid contact", page.text)
        page = boss.submit(boss.get("/portal/settings").form("least"), language="fr", digest="168", least="high", channel="mail",
                           attach="xarf")
        self.assertIn("Saved.", page.text)
        self.assertEqual((page.form("least")["fields"]["digest"], page.form("least")["fields"]["attach"]), ("168", "xarf"))
        page = boss.submit(boss.get("/portal/people").form("email"), email="new@northern.example", right="reader")
        link = re.search(r"http\S+/portal/join/[\w-]+", page.text).group()
        self.assertEqual(len(list((self.tocsin.data / "outbox").glob("*.eml"))), 1)
        Browser(self.tocsin).get(urllib.parse.urlsplit(link).path)
        page = boss.submit(page.form("name", action="key_add"), name="siem")
        key = re.search(r"tocsin_\d+_[\w-]+", page.text).group()
        answer = self.tocsin.http("GET", "/api/v1/portal/findings?format=csv", key=key)
        self.assertEqual(answer.text.count("\r\n"), 121)
        self.assertNotIn("203.0.113.", answer.text)
        self.assertEqual(self.tocsin.http("GET", "/api/v1/findings", key=key).status, 403)
        self.assertEqual(len(self.tocsin.http("GET", "/api/v1/portal/events?limit=50", key=key).json["items"]), 50)
        doors = self.tocsin.http("GET", "/api/v1/disclosures?door=portal", key=self.tocsin.add_key("administrator")).json["items"]
        self.assertTrue(doors)

    def test_a_sector_cirt_sees_those_below_it_only_with_the_right_to(self):
        above = self.browser("above", "--below", organisation="Energy CIRT")
        self.assertIn("120 in all", above.get("/portal/findings").text)
        one = above.get(f"/portal/findings/{self.find(2)}")
        self.assertEqual(above.status, 200)
        self.assertNotIn("false_positive", one.source, "whose it is answers")
        above.get(f"/portal/findings/{self.find(3)}")
        self.assertEqual(above.status, 404)
        alone = self.browser("alone", organisation="Energy CIRT")
        self.assertIn("None.", alone.get("/portal/findings").text)
        alone.get(f"/portal/findings/{self.find(2)}")
        self.assertEqual(alone.status, 404)

    def test_signing_in_is_guarded_and_out_is_out(self):
        reader = self.browser("guarded")
        kept = dict(reader.cookies)
        reader.submit(reader.get("/portal").forms[-1])
        self.assertNotIn("tocsin_portal", reader.cookies)
        old = Browser(self.tocsin)
        old.cookies = kept
        self.assertIn("Sign in", old.get("/portal/findings").text)
        form = Browser(self.tocsin).get("/portal/sign-in").form("password")
        other = Browser(self.tocsin)
        other.submit(form, name="guarded", password=PASSWORD)  # a token of another browser
        self.assertEqual(other.status, 403)
        guesser = Browser(self.tocsin)
        statuses = []
        for _ in range(7):
            guesser.sign_in("guarded", "wrong password here")
            statuses.append(guesser.status)
        self.assertEqual(statuses[0], 401)
        self.assertIn(429, statuses)
        self.tocsin.run("user", "add", "amina", "--role", "administrator", "--password-stdin", input=PASSWORD)
        team = Browser(self.tocsin)
        team.sign_in("amina")
        self.assertEqual(team.status, 403)
        self.assertNotIn("tocsin_portal", team.cookies)

    def test_six_languages_right_to_left_and_every_page_is_small(self):
        someone = self.browser("polyglot", "--rights", "manager")
        finding = f"/portal/findings/{self.find(2)}"
        pages = ["/portal", "/portal/findings", finding, "/portal/notifications", "/portal/resources", "/portal/contacts",
                 "/portal/settings", "/portal/people", "/portal/account"]
        for language, direction in (("ar", "rtl"), ("zh", "ltr"), ("en", "ltr"), ("fr", "ltr"), ("ru", "ltr"), ("es", "ltr")):
            titles = set()
            for target in pages:
                page = someone.get(f"{target}?lang={language}")
                self.assertEqual((someone.status, page.language, page.direction), (200, language, direction), target)
                titles.add(re.search("<title>(.*?)</title>", page.source).group(1))
                self.assertNotRegex(page.text, r"\bportal\.[a-z_]+", "a text that is missing")
            self.assertGreaterEqual(len(titles), 9)
        self.assertEqual(Browser(self.tocsin, "ar").get("/portal/sign-in").direction, "rtl")
        largest = max(someone.sizes.items(), key=lambda item: item[1])
        self.assertLess(largest[1], MOST_BYTES, largest)
        print(f"\nthe largest page of the portal: {largest[0]}, {largest[1]} bytes compressed")


if __name__ == "__main__":
    unittest.main()
