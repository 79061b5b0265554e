#include "intelligence/impl.hpp"
#include "intelligence/value_key.hpp"
#include "intelligence/watches.hpp"

#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

constexpr std::int64_t most_searches = 1000;
constexpr std::size_t longest_name = 200;
constexpr std::string_view columns = "id, name, query, owner, is_team, created";

SavedSearch read_row(store::Row const& row) {
    return {.id = row.integer(0),
            .name = row.string(1),
            .query = row.string(2),
            .owner = row.string(3),
            .is_team = row.truth(4),
            .created = row.time(5)};
}

}  // namespace

Result<SavedSearch> Searches::add(NewSearch const& wanted, access::Principal const& by) {
    if (wanted.is_team) CHECK(access::require(by, access::Role::analyst));
    auto const name = trimmed(wanted.name);
    if (name.empty() || name.size() > longest_name || !is_utf8(name))
        return fail(Code::invalid, fmt::format("name: expected 1 to {} bytes", longest_name));
    TRY(auto const words, filter_words(wanted.query));
    auto& impl = *room_.impl_;
    auto const now = impl.options.clock->now();
    SavedSearch search{.name = std::string(name),
                       .query = query_of(words),
                       .owner = by.who,
                       .is_team = wanted.is_team,
                       .created = now};
    if (search.query.empty()) return fail(Code::invalid, "query: expected words such as type=indicator&label=c2");
    TRY(auto const filter, Searches::filter(search, now));
    if (filter.value) CHECK(ranges_of(*filter.value));  // a value that can't be asked for is told now
    TRY(search.id, impl.ledger.write([&](store::Transaction& tx) -> Result<std::int64_t> {
        TRY(auto const count,
            tx.one("SELECT COUNT(*) FROM intel_search", {}, [](store::Row const& row) { return row.integer(0); }));
        if (count.value_or(0) >= most_searches)
            return fail(Code::limit, fmt::format("there are {} saved searches: remove one first", most_searches));
        TRY(auto const taken, tx.one("SELECT 1 FROM intel_search WHERE owner = ? AND name = ?", {by.who, search.name},
                                     [](store::Row const&) { return true; }));
        if (taken) return fail(Code::conflict, fmt::format("name: there is a search \"{}\" already", search.name));
        TRY(auto const id,
            tx.insert("INSERT INTO intel_search (name, query, owner, is_team, created) VALUES (?, ?, ?, ?, ?)",
                      {search.name, search.query, by.who, search.is_team, now}));
        auto const details = fmt::format(R"({{"number":{}}})", id);
        CHECK(access::audit(tx, by, now, {.what = "search.add", .details = details}));
        return id;
    }));
    return search;
}

Result<std::vector<SavedSearch>> Searches::all(access::Principal const& by) const {
    std::vector<SavedSearch> found;
    CHECK(room_.impl_->ledger.read([&](store::Transaction& tx) {
        return tx.query(
            fmt::format("SELECT {} FROM intel_search WHERE owner = ? OR is_team = 1 OR ? = 1 ORDER BY name, id",
                        columns),
            {by.who, by.via == access::Via::command}, [&](store::Row const& row) { found.push_back(read_row(row)); });
    }));
    return found;
}

Result<SavedSearch> Searches::find(std::string_view number_or_name, access::Principal const& by) const {
    TRY(auto const seen, all(by));
    auto const number = parse_int(number_or_name);
    SavedSearch const* found = nullptr;
    for (auto const& one : seen) {
        if (number == one.id) return one;
        if (one.name == number_or_name && (found == nullptr || one.owner == by.who)) found = &one;
    }
    if (found == nullptr) return fail(Code::not_found, fmt::format("there is no saved search \"{}\"", number_or_name));
    return *found;
}

Status Searches::remove(std::int64_t id, access::Principal const& by) {
    TRY(auto const search, find(std::to_string(id), by));
    if (search.owner != by.who && !by.may(access::Role::administrator))
        return fail(Code::denied, fmt::format("\"{}\" is another's: only an administrator may remove it", search.name));
    auto& impl = *room_.impl_;
    return impl.ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const watch, tx.one("SELECT name FROM intel_watch WHERE search = ?", {id},
                                     [](store::Row const& row) { return row.string(0); }));
        if (watch) return fail(Code::conflict, fmt::format("the watch \"{}\" looks for it: remove that first", *watch));
        CHECK(tx.run("DELETE FROM intel_search WHERE id = ?", {id}));
        auto const details = fmt::format(R"({{"number":{}}})", id);
        CHECK(access::audit(tx, by, impl.options.clock->now(), {.what = "search.remove", .details = details}));
        return {};
    });
}

Result<ObjectFilter> Searches::filter(SavedSearch const& search, Timestamp now) {
    TRY(auto const words, filter_words(search.query));
    return filter_of(words, now);
}

}  // namespace tocsin::intelligence
