#include "constituency/prefix_table.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>

namespace tocsin::constituency {
namespace {

constexpr std::uint32_t deep_mark = 0x8000'0000;  ///< in high_.values: the rest is an index into deep_groups_
constexpr std::size_t batch = 32;  ///< addresses that walk down a tree together: enough to hide memory's delay
constexpr std::uint8_t v4_bits_before = 96;

std::int32_t ordered(std::uint32_t address) {
    return static_cast<std::int32_t>(address ^ 0x8000'0000U);
}

/// How many of a node's keys are not above the key. Written for the vector unit every processor has.
std::size_t count_not_above(std::int32_t const (&keys)[16], std::int32_t key) {
    using Four = std::int32_t __attribute__((vector_size(16)));
    Four const* const lanes = reinterpret_cast<Four const*>(keys);
    Four const wanted = {key, key, key, key};
    Four const sum = (lanes[0] <= wanted) + (lanes[1] <= wanted) + (lanes[2] <= wanted) + (lanes[3] <= wanted);
    return static_cast<std::size_t>(-(sum[0] + sum[1] + sum[2] + sum[3]));
}

std::size_t count_not_above(std::uint64_t const (&keys)[8], std::uint64_t key) {
    std::size_t count = 0;
    for (std::uint64_t const k : keys) count += k <= key ? 1 : 0;
    return count;
}

}  // namespace

/// Flattens nested prefixes, fed in order of (address, length), into disjoint ranges in order.
class PrefixTable::Flattener {
  public:
    explicit Flattener(IpAddress family_start) { ranges_.push_back({family_start, PrefixTable::none}); }

    void add(IpPrefix const& prefix, std::uint32_t value) {
        close_before(prefix.address);
        open_.push_back({prefix.last(), value});
        start(prefix.address, value);
    }
    std::vector<Range> finish(IpAddress family_end) {
        while (!open_.empty()) close_top(family_end);
        return std::move(ranges_);
    }

  private:
    struct Open {
        IpAddress end;
        std::uint32_t value;
    };
    void close_before(IpAddress address) {
        while (!open_.empty() && open_.back().end < address) close_top(address);
    }
    void close_top(IpAddress limit) {
        IpAddress const end = open_.back().end;
        open_.pop_back();
        IpAddress const next{end.high + (end.low == ~std::uint64_t{0} ? 1 : 0), end.low + 1};
        if (end < limit) start(next, open_.empty() ? PrefixTable::none : open_.back().value);
    }
    void start(IpAddress address, std::uint32_t value) {
        if (ranges_.back().start == address) {
            ranges_.back().value = value;
            if (ranges_.size() > 1 && ranges_[ranges_.size() - 2].value == value) ranges_.pop_back();
        } else if (ranges_.back().value != value) {
            ranges_.push_back({address, value});
        }
    }

    std::vector<Range> ranges_;
    std::vector<Open> open_;
};

template <class Key, int Fanout>
void PrefixTable::Tree<Key, Fanout>::build(std::vector<Key> const& keys) {
    constexpr auto fanout = static_cast<std::size_t>(Fanout);
    std::vector<std::size_t> sizes;  // in nodes, leaves first
    for (std::size_t count = keys.size();;) {
        count = (count + fanout - 1) / fanout;
        sizes.push_back(count);
        if (count <= 1) break;
    }
    levels.clear();
    std::size_t total = 0;
    for (auto size = sizes.rbegin(); size != sizes.rend(); ++size) {
        levels.push_back(total);
        total += *size;
    }
    levels.push_back(total);
    nodes.resize(total);
    std::size_t step = 1;  // keys of the bottom that one key of this level stands for
    for (std::size_t level = sizes.size(); level-- > 0; step *= fanout) {
        for (std::size_t node = 0; node < levels[level + 1] - levels[level]; ++node)
            for (std::size_t slot = 0; slot < fanout; ++slot) {
                std::size_t const at = (node * fanout + slot) * step;
                nodes[levels[level] + node].keys[slot] = at < keys.size() ? keys[at] : std::numeric_limits<Key>::max();
            }
    }
}

template <class Key, int Fanout>
std::size_t PrefixTable::Tree<Key, Fanout>::position(Key key) const {
    std::size_t at = 0;
    for (std::size_t level = 0; level + 1 < levels.size(); ++level) {
        at = std::min(at, levels[level + 1] - levels[level] - 1);
        at = at * static_cast<std::size_t>(Fanout) + count_not_above(nodes[levels[level] + at].keys, key) - 1;
    }
    return std::min(at, values.size() - 1);
}

template <class Key, int Fanout>
void PrefixTable::Tree<Key, Fanout>::positions(Key const* keys, std::size_t count, std::uint32_t* at) const {
    for (std::size_t i = 0; i < count; ++i) at[i] = 0;
    for (std::size_t level = 0; level + 1 < levels.size(); ++level) {
        bool const is_leaf = level + 2 == levels.size();
        Node const* const here = nodes.data() + levels[level];
        auto const greatest =
            static_cast<std::uint32_t>(is_leaf ? values.size() - 1 : levels[level + 2] - levels[level + 1] - 1);
        for (std::size_t i = 0; i < count; ++i) {
            auto const below = at[i] * static_cast<std::uint32_t>(Fanout) +
                               static_cast<std::uint32_t>(count_not_above(here[at[i]].keys, keys[i])) - 1;
            at[i] = std::min(below, greatest);
            if (is_leaf)
                __builtin_prefetch(values.data() + at[i]);
            else
                __builtin_prefetch(nodes.data() + levels[level + 1] + at[i]);
        }
    }
}

std::uint32_t PrefixTable::find_deep(std::uint32_t group, std::uint64_t low) const {
    auto const& [first, count] = deep_groups_[group];
    auto const begin = deep_starts_.begin() + first;
    auto const after = std::upper_bound(begin, begin + count, low);  // the first start is 0: never before begin
    return deep_values_[static_cast<std::size_t>(after - deep_starts_.begin()) - 1];
}

std::uint32_t PrefixTable::find(IpAddress address) const {
    if (address.is_v4()) return v4_.values.empty() ? none : v4_.values[v4_.position(ordered(address.v4_bits()))];
    if (high_.values.empty()) return none;
    std::uint32_t const value = high_.values[high_.position(address.high)];
    return value == none || value < deep_mark ? value : find_deep(value & ~deep_mark, address.low);
}

void PrefixTable::find(std::span<IpAddress const> addresses, std::span<std::uint32_t> values) const {
    TOCSIN_ASSERT(values.size() >= addresses.size());
    for (std::size_t done = 0; done < addresses.size(); done += batch) {
        std::size_t const count = std::min(batch, addresses.size() - done);
        std::int32_t v4_keys[batch];
        std::uint64_t high_keys[batch];
        std::uint32_t v4_places[batch], high_places[batch], at[batch];
        std::size_t v4_count = 0, high_count = 0;
        for (std::size_t i = done; i < done + count; ++i) {
            values[i] = none;
            if (addresses[i].is_v4()) {
                v4_keys[v4_count] = ordered(addresses[i].v4_bits());
                v4_places[v4_count++] = static_cast<std::uint32_t>(i);
            } else {
                high_keys[high_count] = addresses[i].high;
                high_places[high_count++] = static_cast<std::uint32_t>(i);
            }
        }
        if (v4_count != 0 && !v4_.values.empty()) {
            v4_.positions(v4_keys, v4_count, at);
            for (std::size_t i = 0; i < v4_count; ++i) values[v4_places[i]] = v4_.values[at[i]];
        }
        if (high_count == 0 || high_.values.empty()) continue;
        high_.positions(high_keys, high_count, at);
        for (std::size_t i = 0; i < high_count; ++i) {
            std::uint32_t const value = high_.values[at[i]];
            values[high_places[i]] = value == none || value < deep_mark
                                         ? value
                                         : find_deep(value & ~deep_mark, addresses[high_places[i]].low);
        }
    }
}

std::size_t PrefixTable::bytes() const {
    return v4_.nodes.capacity() * sizeof(v4_.nodes[0]) + v4_.values.capacity() * 4 +
           high_.nodes.capacity() * sizeof(high_.nodes[0]) + high_.values.capacity() * 4 +
           deep_groups_.capacity() * sizeof(DeepGroup) + deep_starts_.capacity() * 8 + deep_values_.capacity() * 4;
}

void PrefixTableBuilder::add(IpPrefix const& prefix, std::uint32_t value) {
    TOCSIN_ASSERT(value <= greatest_value);
    entries_.push_back({prefix, value, static_cast<std::uint32_t>(entries_.size())});
}

IpPrefix PrefixTableBuilder::largest_within(IpAddress first, IpAddress last) {
    int const zeros =
        first.low != 0 ? std::countr_zero(first.low) : (first.high != 0 ? 64 + std::countr_zero(first.high) : 128);
    int const floor = first.is_v4() ? v4_bits_before : 0;
    IpPrefix prefix{first, static_cast<std::uint8_t>(std::max(floor, 128 - zeros))};
    while (prefix.last() > last) ++prefix.length;
    return prefix;
}

namespace {

/// True for what holds IPv4 addresses only. A shorter IPv6 prefix never holds an IPv4 address.
bool is_v4(IpPrefix const& prefix) {
    return prefix.length >= v4_bits_before && prefix.address.is_v4();
}

}  // namespace

PrefixTable PrefixTableBuilder::build() {
    std::sort(entries_.begin(), entries_.end(),
              [](Entry const& a, Entry const& b) { return std::tie(a.prefix, a.order) < std::tie(b.prefix, b.order); });
    constexpr IpAddress v4_end{0, IpAddress::v4_mark | 0xffff'ffff};
    constexpr IpAddress v6_end{~std::uint64_t{0}, ~std::uint64_t{0}};
    PrefixTable::Flattener v4({0, IpAddress::v4_mark}), v6({0, 0});
    bool has_v4 = false, has_v6 = false;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto const& [prefix, value, order] = entries_[i];
        if (i + 1 < entries_.size() && entries_[i + 1].prefix == prefix) continue;  // the last one counts
        bool const small = is_v4(prefix);
        (small ? v4 : v6).add(prefix, value);
        (small ? has_v4 : has_v6) = true;
    }
    std::vector<Entry>().swap(entries_);
    PrefixTable table;
    if (has_v4) {
        auto const ranges = v4.finish(v4_end);
        std::vector<std::int32_t> keys;
        keys.reserve(ranges.size());
        table.v4_.values.reserve(ranges.size());
        for (auto const& range : ranges) {
            keys.push_back(ordered(range.start.v4_bits()));
            table.v4_.values.push_back(range.value);
        }
        table.v4_.build(keys);
    }
    if (has_v6) table.build_v6(v6.finish(v6_end));
    return table;
}

void PrefixTable::build_v6(std::vector<Range> const& ranges) {
    std::vector<std::uint64_t> keys;
    auto const start = [&](std::uint64_t key, std::uint32_t value) {
        if (!keys.empty() && high_.values.back() == value) return;
        keys.push_back(key);
        high_.values.push_back(value);
    };
    std::uint32_t carried = none;  // the value in force where the next upper half starts
    for (std::size_t i = 0; i < ranges.size();) {
        std::uint64_t const key = ranges[i].start.high;
        std::size_t end = i;
        while (end < ranges.size() && ranges[end].start.high == key) ++end;
        if (end - i == 1 && ranges[i].start.low == 0) {
            start(key, ranges[i].value);
        } else {
            auto const first = static_cast<std::uint32_t>(deep_starts_.size());
            if (ranges[i].start.low != 0) {
                deep_starts_.push_back(0);
                deep_values_.push_back(carried);
            }
            for (std::size_t at = i; at < end; ++at) {
                deep_starts_.push_back(ranges[at].start.low);
                deep_values_.push_back(ranges[at].value);
            }
            start(key, deep_mark | static_cast<std::uint32_t>(deep_groups_.size()));
            deep_groups_.push_back({first, static_cast<std::uint32_t>(deep_starts_.size()) - first});
            bool const next_starts = end < ranges.size() && ranges[end].start.high == key + 1;
            if (key != ~std::uint64_t{0} && !next_starts) start(key + 1, ranges[end - 1].value);
        }
        carried = ranges[end - 1].value;
        i = end;
    }
    keys.shrink_to_fit();
    high_.values.shrink_to_fit();
    deep_starts_.shrink_to_fit();
    deep_values_.shrink_to_fit();
    high_.build(keys);
}

}  // namespace tocsin::constituency
