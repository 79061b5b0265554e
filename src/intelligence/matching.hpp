#pragma once
#include "formats/formats.hpp"
#include "intelligence/object.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

/// What becomes of an indicator's pattern when events come in.
struct PatternFate {
    Matching matching = Matching::never;
    bool is_readable = true;
    std::optional<WorthReason> reason;        ///< of `never`, and what is left out of the others; else none
    std::vector<formats::Observable> values;  ///< all that it asks for, in the normal form: it is found by them
    std::vector<formats::Observable> keys;    ///< by which events find it
};

/// Kinds of values that events tell.
bool is_in_events(formats::ObservableKind kind);

/// Of a STIX pattern. Whoever takes indicators in, checks them or shows them asks here, so that all say the same. Safe
/// from any thread.
PatternFate fate_of(std::string_view pattern);

}  // namespace tocsin::intelligence
