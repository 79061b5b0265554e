#pragma once
#include "intelligence/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

/// Objects that look like one thing told several times.
struct Duplicate {
    std::string type;
    std::string why;                             ///< pattern, name, value, relationship
    std::string text;                            ///< what they have in common
    std::vector<gate::Cleared<Object>> objects;  ///< the oldest first, at most 20
    std::int64_t count = 0;                      ///< of objects, also of those that are not in the list
};
struct Duplicates {
    std::vector<Duplicate> found;  ///< the most often told first
    std::int64_t looked_at = 0;
    bool is_all = true;  ///< all objects were looked at, and all that was found is here
};

/// Says that objects are the same thing, and takes it back. The objects stay as they came, TAXII and exports give them
/// as before; lists and counts that fold show one for all, found by any of them. A value: make one when it is needed.
class Merges {
  public:
    explicit Merges(Intelligence& room) : room_(room) {}

    /// `id` is shown as `into` from now on.
    /// Errors: Code::not_found for what `by` may not see; Code::conflict when they are of two types, or one of them is
    /// merged already so that it would not be clear what to take back.
    Status merge(std::string_view id, std::string_view into, access::Principal const& by);
    /// Errors: Code::not_found when it is not merged into another.
    Status unmerge(std::string_view id, access::Principal const& by);
    /// The other objects that are the same thing, the shown one first; empty when it stands for itself.
    Result<std::vector<gate::Cleared<Object>>> same_as(std::string_view id, gate::Recipient const& asker) const;
    /// The id of the object in whose place it is shown; empty: it stands for itself.
    Result<std::string> shown_as(std::string_view id, gate::Recipient const& asker) const;

    /// Proposals: the same pattern; the same name, value or ends within a type. Reads every object of the types (empty:
    /// all), at most 300,000, as the asker may see them.
    Result<Duplicates> duplicates(std::vector<std::string> const& types, std::size_t limit,
                                  gate::Recipient const& asker) const;

  private:
    Intelligence& room_;
};

}  // namespace tocsin::intelligence
