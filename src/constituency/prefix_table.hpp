#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tocsin::constituency {

/// Longest-prefix match: which of up to millions of prefixes, IPv4 or IPv6, is the longest that holds an address.
///
/// Nested prefixes are flattened into disjoint ranges; the range starts lie in a static B-tree of cache lines (16 IPv4
/// starts or 8 IPv6 halves a line), so that a lookup costs the same whatever the prefixes look like (a trie's depth
/// would depend on them), and neighbours with one value are one range. A million prefixes take 8 to 17 MB (IPv4) or 13
/// to 26 MB (IPv6 up to /64). Longer IPv6 prefixes are rare: the ranges of a /64 that has some are in a second tree.
///
/// Immutable once built; safe from any thread.
class PrefixTable {
  public:
    static constexpr std::uint32_t none = 0xffff'ffff;

    /// The value of the longest prefix that holds the address, or `none`.
    std::uint32_t find(IpAddress address) const;
    /// The same for many: their memory accesses overlap, so that the rate is several times that of `find`.
    void find(std::span<IpAddress const> addresses, std::span<std::uint32_t> values) const;

    std::size_t ranges() const { return v4_.values.size() + high_.values.size() + deep_values_.size(); }
    std::size_t bytes() const;

  private:
    friend class PrefixTableBuilder;

    /// Sorted keys in a static B-tree, node by node from the root; the leaf level is the keys themselves in order.
    template <class Key, int Fanout>
    struct Tree {
        struct alignas(64) Node {
            Key keys[Fanout];
        };
        std::vector<Node> nodes;
        std::vector<std::size_t> levels;    ///< where each level starts in `nodes`, root first
        std::vector<std::uint32_t> values;  ///< of the range that starts at each key; the first key is 0

        void build(std::vector<Key> const& keys);
        std::size_t position(Key key) const;
        /// The same for a few at once, level by level.
        void positions(Key const* keys, std::size_t count, std::uint32_t* at) const;
    };
    struct Range {
        IpAddress start;
        std::uint32_t value;
    };
    class Flattener;

    void build_v6(std::vector<Range> const& ranges);
    std::uint32_t find_deep(std::uint32_t group, std::uint64_t low) const;

    Tree<std::int32_t, 16> v4_;    ///< starts with the top bit flipped: order as signed, which SSE2 can compare
    Tree<std::uint64_t, 8> high_;  ///< upper halves of IPv6 starts
    struct DeepGroup {
        std::uint32_t first, count;  ///< its ranges in deep_starts_
    };
    std::vector<DeepGroup> deep_groups_;
    std::vector<std::uint64_t> deep_starts_;
    std::vector<std::uint32_t> deep_values_;
};

/// Collects prefixes, then builds. Of equal prefixes the one added last counts. Not for threads to share.
class PrefixTableBuilder {
  public:
    static constexpr std::uint32_t greatest_value = 0x7fff'fffe;

    void reserve(std::size_t prefixes) { entries_.reserve(prefixes); }
    void add(IpPrefix const& prefix, std::uint32_t value);
    /// Every address from first to last (of one family), as the fewest prefixes. `value_of(length)` gives the value for
    /// a prefix of that length.
    template <class F>
    void add_range(IpAddress first, IpAddress last, F&& value_of) {
        for_each_prefix(first, last, [&](IpPrefix const& prefix) { add(prefix, value_of(prefix.length)); });
    }
    std::size_t size() const { return entries_.size(); }
    /// The builder is empty after it.
    PrefixTable build();

    /// The fewest prefixes that cover a range exactly, in order.
    template <class F>
    static void for_each_prefix(IpAddress first, IpAddress last, F&& each) {
        while (first <= last) {
            IpPrefix const prefix = largest_within(first, last);
            each(prefix);
            IpAddress const end = prefix.last();
            if (end >= last) break;
            first = {end.high + (end.low == ~std::uint64_t{0} ? 1 : 0), end.low + 1};
        }
    }

  private:
    struct Entry {
        IpPrefix prefix;
        std::uint32_t value;
        std::uint32_t order;
    };
    static IpPrefix largest_within(IpAddress first, IpAddress last);
    std::vector<Entry> entries_;
};

}  // namespace tocsin::constituency
