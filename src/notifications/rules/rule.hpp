#pragma once
#include "base/base.hpp"
#include "constituency/constituency.hpp"
#include "notifications/attachments.hpp"
#include "notifications/notifications.hpp"
#include "notifications/rules.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The rules as they are written: who is told what, when and how. The text is TOML; docs/rules.md is its manual.
/// Private to the room.
namespace tocsin::notifications::rules {

inline constexpr std::size_t most_text = std::size_t{64} << 10;  ///< bytes of a rule file
inline constexpr std::size_t most_rules = 100;
inline constexpr std::size_t most_escalations = 20;
inline constexpr std::size_t most_steps = 8;
inline constexpr std::size_t most_words = 200;  ///< of a list in a condition

/// What is wrong with a rule file, at one place.
struct Fault {
    std::size_t line = 0;
    std::string rule;   ///< its name, or "rule 3"; empty: of the file itself
    std::string field;  ///< "when.severity"
    RuleSaying expected;

    /// "line 12: rule "Critical at once": when.severity: expected one of ..."
    std::string text() const;
};

/// Which findings. What is not said asks nothing; words of a list are alternatives; all else must hold together. `*` in
/// a word stands for anything.
struct Condition {
    std::optional<int> severity;  ///< at least as severe: rank at most this; what is not rated does not match
    std::vector<std::string> feeds, taxonomies, types, identifiers;
    std::vector<std::string> organisations;  ///< names with `*`, or "#12"
    std::vector<std::string> under;          ///< the same, of it or of one above it
    std::vector<std::string> kinds, sectors, countries;
    std::vector<std::string> tlps;  ///< "AMBER"
    std::vector<IpPrefix> networks;
    std::vector<std::int64_t> asns;
    std::chrono::seconds open_for{0};  ///< since first seen, at least

    /// Whether the organisation matters at all.
    bool asks_organisation() const {
        return !organisations.empty() || !under.empty() || !kinds.empty() || !sectors.empty();
    }
    bool is_empty() const;
    /// As a person reads it: `severity at least high, feed shadowserver/*`.
    std::vector<RuleSaying> words() const;
};

/// Hours of the day in which nothing is sent. `from` may be later than `to`: over midnight.
struct QuietHours {
    int from = 0, to = 0;  ///< minutes since midnight
    std::string zone;      ///< "" or "owner": the owner's
    int urgent = 0;        ///< findings of this rank or worse break them

    std::string text() const;  ///< "22:00-07:00"
    friend bool operator==(QuietHours const&, QuietHours const&) = default;
};

enum class Action { by_setting, send, hold, drop };
enum class Form { digest, each_class };
std::string_view name_of(Action action);
std::string_view name_of(Form form);

/// What then happens. What is absent is as the settings say.
struct Outcome {
    Action action = Action::by_setting;
    std::optional<std::chrono::seconds> interval;  ///< between two messages; 0: at once
    std::optional<std::chrono::seconds> reminder;  ///< never: std::chrono::seconds::max()
    std::int64_t least_findings = 0, least_events = 0;
    std::optional<QuietHours> quiet;
    std::string language;  ///< "": the contact's
    Form form = Form::digest;
    std::string channel;  ///< "": as the owner wishes, else mail
    Attachments attach;   ///< none: as the owner wishes, else a CSV
    std::optional<Encryption> encryption;
    std::optional<int> approvals;  ///< 0, 1, 2
    std::vector<constituency::ContactRole> to_roles;

    std::vector<RuleSaying> words() const;
    /// Of two rules with the same delivery the findings go in one message.
    bool has_delivery_of(Outcome const& other) const;
};

struct Rule {
    std::string name;
    std::size_t line = 0;
    Condition when;
    Outcome then;
};

/// To whom a finding goes next when its owner does nothing.
struct Step {
    std::chrono::seconds after{0};  ///< since its owner was told
    std::string to;                 ///< parent, operator, sector_cirt, national_cirt, regulator
    friend bool operator==(Step const&, Step const&) = default;
};

struct Escalation {
    std::string name;
    std::size_t line = 0;
    Condition when;
    bool unanswered = true;  ///< only while its owner has said nothing
    std::optional<int> approvals;
    std::string language;
    std::vector<Step> steps;  ///< the soonest first
};

struct RuleSet {
    std::string time_zone;                                  ///< where nothing better is known; "": UTC
    std::map<std::string, std::string, std::less<>> zones;  ///< by organisation's name, "#12" or country
    std::vector<Rule> rules;
    std::vector<Escalation> escalations;
};

struct Parsed {
    RuleSet set;
    std::vector<Fault> faults;  ///< at most 50; with any, `set` is not to be used
};

/// Reads a rule file. Says everything that is wrong with it at once.
Parsed parse_rules(std::string_view text);
/// The condition of a campaign: the lines that stand after `when` in a rule file.
Result<Condition> parse_condition(std::string_view text);
/// All in one text, a line each.
std::string text_of(std::vector<Fault> const& faults);

/// `*` stands for any text; ASCII case is ignored.
bool fits(std::string_view pattern, std::string_view text);

}  // namespace tocsin::notifications::rules
