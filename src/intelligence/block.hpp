#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Bodies of objects, some dozens together in one zstd frame (RFC 8878): neighbours look alike, so a body of 700 bytes
/// costs about 80. Pure; the ledger's row is the caller's.
namespace tocsin::intelligence {

/// A block is full at this many bytes of text: small enough that one object is read in some tens of microseconds.
inline constexpr std::size_t block_bytes = std::size_t{64} << 10;

/// Texts without line feeds (minified JSON has none) joined and compressed.
std::string pack_block(std::string_view lines);
/// Errors: Code::io for bytes that are no such block; nothing larger than 64 MiB is unpacked.
Result<std::string> unpack_block(std::string_view bytes);
/// Where each line of an unpacked block begins, and one past its end.
std::vector<std::size_t> line_starts(std::string_view text);

}  // namespace tocsin::intelligence
