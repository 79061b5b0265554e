#include "base/lines.hpp"
#include "readiness/reviews.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::size_t salt_bytes = 32, longest_assessor = 200;

std::string fresh_uuid() {
    auto bytes = secret_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    auto const hex = to_hex(bytes);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                       hex.substr(20));
}

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   ReviewId id, JsonWriter details) {
    auto const number = std::to_string(id.value);
    auto const text = std::move(details).text();
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "review", .id = number, .details = text}));
    return {};
}
JsonWriter details_of(Package const& package) {
    JsonWriter json;
    json.object()
        .field("uuid", package.uuid)
        .field("team", package.team)
        .field("framework", package.assessment.framework)
        .field("sha256", hex_sha256(package.text));
    return json;
}

/// What a row of `review` holds as texts.
struct Row {
    ReviewId id;
    std::string package;
    AssessmentId assessment;
};
Result<std::optional<Row>> row_of(store::Transaction& tx, std::string_view uuid, ReviewSide side) {
    return tx.one("SELECT id, package, assessment FROM review WHERE uuid = ? AND side = ?", {uuid, name_of(side)},
                  [](store::Row const& row) { return Row{row.id<ReviewTag>(0), row.string(1), {row.integer(2)}}; });
}

}  // namespace

Result<Review> Reviews::read_one(store::Transaction& tx, ReviewId id) const {
    Review review{.id = id};
    std::string file;
    TRY(auto const found,
        tx.one("SELECT side, assessment, package, signature, signed, created, created_by, changed FROM review "
               "WHERE id = ?",
               {id}, [&](store::Row const& row) {
                   review.side = row.text(0) == name_of(ReviewSide::home) ? ReviewSide::home : ReviewSide::guest;
                   review.assessment = {row.integer(1)};
                   file = review_file(row.text(2), row.text(3));
                   review.signed_at = row.time_if(4);
                   review.created = row.time(5);
                   review.created_by = row.string(6);
                   review.changed = row.time(7);
                   return true;
               }));
    if (!found) return fail(Code::not_found, fmt::format("there is no review {}", id.value));
    TRY(auto read, read_review_file(file));
    review.package = std::move(read.package);
    if (auto const framework = library_.framework(review.package.assessment.framework))
        review.is_same_framework = hex_sha256((*framework)->json) == review.package.framework_sha256;
    else
        review.is_same_framework = false;
    CHECK(tx.query("SELECT item, level, words, changed, changed_by FROM review_comment WHERE review = ? ORDER BY item",
                   {id}, [&](store::Row const& row) {
                       review.comments.push_back(
                           {.item = row.string(0),
                            .level = row.is_null(1) ? std::nullopt : std::optional(row.integer(1)),
                            .text = row.string(2),
                            .changed = row.time(3),
                            .changed_by = row.string(4)});
                   }));
    Status whole;
    CHECK(tx.query(
        "SELECT fingerprint, assessor, statement, signature, taken, taken_by FROM review_signature "
        "WHERE review = ? ORDER BY taken, fingerprint",
        {id}, [&](store::Row const& row) {
            auto again =
                read_review_file(review_file(review.package.text, review.package.signature, row.text(2), row.text(3)));
            if (!again)
                whole = std::unexpected(std::move(again).error());
            else
                review.signatures.push_back(
                    {row.string(0), row.string(1), *std::move(again->statement), row.time(4), row.string(5)});
        }));
    CHECK(std::move(whole));
    return review;
}

Result<Review> Reviews::one(ReviewId id) {
    return ledger_.read([&](store::Transaction& tx) { return read_one(tx, id); });
}

Result<std::vector<Review>> Reviews::all() {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<Review>> {
        std::vector<ReviewId> ids;
        CHECK(tx.query("SELECT id FROM review ORDER BY id DESC LIMIT 1000", {},
                       [&](store::Row const& row) { ids.push_back(row.id<ReviewTag>(0)); }));
        std::vector<Review> list;
        for (auto const id : ids) {
            TRY(auto one, read_one(tx, id));
            list.push_back(std::move(one));
        }
        return list;
    });
}

Result<Review> Reviews::newest_guest() {
    return ledger_.read([&](store::Transaction& tx) -> Result<Review> {
        TRY(auto const id,
            tx.one("SELECT id FROM review WHERE side = ? ORDER BY changed DESC, id DESC", {name_of(ReviewSide::guest)},
                   [](store::Row const& row) { return row.id<ReviewTag>(0); }));
        if (!id) return fail(Code::not_found, "no package is open here: tocsin assess review open FILE");
        return read_one(tx, *id);
    });
}

Result<std::vector<KnownKey>> Reviews::keys() {
    return ledger_.read([](store::Transaction& tx) -> Result<std::vector<KnownKey>> {
        std::vector<KnownKey> list;
        CHECK(tx.query("SELECT fingerprint, team, trusted, trusted_by FROM review_key ORDER BY team, fingerprint", {},
                       [&](store::Row const& row) {
                           list.push_back({row.string(0), row.string(1), row.time(2), row.string(3)});
                       }));
        return list;
    });
}

Result<std::string> Reviews::package(gate::Cleared<Assessment> const& assessment, PackageWishes const& wishes,
                                     Signer const& signer, access::Principal const& by) {
    TRY(auto const* const framework, library_.framework(assessment->framework));
    TRY(auto const original, read_assessment(exported(*assessment)));
    auto const salt = secret_bytes(salt_bytes);
    auto given = redact(original, wishes.redact, salt);
    auto const now = clock_.now();
    Package package{.uuid = fresh_uuid(),
                    .made = now,
                    .team = signer.team,
                    .public_key = signer.key.public_key(),
                    .reviewer = wishes.reviewer,
                    .framework_title = framework->title.english(),
                    .framework_sha256 = hex_sha256(framework->json),
                    .assessment = std::move(given.assessment),
                    .redacted = std::move(given.redacted),
                    .original_sha256 = hash_of_original(original, salt)};
    package.text = canonical_text(package);
    package.signature = to_hex(signer.key.sign(package_purpose, package.text));
    auto file = review_file(package.text, package.signature);
    CHECK(read_review_file(file));  // what others would refuse does not leave
    return ledger_.write([&](store::Transaction& tx) -> Result<std::string> {
        auto const whole = exported(original);
        auto const salt_text = to_hex(salt);
        TRY(auto const id,
            tx.insert("INSERT INTO review (uuid, side, assessment, package, signature, original, salt, created, "
                      "created_by, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      {package.uuid, name_of(ReviewSide::home), assessment->id.value, package.text, package.signature,
                       whole, salt_text, now, by.name, now}));
        auto details = details_of(package);
        details.field("assessment", assessment->id.value).field("reviewer", package.reviewer).key("redacted").array();
        for (auto const& one : package.redacted) details.value(name_of(one.kind));
        details.end().end();
        CHECK(write_audit(tx, by, now, "review.package", {id}, std::move(details)));
        CHECK(gate::Gate::record(tx, by, now, assessment, "file"));
        return file;
    });
}

Status Reviews::check_key(store::Transaction& tx, std::string const& team, std::string const& public_key,
                          std::string_view trust, access::Principal const& by) const {
    auto const fingerprint = fingerprint_of(public_key);
    TRY(auto const known, tx.one("SELECT team FROM review_key WHERE fingerprint = ?", {fingerprint},
                                 [](store::Row const& row) { return row.string(0); }));
    if (known && *known == team) return {};
    TRY(auto const other, tx.one("SELECT fingerprint FROM review_key WHERE team = ? AND fingerprint <> ?",
                                 {team, fingerprint}, [](store::Row const& row) { return row.string(0); }));
    auto const more = known   ? fmt::format(" Here it is known as the key of {}.", *known)
                      : other ? fmt::format(" So far {} has signed with {}.", team, *other)
                              : std::string();
    if (trust.empty())
        return fail(Code::denied,
                    fmt::format("{0} signed with a key that nobody here has accepted yet: {1}.{2} Compare "
                                "it with the team over another line, then accept it with --trust {1}",
                                team, fingerprint, more));
    auto const given = read_fingerprint(trust);
    if (!given) return fail(Code::invalid, "trust: expected a fingerprint of 40 hexadecimal digits");
    if (*given != fingerprint)
        return fail(Code::denied,
                    fmt::format("{} signed with {}, not with {} that you accept", team, fingerprint, *given));
    auto const now = clock_.now();
    CHECK(tx.run("DELETE FROM review_key WHERE fingerprint = ?", {fingerprint}));
    auto const key = to_hex(public_key);
    CHECK(tx.run("INSERT INTO review_key (fingerprint, public_key, team, trusted, trusted_by) VALUES (?, ?, ?, ?, ?)",
                 {fingerprint, key, team, now, by.name}));
    JsonWriter json;
    json.object().field("team", team).field("before", known.value_or("")).end();
    CHECK(access::audit(tx, by, now,
                        {.what = "review.trust", .kind = "review_key", .id = fingerprint, .details = json.text()}));
    return {};
}

Result<Review> Reviews::open(std::string_view file, std::string_view trust, Signer const& signer,
                             access::Principal const& by) {
    TRY(auto const read, read_review_file(file));
    auto const& package = read.package;
    if (package.public_key == signer.key.public_key())
        return fail(Code::conflict, "the package is our own; what comes back is taken with tocsin assess review take");
    return ledger_.write([&](store::Transaction& tx) -> Result<Review> {
        CHECK(check_key(tx, package.team, package.public_key, trust, by));
        TRY(auto const known, row_of(tx, package.uuid, ReviewSide::guest));
        if (known && known->package != package.text)
            return fail(Code::conflict,
                        fmt::format("another package with the number {} is here already", package.uuid));
        if (known) return read_one(tx, known->id);
        auto const now = clock_.now();
        TRY(auto const id,
            tx.insert("INSERT INTO review (uuid, side, assessment, package, signature, original, salt, created, "
                      "created_by, changed) VALUES (?, ?, 0, ?, ?, '', '', ?, ?, ?)",
                      {package.uuid, name_of(ReviewSide::guest), package.text, package.signature, now, by.name, now}));
        auto details = details_of(package);
        details.end();
        CHECK(write_audit(tx, by, now, "review.open", {id}, std::move(details)));
        return read_one(tx, {id});
    });
}

Result<Review> Reviews::comment(ReviewId id, ReviewComment draft, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Result<Review> {
        TRY(auto const review, read_one(tx, id));
        if (review.side != ReviewSide::guest)
            return fail(Code::conflict,
                        fmt::format("review {} is of an assessment of ours: others comment on it", id.value));
        CHECK(check_comment(review, draft));
        auto const now = clock_.now();
        CHECK(tx.run("DELETE FROM review_comment WHERE review = ? AND item = ?", {id, draft.item}));
        if (draft.level || !trimmed(draft.text).empty())
            CHECK(
                tx.run("INSERT INTO review_comment (review, item, level, words, changed, changed_by) VALUES (?, ?, ?, "
                       "?, ?, ?)",
                       {id, draft.item, draft.level, draft.text, now, by.name}));
        CHECK(tx.run("UPDATE review SET changed = ?, signed = NULL WHERE id = ?", {now, id}));
        JsonWriter json;
        json.object().field("item", draft.item).field_or_null("level", draft.level).end();
        CHECK(write_audit(tx, by, now, "review.comment", id, std::move(json)));
        return read_one(tx, id);
    });
}

Result<std::string> Reviews::sign(gate::Cleared<Review> const& review, std::string const& reviewer,
                                  Signer const& signer, access::Principal const& by) {
    if (review->side != ReviewSide::guest) return fail(Code::conflict, "the assessment is ours: others countersign it");
    auto const now = clock_.now();
    Statement statement{.package_sha256 = hex_sha256(review->package.text),
                        .made = now,
                        .team = signer.team,
                        .public_key = signer.key.public_key(),
                        .reviewer = reviewer,
                        .comments = review->comments};
    statement.text = canonical_text(statement);
    statement.signature = to_hex(signer.key.sign(statement_purpose, statement.text));
    auto file = review_file(review->package.text, review->package.signature, statement.text, statement.signature);
    CHECK(read_review_file(file));
    return ledger_.write([&](store::Transaction& tx) -> Result<std::string> {
        CHECK(tx.run("UPDATE review SET signed = ?, changed = ? WHERE id = ?", {now, now, review->id}));
        auto details = details_of(review->package);
        details.field("comments", std::uint64_t{review->comments.size()}).field("reviewer", reviewer).end();
        CHECK(write_audit(tx, by, now, "review.sign", review->id, std::move(details)));
        CHECK(gate::Gate::record(tx, by, now, review, "file"));
        return file;
    });
}

/// Gives the name under which the comments stand.
Result<std::string> Reviews::lay_beside(store::Transaction& tx, Assessment const& assessment,
                                        Statement const& statement, std::string assessor,
                                        access::Principal const& by) const {
    auto assessors = assessment.assessors;
    if (assessor.empty()) {
        assessor = statement.reviewer.empty() ? fmt::format("{} (review)", statement.team)
                                              : fmt::format("{} ({})", statement.reviewer, statement.team);
        if (assessor.size() > longest_assessor || std::ranges::find(assessors, assessor) != assessors.end())
            assessor = fmt::format("review {}", fingerprint_of(statement.public_key));
    }
    if (std::ranges::find(assessors, assessor) == assessors.end()) {
        assessors.push_back(assessor);
        auto const list = as_lines(assessors);
        CHECK(tx.run("UPDATE assessment SET assessors = ? WHERE id = ?", {list, assessment.id}));
    }
    for (auto const& before : assessment.answers) {  // a comment that a newer file took back
        if (before.assessor != assessor ||
            std::ranges::find(statement.comments, before.item, &ReviewComment::item) != statement.comments.end())
            continue;
        CHECK(assessments_.save_in(tx, assessment.id, {.item = before.item, .assessor = assessor}, std::nullopt, by));
    }
    for (auto const& comment : statement.comments) {
        auto const* const result = assessment.answer(comment.item);
        auto const saved = assessments_.save_in(tx, assessment.id,
                                                {.item = comment.item,
                                                 .assessor = assessor,
                                                 .value = comment.level,
                                                 .assignment = result ? result->assignment : std::string(),
                                                 .justification = comment.text},
                                                std::nullopt, by);
        if (!saved) return std::unexpected(saved.error().during("review.comments: " + comment.item));
    }
    return assessor;
}

Result<Review> Reviews::take(std::string_view file, std::string_view trust, Signer const& signer,
                             access::Principal const& by) {
    TRY(auto const read, read_review_file(file));
    if (!read.statement)
        return fail(Code::invalid, "countersignature: the file holds none; nobody has reviewed it yet");
    auto const& statement = *read.statement;
    auto const fingerprint = fingerprint_of(statement.public_key);
    if (read.package.public_key != signer.key.public_key())
        return fail(Code::not_found, fmt::format("package: {} signed it, not this Tocsin", read.package.team));
    return ledger_.write([&](store::Transaction& tx) -> Result<Review> {
        TRY(auto const known, row_of(tx, read.package.uuid, ReviewSide::home));
        if (!known || known->package != read.package.text)
            return fail(Code::not_found, "package: it is not one of those that were made here");
        CHECK(check_key(tx, statement.team, statement.public_key, trust, by));
        auto const assessment = assessments_.one_in(tx, known->assessment);
        if (!assessment || assessment->uuid != read.package.assessment.uuid)
            return fail(Code::not_found, "the assessment that was packaged is no longer here");
        TRY(auto before, read_one(tx, known->id));
        std::string assessor;
        for (auto const& one : before.signatures) {
            if (one.fingerprint != fingerprint) continue;
            if (one.statement.text == statement.text) return before;
            if (one.statement.made > statement.made)
                return fail(Code::conflict, fmt::format("a newer review of {}, of {}, was taken already",
                                                        statement.team, format_timestamp(one.statement.made)));
            assessor = one.assessor;
        }
        TRY(assessor, lay_beside(tx, *assessment, statement, assessor, by));
        auto const now = clock_.now();
        CHECK(tx.run("DELETE FROM review_signature WHERE review = ? AND fingerprint = ?", {known->id, fingerprint}));
        CHECK(
            tx.run("INSERT INTO review_signature (review, fingerprint, assessor, statement, signature, taken, "
                   "taken_by) VALUES (?, ?, ?, ?, ?, ?, ?)",
                   {known->id, fingerprint, assessor, statement.text, statement.signature, now, by.name}));
        CHECK(tx.run("UPDATE review SET changed = ? WHERE id = ?", {now, known->id}));
        auto details = details_of(read.package);
        details.field("reviewed_by", statement.team).field("comments", std::uint64_t{statement.comments.size()}).end();
        CHECK(write_audit(tx, by, now, "review.take", known->id, std::move(details)));
        return read_one(tx, known->id);
    });
}

Result<std::string> Reviews::proof(gate::Cleared<Review> const& review, access::Principal const& by) {
    if (review->side != ReviewSide::home)
        return fail(Code::conflict, "only the team that made a package can prove what it took out");
    return ledger_.write([&](store::Transaction& tx) -> Result<std::string> {
        TRY(auto const kept, tx.one("SELECT original, salt FROM review WHERE id = ?", {review->id},
                                    [](store::Row const& row) { return std::pair(row.string(0), row.string(1)); }));
        if (!kept) return fail(Code::not_found, fmt::format("there is no review {}", review->id.value));
        JsonWriter json;
        json.object()
            .field("schema", "tocsin/review-proof-1")
            .field("package_sha256", hex_sha256(review->package.text))
            .field("salt", kept->second)
            .key("original")
            .raw(kept->first)
            .end();
        auto const now = clock_.now();
        auto details = details_of(review->package);
        details.end();
        CHECK(write_audit(tx, by, now, "review.prove", review->id, std::move(details)));
        CHECK(gate::Gate::record(tx, by, now, review, "file"));
        return std::move(json).text();
    });
}

}  // namespace tocsin::readiness
