#include "base/lines.hpp"
#include "readiness/assessment.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tocsin::readiness {
namespace {

constexpr std::string_view heads =
    "SELECT a.id, a.uuid, a.framework, a.title, a.subject, a.organisation, a.profile, a.state, a.note, a.assessors, "
    "a.created, a.created_by, a.changed, (SELECT count(*) FROM assessment_answer w WHERE w.assessment = a.id AND "
    "w.assessor = '' AND (w.value IS NOT NULL OR w.declined = 1)) FROM assessment a ";
constexpr std::string_view answer_columns =
    "SELECT item, assessor, value, declined, wanted, recommendation, assignment, assigned_to, justification, evidence, "
    "proposed, proposed_by, proposed_at, why, version, changed, changed_by FROM assessment_answer ";
constexpr std::size_t longest_text = 20'000, most_links = 50, most_assessors = 20, most_answers = 20'000;

std::optional<std::int64_t> number_if(store::Row const& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

Assessment read_head(store::Row const& row) {
    return {.id = row.id<AssessmentTag>(0),
            .uuid = row.string(1),
            .framework = row.string(2),
            .title = row.string(3),
            .subject = row.string(4),
            .organisation = {row.integer(5)},
            .profile = row.string(6),
            .state = assessment_state_named(row.text(7)).value_or(AssessmentState::open),
            .note = row.string(8),
            .assessors = lines_in(row.text(9)),
            .created = row.time(10),
            .created_by = row.string(11),
            .changed = row.time(12),
            .answered = row.integer(13)};
}

Answer read_answer(store::Row const& row) {
    return {.item = row.string(0),
            .assessor = row.string(1),
            .value = number_if(row, 2),
            .declined = row.truth(3),
            .wanted = number_if(row, 4),
            .recommendation = row.string(5),
            .assignment = row.string(6),
            .assigned_to = row.string(7),
            .justification = row.string(8),
            .evidence = lines_in(row.text(9)),
            .proposed = number_if(row, 10),
            .proposed_by = row.string(11),
            .proposed_at = row.time_if(12),
            .why = row.string(13),
            .version = row.integer(14),
            .changed = row.time(15),
            .changed_by = row.string(16)};
}

Result<Assessment> read_whole(store::Transaction& tx, AssessmentId id) {
    TRY(auto found, tx.one(std::string(heads) + "WHERE a.id = ?", {id}, read_head));
    if (!found) return fail(Code::not_found, fmt::format("there is no assessment {}", id.value));
    CHECK(tx.query(std::string(answer_columns) + "WHERE assessment = ? ORDER BY item, assessor", {id},
                   [&](store::Row const& row) { found->answers.push_back(read_answer(row)); }));
    return *std::move(found);
}

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   Assessment const& assessment) {
    JsonWriter json;
    json.object()
        .field("framework", assessment.framework)
        .field("title", assessment.title)
        .field("state", name_of(assessment.state))
        .field("profile", assessment.profile)
        .end();
    auto const id = std::to_string(assessment.id.value);
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "assessment", .id = id, .details = json.text()}));
    return {};
}

Status put_answer(store::Transaction& tx, AssessmentId id, Answer const& answer) {
    CHECK(tx.run("DELETE FROM assessment_answer WHERE assessment = ? AND item = ? AND assessor = ?",
                 {id, answer.item, answer.assessor}));
    auto const evidence = as_lines(answer.evidence);
    CHECK(tx.run(
        "INSERT INTO assessment_answer (assessment, item, assessor, value, declined, wanted, recommendation, "
        "assignment, assigned_to, justification, evidence, proposed, proposed_by, proposed_at, why, version, changed, "
        "changed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {id, answer.item, answer.assessor, answer.value, answer.declined, answer.wanted, answer.recommendation,
         answer.assignment, answer.assigned_to, answer.justification, evidence, answer.proposed, answer.proposed_by,
         answer.proposed_at, answer.why, answer.version, answer.changed, answer.changed_by}));
    return {};
}

std::string json_of(Answer const& answer) {
    JsonWriter json;
    append(json, answer);
    return std::move(json).text();
}

Status note_history(store::Transaction& tx, AssessmentId id, std::optional<Answer> const& before, Answer const& after) {
    auto const old = before ? json_of(*before) : std::string();
    auto const fresh = json_of(after);
    CHECK(
        tx.insert("INSERT INTO assessment_history (assessment, item, assessor, at, changed_by, before, after) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?)",
                  {id, after.item, after.assessor, after.changed, after.changed_by, old, fresh}));
    return {};
}

std::string fresh_uuid() {
    auto bytes = secret_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    auto const hex = to_hex(bytes);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                       hex.substr(20));
}

}  // namespace

Status Assessments::check(Framework const& framework, Assessment const& draft) const {
    if (trimmed(draft.title).empty() || draft.title.size() > 200)
        return fail(Code::invalid, "title: expected 1 to 200 bytes");
    if (draft.subject.size() > 200) return fail(Code::invalid, "subject: expected at most 200 bytes");
    if (draft.note.size() > longest_text) return fail(Code::invalid, "note: expected at most 20,000 bytes");
    if (draft.assessors.size() > most_assessors)
        return fail(Code::invalid, fmt::format("assessors: expected at most {}", most_assessors));
    std::set<std::string_view> seen;
    for (auto const& one : draft.assessors)
        if (trimmed(one).empty() || one.size() > 200 || one.contains('\n') || !seen.insert(one).second)
            return fail(Code::invalid, "assessors: expected different names of 1 to 200 bytes without line ends");
    if (draft.answers.size() > most_answers) return fail(Code::limit, "answers: more than 20,000");
    if (draft.profile.empty()) return {};
    TRY(auto const* const profile, library_.profile(draft.profile));
    if (profile->framework != framework.id)
        return fail(Code::invalid, fmt::format("profile: \"{}\" is for {}, not for {}", profile->id, profile->framework,
                                               framework.id));
    return {};
}

Status Assessments::check(Framework const& framework, Assessment const& assessment, Answer const& answer) const {
    auto const* const item = framework.item(answer.item);
    if (!item) return fail(Code::invalid, fmt::format("item: {} has no \"{}\"", framework.name(), answer.item));
    if (!answer.assessor.empty() &&
        std::ranges::find(assessment.assessors, answer.assessor) == assessment.assessors.end())
        return fail(Code::invalid, fmt::format("assessor: expected one of the assessment's, found \"{}\"; they are {}",
                                               answer.assessor, fmt::join(assessment.assessors, ", ")));
    if (!answer.recommendation.empty() && !framework.recommendation(answer.recommendation))
        return fail(Code::invalid,
                    fmt::format("recommendation: {} has no \"{}\"", framework.name(), answer.recommendation));
    if (!answer.assignment.empty() && !framework.assignment(answer.assignment))
        return fail(Code::invalid, fmt::format("assignment: {} has no \"{}\"", framework.name(), answer.assignment));
    if (answer.declined && answer.value) return fail(Code::invalid, "value: expected none where it was declined");
    auto const* const scale = framework.scale_for(*item, answer.assignment);
    for (auto const& [name, value] : {std::pair("value", answer.value), std::pair("wanted", answer.wanted)}) {
        if (!value) continue;
        if (scale ? scale->has(value) : (*value == 0 || *value == 1)) continue;
        std::string levels = scale ? "" : "0 or 1";
        if (scale)
            for (auto const& level : scale->levels)
                if (level.value) levels += (levels.empty() ? "" : ", ") + std::to_string(*level.value);
        return fail(Code::invalid, fmt::format("{}: expected one of {}, found {}", name, levels, *value));
    }
    if (answer.justification.size() > longest_text || answer.assigned_to.size() > 200)
        return fail(Code::invalid, "justification: expected at most 20,000 bytes, assigned_to at most 200");
    if (answer.evidence.size() > most_links)
        return fail(Code::invalid, fmt::format("evidence: expected at most {} links", most_links));
    for (auto const& link : answer.evidence)
        if (link.empty() || link.size() > 2000 || link.contains('\n'))
            return fail(Code::invalid, "evidence: expected links of 1 to 2,000 bytes without line ends");
    return {};
}

Result<std::vector<Assessment>> Assessments::all() {
    return ledger_.read([](store::Transaction& tx) -> Result<std::vector<Assessment>> {
        std::vector<Assessment> list;
        CHECK(tx.query(std::string(heads) + "ORDER BY a.id DESC", {},
                       [&](store::Row const& row) { list.push_back(read_head(row)); }));
        return list;
    });
}

Result<Assessment> Assessments::find(std::string_view text) {
    if (auto const number = parse_int(text.starts_with('#') ? text.substr(1) : text)) return one(AssessmentId{*number});
    return ledger_.read([&](store::Transaction& tx) -> Result<Assessment> {
        TRY(auto const found, tx.one(std::string(heads) + "WHERE a.title = ? ORDER BY a.id DESC", {text}, read_head));
        if (!found) return fail(Code::not_found, fmt::format("there is no assessment \"{}\"", text));
        return read_whole(tx, found->id);
    });
}

Result<Assessment> Assessments::one(AssessmentId id) {
    return ledger_.read([&](store::Transaction& tx) { return read_whole(tx, id); });
}

Result<Assessment> Assessments::one_in(store::Transaction& tx, AssessmentId id) const {
    return read_whole(tx, id);
}

Result<Assessment> Assessments::add(Assessment draft, access::Principal const& by) {
    TRY(auto const* const framework, library_.framework(draft.framework));
    draft.framework = framework->name();
    CHECK(check(*framework, draft));
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (auto const& answer : draft.answers) {
        CHECK(check(*framework, draft, answer));
        if (!seen.emplace(answer.item, answer.assessor).second)
            return fail(Code::invalid, fmt::format("answers: {} is there twice", answer.item));
    }
    if (draft.uuid.empty()) draft.uuid = fresh_uuid();
    return ledger_.write([&](store::Transaction& tx) -> Result<Assessment> {
        auto const now = clock_.now();
        if (draft.created.micros == 0) draft.created = now;
        if (draft.created_by.empty()) draft.created_by = by.name;
        auto const assessors = as_lines(draft.assessors);
        TRY(auto const id, tx.insert("INSERT INTO assessment (uuid, framework, title, subject, organisation, profile, "
                                     "state, note, assessors, created, created_by, changed) VALUES (?, ?, ?, ?, ?, ?, "
                                     "?, ?, ?, ?, ?, ?)",
                                     {draft.uuid, draft.framework, trimmed(draft.title), draft.subject,
                                      draft.organisation.value, draft.profile, name_of(draft.state), draft.note,
                                      assessors, draft.created, draft.created_by, now}));
        for (auto& answer : draft.answers) {
            answer.version = 1;
            if (answer.changed.micros == 0) answer.changed = now;
            if (answer.changed_by.empty()) answer.changed_by = by.name;
            CHECK(put_answer(tx, {id}, answer));
            CHECK(note_history(tx, {id}, std::nullopt, answer));
        }
        TRY(auto made, read_whole(tx, {id}));
        CHECK(write_audit(tx, by, now, "assessment.add", made));
        return made;
    });
}

Result<Assessment> Assessments::change(Assessment const& draft, access::Principal const& by) {
    TRY(auto const* const framework, library_.framework(draft.framework));
    CHECK(check(*framework, draft));
    return ledger_.write([&](store::Transaction& tx) -> Result<Assessment> {
        auto const now = clock_.now();
        auto const assessors = as_lines(draft.assessors);
        TRY(auto const changed,
            tx.run("UPDATE assessment SET title = ?, subject = ?, organisation = ?, profile = ?, state = ?, note = ?, "
                   "assessors = ?, changed = ? WHERE id = ?",
                   {trimmed(draft.title), draft.subject, draft.organisation.value, draft.profile, name_of(draft.state),
                    draft.note, assessors, now, draft.id}));
        if (changed == 0) return fail(Code::not_found, fmt::format("there is no assessment {}", draft.id.value));
        TRY(auto made, read_whole(tx, draft.id));
        CHECK(write_audit(tx, by, now, "assessment.change", made));
        return made;
    });
}

Status Assessments::remove(AssessmentId id, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        TRY(auto const gone, read_whole(tx, id));
        CHECK(tx.run("DELETE FROM assessment_answer WHERE assessment = ?", {id}));
        CHECK(tx.run("DELETE FROM assessment_history WHERE assessment = ?", {id}));
        CHECK(tx.run("DELETE FROM roadmap_step WHERE assessment = ?", {id}));
        CHECK(tx.run("DELETE FROM evaluation_item WHERE evaluation IN (SELECT id FROM evaluation WHERE assessment = ?)",
                     {id}));
        CHECK(tx.run("DELETE FROM evaluation WHERE assessment = ?", {id}));
        CHECK(tx.run("DELETE FROM evaluation_schedule WHERE assessment = ?", {id}));
        CHECK(tx.run("DELETE FROM assessment WHERE id = ?", {id}));
        return write_audit(tx, by, clock_.now(), "assessment.remove", gone);
    });
}

Result<Saved> Assessments::save(AssessmentId id, Answer draft, std::optional<std::int64_t> expected,
                                access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) { return save_in(tx, id, std::move(draft), expected, by); });
}

Result<Saved> Assessments::save_in(store::Transaction& tx, AssessmentId id, Answer draft,
                                   std::optional<std::int64_t> expected, access::Principal const& by) const {
    TRY(auto const head, tx.one(std::string(heads) + "WHERE a.id = ?", {id}, read_head));
    if (!head) return fail(Code::not_found, fmt::format("there is no assessment {}", id.value));
    TRY(auto const* const framework, library_.framework(head->framework));
    if (head->state == AssessmentState::closed)
        return fail(Code::conflict, "the assessment is closed; open it again to change its answers");
    CHECK(check(*framework, *head, draft));
    TRY(auto const before, tx.one(std::string(answer_columns) + "WHERE assessment = ? AND item = ? AND assessor = ?",
                                  {id, draft.item, draft.assessor}, read_answer));
    auto const version = before ? before->version : 0;
    if (expected && *expected != version)
        return Saved{before.value_or(Answer{.item = draft.item, .assessor = draft.assessor}), true};
    draft.version = version + 1;
    draft.changed = clock_.now();
    draft.changed_by = by.name;
    CHECK(put_answer(tx, id, draft));
    CHECK(note_history(tx, id, before, draft));
    CHECK(tx.run("UPDATE assessment SET changed = ? WHERE id = ?", {draft.changed, id}));
    JsonWriter json;
    json.object()
        .field("item", draft.item)
        .field("assessor", draft.assessor)
        .field("version", draft.version)
        .key("before")
        .object()
        .field_or_null("value", before ? before->value : std::nullopt)
        .field_or_null("wanted", before ? before->wanted : std::nullopt)
        .end()
        .key("after")
        .object()
        .field_or_null("value", draft.value)
        .field_or_null("wanted", draft.wanted)
        .end()
        .end();
    auto const number = std::to_string(id.value);
    CHECK(access::audit(tx, by, draft.changed,
                        {.what = "assessment.answer", .kind = "assessment", .id = number, .details = json.text()}));
    return Saved{std::move(draft), false};
}

Result<std::vector<AnswerChange>> Assessments::history(AssessmentId id, std::string_view item, std::size_t limit) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<AnswerChange>> {
        std::vector<AnswerChange> list;
        CHECK(
            tx.query("SELECT id, at, changed_by, item, assessor, before, after FROM assessment_history WHERE "
                     "assessment = ? AND (? = '' OR item = ?) ORDER BY id DESC LIMIT ?",
                     {id, item, item, limit}, [&](store::Row const& row) {
                         list.push_back({.id = row.integer(0),
                                         .at = row.time(1),
                                         .by = row.string(2),
                                         .item = row.string(3),
                                         .assessor = row.string(4),
                                         .before = row.string(5),
                                         .after = row.string(6)});
                     }));
        return list;
    });
}

Result<Assessment> Assessments::import(std::string_view json, bool as_copy, access::Principal const& by) {
    TRY(auto draft, read_assessment(json));
    return import(std::move(draft), as_copy, by);
}

Result<Assessment> Assessments::import(Assessment draft, bool as_copy, access::Principal const& by) {
    if (as_copy) draft.uuid.clear();
    TRY(auto const known, ledger_.read([&](store::Transaction& tx) {
        return tx.one("SELECT id FROM assessment WHERE uuid = ?", {draft.uuid},
                      [](store::Row const& row) { return row.integer(0); });
    }));
    if (known)
        return fail(Code::conflict,
                    fmt::format("it is here already as assessment {}; import it as a copy to keep both", *known));
    return add(std::move(draft), by);
}

}  // namespace tocsin::readiness
