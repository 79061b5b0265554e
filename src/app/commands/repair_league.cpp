#include "app/repair_words.hpp"

namespace tocsin::app {
namespace {

Result<Exit> league(Invocation& call) {
    TRY(auto const asked, repair_request(call));
    reports::LeagueRequest request{.filter = asked.filter, .sectors = asked.sectors};
    auto const number = [&](std::string_view option, std::int64_t& value) -> Status {
        auto const given = parse_int(call.get(option));
        if (!given || *given < 1) return fail(Code::invalid, fmt::format("{}: expected a number from 1", option));
        value = *given;
        return {};
    };
    CHECK(number("--least-addresses", request.least_addresses));
    CHECK(number("--least-findings", request.least_findings));
    CHECK(number("--least-networks", request.least_networks));
    request.by_v6 = call.has("--ipv6");
    TRY(auto const rooms, call.instance->report_rooms());
    TRY(auto const made, reports::make_league(rooms, request, access::command_principal()));
    if (call.json()) {
        JsonWriter json;
        reports::append(json, made);
        call.print("{}", json.text());
        return Exit::done;
    }
    if (call.has("--csv")) {
        call.streams.out(reports::as_csv(made));
        return Exit::done;
    }
    call.print("{:>5} {:<34} {:>10} {:>8} {:>8}  {:<24} {:<20} {}", "rank", "organisation",
               request.by_v6 ? "/48" : "addresses", "findings", "open", "open per thousand", "within 30 days",
               "median days");
    for (auto const& row : made.rows) {
        auto const& family = request.by_v6 ? row.v6 : row.v4;
        bool const has_networks = request.by_v6 ? row.networks_v6 > 0 : row.addresses > 0;
        call.print("{:>5} {:<34} {:>10} {:>8} {:>8}  {:<24} {:<20} {}",
                   family.rank ? std::to_string(*family.rank) : "-", row.name.substr(0, 34),
                   request.by_v6 ? fmt::format("{:.6g}", row.networks_v6) : std::to_string(row.addresses), row.findings,
                   family.standing,
                   family.open
                       ? fmt::format("{:.2f} ({:.2f}-{:.2f})", family.open->value, family.open->low, family.open->high)
                   : has_networks ? std::string("too few addresses")
                                  : std::string("no networks on record"),
                   words_of(row.within_30), words_of(row.median));
    }
    if (made.more_rows > 0) call.tell("{} more", made.more_rows);
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = league(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_repair_league() {
    auto options = repair_options();
    options.push_back({"--ipv6", "", "by IPv6: open findings per thousand /48 held"});
    options.push_back({"--least-addresses", "N", "IPv4: no rate and no rank below", "256"});
    options.push_back({"--least-networks", "N", "IPv6: no rate and no rank below so many /48", "1"});
    options.push_back({"--least-findings", "N", "no share and no median below", "10"});
    options.push_back({"--csv", "", "as a table for spreadsheets"});
    return {.name = "repair league",
            .summary = "Organisations by open findings in proportion to the addresses they hold",
            .about =
                "Findings on IPv4 addresses per thousand IPv4 addresses; with --ipv6 those on IPv6 addresses per "
                "thousand /48. A customer's network inside a provider's counts for the customer only. Ranks of "
                "organisations whose intervals overlap say little.\n\n"
                "  tocsin repair league --sector energy\n  tocsin repair league --ipv6",
            .options = options,
            .run = run};
}

}  // namespace tocsin::app
