#pragma once
#include "notifications/rules/cohorts.hpp"
#include "notifications/rules/outgoing.hpp"
#include "notifications/rules/quiet.hpp"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

/// One organisation's findings through the hours, as the planner would have told them. Private to the room.
namespace tocsin::notifications::rules {

/// What came of one rule set.
struct Outcomes {
    RuleTally total;
    std::vector<RuleTally> days, rules;
    std::unordered_map<std::int64_t, RuleTally> organisations;

    void take_from(Outcomes const& other);
};

/// Who of an organisation would get a message, as the planner finds them. Not for two threads.
class Audiences {
  public:
    explicit Audiences(Notifications::Impl& house) : house_(house) {}

    struct Audience {
        std::int64_t messages = 0;  ///< each time something is told
        constituency::OrganisationId recipient;
    };
    /// What was found for the organisation asked about last is remembered.
    Result<Audience> of(std::int64_t organisation, Delivery const& delivery, constituency::NoticeSettings const* wish);
    /// Whether the gate lets something so marked go to who gets the organisation's messages.
    bool may_have(std::int64_t organisation, constituency::OrganisationId recipient, bool is_abroad,
                  std::string const& tlp);

  private:
    struct Asked {
        std::vector<constituency::ContactRole> roles;
        std::string channel, language;
        Encryption encryption = Encryption::when_possible;
        Audience found;
    };
    Notifications::Impl& house_;
    std::int64_t organisation_ = -1;
    bool is_known_ = false;  ///< to the directory
    std::vector<Asked> asked_;
};

struct Subject {
    std::int64_t organisation = 0;
    bool is_abroad = false;
    constituency::NoticeSettings const* wish = nullptr;  ///< null: it has said nothing
};

class Walk {
  public:
    Walk(Judge const& judge, Window const& window, Paths const& paths, Marks const& marks, Audiences& audiences);

    /// `cohorts` are folded.
    Status over(Subject const& subject, std::vector<Cohort> const& cohorts, Raised const& raised);
    Outcomes& outcomes() { return outcomes_; }

  private:
    /// One cohort on its way.
    struct Live {
        Cohort const* of = nullptr;
        std::int32_t told = 0;
        std::int32_t lane = -1;  ///< it waits in; none: -1
        std::int32_t next = -1;  ///< the hour in which it is looked at again
        bool was_told = false, was_dropped = false;
    };
    struct Lane {
        std::size_t number = 0;
        std::int64_t interval = 1, free_from = 0;  ///< hours
        Audiences::Audience audience;
        bool has_news = false;
        std::vector<std::uint32_t> waiting;
    };
    /// What of one message's findings fell under one rule.
    struct Part {
        std::size_t rule = 0;
        std::int64_t fresh = 0, again = 0;
    };
    struct Message {
        bool is_urgent = false;
        std::vector<Part> parts;
    };

    Result<std::size_t> lane_at(std::size_t number);
    std::size_t rule_at(Cohort const& cohort, std::int64_t hour, std::int64_t& changes) const;
    Status look(std::uint32_t which, std::int64_t hour);
    void wait_in(std::uint32_t which, std::int32_t place);
    void look_again(std::uint32_t which, std::int64_t hour);
    void tell_if_due(Lane& lane, std::int64_t hour);
    bool is_quiet(Delivery const& delivery, std::int64_t hour);
    void count(Lane const& lane, std::int64_t hour, std::map<std::string_view, Message> const& messages);
    template <class F>
    void each(std::int64_t hour, F const& add);

    Judge const& judge_;
    Window const& window_;
    Paths const& paths_;
    Marks const& marks_;
    Audiences& audiences_;
    Outcomes outcomes_;
    std::map<std::string, Wall> walls_;
    std::vector<std::vector<std::uint32_t>> due_;  ///< by hour: who is to be looked at
    // Of the organisation that is walked through.
    Subject subject_;
    RuleTally* tally_ = nullptr;
    std::vector<Live> live_;
    std::vector<Lane> lanes_;
    std::map<std::size_t, bool> may_have_;  ///< by mark and lane
};

}  // namespace tocsin::notifications::rules
