#include "notifications/inbox.hpp"

#include "notifications/inbox/intake.hpp"

#include <algorithm>
#include <array>

namespace tocsin::notifications {
namespace {

constexpr std::array<std::string_view, 4> kind_names{"answer", "bounce", "automatic", "unmatched"};
constexpr std::array<std::string_view, 7> doubt_names{"",          "no_token",  "forged", "expired", "unknown_sender",
                                                      "encrypted", "unreadable"};
constexpr std::array<std::string_view, 7> doubt_words{
    "",
    "nothing in it tells which warning it is about",
    "its token was not made by this installation",
    "the link of its warning has expired or was closed",
    "from an unknown sender: no contact of the organisation has this address",
    "it is encrypted; read it in the mailbox",
    "it could not be read"};
constexpr std::size_t longest_note = 4000;

}  // namespace

std::string_view name_of(MailKind kind) {
    return word_of(kind_names, kind);
}
std::optional<MailKind> parse_mail_kind(std::string_view text) {
    return value_of<MailKind>(kind_names, text);
}
std::string_view name_of(Doubt doubt) {
    return word_of(doubt_names, doubt);
}
std::string_view words_of(Doubt doubt) {
    return word_of(doubt_words, doubt);
}

Inbox::Inbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Inbox::~Inbox() {
    stop();
}

Result<std::unique_ptr<Inbox>> Inbox::open(Notifications& room, InboxSettings settings) {
    if (!settings.url.empty()) {
        if (auto const url = net::check_imap_url(settings.url); !url)
            return std::unexpected(url.error().during("[inbox] server"));
    }
    return std::unique_ptr<Inbox>(new Inbox(std::make_unique<Impl>(*room.impl_, std::move(settings))));
}

void Inbox::Impl::changed(InboxMailId id) {
    std::function<void(InboxMailId)> tell;
    {
        std::scoped_lock const lock(listener_mutex);
        tell = listener;
    }
    if (tell) tell(id);
}

void Inbox::on_change(std::function<void(InboxMailId)> listener) {
    std::scoped_lock const lock(impl_->listener_mutex);
    impl_->listener = std::move(listener);
}

Result<InboxReport> Inbox::check(std::function<bool()> const& is_cancelled) {
    return impl_->check(is_cancelled);
}

Result<InboxMail> Inbox::take(std::string_view mail, access::Principal const& by) {
    TRY(auto const taken, impl_->take(mail, "file"));
    if (!taken.was_known) {
        TRY(auto const noted, impl_->house.ledger.write([&](store::Transaction& tx) -> Result<bool> {
            CHECK(access::audit(tx, by, impl_->house.clock.now(),
                                {.what = "inbox.take", .kind = "mail", .id = std::to_string(taken.mail.id.value)}));
            return true;
        }));
        (void)noted;
    }
    return show(taken.mail.id);
}

Result<InboxPage> Inbox::list(InboxFilter const& filter, std::size_t limit, std::optional<InboxMailId> before) {
    limit = std::clamp<std::size_t>(limit, 1, 1000);
    TRY(auto items, impl_->house.ledger.read(
                        [&](store::Transaction& tx) { return tables::inbox_mails(tx, filter, limit + 1, before); }));
    InboxPage page{.items = std::move(items), .next = {}};
    if (page.items.size() > limit) {
        page.items.pop_back();
        page.next = page.items.back().id;
    }
    return page;
}

Result<std::int64_t> Inbox::count(InboxFilter const& filter) {
    return impl_->house.ledger.read([&](store::Transaction& tx) { return tables::count_inbox_mails(tx, filter); });
}

Result<InboxMail> Inbox::show(InboxMailId id) {
    return impl_->house.ledger.read([&](store::Transaction& tx) { return tables::inbox_mail(tx, id); });
}

Result<InboxMail> Inbox::handle(InboxMailId id, Handling const& handling, access::Principal const& by) {
    std::scoped_lock const lock(impl_->mutex);
    auto& house = impl_->house;
    if (handling.note.size() > longest_note)
        return fail(Code::invalid, fmt::format("note: expected at most {} bytes", longest_note));
    TRY(auto mail, show(id));
    if (!mail.waits) return fail(Code::conflict, fmt::format("mail {} does not wait for anybody", id.value));
    auto const now = house.clock.now();
    if (handling.notification) {
        TRY(auto const stored,
            house.ledger.read([&](store::Transaction& tx) { return tables::one(tx, handling.notification, now); }));
        mail.notification = handling.notification;
        mail.organisation = stored.shown.organisation;
        mail.organisation_name = stored.shown.organisation_name;
    }
    if (handling.said && !mail.notification)
        return fail(Code::invalid, "said: expected a notification that it is about");
    if (handling.said) {
        mail.said = handling.said;
        CHECK(
            impl_->say(mail.notification, {.said = *handling.said, .by = by.who, .text = mail.words, .by_team = true}));
    }
    mail.waits = false;
    mail.handled = now;
    mail.handled_by = by.who;
    mail.note = handling.note;
    TRY(auto const done, house.ledger.write([&](store::Transaction& tx) -> Result<bool> {
        CHECK(tables::update_mail(tx, mail));
        if (handling.said) {
            CHECK(tables::answer(tx, mail.notification,
                                 {.at = now, .finding = {}, .said = *handling.said, .text = mail.words}));
            CHECK(tables::happened(tx, mail.notification, now, "said", by.who, name_of(*handling.said)));
        }
        CHECK(access::audit(tx, by, now, {.what = "inbox.handle", .kind = "mail", .id = std::to_string(id.value)}));
        return true;
    }));
    (void)done;
    impl_->changed(id);
    if (handling.said) house.changed(mail.notification);
    return mail;
}

Result<std::vector<BouncedAddress>> Inbox::bounces() {
    return impl_->house.ledger.read(
        [&](store::Transaction& tx) { return tables::bounced_addresses(tx, impl_->house.settings.most_bounces); });
}

Status Inbox::clear_bounces(std::string_view address, access::Principal const& by) {
    TRY(auto const cleared, impl_->house.ledger.write([&](store::Transaction& tx) -> Result<bool> {
        TRY(auto const had, tables::clear_bounces(tx, address));
        if (!had) return fail(Code::not_found, fmt::format("no mail to {} came back", address));
        CHECK(access::audit(tx, by, impl_->house.clock.now(), {.what = "bounce.clear", .kind = "mail"}));
        return true;
    }));
    (void)cleared;
    impl_->changed({});
    return {};
}

Result<InboxHealth> Inbox::health() {
    InboxHealth health{.has_mailbox = !impl_->settings.url.empty(), .last_run = {}, .last_success = {}, .error = {}};
    if (!health.has_mailbox) return health;
    TRY(auto const course,
        impl_->house.ledger.read([&](store::Transaction& tx) { return tables::mailbox_course(tx, impl_->mailbox()); }));
    health.last_run = course.last_run;
    health.last_success = course.last_success;
    health.error = course.error;
    return health;
}

// ---- running

void Inbox::Impl::work(std::stop_token const& stop) {
    auto const stops = [&] { return stop.stop_requested(); };
    while (!stops()) {
        auto const report = check(stops);
        if (!report && !stops()) log::warning("the mailbox of answers: {}", report.error().message);
        if (report && report->is_unfinished) continue;
        std::unique_lock lock(thread_mutex);
        woken.wait_for(lock, stop, settings.every, [] { return false; });
    }
}

void Inbox::start() {
    if (impl_->settings.url.empty() || impl_->thread.joinable()) return;
    impl_->thread = std::jthread([this](std::stop_token const& stop) { impl_->work(stop); });
}

void Inbox::stop() {
    if (!impl_ || !impl_->thread.joinable()) return;
    impl_->thread.request_stop();
    impl_->thread.join();
}

void append(JsonWriter& json, InboxMail const& mail, bool with_body) {
    json.object()
        .field("id", mail.id.value)
        .field("taken", mail.taken)
        .field("kind", name_of(mail.kind))
        .field_or_null("notification",
                       mail.notification ? std::optional<std::int64_t>(mail.notification.value) : std::nullopt)
        .reference("organisation", mail.organisation, mail.organisation_name)
        .field("sender", mail.sender)
        .field_or_null("sender_name", mail.sender_name)
        .field("subject", mail.subject)
        .field("text", mail.words);
    json.key("attachments").array();
    for (auto const& name : mail.attachments) json.value(name);
    json.end()
        .field_or_null("said", mail.said ? name_of(*mail.said) : std::string_view())
        .field_or_null("doubt", name_of(mail.doubt))
        .field("waits", mail.waits)
        .field_or_null("handled", mail.handled)
        .field_or_null("handled_by", mail.handled_by)
        .field_or_null("note", mail.note);
    if (with_body) json.field("body", mail.body);
    json.end();
}

}  // namespace tocsin::notifications
