#!/usr/bin/env python3
"""A TAXII server that demands a client certificate: with ours the remote polls, without one or with a stranger's it
fails, and the message says what is missing. The server is Python's, its keys are made here with openssl."""
import http.server
import json
import shutil
import ssl
import subprocess
import threading
import unittest

from tocsin_process import Tocsin

MEDIA = "application/taxii+json;version=2.1"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
OBJECT = {"type": "indicator", "spec_version": "2.1", "id": "indicator--00000000-0000-4000-8000-000000000001",
          "created": "2026-11-20T10:00:00.000Z", "modified": "2026-11-20T10:00:00.000Z",
          "pattern": "[domain-name:value = 'n1.example']", "pattern_type": "stix",
          "valid_from": "2026-11-20T10:00:00Z", "object_marking_refs": [GREEN]}


class Taxii(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    callers = []

    def do_GET(self):
        Taxii.callers.append(dict(part[0] for part in self.connection.getpeercert()["subject"])["commonName"])
        path = self.path.split("?")[0]
        answers = {
            "/taxii2/": {"title": "Northland", "default": "/root/", "api_roots": ["/root/"]},
            "/root/": {"title": "R", "versions": [MEDIA], "max_content_length": 1 << 20},
            "/root/collections/": {"collections": [{"id": COLLECTION, "title": "Everything", "alias": "all",
                                                    "can_read": True, "can_write": False}]},
            f"/root/collections/{COLLECTION}/objects/": {"more": False, "objects": [OBJECT]},
        }
        body = json.dumps(answers.get(path, {"title": "No"})).encode()
        self.send_response(200 if path in answers else 404)
        self.send_header("Content-Type", MEDIA)
        self.send_header("Content-Length", str(len(body)))
        if path.endswith("/objects/"):
            self.send_header("X-TAXII-Date-Added-First", "2026-11-20T10:00:00.000000Z")
            self.send_header("X-TAXII-Date-Added-Last", "2026-11-20T10:00:00.000000Z")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # a handshake that failed is what the test wants


@unittest.skipUnless(shutil.which("openssl"), "needs openssl to make keys")
class ClientCertificate(unittest.TestCase):
    def openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.folder)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def certificate(self, name, authority):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (self.folder / "names.cnf").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        self.openssl("x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", f"{authority}.pem",
                     "-CAkey", f"{authority}.key", "-CAcreateserial", "-extfile", "names.cnf", "-out", f"{name}.pem")

    def setUp(self):
        self.tocsin = self.enterContext(Tocsin())
        self.folder = self.tocsin.folder
        self.authority("ours")
        self.authority("strangers")
        self.certificate("server", "ours")
        self.certificate("us", "ours")
        self.certificate("stranger", "strangers")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        context.load_verify_locations(self.folder / "ours.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.server = Server(("127.0.0.1", 0), Taxii)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.tocsin.run("init")
        self.tocsin.run("org", "add", "Northland", "--kind", "national_cirt", "--country", "XB")
        self.tocsin.run("peer", "add", "north", "--organisation", "Northland")

    def add(self, name, *words):
        self.tocsin.run("taxii", "add", name, "--peer", "north", "--url",
                        f"https://127.0.0.1:{self.server.server_address[1]}/taxii2/", "--collection", "all",
                        "--ca", str(self.folder / "ours.pem"), *words)

    def test_it_is_shown_and_needed(self):
        self.add("with", "--certificate", str(self.folder / "us.pem"), "--key", str(self.folder / "us.key"))
        self.add("without")
        self.add("strange", "--certificate", str(self.folder / "stranger.pem"), "--key", str(self.folder / "stranger.key"))
        self.assertEqual(self.tocsin.json("taxii", "poll", "with")["stored"], 1)
        self.assertEqual(set(Taxii.callers), {"us"}, "the server saw our certificate")
        for name in ("without", "strange"):
            failed = self.tocsin.call("taxii", "poll", name)
            self.assertNotEqual(failed.returncode, 0)
            self.assertNotEqual(failed.returncode, 0)
            self.assertIn("client certificate", failed.stderr)
            shown = self.tocsin.json("taxii", "show", name)["remote"]["poll"]
            self.assertEqual((shown["condition"], shown["failures"]), ("failing", 1))
            self.assertIn("certificate", shown["error"])
        self.assertEqual(set(Taxii.callers), {"us"}, "nobody else came through")

    def test_a_key_that_does_not_fit_is_named(self):
        self.add("wrong", "--certificate", str(self.folder / "us.pem"), "--key", str(self.folder / "stranger.key"))
        failed = self.tocsin.call("taxii", "poll", "wrong")
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("key", failed.stderr)


if __name__ == "__main__":
    unittest.main()
