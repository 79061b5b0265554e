#include "notifications/channels/channel.hpp"

#include <algorithm>

/// The HTTP requests of all channels.
namespace tocsin::notifications {
namespace {

using Kind = Outcome::Kind;

constexpr std::size_t longest_reply = 300;

std::string one_line(std::string_view text) {
    auto out = repaired_utf8(text.substr(0, longest_reply));
    for (auto& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return std::string(trimmed(out));
}

/// 408, 425, 429 and 5xx pass; other 4xx stay.
bool is_temporary(int status) {
    return status >= 500 || status == 408 || status == 425 || status == 429 || status == 409;
}

}  // namespace

Outcome call_out(ChannelCall call, Settings const& settings, BeforeEnd const& before_end, Stops const& stops) {
    net::HttpClientOptions options{.reachable = settings.channels.reachable, .ca_file = settings.channels.ca_file};
    options.authorization = call.authorization;
    options.total_time = std::chrono::seconds(60);
    net::HttpClient client(std::move(options));
    // The body goes out piece by piece, so that we know whether any of it has left.
    auto const bytes = std::exchange(call.http.body.bytes, {});
    std::size_t sent = 0;
    bool has_begun = false;
    call.http.body.size = bytes.size();
    call.http.body.source = [&](std::span<char> into) -> Result<std::size_t> {
        if (!has_begun) CHECK(before_end());
        has_begun = true;
        auto const count = std::min(into.size(), bytes.size() - sent);
        std::copy_n(bytes.data() + sent, count, into.data());
        sent += count;
        return count;
    };
    call.http.body_bytes = 64 << 10;
    call.http.is_cancelled = stops;
    auto const reply = client.send(call.http);
    if (!reply) {
        auto const code = reply.error().code;
        auto const kind = has_begun && !call.is_safe                      ? Kind::unknown
                          : code == Code::invalid || code == Code::denied ? Kind::permanent
                                                                          : Kind::temporary;
        return {.kind = kind, .reply = one_line(reply.error().message)};
    }
    auto const words = one_line(fmt::format("{} {}", reply->status, reply->body));
    if (reply->is_success()) return {.kind = Kind::accepted, .code = reply->status, .reply = words};
    return {
        .kind = is_temporary(reply->status) ? Kind::temporary : Kind::permanent, .code = reply->status, .reply = words};
}

}  // namespace tocsin::notifications
