#pragma once
#include "access/access.hpp"
#include "constituency/constituency.hpp"
#include "gate/gate.hpp"
#include "net/net.hpp"
#include "readiness/desk_hours.hpp"
#include "store/store.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::readiness {

struct ReachTargetTag;
using ReachTargetId = Id<ReachTargetTag>;
struct ReachTestTag;
using ReachTestId = Id<ReachTestTag>;

enum class ReachKind : std::uint8_t { duty, constituent, peer };
std::string_view name_of(ReachKind kind);
std::optional<ReachKind> reach_kind_named(std::string_view name);

/// Why a target gets no test by itself, or none.
enum class ReachStanding : std::uint8_t {
    active,
    held,    ///< nobody of them has agreed: nothing is sent
    paused,  ///< by us
};
std::string_view name_of(ReachStanding standing);

enum class ReachState : std::uint8_t {
    queued,
    sending,
    sent,
    failed,
    uncertain,  ///< whether it arrived is not known; never sent again by itself
};
std::string_view name_of(ReachState state);
std::optional<ReachState> reach_state_named(std::string_view name);

/// One test and what came of it.
struct ReachTest {
    ReachTestId id = {};
    ReachTargetId target = {};
    std::string name = {};  ///< of the target
    ReachState state = ReachState::queued;
    std::string address = {}, language = {};
    std::string message_id = {};
    Timestamp created = {};
    std::string created_by = {};
    int attempts = 0;
    Timestamp next_attempt = {};
    std::optional<Timestamp> sent = {};
    bool is_outside = false;  ///< sent out of the receiver's hours
    Timestamp deadline = {};  ///< for the answer
    std::optional<Timestamp> opened = {}, answered = {};
    std::string error = {};

    /// An answer, or the end of the time for one: queued, sending, failed, uncertain, waiting, answered, late, missed.
    std::string_view outcome(Timestamp now) const;
    /// From the mail to the answer.
    std::optional<std::chrono::seconds> took() const;
};
void append(JsonWriter& json, ReachTest const& test, Timestamp now);

/// Somebody who is tested.
struct ReachTarget {
    ReachTargetId id = {};
    ReachKind kind = ReachKind::duty;
    constituency::OrganisationId organisation = {};
    constituency::ContactId contact = {};
    std::string name = {};
    std::string address = {};   ///< without a contact; empty for `duty`: the team's own
    std::string language = {};  ///< empty: the contact's, or the team's
    DeskHours hours = {};
    std::int64_t every_days = 30;  ///< 0: only when somebody asks
    ReachWhen when = ReachWhen::any;
    std::int64_t answer_within = 24;  ///< hours
    std::string agreed_by = {};       ///< who of them agreed; empty: nobody yet
    std::optional<Timestamp> agreed_on = {};
    bool is_paused = false;
    bool is_encrypted = false;  ///< tested by mail that only their key opens; never in clear
    std::string note = {};
    std::optional<Timestamp> next = {};
    Timestamp created = {};
    std::string created_by = {};
    std::int64_t made = 0;                  ///< tests so far
    std::int64_t answered = 0, missed = 0;  ///< in time; not, or late
    std::optional<ReachTest> last = {};

    ReachStanding standing() const;
};
void append(JsonWriter& json, ReachTarget const& target, Timestamp now);

/// Where a target is reached now, as the directory has it.
struct ReachAddress {
    std::string address = {}, language = {};
    std::string organisation_name = {};
    std::string unwanted = {};  ///< why nothing may be sent there; empty: it may
};

/// A test as a mail.
struct ReachLetter {
    ReachTestId test = {};
    int attempt = 0;
    constituency::OrganisationId organisation = {};
    std::string organisation_name = {};
    std::string message_id = {};
    Timestamp date = {};
    std::string to = {}, language = {}, subject = {}, text = {}, html = {};
    bool is_encrypted = false;
};
struct ReachDelivery {
    enum class Kind : std::uint8_t { taken, later, refused, no_server, unknown };
    Kind kind = Kind::later;
    std::string words = {};
};
struct ReachLeft {
    bool has_end = false;  ///< it left whole; the server may have taken it
    std::optional<ReachDelivery> delivery = {};
};

/// What other rooms do for this one. Given once, before anything is sent; all must be safe from any thread.
struct ReachDoors {
    std::string team = "Tocsin", team_address = {}, public_url = {}, language = "en";
    std::string boot = {};  ///< names this run of the machine
    access::Secrets const* secrets = nullptr;
    std::function<Result<ReachAddress>(ReachTarget const&)> address_of = {};
    /// Asks the gate, writes the disclosure down, hands it over. Errors: nothing was sent.
    std::function<Result<ReachDelivery>(ReachLetter const&, std::function<bool()> const& is_stopping)> send = {};
    /// What is known of letters of an earlier process, by test and attempt. None: ask again soon.
    std::function<Result<std::optional<std::map<std::pair<std::int64_t, int>, ReachLeft>>>()> left = {};
    std::function<Status()> settled = {};
};

/// What would be sent, or was queued.
struct ReachPlan {
    struct Item {
        ReachTargetId target = {};
        std::string name = {}, address = {}, language = {};
        ReachTestId test = {};      ///< none in a dry run
        std::string left_out = {};  ///< why nothing is sent; empty: it is
    };
    std::vector<Item> items;
    std::int64_t queued() const;
};
struct ReachSent {
    std::int64_t sent = 0, failed = 0, later = 0, uncertain = 0;
    std::string trouble;  ///< why the mail server can't be used
};

/// Answers within a time, for evidence.
struct ReachFigures {
    std::int64_t tested = 0;   ///< targets with a test whose time is over or that was answered
    std::int64_t reached = 0;  ///< ... that answered the newest one in time
    std::int64_t outside = 0;  ///< ... and had got it out of hours
    std::int64_t tests = 0, answers = 0;
    std::optional<std::int64_t> median_minutes;
    std::optional<Timestamp> last_answer;
};

/// Tests whether people can be reached: by mail, with a link that is good once. Every change is audited. Safe from any
/// thread.
class Reachability {
  public:
    Reachability(store::Ledger& ledger, Clock const& clock) : ledger_(ledger), clock_(clock) {}

    void connect(ReachDoors doors) { doors_ = std::move(doors); }

    /// With what came of their tests, by name.
    Result<std::vector<ReachTarget>> all();
    Result<ReachTarget> one(ReachTargetId id);
    /// Errors: Code::invalid naming the field.
    Result<ReachTarget> add(ReachTarget draft, access::Principal const& by);
    Result<ReachTarget> change(ReachTarget draft, access::Principal const& by);
    /// Its tests stay on record. What is queued is not sent; links that are out are no good any more.
    Status remove(ReachTargetId id, access::Principal const& by);
    /// Newest first.
    Result<std::vector<ReachTest>> tests(ReachTargetId id, std::size_t limit = 100);
    /// Who did not answer the newest test in time, or could not be written to; the soonest first.
    Result<std::vector<ReachTest>> unanswered(std::size_t limit = 20);
    Result<ReachFigures> figures(std::optional<ReachKind> kind, Timestamp since);

    /// Queues a test for each of these, or (`ids` empty) for all whose time has come. Left out: who has not agreed, is
    /// paused (unless named), is not to be contacted, or has a test that still waits for its answer.
    Result<ReachPlan> queue(std::span<ReachTargetId const> ids, bool is_dry_run, access::Principal const& by);
    /// Sends what is queued and due. One at a time; a second caller waits.
    Result<ReachSent> send_due(std::function<bool()> const& is_stopping);

    /// The path of a test's link, for the team: "/r/...".
    Result<std::string> link_of(ReachTestId id);
    /// GET, HEAD and POST on /r/TOKEN. Looking counts for nothing: scanners look, too. The button counts, once.
    net::HttpResponse page(net::HttpRequest const& request);

    /// Puts "erased" where a person's addresses and name stood; nobody tests that contact any more. Works again after
    /// a kill. Gives how many rows were changed.
    Result<std::int64_t> erase(constituency::ContactId contact, std::span<std::string const> addresses,
                               access::Principal const& by);

  private:
    struct Page;
    Status check(ReachTarget const& draft) const;
    Result<ReachPlan::Item> plan_one(ReachTarget const& target, bool is_named, Timestamp now);
    Status settle();
    Result<std::optional<std::pair<ReachTarget, ReachTest>>> claim();
    Result<ReachLetter> letter_of(ReachTarget const& target, ReachTest const& test, std::string const& link);
    Status conclude(ReachTest const& test, ReachDelivery const& delivery, bool is_stopping, ReachSent& report);
    std::string token(std::string_view link) const;
    std::optional<std::string> link(std::string_view token) const;

    store::Ledger& ledger_;
    Clock const& clock_;
    ReachDoors doors_;
    std::mutex sending_;  ///< one sender at a time
};

}  // namespace tocsin::readiness
