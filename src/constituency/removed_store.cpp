#include "constituency/fields.hpp"
#include "constituency/removed.hpp"

namespace tocsin::constituency {

Result<std::vector<RemovedOrganisation>> removed_organisations(Directory& directory) {
    std::vector<std::pair<OrganisationId, std::string>> kept;
    CHECK(directory.ledger().read([&](store::Transaction& tx) {
        return tx.query(
            "SELECT gone.object, (SELECT c.before_fields FROM directory_change c WHERE c.object = gone.object AND "
            "c.kind = 'organisation' AND c.change = 'remove' ORDER BY c.change_set DESC, c.position DESC LIMIT 1) FROM "
            "(SELECT DISTINCT object FROM directory_change WHERE kind = 'organisation') gone WHERE gone.object NOT IN "
            "(SELECT id FROM organisation) ORDER BY gone.object",
            {}, [&](store::Row const& row) { kept.emplace_back(OrganisationId{row.integer(0)}, row.string(1)); });
    }));
    std::vector<RemovedOrganisation> removed;
    for (auto const& [id, fields] : kept) {
        OrganisationDraft draft;
        if (fields.empty()) continue;
        CHECK(from_history(fields, draft));
        removed.push_back({id, std::move(draft.name), std::move(draft.sector)});
    }
    return removed;
}

}  // namespace tocsin::constituency
