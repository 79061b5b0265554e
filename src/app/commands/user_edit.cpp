#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

Status edit(Instance& instance, Invocation& call, access::Account const& account) {
    access::AccountChange change;
    if (call.has("--role")) {
        TRY(change.role, access::parse_role(call.get("--role")));
    }
    if (call.has("--full-name")) change.full_name = call.get("--full-name");
    if (call.has("--email")) change.email = call.get("--email");
    if (call.has("--language")) change.language = call.get("--language");
    if (call.has("--enable")) change.is_disabled = false;
    CHECK(instance.access().change_account(access::command_principal(), account.id, change));
    return {};
}

Exit run(Invocation& call) {
    return change_named_account(call, "is changed.", edit);
}

}  // namespace

Command command_user_edit() {
    return {.name = "user edit",
            .summary = "Change an account's role, name, address or language",
            .options = {{"--role", "ROLE", "administrator, analyst or viewer"},
                        {"--full-name", "NAME", "as it stands on screens"},
                        {"--email", "ADDRESS", "where to write to"},
                        {"--language", "CODE", "ar, zh, en, fr, ru or es"},
                        {"--enable", "", "let a disabled account sign in again"}},
            .arguments = {{"NAME", "the account"}},
            .run = run};
}

}  // namespace tocsin::app
