#include "events/parsers/plan.hpp"

#include <algorithm>
#include <cstring>

namespace tocsin::events {
namespace {

/// Takes the NULs out, as other readers do: they carry nothing and break texts.
void remove_nuls(Chunk& chunk) {
    if (chunk.ends.empty() || std::memchr(chunk.bytes.get(), 0, chunk.ends.back()) == nullptr) return;
    std::uint32_t from = 0, to = 0;
    for (auto& end : chunk.ends) {
        for (; from < end; ++from)
            if (chunk.bytes[from] != '\0') chunk.bytes[to++] = chunk.bytes[from];
        end = to;
    }
}

}  // namespace

Records::Records(Chunk& chunk, Plan const& plan, Arena& arena) : chunk_(chunk), plan_(plan), arena_(arena) {
    remove_nuls(chunk_);
    if (!chunk_.ends.empty()) valid_utf8_ = formats::is_valid_utf8({chunk_.bytes.get(), chunk_.ends.back()});
}

bool Records::is_left_out(std::string_view text) const {
    if (text.empty()) return true;
    if (text.front() <= ' ' && stripped(text).empty()) return true;
    return std::ranges::any_of(plan_.feed->comments, [&](auto const& mark) { return text.starts_with(mark); });
}

std::optional<Records::Record> Records::next() {
    while (index_ < chunk_.ends.size()) {
        auto const number = index_++;
        auto const end = chunk_.ends[number];
        auto text = formats::without_line_end({chunk_.bytes.get() + start_, end - start_});
        start_ = end;
        bool const overlong = next_overlong_ < chunk_.overlong.size() && chunk_.overlong[next_overlong_] == number;
        if (overlong) ++next_overlong_;
        if (is_left_out(text)) continue;
        if (!valid_utf8_ && !formats::is_valid_utf8(text)) {
            auto const repaired = formats::from_latin1(text);
            auto* const at = arena_.reserve(repaired.size() + formats::csv_padding);
            std::memcpy(at, repaired.data(), repaired.size());
            arena_.keep(repaired.size() + formats::csv_padding);
            text = {at, repaired.size()};
        }
        return Record{text, static_cast<std::uint32_t>(number), overlong};
    }
    return std::nullopt;
}

}  // namespace tocsin::events
