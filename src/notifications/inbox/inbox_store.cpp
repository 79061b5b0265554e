#include "notifications/inbox/inbox_store.hpp"

#include "base/lines.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::notifications::tables {
namespace {

constexpr std::string_view columns =
    "id, taken, kind, notification, organisation, organisation_name, sender, sender_name, subject, words, attachments, "
    "said, doubt, waits, handled, handled_by, note";

Doubt doubt_named(std::string_view text) {
    for (auto const doubt :
         {Doubt::no_token, Doubt::forged, Doubt::expired, Doubt::unknown_sender, Doubt::encrypted, Doubt::unreadable})
        if (name_of(doubt) == text) return doubt;
    return Doubt::none;
}

InboxMail read_row(store::Row const& row) {
    InboxMail mail;
    mail.id = row.id<InboxMailTag>(0);
    mail.taken = row.time(1);
    mail.kind = parse_mail_kind(row.text(2)).value_or(MailKind::unmatched);
    mail.notification = row.id<NotificationTag>(3);
    mail.organisation = row.integer(4);
    mail.organisation_name = row.string(5);
    mail.sender = row.string(6);
    mail.sender_name = row.string(7);
    mail.subject = row.string(8);
    mail.words = row.string(9);
    mail.attachments = lines_in(row.text(10));
    if (!row.is_null(11)) mail.said = parse_statement(row.text(11));
    mail.doubt = doubt_named(row.text(12));
    mail.waits = row.truth(13);
    mail.handled = row.time_if(14);
    mail.handled_by = row.string(15);
    mail.note = row.string(16);
    return mail;
}

struct Where {
    std::string sql = "1 = 1";
    std::vector<store::Bind> binds;

    explicit Where(InboxFilter const& filter) {
        if (filter.waits) add(" AND waits = ?", *filter.waits);
        if (filter.notification) add(" AND notification = ?", filter.notification);
        if (filter.kinds.empty()) return;
        sql += " AND kind IN (";
        for (auto const kind : filter.kinds) {
            sql += sql.ends_with('(') ? "?" : ", ?";
            binds.emplace_back(name_of(kind));
        }
        sql += ")";
    }
    template <class T>
    void add(std::string_view condition, T const& value) {
        sql += condition;
        binds.emplace_back(value);
    }
};

BouncedAddress read_bounced(store::Row const& row, std::int64_t most_bounces) {
    BouncedAddress one;
    one.address = row.string(0);
    one.permanent = row.integer(1);
    one.other = row.integer(2);
    one.since = row.time(3);
    one.last = row.time(4);
    one.reply = row.string(5);
    one.is_unused = most_bounces > 0 && one.permanent >= most_bounces;
    return one;
}

}  // namespace

Result<std::optional<InboxMailId>> known_mail(store::Transaction& tx, std::string_view identity) {
    return tx.one("SELECT id FROM inbox_mail WHERE identity = ?", {store::Bind::blob(identity)},
                  [](store::Row const& row) { return row.id<InboxMailTag>(0); });
}

Result<InboxMailId> insert_mail(store::Transaction& tx, InboxMail const& mail, std::string_view identity,
                                std::string_view came_from) {
    std::optional<std::string_view> said;
    if (mail.said) said = name_of(*mail.said);
    auto const attachments = as_lines(mail.attachments);
    TRY(auto const id,
        tx.insert("INSERT INTO inbox_mail (identity, taken, came_from, kind, notification, organisation, "
                  "organisation_name, sender, sender_name, subject, words, body, attachments, said, doubt, waits, "
                  "handled_by, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')",
                  {store::Bind::blob(identity), mail.taken, came_from, name_of(mail.kind), mail.notification,
                   mail.organisation == 0 ? store::Bind(nullptr) : store::Bind(mail.organisation),
                   mail.organisation_name, mail.sender, mail.sender_name, mail.subject, mail.words, mail.body,
                   attachments, said, name_of(mail.doubt), mail.waits}));
    return InboxMailId{id};
}

Result<InboxMail> inbox_mail(store::Transaction& tx, InboxMailId id) {
    TRY(auto found,
        tx.one(fmt::format("SELECT {}, body FROM inbox_mail WHERE id = ?", columns), {id}, [](store::Row const& row) {
            auto mail = read_row(row);
            mail.body = row.string(17);
            return mail;
        }));
    if (!found) return fail(Code::not_found, fmt::format("there is no mail {} in the inbox", id.value));
    return *std::move(found);
}

Result<std::vector<InboxMail>> inbox_mails(store::Transaction& tx, InboxFilter const& filter, std::size_t limit,
                                           std::optional<InboxMailId> before) {
    Where where(filter);
    if (before) where.add(" AND id < ?", before->value);
    where.binds.emplace_back(limit);
    std::vector<InboxMail> all;
    CHECK(tx.query_rows(fmt::format("SELECT {} FROM inbox_mail WHERE {} ORDER BY id DESC LIMIT ?", columns, where.sql),
                        where.binds, [&](store::Row const& row) {
                            all.push_back(read_row(row));
                            return true;
                        }));
    return all;
}

Result<std::int64_t> count_inbox_mails(store::Transaction& tx, InboxFilter const& filter) {
    Where const where(filter);
    std::int64_t counted = 0;
    CHECK(tx.query_rows(fmt::format("SELECT count(*) FROM inbox_mail WHERE {}", where.sql), where.binds,
                        [&](store::Row const& row) {
                            counted = row.integer(0);
                            return false;
                        }));
    return counted;
}

Status update_mail(store::Transaction& tx, InboxMail const& mail) {
    std::optional<std::string_view> said;
    if (mail.said) said = name_of(*mail.said);
    TRY(auto const changed,
        tx.run("UPDATE inbox_mail SET kind = ?, notification = ?, organisation = ?, organisation_name = ?, said = ?, "
               "doubt = ?, waits = ?, handled = ?, handled_by = ?, note = ? WHERE id = ?",
               {name_of(mail.kind), mail.notification,
                mail.organisation == 0 ? store::Bind(nullptr) : store::Bind(mail.organisation), mail.organisation_name,
                said, name_of(mail.doubt), mail.waits, mail.handled, mail.handled_by, mail.note, mail.id}));
    TOCSIN_ASSERT(changed == 1);
    return {};
}

Status erase_sender(store::Transaction& tx, std::string_view address) {
    auto const small = lowered(address);
    CHECK(
        tx.run("UPDATE inbox_mail SET sender = 'erased', sender_name = '', subject = '', words = '', body = '', "
               "attachments = '' WHERE sender = ?",
               {small}));
    CHECK(tx.run("UPDATE mail_bounce SET address = 'erased', reply = '' WHERE address = ?", {small}));
    CHECK(tx.run("DELETE FROM bounced_address WHERE address = ?", {small}));
    return {};
}

Status erase_mails_of(store::Transaction& tx, NotificationId id) {
    CHECK(tx.run("UPDATE inbox_mail SET subject = '', words = '', body = '', attachments = '' WHERE notification = ?",
                 {id}));
    return {};
}

Result<MailboxCourse> mailbox_course(store::Transaction& tx, std::string_view mailbox) {
    TRY(auto found, tx.one("SELECT validity, uid, last_run, last_success, error FROM inbox_course WHERE mailbox = ?",
                           {mailbox}, [](store::Row const& row) {
                               return MailboxCourse{.is_new = false,
                                                    .validity = row.integer(0),
                                                    .uid = row.integer(1),
                                                    .last_run = row.time_if(2),
                                                    .last_success = row.time_if(3),
                                                    .error = row.string(4)};
                           }));
    return found.value_or(MailboxCourse{});
}

Status save_course(store::Transaction& tx, std::string_view mailbox, MailboxCourse const& course) {
    CHECK(
        tx.run("INSERT INTO inbox_course (mailbox, validity, uid, last_run, last_success, error) VALUES (?, ?, ?, ?, "
               "?, ?) ON CONFLICT (mailbox) DO UPDATE SET validity = excluded.validity, uid = excluded.uid, last_run "
               "= excluded.last_run, last_success = excluded.last_success, error = excluded.error",
               {mailbox, course.validity, course.uid, course.last_run, course.last_success, course.error}));
    return {};
}

Status insert_bounce(store::Transaction& tx, InboxMailId mail, NotificationId notification, BounceWord const& word,
                     Timestamp at) {
    // What one mail comes back from twice counts once: servers repeat themselves.
    TRY(auto const before, tx.one("SELECT id FROM mail_bounce WHERE address = ? AND notification = ? AND is_final = 1",
                                  {word.address, notification}, [](store::Row const& row) { return row.integer(0); }));
    TRY(auto const row,
        tx.insert("INSERT INTO mail_bounce (mail, notification, address, at, is_final, is_permanent, status, reply) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                  {mail, notification, word.address, at, word.is_final, word.is_permanent, word.status, word.reply}));
    (void)row;
    auto const counts = before ? 0 : 1;
    CHECK(
        tx.run("INSERT INTO bounced_address (address, permanent, other, since, last, reply) VALUES (?, ?, ?, ?, ?, "
               "?) ON CONFLICT (address) DO UPDATE SET permanent = bounced_address.permanent + "
               "excluded.permanent, other = bounced_address.other + excluded.other, last = excluded.last, reply = "
               "excluded.reply",
               {word.address, word.is_permanent ? counts : 0, word.is_permanent ? 0 : 1, at, at, word.reply}));
    return {};
}

Result<std::vector<std::string>> lost_addresses(store::Transaction& tx, NotificationId id) {
    std::vector<std::string> all;
    CHECK(tx.query("SELECT DISTINCT address FROM mail_bounce WHERE notification = ? AND is_final = 1", {id},
                   [&](store::Row const& row) { all.push_back(row.string(0)); }));
    return all;
}

Result<std::vector<BouncedAddress>> bounced_addresses(store::Transaction& tx, std::int64_t most_bounces) {
    std::vector<BouncedAddress> all;
    CHECK(
        tx.query("SELECT address, permanent, other, since, last, reply FROM bounced_address ORDER BY last DESC, "
                 "address LIMIT 1000",
                 {}, [&](store::Row const& row) { all.push_back(read_bounced(row, most_bounces)); }));
    return all;
}

Result<std::optional<BouncedAddress>> bounced_address(store::Transaction& tx, std::string_view address,
                                                      std::int64_t most_bounces) {
    return tx.one("SELECT address, permanent, other, since, last, reply FROM bounced_address WHERE address = ?",
                  {lowered(address)}, [&](store::Row const& row) { return read_bounced(row, most_bounces); });
}

Result<bool> clear_bounces(store::Transaction& tx, std::string_view address) {
    TRY(auto const gone, tx.run("DELETE FROM bounced_address WHERE address = ?", {lowered(address)}));
    return gone > 0;
}

Status turn_back(store::Transaction& tx, NotificationId id, State state, std::string_view error,
                 std::vector<std::string> const& recipients, std::vector<std::string> const& alternates) {
    auto const to = as_lines(recipients), others = as_lines(alternates);
    CHECK(
        tx.run("UPDATE notification SET state = ?, error = ?, recipients = ?, alternates = ?, refusals = 0, "
               "next_attempt = 0, is_uncertain = 0 WHERE id = ?",
               {name_of(state), error, to, others, id}));
    return {};
}

Status note_error(store::Transaction& tx, NotificationId id, std::string_view error) {
    CHECK(tx.run("UPDATE notification SET error = ? WHERE id = ?", {error, id}));
    return {};
}

Result<std::optional<NotificationId>> by_message_id(store::Transaction& tx, std::string_view message_id) {
    return tx.one("SELECT id FROM notification WHERE message_id = ?", {message_id},
                  [](store::Row const& row) { return row.id<NotificationTag>(0); });
}

}  // namespace tocsin::notifications::tables
