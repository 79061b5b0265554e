#include "notifications/rules/outgoing.hpp"

#include "notifications/channels/channel_store.hpp"

#include <algorithm>
#include <fmt/ranges.h>

namespace tocsin::notifications::rules {
namespace {

std::string decision_text(gate::Decision const& decision) {
    std::string out(gate::words_of(decision.reason));
    if (!decision.removed.empty())
        out +=
            fmt::format(" ({} left out: {})", decision.removed.size(), gate::words_of(decision.removed.front().reason));
    return out;
}

/// Where contacts share a mailbox, whom the letter to it is for: "one letter for #3 abuse, #7 security". Their numbers,
/// because this is kept when they are gone.
Result<std::string> shared_by(Notifications::Impl& house, constituency::OrganisationId organisation,
                              Addressees const& to) {
    if (to.channel != "mail") return std::string();
    constituency::ContactQuery query;
    query.organisation = organisation;
    query.limit = 1000;
    TRY(auto const contacts, house.constituency.directory().contacts(query));
    std::string shared;
    for (auto const& address : to.now) {
        std::vector<std::string> of_address;
        for (auto const& contact : contacts.items)
            if (equal_ignoring_case(contact.email, address) && !contact.do_not_contact &&
                (!contact.expires || *contact.expires > house.clock.now()))
                of_address.push_back(fmt::format("#{} {}", contact.id.value, constituency::name_of(contact.role)));
        if (of_address.size() > 1)
            shared += fmt::format("{}one letter for {}", shared.empty() ? "" : "; ", fmt::join(of_address, ", "));
    }
    return shared;
}

/// Who plans may hold what would go out, but not release what a rule wants approved.
int approvals_of(Dress const& dress) {
    auto const& delivery = *dress.delivery;
    if (!dress.hold || (!*dress.hold && delivery.is_by_rule)) return delivery.approvals;
    return *dress.hold ? std::max(1, delivery.approvals) : 0;
}

}  // namespace

Digest Maker::digest(constituency::OrganisationId organisation, std::string name,
                     constituency::OrganisationId recipient, std::string recipient_name) const {
    Digest digest;
    digest.organisation = organisation;
    digest.organisation_name = std::move(name);
    digest.recipient = recipient;
    digest.recipient_name = std::move(recipient_name);
    digest.message_id = fmt::format("{}@{}", to_hex(secret_bytes(16)), net::mail_domain(house_.settings.team_email));
    return digest;
}

Result<Outgoing> Maker::make(Digest digest, Dress const& dress) const {
    auto const& channel = dress.to->channel;
    if (!may_carry(*dress.delivery, channel))
        return fail(Code::denied,
                    fmt::format("encryption is demanded, and by {} it would be read on the way", channel));
    auto const recipient = gate::Recipient::constituent(digest.recipient, digest.recipient_name);
    TRY(auto cleared, house_.gate.clear(std::move(digest), recipient));
    TRY(auto attached, attach(cleared, dress));
    Outgoing made{.digest = std::move(cleared),
                  .fresh = {},
                  .outcome = {},
                  .not_before = {},
                  .link = OwnerLinks::fresh(),
                  .item = {}};
    auto const expires = now_ + house_.settings.link_life;
    auto const url = house_.url_of(house_.links.token(made.link, expires));
    auto rendered = render(made.digest, {.settings = &house_.settings,
                                         .language = dress.to->language,
                                         .date = now_,
                                         .link = url,
                                         .link_expires = expires,
                                         .wording = &house_.settings.wording,
                                         .notice = dress.notice,
                                         .attached = attached.formats});
    auto const& delivery = *dress.delivery;
    auto const approvals = approvals_of(dress);
    auto& fresh = made.fresh;
    fresh.state = approvals > 0 ? State::held : State::queued;
    fresh.language = rendered.language;
    fresh.tlp = rendered.tlp;
    fresh.subject = rendered.subject;
    fresh.gate = decision_text(made.digest.decision());
    if (attached.formats != Attachments{Attachment::csv} && !attached.formats.empty())
        fresh.gate += fmt::format(" Attached: {}.", replaced(text_of(attached.formats), " ", ", "));
    for (auto const& one : attached.short_of) fresh.gate += " " + english(one);
    made.channel = dress.to->channel;
    fresh.recipients = dress.to->now;
    fresh.alternates = dress.to->others;
    fresh.encryption = delivery.encryption;
    fresh.segment = watermark_;
    fresh.created = now_;
    fresh.link = made.link;
    fresh.link_expires = expires;
    fresh.content = {std::move(rendered.text), std::move(rendered.html), packed(made.digest->lines)};
    if (!dress.rules.empty()) fresh.by_rule = replaced(dress.rules, "\n", ", ");
    TRY(fresh.shared_by, shared_by(house_, made.digest->recipient, *dress.to));
    made.outcome = {.source = dress.source,
                    .lane = delivery.lane,
                    .rules = dress.rules,
                    .version = dress.version,
                    .channel = !delivery.channel.empty()   ? delivery.channel
                               : made.channel == "webhook" ? made.channel
                                                           : std::string("mail"),
                    .encryption = std::string(name_of(delivery.encryption)),
                    .approvals = approvals,
                    .quiet = {},
                    .attach = attached.formats.empty() ? "csv" : text_of(attached.formats)};
    made.short_of = std::move(attached.short_of);
    if (delivery.quiet && !dress.is_urgent) {
        made.outcome.quiet = rules::packed(*delivery.quiet, dress.zone);
        made.not_before = end_of_quiet(*delivery.quiet, Wall(dress.zone), now_);
    }
    made.item = {.organisation = made.digest->organisation.value,
                 .organisation_name = made.digest->organisation_name,
                 .to = dress.to->now,
                 .language = fresh.language,
                 .findings = static_cast<std::int64_t>(made.digest->lines.size()),
                 .subject = fresh.subject,
                 .id = {},
                 .decision = fresh.gate};
    return made;
}

/// Only a mail carries files.
Result<AttachedPlan> Maker::attach(gate::Cleared<Digest> const& digest, Dress const& dress) const {
    auto wanted = dress.delivery->attach;
    if (wanted.empty()) {
        TRY(wanted, attachment_wish(house_.ledger, digest->recipient));
    }
    if (dress.to->channel != "mail") wanted.clear();
    return house_.attacher.plan(digest, wanted);
}

Status Maker::store(store::Transaction& tx, access::Principal const& by, Outgoing& one) const {
    one.fresh.digest = &*one.digest;
    TRY(one.item.id, notifications::tables::insert(tx, one.fresh, by.who));
    CHECK(tables::insert(tx, one.item.id, one.outcome));
    for (auto const& why : one.short_of)
        CHECK(notifications::tables::happened(tx, one.item.id, now_, why.what, "server", ""));
    if (one.channel != "mail") CHECK(notifications::tables::send_by(tx, one.item.id, one.channel));
    if (one.fresh.state != State::queued) return {};
    if (one.not_before) CHECK(tables::wait_until(tx, one.item.id, *one.not_before));
    return gate::Gate::record(tx, by, now_, one.digest, door_of(one.channel));
}

Result<Approval> approve(store::Transaction& tx, access::Principal const& by, NotificationId id, Timestamp now) {
    Approval approval;
    TRY(auto const outcome, tables::outcome(tx, id));
    if (!outcome) return approval;
    auto const needed = static_cast<std::size_t>(std::max(1, outcome->approvals));
    TRY(auto const before, tables::approved_by(tx, id));
    if (needed > 1 && before.size() < needed) {  // else it was approved, and came back because nobody knew its fate
        if (by.via != access::Via::session)
            return fail(Code::denied,
                        fmt::format("notification {} waits for two people: each signs in and approves it; "
                                    "behind a key or a command stands nobody by name",
                                    id.value));
        if (std::ranges::find(before, by.who) != before.end())
            return fail(Code::conflict, fmt::format("notification {} waits for a second person: {} has approved it "
                                                    "already, and somebody else must, too",
                                                    id.value, by.name.empty() ? by.who : by.name));
        CHECK(tables::approve(tx, id, by.who, now));
        approval.words = fmt::format("{} of {}", before.size() + 1, needed);
        approval.is_enough = before.size() + 1 >= needed;
        if (!approval.is_enough)
            CHECK(notifications::tables::happened(tx, id, now, "approved", by.who, approval.words));
    }
    if (auto const quiet = unpacked_quiet(outcome->quiet); quiet && approval.is_enough)
        approval.not_before = end_of_quiet(*quiet, Wall(quiet->zone), now);
    return approval;
}

Status check_approved(store::Transaction& tx, NotificationId id) {
    TRY(auto const outcome, tables::outcome(tx, id));
    if (!outcome || outcome->approvals < 2) return {};
    TRY(auto const by, tables::approved_by(tx, id));
    if (by.size() >= static_cast<std::size_t>(outcome->approvals)) return {};
    return fail(Code::conflict, fmt::format("notification {} was never approved by two people, so it can't be sent "
                                            "again; plan anew",
                                            id.value));
}

Result<Notifications::Impl::Contacts> contacts_with(Notifications::Impl& house,
                                                    constituency::OrganisationId organisation,
                                                    std::vector<constituency::ContactRole> const& roles) {
    TRY(auto usual, house.contacts_of(organisation));
    if (roles.empty()) return usual;
    auto& people = house.constituency.directory();
    TRY(auto const of, people.organisation(organisation));
    Notifications::Impl::Contacts chosen{.recipient = organisation, .groups = {}, .reason = {}};
    constituency::ContactQuery query{.organisation = organisation, .limit = 1000};
    TRY(auto const page, people.contacts(query));
    for (auto const& contact : page.items) {
        bool const is_out = of.do_not_contact || contact.do_not_contact ||
                            (contact.expires && *contact.expires <= house.clock.now()) ||
                            !net::is_mail_address(contact.email);
        if (is_out || std::ranges::find(roles, contact.role) == roles.end()) continue;
        TRY(auto const unwanted, house.why_not_to(contact.email));
        if (unwanted) continue;
        auto const& own = contact.language.empty() ? of.language : contact.language;
        auto const& language = own.empty() ? house.settings.default_language : own;
        TRY(auto const way, house.sealing->way_to(organisation, contact.email));
        add_mailbox(chosen.groups, contact.email, language, way);
    }
    if (chosen.groups.empty()) return usual;
    return chosen;
}

bool may_carry(Delivery const& delivery, std::string_view channel) {
    return delivery.encryption != Encryption::required || channel == "mail" || channel == "webhook";
}

Result<Notifications::Impl::Contacts> audience(Notifications::Impl& house, constituency::OrganisationId organisation,
                                               Delivery const& delivery, constituency::NoticeSettings const* wish) {
    TRY(auto contacts, contacts_with(house, organisation, delivery.to_roles));
    bool const is_wished = delivery.channel.empty() && wish != nullptr;
    bool const is_both = is_wished && wish->channel == "both";
    auto const wanted = !is_wished ? delivery.channel : is_both ? std::string("webhook") : wish->channel;
    if (!wanted.empty() && wanted != "mail" && may_carry(delivery, wanted)) {
        TRY(auto other, house.by_channel(organisation, wanted));
        if (other && is_both && contacts.recipient == organisation) {
            auto const is_it = [&](Addressees const& group) { return group.channel == other->channel; };
            if (std::ranges::none_of(contacts.groups, is_it)) contacts.groups.push_back(*std::move(other));
        } else if (other) {
            contacts = {.recipient = organisation, .groups = {*std::move(other)}, .reason = {}};
        }
    }
    bool const speaks = delivery.language.empty() && wish != nullptr && contacts.recipient == organisation;
    speak(contacts, speaks ? wish->language : delivery.language);
    return contacts;
}

void speak(Notifications::Impl::Contacts& contacts, std::string_view language) {
    if (language.empty() || contacts.groups.empty()) return;
    auto const add = [](std::vector<std::string>& into, std::vector<std::string> const& from) {
        for (auto const& one : from)
            if (std::ranges::none_of(into, [&](auto const& other) { return equal_ignoring_case(other, one); }))
                into.push_back(one);
    };
    std::vector<Addressees> by_way;
    for (auto const& group : contacts.groups) {
        auto all = std::ranges::find_if(
            by_way, [&](Addressees const& other) { return other.way == group.way && other.channel == group.channel; });
        if (all == by_way.end())
            all = by_way.insert(by_way.end(), {std::string(language), {}, {}, group.channel, group.way});
        add(all->now, group.now);
        add(all->others, group.others);
    }
    contacts.groups = std::move(by_way);
}

Result<InForce> in_force(Notifications::Impl& house) {
    TRY(auto const saved, house.ledger.read([](store::Transaction& tx) { return tables::latest(tx); }));
    InForce rules{.version = saved.version, .set = {}, .people = {}};
    auto parsed = parse_rules(saved.text);
    if (!parsed.faults.empty())
        return fail(Code::invalid, fmt::format("version {} of the rules can't be read any more: {}", saved.version,
                                               text_of(parsed.faults)));
    bool const is_empty = parsed.set.rules.empty() && parsed.set.escalations.empty();
    rules.set = std::make_shared<RuleSet const>(std::move(parsed.set));
    if (is_empty) return rules;
    TRY(rules.people, People::load(house.constituency.directory()));
    return rules;
}

Result<Snoozed> Snoozed::load(Notifications::Impl& house, Timestamp now) {
    Snoozed all;
    TRY(auto list, house.ledger.read([&](store::Transaction& tx) { return tables::snoozes(tx, now); }));
    for (auto& one : list) all.by_organisation_[one.organisation].push_back(std::move(one));
    return all;
}

Snooze const* Snoozed::find(std::int64_t organisation, std::string_view identifier) const {
    if (by_organisation_.empty()) return nullptr;
    auto const found = by_organisation_.find(organisation);
    if (found == by_organisation_.end()) return nullptr;
    for (auto const& one : found->second)
        if (one.identifier.empty() || fits(one.identifier, identifier)) return &one;
    return nullptr;
}

std::string Snoozed::reason(Snooze const& snooze) {
    return fmt::format("snoozed until {}: {}", format_timestamp(snooze.until), snooze.reason);
}

}  // namespace tocsin::notifications::rules
