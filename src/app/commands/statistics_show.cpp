#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/statistics_words.hpp"
#include "reports/public_statistics.hpp"
#include "reports/reports.hpp"

namespace tocsin::app {
namespace {

Result<Exit> show(Invocation& call) {
    auto const format = reports::statistics_format_named(call.json() ? "json" : call.get("--format"));
    if (!format)
        return fail(Code::invalid,
                    fmt::format("--format: expected json, csv, md or html, found \"{}\"", call.get("--format")));
    auto& instance = *call.instance;
    TRY(auto const published, reports::publication(instance.ledger()));
    TRY(auto const statistics, statistics_of(instance, published.value_or(reports::Publication{})));
    auto const language = call.has("--language") ? call.get("--language") : instance.config().language;
    TRY(auto const bytes, reports::render(statistics, language, *format));
    call.streams.out(bytes);
    if (statistics.uncounted > 0) call.tell("{}", uncounted_words(statistics));
    if (published) {
        call.tell("Published since {}: counted up to TLP:{}, {} organisations behind each number.",
                  format_date(published->since), gate::name_of(published->strictest), published->fewest);
    } else {
        call.tell("Not published; this is what it would say. Next: tocsin statistics publish");
    }
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = show(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_statistics_show() {
    return {.name = "statistics show",
            .summary = "What the public statistics say, or would say",
            .options = {{"--format", "FORMAT", "json, csv, md or html", "md"},
                        {"--language", "LANGUAGE", "ar, zh, en, fr, ru or es; else [mail] language"}},
            .run = run};
}

}  // namespace tocsin::app
