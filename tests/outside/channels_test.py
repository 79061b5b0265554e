#!/usr/bin/env python3
"""Warnings by other ways than mail: a webhook's receiver that checks each signature and is sometimes broken, chat rooms, a gateway of
text messages, and letters. The program is killed while it sends: by the key each warning is taken once."""
import collections
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import random
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from kill_send_test import report
from tocsin_process import Tocsin, wait_until

KILLS = int(os.environ.get("TOCSIN_CHANNEL_KILLS", "6"))


class Receiver:
    """An HTTPS server of an owner: `answer(handler, body)` gives the status of each request."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-hook-"))
        self.certificate = self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", str(self.folder / "key.pem"), "-out", str(self.certificate)],
                       check=True, capture_output=True)
        self.got = []  # (method, path, headers, body)
        self.answer = lambda handler, body: 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.command, self.path, dict(self.headers), body))
                status = receiver.answer(self, body)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True

            do_POST = do_PUT = take

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.folder / "key.pem")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Channels(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def house(self, more="", organisations=2, contact="{url}/{i}", reachable="127.0.0.0/8"):
        config = ('[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n[server]\npublic_url = "https://cirt.example"\n'
                  f'[mail]\nhold = false\nretry_after = "1s"\n[channels]\nreachable = "{reachable}"\nca_file = "{self.receiver.certificate}"\n' + more)
        tocsin = Tocsin(config=config)
        tocsin.__enter__()
        self.addCleanup(tocsin.__exit__, None, None, None)
        tocsin.run("init")
        files = {"organisations.csv": "name,kind,language\n", "resources.csv": "organisation,kind,value\n",
                 "contacts.csv": "organisation,role,webhook,phone,name\n"}
        for i in range(organisations):
            files["organisations.csv"] += f"Organisation {i},constituent,{('en', 'ar')[i % 2]}\n"
            files["resources.csv"] += f"Organisation {i},prefix,10.0.{i}.0/24\n"
            files["contacts.csv"] += f"Organisation {i},abuse,{contact.format(url=self.receiver.url, i=i)},+15550{i:03},Ada {i}\n"
        for name, text in files.items():
            (tocsin.folder / name).write_text(text)
            tocsin.run("org", "import", tocsin.folder / name)
        path = tocsin.folder / "2026-11-22-scan_telnet-example.csv"
        path.write_text(report(organisations))
        tocsin.run("ingest", path)
        return tocsin

    def contacts(self, tocsin):
        return {one["organisation"]["name"]: one["id"] for one in tocsin.json("contact", "list")["items"]}

    def checked(self, request, secret):
        """The body of a webhook, once its signature was found good."""
        _, _, headers, body = request
        parts = dict(part.split("=", 1) for part in headers["Tocsin-Signature"].split(","))
        self.assertLess(abs(time.time() - int(parts["t"])), 300)
        good = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertTrue(hmac.compare_digest(good, parts["v1"]))
        return json.loads(body)

    def send_until(self, tocsin, state, number, seconds=30):
        def sent():
            tocsin.json("notify", "send")
            return tocsin.json("notify", "list", "--state", state)["total"] == number
        wait_until(sent, seconds, f"{number} {state}")

    def test_a_webhook_is_signed_and_tried_again_while_its_receiver_is_broken(self):
        tocsin = self.house()
        secrets = {f"/{name[-1]}": tocsin.json("channel", "set", id)["secret"] for name, id in self.contacts(tocsin).items()}
        left = [500, 503]
        self.receiver.answer = lambda handler, body: left.pop() if handler.path == "/0" and left else 204
        self.assertEqual(tocsin.json("notify", "plan")["notifications"], 2)
        self.send_until(tocsin, "sent", 2)
        bodies = collections.defaultdict(set)
        for request in self.receiver.got:
            told = self.checked(request, secrets[request[1]])
            self.assertEqual(told["id"], request[2]["Idempotency-Key"])
            bodies[told["id"]].add(request[3])
        self.assertEqual(len(self.receiver.got), 4)
        self.assertEqual([len(same) for same in bodies.values()], [1, 1], "each time the same body")
        told = json.loads(self.receiver.got[0][3])
        self.assertEqual((told["format"], told["tlp"], len(told["findings"])), ("tocsin.warning", "TLP:AMBER", 1))
        self.assertTrue(told["link"].startswith("https://cirt.example/o/"))
        for path in tocsin.data.rglob("*"):
            if path.is_file():
                for secret in secrets.values():
                    self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def test_kills_send_nothing_twice_to_who_honours_the_key(self):
        dice = random.Random(20261127)
        number = KILLS * 8
        tocsin = self.house(organisations=number)
        for id in self.contacts(tocsin).values():
            tocsin.json("channel", "set", id)
        self.receiver.answer = lambda handler, body: time.sleep(0.05) or (500 if dice.random() < 0.2 else 200)
        self.assertEqual(tocsin.json("notify", "plan")["notifications"], number)
        for _ in range(KILLS):
            tocsin.start()
            time.sleep(dice.random() * 0.5)
            tocsin.kill()
        self.send_until(tocsin, "sent", number, 60)
        taken = {}  # what a receiver that honours the key holds
        for request in self.receiver.got:
            taken.setdefault(request[2]["Idempotency-Key"], request[3])
            self.assertEqual(taken[request[2]["Idempotency-Key"]], request[3])
        self.assertEqual(len(taken), number)
        self.assertEqual(sum(one["uncertain"] for one in tocsin.json("notify", "list")["items"]), 0)

    def test_an_address_inside_and_a_refusal_fail_for_good(self):
        tocsin = self.house(reachable="10.9.0.0/16")
        for id in self.contacts(tocsin).values():
            tocsin.json("channel", "set", id)
        tocsin.json("notify", "plan")
        self.send_until(tocsin, "failed", 2)
        self.assertEqual(self.receiver.got, [])

    def test_chat_rooms_get_a_short_text_and_matrix_a_transaction(self):
        tocsin = self.house()
        first, second = self.contacts(tocsin)["Organisation 0"], self.contacts(tocsin)["Organisation 1"]
        tocsin.run("channel", "set", first, "--kind", "mattermost", "--tlp", "AMBER")
        tocsin.run("channel", "set", second, "--kind", "matrix", "--room", "!ops:example.org", "--secret-stdin", input="syt_token\n")
        tocsin.json("notify", "plan")
        self.send_until(tocsin, "sent", 2)
        got = {method: (path, headers, json.loads(body)) for method, path, headers, body in self.receiver.got}
        text = got["POST"][2]["text"]
        self.assertIn("1 finding", text)
        self.assertNotIn("10.0.0.7", text)
        path, headers, body = got["PUT"]
        self.assertTrue(path.startswith("/1/_matrix/client/v3/rooms/%21ops%3Aexample.org/send/m.room.message/"), path)
        self.assertEqual(headers["Authorization"], "Bearer syt_token")
        self.assertEqual(body["msgtype"], "m.text")
        self.assertIn("https://cirt.example/o/", body["body"])

    def test_text_messages_and_letters_reach_who_has_nothing_else(self):
        gateway = f'[sms]\ngateway = "{self.receiver.url}/sms"\ncontent_type = "application/json"\n' \
                  'body = \'{"to": "{to}", "text": "{text}"}\'\nauthorization = "Bearer key"\n'
        tocsin = self.house(gateway, contact="")
        tocsin.json("notify", "plan")
        self.send_until(tocsin, "sent", 2)
        texts = {one["to"]: one["text"] for one in (json.loads(body) for _, _, _, body in self.receiver.got)}
        self.assertEqual(set(texts), {"+15550000", "+15550001"})
        self.assertTrue(all("https://cirt.example/o/" in text for text in texts.values()))
        self.assertEqual(self.receiver.got[0][2]["Authorization"], "Bearer key")
        paper = self.house("letters = true\n", contact="")
        paper.json("notify", "plan")
        self.send_until(paper, "sent", 2)
        waiting = [one["notification"] for one in paper.json("letter", "list")["items"]]
        self.assertEqual(len(waiting), 2)
        paper.run("letter", "print", *waiting, "--folder", paper.folder)
        for number in waiting:
            self.assertTrue((paper.folder / f"letter-{number}.pdf").read_bytes().startswith(b"%PDF"))
        paper.run("letter", "posted", *waiting)
        self.assertEqual(paper.json("letter", "list")["items"], [])


if __name__ == "__main__":
    unittest.main()
