#include "notifications/notification_store.hpp"

#include <cctype>

/// What is taken out of notifications for good.
namespace tocsin::notifications::tables {
namespace {

/// A pattern that finds the text wherever it stands; ESCAPE '!'.
std::string anywhere(std::string_view text) {
    return "%" + replaced(replaced(replaced(lowered(text), "!", "!!"), "%", "!%"), "_", "!_") + "%";
}

bool is_of_address(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("._%+-@").contains(c);
}

/// The text with another word where the address stood, but not where it is part of a longer one.
std::string without_address(std::string_view text, std::string_view address) {
    std::string out;
    auto const small = lowered(text);
    auto const wanted = lowered(address);
    std::size_t from = 0;
    for (auto at = small.find(wanted); at != std::string::npos; at = small.find(wanted, at + 1)) {
        auto const end = at + wanted.size();
        bool const goes_on = end < text.size() && is_of_address(text[end]) &&
                             (text[end] != '.' || (end + 1 < text.size() && is_of_address(text[end + 1])));
        if ((at > 0 && is_of_address(text[at - 1])) || goes_on) continue;
        out += text.substr(from, at - from);
        out += "erased";
        from = end;
    }
    return out + std::string(text.substr(from));
}

}  // namespace

Result<std::vector<NotificationId>> about(store::Transaction& tx, std::string_view finding) {
    std::vector<NotificationId> found;
    CHECK(tx.query("SELECT notification FROM notified_finding WHERE finding = ? ORDER BY notification", {finding},
                   [&](store::Row const& row) { found.push_back(row.id<NotificationTag>(0)); }));
    return found;
}

Result<std::vector<NotificationId>> with_address(store::Transaction& tx, std::string_view address) {
    std::vector<NotificationId> found;
    auto const part = anywhere(address);
    CHECK(tx.query(
        "SELECT id FROM notification WHERE lower(recipients) LIKE ? ESCAPE '!' OR lower(alternates) LIKE ? "
        "ESCAPE '!' OR lower(error) LIKE ? ESCAPE '!' OR id IN (SELECT notification FROM "
        "notification_happening WHERE lower(text) LIKE ? ESCAPE '!') ORDER BY id",
        {part, part, part, part}, [&](store::Row const& row) { found.push_back(row.id<NotificationTag>(0)); }));
    return found;
}

Status drop_finding(store::Transaction& tx, NotificationId id, std::string_view finding) {
    CHECK(tx.run("DELETE FROM notified_finding WHERE notification = ? AND finding = ?", {id, finding}));
    CHECK(tx.run("DELETE FROM notification_answer WHERE notification = ? AND finding = ?", {id, finding}));
    CHECK(tx.run("DELETE FROM notification_escalation WHERE finding = ?", {finding}));
    CHECK(
        tx.run("UPDATE notification SET findings = (SELECT count(*) FROM notified_finding WHERE notification = ?), "
               "answers = (SELECT count(*) FROM notification_answer WHERE notification = ?) WHERE id = ?",
               {id, id, id}));
    return {};
}

Status erase_address(store::Transaction& tx, NotificationId id, std::string_view address) {
    std::vector<std::pair<std::int64_t, std::string>> texts;
    CHECK(tx.query("SELECT id, text FROM notification_happening WHERE notification = ?", {id},
                   [&](store::Row const& row) { texts.emplace_back(row.integer(0), row.string(1)); }));
    for (auto const& [number, said] : texts)
        if (auto const other = without_address(said, address); other != said)
            CHECK(tx.run("UPDATE notification_happening SET text = ? WHERE id = ?", {other, number}));
    TRY(auto const error, tx.one("SELECT error FROM notification WHERE id = ?", {id},
                                 [](store::Row const& row) { return row.string(0); }));
    CHECK(tx.run("UPDATE notification SET error = ? WHERE id = ?", {without_address(error.value_or(""), address), id}));
    return {};
}

}  // namespace tocsin::notifications::tables
