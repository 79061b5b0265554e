#!/usr/bin/env python3
"""The server as a browser, a program and an administrator meet it: start, first account, push, live changes, stop."""
import re
import socket
import time
import unittest

from tocsin_process import Tocsin, wait_until

PASSWORD = "correct horse battery staple"


def telnet_report(rows, day="2026-11-20"):
    lines = ["timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,sector,banner"]
    for i in range(rows):
        lines.append(f'"{day} 03:00:{i % 60:02}","high","192.0.2.{i % 250 + 1}","tcp",{23 + i // 250},"","telnet",64496,"XA","","",0,"",""')
    return "\n".join(lines) + "\n"


class Serve(unittest.TestCase):
    def test_the_last_line_says_where_and_the_first_account_is_made_with_the_printed_code(self):
        with Tocsin() as tocsin:
            tocsin.start()
            wait_until(lambda: "Ready: " in tocsin.log.read_text(), what="the ready line")
            lines = tocsin.log.read_text().strip().splitlines()
            self.assertEqual(lines[-1], f"Ready: {tocsin.url}")
            self.assertEqual(tocsin.http("GET", "/api/v1/setup").json["needed"], True)
            code = re.search(r"code (\S+)", tocsin.log.read_text()).group(1)
            wrong = tocsin.http("POST", "/api/v1/setup", {"code": "AAAA-BBBB", "name": "amina", "password": PASSWORD})
            self.assertIn(wrong.status, (403, 422))
            made = tocsin.http("POST", "/api/v1/setup", {"code": code, "name": "amina", "password": PASSWORD})
            self.assertEqual(made.status, 200, made)
            self.assertEqual(made.json["user"]["role"], "administrator")
            self.assertEqual(tocsin.http("GET", "/api/v1/setup").json["needed"], False)

    def test_a_pushed_report_becomes_events_and_survives_a_kill(self):
        with Tocsin() as tocsin:
            key = tocsin.add_key("analyst")
            tocsin.start()
            pushed = tocsin.http("POST", "/api/v1/feeds/shadowserver%2Fscan_telnet/reports?name=a.csv", telnet_report(500), key=key)
            self.assertEqual(pushed.status, 202, pushed)
            tocsin.kill()
            tocsin.start()
            done = wait_until(lambda: (lambda r: r if r["state"] == "done" else None)(
                tocsin.http("GET", f"/api/v1/reports/{pushed.json['report']}", key=key).json), what="the report")
            self.assertEqual(done["rows"], 500)
            self.assertEqual(done["events"] + done["duplicates"], 500)
            self.assertEqual(tocsin.http("GET", "/api/v1/events/count", key=key).json["count"], done["events"])
            again = tocsin.http("POST", "/api/v1/feeds/shadowserver/scan_telnet/reports", telnet_report(500), key=key)
            self.assertEqual(again.json["redelivered"], True)

    def test_commands_run_inside_the_server_and_a_second_server_is_refused(self):
        with Tocsin() as tocsin:
            tocsin.start()
            key = tocsin.add_key("viewer")
            self.assertEqual(tocsin.http("GET", "/api/v1/today", key=key).status, 200)
            second = tocsin.call("serve", "--listen", "127.0.0.1:0")
            self.assertNotEqual(second.returncode, 0)
            self.assertIn("data directory", second.stderr + second.stdout)

    def test_changes_are_told_live(self):
        with Tocsin() as tocsin:
            key = tocsin.add_key("analyst")
            tocsin.start()
            with socket.create_connection(("127.0.0.1", tocsin.port)) as stream:
                stream.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
                stream.settimeout(20)
                heard = b""
                while b"event: hello" not in heard:
                    heard += stream.recv(4096)
                tocsin.http("POST", "/api/v1/organisations", {"name": "Southern Water", "kind": "operator"}, key=key)
                while b"event: directory" not in heard:
                    heard += stream.recv(4096)

    def test_sigterm_stops_it_with_0_and_soon(self):
        with Tocsin() as tocsin:
            tocsin.start()
            with socket.create_connection(("127.0.0.1", tocsin.port)):
                begin = time.monotonic()
                self.assertEqual(tocsin.stop(), 0)
                self.assertLess(time.monotonic() - begin, 10)
            tocsin.start()

    def test_it_is_small_when_idle_and_answers_soon_after_the_start(self):
        with Tocsin() as tocsin:
            tocsin.run("init")
            begin = time.monotonic()
            tocsin.start()
            spent = time.monotonic() - begin
            with open(f"/proc/{tocsin.server.pid}/status") as file:
                status = file.read()
            resident = int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) // 1024
            print(f"start to first answer {spent:.2f} s, resident {resident} MB")
            self.assertLess(resident, 150)

    def test_an_address_in_use_and_one_beyond_loopback_are_refused_with_words(self):
        with Tocsin() as tocsin, socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            taken = tocsin.call("serve", "--listen", f"127.0.0.1:{other.getsockname()[1]}")
            self.assertEqual(taken.returncode, 1)
            self.assertIn("in use", taken.stderr)
            beyond = tocsin.call("serve", "--listen", "0.0.0.0:0")
            self.assertEqual(beyond.returncode, 5)
            self.assertIn("TLS", beyond.stderr)

    def test_settings_from_the_console_hold_from_the_next_start(self):
        with Tocsin() as tocsin:
            tocsin.add_user("amina", PASSWORD, "administrator")
            tocsin.start()
            browser = tocsin.sign_in("amina", PASSWORD)
            changed = browser.http("PATCH", "/api/v1/settings", {"team.name": "National CIRT of Examplia"})
            self.assertEqual(changed.status, 200, changed)
            name = next(s for s in changed.json["items"] if s["key"] == "team.name")
            self.assertEqual((name["value"], name["from"], name["restart"]), ("National CIRT of Examplia", "console", True))
            self.assertEqual(browser.http("PATCH", "/api/v1/settings", {"server.listen": "0.0.0.0:1"}).status, 403)
            self.assertEqual(browser.http("PATCH", "/api/v1/settings", {"mail.tls": "never"}).status, 422)
            tocsin.stop()
            tocsin.start()
            self.assertEqual(tocsin.http("GET", "/api/v1/setup").json["team"], "National CIRT of Examplia")


if __name__ == "__main__":
    unittest.main()
