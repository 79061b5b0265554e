#include "app/reach_doors.hpp"

#include "notifications/notifications.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

using readiness::ReachAddress;
using readiness::ReachDelivery;

/// Why the directory does not want this address written to; empty: it does not mind.
Result<std::string> objection(constituency::Directory& directory, constituency::OrganisationId organisation,
                              std::string const& address) {
    if (organisation) {
        auto const whose = directory.organisation(organisation);
        if (!whose && whose.error().code == Code::not_found) return std::string("the organisation was removed");
        if (!whose) return std::unexpected(whose.error());
        TRY(auto const listed, directory.do_not_contacts());
        if (whose->do_not_contact ||
            std::ranges::find(listed, organisation, &constituency::DoNotContact::organisation) != listed.end())
            return std::string("nobody in the organisation is to be contacted");
    }
    TRY(auto const unwanted, directory.is_unwanted(address));
    return unwanted ? "not to be contacted: " + *unwanted : std::string();
}

Result<ReachAddress> address_of(Instance& instance, readiness::ReachTarget const& target) {
    auto& directory = instance.constituency().directory();
    ReachAddress reached{.address = target.address, .language = target.language};
    if (target.contact) {
        auto const contact = directory.contact(target.contact);
        if (!contact && contact.error().code == Code::not_found) {
            reached.unwanted = "the contact was removed";
            return reached;
        }
        if (!contact) return std::unexpected(contact.error());
        reached.address = contact->email;
        if (reached.language.empty()) reached.language = contact->language;
        if (contact->email.empty()) reached.unwanted = "the contact has no mail address";
        if (contact->do_not_contact) reached.unwanted = "the contact is not to be contacted";
        if (contact->expires && *contact->expires <= instance.clock().now())
            reached.unwanted = "the contact has expired";
    }
    if (reached.address.empty() && target.kind == readiness::ReachKind::duty)
        reached.address = instance.config().team_email;
    if (target.organisation) {
        auto const whose = directory.organisation(target.organisation);
        if (whose) {
            reached.organisation_name = whose->name;
            if (reached.language.empty()) reached.language = whose->language;
        }
    }
    if (reached.language.empty()) reached.language = instance.config().language;
    if (reached.unwanted.empty()) {
        TRY(reached.unwanted, objection(directory, target.organisation, reached.address));
    }
    return reached;
}

ReachDelivery delivery_of(net::SmtpOutcome const& outcome) {
    using From = net::SmtpOutcome::Kind;
    using To = ReachDelivery::Kind;
    auto words = outcome.reply;
    for (auto const& refusal : outcome.refused) words = refusal.reply;
    switch (outcome.kind) {
        case From::accepted:
            return {To::taken, {}};
        case From::temporary:
            return {To::later, words};
        case From::permanent:
            return {To::refused, words};
        case From::unreachable:
            return {To::no_server, words};
        case From::unknown:
            return {To::unknown, words};
    }
    return {To::unknown, words};
}

Result<ReachDelivery> send(Instance& instance, readiness::ReachLetter const& letter,
                           std::function<bool()> const& is_stopping) {
    TRY(auto* const letters, instance.letters());
    auto const recipient = letter.organisation
                               ? gate::Recipient::constituent(letter.organisation, letter.organisation_name)
                               : gate::Recipient::team(access::server_principal());
    TRY(auto const cleared, instance.gate().clear(notifications::Letter{.number = letter.test.value,
                                                                        .attempt = letter.attempt,
                                                                        .message_id = letter.message_id,
                                                                        .date = letter.date,
                                                                        .to = letter.to,
                                                                        .language = letter.language,
                                                                        .subject = letter.subject,
                                                                        .text = letter.text,
                                                                        .html = letter.html,
                                                                        .organisation = letter.organisation,
                                                                        .must_be_sealed = letter.is_encrypted},
                                                  recipient));
    if (letter.organisation && letter.attempt == 1)
        CHECK(instance.ledger().write([&](store::Transaction& tx) {
            return gate::Gate::record(tx, access::server_principal(), instance.clock().now(), cleared, "mail");
        }));
    TRY(auto const outcome, letters->send(cleared, is_stopping));
    return delivery_of(outcome);
}

Result<std::optional<std::map<std::pair<std::int64_t, int>, readiness::ReachLeft>>> left(Instance& instance) {
    TRY(auto* const letters, instance.letters());
    TRY(auto const known, letters->left());
    std::optional<std::map<std::pair<std::int64_t, int>, readiness::ReachLeft>> all;
    if (!known) return all;
    all.emplace();
    for (auto const& [attempt, entry] : *known) {
        readiness::ReachLeft one{.has_end = entry.has_end};
        if (entry.outcome) one.delivery = delivery_of(*entry.outcome);
        all->emplace(attempt, std::move(one));
    }
    return all;
}

}  // namespace

Result<readiness::ReachDoors> reach_doors(Instance& instance) {
    auto const& config = instance.config();
    auto url = config.public_url.empty() ? "http://" + config.listen : config.public_url;
    while (url.ends_with('/')) url.pop_back();
    TRY(auto* const letters, instance.letters());
    return readiness::ReachDoors{
        .team = config.team_name,
        .team_address = config.team_email,
        .public_url = std::move(url),
        .language = config.language,
        .boot = letters->boot(),
        .secrets = &instance.access().secrets(),
        .address_of = [&instance](auto const& target) { return address_of(instance, target); },
        .send = [&instance](auto const& letter, auto const& stops) { return send(instance, letter, stops); },
        .left = [&instance] { return left(instance); },
        .settled = [&instance]() -> Status {
            TRY(auto* const opened, instance.letters());
            return opened->settled();
        }};
}

}  // namespace tocsin::app
