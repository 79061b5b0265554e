#include "intelligence/decay.hpp"
#include "intelligence/impl.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t most_handed_on = 2000;
constexpr int released = 4;  ///< by a person, from held

std::string json_of_match(Match const& match);

/// What an indicator says about the machine that met it, in the terms of the Reference Security Incident Taxonomy.
struct Classification {
    std::string_view taxonomy, type;
};

bool has_label(std::vector<std::string> const& labels, std::string_view part) {
    return std::ranges::any_of(labels, [&](auto const& label) { return label.find(part) != std::string::npos; });
}

/// A machine that talks to what is listed is taken for infected; one that is listed itself for what it is listed as.
Classification classification_of(std::string_view side, std::vector<std::string> const& labels) {
    if (side == "destination" || side == "file") return {"malicious-code", "infected-system"};
    if (has_label(labels, "compromised")) return {"intrusions", "system-compromise"};
    if (has_label(labels, "c2") || has_label(labels, "command-and-control")) return {"malicious-code", "c2-server"};
    if (has_label(labels, "phishing")) return {"fraud", "phishing"};
    if (has_label(labels, "malware") || has_label(labels, "distribution"))
        return {"malicious-code", "malware-distribution"};
    return {"other", "undetermined"};
}

}  // namespace

std::string_view name_of(MatchState state) {
    switch (state) {
        case MatchState::fresh:
            return "new";
        case MatchState::handed_on:
            return "handed_on";
        case MatchState::held:
            return "held";
        case MatchState::ruled_out:
            return "ruled_out";
    }
    TOCSIN_ASSERT(false);
    return {};
}

std::optional<MatchState> match_state_named(std::string_view name) {
    for (auto const state : {MatchState::fresh, MatchState::handed_on, MatchState::held, MatchState::ruled_out})
        if (name_of(state) == name) return state;
    return {};
}

namespace {

/// Whole patterns ready to be held against events. Those of one call: an indicator's hits come together.
class WholePatterns {
  public:
    explicit WholePatterns(store::Transaction& tx) : bodies_(tx), tx_(tx) {}

    /// True as well for an indicator whose value is all there is to it.
    Result<bool> fit(Hit const& hit) {
        if (hit.observation.empty()) return true;
        auto known = matchers_.find(hit.seq);
        if (known == matchers_.end()) {
            TRY(auto matcher, compiled(hit.seq));
            known = matchers_.emplace(hit.seq, std::move(matcher)).first;
        }
        if (!known->second) return false;
        formats::stix_pattern::Observation const seen{.first_observed = {hit.observed},
                                                      .last_observed = {hit.observed},
                                                      .number_observed = 1,
                                                      .objects = hit.observation};
        auto const match = known->second->match({&seen, 1});
        if (!match) log::warning("pattern of indicator number {}: {}", hit.seq, match.error().message);
        return match && match->found;
    }

  private:
    using Compiled = std::optional<formats::stix_pattern::Matcher>;

    Result<Compiled> compiled(std::uint32_t seq) {
        TRY(auto const place, tx_.one("SELECT block, slot FROM intel_object WHERE seq = ?", {seq},
                                      [](store::Row const& row) { return std::pair(row.integer(0), row.integer(1)); }));
        if (!place) return Compiled();
        TRY(auto const json, bodies_.body(place->first, place->second));
        formats::JsonTree tree;
        if (!tree.parse(json)) return Compiled();
        auto const pattern = formats::stix_pattern::parse(tree.root()["pattern"].text());
        if (!pattern) return Compiled();
        auto matcher = formats::stix_pattern::Matcher::compile(*pattern, limits);
        return matcher ? Compiled(*std::move(matcher)) : Compiled();
    }

    /// An event is small, and much waits behind it.
    static constexpr formats::stix_pattern::MatchLimits limits{
        .observation_bytes = std::size_t{1} << 20, .steps = 100'000, .regex_steps = 100'000, .search_steps = 10'000};

    BodyReader bodies_;
    store::Transaction& tx_;
    std::map<std::uint32_t, Compiled> matchers_;
};

}  // namespace

/// Hints of the index become matches if the ledger says so: the value is the indicator's, it is live then, and what
/// more its pattern asks for is there.
Result<std::int64_t> Intelligence::Impl::keep_hits(std::vector<Hit> const& hits) {
    return ledger.write([&](store::Transaction& tx) -> Result<std::int64_t> {
        std::int64_t kept = 0;
        WholePatterns patterns(tx);
        for (auto const& hit : hits) {
            auto const lifetime = lifetime_of(static_cast<formats::ObservableKind>(hit.key.kind));
            Timestamp const observed{hit.observed};
            TRY(auto const is_match,
                tx.one(
                    "SELECT 1 FROM intel_value v JOIN intel_object o ON o.seq = v.seq WHERE v.kind = ? AND v.key = ? "
                    "AND v.seq = ? AND o.is_last = 1 AND o.live_from <= ? AND o.live_until > ?",
                    {hit.key.kind, store::Bind::blob(hit.key.key), hit.seq, observed + lifetime, observed},
                    [](store::Row const&) { return true; }));
            if (!is_match) continue;
            TRY(bool const fits, patterns.fit(hit));
            if (!fits) continue;
            TRY(auto const added,
                tx.run("INSERT INTO intel_match (seq, kind, key, side, subject, day, observed, value, event, feed, "
                       "report, tlp, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING",
                       {hit.seq, hit.key.kind, store::Bind::blob(hit.key.key), hit.side, hit.subject, observed.day(),
                        observed, hit.value, hit.event, hit.feed, hit.report, static_cast<int>(hit.tlp)}));
            kept += added;
        }
        return kept;
    });
}

namespace {

struct MatchRow {
    Match match;
    std::int64_t seq = 0;
};

Result<std::vector<MatchRow>> read_matches(store::Transaction& tx, std::string const& where,
                                           std::vector<store::Bind> const& binds) {
    std::vector<MatchRow> rows;
    std::string const sql =
        "SELECT m.id, m.seq, m.kind, m.value, m.side, m.subject, m.observed, m.feed, m.report, m.state, m.event, m.tlp "
        "FROM intel_match m JOIN intel_object o ON o.seq = m.seq WHERE " +
        where;
    CHECK(tx.query_rows(sql, binds, [&](store::Row const& row) {
        MatchRow found;
        found.seq = row.integer(1);
        found.match.id = row.integer(0);
        found.match.kind = static_cast<formats::ObservableKind>(row.integer(2));
        found.match.value = row.string(3);
        found.match.side = row.string(4);
        found.match.subject = row.string(5);
        found.match.observed = row.time(6);
        found.match.feed = row.string(7);
        found.match.report = row.integer(8);
        found.match.state = static_cast<MatchState>(row.integer(9));
        found.match.event = row.string(10);
        found.match.event_tlp = static_cast<gate::Tlp>(row.integer(11));
        rows.push_back(std::move(found));
        return true;
    }));
    return rows;
}

}  // namespace

namespace {

/// Which matches `m` of objects `o`, as SQL with its values. Lives as long as the filter.
struct MatchQuestion {
    MatchQuestion(MatchFilter const& filter, Visibility const& visibility, gate::Recipient const& asker)
        : where(visibility.nothing ? "0" : visibility.sql) {
        if (!visibility.everything) also("m.tlp <= ?", static_cast<int>(asker.clearance));
        if (filter.state) also("m.state = ?", static_cast<int>(*filter.state));
        if (!filter.subject.empty()) also("m.subject = ?", filter.subject);
        if (filter.indicator.empty()) return;
        uuid = uuid_of(filter.indicator).value_or("");
        also("o.uuid = ?", store::Bind::blob(uuid));
    }
    MatchQuestion(MatchQuestion const&) = delete;
    void also(std::string_view condition, store::Bind bind) {
        where.append(" AND ").append(condition);
        binds.push_back(bind);
    }
    std::string where;
    std::vector<store::Bind> binds;
    std::string uuid;
};

}  // namespace

Result<std::int64_t> Intelligence::count_matches(MatchFilter const& filter, gate::Recipient const& asker) const {
    MatchQuestion const question(filter, impl_->visibility(asker), asker);
    std::int64_t count = 0;
    CHECK(impl_->ledger.read([&](store::Transaction& tx) {
        return tx.query_rows(
            "SELECT COUNT(*) FROM intel_match m JOIN intel_object o ON o.seq = m.seq WHERE " + question.where,
            question.binds, [&](store::Row const& row) {
                count = row.integer(0);
                return true;
            });
    }));
    return count;
}

Result<MatchPage> Intelligence::matches(MatchFilter const& filter, gate::Recipient const& asker,
                                        PageRequest const& page) const {
    auto const visibility = impl_->visibility(asker);
    if (visibility.nothing) return MatchPage{};
    MatchQuestion question(filter, visibility, asker);
    if (!page.after.empty()) question.also("m.id < ?", parse_int(page.after).value_or(0));
    auto const limit = std::clamp<std::size_t>(page.limit, 1, 1000);
    question.where += fmt::format(" ORDER BY m.id DESC LIMIT {}", limit + 1);
    MatchPage out;
    std::vector<Match> found;
    CHECK(impl_->ledger.read([&](store::Transaction& tx) -> Status {
        TRY(auto rows, read_matches(tx, question.where, question.binds));
        for (auto& row : rows) {
            if (static_cast<int>(row.match.state) == released) row.match.state = MatchState::fresh;
            TRY(row.match.indicator, impl_->object_at(tx, row.seq));
            found.push_back(std::move(row.match));
        }
        return {};
    }));
    if (found.size() > limit) {
        found.resize(limit);
        out.next = std::to_string(found.back().id);
    }
    out.items = std::move(impl_->gate.sift(std::move(found), asker).cleared);
    return out;
}

Result<std::int64_t> Intelligence::judge(std::vector<std::int64_t> const& matches, MatchState state,
                                         access::Principal const& by) {
    if (state == MatchState::handed_on) return fail(Code::invalid, "state: expected new, held or ruled_out");
    auto const what = state == MatchState::fresh  ? "match.release"
                      : state == MatchState::held ? "match.hold"
                                                  : "match.rule_out";
    auto const now = impl_->options.clock->now();
    return impl_->ledger.write([&](store::Transaction& tx) -> Result<std::int64_t> {
        std::int64_t changed = 0;
        for (auto const match : matches) {
            // Released by a person: what was held goes on its way.
            TRY(auto const done, tx.run("UPDATE intel_match SET state = ? WHERE id = ? AND state <> 1",
                                        {state == MatchState::fresh ? released : static_cast<int>(state), match}));
            changed += done;
            auto const id = std::to_string(match);
            if (done > 0) CHECK(access::audit(tx, by, now, {.what = what, .kind = "match", .id = id}));
        }
        return changed;
    });
}

Result<std::int64_t> Intelligence::hand_on_matches(AcceptReport const& accept) {
    std::int64_t handed_on = 0;
    while (true) {
        std::vector<MatchRow> rows;
        CHECK(impl_->ledger.read([&](store::Transaction& tx) -> Status {
            TRY(rows, read_matches(
                          tx, fmt::format("m.state IN (0, {}) ORDER BY m.id LIMIT {}", released, most_handed_on), {}));
            for (auto& row : rows) {
                TRY(row.match.indicator, impl_->object_at(tx, row.seq));
            }
            return {};
        }));
        if (rows.empty()) return handed_on;
        std::string lines;
        std::vector<std::int64_t> gone, held;
        for (auto const& row : rows) {
            bool const may_know = static_cast<int>(row.match.state) == released || impl_->owner_may_know(row.match);
            (may_know ? gone : held).push_back(row.match.id);
            if (may_know) lines += json_of_match(row.match) + "\n";
        }
        // The same matches give the same bytes: a report that was accepted before a kill is recognised.
        if (!lines.empty())
            CHECK(accept(lines, fmt::format("matches-{}-{}.jsonl", gone.front(), gone.back()), match_feed));
        CHECK(impl_->ledger.write([&](store::Transaction& tx) -> Status {
            auto const now = impl_->options.clock->now();
            if (!gone.empty())
                CHECK(tx.run(fmt::format("UPDATE intel_match SET state = 1, handed_on = ? WHERE id IN ({})",
                                         fmt::join(gone, ",")),
                             {now}));
            if (!held.empty())
                CHECK(tx.run(fmt::format("UPDATE intel_match SET state = 2 WHERE id IN ({})", fmt::join(held, ","))));
            return {};
        }));
        handed_on += static_cast<std::int64_t>(gone.size());
    }
}

/// Whether the machine's owner may have the indicator: else the warning would tell it what it may not know.
bool Intelligence::Impl::owner_may_know(Match const& match) const {
    std::vector<OrganisationId> owners;
    auto const kind = parse_ip(match.subject) ? formats::ObservableKind::ip : formats::ObservableKind::domain;
    if (options.concerns_of) options.concerns_of({kind, match.subject}, owners);
    auto thing = gate::About<Match>::of(match);
    thing.concerns = owners;  // it met a machine of theirs: it concerns them
    return std::ranges::all_of(owners, [&](OrganisationId owner) {
        return gate.explain(thing, gate::Recipient::constituent(owner, "owner")).allowed;
    });
}

namespace {

std::string json_of_match(Match const& match) {
    auto const about = Intake().take(match.indicator.json, 0);
    auto const [taxonomy, type] = classification_of(match.side, about.labels);
    JsonWriter json;
    json.object()
        .field("classification.taxonomy", taxonomy)
        .field("classification.type", type)
        .field("classification.identifier", "intelligence")
        .field("tlp", uppered(gate::name_of(gate::About<Match>::of(match).marking.tlp)))
        .field("extra.indicator", match.indicator.id)
        .field("extra.observed", match.value)
        .field("extra.observed_kind", formats::name_of(match.kind))
        .field("extra.side", match.side);
    json.end();
    std::string text = std::move(json).text();
    text.pop_back();
    auto const rest = std::string_view(match.event).substr(1);
    return text + "," + std::string(rest);
}

}  // namespace

}  // namespace tocsin::intelligence
