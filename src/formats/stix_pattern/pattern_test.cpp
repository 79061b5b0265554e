#include "formats/stix_pattern/pattern.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace tocsin::formats::stix_pattern {
namespace {

std::string canonical(std::string_view text, Limits const& limits = {}) {
    auto const pattern = parse(text, limits);
    if (!pattern) return std::string(name_of(pattern.error().code)) + ": " + pattern.error().message;
    auto const printed = print(*pattern);
    auto const again = parse(printed);
    if (!again) return "does not read back: " + printed;
    return *again == *pattern ? printed : "reads back as another: " + printed;
}

std::string repeated(std::string_view piece, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += piece;
    return out;
}

/// Patterns of the shapes that the standard shows, in canonical form already.
constexpr std::array shapes{
    "[file:hashes.'SHA-256' = 'aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f']",
    "[email-message:from_ref.value MATCHES '.+\\\\@example\\\\.com$' AND "
    "email-message:body_multipart[*].body_raw_ref.name "
    "MATCHES '^Final Report.+\\\\.exe$']",
    "[file:hashes.MD5 = '79054025255fb1a26e4bc422aef54eb4'] FOLLOWEDBY [windows-registry-key:key = "
    "'HKEY_LOCAL_MACHINE\\\\foo\\\\bar'] WITHIN 300 SECONDS",
    "[user-account:account_type = 'unix' AND user-account:user_id = '1007' AND user-account:account_login = 'Peter'] "
    "AND "
    "[user-account:account_type = 'unix' AND user-account:user_id = '1008' AND user-account:account_login = 'Paul']",
    "[artifact:mime_type = 'application/vnd.tcpdump.pcap' AND artifact:payload_bin MATCHES "
    "'\\\\xd4\\\\xc3\\\\xb2\\\\xa1']",
    "[file:name = 'foo.dll' AND file:parent_directory_ref.path = 'C:\\\\Windows\\\\System32']",
    "[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]",
    "[file:mime_type = 'image/bmp' AND file:magic_number_hex = h'ffd8']",
    "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '203.0.113.33/32']",
    "[domain-name:value = 'www.5z8.example' AND domain-name:resolves_to_refs[*].value = '198.51.100.1/32']",
    "[url:value = 'http://example.com/foo' OR url:value = 'http://example.com/bar']",
    "[x509-certificate:issuer = 'CN=WEBMAIL' AND x509-certificate:serial_number = "
    "'4c:0b:1d:19:74:86:a7:66:b4:1a:bf:40:27:21:76:28']",
    "[windows-registry-key:key = 'HKEY_CURRENT_USER\\\\Software\\\\CryptoLocker\\\\Files' OR windows-registry-key:key "
    "= "
    "'HKEY_CURRENT_USER\\\\Software\\\\Microsoft\\\\CurrentVersion\\\\Run\\\\CryptoLocker_0388']",
    "[(file:name = 'pdf.exe' OR file:size = 371712) AND file:created = t'2014-01-13T07:03:17Z']",
    "[email-message:sender_ref.value = 'jdoe@example.com' AND email-message:subject = 'Conference Info']",
    "[x_whatever:x_value > -5 AND x_whatever:x_ratio <= -0.25]",
    "[network-traffic:dst_ref.value ISSUBSET '2001:db8:dead:beef::/64']",
    "[file:name = 'a'] AND [process:pid > 4] FOLLOWEDBY [mutex:name = 'b'] OR [mutex:name = 'c']",
    "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e'] START t'2016-06-01T00:00:00Z' STOP t'2016-07-01T00:00:00Z'",
    "([a:b = 1] FOLLOWEDBY [c:d = 2]) REPEATS 5 TIMES WITHIN 1800 SECONDS",
    "([a:b = 1] WITHIN 5 SECONDS) WITHIN 3.5 SECONDS",
    "[user-account:is_privileged = true AND user-account:is_disabled NOT = false]",
    "[process:arguments[0] IN ('a', 'b', 3, 4.5, true, h'00', t'2020-01-01T00:00:00.123456Z')]",
    "[process:arguments[1] NOT IN ()]",
    "[EXISTS process:environment_variables.PATH AND ipv4-addr:value ISSUPERSET '192.0.2.0/28']",
    "[process:command_line LIKE '%whoami%' OR process:command_line NOT LIKE '_']",
    "[x-usb-device:usbdrive.'serial number' = '575833314133343231313937' AND x-usb-device:usbdrive.'STOP' = 1]",
    "[a:'IN'.'it\\'s'[*] = 1]",
};

TEST(StixPattern, TheStandardsShapesReadAndPrintAsTheyAre) {
    for (std::string_view const shape : shapes) EXPECT_EQ(canonical(shape), shape);
}

TEST(StixPattern, EquivalentSpellingsHaveOneCanonicalForm) {
    std::pair<char const*, char const*> const spellings[] = {
        {"[ a:b=='x' ]", "[a:b = 'x']"},
        {"[a:b <> 'x']", "[a:b != 'x']"},
        {"[a:b=+5 OR a:b = .5 OR a:b = +00.50]", "[a:b = 5 OR a:b = 0.5 OR a:b = 0.5]"},
        {"[((a:b = 1 AND (a:c = 2 AND a:d = 3)))]", "[a:b = 1 AND a:c = 2 AND a:d = 3]"},
        {"[a:b = 1 OR a:c = 2 AND a:d = 3]", "[a:b = 1 OR a:c = 2 AND a:d = 3]"},
        {"[a:b = 1 AND (a:c = 2 OR a:d = 3)]", "[a:b = 1 AND (a:c = 2 OR a:d = 3)]"},
        {"(([a:b = 1]))", "[a:b = 1]"},
        {"([a:b = 1] WITHIN 5 SECONDS) REPEATS 2 TIMES", "([a:b = 1] WITHIN 5 SECONDS) REPEATS 2 TIMES"},
        {"[a:b = 1] FOLLOWEDBY ([c:d = 2] FOLLOWEDBY [e:f = 3])",
         "[a:b = 1] FOLLOWEDBY [c:d = 2] FOLLOWEDBY [e:f = 3]"},
        {"[a:b = 1] AND ([c:d = 2] OR [e:f = 3])", "[a:b = 1] AND ([c:d = 2] OR [e:f = 3])"},
        {"[a:b = 1] OR [c:d = 2] AND [e:f = 3]", "[a:b = 1] OR [c:d = 2] AND [e:f = 3]"},
        {"([a:b = 1] OR [c:d = 2]) FOLLOWEDBY [e:f = 3]", "[a:b = 1] OR [c:d = 2] FOLLOWEDBY [e:f = 3]"},
        {"[a:b = 1] OR ([c:d = 2] FOLLOWEDBY [e:f = 3])", "[a:b = 1] OR ([c:d = 2] FOLLOWEDBY [e:f = 3])"},
        {"[a:b = 1] START '2016-06-01T00:00:00Z' STOP '2016-06-01T00:00:00.5Z'",
         "[a:b = 1] START t'2016-06-01T00:00:00Z' STOP t'2016-06-01T00:00:00.5Z'"},
        {"[a:b = 1] WITHIN 5.0 SECONDS", "[a:b = 1] WITHIN 5 SECONDS"},
        {"[a:b = b'/9g=']", "[a:b = h'ffd8']"},
        {"[a:b = h'FFd8']", "[a:b = h'ffd8']"},
        {"[a:b = t'2020-01-01T00:00:00.1234567899Z']", "[a:b = t'2020-01-01T00:00:00.123456Z']"},
        {"[a:'b'.'SHA-1' = 1]", "[a:b.'SHA-1' = 1]"},
        {"/* first */[a:b // the rest of the line\n = 1]//end", "[a:b = 1]"},
        {"[a:b\u00a0=\u30001]", "[a:b = 1]"},
        {"[a:b = 'it\\'s \\\\ \u00fc']", "[a:b = 'it\\'s \\\\ \u00fc']"},
        {"[a:b = 1.0 OR a:b = 9223372036854775807 OR a:b = -9223372036854775808]",
         "[a:b = 1.0 OR a:b = 9223372036854775807 OR a:b = -9223372036854775808]"},
    };
    for (auto const& [written, expected] : spellings) EXPECT_EQ(canonical(written), expected) << written;
}

TEST(StixPattern, AFaultNamesItsPlaceWhatWasFoundAndWhatWasExpected) {
    std::pair<char const*, char const*> const faults[] = {
        {"", "line 1, column 1: found the end, expected [ or ("},
        {"[]", "line 1, column 2: found ], expected an object path like ipv4-addr:value"},
        {"[a:b]",
         "line 1, column 5: found ], expected an operator (= != > < >= <= IN LIKE MATCHES ISSUBSET ISSUPERSET)"},
        {"[a:b = 1", "line 1, column 9: found the end, expected ]"},
        {"[a:b = 1]\n  AND", "line 2, column 6: found the end, expected [ or ("},
        {"[a:b = 1] and [a:b = 2]",
         "line 1, column 11: found and, expected AND, OR, FOLLOWEDBY, a qualifier or the end of the pattern"},
        {"[a:b = 'x]", "line 1, column 8: found a text without an end, expected a closing '"},
        {"[a:b = '\u00fc\\n']",
         "line 1, column 10: found a backslash alone, expected \\\\ for a backslash or \\' for a quote"},
        {"[file:hashes.SHA-256 = 'x']",
         "line 1, column 14: found SHA-256, expected a property's name; this one needs quotes: 'SHA-256'"},
        {"[a:b.IN = 1]", "line 1, column 6: found IN, expected a property's name; this one needs quotes: 'IN'"},
        {"[a = 1]", "line 1, column 4: found =, expected :"},
        {"[a:b > true]", "line 1, column 8: found true, expected a constant that has an order"},
        {"[a:b LIKE 5]", "line 1, column 11: found 5, expected a text in quotes"},
        {"[a:b IN ('x' 'y')]", "line 1, column 14: found 'y', expected , or )"},
        {"[a:b[-1] = 1]", "line 1, column 6: found -1, expected * or an integer of 0 or more"},
        {"[a:b = h'abc']", "line 1, column 8: found h'abc', expected pairs of hexadecimal digits"},
        {"[a:b = b'%%']", "line 1, column 8: found b'%%', expected base64 (RFC 4648 section 4)"},
        {"[a:b = t'2020-01-01']",
         "line 1, column 8: found t'2020-01-01', expected a time like t'2026-11-23T10:00:00Z'"},
        {"[a:b = t'2020-13-01T00:00:00Z']",
         "line 1, column 8: found t'2020-13-01T00:00:00Z', expected a time like t'2026-11-23T10:00:00Z'"},
        {"[a:b = 007]", "line 1, column 8: found 007, expected an integer without leading zeros"},
        {"[a:b = 99999999999999999999]",
         "line 1, column 8: found 99999999999999999999, expected an integer of at most 64 bits"},
        {"[a:b = 1] WITHIN 0 SECONDS", "line 1, column 18: found 0, expected a number of seconds above 0"},
        {"[a:b = 1] REPEATS 0 TIMES", "line 1, column 19: found 0, expected an integer of 1 or more"},
        {"[a:b = 1] WITHIN 5 SECONDS WITHIN 6 SECONDS",
         "line 1, column 28: found WITHIN, expected at most one qualifier of a kind"},
        {"[a:b = 1] START t'2020-01-01T00:00:00Z' STOP t'2020-01-01T00:00:00Z'",
         "line 1, column 46: found t'2020-01-01T00:00:00Z', expected a STOP after the START"},
        {"[a:b = 1] /* x", "line 1, column 11: found a comment without an end, expected */"},
        {"[a:b ! 1]", "line 1, column 6: found \"!\", expected a word, a constant or an operator"},
        {"[a:b = \u00fc]", "line 1, column 8: found \"\u00fc\", expected a word, a constant or an operator"},
        {"[NOT a:b = 1]", "line 1, column 2: found NOT, expected an object path like ipv4-addr:value"},
    };
    for (auto const& [written, expected] : faults)
        EXPECT_EQ(canonical(written), std::string("invalid: ") + expected) << written;
    auto const pairs = repeated("0", 79);
    EXPECT_EQ(canonical("[a:b = h'" + pairs + "\u00fc']"),
              "invalid: line 1, column 8: found h'" + pairs + "...', expected pairs of hexadecimal digits");
    EXPECT_EQ(canonical("[a:b = '\xff']"), "invalid: the pattern is not UTF-8");
}

TEST(StixPattern, SizeNodesAndDepthHaveLimits) {
    EXPECT_EQ(canonical("[a:b = 1]", {.bytes = 8}), "limit: the pattern is longer than 8 bytes");
    EXPECT_EQ(canonical("[a:b = 1]", {.nodes = 7}), "limit: the pattern has more than 7 words");
    EXPECT_EQ(canonical("[" + repeated("(", 101) + "a:b = 1" + repeated(")", 101) + "]"),
              "limit: the pattern's brackets are nested deeper than 100");
    EXPECT_EQ(canonical(repeated("(", 100) + "[a:b = 1]" + repeated(")", 100)), "[a:b = 1]");
    EXPECT_EQ(canonical(repeated("(", 500'000)), "limit: the pattern has more than 200000 words");
    auto const longest = repeated("[a:b = 1] OR ", 20'000) + "[a:b = 1]";
    EXPECT_EQ(canonical(longest), longest);
}

}  // namespace
}  // namespace tocsin::formats::stix_pattern
