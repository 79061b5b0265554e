#include "gate/disclosures.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::gate {
namespace {

/// What the chain holds of a disclosure; made again from the row when both are compared.
std::string details_of(Disclosure const& disclosure) {
    JsonWriter json;
    json.object()
        .field("recipient", disclosure.recipient)
        .field("marking", label_of(disclosure.marking))
        .field("removed", disclosure.removed);
    if (!disclosure.contents.empty()) json.field("contents", to_hex(access::sha256(disclosure.contents)));
    json.end();
    return std::move(json).text();
}

constexpr std::string_view prefix = "disclosure.";
constexpr std::size_t most_contents = std::size_t{1} << 20;

Result<Disclosure> read_row(store::Row const& row) {
    Disclosure disclosure{.number = row.integer(0),
                          .at = row.time(1),
                          .by = row.string(2),
                          .door = row.string(3),
                          .recipient = row.string(4),
                          .kind = row.string(5),
                          .id = row.string(6),
                          .marking = {},
                          .removed = row.integer(8),
                          .contents = row.string(9)};
    TRY(disclosure.marking, parse_marking(row.text(7)));
    return disclosure;
}

}  // namespace

Status Gate::record(store::Transaction& tx, access::Principal const& by, Timestamp now, Delivery const& delivery) {
    Disclosure const line{.number = 0,
                          .at = now,
                          .by = by.who,
                          .door = std::string(delivery.door),
                          .recipient = delivery.recipient.reference(),
                          .kind = delivery.thing.kind,
                          .id = delivery.thing.id,
                          .marking = delivery.decision.marking,
                          .removed = static_cast<std::int64_t>(delivery.decision.removed.size()),
                          .contents = std::string(delivery.contents)};
    if (line.contents.size() > most_contents)
        return fail(Code::limit, fmt::format("a disclosure of {} bytes of contents: at most {} fit in one line of "
                                             "the disclosure log; give it in smaller pages",
                                             line.contents.size(), most_contents));
    std::string const what = std::string(prefix) + line.door;
    std::string const details = details_of(line);
    TRY(auto const number,
        access::audit(tx, by, now, {.what = what, .kind = line.kind, .id = line.id, .details = details}));
    CHECK(tx.run("INSERT INTO disclosure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 {number, line.at, line.by, line.door, line.recipient, line.kind, line.id, label_of(line.marking),
                  line.removed, line.contents.empty() ? store::Bind(nullptr) : store::Bind::blob(line.contents)}));
    return {};
}

Status Gate::record(store::Transaction& tx, access::Principal const& by, Timestamp now, Bounds const& scope,
                    BulkDelivery const& bulk) {
    if (bulk.count == 0) return {};
    JsonWriter contents;
    contents.object().field("of", scope.kind()).field("count", bulk.count).field("query", bulk.query).end();
    Particulars const thing{.kind = "export", .id = std::string(bulk.id), .marking = {bulk.strictest}};
    Decision const decision{.allowed = true, .reason = Reason::is_team, .marking = {bulk.strictest}, .removed = {}};
    return record(tx, by, now, {thing, scope.recipient(), decision, bulk.door, contents.text()});
}

namespace {

/// The log's lines that a filter asks for.
struct LogQuestion {
    explicit LogQuestion(DisclosureFilter const& filter) {
        also_text("recipient = ?", filter.recipient);
        // A line's number says more than its kind: the index by kind would be read whole.
        also_text(filter.after > 0 ? "kind || '' = ?" : "kind = ?", filter.kind);
        also_text("object = ?", filter.id);
        also_text("door = ?", filter.door);
        if (filter.from) also("at >= ?", *filter.from);
        if (filter.until) also("at < ?", *filter.until);
        if (filter.before > 0) also("number < ?", filter.before);
        if (filter.after > 0) also("number > ?", filter.after);
    }
    void also_text(std::string_view condition, std::string_view text) {
        if (!text.empty()) also(condition, store::Bind(text));
    }
    void also(std::string_view condition, store::Bind bind) {
        sql.append(" AND ").append(condition);
        counting.append(" AND ").append(condition);
        binds.push_back(bind);
    }
    Status ask(store::Transaction& tx, std::function<bool(Disclosure&&)> const& each) const {
        Status bad;
        CHECK(tx.query_rows(sql, binds, [&](store::Row const& row) {
            auto line = read_row(row);
            if (!line) bad = std::unexpected(line.error());
            return line && each(*std::move(line));
        }));
        return bad;
    }

    std::string sql =
        "SELECT number, at, who, door, recipient, kind, object, marking, removed, contents FROM disclosure WHERE 1=1";
    std::string counting = "SELECT COUNT(*) FROM disclosure WHERE 1=1";
    std::vector<store::Bind> binds;
};

}  // namespace

Result<std::vector<Disclosure>> disclosures(store::Transaction& tx, DisclosureFilter const& filter) {
    LogQuestion question(filter);
    question.sql += " ORDER BY number DESC LIMIT ?";
    question.binds.emplace_back(std::clamp(filter.limit, 1, 1000));
    std::vector<Disclosure> found;
    CHECK(question.ask(tx, [&](Disclosure&& line) {
        found.push_back(std::move(line));
        return true;
    }));
    return found;
}

Result<std::int64_t> count_disclosures(store::Transaction& tx, DisclosureFilter filter) {
    filter.before = 0;
    LogQuestion const question(filter);
    std::int64_t count = 0;
    CHECK(tx.query_rows(question.counting, question.binds, [&](store::Row const& row) {
        count = row.integer(0);
        return true;
    }));
    return count;
}

Status each_disclosure(store::Transaction& tx, DisclosureFilter const& filter,
                       std::function<bool(Disclosure const&)> const& each) {
    LogQuestion question(filter);
    question.sql += " ORDER BY number";
    return question.ask(tx, [&](Disclosure&& line) { return each(line); });
}

namespace {

bool tell_the_same(Disclosure const& line, access::AuditEntry const& entry) {
    return line.number == entry.number && line.at == entry.at && line.by == entry.who &&
           std::string(prefix) + line.door == entry.what && line.kind == entry.kind && line.id == entry.id &&
           (entry.is_erased || details_of(line) == entry.details);
}

}  // namespace

Result<std::optional<std::int64_t>> verify_disclosures(store::Transaction& tx) {
    constexpr int page = 1000;
    std::optional<std::int64_t> broken;
    DisclosureFilter lines_below{.limit = page};
    access::AuditFilter entries_below{.what = "disclosure", .limit = page};
    while (true) {
        TRY(auto const lines, disclosures(tx, lines_below));
        TRY(auto const entries, access::audit_entries(tx, entries_below));
        auto const both = std::min(lines.size(), entries.size());
        for (std::size_t i = 0; i < both; ++i)
            if (!tell_the_same(lines[i], entries[i])) broken = std::min(lines[i].number, entries[i].number);
        if (lines.size() > both) broken = lines.back().number;
        if (entries.size() > both) broken = entries.back().number;
        if (both < page || lines.size() != entries.size()) return broken;
        lines_below.before = lines.back().number;
        entries_below.before = entries.back().number;
    }
}

}  // namespace tocsin::gate
