#pragma once
#include "base/base.hpp"
#include "formats/formats.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::intelligence {

/// One object of a delivery.
struct SplitObject {
    std::int64_t ordinal = 0;  ///< from 1
    std::string_view json;     ///< without white space between tokens; lives until the next `next`
    std::string fault;         ///< why it can't be read; empty: it can
};

/// Takes the objects out of a bundle, a TAXII envelope, an array, or out of objects one behind the other, without
/// holding more than one of them.
///
/// Limits: 16 MiB an object; a longer one is told as a fault, and the next is read. Errors: the source's; Code::invalid
/// for text that is no JSON at this level, with the byte where it broke off.
class ObjectSplitter {
  public:
    static constexpr std::size_t longest_object = std::size_t{16} << 20;

    explicit ObjectSplitter(formats::ByteSource& source) : source_(source) {}
    Result<std::optional<SplitObject>> next();

  private:
    Result<int> peek();  ///< the next byte that is no white space; -1 at the end
    Result<bool> fill();
    Result<std::optional<SplitObject>> next_in_list();
    Result<bool> open_top_level();
    Status copy_value(std::string& into);
    Status copy_string(std::string& into);
    Status copy_nested(std::string& into);
    void keep(std::string& into, char const* from, std::size_t size);
    std::unexpected<Error> broken(std::string_view expected) const;
    std::optional<SplitObject> give(std::string text);

    formats::ByteSource& source_;
    std::string buffer_;
    std::size_t at_ = 0, end_ = 0;
    std::int64_t offset_ = 0;  ///< of buffer_[0]
    std::int64_t ordinal_ = 0;
    std::string text_;
    bool is_in_list_ = false, list_is_top_ = false, is_too_long_ = false;
};

}  // namespace tocsin::intelligence
