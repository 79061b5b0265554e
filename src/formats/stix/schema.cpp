#include "formats/stix/schema.hpp"

#include "base/base.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <deque>
#include <unordered_map>

namespace tocsin::formats::stix {
namespace {

constexpr std::string_view vocabulary_table =
#include "formats/stix/schema_vocabularies.inc"
    ;
constexpr std::string_view relationship_table =
#include "formats/stix/schema_relationships.inc"
    ;
constexpr std::string_view type_table =
#include "formats/stix/schema_types.inc"
    ;

std::size_t mixed(std::string_view name) {
    if (name.empty()) return 0;
    std::uint64_t head = 0, tail = 0;
    auto const size = std::min<std::size_t>(name.size(), 8);
    std::memcpy(&head, name.data(), size);
    std::memcpy(&tail, name.data() + (name.size() - size), size);
    auto const mix = (head ^ std::rotl(tail, 29) ^ name.size()) * 0x9e37'79b9'7f4a'7c15ULL;
    return static_cast<std::size_t>(mix >> 32);
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (auto const word : split(line, ' '))
        if (!word.empty()) words.push_back(word);
    return words;
}

Role role_of(std::string_view name) {
    struct Named {
        std::string_view name;
        Role role;
    };
    static constexpr std::array roles{
        Named{"type", Role::type},
        Named{"id", Role::id},
        Named{"spec_version", Role::spec_version},
        Named{"created_by_ref", Role::created_by_ref},
        Named{"created", Role::created},
        Named{"modified", Role::modified},
        Named{"revoked", Role::revoked},
        Named{"confidence", Role::confidence},
        Named{"lang", Role::lang},
        Named{"labels", Role::labels},
        Named{"external_references", Role::external_references},
        Named{"object_marking_refs", Role::object_marking_refs},
        Named{"granular_markings", Role::granular_markings},
        Named{"extensions", Role::extensions},
        Named{"name", Role::name},
        Named{"description", Role::description},
        Named{"aliases", Role::aliases},
        Named{"x_mitre_aliases", Role::aliases},
        Named{"pattern", Role::pattern},
        Named{"pattern_type", Role::pattern_type},
        Named{"valid_from", Role::valid_from},
        Named{"valid_until", Role::valid_until},
        Named{"sectors", Role::categories},
    };
    for (auto const& named : roles)
        if (named.name == name) return named.role;
    return name.ends_with("_types") && name != "extension_types" ? Role::categories : Role::none;
}

Form form_of(std::string_view word) {
    struct Named {
        std::string_view name;
        Form form;
    };
    static constexpr std::array forms{
        Named{"any", Form::any},
        Named{"text", Form::text},
        Named{"boolean", Form::boolean},
        Named{"integer", Form::integer},
        Named{"number", Form::number},
        Named{"time", Form::time},
        Named{"binary", Form::binary},
        Named{"hex", Form::hex},
        Named{"hashes", Form::hashes},
        Named{"identifier", Form::identifier},
        Named{"enum", Form::enumeration},
        Named{"open", Form::open_vocabulary},
        Named{"dictionary", Form::dictionary},
        Named{"object", Form::object},
        Named{"reference", Form::reference},
    };
    auto const* const found = std::ranges::find(forms, word, &Named::name);
    TOCSIN_ASSERT(found != forms.end());
    return found->form;
}

Rule::Kind rule_of(std::string_view word) {
    static constexpr std::array<std::string_view, 9> rules{
        "one_of", "only_one", "needs", "not_before", "after", "needs_true", "needs_false", "true_needs", "any_own"};
    auto const* const found = std::ranges::find(rules, word);
    TOCSIN_ASSERT(found != rules.end());
    return static_cast<Rule::Kind>(found - rules.begin());
}

/// All tables, read.
class Standard {
  public:
    Standard() {
        read_vocabularies();
        read_types();
        read_relationships();
    }

    TypeSchema const* type(std::string_view name) const {
        auto const at = type_names_.find(name);
        return at == NameIndex::none ? nullptr : types_[at];
    }
    Vocabulary const& vocabulary(std::string_view name) const { return vocabularies_.at(name); }
    TypeSchema const* part(std::string_view name) const {
        auto const found = parts_.find(name);
        return found == parts_.end() ? nullptr : found->second;
    }
    TypeSchema const* extension(std::string_view type, std::string_view name) const {
        for (auto const& extension : extensions_)
            if (extension.type == type && extension.schema->name == name) return extension.schema;
        return nullptr;
    }
    std::vector<TypeSchema const*> const& types() const { return types_; }
    RelationshipFit fit(std::string_view source, std::string_view verb, std::string_view target) const;

  private:
    struct Extension {
        std::string_view type;
        TypeSchema* schema;
    };
    struct Relationship {
        std::string_view source, verb;
        std::vector<std::string_view> targets;
    };

    void read_vocabularies();
    void read_types();
    void read_relationships();
    TypeSchema* begin(std::vector<std::string_view> const& words);
    void add_common(TypeSchema& schema);
    void add_property(TypeSchema& schema, std::vector<std::string_view> words);
    void add(TypeSchema& schema, Property property);
    bool is_target(std::string_view wanted, std::string_view source, std::string_view target) const;

    std::unordered_map<std::string_view, Vocabulary> vocabularies_;
    std::deque<TypeSchema> schemas_;
    std::unordered_map<std::string_view, TypeSchema*> parts_;
    std::vector<TypeSchema const*> types_;
    NameIndex type_names_;
    std::vector<Extension> extensions_;
    std::vector<Relationship> relationships_;
};

void Standard::read_vocabularies() {
    Vocabulary* open = nullptr;
    for (auto const line : split(vocabulary_table, '\n')) {
        auto const words = words_of(line);
        if (words.empty()) continue;
        auto from = words.begin();
        if (!line.starts_with(' ')) {
            open = &vocabularies_[words[0]];
            open->name = words[0];
            open->section = words[1];
            from += 2;
        }
        open->words.insert(open->words.end(), from, words.end());
    }
}

/// A part is needed before it is described: it is made when first named.
void Standard::read_types() {
    TypeSchema* open = nullptr;
    for (auto const line : split(type_table, '\n')) {
        auto const words = words_of(line);
        if (words.empty()) {
            open = nullptr;
        } else if (open == nullptr) {
            open = begin(words);
        } else if (words[0] == "?") {
            open->rules.push_back({rule_of(words[1]), {words.begin() + 2, words.end()}});
        } else {
            add_property(*open, words);
        }
    }
}

TypeSchema* Standard::begin(std::vector<std::string_view> const& words) {
    auto const part_named = [&](std::string_view name) {
        auto& part = parts_[name];
        if (part == nullptr) part = &schemas_.emplace_back();
        part->name = name;
        return part;
    };
    if (words[0] == "-") {
        auto* const part = part_named(words[1]);
        part->section = words[2];
        return part;
    }
    auto* const schema = &schemas_.emplace_back();
    schema->name = words[1];
    if (words[0] == "+") {
        schema->section = words[2];
        schema->object_class = ObjectClass::sco;
        extensions_.push_back({words[3], schema});
        return schema;
    }
    TOCSIN_ASSERT(words[0] == "=");
    schema->section = words[3];
    for (auto const object_class :
         {ObjectClass::sdo, ObjectClass::sro, ObjectClass::sco, ObjectClass::meta, ObjectClass::bundle})
        if (name_of(object_class) == words[2]) schema->object_class = object_class;
    type_names_.add(schema->name, static_cast<std::uint16_t>(types_.size()));
    types_.push_back(schema);
    add_common(*schema);
    return schema;
}

void Standard::add_common(TypeSchema& schema) {
    bool const is_domain = schema.object_class == ObjectClass::sdo || schema.object_class == ObjectClass::sro;
    if (!is_domain && schema.object_class != ObjectClass::sco) return;
    auto const& common = *parts_.at(is_domain ? "common-domain" : "common-observable");
    for (auto const& property : common.properties) add(schema, property);
    schema.rules = common.rules;
}

void Standard::add_property(TypeSchema& schema, std::vector<std::string_view> words) {
    Property property;
    property.name = words[0];
    property.section = schema.section;
    for (; std::string_view("!#~").contains(property.name.back()); property.name.remove_suffix(1)) {
        property.is_required |= property.name.back() == '!';
        property.is_contributing |= property.name.back() == '#';
        property.is_old |= property.name.back() == '~';
    }
    property.role = role_of(property.name);
    if (words.back().starts_with('@')) {
        property.observable = observable_kind_of(words.back().substr(1));
        TOCSIN_ASSERT(property.observable);
        words.pop_back();
    }
    property.is_list = words[1] == "[]";
    std::vector<std::string_view> const details(words.begin() + (property.is_list ? 3 : 2), words.end());
    property.form = form_of(words[property.is_list ? 2 : 1]);
    if (property.form == Form::reference) property.targets = details;
    if (property.form == Form::enumeration || property.form == Form::open_vocabulary)
        property.vocabulary = &vocabularies_.at(details.at(0));
    if (property.form == Form::object) {
        auto& part = parts_[details.at(0)];
        if (part == nullptr) part = &schemas_.emplace_back();
        property.inner = part;
    }
    if ((property.form == Form::integer || property.form == Form::number) && !details.empty()) {
        auto const dots = details[0].find("..");
        if (auto const least = parse_double(details[0].substr(0, dots))) property.least = *least;
        if (auto const most = parse_double(details[0].substr(dots + 2))) property.most = *most;
    }
    add(schema, std::move(property));
}

/// A type may say anew what is common.
void Standard::add(TypeSchema& schema, Property property) {
    if (auto const at = schema.names.find(property.name); at != NameIndex::none) {
        property.section = schema.properties[at].section;
        schema.properties[at] = std::move(property);
        return;
    }
    schema.names.add(property.name, static_cast<std::uint16_t>(schema.properties.size()));
    schema.properties.push_back(std::move(property));
}

void Standard::read_relationships() {
    for (auto const line : split(relationship_table, '\n')) {
        auto const words = words_of(line);
        if (!words.empty()) relationships_.push_back({words[0], words[1], {words.begin() + 2, words.end()}});
    }
}

bool Standard::is_target(std::string_view wanted, std::string_view source, std::string_view target) const {
    if (wanted == "any" || wanted == target) return true;
    if (wanted == "same") return source == target;
    auto const* const schema = type(target);
    return wanted == "sco" && schema != nullptr && schema->object_class == ObjectClass::sco;
}

RelationshipFit Standard::fit(std::string_view source, std::string_view verb, std::string_view target) const {
    auto fit = RelationshipFit::unknown_verb;
    for (auto const& relationship : relationships_) {
        if (relationship.verb != verb || (relationship.source != source && relationship.source != "any")) continue;
        for (auto const wanted : relationship.targets)
            if (is_target(wanted, source, target)) return RelationshipFit::named;
        fit = RelationshipFit::other_target;
    }
    return fit;
}

Standard const& standard() {
    static Standard const tables;
    return tables;
}

}  // namespace

std::string_view name_of(ObjectClass object_class) {
    switch (object_class) {
        case ObjectClass::sdo:
            return "sdo";
        case ObjectClass::sro:
            return "sro";
        case ObjectClass::sco:
            return "sco";
        case ObjectClass::meta:
            return "meta";
        case ObjectClass::bundle:
            return "bundle";
        case ObjectClass::custom:
            return "custom";
    }
    return "";
}

bool Vocabulary::has(std::string_view word) const {
    return std::ranges::find(words, word) != words.end();
}

void NameIndex::place(Slot slot) {
    auto at = mixed(slot.name) & (slots_.size() - 1);
    while (slots_[at].value != none) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
}

void NameIndex::add(std::string_view name, std::uint16_t value) {
    if (++count_ * 2 > slots_.size()) {
        auto const before = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
        for (auto const& slot : before)
            if (slot.value != none) place(slot);
    }
    place({name, value});
}

std::uint16_t NameIndex::find(std::string_view name) const {
    for (auto at = mixed(name) & (slots_.size() - 1); slots_[at].value != none; at = (at + 1) & (slots_.size() - 1))
        if (slots_[at].name == name) return slots_[at].value;
    return none;
}

TypeSchema const* schema_of(std::string_view type) {
    return standard().type(type);
}

TypeSchema const& common_schema() {
    static TypeSchema const& common = *standard().part("common-any");
    return common;
}

TypeSchema const* predefined_extension(std::string_view type, std::string_view name) {
    return standard().extension(type, name);
}

Vocabulary const& vocabulary(std::string_view name) {
    return standard().vocabulary(name);
}

ObjectClass class_of(std::string_view type) {
    auto const* const schema = schema_of(type);
    return schema == nullptr ? ObjectClass::custom : schema->object_class;
}

std::vector<TypeSchema const*> all_schemas() {
    return standard().types();
}

RelationshipFit relationship_fit(std::string_view source_type, std::string_view verb, std::string_view target_type) {
    return standard().fit(source_type, verb, target_type);
}

}  // namespace tocsin::formats::stix
