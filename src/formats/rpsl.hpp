#pragma once
#include "formats/byte_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats {

struct RpslLimits {
    std::size_t line_bytes = std::size_t{64} << 10;   ///< of a longer line only that much is read
    std::size_t object_bytes = std::size_t{1} << 20;  ///< of a longer object only that much is read
    std::size_t attributes = 10'000;                  ///< of one object; further ones are left out
};

/// One object of a registry's database: attributes in the order of the text. Views live until the next object.
struct RpslObject {
    struct Attribute {
        std::string_view name;   ///< in small letters
        std::string_view value;  ///< without comment and white space around it; continued lines are joined by a space
    };
    std::uint64_t line = 0;  ///< where it begins
    std::vector<Attribute> attributes;
    bool is_cut = false;  ///< a limit was passed: some of it is missing

    /// The class: the first attribute's name ("inetnum").
    std::string_view kind() const { return attributes.empty() ? std::string_view() : attributes.front().name; }
    /// The key: the first attribute's value.
    std::string_view key() const { return attributes.empty() ? std::string_view() : attributes.front().value; }
    /// The first value of that name that is not empty, or nothing.
    std::string_view get(std::string_view name) const;
};

/// Reads the objects of a dump one by one: what RIPE NCC, APNIC, AFRINIC, LACNIC, ARIN and the routing registries
/// publish ("ripe.db.inetnum").
///
/// Source: RFC 2622 section 2: "name: value" lines; a line that begins with a space, a tab or "+" continues the one
/// before; "#" begins a comment; an empty line ends the object; lines that begin with "%" are the server's words. The
/// text is UTF-8, or else Latin-1 (told line by line). Holds one object at a time. A line that is none of this is left
/// out and counted. One thread.
class RpslReader {
  public:
    explicit RpslReader(std::unique_ptr<ByteSource> source, RpslLimits const& limits = {});
    /// The next object, or none at the end. Errors: the source's.
    Result<RpslObject const*> next();
    std::uint64_t lines() const { return line_; }
    std::uint64_t strange_lines() const { return strange_lines_; }

  private:
    struct Span {
        std::size_t name, name_size, value, value_size;
    };
    /// The next line without its end; false at the end of the text.
    Result<bool> read_line(std::string& line);
    void take(std::string_view line);
    void append(std::string_view text);

    std::unique_ptr<ByteSource> source_;
    RpslLimits limits_;
    std::string buffer_, line_text_;
    std::size_t at_ = 0, filled_ = 0;
    bool ended_ = false;
    std::uint64_t line_ = 0, strange_lines_ = 0;
    std::string text_;  ///< of the object
    std::vector<Span> spans_;
    RpslObject object_;
};

}  // namespace tocsin::formats
