#pragma once
#include "intelligence/block.hpp"
#include "intelligence/decay.hpp"
#include "intelligence/find_store.hpp"
#include "intelligence/incoming.hpp"
#include "intelligence/live_index.hpp"
#include "intelligence/marking_store.hpp"
#include "intelligence/policy_store.hpp"
#include "intelligence/store.hpp"
#include "intelligence/value_key.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace tocsin::intelligence {

/// What all imports of a house share; under the writer's turn.
struct Books {
    PolicyBook policies;
    std::unordered_map<std::string, std::int64_t> words;  ///< intel_word; only what is committed
    std::int64_t last_added = 0;
    std::int64_t last_seq = 0;
};

/// A body by its place.
using PlacedBody = std::function<Result<std::string_view>(std::int64_t block, std::int64_t slot)>;

/// Only an indicator with values that was not revoked is matched, and so loses worth.
bool may_decay(Incoming const& object);
DecayQuestion decay_question(Incoming const& object, Timestamp since, std::vector<Sign> signs);
/// What sightings and opinions say of an object, the newest first. Opinions count when they are the team's or its own
/// originator's.
Result<std::vector<Sign>> read_signs(store::Transaction& tx, std::string const& uuid, OrganisationId originator,
                                     PolicyBook const& policies, PlacedBody const& body);

/// More of a rejected object's text is not kept.
inline constexpr std::size_t most_raw_kept = std::size_t{64} << 10;

/// Whether what can't be taken gets a row of its own, or only its fault written into it.
enum class Rejects : std::uint8_t { are_kept, are_told };

/// Writes one batch of a delivery, in one transaction.
class BatchWriter {
  public:
    BatchWriter(store::Transaction& tx, Books& books, Options const& options, ImportRequest const& request,
                std::int64_t source, Rejects rejects = Rejects::are_kept)
        : tx_(tx),
          books_(books),
          options_(options),
          request_(request),
          source_(source),
          rejects_(rejects),
          markings_(tx),
          bodies_(tx) {}

    /// Objects that carry a fault get it written into `fault`.
    Status write(std::vector<Incoming>& batch);
    ImportTotals const& totals() const { return totals_; }
    /// What of the batch is matched from now on.
    std::vector<LiveValue> const& live() const { return live_; }
    /// What is matched again because somebody saw it.
    std::vector<LiveValue> const& revived() const { return revived_; }

  private:
    /// A version that is here already.
    struct Version {
        std::int64_t seq, version, block, slot;
        PolicyId policy;
        std::string creator;
        bool is_last, is_revoked;
    };
    Status take(Incoming& object);
    Result<std::vector<Version>> versions_of(std::string const& uuid);
    /// The reason why it can't be another version of these; empty: it can.
    std::string_view objection(Incoming const& object, std::vector<Version> const& known) const;
    Status meet_again(Incoming& object, Version const& known);
    Status reject(Incoming& object, std::string_view property, std::string_view reason);
    Result<std::string_view> body(std::int64_t block, std::int64_t slot);

    Result<Policy> policy_of(Incoming const& object, std::int64_t seq);
    Result<std::vector<PolicyId>> policies_of_parts(Incoming const& object, Policy const& whole);
    Status insert(Incoming& object, bool is_last, std::vector<Version> const& known);
    Status follow(std::int64_t before, std::int64_t seq);
    /// Its values' keys are moved away.
    Status index(Incoming& object, std::int64_t seq, PolicyId policy, std::vector<PolicyId> const& parts);
    Status note_concerns(Incoming const& object, std::int64_t seq);
    /// Objects that waited for this definition get the marking it stands for.
    Status settle(std::string const& definition);
    Result<std::vector<Sign>> signs_of(std::string const& uuid, OrganisationId originator);
    Status weigh_again(std::string const& uuid);
    Status flush_block();
    Status flush_values();
    Result<std::int64_t> word(std::string const& text);
    std::int64_t next_added();

    store::Transaction& tx_;
    Books& books_;
    Options const& options_;
    ImportRequest const& request_;
    std::int64_t source_;
    Rejects rejects_;
    ImportTotals totals_;
    std::vector<LiveValue> live_, revived_;
    bool has_signs_ = false;  ///< there are sightings or opinions at all

    std::int64_t block_ = 0;  ///< the number the open block will have
    std::string lines_;
    std::int64_t slots_ = 0;
    struct ValueRow {
        ValueKey key;
        std::int64_t seq;
        PolicyId policy;
    };
    std::vector<ValueRow> values_;
    std::vector<OrganisationId> concerns_;
    Intake intake_;  ///< for what is read back
    MarkingReader markings_;
    BodyReader bodies_;
};

}  // namespace tocsin::intelligence
