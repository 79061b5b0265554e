#pragma once
#include "sharing/recalls.hpp"

#include <map>
#include <string>
#include <vector>

/// Finds who was given what, and how they can be told. Private to the room.
namespace tocsin::sharing {

class RecallPlan {
  public:
    RecallPlan(RecallDoors const& doors, RecallOrder const& order, bool is_upstream)
        : doors_(doors), order_(order), is_upstream_(is_upstream) {}

    /// Errors: Code::not_found for an object, Code::invalid, Code::limit.
    Result<Recall> make();

  private:
    struct Version {
        std::int64_t seq = 0;
        Timestamp added, modified;
        bool is_last = false, is_revoked = false;
        gate::Marking marking;
        gate::Terms terms;
        std::vector<gate::OrganisationId> concerns, named;
        std::string json;
    };
    struct Known {
        std::string id;
        std::vector<Version> versions;  ///< in order of arrival
        Version const& last() const;
    };
    /// What one had of one object by one door.
    struct Held {
        Given given;
        std::vector<std::size_t> versions;
    };
    using HeldKey = std::tuple<std::string, std::size_t, std::string, std::string>;

    Status check() const;
    Status gather();
    Status gather(intelligence::ObjectFilter filter);
    Status read_log();
    void hold(gate::Disclosure const& line, std::size_t object, std::size_t version);
    void hold_ranges(gate::Disclosure const& line);
    std::string objection(Known const& known) const;
    void decide(std::size_t object);
    void decide_revocation(std::size_t object, RecalledObject& told);
    void decide_remarking(std::size_t object, RecalledObject& told);
    bool is_ours(Known const& known) const;
    /// The living peer behind a reference of the disclosure log; none: nobody who speaks a protocol with us.
    Peer const* peer_of(std::string_view recipient) const;
    bool may_have(Peer const& peer, Version const& version, gate::Marking const& marking, gate::Terms const& terms,
                  bool is_named) const;
    void tell_by_protocol(std::size_t object, std::function<bool(Peer const&, Held const&)> const& reaches);
    void list_recipients();

    RecallDoors const& doors_;
    RecallOrder const& order_;
    bool is_upstream_;
    Recall recall_;
    std::vector<Peer> peers_;
    std::vector<Known> known_;
    std::map<std::string, std::size_t> places_;                               ///< of known_, by id
    std::vector<std::tuple<std::int64_t, std::size_t, std::size_t>> by_seq_;  ///< seq, object, version; ascending
    std::map<HeldKey, Held> held_;
};

}  // namespace tocsin::sharing
