#include "reports/words.hpp"

#include "base/embedded.hpp"
#include "readiness/readiness.hpp"

#include <fmt/format.h>

namespace tocsin::reports {

Words::Words(std::string_view language) : language_(language) {
    auto const path = fmt::format("texts/reports/{}.toml", language);
    auto const bytes = embedded::find(path);
    TOCSIN_ASSERT(bytes.has_value());
    auto read = formats::read_phrases(*bytes, path);
    TOCSIN_ASSERT(read.has_value());
    texts_ = *std::move(read);
}

Result<Words const*> Words::of(std::string_view language) {
    static auto const all = [] {
        std::map<std::string, Words, std::less<>> made;
        for (auto const code : readiness::languages) made.emplace(code, Words(code));
        return made;
    }();
    auto const found = all.find(language);
    if (found == all.end())
        return fail(Code::invalid, fmt::format("language: expected one of {}, found \"{}\"",
                                               fmt::join(readiness::languages, ", "), language));
    return &found->second;
}

std::string_view Words::get(std::string_view key) const {
    auto const found = texts_.find(key);
    return found == texts_.end() ? key : std::string_view(found->second);
}

}  // namespace tocsin::reports
