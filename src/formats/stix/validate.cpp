#include "formats/stix/validate.hpp"

#include "formats/stix/value_check.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::formats::stix {
namespace {

constexpr std::int64_t largest_integer = (std::int64_t{1} << 53) - 1;  ///< RFC 7493 section 2.2
constexpr std::size_t longest_type = 250;
constexpr std::size_t largest_payload = std::size_t{10} << 20;  ///< STIX 2.1 section 6.1

/// What STIX 2.1 asks for and 2.0 did not know.
constexpr std::array<std::string_view, 4> new_properties{"spec_version", "pattern_type", "is_family", "object_refs"};

std::string_view said(std::string_view text) {
    return text.substr(0, 100);
}

class Check {
  public:
    Check(ObjectView const& view, ValidationOptions const& options) : view_(view), options_(options) {}

    Validation run();

  private:
    bool is_identified();
    void members(JsonValue object, TypeSchema const& schema);
    void stranger(JsonValue member, bool is_top);
    void required(JsonValue object, TypeSchema const& schema, std::uint64_t seen);
    void property(JsonValue value, Property const& property, TypeSchema const& schema);
    void one(JsonValue value, Property const& property, TypeSchema const& schema);
    void text(JsonValue value, Property const& property, TypeSchema const& schema);
    void number(JsonValue value, Property const& property);
    void time(JsonValue value, Property const& property);
    void reference(JsonValue value, Property const& property);
    void dictionary(JsonValue value, Property const& property);
    void hashes(JsonValue value);
    void word(JsonValue value, Property const& property);
    void rule(JsonValue object, TypeSchema const& schema, Rule const& rule);
    void time_rule(JsonValue object, TypeSchema const& schema, Rule const& rule);
    bool has_own_property(JsonValue object, TypeSchema const& schema) const;

    void identifier();
    void custom_type();
    void extensions();
    void extension(ExtensionUse const& use);
    void markings();
    void marking_definition();
    void external_references();
    void by_type();
    void relationship();
    void indicator();
    void language_content();
    void network_traffic();

    void say(Weight weight, std::string_view section, JsonValue where, std::string_view message, bool is_fatal = false);
    void say_member(Weight weight, std::string_view section, JsonValue object, std::string_view member,
                    std::string_view message, bool is_fatal = false);
    void add(Weight weight, std::string_view section, std::string property, std::string_view message, bool is_fatal);

    ObjectView const& view_;
    ValidationOptions const& options_;
    Validation out_;
    bool allows_any_member_ = false;  ///< an extension brings properties of its own
};

void Check::add(Weight weight, std::string_view section, std::string property, std::string_view message,
                bool is_fatal) {
    if (weight == Weight::should && !options_.check_should) return;
    if (out_.findings.size() >= options_.findings && !is_fatal) {
        ++out_.left_out;
        return;
    }
    out_.findings.push_back({weight, is_fatal, section, std::move(property), std::string(message)});
}

void Check::say(Weight weight, std::string_view section, JsonValue where, std::string_view message, bool is_fatal) {
    if (weight == Weight::should && !options_.check_should) return;
    add(weight, section, where.path(), message, is_fatal);
}

void Check::say_member(Weight weight, std::string_view section, JsonValue object, std::string_view member,
                       std::string_view message, bool is_fatal) {
    auto way = object.path();
    if (!way.empty()) way += '.';
    add(weight, section, way.append(member), message, is_fatal);
}

Validation Check::run() {
    if (!is_identified()) return std::move(out_);
    if (view_.is_old)
        say_member(Weight::should, "3.2", view_.root, "spec_version",
                   "this is an object of STIX 2.0: it is read leniently");
    for (auto const& use : view_.extensions) allows_any_member_ |= use.kind != "" && use.kind != "property-extension";
    members(view_.root, view_.schema == nullptr ? common_schema() : *view_.schema);
    if (view_.schema == nullptr) custom_type();
    identifier();
    extensions();
    markings();
    external_references();
    by_type();
    return std::move(out_);
}

/// Without these nothing can be said about which object this is, and in which version.
bool Check::is_identified() {
    auto const root = view_.root;
    if (view_.type == "bundle") {
        say(Weight::must, "8", root, "expected an object, not a bundle", true);
        return false;
    }
    bool const is_type =
        !view_.type.empty() && view_.type.size() <= longest_type && std::ranges::all_of(view_.type, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
    if (!is_type) {
        say_member(Weight::must, "3.2", root, "type", "expected the object's type, such as indicator", true);
        return false;
    }
    if (!view_.uuid) {
        say_member(Weight::must, "2.9", root, "id", fmt::format("expected {}--UUID", view_.type), true);
        return false;
    }
    auto const& version = view_.version();
    if (!version.text.empty() && !version.time) {
        say(Weight::must, "2.15", version.value, "expected a time such as 2026-11-26T10:00:00.000Z", true);
        return false;
    }
    return true;
}

void Check::members(JsonValue object, TypeSchema const& schema) {
    std::uint64_t seen = 0;
    bool const is_top = object.node() == view_.root.node();
    for (auto const member : object) {
        auto const at = schema.names.find(member.key());
        if (at == NameIndex::none) {
            stranger(member, is_top);
            continue;
        }
        seen |= std::uint64_t{1} << at;
        property(member, schema.properties[at], schema);
    }
    required(object, schema, seen);
    for (auto const& each : schema.rules) rule(object, schema, each);
}

/// A property that the type does not have.
void Check::stranger(JsonValue member, bool is_top) {
    auto const name = member.key();
    if (member.is_null()) say(Weight::must, "3.1", member, "expected a value: STIX has no null");
    if (member.is_array() && member.size() == 0 && is_top)
        say(Weight::must, "2.12", member, "expected at least one element: STIX has no empty lists");
    if (!is_property_name(name)) {
        say(Weight::must, "3.1", member, "expected a property's name of 3 to 250 of a-z, 0-9 and _");
    } else if (!is_top) {
        if (!name.starts_with("x_") && !allows_any_member_)
            say(Weight::should, "11.1", member, "is no property of the standard here");
    } else if (view_.schema != nullptr && !allows_any_member_ && !name.starts_with("x_")) {
        say(Weight::should, "11.1", member,
            fmt::format("is no property of {}; a property of one's own belongs into an extension", view_.type));
    }
}

void Check::required(JsonValue object, TypeSchema const& schema, std::uint64_t seen) {
    for (std::size_t i = 0; i < schema.properties.size(); ++i) {
        auto const& wanted = schema.properties[i];
        if (!wanted.is_required || (seen >> i & 1) != 0) continue;
        if (view_.is_old && std::ranges::find(new_properties, wanted.name) != new_properties.end()) continue;
        say_member(Weight::must, wanted.section, object, wanted.name, "is missing");
    }
}

void Check::property(JsonValue value, Property const& property, TypeSchema const& schema) {
    if (property.is_old && !view_.is_old) say(Weight::should, property.section, value, "is deprecated since STIX 2.1");
    if (!property.is_list) return one(value, property, schema);
    if (!value.is_array()) return say(Weight::must, "2.12", value, "expected a list");
    if (value.size() == 0)
        return say(Weight::must, "2.12", value, "expected at least one element: STIX has no empty lists");
    for (auto const element : value) one(element, property, schema);
}

void Check::one(JsonValue value, Property const& property, TypeSchema const& schema) {
    if (value.is_null()) return say(Weight::must, "3.1", value, "expected a value: STIX has no null");
    switch (property.form) {
        case Form::any:
            return;
        case Form::boolean:
            if (!value.is_boolean()) say(Weight::must, "2.2", value, "expected true or false");
            return;
        case Form::integer:
        case Form::number:
            return number(value, property);
        case Form::dictionary:
            return dictionary(value, property);
        case Form::hashes:
            return hashes(value);
        case Form::object:
            if (!value.is_object()) return say(Weight::must, property.section, value, "expected an object");
            return members(value, *property.inner);
        case Form::text:
        case Form::time:
        case Form::identifier:
        case Form::reference:
        case Form::binary:
        case Form::hex:
        case Form::enumeration:
        case Form::open_vocabulary:
            if (!value.is_text()) return say(Weight::must, property.section, value, "expected a text");
            return text(value, property, schema);
    }
}

void Check::text(JsonValue value, Property const& property, TypeSchema const& schema) {
    switch (property.form) {
        case Form::time:
            return time(value, property);
        case Form::reference:
            return reference(value, property);
        case Form::enumeration:
        case Form::open_vocabulary:
            return word(value, property);
        case Form::binary:
            if (!is_base64(value.text())) say(Weight::must, "2.1", value, "expected Base64 (RFC 4648 section 4)");
            return;
        case Form::hex:
            if (!is_hex_pairs(value.text()))
                say(Weight::must, "2.8", value, "expected an even number of hexadecimal digits");
            return;
        default:
            break;
    }
    if (property.observable)
        if (auto const fault = fault_of(*property.observable, schema.name, value.text()))
            say(Weight::must, property.section, value, *fault);
    if (property.role == Role::lang && !is_language(value.text()))
        say(Weight::must, "3.2", value, "expected a language code (RFC 5646)");
}

void Check::number(JsonValue value, Property const& property) {
    if (!value.is_number())
        return say(Weight::must, property.form == Form::integer ? "2.10" : "2.6", value, "expected a number");
    if (property.form == Form::integer) {
        auto const whole = value.integer();
        if (!whole || *whole > largest_integer || *whole < -largest_integer)
            return say(Weight::must, "2.10", value, "expected a whole number within 2 to the power of 53");
    }
    auto const number = value.number();
    if (!number) return say(Weight::must, "2.6", value, "expected a number of double precision");
    if (*number < property.least || *number > property.most)
        say(Weight::must, property.section, value,
            property.most < 1e300 ? fmt::format("expected {} to {}", property.least, property.most)
                                  : fmt::format("expected {} or more", property.least));
}

void Check::time(JsonValue value, Property const& property) {
    int digits = 0;
    if (!is_time(value.text(), digits))
        return say(Weight::must, "2.15", value, "expected a time such as 2026-11-26T10:00:00.000Z, in UTC with a Z");
    bool const is_version = property.role == Role::created || property.role == Role::modified;
    if (is_version && digits < 3) say(Weight::must, "3.2", value, "expected milliseconds, such as 10:00:00.000Z");
}

void Check::reference(JsonValue value, Property const& property) {
    auto const target = parse_identifier(value.text());
    if (!target) return say(Weight::must, "2.9", value, "expected an identifier, TYPE--UUID");
    auto const target_class = class_of(target->type);
    for (auto const wanted : property.targets) {
        if (wanted == target->type || wanted == name_of(target_class)) return;
        bool const is_any_class = wanted == "sdo" || wanted == "sro" || wanted == "sco";
        if (is_any_class && target_class == ObjectClass::custom) return;
    }
    say(Weight::must, property.section, value,
        fmt::format("expected a reference to {}, not to {}", fmt::join(property.targets, ", "), said(target->type)));
}

void Check::dictionary(JsonValue value, Property const& property) {
    if (!value.is_object()) return say(Weight::must, "2.3", value, "expected a dictionary");
    if (value.size() == 0)
        return say(Weight::must, "2.3", value, "expected at least one key: STIX has no empty dictionaries");
    if (property.role == Role::extensions) return;
    for (auto const member : value) {
        if (!is_dictionary_key(member.key()))
            say(Weight::must, "2.3", member, "expected a key of 1 to 250 of a-z, A-Z, 0-9, - and _");
        if (member.is_null()) say(Weight::must, "2.3", member, "expected a value: STIX has no null");
    }
}

void Check::hashes(JsonValue value) {
    if (!value.is_object()) return say(Weight::must, "2.7", value, "expected a dictionary of hashes");
    if (value.size() == 0) return say(Weight::must, "2.7", value, "expected at least one hash");
    static auto const& algorithms = vocabulary("hash-algorithm-ov");
    for (auto const hash : value) {
        if (!algorithms.has(hash.key()))
            say(Weight::should, "10.7", hash, "expected an algorithm of hash-algorithm-ov, such as SHA-256");
        if (!is_dictionary_key(hash.key()))
            say(Weight::must, "2.7", hash, "expected an algorithm of 3 to 250 of a-z, A-Z, 0-9, - and _");
        if (!hash.is_text()) {
            say(Weight::must, "2.7", hash, "expected a text");
        } else if (auto const fault = fault_of_hash(hash.key(), hash.text())) {
            say(Weight::must, "2.7", hash, *fault);
        }
    }
}

void Check::word(JsonValue value, Property const& property) {
    auto const& words = *property.vocabulary;
    if (words.has(value.text())) return;
    if (property.form == Form::enumeration)
        return say(Weight::must, words.section, value, fmt::format("expected one of {}", fmt::join(words.words, ", ")));
    say(Weight::should, words.section, value, fmt::format("\"{}\" is not in {}", said(value.text()), words.name));
}

bool Check::has_own_property(JsonValue object, TypeSchema const& schema) const {
    for (auto const member : object) {
        auto const at = schema.names.find(member.key());
        if (at != NameIndex::none && schema.properties[at].section == schema.section) return true;
        if (member.key() == "extensions" && schema.name == "process") return true;
    }
    return false;
}

void Check::rule(JsonValue object, TypeSchema const& schema, Rule const& rule) {
    auto const& names = rule.properties;
    auto const has = [&](std::string_view name) { return static_cast<bool>(object[name]); };
    auto const fault = [&](std::string_view message) { say(Weight::must, schema.section, object, message); };
    auto const member_fault = [&](std::string_view message) {
        say(Weight::must, schema.section, object[names[0]], message);
    };
    switch (rule.kind) {
        case Rule::Kind::one_of:
            if (std::ranges::none_of(names, has)) fault(fmt::format("expected one of {}", fmt::join(names, ", ")));
            return;
        case Rule::Kind::only_one:
            if (std::ranges::count_if(names, has) > 1)
                fault(fmt::format("expected only one of {}", fmt::join(names, ", ")));
            return;
        case Rule::Kind::needs:
            if (has(names[0]) && !std::ranges::all_of(names, has))
                member_fault(fmt::format("is only used with {}", fmt::join(names.begin() + 1, names.end(), ", ")));
            return;
        case Rule::Kind::not_before:
        case Rule::Kind::after:
            return time_rule(object, schema, rule);
        case Rule::Kind::needs_true:
            if (has(names[0]) && !object[names[1]].is_true())
                member_fault(fmt::format("is only used where {} is true", names[1]));
            return;
        case Rule::Kind::needs_false:
            if (has(names[0]) && object[names[1]].raw() != "false")
                member_fault(fmt::format("is only used where {} is false", names[1]));
            return;
        case Rule::Kind::true_needs:
            if (object[names[0]].is_true() && !has(names[1]))
                say_member(Weight::must, schema.section, object, names[1],
                           fmt::format("is missing: {} is true", names[0]));
            return;
        case Rule::Kind::any_own:
            if (!has_own_property(object, schema)) fault(fmt::format("expected a property of {}", schema.name));
            return;
    }
}

void Check::time_rule(JsonValue object, TypeSchema const& schema, Rule const& rule) {
    auto const later = object[rule.properties[0]], earlier = object[rule.properties[1]];
    if (!later.is_text() || !earlier.is_text()) return;
    auto const a = parse_time(later.text()), b = parse_time(earlier.text());
    if (!a || !b || *a > *b || (*a == *b && rule.kind == Rule::Kind::not_before)) return;
    say(Weight::must, schema.section, later,
        fmt::format("expected a time {} {}", rule.kind == Rule::Kind::after ? "after" : "not before",
                    rule.properties[1]));
}

void Check::identifier() {
    auto const id = view_.root["id"];
    auto const& uuid = *view_.uuid;
    if (!uuid.is_standard()) say(Weight::must, "2.9", id, "expected a UUID of RFC 4122 (variant 10)");
    if (view_.object_class != ObjectClass::sco) {
        if (std::ranges::any_of(view_.id, [](char c) { return c >= 'A' && c <= 'Z'; }))
            say(Weight::should, "2.9", id, "expected the UUID in lower case");
        return;
    }
    if (!options_.check_ids || !options_.check_should) return;
    auto const expected = deterministic_id(view_.root);
    if (!expected || !*expected) {
        if (uuid.version() == 5 && expected)
            say(Weight::must, "2.9", id, "expected a UUIDv4: nothing here contributes to the identifier");
    } else if (view_.id != **expected) {
        say(Weight::should, "2.9", id, fmt::format("expected {} from the contributing properties", **expected));
    }
}

void Check::custom_type() {
    auto const type = view_.root["type"];
    if (!is_object_type(view_.type)) say(Weight::must, "3.1", type, "expected a type of 3 to 250 of a-z, 0-9 and -");
    auto const is_new = [](ExtensionUse const& use) { return use.kind.starts_with("new-"); };
    if (std::ranges::any_of(view_.extensions, is_new) || view_.is_old) return;
    if (!view_.type.starts_with("x-"))
        say(Weight::should, "11.2", type, "is no type of the standard, and no extension says that it is new");
}

void Check::extensions() {
    auto const extensions = view_.root["extensions"];
    if (!extensions) return;
    for (auto const& use : view_.extensions) extension(use);
}

void Check::extension(ExtensionUse const& use) {
    auto const value = view_.root.at(use.node);
    if (!value.is_object()) return say(Weight::must, "7.3", value, "expected an object");
    if (auto const* const predefined = predefined_extension(view_.type, use.id)) return members(value, *predefined);
    auto const identifier = parse_identifier(use.id);
    if (!identifier || identifier->type != "extension-definition") {
        say(view_.is_old ? Weight::should : Weight::must, "7.3", value,
            "expected extension-definition--UUID as the key");
        return;
    }
    static auto const& kinds = vocabulary("extension-type-enum");
    if (!use.kind.empty() && !kinds.has(use.kind))
        say(Weight::must, kinds.section, value["extension_type"],
            fmt::format("expected one of {}", fmt::join(kinds.words, ", ")));
    if (use.kind.empty()) say_member(Weight::must, "7.3", value, "extension_type", "is missing");
}

void Check::markings() {
    for (auto const& selector : view_.selectors) {
        if (selector.value) continue;
        auto const message =
            is_selector(selector.text) ? "names nothing in this object" : "expected a selector such as labels.[0]";
        say(Weight::must, "7.2.3.1", view_.root["granular_markings"],
            fmt::format("\"{}\" {}", said(selector.text), message));
    }
    if (view_.type != "marking-definition") return;
    for (auto const ref : view_.object_marking_refs)
        if (ref == view_.id) say(Weight::must, "7.2.2", view_.root["object_marking_refs"], "is the marking itself");
    marking_definition();
}

void Check::marking_definition() {
    auto const root = view_.root;
    auto const kind = root["definition_type"].text();
    if (kind == "tlp") {
        auto const fixed = meaning_of_marking_id(view_.id);
        auto const said_level = root["definition"]["tlp"].text();
        bool const is_fixed = fixed && fixed->tlp && tlp1_marking_id(*fixed->tlp) == view_.id;
        if (!is_fixed)
            say(Weight::must, "7.2.1.4", root["id"], "is none of the four TLP markings, and there are no others");
        if (is_fixed && said_level != (fixed->tlp == TlpLevel::clear ? "white" : name_of(*fixed->tlp)))
            say(Weight::must, "7.2.1.4", root["definition"], "says another level than its identifier");
    } else if (kind == "statement" && !root["definition"]["statement"].is_text()) {
        say_member(Weight::must, "7.2.1.3", root["definition"], "statement", "is missing");
    }
}

void Check::external_references() {
    for (auto const reference : view_.root["external_references"]) {
        auto const source = reference["source_name"].text(), id = reference["external_id"].text();
        auto const expected = source == "cve" ? "CVE-" : source == "capec" ? "CAPEC-" : "";
        if (!id.empty() && !id.starts_with(expected))
            say(Weight::should, "2.5", reference["external_id"], fmt::format("expected {}NUMBER", expected));
    }
}

void Check::by_type() {
    if (view_.type == "relationship") relationship();
    if (view_.type == "indicator") indicator();
    if (view_.type == "language-content") language_content();
    if (view_.type == "network-traffic") network_traffic();
    if (view_.type == "artifact" && view_.root["payload_bin"].text().size() > largest_payload / 3 * 4 + 4)
        say(Weight::must, "6.1", view_.root["payload_bin"], "expected at most 10 MiB");
    if (view_.type == "location")
        if (auto const country = view_.root["country"]; country.is_text() && !is_country(country.text()))
            say(Weight::should, "4.10", country, "expected a country code of two letters (ISO 3166-1)");
}

void Check::relationship() {
    auto const root = view_.root;
    auto const verb = root["relationship_type"];
    auto const source = parse_identifier(root["source_ref"].text()),
               target = parse_identifier(root["target_ref"].text());
    if (!verb.is_text() || !source || !target) return;
    if (!is_hyphenated(verb.text())) return say(Weight::must, "5.1", verb, "expected a-z, 0-9 and - only");
    if (class_of(source->type) == ObjectClass::custom || class_of(target->type) == ObjectClass::custom) return;
    if (relationship_fit(source->type, verb.text(), target->type) != RelationshipFit::named)
        say(Weight::should, "5.1", verb,
            fmt::format("\"{}\" is not named from {} to {}", said(verb.text()), source->type, target->type));
}

void Check::indicator() {
    if (!options_.check_pattern || view_.pattern.empty() ||
        (!view_.pattern_type.empty() && view_.pattern_type != "stix"))
        return;
    if (auto const fault = options_.check_pattern(view_.pattern)) say(Weight::must, "9", view_.root["pattern"], *fault);
}

void Check::language_content() {
    for (auto const translation : view_.root["contents"]) {
        if (!is_language(translation.key()))
            say(Weight::must, "7.1", translation, "expected a language code (RFC 5646) as the key");
        if (!translation.is_object()) say(Weight::must, "7.1", translation, "expected a dictionary of properties");
    }
}

void Check::network_traffic() {
    for (auto const protocol : view_.root["protocols"])
        if (protocol.is_text() && lowered(protocol.text()) != protocol.text())
            say(Weight::must, "6.12", protocol, "expected a protocol in lower case");
}

}  // namespace

bool Validation::is_usable() const {
    return std::ranges::none_of(findings, &Finding::is_fatal);
}

Validation validate(ObjectView const& object, ValidationOptions const& options) {
    return Check(object, options).run();
}

}  // namespace tocsin::formats::stix
