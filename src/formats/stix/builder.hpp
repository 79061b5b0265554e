#pragma once
#include "base/base.hpp"
#include "formats/stix/marking.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::stix {

/// What SDOs, SROs and most others have in common (STIX 2.1 section 3.2). Empty is left out.
struct Common {
    std::string_view id;  ///< whole, of the right type
    Timestamp created;
    std::optional<Timestamp> modified = {};  ///< none: as created
    std::string_view created_by_ref = {};
    bool is_revoked = false;
    std::optional<int> confidence = {};
    std::string_view lang = {};
    std::span<std::string const> labels = {};
    std::span<std::string const> object_marking_refs = {};
    std::string_view external_references = {};  ///< JSON of the list
    std::string_view extensions = {};           ///< JSON of the object
};

struct IndicatorFields {
    std::string_view name = {}, description = {};
    std::span<std::string const> indicator_types = {};
    std::string_view pattern;
    std::string_view pattern_type = "stix";
    std::string_view pattern_version = {};
    Timestamp valid_from;
    std::optional<Timestamp> valid_until = {};
};
struct SightingFields {
    std::string_view sighting_of_ref;
    std::string_view description = {};
    std::optional<Timestamp> first_seen = {}, last_seen = {};
    std::optional<std::int64_t> count = {};
    std::span<std::string const> observed_data_refs = {};
    std::span<std::string const> where_sighted_refs = {};
};
struct IdentityFields {
    std::string_view name;
    std::string_view description = {};
    std::string_view identity_class = "organization";
    std::span<std::string const> sectors = {};
    std::string_view contact_information = {};
};
struct RelationshipFields {
    std::string_view relationship_type, source_ref, target_ref;
    std::string_view description = {};
    std::optional<Timestamp> start_time = {}, stop_time = {};
};

/// Objects as minified JSON, in the standard's order of properties. Times carry milliseconds at least (section 3.6.1).
std::string indicator_json(Common const& common, IndicatorFields const& fields);
std::string sighting_json(Common const& common, SightingFields const& fields);
std::string identity_json(Common const& common, IdentityFields const& fields);
std::string relationship_json(Common const& common, RelationshipFields const& fields);
/// Any other type; `members` is JSON without the braces, such as "\"name\":\"x\"".
std::string object_json(std::string_view type, Common const& common, std::string_view members);

/// The marking-definitions of the standards, byte for byte always the same.
std::string_view tlp1_marking_json(TlpLevel level);  ///< AMBER+STRICT, which it lacks, is told as RED
std::string_view tlp2_marking_json(TlpLevel level);
std::string_view pap_marking_json(PapLevel level);
std::string statement_marking_json(std::string_view id, Timestamp created, std::string_view created_by_ref,
                                   std::string_view statement);

/// "2026-11-26T10:00:00.000Z": milliseconds, or microseconds where there are any.
std::string time_text(Timestamp time);

/// Writes objects, one after the other, into a bundle or an envelope; the caller takes the text in pieces.
class ContainerWriter {
  public:
    /// A bundle (STIX 2.1 section 8) of that id.
    static ContainerWriter bundle(std::string_view id);
    /// An envelope (TAXII 2.1 section 3.7): without objects it is {}.
    static ContainerWriter envelope();

    void add(std::string_view object);
    /// Closes it; `more` and `next` are an envelope's.
    void finish(bool more = false, std::string_view next = {});
    /// What was written since the last call.
    std::string take() { return std::exchange(text_, {}); }
    std::size_t size() const { return text_.size(); }

  private:
    ContainerWriter(std::string begin, bool is_envelope) : text_(std::move(begin)), is_envelope_(is_envelope) {}

    std::string text_;
    bool is_envelope_ = false;
    bool has_objects_ = false;
};

}  // namespace tocsin::formats::stix
