#include "net/curl_parts.hpp"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <mutex>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace tocsin::net {

void start_curl_once() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::string printable(std::string_view text) {
    std::string out;
    for (char const c : trimmed(text.substr(0, 300))) out += (c >= 0x20 && c < 0x7f) ? c : '?';
    return out;
}

Result<std::string> plain_fingerprint(std::string_view text) {
    std::string plain;
    for (char const c : lowered(trimmed(text)))
        if (c != ':') plain += c;
    if (auto const bytes = from_hex(plain); !bytes || bytes->size() != 32)
        return fail(Code::invalid, "the fingerprint is no SHA-256: 64 hexadecimal digits, colons allowed");
    return plain;
}

std::string fingerprint_of(X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    return to_hex({reinterpret_cast<char const*>(digest.data()), size});
}

std::optional<IpAddress> address_of(sockaddr const& address) {
    if (address.sa_family == AF_INET)
        return IpAddress::v4(ntohl(reinterpret_cast<sockaddr_in const&>(address).sin_addr.s_addr));
    if (address.sa_family != AF_INET6) return std::nullopt;
    IpAddress result;
    auto const* const bytes = reinterpret_cast<sockaddr_in6 const&>(address).sin6_addr.s6_addr;
    for (int i = 0; i < 8; ++i) result.high = result.high << 8 | bytes[i];
    for (int i = 8; i < 16; ++i) result.low = result.low << 8 | bytes[i];
    return result;
}

}  // namespace tocsin::net
