#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

std::int64_t count_of(readiness::GroupGap const& group, readiness::Picture picture) {
    auto const found = group.pictures.find(picture);
    return found == group.pictures.end() ? 0 : found->second;
}

void print_words(Invocation const& call, readiness::Gaps const& gaps) {
    using readiness::Picture;
    for (auto const& group : gaps.groups)
        call.print("{:<6} {:<8} {:>4} entries: {} claimed, {} denied, {} planned, {} contradicting, {} unknown",
                   group.kind, group.id, group.entries, count_of(group, Picture::claimed),
                   count_of(group, Picture::denied), count_of(group, Picture::planned),
                   count_of(group, Picture::contradicting), count_of(group, Picture::unknown));
    JsonWriter weights;
    append(weights, gaps.weights);
    call.print("\nNeed, by the weights {}", weights.text());
    for (auto const& one : gaps.entries)
        if (one.need > 0)
            call.print("{:>5} {:<6} {:<13} {}", one.need, one.code, readiness::name_of(one.picture),
                       one.name.english());
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        readiness::Weights weights;
        for (auto const& one : call.all("--weight")) CHECK(readiness::set_weights(weights, one));
        TRY(auto entries, room.register_of.entries(call.get("--register")));
        auto const gaps = readiness::gaps_of(std::move(entries), weights);
        if (call.json())
            print_json(call, gaps);
        else
            print_words(call, gaps);
        return Exit::done;
    });
}

}  // namespace

Command command_register_gaps() {
    return {.name = "register gaps",
            .summary = "Show where teams are missing, by group and ranked by need",
            .about = "  tocsin register gaps --weight ldc=3 --weight unknown=1",
            .options = {{"--register", "REGISTER", "tocsin register list names them", "states"},
                        {"--weight", "NAME=NUMBER",
                         "unknown, denied, planned, contradicting, claimed, ldc, lldc or sids", "", false, true}},
            .run = run};
}

}  // namespace tocsin::app
