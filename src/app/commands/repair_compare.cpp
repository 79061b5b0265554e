#include "app/repair_words.hpp"

namespace tocsin::app {
namespace {

void print_side(Invocation const& call, std::string_view name, reports::Curve const& curve) {
    call.print("{:<22} {:>8} {:>8}  {:<14} {:<20} {:<20} {}", name, curve.size, curve.gone, words_of(curve.median()),
               words_of(curve.gone_within(7)), words_of(curve.gone_within(30)), words_of(curve.gone_within(90)));
}

Result<Exit> compare(Invocation& call) {
    TRY(auto const request, repair_request(call));
    TRY(auto const rooms, call.instance->report_rooms());
    TRY(auto const picture, reports::measure_repair(rooms, request, access::command_principal()));
    if (call.json()) {
        JsonWriter json;
        reports::append(json, picture);
        call.print("{}", json.text());
        return Exit::done;
    }
    auto const& warnings = *picture.whole.warnings;
    call.print("{:<22} {:>8} {:>8}  {:<14} {:<20} {:<20} {}", "", "findings", "repaired", "median days",
               "within 7 days", "30 days", "90 days");
    print_side(call, "not (yet) warned", warnings.not_warned);
    print_side(call, "warned", warnings.warned);
    print_side(call, "since the warning", warnings.since);
    auto const& test = warnings.test;
    if (test.ratio) {
        call.print(
            "The warned are repaired {:.2f} times as fast ({:.2f} to {:.2f}); log-rank chi square {:.2f}, p = {:.2g}",
            test.ratio->value, test.ratio->low, test.ratio->high, test.chi_square, test.p);
    } else {
        call.print("No rate can be given: one of the two has no repairs.");
    }
    call.print(
        "Caution: who is warned was not drawn by lot. Findings and owners that are warned differ from those that are "
        "not, and part of the difference may be theirs. An experiment says more: tocsin experiment add --help");
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = compare(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_repair_compare() {
    return {.name = "repair compare",
            .summary = "Hold the warned against those not warned",
            .about =
                "A finding counts among those not warned until the day its owner is first told, and among the warned "
                "from then on (Mantel-Byar).\n\n"
                "  tocsin repair compare --type vulnerable-system --from 2026-01-01",
            .options = repair_options(),
            .run = run};
}

}  // namespace tocsin::app
