#pragma once
#include "formats/formats.hpp"
#include "net/net.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

/// What operations that take raw bytes do with them. Private to api.
namespace tocsin::api {

/// Collects a body in memory, then asks. The contract's limit bounds it.
std::unique_ptr<net::BodySink> in_memory(std::function<net::HttpResponse(std::string body)> answer);

/// Writes a body to a file without a name in `folder`, gone at the latest with the process, then reads it through.
/// Errors: Code::io when it can't be made; Code::unavailable when as many are being written as may be.
Result<std::unique_ptr<net::BodySink>> in_a_file(
    std::filesystem::path const& folder, std::function<net::HttpResponse(formats::RewindableSource& body)> answer);

}  // namespace tocsin::api
