#include "notifications/rules/rule.hpp"

#include "notifications/digest.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::notifications::rules {
namespace {

constexpr std::array<std::string_view, 4> action_names{"by_setting", "send", "hold", "drop"};
constexpr std::array<std::string_view, 2> form_names{"digest", "each_class"};
constexpr std::array<std::string_view, 5> severity_names{"critical", "high", "medium", "low", "info"};

std::string severity_name(int rank) {
    return std::string(severity_names[static_cast<std::size_t>(rank)]);
}

template <class T>
std::vector<std::string> texts_of(std::vector<T> const& things, auto const& text) {
    std::vector<std::string> words;
    for (auto const& thing : things) words.emplace_back(text(thing));
    return words;
}

}  // namespace

std::string_view name_of(Action action) {
    return word_of(action_names, action);
}
std::string_view name_of(Form form) {
    return word_of(form_names, form);
}

std::string Fault::text() const {
    return fmt::format("line {}: {}{}{}expected {}", line, rule.empty() ? std::string() : fmt::format("\"{}\": ", rule),
                       field, field.empty() ? "" : ": ", english(expected));
}

std::string text_of(std::vector<Fault> const& faults) {
    std::string out;
    for (auto const& fault : faults) out += (out.empty() ? "" : "\n") + fault.text();
    return out;
}

bool fits(std::string_view pattern, std::string_view text) {
    std::size_t at = 0, in = 0, star = std::string_view::npos, back = 0;
    while (in < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            back = in;
        } else if (at < pattern.size() && equal_ignoring_case(pattern.substr(at, 1), text.substr(in, 1))) {
            ++at;
            ++in;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            in = ++back;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

bool Condition::is_empty() const {
    return words().empty();
}

std::vector<RuleSaying> Condition::words() const {
    std::vector<RuleSaying> out;
    if (severity) out.push_back({"when.severity", {severity_name(*severity)}});
    auto const put = [&](std::string_view code, std::vector<std::string> list) {
        if (!list.empty()) out.push_back({std::string(code), std::move(list)});
    };
    put("when.feed", feeds);
    put("when.taxonomy", taxonomies);
    put("when.type", types);
    put("when.identifier", identifiers);
    put("when.organisation", organisations);
    put("when.under", under);
    put("when.kind", kinds);
    put("when.sector", sectors);
    put("when.country", countries);
    put("when.tlp", tlps);
    put("when.network", texts_of(networks, [](auto const& one) { return format_prefix(one); }));
    put("when.asn", texts_of(asns, [](auto one) { return std::to_string(one); }));
    if (open_for.count() > 0) out.push_back({"when.open_for", {format_duration(open_for)}});
    return out;
}

std::string QuietHours::text() const {
    return fmt::format("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
}

std::vector<RuleSaying> Outcome::words() const {
    std::vector<RuleSaying> out;
    auto const put = [&](std::string_view code, std::vector<std::string> values = {}) {
        out.push_back({std::string(code), std::move(values)});
    };
    if (action != Action::by_setting) put(fmt::format("then.{}", name_of(action)));
    if (action == Action::drop) return out;
    if (interval && interval->count() == 0) put("then.at_once");
    if (interval && interval->count() > 0) put("then.interval", {format_duration(*interval)});
    if (reminder && *reminder == std::chrono::seconds::max()) put("then.no_reminder");
    if (reminder && *reminder != std::chrono::seconds::max()) put("then.reminder", {format_duration(*reminder)});
    if (least_findings > 0) put("then.findings", {std::to_string(least_findings)});
    if (least_events > 0) put("then.events", {std::to_string(least_events)});
    if (quiet && (quiet->zone.empty() || quiet->zone == "owner")) put("then.quiet_owner", {quiet->text()});
    if (quiet && !quiet->zone.empty() && quiet->zone != "owner") put("then.quiet", {quiet->text(), quiet->zone});
    if (quiet) put("then.urgent", {severity_name(quiet->urgent)});
    if (!language.empty()) put("then.language", {language});
    if (form == Form::each_class) put("then.each_class");
    if (!channel.empty()) put("then.channel", {channel});
    if (!attach.empty()) put("then.attach", texts_of(attach, [](auto one) { return notifications::name_of(one); }));
    if (encryption) put("then.encryption", {std::string(tocsin::notifications::name_of(*encryption))});
    if (approvals) put("then.approvals", {std::to_string(*approvals)});
    if (!to_roles.empty())
        put("then.to_roles", texts_of(to_roles, [](auto role) { return constituency::name_of(role); }));
    return out;
}

bool Outcome::has_delivery_of(Outcome const& other) const {
    return action == other.action && interval == other.interval && quiet == other.quiet && language == other.language &&
           form == other.form && channel == other.channel && attach == other.attach && encryption == other.encryption &&
           approvals == other.approvals && to_roles == other.to_roles && least_findings == other.least_findings &&
           least_events == other.least_events;
}

}  // namespace tocsin::notifications::rules
