#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "readiness/readiness.hpp"

#include <string>

/// What the commands about readiness share.
namespace tocsin::app {

/// "3", "-" for none, "declined".
std::string score_text(std::optional<std::int64_t> value, bool is_declined = false);
/// A number option; none when it is not given. "-" is none, too. Errors: Code::invalid naming the option.
Result<std::optional<std::int64_t>> number_option(Invocation const& call, std::string_view option);
/// "yes" or "no". Errors: Code::invalid naming the option.
Result<bool> yes_or_no(Invocation const& call, std::string_view option);

/// The whole assessment as JSON: {head..., "answers": [...]}.
std::string json_of(readiness::Assessment const& assessment);
/// Prints the head of an assessment as a line.
void print_head(Invocation const& call, readiness::Assessment const& assessment);
/// Prints one thing as JSON by its `append`.
template <class T>
void print_json(Invocation const& call, T const& thing) {
    JsonWriter json;
    append(json, thing);
    call.print("{}", json.text());
}

/// Steps as lines, or as {"items": [...]}.
void print_steps(Invocation const& call, readiness::Framework const& framework,
                 std::vector<readiness::Step> const& steps);

/// The questions of the wizard, read from options.
Result<readiness::Questions> read_questions(Invocation const& call);

/// Runs `work` on the opened room; prints its error.
template <class Work>
Exit with_readiness(Invocation& call, Work const& work) {
    auto const room = call.instance->readiness();
    if (!room) return call.failed(room.error());
    Result<Exit> const done = work(**room);
    return done ? *done : call.failed(done.error());
}

}  // namespace tocsin::app
