#include "store/store.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace tocsin::store {
namespace {

struct StoreTest : testing::Test {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("tocsin-store-" + to_hex(secret_bytes(6)));
    StoreTest() { std::filesystem::create_directories(folder); }
    ~StoreTest() override { std::filesystem::remove_all(folder); }
};

constexpr Migration one[] = {
    {"thing", 1, "0001_thing", "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"}};
constexpr Migration two[] = {one[0], {"thing", 2, "0002_size", "ALTER TABLE thing ADD COLUMN size INTEGER"}};

std::int64_t count(Ledger& ledger) {
    return **ledger.read([](Transaction& tx) {
        return tx.one("SELECT count(*) FROM thing", {}, [](Row const& row) { return row.integer(0); });
    });
}

TEST_F(StoreTest, AWriteThatFailsLeavesNothing) {
    auto const ledger = *Ledger::open(folder / "l", one);
    ASSERT_TRUE(ledger->write([](Transaction& tx) { return tx.insert("INSERT INTO thing (name) VALUES (?)", {"a"}); }));
    auto const failed = ledger->write([](Transaction& tx) -> Status {
        CHECK(tx.insert("INSERT INTO thing (name) VALUES (?)", {"b"}));
        CHECK(tx.insert("INSERT INTO thing (name) VALUES (?)", {"a"}));
        return {};
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Code::conflict);
    EXPECT_EQ(count(*ledger), 1);
}

TEST_F(StoreTest, AReaderCanNotWrite) {
    auto const ledger = *Ledger::open(folder / "l", one);
    EXPECT_FALSE(ledger->read([](Transaction& tx) { return tx.insert("INSERT INTO thing (name) VALUES (?)", {"a"}); }));
    EXPECT_EQ(count(*ledger), 0);
}

TEST_F(StoreTest, MigrationsRunOnceAndANewerFileIsRefused) {
    {
        ASSERT_TRUE(Ledger::open(folder / "l", one));
    }
    {
        ASSERT_TRUE(Ledger::open(folder / "l", two));
    }
    {
        ASSERT_TRUE(Ledger::open(folder / "l", two));
    }
    auto const older = Ledger::open(folder / "l", one);
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().code, Code::conflict);
}

TEST_F(StoreTest, WritersFromManyThreadsTakeTurns) {
    auto const ledger = *Ledger::open(folder / "l", one);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                auto const name = std::to_string(t * 100 + i);
                EXPECT_TRUE(ledger->write(
                    [&](Transaction& tx) { return tx.insert("INSERT INTO thing (name) VALUES (?)", {name}); }));
                EXPECT_GE(count(*ledger), 1);
            }
        });
    threads.clear();
    EXPECT_EQ(count(*ledger), 100);
    ASSERT_TRUE(ledger->backup_to(folder / "copy"));
    auto const copy = *Ledger::open(folder / "copy", one);
    EXPECT_EQ(count(*copy), 100);
    EXPECT_TRUE(copy->check()->empty());
}

TEST_F(StoreTest, ASecondOwnerOfTheDirectoryIsRefused) {
    auto const first = DataDirectory::open(folder / "data");
    ASSERT_TRUE(first);
    auto const second = DataDirectory::open(folder / "data");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::unavailable);
}

TEST_F(StoreTest, AWrittenFileIsReadBackWhole) {
    ASSERT_TRUE(write_file(folder / "f", "one"));
    ASSERT_TRUE(write_file(folder / "f", std::string(300'000, 'x')));
    EXPECT_EQ(read_file(folder / "f")->size(), 300'000U);
    EXPECT_EQ(read_file(folder / "f", 10).error().code, Code::limit);
    EXPECT_EQ(read_file(folder / "g").error().code, Code::not_found);
}

}  // namespace
}  // namespace tocsin::store
