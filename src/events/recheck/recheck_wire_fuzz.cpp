// Any bytes as what a host says when it is looked at again: an answer to exactly what was asked, or none.
#include "events/recheck/wire.hpp"

using namespace tocsin;
using namespace tocsin::events;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static auto const query = *wire::dns_query("probe.example", 0x1234);
    std::string message(reinterpret_cast<char const*>(data), size);
    std::vector<std::uint16_t> const ciphers = {0x0005, 0x002f};
    for (int pass = 0; pass < 2; ++pass) {
        if (auto const reply = wire::dns_reply(message, query)) TOCSIN_ASSERT(reply->code >= 0 && reply->answers >= 0);
        if (message.size() >= query.size())
            message.replace(12, query.size() - 12, query, 12);  // as one that repeats it
        if (message.size() >= 6) message.replace(0, 2, query, 0, 2).replace(4, 2, query, 4, 2);
    }
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    static_cast<void>(wire::is_ntp_control(bytes, 7));
    TOCSIN_ASSERT(!wire::is_ntp_time(bytes, "12345678") || bytes.contains("12345678"));
    static_cast<void>(wire::is_memcached_version(bytes, 7));
    if (auto const status = wire::http_status(bytes)) TOCSIN_ASSERT(*status >= 100 && *status <= 999);
    // What is declined or foreign stays so, whatever comes behind; bytes that are not enough are never an answer.
    for (auto const version : std::to_array<std::uint16_t>({0x0300, 0x0301})) {
        auto const hello = wire::server_hello(bytes, version, ciphers);
        if (hello == wire::Hello::partial || hello == wire::Hello::taken) continue;
        TOCSIN_ASSERT(wire::server_hello(std::string(bytes) + "more", version, ciphers) == hello);
    }
    return 0;
}
