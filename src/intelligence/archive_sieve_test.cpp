#include "intelligence/archive_sieve.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::intelligence {
namespace {

using formats::ObservableKind;

constexpr std::string_view domain = "bad.example", url = "http://bad.example/x", account = "someone@bad.example",
                           hash = "0123456789abcdef0123456789abcdef";

void fill_with_all(ArchiveSieve& sieve) {
    std::int64_t seq = 0;
    for (auto const& [kind, text] : {std::pair{ObservableKind::domain, domain},
                                     {ObservableKind::url, url},
                                     {ObservableKind::email, account},
                                     {ObservableKind::md5, hash}}) {
        auto const keys = keys_of({kind, std::string(text)});
        ASSERT_FALSE(keys.empty()) << text;
        sieve.add(live_value(keys.front(), ++seq, Matching::by_value), keys.front());
    }
    sieve.close();
}

bool picks(ArchiveSieve const& sieve, std::string_view members) {
    std::vector<std::uint32_t> wanted;
    sieve.pick({.size = 1, .others = {&members, 1}}, wanted);
    return !wanted.empty();
}

bool picks_name(ArchiveSieve const& sieve, std::string_view name) {
    std::string_view const none;
    std::vector<std::uint32_t> wanted;
    sieve.pick(
        {.size = 1, .fqdn = {&name, 1}, .reverse_dns = {&none, 1}, .url = {&none, 1}, .others_of_report = {&none, 1}},
        wanted);
    return !wanted.empty();
}

}  // namespace

/// The archive leaves the other fields of an event away when none of them is one of these.
TEST(ArchiveSieve, LooksAtTheFieldsTheArchiveMarksAndNoOthers) {
    ArchiveSieve sieve;
    fill_with_all(sieve);
    for (std::size_t i = 0; i < events::field_count; ++i) {
        auto const field = static_cast<events::Field>(i);
        bool is_picked = false;
        for (auto const value : {domain, url, account, hash})
            is_picked |= picks(sieve, fmt::format("\"extra.number\":1,\"{}\":\"{}\"", name_of(field), value));
        bool const is_marked =
            std::ranges::find(events::observable_fields, field) != std::end(events::observable_fields);
        EXPECT_EQ(is_picked, is_marked) << name_of(field);
    }
}

TEST(ArchiveSieve, ANameIsFoundByItsLastTwoLabels) {
    ArchiveSieve sieve;
    fill_with_all(sieve);
    for (auto const name : {"bad.example", "www.bad.example", "WWW.Bad.Example", "bad.example.", "a.b.bad.example."})
        EXPECT_TRUE(picks_name(sieve, name)) << name;
    EXPECT_TRUE(picks_name(sieve,
                           "b\xc3\xa4"
                           "d.example"))
        << "what is not ASCII is to be compared as a whole";
    for (auto const name : {"", "example", "good.example", "bad.example.org", "notbad.example"})
        EXPECT_FALSE(picks_name(sieve, name)) << name;
}

}  // namespace tocsin::intelligence
