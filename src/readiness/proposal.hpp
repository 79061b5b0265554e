#pragma once
#include "readiness/assessment.hpp"
#include "readiness/library.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::readiness {

enum class Hours : std::uint8_t { office, extended, always };
std::string_view name_of(Hours hours);
std::optional<Hours> hours_named(std::string_view name);  ///< "office", "extended", "always" (or "24x7")

/// What the wizard asks of somebody who has nothing yet.
struct Questions {
    std::int64_t people = 3;  ///< of the team that can be paid for
    bool is_shared = false;   ///< several small states, or a region, give some services together
    Hours hours = Hours::office;
    bool has_mandate = false;       ///< a law or decree names the team
    std::string constituency = {};  ///< whom it serves, in words
    std::string budget = {};        ///< a year, as written
    std::string shared_with = {};   ///< who gives what is shared: a neighbour, a regional body
};

struct ProposedService {
    std::string item;
    Suggestion suggestion;
    std::string assigned_to;
    std::string why;  ///< key: of the catalogue's reasons, or "hours" for one of ours
    Texts reason;
};
/// A catalogue (which services, how strongly), a profile (who does each), a portfolio (the score wanted).
struct Proposal {
    std::string framework;  ///< "x1060-2021-06"
    std::string team;       ///< id of the shape taken
    Texts title, note;
    std::vector<Texts> remarks;  ///< what the answers call for beyond single services
    std::vector<ProposedService> services;
};

void append(JsonWriter& json, Proposal const& proposal);

/// Takes the largest shape of team that the people can fill, and lays over it what the hours ask for: who is there in
/// office hours only can't watch in real time alone. Errors: Code::not_found when there are no proposals for the
/// framework; Code::invalid naming the field.
Result<Proposal> propose(Library const& library, std::string_view framework, Questions const& questions);

/// The proposal as an assessment that can be stored: nothing is scored yet.
Assessment assessment_of(Proposal const& proposal, Questions const& questions, std::string title);

}  // namespace tocsin::readiness
