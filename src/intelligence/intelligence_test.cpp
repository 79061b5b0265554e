#include "intelligence/test_store.hpp"

namespace tocsin::intelligence {
namespace {

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
