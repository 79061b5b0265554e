#include "app/channel_words.hpp"

namespace tocsin::app {

Result<std::int64_t> number_in(std::string_view word) {
    auto const id = parse_int(word);
    if (!id || *id <= 0) return fail(Code::invalid, fmt::format("{} is not a number", word));
    return *id;
}

}  // namespace tocsin::app
