#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

void print(Invocation const& call, constituency::Suppression const& s) {
    call.print("{:<5} {}{}{}{} - {}{}", fmt::format("#{}", s.id.value), s.network,
               s.organisation ? " of " + s.organisation_name : "", s.feed.empty() ? "" : " in " + s.feed,
               s.identifier.empty() ? "" : " " + s.identifier, s.reason,
               s.until ? ", until " + format_timestamp(*s.until) : "");
}

Exit run(Invocation& call) {
    return print_all(call, directory_of(call).suppressions(), append_suppression, print);
}

}  // namespace

Command command_suppression_list() {
    return {.name = "suppression list", .summary = "List what is not warned about", .run = run};
}

}  // namespace tocsin::app
