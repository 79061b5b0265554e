#include "intelligence/match_index.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <unistd.h>

namespace tocsin::intelligence {
namespace {

std::vector<std::uint32_t> found(MatchIndex const& index, std::uint64_t fingerprint) {
    std::vector<std::uint32_t> seqs;
    index.find_one(fingerprint, [&](std::uint32_t seq) { seqs.push_back(seq); });
    std::ranges::sort(seqs);
    return seqs;
}

struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("tocsin-match-" + to_hex(secret_bytes(6)));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};

TEST(MatchIndex, FindsWhatANaiveMapFinds) {
    Random random(20261126);
    auto const index = MatchIndex::make(20'000);
    std::multimap<std::uint64_t, std::uint32_t> naive;
    for (std::uint32_t seq = 1; seq <= 20'000; ++seq) {
        auto const fingerprint = text_fingerprint(1, std::to_string(random.below(15'000)));
        ASSERT_TRUE(index->add(fingerprint, seq));
        naive.emplace(fingerprint, seq);
    }
    EXPECT_EQ(index->count(), 20'000U);
    EXPECT_LT(index->bytes() / index->count(), 16U);
    for (int value = 0; value < 30'000; ++value) {
        auto const fingerprint = text_fingerprint(1, std::to_string(value));
        std::vector<std::uint32_t> expected;
        for (auto [at, end] = naive.equal_range(fingerprint); at != end; ++at) expected.push_back(at->second);
        std::ranges::sort(expected);
        ASSERT_EQ(found(*index, fingerprint), expected) << value;
    }
}

TEST(MatchIndex, ManyOfOneValueAreAllFoundAndAFullOneSaysSo) {
    auto const index = MatchIndex::make(100);
    std::uint32_t seq = 0;
    while (index->add(text_fingerprint(3, "the same"), seq + 1)) ++seq;
    EXPECT_GE(seq, 100U);
    EXPECT_EQ(found(*index, text_fingerprint(3, "the same")).size(), seq);
    EXPECT_TRUE(found(*index, text_fingerprint(3, "another")).empty());
}

TEST(MatchIndex, ADomainIsAskedForWithAllAboveItButTheTop) {
    std::vector<std::uint64_t> fingerprints;
    domain_fingerprints(2, "example.evil.www.", fingerprints);
    EXPECT_EQ(fingerprints,
              (std::vector{text_fingerprint(2, "example.evil.www."), text_fingerprint(2, "example.evil.")}));
    fingerprints.clear();
    domain_fingerprints(2, "localhost.", fingerprints);
    EXPECT_TRUE(fingerprints.empty());
}

TEST(MatchIndex, InAFileIsTheSameAfterItIsOpenedAgain) {
    Folder const folder;
    auto const path = folder.path / "match.index";
    EXPECT_EQ(MatchIndex::open(path).error().code, Code::not_found);
    {
        auto const made = MatchIndex::create(path, 10);
        ASSERT_TRUE(made) << made.error().message;
        (*made)->add(text_fingerprint(1, "a"), 7);
        (*made)->note_length(120);
        (*made)->add(address_fingerprint(*parse_ip("192.0.2.0"), 120), 8);
        EXPECT_FALSE(MatchIndex::open(path)) << "not before it is finished";
        ASSERT_TRUE((*made)->finish(8));
    }
    auto const opened = MatchIndex::open(path);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(found(**opened, text_fingerprint(1, "a")), std::vector<std::uint32_t>{7});
    EXPECT_EQ(found(**opened, address_fingerprint(*parse_ip("192.0.2.0"), 120)), std::vector<std::uint32_t>{8});
    EXPECT_TRUE((*opened)->lengths()[120]);
    EXPECT_EQ((*opened)->lengths().count(), 1U);
    EXPECT_EQ((*opened)->last_seq(), 8U);
}

TEST(MatchIndex, ADamagedFileIsRefused) {
    Folder const folder;
    auto const path = folder.path / "match.index";
    ASSERT_TRUE((*MatchIndex::create(path, 10))->finish(1));
    for (auto const size : {0U, 100U, 4096U, 5000U}) {
        auto const cut = folder.path / "cut";
        std::filesystem::copy_file(path, cut, std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(cut, size);
        EXPECT_EQ(MatchIndex::open(cut).error().code, Code::invalid) << size;
    }
}

}  // namespace
}  // namespace tocsin::intelligence
