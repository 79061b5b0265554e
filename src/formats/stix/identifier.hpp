#pragma once
#include "formats/json_tree.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::formats::stix {

/// The 16 bytes of a UUID (RFC 9562), in network order.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    int version() const { return bytes[6] >> 4; }
    /// The variant of RFC 9562 section 4.1.
    bool is_standard() const { return (bytes[8] & 0xc0) == 0x80; }
    friend auto operator<=>(Uuid const&, Uuid const&) = default;
};

/// 8-4-4-4-12 hexadecimal digits of either case; nothing for anything else. No allocation.
std::optional<Uuid> parse_uuid(std::string_view text);
/// In lower case.
std::string format_uuid(Uuid const& uuid);
/// Name-based by SHA-1 (RFC 9562 section 5.5).
Uuid uuid_v5(Uuid const& name_space, std::string_view name);
/// From random bytes, of which it takes 16 (RFC 9562 section 5.4).
Uuid uuid_v4(std::string_view random);

/// An identifier taken apart: "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f".
struct Identifier {
    std::string_view type;
    Uuid uuid;
};

/// Source: STIX 2.1 section 2.9. Nothing for what is not TYPE--UUID. The type is not looked up. No allocation.
std::optional<Identifier> parse_identifier(std::string_view text);
std::string format_identifier(std::string_view type, Uuid const& uuid);

/// Of deterministic SCO ids (STIX 2.1 section 2.9).
extern Uuid const sco_namespace;

/// The deterministic id of a cyber-observable object: UUIDv5 over the JCS of its ID contributing properties.
///
/// Source: STIX 2.1 sections 2.9 and 3.4. Of `hashes` one enters: the first present of MD5, SHA-1, SHA-256, SHA-512,
/// else the first as written. Nothing for types without such properties and for objects with none of them: those get a
/// UUIDv4. Errors: Code::invalid for a number that is none of JCS.
Result<std::optional<std::string>> deterministic_id(JsonValue object);

}  // namespace tocsin::formats::stix
