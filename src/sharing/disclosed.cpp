#include "sharing/disclosed.hpp"

#include <algorithm>

namespace tocsin::sharing {

std::string contents_of(std::vector<gate::Cleared<intelligence::Object>> const& page) {
    std::vector<std::int64_t> seqs;
    for (auto const& object : page) seqs.push_back(object->seq);
    return ranges_of(std::move(seqs));
}

std::string ranges_of(std::vector<std::int64_t> seqs) {
    std::ranges::sort(seqs);
    std::string text;
    for (std::size_t i = 0; i < seqs.size();) {
        std::size_t end = i;
        while (end + 1 < seqs.size() && seqs[end + 1] == seqs[end] + 1) ++end;
        text += (text.empty() ? "" : ",") + std::to_string(seqs[i]);
        if (end > i) text += "-" + std::to_string(seqs[end]);
        i = end + 1;
    }
    return text;
}

void each_range(std::string_view contents, std::function<void(std::int64_t first, std::int64_t last)> const& each) {
    for (auto const range : split(contents, ',')) {
        auto const dash = range.find('-');
        auto const first = parse_int(range.substr(0, dash));
        auto const last = dash == std::string_view::npos ? first : parse_int(range.substr(dash + 1));
        if (first && last && *first <= *last) each(*first, *last);
    }
}

}  // namespace tocsin::sharing
