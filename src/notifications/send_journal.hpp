#pragma once
#include "base/base.hpp"
#include "net/net.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// What is known of a message between its last byte and our commit: DATA/sending.journal. Private to the room.
///
/// Lines are appended by single write(2) calls, so that they survive the death of the writer at any instruction; they
/// are not synced, so they say nothing after the machine itself has stopped (the boot in the ledger's row tells that).
///
///     E 91 1        the next byte that leaves is the final dot of notification 91, attempt 1
///     R 91 1 ...    the server's answer to it, or that it never came to the dot
namespace tocsin::notifications {

/// An outcome in one line, and back.
std::string packed(net::SmtpOutcome const& outcome);
std::optional<net::SmtpOutcome> unpacked_outcome(std::string_view text);

/// One attempt of one notification.
struct Attempt {
    std::int64_t notification = 0;
    int number = 0;
    friend auto operator<=>(Attempt const&, Attempt const&) = default;
};

/// Both write one line to an open journal. Errors: Code::io; then nothing may be sent.
Status mark_end(int journal, Attempt const& attempt);
Status mark_result(int journal, Attempt const& attempt, net::SmtpOutcome const& outcome);

struct JournalEntry {
    bool has_end = false;
    std::optional<net::SmtpOutcome> outcome;
};

/// The journal, open for appending. The lock on it is shared with the postmen that inherit it, so that who comes after
/// us knows when the last of them has finished. Safe from any thread.
class SendJournal {
  public:
    static Result<SendJournal> open(std::filesystem::path const& path);
    SendJournal(SendJournal&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    SendJournal& operator=(SendJournal&&) = delete;
    ~SendJournal();

    /// False while a postman of an earlier process still waits for its server's answer.
    bool try_lock() const;
    int descriptor() const { return descriptor_; }
    Result<std::map<Attempt, JournalEntry>> read() const;
    std::int64_t size() const;
    /// Only when nothing is under way.
    Status clear() const;

  private:
    explicit SendJournal(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

/// Names this run of the machine's kernel: changes when it stops and starts.
std::string boot_name();

}  // namespace tocsin::notifications
