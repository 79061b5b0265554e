#include "app/experiment_words.hpp"

namespace tocsin::app {
namespace {

Result<reports::TextsByLanguage> texts(Invocation const& call, std::string_view option) {
    reports::TextsByLanguage found;
    for (auto const& given : call.all(option)) {
        auto const equals = given.find('=');
        if (equals == std::string::npos)
            return fail(Code::invalid, fmt::format("{}: expected LANGUAGE=TEXT, found \"{}\"", option, given));
        found[given.substr(0, equals)] = given.substr(equals + 1);
    }
    return found;
}

Result<Exit> add(Invocation& call) {
    reports::ExperimentDraft draft{.name = call.arguments.front(), .identifier = call.get("--identifier")};
    auto const part = reports::part_named(call.get("--part"));
    if (!part)
        return fail(Code::invalid,
                    fmt::format("--part: expected subject, intro or note, found \"{}\"", call.get("--part")));
    draft.part = *part;
    TRY(draft.texts[0], texts(call, "--a"));
    TRY(draft.texts[1], texts(call, "--b"));
    auto const difference = parse_int(call.get("--difference"));
    if (!difference) return fail(Code::invalid, "--difference: expected a number of points");
    draft.difference = *difference;
    auto const seed = call.has("--seed") ? parse_int(call.get("--seed"))
                                         : std::optional(call.instance->clock().now().micros & 0x7fff'ffff);
    if (!seed || *seed < 0) return fail(Code::invalid, "--seed: expected a number");
    draft.seed = static_cast<std::uint64_t>(*seed);
    auto& instance = *call.instance;
    TRY(auto const made,
        reports::start_experiment(instance.ledger(), instance.constituency(), instance.clock(), draft,
                                  instance.config().language, access::command_principal(), call.has("--dry-run")));
    if (call.json()) {
        JsonWriter json;
        reports::append(json, made, nullptr);
        call.print("{}", json.text());
        return Exit::done;
    }
    print_experiment(call, made);
    call.print("A verdict needs {} organisations in each variant with findings told 30 days ago or longer.{}",
               made.wanted, call.has("--dry-run") ? " Nothing was kept." : "");
    if (std::min(made.organisations[0], made.organisations[1]) < made.wanted)
        call.tell("There are fewer: with so few organisations only a larger --difference can be found.");
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = add(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_experiment_add() {
    return {
        .name = "experiment add",
        .summary = "Try two ways of saying it, drawn by lot for organisations",
        .about =
            "Half of the organisations get variant b in every message about such findings, the others variant a or, "
            "without one, the usual words.\nThe draw is kept with its seed. Only organisations with a contact of their "
            "own in a language of --b take part.\n\n"
            "  tocsin experiment add 'Short subject' --part subject --identifier open-telnet \\\n"
            "      --b 'en=[{tlp}] {organisation}: close Telnet this week ({count})'\n"
            "  tocsin experiment add 'Three steps' --part note --identifier open-rdp --b 'en=Three steps, ten "
            "minutes.' \\\n"
            "      --b 'fr=Trois étapes, dix minutes.' --dry-run",
        .options = {{"--part", "PART", "subject, intro or note (a paragraph before what to do)", "subject"},
                    {"--identifier", "TEXT", "classification.identifier of the findings; without it all"},
                    {"--a", "LANGUAGE=TEXT", "instead of the usual words", {}, false, true},
                    {"--b", "LANGUAGE=TEXT", "what is tried; a subject holds {tlp}", {}, true, true},
                    {"--difference", "POINTS", "the smallest difference worth finding, 5 to 50", "15"},
                    {"--seed", "N", "of the draw; else by the clock"},
                    {"--dry-run", "", "only say what would be"}},
        .arguments = {{"NAME", "how we call it"}},
        .run = run};
}

}  // namespace tocsin::app
