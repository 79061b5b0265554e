#include "readiness/review_package.hpp"

#include "formats/formats.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <tuple>
#include <utility>

namespace tocsin::readiness {
namespace {

using formats::JsonValue;

constexpr std::array<std::string_view, 3> redact_words = {"justification", "evidence", "names"};
constexpr std::size_t longest_name = 190, longest_comment = 20'000, most_comments = 5'000;
constexpr std::string_view schema = "tocsin/review-1";

/// RFC 8785 for what we write: no fractions, member names in ASCII.
void append_canonical(std::string& out, JsonValue value) {
    if (value.is_object()) {
        std::map<std::string_view, JsonValue> members;
        for (auto const one : value) members.emplace(one.key(), one);
        out += '{';
        bool is_first = true;
        for (auto const& [name, member] : members) {
            if (!std::exchange(is_first, false)) out += ',';
            append_json_string(out, name);
            out += ':';
            append_canonical(out, member);
        }
        out += '}';
    } else if (value.is_array()) {
        out += '[';
        bool is_first = true;
        for (auto const one : value) {
            if (!std::exchange(is_first, false)) out += ',';
            append_canonical(out, one);
        }
        out += ']';
    } else if (value.is_text()) {
        append_json_string(out, value.text());
    } else {
        out += value.raw();
    }
}
std::string canonical(JsonValue value) {
    std::string out;
    append_canonical(out, value);
    return out;
}
std::string canonical(std::string_view json) {
    formats::JsonTree tree;
    auto const parsed = tree.parse(json, {.bytes = 4 * largest_review_file});
    TOCSIN_ASSERT(parsed.has_value());
    return canonical(tree.root());
}

void append_team(JsonWriter& json, std::string_view team, std::string_view public_key) {
    json.key("team")
        .object()
        .field("name", team)
        .field("key", to_hex(public_key))
        .field("fingerprint", fingerprint_of(public_key))
        .end();
}

/// Collects what is taken out, with its place.
class Taken {
  public:
    explicit Taken(Redact kind) : kind_(kind) { json_.array(); }
    void take(std::string_view place, std::string& text) {
        if (text.empty()) return;
        json_.array().value(place).value(text).end();
        text.clear();
        ++count_;
    }
    Redacted made(std::string_view salt) && {
        json_.end();
        return {kind_, count_, hex_sha256(fmt::format("{}\n{}\n{}", to_hex(salt), name_of(kind_), json_.text()))};
    }

  private:
    Redact kind_;
    JsonWriter json_;
    std::int64_t count_ = 0;
};

std::string place_of(Answer const& answer, std::string_view member) {
    return fmt::format("{} {} {}", answer.item, answer.assessor, member);
}

void take_names(Assessment& assessment, Taken& taken) {
    taken.take("created_by", assessment.created_by);
    for (auto& answer : assessment.answers) {
        taken.take(place_of(answer, "changed_by"), answer.changed_by);
        taken.take(place_of(answer, "assigned_to"), answer.assigned_to);
    }
    std::map<std::string, std::string> numbered;
    for (auto& assessor : assessment.assessors) {
        auto const number = fmt::format("assessor {}", numbered.size() + 1);
        numbered.emplace(assessor, number);
        taken.take(number, assessor);
        assessor = number;
    }
    for (auto& answer : assessment.answers)
        if (auto const found = numbered.find(answer.assessor); found != numbered.end()) answer.assessor = found->second;
}

void take(Assessment& assessment, Redact kind, Taken& taken) {
    switch (kind) {
        case Redact::justification:
            taken.take("note", assessment.note);
            for (auto& answer : assessment.answers) taken.take(place_of(answer, "justification"), answer.justification);
            return;
        case Redact::evidence:
            for (auto& answer : assessment.answers) {
                for (auto& link : answer.evidence) taken.take(place_of(answer, "evidence"), link);
                answer.evidence.clear();
            }
            return;
        case Redact::names:
            take_names(assessment, taken);
            return;
    }
}

/// Reads the members of a file; the first fault is kept.
class Reader {
  public:
    std::string text(JsonValue from, std::string_view member, std::size_t most, bool is_needed = false) {
        auto const value = from[member];
        if (!value.is_text() || value.text().size() > most || (is_needed && value.text().empty()))
            fault(from, member, fmt::format("a text of {} to {} bytes", is_needed ? 1 : 0, most));
        return std::string(value.text());
    }
    /// A name that can stand in a line.
    std::string name(JsonValue from, std::string_view member, bool is_needed) {
        auto name = text(from, member, longest_name, is_needed);
        if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
            fault(from, member, "a name without control characters");
        return name;
    }
    Timestamp time(JsonValue from, std::string_view member) {
        auto const read = parse_timestamp(from[member].text());
        if (!read) fault(from, member, "a time by RFC 3339");
        return read ? *read : Timestamp();
    }
    /// Lower case, so that there is one way to write it.
    std::string hex(JsonValue from, std::string_view member, std::size_t bytes) {
        auto const written = from[member].text();
        auto const read = from_hex(written);
        if (!read || read->size() != bytes || to_hex(*read) != written)
            fault(from, member, fmt::format("{} bytes in hexadecimal", bytes));
        return std::string(written);
    }
    /// The team's name and key.
    std::pair<std::string, std::string> team(JsonValue from) {
        auto const team = from["team"];
        auto named = name(team, "name", true);
        auto const key = from_hex(hex(team, "key", 32)).value_or(std::string());
        if (team["fingerprint"].text() != fingerprint_of(key)) fault(team, "fingerprint", "that of the key");
        return {std::move(named), key};
    }
    void fault(JsonValue at, std::string_view member, std::string_view expected) {
        if (!first.empty()) return;
        auto const path = at.path();
        first = fmt::format("{}{}{}: expected {}", path, path.empty() || member.empty() ? "" : ".", member, expected);
    }

    std::string first;
};

Result<Package> read_package(JsonValue from, JsonValue signature_of) {
    Reader reader;
    auto const framework = from["framework"];
    Package package{.uuid = reader.text(from, "uuid", 100, true),
                    .made = reader.time(from, "made"),
                    .reviewer = reader.name(from, "reviewer", false),
                    .framework_title = reader.text(framework, "title", 4000),
                    .framework_sha256 = reader.hex(framework, "sha256", 32),
                    .original_sha256 = reader.hex(from, "original_sha256", 32),
                    .text = canonical(from),
                    .signature = reader.hex(signature_of, "signature", 64)};
    std::tie(package.team, package.public_key) = reader.team(from);
    for (auto const one : from["redacted"]) {
        auto const kind = value_of<Redact>(redact_words, one["kind"].text());
        if (!kind) reader.fault(one, "kind", "justification, evidence or names");
        package.redacted.push_back(
            {kind.value_or(Redact::names), one["count"].integer().value_or(0), reader.hex(one, "sha256", 32)});
    }
    if (!reader.first.empty()) return fail(Code::invalid, reader.first);
    if (!is_signed(package.public_key, package_purpose, package.text,
                   from_hex(package.signature).value_or(std::string())))
        return fail(Code::invalid,
                    fmt::format("signature: does not fit \"package\": it was changed after {} signed it, or is forged",
                                package.team));
    auto assessment = read_assessment(from["assessment"].raw());
    if (!assessment) return std::unexpected(assessment.error().during("package.assessment"));
    package.assessment = *std::move(assessment);
    return package;
}

Result<Statement> read_statement(JsonValue from, JsonValue signature_of, Package const& package) {
    Reader reader;
    Statement statement{.package_sha256 = reader.hex(from, "package_sha256", 32),
                        .made = reader.time(from, "made"),
                        .reviewer = reader.name(from, "reviewer", false),
                        .text = canonical(from),
                        .signature = reader.hex(signature_of, "countersignature", 64)};
    std::tie(statement.team, statement.public_key) = reader.team(from);
    if (!from["comments"].is_array() || from["comments"].size() > most_comments)
        reader.fault(from, "comments", fmt::format("an array of at most {}", most_comments));
    for (auto const one : from["comments"]) {
        ReviewComment comment{.item = reader.name(one, "item", true),
                              .text = reader.text(one, "text", longest_comment),
                              .changed = reader.time(one, "changed"),
                              .changed_by = reader.name(one, "changed_by", false)};
        if (!one["level"].is_null()) {
            comment.level = one["level"].integer();
            if (!comment.level) reader.fault(one, "level", "a whole number or null");
        }
        statement.comments.push_back(std::move(comment));
    }
    if (!reader.first.empty()) return fail(Code::invalid, reader.first);
    if (!is_signed(statement.public_key, statement_purpose, statement.text,
                   from_hex(statement.signature).value_or(std::string())))
        return fail(Code::invalid, fmt::format("countersignature: does not fit \"review\": it was changed after {} "
                                               "signed it, or is forged",
                                               statement.team));
    if (statement.package_sha256 != hex_sha256(package.text))
        return fail(Code::invalid, "review.package_sha256: the review is about another package");
    return statement;
}

}  // namespace

std::string_view name_of(Redact kind) {
    return word_of(redact_words, kind);
}

Result<std::vector<Redact>> read_redactions(std::string_view list) {
    std::vector<Redact> kinds;
    for (auto const word : split(list, ',')) {
        if (trimmed(word).empty()) continue;
        auto const kind = value_of<Redact>(redact_words, trimmed(word));
        if (!kind)
            return fail(Code::invalid,
                        fmt::format("redact: expected justification, evidence or names, found \"{}\"", trimmed(word)));
        if (std::ranges::find(kinds, *kind) == kinds.end()) kinds.push_back(*kind);
    }
    std::ranges::sort(kinds);
    return kinds;
}

std::string hex_sha256(std::string_view text) {
    return to_hex(access::sha256(text));
}

RedactedAssessment redact(Assessment original, std::vector<Redact> const& kinds, std::string_view salt) {
    RedactedAssessment made{std::move(original), {}};
    for (auto const kind : kinds) {
        Taken taken(kind);
        take(made.assessment, kind, taken);
        made.redacted.push_back(std::move(taken).made(salt));
    }
    return made;
}

std::string hash_of_original(Assessment const& original, std::string_view salt) {
    return hex_sha256(fmt::format("{}\n{}", to_hex(salt), canonical(exported(original))));
}

std::string canonical_text(Package const& package) {
    JsonWriter json;
    json.object()
        .field("uuid", package.uuid)
        .field("made", package.made)
        .field("reviewer", package.reviewer)
        .key("framework")
        .object()
        .field("id", package.assessment.framework)
        .field("title", package.framework_title)
        .field("sha256", package.framework_sha256)
        .end();
    append_team(json, package.team, package.public_key);
    json.key("assessment").raw(exported(package.assessment)).key("redacted").array();
    for (auto const& one : package.redacted)
        json.object().field("kind", name_of(one.kind)).field("count", one.count).field("sha256", one.sha256).end();
    json.end().field("original_sha256", package.original_sha256).end();
    return canonical(json.text());
}

Status proves(Package const& package, Assessment const& original, std::string_view salt) {
    if (hash_of_original(original, salt) != package.original_sha256)
        return fail(Code::invalid, "original_sha256: the original is not the one that was packaged");
    std::vector<Redact> kinds;
    for (auto const& one : package.redacted) kinds.push_back(one.kind);
    auto const again = redact(original, kinds, salt);
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (again.redacted[i].sha256 != package.redacted[i].sha256 ||
            again.redacted[i].count != package.redacted[i].count)
            return fail(Code::invalid, fmt::format("redacted.{}: not what was taken out", name_of(kinds[i])));
    if (canonical(exported(again.assessment)) != canonical(exported(package.assessment)))
        return fail(Code::invalid, "assessment: more was changed than what is named as redacted");
    return {};
}

void append(JsonWriter& json, ReviewComment const& comment) {
    json.object()
        .field("item", comment.item)
        .field_or_null("level", comment.level)
        .field("text", comment.text)
        .field("changed", comment.changed)
        .field("changed_by", comment.changed_by)
        .end();
}

std::string canonical_text(Statement const& statement) {
    JsonWriter json;
    json.object()
        .field("package_sha256", statement.package_sha256)
        .field("made", statement.made)
        .field("reviewer", statement.reviewer);
    append_team(json, statement.team, statement.public_key);
    json.key("comments").array();
    for (auto const& comment : statement.comments) append(json, comment);
    json.end().end();
    return canonical(json.text());
}

std::string review_file(std::string_view package, std::string_view signature, std::string_view statement,
                        std::string_view countersignature) {
    std::string file = "{";
    if (!statement.empty()) file += fmt::format("\"countersignature\":\"{}\",", countersignature);
    file += fmt::format("\"package\":{},", package);
    if (!statement.empty()) file += fmt::format("\"review\":{},", statement);
    return file + fmt::format("\"schema\":\"{}\",\"signature\":\"{}\"}}\n", schema, signature);
}

Result<ReviewFile> read_review_file(std::string_view bytes) {
    if (bytes.size() > largest_review_file)
        return fail(Code::limit, fmt::format("the file is longer than {} bytes", largest_review_file));
    formats::JsonTree tree;
    if (auto const parsed = tree.parse(bytes, {.bytes = largest_review_file, .depth = 12, .values = 1'000'000});
        !parsed)
        return std::unexpected(parsed.error().during("the file is damaged or no review package"));
    auto const root = tree.root();
    if (root["schema"].text() != schema) return fail(Code::invalid, fmt::format("schema: expected {}", schema));
    auto const as_written = canonical(root) + "\n";
    if (as_written != bytes) {
        auto const at = std::ranges::mismatch(as_written, bytes).in2 - bytes.begin();
        return fail(Code::invalid, fmt::format("byte {}: the file was changed: it is not written as it was made", at));
    }
    for (auto const member : root)
        if (member.key() != "schema" && member.key() != "package" && member.key() != "signature" &&
            member.key() != "review" && member.key() != "countersignature")
            return fail(Code::invalid, fmt::format("{}: expected no such member", repaired_utf8(member.key())));
    TRY(auto package, read_package(root["package"], root));
    ReviewFile file{.package = std::move(package)};
    if (!root["review"] && !root["countersignature"]) return file;
    TRY(file.statement, read_statement(root["review"], root, file.package));
    return file;
}

}  // namespace tocsin::readiness
