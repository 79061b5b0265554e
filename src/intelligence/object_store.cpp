#include "intelligence/find_store.hpp"
#include "intelligence/impl.hpp"
#include "intelligence/marking_store.hpp"
#include "intelligence/matching.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t most_on_a_page = 10'000;
constexpr std::string_view columns =
    "o.seq, o.added, o.uuid, w.word, o.version, o.version_text, o.is_last, o.is_revoked, o.policy, o.has_parts, "
    "o.source, "
    "o.confidence, o.live_from, o.live_until, o.block, o.slot, o.matching";

/// A row with the place of its body.
struct Found {
    Object object;
    PolicyId policy = 0;
    bool has_parts = false;
    std::int64_t block = 0, slot = 0;
};

Found read_row(store::Row const& row) {
    Found found;
    auto& object = found.object;
    object.seq = row.integer(0);
    object.added = row.time(1);
    object.type = row.string(3);
    object.id = object.type + "--" + uuid_text(row.text(2));
    object.version = row.integer(4) != 0 ? row.time(4) : object.added;
    object.version_text = row.string(5);
    object.is_last = row.truth(6);
    object.is_revoked = row.truth(7);
    found.policy = row.integer(8);
    found.has_parts = row.truth(9);
    object.source = row.integer(10);
    object.confidence = static_cast<int>(row.integer(11));
    object.live_from = row.time(12);
    object.live_until = row.time(13);
    found.block = row.integer(14);
    found.slot = row.integer(15);
    if (row.integer(16) >= 0) object.matching = static_cast<Matching>(row.integer(16));
    return found;
}

Status read_organisations(store::Transaction& tx, std::string_view sql, std::int64_t seq,
                          std::vector<OrganisationId>& into) {
    return tx.query(sql, {seq}, [&](store::Row const& row) { into.push_back({row.integer(0)}); });
}

/// Most objects have none, so the text is only taken apart for those that do.
Status read_parts(store::Transaction& tx, Object& object) {
    MarkingReader markings(tx);
    for (auto& part : Intake().take(object.json, 0).parts) {
        if (part.is_required) continue;
        TRY(auto const meaning, markings.meaning_of(part.marking_ref));
        auto const marking = part_marking(object.marking, meaning);
        if (marking != object.marking) object.parts.push_back({std::move(part.selectors), marking});
    }
    return {};
}

Result<std::vector<Found>> read_found(store::Transaction& tx, std::string const& sql,
                                      std::vector<store::Bind> const& binds, PolicyBook const& policies,
                                      bool with_relations) {
    std::vector<Found> found;
    CHECK(tx.query_rows(sql, binds, [&](store::Row const& row) {
        found.push_back(read_row(row));
        return true;
    }));
    BodyReader bodies(tx);
    for (auto& one : found) {
        TRY(auto const json, bodies.body(one.block, one.slot));
        one.object.json = json;
        auto const& policy = policies.policy(one.policy);
        one.object.marking = policy.marking;
        one.object.terms = policy.terms;
        if (one.has_parts) CHECK(read_parts(tx, one.object));
        if (!with_relations) continue;
        CHECK(read_organisations(tx, "SELECT organisation FROM intel_concern WHERE seq = ?", one.object.seq,
                                 one.object.concerns));
        CHECK(read_organisations(tx, "SELECT organisation FROM intel_named WHERE seq = ?", one.object.seq,
                                 one.object.named));
    }
    return found;
}

using Counts = std::vector<std::pair<std::string, std::int64_t>>;

/// An object has several labels, so they are counted in one pass over all labels, and no object is looked up for each.
Result<Counts> count_labels(store::Transaction& tx, Condition const& condition) {
    std::vector<bool> wanted;
    CHECK(tx.query_rows(fmt::format("SELECT o.seq FROM intel_object o WHERE {}", condition.sql()), condition.binds(),
                        [&](store::Row const& row) {
                            auto const seq = static_cast<std::size_t>(row.integer(0));
                            if (seq >= wanted.size()) wanted.resize(std::max(seq + 1, wanted.size() * 2));
                            wanted[seq] = true;
                            return true;
                        }));
    std::vector<std::pair<std::int64_t, std::int64_t>> by_label;  // the index is in their order
    CHECK(tx.query("SELECT label, seq FROM intel_label ORDER BY label", {}, [&](store::Row const& row) {
        auto const seq = static_cast<std::size_t>(row.integer(1));
        if (seq >= wanted.size() || !wanted[seq]) return;
        auto const label = row.integer(0);
        if (by_label.empty() || by_label.back().first != label) by_label.emplace_back(label, 0);
        ++by_label.back().second;
    }));
    Counts counts;
    for (auto const& [label, count] : by_label) {
        TRY(auto const word, tx.one("SELECT word FROM intel_word WHERE id = ?", {label},
                                    [](store::Row const& row) { return row.string(0); }));
        counts.emplace_back(word.value_or(""), count);
    }
    std::ranges::sort(counts, [](auto const& a, auto const& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    if (counts.size() > 100) counts.resize(100);
    return counts;
}

}  // namespace

Result<Condition> Intelligence::Impl::condition_of(ObjectFilter const& filter, Visibility const& visibility) const {
    std::vector<std::string> near;
    if (filter.value && filter.value->is == ValueQuery::Is::near) {
        TRY(near, ledger.read([&](store::Transaction& tx) { return near_keys(tx, *filter.value); }));
    }
    auto wanted = filter;
    wanted.folds = filter.folds && merged.load() > 0 && filter.versions == Versions::last;
    return Condition::of(wanted, visibility, near);
}

Result<Object> Intelligence::Impl::object_at(store::Transaction& tx, std::int64_t seq) const {
    std::string const sql =
        fmt::format("SELECT {} FROM intel_object o JOIN intel_word w ON w.id = o.type WHERE o.seq = ?", columns);
    TRY(auto found, read_found(tx, sql, {seq}, books.policies, true));
    if (found.empty()) return fail(Code::not_found, fmt::format("there is no object number {}", seq));
    return std::move(found.front().object);
}

Result<ObjectPage> Intelligence::objects(ObjectFilter const& filter, gate::Recipient const& asker, ObjectOrder order,
                                         PageRequest const& page) const {
    auto const visibility = impl_->visibility(asker);
    if (visibility.nothing) return ObjectPage{};
    TRY(auto condition, impl_->condition_of(filter, visibility));
    bool const up = order == ObjectOrder::oldest_first;
    if (!page.after.empty()) {
        auto const after = parse_int(page.after);
        if (!after) return fail(Code::invalid, "after: expected what the page before gave as next");
        condition.also(up ? "o.added > ?" : "o.added < ?", *after);
    }
    auto const limit = std::clamp<std::size_t>(page.limit, 1, most_on_a_page);
    std::string const sql = fmt::format(
        "SELECT {} FROM intel_object o JOIN intel_word w ON w.id = o.type WHERE {} ORDER BY {}o.added {} "
        "LIMIT {}",
        columns, condition.sql(), condition.is_selective() ? "+" : "", up ? "ASC" : "DESC", limit + 1);
    TRY(auto found, impl_->ledger.read([&](store::Transaction& tx) {
        return read_found(tx, sql, condition.binds(), impl_->books.policies, !visibility.everything || limit == 1);
    }));
    ObjectPage out;
    bool const more = found.size() > limit;
    if (more) found.resize(limit);
    if (more) out.next = std::to_string(found.back().object.added.micros);
    out.items.reserve(found.size());
    for (auto& one : found)
        if (auto cleared = impl_->gate.clear(std::move(one.object), asker)) out.items.push_back(*std::move(cleared));
    return out;
}

std::string Intelligence::view(gate::Recipient const& asker) const {
    auto const edition = impl_->edition.load();
    auto const visibility = impl_->visibility(asker);
    if (visibility.nothing) return fmt::format("{} nothing", edition);
    if (visibility.everything) return fmt::format("{} everything", edition);
    return fmt::format("{} {} {}", edition, visibility.sql, visibility.policies_sql);
}

Result<std::int64_t> Intelligence::count(ObjectFilter const& filter, gate::Recipient const& asker) const {
    auto const visibility = impl_->visibility(asker);
    if (visibility.nothing) return 0;
    TRY(auto const condition, impl_->condition_of(filter, visibility));
    std::string const sql = fmt::format("SELECT COUNT(*) FROM intel_object o WHERE {}", condition.sql());
    return impl_->ledger.read([&](store::Transaction& tx) -> Result<std::int64_t> {
        std::int64_t count = 0;
        CHECK(tx.query_rows(sql, condition.binds(), [&](store::Row const& row) {
            count = row.integer(0);
            return false;
        }));
        return count;
    });
}

Result<std::vector<std::pair<std::string, std::int64_t>>> Intelligence::facet(ObjectFilter const& filter,
                                                                              gate::Recipient const& asker,
                                                                              std::string_view by) const {
    /// Counted by number first, so that words are joined to a few sums and not to every object.
    struct By {
        std::string_view name, number, from, value, words;
    };
    static constexpr By ways[] = {
        {"type", "o.type", "", "w.word", "JOIN intel_word w ON w.id = g.number"},
        {"tlp", "o.policy", "", "p.tlp", "JOIN intel_policy p ON p.id = g.number"},
        {"source", "o.source", "", "s.name", "JOIN intel_source s ON s.id = g.number"},
        {"creator", "o.creator", "", "hex(g.number)", ""},
    };
    auto const* const way = std::ranges::find(ways, by, &By::name);
    if (way == std::end(ways) && by != "label")
        return fail(Code::invalid, fmt::format("by: expected type, label, tlp, source or creator, found \"{}\"", by));
    auto const visibility = impl_->visibility(asker);
    std::vector<std::pair<std::string, std::int64_t>> counts;
    if (visibility.nothing) return counts;
    TRY(auto condition, impl_->condition_of(filter, visibility));
    if (by == "label") return impl_->ledger.read([&](store::Transaction& tx) { return count_labels(tx, condition); });
    if (by == "creator" && !visibility.everything) condition.also("o.has_parts = 0");
    std::string const sql = fmt::format(
        "SELECT {}, SUM(g.n) AS sum FROM (SELECT {} AS number, COUNT(*) AS n FROM intel_object o {} WHERE {} GROUP BY "
        "1) "
        "g {} GROUP BY 1 ORDER BY sum DESC, 1 LIMIT 100",
        way->value, way->number, way->from, condition.sql(), way->words);
    CHECK(impl_->ledger.read([&](store::Transaction& tx) {
        return tx.query_rows(sql, condition.binds(), [&](store::Row const& row) {
            auto const value =
                by == "tlp" ? std::string(gate::name_of(static_cast<gate::Tlp>(row.integer(0)))) : row.string(0);
            counts.emplace_back(value, row.integer(1));
            return true;
        });
    }));
    return counts;
}

Result<gate::Cleared<Object>> Intelligence::object(std::string_view id, gate::Recipient const& asker) const {
    ObjectFilter by_id;
    by_id.ids = {std::string(id)};
    TRY(auto page, objects(by_id, asker, ObjectOrder::newest_first, {.limit = 1}));
    // A uuid under another type's name is another thing: id and type both must fit.
    if (page.items.empty() || (id.find("--") != std::string_view::npos && page.items.front()->id != id))
        return fail(Code::not_found, fmt::format("there is no object \"{}\"", id));
    return std::move(page.items.front());
}

Result<gate::Decision> Intelligence::explain(std::string_view id, gate::Recipient const& recipient) const {
    auto const uuid = uuid_of(id);
    if (!uuid) return fail(Code::not_found, fmt::format("there is no object \"{}\"", id));
    std::string const sql = fmt::format(
        "SELECT {} FROM intel_object o JOIN intel_word w ON w.id = o.type "
        "WHERE o.uuid = ? AND o.is_last = 1",
        columns);
    TRY(auto found, impl_->ledger.read([&](store::Transaction& tx) {
        return read_found(tx, sql, {store::Bind::blob(*uuid)}, impl_->books.policies, true);
    }));
    if (found.empty()) return fail(Code::not_found, fmt::format("there is no object \"{}\"", id));
    return impl_->gate.explain(found.front().object, recipient);
}

namespace {

void append(JsonWriter& json, WorthReason const& reason) {
    json.object().field("code", reason.code).key("values").array();
    for (auto const& value : reason.values) json.value(value);
    json.end().field("text", english(reason)).end();
}

}  // namespace

void append(JsonWriter& json, Worth const& worth) {
    json.object()
        .field("is_matched_kind", worth.is_matched_kind)
        .field_or_null("matching", worth.matching ? name_of(*worth.matching) : std::string_view())
        .key("matching_reason");
    if (worth.matching_reason) {
        append(json, *worth.matching_reason);
    } else {
        json.null();
    }
    json.field("score", worth.score)
        .field("base", worth.base)
        .field("threshold", worth.threshold)
        .field_or_null("expires", worth.expires)
        .key("reasons")
        .array();
    for (auto const& reason : worth.reasons) append(json, reason);
    json.end().end();
}

Result<Worth> Intelligence::worth(gate::Cleared<Object> const& object) const {
    Worth worth{.matching = object->matching, .threshold = least_score()};
    auto const about = Intake().take(object->json, 0);
    formats::JsonTree tree;
    if (object->matching && tree.parse(object->json))
        worth.matching_reason = fate_of(tree.root()["pattern"].text()).reason;
    if (!may_decay(about) || !object->is_last) return worth;
    TRY(auto signs, impl_->ledger.read([&](store::Transaction& tx) {
        BodyReader bodies(tx);
        return read_signs(tx, about.uuid, object->terms.originator, impl_->books.policies,
                          [&](std::int64_t block, std::int64_t slot) { return bodies.body(block, slot); });
    }));
    auto const standing = standing_of(decay_question(about, object->version, std::move(signs)));
    worth.is_matched_kind = object->matching.value_or(Matching::by_value) != Matching::never;
    worth.score = score_at(standing, impl_->options.clock->now());
    worth.base = standing.base;
    worth.expires = standing.until;
    worth.reasons = standing.reasons;
    return worth;
}

// Deliveries

Result<std::vector<Source>> Intelligence::sources(std::size_t limit) const {
    std::vector<Source> sources;
    CHECK(impl_->ledger.read([&](store::Transaction& tx) {
        return tx.query(
            "SELECT id, kind, name, who, organisation, at, stored, known, rejected, warned FROM intel_source "
            "ORDER BY id DESC LIMIT ?",
            {std::clamp<std::size_t>(limit, 1, 1000)}, [&](store::Row const& row) {
                sources.push_back({.id = row.integer(0),
                                   .kind = row.string(1),
                                   .name = row.string(2),
                                   .who = row.string(3),
                                   .organisation = {row.integer(4)},
                                   .at = row.time(5),
                                   .stored = row.integer(6),
                                   .known = row.integer(7),
                                   .rejected = row.integer(8),
                                   .warned = row.integer(9)});
            });
    }));
    return sources;
}

Result<std::vector<RejectedObject>> Intelligence::rejected(std::int64_t source, PageRequest const& page,
                                                           std::string& next) const {
    auto const limit = std::clamp<std::size_t>(page.limit, 1, 1000);
    std::vector<RejectedObject> rows;
    CHECK(impl_->ledger.read([&](store::Transaction& tx) {
        return tx.query(
            "SELECT id, source, ordinal, object, property, reason, raw, at, state FROM intel_rejected "
            "WHERE (? = 0 OR source = ?) AND id > ? ORDER BY id LIMIT ?",
            {source, source, parse_int(page.after).value_or(0), limit + 1}, [&](store::Row const& row) {
                rows.push_back({.id = row.integer(0),
                                .source = row.integer(1),
                                .ordinal = row.integer(2),
                                .object = row.string(3),
                                .property = row.string(4),
                                .reason = row.string(5),
                                .raw = row.string(6),
                                .at = row.time(7),
                                .state = row.string(8)});
            });
    }));
    next.clear();
    if (rows.size() > limit) {
        rows.resize(limit);
        next = std::to_string(rows.back().id);
    }
    return rows;
}

}  // namespace tocsin::intelligence
