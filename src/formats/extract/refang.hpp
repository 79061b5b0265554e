#pragma once
/// A text with what was done to make its indicators harmless undone. Private to extract.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats {

/// Half-open, in bytes of the original text.
struct TextRange {
    std::size_t begin = 0, end = 0;
};

class Refanged {
  public:
    /// `skipped` (in order, apart) are replaced by a line end. Linear.
    Refanged(std::string_view text, std::vector<TextRange> const& skipped);

    std::string const& text() const { return plain_; }
    /// Where a place of `text()` is in the original: the first byte of what became it.
    std::size_t original(std::size_t at) const;
    /// Whether anything in [begin, end) of `text()` was written otherwise to be harmless.
    bool is_defanged(std::size_t begin, std::size_t end) const;

  private:
    /// From `plain_at` on, `text()` runs along with the original from `original_at` on.
    struct Edit {
        std::size_t plain_at, original_at;
        bool refang;
    };
    void skip(TextRange range);
    std::size_t scheme(std::size_t at);
    std::size_t bracket(std::size_t at);
    std::size_t backslash(std::size_t at);
    std::size_t special(std::size_t at);
    std::size_t replace(std::string_view with, std::size_t from, std::size_t size, bool refang);
    void drop_spaces();

    std::string_view text_;
    std::string plain_;
    std::vector<Edit> edits_;
};

}  // namespace tocsin::formats
