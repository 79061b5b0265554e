#include "formats/taxii/remarks.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace tocsin::formats::taxii {
namespace {

constexpr std::size_t longest_example = 200;

}  // namespace

std::string one_line(std::string_view text, std::size_t longest) {
    auto out = repaired_utf8(text.substr(0, longest));
    if (out.size() > longest) {
        while (longest > 0 && (static_cast<unsigned char>(out[longest]) & 0xc0) == 0x80) --longest;
        out.resize(longest);
    }
    for (char& c : out)
        if ((c >= 0 && c < 0x20) || c == 0x7f) c = ' ';
    return out;
}

std::string_view name_of(Oddity oddity) {
    switch (oddity) {
        case Oddity::bundle_for_envelope:
            return "bundle-for-envelope";
        case Oddity::inexact_time:
            return "inexact-time";
        case Oddity::wrong_content_type:
            return "wrong-content-type";
        case Oddity::empty_list:
            return "empty-list";
        case Oddity::missing_property:
            return "missing-property";
        case Oddity::wrong_value:
            return "wrong-value";
        case Oddity::no_date_headers:
            return "no-date-headers";
        case Oddity::dates_backwards:
            return "dates-backwards";
        case Oddity::more_without_objects:
            return "more-without-objects";
        case Oddity::more_than_asked_for:
            return "more-than-asked-for";
        case Oddity::next_refused:
            return "next-refused";
        case Oddity::counts_differ:
            return "counts-differ";
        case Oddity::broken_object:
            return "broken-object";
        case Oddity::repeated_page:
            return "repeated-page";
        case Oddity::no_trailing_slash:
            return "no-trailing-slash";
        case Oddity::status_code:
            return "status-code";
        case Oddity::lost_status:
            return "lost-status";
        case Oddity::crowded_moment:
            return "crowded-moment";
        case Oddity::future_dates:
            return "future-dates";
    }
    return "wrong-value";
}

void Remarks::note(Oddity what, std::string_view example, std::uint64_t count) {
    auto const place = std::ranges::lower_bound(all_, what, {}, &Remark::what);
    if (place != all_.end() && place->what == what) {
        place->count += count;
    } else {
        all_.insert(place, {what, count, one_line(example, longest_example)});
    }
}

void Remarks::add(Remarks const& other) {
    for (auto const& remark : other.all_) note(remark.what, remark.example, remark.count);
}

bool Remarks::has(Oddity what) const {
    return std::ranges::binary_search(all_, what, {}, &Remark::what);
}

}  // namespace tocsin::formats::taxii
