#include "notifications/rules.hpp"

#include <algorithm>
#include <array>
#include <fmt/ranges.h>

/// What the rules say, in English. A console has the same codes in its reader's language.
namespace tocsin::notifications {
namespace {

struct Phrase {
    std::string_view code, words;  ///< {0}, {1}, {2}: a value; {all}: all with commas; {any}: all with "or"
};

// A code never changes its meaning: programs and the console's messages know it. docs/rules.md, contract: RuleSaying.
constexpr std::array phrases{
    Phrase{"when.severity", "severity at least {0}"},
    Phrase{"when.severity_or_none", "severity at least {0}, or none"},
    Phrase{"when.feed", "feed {any}"},
    Phrase{"when.taxonomy", "taxonomy {any}"},
    Phrase{"when.type", "type {any}"},
    Phrase{"when.identifier", "identifier {any}"},
    Phrase{"when.organisation", "organisation {any}"},
    Phrase{"when.under", "under {any}"},
    Phrase{"when.kind", "kind {any}"},
    Phrase{"when.sector", "sector {any}"},
    Phrase{"when.country", "country {any}"},
    Phrase{"when.tlp", "tlp {any}"},
    Phrase{"when.network", "network {any}"},
    Phrase{"when.asn", "asn {any}"},
    Phrase{"when.open_for", "open for at least {0}"},
    Phrase{"then.send", "send"},
    Phrase{"then.hold", "hold"},
    Phrase{"then.drop", "drop"},
    Phrase{"then.at_once", "at once"},
    Phrase{"then.interval", "at most every {0}"},
    Phrase{"then.reminder", "reminder after {0}"},
    Phrase{"then.no_reminder", "no reminder"},
    Phrase{"then.findings", "not before {0} findings"},
    Phrase{"then.events", "not before {0} events"},
    Phrase{"then.quiet_owner", "quiet {0} where the owner is"},
    Phrase{"then.quiet", "quiet {0} {1}"},
    Phrase{"then.urgent", "but {0}"},
    Phrase{"then.language", "in {0}"},
    Phrase{"then.each_class", "one message for each class"},
    Phrase{"then.channel", "by {0}"},
    Phrase{"then.attach", "attached: {all}"},
    Phrase{"then.encryption", "encryption {0}"},
    Phrase{"then.approvals", "approved by {0}"},
    Phrase{"then.to_roles", "to {any}"},
    Phrase{"then.step", "after {0} to {1}"},
    Phrase{"then.unanswered", "while unanswered"},
    Phrase{"note.never_reached", "\"{0}\" (line {1}) is never reached: \"{2}\" takes everything"},
    Phrase{"note.else_by_mail", "\"{0}\" (line {1}): where nobody can be reached by {2}, the message goes by mail"},
    Phrase{"note.stix_when_shared",
           "\"{0}\" (line {1}): STIX is attached only for peers, within their clearance; else the message has a CSV"},
    Phrase{"expected.one_of", "one of {all}"},
    Phrase{"expected.tables", "tables, each begun by [[{0}]]"},
    Phrase{"expected.table", "a table, begun by [[{0}]]"},
    Phrase{"expected.at_most", "at most {0} of them"},
    Phrase{"expected.bytes", "at most {0} bytes"},
    Phrase{"expected.count", "{0} to {1} of them"},
    Phrase{"expected.number", "a number from {0} to {1}"},
    Phrase{"expected.form", "{0}"},
    Phrase{"expected.toml", "TOML; {0}"},
    Phrase{"expected.name", "a name of 1 to 200 bytes other than \"settings\""},
    Phrase{"expected.new_name", "a name that no other has"},
    Phrase{"expected.approval_none", "\"none\" where do is \"send\"; a message that waits for somebody is held"},
    Phrase{"expected.approval_some", "\"one\" or \"two\" where do is \"hold\""},
    Phrase{"expected.hour", "an hour or more"},
    Phrase{"expected.beside", "{0} beside it"},
    Phrase{"expected.hours", "two different times of day, as \"{0}\""},
    Phrase{"expected.time_zone", "a time zone, as \"{0}\""},
    Phrase{"expected.time", "a time, as \"{0}\""},
    Phrase{"expected.duration", "a time of at most 366 days, as \"12h\" or \"7d\""},
    Phrase{"expected.duration_or", "a time of at most 366 days, as \"12h\" or \"7d\", or \"{0}\""},
    Phrase{"expected.longer", "a longer time than the step before"},
    Phrase{"expected.new_level", "a level that no other step names"},
    Phrase{"expected.networks", "networks, as \"192.0.2.0/24\", found \"{0}\""},
    Phrase{"expected.asn", "AS numbers, as 64496"},
    Phrase{"expected.country", "two letters of ISO 3166-1, as \"KE\""},
    Phrase{"expected.text", "a text in quotes"},
    Phrase{"expected.words", "a text in quotes, or a list of them, each of at most {0} bytes"},
};

std::string value_of_place(std::string_view place, std::vector<std::string> const& values) {
    if (place == "all") return fmt::format("{}", fmt::join(values, ", "));
    if (place == "any") return fmt::format("{}", fmt::join(values, " or "));
    auto const number = static_cast<std::size_t>(parse_int(place).value_or(0));
    return number < values.size() ? values[number] : std::string();
}

}  // namespace

std::vector<std::string_view> rule_saying_codes() {
    std::vector<std::string_view> codes;
    for (auto const& phrase : phrases) codes.push_back(phrase.code);
    return codes;
}

std::string english(RuleSaying const& saying) {
    auto const* const phrase = std::ranges::find(phrases, saying.code, &Phrase::code);
    TOCSIN_ASSERT(phrase != phrases.end());
    std::string out;
    auto rest = phrase->words;
    for (;;) {
        auto const open = rest.find('{');
        out += rest.substr(0, open);
        if (open == std::string_view::npos) return out;
        auto const close = rest.find('}', open);
        out += value_of_place(rest.substr(open + 1, close - open - 1), saying.values);
        rest.remove_prefix(close + 1);
    }
}

std::string english(std::vector<RuleSaying> const& sayings) {
    std::string out;
    for (auto const& saying : sayings) out += (out.empty() ? "" : ", ") + english(saying);
    return out;
}

}  // namespace tocsin::notifications
