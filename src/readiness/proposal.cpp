#include "readiness/proposal.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 3> hour_words = {"office", "extended", "always"};
constexpr std::int64_t people_for_always = 12;  ///< two on each of five shifts and two for leave

Texts const& of_hours() {
    static Texts const texts{
        {"العمل على مدار الساعة يتطلب مناوبات لا يملأها هذا العدد؛ لذا تُشارَك مع جهة أخرى خارج ساعات الدوام.",
         "全天候值守需要轮班，现有人数不足，因此非工作时间与他方共同承担。",
         "Being there around the clock takes shifts that so few people cannot fill; outside office hours it is shared "
         "with somebody else.",
         "Une présence jour et nuit demande des équipes que si peu de personnes ne peuvent former ; hors des heures de "
         "bureau, elle est partagée avec un tiers.",
         "Круглосуточная работа требует смен, которых столько людей не обеспечат; вне рабочих часов её выполняют "
         "совместно с другой стороной.",
         "Estar disponible a toda hora exige turnos que tan pocas personas no cubren; fuera de horario se comparte con "
         "un tercero."}};
    return texts;
}

Texts const& of_mandate() {
    static Texts const texts{
        {"لا يوجد تفويض بعد: الخطوة الأولى هي قانون أو مرسوم يسمّي الفريق وجمهوره وصلاحياته.",
         "尚无授权：第一步是由法律或法令指定团队、其服务对象及职权。",
         "There is no mandate yet: the first step is a law or decree that names the team, whom it serves and what it "
         "may do.",
         "Il n'y a pas encore de mandat : la première étape est une loi ou un décret qui nomme l'équipe, ceux qu'elle "
         "sert et ce qu'elle peut faire.",
         "Мандата пока нет: первый шаг — закон или указ, называющий команду, кого она обслуживает и что вправе делать.",
         "Aún no hay mandato: el primer paso es una ley o un decreto que nombre al equipo, a quién sirve y qué puede "
         "hacer."}};
    return texts;
}

TeamShape const* shape_for(Proposals const& proposals, Questions const& questions) {
    TeamShape const* best = nullptr;
    for (auto const& team : proposals.teams) {
        if (questions.is_shared != (team.id == "shared")) continue;
        if (questions.is_shared) return &team;
        if (!best || (team.people <= questions.people && team.people > best->people) ||
            (best->people > questions.people && team.people < best->people))
            best = &team;
    }
    return best;
}

/// A group whose name is about real time, in a framework of services.
bool is_watch(Framework const& framework, std::string_view item_id) {
    auto const* const item = framework.item(item_id);
    if (!item) return false;
    auto const group = std::ranges::find(framework.groups, item->group, &Group::id);
    return group != framework.groups.end() && lowered(group->name.english()).contains("real-time");
}

}  // namespace

std::string_view name_of(Hours hours) {
    return word_of(hour_words, hours);
}
std::optional<Hours> hours_named(std::string_view name) {
    if (name == "24x7") return Hours::always;
    return value_of<Hours>(hour_words, name);
}

Result<Proposal> propose(Library const& library, std::string_view framework_name, Questions const& questions) {
    TRY(auto const* const framework, library.framework(framework_name));
    auto const& all = library.proposals();
    auto const found = std::ranges::find(all, framework->id, &Proposals::framework);
    if (found == all.end())
        return fail(Code::not_found, fmt::format("there are no proposals for {}", framework->name()));
    if (questions.people < 1 || questions.people > 10'000)
        return fail(Code::invalid, "people: expected a number from 1 to 10,000");
    auto const* const shape = shape_for(*found, questions);
    if (!shape) return fail(Code::not_found, fmt::format("the proposals for {} know no such team", framework->name()));
    Proposal proposal{.framework = framework->name(),
                      .team = shape->id,
                      .title = shape->title,
                      .note = shape->note,
                      .remarks = {},
                      .services = {}};
    if (!questions.has_mandate) proposal.remarks.push_back(of_mandate());
    bool const is_stretched = questions.hours == Hours::always && questions.people < people_for_always;
    if (is_stretched) proposal.remarks.push_back(of_hours());
    for (auto const& line : found->items) {
        auto const suggested = line.by_team.find(shape->id);
        if (suggested == line.by_team.end() || !framework->item(line.item)) continue;
        ProposedService service{.item = line.item,
                                .suggestion = suggested->second,
                                .assigned_to = {},
                                .why = suggested->second.why,
                                .reason = {}};
        if (auto const reason = found->reasons.find(service.why); reason != found->reasons.end())
            service.reason = reason->second;
        if (is_stretched && service.suggestion.assignment == "insourcing" && is_watch(*framework, line.item) &&
            framework->assignment("combination")) {
            service.suggestion.assignment = "combination";
            service.why = "hours";
            service.reason = of_hours();
        }
        if (service.suggestion.assignment == "outsourcing" || service.suggestion.assignment == "combination")
            service.assigned_to = questions.shared_with;
        proposal.services.push_back(std::move(service));
    }
    return proposal;
}

void append(JsonWriter& json, Proposal const& proposal) {
    json.object().field("framework", proposal.framework).field("team", proposal.team).key("title");
    append(json, proposal.title);
    json.key("note");
    append(json, proposal.note);
    json.key("remarks").array();
    for (auto const& remark : proposal.remarks) append(json, remark);
    json.end().key("services").array();
    for (auto const& one : proposal.services) {
        json.object()
            .field("item", one.item)
            .field("recommendation", one.suggestion.recommendation)
            .field("assignment", one.suggestion.assignment)
            .field("assigned_to", one.assigned_to)
            .field_or_null("wanted", one.suggestion.wanted)
            .field("why", one.why)
            .key("reason");
        append(json, one.reason);
        json.end();
    }
    json.end().end();
}

Assessment assessment_of(Proposal const& proposal, Questions const& questions, std::string title) {
    Assessment made;
    made.framework = proposal.framework;
    made.title = std::move(title);
    made.note = fmt::format("Proposed for a team of {}{}; hours: {}; mandate: {}{}{}{}{}", questions.people,
                            questions.is_shared ? ", shared with others" : "", name_of(questions.hours),
                            questions.has_mandate ? "yes" : "no",
                            questions.constituency.empty() ? "" : "; constituency: ", questions.constituency,
                            questions.budget.empty() ? "" : "; budget a year: ", questions.budget);
    for (auto const& service : proposal.services)
        made.answers.push_back({.item = service.item,
                                .wanted = service.suggestion.wanted,
                                .recommendation = service.suggestion.recommendation,
                                .assignment = service.suggestion.assignment,
                                .assigned_to = service.assigned_to,
                                .justification = service.reason.english(),
                                .why = service.why});
    return made;
}

}  // namespace tocsin::readiness
