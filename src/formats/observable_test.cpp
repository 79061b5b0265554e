#include "formats/observable.hpp"

#include "base/base.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <set>
#include <string>

namespace tocsin::formats {
namespace {

std::string plain(ObservableKind kind, std::string_view value) {
    auto const found = normalised({kind, std::string(value)});
    return found ? found->value : "-";
}

TEST(Observable, EveryKindHasAnUnlikeNameThatIsFoundAgain) {
    std::set<std::string_view> names;
    for (auto const kind : observable_kinds()) {
        EXPECT_TRUE(names.insert(name_of(kind)).second) << name_of(kind);
        EXPECT_EQ(observable_kind_of(name_of(kind)), kind);
    }
    EXPECT_EQ(observable_kind_of("ipv4"), std::nullopt);
}

TEST(Observable, AddressesAndNetworksAreCanonical) {
    EXPECT_EQ(plain(ObservableKind::ip, "192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(plain(ObservableKind::ip, "192.0.2.7/32"), "192.0.2.7");
    EXPECT_EQ(plain(ObservableKind::ip, "192.0.2.7/24"), "192.0.2.0/24");
    EXPECT_EQ(plain(ObservableKind::ip, "2001:DB8:0::1/128"), "2001:db8::1");
    EXPECT_EQ(plain(ObservableKind::ip, "2001:db8::/32"), "2001:db8::/32");
    EXPECT_EQ(plain(ObservableKind::ip, "192.0.2.300"), "-");
    EXPECT_EQ(plain(ObservableKind::ip, ""), "-");
}

TEST(Observable, DomainsAreLoweredALabelsWithoutAClosingDot) {
    EXPECT_EQ(plain(ObservableKind::domain, "WWW.Example."), "www.example");
    EXPECT_EQ(plain(ObservableKind::domain, "B\u00dccher.example"), "xn--bcher-kva.example");
    EXPECT_EQ(plain(ObservableKind::domain, "_dmarc.r3---sn.example"), "_dmarc.r3---sn.example");
    EXPECT_EQ(plain(ObservableKind::domain, "a..example"), "-");
    EXPECT_EQ(plain(ObservableKind::domain, "a b.example"), "-");
    EXPECT_EQ(plain(ObservableKind::domain, "."), "-");
}

TEST(Observable, UrlsAreNormalisedAsRfc3986Says) {
    EXPECT_EQ(plain(ObservableKind::url, "HTTP://Www.Example:80"), "http://www.example/");
    EXPECT_EQ(plain(ObservableKind::url, "https://a.example:443/%7euser/./x/../Y?q=%2f#F"),
              "https://a.example/~user/Y?q=%2F#F");
    EXPECT_EQ(plain(ObservableKind::url, "http://User:Pw@B\u00dccher.example:8080/a/.."),
              "http://User:Pw@xn--bcher-kva.example:8080/");
    EXPECT_EQ(plain(ObservableKind::url, "http://[2001:DB8::0001]:80/x"), "http://[2001:db8::1]/x");
    EXPECT_EQ(plain(ObservableKind::url, "http://a.example?x"), "http://a.example/?x");
    EXPECT_EQ(plain(ObservableKind::url, "sip:A@b.example"), "sip:A@b.example");
    EXPECT_EQ(plain(ObservableKind::url, "a.example/Path"), "a.example/Path");
    EXPECT_EQ(plain(ObservableKind::url, "http://a.example/%zz%"), "http://a.example/%zz%");
}

TEST(Observable, MailAddressesKeepTheirLocalPart) {
    EXPECT_EQ(plain(ObservableKind::email, "John.Doe@Example.ORG"), "John.Doe@example.org");
    EXPECT_EQ(plain(ObservableKind::email, "\"a@b\"@Example"), "\"a@b\"@example");
    EXPECT_EQ(plain(ObservableKind::email, "nobody"), "-");
    EXPECT_EQ(plain(ObservableKind::email, "@example.org"), "-");
}

TEST(Observable, HashesAreHexOfTheRightLength) {
    EXPECT_EQ(plain(ObservableKind::md5, "D41D8CD98F00B204E9800998ECF8427E"), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(plain(ObservableKind::md5, "d41d8cd98f00b204e9800998ecf8427"), "-");
    EXPECT_EQ(plain(ObservableKind::sha1, "DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09"),
              "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(plain(ObservableKind::sha256, "zz"), "-");
    EXPECT_EQ(plain(ObservableKind::ssdeep, "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"),
              "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C");
}

TEST(Observable, TheOtherKindsHaveTheirOwnForms) {
    EXPECT_EQ(plain(ObservableKind::registry_key, "HKLM\\Software\\Example\\"),
              "hkey_local_machine\\software\\example");
    EXPECT_EQ(plain(ObservableKind::registry_key, "hkey_users\\S-1"), "hkey_users\\s-1");
    EXPECT_EQ(plain(ObservableKind::asn, "AS64500"), "64500");
    EXPECT_EQ(plain(ObservableKind::asn, "4294967296"), "-");
    EXPECT_EQ(plain(ObservableKind::destination_port, "00443"), "443");
    EXPECT_EQ(plain(ObservableKind::destination_port, "65536"), "-");
    EXPECT_EQ(plain(ObservableKind::mac, "00-00-5E-00-53-AF"), "00:00:5e:00:53:af");
    EXPECT_EQ(plain(ObservableKind::mac, "0000.5e00.53af"), "00:00:5e:00:53:af");
    EXPECT_EQ(plain(ObservableKind::mac, "00:00:5e"), "-");
    EXPECT_EQ(plain(ObservableKind::vulnerability, "cve-2021-44228"), "CVE-2021-44228");
    EXPECT_EQ(plain(ObservableKind::mutex, " Global\\x "), " Global\\x ");
}

TEST(Observable, NormalisingTwiceIsNormalisingOnce) {
    EXPECT_TRUE(rc::check([] {
        auto const kind = *rc::gen::elementOf(std::vector(observable_kinds().begin(), observable_kinds().end()));
        auto const piece = rc::gen::element<std::string>("a", "B", ".", "/", "%41", "%2f", "%", "://", "http", "@",
                                                         "..", "[", "]", ":", "80", "\u00fc", "?", "#", "f", "0", " ",
                                                         "\\", "AS", "hklm", "192.0.2.1", "2001:db8::1", "/24", "%2e");
        auto const pieces = *rc::gen::container<std::vector<std::string>>(piece);
        std::string value;
        for (auto const& one : pieces) value += one;
        auto const once = normalised({kind, value});
        if (once) RC_ASSERT(normalised(*once) == once);
    }));
}

}  // namespace
}  // namespace tocsin::formats
