#pragma once
#include "base/base.hpp"

#include <functional>
#include <memory>
#include <string_view>

/// Undoes the Content-Encoding of an answer, piece by piece. Private to net.
namespace tocsin::net {

using TakeBytes = std::function<Status(std::string_view)>;

/// One packed body. The pieces handed out are small (64 KiB), so the taker can stop a bomb before it grows.
class HttpDecoder {
  public:
    virtual ~HttpDecoder() = default;
    /// Errors: Code::invalid for damage, and bytes behind the end; what `take` says.
    virtual Status write(std::string_view packed, TakeBytes const& take) = 0;
    /// No more comes. Errors: Code::unavailable when it breaks off inside. A body without a byte is whole.
    virtual Status finish() = 0;
};

/// For one value of Content-Encoding (RFC 9110 section 8.4.1): gzip and x-gzip (RFC 1952, also several members), br
/// (RFC 7932), zstd (RFC 8878, a window of at most 8 MiB, RFC 9659). Null for "identity" and nothing.
/// Errors: Code::invalid for what was not asked for, several layers among it.
Result<std::unique_ptr<HttpDecoder>> decoder_for(std::string_view content_encoding);

}  // namespace tocsin::net
