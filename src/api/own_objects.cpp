#include "api/own_objects.hpp"

#include "api/render_intelligence.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api {

namespace {

namespace stix = formats::stix;
using formats::ObservableKind;

std::string team_of(Call const& call) {
    return call.house.options.team.empty() ? std::string("Tocsin") : call.house.options.team;
}

stix::TlpLevel level_of(gate::Tlp tlp) {
    return static_cast<stix::TlpLevel>(tlp);  // both from open to strict
}
static_assert(static_cast<int>(stix::TlpLevel::red) == static_cast<int>(gate::Tlp::red));
static_assert(static_cast<int>(stix::PapLevel::red) == static_cast<int>(gate::Pap::red));

std::vector<std::string> marking_refs(gate::Marking const& marking) {
    std::vector<std::string> refs{std::string(stix::tlp2_marking_id(level_of(marking.tlp)))};
    if (marking.pap) refs.emplace_back(stix::pap_marking_id(static_cast<stix::PapLevel>(*marking.pap)));
    return refs;
}

/// As a string constant of a pattern (STIX 2.1 section 9.1).
std::string pattern_constant(std::string_view text) {
    return "'" + replaced(replaced(std::string(text), "\\", "\\\\"), "'", "\\'") + "'";
}

struct Path {
    ObservableKind kind;
    std::string_view path;
};
/// What has a value of this kind (STIX 2.1 section 6). Kinds that are not here are nothing that people block or look
/// for by a single value.
constexpr Path paths[] = {
    {ObservableKind::domain, "domain-name:value"},
    {ObservableKind::url, "url:value"},
    {ObservableKind::email, "email-addr:value"},
    {ObservableKind::md5, "file:hashes.MD5"},
    {ObservableKind::sha1, "file:hashes.'SHA-1'"},
    {ObservableKind::sha256, "file:hashes.'SHA-256'"},
    {ObservableKind::sha512, "file:hashes.'SHA-512'"},
    {ObservableKind::ssdeep, "file:hashes.SSDEEP"},
    {ObservableKind::tlsh, "file:hashes.TLSH"},
    {ObservableKind::file_name, "file:name"},
    {ObservableKind::registry_key, "windows-registry-key:key"},
    {ObservableKind::mutex, "mutex:name"},
    {ObservableKind::mac, "mac-addr:value"},
    {ObservableKind::asn, "autonomous-system:number"},
};

std::string_view path_of(formats::Observable const& value) {
    if (value.kind == ObservableKind::ip)
        return value.value.find(':') == std::string::npos ? "ipv4-addr:value" : "ipv6-addr:value";
    auto const* const found = std::ranges::find(paths, value.kind, &Path::kind);
    return found == std::end(paths) ? std::string_view() : found->path;
}

Result<std::string> pattern_of(WantedIndicator const& wanted) {
    auto const kind = formats::observable_kind_of(wanted.kind);
    auto const value = kind ? formats::normalised({*kind, wanted.value}) : std::nullopt;
    if (!value)
        return fail(Code::invalid,
                    fmt::format("indicators: \"{}\" is no value of the kind {}", wanted.value, wanted.kind));
    auto const path = path_of(*value);
    if (path.empty())
        return fail(Code::invalid, fmt::format("indicators: of the kind {} no indicator can be made", wanted.kind));
    return fmt::format("[{} = {}]", path,
                       value->kind == ObservableKind::asn ? value->value : pattern_constant(value->value));
}

std::string vulnerability_json(WantedIndicator const& wanted, stix::Common& common, std::string_view description) {
    auto const id = fresh_id("vulnerability");
    auto const cve = uppered(wanted.value);
    JsonWriter reference;
    reference.array().object().field("source_name", "cve").field("external_id", cve).end().end();
    common.id = id;
    common.external_references = reference.text();
    JsonWriter members;
    members.object().field("name", cve).field_unless_empty("description", description).end();
    std::string_view const inside = members.text();
    return stix::object_json("vulnerability", common, inside.substr(1, inside.size() - 2));
}

}  // namespace

std::string fresh_id(std::string_view type) {
    return stix::format_identifier(type, stix::uuid_v4(secret_bytes(16)));
}

std::string team_identity_id(Call const& call) {
    return sharing::team_identity_id(team_of(call));
}

Result<std::string> indicator_json(Call const& call, WantedIndicator const& wanted, IndicatorOptions const& options) {
    auto const creator = team_identity_id(call);
    auto const refs = marking_refs(options.marking);
    auto const description = wanted.description.empty() ? options.description : wanted.description;
    stix::Common common{.id = {},
                        .created = call.now(),
                        .created_by_ref = creator,
                        .confidence = options.confidence,
                        .labels = options.labels,
                        .object_marking_refs = refs};
    if (wanted.kind == formats::name_of(ObservableKind::vulnerability))
        return vulnerability_json(wanted, common, description);
    bool const is_rule = wanted.kind == "yara" || wanted.kind == "sigma" || wanted.kind == "suricata";
    std::string pattern = wanted.value;
    if (!is_rule) {
        TRY(pattern, pattern_of(wanted));
    }
    auto const id = fresh_id("indicator");
    common.id = id;
    auto const name = wanted.name.empty() && !is_rule ? wanted.value : wanted.name;
    return stix::indicator_json(common, {.name = name,
                                         .description = description,
                                         .indicator_types = options.types,
                                         .pattern = pattern,
                                         .pattern_type = is_rule ? std::string_view(wanted.kind) : "stix",
                                         .valid_from = call.now(),
                                         .valid_until = options.valid_until});
}

std::string own_object_json(Call const& call, std::string_view type, std::string_view id, gate::Marking const& marking,
                            std::string_view members) {
    auto const creator = team_identity_id(call);
    auto const refs = marking_refs(marking);
    return stix::object_json(
        type, {.id = id, .created = call.now(), .created_by_ref = creator, .object_marking_refs = refs}, members);
}

Result<intelligence::ImportTotals> keep_own(Call const& call, std::vector<std::string> const& objects,
                                            intelligence::ImportRequest request) {
    auto& intelligence = *call.doors().intelligence;
    std::string lines;
    auto const identity = team_identity_id(call);
    auto const known = intelligence.object(identity, gate::Recipient::team(access::command_principal()));
    if (!known && known.error().code != Code::not_found) return std::unexpected(known.error());
    if (!known) {
        auto const refs = marking_refs({gate::Tlp::clear, {}});
        lines += stix::identity_json({.id = identity, .created = call.now(), .object_marking_refs = refs},
                                     {.name = team_of(call)}) +
                 "\n";
    }
    for (auto const& object : objects) lines += object + "\n";
    formats::MemorySource source(std::move(lines));
    TRY(auto totals, intelligence.import(source, request, call.caller));
    if (!known) {
        --totals.objects;
        --totals.stored;
    }
    call.changed("intelligence", "", "added");
    return totals;
}

}  // namespace tocsin::api
