#include "intelligence/intelligence.hpp"
#include "sharing/disclosed.hpp"
#include "sharing/disclosed_index.hpp"

#include <algorithm>
#include <set>

namespace tocsin::sharing {
namespace {

constexpr std::int64_t bucket_size = 1024;
constexpr std::size_t lines_at_once = 5000;

std::string kind_of_objects() {
    return gate::About<intelligence::Object>::of({}).kind;
}

Result<std::int64_t> indexed_up_to(store::Transaction& tx) {
    TRY(auto const mark, tx.one("SELECT line FROM disclosed_mark WHERE id = 1", {},
                                [](store::Row const& row) { return row.integer(0); }));
    return mark.value_or(0);
}

Status enter(store::Transaction& tx, gate::Disclosure const& line) {
    std::set<std::int64_t> buckets;
    each_range(line.contents, [&](std::int64_t first, std::int64_t last) {
        for (auto bucket = first / bucket_size; bucket <= last / bucket_size; ++bucket) buckets.insert(bucket);
    });
    for (auto const bucket : buckets)
        CHECK(tx.run("INSERT INTO disclosed_bucket VALUES (?, ?) ON CONFLICT DO NOTHING", {bucket, line.number}));
    return {};
}

/// One transaction's worth. True: there may be more.
Result<bool> index_some(store::Transaction& tx) {
    TRY(auto const from, indexed_up_to(tx));
    std::vector<gate::Disclosure> lines;
    CHECK(gate::each_disclosure(tx, {.kind = kind_of_objects(), .after = from}, [&](gate::Disclosure const& line) {
        lines.push_back(line);
        return lines.size() < lines_at_once;
    }));
    for (auto const& line : lines)
        if (!line.contents.empty()) CHECK(enter(tx, line));
    if (lines.empty()) return false;
    CHECK(tx.run("INSERT INTO disclosed_mark VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET line = excluded.line",
                 {lines.back().number}));
    return lines.size() == lines_at_once;
}

}  // namespace

Status index_disclosed(store::Ledger& ledger) {
    TRY(bool const is_behind, ledger.read([](store::Transaction& tx) -> Result<bool> {
        TRY(auto const from, indexed_up_to(tx));
        bool found = false;
        CHECK(gate::each_disclosure(tx, {.kind = kind_of_objects(), .after = from}, [&](gate::Disclosure const&) {
            found = true;
            return false;
        }));
        return found;
    }));
    bool more = is_behind;
    while (more) {
        TRY(more, ledger.write([](store::Transaction& tx) { return index_some(tx); }));
    }
    return {};
}

Status each_line_with(store::Ledger& ledger, std::vector<std::string> const& ids, std::vector<std::int64_t> const& seqs,
                      std::function<bool(gate::Disclosure const&)> const& each) {
    CHECK(index_disclosed(ledger));
    return ledger.read([&](store::Transaction& tx) -> Status {
        std::set<std::int64_t> buckets, numbers;
        for (auto const seq : seqs) buckets.insert(seq / bucket_size);
        for (auto const bucket : buckets)
            CHECK(tx.query("SELECT line FROM disclosed_bucket WHERE bucket = ?", {bucket},
                           [&](store::Row const& row) { numbers.insert(row.integer(0)); }));
        for (auto const& id : ids)
            CHECK(gate::each_disclosure(tx, {.kind = kind_of_objects(), .id = id}, [&](gate::Disclosure const& line) {
                numbers.insert(line.number);
                return true;
            }));
        bool goes_on = true;
        for (auto at = numbers.begin(); goes_on && at != numbers.end(); ++at)
            CHECK(gate::each_disclosure(tx, {.before = *at + 1, .after = *at - 1},
                                        [&](gate::Disclosure const& line) { return goes_on = each(line); }));
        return {};
    });
}

}  // namespace tocsin::sharing
