#include "net/stomp_frame.hpp"

#include <gmock/gmock.h>

namespace tocsin::net {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

std::vector<StompFrame> frames_of(std::string_view bytes, StompLimits const& limits = {}, std::size_t piece = 3) {
    StompReader reader(limits);
    std::vector<StompFrame> frames;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.add(bytes.substr(at, piece));
        while (true) {
            auto frame = reader.next();
            EXPECT_TRUE(frame) << frame.error().message;
            if (!frame || !*frame) break;
            frames.push_back(**frame);
        }
    }
    EXPECT_EQ(reader.waiting(), 0U);
    return frames;
}

std::string refused(std::string_view bytes, StompLimits const& limits = {}) {
    StompReader reader(limits);
    reader.add(bytes);
    auto const frame = reader.next();
    return frame ? "read" : frame.error().message;
}

TEST(StompFrame, IsReadInAnyPieces) {
    auto const bytes =
        "\n\r\nMESSAGE\r\nack:7\r\nsubscription:0\ncontent-length:5\n\na\0b\nc\0\n\nRECEIPT\nreceipt-id:r1\n\n\0"s;
    for (std::size_t piece = 1; piece < 12; ++piece) {
        auto const frames = frames_of(bytes, {}, piece);
        ASSERT_EQ(frames.size(), 2U);
        EXPECT_EQ(frames[0].command, "MESSAGE");
        EXPECT_EQ(frames[0].header("ack"), "7");
        EXPECT_EQ(frames[0].body, "a\0b\nc"s);
        EXPECT_EQ(frames[1].header("receipt-id"), "r1");
        EXPECT_FALSE(frames[1].header("ack"));
    }
}

TEST(StompFrame, OfRepeatedHeadersTheFirstCountsAndEscapesAreUndone) {
    auto const frames = frames_of("MESSAGE\nfoo:World\nfoo:Hello\na\\cb:x\\ny\\\\z\\r\n\nbody\0"s);
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].header("foo"), "World");
    EXPECT_EQ(frames[0].header("a:b"), "x\ny\\z\r");
    EXPECT_EQ(frames[0].body, "body");
}

TEST(StompFrame, OfTheLogInIsNotEscaped) {
    EXPECT_EQ(frames_of("CONNECTED\nserver:a\\b\n\n\0"s)[0].header("server"), "a\\b");
    EXPECT_THAT(encode_stomp({.command = "CONNECT", .headers = {{"passcode", "a\\b:c"}}}),
                HasSubstr("passcode:a\\b:c\n"));
}

TEST(StompFrame, GoesThereAndBack) {
    StompFrame const frame{
        .command = "SEND", .headers = {{"desti:nation", "/q\\\n"}}, .body = "\0\n\r"s, .body_bytes = 3};
    auto back = frames_of(encode_stomp(frame));
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].header("content-length"), "3");
    back[0].headers.pop_back();
    EXPECT_EQ(back[0], frame);
}

TEST(StompFrame, TooLongABodyIsDroppedAndTheNextIsRead) {
    StompLimits const limits{.body_bytes = 4};
    auto const frames = frames_of(
        "MESSAGE\ncontent-length:9\n\n123\0"
        "56789\0MESSAGE\n\n123456\0MESSAGE\n\n1234\0"s,
        limits);
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_TRUE(frames[0].is_cut);
    EXPECT_EQ(frames[0].body_bytes, 9U);
    EXPECT_EQ(frames[0].body, "");
    EXPECT_TRUE(frames[1].is_cut);
    EXPECT_FALSE(frames[2].is_cut);
    EXPECT_EQ(frames[2].body, "1234");
}

TEST(StompFrame, RefusesWhatIsNone) {
    EXPECT_THAT(refused("HTTP/1.1 400 Bad Request\r\n\r\n"), HasSubstr("no STOMP"));
    EXPECT_THAT(refused("MESSAGE\nnothing\n\n\0"s), HasSubstr("name:value"));
    EXPECT_THAT(refused("MESSAGE\na:\\t\n\n\0"s), HasSubstr("escape"));
    EXPECT_THAT(refused("MESSAGE\ncontent-length:-1\n\n\0"s), HasSubstr("content-length"));
    EXPECT_THAT(refused("MESSAGE\ncontent-length:1\n\nab\0"s), HasSubstr("content-length"));
    EXPECT_THAT(refused("MESSAGE\na:" + std::string(100, 'x'), {.head_bytes = 50}), HasSubstr("50 bytes"));
    EXPECT_THAT(refused("MESSAGE\na:1\nb:2\nc:3\n\n\0"s, {.headers = 2}), HasSubstr("2 headers"));
}

}  // namespace
}  // namespace tocsin::net
