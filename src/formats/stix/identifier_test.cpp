#include "formats/stix/identifier.hpp"

#include "formats/stix/canonical.hpp"

#include <bit>
#include <gtest/gtest.h>

namespace tocsin::formats::stix {
namespace {

std::string canonical(std::string_view json) {
    auto const text = canonical_json(json);
    return text ? *text : "fault: " + text.error().message;
}

std::string id_of(std::string_view json) {
    JsonTree tree;
    EXPECT_TRUE(tree.parse(json));
    auto const id = deterministic_id(tree.root());
    return !id ? "fault" : id->value_or("none");
}

TEST(Identifier, IsTypeAndUuid) {
    auto const id = parse_identifier("attack-pattern--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061");
    ASSERT_TRUE(id);
    EXPECT_EQ(id->type, "attack-pattern");
    EXPECT_EQ(id->uuid.version(), 4);
    EXPECT_TRUE(id->uuid.is_standard());
    EXPECT_EQ(format_identifier(id->type, id->uuid), "attack-pattern--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061");
    for (auto const* const wrong :
         {"", "a", "a--", "--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061", "a-0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061",
          "a--0c7b5b888ff7-4a4d-aa9d-feb398cd00611", "a--0c7b5b88-8ff7-4a4d-aa9d-feb398cd006g",
          "a--0c7b5b88-8ff7-4a4d-aa9d-feb398cd00611"})
        EXPECT_FALSE(parse_identifier(wrong)) << wrong;
}

// RFC 9562 appendix A.4.
TEST(Identifier, UuidOfANameIsThatOfTheStandard) {
    auto const dns = parse_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    EXPECT_EQ(format_uuid(uuid_v5(*dns, "www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Identifier, RandomUuidsAreMarkedAsSuch) {
    auto const uuid = uuid_v4(std::string(16, '\xff'));
    EXPECT_EQ(format_uuid(uuid), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(DeterministicId, FollowsTheContributingProperties) {
    auto const name = [](std::string_view type, std::string_view json) {
        return format_identifier(type, uuid_v5(sco_namespace, json));
    };
    EXPECT_EQ(id_of(R"({"type":"ipv4-addr","value":"198.51.100.3","x":1})"),
              name("ipv4-addr", R"({"value":"198.51.100.3"})"));
    EXPECT_EQ(id_of(R"({"type":"autonomous-system","number":15139.0})"),
              name("autonomous-system", R"({"number":15139})"));
    EXPECT_EQ(id_of(R"({"type":"file","name":"a","hashes":{"SHA-256":"ff","MD5":"aa"},"size":3})"),
              name("file", R"({"hashes":{"MD5":"aa"},"name":"a"})"));
    EXPECT_EQ(id_of(R"({"type":"file","hashes":{"TLSH":"t","SSDEEP":"s"}})"),
              name("file", R"({"hashes":{"TLSH":"t"}})"));
    EXPECT_EQ(id_of(R"({"type":"windows-registry-key","values":[{"name":"b","data":"é"}],"key":"k"})"),
              name("windows-registry-key", R"({"key":"k","values":[{"data":"é","name":"b"}]})"));
    EXPECT_EQ(id_of(R"({"type":"process","pid":3})"), "none");
    EXPECT_EQ(id_of(R"({"type":"artifact","mime_type":"a/b"})"), "none");
    EXPECT_EQ(id_of(R"({"type":"indicator","name":"x"})"), "none");
}

TEST(CanonicalJson, SortsByCodeUnitsAndEscapesLittle) {
    // RFC 8785 section 3.2.3.
    EXPECT_EQ(canonical("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With "
                        "Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
                        "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}"),
              "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"ö\":\"Latin Small Letter O With "
              "Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet "
              "With Dagesh\"}");
    EXPECT_EQ(canonical(" { \"b\" : [ true , null , \"\\u003c\\/\\u001f\\u007f\" ] , \"a\" : { } } "),
              "{\"a\":{},\"b\":[true,null,\"</\\u001f\x7f\"]}");
    EXPECT_EQ(canonical("{\"aa\":1,\"a\":2,\"\":3}"), "{\"\":3,\"a\":2,\"aa\":1}");
}

// RFC 8785 appendix B.
TEST(CanonicalJson, NumbersAreThoseOfEcmascript) {
    auto const number = [](std::uint64_t bits) {
        std::string out;
        append_canonical_number(out, std::bit_cast<double>(bits));
        return out;
    };
    EXPECT_EQ(number(0x0000000000000000), "0");
    EXPECT_EQ(number(0x8000000000000000), "0");
    EXPECT_EQ(number(0x0000000000000001), "5e-324");
    EXPECT_EQ(number(0x8000000000000001), "-5e-324");
    EXPECT_EQ(number(0x7fefffffffffffff), "1.7976931348623157e+308");
    EXPECT_EQ(number(0xffefffffffffffff), "-1.7976931348623157e+308");
    EXPECT_EQ(number(0x4340000000000000), "9007199254740992");
    EXPECT_EQ(number(0xc340000000000000), "-9007199254740992");
    EXPECT_EQ(number(0x4430000000000000), "295147905179352830000");
    EXPECT_EQ(number(0x44b52d02c7e14af5), "9.999999999999997e+22");
    EXPECT_EQ(number(0x44b52d02c7e14af6), "1e+23");
    EXPECT_EQ(number(0x44b52d02c7e14af7), "1.0000000000000001e+23");
    EXPECT_EQ(number(0x444b1ae4d6e2ef4e), "999999999999999700000");
    EXPECT_EQ(number(0x444b1ae4d6e2ef4f), "999999999999999900000");
    EXPECT_EQ(number(0x444b1ae4d6e2ef50), "1e+21");
    EXPECT_EQ(number(0x3eb0c6f7a0b5ed8c), "9.999999999999997e-7");
    EXPECT_EQ(number(0x3eb0c6f7a0b5ed8d), "0.000001");
    EXPECT_EQ(number(0x41b3de4355555553), "333333333.3333332");
    EXPECT_EQ(number(0x41b3de4355555557), "333333333.33333343");
    EXPECT_EQ(number(0xbecbf647612f3696), "-0.0000033333333333333333");
    EXPECT_EQ(number(0x43143ff3c1cb0959), "1424953923781206.2");
    EXPECT_EQ(canonical("[6.0,1E30,4.50,2e-3,0.000000000000000000000000001,1e400]"),
              "fault: 1e400 is beyond the range of numbers (RFC 7493 section 2.2)");
    EXPECT_EQ(canonical("[6.0,1E30,4.50,2e-3,0.000000000000000000000000001]"), "[6,1e+30,4.5,0.002,1e-27]");
}

}  // namespace
}  // namespace tocsin::formats::stix
