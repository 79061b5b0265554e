#include "intelligence/import.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t most_raw_kept = std::size_t{64} << 10;
constexpr std::int64_t micros_per_hour = 3'600'000'000;

/// Until when an indicator is matched: as it says, else as long as its longest-lived value is worth it.
std::int64_t live_until(Incoming const& object, std::int64_t now) {
    if (object.type != "indicator" || object.values.empty() || object.is_revoked) return 0;
    if (object.valid_until != 0) return object.valid_until;
    std::chrono::hours longest{0};
    for (auto const& value : object.values) longest = std::max(longest, lifetime_of(value.observable.kind));
    return (object.version != 0 ? object.version : now) + longest.count() * micros_per_hour;
}

}  // namespace

Status BatchWriter::write(std::vector<Incoming>& batch) {
    TRY(auto const last_block,
        tx_.one("SELECT MAX(id) FROM intel_block", {}, [](store::Row const& row) { return row.integer(0); }));
    block_ = last_block.value_or(0) + 1;
    for (auto const& object : batch)  // a definition may stand behind what it marks
        if (object.defines && object.fault.empty()) markings_.know(object.id, *object.defines);
    for (auto& object : batch) CHECK(take(object));
    CHECK(flush_block());
    return flush_values();
}

Status BatchWriter::take(Incoming& object) {
    ++totals_.objects;
    if (!object.fault.empty()) return reject(object, object.fault_property, object.fault);
    TRY(auto const known, versions_of(object.uuid));
    for (auto const& version : known)
        if (version.version == object.version || object.version == 0) return meet_again(object, version);
    if (auto const reason = objection(object, known); !reason.empty()) return reject(object, "modified", reason);
    bool const is_last = std::ranges::all_of(known, [&](Version const& v) { return v.version < object.version; });
    if (is_last && !known.empty())
        CHECK(tx_.run("UPDATE intel_object SET is_last = 0, live_until = 0 WHERE uuid = ? AND is_last = 1",
                      {store::Bind::blob(object.uuid)}));
    CHECK(insert(object, is_last, known));
    ++totals_.stored;
    if (object.has_warnings) ++totals_.warned;
    return object.defines ? settle(object.uuid) : Status();
}

Result<std::vector<BatchWriter::Version>> BatchWriter::versions_of(std::string const& uuid) {
    std::vector<Version> known;
    CHECK(
        tx_.query("SELECT seq, version, block, slot, policy, creator, is_last, is_revoked FROM intel_object "
                  "WHERE uuid = ? ORDER BY version",
                  {store::Bind::blob(uuid)}, [&](store::Row const& row) {
                      known.push_back({.seq = row.integer(0),
                                       .version = row.integer(1),
                                       .block = row.integer(2),
                                       .slot = row.integer(3),
                                       .policy = row.integer(4),
                                       .creator = row.string(5),
                                       .is_last = row.truth(6),
                                       .is_revoked = row.truth(7)});
                  }));
    return known;
}

std::string_view BatchWriter::objection(Incoming const& object, std::vector<Version> const& known) const {
    for (auto const& version : known) {
        if (version.creator != object.creator)
            return "only its creator may version an object (STIX 2.1 section 3.6.2): created_by_ref differs";
        if (version.is_revoked && version.version < object.version)
            return "it was revoked, and revoking is final (STIX 2.1 section 3.6.1)";
        auto const from = books_.policies.policy(version.policy).terms.originator;
        bool const is_by_team = !request_.source.organisation;
        if (!is_by_team && !request_.may_relay && from != request_.source.organisation)
            return "it came from somebody else, who alone may version it; accept it by hand if you trust this one";
    }
    return {};
}

/// The same version again: the first one stays.
Status BatchWriter::meet_again(Incoming& object, Version const& known) {
    TRY(auto const here, body(known.block, known.slot));
    if (here != object.json)
        return reject(object, "id", "this version is here already with other contents; the first one stays");
    ++totals_.known;
    if (request_.collection == 0) return {};
    TRY(auto const is_new,
        tx_.run("INSERT INTO intel_member VALUES (?, ?) ON CONFLICT DO NOTHING", {request_.collection, known.seq}));
    if (is_new == 0) return {};
    CHECK(tx_.run("UPDATE intel_object SET added = ? WHERE seq = ?", {next_added(), known.seq}));
    return {};
}

Result<std::string_view> BatchWriter::body(std::int64_t block, std::int64_t slot) {
    if (block == block_) {  // not written yet
        auto const starts = line_starts(lines_);
        auto const at = static_cast<std::size_t>(slot);
        return std::string_view(lines_).substr(starts[at], starts[at + 1] - starts[at] - 1);
    }
    return bodies_.body(block, slot);
}

Status BatchWriter::reject(Incoming& object, std::string_view property, std::string_view reason) {
    ++totals_.rejected;
    object.fault = reason;
    object.fault_property = property;
    auto const raw = std::string_view(object.json).substr(0, most_raw_kept);
    CHECK(
        tx_.run("INSERT INTO intel_rejected (source, ordinal, object, property, reason, raw, at, state) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 'kept')",
                {source_, object.ordinal, object.id, property, reason, raw, options_.clock->now()}));
    return {};
}

// Markings

Result<Policy> BatchWriter::policy_of(Incoming const& object, std::int64_t seq) {
    Policy policy{.marking = request_.standard, .terms = request_.terms};
    policy.terms.originator = request_.source.organisation;
    std::optional<gate::Tlp> tlp;
    bool is_unresolved = false;
    for (auto const& ref : object.marking_refs) {
        TRY(auto const meaning, markings_.meaning_of(ref));
        if (!meaning) {
            is_unresolved = true;
            CHECK(tx_.run("INSERT INTO intel_unresolved VALUES (?, ?) ON CONFLICT DO NOTHING",
                          {store::Bind::blob(uuid_of(ref).value_or("")), seq}));
            continue;
        }
        if (meaning->tlp) tlp = std::max(tlp.value_or(gate::Tlp::clear), *meaning->tlp);
        if (meaning->pap) policy.marking.pap = std::max(policy.marking.pap.value_or(gate::Pap::clear), *meaning->pap);
    }
    if (tlp) policy.marking.tlp = *tlp;
    if (is_unresolved) policy.marking.tlp = std::max(policy.marking.tlp, gate::Tlp::amber_strict);
    for (auto const& part : object.parts) {
        if (!part.is_required) continue;
        TRY(auto const meaning, markings_.meaning_of(part.marking_ref));
        policy.marking = part_marking(policy.marking, meaning);
    }
    return policy;
}

Result<std::vector<PolicyId>> BatchWriter::policies_of_parts(Incoming const& object, Policy const& whole) {
    std::vector<PolicyId> numbers;
    for (auto const& part : object.parts) {
        Policy policy = whole;
        TRY(auto const meaning, markings_.meaning_of(part.marking_ref));
        policy.marking = part_marking(whole.marking, meaning);
        TRY(auto const number, books_.policies.number_of(tx_, policy));
        numbers.push_back(number);
    }
    return numbers;
}

Status BatchWriter::settle(std::string const& definition) {
    struct Waiting {
        std::int64_t seq, block, slot;
        PolicyId policy;
    };
    std::vector<Waiting> waiting;
    CHECK(tx_.query(
        "SELECT o.seq, o.block, o.slot, o.policy FROM intel_unresolved u JOIN intel_object o ON o.seq = u.seq "
        "WHERE u.definition = ?",
        {store::Bind::blob(definition)}, [&](store::Row const& row) {
            waiting.push_back({row.integer(0), row.integer(1), row.integer(2), row.integer(3)});
        }));
    CHECK(tx_.run("DELETE FROM intel_unresolved WHERE definition = ?", {store::Bind::blob(definition)}));
    for (auto const& object : waiting) {
        TRY(auto const json, body(object.block, object.slot));
        auto const incoming = intake_.take(json, 0);
        TRY(auto policy, policy_of(incoming, object.seq));
        policy = as_recalled(policy, books_.policies.policy(object.policy));
        TRY(auto const number, books_.policies.number_of(tx_, policy));
        CHECK(
            tx_.run("UPDATE intel_object SET policy = ?, added = ? WHERE seq = ?", {number, next_added(), object.seq}));
        for (auto const& value : incoming.values)
            for (auto const& key : keys_of(value.observable))
                if (value.part == 0)
                    CHECK(tx_.run("UPDATE intel_value SET policy = ? WHERE kind = ? AND key = ? AND seq = ?",
                                  {number, key.kind, store::Bind::blob(key.key), object.seq}));
    }
    return {};
}

// Rows

std::int64_t BatchWriter::next_added() {
    books_.last_added = std::max(books_.last_added + 1, options_.clock->now().micros);
    return books_.last_added;
}

Result<std::int64_t> BatchWriter::word(std::string const& text) {
    if (auto const known = books_.words.find(text); known != books_.words.end()) return known->second;
    TRY(auto known, tx_.one("SELECT id FROM intel_word WHERE word = ?", {text},
                            [](store::Row const& row) { return row.integer(0); }));
    if (!known) {
        TRY(known, tx_.insert("INSERT INTO intel_word (word) VALUES (?)", {text}));
    }
    books_.words.emplace(text, *known);
    return *known;
}

Status BatchWriter::insert(Incoming const& object, bool is_last, std::vector<Version> const& known) {
    auto const seq = ++books_.last_seq;
    TRY(auto policy, policy_of(object, seq));
    if (!request_.follows)
        for (auto const& version : known) policy = as_recalled(policy, books_.policies.policy(version.policy));
    TRY(auto const number, books_.policies.number_of(tx_, policy));
    TRY(auto const parts, policies_of_parts(object, policy));
    TRY(auto const type, word(object.type));
    auto const added = next_added();
    bool const has_parts = std::ranges::any_of(parts, [&](PolicyId part) { return part != number; });
    auto const until = is_last ? live_until(object, added) : 0;
    auto const text = object.version_text.empty() ? store::Bind(nullptr) : store::Bind(object.version_text);
    auto const creator = object.creator.empty() ? store::Bind(nullptr) : store::Bind::blob(object.creator);
    CHECK(tx_.run("INSERT INTO intel_object VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  {seq, added, store::Bind::blob(object.uuid), type, object.version, text, is_last, object.is_revoked,
                   number, has_parts, source_, creator, block_, slots_, object.confidence, object.valid_from, until}));
    if (until > added)
        for (auto const& key : matched_keys(object)) live_.push_back(live_value(key, seq));
    if (slots_++ > 0) lines_ += '\n';
    lines_ += object.json;
    CHECK(index(object, seq, number, parts));
    if (request_.follows && !known.empty()) CHECK(follow(known.back().seq, seq));
    return lines_.size() >= block_bytes ? flush_block() : Status();
}

/// Collections choose by label or hold what was put there: the new version is in those of the one before.
Status BatchWriter::follow(std::int64_t before, std::int64_t seq) {
    CHECK(tx_.run("INSERT INTO intel_label SELECT label, ? FROM intel_label WHERE seq = ? ON CONFLICT DO NOTHING",
                  {seq, before}));
    CHECK(
        tx_.run("INSERT INTO intel_member SELECT collection, ? FROM intel_member WHERE seq = ? ON CONFLICT DO NOTHING",
                {seq, before}));
    return {};
}

Status BatchWriter::index(Incoming const& object, std::int64_t seq, PolicyId policy,
                          std::vector<PolicyId> const& parts) {
    for (auto const& value : object.values)
        for (auto& key : keys_of(value.observable))
            values_.push_back({std::move(key), seq, value.part == 0 ? policy : parts[value.part - 1]});
    for (auto const& target : object.references)
        CHECK(tx_.run("INSERT INTO intel_reference VALUES (?, ?) ON CONFLICT DO NOTHING",
                      {store::Bind::blob(target), seq}));
    for (auto const& label : object.labels) {
        TRY(auto const number, word(label));
        CHECK(tx_.run("INSERT INTO intel_label VALUES (?, ?) ON CONFLICT DO NOTHING", {number, seq}));
    }
    if (!object.words.empty())
        CHECK(tx_.run("INSERT INTO intel_text (rowid, words) VALUES (?, ?)", {seq, object.words}));
    for (auto const named : request_.named)
        CHECK(tx_.run("INSERT INTO intel_named VALUES (?, ?) ON CONFLICT DO NOTHING", {seq, named}));
    if (request_.collection != 0)
        CHECK(tx_.run("INSERT INTO intel_member VALUES (?, ?) ON CONFLICT DO NOTHING", {request_.collection, seq}));
    return note_concerns(object, seq);
}

Status BatchWriter::note_concerns(Incoming const& object, std::int64_t seq) {
    if (!options_.concerns_of) return {};
    concerns_.clear();
    for (auto const& value : object.values) options_.concerns_of(value.observable, concerns_);
    for (auto const organisation : concerns_)
        CHECK(tx_.run("INSERT INTO intel_concern VALUES (?, ?) ON CONFLICT DO NOTHING", {seq, organisation}));
    return {};
}

Status BatchWriter::flush_block() {
    if (slots_ == 0) return {};
    auto const packed = pack_block(lines_);
    CHECK(tx_.run("INSERT INTO intel_block VALUES (?, ?)", {block_, store::Bind::blob(packed)}));
    ++block_;
    slots_ = 0;
    lines_.clear();
    return {};
}

/// In the order of the index: neighbours of a batch fall into the same pages.
Status BatchWriter::flush_values() {
    std::ranges::sort(values_, {}, [](ValueRow const& row) { return std::tie(row.key.kind, row.key.key, row.seq); });
    for (auto const& row : values_)
        CHECK(tx_.run("INSERT INTO intel_value VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                      {row.key.kind, store::Bind::blob(row.key.key), row.seq, row.policy}));
    values_.clear();
    return {};
}

}  // namespace tocsin::intelligence
