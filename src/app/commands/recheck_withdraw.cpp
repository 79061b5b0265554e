#include "app/recheck_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_rechecks(call, [&](events::Rechecks& rechecks) -> Result<Exit> {
        auto const& word = call.arguments.front();
        auto const id = parse_int(word.starts_with('#') ? std::string_view(word).substr(1) : word);
        if (!id) return fail(Code::invalid, fmt::format("expected a permission's number, found \"{}\"", word));
        CHECK(rechecks.withdraw({*id}, call.get("--reason"), access::command_principal()));
        if (!call.json()) call.print("Permission {} is withdrawn.", *id);
        return Exit::done;
    });
}

}  // namespace

Command command_recheck_withdraw() {
    return {.name = "recheck withdraw",
            .summary = "Withdraw a permission to look again",
            .about = "It holds at once, also for what waits. The permission stays on record.",
            .options = {{"--reason", "TEXT", "who withdrew it, and why"}},
            .arguments = {{"PERMISSION", "its number; see tocsin recheck permissions"}},
            .run = run};
}

}  // namespace tocsin::app
