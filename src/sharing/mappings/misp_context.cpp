#include "sharing/mappings/misp_context.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::sharing::misp {
namespace {

namespace wire = formats::misp;
namespace stix = formats::stix;
using wire::Distribution;

/// Of what has no UUID of its own that STIX takes.
constexpr std::string_view own_namespace = "c1f0e0a4-7a53-4ab3-9d9b-1f5a9b0c6e21";

/// A level that nobody knows is one nobody may lower.
stix::TlpLevel tlp_of(std::string_view word) {
    if (word == "white" || word == "clear") return stix::TlpLevel::clear;
    if (word == "green") return stix::TlpLevel::green;
    if (word == "amber") return stix::TlpLevel::amber;
    return word == "red" ? stix::TlpLevel::red : stix::TlpLevel::amber_strict;
}

stix::PapLevel pap_of(std::string_view word) {
    if (word == "white" || word == "clear") return stix::PapLevel::clear;
    if (word == "green") return stix::PapLevel::green;
    return word == "amber" ? stix::PapLevel::amber : stix::PapLevel::red;
}

}  // namespace

std::string id_of(std::string_view type, std::string_view uuid, std::string_view otherwise) {
    auto const parsed = stix::parse_uuid(uuid);
    if (parsed && parsed->is_standard()) return stix::format_identifier(type, *parsed);
    auto const made = stix::uuid_v5(*stix::parse_uuid(own_namespace), uuid.empty() ? otherwise : uuid);
    return stix::format_identifier(type, made);
}

void read_tags(std::vector<wire::Tag> const& tags, Levels& levels, std::vector<std::string>& labels) {
    for (auto const& tag : tags) {
        auto const name = lowered(tag.name);
        if (name.starts_with("tlp:")) {
            levels.raise(tlp_of(std::string_view(name).substr(4)));
        } else if (name.starts_with("pap:")) {
            auto const level = pap_of(std::string_view(name).substr(4));
            levels.pap = std::max(levels.pap.value_or(level), level);
        } else if (std::ranges::find(labels, tag.name) == labels.end()) {
            labels.emplace_back(tag.name);
        }
    }
}

void read_distribution(Distribution distribution, Levels& levels) {
    if (distribution == Distribution::organisation || distribution == Distribution::sharing_group)
        levels.raise(stix::TlpLevel::amber_strict);
}

std::vector<std::string> refs_of(Levels const& levels, wire::Organisation const& group) {
    std::vector<std::string> refs;
    if (levels.tlp) refs.emplace_back(stix::tlp2_marking_id(*levels.tlp));
    if (levels.pap) refs.emplace_back(stix::pap_marking_id(*levels.pap));
    if (!group.uuid.empty()) refs.push_back(id_of("marking-definition", group.uuid, ""));
    return refs;
}

Result<EventContext> context_of(std::string_view head) {
    formats::JsonTree tree;
    CHECK(tree.parse(head));
    auto const event = wire::event_of_head(tree.root());
    if (event.uuid.empty() && event.info.empty())
        return fail(Code::invalid, "expected the uuid or the info of an event");
    EventContext context;
    auto const id = id_of(event.is_published ? "report" : "grouping", event.uuid,
                          fmt::format("{}|{}|{}", event.creator.uuid, event.date, event.info));
    context.event_id = id;
    context.uuid = id.substr(id.find("--") + 2);
    context.creator_id = event.creator.uuid.empty() && event.creator.name.empty()
                             ? std::string(definition_author)
                             : id_of("identity", event.creator.uuid, event.creator.name);
    auto const day = parse_date(event.date);
    context.timestamp = event.timestamp.value_or(day ? *day : timeless);
    context.distribution = event.distribution;
    Levels levels;
    std::vector<std::string> labels;
    read_tags(event.tags, levels, labels);
    read_distribution(event.distribution, levels);
    context.tlp = levels.tlp;
    context.pap = levels.pap;
    bool const is_for_group = event.distribution == Distribution::sharing_group;
    context.marking_refs = refs_of(levels, is_for_group ? event.sharing_group : wire::Organisation());
    return context;
}

}  // namespace tocsin::sharing::misp
