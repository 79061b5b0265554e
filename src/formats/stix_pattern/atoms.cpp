#include "formats/stix_pattern/atoms.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

namespace tocsin::formats::stix_pattern {
namespace {

using Role = Atom::Role;
using Strength = Reduction::Strength;

/// What a path's value is. `exact` is false where the value alone does not say that it stood at this path.
struct PathMeaning {
    ObservableKind kind = ObservableKind::other;
    Role role = Role::any;
    bool exact = true;
    bool endpoint = false;  ///< an address or a name of a host, told by the value
};

struct PathRow {
    std::string_view path;  ///< indices as [*]
    PathMeaning meaning;
};

using enum ObservableKind;
constexpr std::array paths{
    PathRow{"ipv4-addr:value", {ip}},
    PathRow{"ipv6-addr:value", {ip}},
    PathRow{"network-traffic:src_ref.value", {ip, Role::source, true, true}},
    PathRow{"network-traffic:dst_ref.value", {ip, Role::destination, true, true}},
    PathRow{"network-traffic:src_port", {source_port, Role::source}},
    PathRow{"network-traffic:dst_port", {destination_port, Role::destination}},
    PathRow{"network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'", {user_agent}},
    PathRow{"domain-name:value", {domain}},
    PathRow{"domain-name:resolves_to_refs[*].value", {ip, Role::any, false, true}},
    PathRow{"ipv4-addr:belongs_to_refs[*].number", {asn, Role::any, false}},
    PathRow{"ipv6-addr:belongs_to_refs[*].number", {asn, Role::any, false}},
    PathRow{"url:value", {url}},
    PathRow{"email-addr:value", {email}},
    PathRow{"email-message:from_ref.value", {email, Role::source}},
    PathRow{"email-message:sender_ref.value", {email, Role::source}},
    PathRow{"email-message:to_refs[*].value", {email, Role::destination}},
    PathRow{"email-message:cc_refs[*].value", {email, Role::destination}},
    PathRow{"email-message:bcc_refs[*].value", {email, Role::destination}},
    PathRow{"email-message:subject", {email_subject}},
    PathRow{"email-message:message_id", {email_message_id}},
    PathRow{"email-message:body_multipart[*].body_raw_ref.name", {file_name, Role::any, false}},
    PathRow{"file:name", {file_name}},
    PathRow{"file:parent_directory_ref.path", {directory, Role::any, false}},
    PathRow{"file:extensions.'windows-pebinary-ext'.imphash", {imphash}},
    PathRow{"directory:path", {directory}},
    PathRow{"windows-registry-key:key", {registry_key}},
    PathRow{"mutex:name", {mutex}},
    PathRow{"user-account:account_login", {user_account}},
    PathRow{"user-account:user_id", {user_account}},
    PathRow{"user-account:display_name", {user_account}},
    PathRow{"x509-certificate:serial_number", {certificate_serial}},
    PathRow{"autonomous-system:number", {asn}},
    PathRow{"software:cpe", {cpe}},
    PathRow{"software:name", {software_name}},
    PathRow{"mac-addr:value", {mac}},
    PathRow{"process:command_line", {command_line}},
    PathRow{"process:image_ref.name", {file_name, Role::any, false}},
    PathRow{"process:binary_ref.name", {file_name, Role::any, false}},
    PathRow{"vulnerability:name", {vulnerability}},
};

struct HashRow {
    std::string_view name;  ///< lower case, without hyphens and underscores
    ObservableKind file, certificate;
};
constexpr std::array hash_names{
    HashRow{"md5", md5, certificate_md5}, HashRow{"sha1", sha1, certificate_sha1},
    HashRow{"sha224", sha224, other},     HashRow{"sha256", sha256, certificate_sha256},
    HashRow{"sha384", sha384, other},     HashRow{"sha512", sha512, certificate_sha512},
    HashRow{"sha3256", sha3_256, other},  HashRow{"sha3512", sha3_512, other},
    HashRow{"ssdeep", ssdeep, other},     HashRow{"tlsh", tlsh, other},
    HashRow{"imphash", imphash, other},
};

/// The kind of `...hashes.NAME`; other algorithms are `other_hash` of a file and `other` of a certificate.
ObservableKind hash_kind(std::string_view algorithm, bool certificate) {
    std::string name;
    for (char const c : lowered(algorithm))
        if (c != '-' && c != '_') name.push_back(c);
    for (auto const& row : hash_names)
        if (row.name == name) return certificate ? row.certificate : row.file;
    return certificate ? other : other_hash;
}

ObjectPath with_any_index(ObjectPath path) {
    for (auto& step : path.steps)
        if (step.kind == PathStep::Kind::index) step = {PathStep::Kind::any_index, "", 0};
    return path;
}

PathMeaning meaning_of(ObjectPath const& path) {
    auto const& steps = path.steps;
    bool const has_index =
        std::ranges::any_of(steps, [](PathStep const& step) { return step.kind == PathStep::Kind::index; });
    if (steps.size() >= 2 && steps[steps.size() - 2].name == "hashes" &&
        steps.back().kind == PathStep::Kind::property) {
        bool const own = steps.size() == 2;
        auto const& algorithm = steps.back().name;
        if (path.type == "x509-certificate") return {hash_kind(algorithm, true), Role::any, own};
        if (path.type == "file" || path.type == "artifact") return {hash_kind(algorithm, false), Role::any, own};
        bool const of_file = std::ranges::any_of(
            steps, [](PathStep const& step) { return step.name == "image_ref" || step.name == "binary_ref"; });
        return {of_file ? hash_kind(algorithm, false) : other, Role::any, !of_file};
    }
    auto const name = print(has_index ? with_any_index(path) : path);
    for (auto const& row : paths) {
        if (row.path != name) continue;
        auto meaning = row.meaning;
        if (has_index) meaning.exact = false;  // an index of values knows no places in a list
        return meaning;
    }
    return {};
}

std::optional<std::string> text_of(Constant const& constant) {
    if (auto const* const text = std::get_if<std::string>(&constant)) return *text;
    if (auto const* const number = std::get_if<std::int64_t>(&constant)) return std::to_string(*number);
    if (auto const* const truth = std::get_if<bool>(&constant)) return *truth ? "true" : "false";
    if (auto const* const time = std::get_if<Timestamp>(&constant)) return format_timestamp(*time);
    return std::nullopt;  // bytes and fractions have many spellings
}

ObservableKind endpoint_kind(std::string const& value) {
    if (parse_prefix(value, true)) return ip;
    return normalised({mac, value}) ? mac : domain;
}

Atom atom_of(ObjectPath const& path, PathMeaning const& meaning, std::string value) {
    auto const kind = meaning.endpoint ? endpoint_kind(value) : meaning.kind;
    if (kind != other)
        if (auto plain = normalised({kind, value})) return {*std::move(plain), meaning.role, ""};
    return {{other, std::move(value)}, Role::any, print(path)};
}

/// What one part of the pattern says.
struct Finding {
    bool known = false;  ///< the atoms are all there is to ask for
    bool exact = false;  ///< an atom is a match of this part
    std::vector<Atom> atoms;
};

bool is_network(std::string const& value) {
    return parse_prefix(value, true).has_value();
}

Finding of_comparison(Comparison const& comparison) {
    if (comparison.negated) return {};
    bool const subset = comparison.test == Operator::is_subset;
    if (comparison.test != Operator::equal && comparison.test != Operator::in && !subset) return {};
    auto const meaning = meaning_of(comparison.path);
    Finding found{true, meaning.exact, {}};
    for (auto const& constant : comparison.constants) {
        auto value = text_of(constant);
        if (!value) return {};
        if (subset && (meaning.kind != ip || !is_network(*value))) return {};
        found.atoms.push_back(atom_of(comparison.path, meaning, *std::move(value)));
    }
    return found;
}

/// How much a value narrows a search: one of a hash's values is rarer than a port.
int rarity(Atom const& atom) {
    switch (atom.observable.kind) {
        case source_port:
        case destination_port:
            return 0;
        case other:
        case asn:
        case user_agent:
        case software_name:
        case cpe:
            return 1;
        case file_name:
        case directory:
        case command_line:
        case user_account:
        case email_subject:
            return 2;
        case ip:
            return atom.observable.value.contains('/') ? 2 : 3;
        case domain:
        case email:
        case mac:
        case mutex:
        case registry_key:
        case vulnerability:
        case phone_number:
        case ja3:
        case imphash:
            return 3;
        default:
            return 4;  // hashes, URLs, serial numbers: close to unique
    }
}

/// The operand of a conjunction that narrows most; of equals the one with the fewest atoms.
Finding narrowest(std::vector<Finding> findings) {
    auto const weight = [](Finding const& finding) {
        int least = 9;
        for (auto const& atom : finding.atoms) least = std::min(least, rarity(atom));
        return least;
    };
    Finding best;
    for (auto& finding : findings) {
        if (!finding.known) continue;
        auto const own = weight(finding);
        auto const other_weight = weight(best);
        if (!best.known || own > other_weight || (own == other_weight && finding.atoms.size() < best.atoms.size()))
            best = std::move(finding);
    }
    return best;
}

Finding union_of(std::vector<Finding> findings) {
    Finding all{true, true, {}};
    for (auto& finding : findings) {
        if (!finding.known) return {};
        all.exact &= finding.exact;
        std::ranges::move(finding.atoms, std::back_inserter(all.atoms));
    }
    return all;
}

/// A conjunction without the tests that a sibling implies: `x_ref.type = 'ipv4-addr'` beside `x_ref.value = ADDRESS`.
bool is_implied(Comparison const& comparison, std::vector<ComparisonExpression> const& siblings) {
    auto const& steps = comparison.path.steps;
    if (comparison.negated || comparison.test != Operator::equal || steps.size() < 2 || steps.back().name != "type")
        return false;
    auto const* const type = std::get_if<std::string>(&comparison.constants.front());
    if (type == nullptr || !steps[steps.size() - 2].name.ends_with("_ref")) return false;
    for (auto const& sibling : siblings) {
        auto const& other_test = sibling.comparison;
        if (sibling.kind != ComparisonExpression::Kind::comparison || other_test.negated ||
            other_test.test != Operator::equal || other_test.path.type != comparison.path.type ||
            other_test.path.steps.size() != steps.size() || other_test.path.steps.back().name != "value" ||
            !std::equal(steps.begin(), steps.end() - 1, other_test.path.steps.begin()))
            continue;
        auto const* const value = std::get_if<std::string>(&other_test.constants.front());
        if (value == nullptr) continue;
        auto const prefix = parse_prefix(*value, true);
        if (*type == "ipv4-addr" && prefix && prefix->address.is_v4()) return true;
        if (*type == "ipv6-addr" && prefix && !prefix->address.is_v4()) return true;
        if (*type == "domain-name" && !prefix && !normalised({mac, *value})) return true;
        if (*type == "mac-addr" && !prefix && normalised({mac, *value})) return true;
        if (*type == "email-addr" && value->contains('@')) return true;
    }
    return false;
}

Finding of_expression(ComparisonExpression const& expression) {
    using enum ComparisonExpression::Kind;
    if (expression.kind == comparison) return of_comparison(expression.comparison);
    std::vector<Finding> findings;
    for (auto const& operand : expression.operands) {
        if (expression.kind == all_of && operand.kind == comparison &&
            is_implied(operand.comparison, expression.operands))
            continue;
        findings.push_back(of_expression(operand));
    }
    if (expression.kind == ComparisonExpression::Kind::any_of) return union_of(std::move(findings));
    bool const single = findings.size() == 1;
    auto best = narrowest(std::move(findings));
    best.exact &= single;
    return best;
}

Finding of_observations(ObservationExpression const& expression) {
    using enum ObservationExpression::Kind;
    Finding found;
    if (expression.kind == observation) {
        found = of_expression(expression.comparison);
    } else {
        std::vector<Finding> findings;
        for (auto const& operand : expression.operands) findings.push_back(of_observations(operand));
        if (expression.kind == ObservationExpression::Kind::any_of || expression.kind == group) {
            found = union_of(std::move(findings));
        } else {
            found = narrowest(std::move(findings));
            found.exact = false;
        }
    }
    if (!asks_for_one_observation(expression)) found.exact = false;
    for (auto const& qualifier : expression.qualifiers)
        if (std::holds_alternative<StartStop>(qualifier)) found.exact = false;
    return found;
}

}  // namespace

bool asks_for_one_observation(Pattern const& pattern) {
    using enum ObservationExpression::Kind;
    for (auto const& qualifier : pattern.qualifiers)
        if (auto const* const repeats = std::get_if<Repeats>(&qualifier); repeats != nullptr && repeats->times > 1)
            return false;
    if (pattern.kind == observation) return true;
    return (pattern.kind == any_of || pattern.kind == group) &&
           std::ranges::all_of(pattern.operands, asks_for_one_observation);
}

Reduction atoms(Pattern const& pattern) {
    auto found = of_observations(pattern);
    if (!found.known) return {};
    Reduction reduction{found.exact ? Strength::decisive : Strength::necessary, std::move(found.atoms)};
    std::ranges::sort(reduction.atoms);
    auto const doubles = std::ranges::unique(reduction.atoms);
    reduction.atoms.erase(doubles.begin(), doubles.end());
    return reduction;
}

}  // namespace tocsin::formats::stix_pattern
