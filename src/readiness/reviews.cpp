#include "readiness/reviews.hpp"

#include "formats/formats.hpp"

#include <array>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 2> side_words = {"home", "guest"};

void append(JsonWriter& json, std::vector<ReviewComment> const& comments) {
    json.key("comments").array();
    for (auto const& comment : comments) readiness::append(json, comment);
    json.end();
}

}  // namespace

std::string_view name_of(ReviewSide side) {
    return word_of(side_words, side);
}

void append(JsonWriter& json, Review const& review) {
    auto const& package = review.package;
    json.object()
        .field("id", review.id.value)
        .field("side", name_of(review.side))
        .field("uuid", package.uuid)
        .field("team", package.team)
        .field("fingerprint", fingerprint_of(package.public_key))
        .field("reviewer", package.reviewer)
        .field("framework", package.assessment.framework)
        .field("framework_title", package.framework_title)
        .field("title", package.assessment.title)
        .field("subject", package.assessment.subject)
        .field("made", package.made)
        .key("redacted")
        .array();
    for (auto const& one : package.redacted)
        json.object().field("kind", name_of(one.kind)).field("count", one.count).field("sha256", one.sha256).end();
    json.end()
        .field_or_null("assessment", review.assessment ? std::optional(review.assessment.value) : std::nullopt)
        .field("is_same_framework", review.is_same_framework)
        .field_or_null("signed", review.signed_at);
    append(json, review.comments);
    json.key("signatures").array();
    for (auto const& one : review.signatures) {
        json.object()
            .field("team", one.statement.team)
            .field("fingerprint", one.fingerprint)
            .field("reviewer", one.statement.reviewer)
            .field("assessor", one.assessor)
            .field("made", one.statement.made)
            .field("taken", one.taken)
            .field("taken_by", one.taken_by);
        append(json, one.statement.comments);
        json.end();
    }
    json.end().end();
}

Status Reviews::check_comment(Review const& review, ReviewComment const& comment) const {
    if (comment.text.size() > 20'000) return fail(Code::invalid, "text: expected at most 20,000 bytes");
    auto const framework = library_.framework(review.package.assessment.framework);
    if (!framework) {  // not here: what the package names must do
        if (!review.package.assessment.answer(comment.item))
            return fail(Code::invalid, fmt::format("item: the package has no \"{}\"", comment.item));
        if (comment.level && (*comment.level < 0 || *comment.level > 100))
            return fail(Code::invalid, "level: expected 0 to 100");
        return {};
    }
    auto const* const known = review.package.assessment.answer(comment.item);
    Answer const asked{
        .item = comment.item, .value = comment.level, .assignment = known ? known->assignment : std::string()};
    return assessments_.check(**framework, review.package.assessment, asked);
}

Status check_proof(Package const& package, std::string_view proof) {
    formats::JsonTree tree;
    if (auto const parsed = tree.parse(proof, {.bytes = largest_review_file, .depth = 12, .values = 1'000'000});
        !parsed)
        return std::unexpected(parsed.error().during("the proof is damaged"));
    auto const root = tree.root();
    if (root["schema"].text() != "tocsin/review-proof-1")
        return fail(Code::invalid, "schema: expected tocsin/review-proof-1");
    if (root["package_sha256"].text() != hex_sha256(package.text))
        return fail(Code::invalid, "package_sha256: the proof is about another package");
    auto const salt = from_hex(root["salt"].text());
    if (!salt) return fail(Code::invalid, "salt: expected hexadecimal digits");
    TRY(auto const original, read_assessment(root["original"].raw()));
    return proves(package, original, *salt);
}

}  // namespace tocsin::readiness

namespace tocsin::gate {

Particulars About<readiness::Review>::of(readiness::Review const& review) {
    return {.kind = "review", .id = std::to_string(review.id.value), .marking = {Tlp::amber}};
}

std::string About<readiness::Review>::contents(readiness::Review const& review) {
    JsonWriter json;
    json.object()
        .field("uuid", review.package.uuid)
        .field("team", review.package.team)
        .field("framework", review.package.assessment.framework)
        .field("comments", std::uint64_t{review.comments.size()})
        .end();
    return std::move(json).text();
}

}  // namespace tocsin::gate
