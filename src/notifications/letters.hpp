#pragma once
#include "base/base.hpp"
#include "gate/gate.hpp"
#include "net/net.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

/// Single letters that other rooms write: a test whether somebody can be reached. They are kept and planned there; here
/// they leave, by the rule of docs/decisions/0007-never-twice-never-lost.md and with a journal of their own.
namespace tocsin::notifications {

struct Settings;
class Sealing;

/// A letter of the team to one address. It tells nothing about anybody's machines.
struct Letter {
    std::int64_t number = 0;  ///< with `attempt` it names the letter in the journal
    int attempt = 0;
    std::string message_id = {};  ///< the same at every attempt
    Timestamp date = {};
    std::string to = {};
    std::string language = {}, subject = {}, text = {}, html = {};
    gate::OrganisationId organisation = {};  ///< whose address it is; none: our own
    bool must_be_sealed = false;             ///< encrypted to their key (or ours), or not sent at all
};

/// What the journal of an earlier process says about one attempt.
struct LetterLeft {
    bool has_end = false;  ///< the end of it left; the server may have taken it
    std::optional<net::SmtpOutcome> outcome = {};
};

/// Hands letters over, one at a time. Safe from any thread; a second caller waits.
class Letters {
  public:
    using Attempt = std::pair<std::int64_t, int>;

    /// Without `sealing` nothing can be encrypted or signed. Rooms that number their letters each for themselves need a
    /// journal each. Errors: Code::io for the journal in DATA.
    static Result<std::unique_ptr<Letters>> open(std::filesystem::path const& directory, Settings const& settings,
                                                 std::shared_ptr<Sealing> sealing = nullptr,
                                                 std::string_view journal = "letters.journal");
    ~Letters();

    /// To the mail server, or into DATA/outbox. An outcome `unknown` must not be sent again by itself.
    /// Errors: Code::io for the disk, Code::invalid for an address; then nothing was sent.
    Result<net::SmtpOutcome> send(gate::Cleared<Letter> const& letter, std::function<bool()> const& is_stopping);
    /// What is known of attempts that nobody wrote down the end of. None: a postman of an earlier process still waits
    /// for its server; ask again.
    Result<std::optional<std::map<Attempt, LetterLeft>>> left();
    /// All that left() told is written down elsewhere: the journal starts anew.
    Status settled();
    /// Names this run of the machine: after another one the journal may lack lines.
    std::string const& boot() const;

  private:
    struct Impl;
    explicit Letters(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::notifications

namespace tocsin::gate {

/// It holds our own name and a link for its receiver; whoever it is addressed to may have it.
template <>
struct About<notifications::Letter> {
    static Particulars of(notifications::Letter const& letter);
};

}  // namespace tocsin::gate
