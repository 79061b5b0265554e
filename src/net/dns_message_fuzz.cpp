// Any bytes as a resolver's answer: an answer to exactly our question within the limits, or an error.
#include "net/dns_client.hpp"

using namespace tocsin;
using namespace tocsin::net;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static auto const question = *dns_question("_dmarc.cirt.example", 0x1234);
    std::string message(reinterpret_cast<char const*>(data), size);
    for (int pass = 0; pass < 2; ++pass) {
        if (auto const answer = read_dns_answer(message, question)) {
            std::size_t all = 0;
            for (auto const& text : answer->texts) all += text.size();
            TOCSIN_ASSERT(answer->texts.size() <= 100 && all <= message.size());
        }
        // Once more as one that repeats our question, so that its records are reached.
        if (message.size() >= question.size()) message.replace(12, question.size() - 12, question, 12);
        if (message.size() >= 6) message.replace(0, 2, question, 0, 2).replace(4, 2, question, 4, 2);
    }
    static_cast<void>(dns_question({reinterpret_cast<char const*>(data), size}, 1));
    return 0;
}
