#pragma once
#include "net/net.hpp"
#include "notifications/send_journal.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// Who carries a message to the mail server and leaves its marks in the journal. Private to the room.
namespace tocsin::notifications {

struct Parcel {
    Attempt attempt;
    net::SmtpEnvelope envelope;
    std::string_view bytes;
};

/// One connection. One thread at a time.
class Courier {
  public:
    virtual ~Courier() = default;
    /// None: what became of it can't be said here; the journal knows.
    virtual std::optional<net::SmtpOutcome> deliver(Parcel const& parcel, std::function<bool()> const& is_stopping) = 0;
};

/// In this process: if it is killed between the final dot and the server's answer, nobody hears the answer.
std::unique_ptr<Courier> courier_here(net::SmtpOptions const& options, int journal);
/// In a process of its own ("postman"), started by running `program` with the words of postman_words: when this process
/// is killed, the postman still waits for the answer, writes it into the journal, and ends. It ends too when it has had
/// nothing to do for half a minute; the next message starts another.
std::unique_ptr<Courier> courier_beside(net::SmtpOptions const& options, int journal, std::string program);

}  // namespace tocsin::notifications
