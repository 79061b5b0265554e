#include "notifications/notifications.hpp"

#include "notifications/impl.hpp"
#include "notifications/inbox/reply_token.hpp"
#include "notifications/rules/outgoing.hpp"

#include <algorithm>
#include <array>

namespace tocsin::notifications {
namespace {

constexpr std::array<std::string_view, 6> state_names{"held", "queued", "sending", "sent", "failed", "cancelled"};
constexpr std::array<std::string_view, 4> statement_names{"seen", "repaired", "not_ours", "false_positive"};
constexpr std::array<std::string_view, 3> link_names{"open", "expired", "revoked"};

std::string details(std::string_view reason) {
    if (reason.empty()) return {};
    JsonWriter json;
    json.object().field("reason", reason).end();
    return std::move(json).text();
}

}  // namespace

std::string_view name_of(State state) {
    return word_of(state_names, state);
}
std::optional<State> parse_state(std::string_view text) {
    return value_of<State>(state_names, text);
}
std::string_view name_of(Statement statement) {
    return word_of(statement_names, statement);
}
std::optional<Statement> parse_statement(std::string_view text) {
    return value_of<Statement>(statement_names, text);
}
std::string_view name_of(LinkState state) {
    return word_of(link_names, state);
}

Notifications::Notifications(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Notifications::~Notifications() {
    stop();
}

Result<std::unique_ptr<Notifications>> Notifications::open(store::Ledger& ledger, store::DataDirectory const& directory,
                                                           access::Secrets const& secrets,
                                                           constituency::Constituency& constituency,
                                                           gate::Gate const& gate, Findings findings,
                                                           Clock const& clock, Settings settings) {
    if (!net::is_mail_address(settings.team_email))
        return fail(Code::invalid,
                    fmt::format("[team] email: {} is not a mail address", json_string(settings.team_email)));
    if (!settings.smtp.url.empty()) {
        if (auto const url = net::check_smtp_url(settings.smtp.url); !url)
            return std::unexpected(url.error().during("[mail] server"));
    }
    std::unique_ptr<Impl> impl(new Impl{.ledger = ledger,
                                        .directory = directory,
                                        .secrets = secrets,
                                        .constituency = constituency,
                                        .gate = gate,
                                        .findings = std::move(findings),
                                        .clock = clock,
                                        .settings = std::move(settings),
                                        .links = OwnerLinks(secrets)});
    auto* const house = impl.get();
    TRY(impl->sealing, Sealing::open(ledger, directory, constituency, clock, house->settings));
    TRY(impl->sender, Sender::open({.ledger = &ledger,
                                    .clock = &clock,
                                    .settings = &house->settings,
                                    .directory = directory.path(),
                                    .message = [house](auto id, auto const& to) { return house->parcel(id, to); },
                                    .by_channel =
                                        [house](auto id, auto channel, auto const& before_end, auto const& stops) {
                                            return house->send_by_channel(id, channel, before_end, stops);
                                        },
                                    .return_path = [house](auto id) { return house->return_path(id); },
                                    .is_unwanted = [house](auto address) { return house->why_not_to(address); },
                                    .changed = [house](auto id) { house->changed(id); }}));
    return std::unique_ptr<Notifications>(new Notifications(std::move(impl)));
}

void Notifications::Impl::changed(NotificationId id) {
    std::function<void(NotificationId)> tell;
    {
        std::scoped_lock const lock(listener_mutex);
        tell = listener;
    }
    if (tell) tell(id);
}

void Notifications::on_change(std::function<void(NotificationId)> listener) {
    std::scoped_lock const lock(impl_->listener_mutex);
    impl_->listener = std::move(listener);
}

Result<Plan> Notifications::plan(access::Principal const& by, PlanRequest const& request) {
    return impl_->plan(by, request);
}

// ---- looking

Result<Page> Notifications::list(Filter const& filter, std::size_t limit, std::optional<NotificationId> before) {
    limit = std::clamp<std::size_t>(limit, 1, 1000);
    TRY(auto items, impl_->ledger.read([&](store::Transaction& tx) {
        return tables::list(tx, filter, limit + 1, before, impl_->clock.now());
    }));
    Page page{.items = std::move(items), .next = {}};
    if (page.items.size() > limit) {
        page.items.pop_back();
        page.next = page.items.back().id;
    }
    return page;
}

Result<std::int64_t> Notifications::count(Filter const& filter) {
    return impl_->ledger.read([&](store::Transaction& tx) { return tables::count(tx, filter); });
}

Result<Detail> Notifications::show(NotificationId id, std::size_t most_lines) {
    StoredNotification stored;
    Content content;
    TRY(auto detail, impl_->ledger.read([&](store::Transaction& tx) -> Result<Detail> {
        TRY(stored, tables::one(tx, id, impl_->clock.now()));
        TRY(content, tables::content(tx, id));
        Detail detail;
        detail.message_id = stored.message_id;
        detail.gate = stored.gate;
        detail.lines = unpacked(content.lines, most_lines);
        detail.text = std::move(content.text);
        detail.html = std::move(content.html);
        TRY(detail.answers, tables::answers(tx, id));
        TRY(detail.timeline, tables::happenings(tx, id));
        detail.notification = stored.shown;
        return detail;
    }));
    if (stored.shown.findings > 0) {
        TRY(detail.files, impl_->files_of(stored, content));
    }
    if (most_lines == 0 || detail.notification.channel != "mail") return detail;
    TRY(auto const plan,
        impl_->sealing->plan(detail.notification.encryption, {stored.recipient}, std::span(detail.notification.to)));
    for (auto const& one : plan.to)
        detail.sealing.push_back(
            {.address = one.address,
             .kind = one.fingerprint.empty() || !plan.kind ? "" : std::string(net::name_of(*plan.kind)),
             .fingerprint = one.fingerprint,
             .trouble = one.trouble});
    detail.held_back = plan.refusal;
    return detail;
}

Result<File> Notifications::attachment(NotificationId id, std::string_view name) {
    TRY(auto detail, show(id, 0));
    for (auto& file : detail.files)
        if (file.name == name) return std::move(file);
    return fail(Code::not_found, fmt::format("notification {} has no attachment of that name", id.value));
}

Result<std::string> Notifications::message(NotificationId id) {
    TRY(auto const stored,
        impl_->ledger.read([&](store::Transaction& tx) { return tables::one(tx, id, impl_->clock.now()); }));
    TRY(auto mail, impl_->mail_of(id, stored.shown.to));
    TRY(auto const plan, impl_->sealing->plan(stored.shown.encryption, {stored.recipient}, std::span(stored.shown.to)));
    auto const how = !plan.refusal.empty() ? "held back: " + plan.refusal
                     : plan.kind           ? "leaves encrypted: " + plan.summary()
                     : plan.signs          ? fmt::format("leaves in clear, signed: {}", net::name_of(*plan.signs))
                                           : "leaves in clear";
    mail.message.headers.push_back({"X-Tocsin-Encryption", how});
    return net::mail_bytes(mail.message);
}

Result<std::string> Notifications::link_of(NotificationId id) {
    TRY(auto const stored,
        impl_->ledger.read([&](store::Transaction& tx) { return tables::one(tx, id, impl_->clock.now()); }));
    return "/o/" + impl_->links.token(stored.link, stored.shown.link_expires);
}

Digest Notifications::Impl::digest_of(StoredNotification const& stored, Content const& content, std::size_t most) {
    return {.organisation = {stored.shown.organisation},
            .organisation_name = stored.shown.organisation_name,
            .recipient = {stored.recipient},
            .recipient_name = stored.recipient_name,
            .is_abroad = false,
            .message_id = stored.message_id,
            .lines = unpacked(content.lines, most)};
}

Result<gate::Cleared<Digest>> Notifications::Impl::cleared(StoredNotification const& stored, Content const& content,
                                                           std::size_t most) const {
    return gate.clear(digest_of(stored, content, most),
                      gate::Recipient::constituent({stored.recipient}, stored.recipient_name));
}

Result<Notifications::Impl::Mail> Notifications::Impl::mail_of(NotificationId id,
                                                               std::vector<std::string> const& to) const {
    struct Found {
        StoredNotification stored;
        Content content;
    };
    TRY(auto found, ledger.read([&](store::Transaction& tx) -> Result<Found> {
        TRY(auto stored, tables::one(tx, id, clock.now()));
        TRY(auto content, tables::content(tx, id));
        return Found{std::move(stored), std::move(content)};
    }));
    // Asked again at the door itself: what was let pass at planning may not be let pass now.
    TRY(auto const digest, cleared(found.stored, found.content));
    if (!digest.decision().removed.empty())
        return fail(Code::denied,
                    "some of its findings may not go to this recipient any more; cancel it and plan again");
    auto const& shown = found.stored.shown;
    auto const domain = net::mail_domain(settings.team_email);
    std::optional<net::Mailbox> reply_to;
    auto subject = shown.subject;
    if (!settings.answer_address.empty()) {
        auto const token = ReplyTokens(secrets).token(ReplyKind::answer, id, found.stored.link);
        reply_to = net::Mailbox{settings.team_name, address_with(settings.answer_address, settings.sub_address, token)};
        if (reply_to->address == settings.answer_address) subject += fmt::format(" [{}]", token);
    }
    net::MailMessage message{.id = found.stored.message_id,
                             .date = shown.created,
                             .from = {settings.team_name, settings.team_email},
                             .reply_to = std::move(reply_to),
                             .to = {},
                             .subject = std::move(subject),
                             .language = shown.language,
                             .text = std::move(found.content.text),
                             .html = std::move(found.content.html),
                             .headers = {{"List-Id", fmt::format("<warnings.{}>", domain)},
                                         {"Auto-Submitted", "auto-generated"},
                                         {"X-Auto-Response-Suppress", "OOF, AutoReply"}},
                             .files = {}};
    TRY(auto carried, this->carried(id, digest));
    TRY(auto files, attacher.files(digest, carried.plan, shown.created));
    for (auto& file : files)
        message.files.push_back({std::move(file.name), std::move(file.type), std::move(file.bytes)});
    if (carried.has_changed()) {
        auto const was = Attacher::names(digest, carried.planned, shown.created, shown.language);
        auto const is = Attacher::names(digest, carried.plan.formats, shown.created, shown.language);
        message.text = replaced(std::move(message.text), was, is);
        message.html = replaced(std::move(message.html), was, is);
    }
    for (auto const& address : to) message.to.push_back({"", address});
    return Mail{std::move(found.stored), std::move(message), std::move(carried)};
}

Result<Notifications::Impl::Carried> Notifications::Impl::carried(NotificationId id,
                                                                  gate::Cleared<Digest> const& digest) const {
    TRY(auto const outcome, ledger.read([&](store::Transaction& tx) { return rules::tables::outcome(tx, id); }));
    Carried carried;
    carried.planned = outcome ? parse_attachments(outcome->attach) : Attachments{Attachment::csv};
    TRY(carried.plan, attacher.plan(digest, carried.planned));
    return carried;
}

Result<std::vector<File>> Notifications::Impl::files_of(StoredNotification const& stored,
                                                        Content const& content) const {
    auto const digest = cleared(stored, content);
    if (digest && digest->decision().removed.empty() && !(*digest)->lines.empty()) {
        TRY(auto const carried, this->carried(stored.shown.id, *digest));
        return attacher.files(*digest, carried.plan, stored.shown.created);
    }
    return std::vector<File>{
        {csv_name(stored.shown.tlp, stored.shown.created), "text/csv; charset=utf-8", csv_of(unpacked(content.lines))}};
}

/// What is attached otherwise than was planned, once.
Status Notifications::Impl::record_short(NotificationId id, Carried const& carried) const {
    if (!carried.has_changed()) return {};
    return ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const timeline, tables::happenings(tx, id));
        for (auto const& one : carried.plan.short_of)
            if (std::ranges::find(timeline, one.what, &Happening::what) == timeline.end())
                CHECK(tables::happened(tx, id, clock.now(), one.what, "server", ""));
        return {};
    });
}

Result<std::string> Notifications::Impl::parcel(NotificationId id, std::vector<std::string> const& to) const {
    TRY(auto const mail, mail_of(id, to));
    TRY(auto const plan, sealing->plan(mail.stored.shown.encryption, {mail.stored.recipient}, to));
    if (!plan.refusal.empty()) return fail(Code::conflict, plan.refusal);
    CHECK(record_short(id, mail.carried));
    auto const summary = plan.summary();
    if (!plan.kind && !mail.stored.shown.sealed.empty())
        CHECK(ledger.write([&](store::Transaction& tx) { return tables::set_sealed(tx, id, summary); }));
    if (!plan.kind && !plan.signs) return sealing->bytes(mail.message, plan);
    // Sealed or signed again it has other bytes: what the first attempt sent is kept for the next one.
    auto sealed_for = plan.kind ? summary : fmt::format("signed {}", net::name_of(*plan.signs));
    for (auto const& address : to) sealed_for += "\n" + address;
    if (auto const attached = text_of(mail.carried.plan.formats); attached != "csv") sealed_for += "\nwith " + attached;
    TRY(auto const kept, ledger.read([&](store::Transaction& tx) { return tables::parcel(tx, id); }));
    if (kept && kept->sealed_for == sealed_for) return kept->bytes;
    auto bytes = sealing->bytes(mail.message, plan);
    // A key that GnuPG will not use after all: a person looks at it, nobody gets it in clear.
    if (!bytes && bytes.error().code == Code::invalid) return fail(Code::conflict, bytes.error().message);
    if (!bytes) return bytes;
    CHECK(ledger.write([&](store::Transaction& tx) -> Status {
        CHECK(tables::keep_parcel(tx, id, {sealed_for, *bytes}));
        CHECK(tables::set_sealed(tx, id, summary));
        return tables::happened(tx, id, clock.now(), plan.kind ? "encrypted" : "signed", "server",
                                plan.kind ? summary : std::string(net::name_of(*plan.signs)));
    }));
    return bytes;
}

Result<std::string> Notifications::Impl::return_path(NotificationId id) const {
    if (settings.answer_address.empty()) return settings.team_email;
    TRY(auto const stored, ledger.read([&](store::Transaction& tx) { return tables::one(tx, id, clock.now()); }));
    return address_with(settings.answer_address, settings.sub_address,
                        ReplyTokens(secrets).token(ReplyKind::bounce, id, stored.link));
}

/// Whose contacts a notification goes to: of an escalation the level above, else the owner's, or who stands in.
Result<constituency::OrganisationId> Notifications::Impl::owner_of_contacts(NotificationId id,
                                                                            std::int64_t organisation) const {
    return ledger.read([&](store::Transaction& tx) -> Result<constituency::OrganisationId> {
        TRY(auto const wanted, delivery_wanted(tx, id));
        if (wanted.source != "escalation") return constituency::OrganisationId{organisation};
        TRY(auto const stored, tables::one(tx, id, clock.now()));
        return constituency::OrganisationId{stored.recipient};
    });
}

Rules& Notifications::rules() {
    return impl_->rules;
}

// ---- acting

Result<std::int64_t> Notifications::Impl::change(access::Principal const& by, std::span<NotificationId const> ids,
                                                 std::string_view act, std::string_view reason, Step const& step) {
    std::vector<NotificationId> moved;
    TRY(auto const done, ledger.write([&](store::Transaction& tx) -> Result<bool> {
        for (auto const id : ids) {
            TRY(auto const stored, tables::one(tx, id, clock.now()));
            TRY(auto const has_moved, step(tx, stored));
            if (!has_moved) continue;
            moved.push_back(id);
            CHECK(access::audit(
                tx, by, clock.now(),
                {.what = act, .kind = "notification", .id = std::to_string(id.value), .details = details(reason)}));
        }
        return true;
    }));
    (void)done;
    for (auto const id : moved) changed(id);
    return static_cast<std::int64_t>(moved.size());
}

Result<std::int64_t> Notifications::approve(access::Principal const& by, std::span<NotificationId const> ids) {
    auto& house = *impl_;
    TRY(auto const count,
        house.change(by, ids, "notification.approve", "", [&](auto& tx, auto const& stored) -> Result<bool> {
            static constexpr std::array from{State::held};
            auto const id = stored.shown.id;
            if (stored.shown.state != State::held) return false;
            TRY(auto const approval, rules::approve(tx, by, id, house.clock.now()));
            if (!approval.is_enough) return true;
            TRY(auto const moved, tables::move(tx, id, from, State::queued, house.clock.now()));
            TOCSIN_ASSERT(moved);
            TRY(auto const content, tables::content(tx, id));
            TRY(auto const digest, house.cleared(stored, content));
            CHECK(gate::Gate::record(tx, by, house.clock.now(), digest, door_of(stored.shown.channel)));
            CHECK(tables::happened(tx, id, house.clock.now(), "approved", by.who, approval.words));
            if (approval.not_before) CHECK(rules::tables::wait_until(tx, id, *approval.not_before));
            return true;
        }));
    if (count > 0) house.sender->wake();
    return count;
}

Result<std::int64_t> Notifications::cancel(access::Principal const& by, std::span<NotificationId const> ids,
                                           std::string_view reason) {
    auto& house = *impl_;
    return house.change(by, ids, "notification.cancel", reason, [&](auto& tx, auto const& stored) -> Result<bool> {
        static constexpr std::array from{State::held, State::queued, State::failed};
        auto const id = stored.shown.id;
        TRY(auto const moved, tables::move(tx, id, from, State::cancelled, house.clock.now()));
        if (moved) CHECK(tables::happened(tx, id, house.clock.now(), "cancelled", by.who, reason));
        return moved;
    });
}

Result<std::int64_t> Notifications::resend(access::Principal const& by, std::span<NotificationId const> ids,
                                           std::string_view reason) {
    auto& house = *impl_;
    // Contacts may have changed; asked before the transaction, which must not wait for other rooms.
    std::map<NotificationId, Addressees> fresh;
    for (auto const id : ids) {
        TRY(auto const detail, show(id, 0));
        TRY(auto const whom, house.owner_of_contacts(id, detail.notification.organisation));
        TRY(auto contacts, house.contacts_of(whom));
        // Of those of its language, who had it before: others may be written to in another way (encrypted, or not).
        auto const& had = detail.notification.to;
        auto const is_like = [&](Addressees const& other) {
            return other.language == detail.notification.language && other.channel == detail.notification.channel;
        };
        auto group = std::ranges::find_if(contacts.groups, [&](Addressees const& other) {
            return is_like(other) && std::ranges::any_of(other.now, [&](auto const& address) {
                       return std::ranges::any_of(
                           had, [&](auto const& before) { return equal_ignoring_case(before, address); });
                   });
        });
        if (group == contacts.groups.end()) group = std::ranges::find_if(contacts.groups, is_like);
        if (group != contacts.groups.end()) fresh[id] = *group;
    }
    TRY(auto const count,
        house.change(by, ids, "notification.resend", reason, [&](auto& tx, auto const& stored) -> Result<bool> {
            static constexpr std::array from{State::sent, State::failed, State::cancelled};
            auto const id = stored.shown.id;
            CHECK(rules::check_approved(tx, id));
            TRY(auto const moved, tables::move(tx, id, from, State::queued, house.clock.now()));
            if (!moved) return false;
            if (auto const group = fresh.find(id); group != fresh.end())
                CHECK(tables::address_to(tx, id, group->second.now, group->second.others));
            TRY(auto const content, tables::content(tx, id));
            TRY(auto const digest, house.cleared(stored, content));
            CHECK(gate::Gate::record(tx, by, house.clock.now(), digest, door_of(stored.shown.channel)));
            CHECK(tables::happened(tx, id, house.clock.now(), "queued", by.who, reason));
            return true;
        }));
    if (count > 0) house.sender->wake();
    return count;
}

Result<std::int64_t> Notifications::revoke_link(access::Principal const& by, std::span<NotificationId const> ids,
                                                std::string_view reason) {
    auto& house = *impl_;
    return house.change(by, ids, "notification.revoke_link", reason, [&](auto& tx, auto const& stored) -> Result<bool> {
        auto const id = stored.shown.id;
        TRY(auto const moved, tables::revoke(tx, id, house.clock.now()));
        if (moved) CHECK(tables::happened(tx, id, house.clock.now(), "revoked", by.who, reason));
        return moved;
    });
}

// ---- running

Result<SendReport> Notifications::send_due(std::function<bool()> const& is_stopping) {
    return impl_->sender->send_due(is_stopping);
}

void Notifications::start() {
    impl_->sender->start();
    if (!impl_->planner.joinable())
        impl_->planner = std::jthread([this](std::stop_token const& stop) { impl_->plan_when_settled(stop); });
}

void Notifications::stop() {
    if (impl_->planner.joinable()) {
        impl_->planner.request_stop();
        impl_->planner.join();
    }
    impl_->sender->stop();
}

void Notifications::news() {
    {
        std::scoped_lock const lock(impl_->news_mutex);
        impl_->last_news = std::chrono::steady_clock::now();
    }
    impl_->news_came.notify_all();
}

std::filesystem::path Notifications::mail_work() const {
    return impl_->sealing->keys().work();
}

std::string Notifications::mail_trouble() {
    auto const& smtp = impl_->settings.smtp;
    if (!smtp.url.empty()) {
        auto const outcome = net::SmtpClient(smtp).probe();
        return outcome.kind == net::SmtpOutcome::Kind::accepted ? std::string() : outcome.reply;
    }
    auto const folder = impl_->directory / "outbox";
    std::error_code fault;
    std::filesystem::create_directories(folder, fault);
    auto const probe = folder / ".probe";
    if (auto const written = store::write_file(probe, ""); !written) return written.error().message;
    std::filesystem::remove(probe, fault);
    return {};
}

}  // namespace tocsin::notifications
