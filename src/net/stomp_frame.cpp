#include "net/stomp_frame.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::net {
namespace {

bool is_escaped(std::string_view command) {
    return command != "CONNECT" && command != "CONNECTED";
}

void append_escaped(std::string& out, std::string_view text) {
    for (char const c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == ':') {
            out += "\\c";
        } else {
            out += c;
        }
    }
}

Result<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        char const letter = i + 1 < text.size() ? text[++i] : '\0';
        if (letter == 'n') {
            out += '\n';
        } else if (letter == 'r') {
            out += '\r';
        } else if (letter == 'c') {
            out += ':';
        } else if (letter == '\\') {
            out += '\\';
        } else {
            return fail(Code::invalid, "a STOMP header holds an escape that is none of \\n \\r \\c \\\\");
        }
    }
    return out;
}

std::string_view without_return(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

std::optional<std::string_view> StompFrame::header(std::string_view name) const {
    for (auto const& one : headers)
        if (one.name == name) return one.value;
    return std::nullopt;
}

std::string encode_stomp(StompFrame const& frame) {
    std::string out = frame.command + '\n';
    bool const escapes = is_escaped(frame.command);
    for (auto const& one : frame.headers) {
        if (escapes) {
            append_escaped(out, one.name);
            out += ':';
            append_escaped(out, one.value);
        } else {
            out += one.name + ':' + one.value;
        }
        out += '\n';
    }
    if (!frame.body.empty() && !frame.header("content-length"))
        out += fmt::format("content-length:{}\n", frame.body.size());
    out += '\n';
    out += frame.body;
    out += '\0';
    return out;
}

Result<std::optional<StompFrame>> StompReader::next() {
    if (!has_head_) {
        TRY(bool const has_head, read_head());
        if (!has_head) return std::optional<StompFrame>();
    }
    TRY(bool const is_whole, read_body());
    if (at_ > (std::size_t{1} << 16)) {
        buffer_.erase(0, at_);
        at_ = 0;
    }
    if (!is_whole) return std::optional<StompFrame>();
    has_head_ = false;
    left_.reset();
    return std::optional(std::exchange(frame_, {}));
}

/// Command, headers and the blank line behind them.
Result<bool> StompReader::read_head() {
    while (at_ < buffer_.size() && (buffer_[at_] == '\n' || buffer_[at_] == '\r')) ++at_;
    auto const view = std::string_view(buffer_).substr(at_);
    auto const window = view.substr(0, limits_.head_bytes);
    std::size_t end = 0;
    std::vector<std::string_view> lines;
    while (true) {
        auto const stop = window.find('\n', end);
        if (stop == std::string_view::npos) {
            if (view.size() >= limits_.head_bytes)
                return fail(Code::limit,
                            fmt::format("a STOMP frame's headers are longer than {} bytes", limits_.head_bytes));
            return false;
        }
        auto const line = without_return(window.substr(end, stop - end));
        end = stop + 1;
        if (line.empty()) break;
        if (lines.size() > limits_.headers)
            return fail(Code::limit, fmt::format("a STOMP frame has more than {} headers", limits_.headers));
        lines.push_back(line);
    }
    frame_ = {};
    bool const is_word =
        lines.front().size() <= 20 && std::ranges::all_of(lines.front(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!is_word) return fail(Code::invalid, "what came is no STOMP: expected a command");
    frame_.command = lines.front();
    for (std::size_t i = 1; i < lines.size(); ++i) CHECK(read_header(lines[i]));
    if (auto const length = frame_.header("content-length")) {
        auto const number = parse_int(*length);
        if (!number || *number < 0) return fail(Code::invalid, "a STOMP frame's content-length is no number");
        left_ = static_cast<std::uint64_t>(*number);
        frame_.is_cut = *left_ > limits_.body_bytes;
    }
    at_ += end;
    has_head_ = true;
    return true;
}

Status StompReader::read_header(std::string_view line) {
    auto const colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0)
        return fail(Code::invalid, "a STOMP header is not of the form name:value");
    auto const name = line.substr(0, colon), value = line.substr(colon + 1);
    // A bare colon in a value is against 1.2; brokers are known to send it, and it can be read.
    if (!is_escaped(frame_.command)) {
        frame_.headers.push_back({std::string(name), std::string(value)});
        return {};
    }
    TRY(auto plain_name, unescaped(name));
    TRY(auto plain_value, unescaped(value));
    frame_.headers.push_back({std::move(plain_name), std::move(plain_value)});
    return {};
}

void StompReader::keep(std::string_view piece) {
    frame_.body_bytes += piece.size();
    if (frame_.body_bytes > limits_.body_bytes) {
        frame_.is_cut = true;
        frame_.body = {};
    }
    if (!frame_.is_cut) frame_.body += piece;
    at_ += piece.size();
}

bool StompReader::take_counted() {
    auto const here = std::min<std::uint64_t>(buffer_.size() - at_, *left_);
    keep(std::string_view(buffer_).substr(at_, static_cast<std::size_t>(here)));
    *left_ -= here;
    return *left_ == 0 && at_ < buffer_.size();
}

bool StompReader::take_to_zero() {
    auto const zero = buffer_.find('\0', at_);
    keep(std::string_view(buffer_).substr(at_, zero == std::string::npos ? std::string::npos : zero - at_));
    return zero != std::string::npos;
}

/// Up to and with the zero byte.
Result<bool> StompReader::read_body() {
    if (!(left_ ? take_counted() : take_to_zero())) return false;
    if (buffer_[at_] != '\0') return fail(Code::invalid, "a STOMP frame does not end where its content-length says");
    ++at_;
    return true;
}

}  // namespace tocsin::net
