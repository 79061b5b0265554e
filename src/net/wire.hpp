#pragma once
#include "net/message_stream.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

/// Private to the room.
namespace tocsin::net {

/// A connection of bytes to a broker, plain or with TLS 1.2 and later, made by curl: its rules of addresses,
/// certificates and proxies are those of the HTTP client. One thread at a time; not to be moved.
class Wire {
  public:
    /// To the first of `options.address.hosts`. Errors: as MessageStream's.
    static Result<std::unique_ptr<Wire>> open(StreamOptions const& options);
    ~Wire();
    Wire(Wire const&) = delete;
    Wire& operator=(Wire const&) = delete;

    /// All of it. Errors: Code::unavailable when it broke off, was cancelled or took longer than `quiet_time`.
    Status send(std::string_view bytes);
    /// What came, at least one byte; 0 when nothing did in that time. Errors: Code::unavailable at the end, too.
    Result<std::size_t> receive(std::span<char> into, std::chrono::milliseconds wait);
    /// What is here already: nothing is waited for.
    Result<std::size_t> receive_now(std::span<char> into);
    /// To wait for bytes together with other things.
    int socket() const;

  private:
    struct Impl;
    explicit Wire(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::net
