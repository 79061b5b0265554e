#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "intelligence/known_good_files.hpp"

/// What the commands about known-good lists share.
namespace tocsin::app {

inline intelligence::KnownGoodFiles known_good_files(Invocation& call) {
    auto& instance = *call.instance;
    return {instance.directory().path(), instance.ledger(), instance.clock()};
}

/// Does something to the list that is named by the first argument.
inline Exit with_known_good_list(Invocation& call, std::string_view done,
                                 Status (intelligence::KnownGoodFiles::*act)(std::string_view,
                                                                             access::Principal const&)) {
    auto own = known_good_files(call);
    auto const& name = call.arguments.front();
    if (auto const acted = (own.*act)(name, access::command_principal()); !acted) return call.failed(acted.error());
    call.tell("{}: {}", name, done);
    return Exit::done;
}

inline constexpr std::string_view known_good_name = "its name; see tocsin known-good list";

}  // namespace tocsin::app
