#include "app/accounts.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

/// Who comes first must be able to let others in.
Result<access::Role> role_for(Invocation const& call) {
    if (call.has("--role")) return access::parse_role(call.get("--role"));
    TRY(auto const others, call.instance->access().accounts());
    bool const is_first =
        std::ranges::none_of(others, [](auto const& other) { return other.role >= access::Role::viewer; });
    return is_first ? access::Role::administrator : access::Role::analyst;
}

Exit run(Invocation& call) {
    auto const role = role_for(call);
    if (!role) return call.failed(role.error());
    auto const memberships = memberships_named(call);
    if (!memberships) return call.failed(memberships.error());
    bool const is_generated = call.input.empty();
    std::string const password = is_generated ? access::generated_password() : call.input;
    access::NewAccount const wanted{.name = call.arguments[0],
                                    .password = password,
                                    .role = *role,
                                    .full_name = call.get("--full-name"),
                                    .email = call.get("--email"),
                                    .language = call.get("--language"),
                                    .memberships = *memberships};
    auto const made = call.instance->access().add_account(access::command_principal(), wanted);
    if (!made) return call.failed(made.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("id", made->id.value).field("name", made->name).field("role", name_of(made->role));
        if (is_generated) json.field("password", password);
        json.end();
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("{} can sign in as {}.", made->name, name_of(made->role));
    if (is_generated) call.print("Password, shown only now: {}", password);
    return Exit::done;
}

}  // namespace

Command command_user_add() {
    std::vector<Option> options = {
        {"--role", "ROLE",
         "administrator, analyst or viewer (default analyst; administrator for the first), or constituent"},
        {"--full-name", "NAME", "as it stands on screens"},
        {"--email", "ADDRESS", "where to write to"},
        {"--language", "CODE", "ar, zh, en, fr, ru or es", "en"}};
    for (auto const& option : membership_options()) options.push_back(option);
    for (auto const& option : password_options()) options.push_back(option);
    return {.name = "user add",
            .summary = "Add an account for a person",
            .about =
                "The password comes from --password-file or --password-stdin, else it is asked for on the "
                "terminal; without a terminal, or when the answer is empty, one is made and printed once. It needs "
                "12 characters or more.\n\nExamples:\n"
                "  tocsin user add amina --role administrator\n"
                "  tocsin user add jean --language fr --password-file ./first-password\n"
                "  tocsin user add noor --role constituent --organisation \"Northern Power\" --rights manager",
            .options = std::move(options),
            .arguments = {{"NAME", "to sign in with: a-z 0-9 . _ - @"}},
            .input = read_password,
            .run = run};
}

}  // namespace tocsin::app
