#pragma once
#include "formats/json_tree.hpp"
#include "formats/observable.hpp"
#include "formats/stix/identifier.hpp"
#include "formats/stix/marking.hpp"
#include "formats/stix/schema.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::stix {

/// A time as written and as understood.
struct TimeText {
    std::string_view text;          ///< empty: the object has none
    std::optional<Timestamp> time;  ///< nothing: there is none, or it can't be read
    JsonValue value = {};
};

/// One reference to another object.
struct Reference {
    std::string_view property;  ///< the nearest name: "object_refs", also for its elements
    std::string_view target;    ///< as written; need not be an identifier
    std::uint32_t node = 0;     ///< JsonTree::path_of tells the whole way
};

/// One comparable value, as written: formats::normalised makes equal things equal.
struct FoundValue {
    ObservableKind kind = ObservableKind::other;
    std::string_view text;
    std::uint32_t node = 0;  ///< where it stands; of a value in a pattern, the pattern
};

struct ExternalId {
    std::string_view source_name;  ///< "mitre-attack"
    std::string_view external_id;  ///< "T1059"
    std::uint32_t node = 0;
};

struct ExtensionUse {
    std::string_view id;    ///< "extension-definition--...", or the name of a predefined one
    std::string_view kind;  ///< extension_type: "new-sdo", "property-extension", ... or empty
    std::uint32_t node = 0;
};

struct GranularSelector {
    std::string_view text;  ///< "external_references.[0].url"
    JsonValue value;        ///< what it names; none where the object has no such thing
};

/// A marking of parts of the object (STIX 2.1 section 7.2.3).
struct GranularMarking {
    std::string_view marking_ref;  ///< empty where it tells a language
    std::string_view lang;
    std::uint32_t first = 0, count = 0;  ///< its selectors in ObjectView::selectors
    std::uint32_t node = 0;
};

/// A STIX object taken apart. Everything points into the object's JSON and the decoder.
struct ObjectView {
    JsonValue root;
    TypeSchema const* schema = nullptr;  ///< nullptr: the type is not of the standard
    ObjectClass object_class = ObjectClass::custom;
    bool is_old = false;  ///< STIX 2.0: an SDO, SRO or marking without `spec_version`, or with "2.0"

    std::string_view type, id, spec_version;
    std::optional<Uuid> uuid;  ///< nothing: `id` is not of the form TYPE--UUID with this object's type
    TimeText created, modified, valid_from, valid_until;
    std::string_view created_by_ref;
    bool is_revoked = false;
    std::optional<int> confidence;  ///< 0 to 100
    std::string_view lang, name, description, pattern, pattern_type;
    std::vector<std::string_view> labels;
    std::vector<std::string_view> aliases;
    std::vector<std::string_view> categories;  ///< words of indicator_types, malware_types, report_types, sectors, ...
    std::vector<std::string_view> object_marking_refs;
    std::vector<GranularMarking> granular_markings;
    std::vector<GranularSelector> selectors;
    std::vector<ExternalId> external_ids;
    std::vector<ExtensionUse> extensions;
    std::vector<Reference> references;  ///< all of them, also creator and markings, in the order of the text
    std::vector<FoundValue> observables;
    std::optional<MarkingMeaning> marking;  ///< of a marking-definition

    /// `modified`; of what has none, `created`. STIX 2.1 section 3.6; TAXII 2.1 section 3.4.1.
    TimeText const& version() const { return modified.text.empty() ? created : modified; }
    /// The granular markings that speak of this node or of what it is in, as places in `granular_markings`.
    std::vector<std::size_t> markings_of(std::uint32_t node) const;
};

struct DecoderOptions {
    JsonTreeLimits limits = {};
    std::size_t references = 100'000;  ///< further ones are left out
    std::size_t observables = 100'000;
    /// Takes the comparable values out of an indicator's STIX pattern.
    std::function<void(std::string_view pattern, std::vector<Observable>& found)> read_pattern = {};
};

/// Reads one STIX object after the other, of 2.1 and, leniently, of 2.0.
///
/// It takes what is there in the form it should have and leaves out what has not: that is for `validate` to tell. One
/// thread at a time; reused, it hardly allocates.
class Decoder {
  public:
    explicit Decoder(DecoderOptions options = {}) : options_(std::move(options)) {}
    Decoder(Decoder const&) = delete;
    Decoder& operator=(Decoder const&) = delete;

    /// What it gives lives until the next `read`, and as long as `json`. Errors: those of JsonTree; Code::invalid for
    /// JSON that is no object.
    Result<ObjectView const*> read(std::string_view json);
    JsonTree const& tree() const { return tree_; }

  private:
    class Reading;

    DecoderOptions options_;
    JsonTree tree_;
    ObjectView view_;
    std::vector<Observable> pattern_values_;
};

/// RFC 3339 as STIX has it (section 2.15), or what comes near it. Fraction digits beyond six are cut.
std::optional<Timestamp> parse_time(std::string_view text);

}  // namespace tocsin::formats::stix
