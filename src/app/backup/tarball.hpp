#pragma once
#include "app/backup/manifest.hpp"

#include <filesystem>
#include <functional>

namespace tocsin::app::backup {

/// Called now and then with the bytes done; false breaks off (Code::unavailable).
using Progress = std::function<bool(std::uint64_t bytes)>;

/// A folder with its manifest as one .tar.zst (POSIX pax, Zstandard), the manifest first, mode 0600. Written beside and
/// renamed, so that it is whole or absent. Errors: Code::io naming the file.
Status pack(std::filesystem::path const& folder, Manifest const& manifest, std::filesystem::path const& file,
            Progress const& progress);

/// Unpacks into a folder that exists and is empty. Regular files only; a path that would leave the folder, a link, or
/// more than `most_bytes` is an error. What came out must still be held against the manifest.
Status unpack(std::filesystem::path const& file, std::filesystem::path const& folder, std::uint64_t most_bytes,
              Progress const& progress);

}  // namespace tocsin::app::backup
