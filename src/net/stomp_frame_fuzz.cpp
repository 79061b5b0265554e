// What is read in one piece equals what is read byte by byte; a frame written and read again is the same.
#include "net/stomp_frame.hpp"

#include <algorithm>

using namespace tocsin::net;

namespace {

struct Outcome {
    std::vector<StompFrame> frames;
    std::string fault;
    friend bool operator==(Outcome const&, Outcome const&) = default;
};

constexpr StompLimits limits{.head_bytes = 512, .headers = 8, .body_bytes = 256};

/// False when nothing more can be read.
bool drain(StompReader& reader, Outcome& outcome) {
    while (true) {
        auto frame = reader.next();
        if (!frame) outcome.fault = frame.error().message;
        if (!frame) return false;
        if (!*frame) return true;
        outcome.frames.push_back(*std::move(*frame));
    }
}

Outcome read(std::string_view bytes, std::size_t piece) {
    StompReader reader(limits);
    Outcome outcome;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.add(bytes.substr(at, piece));
        if (!drain(reader, outcome)) return outcome;
        TOCSIN_ASSERT(reader.waiting() <= bytes.size());
    }
    return outcome;
}

void check_round(StompFrame frame) {
    if (frame.is_cut) return;
    std::erase_if(frame.headers, [](StompHeader const& one) { return one.name == "content-length"; });
    // With carriage returns as they are, a header of the log-in ends as its line does.
    bool const is_plain = std::ranges::none_of(
        frame.headers, [](StompHeader const& one) { return one.value.ends_with('\r') || one.name.contains(':'); });
    if (frame.command.starts_with("CONNECT") && !is_plain) return;
    StompReader reader({.head_bytes = 8192, .headers = 20, .body_bytes = 256});
    reader.add(encode_stomp(frame));
    auto const again = reader.next();
    TOCSIN_ASSERT(again && *again && reader.waiting() == 0);
    auto back = **again;
    std::erase_if(back.headers, [](StompHeader const& one) { return one.name == "content-length"; });
    TOCSIN_ASSERT(back == frame);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const whole = read(bytes, std::max<std::size_t>(size, 1));
    TOCSIN_ASSERT(whole == read(bytes, 1));
    for (auto const& frame : whole.frames) {
        TOCSIN_ASSERT(frame.body.size() <= limits.body_bytes &&
                      (frame.is_cut || frame.body.size() == frame.body_bytes));
        check_round(frame);
    }
    return 0;
}
