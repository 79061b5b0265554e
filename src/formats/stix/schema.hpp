#pragma once
#include "formats/observable.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

/// The standard as data: types, properties, vocabularies, relationships. The tables are in schema_*.inc, as text that
/// a person reads beside the standard; they are read once, when first asked for, and stand still then.
namespace tocsin::formats::stix {

enum class ObjectClass : std::uint8_t { sdo, sro, sco, meta, bundle, custom };
std::string_view name_of(ObjectClass object_class);

/// What a value must look like (STIX 2.1 section 2).
enum class Form : std::uint8_t {
    any,
    text,
    boolean,
    integer,
    number,
    time,
    identifier,  ///< of the object itself
    reference,
    binary,
    hex,
    hashes,
    enumeration,
    open_vocabulary,
    dictionary,
    object,
};

/// Properties that a decoder takes to heart, whatever type they are in.
enum class Role : std::uint8_t {
    none,
    type,
    id,
    spec_version,
    created_by_ref,
    created,
    modified,
    revoked,
    confidence,
    lang,
    labels,
    external_references,
    object_marking_refs,
    granular_markings,
    extensions,
    name,
    description,
    aliases,
    pattern,
    pattern_type,
    valid_from,
    valid_until,
    categories,  ///< indicator_types, malware_types and their like
};

struct Vocabulary {
    std::string_view name;     ///< "indicator-type-ov"
    std::string_view section;  ///< "10.10"
    std::vector<std::string_view> words;

    bool has(std::string_view word) const;
};

struct TypeSchema;

struct Property {
    std::string_view name;
    Form form = Form::any;
    Role role = Role::none;
    bool is_required = false;
    bool is_list = false;
    bool is_contributing = false;  ///< to the deterministic id
    bool is_old = false;           ///< of STIX 2.0, or deprecated
    std::optional<ObservableKind> observable = {};
    Vocabulary const* vocabulary = nullptr;
    TypeSchema const* inner = nullptr;      ///< of Form::object
    std::vector<std::string_view> targets;  ///< of Form::reference: types, or sdo, sro, sco
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    std::string_view section;
};

/// What holds between properties.
struct Rule {
    enum class Kind : std::uint8_t {
        one_of,      ///< at least one of them
        only_one,    ///< not more than one of them
        needs,       ///< the first not without all the others
        not_before,  ///< the first time is not earlier than the second
        after,       ///< the first time is later than the second
        needs_true,  ///< the first only where the second is true
        needs_false,
        true_needs,  ///< where the first is true, the second is there
        any_own,     ///< at least one property of the type's own
    };
    Kind kind;
    std::vector<std::string_view> properties;
};

/// A text found by a few of its bytes: names are short and known.
class NameIndex {
  public:
    void add(std::string_view name, std::uint16_t value);
    /// `none` for what is not there.
    std::uint16_t find(std::string_view name) const;
    static constexpr std::uint16_t none = 0xffff;

  private:
    struct Slot {
        std::string_view name;
        std::uint16_t value = none;
    };
    void place(Slot slot);
    std::vector<Slot> slots_ = std::vector<Slot>(8);
    std::size_t count_ = 0;
};

/// A type of object, or of a part of one (external references, predefined extensions).
struct TypeSchema {
    std::string_view name;
    ObjectClass object_class = ObjectClass::custom;
    std::string_view section;
    std::vector<Property> properties;
    std::vector<Rule> rules;
    NameIndex names;

    Property const* find(std::string_view property) const {
        auto const at = names.find(property);
        return at == NameIndex::none ? nullptr : &properties[at];
    }
};

/// A type of the standard; nullptr for others.
TypeSchema const* schema_of(std::string_view type);
/// What objects of any type may have: common properties and those that mean the same wherever they are.
TypeSchema const& common_schema();
/// A predefined extension ("ntfs-ext") of the type; nullptr for others.
TypeSchema const* predefined_extension(std::string_view type, std::string_view name);
/// sdo for "indicator" ..., custom for a type that is not of the standard.
ObjectClass class_of(std::string_view type);
/// One of the vocabularies of section 10, by its name.
Vocabulary const& vocabulary(std::string_view name);
/// Every type of the standard.
std::vector<TypeSchema const*> all_schemas();

/// Whether the standard names this relationship between these types; `nothing` where it names none of that verb for the
/// source, so that anything may be said. Source: STIX 2.1 sections 3.7 and 4 to 6, Appendix B.
enum class RelationshipFit : std::uint8_t { named, other_target, unknown_verb };
RelationshipFit relationship_fit(std::string_view source_type, std::string_view verb, std::string_view target_type);

}  // namespace tocsin::formats::stix
