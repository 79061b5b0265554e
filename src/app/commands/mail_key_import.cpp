#include "app/mail_key_words.hpp"
#include "store/store.hpp"

namespace tocsin::app {
namespace {

constexpr std::size_t longest_key = std::size_t{1} << 20, longest_passphrase = 4096;

Result<std::string> read_passphrase(Invocation const& call) {
    if (!call.has("--passphrase-file")) return std::string();
    TRY(auto text, store::read_file(call.path(call.get("--passphrase-file")), longest_passphrase));
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return text;
}

Exit run(Invocation& call) {
    auto const bytes = store::read_file(call.path(call.arguments.front()), longest_key);
    if (!bytes) return call.failed(bytes.error());
    return tell_mail_key(
        call, mail_keys_of(call).import(*bytes, call.input, call.has("--replace"), access::command_principal()));
}

}  // namespace

Command command_mail_key_import() {
    return {.name = "mail-key import",
            .summary = "Take a secret key of ours for mail: OpenPGP, or an S/MIME certificate with its key",
            .about =
                "OpenPGP in armour and without a passphrase (gpg --armor --export-secret-keys); S/MIME as PEM, the "
                "certificate first, or as PKCS #12.\n\n"
                "  tocsin mail-key import cirt.p12 --passphrase-file passphrase.txt",
            .options = {{"--passphrase-file", "FILE", "its first line opens the PKCS #12 file"},
                        {"--replace", "", "put it in place of the one there is, which stays for reading old mail"}},
            .arguments = {{"FILE", "the key"}},
            .input = read_passphrase,
            .run = run};
}

}  // namespace tocsin::app
