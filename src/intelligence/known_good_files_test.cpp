#include "intelligence/known_good_files.hpp"

#include "intelligence/test_store.hpp"

namespace tocsin::intelligence {
namespace {

using Names = std::vector<std::string_view>;

std::string list(std::string_view name, std::string_view entries, int version = 1) {
    return fmt::format(R"({{"name":"{}","version":{},"description":"d","type":"hostname","list":{}}})", name, version,
                       entries);
}

struct OwnLists : Store {
    KnownGoodFiles files{folder, *ledger, clock};
    std::unique_ptr<KnownGood> known_good = *KnownGood::open(folder, false);  // here .example is a name like any other

    Names with(std::string_view value) { return known_good->lists_with(value); }
    std::size_t audited(std::string_view what) {
        std::size_t found = 0;
        EXPECT_TRUE(ledger->read([&](store::Transaction& tx) {
            return tx.query("SELECT count(*) FROM audit_entry WHERE what = ? AND kind = 'known_good'", {what},
                            [&](store::Row const& row) { found = static_cast<std::size_t>(row.integer(0)); });
        }));
        return found;
    }
};

TEST_F(OwnLists, AreSeenAtOnceByWhoHasThemOpen) {
    EXPECT_EQ(with("www.our.example"), Names{});
    auto const put = files.put(list("ours", R"(["our.example"])"), analyst());
    ASSERT_TRUE(put) << put.error().message;
    EXPECT_EQ(put->entries, 1U);
    auto const names = with("www.our.example");
    EXPECT_EQ(names, Names{"ours"});
    ASSERT_TRUE(files.switch_off("ours", analyst()));
    EXPECT_EQ(with("www.our.example"), Names{});
    EXPECT_EQ(names, Names{"ours"});  // what was given out before stays valid
    ASSERT_EQ(files.off().size(), 1U);
    EXPECT_EQ(files.switch_off("ours", analyst()).error().code, Code::conflict);
    ASSERT_TRUE(files.switch_on("ours", analyst()));
    EXPECT_EQ(with("www.our.example"), Names{"ours"});
    for (auto const* const what : {"known_good.put", "known_good.off", "known_good.on"})
        EXPECT_EQ(audited(what), 1U) << what;
}

TEST_F(OwnLists, OneStepOfEachCanBeTakenBack) {
    ASSERT_TRUE(files.put(list("ours", R"(["one.example"])"), analyst()));
    ASSERT_TRUE(files.put(list("ours", R"(["two.example"])", 2), analyst()));
    EXPECT_EQ(with("one.example"), Names{});
    ASSERT_TRUE(files.undo("ours", analyst()));
    EXPECT_EQ(with("one.example"), Names{"ours"});
    ASSERT_TRUE(files.undo("ours", analyst()));
    EXPECT_EQ(with("two.example"), Names{"ours"});
    ASSERT_TRUE(files.remove("ours", analyst()));
    EXPECT_EQ(with("two.example"), Names{});
    EXPECT_EQ(files.remove("ours", analyst()).error().code, Code::not_found);
    ASSERT_TRUE(files.undo("ours", analyst()));
    EXPECT_EQ(with("two.example"), Names{"ours"});
    // A fresh one is taken back to nothing.
    ASSERT_TRUE(files.put(list("fresh", R"(["three.example"])"), analyst()));
    ASSERT_TRUE(files.undo("fresh", analyst()));
    EXPECT_EQ(with("three.example"), Names{});
    EXPECT_EQ(files.undo("never", analyst()).error().code, Code::not_found);
}

TEST_F(OwnLists, OneThatSomebodyPutThereByHandIsFoundByItsName) {
    std::filesystem::create_directories(folder / "known-good");
    ASSERT_TRUE(store::write_file(folder / "known-good" / "by hand.json", list("ours", R"(["one.example"])")));
    EXPECT_EQ(with("one.example"), Names{"ours"});
    ASSERT_TRUE(files.put(list("ours", R"(["two.example"])"), analyst()));
    EXPECT_EQ(with("one.example"), Names{});
    EXPECT_EQ(with("two.example"), Names{"ours"});
    ASSERT_TRUE(files.undo("ours", analyst()));
    EXPECT_EQ(with("one.example"), Names{"ours"});
}

TEST_F(OwnLists, FaultsAreNamedAndNothingIsKept) {
    for (auto const& [text, said] :
         {std::pair<std::string, std::string>{"{", ""},
          {R"({"version":1,"type":"string","list":["a"]})", "name: expected a text"},
          {R"({"name":"x","version":1,"type":"words","list":["a"]})", "type: expected cidr, hostname"},
          {list("x", "[]"), "list: expected at least one entry"},
          {R"({"name":"x","version":1,"type":"cidr","list":["192.0.2.0/24","here"]})", "list[1]"},
          {list(std::string(300, 'n'), R"(["a.example"])"), "at most 200 bytes"}}) {
        auto const put = files.put(text, analyst());
        ASSERT_FALSE(put) << text;
        EXPECT_NE(put.error().message.find(said), std::string::npos) << put.error().message;
    }
    auto const large = files.put(list("x", "[\"" + std::string(KnownGoodFiles::most_bytes, 'a') + "\"]"), analyst());
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code, Code::limit);
    EXPECT_EQ(audited("known_good.put"), 0U);
    EXPECT_FALSE(std::filesystem::exists(folder / "known-good"));
}

TEST_F(OwnLists, ContentsAreReadByPages) {
    ASSERT_TRUE(files.put(list("ours", R"(["b.example","a.example","other.test"])"), analyst()));
    auto const first = files.contents("ours", "EXAMPLE", 0, 1);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->items, std::vector<std::string>{"b.example"});
    EXPECT_EQ(first->total, 2U);
    ASSERT_EQ(first->next, 1U);
    auto const second = files.contents("ours", "EXAMPLE", *first->next, 10);
    EXPECT_EQ(second->items, std::vector<std::string>{"a.example"});
    EXPECT_FALSE(second->next);
    ASSERT_TRUE(files.switch_off("ours", analyst()));
    EXPECT_EQ(files.contents("ours", "", 0, 10)->total, 3U);
    auto const built_in = files.contents(known_good->lists().front().name, "", 0, 5);
    ASSERT_TRUE(built_in) << built_in.error().message;
    EXPECT_FALSE(built_in->items.empty());
    EXPECT_EQ(files.contents("none", "", 0, 5).error().code, Code::not_found);
}

}  // namespace
}  // namespace tocsin::intelligence
