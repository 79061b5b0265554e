#include "constituency/readers/readers.hpp"
#include "formats/formats.hpp"

#include <algorithm>

namespace tocsin::constituency {
namespace {

constexpr std::size_t greatest_file = 64 << 10, most_contacts = 32;

/// "https://host:port/path": the host in small letters.
std::string host_of(std::string_view url) {
    if (url.size() < 9 || !equal_ignoring_case(url.substr(0, 8), "https://")) return {};
    url.remove_prefix(8);
    auto host = url.substr(0, url.find_first_of("/?#"));
    if (auto const at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
    host = host.substr(0, host.find(':'));
    return lowered(host.substr(0, 255));
}

/// The file's fields, without an OpenPGP cleartext signature around them (RFC 9116 section 2.3, RFC 9580 section 7).
/// Whether the signature is right is not looked at: nothing here says whose key it would have to be.
std::vector<std::pair<std::uint64_t, std::string_view>> lines_of(std::string_view text) {
    std::vector<std::pair<std::uint64_t, std::string_view>> lines;
    bool in_armour_header = false;
    std::uint64_t number = 0;
    while (!text.empty()) {
        auto const end = text.find('\n');
        auto line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++number;
        if (line == "-----BEGIN PGP SIGNED MESSAGE-----") {
            in_armour_header = true;
            continue;
        }
        if (in_armour_header) {
            in_armour_header = !line.empty();
            continue;
        }
        if (line == "-----BEGIN PGP SIGNATURE-----") break;
        if (line.starts_with("- ")) line.remove_prefix(2);
        if (!line.empty() && !line.starts_with('#')) lines.emplace_back(number, line);
    }
    return lines;
}

struct Fields {
    std::vector<std::pair<std::uint64_t, std::string_view>> contacts;
    std::string host, key, language;
    std::optional<Timestamp> expires;
    std::size_t expires_fields = 0;
};

Fields fields_in(std::string_view text, StatementSink const& sink) {
    Fields fields;
    for (auto const& [number, line] : lines_of(text)) {
        auto const colon = line.find(':');
        if (colon == std::string_view::npos) {
            sink.fault({number, "", "expected \"Field: value\""});
            continue;
        }
        auto const name = lowered(trimmed(line.substr(0, colon)));
        auto const value = trimmed(line.substr(colon + 1));
        if (name == "contact") fields.contacts.emplace_back(number, value);
        if (name == "canonical" && fields.host.empty()) fields.host = host_of(value);
        if (name == "encryption" && lowered(value.substr(0, 12)) == "openpgp4fpr:")
            fields.key = uppered(value.substr(12, 64));
        if (name == "preferred-languages" && fields.language.empty())
            for (auto const one : split(value, ',')) {
                auto const language = lowered(trimmed(one).substr(0, 2));
                if (is_language(language) && fields.language.empty()) fields.language = language;
            }
        if (name == "expires") {
            ++fields.expires_fields;
            if (auto const at = parse_timestamp(value)) fields.expires = *at;
        }
    }
    return fields;
}

}  // namespace

Status read_security_txt(std::string_view bytes, ReaderOptions const& options, StatementSink const& sink) {
    if (bytes.size() > greatest_file)
        return fail(Code::limit, fmt::format("{}: expected at most {} KiB", options.name, greatest_file >> 10));
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    auto const fields = fields_in(bytes, sink);
    if (fields.contacts.empty())
        return fail(Code::invalid, fmt::format("{}: expected at least one Contact field (RFC 9116)", options.name));
    if (fields.expires_fields != 1 || !fields.expires)
        return fail(Code::invalid,
                    fmt::format("{}: expected exactly one Expires field with a time (RFC 9116)", options.name));
    if (*fields.expires <= options.now)
        return fail(Code::invalid, fmt::format("{}: it expired on {}; what it says is not to be used (RFC 9116)",
                                               options.name, format_timestamp(*fields.expires)));
    auto const holder = fields.host.empty() ? std::string() : "domain:" + fields.host;
    std::size_t told = 0;
    for (auto const& [line, uri] : fields.contacts) {
        SaidContact said{.line = line, .holder = holder, .draft = {}};
        said.draft.role = ContactRole::security;
        said.draft.language = fields.language;
        auto const scheme = lowered(uri.substr(0, 7));
        if (scheme == "mailto:") {
            auto const address = percent_decoded(uri.substr(7, uri.substr(7).find('?')));
            if (!address) {
                sink.fault({line, "Contact", "expected a mailto: URI"});
                continue;
            }
            said.draft.email = *address;
            said.draft.key = fields.key;
        } else if (scheme.starts_with("tel:")) {
            said.draft.phone = phone_of(uri);
        } else {
            sink.left_out("contact that is a web page: nothing can be sent there");
            continue;
        }
        if (++told > most_contacts)
            return fail(Code::limit, fmt::format("{}: expected at most {} contacts", options.name, most_contacts));
        sink.contact(std::move(said));
    }
    return {};
}

}  // namespace tocsin::constituency
