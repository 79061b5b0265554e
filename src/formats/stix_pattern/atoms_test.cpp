#include "formats/stix_pattern/atoms.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace tocsin::formats::stix_pattern {
namespace {

/// "decisive: ip=192.0.2.1 ip(destination)=192.0.2.2 other[x:y]=1".
std::string reduced(std::string_view text) {
    auto const pattern = parse(text);
    if (!pattern) return pattern.error().message;
    auto const reduction = atoms(*pattern);
    std::string out;
    switch (reduction.strength) {
        case Reduction::Strength::decisive:
            out = "decisive:";
            break;
        case Reduction::Strength::necessary:
            out = "necessary:";
            break;
        case Reduction::Strength::none:
            out = "none:";
            break;
    }
    for (auto const& atom : reduction.atoms) {
        (out += ' ') += name_of(atom.observable.kind);
        if (!atom.path.empty()) out += "[" + atom.path + "]";
        if (atom.role == Atom::Role::source) out += "(source)";
        if (atom.role == Atom::Role::destination) out += "(destination)";
        out += "=" + atom.observable.value;
    }
    return out;
}

using Case = std::pair<char const*, char const*>;

TEST(StixPatternAtoms, DisjunctionsOfEqualitiesAreDecisive) {
    Case const cases[] = {
        {"[ipv4-addr:value = '192.0.2.1']", "decisive: ip=192.0.2.1"},
        {"[ipv4-addr:value = '192.0.2.1/32' OR ipv6-addr:value = '2001:DB8::1']",
         "decisive: ip=192.0.2.1 ip=2001:db8::1"},
        {"[ipv4-addr:value ISSUBSET '192.0.2.0/24'] OR [domain-name:value = 'Evil.Example.']",
         "decisive: ip=192.0.2.0/24 domain=evil.example"},
        {"[domain-name:value IN ('b.example', 'a.example', 'b.example')]",
         "decisive: domain=a.example domain=b.example"},
        {"[url:value = 'HTTP://A.example']", "decisive: url=http://a.example/"},
        {"[file:hashes.MD5 = 'D41D8CD98F00B204E9800998ECF8427E' OR file:hashes.'md5' = "
         "'d41d8cd98f00b204e9800998ecf8427e']",
         "decisive: md5=d41d8cd98f00b204e9800998ecf8427e"},
        {"[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.9']",
         "decisive: ip(destination)=192.0.2.9"},
        {"[network-traffic:src_ref.value = 'a.example']", "decisive: domain(source)=a.example"},
        {"[network-traffic:dst_port = 4444]", "decisive: destination_port(destination)=4444"},
        {"[email-message:from_ref.value = 'A@B.example']", "decisive: email(source)=A@b.example"},
        {"[x509-certificate:hashes.'SHA-1' = 'DA39A3EE5E6B4B0D3255BFEF95601890AFD80709']",
         "decisive: certificate_sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"[autonomous-system:number = 64500]", "decisive: asn=64500"},
        {"[windows-registry-key:key = 'HKLM\\\\Software\\\\X']",
         "decisive: registry_key=hkey_local_machine\\software\\x"},
        {"[ipv4-addr:value = '192.0.2.1'] WITHIN 5 SECONDS REPEATS 1 TIMES", "decisive: ip=192.0.2.1"},
        {"[x-thing:name = 'y' OR x-thing:size = 5 OR x-thing:on = true]",
         "decisive: other[x-thing:size]=5 other[x-thing:on]=true other[x-thing:name]=y"},
        {"[file:hashes.MD5 = 'short']", "decisive: other[file:hashes.MD5]=short"},
        {"[mutex:name IN ()]", "decisive:"},
    };
    for (auto const& [pattern, expected] : cases) EXPECT_EQ(reduced(pattern), expected) << pattern;
}

TEST(StixPatternAtoms, OfAConjunctionTheRarestPartIsNecessary) {
    Case const cases[] = {
        {"[file:name = 'a.exe' AND file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']",
         "necessary: md5=d41d8cd98f00b204e9800998ecf8427e"},
        {"[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]",
         "necessary: ip(destination)=192.0.2.1"},
        {"[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value = '192.0.2.1']",
         "necessary: ip(destination)=192.0.2.1"},
        {"[domain-name:value = 'a.example' AND domain-name:value NOT LIKE 'b%']", "necessary: domain=a.example"},
        {"[domain-name:value = 'a.example'] AND [url:value = 'http://b.example/']", "necessary: url=http://b.example/"},
        {"[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value LIKE '%']", "necessary: domain=a.example"},
        {"[domain-name:value = 'a.example'] REPEATS 2 TIMES", "necessary: domain=a.example"},
        {"[domain-name:value = 'a.example'] START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'",
         "necessary: domain=a.example"},
        {"[domain-name:resolves_to_refs[*].value = '192.0.2.1']", "necessary: ip=192.0.2.1"},
        {"[process:image_ref.hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709']",
         "necessary: sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"[email-message:to_refs[0].value = 'a@b.example']", "necessary: email(destination)=a@b.example"},
        {"([mutex:name = 'a'] AND [mutex:name = 'b']) OR [mutex:name = 'c']", "necessary: mutex=a mutex=c"},
    };
    for (auto const& [pattern, expected] : cases) EXPECT_EQ(reduced(pattern), expected) << pattern;
}

TEST(StixPatternAtoms, WhatAsksForNoValueMustAlwaysBeEvaluated) {
    for (auto const* const pattern :
         {"[domain-name:value LIKE '%.example']", "[domain-name:value MATCHES 'x']",
          "[domain-name:value != 'a.example']", "[domain-name:value NOT = 'a.example']", "[EXISTS file:name]",
          "[file:size > 5]", "[file:x_y = 1.5]", "[ipv4-addr:value ISSUPERSET '192.0.2.0/28']",
          "[domain-name:value ISSUBSET '192.0.2.0/28']", "[domain-name:value = 'a.example' OR file:size > 5]",
          "[domain-name:value = 'a.example'] OR [file:size > 5]", "[artifact:payload_bin = h'00']"})
        EXPECT_EQ(reduced(pattern), "none:") << pattern;
}

}  // namespace
}  // namespace tocsin::formats::stix_pattern
