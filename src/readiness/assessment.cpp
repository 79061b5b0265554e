#include "readiness/assessment.hpp"

#include "formats/formats.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 3> state_words = {"open", "moderated", "closed"};

void append_list(JsonWriter& json, std::string_view name, std::vector<std::string> const& list) {
    json.key(name).array();
    for (auto const& one : list) json.value(one);
    json.end();
}

/// Reads members of an export; the first fault is kept.
class Reader {
  public:
    std::string text(formats::JsonValue from, std::string_view member, bool is_needed = false) {
        auto const value = from[member];
        if ((value && !value.is_text() && !value.is_null()) || (is_needed && value.text().empty()))
            fault(from, member, "a text");
        return std::string(value.text());
    }
    std::optional<std::int64_t> number(formats::JsonValue from, std::string_view member) {
        auto const value = from[member];
        if (!value || value.is_null()) return std::nullopt;
        if (!value.integer()) fault(from, member, "a whole number or null");
        return value.integer();
    }
    Timestamp time(formats::JsonValue from, std::string_view member) {
        auto const read = parse_timestamp(from[member].text());
        if (!read) fault(from, member, "a time by RFC 3339");
        return read ? *read : Timestamp();
    }
    std::vector<std::string> texts(formats::JsonValue from, std::string_view member) {
        std::vector<std::string> list;
        if (auto const value = from[member]; value && !value.is_array()) fault(from, member, "an array of texts");
        for (auto const one : from[member]) {
            if (!one.is_text()) fault(one, "", "a text");
            list.emplace_back(one.text());
        }
        return list;
    }
    void fault(formats::JsonValue at, std::string_view member, std::string_view expected) {
        if (!first.empty()) return;
        auto const path = at.path();
        first = fmt::format("{}{}{}: expected {}", path, path.empty() || member.empty() ? "" : ".", member, expected);
    }

    std::string first;
};

Answer read_answer(Reader& reader, formats::JsonValue from) {
    Answer answer{.item = reader.text(from, "item", true),
                  .assessor = reader.text(from, "assessor"),
                  .value = reader.number(from, "value"),
                  .declined = from["declined"].is_true(),
                  .wanted = reader.number(from, "wanted"),
                  .recommendation = reader.text(from, "recommendation"),
                  .assignment = reader.text(from, "assignment"),
                  .assigned_to = reader.text(from, "assigned_to"),
                  .justification = reader.text(from, "justification"),
                  .evidence = reader.texts(from, "evidence"),
                  .proposed = reader.number(from, "proposed"),
                  .proposed_by = reader.text(from, "proposed_by"),
                  .proposed_at = {},
                  .why = reader.text(from, "why"),
                  .version = 1,
                  .changed = reader.time(from, "changed"),
                  .changed_by = reader.text(from, "changed_by")};
    if (from["proposed_at"].is_text()) answer.proposed_at = reader.time(from, "proposed_at");
    return answer;
}

}  // namespace

std::string_view name_of(AssessmentState state) {
    return word_of(state_words, state);
}
std::optional<AssessmentState> assessment_state_named(std::string_view name) {
    return value_of<AssessmentState>(state_words, name);
}

void append(JsonWriter& json, Answer const& answer) {
    json.object()
        .field("item", answer.item)
        .field("assessor", answer.assessor)
        .field_or_null("value", answer.value)
        .field("declined", answer.declined)
        .field_or_null("wanted", answer.wanted)
        .field_or_null("recommendation", answer.recommendation)
        .field_or_null("assignment", answer.assignment)
        .field("assigned_to", answer.assigned_to)
        .field("justification", answer.justification);
    append_list(json, "evidence", answer.evidence);
    json.field_or_null("proposed", answer.proposed)
        .field("proposed_by", answer.proposed_by)
        .field_or_null("proposed_at", answer.proposed_at)
        .field_or_null("why", answer.why)
        .field("version", answer.version)
        .field("changed", answer.changed)
        .field("changed_by", answer.changed_by)
        .end();
}

void append_head(JsonWriter& json, Assessment const& assessment) {
    json.field("id", assessment.id.value)
        .field("uuid", assessment.uuid)
        .field("framework", assessment.framework)
        .field("title", assessment.title)
        .field("subject", assessment.subject)
        .field("organisation", assessment.organisation.value)
        .field_or_null("profile", assessment.profile)
        .field("state", name_of(assessment.state))
        .field("note", assessment.note);
    append_list(json, "assessors", assessment.assessors);
    json.field("created", assessment.created)
        .field("created_by", assessment.created_by)
        .field("changed", assessment.changed)
        .field("answered", assessment.answered);
}

std::string exported(Assessment const& assessment) {
    JsonWriter json;
    json.object()
        .field("schema", "tocsin/assessment-1")
        .field("uuid", assessment.uuid)
        .field("framework", assessment.framework)
        .field("title", assessment.title)
        .field("subject", assessment.subject)
        .field("profile", assessment.profile)
        .field("state", name_of(assessment.state))
        .field("note", assessment.note);
    append_list(json, "assessors", assessment.assessors);
    json.field("created", assessment.created).field("created_by", assessment.created_by).key("answers").array();
    for (auto const& answer : assessment.answers) append(json, answer);
    json.end().end();
    return std::move(json).text();
}

Result<Assessment> read_assessment(std::string_view text) {
    formats::JsonTree tree;
    CHECK(tree.parse(text, {.bytes = largest_catalogue, .depth = 8, .values = std::size_t{1} << 20}));
    auto const root = tree.root();
    if (root["schema"].text() != "tocsin/assessment-1")
        return fail(Code::invalid, "schema: expected tocsin/assessment-1");
    Reader reader;
    Assessment read{.uuid = reader.text(root, "uuid", true),
                    .framework = reader.text(root, "framework", true),
                    .title = reader.text(root, "title", true),
                    .subject = reader.text(root, "subject"),
                    .profile = reader.text(root, "profile"),
                    .note = reader.text(root, "note"),
                    .assessors = reader.texts(root, "assessors"),
                    .created = reader.time(root, "created"),
                    .created_by = reader.text(root, "created_by")};
    auto const state = assessment_state_named(root["state"].text());
    if (!state) reader.fault(root, "state", "open, moderated or closed");
    read.state = state.value_or(AssessmentState::open);
    if (!root["answers"].is_array()) reader.fault(root, "answers", "an array");
    for (auto const answer : root["answers"]) read.answers.push_back(read_answer(reader, answer));
    if (!reader.first.empty()) return fail(Code::invalid, reader.first);
    return read;
}

Answer const* Assessment::answer(std::string_view item, std::string_view assessor) const {
    auto const found =
        std::ranges::find_if(answers, [&](Answer const& one) { return one.item == item && one.assessor == assessor; });
    return found == answers.end() ? nullptr : &*found;
}

Comparison compare(Framework const& framework, Assessment const& now, Assessment const* before,
                   Profile const* profile) {
    Comparison comparison;
    std::set<std::string, std::less<>> listed;
    auto const add = [&](std::string const& item) {
        if (!listed.insert(item).second) return;
        Difference one{.item = item, .before = {}, .now = {}, .wanted = {}};
        if (auto const* const answer = now.answer(item)) {
            one.now = answer->value;
            one.is_declined = answer->declined;
            one.wanted = answer->wanted;
        }
        if (auto const* const answer = before ? before->answer(item) : nullptr) {
            one.before = answer->value;
            one.was_declined = answer->declined;
        }
        if (profile)
            if (auto const level = profile->levels.find(item); level != profile->levels.end())
                one.wanted = level->second;
        if (before && one.now.value_or(0) > one.before.value_or(0)) ++comparison.risen;
        if (before && one.now.value_or(0) < one.before.value_or(0)) ++comparison.fallen;
        if (one.is_gap()) ++comparison.gaps;
        comparison.items.push_back(std::move(one));
    };
    for (auto const& item : framework.items) add(item.id);
    if (before)
        for (auto const& answer : before->answers)
            if (answer.assessor.empty()) add(answer.item);
    return comparison;
}

void append(JsonWriter& json, Comparison const& comparison) {
    json.object().key("items").array();
    for (auto const& one : comparison.items)
        json.object()
            .field("item", one.item)
            .field_or_null("before", one.before)
            .field_or_null("now", one.now)
            .field_or_null("wanted", one.wanted)
            .field("was_declined", one.was_declined)
            .field("is_declined", one.is_declined)
            .field("is_gap", one.is_gap())
            .end();
    json.end().field("risen", comparison.risen).field("fallen", comparison.fallen).field("gaps", comparison.gaps).end();
}

}  // namespace tocsin::readiness

namespace tocsin::gate {

Particulars About<readiness::Assessment>::of(readiness::Assessment const& assessment) {
    Particulars about{.kind = "assessment", .id = std::to_string(assessment.id.value), .marking = {Tlp::amber}};
    if (assessment.organisation) about.concerns.push_back(assessment.organisation);
    return about;
}

std::string About<readiness::Assessment>::contents(readiness::Assessment const& assessment) {
    JsonWriter json;
    json.object()
        .field("framework", assessment.framework)
        .field("answers", std::uint64_t{assessment.answers.size()})
        .end();
    return std::move(json).text();
}

}  // namespace tocsin::gate
