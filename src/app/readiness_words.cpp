#include "app/readiness_words.hpp"

#include <algorithm>

namespace tocsin::app {

std::string score_text(std::optional<std::int64_t> value, bool is_declined) {
    if (is_declined) return "declined";
    return value ? std::to_string(*value) : "-";
}

Result<std::optional<std::int64_t>> number_option(Invocation const& call, std::string_view option) {
    auto const text = call.get(option);
    if (text.empty() || text == "-") return std::nullopt;
    auto const number = parse_int(text);
    if (!number) return fail(Code::invalid, fmt::format("{}: expected a whole number, found \"{}\"", option, text));
    return number;
}

Result<bool> yes_or_no(Invocation const& call, std::string_view option) {
    auto const text = lowered(call.get(option));
    if (text == "yes") return true;
    if (text == "no" || text.empty()) return false;
    return fail(Code::invalid, fmt::format("{}: expected yes or no, found \"{}\"", option, text));
}

std::string json_of(readiness::Assessment const& assessment) {
    JsonWriter json;
    json.object();
    readiness::append_head(json, assessment);
    json.key("answers").array();
    for (auto const& answer : assessment.answers) append(json, answer);
    json.end().end();
    return std::move(json).text();
}

void print_head(Invocation const& call, readiness::Assessment const& assessment) {
    call.print("{:<5} {:<16} {:<9} {:>4} answered  {}{}{}", fmt::format("#{}", assessment.id.value),
               assessment.framework, readiness::name_of(assessment.state), assessment.answered, assessment.title,
               assessment.subject.empty() ? "" : ", of ", assessment.subject);
}

namespace {

/// "A Strategic management", or the id alone when the framework does not know it any more.
std::string group_named(readiness::Framework const& framework, std::string const& id) {
    auto const group = std::ranges::find(framework.groups, id, &readiness::Group::id);
    return group == framework.groups.end() ? id : id + " " + group->name.english();
}

}  // namespace

void print_steps(Invocation const& call, readiness::Framework const& framework,
                 std::vector<readiness::Step> const& steps) {
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& step : steps) {
        append(json, step);
        if (call.json()) continue;
        auto const* const item = framework.item(step.item);
        auto const title = !step.title.empty() ? step.title
                           : item              ? step.item + " " + item->name.english()
                                               : group_named(framework, step.group);
        call.print("{} {:<5} {:<13} {} {}{}{}{}", step.done ? "[x]" : "[ ]", fmt::format("#{}", step.id.value),
                   readiness::name_of(step.phase), step.due ? format_date(*step.due) : "          ", title,
                   step.to ? fmt::format(" ({} to {})", score_text(step.from), *step.to) : "",
                   step.owner.empty() ? "" : ", " + step.owner, step.cost.empty() ? "" : ", " + step.cost);
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
}

Result<readiness::Questions> read_questions(Invocation const& call) {
    readiness::Questions questions;
    auto const people = call.get("--people");
    questions.is_shared = people == "shared";
    if (!questions.is_shared) {
        auto const number = parse_int(people);
        if (!number)
            return fail(Code::invalid, fmt::format("--people: expected a number or shared, found \"{}\"", people));
        questions.people = *number;
    }
    auto const hours = readiness::hours_named(call.get("--hours"));
    if (!hours)
        return fail(Code::invalid,
                    fmt::format("--hours: expected office, extended or always, found \"{}\"", call.get("--hours")));
    questions.hours = *hours;
    TRY(questions.has_mandate, yes_or_no(call, "--mandate"));
    questions.constituency = call.get("--constituency");
    questions.budget = call.get("--budget");
    questions.shared_with = call.get("--with");
    return questions;
}

}  // namespace tocsin::app
