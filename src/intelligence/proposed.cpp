#include "intelligence/proposed.hpp"

#include "formats/formats.hpp"
#include "intelligence/incoming.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

namespace stix = formats::stix;

/// Whose these are is decided elsewhere: an object stays the same, a marking is changed by a recall.
constexpr std::string_view fixed[] = {"type",
                                      "id",
                                      "spec_version",
                                      "created",
                                      "modified",
                                      "revoked",
                                      "created_by_ref",
                                      "object_marking_refs",
                                      "granular_markings"};

constexpr std::size_t longest_shown = 300;

bool is_about(std::string_view selector, std::string_view property) {
    return selector.starts_with(property) && (selector.size() == property.size() || selector[property.size()] == '.');
}

Status check_property(formats::JsonValue root, ProposedChange const& change) {
    auto const& name = change.property;
    if (name.empty() || name.size() > 250 || !is_utf8(name))
        return fail(Code::invalid, "changes: expected the name of a property, at most 250 bytes");
    if (std::ranges::find(fixed, name) != std::end(fixed))
        return fail(Code::invalid, fmt::format("{}: a proposal can't change it", name));
    for (auto const marking : root["granular_markings"])
        for (auto const selector : marking["selectors"])
            if (is_about(selector.text(), name))
                return fail(Code::conflict,
                            fmt::format("{}: it carries a marking of its own: change the object by hand", name));
    return {};
}

std::string later(formats::JsonValue root, Timestamp wanted) {
    auto const before = parse_timestamp(root["modified"].text());
    return stix::time_text(before ? std::max(wanted, *before + std::chrono::milliseconds(1)) : wanted);
}

void append_members(JsonWriter& out, formats::JsonValue root, std::vector<ProposedChange> const& changes, bool revokes,
                    Timestamp modified) {
    for (auto const member : root) {
        auto const name = member.key();
        auto const change = std::ranges::find(changes, name, &ProposedChange::property);
        if (name == "revoked" && revokes) continue;
        if (name == "modified") {
            out.field("modified", later(root, modified));
            if (revokes) out.field("revoked", true);
        } else if (change == changes.end()) {
            out.key(name).raw(member.raw());
        } else if (!change->value.empty()) {
            out.key(name).raw(change->value);
        }
    }
    for (auto const& change : changes)
        if (!root[change.property] && !change.value.empty()) out.key(change.property).raw(change.value);
}

/// What an object has wrong by the "must" rules, as "property: what was expected".
std::vector<std::string> faults_of(std::string_view json) {
    stix::Decoder decoder;
    stix::ValidationOptions options{.check_should = false};
    options.check_pattern = [](std::string_view pattern) -> std::optional<std::string> {
        auto const read = formats::stix_pattern::parse(pattern);
        return read ? std::nullopt : std::optional(read.error().message);
    };
    std::vector<std::string> faults;
    auto const view = decoder.read(json);
    if (!view) return {"object: " + view.error().message};
    for (auto const& finding : stix::validate(**view, options).findings)
        faults.push_back(
            fmt::format("{}: {}", finding.property.empty() ? "object" : finding.property, finding.message));
    return faults;
}

/// For people: at most a line of each value.
std::string shown(std::string_view json) {
    if (json.empty()) return "(not there)";
    if (json.size() <= longest_shown) return std::string(json);
    auto end = longest_shown;
    while (end > 0 && (static_cast<unsigned char>(json[end]) & 0xc0) == 0x80) --end;
    return std::string(json.substr(0, end)) + "…";
}

std::string words_of(Proposal const& proposal) {
    std::string text = fmt::format("Proposed change of {}:\n", proposal.object->id);
    for (auto const& change : proposal.changes)
        text += fmt::format("- {}: {} -> {}\n", change.property, shown(change.before),
                            change.value.empty() ? "(to be left out)" : shown(change.value));
    return text + "Why: " + proposal.reason;
}

}  // namespace

Result<std::string> changed_object(std::string_view json, std::vector<ProposedChange> const& changes, bool revokes,
                                   Timestamp modified) {
    formats::JsonTree tree;
    CHECK(tree.parse(json));
    auto const root = tree.root();
    if (!root["modified"].is_text())
        return fail(Code::invalid, fmt::format("object: {} has no versions and can't be changed", root["id"].text()));
    if (root["revoked"].is_true()) return fail(Code::conflict, "object: it is revoked: there is no later version");
    bool differs = revokes;
    for (auto const& change : changes) {
        CHECK(check_property(root, change));
        auto const now = root[change.property];
        differs = differs || change.value != (now ? std::string(now.raw()) : std::string());
    }
    if (!differs) return fail(Code::conflict, "changes: the object is so already");
    JsonWriter out;
    out.object();
    append_members(out, root, changes, revokes, modified);
    out.end();
    auto text = std::move(out).text();
    auto const taken = Intake().take(text, 1);
    if (!taken.fault.empty())
        return fail(
            Code::invalid,
            fmt::format("{}: {}", taken.fault_property.empty() ? "changes" : taken.fault_property, taken.fault));
    auto const before = faults_of(json);  // what was wrong already is nobody's proposal
    for (auto& fault : faults_of(text))
        if (std::ranges::find(before, fault) == before.end()) return fail(Code::invalid, std::move(fault));
    return text;
}

std::string minified(std::string_view json) {
    std::string out;
    bool is_inside = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        char const c = json[i];
        if (is_inside && c == '\\' && i + 1 < json.size()) {
            out.append(json.substr(i++, 2));
            continue;
        }
        if (c == '"') is_inside = !is_inside;
        if (is_inside || (c != ' ' && c != '\n' && c != '\r' && c != '\t')) out += c;
    }
    return out;
}

std::string property_of(std::string_view json, std::string_view name) {
    formats::JsonTree tree;
    if (!tree.parse(json)) return {};
    auto const value = tree.root()[name];
    return value ? std::string(value.raw()) : std::string();
}

Telling telling_of(Proposal const& proposal, TeamVoice const& team, gate::Marking const& marking) {
    static constexpr std::string_view own = "3d0e4f6a-6a3e-4b43-8f0b-5a1c1a7f2f52";
    auto const name_space = stix::parse_uuid(own);
    TOCSIN_ASSERT(name_space);
    auto const type = proposal.revokes ? std::string_view("opinion") : std::string_view("note");
    auto const uuid = stix::uuid_v5(
        *name_space, fmt::format("{} {} {} {}", team.identity, proposal.object->id, proposal.id, proposal.at.micros));
    Telling telling{.id = stix::format_identifier(type, uuid), .json = {}};
    std::vector<std::string> refs{std::string(stix::tlp2_marking_id(static_cast<stix::TlpLevel>(marking.tlp)))};
    if (marking.pap) refs.emplace_back(stix::pap_marking_id(static_cast<stix::PapLevel>(*marking.pap)));
    JsonWriter members;
    members.object();
    if (proposal.revokes)
        members.field("explanation", "Proposed: revoke it. Why: " + proposal.reason)
            .field("opinion", "strongly-disagree");
    else
        members.field("abstract", "Proposed change").field("content", words_of(proposal));
    members.key("object_refs").array().value(proposal.object->id).end().end();
    std::string_view const inside = members.text();
    telling.json = stix::object_json(
        type, {.id = telling.id, .created = proposal.at, .created_by_ref = team.identity, .object_marking_refs = refs},
        inside.substr(1, inside.size() - 2));
    return telling;
}

}  // namespace tocsin::intelligence
