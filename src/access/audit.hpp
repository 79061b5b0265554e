#pragma once
#include "access/principal.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The audit log: who did what to which object, as a hash chain in the ledger.
///
/// An entry's hash is SHA-256 over the hash before it and its own fields (number, time, who, what, kind, id, digests of
/// its address and details; each with its length in front), so a changed, removed or inserted entry breaks every hash
/// after it. To notice a cut tail as well, note the head elsewhere (`tocsin audit verify --json`) and hand it back
/// later (`--expect NUMBER:HASH`).
///
/// Personal data stands only in the details, the address and the names of accounts. Of the first two the chain holds
/// SHA-256(salt, text), of the last none, so text and salt can be erased and the chain stays whole. An erasure is an
/// entry of its own that names what it erased; a text that is missing without such an entry counts as broken.
namespace tocsin::access {

/// One thing that somebody did. Texts are only looked at during the call.
struct Act {
    std::string_view what;          ///< verb, "user.create"; lower case, `<noun>.<verb>`
    std::string_view kind = {};     ///< kind of the object, "account"; may be empty
    std::string_view id = {};       ///< which one; an identifier, never personal data
    std::string_view details = {};  ///< a JSON object or empty; before and after where something changed. Erasable.
};

/// Writes an entry in the same transaction as the act: both happen or neither does.
///
/// For every room. Gives the entry's number. One row read and one written.
/// Errors: those of the ledger; Code::limit for details over 64 KiB.
Result<std::int64_t> audit(store::Transaction& tx, Principal const& by, Timestamp now, Act const& act);

struct AuditEntry {
    std::int64_t number = 0;  ///< 1, 2, 3... without a gap
    Timestamp at;
    std::string who;   ///< "account:3"
    std::string name;  ///< how that is called today; "account 3" once erased
    std::string address;
    std::string what, kind, id;
    std::string details;     ///< JSON object or empty
    bool is_erased = false;  ///< the details were erased
    std::string hash;        ///< 64 hexadecimal digits
};

struct AuditFilter {
    std::string who = {};   ///< "account:3" or an account's name; empty: all
    std::string what = {};  ///< the verb or its first part ("user")
    std::string kind = {}, id = {};
    std::optional<Timestamp> from = {}, until = {};
    std::int64_t before = 0;  ///< only numbers below; 0: from the newest
    int limit = 100;          ///< 1 to 1,000
};
/// Newest first.
Result<std::vector<AuditEntry>> audit_entries(store::Transaction& tx, AuditFilter const& filter);

struct AuditHead {
    std::int64_t number = 0;
    std::string hash;  ///< 64 hexadecimal digits; of the empty chain: 64 zeros
};
Result<AuditHead> audit_head(store::Transaction& tx);

struct AuditVerdict {
    std::int64_t entries = 0;
    std::int64_t erased = 0;                ///< entries whose details or address were erased
    std::optional<std::int64_t> broken_at;  ///< the first entry that does not fit
    std::string why;                        ///< what is wrong with it
    AuditHead head;                         ///< of the part that is whole
};
/// Walks the whole chain. `expected`: a head noted earlier, which must still be on it.
/// Cost: a few µs an entry; memory grows with the number of erased entries only.
Result<AuditVerdict> verify_audit(store::Transaction& tx, std::optional<AuditHead> const& expected = {});

/// Erases the details of the entries about that object, and records that. Gives their number.
Result<std::int64_t> erase_audit_details(store::Transaction& tx, Principal const& by, Timestamp now,
                                         std::string_view kind, std::string_view id);
/// Erases where `who` ("account:3") acted from.
Result<std::int64_t> erase_audit_addresses(store::Transaction& tx, Principal const& by, Timestamp now,
                                           std::string_view who);

}  // namespace tocsin::access
