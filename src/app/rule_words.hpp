#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "notifications/notifications.hpp"
#include "notifications/rules.hpp"

#include <string>

/// What the commands about rules, snoozes and campaigns share.
namespace tocsin::app {

/// The instance's rules. Errors: those of opening the room.
Result<notifications::Rules*> rules_of(Invocation const& call);

/// Reads the first argument where the caller is: a file, or "-" for standard input; empty without one. At most 64 KiB.
Result<std::string> read_rule_file(Invocation const& call);
/// The same of the file that --texts names.
Result<std::string> read_campaign_texts(Invocation const& call);

/// Prints one thing as JSON when asked, else by `print`.
template <class T, class F>
Exit print_thing(Invocation const& call, Result<T> const& thing, F const& print) {
    if (!thing) return call.failed(thing.error());
    if (call.json()) {
        JsonWriter json;
        append(json, *thing);
        call.print("{}", json.text());
    } else {
        print(*thing);
    }
    return Exit::done;
}

/// {"items": [...]}, or each by `print`, or `none`.
template <class T, class F>
Exit print_things(Invocation const& call, Result<std::vector<T>> const& things, F const& print, std::string_view none) {
    if (!things) return call.failed(things.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& thing : *things) {
        if (call.json())
            append(json, thing);
        else
            print(thing);
    }
    json.end().end();
    if (call.json())
        call.print("{}", json.text());
    else if (things->empty())
        call.print("{}", none);
    return Exit::done;
}

/// "none", "one", "two". Errors: Code::invalid, naming the option.
Result<std::optional<int>> approval_option(Invocation const& call);

}  // namespace tocsin::app
