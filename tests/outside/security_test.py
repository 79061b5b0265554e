#!/usr/bin/env python3
"""What must hold against somebody who means harm, asked over HTTP of the running server. See docs/security.md."""
import base64
import hashlib
import hmac
import json
import re
import stat
import struct
import time
import unittest

from tocsin_process import SOURCE, Browser, Tocsin

PASSWORD = "correct horse battery staple"
CONTRACT = json.loads((SOURCE / "src/api/openapi.json").read_text())
ROLES = ["anyone", "constituent", "viewer", "analyst", "administrator"]


def operations():
    """(method, address with plausible path values, role, id) of every operation in the contract."""
    for path, methods in CONTRACT["paths"].items():
        for method, operation in methods.items():
            if "x-role" in operation:
                target = re.sub(r"\{feed\}", "example%2Flist", path)
                yield method.upper(), re.sub(r"\{\w+\}", "1", target), operation["x-role"], operation["operationId"]


def totp(secret, at=None):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at or time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7fffffff) % 1000000:06d}"


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tocsin = Tocsin()
        cls.tocsin.add_user("root", PASSWORD, "administrator")
        cls.tocsin.start()

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    def user(self, name, role="analyst"):
        self.tocsin.add_user(name, PASSWORD, role)
        return name

    def status(self, expected, answer):
        self.assertEqual(answer.status, expected, answer)
        return answer


class Rights(Server):
    def test_every_operation_refuses_who_is_not_signed_in(self):
        asked = 0
        for method, target, role, name in operations():
            if role == "anyone" or name == "metrics_get":
                continue
            with self.subTest(name):
                self.status(401, self.tocsin.http(method, target, body={}))
                asked += 1
        self.assertGreater(asked, 60)

    def test_every_operation_refuses_a_smaller_right(self):
        self.tocsin.run("org", "add", "Northern Power")
        for held in ("constituent", "viewer", "analyst"):
            key = self.tocsin.add_key(held, *(["--organisation", "Northern Power"] if held == "constituent" else []))
            for method, target, role, name in operations():
                if ROLES.index(role) > ROLES.index(held) and name != "metrics_get":  # open on loopback
                    with self.subTest(f"{name} as {held}"):
                        self.status(403, self.tocsin.http(method, target, body={}, key=key))

    def test_a_key_for_feeds_reads_nothing(self):
        key = self.tocsin.add_key("analyst", "--feed", "example/list")
        for method, target, role, name in operations():
            if role != "anyone" and name not in ("feeds_push", "metrics_get"):
                with self.subTest(name):
                    self.status(403, self.tocsin.http(method, target, body={}, key=key))
        self.status(403, self.tocsin.http("POST", "/api/v1/feeds/other%2Ffeed/reports", body=b"x", key=key))

    def test_a_revoked_key_is_out_at_once(self):
        made = self.tocsin.json("key", "add", "--role", "viewer")
        self.status(200, self.tocsin.http("GET", "/api/v1/session", key=made["key"]))
        self.tocsin.run("key", "revoke", made["id"])
        self.status(401, self.tocsin.http("GET", "/api/v1/session", key=made["key"]))

    def test_a_disabled_account_and_a_lowered_role_count_at_once(self):
        browser = self.tocsin.sign_in(self.user("lowered", "administrator"), PASSWORD)
        self.status(200, browser.http("GET", "/api/v1/users"))
        self.tocsin.run("user", "edit", "lowered", "--role", "viewer")
        self.status(403, browser.http("GET", "/api/v1/audit"))
        self.tocsin.run("user", "disable", "lowered")
        self.status(401, browser.http("GET", "/api/v1/session"))


class Sessions(Server):
    def test_the_cookie_is_for_this_site_alone_and_not_for_scripts(self):
        answer = self.tocsin.http("POST", "/api/v1/session", {"name": "root", "password": PASSWORD})
        cookie = self.status(200, answer).headers["set-cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(part, cookie)
        self.assertNotIn("Domain", cookie)
        self.assertGreaterEqual(len(answer.cookie("tocsin_session")), 43)

    def test_a_change_without_the_sessions_own_token_is_refused(self):
        browser, other = self.tocsin.sign_in("root", PASSWORD), self.tocsin.sign_in("root", PASSWORD)
        change = {"language": "fr"}
        self.status(403, browser.http("PATCH", "/api/v1/me", change, csrf=False))
        self.status(403, browser.http("PATCH", "/api/v1/me", change, headers={"X-CSRF-Token": ""}))
        self.status(403, browser.http("PATCH", "/api/v1/me", change, headers={"X-CSRF-Token": other.csrf}))
        self.status(403, browser.http("PATCH", "/api/v1/me", change, headers={"Sec-Fetch-Site": "cross-site"}))
        self.status(200, browser.http("PATCH", "/api/v1/me", change))

    def test_a_page_elsewhere_can_not_sign_somebody_in(self):
        body = json.dumps({"name": "root", "password": PASSWORD})
        for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"},
                        {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}):
            self.assertIn(self.tocsin.http("POST", "/api/v1/session", body, headers=headers).status, (403, 415))

    def test_sessions_are_listed_and_ended_by_their_owner_only(self):
        here, there = self.tocsin.sign_in("root", PASSWORD), self.tocsin.sign_in("root", PASSWORD)
        mine = [one["id"] for one in here.http("GET", "/api/v1/sessions").json["items"] if not one["current"]]
        stranger = self.tocsin.sign_in(self.user("stranger"), PASSWORD)
        self.status(404, stranger.http("DELETE", f"/api/v1/sessions/{mine[0]}"))
        for session in mine:
            self.status(204, here.http("DELETE", f"/api/v1/sessions/{session}"))
        self.status(401, there.http("GET", "/api/v1/session"))
        self.status(204, here.http("DELETE", "/api/v1/session"))
        self.status(401, here.http("GET", "/api/v1/session"))

    def test_a_new_password_ends_the_other_sessions(self):
        name = self.user("changer")
        here, there = self.tocsin.sign_in(name, PASSWORD), self.tocsin.sign_in(name, PASSWORD)
        new = "another good password"
        self.status(403, here.http("POST", "/api/v1/me/password", {"old": "wrong", "new": new}))
        self.status(204, here.http("POST", "/api/v1/me/password", {"old": PASSWORD, "new": new}))
        self.status(200, here.http("GET", "/api/v1/session"))
        self.status(401, there.http("GET", "/api/v1/session"))


class SigningIn(Server):
    def try_in(self, name, password=PASSWORD, code=None):
        body = {"name": name, "password": password, **({"code": code} if code else {})}
        return self.tocsin.http("POST", "/api/v1/session", body)

    def test_after_wrong_passwords_a_name_waits_whether_it_exists_or_not(self):
        self.user("guessed")
        answers = {}
        for name in ("guessed", "nobody-here"):
            answers[name] = [self.try_in(name, "wrong password x") for _ in range(6)]
            self.assertEqual([answer.status for answer in answers[name]], [401] * 5 + [429])
            self.assertGreater(int(answers[name][5].headers["retry-after"]), 0)
        for known, unknown in zip(*answers.values()):
            self.assertEqual(known.body, unknown.body)
        self.status(429, self.try_in("guessed"))
        self.tocsin.run("user", "recover", "guessed")
        self.status(200, self.try_in("guessed"))

    def test_a_recovery_code_sets_a_new_password_once(self):
        self.user("forgetful")
        code = self.tocsin.json("user", "recover", "forgetful")["code"]
        new = "another good password"
        self.status(403, self.tocsin.http("POST", "/api/v1/recovery",
                                          {"name": "forgetful", "code": "0000-0000-0000-0000", "password": new}))
        body = {"name": "forgetful", "code": code, "password": new}
        self.status(204, self.tocsin.http("POST", "/api/v1/recovery", body))
        self.status(403, self.tocsin.http("POST", "/api/v1/recovery", body))
        self.status(401, self.try_in("forgetful"))
        self.status(200, self.try_in("forgetful", new))

    def test_the_second_factor_from_enrolment_to_recovery_code(self):
        self.user("careful")
        browser = self.tocsin.sign_in("careful", PASSWORD)
        enrolment = self.status(200, browser.http("POST", "/api/v1/me/totp")).json
        self.assertTrue(enrolment["uri"].startswith("otpauth://totp/"))
        self.status(403, browser.http("POST", "/api/v1/me/totp/confirm", {"code": "000000"}))
        at = time.time() - 30
        codes = self.status(200, browser.http("POST", "/api/v1/me/totp/confirm",
                                              {"code": totp(enrolment["secret"], at)})).json["codes"]
        self.assertEqual(len(codes), 10)
        answer = self.status(401, self.try_in("careful"))
        self.assertIn("code-required", answer.text)
        code = totp(enrolment["secret"])
        self.status(200, self.try_in("careful", code=code))
        self.status(401, self.try_in("careful", code=code))
        self.status(200, self.try_in("careful", code=codes[0]))
        self.status(401, self.try_in("careful", code=codes[0]))

    def test_the_set_up_is_closed_once_there_is_an_account(self):
        self.assertFalse(self.tocsin.http("GET", "/api/v1/setup").json["needed"])
        answer = self.tocsin.http("POST", "/api/v1/setup",
                                  {"code": "0000-0000-0000-0000", "name": "eve", "password": PASSWORD})
        self.assertIn(answer.status, (403, 409))


class Answers(Server):
    def test_every_answer_carries_the_guards(self):
        key = self.tocsin.add_key("viewer")
        for target in ("/", "/api/v1/session", "/api/v1/nothing", "/nothing", "/o/AAAA", "/api/v1/openapi.json"):
            headers = self.tocsin.http("GET", target, key=key).headers
            with self.subTest(target):
                policy = headers["content-security-policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertIn("frame-ancestors 'none'", policy)
                self.assertNotIn("unsafe", policy)
                self.assertNotIn("http:", policy)
                self.assertEqual(headers["x-content-type-options"], "nosniff")
                self.assertEqual(headers["referrer-policy"], "no-referrer")

    def test_the_page_has_no_inline_script_and_names_no_other_host(self):
        page = self.tocsin.http("GET", "/").text
        self.assertNotRegex(page, r"<script(?![^>]*\bsrc=)")
        self.assertNotRegex(page, r"""(src|href)=["'](https?:)?//""")
        self.assertNotRegex(page, r"\son\w+=")

    def test_what_stands_in_an_address_never_comes_back_as_html(self):
        key = self.tocsin.add_key("viewer")
        for target in ("/%3Cscript%3Ealert(1)%3C/script%3E", "/api/v1/%3Cscript%3E", "/o/%3Cscript%3Ealert(1)",
                       "/api/v1/events?feed=%3Cscript%3E", "/%0d%0aSet-Cookie:%20x=y"):
            answer = self.tocsin.http("GET", target, key=key)
            self.assertNotIn("set-cookie", answer.headers)
            if "html" in answer.headers.get("content-type", ""):
                self.assertNotIn("<script>alert", answer.text)

    def test_files_outside_the_console_can_not_be_reached(self):
        for target in ("/../secret", "/..%2fsecret", "/assets/../../secret", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
                       "/assets/%00", "/.git/config", "/ledger.sqlite"):
            answer = self.tocsin.http("GET", target)
            self.assertNotIn("tocsin-secret", answer.text)
            self.assertNotIn("root:", answer.text)

    def test_owner_links_that_are_wrong_all_get_the_same_answer(self):
        answers = {self.tocsin.http("GET", "/o/" + token).body
                   for token in ("AAAA", "A" * 48, "x/findings.csv", "A" * 48 + "?lang=en")}
        self.assertEqual(len(answers), 1)


class Traces(unittest.TestCase):
    def test_files_are_for_this_user_and_the_log_holds_no_secret(self):
        with Tocsin() as tocsin:
            tocsin.data.mkdir(mode=0o755)
            tocsin.add_user("root", PASSWORD, "administrator")
            tocsin.start()
            key = tocsin.add_key("analyst")
            browser = tocsin.sign_in("root", PASSWORD)
            tocsin.http("GET", "/api/v1/session", key=key)
            tocsin.http("GET", "/o/" + "B" * 48)
            browser.http("PATCH", "/api/v1/me", {"language": "fr"})
            secrets = [PASSWORD, key, browser.session, browser.csrf, "B" * 48]
            for file in [tocsin.log, *tocsin.data.rglob("*")]:
                if file != tocsin.log:
                    self.assertEqual(stat.S_IMODE(file.lstat().st_mode) & 0o077, 0, file)
                if file.is_file():
                    content = file.read_bytes()
                    for secret in secrets:
                        self.assertNotIn(secret.encode(), content, file)
            self.assertTrue(tocsin.json("audit", "verify")["whole"])


if __name__ == "__main__":
    unittest.main()
