#pragma once
/// Gate: who may see what, and why. Nothing leaves the team without a `Cleared<T>`, and only the gate makes one.
///
///     TRY(auto cleared, gate.clear(std::move(digest), Recipient::constituent(bank, "First Bank")));
///     send(cleared);                                     // every door takes Cleared<T>, never T
///     CHECK(gate::Gate::record(tx, by, now, cleared, "mail"));
///
/// Readers of many things take a `Scope<T>` instead, before they read; only the gate makes that, too.
#include "gate/decision.hpp"
#include "gate/marking.hpp"
#include "gate/recipient.hpp"
#include "gate/scope.hpp"
#include "gate/sharing_group.hpp"
#include "store/store.hpp"

#include <concepts>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tocsin::gate {

std::span<store::Migration const> migrations();

/// Specialised by the room that owns T, beside T:
///
///     template <> struct gate::About<Digest> { static Particulars of(Digest const& digest); };
///
/// If T is made of parts with markings of their own, also:
///
///     static std::vector<Particulars> parts(Digest const&);              // in their order
///     static Digest without(Digest, std::span<std::size_t const> gone);  // the places to leave out, ascending
///
/// If many of T are read at once, what all of them have in common (no id, marking, concerns):
///
///     static Particulars kind();
///
/// If the disclosure log shall say what exactly T held (a page of many things):
///
///     static std::string contents(Digest const&);                        // compact; at most 1 MiB
template <class T>
struct About;

template <class T>
concept Releasable = requires(T const& thing) {
    { About<T>::of(thing) } -> std::same_as<Particulars>;
};
template <class T>
concept HasParts = Releasable<T> && requires(T thing, std::span<std::size_t const> gone) {
    { About<T>::parts(std::as_const(thing)) } -> std::same_as<std::vector<Particulars>>;
    { About<T>::without(std::move(thing), gone) } -> std::same_as<T>;
};

template <class T>
concept TellsContents = Releasable<T> && requires(T const& thing) {
    { About<T>::contents(thing) } -> std::same_as<std::string>;
};

template <class T>
concept HasKind = Releasable<T> && requires {
    { About<T>::kind() } -> std::same_as<Particulars>;
};

class Gate;

/// A thing the gate has cleared for one recipient. It can be read and moved, not changed, not copied and not made by
/// anybody but the gate.
template <class T>
class Cleared {
  public:
    Cleared(Cleared&&) noexcept(std::is_nothrow_move_constructible_v<T>) = default;
    Cleared& operator=(Cleared&&) noexcept(std::is_nothrow_move_assignable_v<T>) = default;
    Cleared(Cleared const&) = delete;
    Cleared& operator=(Cleared const&) = delete;

    T const& operator*() const { return thing_; }
    T const* operator->() const { return &thing_; }
    Recipient const& recipient() const { return recipient_; }
    Decision const& decision() const { return decision_; }
    Marking const& marking() const { return decision_.marking; }

  private:
    friend class Gate;
    Cleared(T&& thing, Recipient const& recipient, Decision&& decision)
        : thing_(std::move(thing)), recipient_(recipient), decision_(std::move(decision)) {}

    T thing_;
    Recipient recipient_;
    Decision decision_;
};

/// Things that were cleared together, and how many were not.
template <class T>
struct Sifted {
    std::vector<Cleared<T>> cleared;
    std::vector<Removed> removed;
};

/// What left in bulk, under a scope: a file of events, a list of findings.
struct BulkDelivery {
    std::string_view id;     ///< what it was called: "events.csv"
    std::string_view query;  ///< which things, as they were asked for
    std::int64_t count = 0;
    Tlp strictest = Tlp::clear;  ///< of the things in it
    std::string_view door;       ///< as for Gate::record
};

/// Immutable after construction; safe from any thread as far as the world's functions are.
class Gate {
  public:
    /// The world answers for the directory of organisations and the sharing groups as they are now.
    explicit Gate(World world) : world_(std::move(world)) {}
    /// A world without sharing groups, by the machine's clock.
    explicit Gate(IsWithin is_within) { world_.is_within = std::move(is_within); }

    /// The only way to a Cleared<T>. Parts that the recipient may not have are left out.
    /// Errors: Code::denied, with the reason in words. What the asker may not know of is for the door to hide.
    template <Releasable T>
    Result<Cleared<T>> clear(T thing, Recipient const& recipient) const {
        Decision decision = decide_on(thing, recipient);
        if (!decision.allowed) return refused(About<T>::of(thing), recipient, decision);
        if constexpr (HasParts<T>) {
            auto const gone = places_to_remove(About<T>::parts(thing), recipient);
            if (!gone.empty()) thing = About<T>::without(std::move(thing), gone);
        }
        return Cleared<T>(std::move(thing), recipient, std::move(decision));
    }

    /// Each by itself; what is refused is left out and listed.
    template <Releasable T>
    Sifted<T> sift(std::vector<T> things, Recipient const& recipient) const {
        Sifted<T> sifted;
        sifted.cleared.reserve(things.size());
        for (auto& thing : things) {
            Particulars const particulars = About<T>::of(thing);
            Decision const decision = decide_on(thing, recipient);
            if (!decision.allowed) {
                sifted.removed.push_back({particulars.id, decision.reason});
                continue;
            }
            if (auto cleared = clear(std::move(thing), recipient)) sifted.cleared.push_back(*std::move(cleared));
        }
        return sifted;
    }

    /// For doors that ask a store for many things at once; see Reach.
    Reach reach(Particulars const& kind, Recipient const& recipient) const {
        return gate::reach(kind, recipient, world_);
    }

    /// What the recipient may read of T when it reads many at once; see Scope.
    template <HasKind T>
    Scope<T> scope(Recipient const& recipient) const {
        return Scope<T>(bounds(About<T>::kind(), recipient));
    }

    /// What clear() would say, without doing it: for "who can see this, and why?".
    template <Releasable T>
    Decision explain(T const& thing, Recipient const& recipient) const {
        return decide_on(thing, recipient);
    }
    Decision explain(Particulars const& thing, Recipient const& recipient) const;

    /// Writes the disclosure log, in the transaction that lets the thing out (queues the mail, answers the page). Only
    /// for what leaves the team; `door` is one of mail, portal, export, api, taxii, misp, file.
    template <Releasable T>
    static Status record(store::Transaction& tx, access::Principal const& by, Timestamp now, Cleared<T> const& cleared,
                         std::string_view door) {
        std::string contents;
        if constexpr (TellsContents<T>) contents = About<T>::contents(*cleared);
        return record(tx, by, now, {About<T>::of(*cleared), cleared.recipient(), cleared.decision(), door, contents});
    }

    /// The same for a page of many things: one line, `id` names the page, `contents` says exactly what it held. Nothing
    /// is written for an empty page.
    template <Releasable T>
    static Status record(store::Transaction& tx, access::Principal const& by, Timestamp now,
                         std::vector<Cleared<T>> const& page, std::string_view id, std::string_view contents,
                         std::string_view door) {
        if (page.empty()) return {};
        Particulars thing = About<T>::of(*page.front());
        thing.id = id;
        Decision decision{
            .allowed = true, .reason = page.front().decision().reason, .marking = {Tlp::clear}, .removed = {}};
        for (auto const& one : page) {
            decision.marking = stricter(decision.marking, one.marking());
            decision.removed.insert(decision.removed.end(), one.decision().removed.begin(),
                                    one.decision().removed.end());
        }
        return record(tx, by, now, {thing, page.front().recipient(), decision, door, contents});
    }

    /// The same for what left in bulk: one line, whose contents are the query and the count. Nothing is written when
    /// nothing left.
    static Status record(store::Transaction& tx, access::Principal const& by, Timestamp now, Bounds const& scope,
                         BulkDelivery const& bulk);

  private:
    struct Delivery {
        Particulars thing;
        Recipient const& recipient;
        Decision const& decision;
        std::string_view door;
        std::string_view contents;
    };
    static Status record(store::Transaction& tx, access::Principal const& by, Timestamp now, Delivery const& delivery);

    template <Releasable T>
    Decision decide_on(T const& thing, Recipient const& recipient) const {
        if constexpr (HasParts<T>) {
            return explain_parts(About<T>::of(thing), About<T>::parts(thing), recipient);
        } else {
            return explain(About<T>::of(thing), recipient);
        }
    }
    Bounds bounds(Particulars kind, Recipient const& recipient) const;
    Decision explain_parts(Particulars const& whole, std::vector<Particulars> const& parts,
                           Recipient const& recipient) const;
    std::vector<std::size_t> places_to_remove(std::vector<Particulars> const& parts, Recipient const& recipient) const;
    static std::unexpected<Error> refused(Particulars const& thing, Recipient const& recipient,
                                          Decision const& decision);

    World world_;
};

/// The disclosure log: what was given to whom, when, under which marking, through which door. Each line is also an
/// entry of the audit chain ("disclosure.<door>"), so it can't be changed or removed unseen.
struct Disclosure {
    std::int64_t number = 0;  ///< of the audit entry
    Timestamp at;
    std::string by;         ///< who let it out: "account:3", "server"
    std::string door;       ///< mail, portal, export, api, taxii, misp, file
    std::string recipient;  ///< as Recipient::reference()
    std::string kind, id;   ///< of the thing
    Marking marking;
    std::int64_t removed = 0;   ///< parts left out
    std::string contents = {};  ///< what exactly it held, as the room wrote it; mostly empty
};

struct DisclosureFilter {
    std::string recipient = {};  ///< as Recipient::reference(); empty: all
    std::string kind = {}, id = {}, door = {};
    std::optional<Timestamp> from = {}, until = {};
    std::int64_t before = 0;  ///< only numbers below; 0: from the newest
    std::int64_t after = 0;   ///< only numbers above
    int limit = 100;          ///< 1 to 1,000
};
/// Newest first.
Result<std::vector<Disclosure>> disclosures(store::Transaction& tx, DisclosureFilter const& filter);

/// The lines that held things of a kind, the oldest first; the
/// filter without its limit. `each` gives false to end it.
Status each_disclosure(store::Transaction& tx, DisclosureFilter const& filter,
                       std::function<bool(Disclosure const&)> const& each);

/// Holds every line of the log against its audit entry and back; gives the first number that does not fit.
/// Verify the audit chain first: this only says that both tell the same.
Result<std::optional<std::int64_t>> verify_disclosures(store::Transaction& tx);

}  // namespace tocsin::gate
