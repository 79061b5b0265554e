#include "constituency/country.hpp"
#include "constituency/notice_settings.hpp"

#include <algorithm>
#include <array>

namespace tocsin::constituency {
namespace {

constexpr auto least_interval = std::chrono::hours(1);
constexpr auto longest_interval = std::chrono::hours(24 * 30);
constexpr std::array<std::string_view, 6> severities{"", "critical", "high", "medium", "low", "info"};
constexpr std::array<std::string_view, 4> channels{"", "mail", "webhook", "both"};
constexpr std::string_view columns = "language, digest_seconds, least_severity, channel";

NoticeSettings read(store::Row const& row) {
    NoticeSettings settings{
        .language = row.string(0), .digest_every = {}, .least_severity = row.string(2), .channel = row.string(3)};
    if (!row.is_null(1)) settings.digest_every = std::chrono::seconds(row.integer(1));
    return settings;
}

Status check(NoticeSettings const& settings) {
    auto const known = languages();
    if (!settings.language.empty() && std::ranges::find(known, settings.language) == known.end())
        return fail(Code::invalid, "language: expected ar, zh, en, fr, ru, es or nothing");
    if (settings.digest_every && (*settings.digest_every < least_interval || *settings.digest_every > longest_interval))
        return fail(Code::invalid, "digest_every: expected 1 hour to 30 days");
    if (std::ranges::find(severities, settings.least_severity) == severities.end())
        return fail(Code::invalid, "least_severity: expected critical, high, medium, low, info or nothing");
    if (std::ranges::find(channels, settings.channel) == channels.end())
        return fail(Code::invalid, "channel: expected mail, webhook, both or nothing");
    return {};
}

std::string as_json(NoticeSettings const& settings) {
    JsonWriter json;
    json.object().field("language", settings.language);
    if (settings.digest_every) json.field("digest_every", settings.digest_every->count());
    json.field("least_severity", settings.least_severity).field("channel", settings.channel).end();
    return std::move(json).text();
}

}  // namespace

Result<std::optional<NoticeSettings>> notice_settings(store::Ledger& ledger, OrganisationId organisation) {
    return ledger.read([&](store::Transaction& tx) {
        return tx.one(fmt::format("SELECT {} FROM notice_setting WHERE organisation = ?", columns), {organisation},
                      read);
    });
}

Result<std::map<OrganisationId, NoticeSettings>> all_notice_settings(store::Ledger& ledger) {
    return ledger.read([&](store::Transaction& tx) -> Result<std::map<OrganisationId, NoticeSettings>> {
        std::map<OrganisationId, NoticeSettings> all;
        CHECK(tx.query(fmt::format("SELECT {}, organisation FROM notice_setting", columns), {},
                       [&](store::Row const& row) { all.emplace(row.id<Organisation>(4), read(row)); }));
        return all;
    });
}

Status set_notice_settings(Directory& directory, access::Principal const& by, OrganisationId organisation,
                           NoticeSettings const& settings) {
    CHECK(require_right(by, organisation, access::Right::editor));
    CHECK(check(settings));
    return directory.ledger().write([&](store::Transaction& tx) -> Status {
        auto const now = directory.clock().now();
        auto const seconds = settings.digest_every ? std::optional(settings.digest_every->count()) : std::nullopt;
        CHECK(tx.run(
            "INSERT INTO notice_setting (organisation, language, digest_seconds, least_severity, channel, by_who, "
            "changed) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organisation) DO UPDATE SET language = "
            "excluded.language, digest_seconds = excluded.digest_seconds, least_severity = excluded.least_severity, "
            "channel = excluded.channel, by_who = excluded.by_who, changed = excluded.changed",
            {organisation, settings.language, seconds, settings.least_severity, settings.channel, by.who, now}));
        auto const id = std::to_string(organisation.value);
        CHECK(access::audit(
            tx, by, now,
            {.what = "organisation.notices", .kind = "organisation", .id = id, .details = as_json(settings)}));
        return {};
    });
}

std::string_view name_of(ContactReminder::What what) {
    switch (what) {
        case ContactReminder::What::missing:
            return "missing";
        case ContactReminder::What::expired:
            return "expired";
        case ContactReminder::What::expiring:
            return "expiring";
    }
    TOCSIN_ASSERT(false);
    return {};
}

std::vector<ContactReminder> contact_reminders(std::vector<Contact> const& contacts, Timestamp now) {
    using What = ContactReminder::What;
    std::vector<ContactReminder> reminders;
    for (auto const role : required_roles) {
        bool const is_there = std::ranges::any_of(contacts, [&](Contact const& contact) {
            return contact.role == role && (!contact.expires || *contact.expires > now);
        });
        if (!is_there) reminders.push_back({.what = What::missing, .role = role, .contact = {}, .expires = {}});
    }
    for (auto const& contact : contacts) {
        if (!contact.expires || *contact.expires > now + expiring_within) continue;
        reminders.push_back({.what = *contact.expires <= now ? What::expired : What::expiring,
                             .role = contact.role,
                             .contact = contact.id,
                             .expires = contact.expires});
    }
    return reminders;
}

Result<std::vector<ContactToCheck>> contacts_to_check(store::Ledger& ledger, Timestamp from, Timestamp until,
                                                      std::size_t limit) {
    return ledger.read([&](store::Transaction& tx) -> Result<std::vector<ContactToCheck>> {
        std::vector<ContactToCheck> found;
        CHECK(tx.query(
            "SELECT c.id, c.organisation, o.name, c.role, c.name, c.email, CASE WHEN c.language = '' THEN o.language "
            "ELSE c.language END, c.expires, (c.do_not_contact <> 0 OR o.do_not_contact <> 0) FROM contact c JOIN "
            "organisation o ON o.id = c.organisation WHERE c.expires > ? AND c.expires <= ? ORDER BY c.expires, c.id "
            "LIMIT ?",
            {from, until, limit}, [&](store::Row const& row) {
                found.push_back({.contact = row.id<Contact>(0),
                                 .organisation = row.id<Organisation>(1),
                                 .organisation_name = row.string(2),
                                 .role = contact_role(row.text(3)).value_or(ContactRole::other),
                                 .name = row.string(4),
                                 .email = row.string(5),
                                 .language = row.string(6),
                                 .expires = row.time(7),
                                 .do_not_contact = row.truth(8)});
            }));
        return found;
    });
}

Status require_right(access::Principal const& by, OrganisationId organisation, access::Right least) {
    if (by.may(access::Role::analyst)) return {};
    auto const* membership = by.membership(organisation.value);
    if (membership && membership->right >= least) return {};
    return fail(Code::denied, fmt::format("this needs the right {} in the organisation", access::name_of(least)));
}

}  // namespace tocsin::constituency
