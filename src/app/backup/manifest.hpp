#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// A backup is a folder, or the same folder as one .tar.zst file, with `manifest.json`: every file, its size and its
/// SHA-256. Written last, so that what has a manifest is whole.
namespace tocsin::app::backup {

struct File {
    std::string path;  ///< relative, with "/", no ".."
    std::uint64_t bytes = 0;
    std::string sha256;  ///< 64 hexadecimal digits
};

struct Manifest {
    Timestamp made;
    std::string version;  ///< of the program
    std::vector<File> files;

    std::uint64_t bytes() const;
};

constexpr std::string_view manifest_name = "manifest.json";

std::string manifest_json(Manifest const& manifest);
/// Errors: Code::invalid, saying what is wrong; also for a path that would leave the folder.
Result<Manifest> parse_manifest(std::string_view json);

/// SHA-256 of a file, read in pieces. Errors: Code::io.
Result<File> hashed(std::filesystem::path const& folder, std::string const& path);
/// Every regular file under the folder but the manifest, in order of path.
Result<std::vector<std::string>> files_under(std::filesystem::path const& folder);

/// Reads the manifest of an unpacked backup and holds every file against it.
/// Errors: Code::invalid naming the first file that is missing, surplus or different.
Result<Manifest> verified(std::filesystem::path const& folder);

}  // namespace tocsin::app::backup
