#include "app/review_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const all, room.reviews.all());
        TRY(auto const keys, room.reviews.keys());
        auto const ours = readiness::fingerprint_of(signer_of(call).key.public_key());
        JsonWriter json;
        json.object().field("fingerprint", ours).key("items").array();
        for (auto const& one : all) {
            if (!call.json()) print_line(call, one);
            append(json, one);
        }
        json.end().key("keys").array();
        for (auto const& key : keys) {
            if (!call.json())
                call.print("key   {} of {}, accepted {} by {}", key.fingerprint, key.team, format_date(key.trusted),
                           key.trusted_by);
            json.object()
                .field("fingerprint", key.fingerprint)
                .field("team", key.team)
                .field("trusted", key.trusted)
                .field("trusted_by", key.trusted_by)
                .end();
        }
        json.end().end();
        if (call.json())
            call.print("{}", json.text());
        else
            call.print("key   {} is our own", ours);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_review_list() {
    return {
        .name = "assess review list", .summary = "List packages, ours and others', and the keys accepted", .run = run};
}

}  // namespace tocsin::app
