#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/statistics_words.hpp"
#include "reports/reports.hpp"

namespace tocsin::app {
namespace {

Result<reports::Publication> wanted(Invocation const& call) {
    reports::Publication how;
    auto const marking = gate::parse_tlp(uppered(call.get("--up-to")));
    if (!marking || *marking > gate::Tlp::amber)
        return fail(Code::invalid,
                    fmt::format("--up-to: expected clear, green or amber, found \"{}\"", call.get("--up-to")));
    how.strictest = *marking;
    auto const fewest = parse_int(call.get("--fewest"));
    if (!fewest) return fail(Code::invalid, "--fewest: expected a number of organisations");
    how.fewest = *fewest;
    return how;
}

Result<Exit> publish(Invocation& call) {
    TRY(auto const how, wanted(call));
    auto& instance = *call.instance;
    CHECK(reports::publish_statistics(instance.ledger(), instance.clock(), how, access::command_principal()));
    call.tell("Published at {}/statistics and /statistics/embed; counted once a day. Back: tocsin statistics withdraw",
              instance.config().public_url);
    TRY(auto const statistics, statistics_of(instance, how));
    if (statistics.uncounted > 0) call.tell("{}", uncounted_words(statistics));
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = publish(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_statistics_publish() {
    return {
        .name = "statistics publish",
        .summary = "Let everybody see the statistics, without names",
        .about =
            "Look first: tocsin statistics show. Findings marked stricter than --up-to are in no number. Most feeds "
            "are "
            "marked TLP:AMBER by their terms or by yours; to count them (never to show them) is the team's decision "
            "and goes on record.\n\n"
            "  tocsin statistics publish\n"
            "  tocsin statistics publish --up-to amber --fewest 10",
        .options = {{"--up-to", "MARKING", "clear, green or amber: the strictest that is counted", "green"},
                    {"--fewest", "N", "organisations behind each number, 3 to 100", "5"}},
        .run = run};
}

}  // namespace tocsin::app
