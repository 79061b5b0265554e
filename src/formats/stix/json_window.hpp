#pragma once
#include "formats/byte_source.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::formats::stix {

/// A moving window on JSON that is too large to hold: finds where values end, without reading what they say.
///
/// Strings are told from structure 64 bytes at a time, brackets are held against each other, so what is broken ends as
/// soon as that can be known: a text at a line break (RFC 8259 has none in texts), an object where the next one begins.
class JsonWindow {
  public:
    enum class Walk {
        whole,   ///< behind the value's end
        broken,  ///< behind what belongs to the value as far as can be told; `fault` says what is wrong with it
        cut,     ///< the input ended within the value
    };

    JsonWindow(ByteSource& source, std::size_t longest) : source_(source), longest_(longest) {}

    /// Passes over white space. The next byte, or -1 at the end of the input.
    Result<int> peek();
    /// Passes over one byte that was peeked.
    void skip() { ++at_; }
    /// Passes over the bytes before the first of `stops`.
    Status skip_to(std::string_view stops);

    /// From here on bytes are kept, until `unpin`; beyond `longest` bytes they are not, and `is_too_long`.
    void pin();
    void unpin() { is_pinned_ = false; }
    bool is_too_long() const { return is_too_long_; }
    /// What was kept.
    std::string_view pinned() const {
        return is_pinned_ ? std::string_view(buffer_.data() + keep_, at_ - keep_) : std::string_view();
    }
    /// Back to the pinned byte.
    void rewind() { at_ = keep_; }
    /// What was kept, without white space between tokens; the window forgets how it was written.
    std::string_view minified();

    /// Over any value.
    Result<Walk> walk_value();
    /// Over an object or an array that begins here.
    Result<Walk> walk_nested();
    /// Over a text that begins here.
    Result<Walk> walk_text();
    /// What was expected where the last walk was broken.
    std::string_view fault() const { return fault_; }

    /// What was wrong first counts.
    void blame(std::string_view expected) {
        if (fault_.empty()) fault_ = expected;
    }

    std::uint64_t offset() const { return base_ + at_; }
    /// The line of this place, from 1.
    std::uint64_t line();

  private:
    struct Scan;
    enum class Step { on, ended, ended_before };

    Result<bool> fill();
    void make_room();
    void check_length();
    void count_lines(std::size_t to);
    Result<Walk> walk_bare();
    Step bracket(Scan& scan, char bracket, char before);
    Step open(Scan& scan, char bracket, char before);
    Step close(Scan& scan, char bracket);

    ByteSource& source_;
    std::size_t const longest_;
    std::string buffer_;
    std::size_t at_ = 0, end_ = 0;
    std::size_t keep_ = 0;     ///< the pinned byte
    std::uint64_t base_ = 0;   ///< place in the input of buffer_[0]
    std::size_t counted_ = 0;  ///< line breaks before it are in `line_`
    std::uint64_t line_ = 1;
    std::string stack_;  ///< open brackets of the value that is walked over
    std::string_view fault_;
    bool is_pinned_ = false, is_too_long_ = false, is_at_end_ = false;
    bool has_white_ = false;  ///< white space between tokens of what was walked over last
};

}  // namespace tocsin::formats::stix
