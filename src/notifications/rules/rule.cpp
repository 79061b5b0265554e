#include "notifications/rules/rule.hpp"

#include "notifications/digest.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::notifications::rules {
namespace {

constexpr std::array<std::string_view, 4> action_names{"by_setting", "send", "hold", "drop"};
constexpr std::array<std::string_view, 2> form_names{"digest", "each_class"};
constexpr std::array<std::string_view, 5> severity_names{"critical", "high", "medium", "low", "info"};

std::string listed(std::vector<std::string> const& words) {
    return fmt::format("{}", fmt::join(words, " or "));
}

template <class T>
std::string listed(std::vector<T> const& things, auto const& text) {
    std::vector<std::string> words;
    for (auto const& thing : things) words.push_back(text(thing));
    return listed(words);
}

void add(std::string& out, std::string_view what) {
    if (!out.empty()) out += ", ";
    out += what;
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
                       field, field.empty() ? "" : ": ", expected);
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

std::string Condition::words() const {
    std::string out;
    if (severity) add(out, fmt::format("severity at least {}", severity_names[static_cast<std::size_t>(*severity)]));
    auto const put = [&](std::string_view name, std::vector<std::string> const& list) {
        if (!list.empty()) add(out, fmt::format("{} {}", name, listed(list)));
    };
    put("feed", feeds);
    put("taxonomy", taxonomies);
    put("type", types);
    put("identifier", identifiers);
    put("organisation", organisations);
    put("under", under);
    put("kind", kinds);
    put("sector", sectors);
    put("country", countries);
    put("tlp", tlps);
    if (!networks.empty()) add(out, "network " + listed(networks, [](auto const& one) { return format_prefix(one); }));
    if (!asns.empty()) add(out, "asn " + listed(asns, [](auto one) { return std::to_string(one); }));
    if (open_for.count() > 0) add(out, "open for at least " + format_duration(open_for));
    return out;
}

std::string QuietHours::text() const {
    return fmt::format("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
}

std::string Outcome::words() const {
    std::string out;
    if (action != Action::by_setting) add(out, name_of(action));
    if (action == Action::drop) return out;
    if (interval) add(out, interval->count() == 0 ? "at once" : "at most every " + format_duration(*interval));
    if (reminder)
        add(out,
            *reminder == std::chrono::seconds::max() ? "no reminder" : "reminder after " + format_duration(*reminder));
    if (least_findings > 0) add(out, fmt::format("not before {} findings", least_findings));
    if (least_events > 0) add(out, fmt::format("not before {} events", least_events));
    if (quiet) {
        add(out, fmt::format("quiet {} {}", quiet->text(),
                             quiet->zone.empty() || quiet->zone == "owner" ? "where the owner is" : quiet->zone));
        add(out, fmt::format("but {}", severity_names[static_cast<std::size_t>(quiet->urgent)]));
    }
    if (!language.empty()) add(out, "in " + language);
    if (form == Form::each_class) add(out, "one message for each class");
    if (channel != "mail") add(out, "by " + channel);
    if (encryption) add(out, fmt::format("encryption {}", name_of(*encryption)));
    if (approvals) add(out, fmt::format("approved by {}", *approvals));
    if (!to_roles.empty())
        add(out, "to " + listed(to_roles, [](auto role) { return std::string(constituency::name_of(role)); }));
    return out;
}

bool Outcome::has_delivery_of(Outcome const& other) const {
    return action == other.action && interval == other.interval && quiet == other.quiet && language == other.language &&
           form == other.form && channel == other.channel && encryption == other.encryption &&
           approvals == other.approvals && to_roles == other.to_roles && least_findings == other.least_findings &&
           least_events == other.least_events;
}

}  // namespace tocsin::notifications::rules
