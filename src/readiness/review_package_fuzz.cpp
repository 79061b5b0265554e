// Any bytes as a file of a peer review: its signatures fit and it is written as it was read, or an error in words.
#include "readiness/review_package.hpp"

using namespace tocsin;
using namespace tocsin::readiness;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const file = read_review_file({reinterpret_cast<char const*>(data), size});
    if (!file) {
        TOCSIN_ASSERT(!file.error().message.empty() && is_utf8(file.error().message));
        return 0;
    }
    TOCSIN_ASSERT(canonical_text(file->package) == file->package.text);
    auto const& said = file->statement;
    auto const again = read_review_file(
        review_file(file->package.text, file->package.signature, said ? said->text : "", said ? said->signature : ""));
    TOCSIN_ASSERT(again && again->package.text == file->package.text);
    return 0;
}
