#pragma once
#include "events/events.hpp"
#include "notifications/notifications.hpp"

#include <memory>
#include <string_view>

/// Under which rule findings were told to their owners: for who counts what each rule is worth.
namespace tocsin::notifications {

/// What was sent until now: Rules::told(). One thread at a time.
class RuleTold {
  public:
    virtual ~RuleTold() = default;
    /// The rule of the warning that was sent first about the finding, by its name: "settings" where no rule decided,
    /// "campaign" for one of these. Empty: its owner was told nothing. Lives as long as this.
    ///
    /// Of several rules that deliver alike and share a message it is the one that takes the finding as it is now, by
    /// the file that was in force then.
    virtual std::string_view rule_of(events::Finding const& finding) const = 0;
};

}  // namespace tocsin::notifications
