#include "constituency/sources.hpp"

#include "base/enum_words.hpp"
#include "constituency/import_store.hpp"
#include "constituency/planned_write.hpp"
#include "constituency/source_plan.hpp"

#include <algorithm>
#include <array>

namespace tocsin::constituency {
namespace {

constexpr std::array<std::string_view, 7> format_words = {"rpsl",   "rdap",      "peeringdb",   "intelmq",
                                                          "tuency", "cerebrate", "security_txt"};
constexpr std::array<std::string_view, 4> kind_words = {"owner", "contact", "key", "name"};
constexpr std::array<std::string_view, 3> state_words = {"open", "decided", "settled"};
constexpr std::array<std::string_view, 4> decision_words = {"keep_ours", "take_theirs", "keep_both", "same"};
constexpr std::size_t greatest_proposal = std::size_t{64} << 20;

/// Classes of the RIPE database and its like that begin an object.
constexpr auto rpsl_classes = std::to_array<std::string_view>(
    {"organisation", "inetnum",     "inet6num",   "aut-num",  "route",    "route6",    "role",
     "person",       "irt",         "mntner",     "as-block", "as-set",   "route-set", "domain",
     "key-cert",     "peering-set", "filter-set", "rtr-set",  "inet-rtr", "poem"});

bool is_rpsl(std::string_view start) {
    while (!start.empty()) {
        auto const end = start.find('\n');
        auto const line = trimmed(start.substr(0, end));
        start.remove_prefix(end == std::string_view::npos ? start.size() : end + 1);
        if (line.empty() || line.front() == '%' || line.front() == '#') continue;
        auto const colon = line.find(':');
        return colon != std::string_view::npos &&
               std::ranges::find(rpsl_classes, lowered(line.substr(0, colon))) != rpsl_classes.end();
    }
    return false;
}

bool is_security_txt(std::string_view start) {
    auto const text = "\n" + lowered(start);
    return text.contains("\ncontact:") && text.contains("\nexpires:");
}

std::optional<SourceFormat> guess_json(std::string_view text) {
    auto const has = [&](std::string_view word) { return text.contains(fmt::format("\"{}\"", word)); };
    if (has("rdapConformance") || has("objectClassName")) return SourceFormat::rdap;
    if (has("org_id") && (has("asn") || has("net_id")) && !has("inside_criteria")) return SourceFormat::peeringdb;
    if (has("poc_set") || has("net_set") || has("info_prefixes4")) return SourceFormat::peeringdb;
    if (has("inside_criteria") || (has("contacts") && (has("openpgp_fpr") || has("national_certs"))))
        return SourceFormat::intelmq;
    if (has("uuid") && (has("nationality") || has("alignments") || has("owner_model") || has("releasability")))
        return SourceFormat::cerebrate;
    if (has("organisation_id") &&
        (has("asns") || has("networks") || has("fqdns") || has("ripe_org_hdls") || has("tel_24_7")))
        return SourceFormat::tuency;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(SourceFormat format) {
    return word_of(format_words, format);
}
std::optional<SourceFormat> source_format(std::string_view name) {
    if (name == "ripe") return SourceFormat::rpsl;
    if (name == "fody" || name == "n6") return SourceFormat::intelmq;
    if (name == "security.txt" || name == "security-txt") return SourceFormat::security_txt;
    return value_of<SourceFormat>(format_words, name);
}
std::string_view name_of(ConflictKind kind) {
    return word_of(kind_words, kind);
}
std::optional<ConflictKind> conflict_kind(std::string_view name) {
    return value_of<ConflictKind>(kind_words, name);
}
std::string_view name_of(ConflictState state) {
    return word_of(state_words, state);
}
std::optional<ConflictState> conflict_state(std::string_view name) {
    return value_of<ConflictState>(state_words, name);
}
std::string_view name_of(SourceDecision decision) {
    return word_of(decision_words, decision);
}
std::optional<SourceDecision> source_decision(std::string_view name) {
    return value_of<SourceDecision>(decision_words, replaced(std::string(name), "-", "_"));
}

bool fits(SourceDecision decision, ConflictKind kind) {
    switch (decision) {
        case SourceDecision::keep_ours:
        case SourceDecision::take_theirs:
            return true;
        case SourceDecision::keep_both:
            return kind == ConflictKind::owner || kind == ConflictKind::contact;
        case SourceDecision::same:
            return kind == ConflictKind::owner;
    }
    return false;
}

std::optional<SourceFormat> guess_source(std::string_view file_name, std::string_view start) {
    if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
    auto const text = trimmed(start);
    if (text.starts_with('{') || text.starts_with('[')) return guess_json(text);
    if (is_rpsl(text)) return SourceFormat::rpsl;
    auto const header = lowered(text.substr(0, text.find('\n')));
    if (header.contains("organi") && header.contains("as_or_cidr") && header.contains("contact"))
        return SourceFormat::intelmq;
    bool const is_named = lowered(file_name).contains("security") && lowered(file_name).ends_with(".txt");
    if (is_security_txt(text) && (is_named || lowered(text).contains("\ncanonical:")))
        return SourceFormat::security_txt;
    return std::nullopt;
}

Result<SourceSummary> plan_source(Directory& directory, OpenSource const& open, SourceOptions const& options) {
    return directory.ledger().read([&](Transaction& tx) -> Result<SourceSummary> {
        TRY(auto const plan, SourcePlan::make(tx, open, options, directory.clock().now()));
        return plan->summary();
    });
}

Result<SourceSummary> apply_source(Directory& directory, OpenSource const& open, SourceOptions const& options,
                                   access::Principal const& by) {
    auto applied = plan_and_write(
        directory, options.name,
        [&](Transaction& tx) { return SourcePlan::make(tx, open, options, directory.clock().now()); },
        [&](Transaction& tx, SourcePlan& plan) { return plan.apply(tx, directory.clock().now(), by); });
    if (applied) directory.changed();
    return applied;
}

Result<Import> propose_source(Directory& directory, std::string_view bytes, SourceOptions const& options,
                              access::Principal const& by) {
    if (bytes.size() > greatest_proposal)
        return fail(Code::limit,
                    fmt::format("expected at most {} MiB; use tocsin org import for more", greatest_proposal >> 20));
    TRY(auto const planned, plan_source(directory, source_in_memory(bytes), options));
    return directory.ledger().write([&](Transaction& tx) -> Result<Import> {
        auto const summary = summary_json(planned.rows);
        TRY(auto const id, source_rows::propose(tx, options, bytes, summary, actor_of(by), directory.clock().now()));
        return existing_import(tx, id);
    });
}

void append(JsonWriter& json, SourceConflict const& conflict) {
    json.object()
        .field("id", conflict.id.value)
        .field("source", conflict.source)
        .field("kind", name_of(conflict.kind))
        .field("subject", conflict.subject)
        .field_or_null("resource", conflict.resource ? name_of(*conflict.resource) : std::string_view())
        .field_or_null("value", conflict.value)
        .field_or_null("role", conflict.role ? name_of(*conflict.role) : std::string_view())
        .reference("organisation", conflict.organisation_name.empty() ? 0 : conflict.organisation.value,
                   conflict.organisation_name)
        .field("state", name_of(conflict.state));
    for (auto const& [name, sides] : {std::pair("ours", &conflict.ours), std::pair("theirs", &conflict.theirs)}) {
        json.key(name).array();
        for (auto const& side : *sides)
            json.object().field("what", side.what).field("from", side.from).field_or_null("mark", side.mark).end();
        json.end();
    }
    json.field("file", conflict.file)
        .field("line", conflict.line)
        .field("as_of", conflict.as_of)
        .field("first_seen", conflict.first_seen)
        .field("last_seen", conflict.last_seen)
        .field_or_null("decision", conflict.decision ? name_of(*conflict.decision) : std::string_view())
        .field_or_null("reason", conflict.reason)
        .field_or_null("decided", conflict.decided)
        .field_or_null("decided_by", conflict.decided_by)
        .field_or_null("change_set", conflict.change_set ? std::optional(conflict.change_set.value) : std::nullopt)
        .key("choices")
        .array();
    for (auto const decision :
         {SourceDecision::keep_ours, SourceDecision::take_theirs, SourceDecision::keep_both, SourceDecision::same})
        if (conflict.state != ConflictState::settled && fits(decision, conflict.kind)) json.value(name_of(decision));
    json.end().end();
}

}  // namespace tocsin::constituency
