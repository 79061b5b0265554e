#include "formats/stix_pattern/match.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::formats::stix_pattern {
namespace {

Timestamp at(std::int64_t second) {
    return Timestamp::from_seconds(1'700'000'000 + second);
}

/// "0 2" for the observations that matched, "-" for none, or the fault.
std::string matched(std::string_view text, std::vector<Observation> const& observations,
                    MatchLimits const& limits = {}) {
    auto const pattern = parse(text);
    if (!pattern) return pattern.error().message;
    auto const match = matches(*pattern, observations, limits);
    if (!match) return std::string(name_of(match.error().code)) + ": " + match.error().message;
    if (match->found == match->observations.empty()) return "found and not found";
    std::string out = match->found ? "" : "-";
    for (auto const index : match->observations) out += (out.empty() ? "" : " ") + std::to_string(index);
    return out;
}

/// One observation of the objects at second 0.
std::string matched(std::string_view text, std::string_view objects) {
    return matched(text, {{at(0), at(0), 1, objects}});
}

constexpr std::string_view machine = R"([
    {"type":"file","id":"file--1","name":"Run.EXE","size":371712,"hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e",
     "SHA-256":"aa"},"ctime":"2014-01-13T07:03:17.5Z","parent_directory_ref":"directory--1","magic_number_hex":"ffd8",
     "extensions":{"windows-pebinary-ext":{"sections":[{"name":"a","entropy":1.5},{"name":"b","entropy":7.5}]}}},
    {"type":"directory","id":"directory--1","path":"C:\\Windows","contains_refs":["file--1","file--2","file--9"]},
    {"type":"file","id":"file--2","name":"na\u0308me \u00fc.txt","size":1.5,"mime_type":null,"content_ref":"nowhere--1"},
    {"type":"network-traffic","id":"network-traffic--1","src_ref":"ipv4-addr--1","dst_ref":"ipv6-addr--1","dst_port":443,
     "is_active":true,"protocols":["ipv4","tcp","http"],"src_byte_count":9007199254740993},
    {"type":"ipv4-addr","id":"ipv4-addr--1","value":"192.0.2.7"},
    {"type":"ipv4-addr","id":"ipv4-addr--2","value":"198.51.100.0/24"},
    {"type":"ipv6-addr","id":"ipv6-addr--1","value":"2001:db8::7"},
    {"type":"artifact","id":"artifact--1","payload_bin":"/9j/4A=="},
    {"type":"process","id":"process--1","command_line":"cmd /c \"whoami\nhostname\"","environment_variables":{"PATH":"/bin"}}
])";

TEST(StixPatternMatch, ComparisonsHoldAsTheStandardSays) {
    for (std::string_view const pattern : {
             "[file:name = 'Run.EXE']",
             "[file:size = 371712]",
             "[file:size = 371712.0]",
             "[file:size = 1.5]",
             "[file:size > 371711.5 AND file:size <= 371712]",
             "[file:name > 'Run' AND file:name < 'Ruo']",
             "[file:name != 'run.exe']",
             "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' AND file:hashes.'SHA-256' = 'aa']",
             "[file:ctime = t'2014-01-13T07:03:17.500Z']",
             "[file:ctime > t'2014-01-13T07:03:17Z' AND file:ctime < t'2015-01-01T00:00:00Z']",
             "[file:parent_directory_ref.path = 'C:\\\\Windows']",
             "[file:parent_directory_ref = 'directory--1']",
             "[directory:contains_refs[*].name = 'Run.EXE']",
             "[directory:contains_refs[0].name = 'Run.EXE' AND directory:contains_refs[1].size < 2]",
             "[directory:contains_refs[*].parent_directory_ref.contains_refs[*].size = 1.5]",
             "[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]",
             "[file:extensions.'windows-pebinary-ext'.sections[0].name NOT = 'b']",
             "[network-traffic:dst_port IN (80, 443)]",
             "[network-traffic:dst_port NOT IN (80, '443')]",
             "[network-traffic:is_active = true AND network-traffic:is_active != false]",
             "[network-traffic:protocols[*] = 'tcp' AND network-traffic:protocols[2] = 'http']",
             "[network-traffic:src_ref.value ISSUBSET '192.0.2.0/24' AND network-traffic:dst_ref.value = "
             "'2001:db8::7']",
             "[network-traffic:dst_ref.value ISSUBSET '2001:db8::/32']",
             "[ipv4-addr:value ISSUBSET '198.51.0.0/16' AND ipv4-addr:value ISSUPERSET '198.51.100.9']",
             "[ipv4-addr:value ISSUBSET '192.0.2.7']",
             "[file:magic_number_hex = h'FFD8' AND file:magic_number_hex = b'/9g=' AND file:magic_number_hex < "
             "h'ffd800']",
             "[file:magic_number_hex = '\u00ff\u00d8']",
             "[artifact:payload_bin = h'ffd8ffe0' AND artifact:payload_bin MATCHES '^\\\\xff\\\\xd8']",
             "[artifact:payload_bin LIKE '\u00ff%']",
             "[file:name = h'52756e2e455845']",
             "[file:name LIKE 'R_n.%' AND file:name LIKE '%E%']",
             "[file:name LIKE 'n\u00e4me _.txt']",
             "[file:name MATCHES 'n\u00e4me .\\\\.txt$']",
             "[file:name MATCHES '(?i)^run\\\\.exe$' AND file:name NOT MATCHES '^run']",
             "[process:command_line LIKE 'cmd%whoami_hostname%']",
             "[process:command_line MATCHES 'whoami\\\\s']",
             "[process:environment_variables.PATH = '/bin' AND EXISTS process:environment_variables.'PATH']",
             "[file:mime_type != 'x' AND file:mime_type NOT = 'x']",  // null is there, and unlike all
             "[EXISTS file:mime_type]",
             "[file:name = 'nothing' OR ipv4-addr:value = '192.0.2.7' AND ipv4-addr:value LIKE '%']",
             "[network-traffic:src_byte_count = 9007199254740993 AND network-traffic:src_byte_count != "
             "9007199254740992]",
             "[network-traffic:src_byte_count > 9007199254740992.0]",
         })
        EXPECT_EQ(matched(pattern, machine), "0") << pattern;
}

TEST(StixPatternMatch, ComparisonsFailAsTheStandardSays) {
    for (std::string_view const pattern : {
             "[file:name = 'run.exe']",
             "[file:size = '371712']",
             "[file:size > '1']",
             "[file:size NOT > 'a']",  // unlike types have no order
             "[file:missing = 1]",
             "[file:missing != 1]",  // a path that leads nowhere
             "[file:missing NOT = 1 OR file:missing NOT IN (1) OR file:missing NOT LIKE 'x' OR file:missing NOT "
             "MATCHES 'x']",
             "[EXISTS file:missing]",
             "[file:content_ref.name != 'x']",  // a reference to nothing
             "[directory:contains_refs[2].name != 'x']",
             "[directory:contains_refs[7].name != 'x']",
             "[file:name[0] = 'R' OR file:name[*] = 'R' OR file:name.x = 'R']",
             "[network-traffic:protocols = 'tcp']",          // a list is no text
             "[file:name = 'Run.EXE' AND file:size = 1.5]",  // two SCOs
             "[file:name = 'Run.EXE' AND ipv4-addr:value = '192.0.2.7']",
             "[network-traffic:is_active = 1 OR network-traffic:is_active = 'true']",
             "[network-traffic:dst_ref.value ISSUBSET '192.0.2.0/24' OR ipv6-addr:value ISSUBSET '0.0.0.0/0']",
             "[ipv4-addr:value ISSUBSET '::/0']",
             "[ipv4-addr:value ISSUBSET 'nonsense']",
             "[file:name ISSUBSET '192.0.2.0/24']",
             "[file:magic_number_hex = '\u0100']",
             "[file:magic_number_hex = 'ffd8']",
             "[artifact:payload_bin MATCHES '\u0100']",
             "[file:name LIKE 'Run' OR file:name LIKE 'R_' OR file:name LIKE '_' OR file:name LIKE '']",
             "[file:name = 'n\u00e4me \u00fc.txt']",  // = compares code points, LIKE and MATCHES normalise
             "[process:command_line MATCHES 'whoami.hostname']",
             "[file:ctime = '2014-01-13T07:03:17.500Z']",  // a text, not a time
             "[file:name = t'2014-01-13T07:03:17.500Z']",
             "[network-traffic:dst_port IN ()]",
             "[File:name = 'Run.EXE']",
             "[file:hashes.md5 = 'd41d8cd98f00b204e9800998ecf8427e']",
             "[network-traffic:src_byte_count = 9007199254740992.0]",
         })
        EXPECT_EQ(matched(pattern, machine), "-") << pattern;
}

TEST(StixPatternMatch, TheObjectsMayComeInAllFormsOfTheStandards) {
    for (
        std::string_view const objects : {
            R"([{"type":"url","id":"url--1","value":"x"},{"type":"a","id":"a--1","b_ref":"url--1"}])",
            R"({"0":{"type":"url","value":"x"},"1":{"type":"a","b_ref":"0"}})",
            R"({"type":"bundle","objects":[{"type":"url","id":"url--1","value":"x"},{"type":"a","id":"a--1","b_ref":"url--1"}]})",
            R"({"type":"observed-data","objects":{"0":{"type":"url","value":"x"},"1":{"type":"a","b_ref":"0"}}})",
        })
        EXPECT_EQ(matched("[a:b_ref.value = 'x']", objects), "0") << objects;
    EXPECT_EQ(matched("[a:b = 1]", "[]"), "-");
    EXPECT_EQ(matched("[a:b = 1]", "[1,null,{}]"), "-");
    EXPECT_EQ(matched("[a:b = 1]", "5"),
              "invalid: observation 0: the observation's objects are neither an array nor a dictionary");
    EXPECT_EQ(matched("[a:b = 1]", R"({"type":"bundle"})"), "invalid: observation 0: the bundle has no objects");
    EXPECT_TRUE(
        matched("[a:b = 1]", "[").starts_with("invalid: observation 0: the observation's objects are not JSON"));
}

constexpr std::string_view a = R"([{"type":"x","id":"x--1","n":"a"}])";
constexpr std::string_view b = R"([{"type":"x","id":"x--1","n":"b"}])";
constexpr std::string_view both = R"([{"type":"x","id":"x--1","n":"a"},{"type":"x","id":"x--2","n":"b"}])";

TEST(StixPatternMatch, OperatorsNeedDifferentObservationsInOrder) {
    std::vector<Observation> const seen{{at(10), at(10), 1, a}, {at(20), at(20), 1, b}, {at(30), at(30), 1, a}};
    EXPECT_EQ(matched("[x:n = 'a']", seen), "0 2");
    EXPECT_EQ(matched("[x:n = 'a'] OR [x:n = 'b']", seen), "0 1 2");
    EXPECT_EQ(matched("[x:n = 'a'] AND [x:n = 'b']", seen), "0 1");
    EXPECT_EQ(matched("[x:n = 'b'] AND [x:n LIKE 'b']", seen), "-");
    EXPECT_EQ(matched("[x:n = 'a'] AND [x:n LIKE 'a']", seen), "0 2");
    EXPECT_EQ(matched("[x:n = 'b'] FOLLOWEDBY [x:n = 'a']", seen), "1 2");
    EXPECT_EQ(matched("[x:n = 'a'] FOLLOWEDBY [x:n = 'b'] FOLLOWEDBY [x:n = 'a']", seen), "0 1 2");
    EXPECT_EQ(matched("[x:n = 'b'] FOLLOWEDBY [x:n = 'b']", seen), "-");
    EXPECT_EQ(matched("[x:n = 'a'] AND [x:n = 'b']", {{at(0), at(0), 1, both}}), "-");
    EXPECT_EQ(matched("[x:n = 'a'] AND [x:n = 'b']", {{at(0), at(0), 2, both}}), "0");
    EXPECT_EQ(matched("[x:n = 'a'] FOLLOWEDBY [x:n = 'b']", {{at(0), at(0), 1, b}, {at(0), at(0), 1, a}}), "0 1");
    EXPECT_EQ(matched("[x:n = 'a'] FOLLOWEDBY [x:n = 'b']", {{at(0), at(5), 1, b}, {at(4), at(9), 1, a}}), "0 1");
    EXPECT_EQ(matched("[x:n = 'a'] FOLLOWEDBY [x:n = 'b']", {{at(0), at(3), 1, b}, {at(4), at(9), 1, a}}), "-");
}

TEST(StixPatternMatch, QualifiersHoldForOneChoiceOfTimes) {
    std::vector<Observation> const seen{{at(10), at(10), 1, a}, {at(20), at(20), 1, b}, {at(30), at(30), 1, a}};
    // Less than the distance, not as much.
    EXPECT_EQ(matched("([x:n = 'a'] AND [x:n = 'b']) WITHIN 10 SECONDS", seen), "-");
    EXPECT_EQ(matched("([x:n = 'a'] AND [x:n = 'b']) WITHIN 10.000001 SECONDS", seen), "0 1");
    EXPECT_EQ(matched("[x:n = 'a'] REPEATS 2 TIMES", seen), "0 2");
    EXPECT_EQ(matched("[x:n = 'a'] REPEATS 3 TIMES", seen), "-");
    EXPECT_EQ(matched("[x:n = 'a'] REPEATS 2 TIMES WITHIN 20 SECONDS", seen), "-");
    EXPECT_EQ(matched("[x:n = 'a'] REPEATS 2 TIMES WITHIN 21 SECONDS", seen), "0 2");
    EXPECT_EQ(matched("[x:n = 'a'] WITHIN 1 SECONDS REPEATS 2 TIMES", seen), "0 2");
    EXPECT_EQ(matched("([x:n = 'a'] FOLLOWEDBY [x:n = 'b']) REPEATS 2 TIMES", seen), "-");
    EXPECT_EQ(matched("([x:n = 'a'] OR [x:n = 'b']) REPEATS 3 TIMES", seen), "0 1 2");
    EXPECT_EQ(matched("[x:n = 'a'] START t'2023-11-14T22:13:40Z' STOP t'2023-11-14T22:13:50Z'", seen), "-");
    EXPECT_EQ(matched("[x:n = 'b'] START t'2023-11-14T22:13:40Z' STOP t'2023-11-14T22:13:50Z'", seen), "1");
    EXPECT_EQ(matched("([x:n = 'a'] AND [x:n = 'b']) START t'2023-11-14T22:13:40Z' STOP t'2023-11-14T22:14:00Z'", seen),
              "1 2");
    EXPECT_EQ(matched("[x:n = 'a'] REPEATS 5 TIMES", {{at(0), at(9), 4, a}, {at(3), at(3), 1, a}}), "0 1");
    EXPECT_EQ(matched("[x:n = 'a'] REPEATS 6 TIMES", {{at(0), at(9), 4, a}, {at(3), at(3), 1, a}}), "-");
    EXPECT_EQ(matched("[x:n = 'a'] REPEATS 999999999 TIMES", {{at(0), at(9), 999'999'999, a}}), "0");
    // Each pair of neighbours could be close, but not with one time for the middle one.
    std::vector<Observation> const spans{{at(0), at(0), 1, a}, {at(0), at(10), 1, b}, {at(10), at(10), 1, a}};
    EXPECT_EQ(matched("([x:n = 'a'] FOLLOWEDBY [x:n = 'b']) WITHIN 5 SECONDS", spans), "0 1");
    EXPECT_EQ(matched("([x:n = 'a'] FOLLOWEDBY [x:n = 'b'] FOLLOWEDBY [x:n = 'a']) WITHIN 5 SECONDS", spans), "-");
    EXPECT_EQ(matched("(([x:n = 'a'] FOLLOWEDBY [x:n = 'b']) WITHIN 5 SECONDS) FOLLOWEDBY [x:n = 'a']", spans),
              "0 1 2");
}

TEST(StixPatternMatch, FewerOfOneObservationWhenAnotherPartNeedsIt) {
    std::vector<Observation> const seen{{at(0), at(0), 2, both}, {at(0), at(0), 1, a}};
    EXPECT_EQ(matched("([x:n = 'a'] REPEATS 2 TIMES) AND [x:n = 'b']", seen), "0 1");
    EXPECT_EQ(matched("([x:n = 'a'] REPEATS 3 TIMES) AND [x:n = 'b']", seen), "-");
}

std::string repeated(std::string_view piece, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += piece;
    return out;
}

TEST(StixPatternMatch, WhatCostsTooMuchIsRefused) {
    auto const slow = R"([{"type":"x","id":"x--1","n":")" + std::string(40, 'a') + R"(!"}])";
    EXPECT_EQ(
        matched("[x:n MATCHES '^(a|aa)+$']", slow),
        "limit: observation 0: a regular expression of the pattern takes too long on a value: match limit exceeded");
    EXPECT_EQ(matched("[x:n MATCHES '(']", slow),
              "invalid: the regular expression \"(\" is wrong at its byte 1: missing closing parenthesis");
    auto const wide = R"([{"type":"x","id":"x--1","n":")" + std::string(20'000, 'a') + R"("}])";
    EXPECT_EQ(
        matched("[x:n LIKE '%" + std::string(9'000, 'a') + "b']", {{at(0), at(0), 1, wide}}, {.steps = 1'000'000}),
        "limit: observation 0: the pattern costs more steps on these observations than allowed");
    // Two to the power of 200 ways lead to two objects; each is looked at once for each step.
    std::string const maze =
        R"([{"type":"x","id":"0","r_refs":["0","1"],"n":1},{"type":"x","id":"1","r_refs":["0","1"],"n":2}])";
    EXPECT_EQ(matched("[x:" + repeated("r_refs[*].", 200) + "n = 2]", maze), "0");
    EXPECT_EQ(matched("[x:" + repeated("r_refs[*].", 200) + "n = 3]", maze), "-");
    std::vector<Observation> few(29, Observation{at(0), at(0), 1, a});
    few.push_back({at(0), at(0), 1, b});
    EXPECT_EQ(matched(repeated("[x:n = 'a'] AND ", 29) + "[x:n = 'a']", few), "-");
    std::vector<Observation> apart;
    for (int i = 0; i < 30; ++i) apart.push_back({at(10 * i), at(10 * i), 1, a});
    EXPECT_EQ(matched("(" + repeated("[x:n = 'a'] AND ", 8) + "[x:n = 'a']) WITHIN 65 SECONDS", apart,
                      {.search_steps = 10'000}),
              "limit: the pattern has too many ways to be bound to these observations");
    EXPECT_EQ(matched("[x:n = 'a'] REPEATS 9 TIMES WITHIN 65 SECONDS", apart, {.search_steps = 10'000}), "-");
    std::vector<Observation> const crowd(1200, Observation{at(0), at(0), 1, a});
    EXPECT_EQ(matched("[x:n = 'a'] REPEATS 1100 TIMES", crowd), "limit: the pattern binds more than 1000 observations");
    EXPECT_EQ(matched("[x:n = 'a']", {{at(0), at(0), 1, machine}}, {.observation_bytes = 10}),
              "limit: observation 0: is longer than 10 bytes");
    EXPECT_EQ(matched("[x:n = 'a']", {{at(1), at(0), 1, a}}),
              "invalid: observation 0: was last observed before it was first");
    EXPECT_EQ(matched("[x:n = 'a']", {{at(0), at(0), 0, a}}),
              "invalid: observation 0: was observed 0 times, not 1 to 999999999");
}

}  // namespace
}  // namespace tocsin::formats::stix_pattern
