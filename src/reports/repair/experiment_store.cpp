#include "constituency/constituency.hpp"
#include "readiness/readiness.hpp"
#include "reports/experiments.hpp"
#include "reports/repair/trial.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <mutex>

namespace tocsin::reports {
namespace {

constexpr std::size_t longest_name = 100, longest_subject = 200, longest_text = 2000;

Status check_text(Part part, Variant variant, std::string_view language, std::string_view text) {
    auto const field = fmt::format("texts.{}.{}", name_of(variant), language);
    if (std::ranges::find(readiness::languages, language) == readiness::languages.end())
        return fail(Code::invalid,
                    fmt::format("{}: expected a language, one of {}", field, fmt::join(readiness::languages, ", ")));
    auto const most = part == Part::subject ? longest_subject : longest_text;
    if (text.empty() || text.size() > most)
        return fail(Code::invalid, fmt::format("{}: expected 1 to {} bytes, found {}", field, most, text.size()));
    if (!is_utf8(text)) return fail(Code::invalid, fmt::format("{}: expected UTF-8", field));
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
        return fail(Code::invalid, fmt::format("{}: expected one line, without control characters", field));
    if (part == Part::subject && text.find("{tlp}") == std::string_view::npos)
        return fail(Code::invalid, fmt::format("{}: expected {{tlp}} in it: a subject bears the marking", field));
    return {};
}

Status check(ExperimentDraft const& draft) {
    if (draft.name.empty() || draft.name.size() > longest_name || !is_utf8(draft.name))
        return fail(Code::invalid, fmt::format("name: expected 1 to {} bytes", longest_name));
    if (parse_int(draft.name) || draft.name.starts_with('#'))
        return fail(Code::invalid, "name: expected no number, for experiments are also called by their number");
    if (draft.identifier.size() > longest_name)
        return fail(Code::invalid, fmt::format("identifier: expected at most {} bytes", longest_name));
    if (draft.difference < 5 || draft.difference > 50)
        return fail(Code::invalid, fmt::format("difference: expected 5 to 50 points, found {}", draft.difference));
    for (auto const variant : {Variant::a, Variant::b})
        for (auto const& [language, text] : draft.texts[static_cast<std::size_t>(variant)])
            CHECK(check_text(draft.part, variant, language, text));
    if (draft.texts[1].empty()) return fail(Code::invalid, "texts.b: expected a text in at least one language");
    return {};
}

/// Those with somebody to write to, in a language for which there is a text; with their sectors.
Result<std::map<std::int64_t, std::string>> candidates(constituency::Directory& directory, TextsByLanguage const& texts,
                                                       std::string_view default_language) {
    std::map<std::int64_t, std::string> found;
    constituency::OrganisationQuery query{.limit = 1000};
    do {
        TRY(auto const page, directory.organisations(query));
        for (auto const& one : page.items) {
            TRY(auto const recipients, directory.recipients_for(one.id));
            if (recipients.contacts.empty() || recipients.organisation != one.id) continue;
            auto const language =
                recipients.language.empty() ? default_language : std::string_view(recipients.language);
            if (texts.contains(language)) found.emplace(one.id.value, one.sector);
        }
        query.after = page.next;
    } while (!query.after.empty());
    return found;
}

Experiment read_head(store::Row const& row) {
    Experiment one;
    one.id = row.id<ExperimentTag>(0);
    one.name = row.string(1);
    one.identifier = row.string(2);
    one.part = part_named(row.text(3)).value_or(Part::subject);
    one.difference = row.integer(4);
    one.wanted = row.integer(5);
    one.seed = static_cast<std::uint64_t>(row.integer(6));
    one.started = row.time(7);
    one.started_by = row.string(8);
    one.stopped = row.time_if(9);
    one.reason = row.string(10);
    return one;
}

std::size_t place_of(std::string_view variant) {
    return variant == "b" ? 1 : 0;
}

Result<std::vector<Experiment>> read_all(store::Transaction& tx) {
    std::vector<Experiment> all;
    CHECK(tx.query(
        "SELECT id, name, identifier, part, difference, wanted, seed, started, started_by, stopped, reason FROM "
        "report_experiment ORDER BY id DESC",
        {}, [&](store::Row const& row) { all.push_back(read_head(row)); }));
    for (auto& one : all) {
        CHECK(
            tx.query("SELECT variant, language, text FROM report_experiment_text WHERE experiment = ?", {one.id.value},
                     [&](store::Row const& row) { one.texts[place_of(row.text(0))][row.string(1)] = row.string(2); }));
        CHECK(tx.query("SELECT variant, count(*) FROM report_experiment_draw WHERE experiment = ? GROUP BY variant",
                       {one.id.value},
                       [&](store::Row const& row) { one.organisations[place_of(row.text(0))] = row.integer(1); }));
    }
    return all;
}

Result<Draw> read_draw(store::Transaction& tx, ExperimentId id) {
    Draw draw;
    CHECK(tx.query("SELECT organisation, variant FROM report_experiment_draw WHERE experiment = ?", {id.value},
                   [&](store::Row const& row) {
                       draw.emplace(row.integer(0), place_of(row.text(1)) == 1 ? Variant::b : Variant::a);
                   }));
    return draw;
}

Status refuse_overlap(store::Transaction& tx, ExperimentDraft const& draft) {
    TRY(auto const all, read_all(tx));
    for (auto const& one : all) {
        if (one.name == draft.name)
            return fail(Code::conflict, fmt::format("name: there is an experiment \"{}\" already", draft.name));
        bool const is_same = one.identifier == draft.identifier || one.identifier.empty() || draft.identifier.empty();
        if (!one.stopped && one.part == draft.part && is_same)
            return fail(Code::conflict,
                        fmt::format("identifier: \"{}\" (#{}) runs on the {} of such messages; stop it first", one.name,
                                    one.id.value, name_of(one.part)));
    }
    return {};
}

Status store_texts(store::Transaction& tx, std::int64_t id, ExperimentDraft const& draft) {
    for (auto const variant : {Variant::a, Variant::b})
        for (auto const& [language, text] : draft.texts[static_cast<std::size_t>(variant)])
            CHECK(tx.run("INSERT INTO report_experiment_text (experiment, variant, language, text) VALUES (?, ?, ?, ?)",
                         {id, name_of(variant), language, text}));
    return {};
}

}  // namespace

Result<Experiment> start_experiment(store::Ledger& ledger, constituency::Constituency& constituency, Clock const& clock,
                                    ExperimentDraft const& draft, std::string_view default_language,
                                    access::Principal const& by, bool is_dry) {
    CHECK(access::require(by, access::Role::analyst));
    CHECK(check(draft));
    TRY(auto const organisations, candidates(constituency.directory(), draft.texts[1], default_language));
    if (organisations.size() < 2)
        return fail(Code::invalid,
                    fmt::format("texts.b: expected at least 2 organisations with a contact of their own in "
                                "one of its languages, found {}",
                                organisations.size()));
    auto const drawn = draw(organisations, draft.seed);
    auto const now = clock.now();
    if (is_dry) {
        CHECK(ledger.read([&](store::Transaction& tx) { return refuse_overlap(tx, draft); }));
        Experiment would;
        static_cast<ExperimentDraft&>(would) = draft;
        would.wanted = organisations_wanted(draft.difference);
        would.started = now;
        would.started_by = by.who;
        for (auto const& [organisation, variant] : drawn) ++would.organisations[static_cast<std::size_t>(variant)];
        return would;
    }
    std::int64_t id = 0;
    CHECK(ledger.write([&](store::Transaction& tx) -> Status {
        CHECK(refuse_overlap(tx, draft));
        TRY(id,
            tx.insert("INSERT INTO report_experiment (name, identifier, part, difference, wanted, seed, started, "
                      "started_by, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')",
                      {draft.name, draft.identifier, name_of(draft.part), draft.difference,
                       organisations_wanted(draft.difference), static_cast<std::int64_t>(draft.seed), now, by.who}));
        CHECK(store_texts(tx, id, draft));
        for (auto const& [organisation, variant] : drawn)
            CHECK(tx.run("INSERT INTO report_experiment_draw (experiment, organisation, variant) VALUES (?, ?, ?)",
                         {id, organisation, name_of(variant)}));
        JsonWriter json;
        json.object().field("name", draft.name).field("identifier", draft.identifier);
        json.field("part", name_of(draft.part)).field("organisations", std::uint64_t{drawn.size()});
        json.field("seed", draft.seed).end();
        CHECK(access::audit(
            tx, by, now,
            {.what = "experiment.start", .kind = "experiment", .id = std::to_string(id), .details = json.text()}));
        return {};
    }));
    return find_experiment(ledger, std::to_string(id));
}

Status stop_experiment(store::Ledger& ledger, Clock const& clock, ExperimentId id, std::string_view reason,
                       access::Principal const& by) {
    CHECK(access::require(by, access::Role::analyst));
    if (reason.size() > 500) return fail(Code::invalid, "reason: expected at most 500 bytes");
    TRY(auto const one, find_experiment(ledger, std::to_string(id.value)));
    if (one.stopped)
        return fail(Code::conflict,
                    fmt::format("experiment #{} was stopped on {}", id.value, format_date(*one.stopped)));
    return ledger.write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("UPDATE report_experiment SET stopped = ?, reason = ? WHERE id = ? AND stopped IS NULL",
                     {clock.now(), reason, id.value}));
        JsonWriter json;
        json.object().field("reason", reason).end();
        CHECK(access::audit(
            tx, by, clock.now(),
            {.what = "experiment.stop", .kind = "experiment", .id = std::to_string(id.value), .details = json.text()}));
        return {};
    });
}

Result<std::vector<Experiment>> experiments(store::Ledger& ledger) {
    return ledger.read([](store::Transaction& tx) { return read_all(tx); });
}

Result<Experiment> find_experiment(store::Ledger& ledger, std::string_view name_or_id) {
    TRY(auto all, experiments(ledger));
    auto const number = parse_int(name_or_id.starts_with('#') ? name_or_id.substr(1) : name_or_id);
    for (auto& one : all)
        if (number ? one.id.value == *number : one.name == name_or_id) return std::move(one);
    return fail(Code::not_found, fmt::format("there is no experiment \"{}\"", name_or_id));
}

Result<Draw> draw_of(store::Ledger& ledger, ExperimentId id) {
    return ledger.read([&](store::Transaction& tx) { return read_draw(tx, id); });
}

namespace {

/// The experiments that run, as they were when last looked at.
struct Running {
    struct One {
        Experiment experiment;
        Draw draw;
    };
    std::mutex mutex;  // guards the two below
    std::string state;
    std::shared_ptr<std::vector<One> const> all;
};

Result<std::shared_ptr<std::vector<Running::One> const>> running_now(store::Ledger& ledger, Running& running) {
    return ledger.read([&](store::Transaction& tx) -> Result<std::shared_ptr<std::vector<Running::One> const>> {
        std::string state;
        CHECK(tx.query("SELECT id FROM report_experiment WHERE stopped IS NULL ORDER BY id", {},
                       [&](store::Row const& row) { state += fmt::format("{},", row.integer(0)); }));
        {
            std::lock_guard const lock(running.mutex);
            if (running.all && running.state == state) return running.all;
        }
        TRY(auto list, read_all(tx));
        auto made = std::make_shared<std::vector<Running::One>>();
        for (auto& one : list) {
            if (one.stopped) continue;
            TRY(auto drawn, read_draw(tx, one.id));
            made->push_back({std::move(one), std::move(drawn)});
        }
        std::lock_guard const lock(running.mutex);
        running.state = std::move(state);
        running.all = std::move(made);
        return running.all;
    });
}

}  // namespace

notifications::WordingOf wording_of(store::Ledger& ledger) {
    return [&ledger, running = std::make_shared<Running>()](std::int64_t organisation, std::string_view identifier,
                                                            std::string_view language) {
        notifications::Wording wording;
        auto const all = running_now(ledger, *running);
        if (!all) return wording;  // the usual words are never wrong
        for (auto const& [experiment, drawn] : **all) {
            if (!experiment.identifier.empty() && experiment.identifier != identifier) continue;
            auto const variant = drawn.find(organisation);
            if (variant == drawn.end()) continue;
            auto const& texts = experiment.texts[static_cast<std::size_t>(variant->second)];
            auto const text = texts.find(language);
            if (text == texts.end()) continue;
            (experiment.part == Part::subject ? wording.subject
             : experiment.part == Part::intro ? wording.intro
                                              : wording.note) = text->second;
        }
        return wording;
    };
}

}  // namespace tocsin::reports
