#include "notifications/channels/channel_store.hpp"

#include <fmt/format.h>

namespace tocsin::notifications::tables {
namespace {

constexpr std::string_view columns = "SELECT contact, kind, tlp, room, created, secret FROM contact_channel ";

StoredChannel read_row(store::Row const& row) {
    StoredChannel stored;
    stored.channel.contact = row.id<constituency::Contact>(0);
    stored.channel.kind = channel_kind_named(row.text(1)).value_or(ChannelKind::webhook);
    stored.channel.tlp = gate::parse_tlp(row.text(2)).value_or(gate::Tlp::clear);
    stored.channel.room = row.string(3);
    stored.channel.created = row.time(4);
    stored.secret = row.string(5);
    return stored;
}

}  // namespace

Result<std::vector<StoredChannel>> channels(store::Transaction& tx) {
    std::vector<StoredChannel> all;
    CHECK(tx.query(fmt::format("{} ORDER BY contact", columns), {},
                   [&](store::Row const& row) { all.push_back(read_row(row)); }));
    return all;
}

Result<std::optional<StoredChannel>> channel_of(store::Transaction& tx, constituency::ContactId contact) {
    return tx.one(fmt::format("{} WHERE contact = ?", columns), {contact}, read_row);
}

Status set_channel(store::Transaction& tx, StoredChannel const& stored) {
    auto const& channel = stored.channel;
    CHECK(
        tx.run("INSERT INTO contact_channel (contact, kind, tlp, room, secret, created) VALUES (?, ?, ?, ?, ?, ?) ON "
               "CONFLICT (contact) DO UPDATE SET kind = excluded.kind, tlp = excluded.tlp, room = excluded.room, "
               "secret = excluded.secret, created = excluded.created",
               {channel.contact, name_of(channel.kind), gate::label_of(channel.tlp), channel.room,
                store::Bind::blob(stored.secret), channel.created}));
    return {};
}

Result<bool> remove_channel(store::Transaction& tx, constituency::ContactId contact) {
    TRY(auto const gone, tx.run("DELETE FROM contact_channel WHERE contact = ?", {contact}));
    return gone > 0;
}

Status send_by(store::Transaction& tx, NotificationId id, std::string_view channel) {
    CHECK(tx.run("UPDATE notification SET channel = ? WHERE id = ?", {channel, id}));
    return {};
}

Status queue_letter(store::Transaction& tx, NotificationId id, Timestamp now) {
    CHECK(
        tx.run("INSERT INTO notification_letter (notification, queued, posted_by) VALUES (?, ?, '') ON CONFLICT "
               "(notification) DO UPDATE SET queued = excluded.queued, printed = NULL, posted = NULL, posted_by = ''",
               {id, now}));
    return {};
}

Result<std::vector<PaperLetter>> letters(store::Transaction& tx, bool also_posted) {
    std::vector<PaperLetter> all;
    CHECK(tx.query(
        fmt::format("SELECT n.id, n.organisation_name, n.recipients, n.subject, n.language, n.findings, l.queued, "
                    "l.printed, l.posted, l.posted_by FROM notification_letter l JOIN notification n ON n.id = "
                    "l.notification {} ORDER BY n.id DESC LIMIT 1000",
                    also_posted ? "" : "WHERE l.posted IS NULL"),
        {}, [&](store::Row const& row) {
            all.push_back({.notification = row.id<NotificationTag>(0),
                           .organisation_name = row.string(1),
                           .to = row.string(2),
                           .subject = row.string(3),
                           .language = row.string(4),
                           .findings = row.integer(5),
                           .queued = row.time(6),
                           .printed = row.time_if(7),
                           .posted = row.time_if(8),
                           .posted_by = row.string(9)});
        }));
    return all;
}

Result<bool> has_letter(store::Transaction& tx, NotificationId id) {
    TRY(auto const found, tx.one("SELECT 1 FROM notification_letter WHERE notification = ?", {id},
                                 [](store::Row const& row) { return row.truth(0); }));
    return found.has_value();
}

Status printed(store::Transaction& tx, NotificationId id, Timestamp now) {
    CHECK(tx.run("UPDATE notification_letter SET printed = ? WHERE notification = ?", {now, id}));
    return {};
}

Result<bool> posted(store::Transaction& tx, NotificationId id, Timestamp now, std::string_view who) {
    TRY(auto const changed,
        tx.run("UPDATE notification_letter SET posted = ?, posted_by = ? WHERE notification = ? AND "
               "posted IS NULL",
               {now, who, id}));
    return changed > 0;
}

}  // namespace tocsin::notifications::tables
