// Any bytes as a mail: what it says and what came back is told in whole letters and within the limits.
#include "notifications/inbox/answer_text.hpp"
#include "notifications/inbox/bounce.hpp"
#include "notifications/inbox/reply_token.hpp"

using namespace tocsin;
using namespace tocsin::notifications;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const text = repaired_utf8(bytes);
    auto const words = own_words(text);
    TOCSIN_ASSERT(words.size() <= 8000 && is_utf8(words));
    static_cast<void>(keyword_in(words));
    TOCSIN_ASSERT(is_utf8(own_words_of_html(text)));
    static_cast<void>(claim_in_address(text, "cirt@cirt.example", "+"));
    static_cast<void>(claim_in_subject(text));
    auto const mail = formats::mail::read_incoming(bytes, {.mail_bytes = 1 << 16, .parts = 16, .depth = 4});
    if (!mail) return 0;
    static_cast<void>(is_automatic(*mail));
    auto const report = bounces_in(*mail);
    TOCSIN_ASSERT(report.words.size() <= 100);
    for (auto const& word : report.words) TOCSIN_ASSERT(is_utf8(word.reply) && is_utf8(word.address));
    return 0;
}
