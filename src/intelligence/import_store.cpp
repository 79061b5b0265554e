#include "intelligence/import.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t most_signs = 1000;  ///< of one indicator; the newest

}  // namespace

DecayQuestion decay_question(Incoming const& object, Timestamp since, std::vector<Sign> signs) {
    DecayQuestion question{
        .kinds = {}, .confidence = object.confidence, .since = since, .valid_until = {object.valid_until}};
    for (auto const& value : object.values) question.kinds.push_back(value.observable.kind);
    question.signs = std::move(signs);
    return question;
}

bool may_decay(Incoming const& object) {
    return object.type == "indicator" && !object.values.empty() && !object.is_revoked;
}

std::optional<Sign> sign_of(std::string_view json, std::string_view type) {
    formats::JsonTree tree;
    if (!tree.parse(json)) return {};
    auto const root = tree.root();
    bool const is_sighting = type == "sighting";
    if (is_sighting && root["count"].integer() == 0) return {};  // looked for and not seen
    Sign sign{.is_sighting = is_sighting};
    if (!is_sighting) sign.weight = weight_of_opinion(root["opinion"].text());
    static constexpr std::string_view times[] = {"last_seen", "first_seen", "modified", "created"};
    for (auto const name : times)
        if (auto const time = parse_timestamp(root[name].text()); time && (is_sighting || !name.ends_with("_seen"))) {
            sign.at = *time;
            return sign;
        }
    return {};
}

Result<std::vector<Sign>> read_signs(store::Transaction& tx, std::string const& uuid, OrganisationId originator,
                                     PolicyBook const& policies, PlacedBody const& body) {
    struct Place {
        std::int64_t block, slot;
        std::string type;
        PolicyId policy;
    };
    std::vector<Place> places;
    CHECK(
        tx.query("SELECT o.block, o.slot, w.word, o.policy FROM intel_reference r JOIN intel_object o ON o.seq = r.seq "
                 "JOIN intel_word w ON w.id = o.type WHERE r.target = ? AND o.is_last = 1 AND o.is_revoked = 0 AND "
                 "w.word IN ('sighting', 'opinion') ORDER BY o.seq DESC LIMIT ?",
                 {store::Bind::blob(uuid), most_signs}, [&](store::Row const& row) {
                     places.push_back({row.integer(0), row.integer(1), row.string(2), row.integer(3)});
                 }));
    std::vector<Sign> signs;
    for (auto const& place : places) {
        // Anybody may have seen it; that it is worth less, its originator and the team say, or a partner could switch
        // off another's indicators.
        auto const from = policies.policy(place.policy).terms.originator;
        if (place.type == "opinion" && from && from != originator) continue;
        TRY(auto const json, body(place.block, place.slot));
        if (auto const sign = sign_of(json, place.type)) signs.push_back(*sign);
    }
    return signs;
}

Status BatchWriter::write(std::vector<Incoming>& batch) {
    TRY(auto const last_block,
        tx_.one("SELECT MAX(id) FROM intel_block", {}, [](store::Row const& row) { return row.integer(0); }));
    block_ = last_block.value_or(0) + 1;
    TRY(auto const sign, tx_.one("SELECT 1 FROM intel_word WHERE word IN ('sighting', 'opinion')", {},
                                 [](store::Row const&) { return true; }));
    has_signs_ = sign.has_value();
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
    if (object.type == "sighting" || object.type == "opinion") {
        has_signs_ = true;
        for (auto const& target : object.references) CHECK(weigh_again(target));
    }
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
    if (rejects_ == Rejects::are_told) return {};
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
            for (auto const& key : value.keys)
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

Status BatchWriter::insert(Incoming& object, bool is_last, std::vector<Version> const& known) {
    auto const seq = ++books_.last_seq;
    TRY(auto policy, policy_of(object, seq));
    if (!request_.follows)
        for (auto const& version : known) policy = as_recalled(policy, books_.policies.policy(version.policy));
    TRY(auto const number, books_.policies.number_of(tx_, policy));
    TRY(auto const parts, policies_of_parts(object, policy));
    TRY(auto const type, word(object.type));
    auto const added = next_added();
    bool const has_parts = std::ranges::any_of(parts, [&](PolicyId part) { return part != number; });
    std::int64_t until = 0;
    if (is_last && may_decay(object)) {
        TRY(auto signs, signs_of(object.uuid, request_.source.organisation));
        Timestamp const since{object.version != 0 ? object.version : added};
        until = matched_until(decay_question(object, since, std::move(signs))).micros;
    }
    auto const text = object.version_text.empty() ? store::Bind(nullptr) : store::Bind(object.version_text);
    auto const creator = object.creator.empty() ? store::Bind(nullptr) : store::Bind::blob(object.creator);
    CHECK(tx_.run("INSERT INTO intel_object VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  {seq, added, store::Bind::blob(object.uuid), type, object.version, text, is_last, object.is_revoked,
                   number, has_parts, source_, creator, block_, slots_, object.confidence, object.valid_from, until,
                   object.matching ? static_cast<int>(*object.matching) : -1}));
    if (until > added)
        for (auto const& key : matched_keys(object)) live_.push_back(live_value(key, seq, object.matching));
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

Result<std::vector<Sign>> BatchWriter::signs_of(std::string const& uuid, OrganisationId originator) {
    if (!has_signs_) return std::vector<Sign>();
    return read_signs(tx_, uuid, originator, books_.policies,
                      [this](std::int64_t block, std::int64_t slot) { return body(block, slot); });
}

/// Somebody saw it or has an opinion of it: how long it is matched may have changed.
Status BatchWriter::weigh_again(std::string const& uuid) {
    struct Place {
        std::int64_t seq, added, version, block, slot, until;
        PolicyId policy;
    };
    TRY(auto const found,
        tx_.one("SELECT o.seq, o.added, o.version, o.block, o.slot, o.live_until, o.policy FROM intel_object o JOIN "
                "intel_word w "
                "ON w.id = o.type WHERE o.uuid = ? AND o.is_last = 1 AND w.word = 'indicator'",
                {store::Bind::blob(uuid)}, [](store::Row const& row) {
                    return Place{row.integer(0), row.integer(1), row.integer(2), row.integer(3),
                                 row.integer(4), row.integer(5), row.integer(6)};
                }));
    if (!found) return {};
    TRY(auto const json, body(found->block, found->slot));
    auto const object = intake_.take(json, 0);
    if (!may_decay(object)) return {};
    TRY(auto signs, signs_of(uuid, books_.policies.policy(found->policy).terms.originator));
    Timestamp const since{found->version != 0 ? found->version : found->added};
    auto const until = matched_until(decay_question(object, since, std::move(signs))).micros;
    if (until == found->until) return {};
    CHECK(tx_.run("UPDATE intel_object SET live_until = ? WHERE seq = ?", {until, found->seq}));
    auto const now = options_.clock->now().micros;
    if (found->until <= now && until > now)  // it may have left the index of live ones
        for (auto const& key : matched_keys(object)) revived_.push_back(live_value(key, found->seq, object.matching));
    return {};
}

Status BatchWriter::index(Incoming& object, std::int64_t seq, PolicyId policy, std::vector<PolicyId> const& parts) {
    for (auto const& value : object.values)
        for (auto& key : value.keys)
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
