#include "app/reach_words.hpp"

namespace tocsin::app {

std::vector<Option> reach_options() {
    return {{"--language", "CODE", "ar, zh, en, fr, ru or es; else the contact's, or the team's"},
            {"--time-zone", "ZONE", "the receiver's, as Africa/Nairobi"},
            {"--hours", "HOURS", "when their desk is manned: \"mon-fri 09:00-17:00\", or always"},
            {"--every", "DAYS", "between two tests; 0: only when somebody asks"},
            {"--when", "WHEN", "in-hours, out-of-hours or any, by the receiver's clocks"},
            {"--answer-within", "HOURS", "then it counts as not answered"},
            {"--encrypted", "YES|NO", "by mail that only their key opens (the contact's, or ours); never in clear"},
            {"--agreed-by", "NAME", "who of them agreed; \"-\" takes the agreement back"},
            {"--agreed-on", "DATE", "else today"},
            {"--note", "TEXT", "for the team"}};
}

Status read_reach_options(Invocation const& call, readiness::ReachTarget& target) {
    if (call.has("--language")) target.language = call.get("--language");
    if (call.has("--note")) target.note = call.get("--note");
    if (call.has("--time-zone") || call.has("--hours")) {
        TRY(target.hours,
            readiness::parse_desk_hours(call.has("--time-zone") ? call.get("--time-zone") : target.hours.zone,
                                        call.has("--hours") ? call.get("--hours") : text_of(target.hours)));
    }
    if (call.has("--every")) {
        TRY(auto const days, number_option(call, "--every"));
        target.every_days = days.value_or(0);
    }
    if (call.has("--answer-within")) {
        TRY(auto const hours, number_option(call, "--answer-within"));
        target.answer_within = hours.value_or(target.answer_within);
    }
    if (call.has("--when")) {
        auto const when = readiness::reach_when_named(call.get("--when"));
        if (!when) return fail(Code::invalid, "--when: expected in-hours, out-of-hours or any");
        target.when = *when;
    }
    if (call.has("--encrypted")) {
        auto const word = call.get("--encrypted");
        if (word != "yes" && word != "no") return fail(Code::invalid, "--encrypted: expected yes or no");
        target.is_encrypted = word == "yes";
    }
    if (call.has("--agreed-by")) {
        auto const by = call.get("--agreed-by");
        target.agreed_by = by == "-" ? "" : by;
        target.agreed_on.reset();
    }
    if (call.has("--agreed-on")) {
        TRY(target.agreed_on, parse_date(call.get("--agreed-on")));
    }
    return {};
}

Result<readiness::ReachTargetId> reach_target_id(std::string_view text) {
    auto const number = parse_int(text.starts_with('#') ? text.substr(1) : text);
    if (!number || *number <= 0)
        return fail(Code::invalid,
                    fmt::format("TARGET: expected a number, found {}; see tocsin reach list", json_string(text)));
    return readiness::ReachTargetId{*number};
}

void print_target(Invocation const& call, readiness::ReachTarget const& target) {
    auto const now = call.instance->clock().now();
    std::string last = "not tested yet";
    if (target.last)
        last = fmt::format("{} {}{}", format_date(target.last->created), target.last->outcome(now),
                           target.last->is_outside ? ", out of hours" : "");
    call.print("{:<5} {:<11} {:<7} {:<30} {}{}; {} answered, {} missed{}", fmt::format("#{}", target.id.value),
               readiness::name_of(target.kind), readiness::name_of(target.standing()), target.name,
               target.is_encrypted ? "encrypted; " : "", last, target.answered, target.missed,
               target.next ? "; next " + format_timestamp(*target.next) : "");
}

Exit tell_target(Invocation const& call, readiness::ReachTarget const& target) {
    if (call.json()) {
        JsonWriter json;
        append(json, target, call.instance->clock().now());
        call.print("{}", json.text());
    } else {
        print_target(call, target);
    }
    return Exit::done;
}

Exit set_paused(Invocation& call, bool is_paused) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const id, reach_target_id(call.arguments.front()));
        TRY(auto target, room.reachability.one(id));
        target.is_paused = is_paused;
        TRY(auto const changed, room.reachability.change(std::move(target), access::command_principal()));
        return tell_target(call, changed);
    });
}

}  // namespace tocsin::app
