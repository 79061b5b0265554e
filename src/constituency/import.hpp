#pragma once
#include "constituency/directory.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The directory in and out: CSV, JSON, and the registries' delegated statistics. docs/constituency.md shows the
/// columns.
namespace tocsin::constituency {

enum class ImportFormat { csv, json, delegated };
std::string_view name_of(ImportFormat format);
std::optional<ImportFormat> import_format(std::string_view name);  ///< also "rir"

/// What rows are: recognised by their columns where it is not said.
enum class ImportKind { organisations, resources, contacts, everything };
std::string_view name_of(ImportKind kind);
std::optional<ImportKind> import_kind(std::string_view name);

struct ImportOptions {
    std::string name;  ///< of the file, for messages and history
    ImportFormat format = ImportFormat::csv;
    std::optional<ImportKind> kind;
    std::string country;   ///< delegated: only this country's
    bool replace = false;  ///< also remove what the file does not name: organisations when it holds organisations;
                           ///< resources or contacts, of the organisations it names, when it holds those
    std::size_t most_bytes = std::size_t{256} << 20;
    std::size_t most_rows = 5'000'000;
};

/// A row that is left out: "file:line: field: expected ..., found ...".
struct ImportFault {
    std::uint64_t line = 0;
    std::string field;
    std::string expected;
};

struct ImportedChange {
    Change change = Change::add;
    std::string what;  ///< "prefix 192.0.2.0/24 of Northern Power Company"
    std::string before, after;
};

/// What an import does, or would do.
struct ImportSummary {
    std::int64_t added = 0, changed = 0, removed = 0, unchanged = 0;
    std::int64_t rejected = 0;            ///< rows that are wrong in themselves
    std::int64_t conflicts = 0;           ///< rows that contradict the directory (unknown organisation, ...) or others
    std::vector<ImportedChange> changes;  ///< the first 500
    std::vector<ImportFault> faults;      ///< of rejected and conflicting rows; the first 500
    ChangeSetId change_set;               ///< when applied and anything changed
};

/// What would change. Nothing is written. Errors: Code::invalid when the bytes are no such file at all (the message
/// says line and what was expected); Code::limit.
Result<ImportSummary> plan_import(Directory& directory, std::string_view bytes, ImportOptions const& options);
/// Does it, as one change set; good rows are applied, bad rows are left out and reported.
Result<ImportSummary> apply_import(Directory& directory, std::string_view bytes, ImportOptions const& options,
                                   access::Principal const& by);

/// A proposal that waits in the ledger to be applied (the console's way: propose, look, apply, undo).
struct Import {
    ImportId id;
    std::string name, kind, format;
    enum class State { proposed, applied, undone } state = State::proposed;
    Actor by;
    Timestamp created;
    std::optional<Timestamp> applied;
    ImportSummary summary;
};
std::string_view name_of(Import::State state);
/// At most 64 MiB.
Result<Import> propose_import(Directory& directory, std::string_view bytes, ImportOptions const& options,
                              access::Principal const& by);
Result<Import> apply_proposed(Directory& directory, ImportId id, access::Principal const& by);
Result<Import> undo_import(Directory& directory, ImportId id, access::Principal const& by);
Result<Import> import_of(Directory& directory, ImportId id);
Result<std::vector<Import>> imports(Directory& directory, std::size_t limit = 50);

/// One record of the directory as it is exported. The gate clears these: nothing leaves as text before.
struct ExportRow {
    OrganisationId organisation;
    ImportKind kind = ImportKind::organisations;
    bool is_personal = false;  ///< a contact
    std::vector<std::pair<std::string_view, std::string>> fields;
};
/// The columns of a kind, in order.
std::span<std::string_view const> export_columns(ImportKind kind);
/// All records of a kind whose organisation matches (limit and cursor of the query do not count), in order of the
/// organisation's name.
Result<std::vector<ExportRow>> export_rows(Directory& directory, ImportKind kind, OrganisationQuery const& query = {});
/// Rows as CSV with a header (one kind), or as one JSON document {"organisations": [...], ...}. What is written is read
/// back by the import without a change.
std::string rows_as_csv(std::span<ExportRow const> rows, ImportKind kind);
std::string rows_as_json(std::span<ExportRow const> rows);

}  // namespace tocsin::constituency
