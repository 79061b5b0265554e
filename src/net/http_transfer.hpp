#pragma once
#include "net/http_client.hpp"
#include "net/http_decoder.hpp"

#include <memory>
#include <optional>
#include <string_view>

/// One exchange of the client, fed by curl's callbacks: counts, checks and hands on. Private to net.
namespace tocsin::net {

class HttpTransfer {
  public:
    /// `is_followed`: a redirect with a Location will be followed, so its body is of no use.
    HttpTransfer(HttpClientOptions const& options, HttpCall const& call, bool is_followed)
        : options_(options), call_(call), is_followed_(is_followed) {}

    /// Each line of the head and of trailers, as sent. False ends the transfer.
    bool header_line(std::string_view line);
    /// A piece of the body. False ends the transfer.
    bool body(std::string_view bytes);
    /// A piece of the request's body into `into`; nothing when the source failed.
    std::optional<std::size_t> give(std::span<char> into);
    /// Puts the request's body back to `offset`. False when it can't.
    bool rewind(std::uint64_t offset);
    bool is_cancelled() const { return call_.is_cancelled && call_.is_cancelled(); }

    /// All came, as curl sees it.
    Status finish();

    /// Why it was ended by us.
    std::optional<Error> trouble = {};
    /// Ended by us, and all is well: the rest of an error's body is not wanted.
    bool has_enough = false;
    bool has_head = false;
    HttpReply reply = {};

  private:
    bool stop(Error error);
    bool end_of_head();
    Status check_head();
    Status check_part();
    Status deliver(std::string_view bytes);
    bool is_redirect() const { return reply.status >= 300 && reply.status < 400 && reply.status != 304; }

    HttpClientOptions const& options_;
    HttpCall const& call_;
    bool is_followed_;
    bool expects_status_ = true;
    std::size_t header_bytes_ = 0;
    std::size_t given_ = 0;
    std::unique_ptr<HttpDecoder> decoder_;
};

}  // namespace tocsin::net
