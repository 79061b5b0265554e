#include "sharing/mappings/misp_feed.hpp"

#include "sharing/mappings/team_identity.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

namespace tocsin::sharing::misp {
namespace {

namespace wire = formats::misp;
namespace stix = formats::stix;
using Cleared = gate::Cleared<intelligence::Object>;
using Kind = wire::EventItem::Kind;

constexpr std::size_t page_size = 1000, asked_at_once = 200, most_loose = 200'000, most_refs = 100'000;

/// The types of the filter that are also among these; nothing when there are none.
std::optional<intelligence::ObjectFilter> only(intelligence::ObjectFilter filter,
                                               std::initializer_list<std::string_view> types) {
    std::vector<std::string> wanted;
    for (auto const type : types)
        if (filter.types.empty() || std::ranges::find(filter.types, type) != filter.types.end())
            wanted.emplace_back(type);
    if (wanted.empty()) return std::nullopt;
    filter.types = std::move(wanted);
    filter.versions = intelligence::Versions::last;
    return filter;
}

/// Groupings also stand for the objects of MISP within their events.
bool is_event(formats::JsonValue root) {
    auto const kept = root["extensions"][misp_extension_id]["kind"].text();
    return kept.empty() ? root["context"].text() != "misp-object" : kept == "event";
}

/// 2026-11 of a `created` as STIX writes it.
std::string month_of(Cleared const& object) {
    formats::JsonTree tree;
    auto const created = tree.parse(object->json) ? stix::parse_time(tree.root()["created"].text()) : std::nullopt;
    return format_date(created.value_or(object->version)).substr(0, 7);
}

gate::Marking strictest(std::vector<Cleared> const& objects) {
    gate::Marking marking{gate::Tlp::clear, {}};
    for (auto const& one : objects) marking = gate::stricter(marking, one.marking());
    return marking;
}

void take_into(FeedFile& file, FeedEvent&& event) {
    file.marking = gate::stricter(file.marking, strictest(event.objects));
    std::ranges::move(event.objects, std::back_inserter(file.objects));
    ++file.events;
}

/// One with all of `event`'s elements of a kind.
Status each_item(std::string const& event, std::function<Status(wire::EventItem const&)> const& visit) {
    formats::MemorySource bytes{std::string(event)};
    wire::EventReader reader(bytes);
    while (true) {
        TRY(auto const item, reader.next());
        if (!item) return {};
        CHECK(visit(*item));
    }
}

}  // namespace

Result<std::vector<wire::HashedValue>> hashes_of_event(std::string const& event, std::string_view uuid) {
    std::vector<wire::HashedValue> hashes;
    formats::JsonTree tree;
    auto const take = [&](formats::JsonValue value) {
        auto const one = wire::attribute_of(value);
        if (one.is_deleted) return;
        std::ranges::move(wire::hashes_of(one.type, one.text, uuid), std::back_inserter(hashes));
    };
    CHECK(each_item(event, [&](wire::EventItem const& item) -> Status {
        if (item.kind != Kind::attribute && item.kind != Kind::object) return {};
        CHECK(tree.parse(item.json));
        if (item.kind == Kind::attribute) take(tree.root());
        if (item.kind == Kind::object)
            for (auto const one : wire::object_of(tree.root()).attributes) take(one);
        return {};
    }));
    return hashes;
}

Result<wire::ManifestEntry> manifest_entry(std::string const& event) {
    std::optional<wire::ManifestEntry> entry;
    CHECK(each_item(event, [&](wire::EventItem const& item) -> Status {
        if (item.kind != Kind::end) return {};
        TRY(entry, wire::manifest_entry_of(item.json));
        return {};
    }));
    if (!entry) return fail(Code::internal, "an event without an end was made");
    return *std::move(entry);
}

Status Feed::each_object(intelligence::ObjectFilter const& filter, Visit const& visit) const {
    std::string after;
    do {
        TRY(auto page, intelligence_.objects(filter, asker_, intelligence::ObjectOrder::oldest_first,
                                             {.after = after, .limit = page_size}));
        for (auto& object : page.items) CHECK(visit(std::move(object)));
        after = std::move(page.next);
    } while (!after.empty());
    return {};
}

Status Feed::each_report(Visit const& visit) const {
    auto const filter = only(request_.filter, {"report", "grouping"});
    if (!filter) return {};
    return each_object(*filter, [&](Cleared&& report) -> Status {
        formats::JsonTree tree;
        if (!tree.parse(report->json) || !is_event(tree.root())) return {};
        return visit(std::move(report));
    });
}

Result<FeedEvent> Feed::event_of_report(Cleared&& report) const {
    formats::JsonTree tree;
    CHECK(tree.parse(report->json));
    std::vector<std::string> refs;
    for (auto const ref : tree.root()["object_refs"]) refs.emplace_back(ref.text());
    if (refs.size() > most_refs)
        return fail(Code::limit, fmt::format("{} names more than {} objects", report->id, most_refs));
    EventOptions options;
    auto const creator = std::string(tree.root()["created_by_ref"].text());
    if (auto const identity = creator.empty() ? fail(Code::not_found, "") : intelligence_.object(creator, asker_)) {
        formats::JsonTree of_creator;
        CHECK(of_creator.parse((*identity)->json));
        options.creator_uuid = creator.substr(creator.find("--") + 2);
        options.creator_name = of_creator.root()["name"].text();
    }
    FeedEvent event{.uuid = report->id.substr(report->id.find("--") + 2), .made = {}, .objects = {}};
    event.objects.push_back(std::move(report));
    auto filter = request_.filter;
    filter.versions = intelligence::Versions::last;
    for (std::size_t at = 0; at < refs.size(); at += asked_at_once) {
        auto const end = std::min(refs.size(), at + asked_at_once);
        filter.ids.assign(refs.begin() + static_cast<std::ptrdiff_t>(at),
                          refs.begin() + static_cast<std::ptrdiff_t>(end));
        CHECK(each_object(filter, [&](Cleared&& one) -> Status {
            event.objects.push_back(std::move(one));
            return {};
        }));
    }
    TRY(event.made, event_of(event.objects, options));
    return event;
}

Result<FeedEvent> Feed::event_of_month(std::string_view uuid, Objects&& objects) const {
    auto const identity = team_identity_id(request_.team);
    auto const marking = strictest(objects);
    EventOptions options{.uuid = std::string(uuid),
                         .info = fmt::format("{}: indicators of {}", request_.team, month_of(objects.front())),
                         .creator_uuid = identity.substr(identity.find("--") + 2),
                         .creator_name = request_.team,
                         .tags = {lowered(gate::label_of(marking.tlp))},
                         .at = {}};
    if (marking.pap) options.tags.emplace_back(gate::label_of(*marking.pap));
    for (auto const& one : objects) options.at = std::max(options.at, one->added);
    FeedEvent event{.uuid = std::string(uuid), .made = {}, .objects = std::move(objects)};
    TRY(event.made, event_of(event.objects, options));
    return event;
}

Status Feed::gather_loose(std::vector<std::pair<std::string, Objects>>& months, std::string_view wanted) const {
    auto const filter = only(request_.filter, {"indicator", "vulnerability"});
    if (!filter) return {};
    std::unordered_set<std::string> named;
    CHECK(each_report([&](Cleared&& report) -> Status {
        formats::JsonTree tree;
        CHECK(tree.parse(report->json));
        for (auto const ref : tree.root()["object_refs"]) named.emplace(ref.text());
        return {};
    }));
    auto const name_space = stix::parse_uuid(request_.collection).value_or(stix::sco_namespace);
    std::size_t count = 0;
    return each_object(*filter, [&](Cleared&& object) -> Status {
        if (named.contains(object->id)) return {};
        auto const uuid = stix::format_uuid(stix::uuid_v5(name_space, "indicators of " + month_of(object)));
        if (!wanted.empty() && uuid != wanted) return {};
        if (++count > most_loose)
            return fail(Code::limit,
                        fmt::format("more than {} indicators in no report: use a smaller collection", most_loose));
        auto month = std::ranges::find(months, uuid, &std::pair<std::string, Objects>::first);
        if (month == months.end()) month = months.insert(months.end(), {uuid, Objects()});
        month->second.push_back(std::move(object));
        return {};
    });
}

Status Feed::each(std::function<Status(FeedEvent&&)> const& take) const {
    CHECK(each_report([&](Cleared&& report) -> Status {
        TRY(auto event, event_of_report(std::move(report)));
        return event.made.elements == 0 ? Status() : take(std::move(event));
    }));
    std::vector<std::pair<std::string, Objects>> months;
    CHECK(gather_loose(months, {}));
    for (auto& [uuid, objects] : months) {
        TRY(auto event, event_of_month(uuid, std::move(objects)));
        if (event.made.elements > 0) CHECK(take(std::move(event)));
    }
    return {};
}

Result<FeedFile> Feed::manifest() const {
    FeedFile file;
    std::vector<wire::ManifestEntry> entries;
    CHECK(each([&](FeedEvent&& event) -> Status {
        TRY(auto entry, manifest_entry(event.made.json));
        entries.push_back(std::move(entry));
        take_into(file, std::move(event));
        return {};
    }));
    file.text = wire::write_manifest(entries);
    return file;
}

Result<FeedFile> Feed::hashes() const {
    FeedFile file;
    CHECK(each([&](FeedEvent&& event) -> Status {
        TRY(auto const hashes, hashes_of_event(event.made.json, event.uuid));
        file.text += wire::write_hashes(hashes);
        take_into(file, std::move(event));
        return {};
    }));
    return file;
}

Result<FeedFile> Feed::event(std::string_view uuid) const {
    auto const no_such = [&] { return fail(Code::not_found, fmt::format("no event {} is in this feed", uuid)); };
    if (!stix::parse_uuid(uuid)) return no_such();
    FeedFile file;
    auto const take = [&](FeedEvent&& event) {
        file.text = std::move(event.made.json);
        take_into(file, std::move(event));
    };
    if (auto filter = only(request_.filter, {"report", "grouping"})) {
        filter->ids = {fmt::format("report--{}", uuid), fmt::format("grouping--{}", uuid)};
        Objects found;
        CHECK(each_object(*filter, [&](Cleared&& one) -> Status {
            formats::JsonTree tree;
            if (tree.parse(one->json) && is_event(tree.root())) found.push_back(std::move(one));
            return {};
        }));
        if (!found.empty()) {
            TRY(auto event, event_of_report(std::move(found.front())));
            if (event.made.elements == 0) return no_such();
            take(std::move(event));
            return file;
        }
    }
    std::vector<std::pair<std::string, Objects>> months;
    CHECK(gather_loose(months, uuid));
    if (months.empty()) return no_such();
    TRY(auto event, event_of_month(uuid, std::move(months.front().second)));
    take(std::move(event));
    return file;
}

Result<FeedFile> Feed::file(std::string_view name) const {
    if (name == "manifest.json") return manifest();
    if (name == "hashes.csv") return hashes();
    if (name.ends_with(".json")) return event(name.substr(0, name.size() - 5));
    return fail(Code::not_found, "a feed has manifest.json, hashes.csv and UUID.json");
}

}  // namespace tocsin::sharing::misp
