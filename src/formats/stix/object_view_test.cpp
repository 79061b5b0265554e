#include "formats/stix/object_view.hpp"

#include "formats/stix/validate.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::formats::stix {
namespace {

constexpr std::string_view indicator =
    R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",)"
    R"("created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","created":"2026-04-06T20:03:48.000Z",)"
    R"("modified":"2026-04-06T20:03:49.123456Z","revoked":true,"labels":["l1","l2"],"confidence":70,"lang":"en",)"
    R"("name":"N \u00e9","description":"D","indicator_types":["malicious-activity"],)"
    R"("pattern":"[ipv4-addr:value = '198.51.100.7']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z",)"
    R"("valid_until":"2027-01-01T00:00:00Z","external_references":[{"source_name":"mitre-attack","external_id":"T1059"},)"
    R"({"source_name":"cve","external_id":"CVE-2026-0001"}],)"
    R"("object_marking_refs":["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"],)"
    R"("granular_markings":[{"marking_ref":"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",)"
    R"("selectors":["labels.[1]","name"]},{"lang":"fr","selectors":["external_references"]}]})";

TEST(Decoder, TakesAnIndicatorApart) {
    Decoder decoder({.read_pattern = [](std::string_view, std::vector<Observable>& found) {
        found.push_back({ObservableKind::ip, "198.51.100.7"});
    }});
    auto const read = decoder.read(indicator);
    ASSERT_TRUE(read);
    auto const& view = **read;
    EXPECT_EQ(view.type, "indicator");
    EXPECT_EQ(view.object_class, ObjectClass::sdo);
    EXPECT_EQ(format_uuid(*view.uuid), "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f");
    EXPECT_FALSE(view.is_old);
    EXPECT_EQ(view.modified.text, "2026-04-06T20:03:49.123456Z");
    EXPECT_EQ(format_timestamp(*view.version().time), "2026-04-06T20:03:49.123456Z");
    EXPECT_TRUE(view.is_revoked);
    EXPECT_EQ(view.confidence, 70);
    EXPECT_EQ(view.name, "N é");
    EXPECT_EQ(view.labels, (std::vector<std::string_view>{"l1", "l2"}));
    EXPECT_EQ(view.categories, (std::vector<std::string_view>{"malicious-activity"}));
    ASSERT_EQ(view.external_ids.size(), 2U);
    EXPECT_EQ(view.external_ids[0].external_id, "T1059");
    ASSERT_EQ(view.references.size(), 3U);
    EXPECT_EQ(view.references[1].property, "object_marking_refs");
    EXPECT_EQ(decoder.tree().path_of(view.references[1].node), "object_marking_refs.[0]");
    EXPECT_EQ(decoder.tree().path_of(view.references[2].node), "granular_markings.[0].marking_ref");
    ASSERT_EQ(view.observables.size(), 2U);
    EXPECT_EQ(view.observables[0].text, "CVE-2026-0001");
    EXPECT_EQ(view.observables[1].text, "198.51.100.7");
    ASSERT_EQ(view.granular_markings.size(), 2U);
    EXPECT_EQ(view.markings_of(view.root["name"].node()), (std::vector<std::size_t>{0}));
    EXPECT_EQ(view.markings_of(view.observables[0].node), (std::vector<std::size_t>{1}));
    EXPECT_TRUE(view.markings_of(view.root["pattern"].node()).empty());
    EXPECT_TRUE(validate(view).is_clean());
}

std::string values_of(std::string_view json) {
    Decoder decoder;
    auto const view = decoder.read(json);
    if (!view) return view.error().message;
    std::string all;
    for (auto const& value : (*view)->observables)
        all += fmt::format("{}={} at {}\n", name_of(value.kind), value.text, decoder.tree().path_of(value.node));
    return all;
}

TEST(Decoder, FindsComparableValues) {
    EXPECT_EQ(values_of(R"({"type":"file","name":"a.exe","hashes":{"MD5":"aa","sha-256":"bb","XX":"cc"},)"
                        R"("extensions":{"windows-pebinary-ext":{"pe_type":"exe","imphash":"dd"}}})"),
              "file_name=a.exe at name\nmd5=aa at hashes.MD5\nsha256=bb at hashes.sha-256\nother_hash=cc at hashes.XX\n"
              "imphash=dd at extensions.windows-pebinary-ext.imphash\n");
    EXPECT_EQ(values_of(R"({"type":"x509-certificate","hashes":{"SHA-1":"aa"},"serial_number":"36:f7"})"),
              "certificate_sha1=aa at hashes.SHA-1\ncertificate_serial=36:f7 at serial_number\n");
    EXPECT_EQ(values_of(R"({"type":"autonomous-system","number":64500})"), "asn=64500 at number\n");
    EXPECT_EQ(values_of(R"({"type":"network-traffic","dst_port":443,"protocols":["tcp","http"],"extensions":)"
                        R"({"http-request-ext":{"request_header":{"User-Agent":["Mozilla"]}}}})"),
              "destination_port=443 at dst_port\nuser_agent=Mozilla at "
              "extensions.http-request-ext.request_header.User-Agent\n");
    EXPECT_EQ(values_of(R"({"type":"observed-data","objects":{"0":{"type":"domain-name","value":"a.example"},)"
                        R"("1":{"type":"url","value":"http://a.example/"}}})"),
              "domain=a.example at objects.0.value\nurl=http://a.example/ at objects.1.value\n");
    EXPECT_EQ(values_of(R"({"type":"user-account","user_id":"1001","account_login":"x"})"),
              "user_account=1001 at user_id\nuser_account=x at account_login\n");
    EXPECT_EQ(values_of(R"({"type":"vulnerability","name":"CVE-2026-1"})"), "vulnerability=CVE-2026-1 at name\n");
    EXPECT_EQ(values_of(R"({"type":"tool","name":"a.example"})"), "");
    EXPECT_EQ(values_of(R"([1])"), "byte 0: expected an object");
}

}  // namespace
}  // namespace tocsin::formats::stix
