#include "readiness/reachability.hpp"

#include "readiness/framework.hpp"
#include "readiness/reach_tables.hpp"
#include "readiness/reach_words.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <thread>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 3> kind_words = {"duty", "constituent", "peer"};
constexpr std::array<std::string_view, 3> standing_words = {"active", "held", "paused"};
constexpr std::array<std::string_view, 5> state_words = {"queued", "sending", "sent", "failed", "uncertain"};
constexpr int most_attempts = 8;
constexpr std::chrono::minutes first_retry{5};
constexpr int most_waits = 3000;  ///< of 20 ms for a postman of an earlier process

constexpr std::string_view left_whole =
    "Handed over whole, but the answer of the mail server was never read, so whether it arrived is not known. It is "
    "not sent again by itself; an answer settles it.";
constexpr std::string_view machine_stopped =
    "The machine stopped while this was being sent, so whether it arrived is not known. It is not sent again by "
    "itself; an answer settles it.";

std::string when_there(DeskHours const& hours, Timestamp moment) {
    auto const text = format_timestamp(local_time(hours.zone, moment));
    return fmt::format("{} {} ({})", text.substr(0, 10), text.substr(11, 5), hours.zone);
}

reach_tables::Verdict verdict_of(ReachTest const& test, ReachDelivery const& delivery, Timestamp now) {
    using Kind = ReachDelivery::Kind;
    reach_tables::Verdict verdict{.error = delivery.words};
    switch (delivery.kind) {
        case Kind::taken:
            verdict = {.state = ReachState::sent, .sent = now};
            break;
        case Kind::later:
        case Kind::no_server:
            verdict.next_attempt = now + first_retry * (1 << std::min(test.attempts, 6));
            if (delivery.kind == Kind::later && test.attempts >= most_attempts) verdict.state = ReachState::failed;
            break;
        case Kind::refused:
            verdict.state = ReachState::failed;
            break;
        case Kind::unknown:
            verdict.state = ReachState::uncertain;
            verdict.sent = now;
            verdict.error = left_whole;
            break;
    }
    return verdict;
}

}  // namespace

std::string_view name_of(ReachKind kind) {
    return word_of(kind_words, kind);
}
std::optional<ReachKind> reach_kind_named(std::string_view name) {
    return value_of<ReachKind>(kind_words, name);
}
std::string_view name_of(ReachStanding standing) {
    return word_of(standing_words, standing);
}
std::string_view name_of(ReachState state) {
    return word_of(state_words, state);
}
std::optional<ReachState> reach_state_named(std::string_view name) {
    return value_of<ReachState>(state_words, name);
}

std::string_view ReachTest::outcome(Timestamp now) const {
    if (answered) return *answered <= deadline ? "answered" : "late";
    if (state != ReachState::sent && state != ReachState::uncertain) return name_of(state);
    if (deadline < now) return "missed";
    return state == ReachState::sent ? "waiting" : "uncertain";
}

std::optional<std::chrono::seconds> ReachTest::took() const {
    if (!answered || !sent) return std::nullopt;
    return std::max(std::chrono::seconds(0), std::chrono::duration_cast<std::chrono::seconds>(*answered - *sent));
}

ReachStanding ReachTarget::standing() const {
    if (agreed_by.empty()) return ReachStanding::held;
    return is_paused ? ReachStanding::paused : ReachStanding::active;
}

std::int64_t ReachPlan::queued() const {
    return std::ranges::count_if(items, [](Item const& item) { return bool(item.test); });
}

void append(JsonWriter& json, ReachTest const& test, Timestamp now) {
    auto const took = test.took();
    json.object()
        .field("id", test.id.value)
        .field("target", test.target.value)
        .field("outcome", test.outcome(now))
        .field("address", test.address)
        .field("language", test.language)
        .field("message_id", test.message_id)
        .field("created", test.created)
        .field("created_by", test.created_by)
        .field("attempts", test.attempts)
        .field_or_null("sent", test.sent)
        .field("out_of_hours", test.is_outside)
        .field("deadline", test.deadline)
        .field_or_null("opened", test.opened)
        .field_or_null("answered", test.answered)
        .field_or_null("seconds", took ? std::optional<std::int64_t>(took->count()) : std::nullopt)
        .field("error", test.error)
        .end();
}

void append(JsonWriter& json, ReachTarget const& target, Timestamp now) {
    json.object()
        .field("id", target.id.value)
        .field("kind", name_of(target.kind))
        .field("organisation", target.organisation.value)
        .field("contact", target.contact.value)
        .field("name", target.name)
        .field("address", target.address)
        .field("language", target.language)
        .field("time_zone", target.hours.zone)
        .field("hours", text_of(target.hours))
        .field("every_days", target.every_days)
        .field("when", name_of(target.when))
        .field("answer_within", target.answer_within)
        .field("encrypted", target.is_encrypted)
        .field("agreed_by", target.agreed_by)
        .field_or_null("agreed_on", target.agreed_on)
        .field("standing", name_of(target.standing()))
        .field("note", target.note)
        .field_or_null("next", target.next)
        .field("created", target.created)
        .field("created_by", target.created_by)
        .field("tests", target.made)
        .field("answered", target.answered)
        .field("missed", target.missed)
        .key("last");
    if (target.last)
        append(json, *target.last, now);
    else
        json.null();
    json.end();
}

Status Reachability::check(ReachTarget const& draft) const {
    if (draft.name.empty() || draft.name.size() > 300) return fail(Code::invalid, "name: expected 1 to 300 bytes");
    if (!draft.address.empty() && !net::is_mail_address(draft.address))
        return fail(Code::invalid, fmt::format("address: {} is not a mail address", json_string(draft.address)));
    if (draft.contact && !draft.address.empty())
        return fail(Code::invalid, "address: expected none beside a contact, whose address the directory has");
    if (draft.kind == ReachKind::duty && draft.organisation)
        return fail(Code::invalid, "organisation: expected none for our own duty address");
    if (draft.kind != ReachKind::duty && !draft.organisation)
        return fail(Code::invalid, "organisation: expected whose address it is");
    if (draft.kind != ReachKind::duty && !draft.contact && draft.address.empty())
        return fail(Code::invalid, "address: expected one, or a contact of the directory");
    if (!draft.language.empty() && !ReachWords::has(draft.language))
        return fail(Code::invalid, "language: expected one of ar, zh, en, fr, ru, es");
    if (draft.every_days < 0 || draft.every_days > 730)
        return fail(Code::invalid, "every_days: expected 1 to 730, or 0 for only when somebody asks");
    if (draft.answer_within < 1 || draft.answer_within > 24 * 30)
        return fail(Code::invalid, "answer_within: expected 1 to 720 hours");
    if (draft.when == ReachWhen::outside && text_of(draft.hours) == "always")
        return fail(Code::invalid, "when: a desk that is always manned has no time out of its hours");
    if (draft.agreed_by.size() > 300 || draft.note.size() > 4000)
        return fail(Code::invalid, "expected agreed_by of at most 300 bytes, a note of 4,000");
    if (draft.agreed_on && *draft.agreed_on > clock_.now())
        return fail(Code::invalid, "agreed_on: expected a date that is not in the future");
    return {};
}

Result<ReachPlan::Item> Reachability::plan_one(ReachTarget const& target, bool is_named, Timestamp now) {
    if (!doors_.address_of) return fail(Code::unavailable, "reachability tests: no way to send mail is connected");
    ReachPlan::Item item{.target = target.id, .name = target.name};
    TRY(auto const reached, doors_.address_of(target));
    item.address = reached.address;
    item.language = reached.language;
    TRY(auto const open,
        ledger_.read([&](store::Transaction& tx) { return reach_tables::open_test(tx, target.id, now); }));
    if (target.standing() == ReachStanding::held)
        item.left_out = "nobody of them has agreed to it";
    else if (target.standing() == ReachStanding::paused && !is_named)
        item.left_out = "paused";
    else if (!reached.unwanted.empty())
        item.left_out = reached.unwanted;
    else if (open)
        item.left_out = fmt::format("the test of {} is under way or waits for its answer", format_date(open->created));
    return item;
}

Result<ReachLetter> Reachability::letter_of(ReachTarget const& target, ReachTest const& test, std::string const& link) {
    TRY(auto const reached, doors_.address_of(target));
    if (!reached.unwanted.empty()) return fail(Code::denied, reached.unwanted);
    auto const& words = ReachWords::of(test.language);
    auto const url = fmt::format("{}/r/{}", doors_.public_url, token(link));
    auto const deadline = when_there(target.hours, test.deadline);
    auto const agreed = target.agreed_on ? format_date(*target.agreed_on) : std::string();
    std::string const lines[] = {words.fill("greeting", {{"name", target.name}}),
                                 words.fill("about", {{"team", doors_.team}}),
                                 words.fill("ask", {{"deadline", deadline}}),
                                 url,
                                 words.fill("note"),
                                 words.fill("agreed", {{"by", target.agreed_by}, {"date", agreed}}),
                                 words.fill("stop"),
                                 doors_.team};
    ReachLetter letter{.test = test.id,
                       .attempt = test.attempts,
                       .organisation = target.organisation,
                       .organisation_name = reached.organisation_name,
                       .message_id = test.message_id,
                       .date = clock_.now(),
                       .to = test.address,
                       .language = std::string(words.code()),
                       .subject = words.plain("subject", {{"team", doors_.team}}),
                       .is_encrypted = target.is_encrypted};
    letter.html =
        fmt::format("<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\"><body>\n", words.code(), words.get("direction"));
    for (auto const& line : lines) {
        letter.text += line + "\n\n";
        letter.html += &line == &lines[3]
                           ? fmt::format("<p dir=\"ltr\"><a href=\"{0}\">{0}</a></p>\n", html_escaped(url))
                           : fmt::format("<p>{}</p>\n", html_escaped(line));
    }
    letter.html += "</body></html>\n";
    return letter;
}

/// What an earlier process, or a ledger that did not answer, left in `sending`.
Status Reachability::settle() {
    TRY(auto const stuck,
        ledger_.read([](store::Transaction& tx) { return reach_tables::in_state(tx, ReachState::sending); }));
    if (stuck.empty()) return {};
    std::optional<std::map<std::pair<std::int64_t, int>, ReachLeft>> known;
    for (int i = 0; i < most_waits && !known; ++i) {
        if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        TRY(known, doors_.left());
    }
    if (!known) return fail(Code::unavailable, "a mail of the process before is still with the server; try again");
    auto const now = clock_.now();
    for (auto const& [test, link, boot] : stuck) {
        auto const entry = known->find({test.id.value, test.attempts});
        auto const is_known = entry != known->end();
        reach_tables::Verdict verdict;
        if (is_known && entry->second.delivery) {
            verdict = verdict_of(test, *entry->second.delivery, now);
        } else if (boot != doors_.boot || (is_known && entry->second.has_end)) {
            verdict = {.state = ReachState::uncertain,
                       .sent = now,
                       .error = std::string(boot != doors_.boot ? machine_stopped : left_whole)};
        }
        CHECK(ledger_.write(
            [&](store::Transaction& tx) { return reach_tables::conclude(tx, test.id, test.attempts, verdict); }));
    }
    return doors_.settled();
}

Status Reachability::conclude(ReachTest const& test, ReachDelivery const& delivery, bool is_stopping,
                              ReachSent& report) {
    auto const now = clock_.now();
    auto verdict = verdict_of(test, delivery, now);
    if (is_stopping && verdict.state == ReachState::queued) verdict.next_attempt = now;  // broken off because we stop
    CHECK(ledger_.write(
        [&](store::Transaction& tx) { return reach_tables::conclude(tx, test.id, test.attempts, verdict); }));
    if (verdict.state == ReachState::sent) ++report.sent;
    if (verdict.state == ReachState::failed) ++report.failed;
    if (verdict.state == ReachState::queued) ++report.later;
    if (verdict.state == ReachState::uncertain) ++report.uncertain;
    if (delivery.kind == ReachDelivery::Kind::no_server) report.trouble = delivery.words;
    return {};
}

Result<ReachSent> Reachability::send_due(std::function<bool()> const& is_stopping) {
    std::scoped_lock const lock(sending_);
    if (!doors_.send) return fail(Code::unavailable, "reachability tests: no way to send mail is connected");
    auto const stops = [&] { return is_stopping && is_stopping(); };
    ReachSent report;
    CHECK(settle());
    while (!stops() && report.trouble.empty()) {
        TRY(auto const claimed, claim());
        if (!claimed) break;
        auto const& [target, test] = *claimed;
        TRY(auto const stored, ledger_.read([&](store::Transaction& tx) { return reach_tables::test(tx, test.id); }));
        auto const letter = letter_of(target, test, stored.link);
        auto const delivery = letter ? doors_.send(*letter, stops) : std::unexpected(letter.error());
        if (delivery) {
            CHECK(conclude(test, *delivery, stops(), report));
            continue;
        }
        // Nothing left. What the directory, the gate or the address forbids stays forbidden; a full disk does not.
        auto const code = delivery.error().code;
        auto const is_final = code == Code::denied || code == Code::invalid || code == Code::not_found;
        CHECK(conclude(
            test, {is_final ? ReachDelivery::Kind::refused : ReachDelivery::Kind::no_server, delivery.error().message},
            false, report));
    }
    return report;
}

}  // namespace tocsin::readiness
