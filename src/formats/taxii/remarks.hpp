#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::taxii {

/// What a server does otherwise than the standard says, and we take all the same.
enum class Oddity : std::uint8_t {
    bundle_for_envelope,   ///< a STIX bundle, or bare objects, where an envelope was due (3.7)
    inexact_time,          ///< a time without exactly six digits (2)
    wrong_content_type,    ///< not application/taxii+json;version=2.1 (1.6.8)
    empty_list,            ///< [] where the property should be missing (2)
    missing_property,      ///< a required one
    wrong_value,           ///< of a kind or form that it may not have; passed over
    no_date_headers,       ///< objects without X-TAXII-Date-Added-First and -Last (3.4)
    dates_backwards,       ///< the first date behind the last, or before what was asked for
    more_without_objects,  ///< `more` is true and nothing came
    more_than_asked_for,   ///< more objects in a page than `limit`
    next_refused,          ///< a `next` of its own was no longer taken
    counts_differ,         ///< a status whose numbers do not fit together, or not what was sent
    broken_object,         ///< an object that is no JSON object
    repeated_page,         ///< the same objects again, under another `next`
    no_trailing_slash,     ///< a resource only found without the slash at its end (3.1)
    status_code,           ///< another success than the standard's: 200 for 202
    lost_status,           ///< a status that was unknown before its day was over (4.3)
    crowded_moment,        ///< more objects of one time than fit a page, and no `next`: some may be missing
    future_dates,          ///< objects added later than now
};
/// "bundle-for-envelope".
std::string_view name_of(Oddity oddity);

struct Remark {
    Oddity what;
    std::uint64_t count = 0;
    std::string example;  ///< the first: what and where, at most 200 bytes
};

/// What a peer says, fit to be shown: one line, no control characters, well-formed UTF-8, at most `longest` bytes.
std::string one_line(std::string_view text, std::size_t longest);

/// What was odd about a peer, each kind once. For its health on screen.
class Remarks {
  public:
    void note(Oddity what, std::string_view example, std::uint64_t count = 1);
    void add(Remarks const& other);
    /// In the order of Oddity.
    std::vector<Remark> const& all() const { return all_; }
    bool has(Oddity what) const;

  private:
    std::vector<Remark> all_;
};

}  // namespace tocsin::formats::taxii
