#include "notifications/notification_store.hpp"

#include <algorithm>
#include <cstring>
#include <sodium.h>
#include <unordered_set>
#include <zstd.h>

namespace tocsin::notifications {
namespace {

constexpr std::size_t most_content = std::size_t{1} << 30;

std::string joined(std::vector<std::string> const& parts) {
    std::string out;
    for (auto const& part : parts) {
        if (!out.empty()) out += '\n';
        out += part;
    }
    return out;
}

std::vector<std::string> parted(std::string_view text) {
    std::vector<std::string> parts;
    for (auto const part : split(text, '\n'))
        if (!part.empty()) parts.emplace_back(part);
    return parts;
}

std::string compressed(Content const& content) {
    std::string const plain = content.text + '\0' + content.html + '\0' + content.lines;
    std::string out(ZSTD_compressBound(plain.size()), '\0');
    auto const size = ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3);
    TOCSIN_ASSERT(ZSTD_isError(size) == 0U);
    out.resize(size);
    return out;
}

Result<Content> decompressed(std::string_view bytes) {
    auto const damaged = [] { return fail(Code::io, "a notification's content can't be read; the ledger is damaged"); };
    auto const size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (size > most_content) return damaged();
    std::string plain(size, '\0');
    if (ZSTD_decompress(plain.data(), plain.size(), bytes.data(), bytes.size()) != size) return damaged();
    auto const first = plain.find('\0');
    auto const second = first == std::string::npos ? first : plain.find('\0', first + 1);
    if (second == std::string::npos) return damaged();
    return Content{plain.substr(0, first), plain.substr(first + 1, second - first - 1), plain.substr(second + 1)};
}

constexpr std::string_view shown_columns =
    "id, state, organisation, organisation_name, recipients, language, tlp, subject, findings, created, sent, "
    "attempts, next_attempt, error, is_uncertain, link_revoked, link_expires, answers, encryption, sealed, channel";

Notification shown_from(store::Row const& row, Timestamp now) {
    Notification shown;
    shown.id = row.id<NotificationTag>(0);
    shown.state = parse_state(row.text(1)).value_or(State::held);
    shown.organisation = row.integer(2);
    shown.organisation_name = row.string(3);
    shown.to = parted(row.text(4));
    shown.language = row.string(5);
    shown.tlp = row.string(6);
    shown.subject = row.string(7);
    shown.findings = row.integer(8);
    shown.created = row.time(9);
    shown.sent = row.time_if(10);
    shown.attempts = static_cast<int>(row.integer(11));
    if (shown.state == State::queued && row.integer(12) > 0) shown.next_attempt = row.time(12);
    shown.error = row.string(13);
    shown.is_uncertain = row.truth(14);
    shown.link_expires = row.time(16);
    shown.link = !row.is_null(15)            ? LinkState::revoked
                 : shown.link_expires <= now ? LinkState::expired
                                             : LinkState::open;
    shown.answers = row.integer(17);
    shown.encryption = parse_encryption(row.text(18)).value_or(Encryption::required);
    shown.sealed = row.string(19);
    shown.channel = row.string(20);
    return shown;
}

/// The WHERE of a filter. Values are bound in order; texts of `binds` live in the filter or in `kept`.
struct Where {
    std::string sql = "1 = 1";
    std::vector<store::Bind> binds;
    std::vector<std::string> kept;

    explicit Where(Filter const& filter) {
        kept.reserve(4);
        add_list("state", filter.states, [](State state) { return store::Bind(name_of(state)); });
        add_list("organisation", filter.organisations, [](std::int64_t id) { return store::Bind(id); });
        if (filter.answered) sql += *filter.answered ? " AND answers > 0" : " AND answers = 0";
        if (filter.from) add(" AND created >= ?", *filter.from);
        if (filter.to) add(" AND created < ?", *filter.to);
        if (!filter.text.empty()) {
            kept.push_back("%" + replaced(replaced(replaced(filter.text, "!", "!!"), "%", "!%"), "_", "!_") + "%");
            sql += " AND (subject LIKE ? ESCAPE '!' OR recipients LIKE ? ESCAPE '!')";
            binds.emplace_back(kept.back());
            binds.emplace_back(kept.back());
        }
        if (!filter.finding.empty())
            add(" AND id IN (SELECT notification FROM notified_finding WHERE finding = ?)", filter.finding);
    }

    template <class T>
    void add(std::string_view condition, T const& value) {
        sql += condition;
        binds.emplace_back(value);
    }
    template <class T, class F>
    void add_list(std::string_view column, std::vector<T> const& values, F const& bind) {
        if (values.empty()) return;
        sql += fmt::format(" AND {} IN (", column);
        for (std::size_t i = 0; i < values.size(); ++i) {
            sql += i == 0 ? "?" : ", ?";
            binds.push_back(bind(values[i]));
        }
        sql += ")";
    }
};

void fold(Told& into, Told const& other) {
    if (other.returns > into.returns)
        into.first_sent = other.first_sent;
    else if (other.returns == into.returns && other.first_sent.micros != 0)
        into.first_sent = into.first_sent.micros == 0 ? other.first_sent : std::min(into.first_sent, other.first_sent);
    into.at = std::max(into.at, other.at);
    into.returns = std::max(into.returns, other.returns);
    into.was_sent = into.was_sent || other.was_sent;
}

}  // namespace

Result<ToldFindings> ToldFindings::load(store::Transaction& tx) {
    ToldFindings all;
    std::unordered_set<std::int64_t> extra;  // escalations and campaigns: told as well, but not this telling
    CHECK(tx.query("SELECT notification FROM notification_outcome WHERE source <> 'plan'", {},
                   [&](store::Row const& row) { extra.insert(row.integer(0)); }));
    CHECK(tx.query(
        "SELECT f.finding, f.at, f.returns, n.state, n.sent, n.id FROM notified_finding f JOIN notification n ON n.id "
        "= f.notification",
        {}, [&](store::Row const& row) {
            if (!extra.empty() && extra.contains(row.integer(5))) return;
            auto const state = row.text(3);
            all.told_.emplace_back(
                key_of(row.text(0)),
                Told{row.time(1), row.integer(2), state != name_of(State::cancelled) && state != name_of(State::failed),
                     row.time(4)});
        }));
    std::ranges::sort(all.told_, {}, &std::pair<Key, Told>::first);
    // One entry a finding: the latest time, the most returns, sent if any was.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < all.told_.size(); ++i) {
        if (kept > 0 && all.told_[kept - 1].first == all.told_[i].first)
            fold(all.told_[kept - 1].second, all.told_[i].second);
        else
            all.told_[kept++] = all.told_[i];
    }
    all.told_.resize(kept);
    all.told_.shrink_to_fit();
    return all;
}

ToldFindings::Key ToldFindings::key_of(std::string_view finding) {
    unsigned char hash[16];
    crypto_generichash(hash, sizeof hash, reinterpret_cast<unsigned char const*>(finding.data()), finding.size(),
                       nullptr, 0);
    Key key;
    std::memcpy(&key.a, hash, 8);
    std::memcpy(&key.b, hash + 8, 8);
    return key;
}

Told const* ToldFindings::find(std::string_view finding) const {
    auto const key = key_of(finding);
    auto const at = std::ranges::lower_bound(told_, key, {}, &std::pair<Key, Told>::first);
    return at != told_.end() && at->first == key ? &at->second : nullptr;
}

namespace tables {

Result<NotificationId> insert(store::Transaction& tx, NewNotification const& fresh, std::string_view who) {
    auto const& digest = *fresh.digest;
    auto const content = compressed(fresh.content);
    TRY(auto const id,
        tx.insert(
            "INSERT INTO notification (state, organisation, organisation_name, recipient, recipient_name, language, "
            "tlp, recipients, alternates, subject, message_id, findings, segment, created, attempts, refusals, "
            "next_attempt, boot, error, is_uncertain, link, link_expires, answers, gate, content, encryption) VALUES "
            "(?, "
            "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, '', '', 0, ?, ?, 0, ?, ?, ?)",
            {name_of(fresh.state), digest.organisation, digest.organisation_name, digest.recipient,
             digest.recipient_name, fresh.language, fresh.tlp, joined(fresh.recipients), joined(fresh.alternates),
             fresh.subject, digest.message_id, digest.lines.size(), fresh.segment, fresh.created,
             store::Bind::blob(fresh.link), fresh.link_expires, fresh.gate, store::Bind::blob(content),
             name_of(fresh.encryption)}));
    for (auto const& line : digest.lines) {
        TRY(auto const row,
            tx.run("INSERT INTO notified_finding (finding, notification, at, returns) VALUES (?, ?, ?, ?)",
                   {line.finding, id, fresh.created, line.returns}));
        TOCSIN_ASSERT(row == 1);
    }
    auto const between = fresh.by_rule.empty() || fresh.shared_by.empty() ? "" : "; ";
    CHECK(happened(tx, {id}, fresh.created, "created", who,
                   fmt::format("{}{}{}", fresh.by_rule, between, fresh.shared_by)));
    if (fresh.state == State::queued) CHECK(happened(tx, {id}, fresh.created, "queued", who, ""));
    return NotificationId{id};
}

Status happened(store::Transaction& tx, NotificationId id, Timestamp at, std::string_view what, std::string_view who,
                std::string_view text) {
    TRY(auto const row,
        tx.insert("INSERT INTO notification_happening (notification, at, what, who, text) VALUES (?, ?, ?, ?, ?)",
                  {id, at, what, who, text}));
    (void)row;
    return {};
}

Result<std::vector<Happening>> happenings(store::Transaction& tx, NotificationId id) {
    std::vector<Happening> all;
    CHECK(tx.query(
        "SELECT at, what, who, text FROM notification_happening WHERE notification = ? ORDER BY id", {id},
        [&](store::Row const& row) { all.push_back({row.time(0), row.string(1), row.string(2), row.string(3)}); }));
    return all;
}

Result<StoredNotification> one(store::Transaction& tx, NotificationId id, Timestamp now) {
    auto const sql = fmt::format(
        "SELECT {}, recipient, recipient_name, alternates, message_id, link, gate, boot, refusals FROM notification "
        "WHERE id = ?",
        shown_columns);
    TRY(auto found, tx.one(sql, {id}, [&](store::Row const& row) {
        StoredNotification stored;
        stored.shown = shown_from(row, now);
        stored.link_is_revoked = !row.is_null(15);
        stored.recipient = row.integer(21);
        stored.recipient_name = row.string(22);
        stored.alternates = parted(row.text(23));
        stored.message_id = row.string(24);
        stored.link = row.string(25);
        stored.gate = row.string(26);
        stored.boot = row.string(27);
        stored.refusals = static_cast<int>(row.integer(28));
        return stored;
    }));
    if (!found) return fail(Code::not_found, fmt::format("there is no notification {}", id.value));
    return *std::move(found);
}

Result<std::optional<NotificationId>> by_link(store::Transaction& tx, std::string_view link) {
    return tx.one("SELECT id FROM notification WHERE link = ?", {store::Bind::blob(link)},
                  [](store::Row const& row) { return row.id<NotificationTag>(0); });
}

Result<Content> content(store::Transaction& tx, NotificationId id) {
    TRY(auto found, tx.one("SELECT content FROM notification WHERE id = ?", {id},
                           [](store::Row const& row) { return row.string(0); }));
    if (!found) return fail(Code::not_found, fmt::format("there is no notification {}", id.value));
    return decompressed(*found);
}

Status set_content(store::Transaction& tx, NotificationId id, Content const& content) {
    auto const bytes = compressed(content);
    CHECK(drop_parcel(tx, id));
    CHECK(tx.run("UPDATE notification SET content = ? WHERE id = ?", {store::Bind::blob(bytes), id}));
    return {};
}

Result<std::vector<Notification>> list(store::Transaction& tx, Filter const& filter, std::size_t limit,
                                       std::optional<NotificationId> before, Timestamp now) {
    Where where(filter);
    if (before) where.add(" AND id < ?", before->value);
    where.binds.emplace_back(limit);
    std::vector<Notification> all;
    CHECK(tx.query_rows(
        fmt::format("SELECT {} FROM notification WHERE {} ORDER BY id DESC LIMIT ?", shown_columns, where.sql),
        where.binds, [&](store::Row const& row) {
            all.push_back(shown_from(row, now));
            return true;
        }));
    return all;
}

Result<std::int64_t> count(store::Transaction& tx, Filter const& filter) {
    Where const where(filter);
    std::int64_t counted = 0;
    CHECK(tx.query_rows(fmt::format("SELECT count(*) FROM notification WHERE {}", where.sql), where.binds,
                        [&](store::Row const& row) {
                            counted = row.integer(0);
                            return false;
                        }));
    return counted;
}

Result<bool> move(store::Transaction& tx, NotificationId id, std::span<State const> from, State to, Timestamp now) {
    TRY(auto const stored, one(tx, id, now));
    if (std::ranges::find(from, stored.shown.state) == from.end()) return false;
    TRY(auto const changed,
        tx.run("UPDATE notification SET state = ?, next_attempt = 0, refusals = 0, error = '', is_uncertain = 0 WHERE "
               "id = ?",
               {name_of(to), id}));
    return changed == 1;
}

Status address_to(store::Transaction& tx, NotificationId id, std::vector<std::string> const& recipients,
                  std::vector<std::string> const& alternates) {
    CHECK(drop_parcel(tx, id));
    TRY(auto const changed, tx.run("UPDATE notification SET recipients = ?, alternates = ? WHERE id = ?",
                                   {joined(recipients), joined(alternates), id}));
    TOCSIN_ASSERT(changed == 1);
    return {};
}

Result<bool> revoke(store::Transaction& tx, NotificationId id, Timestamp now) {
    TRY(auto const changed,
        tx.run("UPDATE notification SET link_revoked = ? WHERE id = ? AND link_revoked IS NULL", {now, id}));
    return changed == 1;
}

Result<std::vector<Job>> claim(store::Transaction& tx, Timestamp now, Boots boots, std::size_t most) {
    std::vector<Job> jobs;
    CHECK(tx.query(
        "SELECT id, attempts, refusals, message_id, recipients, alternates, channel FROM notification WHERE state = "
        "'queued' AND next_attempt <= ? ORDER BY next_attempt, id LIMIT ?",
        {now, most}, [&](store::Row const& row) {
            jobs.push_back({row.id<NotificationTag>(0), static_cast<int>(row.integer(1)) + 1,
                            static_cast<int>(row.integer(2)), row.string(3), parted(row.text(4)), parted(row.text(5)),
                            row.string(6)});
        }));
    for (auto const& job : jobs) {
        TRY(auto const changed, tx.run("UPDATE notification SET state = 'sending', attempts = ?, boot = ? WHERE id = ?",
                                       {job.attempt, job.channel == "mail" ? boots.of_mail : boots.of_others, job.id}));
        TOCSIN_ASSERT(changed == 1);
    }
    return jobs;
}

Result<std::optional<Timestamp>> next_due(store::Transaction& tx) {
    return tx.one("SELECT next_attempt FROM notification WHERE state = 'queued' ORDER BY next_attempt LIMIT 1", {},
                  [](store::Row const& row) { return row.time(0); });
}

Result<std::vector<Sending>> all_sending(store::Transaction& tx) {
    std::vector<Sending> all;
    CHECK(tx.query(
        "SELECT id, attempts, refusals, message_id, boot, recipients, alternates, channel FROM notification WHERE "
        "state = 'sending' ORDER BY id",
        {}, [&](store::Row const& row) {
            all.push_back({row.id<NotificationTag>(0), static_cast<int>(row.integer(1)),
                           static_cast<int>(row.integer(2)), row.string(3), row.string(4), parted(row.text(5)),
                           parted(row.text(6)), row.string(7)});
        }));
    return all;
}

Result<bool> conclude(store::Transaction& tx, NotificationId id, int attempt, Verdict const& verdict) {
    TRY(auto const changed,
        tx.run("UPDATE notification SET state = ?, error = ?, is_uncertain = ?, refusals = ?, next_attempt = ?, sent = "
               "coalesce(?, sent), boot = '' WHERE id = ? AND state = 'sending' AND attempts = ?",
               {name_of(verdict.state), verdict.error, verdict.is_uncertain, verdict.refusals, verdict.next_attempt,
                verdict.sent, id, attempt}));
    if (changed == 0) return false;
    if (verdict.state == State::sent && !verdict.is_uncertain) CHECK(drop_parcel(tx, id));
    if (verdict.recipients)
        CHECK(address_to(tx, id, *verdict.recipients, verdict.alternates.value_or(std::vector<std::string>())));
    return true;
}

Result<std::optional<Kept>> parcel(store::Transaction& tx, NotificationId id) {
    return tx.one("SELECT sealed_for, bytes FROM notification_parcel WHERE notification = ?", {id},
                  [](store::Row const& row) { return Kept{row.string(0), row.string(1)}; });
}

Status keep_parcel(store::Transaction& tx, NotificationId id, Kept const& parcel) {
    CHECK(drop_parcel(tx, id));
    CHECK(tx.run("INSERT INTO notification_parcel (notification, sealed_for, bytes) VALUES (?, ?, ?)",
                 {id, parcel.sealed_for, store::Bind::blob(parcel.bytes)}));
    return {};
}

Status drop_parcel(store::Transaction& tx, NotificationId id) {
    CHECK(tx.run("DELETE FROM notification_parcel WHERE notification = ?", {id}));
    return {};
}

Status set_sealed(store::Transaction& tx, NotificationId id, std::string_view summary) {
    CHECK(tx.run("UPDATE notification SET sealed = ? WHERE id = ?", {summary, id}));
    return {};
}

Status answer(store::Transaction& tx, NotificationId id, Answer const& answer) {
    TRY(auto const row,
        tx.insert("INSERT INTO notification_answer (notification, at, finding, said, text) VALUES (?, ?, ?, ?, ?)",
                  {id, answer.at, answer.finding, name_of(answer.said), answer.text}));
    (void)row;
    TRY(auto const changed, tx.run("UPDATE notification SET answers = answers + 1 WHERE id = ?", {id}));
    TOCSIN_ASSERT(changed == 1);
    return {};
}

Result<std::vector<Answer>> answers(store::Transaction& tx, NotificationId id) {
    std::vector<Answer> all;
    CHECK(tx.query("SELECT at, finding, said, text FROM notification_answer WHERE notification = ? ORDER BY id", {id},
                   [&](store::Row const& row) {
                       Answer one;
                       one.at = row.time(0);
                       if (!row.is_null(1)) one.finding = row.string(1);
                       one.said = parse_statement(row.text(2)).value_or(Statement::seen);
                       one.text = row.string(3);
                       all.push_back(std::move(one));
                   }));
    return all;
}

}  // namespace tables
}  // namespace tocsin::notifications
