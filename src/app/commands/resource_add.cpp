#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

using namespace constituency;

/// A value says what it is; only a country and a name of two letters could be mistaken.
std::optional<ResourceKind> guess_kind(std::string_view value) {
    for (auto const kind : {ResourceKind::prefix, ResourceKind::country, ResourceKind::domain})
        if (canonical_value(kind, value)) return kind;
    bool const has_mark = value.size() > 2 && equal_ignoring_case(value.substr(0, 2), "AS");
    return has_mark && canonical_value(ResourceKind::asn, value) ? std::optional(ResourceKind::asn) : std::nullopt;
}

Result<ResourceDraft> draft_of(Invocation const& call) {
    ResourceDraft draft;
    TRY(auto const organisation, directory_of(call).find_organisation(call.arguments[0]));
    draft.organisation = organisation.id;
    draft.value = call.arguments[1];
    auto const is_asn = draft.value.size() > 2 && equal_ignoring_case(draft.value.substr(0, 2), "AS") &&
                        canonical_value(ResourceKind::asn, draft.value).has_value();
    auto const kind = call.has("--kind") ? resource_kind(call.get("--kind"))
                      : is_asn           ? std::optional(ResourceKind::asn)
                                         : guess_kind(draft.value);
    if (!kind && call.has("--kind"))
        return fail(Code::invalid,
                    fmt::format("--kind: expected prefix, asn, domain or country, found \"{}\"", call.get("--kind")));
    if (!kind && draft.value.find('/') != std::string::npos) {
        TRY(auto const unused, canonical_value(ResourceKind::prefix, draft.value));
        (void)unused;
    }
    if (!kind)
        return fail(Code::invalid, fmt::format("expected a prefix, an AS number like AS64496, a domain or a country, "
                                               "found \"{}\"",
                                               draft.value));
    draft.kind = *kind;
    draft.verified = call.has("--verified");
    draft.how = call.get("--how");
    TRY(draft.from, parse_time_option(call, "--from"));
    TRY(draft.to, parse_time_option(call, "--to"));
    return draft;
}

Exit run(Invocation& call) {
    auto const draft = draft_of(call);
    if (!draft) return call.failed(draft.error());
    return print_one(call, directory_of(call).add(*draft, access::command_principal()), append_resource,
                     print_resource);
}

}  // namespace

Command command_resource_add() {
    return {.name = "resource add",
            .summary = "Say that a prefix, AS number, domain or country is an organisation's",
            .about =
                "Examples:\n  tocsin resource add \"Northern Power Company\" 192.0.2.0/24 --verified --how \"asked by "
                "telephone\"\n  tocsin resource add 12 AS64496\n  tocsin resource add 12 power.example",
            .options = {{"--kind", "KIND", "prefix, asn, domain or country; else by the value"},
                        {"--verified", "", "somebody checked it"},
                        {"--how", "TEXT", "how it was checked, or who says so"},
                        {"--from", "TIME", "valid from"},
                        {"--to", "TIME", "valid until"}},
            .arguments = {{"ORGANISATION", "name or number"}, {"VALUE", "192.0.2.0/24, AS64496, power.example, XA"}},
            .run = run};
}

}  // namespace tocsin::app
