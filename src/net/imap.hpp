#pragma once
#include "base/base.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// A mailbox of somebody's mail server (IMAP4rev1, RFC 3501), as far as fetching messages and putting them away needs
/// it.
namespace tocsin::net {

struct ImapOptions {
    std::string url;  ///< imaps://host[:port], or imap://host[:port] (STARTTLS when `wants_tls`)
    std::string user, password;
    bool wants_tls = true;                    ///< never without
    std::string ca_file = {};                 ///< PEM; empty: the system's
    std::vector<IpPrefix> reachable = {};     ///< networks that may be reached although they are not global
    std::chrono::seconds connect_time{30};    ///< connection, TLS and log-in
    std::chrono::seconds quiet_time{60};      ///< without a byte from the server
    std::function<bool()> is_cancelled = {};  ///< asked about twice a second
};
/// Errors: Code::invalid, saying what is wrong with the url.
Status check_imap_url(std::string_view url);

/// One connection. One thread at a time. After an error it is of no use any more, but for those of Code::not_found and
/// Code::limit.
///
/// Errors of all calls, each naming the server: Code::denied (log-in, certificate, an address that must not be
/// reached), Code::unavailable (no connection, broke off, too slow, cancelled, the server says NO), Code::invalid (what
/// came is no IMAP), Code::limit (an answer too long).
class ImapClient {
  public:
    /// Connects, secures and logs in.
    static Result<ImapClient> open(ImapOptions options);
    ~ImapClient();
    ImapClient(ImapClient&&) noexcept;
    ImapClient& operator=(ImapClient&&) = delete;

    struct Folder {
        std::uint32_t validity = 0;  ///< UIDVALIDITY; another one: all numbers are void
        std::uint32_t exists = 0;
    };
    /// Errors: Code::not_found when there is no such folder.
    Result<Folder> select(std::string_view folder, bool read_only);
    /// UIDs in rising order: all not below `first`, or those received on days from `since` to `before` (not included).
    Result<std::vector<std::uint32_t>> from(std::uint32_t first);
    Result<std::vector<std::uint32_t>> between(Timestamp since, Timestamp before);
    /// The message's bytes, without marking it as read. Errors: Code::not_found when it is gone; Code::limit when it is
    /// larger than `most`.
    Result<std::string> message(std::uint32_t uid, std::uint64_t most);
    /// Marks as read, and with the keyword if the server keeps keywords.
    Status flag(std::uint32_t uid, std::string_view keyword);
    /// Into another folder, which is made when it is missing.
    Status move(std::uint32_t uid, std::string_view folder);

  private:
    struct Impl;
    explicit ImapClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::net
