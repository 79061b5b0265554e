"""Walks the console in a real browser against the demonstration nation, in English and Arabic, with axe (web/tests/e2e)."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from tocsin_process import program, quick_folder

WEB = pathlib.Path(os.environ.get("TOCSIN_SOURCE", pathlib.Path(__file__).parents[2])) / "web"


class Console(unittest.TestCase):
    def take_mails(self, folder):
        """Mails for the inbox, of which one knows what it answers: as files, since the demonstration reads no mailbox."""
        data = folder / "data"
        sent = sorted((data / "outbox").glob("*.eml"))
        texts = ["From: Nobody We Know <who@elsewhere.example>\r\nSubject: =?utf-8?B?2KjZhNin2Lo=?= about your mail\r\nMessage-ID: <walk-1@elsewhere.example>\r\n"]
        if sent:
            about = re.search(r"^Message-ID:\s*(<[^>]+>)", sent[0].read_text(errors="replace"), re.M | re.I)
            texts.append(f"From: Their Desk <desk@owner.example>\r\nSubject: Re: your warning\r\nMessage-ID: <walk-2@owner.example>\r\nIn-Reply-To: {about[1]}\r\n")
        for number, text in enumerate(texts):
            path = folder / f"walk-{number}.eml"
            path.write_bytes((text + "To: cirt@cirt.example\r\nDate: Fri, 27 Nov 2026 08:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                              "Good day, we think that the machine was a test device. Thank you!\r\n").encode())
            subprocess.run([program(), "inbox", "take", str(path), "--data", str(data)], check=True, capture_output=True)

    def test_every_job_can_be_walked(self):
        self.assertTrue((WEB / "node_modules" / "playwright-core").exists(), "run ./dev setup")
        self.assertTrue(shutil.which("chromium"), "run ./dev setup")
        with tempfile.TemporaryDirectory(prefix="tocsin-console-", dir=quick_folder()) as folder:
            demo = subprocess.Popen([program(), "demo", "--data", pathlib.Path(folder, "data"), "--listen", "127.0.0.1:0"],
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            try:
                told = []
                for line in demo.stdout:
                    told.append(line)
                    if line.startswith("Ready: "):
                        break
                words = "".join(told)
                address = re.search(r"Ready: (\S+)", words)
                account = re.search(r"Sign in as (\S+) with the password (\S+)", words)
                self.assertTrue(address and account, words)
                links = [mail for mail in pathlib.Path(folder, "data", "outbox").glob("*.eml") if f"{address[1]}/o/" in mail.read_text(errors="replace")]
                self.assertTrue(links, "the links in the mails lead to the server")
                self.take_mails(pathlib.Path(folder))
                environment = os.environ | {"TOCSIN_URL": address[1], "TOCSIN_USER": account[1], "TOCSIN_PASSWORD": account[2]}
                for walk in os.environ.get("TOCSIN_WALKS", "run readiness owners").split():
                    with self.subTest(walk):  # what one finds does not hide what the next would
                        done = subprocess.run(["node", f"tests/e2e/{walk}.mjs"], cwd=WEB, env=environment, capture_output=True, text=True, timeout=900)
                        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-2000:])
            finally:
                demo.terminate()
                demo.stdout.close()
                demo.wait(timeout=30)


if __name__ == "__main__":
    unittest.main()
