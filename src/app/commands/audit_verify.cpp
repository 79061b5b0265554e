#include "app/accounts.hpp"
#include "gate/gate.hpp"

namespace tocsin::app {
namespace {

/// "88:9f86d0...".
Result<std::optional<access::AuditHead>> expected_head(Invocation const& call) {
    std::optional<access::AuditHead> head;
    if (!call.has("--expect")) return head;
    std::string const text = call.get("--expect");
    auto const colon = text.find(':');
    auto const number = parse_int(text.substr(0, colon));
    std::string const hash = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (!number || *number < 0 || hash.size() != 64 || !from_hex(hash))
        return fail(Code::invalid, "--expect wants NUMBER:HASH as an earlier audit verify gave it");
    head = access::AuditHead{*number, lowered(hash)};
    return head;
}

/// Both logs; the first fault of either.
Result<access::AuditVerdict> verify(store::Transaction& tx, std::optional<access::AuditHead> const& expected) {
    TRY(auto verdict, access::verify_audit(tx, expected));
    if (verdict.broken_at) return verdict;
    TRY(verdict.broken_at, gate::verify_disclosures(tx));
    if (verdict.broken_at) verdict.why = "the disclosure log tells it otherwise";
    return verdict;
}

Exit run(Invocation& call) {
    auto const expected = expected_head(call);
    if (!expected) {
        call.failed(expected.error());
        return Exit::usage;
    }
    auto const verdict = call.instance->ledger().read([&](store::Transaction& tx) { return verify(tx, *expected); });
    if (!verdict) return call.failed(verdict.error());
    bool const is_whole = !verdict->broken_at;
    if (call.json()) {
        JsonWriter json;
        json.object().field("whole", is_whole).field("entries", verdict->entries).field("erased", verdict->erased);
        json.key("broken_at");
        verdict->broken_at ? json.value(*verdict->broken_at) : json.null();
        json.field("why", verdict->why)
            .field("head", fmt::format("{}:{}", verdict->head.number, verdict->head.hash))
            .end();
        call.print("{}", json.text());
    } else if (is_whole) {
        call.print("The audit log is whole: {} entries ({} with erased details).\nHead, to be noted elsewhere: {}:{}",
                   verdict->entries, verdict->erased, verdict->head.number, verdict->head.hash);
    } else {
        call.tell("The audit log is broken at entry {}: {}. The {} entries before it are whole.", *verdict->broken_at,
                  verdict->why, verdict->entries);
    }
    return is_whole ? Exit::done : Exit::failed;
}

}  // namespace

Command command_audit_verify() {
    return {.name = "audit verify",
            .summary = "Check that no entry of the audit log was changed, removed or put in",
            .about =
                "The chain can't show by itself that its newest entries were cut off: note the head it prints "
                "somewhere else and hand it back later with --expect. Exit code 1 when it is broken.",
            .options = {{"--expect", "NUMBER:HASH", "a head noted earlier; it must still be on the chain"}},
            .run = run};
}

}  // namespace tocsin::app
