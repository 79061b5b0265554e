#include "readiness/evidence.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 4> standing_words = {"none", "proven", "unproven", "stale"};
constexpr std::int64_t document_holds_days = 730;  ///< when no end of validity is known

/// The items of a framework that a rule or document speaks of: by name, or by a crosswalk from a framework that it
/// names.
std::vector<std::string> items_of(Library const& library, Framework const& framework,
                                  std::vector<std::string_view> const& named) {
    std::set<std::string> found;
    for (auto const word : named) {
        auto const colon = word.find(':');
        if (colon == std::string_view::npos) continue;
        auto const of = word.substr(0, colon), item = word.substr(colon + 1);
        if (of == framework.id) {
            found.emplace(item);
            continue;
        }
        for (auto const& crosswalk : library.crosswalks()) {
            if (crosswalk.to != framework.id || crosswalk.from != of) continue;
            for (auto const& [from, to] : crosswalk.pairs)
                if (from == item) found.insert(to);
        }
    }
    return {found.begin(), found.end()};
}

std::vector<std::string_view> words_of(std::string_view items) {
    auto words = split(items, ' ');
    std::erase(words, std::string_view());
    return words;
}

void set_level(Piece& piece, Strength strength, Framework const& framework, Item const& item,
               std::string_view assignment, Timestamp now) {
    if (!piece.has_records) return;
    piece.level = level_of(strength, framework, item, assignment);
    if (!piece.date) return;
    auto const counts = faded(piece.level.value_or(0), *piece.date, piece.days, now);
    piece.is_stale = counts.is_stale;
    if (piece.level) piece.proposed = counts.level;
}

Strength strength_of(Document const& document) {
    if (document.kind == "audit") return Strength::audited;
    return document.approved_by.empty() ? Strength::written : Strength::approved;
}

Piece piece_of(Document const& document, Timestamp now) {
    Piece piece{.rule = "document",
                .sentence = "evidence.document",
                .value = document.name,
                .words = {{"name", document.name}, {"approved_by", document.approved_by}},
                .link = document.link,
                .why = {},
                .date = document.issued,
                .days = document_holds_days,
                .has_records = true};
    if (document.valid_until) {
        piece.days = std::max<std::int64_t>(1, document.valid_until->day() - document.issued.day());
        piece.why = fmt::format("a document ({}), valid until {}", document.kind, format_date(*document.valid_until));
    } else {
        piece.why = fmt::format("a document ({}) without an end of validity counts for {} days", document.kind,
                                document_holds_days);
    }
    if (document.link.empty()) piece.link = fmt::format("/api/v1/evidence/documents#{}", document.id.value);
    if (document.issued > now) piece.has_records = false;
    return piece;
}

/// How the score that an answer gives stands beside what is known now.
void stand(ItemEvidence& evidence, Answer const& answer, Timestamp now) {
    evidence.given = answer.value;
    evidence.counts = answer.value;
    if (!answer.value) return;
    if (answer.proposed_by.empty()) {
        auto const counts = faded(*answer.value, answer.changed, word_holds_days, now);
        evidence.counts = counts.level;
        evidence.standing = counts.is_stale ? Standing::stale : Standing::unproven;
        return;
    }
    std::optional<std::int64_t> least_lost;
    for (auto const rule : split(answer.proposed_by, ','))
        for (auto const& piece : evidence.pieces) {
            if (piece.rule != rule || !piece.has_records || !piece.date) continue;
            auto const lost = *answer.value - faded(*answer.value, *piece.date, piece.days, now).level;
            if (!least_lost || lost < *least_lost) least_lost = lost;
        }
    auto const lost = least_lost.value_or(1);  // the records it rested on are gone
    evidence.counts = std::max<std::int64_t>(0, *answer.value - lost);
    evidence.standing = lost > 0 ? Standing::stale : Standing::proven;
}

}  // namespace

std::string_view name_of(Standing standing) {
    return word_of(standing_words, standing);
}

bool ItemEvidence::has_records() const {
    return std::ranges::any_of(pieces, &Piece::has_records);
}

Faded faded(std::int64_t level, Timestamp date, std::int64_t days, Timestamp now) {
    auto const age = std::max<std::int64_t>(0, (now - date).count() / 86'400'000'000);
    auto const lost = days <= 0 ? 0 : age / (days + 1);
    return {std::max<std::int64_t>(0, level - lost), lost > 0};
}

Result<Answer> take_evidence(Answer answer, ItemEvidence const& evidence, std::optional<std::int64_t> value,
                             std::string_view reason, Timestamp now) {
    if (!value && !evidence.proposed)
        return fail(Code::conflict,
                    fmt::format("no evidence proposes a level for {}; give a value and a reason", evidence.item));
    if (value && trimmed(reason).empty())
        return fail(Code::invalid, "reason: expected why the value is another than the evidence proposes");
    std::set<std::string> rules, links(answer.evidence.begin(), answer.evidence.end());
    for (auto const& piece : evidence.pieces) {
        if (!piece.has_records) continue;
        rules.insert(piece.rule);
        if (!piece.link.empty()) links.insert(piece.link);
    }
    answer.item = evidence.item;
    answer.value = value ? value : evidence.proposed;
    answer.declined = false;
    answer.proposed = evidence.proposed;
    answer.proposed_by = fmt::format("{}", fmt::join(rules, ","));
    answer.proposed_at = now;
    answer.evidence.assign(links.begin(), links.end());
    if (!trimmed(reason).empty()) answer.justification = std::string(trimmed(reason));
    return answer;
}

void Evidence::provide(std::string_view rule, Provider provider) {
    TOCSIN_ASSERT(std::ranges::find(evidence_rules(), rule, &EvidenceRule::id) != evidence_rules().end());
    providers_.insert_or_assign(std::string(rule), std::move(provider));
}

Result<std::vector<ItemEvidence>> Evidence::of(Framework const& framework, Assessment const* beside,
                                               access::Principal const& by) {
    auto const now = clock_.now();
    std::map<std::string, std::vector<Piece>, std::less<>> by_item;
    auto const add = [&](Piece const& piece, Strength strength, std::vector<std::string_view> const& named) {
        for (auto const& id : items_of(library_, framework, named)) {
            auto const* const item = framework.item(id);
            if (!item) continue;
            auto const* const answer = beside ? beside->answer(id) : nullptr;
            auto one = piece;
            set_level(one, strength, framework, *item, answer ? answer->assignment : "", now);
            by_item[id].push_back(std::move(one));
        }
    };
    for (auto const& rule : evidence_rules()) add(read(rule, by), Strength::used, words_of(rule.items));
    TRY(auto const papers, documents());
    for (auto const& paper : papers)
        add(piece_of(paper, now), strength_of(paper), {paper.items.begin(), paper.items.end()});
    std::vector<ItemEvidence> list;
    for (auto const& item : framework.items) {
        ItemEvidence evidence{.item = item.id};
        for (bool const wanted : {true, false})
            for (auto& piece : by_item[item.id])
                if (piece.has_records == wanted) evidence.pieces.push_back(std::move(piece));
        for (auto const& piece : evidence.pieces)
            if (piece.proposed) evidence.proposed = std::max(evidence.proposed.value_or(0), *piece.proposed);
        if (auto const* const answer = beside ? beside->answer(item.id) : nullptr) stand(evidence, *answer, now);
        list.push_back(std::move(evidence));
    }
    return list;
}

Piece Evidence::read(EvidenceRule const& rule, access::Principal const& by) const {
    Piece piece{.rule = std::string(rule.id),
                .sentence = fmt::format("evidence.{}", rule.id),
                .value = "no records",
                .words = {},
                .link = std::string(rule.link),
                .why = fmt::format("{}; counts for {} days", rule.what, rule.days),
                .date = {},
                .days = rule.days};
    auto const provider = providers_.find(rule.id);
    if (provider == providers_.end()) return piece;
    auto const reading = provider->second(by);
    if (!reading) {
        log::warning("reading the evidence {}: {}", rule.id, reading.error().message);
        return piece;
    }
    if (!reading->has_records) return piece;
    piece.has_records = true;
    piece.value = reading->value;
    piece.words = reading->words;
    piece.date = reading->date ? reading->date : std::optional(clock_.now());
    return piece;
}

void append(JsonWriter& json, ItemEvidence const& evidence) {
    json.object()
        .field("item", evidence.item)
        .field("has_records", evidence.has_records())
        .field_or_null("proposed", evidence.proposed)
        .field("standing", name_of(evidence.standing))
        .field_or_null("given", evidence.given)
        .field_or_null("counts", evidence.counts)
        .key("pieces")
        .array();
    for (auto const& piece : evidence.pieces) {
        json.object()
            .field("rule", piece.rule)
            .field("sentence", piece.sentence)
            .field("value", piece.value)
            .field("has_records", piece.has_records)
            .field_or_null("date", piece.date)
            .field("days", piece.days)
            .field("is_stale", piece.is_stale)
            .field_or_null("level", piece.level)
            .field_or_null("proposed", piece.proposed)
            .field_or_null("link", piece.link)
            .field("why", piece.why)
            .key("words")
            .object();
        for (auto const& [name, word] : piece.words) json.field(name, word);
        json.end().end();
    }
    json.end().end();
}

}  // namespace tocsin::readiness
