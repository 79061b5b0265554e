#pragma once
#include "base/base.hpp"
#include "formats/formats.hpp"

#include <filesystem>
#include <memory>

namespace tocsin::events {

/// A file's bytes in order. Errors: Code::not_found, Code::denied, Code::invalid for a folder, Code::io; the message
/// names the path.
Result<std::unique_ptr<formats::ByteSource>> open_file(std::filesystem::path const& path);
/// What comes in on standard input.
std::unique_ptr<formats::ByteSource> standard_input();

}  // namespace tocsin::events
