#include "formats/stix_pattern/comparison.hpp"
#include "formats/stix_pattern/invented_pattern.hpp"
#include "formats/stix_pattern/object_graph.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tocsin::formats::stix_pattern {
namespace {

TEST(StixPattern, WhatIsPrintedReadsBackAsItWas) {
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        Random random(seed);
        auto const pattern = InventedPattern(random).pattern();
        auto const printed = print(pattern);
        auto const read = parse(printed);
        ASSERT_TRUE(read.has_value()) << printed << "\n" << read.error().message;
        ASSERT_EQ(*read, pattern) << printed << "\n" << print(*read);
    }
}

bool is_like_naive(std::string_view text, std::string_view pattern) {
    if (pattern.empty()) return text.empty();
    if (pattern.front() == '%') {
        for (std::size_t i = 0; i <= text.size(); ++i)
            if (is_like_naive(text.substr(i), pattern.substr(1))) return true;
        return false;
    }
    if (text.empty()) return false;
    if (pattern.front() == '_') {
        std::size_t length = 1;
        while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) ++length;
        return is_like_naive(text.substr(length), pattern.substr(1));
    }
    return text.front() == pattern.front() && is_like_naive(text.substr(1), pattern.substr(1));
}

std::string word(Random& random, std::vector<std::string> const& letters) {
    std::string out;
    for (auto i = random.below(8); i > 0; --i) out += letters[random.below(letters.size())];
    return out;
}

TEST(StixPatternMatch, LikeIsWhatItsDefinitionSays) {
    Random random(7);
    int alike = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto const text = word(random, {"a", "b", "\u00fc"}), pattern = word(random, {"a", "b", "\u00fc", "%", "_"});
        Steps steps(1'000'000);
        auto const found = is_like(text, pattern, steps);
        ASSERT_TRUE(found.has_value());
        ASSERT_EQ(*found, is_like_naive(text, pattern)) << text << " LIKE " << pattern;
        alike += *found;
    }
    EXPECT_GT(alike, 1000);
}

/// A few objects that refer to each other in circles.
struct Maze {
    struct Object {
        std::vector<std::size_t> refs;
        std::size_t ref;
        int number;
    };
    std::vector<Object> objects;

    explicit Maze(Random& random) {
        auto const size = 1 + random.below(5);
        for (std::size_t i = 0; i < size; ++i) {
            Object made{{}, random.below(size + 1), static_cast<int>(i)};  // one more than there are: leads nowhere
            for (auto n = random.below(4); n > 0; --n) made.refs.push_back(random.below(size + 1));
            objects.push_back(std::move(made));
        }
    }

    std::string json() const {
        std::string out = "{";
        for (std::size_t i = 0; i < objects.size(); ++i) {
            if (i > 0) out += ",";
            out += "\"" + std::to_string(i) + R"(":{"type":"x","b_ref":")" + std::to_string(objects[i].ref) +
                   R"(","c_refs":[)";
            for (std::size_t n = 0; n < objects[i].refs.size(); ++n)
                out += (n > 0 ? ",\"" : "\"") + std::to_string(objects[i].refs[n]) + "\"";
            out += "],\"n\":" + std::to_string(objects[i].number) + "}";
        }
        return out + "}";
    }

    /// Whether the path leads to `number`, one way after the other.
    bool leads(std::size_t object, std::string_view path, int number) const {
        if (object >= objects.size()) return false;
        auto const& here = objects[object];
        if (path == "n") return here.number == number;
        if (path.starts_with("b_ref.")) return leads(here.ref, path.substr(6), number);
        if (path.starts_with("c_refs[1].")) return here.refs.size() > 1 && leads(here.refs[1], path.substr(10), number);
        for (auto const ref : here.refs)
            if (leads(ref, path.substr(10), number)) return true;
        return false;
    }
};

TEST(StixPatternMatch, PathsLeadWhereEachWayByItselfLeads) {
    int led = 0;
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        Random random(seed);
        Maze const maze(random);
        static constexpr std::array steps{"b_ref.", "c_refs[1].", "c_refs[*]."};
        std::string path;
        for (auto i = random.below(5); i > 0; --i) path += steps[random.below(steps.size())];
        path += "n";
        auto const pattern = parse("[x:" + path + " = 0]");
        ASSERT_TRUE(pattern.has_value());
        Steps budget(1'000'000);
        ObjectGraph graph;
        ASSERT_TRUE(graph.read(maze.json(), budget).has_value());
        for (std::size_t object = 0; object < maze.objects.size(); ++object) {
            auto const values = graph.values(object, pattern->comparison.comparison.path, budget);
            ASSERT_TRUE(values.has_value());
            for (int number = 0; number < static_cast<int>(maze.objects.size()); ++number) {
                bool const found = std::ranges::find(*values, Value(std::int64_t{number})) != values->end();
                ASSERT_EQ(found, maze.leads(object, path, number))
                    << path << " from " << object << " in " << maze.json();
                led += found;
            }
        }
    }
    EXPECT_GT(led, 1000);
}

}  // namespace
}  // namespace tocsin::formats::stix_pattern
