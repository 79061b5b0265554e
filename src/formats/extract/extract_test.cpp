#include "formats/extract/extract.hpp"

#include "base/base.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace tocsin::formats {
namespace {

/// Stands for the public suffix list: real top-level domains and those of documentation.
bool is_listed(std::string_view host) {
    static std::vector<std::string_view> const tops = {"example", "com", "net", "org", "ru",   "it",        "io",
                                                       "cn",      "sh",  "pl",  "zip", "next", "xn--fiqs8s"};
    auto const top = host.substr(host.rfind('.') + 1);
    return std::ranges::find(tops, top) != tops.end();
}

ExtractOptions options() {
    ExtractOptions chosen;
    chosen.has_public_suffix = is_listed;
    return chosen;
}

/// "kind=value" of all that is found, in order.
std::vector<std::string> found_in(std::string_view text) {
    std::vector<std::string> out;
    for (auto const& found : extract(text, options()).found)
        out.push_back(std::string(name_of(found.observable.kind)) + "=" + found.observable.value);
    return out;
}
using Strings = std::vector<std::string>;

TEST(Extract, Addresses) {
    EXPECT_EQ(found_in("C2 192.0.2.1, (198.51.100.7:8080) and 203.0.113.0/24."),
              (Strings{"ip=192.0.2.1", "ip=198.51.100.7", "ip=203.0.113.0/24"}));
    EXPECT_EQ(found_in("2001:DB8::1 and 2001:db8:0:0::/48; [2001:db8::2]:443 ::ffff:192.0.2.1"),
              (Strings{"ip=2001:db8::1", "ip=2001:db8::/48", "ip=2001:db8::2", "ip=192.0.2.1"}));
    EXPECT_EQ(found_in("192.0.2.5-192.0.2.9"), (Strings{"ip=192.0.2.5", "ip=192.0.2.9"}));
    EXPECT_EQ(found_in("1.2.3.4.5 256.1.1.1 192.0.2 v1.2.3.4 at 10:20:30 std::add Foo::Bar a::b 1.2.3.4.com/x"),
              (Strings{"url=http://1.2.3.4.com/x"}));
    EXPECT_EQ(found_in("version 10.0.0.1, Firmware: 10.0.0.2, v 10.0.0.3"), Strings{});
    auto const port = extract("198.51.100.7:8080", options());
    EXPECT_EQ(port.found.at(0).port, 8080);
    EXPECT_EQ(port.found.at(0).length, 17u);
}

TEST(Extract, WaysToMakeHarmlessAreUndone) {
    for (auto const text : {"evil[.]example", "evil(.)example", "evil{.}example", "evil[dot]example",
                            "evil (dot) example", "evil [.] example", "evil[.example", "evil.]example",
                            "evil\\.example", "evil[ . ]example", "ev\xE2\x80\x8Bil[.]example",
                            "evil\xEF\xBC\x8E"
                            "example",
                            "EVIL[.]Example"}) {
        auto const found = extract(text, options()).found;
        ASSERT_EQ(found.size(), 1u) << text;
        EXPECT_EQ(found[0].observable, (Observable{ObservableKind::domain, "evil.example"})) << text;
        EXPECT_TRUE(found[0].is_defanged) << text;
        EXPECT_EQ(found[0].as_written, text);
    }
    for (auto const text :
         {"hxxp://evil.example/a", "hXXp[:]//evil[.]example/a", "h**p://evil.example/a", "hxxp[://]evil.example/a",
          "http[:]//evil.example/a", "hxtp://evil[.]example[/]a", "http:\\\\evil.example/a", "evil[.]example/a"})
        EXPECT_EQ(found_in(text), (Strings{"url=http://evil.example/a"})) << text;
    EXPECT_EQ(found_in("hxxps://evil[.]example"), (Strings{"url=https://evil.example/"}));
    EXPECT_EQ(found_in("http[s]://evil[.]example/x?y=1"), (Strings{"url=https://evil.example/x?y=1"}));
    EXPECT_EQ(found_in("1.2.3[.]4, 1[.]2[.]3[.]5 1.2.3(.)6"), (Strings{"ip=1.2.3.4", "ip=1.2.3.5", "ip=1.2.3.6"}));
    EXPECT_EQ(found_in("2001[:]db8[:][:]1"), (Strings{"ip=2001:db8::1"}));
    for (auto const text :
         {"bad[at]evil[.]example", "bad [at] evil [dot] example", "bad[@]evil.example", "bad(at)evil.example"})
        EXPECT_EQ(found_in(text), (Strings{"email=bad@evil.example"})) << text;
}

TEST(Extract, DomainsAndWordsWithDots) {
    EXPECT_EQ(found_in("See www.evil.example. Also *.bad.example and _dmarc.x.org,b\xC3\xBC"
                       "cher.example"),
              (Strings{"domain=www.evil.example", "domain=bad.example", "domain=dmarc.x.org",
                       "domain=xn--bcher-kva.example"}));
    EXPECT_EQ(found_in("e.g. System.IO, ASP.Net, foo.bar and so on.Next os.path.join( io.example("), Strings{});
    EXPECT_EQ(found_in("one.example/two.example"), (Strings{"domain=one.example", "domain=two.example"}));
    EXPECT_EQ(found_in("C:\\dir\\evil.com and evil.com:443"), (Strings{"file_name=evil.com", "domain=evil.com"}));
    EXPECT_EQ(
        found_in("\xE8\xAE\xBF\xE9\x97\xAE"
                 "evil.example\xE4\xB8\x8B\xE8\xBD\xBD\xE3\x80\x82\xE4\xBE\x8B\xE5\xAD\x90.\xE4\xB8\xAD\xE5\x9B\xBD"),
        (Strings{"domain=evil.example", "domain=xn--fsqu00a.xn--fiqs8s"}));
    EXPECT_EQ(found_in("expyuzz4wqqyqhjn.onion http://expyuzz4wqqyqhjn.onion/x"),
              (Strings{"domain=expyuzz4wqqyqhjn.onion", "url=http://expyuzz4wqqyqhjn.onion/x"}));
}

TEST(Extract, UrlsEndWhereTheyEnd) {
    EXPECT_EQ(
        found_in(
            "(see https://evil.example/a_(b)) 'http://evil.example/c' <http://evil.example/d>, http://evil.example/e."),
        (Strings{"url=https://evil.example/a_(b)", "url=http://evil.example/c", "url=http://evil.example/d",
                 "url=http://evil.example/e"}));
    EXPECT_EQ(found_in("[x](http://evil.example/f) http://evil.example/g,http://evil.example/h"),
              (Strings{"url=http://evil.example/f", "url=http://evil.example/g", "url=http://evil.example/h"}));
    EXPECT_EQ(found_in("http://192.0.2.1:8080/x http://[2001:db8::1]/y ftp://u:p@evil.example/z 192.0.2.9/gate.php"),
              (Strings{"url=http://192.0.2.1:8080/x", "url=http://[2001:db8::1]/y", "url=ftp://u:p@evil.example/z",
                       "url=http://192.0.2.9/gate.php"}));
    EXPECT_EQ(found_in("tcp://198.51.100.3:4444 http://localhost/x http://host.invalidtop/"),
              (Strings{"ip=198.51.100.3"}));
    EXPECT_EQ(found_in("http://evil.example/\xE4\xB8\x8B"), (Strings{"url=http://evil.example/"}));
}

TEST(Extract, HashesByLength) {
    std::string const hex =
        "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef";
    EXPECT_EQ(found_in("md5:" + hex.substr(0, 32)), (Strings{"md5=" + lowered(hex.substr(0, 32))}));
    EXPECT_EQ(found_in(hex.substr(0, 40)), (Strings{"sha1=" + lowered(hex.substr(0, 40))}));
    EXPECT_EQ(found_in("\"" + hex.substr(0, 64) + "\""), (Strings{"sha256=" + lowered(hex.substr(0, 64))}));
    EXPECT_EQ(found_in(hex), (Strings{"sha512=" + lowered(hex)}));
    EXPECT_EQ(found_in(hex.substr(0, 33) + " 0x" + hex.substr(0, 64) + " 01234567890123456789012345678901"), Strings{});
    EXPECT_EQ(found_in("T1" + hex.substr(0, 70)), (Strings{"tlsh=" + uppered("T1" + hex.substr(0, 70))}));
    EXPECT_EQ(found_in("3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C at 3:12:45"),
              (Strings{"ssdeep=3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"}));
}

TEST(Extract, Identifiers) {
    auto const text =
        "CVE-2026-12345 cve-2026-1 T1059.001, TA0002; G0016 T9 AS64500 ASN 64501 AS400x AS\xC2\xA0"
        "64502 as 64503 T1059.001";
    EXPECT_EQ(found_in(text), (Strings{"vulnerability=CVE-2026-12345", "asn=64500", "asn=64501", "asn=64502"}));
    auto const all = extract(text, options());
    ASSERT_EQ(all.attack_ids.size(), 3u);
    EXPECT_EQ(all.attack_ids[0].id, "T1059.001");
    EXPECT_EQ(all.attack_ids[0].count, 2u);
    EXPECT_EQ(all.attack_ids[2].id, "G0016");
    EXPECT_EQ(found_in("00:1A:2B:3C:4D:5E 00-1A-2B-3C-4D-5F 00:1A:2B:3C:4D:5E:6F:70"),
              (Strings{"mac=00:1a:2b:3c:4d:5e", "mac=00:1a:2b:3c:4d:5f"}));
    EXPECT_EQ(found_in("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3 "
                       "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp"),
              (Strings{"cryptocurrency_address=1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
                       "cryptocurrency_address=bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"}));
}

TEST(Extract, RegistryKeysAndFiles) {
    EXPECT_EQ(found_in("set HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Run and then"),
              (Strings{"registry_key=hkey_local_machine\\software\\microsoft\\windows nt\\currentversion\\run"}));
    EXPECT_EQ(found_in("\"HKCU:\\\\Software\\\\Classes\\\\x\", HKLM is"),
              (Strings{"registry_key=hkey_current_user\\software\\classes\\x"}));
    EXPECT_EQ(found_in("HKLM\\SOFTWARE\\Microsoft\\Windows NT or C:\\Windows\\x.dll"),
              (Strings{"registry_key=hkey_local_machine\\software\\microsoft\\windows nt", "file_name=x.dll"}));
    EXPECT_EQ(found_in("drops update.exe, run.sh, Invoice.pdf.js; node.js get.sh/x"),
              (Strings{"file_name=update.exe", "file_name=run.sh", "file_name=Invoice.pdf.js", "url=http://get.sh/x"}));
}

TEST(Extract, PlacesAreCountedOnce) {
    std::string const text = "first line\nC2: evil[.]example \xE2\x80\x94 bad\nevil.example again, EVIL.example";
    auto const all = extract(text, options());
    ASSERT_EQ(all.found.size(), 1u);
    auto const& found = all.found[0];
    EXPECT_EQ(found.count, 3u);
    EXPECT_TRUE(found.is_defanged);
    EXPECT_EQ(text.substr(found.offset, found.length), "evil[.]example");
    EXPECT_EQ(found.context, "C2: evil[.]example \xE2\x80\x94 bad");
}

TEST(Extract, RulesAreKeptWhole) {
    std::string const text =
        "Intro evil.example\n"
        "private rule Evil_One : tag {\n  strings:\n    $a = \"inner.example }\" // }\n    $b = /x}\\/y/\n    $c = { "
        "00 [2] 11 }\n"
        "  condition:\n    all of them\n}\nafter.example\n"
        "title: Evil Sigma\nid: x\nlogsource:\n    category: dns_query\n\ndetection:\n    s:\n        - "
        "sigma.example\n    condition: s\nThe end.\n"
        "  alert http any any -> any any (msg:\"Evil net\"; http.host; content:\"net.example\"; sid:1; rev:1;)\n"
        "a rule of thumb { is } not one";
    auto const all = extract(text, options());
    ASSERT_EQ(all.rules.size(), 3u);
    EXPECT_EQ(all.rules[0].language, EmbeddedRule::Language::yara);
    EXPECT_EQ(all.rules[0].name, "Evil_One");
    EXPECT_TRUE(text.substr(all.rules[0].offset, all.rules[0].length).ends_with("all of them\n}"));
    EXPECT_EQ(all.rules[1].name, "Evil Sigma");
    EXPECT_TRUE(text.substr(all.rules[1].offset, all.rules[1].length).ends_with("condition: s"));
    EXPECT_EQ(all.rules[2].name, "Evil net");
    EXPECT_EQ(found_in(text), (Strings{"domain=evil.example", "domain=after.example"}));
    EXPECT_EQ(text.substr(all.found[1].offset, all.found[1].length), "after.example");
}

TEST(Extract, OneValueOfATable) {
    EXPECT_EQ(recognised(" evil[.]example ", options())->observable.value, "evil.example");
    EXPECT_EQ(recognised("hxxp://evil[.]example/a b", options()), std::nullopt);
    EXPECT_EQ(recognised("192.0.2.1-192.0.2.2", options()), std::nullopt);
    EXPECT_EQ(recognised("the evil.example", options()), std::nullopt);
}

TEST(Extract, LimitsHold) {
    auto chosen = options();
    chosen.found = 2;
    EXPECT_EQ(extract("a.example b.example c.example a.example", chosen).left_out, 1u);
    chosen.bytes = 9;
    auto const cut = extract("a.example b.example", chosen);
    EXPECT_EQ(cut.found.size(), 1u);
    EXPECT_EQ(cut.bytes_left_out, 10u);
    EXPECT_TRUE(extract("http://evil.example/" + std::string(10'000, 'a'), options()).found.empty());
}

TEST(Extract, OffsetsAreOfTheTextForAllWaysOfWriting) {
    std::mt19937 random(11);
    Strings const pieces = {"evil[.]example",
                            "hxxps://evil[.]example/x",
                            "1.2.3[.]4",
                            " ",
                            "\n",
                            "\xC2\xAD",
                            "\xE2\x80\x8B",
                            "[",
                            "]",
                            ".",
                            "(dot)",
                            "[at]",
                            "bad",
                            " [.] ",
                            "\\.",
                            "h**p[:]//",
                            "2001:db8::1",
                            "/",
                            "d41d8cd98f00b204e9800998ecf8427e"};
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (auto count = random() % 12; count > 0; --count) text += pieces[random() % pieces.size()];
        for (auto const& found : extract(text, options()).found) {
            ASSERT_LE(found.offset + found.length, text.size()) << text;
            ASSERT_EQ(text.substr(found.offset, found.length), found.as_written) << text;
            auto const again = recognised(found.as_written, options());
            ASSERT_TRUE(again) << text << " -> " << found.as_written;
            ASSERT_EQ(again->observable, found.observable) << text;
        }
    }
}

}  // namespace
}  // namespace tocsin::formats
