#!/usr/bin/env python3
"""Documents about the team, as its owner makes them: answers, files in six languages, publishing."""
import io
import json
import unittest
import xml.etree.ElementTree
import zipfile

from tocsin_process import Tocsin

LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
KINDS = ("rfc2350", "services", "mandate", "staffing", "plan", "policy", "escalation")


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tocsin = Tocsin().__enter__()
        cls.tocsin.run("init")
        cls.tocsin.run("document", "set", "phone", "+1 555 0100")
        cls.tocsin.run("document", "set", "mandate.fr", "Coordonner la réponse aux incidents.")
        cls.key = cls.tocsin.json("key", "add", "--name", "test", "--role", "analyst", "--json")["key"]
        cls.tocsin.start()

    @classmethod
    def tearDownClass(cls):
        cls.tocsin.__exit__(None, None, None)

    def write(self, kind, language, form):
        file = self.tocsin.folder / f"{kind}.{language}.{form}"
        self.tocsin.run("document", "write", kind, "--language", language, "--format", form, "--output", file)
        return file.read_bytes()

    def test_every_document_is_written_in_every_language_the_same_each_time(self):
        for kind in KINDS:
            for language in LANGUAGES:
                html = self.write(kind, language, "html").decode()
                self.assertIn(f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">', html)
        for form in ("html", "markdown", "pdf", "docx"):
            self.assertEqual(self.write("rfc2350", "ar", form), self.write("rfc2350", "ar", form))
        self.assertTrue(self.write("rfc2350", "zh", "pdf").startswith(b"%PDF-"))
        with zipfile.ZipFile(io.BytesIO(self.write("mandate", "fr", "docx"))) as docx:
            body = xml.etree.ElementTree.fromstring(docx.read("word/document.xml"))
            self.assertIn("Coordonner la réponse aux incidents.", "".join(body.itertext()))

    def test_what_is_missing_is_named_and_stands_in_the_text(self):
        shown = self.tocsin.json("document", "show", "rfc2350")
        self.assertIn("address", shown["missing"])
        self.assertNotIn("phone", shown["missing"])
        self.assertIn("à compléter : adresse postale", self.write("rfc2350", "fr", "html").decode())
        wrong = self.tocsin.call("document", "set", "email", "nobody")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("email: expected an e-mail address", wrong.stderr)

    def test_a_section_in_own_words_comes_and_goes(self):
        file = self.tocsin.folder / "scope.txt"
        file.write_text("Ours alone: <script>\n")
        self.tocsin.run("document", "text", "policy", "scope", "--file", file)
        self.assertIn("Ours alone: &lt;script&gt;", self.write("policy", "en", "html").decode())
        self.tocsin.run("document", "text", "policy", "scope", "--reset")
        self.assertNotIn("Ours alone", self.write("policy", "en", "html").decode())

    def test_nothing_is_public_before_it_is_published(self):
        tocsin = self.tocsin
        for path in ("/rfc2350", "/.well-known/security.txt"):
            self.assertEqual(tocsin.http("GET", path).status, 404)
        tocsin.run("document", "set", "email", "cirt@cirt.example")
        tocsin.run("document", "publish", "rfc2350", "--language", "fr")
        tocsin.run("document", "publish", "security.txt")
        page = tocsin.http("GET", "/rfc2350")
        self.assertEqual(page.status, 200)
        self.assertIn("style-src 'sha256-", page.headers["content-security-policy"])
        self.assertIn('<html lang="fr"', page.text)
        self.assertIn('<html lang="ru"', tocsin.http("GET", "/rfc2350?language=ru").text)
        security = tocsin.http("GET", "/.well-known/security.txt")
        self.assertEqual(security.headers["content-type"], "text/plain; charset=utf-8")
        self.assertIn("Contact: mailto:cirt@cirt.example\n", security.text)
        self.assertIn("\nExpires: ", security.text)
        tocsin.run("document", "publish", "rfc2350", "--withdraw")
        self.assertEqual(tocsin.http("GET", "/rfc2350").status, 404)

    def test_any_document_can_be_published_once_it_is_clear(self):
        tocsin = self.tocsin
        for kind in ("services", "mandate", "plan", "escalation", "rfc2350", "nothing"):
            self.assertEqual(tocsin.http("GET", f"/published/{kind}").status, 404)
        tocsin.run("document", "publish", "services")
        self.assertIn("TLP:CLEAR", tocsin.http("GET", "/published/services?language=ar").text)
        refused = tocsin.call("document", "publish", "mandate")
        self.assertEqual(refused.returncode, 5, refused.stderr)
        self.assertIn("TLP:GREEN", refused.stderr)
        self.assertEqual(tocsin.http("GET", "/published/mandate").status, 404)
        tocsin.run("document", "publish", "mandate", "--mark-clear")
        page = tocsin.http("GET", "/published/mandate")
        self.assertEqual((page.status, "TLP:GREEN" in page.text, "TLP:CLEAR" in page.text), (200, False, True))
        self.assertNotEqual(tocsin.call("document", "publish", "escalation", "--mark-clear").returncode, 0)
        tocsin.run("document", "publish", "mandate", "--withdraw")
        self.assertEqual(tocsin.http("GET", "/published/mandate").status, 404)
        self.assertIn("TLP:GREEN", self.write("mandate", "en", "html").decode())

    def test_the_api_gives_the_same_and_refuses_without_rights(self):
        tocsin = self.tocsin
        self.assertEqual(tocsin.http("GET", "/api/v1/documents").status, 401)
        listed = tocsin.http("GET", "/api/v1/documents?language=es", key=self.key)
        self.assertEqual([one["kind"] for one in listed.json["items"]], list(KINDS))
        pdf = tocsin.http("GET", "/api/v1/documents/plan?language=zh&format=pdf", key=self.key)
        self.assertEqual(pdf.headers["content-type"], "application/pdf")
        put = tocsin.http("PUT", "/api/v1/documents/answers", key=self.key, body=json.dumps({"hours": "24x7"}),
                          headers={"content-type": "application/json"})
        self.assertEqual(put.status, 200, put.text)
        self.assertIn("24x7", [one["value"] for one in put.json["items"]])
        told = tocsin.http("PUT", "/api/v1/documents/rfc2350/published", key=self.key,
                           body=json.dumps({"published": True}), headers={"content-type": "application/json"})
        self.assertEqual(told.status, 403)


if __name__ == "__main__":
    unittest.main()
