#pragma once
#include "api/router.hpp"
#include "events/events.hpp"
#include "gate/gate.hpp"

/// Downloads. Private to api.
namespace tocsin::api {

/// A download of that name and type whose bytes `write` makes.
net::HttpResponse download(std::string_view file_name, std::string_view media_type,
                           std::function<Status(net::BodyWriter&)> write);

/// Enters a download of many things in the disclosure log: before its first byte leaves.
struct Download {
    std::string file_name;
    std::string query;  ///< of its address
    access::Principal caller;

    static Download of(Call const& call, std::string file_name);
    Status record(House const& house, gate::Bounds const& scope, events::Extent const& extent) const;
};

/// Collects small pieces into larger writes.
class BufferedWriter {
  public:
    explicit BufferedWriter(net::BodyWriter& out) : out_(out) {}
    Status write(std::string_view bytes) {
        buffer_ += bytes;
        return buffer_.size() >= most_buffered ? flush() : Status{};
    }
    Status flush() {
        if (buffer_.empty()) return {};
        CHECK(out_.write(buffer_));
        buffer_.clear();
        return {};
    }

  private:
    static constexpr std::size_t most_buffered = 64 << 10;
    net::BodyWriter& out_;
    std::string buffer_;
};

}  // namespace tocsin::api
