#pragma once
#include "readiness/assessment.hpp"
#include "readiness/library.hpp"
#include "readiness/review_key.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The file that travels: {"schema": "tocsin/review-1", "package": {...}, "signature": "..."}, and from a reviewer
/// also "review" and "countersignature". Canonical JSON (RFC 8785: no spaces, members in order), so that every byte
/// counts.
namespace tocsin::readiness {

constexpr std::size_t largest_review_file = std::size_t{8} << 20;

/// What is taken out of an assessment before it is given away.
enum class Redact : std::uint8_t {
    justification,  ///< and the note
    evidence,       ///< links
    names,          ///< of assessors (numbered instead), of who changed what, of whom work is assigned to
};
std::string_view name_of(Redact kind);
/// "justification,evidence"; empty: none. Errors: Code::invalid naming the word.
Result<std::vector<Redact>> read_redactions(std::string_view list);

/// What was taken out of one kind: SHA-256 over a salt that stays at home and the texts with their places.
struct Redacted {
    Redact kind = Redact::justification;
    std::int64_t count = 0;
    std::string sha256;
};

/// Takes out what is named from an assessment as `read_assessment` gives it. The same assessment, kinds and salt give
/// the same: so it can be proven later, by showing the original and the salt, that nothing else was changed.
struct RedactedAssessment {
    Assessment assessment = {};
    std::vector<Redacted> redacted = {};
};
RedactedAssessment redact(Assessment original, std::vector<Redact> const& kinds, std::string_view salt);

struct Package {
    std::string uuid = {};
    Timestamp made = {};
    std::string team = {}, public_key = {};
    std::string reviewer = {};  ///< for whom it is made, in words; may be empty
    std::string framework_title = {}, framework_sha256 = {};
    Assessment assessment = {};
    std::vector<Redacted> redacted = {};
    std::string original_sha256 = {};  ///< over the salt and the assessment as it was
    std::string text = {};             ///< canonical JSON, when it was read
    std::string signature = {};        ///< hexadecimal, when it was read
};
std::string canonical_text(Package const& package);
std::string hash_of_original(Assessment const& original, std::string_view salt);
/// Holds an original and a salt against a package. Errors: Code::invalid naming what does not fit.
Status proves(Package const& package, Assessment const& original, std::string_view salt);

struct ReviewComment {
    std::string item = {};
    std::optional<std::int64_t> level = {};
    std::string text = {};
    Timestamp changed = {};
    std::string changed_by = {};
};
/// {"item", "level", "text", "changed", "changed_by"}
void append(JsonWriter& json, ReviewComment const& comment);

/// What the reviewer signs.
struct Statement {
    std::string package_sha256 = {};
    Timestamp made = {};
    std::string team = {}, public_key = {};
    std::string reviewer = {};  ///< name of a person; may be empty
    std::vector<ReviewComment> comments = {};
    std::string text = {}, signature = {};  ///< as for Package
};
std::string canonical_text(Statement const& statement);

/// A whole file, all of whose signatures fit. Whether the keys belong to whom they say is for the caller to know.
struct ReviewFile {
    Package package;
    std::optional<Statement> statement = {};
};
/// Errors: Code::invalid naming the part that does not fit (any byte that was changed is noticed), Code::limit.
Result<ReviewFile> read_review_file(std::string_view bytes);
/// From texts and signatures as they were kept.
std::string review_file(std::string_view package, std::string_view signature, std::string_view statement = {},
                        std::string_view countersignature = {});

constexpr std::string_view package_purpose = "review package 1", statement_purpose = "review statement 1";

/// SHA-256 in hexadecimal.
std::string hex_sha256(std::string_view text);

}  // namespace tocsin::readiness
