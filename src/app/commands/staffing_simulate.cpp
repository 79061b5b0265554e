#include "app/readiness_words.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

/// "--minutes answers=12": the kind it names.
Result<std::pair<readiness::WorkKind*, double>> named(std::vector<readiness::WorkKind>& work, std::string_view option,
                                                      std::string_view text) {
    auto const equals = text.find('=');
    auto const kind = std::ranges::find(work, text.substr(0, equals), &readiness::WorkKind::id);
    auto const number = equals == std::string_view::npos ? std::nullopt : parse_double(text.substr(equals + 1));
    if (kind != work.end() && number) return std::pair(&*kind, *number);
    std::string kinds;
    for (auto const& one : work) kinds += (kinds.empty() ? "" : ", ") + one.id;
    return fail(Code::invalid,
                fmt::format("{}: expected KIND=NUMBER, KIND one of {}; found {}", option, kinds, json_string(text)));
}

Result<double> real_option(Invocation const& call, std::string_view option, double standard) {
    if (!call.has(option)) return standard;
    auto const number = parse_double(call.get(option));
    if (!number) return fail(Code::invalid, fmt::format("{}: expected a number", option));
    return *number;
}

Result<readiness::StaffingQuestion> question_of(Invocation const& call, readiness::Staffing const& staffing) {
    readiness::StaffingQuestion question;
    TRY(question.work, staffing.work(access::command_principal()));
    for (auto const& text : call.all("--minutes")) {
        TRY(auto const given, named(question.work, "--minutes", text));
        given.first->minutes = given.second;
    }
    for (auto const& text : call.all("--per-day")) {
        TRY(auto const given, named(question.work, "--per-day", text));
        given.first->per_day = given.second;
        given.first->is_live = false;
    }
    auto const number = [&](std::string_view option, std::int64_t standard) -> Result<std::int64_t> {
        TRY(auto const given, number_option(call, option));
        return given.value_or(standard);
    };
    TRY(question.people, number("--people", question.people));
    TRY(question.plus, number("--plus", question.plus));
    TRY(question.minus, number("--minus", std::min(question.minus, question.people - 1)));
    TRY(question.days, number("--days", question.days));
    TRY(auto const seed, number("--seed", 58));
    question.seed = static_cast<std::uint64_t>(seed);
    TRY(question.assumptions.hours_a_week, real_option(call, "--hours-a-week", question.assumptions.hours_a_week));
    TRY(question.assumptions.share, real_option(call, "--share", question.assumptions.share));
    auto const hours = readiness::hours_named(call.get("--hours"));
    if (!hours) return fail(Code::invalid, "--hours: expected office, extended or always");
    question.hours = *hours;
    return question;
}

void print_words(Invocation const& call, readiness::StaffingQuestion const& question,
                 std::vector<readiness::StaffingOutcome> const& outcomes) {
    call.print("What comes, and how long one takes (minutes are assumed; change them with --minutes):");
    for (auto const& kind : question.work)
        call.print("  {:<10} {:>8.2f} a day, {:>5.1f} min  {}", kind.id, kind.per_day, kind.minutes,
                   kind.is_live       ? fmt::format("{} counted in {} days", kind.counted, kind.days)
                   : kind.per_day > 0 ? "assumed"
                                      : "nothing known, none assumed");
    call.print("Assumed: {} hours a week, {:.0f} % of them for this work.\n", question.assumptions.hours_a_week,
               question.assumptions.share * 100);
    for (auto const& one : outcomes)
        call.print("{:>3} people: wait {:.1f} h in the median, {:.1f} h for 95 of 100; load {:.0f} %{}", one.people,
                   one.median_hours, one.most_hours, one.load * 100,
                   one.is_overloaded() ? "; more comes than they can do: the queue grows without end" : "");
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const question, question_of(call, room.staffing));
        TRY(auto const outcomes, readiness::simulate(question));
        if (!call.json()) {
            print_words(call, question, outcomes);
            return Exit::done;
        }
        JsonWriter json;
        append(json, question, outcomes);
        call.print("{}", json.text());
        return Exit::done;
    });
}

}  // namespace

Command command_staffing_simulate() {
    return {.name = "staffing simulate",
            .summary = "Play through how long work waits with more people, and with fewer",
            .about =
                "How much comes is counted in the last 90 days where there are records; how long one takes is "
                "assumed, and shown. Things come at random around the clock and wait in one line. The same seed "
                "gives the same outcome.\n\n"
                "  tocsin staffing simulate --people 5 --hours always --per-day other=6 --minutes answers=12",
            .options = {{"--people", "N", "how many there are", "", true},
                        {"--plus", "N", "compare with so many more", "2"},
                        {"--minus", "N", "compare with so many fewer; else 1 where there are two"},
                        {"--hours", "HOURS", "office (Mon-Fri 9-17), extended (every day 7-19) or always", "office"},
                        {"--minutes", "KIND=NUMBER", "how long one takes in the mean", "", false, true},
                        {"--per-day", "KIND=NUMBER", "how many come, instead of what was counted", "", false, true},
                        {"--hours-a-week", "NUMBER", "of one person", "40"},
                        {"--share", "NUMBER", "of that time for this work", "0.6"},
                        {"--days", "N", "to play through", "364"},
                        {"--seed", "N", "of the chance", "58"}},
            .run = run};
}

}  // namespace tocsin::app
