#pragma once
#include "gate/decision.hpp"

#include <array>
#include <functional>
#include <utility>
#include <vector>

namespace tocsin::events {
class Events;
}
namespace tocsin::intelligence {
class Intelligence;
}
namespace tocsin::notifications {
struct Findings;
Findings findings_of(std::function<Result<events::Events*>()> room);
}  // namespace tocsin::notifications

namespace tocsin::gate {

class Gate;

/// Some organisations: those listed, or all but those listed. "None" (0, nobody's) is only among all but some.
struct Whose {
    bool is_all_but = false;
    std::vector<OrganisationId> listed = {};  ///< ascending

    bool holds(OrganisationId organisation) const;
    bool is_everybody() const { return is_all_but && listed.empty(); }
    bool is_nobody() const { return !is_all_but && listed.empty(); }
    friend bool operator==(Whose const&, Whose const&) = default;
};

/// What a recipient may have of one sort of things, by their marking and by whose they are. A plain answer to look at;
/// the right to read is a Scope<T>.
class Bounds {
  public:
    /// Nothing is hidden: a reader adds no condition, and costs nothing more.
    bool is_everything() const;
    bool is_nothing() const;
    Whose const& whose(Tlp tlp) const { return whose_[static_cast<std::size_t>(tlp)]; }
    bool includes(Tlp tlp, OrganisationId organisation) const { return whose(tlp).holds(organisation); }
    /// The strictest marking of which anything may be had; `clear` when nothing may.
    Tlp strictest() const;
    /// Both show the same: what was read for one may be kept for the other.
    bool shows_as_much_as(Bounds const& other) const { return whose_ == other.whose_; }

    Recipient const& recipient() const { return recipient_; }
    std::string const& kind() const { return kind_; }

  private:
    template <class T>
    friend class Scope;
    friend class Gate;
    Bounds(std::string kind, Recipient recipient) : kind_(std::move(kind)), recipient_(std::move(recipient)) {}

    std::string kind_;
    Recipient recipient_;
    std::array<Whose, 5> whose_;  ///< by Tlp
};

/// The house at work for itself: it reads everything so as to decide, forget, fold. Nothing that is read so may leave
/// but through Gate::clear. Whoever may make one stands in this list and nowhere else: a new line here is for two
/// people to look at.
class HouseWork {
    HouseWork() = default;
    /// Plans warnings; each of them is cleared for the organisation it goes to.
    friend notifications::Findings notifications::findings_of(std::function<Result<events::Events*>()> room);
    /// Compares the archive with indicators; each match is cleared for whoever sees it.
    friend class intelligence::Intelligence;
};

/// The right to read many things of the sort T, as far as one recipient may. Every reader that gives a list, a count,
/// a sum, a history or a file takes one, and turns it into a condition of its own: what is outside is not there for
/// it, neither counted nor named. Only the gate makes them (scope_misuse.cpp):
///
///     auto const scope = gate.scope<events::StoredEvent>(Recipient::team(caller));
///     TRY(auto const count, events.count(scope, filter));
///
/// It says how things stand when it is made: make one for each request, keep none. What leaves as a thing of its own
/// (a row, a page) still goes through Gate::clear; figures leave by their scope alone.
template <class T>
class Scope : public Bounds {
  public:
    /// For work inside the house; see HouseWork.
    static Scope of_the_house(HouseWork const&) {
        Bounds all("house", Recipient{.name = "the house"});
        all.whose_.fill({.is_all_but = true});
        return Scope(std::move(all));
    }

  private:
    friend class Gate;
    explicit Scope(Bounds&& bounds) : Bounds(std::move(bounds)) {}
};

}  // namespace tocsin::gate
