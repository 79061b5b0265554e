#!/usr/bin/env python3
"""Reports that are fetched: by HTTP with cuts, lies and kills; from a Shadowserver API that checks its signatures; from a real
mail server (Dovecot). Nothing lost, nothing twice."""
import collections
import email.message
import gzip
import hashlib
import hmac
import http.server
import imaplib
import io
import json
import os
import signal
import pathlib
import pwd
import random
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import zipfile

import test_certificates
from gpg_desk import Gpg
from proxy_server import Proxy
from tocsin_process import Tocsin, free_port, quick_folder, wait_until

HEADER = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,hostname_source,sector,banner\n"
KILLS = int(os.environ.get("TOCSIN_SOURCE_KILLS", "6"))
DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"


def report(day, rows, net=10):
    return (HEADER + "".join(f"2026-11-{day:02} 01:02:03,medium,{net}.{day}.{row // 250}.{row % 250 + 1},tcp,23,"
                             f"{hashlib.sha256(f'{net} {day} {row}'.encode()).hexdigest()[:50]}.example,telnet,64512,XA,,,0,,,login:\n"
                             for row in range(rows))).encode()


def stored(tocsin):
    lines = tocsin.run("export", "events", "--format", "jsonl").splitlines()
    return sorted((one["source.ip"], one["time.source"]) for one in map(json.loads, lines))


class Web:
    """An HTTP server that does what a test tells: `pages` is a path's function(handler)."""

    def __init__(self, tls=None):
        """`tls`: a folder of test_certificates; then a client certificate of theirs is demanded."""
        self.pages = {}
        self.asked = []
        self.ending = threading.Event()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                path = self.path.split("?")[0]
                length = int(self.headers.get("Content-Length") or 0)
                self.body = self.rfile.read(length) if length else b""
                web.asked.append((self.command, path, dict(self.headers)))
                page = web.pages.get(path) or web.pages.get("*")
                if page is None:
                    return self.answer(404, b"nothing here")
                try:
                    page(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_GET = do_POST = do_HEAD = handle_one

            def answer(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD" and status != 304:
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # clients that are killed break off
        self.scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls / "server.pem", tls / "server.key")
            context.load_verify_locations(tls / "authority.pem")
            context.verify_mode = ssl.CERT_REQUIRED
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()

    def count(self, path, method="GET"):
        return sum(1 for m, p, _ in self.asked if p == path and m == method)


class WithWeb(unittest.TestCase):
    def setUp(self):
        self.web = Web()
        self.addCleanup(self.web.close)
        self.tocsin = Tocsin()
        self.tocsin.__enter__()
        self.addCleanup(self.tocsin.__exit__, None, None, None)
        self.tocsin.run("init")

    def add(self, name, path, *words, **options):
        return self.tocsin.json("source", "add", name, "--address", self.web.url + path, "--allow-private", *words, **options)["id"]

    def fetch(self, name, *words, **options):
        return self.tocsin.json("source", "run", name, *words, **options)


class Http(WithWeb):
    def test_an_unchanged_file_is_not_taken_again_whatever_the_server_says(self):
        body = [report(1, 40)]

        def page(handler):
            tag = '"' + hashlib.sha256(body[0]).hexdigest()[:16] + '"'
            if handler.headers.get("If-None-Match") == tag:
                return handler.answer(304, ETag=tag)
            handler.answer(200, body[0], ETag=tag)

        self.web.pages["/2026-11-01-scan_telnet-x.csv"] = page
        self.web.pages["/2026-11-01-scan_telnet-forgetful.csv"] = lambda handler: handler.answer(200, body[0])
        self.add("tagged", "/2026-11-01-scan_telnet-x.csv")
        dry = self.fetch("tagged", "--dry-run")
        self.assertEqual([item["name"] for item in dry["items"]], ["2026-11-01-scan_telnet-x.csv"])
        self.assertEqual(stored(self.tocsin), [])
        self.assertEqual(self.fetch("tagged")["taken"], 1)
        self.assertEqual(len(stored(self.tocsin)), 40)
        again = self.fetch("tagged")
        self.assertEqual((again["taken"], again["known"], again["remark"]), (0, 0, "it has not changed"))
        self.assertIn("If-None-Match", self.web.asked[-1][2])
        self.add("forgetful", "/2026-11-01-scan_telnet-forgetful.csv")
        self.assertEqual(self.fetch("forgetful")["known"], 1)
        self.assertEqual(self.fetch("forgetful")["known"], 0)
        body[0] = report(1, 55)
        self.assertEqual(self.fetch("tagged")["taken"], 1)
        self.assertEqual(len(stored(self.tocsin)), 55)

    def test_what_is_cut_is_resumed_where_it_broke_off(self):
        whole = report(2, 60_000)
        cuts = [0]

        def page(handler):
            start = 0
            asked = handler.headers.get("Range")
            if asked and handler.headers.get("If-Range") == '"one"':
                start = int(asked.removeprefix("bytes=").rstrip("-"))
            handler.send_response(206 if start else 200)
            handler.send_header("ETag", '"one"')
            if start:
                handler.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
            handler.send_header("Content-Length", str(len(whole) - start))
            handler.end_headers()
            part = whole[start:]
            if cuts[0] < 2:
                cuts[0] += 1
                handler.wfile.write(part[:len(whole) // 3])
                handler.wfile.flush()
                handler.close_connection = True
                handler.connection.shutdown(socket.SHUT_RDWR)
            else:
                handler.wfile.write(part)

        self.web.pages["/2026-11-02-scan_telnet-x.csv"] = page
        self.add("cut", "/2026-11-02-scan_telnet-x.csv")
        done = self.fetch("cut")
        self.assertEqual(done["taken"], 1)
        self.assertLess(done["bytes"], len(whole) * 1.1)
        self.assertEqual(len(set(stored(self.tocsin))), 60_000)

    def test_packed_answers_and_missed_days(self):
        def page(handler):
            handler.answer(200, gzip.compress(report(26, 30)), Content_Encoding="gzip")

        today = time.strftime("%Y-%m-%d", time.gmtime())
        yesterday = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86_400))
        self.web.pages[f"/{today}-scan_telnet-x.csv"] = page
        self.web.pages[f"/{yesterday}-scan_telnet-x.csv"] = lambda handler: handler.answer(200, report(25, 20))
        self.web.pages["/2026-10-05-scan_telnet-x.csv"] = lambda handler: handler.answer(200, report(5, 10))
        self.add("daily", "/{date}-scan_telnet-x.csv", "--days", "3")
        self.assertEqual(self.fetch("daily")["taken"], 2)
        self.assertEqual(self.fetch("daily")["taken"], 0)
        self.tocsin.run("source", "backfill", "daily", "--from", "2026-10-01", "--to", "2026-10-08")
        self.assertEqual(self.fetch("daily")["taken"], 1)
        self.assertEqual(len(stored(self.tocsin)), 60)
        asked = len(self.web.asked)
        self.fetch("daily")
        self.assertLess(len(self.web.asked) - asked, 4)

    def test_refuses_what_is_too_large_too_slow_elsewhere_or_inside(self):
        def endless(handler):
            handler.send_response(200)
            handler.send_header("Connection", "close")
            handler.end_headers()
            while not self.web.ending.is_set():
                handler.wfile.write(b"x" * 65536)

        def slow(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "1000000")
            handler.end_headers()
            while not self.web.ending.is_set():
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.2)

        other = Web()
        self.addCleanup(other.close)
        other.pages["/there.csv"] = lambda handler: handler.answer(200, report(3, 5))
        self.web.pages["/endless.csv"] = endless
        self.web.pages["/slow.csv"] = slow
        self.web.pages["/moved.csv"] = lambda handler: handler.answer(302, Location=other.url + "/there.csv")
        self.web.pages["/here.csv"] = lambda handler: handler.answer(302, Location="/2026-11-03-scan_telnet-x.csv")
        self.web.pages["/2026-11-03-scan_telnet-x.csv"] = lambda handler: handler.answer(200, report(3, 7))
        self.add("endless", "/endless.csv", "--most-bytes", "1000000")
        self.add("slow", "/slow.csv", "--most-time", "2s")
        self.add("moved", "/moved.csv")
        self.add("elsewhere", "/moved.csv", "--redirects", "--feed", "shadowserver/scan_telnet")
        self.add("here", "/here.csv")
        inside = self.tocsin.json("source", "add", "inside", "--address", self.web.url + "/here.csv")["id"]
        for name, word in (("endless", "large|bytes"), ("slow", "long|slow"), ("moved", "redirect|host"), (inside, "allow")):
            done = self.tocsin.call("source", "run", name)
            self.assertNotEqual(done.returncode, 0, name)
            self.assertRegex(done.stderr, word)
        self.assertEqual(other.count("/there.csv"), 0)
        self.assertEqual(self.fetch("elsewhere")["taken"], 1)
        self.assertEqual(self.fetch("here")["taken"], 1)
        listed = {one["name"]: one for one in self.tocsin.json("source", "list")["items"]}
        self.assertEqual(listed["endless"]["condition"], "failing")
        self.assertEqual(self.tocsin.call("feed", "health").returncode, 1)

    def test_goes_through_a_proxy_and_nowhere_else(self):
        proxy = Proxy()
        self.addCleanup(proxy.close)
        self.web.pages["/2026-11-05-scan_telnet-x.csv"] = lambda handler: handler.answer(200, report(5, 9))
        self.add("through", "/2026-11-05-scan_telnet-x.csv", "--proxy", proxy.url)
        self.assertEqual(self.fetch("through")["taken"], 1)
        self.assertEqual(proxy.asked, [f"GET {self.web.url}/2026-11-05-scan_telnet-x.csv"])
        self.assertEqual(len(stored(self.tocsin)), 9)
        asked = len(self.web.asked)
        self.tocsin.run("source", "edit", "through", "--proxy", f"http://127.0.0.1:{free_port()}")
        self.assertNotEqual(self.tocsin.call("source", "run", "through", "--from-start").returncode, 0)
        self.assertEqual(len(self.web.asked), asked, "nobody was asked without the proxy")

    def test_shows_our_certificate_to_who_demands_one_also_through_a_proxy(self):
        keys = self.tocsin.folder / "keys"
        keys.mkdir()
        test_certificates.make(keys)
        web, proxy = Web(tls=keys), Proxy()
        self.addCleanup(web.close)
        self.addCleanup(proxy.close)
        callers = []

        def page(handler):
            callers.append(dict(part[0] for part in handler.connection.getpeercert()["subject"])["commonName"])
            handler.answer(200, report(6, 10 + len(callers)))

        web.pages["/2026-11-06-scan_telnet-x.csv"] = page
        self.web = web
        pem = ssl.PEM_cert_to_DER_cert((keys / "server.pem").read_text())
        ours = ["--certificate", keys / "us.pem", "--key", keys / "us.key"]
        for name, words, code in (
                ("whole", [*ours, "--ca", keys / "authority.pem", "--proxy", proxy.url], 0),
                ("pinned", [*ours, "--fingerprint", hashlib.sha256(pem).hexdigest()], 0),
                ("other-pin", [*ours, "--fingerprint", "00" * 32], 5),
                ("untrusted", ours, 5),
                ("stranger", ["--certificate", keys / "stranger.pem", "--key", keys / "stranger.key", "--ca", keys / "authority.pem"], None),
                ("nobody", ["--ca", keys / "authority.pem"], None)):
            self.add(name, "/2026-11-06-scan_telnet-x.csv", *words)
            done = self.tocsin.call("source", "run", name)
            if code is None:
                self.assertNotEqual(done.returncode, 0, name)
            else:
                self.assertEqual(done.returncode, code, (name, done.stderr))
            if code != 0:
                self.assertIn("certificate", done.stderr, name)
        self.assertEqual(callers, ["us", "us"])
        self.assertEqual(proxy.asked, [f"CONNECT 127.0.0.1:{web.server.server_address[1]}"])

    def test_signs_in_and_shows_the_secret_nowhere(self):
        secret = "hush-9fa7"
        seen = []

        def page(handler):
            seen.append((handler.headers.get("Authorization"), handler.headers.get("Auth-Key")))
            handler.answer(200 if any(seen[-1]) else 401, report(4, 3 + len(seen)))

        self.web.pages["/2026-11-04-scan_telnet-x.csv"] = page
        for name, words in (("token", []), ("basic", ["--login", "us"]), ("key", ["--header", "Auth-Key"])):
            self.add(name, "/2026-11-04-scan_telnet-x.csv", *words, "--secret-stdin", input=secret + "\n")
            self.fetch(name)
        self.add("nobody", "/2026-11-04-scan_telnet-x.csv")
        self.assertEqual(self.tocsin.call("source", "run", "nobody").returncode, 5)
        self.assertEqual(seen[0], ("Bearer " + secret, None))
        self.assertTrue(seen[1][0].startswith("Basic "))
        self.assertEqual(seen[2], (None, secret))
        text = self.tocsin.run("source", "show", "token", "--json") + self.tocsin.run("audit", "list", "--json")
        self.assertNotIn(secret, text)
        for path in self.tocsin.data.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def test_the_server_fetches_by_itself_and_kills_lose_nothing(self):
        dice = random.Random(20261126)
        day = [0]
        rows = collections.Counter()

        def page(handler):
            body = report(day[0], rows[day[0]])
            handler.send_response(200)
            handler.send_header("ETag", f'"{day[0]}"')
            start = 0
            if handler.headers.get("If-Range") == f'"{day[0]}"':
                start = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-"))
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            for at in range(0, len(body), 40_000):
                handler.wfile.write(body[at:at + 40_000])
                handler.wfile.flush()
                time.sleep(0.01)

        self.web.pages["/scan_telnet.csv"] = page
        self.add("often", "/scan_telnet.csv", "--feed", "shadowserver/scan_telnet", "--every", "10s")
        key = self.tocsin.add_key("administrator")
        for kill in range(KILLS):
            day[0] += 1
            rows[day[0]] = dice.choice((100, 3000, 9000))
            self.tocsin.start()
            answer = self.tocsin.http("POST", "/api/v1/sources/1/run", key=key)
            self.assertEqual(answer.status, 202, answer)
            if kill % 2:
                time.sleep(dice.random() * 0.5)
            else:
                wait_until(lambda: len([e for e in stored(self.tocsin) if e[1].startswith(f"2026-11-{day[0]:02}")]) ==
                           rows[day[0]], what="the events of the day")
            self.tocsin.kill()
            if kill % 2:  # what was under way is fetched again
                self.fetch("often")
        events = stored(self.tocsin)
        self.assertEqual(len(events), sum(rows.values()))
        self.assertEqual(len(set(events)), len(events))

    def test_rest_changes_a_source_and_today_tells_what_is_wrong(self):
        self.web.pages["/x.csv"] = lambda handler: handler.answer(200, b"no report\nat all\n")
        self.tocsin.start()
        key = self.tocsin.add_key("administrator")
        made = self.tocsin.http("POST", "/api/v1/sources", {"name": "bad", "kind": "http", "address": self.web.url + "/x.csv",
                                                            "allow_private": True, "every": "1h"}, key=key)
        self.assertEqual(made.status, 201, made)
        path = f"/api/v1/sources/{made.json['id']}"
        wait_until(lambda: self.tocsin.http("GET", path, key=key).json["source"]["condition"] == "failing", what="the failure")
        today = self.tocsin.http("GET", "/api/v1/today", key=key).json
        self.assertEqual([one["name"] for one in today["troubled_sources"]], ["bad"])
        self.web.pages["/x.csv"] = lambda handler: handler.answer(200, report(6, 12))
        changed = self.tocsin.http("PATCH", path, {"feed": "shadowserver/scan_telnet", "every": "2h"}, key=key)
        self.assertEqual((changed.status, changed.json["every"]), (200, "2h"), changed)
        wait_until(lambda: self.tocsin.http("GET", path, key=key).json["source"]["condition"] == "good", what="the repair")
        self.assertEqual(self.tocsin.http("POST", path + "/pause", key=key).json["condition"], "paused")
        self.assertEqual(self.tocsin.http("POST", path + "/run", key=key).status, 422)
        self.assertEqual(self.tocsin.http("DELETE", path, key=key).status, 204)
        self.assertEqual(self.tocsin.http("GET", path, key=key).status, 404)


class Shadowserver(WithWeb):
    """The reports API as its documentation has it, with its signature checked."""
    KEY, SECRET = "key-5a1", "not-for-the-wire"

    def setUp(self):
        super().setUp()
        self.files = {}  # id: (date, type, file, body)
        self.as_json = False
        self.web.pages["/api2/reports/list"] = self.list
        self.web.pages["/api2/reports/download"] = self.download

    def request(self, handler):
        expected = hmac.new(self.SECRET.encode(), handler.body, hashlib.sha256).hexdigest()
        asked = json.loads(handler.body)
        if not hmac.compare_digest(handler.headers.get("HMAC2", ""), expected) or asked["apikey"] != self.KEY:
            handler.answer(401, json.dumps({"error": "Invalid HMAC2 or key"}).encode())
            return None
        return asked

    def list(self, handler):
        asked = self.request(handler)
        if asked is None:
            return
        first, last = asked["date"].split(":")
        found = [{"id": id, "timestamp": date + " 00:00:00", "type": kind, "file": file, "report": "xa", "url": ""}
                 for id, (date, kind, file, _) in self.files.items() if first <= date <= last]
        handler.answer(200, json.dumps(found).encode())

    def download(self, handler):
        asked = self.request(handler)
        if asked is None:
            return
        if asked["id"] not in self.files:
            return handler.answer(404, b'{"error": "no such report"}')
        body = self.files[asked["id"]][3]
        if self.as_json:
            header, *lines = body.decode().strip().split("\n")
            body = json.dumps([dict(zip(header.split(","), line.split(","))) for line in lines]).encode()
        handler.answer(200, body)

    def put(self, days_ago, rows, net=10):
        stamp = time.time() - days_ago * 86_400
        date = time.strftime("%Y-%m-%d", time.gmtime(stamp))
        id = f"r{len(self.files)}-{net}"
        self.files[id] = (date, "scan_telnet", f"{date}-scan_telnet-xa{net}.csv", report(1 + days_ago, rows, net))

    def add_source(self, *words, secret=None):
        self.tocsin.run("source", "add", "sha", "--kind", "shadowserver", "--address", self.web.url + "/api2/", "--allow-private",
                        "--login", self.KEY, "--secret-stdin", *words, input=(secret or self.SECRET) + "\n")

    def test_asks_for_missed_days_and_takes_each_report_once(self):
        self.put(0, 20)
        self.put(1, 30)
        self.put(9, 40)
        self.add_source("--days", "3")
        self.assertEqual(len(self.fetch("sha", "--dry-run")["items"]), 2)
        self.assertEqual(self.fetch("sha")["taken"], 2)
        self.assertEqual(self.fetch("sha")["taken"], 0)
        self.assertEqual(self.web.count("/api2/reports/download", "POST"), 2)
        self.put(0, 25, net=11)
        self.as_json = True
        self.assertEqual(self.fetch("sha")["taken"], 1)
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 9 * 86_400))
        self.tocsin.run("source", "backfill", "sha", "--from", day, "--to", day)
        self.assertEqual(self.fetch("sha")["taken"], 1)
        events = stored(self.tocsin)
        self.assertEqual((len(events), len(set(events))), (115, 115))
        self.assertNotIn(self.KEY, self.tocsin.run("source", "show", "sha", "--json"))

    def test_a_wrong_secret_is_told_and_nothing_is_lost(self):
        self.put(0, 20)
        self.add_source(secret="wrong")
        done = self.tocsin.call("source", "run", "sha")
        self.assertEqual(done.returncode, 5)
        self.assertIn("Invalid HMAC2", done.stderr)
        self.tocsin.run("source", "secret", "sha", "--login", self.KEY, "--secret-stdin", input=self.SECRET + "\n")
        self.assertEqual(self.fetch("sha")["taken"], 1)

    def test_kills_while_fetching_lose_nothing_and_double_nothing(self):
        dice = random.Random(20261126)
        expected = 0
        for number in range(12):
            rows = dice.choice((50, 400, 3000))
            expected += rows
            self.put(number % 3, rows, net=20 + number)
        plain = self.download

        def slow(handler):
            time.sleep(0.05)
            plain(handler)

        self.web.pages["/api2/reports/download"] = slow
        self.add_source("--days", "5", "--every", "10s")
        key = self.tocsin.add_key("administrator")
        for _ in range(KILLS):
            self.tocsin.start()
            self.tocsin.http("POST", "/api/v1/sources/1/run", key=key)
            time.sleep(0.1 + dice.random() * 0.4)
            self.tocsin.kill()
        self.fetch("sha")
        events = stored(self.tocsin)
        self.assertEqual((len(events), len(set(events))), (expected, expected))


class Dovecot:
    """A real IMAP server on a loopback port, with a folder and a configuration of its own. `tls`: a folder of test_certificates."""

    def __init__(self, tls=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-mail-", dir=quick_folder()))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.secure_port = free_port() if tls else 0
        user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        account = pwd.getpwnam(user)
        mails = self.folder / "mails"
        mails.mkdir()
        if os.geteuid() == 0:
            os.chown(mails, account.pw_uid, account.pw_gid)
        (self.folder / "users").write_text(f"reports:{{PLAIN}}pass word:{account.pw_uid}:{account.pw_gid}::{mails}\n")
        unprivileged = "" if os.geteuid() == 0 else f"default_internal_user = {user}\ndefault_login_user = {user}\n"
        root = "" if os.geteuid() != 0 else "default_login_user = nobody\ndefault_internal_user = nobody\ndefault_internal_group = nogroup\n"
        (self.folder / "dovecot.conf").write_text(f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap
listen = 127.0.0.1
{f"ssl = yes{chr(10)}ssl_cert = <{tls}/server.pem{chr(10)}ssl_key = <{tls}/server.key" if tls else "ssl = no"}
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = maildir:{mails}
{unprivileged}{root}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.secure_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
""")
        self.process = subprocess.Popen([DOVECOT, "-F", "-c", str(self.folder / "dovecot.conf")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        wait_until(self.answers, 20, "Dovecot to answer")

    def answers(self):
        if self.process.poll() is not None:
            log = self.folder / "log"
            raise AssertionError(self.process.stderr.read().decode() + (log.read_text() if log.exists() else ""))
        try:
            self.open().logout()
            return True
        except (OSError, imaplib.IMAP4.error):
            return False

    def open(self):
        box = imaplib.IMAP4("127.0.0.1", self.port)
        box.login("reports", "pass word")
        return box

    def put(self, subject, text="See the attachment.", attachments=()):
        message = email.message.EmailMessage()
        message["From"], message["To"], message["Subject"] = "feed@sender.example", "reports@cirt.example", subject
        message.set_content(text)
        for name, body in attachments:
            message.add_attachment(body, maintype="application", subtype="octet-stream", filename=name)
        box = self.open()
        box.append("INBOX", None, None, message.as_bytes())
        box.logout()

    def count(self, folder):
        box = self.open()
        status, found = box.select(f'"{folder}"', readonly=True)
        box.logout()
        return int(found[0]) if status == "OK" else 0

    def flags(self):
        box = self.open()
        box.select("INBOX", readonly=True)
        _, found = box.fetch("1:*", "(FLAGS)")
        box.logout()
        return [line.decode() for line in found if line]

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)  # it would take a second to say good-bye, and its folder goes anyway
        self.process.wait(20)
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Mailbox(WithWeb):
    def setUp(self):
        super().setUp()
        self.mail = Dovecot()
        self.addCleanup(self.mail.close)

    def add_box(self, *words):
        self.tocsin.run("source", "add", "box", "--kind", "imap", "--address", f"imap://127.0.0.1:{self.mail.port}", "--allow-private",
                        "--allow-http", "--login", "reports", "--secret-stdin", *words, input="pass word\n")

    def test_takes_attachments_and_allowed_links_and_flags_the_message(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("2026-11-02-scan_telnet-z.csv", report(2, 20))
        self.mail.put("plain", attachments=[("2026-11-01-scan_telnet-a.csv", report(1, 10)), ("logo.png", b"\x89PNG")])
        self.mail.put("zip", attachments=[("report.zip", packed.getvalue())])
        self.mail.put("gz", attachments=[("2026-11-03-scan_telnet-g.csv.gz", gzip.compress(report(3, 30)))])
        self.mail.put("link", f"Fetch {self.web.url}/ok/2026-11-04-scan_telnet-l.csv and {self.web.url}/no/x.csv.\n")
        self.web.pages["/ok/2026-11-04-scan_telnet-l.csv"] = lambda handler: handler.answer(200, report(4, 40))
        self.add_box("--link", self.web.url.replace(".", "\\.") + "/ok/.*")
        dry = self.fetch("box", "--dry-run")
        self.assertEqual(len(dry["items"]), 4)
        self.assertFalse([line for line in self.mail.flags() if "Seen" in line])
        self.assertEqual(self.fetch("box")["taken"], 4)
        self.assertEqual(len(stored(self.tocsin)), 100)
        self.assertEqual(self.web.count("/no/x.csv"), 0)
        self.assertEqual(len([line for line in self.mail.flags() if "Seen" in line and "$TocsinTaken" in line]), 4)
        self.assertEqual(self.fetch("box")["taken"], 0)
        self.mail.put("bad", attachments=[("nobody-knows.csv", b"x\ny\n")])
        self.mail.put("more", attachments=[("2026-11-05-scan_telnet-a.csv", report(5, 5))])
        self.assertEqual(self.fetch("box", expect=3)["taken"], 1)
        self.assertEqual(len(stored(self.tocsin)), 105)

    def test_moves_messages_and_says_so_when_one_is_encrypted(self):
        self.mail.put("one", attachments=[("2026-11-01-scan_telnet-a.csv", report(1, 10))])
        self.mail.put("secret", attachments=[("2026.asc", b"-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n")])
        self.add_box("--move-to", "Taken")
        done = self.fetch("box", expect=3)
        self.assertEqual((done["taken"], done["failed"]), (1, 1))
        self.assertEqual((self.mail.count("Taken"), self.mail.count("INBOX")), (1, 1))
        self.assertIn("encrypted", self.tocsin.run("source", "show", "box"))

    def test_a_report_that_is_encrypted_to_us_is_taken_and_who_signed_is_recorded(self):
        sender = Gpg()
        self.addCleanup(sender.close)
        ours = self.tocsin.json("mail-key", "make")["fingerprint"]
        sender.run("--import", input=self.tocsin.run("mail-key", "export").encode())
        sender.make("feed@sender.example")
        key = self.tocsin.folder / "sender.asc"
        key.write_bytes(sender.public("feed@sender.example"))
        self.tocsin.run("org", "add", "Sender", "--kind", "feed_provider")
        self.tocsin.run("contact", "add", "Sender", "--email", "feed@sender.example", "--key-file", key)
        sealed = sender.run("-se", "-u", "feed@sender.example", "-r", ours, input=report(1, 10)).stdout
        self.mail.put("sealed", attachments=[("2026-11-01-scan_telnet-a.csv.pgp", sealed)])
        self.add_box()
        self.assertEqual(self.fetch("box")["taken"], 1)
        self.assertEqual(len(stored(self.tocsin)), 10)
        self.tocsin.start()
        listed = self.tocsin.http("GET", "/api/v1/reports", key=self.tocsin.add_key()).json["items"]
        self.assertTrue(listed[0]["signature"].startswith("good: "), listed)

    def test_by_tls_the_server_must_be_who_it_says(self):
        keys = self.tocsin.folder / "keys"
        keys.mkdir()
        test_certificates.make(keys)
        mail = Dovecot(tls=keys)
        self.addCleanup(mail.close)
        mail.put("one", attachments=[("2026-11-01-scan_telnet-a.csv", report(1, 10))])
        for name, url, words in (("imaps", f"imaps://127.0.0.1:{mail.secure_port}", ["--ca", keys / "authority.pem"]),
                                 ("starttls", f"imap://127.0.0.1:{mail.port}", ["--ca", keys / "authority.pem"]),
                                 ("untrusted", f"imaps://127.0.0.1:{mail.secure_port}", []),
                                 ("no-tls", f"imap://127.0.0.1:{self.mail.port}", [])):
            self.tocsin.run("source", "add", name, "--kind", "imap", "--address", url, "--allow-private", "--login", "reports",
                            "--secret-stdin", *words, input="pass word\n")
        self.assertEqual(self.fetch("imaps")["taken"], 1)
        self.assertEqual(self.fetch("starttls")["known"], 1)
        self.assertEqual(len(stored(self.tocsin)), 10)
        for name, word in (("untrusted", "certificate"), ("no-tls", "TLS")):
            failed = self.tocsin.call("source", "run", name)
            self.assertEqual((failed.returncode, word in failed.stderr), (5, True), (name, failed.stderr))

    def test_a_wrong_password_is_told(self):
        self.add_box()
        self.tocsin.run("source", "secret", "box", "--login", "reports", "--secret-stdin", input="wrong\n")
        done = self.tocsin.call("source", "run", "box")
        self.assertEqual(done.returncode, 5)
        self.assertIn("login", done.stderr)

    def test_kills_lose_no_message_and_double_none(self):
        dice = random.Random(20261126)
        self.add_box("--move-to", "Taken", "--every", "10s")
        key = self.tocsin.add_key("administrator")
        expected = messages = 0
        for kill in range(KILLS):
            for number in range(4):
                rows = dice.choice((10, 500, 4000))
                expected += rows
                messages += 1
                name = f"2026-11-{kill + 1:02}-scan_telnet-{number}.csv"
                self.mail.put(name, attachments=[(name, report(kill + 1, rows, 20 + number))])
            self.tocsin.start()
            self.tocsin.http("POST", "/api/v1/sources/1/run", key=key)
            time.sleep(dice.random() * 0.4)
            self.tocsin.kill()
        self.fetch("box")
        events = stored(self.tocsin)
        self.assertEqual((len(events), len(set(events))), (expected, expected))
        self.assertEqual((self.mail.count("Taken"), self.mail.count("INBOX")), (messages, 0))


if __name__ == "__main__":
    unittest.main()
