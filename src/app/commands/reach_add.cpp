#include "app/reach_words.hpp"

namespace tocsin::app {
namespace {

/// Whose address it is: a contact of the directory, an organisation's address, or our own.
Result<readiness::ReachTarget> target_of(Invocation const& call) {
    auto& directory = call.instance->constituency().directory();
    readiness::ReachTarget target;
    if (call.has("--contact")) {
        TRY(auto const number, number_option(call, "--contact"));
        TRY(auto const contact, directory.contact(constituency::ContactId{number.value_or(0)}));
        target.contact = contact.id;
        target.organisation = contact.organisation;
        target.name = contact.name.empty() ? contact.organisation_name : contact.name;
    } else if (call.has("--organisation")) {
        TRY(auto const organisation, directory.find_organisation(call.get("--organisation")));
        target.organisation = organisation.id;
        target.name = organisation.name;
    } else {
        target.name = call.instance->config().team_name;
    }
    if (target.organisation) target.kind = readiness::ReachKind::constituent;
    if (call.has("--peer")) target.kind = readiness::ReachKind::peer;
    if (call.has("--name")) target.name = call.get("--name");
    target.address = call.get("--address");
    CHECK(read_reach_options(call, target));
    return target;
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto target, target_of(call));
        TRY(auto const made, room.reachability.add(std::move(target), access::command_principal()));
        if (!call.json() && made.standing() == readiness::ReachStanding::held)
            call.tell("Nothing is sent before an agreement is on record: tocsin reach edit {} --agreed-by NAME",
                      made.id.value);
        return tell_target(call, made);
    });
}

}  // namespace

Command command_reach_add() {
    auto options = reach_options();
    options.insert(options.begin(),
                   {{"--contact", "NUMBER", "a contact of the directory: its address and language are taken"},
                    {"--organisation", "ORGANISATION", "with --address: whose it is"},
                    {"--address", "ADDRESS", "where no contact has it; of our own desk, else the team's"},
                    {"--peer", "", "another team, not a constituent"},
                    {"--name", "NAME", "how we call it"}});
    return {.name = "reach add",
            .summary = "Test by mail whether somebody can be reached",
            .about =
                "Without --contact and --organisation it is our own duty address. Constituents and peers are tested "
                "only when one of them has agreed, and never when they are not to be contacted.\n\n"
                "  tocsin reach add --every 30 --when out-of-hours --time-zone Africa/Nairobi\n"
                "  tocsin reach add --contact 4 --every 90 --agreed-by \"Amina Otieno\" --agreed-on 2026-11-20",
            .options = std::move(options),
            .run = run};
}

}  // namespace tocsin::app
