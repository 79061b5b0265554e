#include "app/mail_key_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const years = parse_int(call.get("--years"));
    if (!years || *years < 0 || *years > 20) {
        call.tell("--years: expected 0 (without an end) to 20");
        return Exit::usage;
    }
    auto const& config = call.instance->config();
    net::Mailbox const owner{call.has("--name") ? call.get("--name") : config.team_name,
                             call.has("--email") ? call.get("--email") : config.team_email};
    if (!net::is_mail_address(owner.address)) {
        call.tell("--email: expected a mail address, found \"{}\"", owner.address);
        return Exit::usage;
    }
    return tell_mail_key(call, mail_keys_of(call).make(owner, static_cast<int>(*years), call.has("--replace"),
                                                       access::command_principal()));
}

}  // namespace

Command command_mail_key_make() {
    return {.name = "mail-key make",
            .summary = "Make our OpenPGP key for signing mail and for reading what comes encrypted",
            .about =
                "The key stands in DATA/mail-keys, without a passphrase, readable by us only; a backup holds it. Give "
                "its public half to those who write to you:\n\n  tocsin mail-key export > cirt.asc",
            .options = {{"--name", "TEXT", "whose it is; else the team's name"},
                        {"--email", "ADDRESS", "else the team's"},
                        {"--years", "NUMBER", "how long it is good; 0: without an end", "3"},
                        {"--replace", "", "put it in place of the one there is, which stays for reading old mail"}},
            .run = run};
}

}  // namespace tocsin::app
