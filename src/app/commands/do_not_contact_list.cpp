#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

void print(Invocation const& call, constituency::DoNotContact const& entry) {
    call.print("{:<5} {:<40} {} - {}", fmt::format("#{}", entry.id.value),
               entry.organisation ? entry.organisation_name : entry.address, format_date(entry.created), entry.reason);
}

Exit run(Invocation& call) {
    return print_all(call, directory_of(call).do_not_contacts(), append_do_not_contact, print);
}

}  // namespace

Command command_do_not_contact_list() {
    return {.name = "do-not-contact list", .summary = "List who is never written to", .run = run};
}

}  // namespace tocsin::app
