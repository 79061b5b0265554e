// Whatever a table or an OpenIOC file holds, what is found in it is normalised, found once, and of a row each.
#include "base/base.hpp"
#include "sharing/mappings/candidates.hpp"

#include <algorithm>
#include <set>

using namespace tocsin;
using namespace tocsin::sharing;

namespace {

void check(Candidates const& all, std::size_t rows) {
    std::set<std::pair<std::string, std::string>> met;
    TOCSIN_ASSERT(all.found.size() + all.aside.size() <= rows);
    for (auto const& one : all.found) {
        auto const kind = formats::observable_kind_of(one.kind);
        TOCSIN_ASSERT(kind);
        auto const again = formats::normalised({*kind, one.value});
        TOCSIN_ASSERT(again && again->value == one.value);
        TOCSIN_ASSERT(met.emplace(one.kind, one.value).second);
        TOCSIN_ASSERT(is_utf8(one.comment));
    }
    for (auto const& one : all.aside) TOCSIN_ASSERT(!one.field.empty() && !one.expected.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    if (auto const table = candidates_of_table(text)) check(*table, lines);
    if (auto const table = candidates_of_table(text, {.columns = {"value", "type", "comment", "valid_until"}}))
        check(*table, lines);
    if (auto const all = candidates_of_openioc(text)) check(*all, size);
    (void)import_format_of(text, "x");
    return 0;
}
