#include "api/contract.hpp"

#include "base/base.hpp"
#include "intelligence/intelligence.hpp"
#include "notifications/rules.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>
#include <set>

namespace tocsin::api {
namespace {

Contract const& contract() {
    static auto const read = Contract::read(*embedded::find("api/openapi.json"));
    return *read;
}

std::vector<Fault> check(std::string_view value, std::string_view schema) {
    return contract().check(boost::json::parse(value), boost::json::parse(schema));
}

TEST(Contract, EverySchemasExampleFitsItsSchema) {
    auto const& schemas = contract().document().at("components").at("schemas").as_object();
    int examples = 0;
    for (auto const& schema : schemas) {
        auto const* listed = schema.value().as_object().if_contains("examples");
        for (auto const& example : listed ? listed->as_array() : boost::json::array()) {
            if (!schema.value().as_object().contains("properties")) continue;
            ++examples;
            for (auto const& fault : contract().check(example, schema.value())) {
                ADD_FAILURE() << std::string_view(schema.key()) << "." << fault.field << ": " << fault.expected;
            }
        }
    }
    EXPECT_GT(examples, 50);
}

TEST(Contract, OperationIdsAreUniqueAndEveryOperationSaysItsRole) {
    std::set<std::string> ids;
    for (auto const& operation : contract().operations()) {
        EXPECT_TRUE(ids.insert(operation.id).second) << operation.id;
    }
    EXPECT_GT(ids.size(), 80U);
}

TEST(Contract, ChangesNeedMoreThanAViewerUnlessTheyAreAboutOneself) {
    for (auto const& operation : contract().operations()) {
        auto const is_own = operation.path.starts_with("/api/v1/me") || operation.path.starts_with("/api/v1/session") ||
                            operation.path.starts_with("/api/v1/watches") ||
                            operation.path.starts_with("/api/v1/intelligence/searches");
        bool const is_question = operation.id == "events_pattern";  // asked by POST for its length, changes nothing
        if (net::is_safe(operation.method) || is_own || is_question || operation.least == Least::anyone) continue;
        EXPECT_GE(operation.least, Least::analyst) << operation.id;
    }
}

/// The codes of a schema are those the code knows.
void expect_codes(std::string_view schema, std::vector<std::string_view> const& known) {
    auto const& codes = contract()
                            .document()
                            .at("components")
                            .at("schemas")
                            .at(schema)
                            .at("properties")
                            .at("code")
                            .at("enum")
                            .as_array();
    std::set<std::string, std::less<>> listed;
    for (auto const& code : codes) listed.emplace(code.as_string());
    for (auto const code : known) EXPECT_EQ(listed.erase(std::string(code)), 1U) << code;
    EXPECT_TRUE(listed.empty()) << *listed.begin();
}

TEST(Contract, ListsEveryCodeOfWhatRulesSay) {
    expect_codes("RuleSaying", notifications::rule_saying_codes());
}

TEST(Contract, ListsEveryCodeOfWhatAnIndicatorIsWorth) {
    expect_codes("WorthReason", intelligence::worth_reason_codes());
}

TEST(Schema, NamesTheFieldThatIsWrong) {
    auto const faults =
        check(R"({"a": {"b": [1, "x"]}, "c": 3})",
              R"({"type": "object", "required": ["d"], "additionalProperties": false, "properties": {"a":
                                  {"type": "object", "properties": {"b": {"type": "array", "items": {"type": "integer"}}}}}})");
    ASSERT_EQ(faults.size(), 3U);
    EXPECT_EQ(faults[0].field, "d");
    EXPECT_EQ(faults[1].field, "a.b.1");
    EXPECT_EQ(faults[1].expected, "a value of type integer");
    EXPECT_EQ(faults[2].field, "c");
}

TEST(Schema, ChecksTypesRangesLengthsAndForms) {
    EXPECT_TRUE(check("null", R"({"type": ["string", "null"]})").empty());
    EXPECT_FALSE(check("1.5", R"({"type": "integer"})").empty());
    EXPECT_TRUE(check("1.5", R"({"type": "number"})").empty());
    EXPECT_FALSE(check("0", R"({"type": "integer", "minimum": 1})").empty());
    EXPECT_FALSE(check("9", R"({"type": "integer", "maximum": 8})").empty());
    EXPECT_TRUE(check(R"("äöü")", R"({"type": "string", "maxLength": 3})").empty());
    EXPECT_FALSE(check(R"("äöüx")", R"({"type": "string", "maxLength": 3})").empty());
    EXPECT_FALSE(check(R"("")", R"({"type": "string", "minLength": 1})").empty());
    EXPECT_FALSE(check(R"("b")", R"({"enum": ["a", "c"]})").empty());
    EXPECT_FALSE(check("[1, 2]", R"({"type": "array", "maxItems": 1})").empty());
    EXPECT_FALSE(check("[]", R"({"type": "array", "minItems": 1})").empty());
    EXPECT_FALSE(check(R"("yesterday")", R"({"type": "string", "format": "date-time"})").empty());
    EXPECT_TRUE(check("null", R"({"oneOf": [{"type": "string"}, {"type": "null"}]})").empty());
    EXPECT_FALSE(check("3", R"({"oneOf": [{"type": "string"}, {"type": "null"}]})").empty());
}

TEST(Schema, StopsAtTwentyFaults) {
    boost::json::array many(1000, nullptr);
    auto const faults = contract().check(many, boost::json::parse(R"({"type": "array", "items": {"type": "string"}})"));
    EXPECT_EQ(faults.size(), 20U);
}

TEST(Pattern, MatchesTheFormsOfTheDocument) {
    EXPECT_TRUE(matches("^[0-9]{6}$", "123456"));
    EXPECT_FALSE(matches("^[0-9]{6}$", "12345"));
    EXPECT_FALSE(matches("^[0-9]{6}$", "1234567"));
    EXPECT_TRUE(matches("^[A-Z]{2}$", "XA"));
    EXPECT_FALSE(matches("^[A-Z]{2}$", "xa"));
    EXPECT_TRUE(matches("^[a-z0-9_.-]+/[a-z0-9_.-]+$", "shadowserver/scan_telnet"));
    EXPECT_FALSE(matches("^[a-z0-9_.-]+/[a-z0-9_.-]+$", "shadowserver"));
    EXPECT_FALSE(matches("^[a-z0-9_.-]+/[a-z0-9_.-]+$", "../../etc/passwd"));
}

TEST(Pattern, EveryPatternOfTheDocumentIsOneWeCanMatch) {
    auto const text = boost::json::serialize(contract().document());
    for (std::size_t at = text.find("\"pattern\":\""); at != std::string::npos;
         at = text.find("\"pattern\":\"", at + 1)) {
        auto const pattern = text.substr(at + 11, text.find('"', at + 11) - at - 11);
        EXPECT_TRUE(pattern.starts_with("^") && pattern.ends_with("$")) << pattern;
        EXPECT_EQ(pattern.find_first_of("()|\\?"), std::string::npos) << pattern;
    }
}

TEST(PathTable, FindsOperationsAndTheirValues) {
    PathTable const paths(contract().operations());
    auto const organisation = paths.find("/api/v1/organisations/12");
    ASSERT_FALSE(organisation.operations.empty());
    EXPECT_EQ(organisation.values.at("id"), "12");
    EXPECT_EQ(paths.find("/api/v1/events/count").operations.front()->id, "events_count");
    EXPECT_EQ(paths.find("/api/v1/events/e-1f").operations.front()->id, "events_get");
    EXPECT_TRUE(paths.find("/api/v1/nothing").operations.empty());
    EXPECT_TRUE(paths.find("/api/v1/organisations/").operations.empty());
    EXPECT_TRUE(paths.find("/api/v1/organisations/12/").operations.empty());
    EXPECT_TRUE(paths.find("").operations.empty());
}

TEST(PathTable, TakesAFeedsSlashAsItIsOrEscaped) {
    PathTable const paths(contract().operations());
    for (auto const* feed : {"shadowserver/scan_telnet", "shadowserver%2Fscan_telnet", "shadowserver%2fscan_telnet"}) {
        auto const push = paths.find(std::string("/api/v1/feeds/") + feed + "/reports");
        ASSERT_FALSE(push.operations.empty()) << feed;
        EXPECT_EQ(push.operations.front()->id, "feeds_push");
        EXPECT_EQ(push.values.at("feed"), "shadowserver/scan_telnet");
        EXPECT_EQ(paths.find(std::string("/api/v1/feeds/") + feed).operations.front()->id, "feeds_get");
    }
}

}  // namespace
}  // namespace tocsin::api
