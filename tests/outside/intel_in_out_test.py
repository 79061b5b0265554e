#!/usr/bin/env python3
"""Intelligence in and out, from outside: MISP both ways and as a feed, tables, OpenIOC, reports, rules of indicators, and
whether the tools of defence take what we write."""
import base64
import hashlib
import json
import pathlib
import shutil
import subprocess
import unittest
import uuid

from tocsin_process import SOURCE, Tocsin

HARBOUR = SOURCE / "src/formats/misp/testdata/harbour.json"
EVENT = "1c2f7c5e-8a6b-4d0e-9b1a-2f3d4c5b6a79"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"

YARA = """import "pe"
rule Loader : tag { meta: note = "a } b" strings: $a = "x // y" $h = { AB ?? [2-4] 01 } condition: any of them and pe.is_pe }
"""
SIGMA = """title: Loader
id: 7c1b5b8e-6a43-4c0e-8f6c-0d8a2f1f3c11
logsource:
  category: process_creation
detection:
  sel:
    - Image|endswith: '\\loader.exe'
  condition: sel
level: high
"""
SURICATA = 'alert http any any -> any any (msg:"own; \\"rule\\""; http.uri; content:"|2f|gate"; sid:1000001; rev:1;)'
SNORT = 'alert http ( msg:"own"; http_uri; content:"/gate",nocase; sid:1000002; rev:1; )'
HOSTILE = {
    "yara": ["rule a { condition: true } }", 'include "/etc/passwd"', "global rule all { condition: false }",
             "rule b { condition: nothing_known }", 'rule c { strings: $a = "x" condition: true }'],
    "sigma": ["title: x\n---\ntitle: !!python/object/apply:os.system [id]\n", "title: \"x\nlogsource: a\ndetection: b\n"],
    "suricata": ["pass ip any any -> any any (sid:7;)", 'alert ip any any -> any any (msg:"x; sid:8;)',
                 "alert ip any any -> any any (lua:evil.lua; sid:9;)"],
    "snort": ["alert ip any any -> any any (sid:10;) alert"],
}


def indicator(number, pattern, pattern_type="stix", marking=GREEN, **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.UUID(int=(4 << 76) | (8 << 60) | number)}",
            "created": "2026-11-20T10:00:00.000Z", "modified": "2026-11-20T10:00:00.000Z", "name": f"Number {number}",
            "pattern": pattern, "pattern_type": pattern_type, "valid_from": "2026-11-20T10:00:00Z",
            "object_marking_refs": [marking], **more}


def objects():
    plain = [indicator(1, "[ipv4-addr:value = '198.51.100.1']"), indicator(2, "[ipv6-addr:value = '2001:db8::7']"),
             indicator(3, "[ipv4-addr:value = '198.51.100.0/25']"),
             indicator(4, "[domain-name:value = 'green.evil.example']", name='x"; sid:1;)\nalert ip any any -> any any (sid:2;)'),
             indicator(5, "[url:value = 'http://evil.example/gate.php?a=1&b=%22']", name="$(id) `id` {{x}} |cmd"),
             indicator(6, f"[file:hashes.MD5 = '{hashlib.md5(b'x').hexdigest()}']", name='a" } rule b { condition: true //'),
             indicator(7, "[domain-name:value = 'amber.evil.example']", marking=AMBER),
             indicator(8, "[ipv4-addr:value = '8.8.8.8']"),
             indicator(9, "[domain-name:value = 'evil.example']"),
             indicator(10, YARA, "yara"), indicator(11, SIGMA, "sigma"), indicator(12, SURICATA, "suricata"),
             indicator(13, SNORT, "snort"), indicator(14, "rule Loader { condition: filesize == 7 }", "yara"),
             indicator(15, SURICATA.replace("gate", "door"), "suricata")]
    number = 100
    for language, texts in HOSTILE.items():
        for text in texts:
            plain.append(indicator(number, text, language))
            number += 1
    return plain


class House(Tocsin):
    def __enter__(self):
        super().__enter__()
        self.run("init")
        self.run("org", "add", "Northland", "--kind", "national_cirt", "--country", "XB")
        self.team = self.json("key", "add", "--role", "analyst", "--json")["key"]
        self.admin = self.json("key", "add", "--role", "administrator", "--json")["key"]
        self.peer = self.json("peer", "add", "north", "--organisation", "Northland", "--clearance", "TLP:GREEN",
                              "--json")["key"]
        return self

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def api(self, method, target, body=None, key=None):
        headers = {"Content-Type": "application/octet-stream"} if body is not None else {}
        return self.http(method, "/api/v1/" + target, body, key=key or self.team, headers=headers)

    def feed(self, name, key=None, **headers):
        secret = base64.b64encode(f"anybody:{key or self.team}".encode()).decode()
        return self.http("GET", "/misp-feed/all/" + name,
                         headers={"Authorization": f"Basic {secret}", **{k.replace("_", "-"): v for k, v in headers.items()}})


def canonical(event):
    return json.dumps(event, sort_keys=True)


class Misp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House().__enter__()
        cls.house.run("intel", "import", str(HARBOUR))
        cls.house.run("intel", "import", cls.house.file("bundle.json", json.dumps(
            {"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects()})))
        cls.house.start()

    @classmethod
    def tearDownClass(cls):
        cls.house.__exit__(None, None, None)

    def test_an_event_comes_back_as_it_was(self):
        came = json.loads(HARBOUR.read_text())["response"][0]
        made = {one["Event"]["uuid"]: one for one in json.loads(self.house.run("intel", "export", "--format", "misp"))["response"]}
        self.assertEqual(canonical(made[EVENT]), canonical(came))
        others = [one["Event"] for key, one in made.items() if key != EVENT]
        self.assertEqual([one["info"] for one in others], ["Tocsin: indicators of 2026-11"])
        values = [one["value"] for one in others[0]["Attribute"]]
        self.assertIn("green.evil.example", values)
        self.assertIn(YARA, values)

    def test_a_recipient_gets_nothing_above_its_clearance(self):
        text = self.house.run("intel", "export", "--format", "misp", "--for", "peer:north")
        self.assertIn("green.evil.example", text)
        self.assertNotIn("amber", text)
        self.assertNotIn("203.0.113.77", text)  # its tag says amber, its event green
        self.assertEqual(json.loads(self.house.run("intel", "export", "--format", "misp", "--for", "public"))["response"], [])

    def test_a_folder_is_a_feed_and_comes_in_again(self):
        folder = self.house.folder / "feed"
        self.house.run("intel", "export", "--format", "misp-feed", "--out", str(folder))
        manifest = json.loads((folder / "manifest.json").read_text())
        self.assertIn(EVENT, manifest)
        self.assertEqual(sorted(path.stem for path in folder.glob("*-*.json")), sorted(manifest))
        for key, entry in manifest.items():
            event = json.loads((folder / f"{key}.json").read_text())["Event"]
            self.assertEqual((event["uuid"], event["timestamp"], event["info"]), (key, entry["timestamp"], entry["info"]))
            self.assertTrue(entry["Orgc"]["name"])
        lines = (folder / "hashes.csv").read_text().splitlines()
        self.assertIn(f"{hashlib.md5(b'203.0.113.77').hexdigest()},{EVENT}", lines)
        with House() as other:
            totals = other.json("intel", "import", "--json", str(folder))
            self.assertEqual(totals["rejected"], 0, totals)
            self.assertGreater(totals["stored"], 20)
        # What is in the feed no longer is taken out of the folder.
        self.house.run("intel", "export", "--format", "misp-feed", "--label", "nothing-has-this", "--out", str(folder))
        self.assertEqual(list(folder.glob("*-*.json")), [])

    def test_a_misp_can_subscribe_to_a_collection(self):
        self.assertEqual(self.house.http("GET", "/misp-feed/all/manifest.json").status, 401)
        manifest = self.house.feed("manifest.json")
        self.assertEqual((manifest.status, manifest.headers["content-type"]), (200, "application/json"))
        self.assertIn(EVENT, manifest.json)
        again = self.house.feed("manifest.json", If_None_Match=manifest.headers["etag"])
        self.assertEqual((again.status, again.body), (304, b""))
        for key in manifest.json:
            self.assertEqual(self.house.feed(f"{key}.json").json["Event"]["uuid"], key)
        self.assertIn(EVENT, self.house.feed("hashes.csv").text)
        for name in ("x.json", f"{uuid.uuid4()}.json", "manifest.xml", "a/b"):
            self.assertEqual(self.house.feed(name).status, 404, name)

    def test_a_peer_subscribes_to_what_it_may_have_and_it_is_disclosed(self):
        before = self.disclosed()
        manifest = self.house.feed("manifest.json", key=self.house.peer)
        self.assertEqual(manifest.headers["tocsin-marking"], "TLP:GREEN PAP:AMBER")
        for key in manifest.json:
            event = self.house.feed(f"{key}.json", key=self.house.peer)
            self.assertNotIn("amber", event.text)
            self.assertNotIn("203.0.113.77", event.text)
        self.assertEqual(self.disclosed(), before + 1 + len(manifest.json))

    def disclosed(self):
        answer = self.house.http("GET", "/api/v1/disclosures?limit=1000", key=self.house.admin)
        return len([one for one in answer.json["items"] if one["door"] == "misp"])


class In(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House().__enter__()
        cls.house.start()

    @classmethod
    def tearDownClass(cls):
        cls.house.__exit__(None, None, None)

    def known(self, value):
        return [one["id"] for one in self.house.api("GET", f"intelligence/objects?value={value}").json["items"]]

    def test_a_table_comes_in_and_the_same_again_is_known(self):
        path = self.house.file("table.csv", "value,type,comment,labels,valid_until\n203.0.113.5,ip,beacon,botnet,2030-01-01\n"
                                            "hxxp://tab[.]evil[.]example/x,,,,\nnonsense here,,,,\n203.0.113.6,ip,,,soon\n")
        totals = self.house.json("intel", "import", "--json", path, expect=3)
        self.assertEqual((totals["stored"], totals["rejected"]), (2, 2))
        self.assertEqual(len(self.known("203.0.113.5")), 1)
        again = self.house.json("intel", "import", "--json", path, expect=3)
        self.assertEqual((again["stored"], again["known"], again["rejected"]), (0, 2, 2))
        rejected = self.house.run("intel", "rejected", "--delivery", str(again["delivery"]))
        self.assertIn("delivery", rejected)
        rows = self.house.run("intel", "rejected", "--delivery", str(again["delivery"]), "--rows")
        self.assertEqual(rows, "value,type,comment,labels,valid_until\nnonsense here,,,,\n203.0.113.6,ip,,,soon\n")
        mended = self.house.file("again.csv", rows.replace("soon", "2030-01-01").replace("nonsense here", "203.0.113.7"))
        self.assertEqual(self.house.json("intel", "import", "--json", mended)["stored"], 2)

    def test_a_wrong_table_says_what_it_expected(self):
        done = self.house.call("intel", "import", self.house.file("bad.csv", "a,b\n1,2\n"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bad.csv", done.stderr)
        self.assertIn('line 1: expected the names of the columns, one of them "value"', done.stderr)
        self.house.run("intel", "import", "--columns", "-,value", self.house.file("plain.csv", "1,203.0.113.9\n"))
        self.assertEqual(len(self.known("203.0.113.9")), 1)

    def test_a_report_is_shown_before_anything_is_stored(self):
        path = self.house.file("report.txt", "Seen hxxp://45.155.204[.]7/a today,\nand 9.9.9.9 and 203.0.113[.]44.\n")
        shown = self.house.run("intel", "import", path)
        self.assertIn("http://45.155.204.7/a", shown)
        self.assertIn("Public DNS resolvers", shown)
        self.assertEqual(self.known("203.0.113.44"), [])
        listed = self.house.json("intel", "import", "--dry-run", "--json", path)
        self.assertEqual([one["value"] for one in listed["candidates"]],
                         ["http://45.155.204.7/a", "9.9.9.9", "203.0.113.44"])
        self.assertEqual(self.house.json("intel", "import", "--only", "3", "--json", path)["stored"], 1)
        self.assertEqual(len(self.known("203.0.113.44")), 1)
        self.assertEqual(self.known("9.9.9.9"), [])
        totals = self.house.json("intel", "import", "--yes", "--json", path)
        self.assertEqual((totals["stored"], totals["known"]), (1, 0), totals)
        self.assertEqual(self.known("9.9.9.9"), [])
        self.house.run("intel", "import", "--yes", "--even-known-good", path)
        self.assertEqual(len(self.known("9.9.9.9")), 1)
        item = self.house.api("GET", "intelligence/objects?value=9.9.9.9").json["items"][0]
        self.assertEqual(item["known_good"], ["Public DNS resolvers"])
        self.assertEqual(self.house.call("intel", "import", "--only", "9", path).returncode == 0, False)

    def test_pasted_text_comes_by_standard_input(self):
        done = self.house.call("intel", "import", "--yes", "--even-known-good", "--format", "freetext", "-", input="paste[.]evil[.]example\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.known("paste.evil.example")), 1)

    def test_openioc_comes_in_and_the_rest_is_kept_aside(self):
        xml = ('<ioc id="1"><short_description>L</short_description><definition><Indicator operator="OR">'
               '<IndicatorItem condition="is"><Context document="Network" search="Network/DNS"/><Content type="string">ioc.evil.example'
               '</Content></IndicatorItem><Indicator operator="AND"><IndicatorItem condition="is"><Context document="FileItem" '
               'search="FileItem/FileName"/><Content type="string">a.exe</Content></IndicatorItem><IndicatorItem condition="is">'
               '<Context document="FileItem" search="FileItem/SizeInBytes"/><Content type="int">7</Content></IndicatorItem>'
               '</Indicator></Indicator></definition></ioc>')
        totals = self.house.json("intel", "import", "--json", self.house.file("x.ioc", xml), expect=3)
        self.assertEqual((totals["stored"], totals["rejected"]), (1, 2), totals)
        self.assertEqual(len(self.known("ioc.evil.example")), 1)

    def test_the_api_takes_misp_and_tables(self):
        answer = self.house.api("POST", "intelligence/import?name=harbour.json", HARBOUR.read_bytes())
        self.assertEqual((answer.status, answer.json["rejected"]), (200, 0), answer)
        self.assertGreater(answer.json["stored"], 10)
        self.assertEqual(len(self.known("203.0.113.77")), 1)
        answer = self.house.api("POST", "intelligence/import?format=csv", b"value\n203.0.113.88\n")
        self.assertEqual((answer.status, answer.json["stored"]), (200, 1), answer)
        self.assertEqual(self.house.api("POST", "intelligence/import?format=xls", b"x").status, 422)

    def test_known_good_lists_are_told(self):
        lists = self.house.api("GET", "known-good").json["items"]
        self.assertTrue(all(one["source"] and one["date"] and one["entries"] > 0 for one in lists))
        self.assertEqual(self.house.api("GET", "known-good/check?value=8.8.8.8").json,
                         {"value": "8.8.8.8", "known_good": ["Public DNS resolvers"]})
        self.assertEqual(self.house.api("GET", "known-good/check").status, 422)

    def test_warning_lists_of_a_folder_are_taken(self):
        with House() as other:
            folder = other.data / "known-good"
            folder.mkdir()
            (folder / "ours.json").write_text(json.dumps({
                "name": "Our own", "version": 3, "description": "x", "type": "string",
                "matching_attributes": ["domain", "hostname"], "list": ["intra.evil.example"]}))
            self.assertEqual(other.run("known-good", "check", "intra.evil.example").strip().splitlines()[-1], "Our own")


class Rules(unittest.TestCase):
    """What the tools themselves say. A tool that is not here is a skipped test."""

    @classmethod
    def setUpClass(cls):
        cls.house = House().__enter__()
        cls.house.run("intel", "import", cls.house.file("bundle.json", json.dumps(
            {"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects()})))

    @classmethod
    def tearDownClass(cls):
        cls.house.__exit__(None, None, None)

    def export(self, name, *more):
        more = more or ("--even-known-good",)  # addresses and names of documentation are on lists, too
        path = self.house.folder / f"out.{name}"
        self.house.run("intel", "export", "--format", name, "--out", str(path), *more)
        return path

    def tool(self, name):
        found = shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/bin")
        if not found:
            self.skipTest(f"{name} is not installed")
        return found

    def passes(self, *words, **options):
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_own_rules_go_out_and_hostile_ones_stay(self):
        for name, text, left_out in (("yara", YARA, 5), ("sigma", SIGMA, 2), ("suricata", SURICATA, 3), ("snort3", SNORT, 1)):
            with self.subTest(format=name):
                written = self.export(name).read_text()
                self.assertIn(text, written)
                self.assertIn(f"left out: {left_out}\n", written)
        self.assertEqual(self.export("yara").read_text().count("rule Loader "), 1)
        self.assertEqual(self.export("suricata").read_text().count("sid:1000001;"), 1)
        self.assertNotIn('msg:"own', self.house.run("intel", "export", "--format", "suricata", "--without-own-rules"))

    def test_block_lists_hold_nothing_that_is_known_to_be_good(self):
        text = self.export("ip-list", "--collection", "all").read_text()
        self.assertNotIn("8.8.8.8", text)
        self.assertIn("# Known-good values left out: 4\n# They are on these lists: Documentation networks, Public DNS "
                      "resolvers\n", text)
        self.assertIn("8.8.8.8", self.house.run("intel", "export", "--format", "ip-list", "--even-known-good"))

    def test_yara_takes_its_rules(self):
        self.passes(self.tool("yara"), self.export("yara"), "/etc/hostname")

    def test_named_takes_the_zone(self):
        self.passes(self.tool("named-checkzone"), "-k", "ignore", "rpz.example", self.export("rpz"))

    def test_nft_takes_the_sets(self):
        nft = self.tool("nft")
        path = self.export("nftables")
        done = subprocess.run([nft, "-c", "-f", str(path)], capture_output=True, text=True, timeout=60)
        if "Operation not permitted" in done.stderr or "Netlink" in done.stderr or "cache initialization" in done.stderr:
            self.skipTest(f"nft may not ask the kernel here: {done.stderr.strip()[:100]}")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_squid_takes_the_lists(self):
        squid = self.tool("squid")
        config = self.house.folder / "squid.conf"
        config.write_text(f"include {self.export('squid')}\nhttp_access deny tocsin_names\nhttp_access deny tocsin_addresses\n"
                          "http_access deny tocsin_urls\nhttp_port 127.0.0.1:3128\n")
        said = self.passes(squid, "-k", "parse", "-f", config)
        for word in ("FATAL", "ERROR"):
            self.assertNotIn(word, said)

    def test_suricata_takes_the_rules(self):
        self.passes(self.tool("suricata"), "-T", "-S", self.export("suricata"), "-l", self.house.folder)

    def test_snort_takes_the_rules(self):
        snort = self.tool("snort")
        if "Version 3" not in subprocess.run([snort, "-V"], capture_output=True, text=True).stdout:
            self.skipTest("this snort is not Snort 3")
        self.passes(snort, "-R", self.export("snort3"), "-T")

    def test_a_yaml_reader_takes_the_sigma_rules(self):
        try:
            import yaml
        except ImportError:
            self.skipTest("no YAML for Python")
        documents = [one for one in yaml.safe_load_all(self.export("sigma").read_text()) if one]
        self.assertTrue(all({"title", "logsource", "detection"} <= set(one) for one in documents))
        self.assertEqual(len({one["id"] for one in documents}), len(documents))


if __name__ == "__main__":
    unittest.main()
