#include "app/mail_key_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const keys = mail_keys_of(call);
    std::vector<net::MailKey> found;
    for (auto const kind : {net::SealKind::openpgp, net::SealKind::smime}) {
        auto key = keys.public_half(kind);
        if (!key && key.error().code == Code::not_found) continue;
        if (!key) return call.failed(key.error());
        found.push_back(*std::move(key));
    }
    if (call.json()) {
        JsonWriter json;
        json.object().key("keys").array();
        for (auto const& key : found) append_mail_key(json, key);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    }
    for (auto const& key : found) print_mail_key(call, key);
    if (found.empty()) call.print("There is none. tocsin mail-key make makes one; tocsin mail-key import takes yours.");
    return Exit::done;
}

}  // namespace

Command command_mail_key_show() {
    return {.name = "mail-key show", .summary = "Show our own keys for mail", .run = run};
}

}  // namespace tocsin::app
