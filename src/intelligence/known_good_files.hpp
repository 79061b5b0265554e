#pragma once
#include "access/access.hpp"
#include "intelligence/known_good.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

/// Entries of one list, as they stand in it.
struct KnownGoodPage {
    KnownGoodList list;
    std::vector<std::string> items;
    std::size_t total = 0;            ///< that hold the text
    std::optional<std::size_t> next;  ///< give it as `after` to go on
};

/// The team's own known-good lists: files in `directory`/known-good, in the form of MISP warning lists (KnownGood tells
/// what they may say). Every change is audited, and one step of each list can be taken back. KnownGood::open sees
/// changes by itself. Safe from any thread; one of these for a directory at a time.
class KnownGoodFiles {
  public:
    static constexpr std::size_t most_bytes = std::size_t{16} << 20;
    static constexpr std::size_t most_lists = 200, most_entries = 1'000'000;

    KnownGoodFiles(std::filesystem::path const& directory, store::Ledger& ledger, Clock const& clock)
        : folder_(directory / "known-good"), directory_(directory), ledger_(ledger), clock_(clock) {}

    /// What a list says of itself, when it is in order.
    /// Errors: Code::invalid naming the entry and what was expected; Code::limit.
    static Result<KnownGoodList> check(std::string_view json);
    /// Takes a list in; one of the same name is replaced, and kept for undo(). Errors: those of check(); Code::limit
    /// when all lists together were too many.
    Result<KnownGoodList> put(std::string_view json, access::Principal const& by);

    /// A list that is off holds nothing and stays at hand. Errors: Code::not_found, Code::conflict when it is so
    /// already.
    Status switch_off(std::string_view name, access::Principal const& by);
    Status switch_on(std::string_view name, access::Principal const& by);
    /// Errors: Code::not_found.
    Status remove(std::string_view name, access::Principal const& by);
    /// The list as it was before it was last put or removed; again: as it was before that.
    /// Errors: Code::not_found when there was nothing before.
    Status undo(std::string_view name, access::Principal const& by);

    /// Own lists that are switched off.
    std::vector<KnownGoodList> off() const;
    /// Of an own list, on or off, else of the program's. `part`: only entries that hold it, whatever their case.
    /// Errors: Code::not_found.
    Result<KnownGoodPage> contents(std::string_view name, std::string_view part, std::size_t after,
                                   std::size_t limit) const;

  private:
    std::optional<std::filesystem::path> file_of(std::filesystem::path const& folder, std::string_view name) const;
    Status audited(std::string_view what, std::string_view name, access::Principal const& by,
                   std::optional<KnownGoodList> const& list, std::function<Status()> const& act);
    Status move(std::filesystem::path const& from, std::filesystem::path const& to) const;

    std::filesystem::path folder_, directory_;
    store::Ledger& ledger_;
    Clock const& clock_;
};

}  // namespace tocsin::intelligence
