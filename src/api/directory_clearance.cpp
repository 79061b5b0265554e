#include "api/directory_clearance.hpp"

#include <map>

namespace tocsin::gate {
namespace {

Particulars particulars(std::string kind, std::int64_t id, Tlp tlp, OrganisationId concerns) {
    return {.kind = std::move(kind), .id = std::to_string(id), .marking = {tlp}, .concerns = {concerns}};
}

}  // namespace

Particulars About<constituency::Organisation>::of(constituency::Organisation const& organisation) {
    return particulars("organisation", organisation.id.value, Tlp::amber, organisation.id);
}
Particulars About<constituency::Resource>::of(constituency::Resource const& resource) {
    return particulars("resource", resource.id.value, Tlp::amber, resource.organisation);
}
Particulars About<constituency::Contact>::of(constituency::Contact const& contact) {
    return particulars("contact", contact.id.value, Tlp::amber_strict, contact.organisation);
}

Particulars About<api::DirectoryExport>::of(api::DirectoryExport const& exported) {
    Particulars whole{.kind = "directory", .id = std::to_string(exported.rows.size())};
    for (auto const& row : exported.rows)
        if (whole.concerns.empty() || whole.concerns.back() != row.organisation)
            whole.concerns.push_back(row.organisation);
    return whole;
}

std::vector<Particulars> About<api::DirectoryExport>::parts(api::DirectoryExport const& exported) {
    std::vector<Particulars> parts;
    parts.reserve(exported.rows.size());
    for (auto const& row : exported.rows) {
        auto part = particulars(std::string(constituency::name_of(row.kind)), row.organisation.value,
                                row.is_personal ? Tlp::red : Tlp::amber, row.organisation);
        if (row.is_personal) part.named_organisations = {row.organisation};
        parts.push_back(std::move(part));
    }
    return parts;
}

api::DirectoryExport About<api::DirectoryExport>::without(api::DirectoryExport exported,
                                                          std::span<std::size_t const> gone) {
    std::vector<constituency::ExportRow> kept;
    kept.reserve(exported.rows.size() - gone.size());
    for (std::size_t place = 0; place < exported.rows.size(); ++place) {
        if (!gone.empty() && gone.front() == place) {
            gone = gone.subspan(1);
            continue;
        }
        kept.push_back(std::move(exported.rows[place]));
    }
    return {std::move(kept)};
}

std::string About<api::DirectoryExport>::contents(api::DirectoryExport const& exported) {
    std::map<std::string_view, std::int64_t> counts;
    for (auto const& row : exported.rows) ++counts[constituency::name_of(row.kind)];
    JsonWriter json;
    json.object();
    for (auto const& [kind, count] : counts) json.field(kind, count);
    json.end();
    return std::move(json).text();
}

}  // namespace tocsin::gate
