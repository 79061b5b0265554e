#include "notifications/contact_check_store.hpp"
#include "notifications/impl.hpp"
#include "notifications/inbox/inbox_store.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

/// Taking out of notifications what is known of somebody.
namespace tocsin::notifications {
namespace {

constexpr std::string_view erased = "erased";

Status check_at_rest(StoredNotification const& stored) {
    if (stored.shown.state != State::sending) return {};
    return fail(Code::conflict,
                fmt::format("notification {} is being sent; try again in a minute", stored.shown.id.value));
}

bool waits(State state) {
    return state == State::held || state == State::queued || state == State::failed;
}

/// Addresses without that one.
std::vector<std::string> without(std::vector<std::string> addresses, std::string_view address) {
    std::erase_if(addresses, [&](std::string const& one) { return equal_ignoring_case(one, address); });
    return addresses;
}

/// What was rendered goes, and the lines of these findings.
Status erase_lines(store::Transaction& tx, NotificationId id, std::set<std::string> const& findings) {
    TRY(auto content, tables::content(tx, id));
    auto lines = unpacked(content.lines);
    std::erase_if(lines, [&](Line const& line) { return findings.contains(line.finding); });
    return tables::set_content(tx, id, {.text = {}, .html = {}, .lines = packed(lines)});
}

}  // namespace

Result<std::int64_t> Notifications::erase_findings(access::Principal const& by, std::span<std::string const> findings) {
    auto& house = *impl_;
    std::map<NotificationId, std::set<std::string>> of;
    CHECK(house.ledger.read([&](store::Transaction& tx) -> Status {
        for (auto const& finding : findings) {
            TRY(auto const about, tables::about(tx, finding));
            for (auto const id : about) of[id].insert(finding);
        }
        return {};
    }));
    std::vector<NotificationId> ids;
    for (auto const& [id, gone] : of) ids.push_back(id);
    auto const now = house.clock.now();
    TRY(auto const changed,
        house.change(by, ids, "notification.erase", "", [&](auto& tx, auto const& stored) -> Result<bool> {
            static constexpr std::array from{State::held, State::queued, State::failed};
            auto const id = stored.shown.id;
            CHECK(check_at_rest(stored));
            TRY(auto const stopped, tables::move(tx, id, from, State::cancelled, now));
            if (stopped) CHECK(tables::happened(tx, id, now, "cancelled", by.who, erased));
            CHECK(erase_lines(tx, id, of[id]));
            CHECK(tables::erase_mails_of(tx, id));
            for (auto const& finding : of[id]) CHECK(tables::drop_finding(tx, id, finding));
            CHECK(tables::happened(tx, id, now, "erased", by.who, ""));
            return true;
        }));
    for (auto const id : ids) house.remove_from_outbox(id);
    return changed;
}

Result<std::int64_t> Notifications::erase_address(access::Principal const& by, std::string_view address) {
    auto& house = *impl_;
    if (address.empty()) return 0;
    TRY(auto const ids, house.ledger.read([&](store::Transaction& tx) { return tables::with_address(tx, address); }));
    TRY(auto const letters, house.ledger.write([&](store::Transaction& tx) -> Result<std::vector<std::string>> {
        CHECK(tables::erase_sender(tx, address));
        return check_tables::erase(tx, address);
    }));
    std::error_code fault;
    for (auto const& letter : letters) std::filesystem::remove(house.directory / "outbox" / (letter + ".eml"), fault);
    auto const now = house.clock.now();
    TRY(auto const changed,
        house.change(by, ids, "notification.erase", "", [&](auto& tx, auto const& stored) -> Result<bool> {
            static constexpr std::array from{State::held, State::queued, State::failed};
            auto const id = stored.shown.id;
            CHECK(check_at_rest(stored));
            auto recipients = without(stored.shown.to, address);
            auto const alternates = without(stored.alternates, address);
            if (waits(stored.shown.state) && recipients.empty()) {
                TRY(auto const stopped, tables::move(tx, id, from, State::cancelled, now));
                if (stopped) CHECK(tables::happened(tx, id, now, "cancelled", by.who, "its recipient was erased"));
            }
            if (recipients.size() < stored.shown.to.size() && (recipients.empty() || !waits(stored.shown.state)))
                recipients.emplace_back(erased);
            CHECK(tables::address_to(tx, id, recipients, alternates));
            CHECK(tables::erase_address(tx, id, address));
            CHECK(tables::happened(tx, id, now, "erased", by.who, ""));
            return true;
        }));
    for (auto const id : ids) house.remove_from_outbox(id);
    return changed;
}

/// A warning that lies there as a file names its recipient.
void Notifications::Impl::remove_from_outbox(NotificationId id) const {
    auto const stored = ledger.read([&](store::Transaction& tx) { return tables::one(tx, id, clock.now()); });
    std::error_code fault;
    if (stored) std::filesystem::remove(directory / "outbox" / (stored->message_id + ".eml"), fault);
}

Result<std::map<std::string, LastWarning, std::less<>>> Notifications::last_warnings(
    std::span<std::string const> findings) {
    return impl_->ledger.read([&](store::Transaction& tx) -> Result<std::map<std::string, LastWarning, std::less<>>> {
        std::map<std::string, LastWarning, std::less<>> found;
        for (auto const& finding : findings.first(std::min<std::size_t>(findings.size(), 1000))) {
            TRY(auto const last, tables::last_warning(tx, finding));
            if (last) found.emplace(finding, *last);
        }
        return found;
    });
}

Result<WarnedWithin> Notifications::warned(Timestamp from, Timestamp before) {
    return impl_->ledger.read([&](store::Transaction& tx) { return tables::warned(tx, from, before); });
}

std::string_view name_of(Due::What what) {
    switch (what) {
        case Due::What::approval:
            return "approval";
        case Due::What::second:
            return "second_approval";
        case Due::What::uncertain:
            return "uncertain";
        case Due::What::undelivered:
            return "undelivered";
        case Due::What::unanswered:
            return "unanswered";
    }
    return "approval";
}

Result<std::vector<Due>> Notifications::due(std::size_t limit) {
    return impl_->ledger.read([&](store::Transaction& tx) -> Result<std::vector<Due>> {
        std::vector<Due> all;
        for (auto const what : {Due::What::approval, Due::What::second, Due::What::uncertain, Due::What::undelivered,
                                Due::What::unanswered}) {
            TRY(auto some, tables::due(tx, what, impl_->clock.now(), limit));
            all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
        }
        std::ranges::sort(all, {}, [](Due const& due) { return std::pair(due.at, due.id.value); });
        return all;
    });
}

Result<std::int64_t> erase_contact(constituency::Directory& directory, Notifications& notifications,
                                   constituency::ContactId id, access::Principal const& by) {
    TRY(auto const addresses, directory.addresses_of(id));
    std::int64_t changed = 0;
    for (auto const& address : addresses) {
        TRY(auto const some, notifications.erase_address(by, address));
        changed += some;
    }
    CHECK(directory.erase(id, by));
    return changed;
}

Result<events::Erasure> erase_events(events::Events& events, Notifications& notifications,
                                     events::EventFilter const& filter, std::string_view reason,
                                     access::Principal const& by) {
    TRY(auto const plan, events.would_erase(filter));
    CHECK(notifications.erase_findings(by, plan.findings));
    return events.erase(by, filter, reason);
}

}  // namespace tocsin::notifications
