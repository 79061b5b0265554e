#include "access/throttle.hpp"

#include <algorithm>

namespace tocsin::access {

std::string Throttle::name_subject(std::string_view name) const {
    return secrets_.mac("throttle", "name:" + lowered(name));
}

std::string Throttle::address_subject(std::string_view address) const {
    // One host of IPv6 has a whole /64 to come from.
    auto const parsed = parse_ip(address);
    std::string counted(address);
    if (parsed && !parsed->is_v4()) counted = format_ip(masked(*parsed, 64));
    return secrets_.mac("throttle", "address:" + counted);
}

Result<std::chrono::seconds> Throttle::wait_of(store::Transaction& tx, std::string const& subject,
                                               Timestamp now) const {
    TRY(auto const until, tx.one("SELECT locked_until FROM log_in_attempt WHERE subject = ?",
                                 {store::Bind::blob(subject)}, [](store::Row const& row) { return row.time(0); }));
    if (!until || *until <= now) return std::chrono::seconds(0);
    return std::chrono::ceil<std::chrono::seconds>(*until - now);
}

Status Throttle::count(store::Transaction& tx, std::string const& subject, int free_attempts, Timestamp now) const {
    TRY(auto const before, tx.one("SELECT failures FROM log_in_attempt WHERE subject = ? AND last_failure > ?",
                                  {store::Bind::blob(subject), now - limits_.attempts_forgotten},
                                  [](store::Row const& row) { return row.integer(0); }));
    std::int64_t const failures = before.value_or(0) + 1;
    Timestamp until{0};
    if (failures >= free_attempts) {
        auto const doublings = std::min<std::int64_t>(failures - free_attempts, 30);
        until = now + std::min(limits_.first_wait * (std::int64_t{1} << doublings), limits_.longest_wait);
    }
    CHECK(
        tx.run("INSERT INTO log_in_attempt VALUES (?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET failures = "
               "excluded.failures, last_failure = excluded.last_failure, locked_until = excluded.locked_until",
               {store::Bind::blob(subject), failures, now, until}));
    return {};
}

Status Throttle::uncount(store::Transaction& tx, std::string const& subject) const {
    CHECK(tx.run("UPDATE log_in_attempt SET failures = failures - 1, locked_until = 0 WHERE subject = ?",
                 {store::Bind::blob(subject)}));
    CHECK(tx.run("DELETE FROM log_in_attempt WHERE subject = ? AND failures <= 0", {store::Bind::blob(subject)}));
    return {};
}

Result<std::chrono::seconds> Throttle::begin(store::Transaction& tx, std::string_view name, std::string_view address,
                                             Timestamp now) const {
    TRY(auto wait, wait_of(tx, name_subject(name), now));
    if (!address.empty()) {
        TRY(auto const there, wait_of(tx, address_subject(address), now));
        wait = std::max(wait, there);
    }
    if (wait.count() > 0) return wait;
    CHECK(count(tx, name_subject(name), limits_.free_attempts_per_name, now));
    if (!address.empty()) CHECK(count(tx, address_subject(address), limits_.free_attempts_per_address, now));
    return wait;
}

Status Throttle::succeeded(store::Transaction& tx, std::string_view name, std::string_view address) const {
    CHECK(unlock(tx, name));
    return address.empty() ? Status() : uncount(tx, address_subject(address));
}

Status Throttle::take_back(store::Transaction& tx, std::string_view name, std::string_view address) const {
    CHECK(uncount(tx, name_subject(name)));
    return address.empty() ? Status() : uncount(tx, address_subject(address));
}

Result<std::optional<Timestamp>> Throttle::locked_until(store::Transaction& tx, std::string_view name,
                                                        Timestamp now) const {
    return tx.one("SELECT locked_until FROM log_in_attempt WHERE subject = ? AND locked_until > ?",
                  {store::Bind::blob(name_subject(name)), now}, [](store::Row const& row) { return row.time(0); });
}

Status Throttle::unlock(store::Transaction& tx, std::string_view name) const {
    CHECK(tx.run("DELETE FROM log_in_attempt WHERE subject = ?", {store::Bind::blob(name_subject(name))}));
    return {};
}

Status Throttle::clean_up(store::Transaction& tx, Timestamp now) const {
    CHECK(tx.run("DELETE FROM log_in_attempt WHERE last_failure < ? AND locked_until < ?",
                 {now - limits_.attempts_forgotten, now}));
    return {};
}

}  // namespace tocsin::access
