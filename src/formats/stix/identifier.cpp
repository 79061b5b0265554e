#include "formats/stix/identifier.hpp"

#include "formats/stix/canonical.hpp"
#include "formats/stix/schema.hpp"

#include <algorithm>
#include <openssl/evp.h>

namespace tocsin::formats::stix {
namespace {

constexpr std::size_t uuid_text = 36;

constexpr std::array<std::int8_t, 256> hex_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (int i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
    for (int i = 0; i < 6; ++i) {
        values[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
        values[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(10 + i);
    }
    return values;
}();

int hex_value(char c) {
    return hex_values[static_cast<unsigned char>(c)];
}

Uuid marked(Uuid uuid, unsigned version) {
    uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | version << 4);
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

std::array<unsigned char, EVP_MAX_MD_SIZE> sha1(std::string_view bytes) {
    static EVP_MD const* const algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    TOCSIN_ASSERT(algorithm != nullptr &&
                  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr) == 1);
    return digest;
}

/// The one hash of STIX 2.1 section 2.9, as an object of its own.
Status append_one_hash(std::string& out, JsonValue hashes) {
    JsonValue chosen;
    for (std::string_view const algorithm : {"MD5", "SHA-1", "SHA-256", "SHA-512"})
        if (!chosen) chosen = hashes[algorithm];
    if (!chosen && hashes.size() > 0) chosen = *hashes.begin();
    if (!chosen) return append_canonical(out, hashes);
    out.push_back('{');
    append_canonical_text(out, chosen.key());
    out.push_back(':');
    CHECK(append_canonical(out, chosen));
    out.push_back('}');
    return {};
}

}  // namespace

constinit Uuid const sco_namespace{
    {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}};

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != uuid_text) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-') return std::nullopt;
        int const value = hex_value(text[at]) << 4 | hex_value(text[at + 1]);
        if (value < 0) return std::nullopt;
        uuid.bytes[i] = static_cast<std::uint8_t>(value);
        at += 2;
    }
    return uuid;
}

std::string format_uuid(Uuid const& uuid) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(uuid_text);
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
        text.push_back(digits[uuid.bytes[i] >> 4]);
        text.push_back(digits[uuid.bytes[i] & 15]);
    }
    return text;
}

Uuid uuid_v5(Uuid const& name_space, std::string_view name) {
    std::string text(reinterpret_cast<char const*>(name_space.bytes.data()), name_space.bytes.size());
    text += name;
    auto const digest = sha1(text);
    Uuid uuid;
    std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
    return marked(uuid, 5);
}

Uuid uuid_v4(std::string_view random) {
    Uuid uuid;
    TOCSIN_ASSERT(random.size() >= uuid.bytes.size());
    std::ranges::transform(random.substr(0, uuid.bytes.size()), uuid.bytes.begin(),
                           [](char c) { return static_cast<std::uint8_t>(c); });
    return marked(uuid, 4);
}

std::optional<Identifier> parse_identifier(std::string_view text) {
    if (text.size() < uuid_text + 3) return std::nullopt;
    auto const split = text.size() - uuid_text;
    if (text.substr(split - 2, 2) != "--") return std::nullopt;
    auto const uuid = parse_uuid(text.substr(split));
    if (!uuid) return std::nullopt;
    return Identifier{text.substr(0, split - 2), *uuid};
}

std::string format_identifier(std::string_view type, Uuid const& uuid) {
    return std::string(type) + "--" + format_uuid(uuid);
}

Result<std::optional<std::string>> deterministic_id(JsonValue object) {
    auto const type = object["type"].text();
    auto const* const schema = schema_of(type);
    if (schema == nullptr) return std::nullopt;
    std::vector<JsonValue> contributing;
    for (auto const member : object)
        if (auto const* const property = schema->find(member.key()); property != nullptr && property->is_contributing)
            contributing.push_back(member);
    if (contributing.empty()) return std::nullopt;
    std::ranges::sort(contributing, {}, &JsonValue::key);
    std::string name = "{";
    for (auto const member : contributing) {
        if (name.size() > 1) name.push_back(',');
        append_canonical_text(name, member.key());
        name.push_back(':');
        if (member.key() == "hashes" && member.is_object()) {
            CHECK(append_one_hash(name, member));
        } else {
            CHECK(append_canonical(name, member));
        }
    }
    name.push_back('}');
    return format_identifier(type, uuid_v5(sco_namespace, name));
}

}  // namespace tocsin::formats::stix
