#include "net/dns_client.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tocsin::net {
namespace {

/// An answer with these records' data, each behind a name that is a pointer to the question.
std::string answer_to(std::string const& question, std::vector<std::pair<int, std::string>> const& records,
                      int flags = 0x8180) {
    std::string message = question;
    message[2] = static_cast<char>(flags >> 8);
    message[3] = static_cast<char>(flags & 0xff);
    message[7] = static_cast<char>(records.size());
    for (auto const& [type, data] : records) {
        message += std::string("\xc0\x0c", 2) + std::string{'\0', static_cast<char>(type), '\0', '\1'};
        message += std::string(4, '\0') + std::string{'\0', static_cast<char>(data.size())} + data;
    }
    return message;
}

TEST(DnsQuestion, SpellsLabelsAndRefusesWhatIsNoName) {
    auto const question = dns_question("_tocsin-claim.Power.Example.", 0x1234);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->substr(0, 2), "\x12\x34");
    EXPECT_NE(question->find("\x0d_tocsin-claim\x05power\x07"
                             "example"),
              std::string::npos);
    for (auto const* bad : {"", ".", "a..b", "white space.example", "a\nb.example"}) EXPECT_FALSE(dns_question(bad, 1));
    EXPECT_FALSE(dns_question(std::string(64, 'a') + ".example", 1));
    EXPECT_FALSE(dns_question(std::string(300, 'a'), 1));
}

TEST(DnsAnswer, PutsTheStringsOfARecordTogetherAndPassesOverACname) {
    auto const question = *dns_question("power.example", 7);
    auto const read =
        read_dns_answer(answer_to(question, {{5, std::string("\1x\0", 3)}, {16, "\3one\3two"}, {16, "\1z"}}), question);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->texts, (std::vector<std::string>{"onetwo", "z"}));
}

TEST(DnsAnswer, OfAnotherQuestionIsNone) {
    auto const question = *dns_question("power.example", 7);
    EXPECT_FALSE(read_dns_answer(answer_to(*dns_question("power.example", 8), {}), question));
    EXPECT_FALSE(read_dns_answer(answer_to(*dns_question("other.example", 7), {}), question));
    EXPECT_FALSE(read_dns_answer(question, question)) << "a question is no answer";
}

TEST(DnsAnswer, SaysWhenItIsCutAndWhenThereIsNoSuchName) {
    auto const question = *dns_question("power.example", 7);
    EXPECT_TRUE(read_dns_answer(answer_to(question, {}, 0x8380), question)->is_cut);
    EXPECT_EQ(read_dns_answer(answer_to(question, {}, 0x8183), question)->code, 3);
}

RC_GTEST_PROP(DnsAnswer, BrokenAnywhereItIsRefusedOrShorterNeverReadBeyond, ()) {
    auto const question = *dns_question("power.example", 7);
    auto message = answer_to(question, {{16, "\3one"}, {16, "\3two"}});
    message.resize(*rc::gen::inRange<std::size_t>(0, message.size() + 1));
    if (!message.empty()) {
        auto const at = *rc::gen::inRange<std::size_t>(0, message.size());
        message[at] = static_cast<char>(*rc::gen::inRange(0, 256));
    }
    auto const read = read_dns_answer(message, question);
    if (read) RC_ASSERT(read->texts.size() <= 100U);
}

TEST(TxtRecords, FromAServerThatIsNoneAreAnError) {
    auto const none = txt_records("power.example", {.server = "not-an-address"});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::invalid);
    auto const silent =
        txt_records("power.example", {.server = "127.0.0.1:9", .timeout = std::chrono::milliseconds(50)});
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error().code, Code::unavailable);
}

}  // namespace
}  // namespace tocsin::net
