#!/usr/bin/env python3
"""A real SMTP server (aiosmtpd) for tests from outside, in a process of its own: STARTTLS, AUTH, and trouble on demand.

    with MailServer(tls=True, user="tocsin", password="secret") as server:
        ... server.config() is the [mail] section for it ...
        server.delivered()          # [{"id": "<...>", "from": ..., "to": [...], "tls": true, "auth": true, "file": path}, ...]

What a recipient's address begins with says what happens to the message:
    grey-    450 at RCPT the first time, then taken
    full-    452 at the end of the data, always
    gone-    550 at RCPT
    spam-    554 at the end of the data
    cut-     the connection is cut in place of an answer to the end of the data; the message is not taken
    slow-    the answer to the end of the data comes 2 s late
A message counts as delivered when it was written down, before the answer is sent.
"""
import asyncio
import email
import email.policy
import json
import os
import pathlib
import random
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time

from tocsin_process import free_port, quick_folder


class MailServer:
    def __init__(self, tls=False, user=None, password=None, jitter=0.0):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-mail-", dir=quick_folder()))
        self.port = free_port()
        self.user, self.password, self.tls = user, password, tls
        self.log = self.folder / "delivered.jsonl"
        self.certificate = self.folder / "certificate.pem"
        settings = {"port": self.port, "folder": str(self.folder), "tls": tls, "user": user, "password": password,
                    "jitter": jitter}
        if tls:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                            str(self.folder / "key.pem"), "-out", str(self.certificate)],
                           check=True, capture_output=True)
        self.process = subprocess.Popen(["/usr/bin/python3", __file__, json.dumps(settings)], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        assert self.process.stdout.readline().strip() == "ready"

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def config(self):
        lines = ["[mail]", f'server = "smtp://localhost:{self.port}"', f'tls = "{"required" if self.tls else "none"}"']
        if self.tls:
            lines.append(f'ca_file = "{self.certificate}"')
        if self.user:
            lines += [f'user = "{self.user}"', f'password = "{self.password}"']
        return "\n".join(lines) + "\n"

    def delivered(self):
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines() if line]

    def log_size(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def message(self, entry):
        with open(entry["file"], "rb") as file:
            return email.message_from_binary_file(file, policy=email.policy.default)


def serve(settings):
    from aiosmtpd.smtp import SMTP, AuthResult

    folder = pathlib.Path(settings["folder"])
    log = os.open(folder / "delivered.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    seen = set()
    count = 0

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):
            name = address.split("@")[0]
            if name.startswith("gone-"):
                return "550 5.1.1 no such mailbox"
            if name.startswith("grey-") and address not in seen:
                seen.add(address)
                return "450 4.7.1 greylisted, come back later"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            nonlocal count
            name = envelope.rcpt_tos[0].split("@")[0]
            if name.startswith("full-"):
                return "452 4.2.2 mailbox full"
            if name.startswith("spam-"):
                return "554 5.7.1 not wanted"
            if name.startswith("cut-"):
                server.transport.abort()
                return "250 never seen"
            count += 1
            path = folder / f"{count}.eml"
            path.write_bytes(envelope.original_content)
            identity = email.message_from_bytes(envelope.original_content)["Message-ID"]
            line = json.dumps({"id": identity, "from": envelope.mail_from, "to": envelope.rcpt_tos, "file": str(path),
                               "tls": session.ssl is not None, "auth": bool(session.authenticated)}) + "\n"
            os.write(log, line.encode())
            if settings["jitter"]:
                time.sleep(random.random() * settings["jitter"])  # the whole server waits: the answer comes late
            if name.startswith("slow-"):
                await asyncio.sleep(2)
            return "250 2.0.0 taken"

    def authenticate(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (settings["user"].encode(), settings["password"].encode())
        return AuthResult(success=good, handled=good)

    options = {}
    if settings["tls"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        options.update(tls_context=context, require_starttls=True)
    if settings["user"]:
        options.update(authenticator=authenticate, auth_required=True, auth_require_tls=settings["tls"])

    async def main():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Handler(), hostname="mail.example", **options), "127.0.0.1",
                                          settings["port"])
        print("ready", flush=True)
        await server.serve_forever()

    asyncio.run(main())


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
