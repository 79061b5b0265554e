#include "notifications/inbox/intake.hpp"

#include "formats/mail/incoming_mail.hpp"
#include "notifications/inbox/answer_text.hpp"

#include <algorithm>
#include <set>

/// What a mail that came is about, whether it is believed, and what it changes.
namespace tocsin::notifications {
namespace {

using formats::mail::IncomingMail;

constexpr std::size_t longest_body = std::size_t{64} << 10;
constexpr std::size_t longest_comment = 8000;
constexpr std::size_t owner_token_letters = 48;

/// To which warning a mail belongs.
struct Match {
    Doubt doubt = Doubt::no_token;
    std::optional<StoredNotification> stored = {};
};

std::string cut(std::string_view text, std::size_t most) {
    auto end = std::min(text.size(), most);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return std::string(text.substr(0, end));
}

/// The same mail, by whichever way it came again.
std::string identity_of(IncomingMail const& mail, std::string_view bytes) {
    if (mail.id.empty()) return access::sha256(fmt::format("bytes\n{}", bytes));
    return access::sha256(fmt::format("mail\n{}\n{}\n{}\n{}", mail.id, mail.from, mail.text, mail.html));
}

bool has_address(std::vector<std::string> const& addresses, std::string_view address) {
    return std::ranges::any_of(addresses, [&](auto const& one) { return equal_ignoring_case(one, address); });
}

class Intake {
  public:
    Intake(Inbox::Impl& inbox, IncomingMail const& mail, std::string_view bytes, std::string_view came_from)
        : inbox_(inbox),
          house_(inbox.house),
          mail_(mail),
          identity_(identity_of(mail, bytes)),
          came_from_(came_from),
          now_(house_.clock.now()) {}

    Result<Inbox::Impl::Taken> run() {
        TRY(auto const known, house_.ledger.read([&](store::Transaction& tx) -> Result<std::optional<InboxMail>> {
            TRY(auto const id, tables::known_mail(tx, identity_));
            if (!id) return std::optional<InboxMail>();
            TRY(auto kept, tables::inbox_mail(tx, *id));
            return std::optional(std::move(kept));
        }));
        if (known) return Inbox::Impl::Taken{.mail = *known, .was_known = true};
        auto const report = bounces_in(mail_);
        TRY(auto const match, find(report));
        fill(match);
        if (!report.words.empty()) {
            CHECK(take_bounce(match, report));
        } else if (is_automatic(mail_)) {
            CHECK(take_automatic(match));
        } else {
            CHECK(take_answer(match));
        }
        if (is_queued_) house_.sender->wake();
        if (match.stored) house_.changed(match.stored->shown.id);
        return Inbox::Impl::Taken{.mail = std::move(kept_)};
    }

  private:
    // ---- to what it belongs

    Result<Match> find(BounceReport const& report) {
        return house_.ledger.read([&](store::Transaction& tx) -> Result<Match> {
            Match match;
            bool const is_bounce = !report.words.empty();
            for (auto const& claim : claims()) {
                auto stored = tables::one(tx, claim.notification, now_);
                if (!stored && stored.error().code != Code::not_found) return std::unexpected(stored.error());
                if (!stored || !inbox_.tokens.is_good(claim, stored->link)) {
                    if (match.doubt == Doubt::no_token) match.doubt = Doubt::forged;
                } else if (settle(match, *std::move(stored), is_bounce)) {
                    return match;
                }
            }
            auto ids = mail_.references;
            if (is_bounce && !report.original_id.empty()) ids.insert(ids.begin(), report.original_id);
            for (auto const& id : ids) {
                TRY(auto const found, tables::by_message_id(tx, id));
                if (!found) continue;
                TRY(auto stored, tables::one(tx, *found, now_));
                if (settle(match, std::move(stored), is_bounce)) return match;
            }
            if (!is_bounce) CHECK(find_by_link(tx, match));
            return match;
        });
    }

    std::vector<ReplyClaim> claims() const {
        std::vector<ReplyClaim> all;
        auto const& settings = house_.settings;
        for (auto const& address : mail_.recipients)
            if (auto claim = claim_in_address(address, settings.answers_to(), settings.sub_address))
                all.push_back(*std::move(claim));
        if (auto claim = claim_in_subject(mail_.subject)) all.push_back(*std::move(claim));
        if (all.size() > 20) all.resize(20);
        return all;
    }

    /// A closed link takes no answers any more; what a mail server says counts all the same. True: it is found.
    static bool settle(Match& match, StoredNotification stored, bool is_bounce) {
        if (!is_bounce && stored.shown.link != LinkState::open) {
            match.doubt = Doubt::expired;
            return false;
        }
        match.doubt = Doubt::none;
        match.stored = std::move(stored);
        return true;
    }

    /// The owner's link stands in what is quoted.
    Status find_by_link(store::Transaction& tx, Match& match) {
        auto const& text = mail_.text.empty() ? mail_.html : mail_.text;
        std::size_t looked = 0;
        for (auto at = text.find("/o/"); at != std::string::npos && looked++ < 20; at = text.find("/o/", at + 3)) {
            auto const token = std::string_view(text).substr(at + 3, owner_token_letters);
            auto const link = house_.links.link(token, now_);
            if (!link) continue;
            TRY(auto const id, tables::by_link(tx, *link));
            if (!id) continue;
            TRY(auto stored, tables::one(tx, *id, now_));
            if (settle(match, std::move(stored), false)) return {};
        }
        return {};
    }

    void fill(Match const& match) {
        kept_.taken = now_;
        kept_.sender = mail_.from;
        kept_.sender_name = mail_.from_name;
        kept_.subject = mail_.subject;
        kept_.words = own_words(mail_);
        kept_.body = cut(mail_.text.empty() ? mail_.html : mail_.text, longest_body);
        kept_.attachments = mail_.attachments;
        kept_.doubt = match.doubt;
        if (!match.stored) return;
        auto const& shown = match.stored->shown;
        kept_.notification = shown.id;
        kept_.organisation = shown.organisation;
        kept_.organisation_name = shown.organisation_name;
    }

    Result<bool> keep(store::Transaction& tx) {
        TRY(kept_.id, tables::insert_mail(tx, kept_, identity_, came_from_));
        return true;
    }

    // ---- what it changes

    Status take_automatic(Match const& match) {
        kept_.kind = MailKind::automatic;
        if (kept_.doubt == Doubt::no_token) kept_.doubt = Doubt::none;
        return done(house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
            if (match.stored)
                CHECK(tables::happened(tx, kept_.notification, now_, "auto_replied", kept_.organisation_name,
                                       cut(mail_.subject, 200)));
            return keep(tx);
        }));
    }

    Status take_answer(Match const& match) {
        kept_.waits = true;
        kept_.kind = MailKind::unmatched;
        if (!match.stored) return done(house_.ledger.write([&](store::Transaction& tx) { return keep(tx); }));
        TRY(auto const is_known, is_contact(*match.stored));
        if (mail_.is_encrypted) kept_.doubt = Doubt::encrypted;
        if (!is_known) kept_.doubt = Doubt::unknown_sender;
        if (kept_.doubt != Doubt::none) return take_doubtful();
        kept_.kind = MailKind::answer;
        auto const keyword = keyword_in(kept_.words);
        auto const by = access::link_principal(kept_.notification.value, "");
        if (keyword) {
            kept_.said = keyword->said;
            kept_.waits = !keyword->is_all || !kept_.attachments.empty();
            CHECK(inbox_.say(kept_.notification,
                             {.said = keyword->said, .by = kept_.organisation_name, .text = kept_.words}));
        }
        return done(house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
            auto const said = kept_.said.value_or(Statement::seen);
            CHECK(
                tables::answer(tx, kept_.notification, {.at = now_, .finding = {}, .said = said, .text = kept_.words}));
            CHECK(tables::happened(tx, kept_.notification, now_, "said", kept_.organisation_name,
                                   fmt::format("{}: {}", name_of(said), cut(kept_.words, 500))));
            CHECK(access::audit(tx, by, now_,
                                {.what = "notification.answer",
                                 .kind = "notification",
                                 .id = std::to_string(kept_.notification.value)}));
            return keep(tx);
        }));
    }

    Status take_doubtful() {
        return done(house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
            CHECK(tables::happened(tx, kept_.notification, now_,
                                   kept_.doubt == Doubt::unknown_sender ? "mail_unknown" : "mail_encrypted",
                                   kept_.organisation_name, kept_.sender));
            return keep(tx);
        }));
    }

    /// Of the organisation it is about, or of the one that got it; or somebody it was written to.
    Result<bool> is_contact(StoredNotification const& stored) {
        if (mail_.from.empty()) return false;
        if (has_address(stored.shown.to, mail_.from) || has_address(stored.alternates, mail_.from)) return true;
        for (auto const organisation : std::set{stored.shown.organisation, stored.recipient}) {
            constituency::ContactQuery query;
            query.organisation = {organisation};
            query.limit = 1000;
            TRY(auto const page, house_.constituency.directory().contacts(query));
            for (auto const& contact : page.items)
                if (equal_ignoring_case(contact.email, mail_.from)) return true;
        }
        return false;
    }

    // ---- bounces

    Status take_bounce(Match const& match, BounceReport const& report) {
        kept_.kind = MailKind::bounce;
        if (!match.stored) {
            kept_.waits = true;
            return done(house_.ledger.write([&](store::Transaction& tx) { return keep(tx); }));
        }
        auto const& stored = *match.stored;
        std::vector<BounceWord> words;
        for (auto word : report.words) {
            TRY(word.address, address_meant(stored, word.address));
            if (!word.address.empty()) words.push_back(std::move(word));
        }
        auto const most = house_.settings.most_bounces;
        auto const unwanted = [&](std::string const& address) {
            auto const found = house_.constituency.directory().is_unwanted(address);
            return !found || found->has_value();
        };
        std::vector<std::string> next;
        std::ranges::copy_if(stored.alternates, std::back_inserter(next), std::not_fn(unwanted));
        return done(house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
            TRY(auto const is_kept, keep(tx));
            for (auto const& word : words) {
                CHECK(tables::insert_bounce(tx, kept_.id, kept_.notification, word, now_));
                CHECK(tables::happened(tx, kept_.notification, now_, word.is_final ? "bounced" : "delayed", "server",
                                       fmt::format("{}: {}", word.address, word.reply)));
            }
            bool const is_final = std::ranges::any_of(words, &BounceWord::is_final);
            if (is_final) CHECK(turn_back(tx, next, most, words.front().reply));
            return is_kept;
        }));
    }

    /// Whose bounce it is: an address we wrote to. A server may name where the mail was forwarded to instead; with one
    /// recipient it is clear whose that is. "": nobody's that we know.
    Result<std::string> address_meant(StoredNotification const& stored, std::string const& named) {
        auto const& to = stored.shown.to;
        if (has_address(to, named)) return named;
        TRY(auto const lost,
            house_.ledger.read([&](store::Transaction& tx) { return tables::lost_addresses(tx, stored.shown.id); }));
        if (has_address(lost, named)) return named;
        return to.size() == 1 ? lowered(to.front()) : std::string();
    }

    /// Those who did not get it are no recipients any more; without another, the next contact is tried.
    Status turn_back(store::Transaction& tx, std::vector<std::string> next, int most, std::string const& reply) {
        TRY(auto const stored, tables::one(tx, kept_.notification, now_));
        if (stored.shown.state != State::sent) return {};
        TRY(auto const lost, tables::lost_addresses(tx, kept_.notification));
        auto const is_lost = [&](std::string const& address) { return has_address(lost, address); };
        auto const error = fmt::format("it came back: {}", reply);
        if (!std::ranges::all_of(stored.shown.to, is_lost)) return tables::note_error(tx, kept_.notification, error);
        std::erase_if(next, is_lost);
        std::vector<std::string> usable;
        for (auto const& address : next) {
            TRY(auto const bounced, tables::bounced_address(tx, address, most));
            if (!bounced || !bounced->is_unused) usable.push_back(address);
        }
        if (usable.empty()) {
            CHECK(tables::turn_back(tx, kept_.notification, State::failed, error, stored.shown.to, {}));
            return tables::happened(tx, kept_.notification, now_, "failed", "server", error);
        }
        CHECK(tables::turn_back(tx, kept_.notification, State::queued, error, {usable.front()},
                                {usable.begin() + 1, usable.end()}));
        is_queued_ = true;
        return tables::happened(tx, kept_.notification, now_, "queued", "server", usable.front());
    }

    static Status done(Result<bool> const& written) {
        return written ? Status() : Status(std::unexpected(written.error()));
    }

    Inbox::Impl& inbox_;
    Notifications::Impl& house_;
    IncomingMail const& mail_;
    std::string identity_;
    std::string_view came_from_;
    Timestamp now_;
    InboxMail kept_;
    bool is_queued_ = false;
};

}  // namespace

Result<Inbox::Impl::Taken> Inbox::Impl::take(std::string_view bytes, std::string_view came_from) {
    std::scoped_lock const lock(mutex);
    formats::mail::IncomingLimits limits;
    limits.mail_bytes = settings.most_bytes;
    auto const mail = formats::mail::read_incoming(bytes, limits);
    auto taken = mail ? Intake(*this, *mail, bytes, came_from).run()
                      : take_unreadable(access::sha256(bytes), "", mail.error().message, came_from);
    if (taken && !taken->was_known) changed(taken->mail.id);
    return taken;
}

Result<Inbox::Impl::Taken> Inbox::Impl::take_unreadable(std::string_view identity, std::string_view subject,
                                                        std::string_view why, std::string_view came_from) {
    return house.ledger.write([&](store::Transaction& tx) -> Result<Taken> {
        TRY(auto const known, tables::known_mail(tx, identity));
        if (known) {
            TRY(auto kept, tables::inbox_mail(tx, *known));
            return Taken{.mail = std::move(kept), .was_known = true};
        }
        InboxMail mail;
        mail.taken = house.clock.now();
        mail.kind = MailKind::unmatched;
        mail.doubt = Doubt::unreadable;
        mail.waits = true;
        mail.subject = subject;
        mail.words = why;
        TRY(mail.id, tables::insert_mail(tx, mail, identity, came_from));
        return Taken{.mail = std::move(mail)};
    });
}

Status Inbox::Impl::say(NotificationId id, Words const& words) {
    struct Found {
        StoredNotification stored;
        Content content;
    };
    TRY(auto const found, house.ledger.read([&](store::Transaction& tx) -> Result<Found> {
        TRY(auto stored, tables::one(tx, id, house.clock.now()));
        TRY(auto content, tables::content(tx, id));
        return Found{std::move(stored), std::move(content)};
    }));
    TRY(auto const digest, house.cleared(found.stored, found.content));
    std::vector<std::string> findings;
    for (auto const& line : digest->lines) findings.push_back(line.finding);
    return house.findings.say({.findings = std::move(findings),
                               .saying = saying_of(words.said),
                               .by_team = words.by_team,
                               .by = std::string(words.by),
                               .text = cut(words.text, longest_comment)});
}

}  // namespace tocsin::notifications
