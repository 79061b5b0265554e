#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Frames of STOMP 1.2 (https://stomp.github.io/stomp-specification-1.2.html). Private to the room.
namespace tocsin::net {

struct StompHeader {
    std::string name, value;
    friend bool operator==(StompHeader const&, StompHeader const&) = default;
};

struct StompFrame {
    std::string command = {};
    std::vector<StompHeader> headers = {};  ///< escapes undone; of repeated ones the first counts
    std::string body = {};
    std::uint64_t body_bytes = 0;  ///< of the whole body
    bool is_cut = false;           ///< the body is longer than may be read and was dropped

    /// The first header of that name; nothing when there is none.
    std::optional<std::string_view> header(std::string_view name) const;
    friend bool operator==(StompFrame const&, StompFrame const&) = default;
};

/// The bytes of a frame, with `content-length` when there is a body. Headers are escaped, but those of CONNECT and
/// CONNECTED (section "Value Encoding").
std::string encode_stomp(StompFrame const& frame);

struct StompLimits {
    std::size_t head_bytes = 64 << 10;  ///< command and headers
    std::size_t headers = 200;
    std::uint64_t body_bytes = 1 << 20;  ///< a longer body is dropped, and the frame says so
};

/// Cuts frames out of bytes that come in pieces. Holds one frame.
class StompReader {
  public:
    explicit StompReader(StompLimits limits) : limits_(limits) {}
    void add(std::string_view bytes) { buffer_ += bytes; }
    /// The next whole frame; nothing when more bytes are needed. Line ends between frames (heart-beats) are dropped.
    /// Errors, after which nothing more can be read: Code::invalid with what was expected, Code::limit.
    Result<std::optional<StompFrame>> next();
    /// Bytes that were added and are in no frame yet.
    std::size_t waiting() const { return buffer_.size() - at_; }

  private:
    Result<bool> read_head();
    Status read_header(std::string_view line);
    Result<bool> read_body();
    bool take_counted();
    bool take_to_zero();
    void keep(std::string_view piece);

    StompLimits limits_;
    std::string buffer_;
    std::size_t at_ = 0;
    bool has_head_ = false;
    std::optional<std::uint64_t> left_;  ///< of a body whose length was told
    StompFrame frame_;
};

}  // namespace tocsin::net
