#include "constituency/import.hpp"

#include "base/csv_row.hpp"
#include "constituency/directory_store.hpp"
#include "constituency/fields.hpp"
#include "constituency/import_plan.hpp"
#include "constituency/planned_write.hpp"

#include <array>

namespace tocsin::constituency {
namespace {

constexpr std::array<std::string_view, 3> formats = {"csv", "json", "delegated"};
constexpr std::array<std::string_view, 4> kinds = {"organisations", "resources", "contacts", "everything"};

}  // namespace

std::string_view name_of(ImportFormat format) {
    return word_of(formats, format);
}

std::optional<ImportFormat> import_format(std::string_view name) {
    return name == "rir" ? ImportFormat::delegated : value_of<ImportFormat>(formats, name);
}

std::string_view name_of(ImportKind kind) {
    return word_of(kinds, kind);
}

std::optional<ImportKind> import_kind(std::string_view name) {
    return name == "delegated" ? ImportKind::everything : value_of<ImportKind>(kinds, name);
}

Result<ImportSummary> plan_import(Directory& directory, std::string_view bytes, ImportOptions const& options) {
    return directory.ledger().read([&](Transaction& tx) -> Result<ImportSummary> {
        TRY(auto plan, ImportPlan::make(tx, bytes, options));
        return plan.summary();
    });
}

Result<ImportSummary> apply_import(Directory& directory, std::string_view bytes, ImportOptions const& options,
                                   access::Principal const& by) {
    auto applied = plan_and_write(
        directory, options.name,
        [&](Transaction& tx) -> Result<std::unique_ptr<ImportPlan>> {
            TRY(auto plan, ImportPlan::make(tx, bytes, options));
            return std::make_unique<ImportPlan>(std::move(plan));
        },
        [&](Transaction& tx, ImportPlan& plan) {
            return std::move(plan).apply(tx, directory.clock().now(), by, "import " + options.name);
        });
    if (applied) directory.changed();
    return applied;
}

std::span<std::string_view const> export_columns(ImportKind kind) {
    switch (kind) {
        case ImportKind::organisations:
        case ImportKind::everything:
            return organisation_columns();
        case ImportKind::resources:
            return resource_columns();
        case ImportKind::contacts:
            return contact_columns();
    }
    return {};
}

Result<std::vector<ExportRow>> export_rows(Directory& directory, ImportKind kind, OrganisationQuery const& query) {
    return directory.ledger().read([&](Transaction& tx) -> Result<std::vector<ExportRow>> {
        std::vector<ExportRow> rows;
        OrganisationQuery all = query;
        all.limit = 1000;
        all.after.clear();
        all.sort = "name";
        do {
            TRY(auto const found, page(tx, all));
            for (auto const& organisation : found.items) {
                if (kind == ImportKind::organisations)
                    rows.push_back({organisation.id, kind, false, fields_of(organisation, organisation.parent_name)});
                if (kind == ImportKind::resources) {
                    TRY(auto const resources, resources_of(tx, organisation.id));
                    for (auto const& r : resources)
                        rows.push_back({organisation.id, kind, false, fields_of(r, organisation.name)});
                }
                if (kind == ImportKind::contacts) {
                    TRY(auto const contacts, contacts_of(tx, organisation.id));
                    for (auto const& c : contacts)
                        rows.push_back({organisation.id, kind, true, fields_of(c, organisation.name)});
                }
            }
            all.after = found.next;
        } while (!all.after.empty());
        return rows;
    });
}

std::string rows_as_csv(std::span<ExportRow const> rows, ImportKind kind) {
    std::string out;
    auto const columns = export_columns(kind);
    append_csv_row(out, {columns.begin(), columns.end()});
    for (auto const& row : rows) {
        std::vector<std::string> cells;
        for (auto const& [name, text] : row.fields) cells.push_back(text);
        append_csv_row(out, cells);
    }
    return out;
}

std::string rows_as_json(std::span<ExportRow const> rows) {
    JsonWriter json;
    json.object();
    for (auto const kind : {ImportKind::organisations, ImportKind::resources, ImportKind::contacts}) {
        json.key(name_of(kind)).array();
        for (auto const& row : rows) {
            if (row.kind != kind) continue;
            json.object();
            for (auto const& [name, text] : row.fields) json.field_unless_empty(name, text);
            json.end();
        }
        json.end();
    }
    json.end();
    return std::move(json).text() + "\n";
}

}  // namespace tocsin::constituency
