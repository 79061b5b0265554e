#include "app/directory_words.hpp"
#include "app/letter_words.hpp"
#include "notifications/contact_checks.hpp"

namespace tocsin::app {
namespace {

using notifications::ContactCheckPlan;
using notifications::ContactChecksSent;

void append_plan(JsonWriter& json, ContactCheckPlan const& plan) {
    json.key("items").array();
    for (auto const& item : plan.items)
        json.object()
            .field("contact", item.contact.value)
            .field("organisation", item.organisation_name)
            .field("address", item.address)
            .field("language", item.language)
            .field("expires", item.expires)
            .field_or_null("letter", item.check ? std::optional<std::int64_t>(item.check.value) : std::nullopt)
            .field_or_null("left_out", item.left_out)
            .end();
    json.end();
}

void print_plan(Invocation const& call, ContactCheckPlan const& plan, bool is_dry_run) {
    for (auto const& item : plan.items)
        call.print("#{:<6} {:<30} {:<40} until {}: {}", item.contact.value, item.organisation_name, item.address,
                   format_date(item.expires),
                   !item.left_out.empty() ? "left out: " + item.left_out
                   : is_dry_run           ? "would be asked in " + item.language
                                          : fmt::format("letter #{}", item.check.value));
    if (plan.items.empty()) call.print("No contact is to be asked.");
}

Exit run(Invocation& call) {
    auto const checks = call.instance->contact_checks();
    if (!checks) return call.failed(checks.error());
    auto const is_dry_run = call.has("--dry-run");
    auto const plan = (*checks)->queue(is_dry_run, access::command_principal());
    if (!plan) return call.failed(plan.error());
    ContactChecksSent report;
    if (!is_dry_run) {
        auto sent = (*checks)->send_due(call.is_cancelled);
        if (!sent) return call.failed(sent.error());
        report = *std::move(sent);
    }
    return tell_letters(call, is_dry_run, *plan, report, append_plan, print_plan);
}

}  // namespace

Command command_contact_remind() {
    return {.name = "contact remind",
            .summary = "Ask contacts whose time will soon be over whether they are still right, by mail",
            .about =
                "Each is asked once for each end of its time, in its language, with a link to a page whose button "
                "confirms it; then it holds for [contacts] renewed_for. A running server does this by itself when "
                "[contacts] ask is true. Who has expired is not written to any more.",
            .options = {{"--dry-run", "", "say who would be asked; send nothing"}},
            .run = run};
}

}  // namespace tocsin::app
