#include "readiness/documents.hpp"

#include "readiness/document_words.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tocsin::readiness {
namespace {

namespace paper = formats::document;

constexpr std::array<std::string_view, 7> kind_words = {"rfc2350", "services", "mandate",   "staffing",
                                                        "plan",    "policy",   "escalation"};

constexpr std::string_view answer_words[] = {
    "team_name",         "host_organisation", "established",     "mandate",        "authority",       "constituency",
    "affiliation",       "address",           "time_zone",       "phone",          "emergency_phone", "email",
    "website",           "country",           "pgp_fingerprint", "pgp_key",        "hours",           "members",
    "services",          "policies",          "policy_page",     "incident_form",  "disclaimer",      "last_update",
    "distribution_list", "document_location", "languages",       "people",         "budget",          "equipment",
    "training",          "on_call",           "escalation",      "decision_maker", "media_contact",   "partners"};

/// Around what is missing, until the spans are made; private use, so no answer has them.
constexpr std::string_view missing_begins = "\uE000", missing_ends = "\uE001";

bool is_verbatim(std::string_view name) {
    return name == "phone" || name == "emergency_phone" || name == "pgp_fingerprint" || name == "last_update" ||
           name == "established";
}
bool is_address(std::string_view name) {
    return name == "website" || name == "pgp_key" || name == "incident_form" || name == "document_location" ||
           name == "policy_page";
}

/// Spans between the marks become missing ones.
paper::Text with_missing(paper::Text const& text) {
    paper::Text made;
    for (auto const& span : text) {
        std::string_view rest = span.text;
        while (!rest.empty()) {
            auto const begin = rest.find(missing_begins);
            auto const end = rest.find(missing_ends, begin == std::string_view::npos ? 0 : begin);
            if (begin == std::string_view::npos || end == std::string_view::npos) break;
            auto part = span;
            part.text = rest.substr(0, begin);
            if (!part.text.empty()) made.push_back(part);
            auto const from = begin + missing_begins.size();
            made.push_back({.text = std::string(rest.substr(from, end - from)), .is_missing = true});
            rest.remove_prefix(end + missing_ends.size());
        }
        auto last = span;
        last.text = rest;
        if (!last.text.empty()) made.push_back(std::move(last));
    }
    return made;
}

void mark_missing(paper::Block& block) {
    if (auto* const heading = std::get_if<paper::Heading>(&block)) heading->text = with_missing(heading->text);
    if (auto* const paragraph = std::get_if<paper::Paragraph>(&block)) paragraph->text = with_missing(paragraph->text);
    if (auto* const list = std::get_if<paper::List>(&block))
        for (auto& item : list->items) item = with_missing(item);
}

/// What one document is made of.
struct Sources {
    paper::Language language;
    DocumentWords words;
    std::map<std::string, std::string, std::less<>> answers;
    Framework const* framework = nullptr;  ///< of the services' assessment
    std::optional<Assessment> assessment = {};
    std::vector<Step> steps = {};

    std::string const& in_language(Texts const& texts) const {
        auto const& text = texts.in[static_cast<std::size_t>(language)];
        return text.empty() ? texts.english() : text;
    }
};

class Composer {
  public:
    Composer(Sources const& sources, TeamDocument& made) : sources_(sources), made_(made) {}

    void section(DocumentSection const& section) {
        auto& blocks = made_.document.blocks;
        blocks.emplace_back(paper::Heading{1, paper::parse_inline(section.title)});
        std::string text;
        auto const flush = [&] {
            for (auto& block : paper::parse_markup(expanded(text))) {
                mark_missing(block);
                blocks.push_back(std::move(block));
            }
            text.clear();
        };
        for (auto const line : split(section.markup, '\n')) {
            auto const bare = trimmed(line);
            if (bare.starts_with("{{table.") && bare.ends_with("}}")) {
                flush();
                table(bare.substr(8, bare.size() - 10));
            } else {
                text += std::string(line) + "\n";
            }
        }
        flush();
    }

    /// An answer as markup, or the words that say it is missing.
    std::string value(std::string_view name) {
        auto const of_language = fmt::format("{}.{}", name, paper::name_of(sources_.language));
        for (auto const& key : {of_language, std::string(name)}) {
            auto const found = sources_.answers.find(key);
            if (found == sources_.answers.end() || found->second.empty()) continue;
            auto const& text = found->second;
            if (name == "email") return fmt::format("[{}](mailto:{})", text, text);
            if (is_address(name)) return fmt::format("[{}]({})", text, text);
            return is_verbatim(name) ? fmt::format("`{}`", text) : text;
        }
        if (std::ranges::find(made_.missing, name) == made_.missing.end()) made_.missing.emplace_back(name);
        return fmt::format("{}{}{}", missing_begins,
                           replaced(sources_.words.word("missing"), "{}", sources_.words.answer(name)), missing_ends);
    }

  private:
    std::string expanded(std::string_view markup) {
        std::string out;
        while (!markup.empty()) {
            auto const begin = markup.find("{{");
            auto const end = begin == std::string_view::npos ? begin : markup.find("}}", begin);
            if (end == std::string_view::npos) break;
            out += markup.substr(0, begin);
            auto const name = trimmed(markup.substr(begin + 2, end - begin - 2));
            out += name.starts_with('=') ? sources_.words.answer(name.substr(1)) : value(name);
            markup.remove_prefix(end + 2);
        }
        return out.append(markup);
    }

    void table(std::string_view which) {
        if (which == "services") services();
        if (which == "staffing") staffing();
        if (which == "plan") plan();
    }

    /// A paragraph that says what is missing.
    void lack(std::string_view name) {
        made_.document.blocks.emplace_back(paper::Paragraph{with_missing(paper::parse_inline(value(name)))});
    }

    bool is_given(Answer const& answer) const {
        return answer.assessor.empty() && !answer.declined && !answer.assignment.empty() &&
               answer.assignment != "unassigned";
    }

    void services() {
        if (!sources_.framework || !sources_.assessment) {
            if (sources_.answers.contains("services"))
                for (auto& block : paper::parse_markup(value("services"))) made_.document.blocks.push_back(block);
            else
                lack("services");
            return;
        }
        auto const& words = sources_.words;
        paper::Table table{.caption = {},
                           .columns = {{words.word("service")}, {words.word("assignment")}, {words.word("by")}},
                           .rows = {}};
        for (auto const& item : sources_.framework->items) {
            auto const* const answer = sources_.assessment->answer(item.id);
            if (!answer || !is_given(*answer)) continue;
            auto const* const assignment = sources_.framework->assignment(answer->assignment);
            table.rows.push_back(
                {paper::plain(fmt::format("{} {}", item.id, sources_.in_language(item.name))),
                 paper::plain(assignment ? sources_.in_language(assignment->name) : answer->assignment),
                 paper::plain(answer->assigned_to)});
        }
        if (table.rows.empty()) return lack("services");
        made_.document.blocks.emplace_back(std::move(table));
    }

    void staffing() {
        if (!sources_.framework || !sources_.assessment) return;
        paper::Chart chart{.kind = paper::ChartKind::bar,
                           .title = sources_.words.word("services_by_assignment"),
                           .series = {{sources_.words.word("service"), {}}}};
        for (auto const& assignment : sources_.framework->assignments) {
            auto const count = std::ranges::count_if(sources_.assessment->answers, [&](Answer const& answer) {
                return is_given(answer) && answer.assignment == assignment.id;
            });
            if (count == 0) continue;
            chart.labels.push_back(sources_.in_language(assignment.name));
            chart.series[0].values.push_back(static_cast<double>(count));
        }
        if (!chart.labels.empty()) made_.document.blocks.emplace_back(std::move(chart));
    }

    std::string what_of(Step const& step) const {
        if (!step.title.empty()) return step.title;
        if (auto const* const item = sources_.framework->item(step.item))
            return fmt::format("{} {}", item->id, sources_.in_language(item->name));
        auto const group = std::ranges::find(sources_.framework->groups, step.group, &Group::id);
        return group == sources_.framework->groups.end()
                   ? step.group
                   : fmt::format("{} {}", group->id, sources_.in_language(group->name));
    }

    void plan() {
        if (sources_.steps.empty() || !sources_.framework) {
            made_.document.blocks.emplace_back(
                paper::Paragraph{{{.text = sources_.words.word("no_plan"), .is_missing = true}}});
            made_.missing.emplace_back("plan");
            return;
        }
        auto const& words = sources_.words;
        std::map<std::string, double> months;
        paper::Table table{.caption = {},
                           .columns = {{words.word("date")},
                                       {words.word("phase")},
                                       {words.word("step")},
                                       {words.word("owner")},
                                       {words.word("cost"), true}},
                           .rows = {}};
        for (auto const& step : sources_.steps) {
            if (step.due) ++months[format_date(*step.due).substr(0, 7)];
            table.rows.push_back({paper::plain(step.due ? format_date(*step.due) : ""),
                                  paper::plain(words.word(fmt::format("phases.{}", name_of(step.phase)))),
                                  paper::plain(what_of(step)), paper::plain(step.owner), paper::plain(step.cost)});
        }
        if (months.size() > 1) {
            paper::Chart chart{.kind = paper::ChartKind::bar,
                               .title = words.word("steps_by_month"),
                               .series = {{words.word("step"), {}}}};
            for (auto const& [month, count] : months) {
                chart.labels.push_back(month);
                chart.series[0].values.push_back(count);
            }
            made_.document.blocks.emplace_back(std::move(chart));
        }
        made_.document.blocks.emplace_back(std::move(table));
    }

    Sources const& sources_;
    TeamDocument& made_;
};

/// The newest assessment of services there is, with its plan.
Status add_assessment(Sources& sources, Library const& library, Assessments& assessments, Roadmap& roadmap) {
    TRY(auto const all, assessments.all());
    for (auto const& head : all) {
        auto const framework = library.framework(head.framework);
        if (!framework || (*framework)->kind != FrameworkKind::services || !head.subject.empty()) continue;
        sources.framework = *framework;
        TRY(sources.assessment, assessments.one(head.id));
        TRY(sources.steps, roadmap.steps(head.id));
        return {};
    }
    return {};
}

}  // namespace

std::string_view name_of(DocumentKind kind) {
    return word_of(kind_words, kind);
}
std::optional<DocumentKind> document_kind_named(std::string_view name) {
    return value_of<DocumentKind>(kind_words, name);
}
std::vector<DocumentKind> all_document_kinds() {
    std::vector<DocumentKind> all;
    for (std::size_t i = 0; i < kind_words.size(); ++i) all.push_back(static_cast<DocumentKind>(i));
    return all;
}
std::vector<std::string_view> answer_names() {
    return {std::begin(answer_words), std::end(answer_words)};
}

gate::Marking marking_of(DocumentKind kind) {
    switch (kind) {
        case DocumentKind::rfc2350:
        case DocumentKind::services:
        case DocumentKind::policy:
            return {gate::Tlp::clear};
        case DocumentKind::mandate:
            return {gate::Tlp::green};
        case DocumentKind::staffing:
        case DocumentKind::plan:
            return {gate::Tlp::amber};
        case DocumentKind::escalation:
            return {gate::Tlp::amber_strict};  // private telephone numbers
    }
    return {};
}

Result<TeamDocument> Documents::compose(DocumentKind kind, paper::Language language) {
    TRY(auto texts, document_texts(kind, language));
    TRY(auto own, own_sections(kind, language));
    TRY(auto words, DocumentWords::read(language));
    TRY(auto const given, answers());
    Sources sources{.language = language, .words = std::move(words), .answers = {}};
    Timestamp newest{};
    for (auto const& answer : given) {
        sources.answers[answer.name] = answer.value;
        newest = std::max(newest, answer.changed);
    }
    CHECK(add_assessment(sources, library_, assessments_, roadmap_));
    TeamDocument made{.kind = kind};
    Composer composer(sources, made);
    TRY(auto const is_public, published(name_of(kind)));
    auto const team = sources.answers.find(fmt::format("team_name.{}", paper::name_of(language)));
    auto const name = team != sources.answers.end() ? team->second : sources.answers["team_name"];
    if (auto const updated = parse_date(sources.answers["last_update"])) newest = *updated;
    made.document = {.language = language,
                     .title = texts.title,
                     .meta = newest.micros == 0 ? name : fmt::format("{}, {}", name, format_date(newest)),
                     .marking = gate::label_of(is_public ? gate::Marking{gate::Tlp::clear} : marking_of(kind)),
                     .author = name,
                     .created = newest,
                     .blocks = {}};
    for (auto& section : texts.sections) {
        auto const mine = std::ranges::find(own, section.id, &DocumentSection::id);
        if (mine != own.end()) {
            section.markup = mine->markup;
            section.is_own = true;
        }
        composer.section(section);
    }
    made.sections = std::move(texts.sections);
    made.is_published = is_public.has_value();
    return made;
}

Result<std::string> Documents::security_txt() {
    TRY(auto const given, answers());
    std::map<std::string, std::string> values;
    for (auto const& answer : given) values[answer.name] = answer.value;
    if (values["email"].empty() || values["email"].ends_with("@localhost"))
        return fail(Code::invalid,
                    "email: security.txt needs an address that others can reach; tocsin document set "
                    "email cirt@...");
    std::string text = fmt::format("Contact: mailto:{}\n", values["email"]);
    if (!values["incident_form"].empty()) text += fmt::format("Contact: {}\n", values["incident_form"]);
    auto const phone = replaced(replaced(values["phone"], " ", "-"), "\n", "");
    if (phone.starts_with("+")) text += fmt::format("Contact: tel:{}\n", phone);
    auto const expires = Timestamp::from_day(clock_.now().day() + 90);  // made anew each time it is read
    text += fmt::format("Expires: {}\n", format_timestamp(expires));
    if (values["pgp_key"].starts_with("https://")) text += fmt::format("Encryption: {}\n", values["pgp_key"]);
    if (values["policy_page"].starts_with("https://")) text += fmt::format("Policy: {}\n", values["policy_page"]);
    if (!values["languages"].empty())
        text += fmt::format("Preferred-Languages: {}\n", replaced(values["languages"], "\n", " "));
    auto site = values["website"];
    while (site.ends_with('/')) site.pop_back();
    if (site.starts_with("https://")) text += fmt::format("Canonical: {}/.well-known/security.txt\n", site);
    return text;
}

void append(JsonWriter& json, TeamAnswer const& answer) {
    json.object().field("name", answer.name).field("value", answer.value).field("known", answer.is_known);
    if (answer.is_known)
        json.key("changed").null();
    else
        json.field("changed", answer.changed);
    json.field_or_null("changed_by", answer.changed_by).end();
}

void append(JsonWriter& json, TeamDocument const& document) {
    json.object()
        .field("kind", name_of(document.kind))
        .field("language", paper::name_of(document.document.language))
        .field("title", document.document.title)
        .field("marking", document.document.marking)
        .field("published", document.is_published)
        .key("missing")
        .array();
    for (auto const& name : document.missing) json.value(name);
    json.end().key("sections").array();
    for (auto const& section : document.sections)
        json.object()
            .field("id", section.id)
            .field("title", section.title)
            .field("text", section.markup)
            .field("own", section.is_own)
            .end();
    json.end().end();
}

}  // namespace tocsin::readiness

namespace tocsin::gate {

Particulars About<readiness::TeamDocument>::of(readiness::TeamDocument const& document) {
    return {.kind = "team document",
            .id = std::string(readiness::name_of(document.kind)),
            .marking = document.is_published ? Marking{Tlp::clear} : readiness::marking_of(document.kind),
            .is_for_the_concerned_only = false};  // about ourselves
}

}  // namespace tocsin::gate
