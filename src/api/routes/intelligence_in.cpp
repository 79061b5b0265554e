#include "api/body_sinks.hpp"
#include "api/own_objects.hpp"
#include "api/problem.hpp"
#include "api/render_intelligence.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Intelligence on its way in: imports, indicators found in texts, what the team says of an object.
namespace tocsin::api {

namespace {

using intelligence::ImportRequest;

constexpr std::size_t most_looked_up = 2000;  ///< found values that are looked for in the store
constexpr std::size_t known_named = 3;

/// Given as query parameters or body members alike.
struct MarkingWords {
    std::string tlp, pap, embargo;
    std::int64_t organisation = 0, group = 0;
    bool originator_control = false;
};

Result<ImportRequest> request_of(MarkingWords const& words) {
    ImportRequest request;
    if (!words.tlp.empty()) {
        TRY(request.standard.tlp, gate::parse_tlp(words.tlp));
    }
    if (!words.pap.empty()) {
        TRY(request.standard.pap, gate::parse_pap(words.pap));
    }
    if (!words.embargo.empty()) {
        TRY(request.terms.embargo, parse_timestamp(words.embargo));
    }
    request.terms.group = {words.group};
    request.terms.originator_control = words.originator_control;
    request.source.organisation = {words.organisation};
    return request;
}

/// An organisation that is not there can't have brought anything.
Status check_organisation(Call const& call, std::int64_t id) {
    if (id == 0) return {};
    CHECK(call.doors().constituency->directory().organisation(gate::OrganisationId{id}));
    return {};
}

net::HttpResponse totals_answer(intelligence::ImportTotals const& totals, int status = 200) {
    JsonWriter json;
    json.object()
        .field("source", totals.source)
        .field("objects", totals.objects)
        .field("stored", totals.stored)
        .field("known", totals.known)
        .field("rejected", totals.rejected)
        .field("warned", totals.warned)
        .end();
    return json_answer(std::move(json), status);
}

constexpr std::size_t most_table = std::size_t{64} << 20;

/// All of a body that is not read in pieces.
Result<std::string> whole(formats::ByteSource& body) {
    std::string all, piece(std::size_t{64} << 10, '\0');
    while (true) {
        TRY(auto const size, body.read(piece));
        if (size == 0) return all;
        if (all.size() + size > most_table)
            return fail(Code::limit, fmt::format("tables and OpenIOC files may have {} bytes", most_table));
        all.append(piece, 0, size);
    }
}

Result<intelligence::ImportTotals> take_in(House const& house, formats::RewindableSource& body, std::string format,
                                           ImportRequest const& request, access::Principal const& by) {
    if (format.empty() || format == "auto") {
        std::string start(std::size_t{64} << 10, '\0');
        TRY(auto const size, body.read(start));
        CHECK(body.rewind());
        format = sharing::import_format_of(std::string_view(start).substr(0, size), request.source.name);
    }
    auto& intelligence = *house.doors.intelligence;
    if (format == "misp") {
        sharing::misp::EventSource events(body);
        return intelligence.import(events, request, by);
    }
    bool const is_table = format == "csv";
    if (!is_table && format != "openioc") return intelligence.import(body, request, by);
    TRY(auto const text, whole(body));
    TRY(auto const candidates, is_table ? sharing::candidates_of_table(text) : sharing::candidates_of_openioc(text));
    auto const& team = house.options.team;
    return sharing::keep(
        intelligence, candidates,
        {.team = team.empty() ? "Tocsin" : team, .marking = request.standard, .now = house.doors.clock->now()}, request,
        by);
}

Result<std::unique_ptr<net::BodySink>> intelligence_import(Call& call) {
    MarkingWords const words{.tlp = std::string(call.query("tlp").value_or("TLP:AMBER")),
                             .pap = std::string(call.query("pap").value_or("")),
                             .embargo = std::string(call.query("embargo").value_or("")),
                             .organisation = call.query_number("organisation").value_or(0),
                             .group = call.query_number("group").value_or(0),
                             .originator_control = call.query("originator_control").value_or("no") == "yes"};
    TRY(auto request, request_of(words));
    CHECK(check_organisation(call, words.organisation));
    request.source.kind = "api";
    request.source.name = call.query("name").value_or("");
    request.may_relay = words.organisation != 0;  // a person says whom it came from
    request.collection = call.query_number("collection").value_or(0);
    return in_a_file(call.doors().directory->path(),
                     [&house = call.house, request = std::move(request), by = call.caller,
                      format = std::string(call.query("format").value_or(""))](formats::RewindableSource& body) {
                         auto const totals = take_in(house, body, format, request, by);
                         if (!totals) return problem_of(totals.error());
                         house.changes.publish("intelligence", "", "added", house.doors.clock->now());
                         return totals_answer(*totals);
                     });
}

// Indicators in texts

/// What the asker's store holds of a value, and whose it is.
class Acquainted {
  public:
    static Result<Acquainted> of(House const& house, gate::Recipient asker) {
        TRY(auto owners, house.doors.constituency->owners());
        return Acquainted(house, std::move(asker), std::move(owners));
    }
    Status put_known(JsonWriter& json, formats::Observable const& value);
    void put_owner(JsonWriter& json, formats::Observable const& value) const;

  private:
    Acquainted(House const& house, gate::Recipient asker, std::shared_ptr<constituency::OwnerTable const> owners)
        : house_(house), asker_(std::move(asker)), owners_(std::move(owners)) {}

    House const& house_;
    gate::Recipient asker_;
    std::shared_ptr<constituency::OwnerTable const> owners_;
    std::size_t asked_ = 0;
};

Status Acquainted::put_known(JsonWriter& json, formats::Observable const& value) {
    json.key("known").array();
    if (++asked_ <= most_looked_up) {
        intelligence::ObjectFilter filter;
        filter.value = intelligence::ValueQuery{intelligence::ValueQuery::Is::equal, value.kind, value.value};
        TRY(auto const page, house_.doors.intelligence->objects(filter, asker_, intelligence::ObjectOrder::newest_first,
                                                                {.after = {}, .limit = known_named}));
        for (auto const& one : page.items)
            json.object()
                .field("id", one->id)
                .field("type", one->type)
                .field("tlp", gate::label_of(one.marking().tlp))
                .end();
    }
    json.end();
    return {};
}

void Acquainted::put_owner(JsonWriter& json, formats::Observable const& value) const {
    constituency::OwnerQuery query;
    if (value.kind == formats::ObservableKind::ip) {
        auto const network = parse_prefix(value.value, true);
        if (network) query.address = network->address;
    } else if (value.kind == formats::ObservableKind::domain) {
        query.domain = value.value;
    }
    auto const owner = owners_->owner_of(query);
    bool const is_ours = owner && owner.lane == constituency::Lane::home;
    auto const id = is_ours ? owner.organisation : gate::OrganisationId();
    json.reference("owner", id.value, owners_->name_of_organisation(id));
}

std::string_view name_of(formats::EmbeddedRule::Language language) {
    switch (language) {
        case formats::EmbeddedRule::Language::yara:
            return "yara";
        case formats::EmbeddedRule::Language::sigma:
            return "sigma";
        case formats::EmbeddedRule::Language::suricata:
            return "suricata";
    }
    return {};
}

Reply extraction_answer(House const& house, gate::Recipient const& asker, std::string_view named,
                        std::string const& body) {
    auto const format = sharing::report_format_of(named, body);
    TRY(auto const text, sharing::readable(format, body));
    auto const extraction = formats::extract(text);
    TRY(auto acquainted, Acquainted::of(house, asker));
    JsonWriter json;
    json.object().field("format", sharing::name_of(format)).key("found").array();
    for (auto const& found : extraction.found) {
        json.object()
            .field("kind", formats::name_of(found.observable.kind))
            .field("value", found.observable.value)
            .field("as_written", found.as_written)
            .field("context", found.context)
            .field("count", std::int64_t{found.count})
            .field_or_null("port", found.port == 0 ? std::nullopt : std::optional(std::int64_t{found.port}))
            .field("defanged", found.is_defanged);
        CHECK(acquainted.put_known(json, found.observable));
        acquainted.put_owner(json, found.observable);
        json.key("known_good").array();
        if (house.doors.known_good != nullptr)
            for (auto const list : house.doors.known_good->lists_with(found.observable)) json.value(list);
        json.end().end();
    }
    json.end().key("attack").array();
    for (auto const& attack : extraction.attack_ids)
        json.object().field("id", attack.id).field("count", std::int64_t{attack.count}).end();
    json.end().key("rules").array();
    for (auto const& rule : extraction.rules)
        json.object()
            .field("kind", name_of(rule.language))
            .field("name", rule.name)
            .field("value", std::string_view(text).substr(rule.offset, rule.length))
            .end();
    json.end()
        .field("left_out", std::uint64_t{extraction.left_out})
        .field("bytes_left_out", std::uint64_t{extraction.bytes_left_out})
        .end();
    return json_answer(std::move(json));
}

Result<std::unique_ptr<net::BodySink>> intelligence_extract(Call& call) {
    return in_memory([&house = call.house, asker = asker_of(call),
                      format = std::string(call.query("format").value_or(""))](std::string const& body) {
        auto answer = extraction_answer(house, asker, format, body);
        return answer ? *std::move(answer) : problem_of(answer.error());
    });
}

// What the team makes

std::vector<std::string> texts_of(Call const& call, std::string_view name) {
    std::vector<std::string> texts;
    if (auto const* list = call.member(name))
        for (auto const& text : list->as_array()) texts.emplace_back(text.as_string());
    return texts;
}

MarkingWords marking_words(Call const& call) {
    return {.tlp = call.text_or("tlp", "TLP:AMBER"),
            .pap = call.text_or("pap", ""),
            .embargo = call.text_or("embargo", ""),
            .organisation = call.number("organisation").value_or(0),
            .group = call.number("group").value_or(0),
            .originator_control = call.flag("originator_control").value_or(false)};
}

std::string text_in(boost::json::object const& object, std::string_view name) {
    auto const* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

Reply intelligence_make(Call& call) {
    auto const words = marking_words(call);
    TRY(auto request, request_of(words));
    CHECK(check_organisation(call, words.organisation));
    request.source.kind = "text";
    request.source.name = call.text_or("name", "");
    IndicatorOptions options{.marking = request.standard,
                             .labels = texts_of(call, "labels"),
                             .types = texts_of(call, "indicator_types"),
                             .description = call.text_or("description", ""),
                             .confidence = {},
                             .valid_until = {}};
    if (auto const confidence = call.number("confidence")) options.confidence = static_cast<int>(*confidence);
    if (auto const until = call.text("valid_until")) {
        TRY(options.valid_until, parse_timestamp(*until));
    }
    std::vector<std::string> objects, ids;
    for (auto const& one : call.member("indicators")->as_array()) {
        auto const& wanted = one.as_object();
        TRY(auto object, indicator_json(call,
                                        {.kind = text_in(wanted, "kind"),
                                         .value = text_in(wanted, "value"),
                                         .name = text_in(wanted, "name"),
                                         .description = text_in(wanted, "description")},
                                        options));
        objects.push_back(std::move(object));
    }
    request.each = [&](std::string_view id, std::string_view, std::string_view fault) {
        if (fault.empty() && !id.starts_with("identity--")) ids.emplace_back(id);
    };
    TRY(auto const totals, keep_own(call, objects, request));
    JsonWriter json;
    json.object()
        .field("source", totals.source)
        .field("stored", totals.stored)
        .field("rejected", totals.rejected)
        .key("ids")
        .array();
    for (auto const& id : ids) json.value(id);
    json.end().end();
    return json_answer(std::move(json), 201);
}

/// What is said of an object goes no further than the object: its marking or a stricter one, its terms, and of what
/// came from others only back to them.
Result<ImportRequest> request_about(Call const& call, gate::Cleared<intelligence::Object> const& object) {
    ImportRequest request;
    request.source.kind = "local";
    request.source.name = object->id;
    request.standard = object->marking;
    if (auto const tlp = call.text("tlp")) {
        TRY(auto const asked, gate::parse_tlp(*tlp));
        request.standard = gate::stricter(object->marking, {asked, {}});
    }
    request.terms = object->terms;
    request.terms.originator = {};
    if (object->terms.originator) {
        request.terms.originator_control = true;
        request.named = {object->terms.originator};
    }
    return request;
}

/// `members`: JSON of an object.
Reply say(Call& call, std::string_view type, gate::Cleared<intelligence::Object> const& object, JsonWriter&& members) {
    TRY(auto const request, request_about(call, object));
    auto const id = fresh_id(type);
    std::string_view const inside = members.text();
    TRY(auto const totals,
        keep_own(call, {own_object_json(call, type, id, request.standard, inside.substr(1, inside.size() - 2))},
                 request));
    if (totals.rejected > 0) return fail(Code::internal, fmt::format("the {} was not taken by our own store", type));
    call.changed("intelligence", object->id, "changed");
    JsonWriter json;
    json.object().field("id", id).end();
    return json_answer(std::move(json), 201);
}

Reply intelligence_sight(Call& call) {
    TRY(auto const object, call.doors().intelligence->object(call.path("id"), asker_of(call)));
    JsonWriter members;
    members.object().field_unless_empty("description", call.text_or("description", ""));
    for (std::string_view const name : {"first_seen", "last_seen"})
        if (auto const text = call.text(name)) {
            TRY(auto const time, parse_timestamp(*text));
            members.field(name, formats::stix::time_text(time));
        }
    members.field("count", call.number("count").value_or(1))
        .field("sighting_of_ref", object->id)
        .key("where_sighted_refs")
        .array()
        .value(team_identity_id(call))
        .end()
        .end();
    return say(call, "sighting", object, std::move(members));
}

Reply intelligence_note(Call& call) {
    TRY(auto const object, call.doors().intelligence->object(call.path("id"), asker_of(call)));
    JsonWriter members;
    members.object()
        .field("content", call.text_or("text", ""))
        .key("object_refs")
        .array()
        .value(object->id)
        .end()
        .end();
    return say(call, "note", object, std::move(members));
}

Reply intelligence_rate(Call& call) {
    TRY(auto const object, call.doors().intelligence->object(call.path("id"), asker_of(call)));
    JsonWriter members;
    members.object()
        .field_unless_empty("explanation", call.text_or("explanation", ""))
        .field("opinion", call.text_or("opinion", ""))
        .key("object_refs")
        .array()
        .value(object->id)
        .end()
        .end();
    return say(call, "opinion", object, std::move(members));
}

}  // namespace

void routes_intelligence_in(Router& router) {
    router.take_stream("intelligence_import", intelligence_import);
    router.take_stream("intelligence_extract", intelligence_extract);
    router.answer("intelligence_make", intelligence_make);
    router.answer("intelligence_sight", intelligence_sight);
    router.answer("intelligence_note", intelligence_note);
    router.answer("intelligence_rate", intelligence_rate);
}

}  // namespace tocsin::api
