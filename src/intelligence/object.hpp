#pragma once
#include "base/base.hpp"
#include "formats/formats.hpp"
#include "gate/gate.hpp"
#include "intelligence/worth_reason.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The values of the intelligence room: what is stored, what is asked, what came of an import.
namespace tocsin::intelligence {

using gate::OrganisationId;

/// A part of an object with a stricter marking of its own (STIX 2.1 section 7.2.3). Parts are optional properties or
/// elements of lists: an object whose required part is strict is strict as a whole.
struct Part {
    std::vector<std::string> selectors;
    gate::Marking marking;
};

/// How events are compared with an indicator's pattern.
enum class Matching : std::uint8_t {
    by_value,  ///< any of its values is a match of the whole pattern
    whole,     ///< found by a value it can't do without, then the pattern is held against the event
    never,     ///< stored and found, but no event can be compared with it
};
std::string_view name_of(Matching matching);
std::optional<Matching> matching_named(std::string_view name);

/// One version of one STIX object, with the JSON text it came with.
struct Object {
    std::int64_t seq = 0;  ///< in this store, in order of arrival
    Timestamp added;       ///< date_added of TAXII 2.1 section 3.4.1: no two alike, later is greater
    std::string id;        ///< "indicator--..."
    std::string type;
    Timestamp version;         ///< modified; created where there is none; `added` where neither is
    std::string version_text;  ///< as written
    bool is_last = true;       ///< no newer version is known
    bool is_revoked = false;
    gate::Marking marking;  ///< the strictest of what it and its required parts carry
    gate::Terms terms;
    std::vector<OrganisationId> concerns;  ///< whose resources it is about
    std::vector<OrganisationId> named;     ///< whom the originator named
    std::int64_t source = 0;
    std::optional<Matching> matching = {};  ///< of an indicator with a STIX pattern
    int confidence = -1;                    ///< 0 to 100; -1: not said
    Timestamp live_from = {};               ///< it is matched from then
    Timestamp live_until = {};              ///< and before then; 0: it is nothing that is matched
    std::vector<Part> parts = {};
    std::string json;  ///< minified, otherwise byte for byte as it came
};

/// How a value is compared.
struct ValueQuery {
    enum class Is : std::uint8_t {
        equal,    ///< the value itself
        prefix,   ///< texts that begin so
        network,  ///< addresses and networks within a network, and networks that hold an address
        under,    ///< a domain and all below it, URLs and mail addresses there
        near,     ///< TLSH digests within a distance
    };
    Is is = Is::equal;
    std::optional<formats::ObservableKind> kind = {};  ///< none: every kind the text may be
    std::string text;
    int distance = 50;  ///< of `near`, inclusive: formats::distance
};
std::optional<ValueQuery::Is> value_comparison_named(std::string_view name);

enum class Versions : std::uint8_t { last, first, all };

/// Which objects. Empty lists and absent values ask nothing; values of a list are alternatives, all else must hold
/// together.
struct ObjectFilter {
    std::vector<std::string> ids;
    std::vector<std::string> types;
    std::vector<std::string> labels;
    std::vector<gate::Tlp> tlps;
    std::string text;  ///< words of name, description, pattern, labels: all must be there; a final * takes any ending
    std::optional<ValueQuery> value = {};
    std::vector<std::int64_t> sources;
    std::vector<OrganisationId> originators;  ///< 0: ours
    std::vector<OrganisationId> concerns;
    std::string creator;                        ///< created_by_ref
    std::string refers_to;                      ///< objects that hold a reference to this id
    std::optional<Timestamp> added_after = {};  ///< strictly
    std::optional<Timestamp> added_until = {};  ///< inclusive
    std::optional<Timestamp> modified_from = {}, modified_to = {};
    std::optional<int> least_confidence = {};
    std::optional<Timestamp> live_at = {};  ///< matched at that time
    std::optional<bool> is_revoked = {};
    Versions versions = Versions::last;
    std::vector<Timestamp> at_versions;  ///< these instants only; then `versions` is not looked at
    std::int64_t collection = 0;         ///< only what was put into this collection by hand or by a peer
    std::optional<Matching> matching = {};
    /// What was merged shows as one: found by any of them, shown is the one they were merged into.
    bool folds = false;
};

enum class ObjectOrder : std::uint8_t { newest_first, oldest_first };

/// What the gate let through of one page.
struct ObjectPage {
    std::vector<gate::Cleared<Object>> items;
    std::string next;  ///< for PageRequest::after; empty on the last page
};

struct PageRequest {
    std::string after = {};
    std::size_t limit = 100;  ///< at most 10,000
};

/// One delivery.
struct Source {
    std::int64_t id = 0;
    std::string kind;  ///< import, api, taxii, text, local
    std::string name;
    std::string who;  ///< Principal::who
    OrganisationId organisation = {};
    Timestamp at = {};
    std::int64_t stored = 0, known = 0, rejected = 0, warned = 0;
};

struct ImportRequest {
    Source source;                           ///< kind, name and organisation are looked at
    gate::Marking standard = {};             ///< of what carries no TLP of its own
    gate::Terms terms = {};                  ///< of everything in it; the originator is the source's organisation
    std::vector<OrganisationId> named = {};  ///< recipients the originator named
    std::int64_t collection = 0;             ///< also put into this collection
    bool follows = false;                    ///< stays in the collections and under the labels of the version before
    bool may_relay = false;                  ///< trusted to bring new versions of what came from others
    /// About twice a second, from the calling thread.
    std::function<void(std::int64_t objects, std::int64_t bytes)> progress = {};
    std::function<bool()> is_cancelled = {};
    /// Told of each object that was in the delivery, in order: for answers that list them (TAXII status).
    std::function<void(std::string_view id, std::string_view version, std::string_view fault)> each = {};
};

struct ImportTotals {
    std::int64_t source = 0;
    std::int64_t objects = 0;   ///< = stored + known + rejected
    std::int64_t stored = 0;    ///< new objects and new versions
    std::int64_t known = 0;     ///< were there already
    std::int64_t rejected = 0;  ///< kept aside with their reason
    std::int64_t warned = 0;    ///< stored though they break a "should", or a "must" one can live with
    double seconds = 0;
};

/// What an indicator is worth by its age, its confidence, and what others said of it.
struct Worth {
    bool is_matched_kind = false;  ///< false: it has no values that events are compared with; `matching` tells why
    std::optional<Matching> matching = {};            ///< of a STIX pattern
    std::optional<WorthReason> matching_reason = {};  ///< why never, or what is left out; none: all of it is compared
    double score = 0;                                 ///< 0 to 100, now
    double base = 0;                                  ///< when it was fresh
    double threshold = 0;                             ///< at and below it is not matched
    std::optional<Timestamp> expires = {};            ///< it is matched before then
    std::vector<WorthReason> reasons = {};
};

void append(JsonWriter& json, Worth const& worth);

struct ReplayRequest {
    std::int64_t source = 0;             ///< only of this delivery; 0: of all
    std::vector<std::int64_t> ids = {};  ///< only these rows; empty: all that are kept
    bool may_override = false;           ///< also versions of objects that came from somebody else: a person says so
    bool is_dry_run = false;             ///< nothing changes, the totals are as they would be
};
struct ReplayTotals {
    std::int64_t tried = 0, stored = 0, known = 0, rejected = 0;
    std::int64_t cut = 0;  ///< of the rejected: too long to have been kept whole
    /// For people: one line for each that is still rejected, at most 1,000.
    std::vector<std::pair<std::int64_t, std::string>> reasons;
};

struct RejectedObject {
    std::int64_t id = 0;
    std::int64_t source = 0;
    std::int64_t ordinal = 0;
    std::string object, property, reason, raw;
    Timestamp at;
    std::string state;
};

}  // namespace tocsin::intelligence

/// Intelligence is meant for many; the marking and the terms say for whom. Parts with stricter markings of their own
/// stay behind.
template <>
struct tocsin::gate::About<tocsin::intelligence::Object> {
    static Particulars of(intelligence::Object const& object);
    static std::vector<Particulars> parts(intelligence::Object const& object);
    static intelligence::Object without(intelligence::Object object, std::span<std::size_t const> gone);
};
