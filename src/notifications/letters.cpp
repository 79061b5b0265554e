#include "notifications/letters.hpp"

#include "notifications/courier.hpp"
#include "notifications/notifications.hpp"
#include "notifications/sealing.hpp"

#include <mutex>

namespace tocsin::notifications {
namespace {

net::MailMessage message_of(Letter const& letter, Settings const& settings) {
    return {.id = letter.message_id,
            .date = letter.date,
            .from = {settings.team_name, settings.team_email},
            .reply_to = {},
            .to = {{"", letter.to}},
            .subject = letter.subject,
            .language = letter.language,
            .text = letter.text,
            .html = letter.html,
            .headers = {{"Auto-Submitted", "auto-generated"}, {"X-Auto-Response-Suppress", "OOF, AutoReply"}},
            .files = {}};
}

/// To a contact's key, or to our own when it is for ourselves. Errors: Code::denied when it must not leave.
Result<std::string> bytes_of(Letter const& letter, Settings const& settings, Sealing* sealing) {
    auto const message = message_of(letter, settings);
    if (sealing == nullptr && letter.must_be_sealed) return fail(Code::denied, "nothing can be encrypted here");
    if (sealing == nullptr) return net::mail_bytes(message);
    auto plan = sealing->in_clear();
    if (letter.must_be_sealed && !letter.organisation) {
        auto own = sealing->keys().public_half(net::SealKind::openpgp);
        if (!own) own = sealing->keys().public_half(net::SealKind::smime);
        if (!own) return fail(Code::denied, "there is no key of ours to encrypt it to; tocsin mail-key make");
        plan.kind = own->kind;
        plan.keys.push_back(*std::move(own));
    } else if (letter.must_be_sealed) {
        TRY(plan, sealing->plan(Encryption::required, letter.organisation, std::span(&letter.to, 1)));
        if (!plan.refusal.empty()) return fail(Code::denied, plan.refusal);
    }
    auto bytes = sealing->bytes(message, plan);
    // Our key has expired, say: the letter waits until somebody has put that right.
    if (!bytes && plan.signs && bytes.error().code == Code::invalid)
        return fail(Code::unavailable, bytes.error().message);
    return bytes;
}

}  // namespace

struct Letters::Impl {
    Impl(std::filesystem::path const& path, Settings const& how, SendJournal&& opened, std::shared_ptr<Sealing> seals)
        : directory(path), settings(how), sealing(std::move(seals)), journal(std::move(opened)), boot(boot_name()) {}

    Result<net::SmtpOutcome> drop_in_outbox(Letter const& letter, std::string_view bytes) const {
        auto const folder = directory / "outbox";
        std::error_code fault;
        std::filesystem::create_directories(folder, fault);
        CHECK(store::write_file(folder / (letter.message_id + ".eml"), bytes));
        net::SmtpOutcome outcome{.kind = net::SmtpOutcome::Kind::accepted, .code = 250, .reply = "in the outbox"};
        CHECK(mark_result(journal.descriptor(), {letter.number, letter.attempt}, outcome));
        return outcome;
    }

    Courier& postman() {
        if (!courier)
            courier = settings.postman.empty() ? courier_here(settings.smtp, journal.descriptor())
                                               : courier_beside(settings.smtp, journal.descriptor(), settings.postman);
        return *courier;
    }

    std::filesystem::path directory;
    Settings settings;
    std::shared_ptr<Sealing> sealing;
    std::mutex mutex;  ///< one letter at a time; guards all below
    SendJournal journal;
    std::string boot;
    std::unique_ptr<Courier> courier;
};

Letters::Letters(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Letters::~Letters() = default;

Result<std::unique_ptr<Letters>> Letters::open(std::filesystem::path const& directory, Settings const& settings,
                                               std::shared_ptr<Sealing> sealing, std::string_view journal_name) {
    TRY(auto journal, SendJournal::open(directory / journal_name));
    return std::unique_ptr<Letters>(
        new Letters(std::make_unique<Impl>(directory, settings, std::move(journal), std::move(sealing))));
}

Result<net::SmtpOutcome> Letters::send(gate::Cleared<Letter> const& letter, std::function<bool()> const& is_stopping) {
    std::scoped_lock const lock(impl_->mutex);
    TRY(auto const bytes, bytes_of(*letter, impl_->settings, impl_->sealing.get()));
    if (impl_->settings.smtp.url.empty()) return impl_->drop_in_outbox(*letter, bytes);
    Parcel const parcel{{letter->number, letter->attempt}, {impl_->settings.team_email, {letter->to}}, bytes};
    if (auto outcome = impl_->postman().deliver(parcel, is_stopping)) return *std::move(outcome);
    // The postman is gone. What it wrote down last is all there is to know.
    TRY(auto const entries, impl_->journal.read());
    auto const entry = entries.find(parcel.attempt);
    if (entry != entries.end() && entry->second.outcome) return *entry->second.outcome;
    if (entry != entries.end() && entry->second.has_end)
        return net::SmtpOutcome{.kind = net::SmtpOutcome::Kind::unknown, .reply = "the sending process ended"};
    return net::SmtpOutcome{.kind = net::SmtpOutcome::Kind::temporary,
                            .reply = "the sending process ended before it was done"};
}

Result<std::optional<std::map<Letters::Attempt, LetterLeft>>> Letters::left() {
    std::scoped_lock const lock(impl_->mutex);
    std::optional<std::map<Attempt, LetterLeft>> known;
    if (!impl_->journal.try_lock()) return known;
    TRY(auto const entries, impl_->journal.read());
    known.emplace();
    for (auto const& [attempt, entry] : entries)
        known->emplace(Attempt{attempt.notification, attempt.number}, LetterLeft{entry.has_end, entry.outcome});
    return known;
}

Status Letters::settled() {
    std::scoped_lock const lock(impl_->mutex);
    return impl_->journal.clear();
}

std::string const& Letters::boot() const {
    return impl_->boot;
}

}  // namespace tocsin::notifications

namespace tocsin::gate {

Particulars About<notifications::Letter>::of(notifications::Letter const& letter) {
    Particulars about{.kind = "letter", .id = std::to_string(letter.number), .marking = {Tlp::green}};
    if (letter.organisation) about.concerns.push_back(letter.organisation);
    return about;
}

}  // namespace tocsin::gate
