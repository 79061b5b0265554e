#!/usr/bin/env python3
"""Warnings that leave encrypted, and reports that come in encrypted: read by GnuPG and OpenSSL as anybody would."""
import base64
import email
import email.policy
import os
import pathlib
import random
import re
import signal
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest

from gpg_desk import Gpg
from kill_send_test import report
from mail_server import MailServer
from tocsin_process import Tocsin, wait_until

KILLS = int(os.environ.get("TOCSIN_KILLS", "15"))
ADDRESS = b"10.0."  # of every finding here


def certificate(folder, name, address, bits=2048, extra=()):
    subprocess.run(["openssl", "req", "-x509", "-newkey", f"rsa:{bits}", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=email:{address}", "-addext", "keyUsage=digitalSignature,keyEncipherment",
                    "-addext", "extendedKeyUsage=emailProtection", "-keyout", str(folder / f"{name}.key"), "-out",
                    str(folder / f"{name}.crt"), *extra], check=True, capture_output=True)
    return folder / f"{name}.crt"


def agents_of(folder):
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    return [line for line in listed.splitlines() if "gpg-agent" in line and str(folder) in line]


class Sealed(unittest.TestCase):
    def setUp(self):
        self.reader = Gpg()
        self.addCleanup(self.reader.close)

    def config(self, server, extra=""):
        return '[team]\nname = "CIRT of Freedonia"\nemail = "cirt@cirt.example"\n' + \
            (server.config() if server else "[mail]\n") + 'hold = false\nretry_after = "1s"\n' + extra

    def prepare(self, tocsin, count, contacts):
        tocsin.run("init")
        files = {"organisations.csv": "name,kind,language\n", "resources.csv": "organisation,kind,value\n"}
        for i in range(count):
            files["organisations.csv"] += f"Organisation {i},constituent,en\n"
            files["resources.csv"] += f"Organisation {i},prefix,10.0.{i}.0/24\n"
        for name, text in files.items():
            (tocsin.folder / name).write_text(text)
            tocsin.run("org", "import", tocsin.folder / name)
        numbers = []
        for organisation, address, key in contacts:
            words = ["contact", "add", f"Organisation {organisation}", "--email", address]
            if key is not None:
                path = tocsin.folder / f"{address}.asc"
                path.write_bytes(key)
                words += ["--key-file", path]
            numbers.append(tocsin.json(*words)["id"])
        path = tocsin.folder / "2026-11-22-scan_telnet-example.csv"
        path.write_text(report(count))
        tocsin.run("ingest", path)
        return numbers

    def raw(self, entry):
        return pathlib.Path(entry["file"]).read_bytes()

    def opened(self, raw):
        """The inside of a PGP/MIME message as a reader sees it, and what GnuPG said of it."""
        outside = email.message_from_bytes(raw, policy=email.policy.default)
        self.assertEqual(outside.get_content_type(), "multipart/encrypted")
        self.assertEqual(outside["Subject"], "[...]")
        plain, status = self.reader.decrypt(outside.get_payload(1).get_payload(decode=True))
        return email.message_from_bytes(plain, policy=email.policy.default), status

    def test_a_contact_with_an_openpgp_key_gets_nothing_in_clear(self):
        self.reader.make("abuse@o0.example", "default")  # RSA
        with MailServer() as server, Tocsin(config=self.config(server)) as tocsin:
            self.prepare(tocsin, 1, [(0, "abuse@o0.example", self.reader.public("abuse@o0.example")),
                                     (0, "plain@o0.example", None)])
            ours = tocsin.json("mail-key", "make")
            self.reader.run("--import", input=tocsin.run("mail-key", "export").encode())
            self.assertEqual(tocsin.json("notify", "plan")["notifications"], 2, "one for each way of reading")
            self.assertEqual(tocsin.json("notify", "send")["sent"], 2)
            entries = {tuple(one["to"]): one for one in server.delivered()}
            self.assertEqual(set(entries), {("abuse@o0.example",), ("plain@o0.example",)})
            self.assertIn(ADDRESS, self.raw(entries[("plain@o0.example",)]))
            raw = self.raw(entries[("abuse@o0.example",)])
            self.assertNotIn(ADDRESS, raw)
            self.assertNotIn(b"Organisation", raw)
            inside, status = self.opened(raw)
            self.assertIn(f"VALIDSIG {ours['fingerprint']}", status)
            self.assertIn("10.0.0.7", inside.get_body(("plain",)).get_content())
            self.assertIn("10.0.0.7", next(inside.iter_attachments()).get_content())
            self.assertIn("TLP:AMBER", inside["Subject"])
            self.assertEqual(inside["Message-ID"], email.message_from_bytes(raw)["Message-ID"])
            self.assertIn("Subject: [...]", inside.get_all("HP-Outer"))
            listed = {tuple(one["to"]): one for one in tocsin.json("notify", "list")["items"]}
            shown = tocsin.json("notify", "show", listed[("abuse@o0.example",)]["id"])
            self.assertTrue(shown["notification"]["sealed"].startswith("openpgp "))
            self.assertEqual(shown["sealing"][0]["kind"], "openpgp")
            self.assertIn("10.0.0.7", shown["text"], "the team reads it in clear")
            clear = tocsin.run("notify", "show", listed[("abuse@o0.example",)]["id"], "--eml")
            self.assertIn("X-Tocsin-Encryption: leaves encrypted: openpgp", clear.replace("\n ", " "))
            self.assertNotIn("sealed", tocsin.json("notify", "show", listed[("plain@o0.example",)]["id"])["notification"])
            keys = tocsin.data / "mail-keys"
            self.assertEqual(stat.S_IMODE(keys.stat().st_mode), 0o700)
            self.assertEqual(stat.S_IMODE((keys / "openpgp.asc").stat().st_mode), 0o600)
            self.assertEqual(agents_of(tocsin.folder), [])
            self.assertFalse(list((tocsin.data / "mail-work").glob("*")))
            tocsin.run("mail-key", "make", expect=1)
            self.assertNotEqual(tocsin.json("mail-key", "make", "--replace")["fingerprint"], ours["fingerprint"])
            self.assertTrue((keys / f"older-{ours['fingerprint']}.asc").exists())
            self.assertIn("mail_key.make", tocsin.run("audit", "list", "--json"))

    def test_smime_is_read_by_openssl(self):
        with MailServer() as server, Tocsin(config=self.config(server)) as tocsin:
            theirs = certificate(tocsin.folder, "theirs", "abuse@o0.example")
            ours = certificate(tocsin.folder, "ours", "cirt@cirt.example")
            self.prepare(tocsin, 1, [(0, "abuse@o0.example", theirs.read_bytes())])
            packed = tocsin.folder / "ours.p12"
            subprocess.run(["openssl", "pkcs12", "-export", "-in", ours, "-inkey", tocsin.folder / "ours.key", "-out",
                            packed, "-passout", "pass:sesame"], check=True, capture_output=True)
            passphrase = tocsin.folder / "passphrase"
            passphrase.write_text("wrong\n")
            tocsin.run("mail-key", "import", packed, "--passphrase-file", passphrase, expect=1)
            passphrase.write_text("sesame\n")
            self.assertEqual(tocsin.json("mail-key", "import", packed, "--passphrase-file", passphrase)["kind"], "smime")
            tocsin.run("notify", "plan")
            self.assertEqual(tocsin.json("notify", "send")["sent"], 1)
            raw = self.raw(server.delivered()[0])
            self.assertNotIn(ADDRESS, raw)
            self.assertEqual(email.message_from_bytes(raw)["Subject"], "[...]")
            signed = subprocess.run(["openssl", "cms", "-decrypt", "-recip", theirs, "-inkey", tocsin.folder / "theirs.key"],
                                    input=raw, check=True, capture_output=True).stdout
            plain = subprocess.run(["openssl", "cms", "-verify", "-CAfile", ours, "-purpose", "any"], input=signed,
                                   capture_output=True)
            self.assertEqual(plain.returncode, 0, plain.stderr)
            inside = email.message_from_bytes(plain.stdout, policy=email.policy.default)
            self.assertIn("10.0.0.7", inside.get_body(("plain",)).get_content())
            self.assertIn("TLP:AMBER", inside["Subject"])

    def test_what_must_be_encrypted_waits_for_a_good_key(self):
        good = self.reader.make("abuse@o0.example")
        with MailServer() as server, \
                Tocsin(config=self.config(server, 'encryption = "required"\n')) as tocsin:
            contact, = self.prepare(tocsin, 1, [(0, "abuse@o0.example", None)])
            self.assertEqual(tocsin.json("notify", "plan")["notifications"], 1)
            self.assertEqual(tocsin.json("notify", "send")["held"], 1)
            one, = tocsin.json("notify", "list")["items"]
            self.assertEqual(one["state"], "held")
            self.assertIn(f"tocsin contact edit {contact} --key-file", one["error"])
            tocsin.run("notify", "approve", one["id"])
            self.assertEqual(tocsin.json("notify", "send")["held"], 1, "approval alone does not open the door")
            self.assertEqual(server.delivered(), [])
            self.refuses_bad_keys(tocsin, contact, good)
            path = tocsin.folder / "good.asc"
            path.write_bytes(self.reader.public("abuse@o0.example"))
            self.assertEqual(tocsin.json("contact", "edit", contact, "--key-file", path)["key"], good)
            self.assertTrue(tocsin.json("contact", "key", contact)["usable"])
            tocsin.run("notify", "approve", one["id"])
            self.assertEqual(tocsin.json("notify", "send")["sent"], 1)
            raw = self.raw(server.delivered()[0])
            self.assertNotIn(ADDRESS, raw)
            self.opened(raw)

    def refuses_bad_keys(self, tocsin, contact, good):
        def refused(bytes, *words):
            path = tocsin.folder / "bad.asc"
            path.write_bytes(bytes)
            done = tocsin.call("contact", "edit", contact, "--key-file", path, *words)
            self.assertNotEqual(done.returncode, 0, done.stdout)
            return done.stderr

        self.assertIn("fingerprint", refused(self.reader.public("abuse@o0.example"), "--key", "0" * 40))
        self.reader.make("sign@o0.example", "ed25519", "sign")
        self.assertIn("not for encrypting", refused(self.reader.public("sign@o0.example")))
        self.reader.make("weak@o0.example", "rsa1024")
        self.assertIn("weak", refused(self.reader.public("weak@o0.example")))
        self.reader.make("sha1@o0.example", options=("--cert-digest-algo", "SHA1"))
        self.assertIn("SHA-1", refused(self.reader.public("sha1@o0.example")))
        revoked = self.reader.make("revoked@o0.example")
        certificate_of = pathlib.Path(self.reader.home, "openpgp-revocs.d", revoked + ".rev").read_text()
        self.reader.run("--import", input=certificate_of.replace(":-----BEGIN", "-----BEGIN").encode())
        self.assertIn("revoked", refused(self.reader.public("revoked@o0.example")))
        self.assertIn("secret", refused(self.reader.run("--armor", "--export-secret-keys", good).stdout))
        self.assertIn("weak", refused(certificate(tocsin.folder, "weak", "a@o0.example", 1024).read_bytes()))
        self.assertIn("SHA-1", refused(certificate(tocsin.folder, "sha1", "a@o0.example", extra=("-sha1",)).read_bytes()))

    def test_what_was_sealed_is_kept_until_it_was_sent(self):
        self.reader.make("full-abuse@o0.example")
        with MailServer() as server, Tocsin(config=self.config(server)) as tocsin:
            self.prepare(tocsin, 1, [(0, "full-abuse@o0.example", self.reader.public("full-abuse@o0.example"))])
            tocsin.run("mail-key", "make")
            tocsin.run("notify", "plan")

            def kept():
                ledger = sqlite3.connect(tocsin.data / "ledger.sqlite")
                rows = ledger.execute("SELECT bytes FROM notification_parcel").fetchall()
                ledger.close()
                return [bytes(row[0]) for row in rows]

            self.assertEqual(tocsin.json("notify", "send")["later"], 1)
            first = kept()
            self.assertEqual(len(first), 1)
            self.assertNotIn(ADDRESS, first[0])
            time.sleep(1.5)
            self.assertEqual(tocsin.json("notify", "send")["later"], 1)
            self.assertEqual(kept(), first, "another attempt sends the same bytes")

    def test_killed_while_sending_sealed_mail_it_sends_each_once(self):
        count = 20
        self.reader.make("all@owners.example")
        key = self.reader.public("all@owners.example")
        with MailServer(jitter=0.01) as server, Tocsin(config=self.config(server)) as tocsin:
            self.prepare(tocsin, count, [(i, f"abuse@o{i}.example", key) for i in range(count)])
            tocsin.run("mail-key", "make")
            self.reader.run("--import", input=tocsin.run("mail-key", "export").encode())
            self.assertEqual(tocsin.json("notify", "plan")["notifications"], count)
            chance = random.Random(58)
            kills, until = 0, time.monotonic() + 120
            while time.monotonic() < until:
                sender = subprocess.Popen(tocsin.words("notify", "send", "--json"), stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL, env=tocsin.environment)
                if kills < KILLS:
                    time.sleep(chance.uniform(0.05, 0.6))
                    if sender.poll() is None:
                        sender.send_signal(signal.SIGKILL)
                        kills += 1
                sender.wait()
                if tocsin.json("notify", "list", "--state", "queued", "--state", "sending")["total"] == 0:
                    break
            identities = [one["id"] for one in server.delivered()]
            print(f"{kills} kills: {len(set(identities))} of {count} arrived, {len(identities) - len(set(identities))} twice")
            self.assertGreater(kills, 2, "too few kills to prove anything")
            self.assertEqual(len(identities), len(set(identities)))
            self.assertEqual(len(identities), count)
            for entry in server.delivered():
                self.assertNotIn(ADDRESS, self.raw(entry))
            self.opened(self.raw(server.delivered()[-1]))
            tocsin.run("notify", "send")  # sweeps what the kills left
            self.assertFalse(list((tocsin.data / "mail-work").glob("*")))

    def signed_parts(self, raw, protocol):
        """What was signed, as it lies in the message, and the signature."""
        self.assertIn(f'protocol="{protocol}"'.encode(), raw)
        boundary = b"--" + re.search(rb'boundary="([^"]+)"', raw).group(1)
        parts = raw.split(b"\r\n" + boundary)
        content = parts[1].removeprefix(b"\r\n")
        return content, parts[2].split(b"\r\n\r\n", 1)[1]

    def test_mail_to_contacts_without_a_key_is_signed(self):
        with MailServer() as server, \
                Tocsin(config=self.config(server, 'signing = "openpgp"\n')) as tocsin:
            self.prepare(tocsin, 2, [(0, "plain@o0.example", None), (1, "full-abuse@o1.example", None)])
            ours = tocsin.json("mail-key", "make")["fingerprint"]
            self.reader.run("--import", input=tocsin.run("mail-key", "export").encode())
            tocsin.run("notify", "plan")
            done = tocsin.json("notify", "send")
            self.assertEqual((done["sent"], done["later"]), (1, 1))
            entry, = server.delivered()
            raw = self.raw(entry)
            content, armour = self.signed_parts(raw, "application/pgp-signature")
            files = {"content": content, "signature.asc": armour}
            for name, bytes in files.items():
                (tocsin.folder / name).write_bytes(bytes)
            verified = self.reader.run("--status-fd", "1", "--verify", tocsin.folder / "signature.asc",
                                       tocsin.folder / "content").stdout.decode()
            self.assertIn(f"VALIDSIG {ours}", verified)
            inside = email.message_from_bytes(content, policy=email.policy.default)
            self.assertIn("10.0.0.7", inside.get_body(("plain",)).get_content())
            self.assertEqual(inside["Subject"], email.message_from_bytes(raw, policy=email.policy.default)["Subject"])
            (tocsin.folder / "content").write_bytes(content.replace(b"10.0.0.7", b"10.0.0.8"))
            self.assertNotEqual(self.reader.run("--verify", tocsin.folder / "signature.asc", tocsin.folder / "content",
                                                check=False).returncode, 0)
            listed = {tuple(one["to"]): one for one in tocsin.json("notify", "list")["items"]}
            clear = tocsin.run("notify", "show", listed[("plain@o0.example",)]["id"], "--eml")
            self.assertIn("X-Tocsin-Encryption: leaves in clear, signed: openpgp", clear.replace("\n ", " "))
            ledger = sqlite3.connect(tocsin.data / "ledger.sqlite")
            first = ledger.execute("SELECT bytes FROM notification_parcel").fetchall()
            time.sleep(1.5)
            self.assertEqual(tocsin.json("notify", "send")["later"], 1)
            self.assertEqual(ledger.execute("SELECT bytes FROM notification_parcel").fetchall(), first,
                             "another attempt sends the same bytes")
            self.assertEqual(len(first), 1)
            ledger.close()
            tocsin.run("contact", "add", "Organisation 0", "--email", "soon@o0.example", "--expires",
                       time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400)))
            self.assertEqual(tocsin.json("contact", "remind")["sent"], 1)
            self.signed_parts(self.raw(server.delivered()[-1]), "application/pgp-signature")

    def test_mail_in_clear_is_signed_by_smime(self):
        with MailServer() as server, Tocsin(config=self.config(server, 'signing = "smime"\n')) as tocsin:
            self.prepare(tocsin, 1, [(0, "plain@o0.example", None)])
            tocsin.run("notify", "plan")
            ours = certificate(tocsin.folder, "ours", "cirt@cirt.example")
            both = tocsin.folder / "both.pem"
            both.write_bytes(ours.read_bytes() + (tocsin.folder / "ours.key").read_bytes())
            tocsin.run("mail-key", "import", both)
            self.assertEqual(tocsin.json("notify", "send")["sent"], 1)
            verified = subprocess.run(["openssl", "cms", "-verify", "-CAfile", ours, "-purpose", "any"],
                                      input=self.raw(server.delivered()[0]), capture_output=True)
            self.assertEqual(verified.returncode, 0, verified.stderr)
            self.assertIn("10.0.0.7", email.message_from_bytes(verified.stdout, policy=email.policy.default)
                          .get_body(("plain",)).get_content())

    def test_killed_with_a_long_path_of_data_no_secret_key_lies_elsewhere(self):
        count = 8
        self.reader.make("all@owners.example")
        key = self.reader.public("all@owners.example")
        with MailServer(jitter=0.01) as server, Tocsin(config=self.config(server)) as tocsin:
            tocsin.data = tocsin.folder / ("a-folder-" + "of-a-long-name-" * 8) / "data"
            self.prepare(tocsin, count, [(i, f"abuse@o{i}.example", key) for i in range(count)])
            tocsin.run("mail-key", "make")
            tocsin.run("notify", "plan")
            work, elsewhere, sockets, kills = tocsin.data / "mail-work", set(), set(), 0

            def look():
                for folder in pathlib.Path("/tmp").glob("tocsin-gpg-*"):
                    try:
                        for path in folder.iterdir():
                            seen = path.lstat()
                            if stat.S_ISDIR(seen.st_mode) or (stat.S_ISREG(seen.st_mode) and seen.st_size > 0):
                                elsewhere.add(str(path))
                    except (FileNotFoundError, NotADirectoryError):
                        pass  # gone meanwhile

            chance = random.Random(7)
            while kills < 6 or (not sockets and kills < 30):  # a slow machine is at its work later
                sender = subprocess.Popen(tocsin.words("notify", "send", "--json"), stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL, env=tocsin.environment)
                until = time.monotonic() + chance.uniform(0.15, 0.5 + 0.1 * kills)
                while time.monotonic() < until and sender.poll() is None:
                    look()
                    time.sleep(0.01)
                was_running = sender.poll() is None
                sender.kill()
                sender.wait()
                look()
                kills += 1
                for home in work.glob("gpg-*/S.gpg-agent"):
                    told = home.read_text().partition("socket=")[2].strip()
                    if told:
                        sockets.add(pathlib.Path(told).parent)
                if not was_running:
                    break
            self.assertTrue(sockets, "no kill met GnuPG at its work: nothing is proven")
            self.assertEqual(elsewhere, set())
            tocsin.run("notify", "send")
            self.assertFalse(list(work.glob("*")))
            self.assertEqual([one for one in sockets if one.exists()], [])
            wait_until(lambda: not agents_of(tocsin.data), 10, "the end of the agents that the kills left")
            identities = [one["id"] for one in server.delivered()]
            self.assertEqual(len(identities), count)
            self.assertEqual(len(set(identities)), count)

    def test_mail_is_signed_for_our_domain(self):
        with MailServer() as server:
            for name, words in (("rsa", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]), ("ed", ["ED25519"])):
                with tempfile.NamedTemporaryFile(suffix=".pem") as file, self.subTest(name):
                    subprocess.run(["openssl", "genpkey", "-algorithm", *words, "-out", file.name], check=True,
                                   capture_output=True)
                    config = self.config(server, "[mail.dkim]\ndomain = \"cirt.example\"\nselector = \"now\"\n"
                                                 f"key_file = \"{file.name}\"\n")
                    before = len(server.delivered())
                    with Tocsin(config=config) as tocsin:
                        self.prepare(tocsin, 1, [(0, "abuse@o0.example", None)])
                        tocsin.run("notify", "plan")
                        self.assertEqual(tocsin.json("notify", "send")["sent"], 1)
                    raw = self.raw(server.delivered()[before])
                    self.assertTrue(raw.startswith(b"DKIM-Signature: v=1;"))
                    self.verify_dkim(raw, file.name, name)

    def verify_dkim(self, raw, file, name):
        public = subprocess.run(["openssl", "pkey", "-in", file, "-pubout", "-outform", "DER"], check=True,
                                capture_output=True).stdout
        record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public) if name == "rsa" else \
            b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public[-32:])
        probe = ("import sys, dkim\nraw, record = open(sys.argv[1], 'rb').read(), sys.argv[2].encode()\n"
                 "sys.exit(0 if dkim.verify(raw, dnsfunc=lambda name, timeout=5: record) else 1)\n")
        with tempfile.NamedTemporaryFile() as mail:
            mail.write(raw)
            mail.flush()
            done = subprocess.run(["/usr/bin/python3", "-c", probe, mail.name, record.decode()], capture_output=True, text=True)
        if "No module named" in done.stderr:
            self.skipTest("another program's view of the signature needs " + done.stderr.split("No module named ")[-1].strip())
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_reports_that_come_encrypted_are_read_and_who_signed_is_recorded(self):
        with Tocsin(config=self.config(None)) as tocsin:
            tocsin.run("init")
            tocsin.run("mail-key", "make")
            ours = tocsin.json("mail-key", "show")["keys"][0]["fingerprint"]
            self.reader.run("--import", input=tocsin.run("mail-key", "export").encode())
            self.reader.make("reports@feeds.example")
            tocsin.run("org", "add", "Feeds", "--kind", "feed_provider")
            key = tocsin.folder / "feeds.asc"
            key.write_bytes(self.reader.public("reports@feeds.example"))
            tocsin.run("contact", "add", "Feeds", "--email", "reports@feeds.example", "--key-file", key)
            entity = ("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
                      "--b\r\nContent-Type: text/csv; name=2026-11-22-scan_telnet-example.csv\r\nContent-Disposition: "
                      "attachment; filename=2026-11-22-scan_telnet-example.csv\r\n\r\n{}--b--\r\n")

            def mail(name, inside, recipient, sender="reports@feeds.example"):
                sealed = self.reader.run("--armor", "-se", "-u", "reports@feeds.example", "-r", recipient,
                                         input=inside.encode()).stdout.decode().replace("\n", "\r\n")
                path = tocsin.folder / f"{name}.eml"
                path.write_text(f"From: Feeds <{sender}>\r\nTo: cirt@cirt.example\r\nSubject: ...\r\nMIME-Version: 1.0\r\n"
                                "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=o\r\n\r\n"
                                "--o\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--o\r\n"
                                f"Content-Type: application/octet-stream\r\n\r\n{sealed}\r\n--o--\r\n", newline="")
                return path

            def signature(path):
                tocsin.run("ingest", path)
                ledger = sqlite3.connect(tocsin.data / "ledger.sqlite")
                row = ledger.execute("SELECT signature, events FROM events_report ORDER BY id DESC LIMIT 1").fetchone()
                ledger.close()
                return row

            rows = report(3).replace("\n", "\r\n")
            label, events = signature(mail("good", entity.format(rows), ours))
            self.assertTrue(label.startswith("good: "), label)
            self.assertEqual(events, 3)
            rows = report(4).replace("\n", "\r\n")
            label, events = signature(mail("stranger", entity.format(rows), ours, "other@feeds.example"))
            self.assertTrue(label.startswith("unknown: "), label)
            theirs = self.reader.make("else@feeds.example")
            done = tocsin.call("ingest", mail("foreign", entity.format(rows), theirs))
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("not encrypted to our OpenPGP key", done.stdout + done.stderr)
            self.assertEqual(agents_of(tocsin.folder), [])


if __name__ == "__main__":
    unittest.main()
