#include "formats/formats.hpp"
#include "notifications/digest.hpp"
#include "notifications/rules/rule.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>

namespace tocsin::notifications::rules {
namespace {

using formats::TomlValue;
using std::chrono::seconds;

constexpr std::size_t most_faults = 50;
constexpr std::size_t most_name = 200;
constexpr seconds longest = std::chrono::hours(24 * 366);
constexpr std::array<std::string_view, 5> severities{"critical", "high", "medium", "low", "info"};
constexpr std::array<std::string_view, 5> markings{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
constexpr std::array<std::string_view, 3> actions{"send", "hold", "drop"};
constexpr std::array<std::string_view, 2> forms{"digest", "each_class"};
constexpr std::array<std::string_view, 3> encryptions{"when_possible", "required", "never"};
constexpr std::array<std::string_view, 3> counts{"none", "one", "two"};
constexpr std::array<std::string_view, 5> channels{"mail", "webhook", "chat", "sms", "letter"};
constexpr std::array<std::string_view, 5> steps_to{"parent", "operator", "sector_cirt", "national_cirt", "regulator"};

constexpr std::array<std::string_view, 8> kinds{"constituent", "operator", "sector_cirt",   "national_cirt",
                                                "regulator",   "peer",     "feed_provider", "other"};
constexpr std::array<std::string_view, 6> roles_known{"abuse", "security", "technical", "duty", "management", "other"};

template <class List>
RuleSaying one_of(List const& choices) {
    RuleSaying saying{"expected.one_of"};
    for (auto const& choice : choices) saying.values.emplace_back(choice);
    return saying;
}

RuleSaying form(std::string_view example) {
    return {"expected.form", {std::string(example)}};
}

/// Reads a rule file table by table and collects what is wrong with it.
class Reader {
  public:
    explicit Reader(Parsed& into) : set_(into.set), faults_(into.faults) {}

    void read(TomlValue const& root) {
        text(root, "time_zone", set_.time_zone);
        check_zone(root, "time_zone", set_.time_zone);
        read_zones(root);
        each_table(root, "rule", most_rules, [this](TomlValue const& table) { read_rule(table); });
        each_table(root, "escalation", most_escalations, [this](TomlValue const& table) { read_escalation(table); });
        refuse_others(root, {"time_zone", "zones", "rule", "escalation"}, "");
    }

    void read_condition(TomlValue const& table, Condition& when, std::string const& in) {
        if (auto const* const word = choice(table, "severity", severities, in)) when.severity = severity_rank(*word);
        words(table, "feed", when.feeds, in);
        words(table, "taxonomy", when.taxonomies, in);
        words(table, "type", when.types, in);
        words(table, "identifier", when.identifiers, in);
        words(table, "organisation", when.organisations, in);
        words(table, "under", when.under, in);
        words(table, "kind", when.kinds, in);
        for (auto& kind : when.kinds) {
            auto const known = constituency::organisation_kind(kind);
            if (!known)
                fault(*table.get("kind"), in + "kind", one_of(kinds));
            else
                kind = constituency::name_of(*known);
        }
        words(table, "sector", when.sectors, in);
        words(table, "country", when.countries, in);
        for (auto& country : when.countries) {
            country = uppered(country);
            if (!constituency::is_country(country)) fault(*table.get("country"), in + "country", {"expected.country"});
        }
        words(table, "tlp", when.tlps, in);
        for (auto& tlp : when.tlps) {
            tlp = uppered(tlp);
            if (tlp.starts_with("TLP:")) tlp.erase(0, 4);
            if (std::ranges::find(markings, tlp) == markings.end())
                fault(*table.get("tlp"), in + "tlp", one_of(markings));
        }
        read_networks(table, when, in);
        if (auto const time = duration(table, "open_for", in)) when.open_for = *time;
        refuse_others(table,
                      {"severity", "feed", "taxonomy", "type", "identifier", "organisation", "under", "kind", "sector",
                       "country", "tlp", "network", "asn", "open_for"},
                      in);
    }

    void fault(TomlValue const& at, std::string_view field, RuleSaying expected) {
        if (faults_.size() < most_faults) faults_.push_back({at.line, rule_, std::string(field), std::move(expected)});
    }

  private:
    void each_table(TomlValue const& root, std::string_view key, std::size_t most, auto const& read_one) {
        auto const* const node = root.get(key);
        if (node == nullptr) return;
        auto const* const list = node->list();
        if (list == nullptr) return fault(*node, key, {"expected.tables", {std::string(key)}});
        if (list->size() > most) return fault(*node, key, {"expected.at_most", {std::to_string(most)}});
        std::size_t number = 0;
        for (auto const& table : *list) {
            rule_ = fmt::format("{} {}", key, ++number);
            if (table.is_table())
                read_one(table);
            else
                fault(table, "", {"expected.table", {std::string(key)}});
        }
        rule_.clear();
        if (key == "rule") names_.clear();
    }

    void read_zones(TomlValue const& root) {
        auto const* const zones = root.get("zones");
        if (zones == nullptr) return;
        if (!zones->is_table()) return fault(*zones, "zones", form("\"Name\" = \"Africa/Nairobi\""));
        if (zones->members().size() > 10'000) return fault(*zones, "zones", {"expected.at_most", {"10000"}});
        for (auto const& [who, zone] : zones->members()) {
            auto const* const name = zone.text();
            if (name == nullptr || !formats::TimeZone::named(*name))
                fault(zone, "zones." + who, {"expected.time_zone", {"Africa/Nairobi"}});
            else
                set_.zones.emplace(lowered(who), *name);
        }
    }

    void read_name(TomlValue const& table, std::string& name) {
        text(table, "name", name);
        if (name.empty() || name.size() > most_name || name == "settings")
            return fault(table, "name", {"expected.name"});
        rule_ = name;
        if (!names_.insert(name).second) fault(*table.get("name"), "name", {"expected.new_name"});
    }

    void read_when(TomlValue const& table, Condition& when) {
        auto const* const node = table.get("when");
        if (node == nullptr) return;
        if (!node->is_table()) return fault(*node, "when", form("{ severity = \"high\" }"));
        read_condition(*node, when, "when.");
    }

    void read_rule(TomlValue const& table) {
        Rule rule;
        rule.line = table.line;
        read_name(table, rule.name);
        read_when(table, rule.when);
        read_outcome(table, rule.then);
        refuse_others(table,
                      {"name", "when", "do", "interval", "reminder", "threshold", "quiet_hours", "time_zone", "urgent",
                       "language", "form", "channel", "attach", "encryption", "approval", "to_roles"},
                      "");
        set_.rules.push_back(std::move(rule));
    }

    void read_outcome(TomlValue const& table, Outcome& then) {
        if (auto const* const word = choice(table, "do", actions, ""))
            then.action = static_cast<Action>(1 + (std::ranges::find(actions, *word) - actions.begin()));
        read_times(table, then);
        read_threshold(table, then);
        read_quiet(table, then);
        read_language(table, then.language);
        if (auto const* const word = choice(table, "form", forms, ""))
            then.form = *word == "digest" ? Form::digest : Form::each_class;
        if (auto const* const word = choice(table, "channel", channels, "")) then.channel = *word;
        read_attachments(table, then.attach);
        if (auto const* const word = choice(table, "encryption", encryptions, ""))
            then.encryption = parse_encryption(*word);
        read_approval(table, then.approvals);
        if (then.action == Action::send && then.approvals && *then.approvals > 0)
            fault(*table.get("approval"), "approval", {"expected.approval_none"});
        if (then.action == Action::hold && then.approvals && *then.approvals == 0)
            fault(*table.get("approval"), "approval", {"expected.approval_some"});
        std::vector<std::string> roles;
        words(table, "to_roles", roles, "");
        for (auto const& name : roles) {
            if (auto const role = constituency::contact_role(name))
                then.to_roles.push_back(*role);
            else
                fault(*table.get("to_roles"), "to_roles", one_of(roles_known));
        }
    }

    void read_times(TomlValue const& table, Outcome& then) {
        if (auto const* const node = table.get("interval");
            node != nullptr && node->text() && *node->text() == "at once")
            then.interval = seconds(0);
        else
            then.interval = duration(table, "interval", "", "at once");
        if (auto const* const node = table.get("reminder"); node != nullptr && node->text() && *node->text() == "never")
            then.reminder = seconds::max();
        else if ((then.reminder = duration(table, "reminder", "", "never")) && *then.reminder < std::chrono::hours(1))
            fault(*table.get("reminder"), "reminder", {"expected.hour"});
    }

    void read_threshold(TomlValue const& table, Outcome& then) {
        auto const* const node = table.get("threshold");
        if (node == nullptr) return;
        if (!node->is_table()) return fault(*node, "threshold", form("{ findings = 5, events = 100 }"));
        auto const number = [&](std::string_view key, std::int64_t& into) {
            auto const* const value = node->get(key);
            if (value == nullptr) return;
            auto const found = value->integer();
            if (found && *found >= 1 && *found <= 1'000'000'000)
                into = *found;
            else
                fault(*value, fmt::format("threshold.{}", key), {"expected.number", {"1", "1000000000"}});
        };
        number("findings", then.least_findings);
        number("events", then.least_events);
        refuse_others(*node, {"findings", "events"}, "threshold.");
    }

    void read_quiet(TomlValue const& table, Outcome& then) {
        std::string hours, zone;
        text(table, "quiet_hours", hours);
        text(table, "time_zone", zone);
        if (zone != "owner") check_zone(table, "time_zone", zone);
        auto const* const urgent = choice(table, "urgent", severities, "");
        if (hours.empty()) {
            if (!zone.empty()) fault(*table.get("time_zone"), "time_zone", {"expected.beside", {"quiet_hours"}});
            if (urgent != nullptr) fault(*table.get("urgent"), "urgent", {"expected.beside", {"quiet_hours"}});
            return;
        }
        auto const dash = hours.find('-');
        auto const from = minute_of(std::string_view(hours).substr(0, dash));
        auto const to = dash == std::string::npos ? std::nullopt : minute_of(std::string_view(hours).substr(dash + 1));
        if (!from || !to || *from == *to)
            return fault(*table.get("quiet_hours"), "quiet_hours", {"expected.hours", {"22:00-07:00"}});
        then.quiet = QuietHours{*from, *to, zone, urgent != nullptr ? severity_rank(*urgent) : 0};
    }

    static std::optional<int> minute_of(std::string_view text) {
        text = trimmed(text);
        if (text.size() != 5 || text[2] != ':') return {};
        auto const hour = parse_int(text.substr(0, 2));
        auto const minute = parse_int(text.substr(3));
        if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59) return {};
        return static_cast<int>(*hour * 60 + *minute);
    }

    void read_language(TomlValue const& table, std::string& language) {
        text(table, "language", language);
        if (!language.empty() && !constituency::is_language(language))
            fault(*table.get("language"), "language", one_of(constituency::languages()));
    }

    void read_attachments(TomlValue const& table, Attachments& attach) {
        std::vector<std::string> names;
        words(table, "attach", names, "");
        for (auto const& name : names) {
            auto const one = parse_attachment(name);
            if (!one)
                fault(*table.get("attach"), "attach", one_of(attachment_names()));
            else if (std::ranges::find(attach, *one) == attach.end())
                attach.push_back(*one);
        }
        std::ranges::sort(attach);
    }

    void read_approval(TomlValue const& table, std::optional<int>& approvals) {
        if (auto const* const word = choice(table, "approval", counts, ""))
            approvals = static_cast<int>(std::ranges::find(counts, *word) - counts.begin());
    }

    void read_escalation(TomlValue const& table) {
        Escalation escalation;
        escalation.line = table.line;
        read_name(table, escalation.name);
        read_when(table, escalation.when);
        if (auto const* const node = table.get("unanswered")) {
            if (auto const truth = node->truth())
                escalation.unanswered = *truth;
            else
                fault(*node, "unanswered", {"expected.one_of", {"true", "false"}});
        }
        read_approval(table, escalation.approvals);
        read_language(table, escalation.language);
        read_steps(table, escalation.steps);
        refuse_others(table, {"name", "when", "unanswered", "approval", "language", "steps"}, "");
        set_.escalations.push_back(std::move(escalation));
    }

    void read_steps(TomlValue const& table, std::vector<Step>& steps) {
        auto const* const node = table.get("steps");
        auto const* const list = node == nullptr ? nullptr : node->list();
        if (list == nullptr || list->empty() || list->size() > most_steps)
            return fault(node == nullptr ? table : *node, "steps",
                         {"expected.count", {"1", std::to_string(most_steps)}});
        for (auto const& one : *list) {
            if (!one.is_table()) return fault(one, "steps", form("{ after = \"7d\", to = \"parent\" }"));
            Step step;
            auto const after = duration(one, "after", "steps.");
            auto const* const to = choice(one, "to", steps_to, "steps.");
            if (!one.get("after")) fault(one, "steps.after", {"expected.time", {"7d"}});
            if (!one.get("to")) fault(one, "steps.to", one_of(steps_to));
            refuse_others(one, {"after", "to"}, "steps.");
            if (!after || to == nullptr) continue;
            step = {*after, *to};
            if (!steps.empty() && steps.back().after >= step.after)
                fault(*one.get("after"), "steps.after", {"expected.longer"});
            if (std::ranges::find(steps, step.to, &Step::to) != steps.end())
                fault(*one.get("to"), "steps.to", {"expected.new_level"});
            steps.push_back(std::move(step));
        }
    }

    void read_networks(TomlValue const& table, Condition& when, std::string const& in) {
        std::vector<std::string> texts;
        words(table, "network", texts, in);
        for (auto const& one : texts) {
            if (auto const prefix = parse_prefix(one))
                when.networks.push_back(*prefix);
            else
                fault(*table.get("network"), in + "network", {"expected.networks", {one}});
        }
        auto const* const node = table.get("asn");
        if (node == nullptr) return;
        std::vector<TomlValue const*> all;
        if (auto const* const list = node->list())
            for (auto const& one : *list) all.push_back(&one);
        else
            all.push_back(node);
        if (all.size() > most_words)
            return fault(*node, in + "asn", {"expected.at_most", {std::to_string(most_words)}});
        for (auto const* const one : all) {
            auto const number = one->integer();
            if (number && *number > 0 && *number <= 0xffff'ffff)
                when.asns.push_back(*number);
            else
                fault(*one, in + "asn", {"expected.asn"});
        }
    }

    // ---- values

    void text(TomlValue const& table, std::string_view key, std::string& into) {
        auto const* const node = table.get(key);
        if (node == nullptr) return;
        if (auto const* const value = node->text())
            into = *value;
        else
            fault(*node, key, {"expected.text"});
    }

    void check_zone(TomlValue const& table, std::string_view key, std::string const& zone) {
        if (!zone.empty() && !formats::TimeZone::named(zone))
            fault(*table.get(key), key, {"expected.time_zone", {"Africa/Nairobi"}});
    }

    /// One text, or a list of them.
    void words(TomlValue const& table, std::string_view key, std::vector<std::string>& into, std::string const& in) {
        auto const* const node = table.get(key);
        if (node == nullptr) return;
        auto const add = [&](TomlValue const& one) {
            auto const* const value = one.text();
            if (value != nullptr && !value->empty() && value->size() <= 300)
                into.push_back(*value);
            else
                fault(one, in + std::string(key), {"expected.words", {"300"}});
        };
        auto const* const list = node->list();
        if (list == nullptr) return add(*node);
        if (list->empty() || list->size() > most_words)
            return fault(*node, in + std::string(key), {"expected.count", {"1", std::to_string(most_words)}});
        std::ranges::for_each(*list, add);
    }

    template <std::size_t N>
    std::string const* choice(TomlValue const& table, std::string_view key,
                              std::array<std::string_view, N> const& choices, std::string const& in) {
        auto const* const node = table.get(key);
        if (node == nullptr) return nullptr;
        auto const* const value = node->text();
        if (value != nullptr && std::ranges::find(choices, *value) != choices.end()) return value;
        fault(*node, in + std::string(key), one_of(choices));
        return nullptr;
    }

    std::optional<seconds> duration(TomlValue const& table, std::string_view key, std::string const& in,
                                    std::string_view also = "") {
        auto const* const node = table.get(key);
        if (node == nullptr) return {};
        if (auto const* const value = node->text())
            if (auto const time = parse_duration(*value); time && *time <= longest) return *time;
        fault(*node, in + std::string(key),
              also.empty() ? RuleSaying{"expected.duration"} : RuleSaying{"expected.duration_or", {std::string(also)}});
        return {};
    }

    void refuse_others(TomlValue const& table, std::initializer_list<std::string_view> known, std::string const& in) {
        for (auto const& [key, node] : table.members())
            if (std::ranges::find(known, std::string_view(key)) == known.end()) fault(node, in + key, one_of(known));
    }

    RuleSet& set_;
    std::vector<Fault>& faults_;
    std::string rule_;  ///< the one being read
    std::set<std::string> names_;
};

/// "rules:12: what is wrong" of the TOML reader, as a fault.
Fault fault_of(Error const& error) {
    auto const parts = split(error.message, ':');
    Fault fault{.line = 1, .rule = {}, .field = {}, .expected = {"expected.toml", {error.message}}};
    if (parts.size() < 3) return fault;
    fault.line = static_cast<std::size_t>(parse_int(parts[1]).value_or(1));
    auto const rest = error.message.substr(parts[0].size() + parts[1].size() + 2);
    fault.expected.values = {std::string(trimmed(rest))};
    return fault;
}

}  // namespace

Parsed parse_rules(std::string_view text) {
    Parsed parsed;
    if (text.size() > most_text) {
        parsed.faults.push_back({1, "", "", {"expected.bytes", {std::to_string(most_text)}}});
        return parsed;
    }
    auto const root = formats::parse_toml(text, "rules");
    if (root)
        Reader(parsed).read(*root);
    else
        parsed.faults.push_back(fault_of(root.error()));
    std::ranges::sort(parsed.faults, {}, [](Fault const& fault) { return std::tie(fault.line, fault.field); });
    return parsed;
}

Result<Condition> parse_condition(std::string_view text) {
    if (text.size() > most_text) return fail(Code::limit, fmt::format("when: expected at most {} bytes", most_text));
    Parsed parsed;
    Condition when;
    auto const root = formats::parse_toml(text, "when");
    if (root)
        Reader(parsed).read_condition(*root, when, "");
    else
        parsed.faults.push_back(fault_of(root.error()));
    if (!parsed.faults.empty()) return fail(Code::invalid, "when: " + text_of(parsed.faults));
    return when;
}

}  // namespace tocsin::notifications::rules
