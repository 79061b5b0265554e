#pragma once
#include "constituency/directory_store.hpp"
#include "constituency/sources.hpp"

/// Private to the room: all SQL of sources and their conflicts.
namespace tocsin::constituency::source_rows {

/// A conflict with what only the machine needs.
struct Stored : SourceConflict {
    std::string about, fingerprint;
    std::string claim;  ///< JSON
};

/// Fills in what `about` says: resource and value, role.
void tell_about(Stored& conflict);

/// Each link of a source whose organisation is there.
Status for_each_link(Transaction& tx, std::string_view source,
                     std::function<void(std::string_view external, OrganisationId)> const& each);
Status link(Transaction& tx, std::string_view source, std::string_view external, OrganisationId organisation);

/// Every conflict of a source, without its texts.
struct Brief {
    SourceConflictId id;
    std::string about, fingerprint;
    ConflictState state = ConflictState::open;
    std::optional<SourceDecision> decision;
};
Status for_each(Transaction& tx, std::string_view source, std::function<void(Brief)> const& each);
/// Of all links and conflicts of a source, as for_each_link and for_each give them: another one after every change.
Result<std::string> digest(Transaction& tx, std::string_view source);
Result<SourceConflictId> insert(Transaction& tx, Stored const& conflict);
/// Open again, with what both sides say now.
Status ask_again(Transaction& tx, Stored const& conflict);
Status seen(Transaction& tx, SourceConflictId id, Timestamp now);
Status settle(Transaction& tx, SourceConflictId id, Timestamp now);
/// Open conflicts of the source with this claim about whoever owns something: their numbers.
Result<std::vector<Stored>> open_owners(Transaction& tx, std::string_view source);
Result<std::optional<Stored>> load(Transaction& tx, SourceConflictId id);
Result<std::vector<SourceConflict>> list(Transaction& tx, ConflictQuery const& query);
Result<std::int64_t> count(Transaction& tx, ConflictQuery const& query);
Status decide(Transaction& tx, Stored const& conflict);

/// Keeps bytes that wait to be applied.
Result<ImportId> propose(Transaction& tx, SourceOptions const& options, std::string_view bytes,
                         std::string_view summary, Actor const& by, Timestamp now);

}  // namespace tocsin::constituency::source_rows
