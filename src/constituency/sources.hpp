#pragma once
#include "constituency/import.hpp"
#include "formats/formats.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Organisations, resources and contacts as outside sources tell them, and what is done where they contradict the
/// register. An import of a source only adds; where it contradicts, both sides are kept side by side until a person has
/// decided, and the decision is remembered.
namespace tocsin::constituency {

enum class SourceFormat {
    rpsl,          ///< dumps of the RIPE database and its like (RFC 2622)
    rdap,          ///< RFC 9083
    peeringdb,     ///< API answers: org, net, poc
    intelmq,       ///< IntelMQ's contact database: CSV, Fody's JSON; n6's organisation JSON
    tuency,        ///< organisations, netobjects, contacts
    cerebrate,     ///< organisations, individuals, encryption keys, sharing groups
    security_txt,  ///< RFC 9116
};
std::string_view name_of(SourceFormat format);
/// Also "ripe", "fody", "n6", "security.txt".
std::optional<SourceFormat> source_format(std::string_view name);
/// What a file is, by its name and its first bytes (some 64 KiB, decompressed); nothing when it could be something
/// else.
std::optional<SourceFormat> guess_source(std::string_view file_name, std::string_view start);

/// Opens the bytes from their beginning, compressed or not (gzip, zstd, zip); asked once or twice for each plan.
using OpenSource = std::function<Result<std::unique_ptr<formats::ByteSource>>()>;

struct SourceOptions {
    std::string name;  ///< of the file, for messages and history
    SourceFormat format = SourceFormat::rpsl;
    /// Who says it ("RIPE"): decisions are remembered by it. Empty: the format's name. At most 60 bytes.
    std::string source = {};
    std::optional<Timestamp> as_of = {};  ///< of when it is; none: now
    std::string country = {};             ///< only what is of this country, where the source says countries
    OrganisationId organisation = {};     ///< security.txt: whose; none: by the domain of its Canonical field
};

enum class ConflictKind {
    owner,    ///< a resource is another organisation's
    contact,  ///< an organisation's contacts of a role are others
    key,      ///< a contact's key is another
    name,     ///< an organisation that is known by a registry's number has a name
};
std::string_view name_of(ConflictKind kind);
std::optional<ConflictKind> conflict_kind(std::string_view name);

/// open -> decided (by a person; it may be decided anew) | settled (the source says something else now, or the register
/// agrees by now).
enum class ConflictState { open, decided, settled };
std::string_view name_of(ConflictState state);
std::optional<ConflictState> conflict_state(std::string_view name);

enum class SourceDecision {
    keep_ours,
    take_theirs,
    keep_both,  ///< owner and contact
    same,       ///< owner: their organisation is ours under another name
};
std::string_view name_of(SourceDecision decision);
std::optional<SourceDecision> source_decision(std::string_view name);
bool fits(SourceDecision decision, ConflictKind kind);

/// What one side says, and where that comes from.
struct ConflictSide {
    std::string what;  ///< "Northern Power", "abuse@power.example"
    std::string from;  ///< "RIPE ORG-NP1-EXAMPLE, 2026-11-20"
    std::string mark;  ///< a contact's role, or "verified" or "claimed" of a resource; may be empty
};

struct SourceConflict {
    Id<SourceConflict> id;
    std::string source;
    ConflictKind kind = ConflictKind::owner;
    std::string subject;                   ///< "prefix 192.0.2.0/24", "abuse contact of Northern Power"
    std::optional<ResourceKind> resource;  ///< owner
    std::string value;                     ///< owner: the resource's
    std::optional<ContactRole> role;       ///< contact and key
    OrganisationId organisation;           ///< none for owner
    std::string organisation_name;         ///< as it is now; empty when it is gone
    std::vector<ConflictSide> ours, theirs;
    std::string file;
    std::uint64_t line = 0;
    Timestamp as_of;
    ConflictState state = ConflictState::open;
    Timestamp first_seen, last_seen;
    std::optional<SourceDecision> decision;
    std::string reason;
    std::optional<Timestamp> decided;
    std::string decided_by;  ///< access::Principal::who
    ChangeSetId change_set;  ///< what the decision changed; undo takes that back
};
using SourceConflictId = Id<SourceConflict>;

struct SourceSummary {
    /// As of any import; `conflicts` are those that wait for a decision.
    ImportSummary rows;
    std::int64_t asked = 0;       ///< conflicts that are new
    std::int64_t waiting = 0;     ///< conflicts that were open already
    std::int64_t remembered = 0;  ///< contradictions that were decided before: nobody is asked
    std::int64_t settled = 0;     ///< open conflicts that are none any more
    std::int64_t left_out = 0;    ///< well formed and not wanted: of another country, without an owner, ...
    std::vector<std::pair<std::string, std::int64_t>> left_out_why;
    std::vector<SourceConflict> conflicts;  ///< new and waiting; the first 500; new ones have no number in a dry run
};

/// What would change; nothing is written. Errors: Code::invalid when the bytes are no such file at all, Code::limit.
Result<SourceSummary> plan_source(Directory& directory, OpenSource const& open, SourceOptions const& options);
/// Does it as one change set, and notes the conflicts, in one transaction. Others write while the bytes are read; when
/// they changed the register or decided a conflict of the source meanwhile, it is read again. Errors: as above, and
/// Code::conflict when that happened three times; nothing is imported then.
Result<SourceSummary> apply_source(Directory& directory, OpenSource const& open, SourceOptions const& options,
                                   access::Principal const& by);
/// The console's way; import_of, apply_proposed and undo_import are for these too. At most 64 MiB of text.
Result<Import> propose_source(Directory& directory, std::string_view bytes, SourceOptions const& options,
                              access::Principal const& by);

struct ConflictQuery {
    std::optional<ConflictState> state = ConflictState::open;
    std::string source = {};
    std::size_t limit = 100;  ///< at most 1000
    std::int64_t after = 0;   ///< only numbers above
};

/// Safe from any thread.
class SourceConflicts {
  public:
    explicit SourceConflicts(Directory& directory) : directory_(directory) {}

    Result<SourceConflict> conflict(SourceConflictId id);
    /// In order of their numbers.
    Result<std::vector<SourceConflict>> conflicts(ConflictQuery const& query);
    Result<std::int64_t> count(ConflictQuery const& query);
    /// Held against the register as it is now; one change set. Audited ("conflict.decide"). Errors: Code::denied for
    /// who is no analyst; Code::invalid without a reason (at most 2000 bytes) or when the decision does not fit;
    /// Code::conflict when it is settled, or what it is about is gone.
    Result<SourceConflict> decide(access::Principal const& by, SourceConflictId id, SourceDecision decision,
                                  std::string_view reason);

  private:
    Directory& directory_;
};

/// One object, as the API and the commands give it.
void append(JsonWriter& json, SourceConflict const& conflict);

}  // namespace tocsin::constituency
