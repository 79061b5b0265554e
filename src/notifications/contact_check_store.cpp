#include "notifications/contact_check_store.hpp"

#include <algorithm>
#include <array>

namespace tocsin::notifications {
namespace {

constexpr std::array<std::string_view, 5> state_words{"queued", "sending", "sent", "failed", "uncertain"};

}  // namespace

std::string_view name_of(CheckState state) {
    return word_of(state_words, state);
}

namespace check_tables {
namespace {

constexpr std::string_view columns =
    "SELECT id, contact, organisation, organisation_name, expires, state, address, language, message_id, created, "
    "attempts, sent, confirmed, error, link, boot FROM contact_check ";

StoredCheck read(store::Row const& row) {
    return {.check = {.id = row.id<ContactCheckTag>(0),
                      .contact = row.id<constituency::Contact>(1),
                      .organisation = row.id<constituency::Organisation>(2),
                      .organisation_name = row.string(3),
                      .expires = row.time(4),
                      .state = value_of<CheckState>(state_words, row.text(5)).value_or(CheckState::failed),
                      .address = row.string(6),
                      .language = row.string(7),
                      .message_id = row.string(8),
                      .created = row.time(9),
                      .attempts = static_cast<int>(row.integer(10)),
                      .sent = row.time_if(11),
                      .confirmed = row.time_if(12),
                      .error = row.string(13)},
            .link = row.string(14),
            .boot = row.string(15)};
}

Result<std::optional<StoredCheck>> first(store::Transaction& tx, std::string_view where,
                                         std::initializer_list<store::Bind> binds) {
    return tx.one(std::string(columns) + std::string(where) + " LIMIT 1", binds, read);
}

}  // namespace

Result<std::set<std::pair<std::int64_t, Timestamp>>> asked(store::Transaction& tx, Timestamp from) {
    std::set<std::pair<std::int64_t, Timestamp>> found;
    CHECK(tx.query("SELECT contact, expires FROM contact_check WHERE expires > ?", {from},
                   [&](store::Row const& row) { found.emplace(row.integer(0), row.time(1)); }));
    return found;
}

Result<std::optional<ContactCheckId>> put(store::Transaction& tx, ContactCheck const& check, std::string_view link) {
    TRY(auto const known, first(tx, "WHERE contact = ? AND expires = ?", {check.contact, check.expires}));
    if (known) return std::nullopt;
    TRY(auto const id,
        tx.insert("INSERT INTO contact_check (contact, organisation, organisation_name, expires, state, "
                  "address, language, message_id, link, created, attempts, next_attempt, boot, error) "
                  "VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, 0, 0, '', '')",
                  {check.contact, check.organisation, check.organisation_name, check.expires, check.address,
                   check.language, check.message_id, store::Bind::blob(link), check.created}));
    return ContactCheckId{id};
}

Result<std::optional<StoredCheck>> one(store::Transaction& tx, ContactCheckId id) {
    return first(tx, "WHERE id = ?", {id});
}

Result<std::optional<StoredCheck>> by_link(store::Transaction& tx, std::string_view link) {
    return first(tx, "WHERE link = ?", {store::Bind::blob(link)});
}

Result<std::vector<StoredCheck>> sending(store::Transaction& tx) {
    std::vector<StoredCheck> list;
    CHECK(tx.query(std::string(columns) + "WHERE state = 'sending' ORDER BY id", {},
                   [&](store::Row const& row) { list.push_back(read(row)); }));
    return list;
}

Result<std::vector<ContactCheck>> newest(store::Transaction& tx, std::size_t limit) {
    std::vector<ContactCheck> list;
    CHECK(tx.query(std::string(columns) + "ORDER BY id DESC LIMIT ?", {limit},
                   [&](store::Row const& row) { list.push_back(read(row).check); }));
    return list;
}

Result<std::optional<StoredCheck>> claim(store::Transaction& tx, Timestamp now, std::string_view boot) {
    TRY(auto found, first(tx, "WHERE state = 'queued' AND next_attempt <= ? ORDER BY next_attempt, id", {now}));
    if (!found) return found;
    ++found->check.attempts;
    found->check.state = CheckState::sending;
    CHECK(tx.run("UPDATE contact_check SET state = 'sending', attempts = ?, boot = ? WHERE id = ?",
                 {found->check.attempts, boot, found->check.id}));
    return found;
}

Status set_address(store::Transaction& tx, ContactCheckId id, std::string_view address) {
    CHECK(tx.run("UPDATE contact_check SET address = ? WHERE id = ?", {address, id}));
    return {};
}

Status conclude(store::Transaction& tx, ContactCheckId id, int attempt, CheckVerdict const& verdict) {
    CHECK(
        tx.run("UPDATE contact_check SET state = ?, sent = ?, next_attempt = ?, error = ? WHERE id = ? AND state = "
               "'sending' AND attempts = ?",
               {name_of(verdict.state), verdict.sent, verdict.next_attempt, verdict.error, id, attempt}));
    return {};
}

Status confirmed(store::Transaction& tx, ContactCheckId id, Timestamp now) {
    CHECK(tx.run("UPDATE contact_check SET confirmed = ? WHERE id = ? AND confirmed IS NULL", {now, id}));
    return {};
}

Result<std::vector<std::string>> erase(store::Transaction& tx, std::string_view address) {
    auto const small = lowered(address);
    std::vector<std::string> letters;
    CHECK(tx.query("SELECT message_id FROM contact_check WHERE lower(address) = ?", {small},
                   [&](store::Row const& row) { letters.push_back(row.string(0)); }));
    CHECK(tx.run("UPDATE contact_check SET state = 'failed' WHERE lower(address) = ? AND state = 'queued'", {small}));
    CHECK(tx.run("UPDATE contact_check SET address = 'erased', error = '' WHERE lower(address) = ?", {small}));
    return letters;
}

}  // namespace check_tables
}  // namespace tocsin::notifications
