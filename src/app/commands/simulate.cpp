#include "app/command.hpp"
#include "app/simulation/nation_files.hpp"
#include "app/simulation/report_files.hpp"
#include "store/store.hpp"

#include <chrono>
#include <filesystem>

namespace tocsin::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view default_first_day = "2026-01-05";  // fixed, so that the same seed gives the same bytes

struct Plan {
    simulation::NationOptions nation;
    fs::path out;
    Timestamp first_day;
    std::uint32_t days = 1;
    std::uint64_t rows = 0;
    std::uint32_t filler = 0;
    double repeat = 0, broken = 0;
    std::vector<simulation::ReportType const*> types;
};

struct Bounds {
    std::int64_t least, most;
};

Result<std::int64_t> whole(Invocation const& call, std::string_view option, Bounds bounds) {
    auto const number = parse_int(call.get(option));
    if (!number || *number < bounds.least || *number > bounds.most)
        return fail(Code::invalid, fmt::format("{} must be a whole number from {} to {}, not \"{}\"", option,
                                               bounds.least, bounds.most, call.get(option)));
    return *number;
}

Result<double> percent(Invocation const& call, std::string_view option) {
    auto const number = parse_double(call.get(option));
    if (!number || *number < 0 || *number > 90)
        return fail(Code::invalid,
                    fmt::format("{} must be a percentage from 0 to 90, not \"{}\"", option, call.get(option)));
    return *number;
}

Result<std::vector<simulation::ReportType const*>> chosen_types(Invocation const& call) {
    std::vector<simulation::ReportType const*> types;
    for (auto const& name : call.all("--report")) {
        auto const* const type = simulation::find_report_type(name);
        if (type == nullptr) {
            std::string known;
            for (auto const& each : simulation::report_types()) known += fmt::format(" {}", each.name);
            return fail(Code::invalid,
                        fmt::format("--report {}: not a type that is simulated; known are:{}", name, known));
        }
        types.push_back(type);
    }
    if (types.empty())
        for (auto const& each : simulation::report_types()) types.push_back(&each);
    return types;
}

Result<Plan> read_plan(Invocation const& call) {
    Plan plan;
    TRY(auto const seed, whole(call, "--seed", {0, std::int64_t{1} << 62}));
    TRY(auto const organisations, whole(call, "--organisations", {30, 50'000}));
    TRY(auto const prefixes, whole(call, "--prefixes", {20, 80'000}));
    TRY(auto const days, whole(call, "--days", {0, 3660}));
    TRY(auto const rows, whole(call, "--rows", {1, 1'000'000'000}));
    TRY(auto const filler, whole(call, "--filler-prefixes", {0, simulation::max_filler}));
    TRY(plan.repeat, percent(call, "--repeat"));
    TRY(plan.broken, percent(call, "--broken"));
    TRY(plan.first_day, parse_date(call.get("--from")));
    TRY(plan.types, chosen_types(call));
    plan.nation = {.seed = static_cast<std::uint64_t>(seed),
                   .organisations = static_cast<std::uint32_t>(organisations),
                   .prefixes = static_cast<std::uint32_t>(prefixes)};
    plan.days = static_cast<std::uint32_t>(days);
    plan.rows = static_cast<std::uint64_t>(rows);
    plan.filler = static_cast<std::uint32_t>(filler);
    plan.out = call.path(call.get("--out"));
    return plan;
}

/// A number for a name, so that a type's rows do not depend on which other types are written.
std::uint64_t number_of(std::string_view name) {
    std::uint64_t number = 0;
    for (char const c : name) number = number * 131 + static_cast<unsigned char>(c);
    return number;
}

/// Each type's part of a day's rows.
std::vector<std::uint64_t> shared_out(Plan const& plan) {
    std::uint64_t all = 0;
    for (auto const* type : plan.types) all += type->share;
    std::vector<std::uint64_t> parts;
    for (auto const* type : plan.types) parts.push_back(std::max<std::uint64_t>(1, plan.rows * type->share / all));
    return parts;
}

Result<std::vector<simulation::WrittenReport>> write_reports(Invocation& call, Plan const& plan,
                                                             simulation::Nation const& nation) {
    std::vector<simulation::WrittenReport> written;
    auto const parts = shared_out(plan);
    for (std::size_t t = 0; t < plan.types.size(); ++t) {
        auto const& type = *plan.types[t];
        auto const salt = simulation::mixed(plan.nation.seed, number_of(type.name));
        simulation::Population const population(
            nation, {.seed = salt, .ipv6 = type.ipv6, .slots = parts[t], .days = plan.days});
        for (std::uint32_t day = 0; day < plan.days; ++day) {
            if (call.is_cancelled()) return fail(Code::unavailable, "cancelled");
            simulation::ReportRows const report(nation, type, population,
                                                {.seed = salt,
                                                 .first_day = plan.first_day,
                                                 .day = day,
                                                 .rows = parts[t],
                                                 .repeat_percent = plan.repeat,
                                                 .broken_percent = plan.broken,
                                                 .is_gone = {}});
            TRY(auto done, simulation::write_report(report, parts[t], plan.out / "feeds"));
            if (call.streams.err_is_terminal) call.tell("{} ({} rows)", done.file.filename().string(), done.rows);
            written.push_back(std::move(done));
        }
    }
    return written;
}

void tell(Invocation& call, Plan const& plan, simulation::Nation const& nation,
          std::vector<simulation::WrittenReport> const& reports, double seconds) {
    std::uint64_t rows = 0, bytes = 0;
    simulation::RowCounts counts;
    for (auto const& report : reports) {
        rows += report.rows;
        bytes += report.bytes;
        counts += report.counts;
    }
    if (!call.json()) {
        call.print("{}: {} organisations, {} networks in {}", nation.name, nation.organisations.size(),
                   nation.networks.size(), plan.out.string());
        call.print("{} reports, {} rows ({} repeats, {} broken), {} bytes in {:.1f} s", reports.size(), rows,
                   counts.repeats, counts.broken, bytes, seconds);
        return;
    }
    JsonWriter json;
    json.object().field("out", plan.out.string()).field("nation", nation.name).field("country", nation.code);
    json.field("organisations", nation.organisations.size()).field("networks", nation.networks.size());
    json.key("reports").array();
    for (auto const& report : reports)
        json.object()
            .field("file", report.file.string())
            .field("rows", report.rows)
            .field("distinct", report.counts.distinct)
            .field("repeats", report.counts.repeats)
            .field("broken", report.counts.broken)
            .field("bytes", report.bytes)
            .end();
    json.end()
        .field("rows", rows)
        .field("distinct", counts.distinct)
        .field("repeats", counts.repeats)
        .field("broken", counts.broken)
        .field("bytes", bytes)
        .field("seconds", seconds)
        .end();
    call.print("{}", json.text());
}

Exit run(Invocation& call) {
    auto const started = std::chrono::steady_clock::now();
    auto const plan = read_plan(call);
    if (!plan) {
        call.failed(plan.error());
        return Exit::usage;
    }
    auto const nation = simulation::make_nation(plan->nation);
    std::error_code fault;
    fs::create_directories(plan->out / "feeds", fault);
    if (fault)
        return call.failed({Code::io, fmt::format("creating {}: {}", (plan->out / "feeds").string(), fault.message())});
    using simulation::AsnForm;
    auto kept =
        store::write_file(plan->out / "asn.tsv", simulation::asn_table(nation, plan->filler, AsnForm::iptoasn), 0644);
    if (kept)
        kept =
            store::write_file(plan->out / "asn.dat", simulation::asn_table(nation, plan->filler, AsnForm::pyasn), 0644);
    if (kept) kept = store::write_file(plan->out / "constituency.json", simulation::constituency_json(nation), 0644);
    if (!kept) return call.failed(kept.error());
    auto const reports = write_reports(call, *plan, nation);
    if (!reports) return call.failed(reports.error());
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - started;
    tell(call, *plan, nation, *reports, took.count());
    return Exit::done;
}

}  // namespace

Command command_simulate() {
    return {.name = "simulate",
            .summary = "Make a fictional nation and feeds of any size from a seed",
            .about =
                "Writes into DIR: constituency.json, for tocsin org import; asn.tsv (iptoasn form) and asn.dat (pyasn "
                "form), the table of prefixes and AS "
                "numbers;\nfeeds/DATE-TYPE-900-NATION-nation.csv, one report for each type and day, named and laid "
                "out like Shadowserver's.\nThe same options give the same bytes. Nothing in it exists: private and "
                "documentation ranges, .example domains.\n\nRows of a report are distinct exposures, repeats of an "
                "earlier row, or broken; --json counts each.\n\nExample, the input of the benchmark:\n"
                "  tocsin simulate --out sim --report scan_telnet --rows 5000000 --broken 0 --filler-prefixes 900000",
            .options = {{"--out", "DIR", "where to write", "", true},
                        {"--seed", "N", "another number, another nation", "1"},
                        {"--organisations", "N", "how many", "1000"},
                        {"--prefixes", "N", "networks and aggregates of the nation", "4096"},
                        {"--filler-prefixes", "N", "networks of the rest of the world, for the table only", "0"},
                        {"--report", "TYPE", "only this type of report", "", false, true},
                        {"--days", "N", "days of reports; 0 for none", "1"},
                        {"--from", "DATE", "the first day", default_first_day},
                        {"--rows", "N", "rows of a day, all types together", "20000"},
                        {"--repeat", "PERCENT", "rows that repeat an earlier one", "10"},
                        {"--broken", "PERCENT", "rows that must be rejected", "0.1"}},
            .needs = Needs::nothing,
            .run = run};
}

}  // namespace tocsin::app
