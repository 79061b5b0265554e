#include "events/event.hpp"

#include "base/base.hpp"

#include <algorithm>

namespace tocsin::events {
namespace {

constexpr auto types = std::to_array<ClassificationType>({
    {"spam", "abusive-content", "Spam", true},
    {"harmful-speech", "abusive-content", "Harmful Speech", true},
    {"violence", "abusive-content", "(Child) Sexual Exploitation/Sexual/Violent Content", true},
    {"infected-system", "malicious-code", "Infected System", true},
    {"c2-server", "malicious-code", "C2 Server", true},
    {"malware-distribution", "malicious-code", "Malware Distribution", true},
    {"malware-configuration", "malicious-code", "Malware Configuration", true},
    {"scanner", "information-gathering", "Scanning", true},
    {"sniffing", "information-gathering", "Sniffing", true},
    {"social-engineering", "information-gathering", "Social Engineering", true},
    {"ids-alert", "intrusion-attempts", "Exploitation of Known Vulnerabilities", true},
    {"brute-force", "intrusion-attempts", "Login Attempts", true},
    {"exploit", "intrusion-attempts", "New Attack Signature", true},
    {"privileged-account-compromise", "intrusions", "Privileged Account Compromise", true},
    {"unprivileged-account-compromise", "intrusions", "Unprivileged Account Compromise", true},
    {"application-compromise", "intrusions", "Application Compromise", true},
    {"system-compromise", "intrusions", "System Compromise", true},
    {"burglary", "intrusions", "Burglary", true},
    {"dos", "availability", "Denial of Service", true},
    {"ddos", "availability", "Distributed Denial of Service", true},
    {"misconfiguration", "availability", "Misconfiguration", true},
    {"sabotage", "availability", "Sabotage", true},
    {"outage", "availability", "Outage", true},
    {"unauthorised-information-access", "information-content-security", "Unauthorised Access to Information", true},
    {"unauthorised-information-modification", "information-content-security",
     "Unauthorised Modification of Information", true},
    {"data-loss", "information-content-security", "Data Loss", true},
    {"data-leak", "information-content-security", "Leak of Confidential Information", true},
    {"unauthorised-use-of-resources", "fraud", "Unauthorised Use of Resources", true},
    {"copyright", "fraud", "Copyright", true},
    {"masquerade", "fraud", "Masquerade", true},
    {"phishing", "fraud", "Phishing", true},
    {"weak-crypto", "vulnerable", "Weak Cryptography", true},
    {"ddos-amplifier", "vulnerable", "DDoS Amplifier", true},
    {"potentially-unwanted-accessible", "vulnerable", "Potentially Unwanted Accessible Services", true},
    {"information-disclosure", "vulnerable", "Information Disclosure", true},
    {"vulnerable-system", "vulnerable", "Vulnerable System", true},
    {"other", "other", "Uncategorised", true},
    {"undetermined", "other", "Undetermined", true},
    {"test", "test", "Test", true},
    {"blacklist", "other", "Block Listed", false},
    {"dga-domain", "other", "Domain of a Generation Algorithm", false},
    {"malware", "other", "Malware", false},
    {"proxy", "other", "Proxy", false},
    {"tor", "other", "Tor Node", false},
});

struct OldName {
    std::string_view old_name;
    std::string_view name;
};
// Names of earlier taxonomies that are still met in IDF streams.
constexpr auto old_names = std::to_array<OldName>({
    {"backdoor", "system-compromise"},
    {"botnet drone", "infected-system"},
    {"c&c", "c2-server"},
    {"c2server", "c2-server"},
    {"compromised", "system-compromise"},
    {"defacement", "unauthorised-information-modification"},
    {"dga domain", "dga-domain"},
    {"dropzone", "other"},
    {"ids alert", "ids-alert"},
    {"infected system", "infected-system"},
    {"leak", "data-leak"},
    {"malware configuration", "malware-configuration"},
    {"ransomware", "infected-system"},
    {"unauthorized-command", "system-compromise"},
    {"unauthorized-login", "system-compromise"},
    {"unauthorized-use-of-resources", "unauthorised-use-of-resources"},
    {"unknown", "undetermined"},
    {"vulnerable client", "vulnerable-system"},
    {"vulnerable service", "vulnerable-system"},
});

}  // namespace

std::optional<Field> field_named(std::string_view name) {
    auto const found = std::ranges::lower_bound(field_table, name, {}, &FieldInfo::name);
    static_assert(std::ranges::is_sorted(field_table, {}, &FieldInfo::name), "in order of names");
    if (found != field_table.end() && found->name == name) return static_cast<Field>(found - field_table.begin());
    return std::nullopt;
}

std::span<ClassificationType const> classification_types() {
    return types;
}

std::optional<ClassificationType> classification_type(std::string_view name) {
    auto const wanted = lowered(trimmed(name));
    auto const old = std::ranges::find(old_names, std::string_view(wanted), &OldName::old_name);
    auto const current = old != old_names.end() ? old->name : std::string_view(wanted);
    auto const found = std::ranges::find(types, current, &ClassificationType::name);
    return found != types.end() ? std::optional(*found) : std::nullopt;
}

bool is_taxonomy(std::string_view name) {
    return std::ranges::any_of(types, [&](auto const& type) { return type.taxonomy == name; });
}

}  // namespace tocsin::events
