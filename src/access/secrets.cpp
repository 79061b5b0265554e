#include "access/secrets.hpp"

#include <cstring>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

namespace tocsin::access {
namespace {

constexpr std::string_view file_mark = "tocsin-secret-1\n";

unsigned char const* bytes_of(std::string_view text) {
    return reinterpret_cast<unsigned char const*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

std::string keyed_hash(std::string_view key, std::string_view text) {
    std::string hash(32, '\0');
    crypto_generichash(bytes_of(hash), hash.size(), bytes_of(text), text.size(), bytes_of(key), key.size());
    return hash;
}

}  // namespace

Result<Secrets> Secrets::open(store::DataDirectory const& directory) {
    TOCSIN_ASSERT(sodium_init() >= 0);
    auto const path = directory / "secret";
    auto read = store::read_file(path, 4096);
    if (!read && read.error().code == Code::not_found) {
        std::string root = secret_bytes(32);
        CHECK(store::write_file(path, fmt::format("{}{}\n", file_mark, to_hex(root)), 0600));
        return Secrets(std::move(root));
    }
    TRY(auto const text, std::move(read));
    struct stat about{};
    if (::stat(path.c_str(), &about) == 0 && (about.st_mode & 077) != 0)
        return fail(Code::denied, fmt::format("{0} can be read by others; chmod 600 {0}", path.string()));
    std::string_view rest = text;
    if (rest.starts_with(file_mark)) rest.remove_prefix(file_mark.size());
    auto root = from_hex(trimmed(rest));
    if (rest.size() == text.size() || !root || root->size() != 32)
        return fail(Code::invalid, fmt::format("{} is damaged; take it from the last backup", path.string()));
    return Secrets(*std::move(root));
}

std::string Secrets::key(std::string_view purpose) const {
    return keyed_hash(root_, purpose);
}

std::string Secrets::mac(std::string_view purpose, std::string_view text) const {
    return keyed_hash(key(purpose), text);
}

std::string Secrets::seal(std::string_view purpose, std::string_view text) const {
    std::string const nonce = secret_bytes(crypto_secretbox_NONCEBYTES);
    std::string sealed(crypto_secretbox_MACBYTES + text.size(), '\0');
    crypto_secretbox_easy(bytes_of(sealed), bytes_of(text), text.size(), bytes_of(nonce), bytes_of(key(purpose)));
    return nonce + sealed;
}

std::optional<std::string> Secrets::unseal(std::string_view purpose, std::string_view sealed) const {
    if (sealed.size() < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) return std::nullopt;
    auto const nonce = sealed.substr(0, crypto_secretbox_NONCEBYTES);
    sealed.remove_prefix(nonce.size());
    std::string text(sealed.size() - crypto_secretbox_MACBYTES, '\0');
    if (crypto_secretbox_open_easy(bytes_of(text), bytes_of(sealed), sealed.size(), bytes_of(nonce),
                                   bytes_of(key(purpose))) != 0)
        return std::nullopt;
    return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string sha256(std::string_view bytes) {
    std::string hash(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256(bytes_of(hash), bytes_of(bytes), bytes.size());
    return hash;
}

}  // namespace tocsin::access
