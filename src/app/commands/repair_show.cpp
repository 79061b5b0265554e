#include "app/repair_words.hpp"

namespace tocsin::app {
namespace {

void print_group(Invocation const& call, reports::RepairGroup const& group, std::string_view key) {
    using reports::Standing;
    call.print("{:<34} {:>8} {:>8} {:>7} {:>7} {:>8} {:>5}  {:<14} {:<20} {:<20} {}", key.substr(0, 34), group.findings,
               group.count(Standing::repaired), group.count(Standing::open), group.count(Standing::silent),
               group.count(Standing::disputed), group.count(Standing::back), words_of(group.curve.median()),
               words_of(group.curve.gone_within(7)), words_of(group.curve.gone_within(30)),
               words_of(group.curve.gone_within(90)));
}

std::string name_of_group(reports::RepairGroup const& group) {
    if (group.key.empty()) return "(not known)";
    return group.name.empty() ? group.key : fmt::format("{} #{}", group.name, group.key);
}

Result<Exit> show(Invocation& call) {
    TRY(auto request, repair_request(call));
    auto const by = reports::dimension_named(call.get("--by"));
    if (!by)
        return fail(Code::invalid,
                    fmt::format("--by: expected {}, found \"{}\"", reports::dimension_names(), call.get("--by")));
    request.by = *by;
    request.with_warnings = call.has("--worth");
    request.most = static_cast<std::size_t>(parse_int(call.get("--limit")).value_or(50));
    TRY(auto const rooms, call.instance->report_rooms());
    TRY(auto const picture, reports::measure_repair(rooms, request, access::command_principal()));
    if (call.json()) {
        JsonWriter json;
        reports::append(json, picture);
        call.print("{}", json.text());
        return Exit::done;
    }
    if (call.has("--csv")) {
        call.streams.out(reports::as_csv(picture, *by));
        return Exit::done;
    }
    call.print("{:<34} {:>8} {:>8} {:>7} {:>7} {:>8} {:>5}  {:<14} {:<20} {:<20} {}", "", "findings", "repaired",
               "open", "silent", "disputed", "back", "median days", "within 7 days", "30 days", "90 days");
    print_group(call, picture.whole, "all");
    for (auto const& group : picture.groups) {
        print_group(call, group, name_of_group(group));
        if (group.worth)
            call.print(
                "    warned {}: repaired within 30 days {} with, {} without; repairs won {:.0f} ({:.0f} to {:.0f})",
                group.worth->warned, words_of(group.worth->with), words_of(group.worth->without),
                group.worth->won.value, group.worth->won.low, group.worth->won.high);
    }
    if (picture.more_groups > 0) call.tell("{} more; --limit shows them", picture.more_groups);
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = show(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_repair_show() {
    auto options = repair_options();
    options.insert(options.begin(), {"--by", "WHAT",
                                     "organisation, asn, network, sector, taxonomy, type, identifier, country, "
                                     "feed, severity or rule (under which its owner was told first)"});
    options.push_back({"--worth", "", "also what warnings were worth in each group: repairs won within 30 days"});
    options.push_back({"--limit", "N", "groups, those with the most findings first; at most 1000", "50"});
    options.push_back({"--csv", "", "as a table for spreadsheets"});
    return {
        .name = "repair show",
        .summary = "What became of findings, and how long repair took",
        .about =
            "Shares and medians are Kaplan-Meier estimates with 95% intervals: findings that still stand count for as "
            "long as they were seen.\nA finding is repaired when its feed came so many rounds without it.\n\n"
            "  tocsin repair show --by sector --from 2026-01-01\n"
            "  tocsin repair show --by feed --worth\n"
            "  tocsin repair show --by rule --worth\n"
            "  tocsin repair show --by organisation --identifier open-telnet --csv",
        .options = options,
        .run = run};
}

}  // namespace tocsin::app
