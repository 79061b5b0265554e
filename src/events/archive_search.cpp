#include "events/archive_daily.hpp"
#include "events/archive_internal.hpp"
#include "events/within.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <map>
#include <unistd.h>

namespace tocsin::events {
namespace {

constexpr std::size_t max_page = 1000;
constexpr std::size_t max_groups = 10'000;
constexpr std::int64_t hour = 3'600'000'000;

struct Cursor {
    std::int64_t time;
    std::uint64_t id;
};
Result<Cursor> parse_cursor(std::string_view text) {
    auto const parts = split(text, '.');
    if (parts.size() == 2)
        if (auto const time = parse_int(parts[0]), id = parse_int(parts[1]); time && id)
            return Cursor{*time, static_cast<std::uint64_t>(*id)};
    return fail(Code::invalid, "the cursor is not one of ours; start again from the first page");
}

/// A key of groups: its SQL, how its number becomes text, and whether it comes from the class.
struct GroupPart {
    std::string sql;
    Word ClassWords::* part = nullptr;
    std::function<std::string(std::uint64_t)> text;
};

std::string plain_number(std::uint64_t number) {
    return std::to_string(static_cast<std::int64_t>(number));
}

std::optional<Word ClassWords::*> class_part(std::string_view name) {
    if (name == "feed") return &ClassWords::feed;
    if (name == "taxonomy") return &ClassWords::taxonomy;
    if (name == "type") return &ClassWords::type;
    if (name == "identifier") return &ClassWords::identifier;
    if (name == "transport") return &ClassWords::transport;
    return std::nullopt;
}

Result<GroupPart> group_part(Archive::Impl const& archive, std::string const& name) {
    if (auto const part = class_part(name)) {
        std::string list;
        for (auto const& [number, words] : archive.classes.from(0)) list += fmt::format("{},", words.**part);
        list.pop_back();
        return GroupPart{fmt::format("([{}]::UINTEGER[])[class + 1]", list), *part, [&archive](std::uint64_t w) {
                             return std::string(archive.dictionary.text(static_cast<Word>(w)));
                         }};
    }
    if (name == "organisation")
        return GroupPart{"organisation", nullptr,
                         [](std::uint64_t n) { return n == 0 ? std::string() : plain_number(n); }};
    if (name == "country" || name == "region")
        return GroupPart{name, nullptr, [&archive](std::uint64_t w) {
                             return std::string(archive.dictionary.text(static_cast<Word>(w)));
                         }};
    if (name == "asn")
        return GroupPart{"asn", nullptr, [](std::uint64_t n) { return n == 0 ? std::string() : plain_number(n); }};
    if (name == "port")
        return GroupPart{"port", nullptr, [](std::uint64_t n) {
                             return static_cast<std::int64_t>(n) < 0 ? std::string() : plain_number(n);
                         }};
    if (name == "severity")
        return GroupPart{"severity", nullptr,
                         [](std::uint64_t n) { return std::string(severity_named(static_cast<std::uint8_t>(n))); }};
    if (name == "lane")
        return GroupPart{"lane", nullptr, [](std::uint64_t n) { return std::string(name_of(static_cast<Lane>(n))); }};
    return fail(Code::invalid,
                fmt::format("by: expected feed, taxonomy, type, identifier, organisation, country, region, asn, "
                            "port, transport, severity, lane, address or network, found \"{}\"",
                            name));
}

Result<std::string> bucket_sql(std::string_view bucket) {
    // times before 1970 are negative, and % then as well
    if (bucket == "hour") return fmt::format("time - (time % {0} + {0}) % {0}", hour);
    if (bucket == "day") return fmt::format("time - (time % {0} + {0}) % {0}", 24 * hour);
    if (bucket == "week")  // weeks start on Monday; 1970-01-01 was a Thursday
        return fmt::format("time - ((time + {1}) % {0} + {0}) % {0}", 7 * 24 * hour, 3 * 24 * hour);
    if (bucket == "month") return std::string("epoch_us(date_trunc('month', make_timestamp(time)))");
    return fail(Code::invalid, fmt::format("bucket: expected hour, day, week or month, found \"{}\"", bucket));
}

struct AggregateQuery {
    std::vector<std::string> expressions;  ///< each gives a number
    std::vector<std::function<std::string(std::uint64_t)>> texts;
    std::optional<std::size_t> address;  ///< the first of two expressions that are an address
    std::uint8_t prefix_v4 = 128, prefix_v6 = 128;
};

Result<AggregateQuery> plan(Archive::Impl const& archive, AggregateRequest const& request) {
    AggregateQuery query;
    if (request.by.size() > 3) return fail(Code::invalid, "by: expected at most three fields");
    if (!request.bucket.empty()) {
        TRY(auto sql, bucket_sql(request.bucket));
        query.expressions.push_back(std::move(sql));
        query.texts.push_back([](std::uint64_t n) { return format_timestamp({static_cast<std::int64_t>(n)}); });
    }
    for (auto const& name : request.by) {
        if (name != "address" && name != "network") {
            TRY(auto part, group_part(archive, name));
            query.expressions.push_back(part.sql);
            query.texts.push_back(part.text);
            continue;
        }
        if (query.address) return fail(Code::invalid, "by: address and network can't both be asked for");
        query.address = query.expressions.size();
        bool const network = name == "network";
        if (network) query.prefix_v4 = 120, query.prefix_v6 = 48;
        bool const v6 = network;
        query.expressions.push_back(v6 ? "CASE WHEN ip_high = 0 THEN 0 ELSE (ip_high // 65536) * 65536 END"
                                       : "ip_high");
        query.expressions.push_back(v6 ? "CASE WHEN ip_high = 0 THEN (ip_low // 256) * 256 ELSE 0 END" : "ip_low");
        query.texts.push_back({});
        query.texts.push_back({});
    }
    return query;
}

std::vector<std::string> group_key(AggregateQuery const& query, duck::Chunk const& chunk, std::size_t row) {
    std::vector<std::string> key;
    for (std::size_t i = 0; i < query.expressions.size(); ++i) {
        if (query.address == i) {
            IpAddress const address{chunk.get<std::uint64_t>(i, row), chunk.get<std::uint64_t>(i + 1, row)};
            auto const length = address.is_v4() ? query.prefix_v4 : query.prefix_v6;
            key.push_back(address.is_none() ? ""
                          : length == 128   ? format_ip(address)
                                            : format_prefix({address, length}));
            ++i;
        } else {
            key.push_back(query.texts[i](chunk.get<std::uint64_t>(i, row)));
        }
    }
    return key;
}

}  // namespace

Result<EventPage> Archive::search(Scope const& scope, EventFilter const& filter, EventOrder order,
                                  PageRequest const& page) const {
    TRY(auto where, where_of(*impl_, scope, filter));
    bool const down = order == EventOrder::newest_first;
    if (!page.after.empty()) {
        TRY(auto const cursor, parse_cursor(page.after));
        char const sign = down ? '<' : '>';
        where += fmt::format(" AND time {0}= {1} AND (time {0} {1} OR id {0} {2})", sign, cursor.time, cursor.id);
    }
    auto const limit = std::clamp<std::size_t>(page.limit, 1, max_page);
    auto const direction = down ? "DESC" : "ASC";
    // the rows are found by time and id alone; the wide columns are read only for those
    TRY(auto const connection, impl_->lease());
    std::string ids;
    std::size_t found = 0;
    CHECK(connection->query(
        fmt::format("SELECT id FROM events WHERE {0} ORDER BY time {1}, id {1} LIMIT {2}", where, direction, limit + 1),
        [&](duck::Chunk const& chunk) {
            for (std::size_t row = 0; row < chunk.size() && found < limit + 1; ++row, ++found)
                if (found < limit) ids += fmt::format("{},", chunk.get<std::uint64_t>(0, row));
            return true;
        }));
    EventPage result;
    if (ids.empty()) return result;
    ids.pop_back();
    CHECK(connection->query(
        fmt::format("SELECT {} FROM events WHERE id IN ({})", all_columns, ids), [&](duck::Chunk const& chunk) {
            for (std::size_t row = 0; row < chunk.size(); ++row)
                result.items.push_back(read_event(*impl_, chunk, row, received_of(chunk.get<std::uint32_t>(2, row))));
            return true;
        }));
    std::ranges::sort(result.items, [&](StoredEvent const& a, StoredEvent const& b) {
        auto const left = std::pair(a.time, a.id);
        auto const right = std::pair(b.time, b.id);
        return down ? left > right : left < right;
    });
    if (found > limit && !result.items.empty())
        result.next = fmt::format("{}.{}", result.items.back().time.micros, result.items.back().id);
    return result;
}

Result<std::int64_t> Archive::count(Scope const& scope, EventFilter const& filter) const {
    TRY(auto const where, where_of(*impl_, scope, filter));
    TRY(auto const connection, impl_->lease());
    auto const [table, count] = daily::source_of(filter);
    return connection->number(fmt::format("SELECT {} FROM {} WHERE {}", count, table, where));
}

Result<Extent> Archive::extent(Scope const& scope, EventFilter const& filter) const {
    TRY(auto const where, where_of(*impl_, scope, filter));
    TRY(auto const connection, impl_->lease());
    Extent extent;
    auto const [table, count] = daily::source_of(filter);
    CHECK(connection->query(
        fmt::format("SELECT flags >> 16, {0} FROM {1} WHERE {2} GROUP BY 1 HAVING {0} != 0", count, table, where),
        [&](duck::Chunk const& chunk) {
            for (std::size_t row = 0; row < chunk.size(); ++row)
                extent.add(marking_of_rank(static_cast<std::uint16_t>(chunk.get<std::uint32_t>(0, row))),
                           chunk.get<std::int64_t>(1, row));
            return true;
        }));
    return extent;
}

Result<Aggregate> Archive::aggregate(Scope const& scope, EventFilter const& filter,
                                     AggregateRequest const& request) const {
    TRY(auto const where, where_of(*impl_, scope, filter));
    TRY(auto const query, plan(*impl_, request));
    Aggregate result;
    std::string keys;
    std::string names;
    for (std::size_t i = 0; i < query.expressions.size(); ++i) {
        keys +=
            fmt::format("({})::{} AS k{}, ", query.expressions[i],
                        query.address && (i == *query.address || i == *query.address + 1) ? "UBIGINT" : "BIGINT", i);
        names += fmt::format("{}k{}", i == 0 ? "" : ", ", i);
    }
    auto const source = daily::source_of(filter, request);
    auto const distinct =
        request.with_addresses ? "count(DISTINCT (ip_high, ip_low)) FILTER (ip_low != 0 OR ip_high != 0)" : "0::BIGINT";
    auto const sql = fmt::format(
        "WITH g AS MATERIALIZED (SELECT {0} {7} AS c, {1} AS a FROM {8} WHERE {2} {3}) "
        "SELECT {4} c, a, (SELECT coalesce(sum(c), 0)::BIGINT FROM g) FROM g ORDER BY {5} LIMIT {6}",
        keys, distinct, where, names.empty() ? "" : fmt::format("GROUP BY {} HAVING {} != 0", names, source.count),
        names.empty() ? "" : names + ",",
        request.bucket.empty() ? "c DESC" + (names.empty() ? "" : ", " + names) : "k0, c DESC",
        std::clamp<std::size_t>(request.limit, 1, max_groups), source.count, source.table);
    TRY(auto const connection, impl_->lease());
    auto const columns = query.expressions.size();
    CHECK(connection->query(sql, [&](duck::Chunk const& chunk) {
        for (std::size_t row = 0; row < chunk.size(); ++row) {
            auto const count = chunk.get<std::int64_t>(columns, row);
            result.groups.push_back({group_key(query, chunk, row), count, chunk.get<std::int64_t>(columns + 1, row)});
            result.total = chunk.get<std::int64_t>(columns + 2, row);
        }
        return true;
    }));
    result.other = result.total;
    for (auto const& group : result.groups) result.other -= group.count;
    return result;
}

Result<StoredEvent> Archive::event(Scope const& scope, std::uint64_t id) const {
    std::optional<StoredEvent> found;
    TRY(auto const connection, impl_->lease());
    TRY(auto const where, where_of(*impl_, scope, {}));
    CHECK(connection->query(fmt::format("SELECT {} FROM events WHERE id = {} AND {}", all_columns, id, where),
                            [&](duck::Chunk const& chunk) {
                                found = read_event(*impl_, chunk, 0, received_of(chunk.get<std::uint32_t>(2, 0)));
                                return false;
                            }));
    if (!found) return fail(Code::not_found, fmt::format("there is no event e-{:x}", id));
    return *std::move(found);
}

Status Archive::scan(Scope const& scope, EventFilter const& filter,
                     std::function<bool(std::span<StoredEvent const>)> const& each) const {
    TRY(auto const where, where_of(*impl_, scope, filter));
    TRY(auto const connection, impl_->lease());
    std::vector<StoredEvent> events;
    return connection->query(
        fmt::format("SELECT {} FROM events WHERE {}", all_columns, where), [&](duck::Chunk const& chunk) {
            events.clear();
            for (std::size_t row = 0; row < chunk.size(); ++row)
                events.push_back(read_event(*impl_, chunk, row, received_of(chunk.get<std::uint32_t>(2, row))));
            return each(events);
        });
}

}  // namespace tocsin::events
