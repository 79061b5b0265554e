#include "net/curl_parts.hpp"
#include "net/message_streams.hpp"
#include "net/stomp_frame.hpp"
#include "net/wire.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <fmt/format.h>

namespace tocsin::net {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint64_t most_waiting_bytes = 256 << 20;  ///< of messages that came and were not asked for yet

class Stomp final : public MessageStream {
  public:
    explicit Stomp(StreamOptions options)
        : options_(std::move(options)), reader_({.body_bytes = options_.most_bytes}) {}

    Status open();
    Result<std::optional<StreamMessage>> next(milliseconds wait) override;
    Status acknowledge() override;

  private:
    struct Given {
        std::string id;
        bool is_cut;
    };

    Status connect();
    Status subscribe();
    /// Gives what it is told to; a heart-beat when that is due.
    Status send(StompFrame const& frame);
    Status keep_alive();
    /// The next frame within that time; a message waits for `next`.
    Result<std::optional<StompFrame>> frame(SteadyClock::time_point until);
    Status await(std::string_view receipt);
    Status keep(StompFrame message);
    Error refusal(StompFrame const& error, Code code) const;
    std::string where() const {
        auto const& host = options_.address.hosts.front();
        return fmt::format("{}:{}", host.host, host.port);
    }

    StreamOptions options_;
    StompReader reader_;
    std::unique_ptr<Wire> wire_;
    std::deque<StompFrame> waiting_;
    std::uint64_t waiting_bytes_ = 0;
    std::vector<Given> given_;
    milliseconds send_every_{0}, hear_every_{0};  ///< 0: no heart-beats that way
    SteadyClock::time_point sent_ = SteadyClock::now(), heard_ = SteadyClock::now();
    int receipts_ = 0;
};

Error Stomp::refusal(StompFrame const& error, Code code) const {
    auto const said = error.header("message").value_or("an error without a message");
    auto const more = error.body.substr(0, 200);
    return {code, fmt::format("{} says: {}{}{}", where(), printable(said), more.empty() ? "" : "; ", printable(more))};
}

Status Stomp::open() {
    TRY(wire_, Wire::open(options_));
    heard_ = SteadyClock::now();
    CHECK(connect());
    return subscribe();
}

/// CONNECT and CONNECTED, with the heart-beats both sides agree on (section "Heart-beating").
Status Stomp::connect() {
    auto const beat = milliseconds(options_.quiet_time).count();
    StompFrame hello{.command = "CONNECT"};
    hello.headers = {{"accept-version", "1.2"},
                     {"host", options_.address.virtual_host},
                     {"heart-beat", fmt::format("{},{}", beat, beat)}};
    if (!options_.user.empty()) hello.headers.push_back({"login", options_.user});
    if (!options_.password.empty()) hello.headers.push_back({"passcode", options_.password});
    CHECK(send(hello));
    TRY(auto const answer, frame(SteadyClock::now() + options_.connect_time));
    if (!answer) return fail(Code::unavailable, fmt::format("{} does not answer in STOMP; try later", where()));
    if (answer->command == "ERROR") return std::unexpected(refusal(*answer, Code::denied));
    if (answer->command != "CONNECTED")
        return fail(Code::invalid, fmt::format("{} speaks no STOMP: expected CONNECTED", where()));
    if (answer->header("version") != "1.2") return fail(Code::invalid, fmt::format("{} speaks no STOMP 1.2", where()));
    auto const beats = answer->header("heart-beat").value_or("0,0");
    auto const theirs = parse_int(beats.substr(0, beats.find(','))).value_or(0);
    auto const comma = beats.find(',');
    auto const wanted = comma == std::string_view::npos ? 0 : parse_int(beats.substr(comma + 1)).value_or(0);
    if (theirs > 0) hear_every_ = milliseconds(std::max(theirs, beat));
    if (wanted > 0) send_every_ = milliseconds(std::max(wanted, beat));
    return {};
}

Status Stomp::subscribe() {
    StompFrame order{.command = "SUBSCRIBE"};
    order.headers = {{"id", "0"},
                     {"destination", options_.queue},
                     {"ack", "client-individual"},
                     // 1.2 knows no limit; what brokers call it.
                     {"prefetch-count", std::to_string(options_.most_messages)},
                     {"activemq.prefetchSize", std::to_string(options_.most_messages)},
                     {"receipt", "subscribed"}};
    for (auto const& header : options_.headers) {
        auto const colon = header.find(':');
        order.headers.push_back(
            {std::string(trimmed(header.substr(0, colon))), std::string(trimmed(header.substr(colon + 1)))});
    }
    CHECK(send(order));
    return await("subscribed");
}

Status Stomp::send(StompFrame const& frame) {
    CHECK(wire_->send(encode_stomp(frame)));
    sent_ = SteadyClock::now();
    return {};
}

Status Stomp::keep_alive() {
    auto const now = SteadyClock::now();
    // Twice as often as promised; twice as patient as was promised.
    if (send_every_.count() > 0 && now - sent_ > send_every_ / 2) {
        CHECK(wire_->send("\n"));
        sent_ = now;
    }
    if (hear_every_.count() > 0 && now - heard_ > hear_every_ * 2)
        return fail(Code::unavailable, fmt::format("{} has gone quiet: no heart-beat; try later", where()));
    return {};
}

Status Stomp::keep(StompFrame message) {
    waiting_bytes_ += message.body.size();
    if (waiting_.size() > static_cast<std::size_t>(options_.most_messages) * 10 || waiting_bytes_ > most_waiting_bytes)
        return fail(Code::limit, fmt::format("{} sends without waiting for what it sent to be taken; its own setting "
                                             "of a prefetch limit may help (source edit --stream-header)",
                                             where()));
    waiting_.push_back(std::move(message));
    return {};
}

Result<std::optional<StompFrame>> Stomp::frame(SteadyClock::time_point until) {
    std::array<char, 64 << 10> piece{};
    while (true) {
        TRY(auto found, reader_.next());
        if (found) return found;
        CHECK(keep_alive());
        auto const left = std::chrono::duration_cast<milliseconds>(until - SteadyClock::now());
        auto const step = std::clamp(left, milliseconds(0), milliseconds(1000));
        TRY(auto const got, wire_->receive(piece, step));
        if (got > 0) {
            heard_ = SteadyClock::now();
            reader_.add({piece.data(), got});
        } else if (left <= step) {
            return std::optional<StompFrame>();
        }
    }
}

Status Stomp::await(std::string_view receipt) {
    auto const until = SteadyClock::now() + options_.connect_time;
    while (true) {
        TRY(auto one, frame(until));
        if (!one)
            return fail(Code::unavailable, fmt::format("{} does not confirm what it was told; try later", where()));
        if (one->command == "RECEIPT" && one->header("receipt-id") == receipt) return {};
        if (one->command == "ERROR") {
            auto const text = lowered(one->header("message").value_or("")) + lowered(one->body.substr(0, 500));
            auto const code = text.contains("not_found") || text.contains("not found") ? Code::not_found
                              : text.contains("access") || text.contains("denied")     ? Code::denied
                                                                                       : Code::unavailable;
            return std::unexpected(refusal(*one, code));
        }
        if (one->command == "MESSAGE") CHECK(keep(*std::move(one)));
    }
}

Result<std::optional<StreamMessage>> Stomp::next(milliseconds wait) {
    auto const until = SteadyClock::now() + wait;
    StompFrame message;
    if (!waiting_.empty()) {
        message = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= message.body.size();
    } else {
        do {
            TRY(auto one, frame(until));
            if (!one) return std::optional<StreamMessage>();
            if (one->command == "ERROR") return std::unexpected(refusal(*one, Code::unavailable));
            message = *std::move(one);
        } while (message.command != "MESSAGE");
    }
    auto const ack = message.header("ack");
    if (!ack) return fail(Code::invalid, fmt::format("{} sends a message without the header ack", where()));
    given_.push_back({std::string(*ack), message.is_cut});
    StreamMessage given{.name = printable(message.header("destination").value_or("")),
                        .bytes = message.body_bytes,
                        .is_cut = message.is_cut};
    if (auto const again = message.header("redelivered")) given.is_again = *again == "true";
    given.body = std::move(message.body);
    return std::optional(std::move(given));
}

Status Stomp::acknowledge() {
    if (given_.empty()) return {};
    std::string bytes;
    auto const receipt = fmt::format("r{}", ++receipts_);
    for (auto const& one : given_) {
        StompFrame answer{.command = one.is_cut ? "NACK" : "ACK", .headers = {{"id", one.id}}};
        if (one.is_cut) answer.headers.push_back({"requeue", "false"});  // RabbitMQ's word for: not again
        if (&one == &given_.back()) answer.headers.push_back({"receipt", receipt});
        bytes += encode_stomp(answer);
    }
    CHECK(wire_->send(bytes));
    sent_ = SteadyClock::now();
    given_.clear();
    return await(receipt);
}

}  // namespace

Result<std::unique_ptr<MessageStream>> open_stomp(StreamOptions options) {
    auto stream = std::make_unique<Stomp>(std::move(options));
    CHECK(stream->open());
    return std::unique_ptr<MessageStream>(std::move(stream));
}

}  // namespace tocsin::net
