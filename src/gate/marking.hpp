#pragma once
#include "base/base.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::gate {

/// Traffic Light Protocol 2.0 (FIRST, August 2022), from open to strict.
///
/// clear: no limit. green: the community, not by public channels. amber: need to know within the organisation and its
/// clients. amber_strict: the organisation only. red: the named recipients only.
enum class Tlp { clear, green, amber, amber_strict, red };

/// Permissible Actions Protocol (MISP taxonomy PAP v3), from open to strict: what may be done with it, not who may
/// have it. red: only passive, on own logs. amber: passive checks elsewhere. green: active, not attributable. clear:
/// anything.
enum class Pap { clear, green, amber, red };

/// "TLP:AMBER+STRICT", the label as the standard writes it.
std::string_view label_of(Tlp tlp);
/// "PAP:AMBER".
std::string_view label_of(Pap pap);
/// "amber+strict", for JSON and addresses.
std::string_view name_of(Tlp tlp);
std::string_view name_of(Pap pap);

/// Reads labels and names in any case, with or without "TLP:"; "WHITE" of TLP 1.0 is CLEAR; "AMBER-STRICT",
/// "AMBER_STRICT" and "AMBER STRICT" are read as AMBER+STRICT. Errors: Code::invalid, naming the text: an unknown
/// marking is never taken for an open one.
Result<Tlp> parse_tlp(std::string_view text);
Result<Pap> parse_pap(std::string_view text);

/// The marking of anything. Nothing is unmarked: who does not say gets AMBER.
struct Marking {
    Tlp tlp = Tlp::amber;
    std::optional<Pap> pap = {};

    friend bool operator==(Marking const&, Marking const&) = default;
};

/// "TLP:AMBER" or "TLP:AMBER PAP:RED".
std::string label_of(Marking const& marking);
/// The same, read back; separators are spaces or commas. Errors: Code::invalid, also for two of a kind or no TLP.
Result<Marking> parse_marking(std::string_view text);

/// The marking of what holds both: the stricter of each. Associative, commutative; a PAP beats none.
Marking stricter(Marking const& a, Marking const& b);

}  // namespace tocsin::gate
