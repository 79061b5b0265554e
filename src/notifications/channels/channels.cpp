#include "notifications/channels.hpp"

#include "notifications/channels/channel.hpp"
#include "notifications/channels/channel_store.hpp"
#include "notifications/impl.hpp"

#include <array>

namespace tocsin::notifications {
namespace {

constexpr std::array<std::string_view, 7> kind_names{"mail",   "webhook", "mattermost", "slack",
                                                     "matrix", "sms",     "letter"};
constexpr std::string_view purpose = "contact-channel";
constexpr std::size_t longest_room = 255, longest_token = 1000;

Status check(ContactChannel const& draft, std::string_view token) {
    if (draft.kind == ChannelKind::mail || draft.kind == ChannelKind::sms || draft.kind == ChannelKind::letter)
        return fail(Code::invalid, "kind: expected webhook, mattermost, slack or matrix");
    bool const is_matrix = draft.kind == ChannelKind::matrix;
    if (is_matrix && (!draft.room.starts_with('!') || !draft.room.contains(':') || draft.room.size() > longest_room))
        return fail(Code::invalid, "room: expected the id of a Matrix room, \"!abc:example.org\"");
    if (is_matrix && (token.empty() || token.size() > longest_token))
        return fail(Code::invalid, "token: expected the access token of the account that speaks in the room");
    if (!is_matrix && (!draft.room.empty() || !token.empty()))
        return fail(Code::invalid, "room and token: expected for matrix only");
    return {};
}

}  // namespace

std::string_view name_of(ChannelKind kind) {
    return word_of(kind_names, kind);
}
std::optional<ChannelKind> channel_kind_named(std::string_view name) {
    return value_of<ChannelKind>(kind_names, name);
}
bool repeats_safely(ChannelKind kind) {
    return kind == ChannelKind::webhook || kind == ChannelKind::matrix || kind == ChannelKind::letter;
}

Result<std::vector<ContactChannel>> Channels::all() {
    return room_.impl_->ledger.read([](store::Transaction& tx) -> Result<std::vector<ContactChannel>> {
        TRY(auto const stored, tables::channels(tx));
        std::vector<ContactChannel> all;
        for (auto const& one : stored) all.push_back(one.channel);
        return all;
    });
}

Result<std::string> Channels::set(ContactChannel const& draft, std::string_view token, access::Principal const& by) {
    auto& house = *room_.impl_;
    CHECK(check(draft, token));
    TRY(auto const contact, house.constituency.directory().contact(draft.contact));
    if (contact.webhook.empty())
        return fail(Code::invalid, fmt::format("contact {} has no webhook address; set it first", draft.contact.value));
    auto const secret =
        draft.kind == ChannelKind::matrix ? std::string(token) : "whsec_" + to_base64url(secret_bytes(32));
    tables::StoredChannel stored{.channel = draft, .secret = house.secrets.seal(purpose, secret)};
    stored.channel.created = house.clock.now();
    TRY(auto const done, house.ledger.write([&](store::Transaction& tx) -> Result<bool> {
        CHECK(tables::set_channel(tx, stored));
        CHECK(access::audit(tx, by, house.clock.now(),
                            {.what = "channel.set", .kind = "contact", .id = std::to_string(draft.contact.value)}));
        return true;
    }));
    (void)done;
    return draft.kind == ChannelKind::webhook ? secret : std::string();
}

Status Channels::remove(constituency::ContactId contact, access::Principal const& by) {
    auto& house = *room_.impl_;
    TRY(auto const done, house.ledger.write([&](store::Transaction& tx) -> Result<bool> {
        TRY(auto const had, tables::remove_channel(tx, contact));
        if (!had) return fail(Code::not_found, fmt::format("contact {} has no channel", contact.value));
        CHECK(access::audit(tx, by, house.clock.now(),
                            {.what = "channel.remove", .kind = "contact", .id = std::to_string(contact.value)}));
        return true;
    }));
    (void)done;
    return {};
}

// ---- on paper

Result<std::vector<PaperLetter>> Channels::letters(bool also_posted) {
    return room_.impl_->ledger.read([&](store::Transaction& tx) { return tables::letters(tx, also_posted); });
}

Result<std::string> Channels::print(NotificationId id, access::Principal const& by) {
    auto& house = *room_.impl_;
    TRY(auto const is_there, house.ledger.read([&](store::Transaction& tx) { return tables::has_letter(tx, id); }));
    if (!is_there) return fail(Code::not_found, fmt::format("notification {} is no letter", id.value));
    TRY(auto const ready, house.ready_to_leave(id));
    TRY(auto bytes, letter_pdf(ready.dispatch(house.settings)));
    TRY(auto const done, house.ledger.write([&](store::Transaction& tx) -> Result<bool> {
        CHECK(tables::printed(tx, id, house.clock.now()));
        CHECK(access::audit(tx, by, house.clock.now(),
                            {.what = "letter.print", .kind = "notification", .id = std::to_string(id.value)}));
        return true;
    }));
    (void)done;
    return bytes;
}

Result<std::int64_t> Channels::posted(std::span<NotificationId const> ids, access::Principal const& by) {
    auto& house = *room_.impl_;
    auto const now = house.clock.now();
    std::vector<NotificationId> moved;
    TRY(auto const done, house.ledger.write([&](store::Transaction& tx) -> Result<bool> {
        for (auto const id : ids) {
            TRY(auto const is_there, tables::has_letter(tx, id));
            if (!is_there) return fail(Code::not_found, fmt::format("notification {} is no letter", id.value));
            TRY(auto const changed, tables::posted(tx, id, now, by.who));
            if (!changed) continue;
            moved.push_back(id);
            CHECK(tables::happened(tx, id, now, "posted", by.who, ""));
            CHECK(access::audit(tx, by, now,
                                {.what = "letter.posted", .kind = "notification", .id = std::to_string(id.value)}));
        }
        return true;
    }));
    (void)done;
    for (auto const id : moved) house.changed(id);
    return static_cast<std::int64_t>(moved.size());
}

// ---- on their way

Dispatch ReadyToLeave::dispatch(Settings const& settings) const {
    auto const& shown = stored.shown;
    return {.id = shown.id,
            .key = stored.message_id,
            .to = shown.to.empty() ? std::string() : shown.to.front(),
            .digest = &digest,
            .language = shown.language,
            .subject = shown.subject,
            .link = link,
            .created = shown.created,
            .link_expires = shown.link_expires,
            .now = now,
            .channel = channel,
            .secret = secret,
            .settings = &settings};
}

/// What the gate lets pass at this moment, with what its channel needs.
Result<ReadyToLeave> Notifications::Impl::ready_to_leave(NotificationId id) const {
    struct Found {
        StoredNotification stored;
        Content content;
    };
    TRY(auto found, ledger.read([&](store::Transaction& tx) -> Result<Found> {
        TRY(auto stored, tables::one(tx, id, clock.now()));
        TRY(auto content, tables::content(tx, id));
        return Found{std::move(stored), std::move(content)};
    }));
    TRY(auto digest, cleared(found.stored, found.content));
    if (!digest.decision().removed.empty())
        return fail(Code::denied,
                    "some of its findings may not go to this recipient any more; cancel it and plan again");
    auto link = url_of(links.token(found.stored.link, found.stored.shown.link_expires));
    return ReadyToLeave{.stored = std::move(found.stored),
                        .digest = std::move(digest),
                        .link = std::move(link),
                        .now = clock.now(),
                        .channel = {},
                        .secret = {}};
}

/// The contact's channel as it is set up now: a webhook that was removed gets nothing.
Status Notifications::Impl::find_channel(ReadyToLeave& ready) const {
    TRY(auto const all, ledger.read([](store::Transaction& tx) { return tables::channels(tx); }));
    for (auto const& one : all) {
        auto const contact = constituency.directory().contact(one.channel.contact);
        bool const is_it = contact && !ready.stored.shown.to.empty() &&
                           contact->webhook == ready.stored.shown.to.front() &&
                           contact->organisation.value == ready.stored.recipient && !contact->do_not_contact;
        if (!is_it) continue;
        auto const secret = secrets.unseal(purpose, one.secret);
        if (!secret) return fail(Code::denied, "its secret was sealed by another installation; set the channel anew");
        ready.channel = one.channel;
        ready.secret = *secret;
        return {};
    }
    return fail(Code::denied, "the contact's webhook is not set up any more");
}

Result<net::SmtpOutcome> Notifications::Impl::send_by_channel(NotificationId id, std::string_view channel,
                                                              std::function<Status()> const& before_end,
                                                              std::function<bool()> const& stops) const {
    auto const kind = channel_kind_named(channel);
    TOCSIN_ASSERT(kind && *kind != ChannelKind::mail);
    auto const refused = [](Error const& error) -> Result<net::SmtpOutcome> {
        if (error.code != Code::denied && error.code != Code::invalid) return std::unexpected(error);
        return net::SmtpOutcome{.kind = net::SmtpOutcome::Kind::permanent, .reply = error.message};
    };
    auto ready = ready_to_leave(id);
    if (!ready) return refused(ready.error());
    if (*kind == ChannelKind::letter) {
        TRY(auto const done, ledger.write([&](store::Transaction& tx) -> Result<bool> {
            CHECK(tables::queue_letter(tx, id, clock.now()));
            return true;
        }));
        (void)done;
        return net::SmtpOutcome{.kind = net::SmtpOutcome::Kind::accepted, .reply = "waits to be printed"};
    }
    if (*kind != ChannelKind::sms) {
        if (auto const found = find_channel(*ready); !found) return refused(found.error());
        if (ready->channel.kind != *kind) return refused({Code::denied, "the contact's channel was changed"});
    }
    auto const dispatch = ready->dispatch(settings);
    if (*kind == ChannelKind::webhook) return send_webhook(dispatch, before_end, stops);
    if (*kind == ChannelKind::matrix) return send_matrix(dispatch, before_end, stops);
    if (*kind == ChannelKind::sms) return send_sms(dispatch, before_end, stops);
    return send_chat(dispatch, before_end, stops);
}

std::string_view door_of(std::string_view channel) {
    if (channel == name_of(ChannelKind::mail)) return "mail";
    return channel == name_of(ChannelKind::letter) ? "file" : "api";
}

void append(JsonWriter& json, PaperLetter const& one) {
    json.object()
        .field("notification", one.notification.value)
        .field("organisation", one.organisation_name)
        .field("to", one.to)
        .field("subject", one.subject)
        .field("language", one.language)
        .field("findings", one.findings)
        .field("queued", one.queued)
        .field_or_null("printed", one.printed)
        .field_or_null("posted", one.posted)
        .field_or_null("posted_by", one.posted_by)
        .end();
}

}  // namespace tocsin::notifications
