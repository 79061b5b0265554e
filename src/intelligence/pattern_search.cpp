#include "intelligence/pattern_search.hpp"

#include "formats/formats.hpp"
#include "intelligence/observed_event.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>

namespace tocsin::intelligence {
namespace {

namespace sp = formats::stix_pattern;
using events::Field;
using events::StoredEvent;
using formats::ObservableKind;

constexpr std::size_t page_events = 1000, most_of_a_machine = 1000;
constexpr auto longest_span = std::chrono::days(3670);

/// An event of the archive, for observed_objects.
struct StoredRow {
    formats::JsonValue root;
    formats::JsonValue of(Field field) const { return root[events::name_of(field)]; }
    bool has(Field field) const { return static_cast<bool>(of(field)) && !of(field).is_null(); }
    std::string text(Field field) const { return std::string(of(field).text()); }
    std::string json(Field field) const { return std::string(of(field).raw()); }
};

/// Texts of which an event must hold one, in small letters; none: any event may match.
std::optional<std::vector<std::string>> needles_of(sp::Pattern const& pattern) {
    auto const reduced = sp::atoms(pattern);
    if (reduced.strength == sp::Reduction::Strength::none) return {};
    std::vector<std::string> needles;
    for (auto const& atom : reduced.atoms) {
        auto const& [kind, value] = atom.observable;
        bool const is_host = kind == ObservableKind::ip && value.find('/') == std::string::npos;
        bool const is_plain = is_host || kind == ObservableKind::domain || kind == ObservableKind::md5 ||
                              kind == ObservableKind::sha1 || kind == ObservableKind::sha256;
        if (!is_plain || std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
            return {};
        needles.push_back(lowered(value));
    }
    return needles;
}

/// The brackets of a pattern, from left to right.
void add_brackets(sp::ObservationExpression const& expression, std::vector<sp::ObservationExpression>& brackets) {
    if (expression.kind == sp::ObservationExpression::Kind::observation) {
        auto bracket = expression;
        bracket.qualifiers.clear();
        brackets.push_back(std::move(bracket));
        return;
    }
    for (auto const& operand : expression.operands) add_brackets(operand, brackets);
}

/// Matches whatever satisfies any bracket of the pattern.
sp::Pattern any_bracket(sp::Pattern const& pattern) {
    sp::Pattern any;
    add_brackets(pattern, any.operands);
    if (any.operands.size() == 1) return any.operands.front();
    any.kind = sp::ObservationExpression::Kind::any_of;
    return any;
}

/// Holds one pattern against one event.
class OneEvent {
  public:
    static Result<OneEvent> make(sp::Pattern const& pattern) {
        TRY(auto matcher, sp::Matcher::compile(pattern));
        return OneEvent(std::move(matcher), needles_of(pattern));
    }
    /// The objects of the event when it matches.
    Result<std::optional<std::string>> match(StoredEvent const& event) const {
        if (needles_) {
            auto const text = lowered(event.fields);
            bool const may = std::ranges::any_of(
                *needles_, [&](auto const& needle) { return text.find(needle) != std::string::npos; });
            if (!may) return std::nullopt;
        }
        auto objects = observed_objects_of(event);
        sp::Observation const observation{event.time, event.time, 1, objects};
        TRY(auto const match, matcher_.match({&observation, 1}));
        return match.found ? std::optional(std::move(objects)) : std::nullopt;
    }

  private:
    OneEvent(sp::Matcher matcher, std::optional<std::vector<std::string>> needles)
        : matcher_(std::move(matcher)), needles_(std::move(needles)) {}
    sp::Matcher matcher_;
    std::optional<std::vector<std::string>> needles_;
};

std::string machine_of(StoredEvent const& event) {
    formats::JsonTree tree;
    if (!tree.parse(event.fields)) return {};
    StoredRow const row{tree.root()};
    for (auto const field : {Field::source_ip, Field::source_fqdn, Field::source_url, Field::source_account})
        if (row.has(field)) return row.text(field);
    return {};
}

/// Reads events newest first, page by page, within a budget.
class Reading {
  public:
    Reading(events::Events const& archive, events::Scope const& scope, PatternQuestion const& question,
            std::string after)
        : archive_(archive), scope_(scope), question_(question), after_(std::move(after)) {
        filter_.from = question.from;
        filter_.to = question.to;
    }

    /// `each` gives false to end it behind that event. True: there may be more.
    template <class F>
    Result<bool> run(F&& each) {
        while (looked_at_ < question_.budget) {
            if (question_.is_cancelled && question_.is_cancelled()) return fail(Code::unavailable, "cancelled");
            auto const most = std::min(page_events, question_.budget - looked_at_);
            TRY(auto page,
                archive_.search(scope_, filter_, events::EventOrder::newest_first, {.after = after_, .limit = most}));
            for (std::size_t i = 0; i < page.items.size(); ++i) {
                ++looked_at_;
                last_ = page.items[i].time;
                TRY(bool const goes_on, each(std::move(page.items[i])));
                if (!goes_on) return stop_behind(i + 1);
            }
            after_ = page.next;
            if (page.next.empty()) return false;
        }
        return true;
    }
    /// The cursor behind the first few of the page that was read last. False: they are the last of all.
    Result<bool> stop_behind(std::size_t few) {
        TRY(auto const page,
            archive_.search(scope_, filter_, events::EventOrder::newest_first, {.after = after_, .limit = few}));
        after_ = page.next;
        return !page.next.empty();
    }
    std::size_t looked_at() const { return looked_at_; }
    std::string const& after() const { return after_; }
    Timestamp last() const { return last_; }

  private:
    events::Events const& archive_;
    events::Scope const& scope_;
    PatternQuestion const& question_;
    events::EventFilter filter_;
    std::string after_;
    std::size_t looked_at_ = 0;
    Timestamp last_;
};

Result<PatternPage> find_single(events::Events const& archive, events::Scope const& scope,
                                PatternQuestion const& question, sp::Pattern const& pattern) {
    TRY(auto const one, OneEvent::make(pattern));
    PatternPage page;
    Reading reading(archive, scope, question, question.after);
    TRY(bool const more, reading.run([&](StoredEvent event) -> Result<bool> {
        TRY(auto const objects, one.match(event));
        if (objects) {
            page.hits.emplace_back();
            page.hits.back().events.push_back(std::move(event));
        }
        return page.hits.size() < question.limit;
    }));
    page.looked_at = static_cast<std::int64_t>(reading.looked_at());
    page.looked_from = more ? reading.last() : question.from;
    if (more) page.next = reading.after();
    return page;
}

/// What is kept of an event until its machine has been looked at.
struct Candidate {
    std::uint64_t id;
    Timestamp time;
    std::string objects;
};
using Machines = std::map<std::string, std::vector<Candidate>, std::less<>>;  ///< the newest first

struct Found {
    std::string machine;
    std::vector<std::uint64_t> events;
    Timestamp newest;
};

Result<std::vector<Found>> find_in(Machines const& machines, sp::Pattern const& pattern,
                                   std::function<bool()> const& is_cancelled) {
    TRY(auto const matcher, sp::Matcher::compile(pattern));
    std::vector<Found> found;
    std::vector<sp::Observation> observations;
    for (auto const& [machine, candidates] : machines) {
        if (is_cancelled && is_cancelled()) return fail(Code::unavailable, "cancelled");
        observations.clear();
        for (auto const& one : candidates) observations.push_back({one.time, one.time, 1, one.objects});
        TRY(auto const match, matcher.match(observations));
        if (!match.found) continue;
        Found one{.machine = machine, .events = {}, .newest = candidates[match.observations.front()].time};
        for (auto const place : match.observations) one.events.push_back(candidates[place].id);
        found.push_back(std::move(one));
    }
    std::ranges::sort(found, [](Found const& a, Found const& b) {
        return a.newest != b.newest ? a.newest > b.newest : a.machine < b.machine;
    });
    return found;
}

/// "12|cursor": so many of the block that begins behind the cursor were given already.
struct Place {
    std::size_t given = 0;
    std::string block;
};
Result<Place> place_of(std::string_view after) {
    if (after.empty()) return Place();
    auto const bar = after.find('|');
    auto const given = parse_int(after.substr(0, bar));
    if (bar == std::string_view::npos || !given || *given < 0)
        return fail(Code::invalid, "the cursor is not one of ours; start again from the first page");
    return Place{static_cast<std::size_t>(*given), std::string(after.substr(bar + 1))};
}

Result<PatternPage> find_several(events::Events const& archive, events::Scope const& scope,
                                 PatternQuestion const& question, sp::Pattern const& pattern) {
    TRY(auto const place, place_of(question.after));
    TRY(auto const one, OneEvent::make(any_bracket(pattern)));
    Machines machines;
    Reading reading(archive, scope, question, place.block);
    TRY(bool const more, reading.run([&](StoredEvent event) -> Result<bool> {
        TRY(auto objects, one.match(event));
        if (!objects) return true;
        auto machine = machine_of(event);
        if (machine.empty()) return true;
        auto& candidates = machines[std::move(machine)];
        if (candidates.size() < most_of_a_machine) candidates.push_back({event.id, event.time, *std::move(objects)});
        return true;
    }));
    TRY(auto const found, find_in(machines, pattern, question.is_cancelled));
    PatternPage page;
    page.is_over_several = true;
    page.looked_at = static_cast<std::int64_t>(reading.looked_at());
    page.looked_from = more ? reading.last() : question.from;
    auto const end = std::min(found.size(), place.given + question.limit);
    for (auto i = std::min(place.given, end); i < end; ++i) {
        PatternHit hit{.source = found[i].machine, .events = {}};
        for (auto const id : found[i].events) {
            auto event = archive.event(scope, id);
            if (!event && event.error().code == Code::not_found) continue;  // forgotten meanwhile
            if (!event) return std::unexpected(event.error());
            hit.events.push_back(*std::move(event));
        }
        page.hits.push_back(std::move(hit));
    }
    if (end < found.size())
        page.next = fmt::format("{}|{}", end, place.block);
    else if (more)
        page.next = fmt::format("0|{}", reading.after());
    return page;
}

}  // namespace

std::string observed_objects_of(events::StoredEvent const& event) {
    formats::JsonTree tree;
    if (!tree.parse(event.fields)) return "{}";
    return observed_objects(StoredRow{tree.root()});
}

Result<PatternPage> PatternSearch::find(events::Scope const& scope, PatternQuestion const& question) const {
    if (question.from >= question.to || question.to - question.from > longest_span)
        return fail(Code::invalid, "from, to: expected a span of time of at most ten years");
    auto const pattern = sp::parse(question.pattern);
    if (!pattern) return fail(pattern.error().code, "pattern: " + pattern.error().message);
    auto bounded = question;
    bounded.limit = std::clamp<std::size_t>(question.limit, 1, 1000);
    return sp::asks_for_one_observation(*pattern) ? find_single(archive_, scope, bounded, *pattern)
                                                  : find_several(archive_, scope, bounded, *pattern);
}

}  // namespace tocsin::intelligence
