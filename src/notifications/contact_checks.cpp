#include "notifications/contact_checks.hpp"

#include "constituency/notice_settings.hpp"
#include "notifications/contact_check_store.hpp"
#include "notifications/owner_link.hpp"
#include "notifications/public_page.hpp"

#include <algorithm>
#include <thread>

namespace tocsin::notifications {
namespace {

using Kind = net::SmtpOutcome::Kind;
using check_tables::CheckVerdict;

constexpr std::string_view path_start = "/o/check/";
constexpr std::size_t most_candidates = 100'000;
constexpr int most_attempts = 8;
constexpr std::chrono::minutes first_retry{5};
constexpr int most_waits = 3000;                    ///< of 20 ms for a postman of an earlier process
constexpr std::chrono::days open_after_expiry{30};  ///< who confirms late is welcome back

constexpr std::string_view left_whole =
    "Handed over whole, but the answer of the mail server was never read, so whether it arrived is not known. It is "
    "not sent again by itself.";
constexpr std::string_view machine_stopped =
    "The machine stopped while this was being sent, so whether it arrived is not known. It is not sent again by "
    "itself.";

CheckVerdict verdict_of(ContactCheck const& check, net::SmtpOutcome const& outcome, Timestamp now) {
    auto words = outcome.reply;
    for (auto const& refusal : outcome.refused) words = refusal.reply;
    CheckVerdict verdict{.error = std::move(words)};
    switch (outcome.kind) {
        case Kind::accepted:
            return {.state = CheckState::sent, .sent = now};
        case Kind::temporary:
        case Kind::unreachable:
            verdict.next_attempt = now + first_retry * (1 << std::min(check.attempts, 6));
            if (outcome.kind == Kind::temporary && check.attempts >= most_attempts) verdict.state = CheckState::failed;
            return verdict;
        case Kind::permanent:
            verdict.state = CheckState::failed;
            return verdict;
        case Kind::unknown:
            return {.state = CheckState::uncertain, .sent = now, .error = std::string(left_whole)};
    }
    return verdict;
}

Texts const& words_of(std::string_view language) {
    return Texts::of(Texts::has(language) ? language : "en");
}

std::string role_words(Texts const& words, constituency::ContactRole role) {
    return std::string(words.get(fmt::format("portal.role_{}", constituency::name_of(role))));
}

}  // namespace

std::int64_t ContactCheckPlan::queued() const {
    return std::ranges::count_if(items, [](Item const& item) { return bool(item.check); });
}

ContactChecks::ContactChecks(store::Ledger& ledger, constituency::Constituency& constituency, gate::Gate const& gate,
                             access::Secrets const& secrets, Clock const& clock, ContactCheckSettings settings,
                             std::unique_ptr<Letters> letters)
    : ledger_(ledger),
      constituency_(constituency),
      gate_(gate),
      secrets_(secrets),
      clock_(clock),
      settings_(std::move(settings)),
      letters_(std::move(letters)) {}

// ---- who is asked

/// Why the directory does not want this address written to; empty: it does not mind.
Result<std::string> ContactChecks::objection(constituency::OrganisationId organisation, std::string const& address) {
    if (address.empty()) return std::string("the contact has no mail address");
    auto& directory = constituency_.directory();
    TRY(auto const listed, directory.do_not_contacts());
    if (std::ranges::find(listed, organisation, &constituency::DoNotContact::organisation) != listed.end())
        return std::string("nobody in the organisation is to be contacted");
    TRY(auto const unwanted, directory.is_unwanted(address));
    return unwanted ? "not to be contacted: " + *unwanted : std::string();
}

Result<ContactCheckPlan> ContactChecks::queue(bool is_dry_run, access::Principal const& by) {
    auto const now = clock_.now();
    TRY(auto const due, constituency::contacts_to_check(ledger_, now, now + settings_.before, most_candidates));
    TRY(auto const asked, ledger_.read([&](store::Transaction& tx) { return check_tables::asked(tx, now); }));
    ContactCheckPlan plan;
    std::vector<std::pair<std::size_t, ContactCheck>> letters;
    for (auto const& one : due) {
        if (asked.contains({one.contact.value, one.expires})) continue;
        if (letters.size() >= most_at_once) break;
        ContactCheckPlan::Item item{
            .contact = one.contact,
            .organisation_name = one.organisation_name,
            .address = one.email,
            .language = std::string(words_of(one.language.empty() ? settings_.language : one.language).code()),
            .expires = one.expires};
        if (one.do_not_contact)
            item.left_out = "it is not to be contacted";
        else {
            TRY(item.left_out, objection(one.organisation, one.email));
        }
        if (item.left_out.empty())
            letters.emplace_back(plan.items.size(),
                                 ContactCheck{.contact = one.contact,
                                              .organisation = one.organisation,
                                              .organisation_name = one.organisation_name,
                                              .expires = one.expires,
                                              .address = one.email,
                                              .language = item.language,
                                              .message_id = fmt::format("{}@{}", to_hex(secret_bytes(16)),
                                                                        net::mail_domain(settings_.team_address)),
                                              .created = now});
        plan.items.push_back(std::move(item));
    }
    if (is_dry_run || letters.empty()) return plan;
    CHECK(ledger_.write([&](store::Transaction& tx) -> Status {
        std::int64_t count = 0;
        for (auto const& [place, letter] : letters) {
            TRY(auto const id, check_tables::put(tx, letter, OwnerLinks::fresh()));
            if (!id) continue;
            plan.items[place].check = *id;
            ++count;
        }
        JsonWriter details;
        details.object().field("letters", count).end();
        CHECK(access::audit(
            tx, by, now,
            {.what = "contact.remind", .kind = "contact", .id = "", .details = std::move(details).text()}));
        return {};
    }));
    return plan;
}

Result<std::vector<ContactCheck>> ContactChecks::list(std::size_t limit) {
    return ledger_.read(
        [&](store::Transaction& tx) { return check_tables::newest(tx, std::clamp<std::size_t>(limit, 1, 1000)); });
}

// ---- sending

/// What an earlier process, or a ledger that did not answer, left in `sending`.
Status ContactChecks::settle() {
    TRY(auto const stuck, ledger_.read([](store::Transaction& tx) { return check_tables::sending(tx); }));
    if (stuck.empty()) return {};
    std::optional<std::map<Letters::Attempt, LetterLeft>> known;
    for (int i = 0; i < most_waits && !known; ++i) {
        if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        TRY(known, letters_->left());
    }
    if (!known) return fail(Code::unavailable, "a mail of the process before is still with the server; try again");
    auto const now = clock_.now();
    for (auto const& [check, link, boot] : stuck) {
        auto const entry = known->find({check.id.value, check.attempts});
        auto const is_known = entry != known->end();
        CheckVerdict verdict;
        if (is_known && entry->second.outcome) {
            verdict = verdict_of(check, *entry->second.outcome, now);
        } else if (boot != letters_->boot() || (is_known && entry->second.has_end)) {
            verdict = {.state = CheckState::uncertain,
                       .sent = now,
                       .error = std::string(boot != letters_->boot() ? machine_stopped : left_whole)};
        }
        CHECK(ledger_.write(
            [&](store::Transaction& tx) { return check_tables::conclude(tx, check.id, check.attempts, verdict); }));
    }
    return letters_->settled();
}

Result<Letter> ContactChecks::letter_of(ContactCheck const& check, std::string const& link) {
    auto const contact = constituency_.directory().contact(check.contact);
    if (!contact) return std::unexpected(contact.error());
    if (contact->expires != check.expires)
        return fail(Code::denied, "the end of its time was changed meanwhile; nothing is to be asked");
    if (contact->do_not_contact) return fail(Code::denied, "it is not to be contacted");
    TRY(auto const against, objection(check.organisation, contact->email));
    if (!against.empty()) return fail(Code::denied, against);
    auto const& words = words_of(check.language);
    auto const token = OwnerLinks(secrets_).token(link, check.expires + open_after_expiry);
    auto const url = fmt::format("{}{}{}", settings_.public_url, path_start, token);
    auto const date = format_date(check.expires);
    std::string const lines[] = {words.fill("check.about", {{"team", settings_.team},
                                                            {"organisation", check.organisation_name},
                                                            {"role", role_words(words, contact->role)},
                                                            {"date", date}}),
                                 std::string(words.get("check.ask")),
                                 url,
                                 words.fill("check.otherwise", {{"date", date}}),
                                 settings_.public_url + "/portal",
                                 settings_.team};
    Letter letter{.number = check.id.value,
                  .attempt = check.attempts,
                  .message_id = check.message_id,
                  .date = clock_.now(),
                  .to = contact->email,
                  .language = std::string(words.code()),
                  .subject = filled(words.get("check.subject"),
                                    {{"team", settings_.team}, {"organisation", check.organisation_name}}),
                  .organisation = check.organisation};
    letter.html =
        fmt::format("<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\"><body>\n", words.code(), words.direction());
    for (auto const& line : lines) {
        letter.text += line + "\n\n";
        bool const is_link = &line == &lines[2] || &line == &lines[4];
        letter.html += is_link ? fmt::format("<p dir=\"ltr\"><a href=\"{0}\">{0}</a></p>\n", html_escaped(line))
                               : fmt::format("<p>{}</p>\n", html_escaped(line));
    }
    letter.html += "</body></html>\n";
    return letter;
}

Result<net::SmtpOutcome> ContactChecks::deliver(ContactCheck const& check, std::string const& link,
                                                std::function<bool()> const& is_stopping) {
    TRY(auto letter, letter_of(check, link));
    auto const address = letter.to;
    TRY(auto const cleared,
        gate_.clear(std::move(letter), gate::Recipient::constituent(check.organisation, check.organisation_name)));
    CHECK(ledger_.write([&](store::Transaction& tx) -> Status {
        if (check.attempts == 1)
            CHECK(gate::Gate::record(tx, access::server_principal(), clock_.now(), cleared, "mail"));
        return check_tables::set_address(tx, check.id, address);
    }));
    return letters_->send(cleared, is_stopping);
}

Result<ContactChecksSent> ContactChecks::send_due(std::function<bool()> const& is_stopping) {
    std::scoped_lock const lock(sending_);
    auto const stops = [&] { return is_stopping && is_stopping(); };
    ContactChecksSent report;
    CHECK(settle());
    while (!stops() && report.trouble.empty()) {
        TRY(auto const claimed, ledger_.write([&](store::Transaction& tx) {
            return check_tables::claim(tx, clock_.now(), letters_->boot());
        }));
        if (!claimed) break;
        auto const& check = claimed->check;
        auto const outcome = deliver(check, claimed->link, stops);
        auto const now = clock_.now();
        CheckVerdict verdict;
        if (outcome) {
            verdict = verdict_of(check, *outcome, now);
            if (outcome->kind == Kind::unreachable) report.trouble = outcome->reply;
        } else {
            // Nothing left. What the directory, the gate or the address forbids stays forbidden; a full disk does not.
            auto const code = outcome.error().code;
            bool const is_final = code == Code::denied || code == Code::invalid || code == Code::not_found;
            verdict = {.state = is_final ? CheckState::failed : CheckState::queued,
                       .next_attempt = now + first_retry,
                       .error = outcome.error().message};
            if (!is_final) report.trouble = outcome.error().message;
        }
        if (stops() && verdict.state == CheckState::queued) verdict.next_attempt = now;  // broken off because we stop
        CHECK(ledger_.write(
            [&](store::Transaction& tx) { return check_tables::conclude(tx, check.id, check.attempts, verdict); }));
        if (verdict.state == CheckState::sent) ++report.sent;
        if (verdict.state == CheckState::failed) ++report.failed;
        if (verdict.state == CheckState::queued) ++report.later;
        if (verdict.state == CheckState::uncertain) ++report.uncertain;
    }
    return report;
}

// ---- the page

Result<std::string> ContactChecks::link_of(ContactCheckId id) {
    TRY(auto const found, ledger_.read([&](store::Transaction& tx) { return check_tables::one(tx, id); }));
    if (!found) return fail(Code::not_found, fmt::format("there is no letter {}", id.value));
    return std::string(path_start) + OwnerLinks(secrets_).token(found->link, found->check.expires + open_after_expiry);
}

Status ContactChecks::confirm(ContactCheck const& check, net::HttpRequest const& request) {
    auto& directory = constituency_.directory();
    TRY(auto const contact, directory.contact(check.contact));
    auto const now = clock_.now();
    if (contact.expires == check.expires) {
        constituency::ContactDraft draft = contact;
        draft.expires = now + settings_.renewed_for;
        TRY(auto const changed, directory.change(check.contact, draft, contact.version,
                                                 access::link_principal(check.id.value, request.peer.address)));
        (void)changed;
    }
    return ledger_.write([&](store::Transaction& tx) { return check_tables::confirmed(tx, check.id, now); });
}

net::HttpResponse ContactChecks::page(net::HttpRequest const& request) {
    using namespace public_page;
    auto const mark = request.target.find('?');
    auto const path = request.target.substr(0, mark);
    auto const query = mark == std::string::npos ? Form() : form_of(std::string_view(request.target).substr(mark + 1));
    if (!is_mine(path)) return gone(request);
    auto const link = OwnerLinks(secrets_).link(std::string_view(path).substr(path_start.size()), clock_.now());
    if (!link) return gone(request);
    auto const found = ledger_.read([&](store::Transaction& tx) { return check_tables::by_link(tx, *link); });
    if (!found) return gone(request, 503);
    if (!*found) return gone(request);
    auto const& check = (*found)->check;
    auto const contact = constituency_.directory().contact(check.contact);
    if (!contact) return gone(request, contact.error().code == Code::not_found ? 404 : 503);
    auto const wanted = value_of(query, "lang");
    auto const& words = words_of(Texts::has(wanted) ? wanted : check.language);
    if (request.method == net::Method::post) {
        // A browser that says it was sent here by another site is not believed, though it can't know the token.
        if (request.header("sec-fetch-site") == "cross-site" ||
            request.content_type() != "application/x-www-form-urlencoded")
            return gone(request, 403);
        if (auto const done = confirm(check, request); !done) {
            log::error("confirming a contact: {}", done.error().message);
            return gone(request, 503);
        }
        net::HttpResponse response;
        response.status = 303;  // a reload does not send it again
        response.set("location", fmt::format("{}?lang={}", path, words.code()));
        guard(response);
        return response;
    }
    if (!net::is_safe(request.method)) return gone(request, 405);
    auto const title = words.fill("check.page_title", {{"organisation", check.organisation_name}});
    auto body = language_links(path, words.code()) + fmt::format("<h1>{}</h1>\n", html_escaped(title));
    body += fmt::format("<p><bdi class=\"place\" dir=\"ltr\">{}</bdi></p>\n", html_escaped(contact->email));
    auto const until = contact->expires ? format_date(*contact->expires) : std::string();
    if (check.confirmed || contact->expires != check.expires)
        body += fmt::format("<p class=\"note\" role=\"status\">{}</p>\n",
                            html_escaped(until.empty() ? std::string(words.get("check.done_for_good"))
                                                       : words.fill("check.done", {{"date", until}})));
    else
        body += fmt::format(
            "<p>{}</p>\n<form method=\"post\" action=\"{}?lang={}\"><p><button type=\"submit\" name=\"right\" "
            "value=\"yes\">{}</button></p></form>\n",
            html_escaped(
                words.fill("check.page_about",
                           {{"team", settings_.team}, {"role", role_words(words, contact->role)}, {"date", until}})),
            path, words.code(), html_escaped(words.get("check.button")));
    body += fmt::format("<p class=\"soft\">{} <a href=\"/portal\">{}</a></p>\n",
                        html_escaped(words.fill("check.change", {{"email", settings_.team_address}})),
                        html_escaped(words.get("check.portal")));
    return public_page::page(200, frame(words, title, body));
}

}  // namespace tocsin::notifications
