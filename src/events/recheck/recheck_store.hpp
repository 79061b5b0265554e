#pragma once
#include "events/recheck.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The SQL of looking again. Private to the room.
namespace tocsin::events::recheck_sql {

Result<std::optional<RecheckSettings>> settings(store::Transaction& tx);
/// `heard` stays; of the first row it is the newest statement there is.
Status save_settings(store::Transaction& tx, RecheckSettings const& settings);
Result<std::int64_t> heard(store::Transaction& tx);
Status set_heard(store::Transaction& tx, std::int64_t statement);
Result<std::int64_t> newest_statement(store::Transaction& tx);
struct Answer {
    std::int64_t statement = 0;
    std::string finding;
    Timestamp at;
};
/// What owners said to be repaired, behind a statement; oldest first.
Result<std::vector<Answer>> answers(store::Transaction& tx, std::int64_t after, int most);

Result<PermissionId> add_permission(store::Transaction& tx, Permission const& permission);
Result<std::vector<Permission>> permissions(store::Transaction& tx, std::int64_t organisation);
/// 0: there is no such permission.
Result<std::int64_t> organisation_of(store::Transaction& tx, PermissionId id);
/// False when there is none, or it was withdrawn before.
Result<bool> withdraw(store::Transaction& tx, PermissionId id, Timestamp at, std::string_view by,
                      std::string_view reason);

Result<RecheckId> add(store::Transaction& tx, Recheck const& recheck);
Result<std::vector<Recheck>> of_finding(store::Transaction& tx, std::string_view finding, std::size_t limit);
Result<std::vector<Recheck>> list(store::Transaction& tx, std::size_t limit, std::int64_t before);
Result<std::int64_t> waiting(store::Transaction& tx);
/// Whether there is anything to do: something due, left running by a process that is gone, or not told yet.
Result<bool> has_work(store::Transaction& tx, Timestamp now, std::string_view process);
/// Waiting ones whose time has come, the longest waiting first.
Result<std::vector<Recheck>> due(store::Transaction& tx, Timestamp now, std::size_t limit);
Result<bool> is_running(store::Transaction& tx, std::string_view address);
Status begin(store::Transaction& tx, Recheck const& recheck, std::string_view process);
/// Only from `running` (or, when `from_waiting`, `waiting`); false when it is not there any more.
Result<bool> finish(store::Transaction& tx, RecheckId id, bool from_waiting, Timestamp at, Verdict verdict,
                    std::string_view seen, std::string_view detail);
/// Ends all that wait. Gives how many.
Result<std::int64_t> drop_waiting(store::Transaction& tx, Timestamp at, std::string_view detail);
/// What a process that is gone left running waits again; at the `most`th attempt it is unclear.
Status take_up(store::Transaction& tx, std::string_view process, int most, Timestamp at);

Status add_contact(store::Transaction& tx, RecheckId id, Timestamp at, std::string_view address,
                   std::string_view network);
Result<std::int64_t> contacts(store::Transaction& tx, Timestamp since);
Result<std::int64_t> contacts_of_network(store::Transaction& tx, std::string_view network, Timestamp since);
Result<std::optional<Timestamp>> last_contact(store::Transaction& tx, std::string_view address);

/// Clear answers that do not stand among the statements yet.
Result<std::vector<Recheck>> untold(store::Transaction& tx);
Status set_told(store::Transaction& tx, RecheckId id);
/// Whether a statement of that finding begins with that text, by that voice.
Result<bool> has_statement(store::Transaction& tx, std::string_view finding, std::string_view voice,
                           std::string_view text);
Result<LastVerdicts> last_verdicts(store::Transaction& tx);

}  // namespace tocsin::events::recheck_sql
