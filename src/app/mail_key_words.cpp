#include "app/mail_key_words.hpp"

namespace tocsin::app {

notifications::MailKeys mail_keys_of(Invocation& call) {
    auto& instance = *call.instance;
    return {instance.ledger(), instance.clock(), instance.directory().path()};
}

void append_mail_key(JsonWriter& json, net::MailKey const& key) {
    json.object()
        .field("kind", net::name_of(key.kind))
        .field("fingerprint", key.fingerprint)
        .field("algorithm", key.algorithm)
        .key("addresses")
        .array();
    for (auto const& address : key.addresses) json.value(address);
    json.end()
        .field_if("created", key.created)
        .field_if("expires", key.expires)
        .field_unless_empty("trouble", key.trouble)
        .end();
}

void print_mail_key(Invocation const& call, net::MailKey const& key) {
    call.print("{:<8} {}\n         {}, {}{}", net::name_of(key.kind), key.fingerprint, key.algorithm,
               key.expires ? "expires on " + format_date(*key.expires) : "does not expire",
               key.trouble.empty() ? "" : "; it can't be used: " + key.trouble);
    for (auto const& address : key.addresses) call.print("         {}", address);
}

Exit tell_mail_key(Invocation& call, Result<net::MailKey> const& key) {
    if (!key) return call.failed(key.error());
    if (call.json()) {
        JsonWriter json;
        append_mail_key(json, *key);
        call.print("{}", json.text());
    } else {
        print_mail_key(call, *key);
    }
    return Exit::done;
}

Result<net::SealKind> seal_kind_named(std::string_view word) {
    for (auto const kind : {net::SealKind::openpgp, net::SealKind::smime})
        if (word == net::name_of(kind)) return kind;
    return fail(Code::invalid, fmt::format("expected openpgp or smime, found \"{}\"", word));
}

}  // namespace tocsin::app
