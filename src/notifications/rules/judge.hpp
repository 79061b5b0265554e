#pragma once
#include "events/events.hpp"
#include "notifications/notifications.hpp"
#include "notifications/rules/quiet.hpp"
#include "notifications/rules/rule.hpp"

#include <bitset>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// Which rule a finding falls under. Private to the room.
namespace tocsin::notifications::rules {

/// What rules ask of an organisation.
struct Facts {
    std::string name, kind, sector, country;
    std::vector<std::int64_t> chain;  ///< itself first, then those above it
};

/// All organisations as they were when it was loaded. Immutable.
class People {
  public:
    static Result<std::shared_ptr<People const>> load(constituency::Directory& directory);
    Facts const* find(std::int64_t organisation) const;
    std::unordered_map<std::int64_t, Facts> const& all() const { return facts_; }

  private:
    std::unordered_map<std::int64_t, Facts> facts_;
};

/// What a finding shares with others, as far as conditions ask.
struct ClassWords {
    std::string_view feed, taxonomy, type, identifier, severity, tlp;
};
/// What is its own.
struct Own {
    std::int64_t organisation = 0;
    IpAddress address = {};  ///< none: it has none
    std::uint32_t asn = 0;   ///< 0: not known
    std::string_view country = {};
    Timestamp first_seen = {};
};

/// Holds many conditions against findings quickly: what many findings share is asked once. Not for two threads; the set
/// and the people must outlive it.
class Matcher {
  public:
    static constexpr std::size_t most = 128;
    using Hits = std::bitset<most>;

    Matcher(std::vector<Condition const*> conditions, std::shared_ptr<People const> people);

    /// The first condition that the finding meets; none: conditions.size().
    std::size_t first(events::Finding const& finding, Timestamp now) const {
        return first(finding, now, conditions_.empty() ? 0 : class_key(finding));
    }
    /// The same for who asks several matchers: `key` is class_key of the finding.
    std::size_t first(events::Finding const& finding, Timestamp now, std::size_t key) const;
    static std::size_t class_key(events::Finding const& finding);
    bool meets(std::size_t condition, events::Finding const& finding, Timestamp now) const;

    // The same for who remembers himself what findings share: first(hits_of_class & hits_of_organisation, ...).

    Hits hits_of_class(ClassWords const& words) const;
    Hits hits_of_organisation(std::int64_t organisation) const;
    std::size_t first(Hits const& met, Own const& own, Timestamp now) const;
    /// Of those met, the ones it meets at some age.
    Hits sometime(Hits met, Own const& own) const;

  private:
    struct Class {
        std::string feed, taxonomy, type, identifier, severity, tlp;
        Hits hits;
    };
    Hits hits(events::Finding const& finding, std::size_t key) const;
    Hits const& of_class(events::Finding const& finding, std::size_t key) const;
    Hits const& of_organisation(std::int64_t organisation) const;
    bool meets_rest(Condition const& condition, Own const& own) const;
    std::string_view country_of(Own const& own) const;

    std::vector<Condition const*> conditions_;
    std::shared_ptr<People const> people_;
    Hits rest_;  ///< conditions that also ask what is the finding's own
    mutable std::unordered_map<std::size_t, std::vector<Class>> classes_;
    mutable std::unordered_map<std::int64_t, Hits> organisations_;
};

/// Whether an organisation by itself meets what a condition asks of organisations.
bool meets_organisation(Condition const& condition, std::int64_t id, Facts const* facts, People const& people);

/// How something is to be told, with everything decided: the rule's own words, and the settings where it has none.
struct Delivery {
    std::string lane;  ///< the name of the first rule that delivers like this; "" for the settings
    std::chrono::seconds interval{0};
    int approvals = 0;
    bool is_by_rule = false;  ///< the approvals are a rule's word, not the settings'
    std::int64_t least_findings = 0, least_events = 0;
    std::optional<QuietHours> quiet = {};
    std::string language = {};
    Form form = Form::digest;
    std::string channel = {};  ///< "": as the owner wishes, else mail
    Attachments attach = {};   ///< none: as the owner wishes, else a CSV
    Encryption encryption = Encryption::when_possible;
    std::vector<constituency::ContactRole> to_roles = {};
};

/// A rule set with the settings behind it: the last rule, "settings", takes what no other took.
class Judge {
  public:
    Judge(std::shared_ptr<RuleSet const> set, Settings const& settings, std::shared_ptr<People const> people);

    std::size_t rule_of(events::Finding const& finding, Timestamp now) const { return matcher_.first(finding, now); }
    std::size_t rule_of(events::Finding const& finding, Timestamp now, std::size_t class_key) const {
        return matcher_.first(finding, now, class_key);
    }
    std::size_t rules() const { return set_->rules.size() + 1; }
    std::string_view name_of(std::size_t rule) const;
    bool is_settings(std::size_t rule) const { return rule == set_->rules.size(); }
    bool drops(std::size_t rule) const;
    std::chrono::seconds reminder(std::size_t rule) const;  ///< max(): never
    /// Rules that deliver alike share a lane.
    std::size_t lane_of(std::size_t rule) const { return lanes_of_[rule]; }
    std::vector<Delivery> const& lanes() const { return lanes_; }
    RuleSet const& set() const { return *set_; }
    Matcher const& matcher() const { return matcher_; }
    People const* people() const { return people_.get(); }
    std::shared_ptr<People const> const& shared_people() const { return people_; }

    /// The zone an owner's quiet hours go by.
    std::string zone_of(std::int64_t organisation, QuietHours const& quiet) const;

  private:
    std::shared_ptr<RuleSet const> set_;
    Settings const* settings_;
    std::shared_ptr<People const> people_;
    Matcher matcher_;
    std::vector<std::size_t> lanes_of_;
    std::vector<Delivery> lanes_;
    mutable std::unordered_map<std::string, std::string> zones_of_countries_;
};

}  // namespace tocsin::notifications::rules
