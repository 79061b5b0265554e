#include "intelligence/intelligence.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::intelligence {
namespace {

constexpr OrganisationId bank{1}, shop{2}, north{3};

access::Principal analyst(access::Role role = access::Role::analyst) {
    access::Principal who;
    who.who = "account:1";
    who.role = role;
    who.via = access::Via::session;
    return who;
}
gate::Recipient team(access::Role role = access::Role::analyst) {
    return gate::Recipient::team(analyst(role));
}

/// A ledger, a gate and an empty store; 192.0.2.0/24 is the bank's.
struct Store : testing::Test {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("tocsin-intelligence-" + to_hex(secret_bytes(6)));
    FixedClock clock{*parse_timestamp("2026-11-26T10:00:00Z")};
    std::unique_ptr<store::Ledger> ledger;
    gate::Gate gate{gate::World{.is_within = [](OrganisationId a, OrganisationId b) { return a == b; },
                                .is_member = [](gate::SharingGroupId, OrganisationId who) { return who == bank; },
                                .clock = &clock}};
    std::unique_ptr<Intelligence> intelligence;

    Store() {
        std::filesystem::create_directories(folder);
        open();
    }
    ~Store() override {
        intelligence.reset();
        ledger.reset();
        std::filesystem::remove_all(folder);
    }
    void open() {
        intelligence.reset();
        ledger.reset();
        std::vector<store::Migration> all;
        for (auto const room : {access::migrations(), constituency::migrations(), gate::migrations(), migrations()})
            all.insert(all.end(), room.begin(), room.end());
        ledger = *store::Ledger::open(folder / "ledger", all);
        auto opened = Intelligence::open(*ledger, gate,
                                         {.directory = folder,
                                          .clock = &clock,
                                          .concerns_of =
                                              [](formats::Observable const& value, std::vector<OrganisationId>& into) {
                                                  if (value.value.starts_with("192.0.2.")) into.push_back(bank);
                                              },
                                          .kin_of = [](OrganisationId) { return Kin(); },
                                          .index_file_from = 10,
                                          .on_commit = {}});
        ASSERT_TRUE(opened) << opened.error().message;
        intelligence = *std::move(opened);
    }

    ImportTotals import(std::string text, ImportRequest request = {}) {
        if (request.source.kind.empty()) request.source.kind = "import";
        formats::MemorySource source(std::move(text), 7);
        auto const totals = intelligence->import(source, request, analyst());
        EXPECT_TRUE(totals) << totals.error().message;
        return totals.value_or(ImportTotals{});
    }
    std::vector<std::string> ids(ObjectFilter const& filter, gate::Recipient const& asker = team()) {
        auto const page = intelligence->objects(filter, asker, ObjectOrder::oldest_first, {});
        EXPECT_TRUE(page) << page.error().message;
        std::vector<std::string> found;
        for (auto const& object : page->items) found.push_back(object->id);
        EXPECT_EQ(static_cast<std::int64_t>(found.size()), intelligence->count(filter, asker).value_or(-1));
        return found;
    }
    ObjectFilter by_value(ValueQuery::Is is, std::string text) {
        ObjectFilter filter;
        filter.value = ValueQuery{is, {}, std::move(text)};
        return filter;
    }
};

std::string uuid(int n) {
    return fmt::format("00000000-0000-4000-8000-{:012}", n);
}
constexpr std::string_view green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
constexpr std::string_view red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";

std::string indicator(int n, std::string_view pattern, std::string_view more = "",
                      std::string_view modified = "2026-11-20T10:00:00.000Z") {
    return fmt::format(
        R"({{"type":"indicator","spec_version":"2.1","id":"indicator--{}","created":"2026-11-20T10:00:00.000Z",)"
        R"("modified":"{}","name":"Number {}","pattern":"{}","pattern_type":"stix",)"
        R"("valid_from":"2026-11-20T10:00:00Z"{}}})",
        uuid(n), modified, n, pattern, more);
}
std::string marked(std::string_view ref) {
    return fmt::format(R"(,"object_marking_refs":["{}"])", ref);
}
std::string bundle(std::vector<std::string> const& objects) {
    std::string text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-00000000000b","objects":[)";
    for (auto const& object : objects) text += (&object == objects.data() ? "" : ",") + object;
    return text + "]}";
}
constexpr std::string_view bad_address = "[ipv4-addr:value = '198.51.100.7']";

TEST_F(Store, GivesOutWhatCameIn) {
    auto const object = indicator(1, bad_address, R"(,"x_custom":{"a":[1.0,2e3,"\u00e9"]},"labels":["c2"])");
    auto const totals = import(bundle({object}));
    EXPECT_EQ(totals.stored, 1);
    auto const found = intelligence->object("indicator--" + uuid(1), team());
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ((*found)->json, object);
    EXPECT_EQ((*found)->version_text, "2026-11-20T10:00:00.000Z");
    EXPECT_EQ((*found)->marking.tlp, gate::Tlp::amber) << "who does not say gets AMBER";
}

TEST_F(Store, TakesEveryKindOfContainer) {
    auto const a = indicator(1, bad_address), b = indicator(2, bad_address);
    EXPECT_EQ(import("[" + a + " ,\n" + b + "]").stored, 2);
    EXPECT_EQ(import(R"({"more":false,"objects":[)" + a + "," + b + "]}").known, 2);
    EXPECT_EQ(import(a + "\n" + b + "\n").known, 2);
    EXPECT_EQ(import("\xef\xbb\xbf" + bundle({a, b})).known, 2);
    EXPECT_EQ(import("{}").objects, 0);
    EXPECT_EQ(import(R"({"type":"bundle","id":"bundle--1"})").objects, 0);
}

TEST_F(Store, KeepsTheBadAsideAndTakesTheGood) {
    auto const totals = import(bundle({indicator(1, bad_address), R"({"type":"indicator"})", "7",
                                       R"({"id":"x--1","name":"no type"})", indicator(2, bad_address)}));
    EXPECT_EQ(totals.stored, 2);
    EXPECT_EQ(totals.rejected, 3);
    std::string next;
    auto const rejected = *intelligence->rejected(totals.source, {}, next);
    ASSERT_EQ(rejected.size(), 3U);
    EXPECT_EQ(rejected[0].ordinal, 2);
    EXPECT_EQ(rejected[0].property, "id");
    EXPECT_EQ(rejected[0].raw, R"({"type":"indicator"})");
}

TEST_F(Store, TheNewestVersionStandsWhateverTheOrder) {
    import(indicator(1, bad_address, "", "2026-11-22T10:00:00.000Z"));
    import(indicator(1, bad_address, "", "2026-11-21T10:00:00.000Z"));
    EXPECT_EQ((*intelligence->object("indicator--" + uuid(1), team()))->version_text, "2026-11-22T10:00:00.000Z");
    import(indicator(1, bad_address, R"(,"revoked":true)", "2026-11-23T10:00:00.000Z"));
    EXPECT_TRUE((*intelligence->object("indicator--" + uuid(1), team()))->is_revoked);
    auto const after = import(indicator(1, bad_address, "", "2026-11-24T10:00:00.000Z"));
    EXPECT_EQ(after.rejected, 1) << "revoking is final";
    ObjectFilter all;
    all.versions = Versions::all;
    EXPECT_EQ(ids(all).size(), 3U);
}

TEST_F(Store, OnlyWhoMadeAnObjectVersionsIt) {
    auto const by = [](int n) { return fmt::format(R"(,"created_by_ref":"identity--{}")", uuid(n)); };
    import(indicator(1, bad_address, by(50)));
    EXPECT_EQ(import(indicator(1, bad_address, by(51), "2026-11-24T10:00:00.000Z")).rejected, 1);
    ImportRequest peer;
    peer.source.organisation = north;
    EXPECT_EQ(import(indicator(1, bad_address, by(50), "2026-11-24T10:00:00.000Z"), peer).rejected, 1)
        << "a peer can write any name into created_by_ref";
    EXPECT_EQ(import(indicator(1, bad_address, by(50), "2026-11-24T10:00:00.000Z")).stored, 1);
    EXPECT_EQ(
        import(indicator(1, "[url:value = 'http://other.example/']", by(50), "2026-11-24T10:00:00.000Z")).rejected, 1)
        << "the same version with other contents: the first one stays";
}

TEST_F(Store, FindsByValuePrefixNetworkAndDomain) {
    import(bundle(
        {indicator(1, bad_address), indicator(2, "[ipv4-addr:value = '198.51.100.0/24']"),
         indicator(3, "[domain-name:value = 'www.Evil.example']"),
         indicator(4, "[url:value = 'http://evil.example/a?b=c']"),
         indicator(5, "[file:hashes.'SHA-256' = 'AABB000000000000000000000000000000000000000000000000000000000011']"),
         indicator(6, "[domain-name:value = 'notevil.example' OR ipv6-addr:value = '2001:db8::1']")}));
    using Is = ValueQuery::Is;
    auto const numbers = [&](Is is, std::string text) {
        std::string found;
        for (auto const& id : ids(by_value(is, std::move(text)))) found += id.back();
        return found;
    };
    EXPECT_EQ(numbers(Is::equal, "198.51.100.7"), "1");
    EXPECT_EQ(numbers(Is::network, "198.51.100.7"), "12") << "also the network that holds it";
    EXPECT_EQ(numbers(Is::network, "198.51.0.0/16"), "12");
    EXPECT_EQ(numbers(Is::under, "evil.example"), "34") << "the URL's host too, another name that ends so not";
    EXPECT_EQ(numbers(Is::prefix, "http://evil."), "4");
    EXPECT_EQ(numbers(Is::prefix, "aabb00"), "5");
    EXPECT_EQ(numbers(Is::equal, "2001:DB8:0::1"), "6");
    EXPECT_EQ(numbers(Is::equal, "nothing.example"), "");
    EXPECT_EQ(intelligence->count(by_value(Is::network, "evil"), team()).error().code, Code::invalid);
}

TEST_F(Store, FindsByWordsInEveryScript) {
    import(bundle({indicator(1, bad_address, R"(,"description":"Café nightly loader")"),
                   indicator(2, bad_address, R"(,"description":"针对银行的钓鱼活动")")}));
    ObjectFilter filter;
    filter.text = "cafe load*";
    EXPECT_EQ(ids(filter).size(), 1U);
    filter.text = "银行";
    EXPECT_EQ(ids(filter).size(), 1U);
    filter.text = "\" OR NEAR( *";
    EXPECT_EQ(ids(filter).size(), 0U) << "nothing in a question is an operator";
}

TEST_F(Store, ShowsNobodyWhatTheMarkingForbids) {
    import(bundle({indicator(1, bad_address, marked(green)), indicator(2, bad_address, marked(red)),
                   indicator(3, "[ipv4-addr:value = '192.0.2.9']"), indicator(4, bad_address)}));
    EXPECT_EQ(ids({}).size(), 4U);
    EXPECT_EQ(ids({}, team(access::Role::viewer)).size(), 3U);
    EXPECT_EQ(ids({}, gate::Recipient::constituent(shop, "Shop")).size(), 1U);
    EXPECT_EQ(ids({}, gate::Recipient::constituent(bank, "Bank")).size(), 2U) << "AMBER that concerns it";
    EXPECT_EQ(ids({}, gate::Recipient::everyone()).size(), 0U);
    EXPECT_EQ(ids(by_value(ValueQuery::Is::equal, "198.51.100.7"), gate::Recipient::constituent(shop, "Shop")).size(),
              1U);
    EXPECT_EQ(intelligence->object("indicator--" + uuid(2), team(access::Role::viewer)).error().code, Code::not_found);
    EXPECT_EQ(intelligence->explain("indicator--" + uuid(2), gate::Recipient::constituent(shop, "Shop"))->reason,
              gate::Reason::not_named);
}

TEST_F(Store, APartIsOnlyThereForWhomItIsFor) {
    auto const object =
        indicator(1, bad_address,
                  marked(green) + fmt::format(R"(,"description":"secret","granular_markings":[{{"marking_ref":"{}",)"
                                              R"("selectors":["description"]}}])",
                                              red));
    import(object);
    EXPECT_EQ((*intelligence->object("indicator--" + uuid(1), team()))->json, object);
    auto const seen = intelligence->object("indicator--" + uuid(1), gate::Recipient::constituent(shop, "Shop"));
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ((*seen)->json.find("secret"), std::string::npos);
    EXPECT_EQ((*seen)->json.find("granular"), std::string::npos);
    ObjectFilter words;
    words.text = "secret";
    EXPECT_TRUE(ids(words, gate::Recipient::constituent(shop, "Shop")).empty());
}

TEST_F(Store, AMarkingThatIsNotHereYetIsTakenForStrict) {
    auto const ref = "marking-definition--" + uuid(90);
    import(indicator(1, bad_address, marked(ref)));
    EXPECT_EQ((*intelligence->object("indicator--" + uuid(1), team()))->marking.tlp, gate::Tlp::amber_strict);
    auto const before = (*intelligence->object("indicator--" + uuid(1), team()))->added;
    import(
        fmt::format(R"({{"type":"marking-definition","spec_version":"2.1","id":"{}","created":"2026-11-01T00:00:00Z",)"
                    R"("definition_type":"tlp","definition":{{"tlp":"green"}}}})",
                    ref));
    auto const after = intelligence->object("indicator--" + uuid(1), team());
    EXPECT_EQ((*after)->marking.tlp, gate::Tlp::green);
    EXPECT_GT((*after)->added, before) << "who polls by date gets it now";
}

TEST_F(Store, DatesOfArrivalNeverMeet) {
    std::vector<std::string> objects;
    for (int i = 0; i < 500; ++i) objects.push_back(indicator(i, bad_address));
    import(bundle(objects));
    auto const page = *intelligence->objects({}, team(), ObjectOrder::oldest_first, {.after = {}, .limit = 1000});
    for (std::size_t i = 1; i < page.items.size(); ++i) ASSERT_LT(page.items[i - 1]->added, page.items[i]->added);
}

TEST_F(Store, PagesHoldEveryObjectOnce) {
    std::vector<std::string> objects;
    for (int i = 0; i < 250; ++i) objects.push_back(indicator(i, bad_address));
    import(bundle(objects));
    for (auto const order : {ObjectOrder::oldest_first, ObjectOrder::newest_first}) {
        std::vector<std::string> found;
        PageRequest request{.after = {}, .limit = 7};
        do {
            auto page = *intelligence->objects({}, team(), order, request);
            for (auto const& object : page.items) found.push_back(object->id);
            request.after = page.next;
        } while (!request.after.empty());
        std::ranges::sort(found);
        EXPECT_EQ(std::ranges::unique(found).size(), 0U);
        EXPECT_EQ(found.size(), 250U);
    }
}

TEST_F(Store, IsTheSameAfterItIsOpenedAgain) {
    import(indicator(1, bad_address));
    EXPECT_EQ(intelligence->live_values(), 1U);
    open();
    EXPECT_EQ(intelligence->live_values(), 1U);
    EXPECT_EQ(import(indicator(1, bad_address)).known, 1);
}

TEST_F(Store, TheLiveIndexIsWrittenToItsFileAndReadBack) {
    std::vector<std::string> objects;
    for (int i = 0; i < 20; ++i) objects.push_back(indicator(i, fmt::format("[ipv4-addr:value = '198.51.100.{}']", i)));
    import(bundle(objects));
    EXPECT_TRUE(std::filesystem::exists(folder / "match.index"));
    import(indicator(30, "[ipv4-addr:value = '198.51.100.30']"));
    open();
    EXPECT_EQ(intelligence->live_values(), 21U) << "those of the file and the one that came after it";
    std::filesystem::remove(folder / "match.index");
    open();
    EXPECT_EQ(intelligence->live_values(), 21U) << "made again from the ledger";
}

}  // namespace
}  // namespace tocsin::intelligence
