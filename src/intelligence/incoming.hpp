#pragma once
#include "intelligence/object.hpp"
#include "intelligence/value_key.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::intelligence {

/// A value and whether it stands in a part with a marking of its own.
struct IncomingValue {
    formats::Observable observable;
    std::size_t part = 0;             ///< 0: none; else 1 + the place in `parts`
    std::vector<ValueKey> keys = {};  ///< keys_of the observable
};

/// A part with a marking of its own (STIX 2.1 section 7.2.3).
struct IncomingPart {
    std::vector<std::string> selectors;
    std::string marking_ref;
    bool is_required = false;  ///< a selector names a property the object can't be without
};

/// What a marking-definition stands for; empty: a statement, or something we do not know the meaning of.
struct Meaning {
    std::optional<gate::Tlp> tlp;
    std::optional<gate::Pap> pap;
};

/// An object on its way in, taken apart on the reader's thread so that the writer only writes.
struct Incoming {
    std::int64_t ordinal = 0;  ///< in its delivery, from 1
    std::string json;          ///< minified
    std::string id, uuid, type, version_text;
    std::int64_t version = 0;  ///< microseconds; 0: it has no versions
    bool is_revoked = false;
    std::string creator;  ///< 16 bytes, or empty
    int confidence = -1;
    std::int64_t valid_from = 0, valid_until = 0;
    std::vector<std::string> marking_refs;
    std::vector<IncomingPart> parts;
    std::vector<std::string> labels;
    std::vector<std::string> references;  ///< 16 bytes each, without creator and markings, no two alike
    std::vector<IncomingValue> values;
    std::string words;                 ///< for the full text
    std::optional<Meaning> defines;    ///< a marking-definition: what it stands for
    std::optional<Matching> matching;  ///< of an indicator with a STIX pattern
    bool has_warnings = false;
    std::string fault_property, fault;  ///< why it can't be stored; empty: it can
};

/// Takes objects apart. One thread at a time.
class Intake {
  public:
    Intake();
    ~Intake();
    /// `json` is one object as the reader found it.
    Incoming take(std::string_view json, std::int64_t ordinal);
    /// The meaning of a marking whose id the standards fixed (TLP, PAP).
    static std::optional<Meaning> meaning_of(std::string_view id);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tocsin::intelligence
