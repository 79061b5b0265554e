#include "intelligence/simple_pattern.hpp"

#include <array>
#include <string>

namespace tocsin::intelligence {
namespace {

using formats::ObservableKind;

struct Path {
    std::string_view path;
    ObservableKind kind;
};
constexpr std::array paths{
    Path{"ipv4-addr:value", ObservableKind::ip},
    Path{"ipv6-addr:value", ObservableKind::ip},
    Path{"network-traffic:dst_ref.value", ObservableKind::ip},
    Path{"network-traffic:src_ref.value", ObservableKind::ip},
    Path{"domain-name:value", ObservableKind::domain},
    Path{"url:value", ObservableKind::url},
    Path{"email-addr:value", ObservableKind::email},
    Path{"email-message:from_ref.value", ObservableKind::email},
    Path{"email-message:sender_ref.value", ObservableKind::email},
    Path{"file:hashes.MD5", ObservableKind::md5},
    Path{"file:hashes.'MD5'", ObservableKind::md5},
    Path{"file:hashes.'SHA-1'", ObservableKind::sha1},
    Path{"file:hashes.'SHA-256'", ObservableKind::sha256},
    Path{"file:hashes.'SHA-512'", ObservableKind::sha512},
    Path{"file:name", ObservableKind::file_name},
    Path{"mutex:name", ObservableKind::mutex},
    Path{"windows-registry-key:key", ObservableKind::registry_key},
    Path{"mac-addr:value", ObservableKind::mac},
    Path{"x509-certificate:hashes.'SHA-1'", ObservableKind::certificate_sha1},
    Path{"x509-certificate:hashes.'SHA-256'", ObservableKind::certificate_sha256},
};

/// Reads a pattern from left to right.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool is_done() {
        skip();
        return rest_.empty();
    }
    bool take(std::string_view token) {
        skip();
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        return true;
    }
    std::string_view path() {
        skip();
        std::size_t at = 0;
        bool is_quoted = false;
        while (at < rest_.size() && (is_quoted || (rest_[at] != ' ' && rest_[at] != '=' && rest_[at] != '!' &&
                                                   rest_[at] != '<' && rest_[at] != '>')))
            if (rest_[at++] == '\'') is_quoted = !is_quoted;
        auto const path = rest_.substr(0, at);
        rest_.remove_prefix(at);
        return path;
    }
    std::optional<std::string> text() {
        if (!take("'")) return {};
        std::string out;
        for (std::size_t at = 0; at < rest_.size(); ++at) {
            if (rest_[at] == '\'') {
                rest_.remove_prefix(at + 1);
                return out;
            }
            if (rest_[at] == '\\' && ++at == rest_.size()) return {};
            out += rest_[at];
        }
        return {};
    }

  private:
    void skip() {
        while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\n' || rest_[0] == '\r'))
            rest_.remove_prefix(1);
    }
    std::string_view rest_;
};

std::optional<formats::Observable> comparison(Scanner& scanner) {
    auto const path = scanner.path();
    if (!scanner.take("=") && !scanner.take("ISSUBSET")) return {};
    auto value = scanner.text();
    if (!value) return {};
    for (auto const& known : paths)
        if (known.path == path) return formats::Observable{known.kind, *std::move(value)};
    return {};
}

}  // namespace

std::optional<std::vector<formats::Observable>> alternatives_of(std::string_view pattern) {
    Scanner scanner(pattern);
    std::vector<formats::Observable> values;
    do {
        if (!scanner.take("[")) return {};
        do {
            auto value = comparison(scanner);
            if (!value) return {};
            values.push_back(*std::move(value));
        } while (scanner.take("OR"));
        if (!scanner.take("]")) return {};
    } while (scanner.take("OR"));
    if (!scanner.is_done()) return {};
    return values;
}

}  // namespace tocsin::intelligence
