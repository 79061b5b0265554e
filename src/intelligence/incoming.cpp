#include "intelligence/incoming.hpp"

#include "intelligence/find_store.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <simdjson.h>

namespace tocsin::intelligence {
namespace {

using formats::ObservableKind;
using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t most_values = 10'000, most_references = 10'000, most_words = std::size_t{256} << 10;
constexpr int deepest = 64;

std::string_view text_of(element value) {
    std::string_view text;
    return value.get(text) == simdjson::SUCCESS ? text : std::string_view();
}
std::string_view text_of(object const& thing, std::string_view name) {
    element value;
    return thing[name].get(value) == simdjson::SUCCESS ? text_of(value) : std::string_view();
}
template <class F>
void each_text(object const& thing, std::string_view name, F&& each) {
    array list;
    if (thing[name].get(list) != simdjson::SUCCESS) return;
    for (auto const value : list)
        if (auto const text = text_of(value); !text.empty()) each(text);
}

/// Types by SCO property: STIX 2.1 section 6.
struct Property {
    std::string_view type, name;
    ObservableKind kind;
};
constexpr std::array properties{
    Property{"ipv4-addr", "value", ObservableKind::ip},
    Property{"ipv6-addr", "value", ObservableKind::ip},
    Property{"domain-name", "value", ObservableKind::domain},
    Property{"url", "value", ObservableKind::url},
    Property{"email-addr", "value", ObservableKind::email},
    Property{"email-message", "subject", ObservableKind::email_subject},
    Property{"email-message", "message_id", ObservableKind::email_message_id},
    Property{"mac-addr", "value", ObservableKind::mac},
    Property{"mutex", "name", ObservableKind::mutex},
    Property{"file", "name", ObservableKind::file_name},
    Property{"directory", "path", ObservableKind::directory},
    Property{"windows-registry-key", "key", ObservableKind::registry_key},
    Property{"user-account", "account_login", ObservableKind::user_account},
    Property{"user-account", "user_id", ObservableKind::user_account},
    Property{"software", "cpe", ObservableKind::cpe},
    Property{"software", "name", ObservableKind::software_name},
    Property{"process", "command_line", ObservableKind::command_line},
    Property{"x509-certificate", "serial_number", ObservableKind::certificate_serial},
    Property{"vulnerability", "name", ObservableKind::vulnerability},
};

std::optional<ObservableKind> hash_kind(std::string_view type, std::string_view algorithm) {
    bool const is_certificate = type == "x509-certificate";
    if (algorithm == "MD5") return is_certificate ? ObservableKind::certificate_md5 : ObservableKind::md5;
    if (algorithm == "SHA-1") return is_certificate ? ObservableKind::certificate_sha1 : ObservableKind::sha1;
    if (algorithm == "SHA-256") return is_certificate ? ObservableKind::certificate_sha256 : ObservableKind::sha256;
    if (algorithm == "SHA-512") return is_certificate ? ObservableKind::certificate_sha512 : ObservableKind::sha512;
    if (algorithm == "SSDEEP") return ObservableKind::ssdeep;
    if (algorithm == "TLSH") return ObservableKind::tlsh;
    return {};
}

/// "type--uuid" in the form of STIX 2.1 section 2.9.
bool is_id(std::string_view id, std::string_view type) {
    return id.size() == type.size() + 38 && id.starts_with(type) && id.substr(type.size(), 2) == "--" &&
           uuid_of(id).has_value();
}

/// Markings whose ids are fixed: TLP 1.0 (STIX 2.1 section 7.2.1.4), TLP 2.0 and PAP (their extension definitions).
struct Fixed {
    std::string_view uuid;
    Meaning meaning;
};
using gate::Pap;
using gate::Tlp;
std::array const fixed_markings{
    Fixed{"613f2e26-407d-48c7-9eca-b8e91df99dc9", {Tlp::clear, {}}},
    Fixed{"34098fce-860f-48ae-8e50-ebd3cc5e41da", {Tlp::green, {}}},
    Fixed{"f88d31f6-486f-44da-b317-01333bde0b82", {Tlp::amber, {}}},
    Fixed{"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", {Tlp::red, {}}},
    Fixed{"94868c89-83c2-464b-929b-a1a8aa3c8487", {Tlp::clear, {}}},
    Fixed{"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", {Tlp::green, {}}},
    Fixed{"55d920b0-5e8b-4f79-9ee9-91f868d9b421", {Tlp::amber, {}}},
    Fixed{"939a9414-2ddd-4d32-a0cd-375ea402b003", {Tlp::amber_strict, {}}},
    Fixed{"e828b379-4e03-4974-9ac4-e53a884c97c1", {Tlp::red, {}}},
    Fixed{"ad15a0cd-55b6-4588-a14c-a66105329b92", {{}, Pap::clear}},
    Fixed{"a3bea94c-b469-41dc-9cfe-d6e7daba7730", {{}, Pap::clear}},
    Fixed{"c43594d1-4b11-4c59-93ab-1c9b14d53ce9", {{}, Pap::green}},
    Fixed{"60f8932b-e51e-4458-b265-a2e8be9a80ab", {{}, Pap::amber}},
    Fixed{"740d36e5-7714-4c30-961a-3ae632ceee0e", {{}, Pap::red}},
};

/// By contents: TLP 1.0's `definition`, the extensions of TLP 2.0 and PAP, or the name as MISP writes it.
Meaning meaning_by_contents(object const& thing) {
    Meaning meaning;
    auto const read_tlp = [&](std::string_view text) {
        if (auto const tlp = gate::parse_tlp(text); !text.empty() && tlp) meaning.tlp = *tlp;
    };
    auto const read_pap = [&](std::string_view text) {
        if (auto const pap = gate::parse_pap(text); !text.empty() && pap) meaning.pap = *pap;
    };
    object inner;
    if (thing["definition"].get(inner) == simdjson::SUCCESS) read_tlp(text_of(inner, "tlp"));
    if (thing["extensions"].get(inner) == simdjson::SUCCESS)
        for (auto const& [key, value] : inner) {
            object extension;
            if (value.get(extension) != simdjson::SUCCESS) continue;
            read_tlp(text_of(extension, "tlp_2_0"));
            read_pap(text_of(extension, "pap"));
        }
    auto const name = text_of(thing, "name");
    if (!meaning.tlp && uppered(name.substr(0, 4)) == "TLP:") read_tlp(name);
    if (!meaning.pap && uppered(name.substr(0, 4)) == "PAP:") read_pap(name);
    return meaning;
}

std::int64_t time_of(object const& thing, std::string_view name) {
    auto const text = text_of(thing, name);
    auto const time = text.empty() ? Result<Timestamp>(Timestamp{}) : parse_timestamp(text);
    return time ? time->micros : 0;
}

/// The property a selector begins with.
std::string_view root_of(std::string_view selector) {
    return selector.substr(0, selector.find('.'));
}

bool is_required(std::string_view type, std::string_view selector) {
    static constexpr std::array common{"type",          "id",
                                       "spec_version",  "created",
                                       "modified",      "pattern",
                                       "pattern_type",  "valid_from",
                                       "value",         "relationship_type",
                                       "source_ref",    "target_ref",
                                       "object_refs",   "sighting_of_ref",
                                       "content",       "first_observed",
                                       "last_observed", "number_observed",
                                       "opinion",       "definition"};
    auto const root = root_of(selector);
    if (selector != root && root != "object_refs") return false;
    return std::ranges::find(common, root) != common.end() ||
           (root == "name" && type != "indicator" && type != "location" && type != "file");
}

}  // namespace

struct Intake::State {
    simdjson::dom::parser parser;

    void common(object const& thing, Incoming& out);
    void markings(object const& thing, Incoming& out);
    void values(object const& thing, Incoming& out);
    void pattern(object const& thing, Incoming& out);
    void references(element value, std::string_view key, Incoming& out, int depth);
    void words(object const& thing, Incoming& out);
    void add(Incoming& out, ObservableKind kind, std::string_view text, std::string_view property);
    bool check(object const& thing, Incoming& out);
};

bool Intake::State::check(object const& thing, Incoming& out) {
    auto const fault = [&](std::string_view property, std::string reason) {
        out.fault_property = property;
        out.fault = std::move(reason);
        return false;
    };
    out.type = text_of(thing, "type");
    if (out.type.empty() || out.type.size() > 250)
        return fault("type", "expected the object's type (STIX 2.1 section 3.2)");
    if (out.type == "bundle") return fault("type", "a bundle in a bundle: expected an object");
    out.id = text_of(thing, "id");
    if (!is_id(out.id, out.type)) return fault("id", fmt::format("expected {}--UUID (STIX 2.1 section 2.9)", out.type));
    for (auto const* name : {"modified", "created"}) {
        auto const text = text_of(thing, name);
        if (text.empty()) continue;
        auto const time = parse_timestamp(text);
        if (!time || time->micros == 0)
            return fault(name, "expected a time such as 2026-11-26T10:00:00.000Z (STIX 2.1 section 2.16)");
        if (out.version != 0) continue;
        out.version = time->micros;
        out.version_text = text;
    }
    return true;
}

void Intake::State::common(object const& thing, Incoming& out) {
    out.uuid = *uuid_of(out.id);
    bool revoked = false;
    out.is_revoked = thing["revoked"].get(revoked) == simdjson::SUCCESS && revoked;
    std::int64_t confidence = -1;
    if (thing["confidence"].get(confidence) == simdjson::SUCCESS && confidence >= 0 && confidence <= 100)
        out.confidence = static_cast<int>(confidence);
    if (auto const creator = uuid_of(text_of(thing, "created_by_ref"))) out.creator = *creator;
    out.valid_from = time_of(thing, "valid_from");
    out.valid_until = time_of(thing, "valid_until");
    auto const label = [&](std::string_view text) {
        if (text.size() <= 250 && out.labels.size() < 1000) out.labels.emplace_back(text);
    };
    for (auto const* list : {"labels", "indicator_types", "malware_types", "threat_actor_types", "tool_types",
                             "infrastructure_types", "report_types", "sectors"})
        each_text(thing, list, label);
}

void Intake::State::markings(object const& thing, Incoming& out) {
    each_text(thing, "object_marking_refs", [&](std::string_view ref) {
        if (out.marking_refs.size() < 100) out.marking_refs.emplace_back(ref);
    });
    array granular;
    if (thing["granular_markings"].get(granular) == simdjson::SUCCESS)
        for (auto const value : granular) {
            object marking;
            if (value.get(marking) != simdjson::SUCCESS || out.parts.size() >= 1000) continue;
            IncomingPart part{.selectors = {}, .marking_ref = std::string(text_of(marking, "marking_ref"))};
            each_text(marking, "selectors", [&](std::string_view selector) {
                part.selectors.emplace_back(selector);
                part.is_required = part.is_required || is_required(out.type, selector);
            });
            if (!part.marking_ref.empty() && !part.selectors.empty()) out.parts.push_back(std::move(part));
        }
    if (out.type != "marking-definition") return;
    auto const fixed = Intake::meaning_of(out.id);
    out.defines = fixed ? fixed : meaning_by_contents(thing);
}

void Intake::State::add(Incoming& out, ObservableKind kind, std::string_view text, std::string_view property) {
    if (out.values.size() >= most_values) return;
    auto value = formats::normalised({kind, std::string(text)});
    if (!value) return;
    std::size_t part = 0;
    for (std::size_t i = 0; i < out.parts.size(); ++i)
        for (auto const& selector : out.parts[i].selectors)
            if (root_of(selector) == property) part = i + 1;
    for (auto const& known : out.values)
        if (known.observable == *value) return;
    out.values.push_back({*std::move(value), part});
}

void Intake::State::values(object const& thing, Incoming& out) {
    for (auto const& property : properties)
        if (property.type == out.type)
            if (auto const text = text_of(thing, property.name); !text.empty())
                add(out, property.kind, text, property.name);
    object hashes;
    if (thing["hashes"].get(hashes) == simdjson::SUCCESS)
        for (auto const& [algorithm, value] : hashes)
            if (auto const kind = hash_kind(out.type, algorithm)) add(out, *kind, text_of(value), "hashes");
    std::int64_t number = 0;
    if (out.type == "autonomous-system" && thing["number"].get(number) == simdjson::SUCCESS)
        add(out, ObservableKind::asn, std::to_string(number), "number");
    array externals;
    if (thing["external_references"].get(externals) != simdjson::SUCCESS) return;
    for (auto const value : externals) {
        object external;
        if (value.get(external) != simdjson::SUCCESS) continue;
        if (auto const id = text_of(external, "external_id"); id.starts_with("CVE-"))
            add(out, ObservableKind::vulnerability, id, "external_references");
    }
}

void Intake::State::pattern(object const& thing, Incoming& out) {
    auto const text = text_of(thing, "pattern");
    auto const kind = text_of(thing, "pattern_type");
    if (out.type != "indicator" || text.empty() || (!kind.empty() && kind != "stix")) return;
    auto const parsed = formats::stix_pattern::parse(text);
    out.is_decisive = false;
    if (!parsed) {
        out.has_warnings = true;  // kept and found by its words, never matched
        return;
    }
    auto const reduced = formats::stix_pattern::atoms(*parsed);
    out.is_decisive = reduced.strength == formats::stix_pattern::Reduction::Strength::decisive;
    for (auto const& atom : reduced.atoms)
        if (atom.observable.kind != ObservableKind::other)
            add(out, atom.observable.kind, atom.observable.value, "pattern");
}

void Intake::State::references(element value, std::string_view key, Incoming& out, int depth) {
    if (depth > deepest) return;
    object thing;
    array list;
    if (value.get(thing) == simdjson::SUCCESS) {
        for (auto const& [name, member] : thing) references(member, name, out, depth + 1);
    } else if (value.get(list) == simdjson::SUCCESS) {
        for (auto const member : list) references(member, key, out, depth + 1);
    } else if (key.ends_with("_ref") || key.ends_with("_refs")) {
        if (key == "created_by_ref" || key == "object_marking_refs" || key == "marking_ref") return;
        auto uuid = uuid_of(text_of(value));
        if (uuid && out.references.size() < most_references) out.references.push_back(*std::move(uuid));
    }
}

/// Marked parts are not searched by their words: only whom the whole is for may find it by them.
void Intake::State::words(object const& thing, Incoming& out) {
    auto const is_marked = [&](std::string_view property) {
        return std::ranges::any_of(out.parts, [&](IncomingPart const& part) {
            return std::ranges::any_of(part.selectors, [&](auto const& s) { return root_of(s) == property; });
        });
    };
    auto const take = [&](std::string_view property, std::string_view text) {
        if (text.empty() || is_marked(property) || out.words.size() > most_words) return;
        if (!out.words.empty()) out.words += ' ';
        out.words += searchable(text);
    };
    for (auto const* name :
         {"name", "description", "abstract", "content", "explanation", "value", "contact_information"})
        take(name, text_of(thing, name));
    for (auto const* name : {"aliases", "x_mitre_aliases", "goals"})
        each_text(thing, name, [&](std::string_view text) { take(name, text); });
    for (auto const& label : out.labels) take("labels", label);
    array externals;
    if (thing["external_references"].get(externals) != simdjson::SUCCESS) return;
    for (auto const value : externals) {
        object external;
        if (value.get(external) == simdjson::SUCCESS) take("external_references", text_of(external, "external_id"));
    }
}

Intake::Intake() : state_(std::make_unique<State>()) {}
Intake::~Intake() = default;

Incoming Intake::take(std::string_view json, std::int64_t ordinal) {
    Incoming out;
    out.ordinal = ordinal;
    element root;
    object thing;
    auto const error = state_->parser.parse(json.data(), json.size(), true).get(root);
    if (error != simdjson::SUCCESS || root.get(thing) != simdjson::SUCCESS) {
        out.json = repaired_utf8(json);
        out.fault = error != simdjson::SUCCESS ? fmt::format("expected JSON: {}", simdjson::error_message(error))
                                               : std::string("expected a JSON object");
        return out;
    }
    out.json = json;
    if (!state_->check(thing, out)) return out;
    state_->common(thing, out);
    state_->markings(thing, out);
    state_->values(thing, out);
    state_->pattern(thing, out);
    state_->references(root, "", out, 0);
    std::ranges::sort(out.references);
    out.references.erase(std::ranges::unique(out.references).begin(), out.references.end());
    state_->words(thing, out);
    return out;
}

std::optional<Meaning> Intake::meaning_of(std::string_view id) {
    constexpr std::string_view type = "marking-definition--";
    if (!id.starts_with(type)) return {};
    auto const uuid = lowered(id.substr(type.size()));
    for (auto const& fixed : fixed_markings)
        if (fixed.uuid == uuid) return fixed.meaning;
    return {};
}

std::chrono::hours lifetime_of(ObservableKind kind) {
    constexpr std::chrono::hours day{24};
    switch (kind) {
        case ObservableKind::ip:
        case ObservableKind::url:
            return 30 * day;
        case ObservableKind::domain:
        case ObservableKind::email:
            return 90 * day;
        default:
            return 730 * day;
    }
}

}  // namespace tocsin::intelligence
