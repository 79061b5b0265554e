#pragma once
#include "formats/byte_source.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tocsin::formats {

enum class Compression : std::uint8_t { none, gzip, zstd, zip };

/// What the first bytes say (RFC 1952 section 2.3.1, RFC 8878 section 3.1.1, APPNOTE.TXT section 4.3.7).
Compression compression_of(std::string_view first_bytes);

struct InflateLimits {
    std::uint64_t expanded_bytes = std::uint64_t{64} << 30;
    std::uint32_t expansion =
        400;  ///< expanded bytes for each compressed byte; holds once more than `free_bytes` came out
    std::uint64_t free_bytes = std::uint64_t{64} << 20;
};

struct Inflated {
    std::unique_ptr<ByteSource> source;
    Compression compression = Compression::none;
    std::string inner_name;  ///< the file's name inside a zip: its last part only, for recognition and never as a path
};

/// Reads what is compressed as if it were not: gzip (also several members), zstd (also several frames), zip with one
/// file in it.
///
/// Sizes told by the archive are not trusted. Errors while reading: Code::limit past a limit; Code::invalid when the
/// stream is damaged, ends too early, is encrypted, compressed twice, or the zip holds none or more than one file
/// (known only at its end).
Result<Inflated> inflate(std::unique_ptr<ByteSource> source, InflateLimits const& limits = {});

}  // namespace tocsin::formats
