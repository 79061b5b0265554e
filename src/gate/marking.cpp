#include "gate/marking.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::gate {

std::string_view label_of(Tlp tlp) {
    switch (tlp) {
        case Tlp::clear:
            return "TLP:CLEAR";
        case Tlp::green:
            return "TLP:GREEN";
        case Tlp::amber:
            return "TLP:AMBER";
        case Tlp::amber_strict:
            return "TLP:AMBER+STRICT";
        case Tlp::red:
            return "TLP:RED";
    }
    TOCSIN_ASSERT(false);
    return {};
}

std::string_view label_of(Pap pap) {
    switch (pap) {
        case Pap::clear:
            return "PAP:CLEAR";
        case Pap::green:
            return "PAP:GREEN";
        case Pap::amber:
            return "PAP:AMBER";
        case Pap::red:
            return "PAP:RED";
    }
    TOCSIN_ASSERT(false);
    return {};
}

std::string_view name_of(Tlp tlp) {
    switch (tlp) {
        case Tlp::clear:
            return "clear";
        case Tlp::green:
            return "green";
        case Tlp::amber:
            return "amber";
        case Tlp::amber_strict:
            return "amber+strict";
        case Tlp::red:
            return "red";
    }
    TOCSIN_ASSERT(false);
    return {};
}

std::string_view name_of(Pap pap) {
    switch (pap) {
        case Pap::clear:
            return "clear";
        case Pap::green:
            return "green";
        case Pap::amber:
            return "amber";
        case Pap::red:
            return "red";
    }
    TOCSIN_ASSERT(false);
    return {};
}

namespace {

/// The lower-case word after an optional "tlp:" or "pap:".
std::string word_of(std::string_view text, std::string_view scheme) {
    std::string word = lowered(trimmed(text));
    if (word.starts_with(scheme)) word = std::string(trimmed(std::string_view(word).substr(scheme.size())));
    return word;
}

}  // namespace

Result<Tlp> parse_tlp(std::string_view text) {
    std::string word = word_of(text, "tlp:");
    for (char& c : word)
        if (c == '-' || c == '_' || c == ' ') c = '+';
    if (word == "white") return Tlp::clear;
    for (auto const tlp : {Tlp::clear, Tlp::green, Tlp::amber, Tlp::amber_strict, Tlp::red})
        if (word == name_of(tlp)) return tlp;
    return fail(Code::invalid,
                fmt::format("\"{}\" is no TLP 2.0 marking; use CLEAR, GREEN, AMBER, AMBER+STRICT or RED", text));
}

Result<Pap> parse_pap(std::string_view text) {
    std::string const word = word_of(text, "pap:");
    if (word == "white") return Pap::clear;
    for (auto const pap : {Pap::clear, Pap::green, Pap::amber, Pap::red})
        if (word == name_of(pap)) return pap;
    return fail(Code::invalid, fmt::format("\"{}\" is no PAP marking; use CLEAR, GREEN, AMBER or RED", text));
}

std::string label_of(Marking const& marking) {
    std::string label(label_of(marking.tlp));
    if (marking.pap) label.append(" ").append(label_of(*marking.pap));
    return label;
}

Result<Marking> parse_marking(std::string_view text) {
    std::optional<Tlp> tlp;
    Marking marking;
    std::string const spaced = replaced(std::string(text), ",", " ");
    for (auto const word : split(spaced, ' ')) {
        if (trimmed(word).empty()) continue;
        if (lowered(word).starts_with("pap:")) {
            if (marking.pap) return fail(Code::invalid, fmt::format("\"{}\" holds two PAP markings", text));
            TRY(marking.pap, parse_pap(word));
        } else {
            if (tlp) return fail(Code::invalid, fmt::format("\"{}\" holds two TLP markings", text));
            TRY(tlp, parse_tlp(word));
        }
    }
    if (!tlp) return fail(Code::invalid, fmt::format("\"{}\" holds no TLP marking", text));
    marking.tlp = *tlp;
    return marking;
}

Marking stricter(Marking const& a, Marking const& b) {
    Marking both{std::max(a.tlp, b.tlp), a.pap};
    if (b.pap) both.pap = both.pap ? std::max(*both.pap, *b.pap) : *b.pap;
    return both;
}

}  // namespace tocsin::gate
