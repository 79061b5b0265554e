#include "constituency/enrichment.hpp"

#include <libpsl.h>

namespace tocsin::constituency {
namespace {

constexpr std::size_t longest_host = 253;

/// libpsl wants a string that ends with a zero byte; what it returns points into that string.
template <class Ask>
std::string_view ask(std::string_view host, Ask question) {
    if (host.empty() || host.size() > longest_host) return {};
    char copy[longest_host + 1];
    host.copy(copy, host.size());
    copy[host.size()] = '\0';
    char const* const found = question(psl_builtin(), copy);
    if (found == nullptr || found < copy || found > copy + host.size()) return {};
    return host.substr(static_cast<std::size_t>(found - copy));
}

}  // namespace

std::string_view public_suffix(std::string_view host) {
    return ask(host, psl_unregistrable_domain);
}

std::string_view registered_domain(std::string_view host) {
    return ask(host, psl_registrable_domain);
}

}  // namespace tocsin::constituency
