#include "constituency/notice_settings.hpp"
#include "notifications/attachments.hpp"

#include <fmt/format.h>

namespace tocsin::notifications {

Result<Attachments> attachment_wish(store::Ledger& ledger, constituency::OrganisationId organisation) {
    TRY(auto const found, ledger.read([&](store::Transaction& tx) {
        return tx.one("SELECT attach FROM notification_attachment_wish WHERE organisation = ?", {organisation},
                      [](store::Row const& row) { return parse_attachments(row.text(0)); });
    }));
    return found.value_or(Attachments());
}

Status set_attachment_wish(constituency::Directory& directory, access::Principal const& by,
                           constituency::OrganisationId organisation, std::string_view wish) {
    CHECK(constituency::require_right(by, organisation, access::Right::editor));
    if (!wish.empty() && !parse_attachment(wish))
        return fail(Code::invalid, "attach: expected csv, idf, idea, xarf, stix or nothing");
    return directory.ledger().write([&](store::Transaction& tx) -> Status {
        auto const now = directory.clock().now();
        CHECK(
            tx.run("INSERT INTO notification_attachment_wish (organisation, attach, by_who, changed) VALUES (?, ?, "
                   "?, ?) ON CONFLICT (organisation) DO UPDATE SET attach = excluded.attach, by_who = "
                   "excluded.by_who, changed = excluded.changed",
                   {organisation, wish, by.who, now}));
        JsonWriter json;
        json.object().field("attach", wish).end();
        CHECK(access::audit(tx, by, now,
                            {.what = "organisation.notices",
                             .kind = "organisation",
                             .id = std::to_string(organisation.value),
                             .details = std::move(json).text()}));
        return {};
    });
}

}  // namespace tocsin::notifications
