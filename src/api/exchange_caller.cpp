#include "api/exchange_caller.hpp"

#include <algorithm>

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

std::string contents_of(std::vector<gate::Cleared<intelligence::Object>> const& page) {
    std::vector<std::int64_t> seqs;
    for (auto const& object : page) seqs.push_back(object->seq);
    std::ranges::sort(seqs);
    std::string text;
    for (std::size_t i = 0; i < seqs.size();) {
        std::size_t end = i;
        while (end + 1 < seqs.size() && seqs[end + 1] == seqs[end] + 1) ++end;
        text += (text.empty() ? "" : ",") + std::to_string(seqs[i]);
        if (end > i) text += "-" + std::to_string(seqs[end]);
        i = end + 1;
    }
    return text;
}

}  // namespace tocsin::api
