// Any bytes as what a mail server says: the same answers however they are cut, and none beyond the limits.
#include "net/imap_answer.hpp"

using namespace tocsin;
using namespace tocsin::net;

namespace {

constexpr std::uint64_t most_literal = 256;

struct Outcome {
    std::vector<ImapAnswer> answers;
    std::string fault;
    friend bool operator==(Outcome const&, Outcome const&) = default;
};

Outcome read(std::string_view bytes, std::size_t piece) {
    ImapReader reader;
    Outcome outcome;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.add(bytes.substr(at, piece));
        while (true) {
            auto answer = reader.next(most_literal);
            if (!answer) {
                outcome.fault = answer.error().message;
                return outcome;
            }
            if (!*answer) break;
            outcome.answers.push_back(*std::move(*answer));
        }
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const whole = read(bytes, std::max<std::size_t>(size, 1));
    TOCSIN_ASSERT(whole == read(bytes, 1));
    for (auto const& answer : whole.answers) {
        TOCSIN_ASSERT(answer.literal.size() <= most_literal && (answer.has_literal || answer.literal.empty()));
        for (auto const word : {"* ", "[UIDVALIDITY ", "RFC822.SIZE "})
            static_cast<void>(imap_number_behind(answer.text, word));
        std::vector<std::uint32_t> uids;
        add_imap_uids(answer.text, uids);
        TOCSIN_ASSERT(uids.size() <= answer.text.size());
    }
    return 0;
}
