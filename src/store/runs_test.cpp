#include "store/runs.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>

namespace tocsin::store {
namespace {

struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = "/tmp/tocsin-runs-XXXXXX";
        path = ::mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
};

using Record = std::array<std::uint64_t, 3>;

std::shared_ptr<store::Run const> written(std::filesystem::path const& path, std::vector<Record> records,
                                          RunShape shape) {
    std::ranges::sort(records);
    auto writer = RunWriter::create(path, shape, records.size()).value();
    for (auto const& record : records) EXPECT_TRUE(writer->add(record.data()));
    EXPECT_TRUE(writer->finish());
    return Run::open(path, shape).value();
}

constexpr RunShape shape{3, 2, true};

std::vector<Record> random_records(Random& random, std::size_t count, std::uint64_t range) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < count; ++i)
        records.push_back({random.chance(0.5) ? random.next() : random.below(range), random.below(4), random.next()});
    return records;
}

TEST(Runs, AReaderGivesBackWhatWasWrittenInOrder) {
    Folder folder;
    Random random(1);
    for (std::size_t count : {0UL, 1UL, 255UL, 256UL, 257UL, 5000UL}) {
        auto records = random_records(random, count, 1000);
        auto const run = written(folder.path / "a", records, shape);
        std::ranges::sort(records);
        RunCursor cursor(run);
        ASSERT_TRUE(cursor.seek());
        std::size_t seen = 0;
        for (; cursor.record() != nullptr; ++seen) {
            ASSERT_LT(seen, records.size());
            // records of one key may come in any order of their values: here they were sorted whole
            EXPECT_TRUE(std::equal(records[seen].begin(), records[seen].end(), cursor.record()));
            ASSERT_TRUE(cursor.next());
        }
        EXPECT_EQ(seen, count);
        EXPECT_TRUE(run->verify());
    }
}

TEST(Runs, SeekFindsTheFirstRecordNotLess) {
    Folder folder;
    Random random(2);
    auto records = random_records(random, 3000, 500);
    auto const run = written(folder.path / "a", records, shape);
    std::ranges::sort(records);
    for (int i = 0; i < 500; ++i) {
        Record const key{random.chance(0.5) ? random.next() : random.below(500), random.below(5), 0};
        RunCursor cursor(run);
        ASSERT_TRUE(cursor.seek(key.data()));
        auto const expected =
            std::ranges::find_if(records, [&](Record const& r) { return compare_keys(r.data(), key.data(), 2) >= 0; });
        if (expected == records.end()) {
            EXPECT_EQ(cursor.record(), nullptr);
        } else {
            ASSERT_NE(cursor.record(), nullptr);
            EXPECT_EQ(compare_keys(cursor.record(), expected->data(), 2), 0);
        }
    }
}

TEST(Runs, AProbeFindsEveryRecordOfAKeyAndNoOther) {
    Folder folder;
    Random random(3);
    auto const records = random_records(random, 4000, 300);
    auto const run = written(folder.path / "a", records, shape);
    std::map<std::uint64_t, std::multiset<std::uint64_t>> model;
    for (auto const& r : records) model[r[0]].insert(r[2]);
    std::set<std::uint64_t> questions;
    for (auto const& r : records) questions.insert(r[0]);
    for (int i = 0; i < 3000; ++i) questions.insert(random.next());
    RunProbe probe(run, questions.size());
    for (auto const question : questions) {
        std::multiset<std::uint64_t> found;
        ASSERT_TRUE(probe.find(&question, 1, [&](std::uint64_t const* r) { found.insert(r[2]); }));
        auto const expected = model.find(question);
        EXPECT_EQ(found, expected == model.end() ? std::multiset<std::uint64_t>() : expected->second);
    }
}

TEST(Runs, TheFilterSparesMostReadsForKeysThatAreNotThere) {
    Folder folder;
    Random random(4);
    std::vector<Record> records;
    for (int i = 0; i < 20000; ++i) records.push_back({random.next(), 0, 0});
    auto const run = written(folder.path / "a", records, shape);
    std::set<std::uint64_t> questions;
    for (int i = 0; i < 5000; ++i) questions.insert(random.next());
    RunProbe probe(run, questions.size());
    for (auto const question : questions) ASSERT_TRUE(probe.find(&question, 1, [](std::uint64_t const*) {}));
    EXPECT_LT(probe.pages_read(), 50);  // under one in a hundred
}

TEST(Runs, MergingFoldsEqualKeys) {
    Folder folder;
    Random random(5);
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> model;
    std::vector<std::shared_ptr<store::Run const>> runs;
    for (int i = 0; i < 5; ++i) {
        auto records = random_records(random, 1000, 200);
        for (auto& r : records) r[2] = random.below(100);
        for (auto const& r : records) model[{r[0], r[1]}] += r[2];
        runs.push_back(written(folder.path / std::to_string(i), records, shape));
    }
    auto writer = RunWriter::create(folder.path / "merged", shape, 5000).value();
    ASSERT_TRUE(merge_runs(runs, *writer,
                           [](std::uint64_t* into, std::uint64_t const* from, void const*) { into[2] += from[2]; }));
    ASSERT_TRUE(writer->finish());
    RunCursor cursor(store::Run::open(folder.path / "merged", shape).value());
    ASSERT_TRUE(cursor.seek());
    for (auto const& [key, sum] : model) {
        ASSERT_NE(cursor.record(), nullptr);
        EXPECT_EQ(cursor.record()[0], key.first);
        EXPECT_EQ(cursor.record()[1], key.second);
        EXPECT_EQ(cursor.record()[2], sum);
        ASSERT_TRUE(cursor.next());
    }
    EXPECT_EQ(cursor.record(), nullptr);
}

TEST(Runs, ADamagedOrCutFileIsAnErrorThatNamesIt) {
    Folder folder;
    Random random(6);
    auto const records = random_records(random, 2000, 100);
    auto const path = folder.path / "a";
    (void)written(path, records, shape);
    auto const size = std::filesystem::file_size(path);
    for (int i = 0; i < 200; ++i) {
        auto const copy = folder.path / "b";
        std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
        if (i % 2 == 0) {
            std::filesystem::resize_file(copy, random.below(size));
        } else {
            std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(random.below(size)));
            file.put(static_cast<char>(random.next()));
        }
        auto const run = store::Run::open(copy, shape);
        if (!run) {
            EXPECT_NE(run.error().message.find(copy.string()), std::string::npos);
            continue;
        }
        (void)(*run)->verify();  // must not crash
    }
}

}  // namespace
}  // namespace tocsin::store
