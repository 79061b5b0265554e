#include "access/access.hpp"
#include "api/render.hpp"
#include "api/router.hpp"

/// The audit log.
namespace tocsin::api {

namespace {

void put(JsonWriter& json, access::AuditEntry const& entry) {
    json.object()
        .field("number", entry.number)
        .field("at", entry.at)
        .field("who", entry.who)
        .field("name", entry.name)
        .field_or_null("address", entry.address)
        .field("what", entry.what)
        .key("thing");
    if (entry.kind.empty()) {
        json.null();
    } else {
        json.object()
            .field("kind", entry.kind == "account" ? "user" : std::string_view(entry.kind))
            .field("id", entry.id)
            .end();
    }
    json.key("detail");
    if (entry.details.empty()) {
        json.null();
    } else {
        json.raw(entry.details);
    }
    json.field("hash", entry.hash).end();
}

Reply audit_list(Call& call) {
    access::AuditFilter filter;
    filter.who = call.query("who").value_or("");
    filter.what = call.query("what").value_or("");
    filter.kind = call.query("kind").value_or("");
    if (filter.kind == "user") filter.kind = "account";
    filter.id = call.query("id").value_or("");
    if (auto const from = call.query("from")) {
        TRY(filter.from, parse_timestamp(*from));
    }
    if (auto const to = call.query("to")) {
        TRY(filter.until, parse_timestamp(*to));
    }
    filter.before = parse_int(call.after()).value_or(0);
    filter.limit = static_cast<int>(call.limit());
    TRY(auto const entries,
        call.doors().ledger->read([&](store::Transaction& tx) { return access::audit_entries(tx, filter); }));
    auto const is_full = entries.size() == call.limit();
    return page_of(entries, is_full ? std::to_string(entries.back().number) : "",
                   [](JsonWriter& json, access::AuditEntry const& entry) { put(json, entry); });
}

Reply audit_verify(Call& call) {
    TRY(auto const verdict,
        call.doors().ledger->read([&](store::Transaction& tx) { return access::verify_audit(tx); }));
    JsonWriter json;
    json.object()
        .field("whole", !verdict.broken_at)
        .field("entries", verdict.entries)
        .field("erased", verdict.erased)
        .field_or_null("broken_at", verdict.broken_at)
        .field_or_null("why", verdict.why)
        .field_or_null("head", verdict.head.hash)
        .end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_audit(Router& router) {
    router.answer("audit_list", audit_list);
    router.answer("audit_verify", audit_verify);
}

}  // namespace tocsin::api
