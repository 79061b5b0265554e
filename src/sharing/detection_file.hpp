#pragma once
#include "formats/formats.hpp"
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"

#include <string>
#include <vector>

namespace tocsin::sharing {

/// What is to be in a file for tools of defence.
struct DetectionRequest {
    formats::detection::Format const* format = nullptr;
    intelligence::ObjectFilter filter = {};  ///< of it only live indicators that were not revoked are taken
    std::string title = {};
    bool with_known_good = false;
    bool with_own_rules = true;  ///< of indicators that are rules themselves, where the format is of their language
    Timestamp now = {};
};

struct DetectionFile {
    std::string text;
    gate::Marking marking{gate::Tlp::clear, {}};  ///< the strictest of what is in it
    /// Whose values are in it, for the disclosure log.
    std::vector<gate::Cleared<intelligence::Object>> indicators;
    std::size_t entries = 0;
    std::size_t known_good = 0;          ///< values left out because a list holds them
    std::size_t compound = 0;            ///< indicators left out because they ask for more than one value
    std::size_t own_rules = 0;           ///< rules that indicators carry themselves
    std::size_t own_rules_left_out = 0;  ///< with the reason of each at the end of the file
};

/// Makes the file of what the asker may have.
///
/// An indicator says values when its STIX pattern is a match wherever one of them is seen; of a pattern that asks for
/// more, a file hash is enough. An indicator that is a rule in the format's language goes in as it is, if it is closed
/// in itself (see formats::detection::write). The text depends on nothing but the indicators and the request's title.
/// Limits: 200,000 indicators, 20,000 rules, Code::limit. `known_good` may be nullptr.
Result<DetectionFile> detection_file(intelligence::Intelligence const& intelligence,
                                     intelligence::KnownGood const* known_good, DetectionRequest const& request,
                                     gate::Recipient const& asker);

}  // namespace tocsin::sharing
