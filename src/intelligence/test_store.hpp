#pragma once
#include "intelligence/intelligence.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>

/// A store in a directory of its own, for tests of this room.
namespace tocsin::intelligence {

inline constexpr OrganisationId bank{1}, shop{2}, north{3};

inline access::Principal analyst(access::Role role = access::Role::analyst) {
    access::Principal who;
    who.who = "account:1";
    who.role = role;
    who.via = access::Via::session;
    return who;
}
inline gate::Recipient team(access::Role role = access::Role::analyst) {
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
                                          .asker_of = [](std::string_view who) -> std::optional<gate::Recipient> {
                                              if (who == "account:1") return team();
                                              if (who == "account:2") return team(access::Role::viewer);
                                              return {};
                                          },
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

inline std::string uuid(int n) {
    return fmt::format("00000000-0000-4000-8000-{:012}", n);
}
inline constexpr std::string_view green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
inline constexpr std::string_view red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";

inline std::string indicator(int n, std::string_view pattern, std::string_view more = "",
                             std::string_view modified = "2026-11-20T10:00:00.000Z") {
    return fmt::format(
        R"({{"type":"indicator","spec_version":"2.1","id":"indicator--{}","created":"2026-11-20T10:00:00.000Z",)"
        R"("modified":"{}","name":"Number {}","pattern":"{}","pattern_type":"stix",)"
        R"("valid_from":"2026-11-20T10:00:00Z"{}}})",
        uuid(n), modified, n, pattern, more);
}
inline std::string marked(std::string_view ref) {
    return fmt::format(R"(,"object_marking_refs":["{}"])", ref);
}
inline std::string bundle(std::vector<std::string> const& objects) {
    std::string text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-00000000000b","objects":[)";
    for (auto const& object : objects) text += (&object == objects.data() ? "" : ",") + object;
    return text + "]}";
}
inline constexpr std::string_view bad_address = "[ipv4-addr:value = '198.51.100.7']";

}  // namespace tocsin::intelligence
