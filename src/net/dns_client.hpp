#pragma once
#include "base/base.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Asks a resolver for TXT records (RFC 1035), for what the C library can't be asked with a server of our choice.
namespace tocsin::net {

struct DnsOptions {
    /// "192.0.2.53", "127.0.0.1:5353", "[2001:db8::53]:53"; empty: the first nameserver of /etc/resolv.conf.
    std::string server = {};
    std::chrono::milliseconds timeout{3000};  ///< of one attempt
    int attempts = 2;
};

/// The TXT records of a name, each with its strings put together. No such name, or no such record: none.
///
/// By UDP, by TCP when the answer is cut. At most 64 KiB and 100 records are looked at. Nothing here validates DNSSEC:
/// that is the resolver's work. Safe from any thread.
/// Errors: Code::invalid for a name or server that is none; Code::unavailable when no answer came, or the resolver
/// failed.
Result<std::vector<std::string>> txt_records(std::string_view name, DnsOptions const& options);

// The messages themselves, without a socket.

/// A question for TXT of a name. Errors: Code::invalid.
Result<std::string> dns_question(std::string_view name, std::uint16_t id);
struct DnsAnswer {
    bool is_cut = false;  ///< ask again by TCP
    int code = 0;         ///< RCODE: 0 well, 2 server failure, 3 no such name, 5 refused
    std::vector<std::string> texts;
};
/// Errors: Code::invalid for what is no answer to exactly this question.
Result<DnsAnswer> read_dns_answer(std::string_view message, std::string_view question);

}  // namespace tocsin::net
