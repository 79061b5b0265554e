#include "intelligence/find_store.hpp"

#include "intelligence/block.hpp"
#include "intelligence/value_key.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t most_alternatives = 1000;
constexpr std::size_t most_words = 32;

/// Code points of scripts that put no spaces between words.
bool is_unspaced(char32_t c) {
    return (c >= 0x0e00 && c <= 0x0e7f) || (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3134f);
}

/// The code point at the front of well-formed UTF-8 and its length.
std::pair<char32_t, std::size_t> front_of(std::string_view text) {
    auto const at = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
    if (at(0) < 0x80) return {at(0), 1};
    if (at(0) < 0xe0 && text.size() >= 2) return {(at(0) & 0x1f) << 6 | (at(1) & 0x3f), 2};
    if (at(0) < 0xf0 && text.size() >= 3) return {(at(0) & 0x0f) << 12 | (at(1) & 0x3f) << 6 | (at(2) & 0x3f), 3};
    if (text.size() >= 4)
        return {(at(0) & 0x07) << 18 | (at(1) & 0x3f) << 12 | (at(2) & 0x3f) << 6 | (at(3) & 0x3f), 4};
    return {0xfffd, 1};
}

/// One word of a question as FTS5 wants it: quoted, so that nothing in it is an operator.
std::string fts_word(std::string_view word) {
    bool const is_beginning = word.size() > 1 && word.ends_with('*');
    if (is_beginning) word.remove_suffix(1);
    return fmt::format("\"{}\"{}", replaced(std::string(word), "\"", "\"\""), is_beginning ? "*" : "");
}

constexpr std::size_t most_measured = 1'000'000, most_near = 10'000;

}  // namespace

Result<std::vector<std::string>> near_keys(store::Transaction& tx, ValueQuery const& query) {
    auto const wanted = formats::parse_tlsh(trimmed(query.text));
    if (!wanted)
        return fail(Code::invalid, fmt::format("value: expected a TLSH digest of 70 hexadecimal digits, with or "
                                               "without T1; found \"{}\"",
                                               query.text));
    std::vector<std::pair<int, std::string>> found;
    std::size_t measured = 0;
    CHECK(tx.query("SELECT DISTINCT key FROM intel_value WHERE kind = ? LIMIT ?",
                   {index_kind(formats::ObservableKind::tlsh), most_measured + 1}, [&](store::Row const& row) {
                       ++measured;
                       auto const digest = formats::parse_tlsh(row.text(0));
                       if (!digest) return;
                       int const apart = formats::distance(*wanted, *digest);
                       if (apart <= query.distance) found.emplace_back(apart, row.string(0));
                   }));
    if (measured > most_measured)
        return fail(Code::limit,
                    fmt::format("value: there are over {} TLSH digests here, too many to measure", most_measured));
    std::ranges::sort(found);
    if (found.size() > most_near) found.resize(most_near);
    std::vector<std::string> keys;
    for (auto& [apart, key] : found) keys.push_back(std::move(key));
    return keys;
}

std::optional<std::string> uuid_of(std::string_view id) {
    if (auto const dashes = id.rfind("--"); dashes != std::string_view::npos) id.remove_prefix(dashes + 2);
    if (id.size() != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-') return {};
    return from_hex(replaced(std::string(id), "-", ""));
}

std::string uuid_text(std::string_view bytes) {
    auto text = to_hex(bytes);
    for (std::size_t const at : {20U, 16U, 12U, 8U}) text.insert(at, "-");
    return text;
}

std::string searchable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        auto const [point, length] = front_of(text);
        bool const apart = is_unspaced(point);
        if (apart && !out.empty() && out.back() != ' ') out += ' ';
        out += text.substr(0, length);
        if (apart) out += ' ';
        text.remove_prefix(length);
    }
    return out;
}

std::string Condition::marks(std::size_t count) const {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += i == 0 ? "?" : ",?";
    return "(" + list + ")";
}

Result<Condition> Condition::of(ObjectFilter const& filter, Visibility const& visibility,
                                std::vector<std::string> const& near) {
    Condition condition;
    if (!visibility.everything) condition.also(visibility.sql);
    // Labels and references of strict parts are in no index, the creator is: it decides who may version an object.
    if (!visibility.everything && !filter.creator.empty()) condition.also("o.has_parts = 0");
    CHECK(condition.add_ids(filter.ids));
    if (filter.value) CHECK(condition.add_value(*filter.value, visibility, near));
    if (!trimmed(filter.text).empty()) CHECK(condition.add_text(filter.text));
    condition.add_versions(filter);
    condition.add_lists(filter);
    condition.add_bounds(filter);
    if (filter.folds) condition.fold(visibility);
    return condition;
}

/// In place of a merged object stands the one it was merged into, if the asker may see that one. In the subqueries `o`
/// is the object there. They go from the few that are merged to the objects (CROSS JOIN keeps SQLite to that).
void Condition::fold(Visibility const& visibility) {
    auto const own = sql_;
    std::string const seen = visibility.everything ? "1" : visibility.sql;
    sql_ = fmt::format(
        "((({0}) AND o.uuid NOT IN (SELECT s.uuid FROM intel_same s CROSS JOIN intel_object o WHERE o.uuid = "
        "s.into_uuid AND o.is_last = 1 AND {1})) OR ({1} AND o.seq IN (SELECT b.seq FROM intel_same s CROSS JOIN "
        "intel_object o CROSS JOIN intel_object b WHERE o.uuid = s.uuid AND b.uuid = s.into_uuid AND b.is_last = 1 AND "
        "({0}))))",
        own, seen);
    auto const binds = binds_;
    binds_.insert(binds_.end(), binds.begin(), binds.end());
}

Status Condition::add_ids(std::vector<std::string> const& ids) {
    if (ids.empty()) return {};
    if (ids.size() > most_alternatives)
        return fail(Code::limit, fmt::format("id: expected at most {} ids", most_alternatives));
    std::size_t known = 0;
    for (auto const& id : ids)
        if (auto uuid = uuid_of(id)) {
            blob(*std::move(uuid));
            ++known;
        }
    also(known == 0 ? "0" : "o.uuid IN " + marks(known));
    is_selective_ = true;
    return {};
}

Result<std::string> Condition::any_range(ValueQuery const& query) {
    TRY(auto const ranges, ranges_of(query));
    std::string any;
    for (auto const& range : ranges) {
        any += any.empty() ? "" : " OR ";
        any += fmt::format("(v.kind = {} AND v.key >= ?", range.kind);
        blob(range.first);
        if (!range.last.empty()) {
            any += " AND v.key < ?";
            blob(range.last);
        }
        any += ")";
    }
    return any.empty() ? "0" : any;
}

std::string Condition::any_of(std::vector<std::string> const& near) {
    if (near.empty()) return "0";
    for (auto const& key : near) blob(key);
    return fmt::format("v.kind = {} AND v.key IN {}", index_kind(formats::ObservableKind::tlsh), marks(near.size()));
}

Status Condition::add_value(ValueQuery const& query, Visibility const& visibility,
                            std::vector<std::string> const& near) {
    std::string any;
    if (query.is == ValueQuery::Is::near) {
        any = any_of(near);
    } else {
        TRY(any, any_range(query));
    }
    std::string const from = visibility.everything
                                 ? "SELECT v.seq FROM intel_value v WHERE "
                                 : fmt::format(
                                       "SELECT v.seq FROM intel_value v JOIN intel_object p ON p.seq = v.seq "
                                       "WHERE (v.policy = p.policy OR v.policy{}) AND ",
                                       visibility.policies_sql);
    also(fmt::format("o.seq IN ({}({}))", from, any));
    is_selective_ = true;
    return {};
}

Status Condition::add_text(std::string_view words) {
    std::string question;
    std::size_t count = 0;
    for (auto const word : split(searchable(repaired_utf8(words)), ' ')) {
        if (trimmed(word).empty()) continue;
        if (++count > most_words) return fail(Code::limit, fmt::format("text: expected at most {} words", most_words));
        question += (question.empty() ? "" : " AND ") + fts_word(trimmed(word));
    }
    also("o.seq IN (SELECT rowid FROM intel_text WHERE intel_text MATCH ?)");
    text(question);
    is_selective_ = true;
    return {};
}

void Condition::add_versions(ObjectFilter const& filter) {
    if (!filter.at_versions.empty()) {
        std::string any;
        for (auto const version : filter.at_versions) {
            any += any.empty() ? "" : " OR ";
            any += "o.version = ? OR (o.version = 0 AND o.added = ?)";
            binds_.emplace_back(version);
            binds_.emplace_back(version);
        }
        also("(" + any + ")");
    } else if (filter.versions == Versions::last) {
        also("o.is_last = 1");
    } else if (filter.versions == Versions::first) {
        also("NOT EXISTS (SELECT 1 FROM intel_object e WHERE e.uuid = o.uuid AND e.version < o.version)");
    }
}

void Condition::add_lists(ObjectFilter const& filter) {
    auto const words = [&](std::string const& before, std::vector<std::string> const& list, std::string const& after) {
        if (list.empty()) return;
        also(before + "(SELECT id FROM intel_word WHERE word IN " + marks(list.size()) + ")" + after);
        for (auto const& word : list) text(word);
    };
    words("o.type IN ", filter.types, "");
    words("o.seq IN (SELECT l.seq FROM intel_label l WHERE l.label IN ", filter.labels, ")");
    auto const numbers = [&](std::string const& before, auto const& list, std::string const& after) {
        if (!list.empty()) also(fmt::format("{}({}){}", before, fmt::join(list, ","), after));
    };
    std::vector<int> tlps;
    for (auto const tlp : filter.tlps) tlps.push_back(static_cast<int>(tlp));
    std::vector<std::int64_t> originators, concerns;
    for (auto const organisation : filter.originators) originators.push_back(organisation.value);
    for (auto const organisation : filter.concerns) concerns.push_back(organisation.value);
    numbers("o.policy IN (SELECT id FROM intel_policy WHERE tlp IN ", tlps, ")");
    bool const takes_others = std::ranges::find(filter.originators, anybody_else) != filter.originators.end();
    numbers(fmt::format("o.policy IN (SELECT id FROM intel_policy WHERE {}originator IN ",
                        takes_others ? "originator <> 0 OR " : ""),
            originators, ")");
    numbers("o.seq IN (SELECT c.seq FROM intel_concern c WHERE c.organisation IN ", concerns, ")");
    numbers("o.source IN ", filter.sources, "");
}

void Condition::add_bounds(ObjectFilter const& filter) {
    if (!filter.creator.empty()) {
        also("o.creator = ?");
        blob(uuid_of(filter.creator).value_or(""));
    }
    if (!filter.refers_to.empty()) {
        also("o.seq IN (SELECT r.seq FROM intel_reference r WHERE r.target = ?)");
        blob(uuid_of(filter.refers_to).value_or(""));
        is_selective_ = true;
    }
    if (filter.collection != 0)
        also("o.seq IN (SELECT m.seq FROM intel_member m WHERE m.collection = ?)", filter.collection);
    if (filter.added_after) also("o.added > ?", filter.added_after->micros);
    if (filter.added_until) also("o.added <= ?", filter.added_until->micros);
    if (filter.modified_from) also("o.version >= ?", filter.modified_from->micros);
    if (filter.modified_to) also("o.version < ?", filter.modified_to->micros);
    if (filter.least_confidence) also("o.confidence >= ?", *filter.least_confidence);
    if (filter.matching) also("o.matching = ?", static_cast<int>(*filter.matching));
    if (filter.is_revoked) also("o.is_revoked = ?", *filter.is_revoked ? 1 : 0);
    if (filter.live_at) {
        also("(o.live_until > ?", filter.live_at->micros);
        sql_ += " AND o.live_from <= ?)";
        binds_.emplace_back(filter.live_at->micros);
    }
}

Result<std::string_view> BodyReader::body(std::int64_t block, std::int64_t slot) {
    if (block != block_) {
        TRY(auto const packed, tx_.one("SELECT bytes FROM intel_block WHERE id = ?", {block},
                                       [](auto const& row) { return row.string(0); }));
        if (!packed)
            return fail(Code::io, fmt::format("block {} of intelligence is missing: run tocsin doctor", block));
        TRY(text_, unpack_block(*packed));
        starts_ = line_starts(text_);
        block_ = block;
    }
    auto const at = static_cast<std::size_t>(slot);
    if (at + 1 >= starts_.size())
        return fail(Code::io, fmt::format("block {} of intelligence has no line {}: run tocsin doctor", block, slot));
    return std::string_view(text_).substr(starts_[at], starts_[at + 1] - starts_[at] - 1);
}

}  // namespace tocsin::intelligence
