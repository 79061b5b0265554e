#pragma once
#include "access/access.hpp"
#include "formats/formats.hpp"
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::sharing {

/// A set of objects that peers read or write (TAXII 2.1 section 5). What of it somebody gets is the gate's word.
struct Collection {
    std::int64_t id = 0;
    std::string uuid = {};
    std::string alias = {};  ///< may be empty
    std::string title = {};
    std::string description = {};
    std::vector<std::string> types = {}, labels = {};
    std::vector<gate::Tlp> tlps = {};
    bool is_inbox = false;  ///< holds what was put there; the others are questions

    /// What it asks of the intelligence.
    intelligence::ObjectFilter filter() const;
};

/// What somebody may do with it.
struct CollectionRights {
    bool can_read = false;
    bool can_write = false;
};

/// The collections in the ledger. Two are there from the start: everything, and an inbox. Safe from any thread.
class Collections {
  public:
    /// Makes the first two if there are none.
    static Result<std::unique_ptr<Collections>> open(store::Ledger& ledger, Clock const& clock);

    /// In the order they were made.
    Result<std::vector<Collection>> all();
    /// By uuid or alias. Errors: Code::not_found.
    Result<Collection> find(std::string_view text);
    /// Errors: Code::invalid, Code::conflict for an alias in use.
    Result<Collection> add(Collection const& draft, access::Principal const& by);
    /// What it held stays in the store. Errors: Code::not_found.
    Status remove(std::int64_t id, access::Principal const& by);

    // Statuses of pushes (TAXII 2.1 section 4.3).

    /// Gives it an id and keeps it for two days; gives its text.
    Result<std::string> keep_status(std::string_view who, formats::taxii::PushStatus status);
    /// Errors: Code::not_found, also for somebody else's.
    Result<std::string> status(std::string_view id, std::string_view who);

  private:
    Collections(store::Ledger& ledger, Clock const& clock) : ledger_(ledger), clock_(clock) {}
    store::Ledger& ledger_;
    Clock const& clock_;
};

/// A random UUID (RFC 9562 section 5.4).
std::string random_uuid();

}  // namespace tocsin::sharing
