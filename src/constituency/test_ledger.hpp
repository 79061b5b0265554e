#pragma once
#include "access/access.hpp"
#include "constituency/constituency.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace tocsin::constituency {

/// For tests: a ledger of its own with the tables of access and constituency, and a clock that stands.
struct TestLedger {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("tocsin-constituency-" + to_hex(secret_bytes(6)));
    FixedClock clock{*parse_timestamp("2026-11-23T10:00:00Z")};
    std::unique_ptr<store::Ledger> ledger;

    TestLedger() {
        std::filesystem::create_directories(folder);
        std::vector<store::Migration> all;
        for (auto const& migration : access::migrations()) all.push_back(migration);
        for (auto const& migration : migrations()) all.push_back(migration);
        auto opened = store::Ledger::open(folder / "ledger", all);
        EXPECT_TRUE(opened) << opened.error().message;
        ledger = std::move(*opened);
    }
    ~TestLedger() {
        ledger.reset();
        std::filesystem::remove_all(folder);
    }
    /// Whether a row of any table of the directory holds the text.
    bool mentions(std::string_view text) {
        std::int64_t found = 0;
        EXPECT_TRUE(ledger->read([&](store::Transaction& tx) -> Status {
            for (auto const* sql :
                 {"SELECT count(*) FROM contact WHERE name || email || phone LIKE '%' || ? || '%'",
                  "SELECT count(*) FROM directory_change WHERE COALESCE(before_fields, '') || COALESCE(after_fields, "
                  "'') "
                  "LIKE '%' || ? || '%'",
                  "SELECT count(*) FROM directory_change_set WHERE what LIKE '%' || ? || '%'",
                  "SELECT count(*) FROM directory_import WHERE COALESCE(content, '') || summary LIKE '%' || ? || '%'"})
                CHECK(tx.query(sql, {text}, [&](store::Row const& row) { found += row.integer(0); }));
            return {};
        }));
        return found != 0;
    }
};

}  // namespace tocsin::constituency
