#include "app/recheck_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& check : events::checks()) {
        append(json, check);
        std::string identifiers;
        for (auto const& one : check.identifiers) identifiers += (identifiers.empty() ? "" : ", ") + one;
        if (!call.json())
            call.print("{:<14} {:<32} {:>5}/{}  sends {}", check.name, identifiers, check.port, check.transport,
                       events::words_for(check));
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_recheck_checks() {
    return {.name = "recheck checks",
            .summary = "Which findings can be looked at again, and what is sent",
            .needs = Needs::nothing,
            .run = run};
}

}  // namespace tocsin::app
