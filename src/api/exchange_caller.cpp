#include "api/exchange_caller.hpp"

namespace tocsin::api {

Result<ExchangeCaller> exchange_caller(access::Access& access, sharing::Peers& peers, net::HttpRequest const& request) {
    auto const header = request.header("authorization");
    std::string key;
    if (equal_ignoring_case(header.substr(0, 7), "bearer ")) key = trimmed(header.substr(7));
    if (equal_ignoring_case(header.substr(0, 6), "basic "))
        if (auto const text = from_base64(trimmed(header.substr(6))))
            if (auto const colon = text->find(':'); colon != std::string::npos) key = text->substr(colon + 1);
    if (key.empty()) return fail(Code::denied, "");
    TRY(auto principal, access.key_of(key, {request.peer.address, std::string(request.header("user-agent"))}));
    if (!principal) return fail(Code::denied, "");
    ExchangeCaller caller;
    caller.principal = *std::move(principal);
    TRY(caller.peer, peers.of_key(caller.principal.key));
    if (caller.peer) {
        caller.recipient = caller.peer->recipient();
        return caller;
    }
    if (!caller.principal.may(access::Role::viewer)) return fail(Code::denied, "");
    caller.recipient = gate::Recipient::team(caller.principal);
    return caller;
}

}  // namespace tocsin::api
