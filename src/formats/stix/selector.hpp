#pragma once
#include "formats/json_tree.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tocsin::formats::stix {

/// The value that a granular marking's selector names: "labels.[0]", "external_references.[1].url", or a property
/// alone. None where there is none, or the selector is none. Source: STIX 2.1 section 7.2.3.1.
JsonValue select(JsonValue object, std::string_view selector);

/// The object without what the selectors name: members of objects and elements of lists, everything else byte for byte
/// as it came. A list that lost all its elements goes with its member, since STIX has no empty lists (section 2.12);
/// an object that lost all its members stays, as {}. Granular markings lose the selectors that named what is gone, and
/// those of elements behind a gone one count anew ("labels.[2]" becomes "labels.[1]"); markings that are left without
/// selectors go, too. Selectors that name nothing are passed over.
///
/// Errors: those of JsonTree.
Result<std::string> without_selected(std::string_view json, std::span<std::string_view const> selectors);

/// The same object with members put in place of those of the same name, or behind all others. `value` is JSON; an empty
/// one takes the member away. Everything else is byte for byte as it came.
struct MemberChange {
    std::string_view name;
    std::string_view value;
};
Result<std::string> with_members(std::string_view json, std::span<MemberChange const> changes);

}  // namespace tocsin::formats::stix
