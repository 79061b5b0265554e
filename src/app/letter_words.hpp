#pragma once
#include "app/command.hpp"

/// What the commands that write single letters share: contact remind, reach send.
namespace tocsin::app {

/// Tells the plan (`append` as JSON, `print` in words) and what became of the letters: `sent`, `failed`, `later`,
/// `uncertain`, and `trouble` when the mail server can't be used.
template <class Plan, class Sent>
Exit tell_letters(Invocation const& call, bool is_dry_run, Plan const& plan, Sent const& report,
                  void (*append)(JsonWriter&, Plan const&), void (*print)(Invocation const&, Plan const&, bool)) {
    if (call.json()) {
        JsonWriter json;
        json.object().field("dry_run", is_dry_run);
        append(json, plan);
        json.field("sent", report.sent)
            .field("failed", report.failed)
            .field("later", report.later)
            .field("uncertain", report.uncertain)
            .field_unless_empty("trouble", report.trouble)
            .end();
        call.print("{}", json.text());
    } else {
        print(call, plan, is_dry_run);
        if (!is_dry_run)
            call.print("{} sent, {} failed, {} to be tried later, {} uncertain", report.sent, report.failed,
                       report.later, report.uncertain);
        if (!report.trouble.empty()) call.tell("The mail server can't be used: {}", report.trouble);
    }
    return report.trouble.empty() ? Exit::done : Exit::failed;
}

}  // namespace tocsin::app
