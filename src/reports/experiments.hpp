#pragma once
/// Which words work: two ways of saying the same, drawn by lot for organisations, held against each other by what was
/// repaired.
///
/// - An organisation gets always the same words, in every message while the experiment runs.
/// - The draw is made once, from a seed that is kept; within each sector the two are as many, give or take one.
/// - There is one verdict, and no earlier: when in both variants so many organisations as were said at the start have
///   findings that were told 30 days ago or longer. Who looks sooner sees figures but no verdict; stopping at a lucky
///   moment finds differences that are not there.
/// - What is compared is organisations, not findings: one owner of a thousand machines decides once.
#include "access/access.hpp"
#include "base/base.hpp"
#include "notifications/wording.hpp"
#include "reports/repair/survival.hpp"
#include "store/store.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::constituency {
class Constituency;
}

namespace tocsin::reports {

struct Rooms;
struct ExperimentTag;
using ExperimentId = Id<ExperimentTag>;

enum class Part : std::uint8_t {
    subject,  ///< of the message
    intro,    ///< its first sentences
    note,     ///< a paragraph in front of what to do about findings of the identifier
};
std::string_view name_of(Part part);
std::optional<Part> part_named(std::string_view name);

enum class Variant : std::uint8_t { a, b };
std::string_view name_of(Variant variant);

using TextsByLanguage = std::map<std::string, std::string, std::less<>>;

struct ExperimentDraft {
    std::string name;             ///< 1 to 100 bytes
    std::string identifier = {};  ///< of the findings it is about; empty: all
    Part part = Part::subject;
    std::array<TextsByLanguage, 2> texts = {};  ///< by variant; a language missing in `a` gets the usual words there
    std::int64_t difference = 15;               ///< points of a hundred, 5 to 50: the smallest worth finding
    std::uint64_t seed = 1;
};

struct Experiment : ExperimentDraft {
    ExperimentId id;
    std::int64_t wanted = 0;  ///< organisations with findings followed for 30 days, in each variant, for a verdict
    Timestamp started;
    std::string started_by;
    std::optional<Timestamp> stopped = {};
    std::string reason = {};                         ///< why it was stopped
    std::array<std::int64_t, 2> organisations = {};  ///< drawn, by variant
};

/// How many organisations each variant needs to find a difference of so many points of a hundred around one half, four
/// times in five, at a level of 5 percent (two-sided). At least 20.
std::int64_t organisations_wanted(std::int64_t difference);

/// Which organisation gets which words. `sectors` by organisation.
std::map<std::int64_t, Variant> draw(std::map<std::int64_t, std::string> const& sectors, std::uint64_t seed);

/// Draws among the organisations that may be written to in a language for which variant b has a text.
/// Errors: Code::invalid naming the field; Code::conflict when another that runs is about the same part of the same
/// findings. Audited. `is_dry`: only says what would be, nothing is kept. `is_dry`: only says what would be; nothing is
/// kept.
Result<Experiment> start_experiment(store::Ledger& ledger, constituency::Constituency& constituency, Clock const& clock,
                                    ExperimentDraft const& draft, std::string_view default_language,
                                    access::Principal const& by, bool is_dry = false);
/// Everybody gets the usual words again. Audited.
Status stop_experiment(store::Ledger& ledger, Clock const& clock, ExperimentId id, std::string_view reason,
                       access::Principal const& by);
/// Newest first.
Result<std::vector<Experiment>> experiments(store::Ledger& ledger);
/// By "#3", "3" or the name. Errors: Code::not_found.
Result<Experiment> find_experiment(store::Ledger& ledger, std::string_view name_or_id);

/// One variant as it went.
struct VariantResult {
    std::int64_t organisations = 0;               ///< drawn
    std::int64_t warned = 0;                      ///< of them, told of such findings while it ran
    std::int64_t followed = 0;                    ///< of them, with findings told 30 days ago or longer
    std::int64_t findings = 0;                    ///< told
    std::optional<Interval> within_7, within_30;  ///< shares repaired; the intervals are by organisation
    Curve curve;                                  ///< of findings, days since the first warning
};
enum class Verdict : std::uint8_t {
    not_enough,  ///< yet
    a_better,
    b_better,
    no_difference,  ///< of the size that was looked for
};
std::string_view name_of(Verdict verdict);
struct ExperimentResult {
    std::array<VariantResult, 2> variants;
    std::optional<Interval> difference;  ///< of the shares repaired within 30 days, b less a
    Verdict verdict = Verdict::not_enough;
};
Result<ExperimentResult> result_of(Rooms const& rooms, Experiment const& experiment, Timestamp now,
                                   access::Principal const& by);
/// The experiment, and what came of it when it is given.
void append(JsonWriter& json, Experiment const& experiment, ExperimentResult const* result);

/// What notifications ask for each message: the words of the experiments that run now. One small question to the ledger
/// each time. The ledger must outlive it.
notifications::WordingOf wording_of(store::Ledger& ledger);

}  // namespace tocsin::reports
