#pragma once
#include "access/access.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace tocsin::access {

/// Counts wrong attempts in a row by name and by address; kept in the ledger, so that a restart forgives nothing.
///
/// An attempt is counted before it is looked at and taken back when it was right: so a thousand at once can't outrun
/// the count. Names that do not exist are counted like those that do. Stateless but for its parameters.
class Throttle {
  public:
    Throttle(Secrets const& secrets, AccessLimits const& limits) : secrets_(secrets), limits_(limits) {}

    /// Zero: counted, go on. Otherwise how long to wait; then nothing was counted.
    Result<std::chrono::seconds> begin(store::Transaction& tx, std::string_view name, std::string_view address,
                                       Timestamp now) const;
    /// It was right: forgets the name's wrong attempts, takes this one back for the address.
    Status succeeded(store::Transaction& tx, std::string_view name, std::string_view address) const;
    /// It was neither right nor wrong: takes this one back.
    Status take_back(store::Transaction& tx, std::string_view name, std::string_view address) const;
    /// Until when the name is locked, if it is.
    Result<std::optional<Timestamp>> locked_until(store::Transaction& tx, std::string_view name, Timestamp now) const;
    Status unlock(store::Transaction& tx, std::string_view name) const;
    Status clean_up(store::Transaction& tx, Timestamp now) const;

  private:
    std::string name_subject(std::string_view name) const;
    std::string address_subject(std::string_view address) const;
    Result<std::chrono::seconds> wait_of(store::Transaction& tx, std::string const& subject, Timestamp now) const;
    Status count(store::Transaction& tx, std::string const& subject, int free_attempts, Timestamp now) const;
    Status uncount(store::Transaction& tx, std::string const& subject) const;

    Secrets const& secrets_;
    AccessLimits const& limits_;
};

}  // namespace tocsin::access
