#pragma once
#include "formats/byte_source.hpp"
#include "formats/json_tree.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::formats::stix {

struct BundleLimits {
    std::size_t object_bytes = std::size_t{16} << 20;  ///< a longer object is a fault, and passed over
    std::uint64_t bytes = 0;                           ///< of the whole input; 0: any
    std::int64_t faults = 100'000;                     ///< an input with more is no STIX
};

/// One object of an input, or what stands in its place.
struct BundleItem {
    std::int64_t ordinal = 0;  ///< from 1, faults counted too
    std::uint64_t offset = 0;  ///< the byte of the input where it begins, from 0
    std::uint64_t line = 0;    ///< and the line, from 1
    std::string_view json;  ///< minified, otherwise byte for byte as it came; of a fault: what was read, as far as kept
    std::string fault;      ///< empty: these brackets belong together. Otherwise what was expected
};

/// What was around the objects.
struct BundleContainer {
    enum class Kind : std::uint8_t { none, bundle, envelope };
    Kind kind = Kind::none;
    std::string id;            ///< of a bundle
    std::string spec_version;  ///< of a bundle of STIX 2.0
    std::string next;          ///< of an envelope
    std::optional<bool> more;  ///< of an envelope
};

/// Takes STIX objects out of whatever they came in: a bundle (STIX 2.1 section 8), a TAXII envelope (TAXII 2.1 section
/// 3.7), a bare object, a list of these, one of these on each line, or any of these one behind the other.
///
/// Holds one object at a time. It finds where objects begin and end and looks no further: what it gives is for a
/// Decoder to read. Commas too many or too few between objects are passed over, and so is a byte order mark at the
/// start. A broken object is told as a fault with its place, and the next is found by the brackets; a bundle inside a
/// bundle is given as an object. One thread at a time.
class BundleReader {
  public:
    explicit BundleReader(ByteSource& source, BundleLimits const& limits = {});
    ~BundleReader();
    BundleReader(BundleReader&&) noexcept;
    BundleReader& operator=(BundleReader&&) noexcept;

    /// The next object; nothing at the end. What it points to lives until the next call.
    /// Errors: the source's; Code::limit for too many bytes or faults in all.
    Result<std::optional<BundleItem>> next();

    /// Of the container that was opened last. `more` and `next` may stand behind the objects: ask at the end.
    BundleContainer const& container() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace tocsin::formats::stix
