#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

Result<access::AuditFilter> filter_of(Invocation const& call) {
    access::AuditFilter filter{.who = call.get("--who"),
                               .what = call.get("--what"),
                               .kind = call.get("--kind"),
                               .id = call.get("--id"),
                               .limit = 100};
    if (call.has("--since")) {
        TRY(filter.from, parse_timestamp(call.get("--since")));
    }
    if (call.has("--until")) {
        TRY(filter.until, parse_timestamp(call.get("--until")));
    }
    auto const number = [&](std::string_view name, std::int64_t least, std::int64_t most) -> Result<std::int64_t> {
        auto const value = parse_int(call.get(name));
        if (value && *value >= least && *value <= most) return *value;
        return fail(Code::invalid, fmt::format("{} is a number from {} to {}", name, least, most));
    };
    if (call.has("--limit")) {
        TRY(auto const limit, number("--limit", 1, 1000));
        filter.limit = static_cast<int>(limit);
    }
    if (call.has("--before")) {
        TRY(filter.before, number("--before", 1, std::numeric_limits<std::int64_t>::max()));
    }
    return filter;
}

void append_entry(JsonWriter& json, access::AuditEntry const& entry) {
    json.object()
        .field("number", entry.number)
        .field("at", entry.at)
        .field("who", entry.who)
        .field("name", entry.name)
        .field("address", entry.address)
        .field("what", entry.what)
        .field("kind", entry.kind)
        .field("id", entry.id)
        .key("detail");
    entry.details.empty() ? json.null() : json.raw(entry.details);
    json.field("erased", entry.is_erased).field("hash", entry.hash).end();
}

Exit run(Invocation& call) {
    auto const filter = filter_of(call);
    if (!filter) {
        call.failed(filter.error());
        return Exit::usage;
    }
    auto const entries =
        call.instance->ledger().read([&](store::Transaction& tx) { return access::audit_entries(tx, *filter); });
    if (!entries) return call.failed(entries.error());
    if (call.json()) {
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& entry : *entries) append_entry(json, entry);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    }
    for (auto const& entry : *entries)
        call.print("{:<7} {}  {:<16} {:<20} {} {} {}", entry.number, format_timestamp(entry.at), entry.name, entry.what,
                   entry.kind, entry.id, entry.is_erased ? "(details erased)" : entry.details);
    return Exit::done;
}

}  // namespace

Command command_audit_list() {
    return {.name = "audit list",
            .summary = "Who did what, newest first",
            .about =
                "Examples:\n"
                "  tocsin audit list --what user\n"
                "  tocsin audit list --kind notification --id 91 --json",
            .options = {{"--who", "NAME", "an account's name, account:3, key:4, command or server"},
                        {"--what", "VERB", "the verb or its first part: user, user.create"},
                        {"--kind", "KIND", "kind of thing"},
                        {"--id", "ID", "which one"},
                        {"--since", "TIME", "from this time on"},
                        {"--until", "TIME", "before this time"},
                        {"--before", "NUMBER", "only entries with lower numbers"},
                        {"--limit", "COUNT", "at most so many, up to 1000", "100"}},
            .run = run};
}

}  // namespace tocsin::app
