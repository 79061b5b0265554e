#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tocsin::formats {

/// One file of an office document.
struct ZipPart {
    std::string name, bytes;
};

/// The parts as a zip, in the order given, without times (a zip keeps local ones) and owners: the same parts give the
/// same bytes.
Result<std::string> zipped(std::span<ZipPart const> parts);

struct ZipLimits {
    std::size_t parts = 1000;
    std::size_t part_bytes = std::size_t{32} << 20;   ///< unpacked
    std::size_t total_bytes = std::size_t{64} << 20;  ///< unpacked, together
};

/// All files of a zip. Sizes that it tells are not trusted.
/// Errors: Code::invalid when it is damaged, encrypted or names a file twice; Code::limit, naming the part.
Result<std::vector<ZipPart>> unzipped(std::string_view bytes, ZipLimits const& limits);

}  // namespace tocsin::formats
