#include "net/http_transfer.hpp"

#include <algorithm>

namespace tocsin::net {
namespace {

constexpr std::size_t longest_status_line = 1024;

/// "HTTP/1.1 200 OK": the status; nothing when it is none.
std::optional<int> status_of(std::string_view line) {
    auto const space = line.find(' ');
    if (!line.starts_with("HTTP/") || space == std::string_view::npos || line.size() > longest_status_line)
        return std::nullopt;
    auto const status = parse_int(line.substr(space + 1, 3));
    if (!status || *status < 100 || *status > 999) return std::nullopt;
    return static_cast<int>(*status);
}

/// "bytes 500-999/1234": 500.
std::optional<std::uint64_t> start_of_part(std::string_view content_range) {
    auto const text = trimmed(content_range);
    auto const dash = text.find('-');
    if (!equal_ignoring_case(text.substr(0, 6), "bytes ") || dash == std::string_view::npos) return std::nullopt;
    auto const start = parse_int(text.substr(6, dash - 6));
    if (!start || *start < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*start);
}

Error too_large(std::uint64_t limit) {
    return {Code::limit, fmt::format("the answer is larger than {} bytes", limit)};
}

}  // namespace

bool HttpTransfer::stop(Error error) {
    if (!trouble) trouble = std::move(error);
    return false;
}

bool HttpTransfer::header_line(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > options_.header_bytes)
        return stop(
            {Code::limit, fmt::format("the head of the answer is larger than {} bytes", options_.header_bytes)});
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (has_head) return true;  // trailers are counted, and dropped
    if (line.empty()) return end_of_head();
    if (expects_status_) {
        auto const status = status_of(line);
        if (!status) return stop({Code::invalid, "what came is no HTTP answer"});
        reply.status = *status;
        reply.headers.clear();
        expects_status_ = false;
        return true;
    }
    if (line.front() == ' ' || line.front() == '\t') {  // RFC 9112 section 5.2: a folded line
        if (!reply.headers.empty()) reply.headers.back().value += " " + std::string(trimmed(line));
        return true;
    }
    auto const colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return true;
    reply.headers.push_back({lowered(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))});
    return true;
}

bool HttpTransfer::end_of_head() {
    if (reply.status < 200) {
        expects_status_ = true;
        return true;
    }
    has_head = true;
    if (auto const status = check_head(); !status) return stop(status.error());
    return true;
}

Status HttpTransfer::check_head() {
    if (call_.method == Method::head) return {};
    if (auto const length = parse_int(reply.header("content-length"));
        length && reply.is_success() && static_cast<std::uint64_t>(*length) > call_.body_bytes)
        return std::unexpected(too_large(call_.body_bytes));
    if (reply.status == 206) CHECK(check_part());
    auto decoder = decoder_for(reply.header("content-encoding"));
    auto const layers = std::ranges::count(reply.headers, "content-encoding", &Header::name);
    if (!reply.is_success()) {
        if (decoder && layers <= 1) decoder_ = *std::move(decoder);
        return {};
    }
    if (!decoder) return std::unexpected(decoder.error());
    if (layers > 1) return fail(Code::invalid, "the answer is packed more than once; only one layer is read");
    decoder_ = *std::move(decoder);
    return {};
}

Status HttpTransfer::check_part() {
    if (call_.from == 0)
        return fail(Code::invalid, "the peer sent a part of what was asked for, and no part was asked for");
    auto const start = start_of_part(reply.header("content-range"));
    if (!start || *start != call_.from)
        return fail(Code::invalid,
                    fmt::format("the peer was asked for what follows the first {} bytes and sent another "
                                "part; fetch it from the start",
                                call_.from));
    if (!reply.header("content-encoding").empty())
        return fail(Code::invalid, "the peer sent a part of something packed; fetch it from the start");
    reply.starts_at = *start;
    return {};
}

bool HttpTransfer::body(std::string_view bytes) {
    if (is_cancelled()) return stop({Code::unavailable, "it was cancelled"});
    if (is_followed_ && is_redirect() && !reply.header("location").empty()) {
        has_enough = true;
        return false;
    }
    reply.wire_bytes += bytes.size();
    if (reply.wire_bytes > call_.body_bytes) return stop(too_large(call_.body_bytes));
    auto const status =
        decoder_ ? decoder_->write(bytes, [this](std::string_view piece) { return deliver(piece); }) : deliver(bytes);
    if (status) return !has_enough;
    if (has_enough) return false;
    if (reply.is_success()) return stop(status.error());
    has_enough = true;  // what an error says about itself may be damaged
    return false;
}

Status HttpTransfer::deliver(std::string_view bytes) {
    reply.body_bytes += bytes.size();
    if (!reply.is_success()) {
        auto const room = options_.error_bytes - std::min<std::uint64_t>(options_.error_bytes, reply.body.size());
        reply.body.append(bytes.substr(0, room));
        if (bytes.size() <= room) return {};
        has_enough = true;
        return fail(Code::limit, "the rest is not wanted");
    }
    if (reply.body_bytes > call_.body_bytes) return std::unexpected(too_large(call_.body_bytes));
    if (call_.take) return call_.take(reply, bytes);
    reply.body.append(bytes);
    return {};
}

std::optional<std::size_t> HttpTransfer::give(std::span<char> into) {
    if (call_.body.source) {
        auto const size = call_.body.source(into);
        if (!size) {
            stop(size.error());
            return std::nullopt;
        }
        return *size;
    }
    auto const size = call_.body.bytes.copy(into.data(), into.size(), given_);
    given_ += size;
    return size;
}

bool HttpTransfer::rewind(std::uint64_t offset) {
    if (call_.body.source || offset > call_.body.bytes.size()) return false;
    given_ = static_cast<std::size_t>(offset);
    return true;
}

Status HttpTransfer::finish() {
    if (trouble) return std::unexpected(*trouble);
    if (!has_head) return fail(Code::invalid, "what came is no HTTP answer");
    if (decoder_ && reply.is_success() && !has_enough && call_.method != Method::head) return decoder_->finish();
    return {};
}

}  // namespace tocsin::net
