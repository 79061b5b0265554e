#include "api/export.hpp"
#include "api/filters.hpp"
#include "api/render_intelligence.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Intelligence as one reads it: lists, one object with its story, what is related, who may have it.
namespace tocsin::api {

namespace {

using intelligence::Object;
using intelligence::ObjectFilter;
using Cleared = gate::Cleared<Object>;

constexpr std::size_t most_neighbours = 100, most_sources = 1000, most_disclosures = 1000;

intelligence::ObjectOrder order_of(Call const& call) {
    return call.query("sort").value_or("-added") == "added" ? intelligence::ObjectOrder::oldest_first
                                                            : intelligence::ObjectOrder::newest_first;
}

Reply intelligence_list(Call& call) {
    TRY(auto const filter, object_filter(call.target, call.now()));
    TRY(auto const page, call.doors().intelligence->objects(filter, asker_of(call), order_of(call),
                                                            {.after = call.after(), .limit = call.limit()}));
    TRY(auto const names, Names::of(call));
    return page_of(page.items, page.next, [&](JsonWriter& json, Cleared const& object) { put(json, object, names); });
}

Reply intelligence_count(Call& call) {
    TRY(auto const filter, object_filter(call.target, call.now()));
    TRY(auto const count, call.doors().intelligence->count(filter, asker_of(call)));
    return count_of(count);
}

/// A bundle, or one object a line: exactly the texts that came in.
Status write_objects(intelligence::Intelligence const& intelligence, ObjectFilter const& filter,
                     gate::Recipient const& asker, bool is_bundle, net::BodyWriter& out) {
    BufferedWriter writer(out);
    auto bundle = formats::stix::ContainerWriter::bundle(
        formats::stix::format_identifier("bundle", formats::stix::uuid_v4(secret_bytes(16))));
    std::string after;
    do {
        TRY(auto page, intelligence.objects(filter, asker, intelligence::ObjectOrder::oldest_first,
                                            {.after = after, .limit = 1000}));
        for (auto const& object : page.items) {
            if (is_bundle) {
                bundle.add(object->json);
                CHECK(writer.write(bundle.take()));
            } else {
                CHECK(writer.write(object->json + "\n"));
            }
        }
        after = std::move(page.next);
    } while (!after.empty());
    if (is_bundle) {
        bundle.finish();
        CHECK(writer.write(bundle.take()));
    }
    return writer.flush();
}

Reply intelligence_export(Call& call) {
    TRY(auto filter, object_filter(call.target, call.now()));
    filter.folds = false;  // objects as they came
    bool const is_bundle = call.query("format").value_or("bundle") == "bundle";
    return download(is_bundle ? "intelligence.json" : "intelligence.jsonl",
                    is_bundle ? "application/stix+json;version=2.1" : "application/x-ndjson",
                    [intelligence = call.doors().intelligence, filter, asker = asker_of(call), is_bundle](
                        net::BodyWriter& out) { return write_objects(*intelligence, filter, asker, is_bundle, out); });
}

/// One line of a facet: a value to filter by, and what to call it.
struct Slice {
    std::string value, label;
    std::int64_t count = 0;
};

std::string identity_name(Call const& call, std::string const& id) {
    auto const identity = call.doors().intelligence->object(id, asker_of(call));
    return identity ? title_of((*identity)->json) : std::string();
}

/// The store counts deliveries by their names: the numbers of those of that name are what a filter takes.
std::string numbers_of(std::vector<intelligence::Source> const& sources, std::string_view name) {
    std::string numbers;
    for (auto const& source : sources)
        if (source.name == name && numbers.size() < 400)
            numbers += (numbers.empty() ? "" : ",") + std::to_string(source.id);
    return numbers;
}

Result<std::vector<Slice>> slices_of(Call const& call, ObjectFilter const& filter, std::string_view by) {
    TRY(auto const counts, call.doors().intelligence->facet(filter, asker_of(call), by));
    std::vector<intelligence::Source> sources;
    if (by == "source") {
        TRY(sources, call.doors().intelligence->sources(most_sources));
    }
    std::vector<Slice> slices;
    for (auto const& [value, count] : counts) {
        if (by == "tlp") {
            TRY(auto const tlp, gate::parse_tlp(value));
            slices.push_back({value, std::string(gate::label_of(tlp)), count});
        } else if (by == "source") {
            slices.push_back({numbers_of(sources, value), value, count});
        } else if (by == "creator") {
            if (value.empty()) continue;
            auto uuid = lowered(value);
            for (std::size_t const at : {20U, 16U, 12U, 8U}) uuid.insert(at, "-");
            auto const id = "identity--" + uuid;
            auto const name = slices.size() < 20 ? identity_name(call, id) : std::string();
            slices.push_back({id, name.empty() ? id : name, count});
        } else {
            slices.push_back({value, value, count});
        }
    }
    return slices;
}

Reply intelligence_facets(Call& call) {
    TRY(auto const filter, object_filter(call.target, call.now()));
    auto wanted = call.query_list("by");
    if (wanted.empty()) wanted = {"type", "label", "tlp", "source", "creator"};
    JsonWriter json;
    json.object();
    for (auto const& by : wanted) {
        TRY(auto const slices, slices_of(call, filter, by));
        json.key(by).array();
        for (auto const& slice : slices)
            json.object().field("value", slice.value).field("label", slice.label).field("count", slice.count).end();
        json.end();
    }
    json.end();
    return json_answer(std::move(json));
}

// One object

Result<Cleared> object_of(Call const& call) {
    return call.doors().intelligence->object(call.path("id"), asker_of(call));
}

Result<std::vector<Cleared>> versions_of(Call const& call, std::string const& id) {
    ObjectFilter filter;
    filter.ids = {id};
    filter.versions = intelligence::Versions::all;
    TRY(auto page, call.doors().intelligence->objects(filter, asker_of(call), intelligence::ObjectOrder::oldest_first,
                                                      {.after = {}, .limit = 500}));
    std::erase_if(page.items, [&](Cleared const& one) { return one->id != id; });
    return std::move(page.items);
}

Result<std::vector<Cleared>> referring_to(Call const& call, std::string const& id) {
    ObjectFilter filter;
    filter.refers_to = id;
    TRY(auto page, call.doors().intelligence->objects(filter, asker_of(call), intelligence::ObjectOrder::newest_first,
                                                      {.after = {}, .limit = most_neighbours}));
    return std::move(page.items);
}

void put_source(JsonWriter& json, intelligence::Source const& source, Names const& names) {
    json.object()
        .field("id", source.id)
        .field("kind", source.kind)
        .field("name", source.name)
        .field("who", called(names, source.who))
        .reference("organisation", source.organisation.value, names.organisation(source.organisation.value))
        .field("at", source.at)
        .end();
}

void put_terms(JsonWriter& json, Object const& object, Names const& names) {
    auto const& terms = object.terms;
    json.key("terms")
        .object()
        .field_or_null("group", terms.group ? std::optional(terms.group.value) : std::nullopt)
        .field_or_null("embargo", terms.embargo)
        .field("originator_control", terms.originator_control)
        .end();
    auto const organisations = [&](std::string_view name, std::vector<gate::OrganisationId> const& list) {
        json.key(name).array();
        for (auto const one : list)
            json.object().field("id", one.value).field("name", names.organisation(one.value)).end();
        json.end();
    };
    organisations("concerns", object.concerns);
    organisations("named", object.named);
    json.key("parts").array();
    for (auto const& part : object.parts) {
        json.object().key("selectors").array();
        for (auto const& selector : part.selectors) json.value(selector);
        json.end().field("tlp", gate::label_of(part.marking.tlp)).end();
    }
    json.end();
}

/// One thing that happened to an object.
struct Happening {
    Timestamp at;
    std::string_view what;
    std::string who, text, after;
    std::string_view kind;
    std::string id;
};

void add_versions(std::vector<Cleared> const& versions, std::vector<intelligence::Source> const& sources,
                  Names const& names, std::vector<Happening>& story) {
    for (auto const& version : versions) {
        auto const source = std::ranges::find(sources, version->source, &intelligence::Source::id);
        auto const known = source != sources.end();
        auto const from = known ? names.organisation(source->organisation.value) : std::string();
        bool const is_first = &version == versions.data();
        story.push_back({version->added,
                         version->is_revoked ? "revoked"
                         : is_first          ? "added"
                                             : "changed",
                         !from.empty() ? from
                         : known       ? called(names, source->who)
                                       : std::string(),
                         known ? source->name : std::string(),
                         is_first ? "" : format_timestamp(version->version),
                         {},
                         {}});
    }
}

/// What others said of it: sightings, notes, opinions.
void add_sayings(Call const& call, std::vector<Cleared> const& referring, Names const& names,
                 std::vector<Happening>& story) {
    formats::JsonTree tree;
    for (auto const& one : referring) {
        bool const is_sighting = one->type == "sighting";
        bool const is_note = one->type == "note";
        if ((!is_sighting && !is_note && one->type != "opinion") || !tree.parse(one->json)) continue;
        auto const root = tree.root();
        auto const text = root[is_sighting ? "description" : is_note ? "content" : "explanation"].text();
        auto const originator = one->terms.originator;
        auto who = originator ? names.organisation(originator.value) : call.house.options.team;
        std::string count(is_sighting ? root["count"].raw() : root["opinion"].text());
        story.push_back({one->added,
                         is_sighting ? "sighted"
                         : is_note   ? "noted"
                                     : "rated",
                         who, std::string(text), std::move(count), "intelligence", one->id});
    }
}

Status add_matches(Call const& call, std::string const& id, std::vector<Happening>& story) {
    TRY(auto const matches,
        call.doors().intelligence->matches({.indicator = id}, asker_of(call), {.after = {}, .limit = most_neighbours}));
    for (auto const& match : matches.items)
        story.push_back({match->observed, "matched", match->subject, match->value + " · " + match->feed,
                         std::string(intelligence::name_of(match->state)), "match", std::to_string(match->id)});
    return {};
}

/// "12-40,42" holds the place.
bool holds(std::string_view ranges, std::int64_t seq) {
    for (auto const range : split(ranges, ',')) {
        auto const dash = range.find('-');
        auto const first = parse_int(range.substr(0, dash));
        auto const last = dash == std::string_view::npos ? first : parse_int(range.substr(dash + 1));
        if (first && last && *first <= seq && seq <= *last) return true;
    }
    return false;
}

/// Of the newest lines of the log; only for whom the whole log is.
Status add_disclosures(Call const& call, std::vector<Cleared> const& versions, Names const& names,
                       std::vector<Happening>& story) {
    if (!call.caller.may(access::Role::analyst)) return {};
    gate::DisclosureFilter filter;
    filter.kind = "intelligence";
    filter.limit = most_disclosures;
    TRY(auto const lines,
        call.doors().ledger->read([&](store::Transaction& tx) { return gate::disclosures(tx, filter); }));
    for (auto const& line : lines) {
        bool const was_given = std::ranges::any_of(versions, [&](Cleared const& version) {
            return line.id == version->id || holds(line.contents, version->seq);
        });
        if (was_given)
            story.push_back({line.at,
                             "disclosed",
                             recipient_name(names, line.recipient),
                             std::string(gate::label_of(line.marking)),
                             line.door,
                             {},
                             {}});
    }
    return {};
}

void put_story(JsonWriter& json, std::vector<Happening>& story) {
    std::ranges::sort(story, {}, &Happening::at);
    json.key("timeline").array();
    for (auto const& one : story) {
        json.object()
            .field("at", one.at)
            .field("what", one.what)
            .field_or_null("who", one.who)
            .field_or_null("text", one.text)
            .field_or_null("after", one.after);
        if (!one.id.empty()) put_thing(json, "thing", one.kind, one.id);
        json.end();
    }
    json.end();
}

/// What it is worth, and what it is the same as.
Status put_standing(JsonWriter& json, Call const& call, Cleared const& object, Names const& names) {
    auto& room = *call.doors().intelligence;
    json.key("worth");
    if (object->type == "indicator") {
        TRY(auto const worth, room.worth(object));
        append(json, worth);
    } else {
        json.null();
    }
    intelligence::Merges const merges(room);
    TRY(auto const same, merges.same_as(object->id, asker_of(call)));
    json.key("same").array();
    for (auto const& one : same) put(json, one, names);
    json.end();
    TRY(auto const shown, merges.shown_as(object->id, asker_of(call)));
    json.field_or_null("shown_as", shown);
    return {};
}

Reply intelligence_get(Call& call) {
    TRY(auto const object, object_of(call));
    TRY(auto const names, Names::of(call));
    TRY(auto const sources, call.doors().intelligence->sources(most_sources));
    TRY(auto const versions, versions_of(call, object->id));
    TRY(auto const referring, referring_to(call, object->id));
    std::vector<Happening> story;
    add_versions(versions, sources, names, story);
    add_sayings(call, referring, names, story);
    CHECK(add_matches(call, object->id, story));
    CHECK(add_disclosures(call, versions, names, story));
    JsonWriter json;
    json.object().key("object");
    put(json, object, names);
    json.key("json").raw(object->json);
    put_terms(json, *object, names);
    json.key("source");
    auto const source = std::ranges::find(sources, object->source, &intelligence::Source::id);
    if (source == sources.end()) {
        json.null();
    } else {
        put_source(json, *source, names);
    }
    json.key("values").array();
    for (auto const& value : values_of(object->json))
        json.object().field("kind", formats::name_of(value.kind)).field("value", value.value).end();
    json.end().key("versions").array();
    for (auto const& version : versions) put(json, version, names);
    json.end();
    put_story(json, story);
    CHECK(put_standing(json, call, object, names));
    json.end();
    return json_answer(std::move(json));
}

// What is around it

/// Objects and what ties them together, each object once.
class Neighbourhood {
  public:
    explicit Neighbourhood(Call const& call) : call_(call) {}

    void add(Cleared object) {
        if (nodes_.size() <= most_neighbours && find(object->id) == nullptr) nodes_.push_back(std::move(object));
    }
    /// Of an id: whether it is here now. What may not be known of is not there.
    bool fetch(std::string const& id) {
        if (find(id) != nullptr) return true;
        auto object = call_.doors().intelligence->object(id, asker_of(call_));
        if (!object) return false;
        add(*std::move(object));
        return find(id) != nullptr;
    }
    void tie(std::string from, std::string to, std::string label, std::string via = {}) {
        edges_.push_back({std::move(from), std::move(to), std::move(label), std::move(via)});
    }
    void miss(std::string id) { missing_.push_back(std::move(id)); }
    void put_into(JsonWriter& json, Names const& names) const;

  private:
    struct Edge {
        std::string from, to, label, via;
    };
    Cleared const* find(std::string_view id) const {
        auto const found = std::ranges::find_if(nodes_, [&](Cleared const& one) { return one->id == id; });
        return found == nodes_.end() ? nullptr : &*found;
    }

    Call const& call_;
    std::vector<Cleared> nodes_;
    std::vector<Edge> edges_;
    std::vector<std::string> missing_;
};

void Neighbourhood::put_into(JsonWriter& json, Names const& names) const {
    json.key("nodes").array();
    for (auto const& node : nodes_) put(json, node, names);
    json.end().key("edges").array();
    for (auto const& edge : edges_)
        json.object()
            .field("from", edge.from)
            .field("to", edge.to)
            .field("label", edge.label)
            .field_or_null("via", edge.via)
            .end();
    json.end().key("missing").array();
    for (auto const& id : missing_) json.value(id);
    json.end();
}

/// A relationship ties its two ends together; anything else that refers to the object is tied to it itself.
void add_referring(Neighbourhood& around, std::string const& id, Cleared object) {
    formats::JsonTree tree;
    if (!tree.parse(object->json)) return;
    auto const root = tree.root();
    if (object->type == "relationship") {
        std::string const source(root["source_ref"].text()), target(root["target_ref"].text());
        std::string label(root["relationship_type"].text());
        auto const& other = source == id ? target : source;
        if (around.fetch(other)) around.tie(source, target, std::move(label), object->id);
        return;
    }
    std::string const from = object->id;
    std::string label(object->type == "sighting" ? "sighting_of_ref" : "object_refs");
    for (auto const& reference : references_of(object->json))
        if (reference.target == id) label = reference.property;
    around.add(std::move(object));
    around.tie(from, id, std::move(label));
}

Status put_shared(JsonWriter& json, Call const& call, Object const& object, Names const& names) {
    json.key("shares").array();
    for (auto const& value : values_of(object.json)) {
        ObjectFilter filter;
        filter.value = intelligence::ValueQuery{intelligence::ValueQuery::Is::equal, value.kind, value.value};
        TRY(auto const page,
            call.doors().intelligence->objects(filter, asker_of(call), intelligence::ObjectOrder::newest_first,
                                               {.after = {}, .limit = 20}));
        TRY(auto const count, call.doors().intelligence->count(filter, asker_of(call)));
        if (count <= 1) continue;
        json.object()
            .field("kind", formats::name_of(value.kind))
            .field("value", value.value)
            .field("count", count - 1)
            .key("objects")
            .array();
        for (auto const& one : page.items)
            if (one->id != object.id) put(json, one, names);
        json.end().end();
    }
    json.end();
    return {};
}

Reply intelligence_related(Call& call) {
    TRY(auto object, object_of(call));
    TRY(auto const names, Names::of(call));
    TRY(auto referring, referring_to(call, object->id));
    Neighbourhood around(call);
    for (auto const& reference : references_of(object->json)) {
        if (around.fetch(reference.target)) {
            around.tie(object->id, reference.target, reference.property);
        } else {
            around.miss(reference.target);
        }
    }
    for (auto& one : referring) add_referring(around, object->id, std::move(one));
    JsonWriter json;
    json.object();
    around.put_into(json, names);
    CHECK(put_shared(json, call, *object, names));
    json.end();
    return json_answer(std::move(json));
}

Reply intelligence_matches(Call& call) {
    TRY(auto const object, object_of(call));
    TRY(auto const page, call.doors().intelligence->matches({.indicator = object->id}, asker_of(call),
                                                            {.after = call.after(), .limit = call.limit()}));
    TRY(auto const total, call.doors().intelligence->count_matches({.indicator = object->id}, asker_of(call)));
    TRY(auto const names, Names::of(call));
    return page_of(
        page.items, page.next, total,
        [&](JsonWriter& json, gate::Cleared<intelligence::Match> const& match) { put(json, call, match, names); });
}

// Who may have it

/// Whom the table asks about.
struct Somebody {
    std::string_view kind;
    std::string id, name;
    gate::Recipient recipient;
};

Result<std::vector<Somebody>> everybody(Call const& call, Names const& names) {
    std::vector<Somebody> all{{"public", "", "", gate::Recipient::everyone()}};
    for (auto const role : {access::Role::viewer, access::Role::analyst, access::Role::administrator}) {
        access::Principal somebody;
        somebody.role = role;
        all.push_back({"role", std::string(access::name_of(role)), "", gate::Recipient::team(somebody)});
    }
    TRY(auto const peers, call.doors().peers->all());
    for (auto const& peer : peers) all.push_back({"peer", std::to_string(peer.id.value), peer.name, peer.recipient()});
    for (auto const& text : call.query_list("organisation")) {
        gate::OrganisationId const id{parse_int(text).value_or(0)};
        CHECK(call.doors().constituency->directory().organisation(id));
        auto const name = names.organisation(id.value);
        all.push_back({"organisation", text, name, gate::Recipient::constituent(id, name)});
    }
    return all;
}

Reply intelligence_who(Call& call) {
    TRY(auto const object, object_of(call));
    TRY(auto const names, Names::of(call));
    TRY(auto const all, everybody(call, names));
    bool const tells_parts = call.caller.may(access::Role::analyst);
    JsonWriter json;
    json.object().field("marking", gate::label_of(object.marking())).key("items").array();
    for (auto const& somebody : all) {
        TRY(auto const decision, call.doors().intelligence->explain(object->id, somebody.recipient));
        json.object()
            .field("kind", somebody.kind)
            .field_or_null("id", somebody.id)
            .field_or_null("name", somebody.name)
            .field("allowed", decision.allowed)
            .field("reason", gate::name_of(decision.reason))
            .field("words", gate::words_of(decision.reason))
            .key("without")
            .array();
        for (auto const& part : decision.removed)
            if (tells_parts && decision.allowed) json.value(part.id);
        json.end().end();
    }
    json.end().end();
    return json_answer(std::move(json));
}

// Deliveries

Reply intelligence_sources(Call& call) {
    TRY(auto const sources, call.doors().intelligence->sources(call.limit()));
    TRY(auto const names, Names::of(call));
    return list_of(sources, [&](JsonWriter& json, intelligence::Source const& source) {
        json.object()
            .field("id", source.id)
            .field("kind", source.kind)
            .field("name", source.name)
            .field("who", called(names, source.who))
            .reference("organisation", source.organisation.value, names.organisation(source.organisation.value))
            .field("at", source.at)
            .field("stored", source.stored)
            .field("known", source.known)
            .field("rejected", source.rejected)
            .field("warned", source.warned)
            .end();
    });
}

Reply intelligence_rejected(Call& call) {
    std::string next;
    TRY(auto const rows, call.doors().intelligence->rejected(call.query_number("source").value_or(0),
                                                             {.after = call.after(), .limit = call.limit()}, next));
    return page_of(rows, next, [](JsonWriter& json, intelligence::RejectedObject const& row) {
        json.object()
            .field("id", row.id)
            .field("source", row.source)
            .field("ordinal", row.ordinal)
            .field_or_null("object", row.object)
            .field_or_null("property", row.property)
            .field("reason", row.reason)
            .field("raw", row.raw)
            .field("at", row.at)
            .field("state", row.state)
            .end();
    });
}

}  // namespace

void routes_intelligence(Router& router) {
    router.answer("intelligence_list", intelligence_list);
    router.answer("intelligence_count", intelligence_count);
    router.answer("intelligence_export", intelligence_export);
    router.answer("intelligence_facets", intelligence_facets);
    router.answer("intelligence_get", intelligence_get);
    router.answer("intelligence_related", intelligence_related);
    router.answer("intelligence_matches", intelligence_matches);
    router.answer("intelligence_who", intelligence_who);
    router.answer("intelligence_sources", intelligence_sources);
    router.answer("intelligence_rejected", intelligence_rejected);
}

}  // namespace tocsin::api
