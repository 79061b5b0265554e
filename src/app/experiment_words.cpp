#include "app/experiment_words.hpp"

#include "app/repair_words.hpp"

namespace tocsin::app {
namespace {

std::string words_of(reports::Verdict verdict, reports::Experiment const& experiment) {
    using reports::Verdict;
    switch (verdict) {
        case Verdict::not_enough:
            return fmt::format(
                "not enough yet: in both variants {} organisations must have findings told 30 days ago or longer. "
                "Until "
                "then figures say nothing; do not stop because they look good",
                experiment.wanted);
        case Verdict::a_better:
            return "a is better; the experiment can be stopped";
        case Verdict::b_better:
            return "b is better; the experiment can be stopped";
        case Verdict::no_difference:
            return "no difference was found; the experiment can be stopped";
    }
    return {};
}

}  // namespace

void print_experiment(Invocation const& call, reports::Experiment const& experiment,
                      reports::ExperimentResult const* result) {
    call.print("#{:<3} {:<30} {:<8} of {:<24} since {}{}, {} + {} organisations, seed {}", experiment.id.value,
               experiment.name, reports::name_of(experiment.part),
               experiment.identifier.empty() ? "all" : experiment.identifier, format_date(experiment.started),
               experiment.stopped ? " until " + format_date(*experiment.stopped) : std::string(),
               experiment.organisations[0], experiment.organisations[1], experiment.seed);
    if (result == nullptr) return;
    for (auto const variant : {reports::Variant::a, reports::Variant::b}) {
        auto const place = static_cast<std::size_t>(variant);
        auto const& one = result->variants[place];
        for (auto const& [language, text] : experiment.texts[place])
            call.print("  {} {}: {}", reports::name_of(variant), language, text);
        if (experiment.texts[place].empty()) call.print("  {}: the usual words", reports::name_of(variant));
        call.print(
            "    {} organisations warned, {} followed for 30 days, {} findings; within 7 days {}, 30 days {}; median "
            "days {}",
            one.warned, one.followed, one.findings, words_of(one.within_7), words_of(one.within_30),
            words_of(one.curve.median()));
    }
    if (result->difference)
        call.print("  b less a, within 30 days: {:+.1f} points ({:+.1f} to {:+.1f})", 100 * result->difference->value,
                   100 * result->difference->low, 100 * result->difference->high);
    call.print("  Verdict: {}.", words_of(result->verdict, experiment));
}

}  // namespace tocsin::app
