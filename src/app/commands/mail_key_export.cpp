#include "app/mail_key_words.hpp"

namespace tocsin::app {
namespace {

Result<std::string> text_of(notifications::MailKeys const& keys, net::SealKind kind, bool is_secret) {
    if (is_secret) return keys.export_secret(kind, access::command_principal());
    TRY(auto const key, keys.public_half(kind));
    return key.text;
}

Exit run(Invocation& call) {
    auto const kind = seal_kind_named(call.get("--kind"));
    if (!kind) {
        call.failed(kind.error());
        return Exit::usage;
    }
    auto const text = text_of(mail_keys_of(call), *kind, call.has("--secret"));
    if (!text) return call.failed(text.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("kind", net::name_of(*kind)).field("key", *text).end();
        call.print("{}", json.text());
    } else {
        call.streams.out(*text);
    }
    return Exit::done;
}

}  // namespace

Command command_mail_key_export() {
    return {.name = "mail-key export",
            .summary = "Print the public half of our key for mail, or the secret key for a safe place",
            .options = {{"--kind", "KIND", "openpgp or smime", "openpgp"},
                        {"--secret", "", "the secret key itself; this stands in the audit log"}},
            .run = run};
}

}  // namespace tocsin::app
