#include "notifications/notification_store.hpp"

#include <fmt/format.h>

/// When owners were warned last, and what a person should do by a time.
namespace tocsin::notifications::tables {
namespace {

constexpr std::chrono::hours time_to_approve{24};
constexpr std::chrono::hours uncertain_for{24 * 7};
constexpr std::chrono::hours undelivered_for{24 * 30};
constexpr std::chrono::hours expires_within{24 * 14};

struct Question {
    std::string_view where;  ///< two values: from, to
    std::string_view since;  ///< the time that `after` is added to
    std::chrono::seconds after;
    Timestamp from, to;
};

Question question_of(Due::What what, Timestamp now) {
    switch (what) {
        case Due::What::approval:
            return {
                "state = 'held' AND is_uncertain = 0 AND NOT EXISTS (SELECT 1 FROM notification_approval a WHERE "
                "a.notification = notification.id) AND created >= ? AND created <= ?",
                "created", time_to_approve, Timestamp{0}, now};
        case Due::What::second:
            return {
                "state = 'held' AND is_uncertain = 0 AND EXISTS (SELECT 1 FROM notification_approval a WHERE "
                "a.notification = notification.id) AND created >= ? AND created <= ?",
                "created", time_to_approve, Timestamp{0}, now};
        case Due::What::uncertain:
            return {
                "is_uncertain = 1 AND (state = 'held' OR (state = 'sent' AND answers = 0)) AND created >= ? AND "
                "created <= ?",
                "created", time_to_approve, now - uncertain_for, now};
        case Due::What::undelivered:
            return {"state = 'failed' AND created >= ? AND created <= ?", "created", time_to_approve,
                    now - undelivered_for, now};
        case Due::What::unanswered:
            return {
                "state = 'sent' AND answers = 0 AND link_revoked IS NULL AND link_expires >= ? AND "
                "link_expires <= ?",
                "link_expires", std::chrono::seconds(0), now, now + expires_within};
    }
    return {};
}

}  // namespace

Result<std::vector<Due>> due(store::Transaction& tx, Due::What what, Timestamp now, std::size_t limit) {
    auto const question = question_of(what, now);
    std::vector<Due> found;
    CHECK(tx.query(fmt::format("SELECT id, organisation, organisation_name, subject, findings, {0} FROM notification "
                               "WHERE {1} ORDER BY {0}, id LIMIT ?",
                               question.since, question.where),
                   {question.from, question.to, limit}, [&](store::Row const& row) {
                       found.push_back({.what = what,
                                        .id = row.id<NotificationTag>(0),
                                        .organisation = row.integer(1),
                                        .organisation_name = row.string(2),
                                        .subject = row.string(3),
                                        .findings = row.integer(4),
                                        .at = row.time(5) + question.after});
                   }));
    return found;
}

Result<std::optional<LastWarning>> last_warning(store::Transaction& tx, std::string_view finding) {
    std::optional<LastWarning> last;
    CHECK(tx.query(
        "SELECT n.id, n.state, n.sent FROM notified_finding f JOIN notification n ON n.id = f.notification "
        "WHERE f.finding = ? AND n.state <> 'cancelled' AND NOT EXISTS (SELECT 1 FROM notification_outcome o WHERE "
        "o.notification = n.id AND o.source = 'escalation') ORDER BY n.id DESC",
        {finding}, [&](store::Row const& row) {
            auto const sent = row.time_if(2);
            if (!last)
                last = LastWarning{row.id<NotificationTag>(0), parse_state(row.text(1)).value_or(State::held), sent};
            else if (sent && (!last->at || *last->at < *sent))
                last->at = sent;
        }));
    return last;
}

Result<WarnedWithin> warned(store::Transaction& tx, Timestamp from, Timestamp before) {
    WarnedWithin told;
    CHECK(
        tx.query("SELECT count(*), count(DISTINCT organisation), count(*) FILTER (WHERE answers > 0) FROM notification "
                 "WHERE state = 'sent' AND created >= ? AND created < ?",
                 {from, before}, [&](store::Row const& row) {
                     told.warnings = row.integer(0);
                     told.organisations = row.integer(1);
                     told.answered = row.integer(2);
                 }));
    CHECK(tx.query(
        "SELECT f.finding, min(n.sent) FROM notified_finding f JOIN notification n ON n.id = f.notification "
        "WHERE n.sent IS NOT NULL AND NOT EXISTS (SELECT 1 FROM notification_outcome o WHERE o.notification = n.id AND "
        "o.source = 'escalation') GROUP BY f.finding",
        {}, [&](store::Row const& row) { told.first.emplace(row.string(0), row.time(1)); }));
    return told;
}

}  // namespace tocsin::notifications::tables
