#pragma once
/// What single words are: hashes, identifiers, names. Private to extract.
#include "formats/observable.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace tocsin::formats {

bool is_alnum(char c);
bool is_digit(char c);
bool is_hex_digit(char c);

/// The letter at `text[at]`: how many bytes it has (0: no letter), and whether it is of a script that is written
/// without spaces, so that a word of ASCII letters can touch it.
struct Letter {
    std::size_t size = 0;
    bool is_ideograph = false;
};
Letter letter_at(std::string_view text, std::size_t at);

/// By length; at least one letter and one digit, so that a long number is none.
std::optional<ObservableKind> hash_kind_of(std::string_view word);
bool is_tlsh(std::string_view word);
/// "CVE-2026-12345", any case.
bool is_cve(std::string_view word);
/// "T1059.001", "TA0002", "G0016", "S0154", "M1042", "C0027", "DS0017".
bool is_attack_id(std::string_view word);
/// "AS64500", "ASN64500" with the "AS" in capitals; three digits at least.
bool is_as_number(std::string_view word);
/// Six pairs of hexadecimal digits with '-' between.
bool is_mac_with_hyphens(std::string_view word);
/// Base58Check (versions 0 and 5) or Bech32 and Bech32m (BIP 173, BIP 350) with prefix "bc": the checksum holds.
bool is_bitcoin_address(std::string_view word);

enum class FileLook : unsigned char {
    none,
    maybe,  ///< the extension is a top-level domain as well
    sure,
};
/// Whether a name with a dot ends like a file that can run, or carries what runs.
FileLook file_look_of(std::string_view name);

}  // namespace tocsin::formats
