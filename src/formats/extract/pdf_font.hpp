#pragma once
/// From the codes that a font draws to Unicode and widths (ISO 32000-1 sections 9.6, 9.7, 9.10). Private to
/// text_of_pdf.
#include "formats/extract/pdf_file.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::formats::pdf {

/// One character of a shown string.
struct Glyph {
    std::string_view text;       ///< UTF-8; empty when unknown. Lives as long as the font and until its next `glyphs`
    double width = 0;            ///< in text space for a font size of 1
    bool is_space_code = false;  ///< the one-byte code 32, to which word spacing applies
    bool known = true;
};

/// A ToUnicode map.
class UnicodeMap {
  public:
    void read(std::string_view cmap);
    std::string const* find(std::uint32_t code) const;
    bool empty() const { return map_.empty(); }

  private:
    void put(std::uint32_t code, std::string_view utf16, std::uint32_t add);
    std::unordered_map<std::uint32_t, std::string> map_;
};

class Font {
  public:
    Font(File& file, Object const& dictionary);
    /// The characters of a shown string, in `out`.
    void glyphs(std::string_view shown, std::vector<Glyph>& out);

  private:
    void read_simple(File& file, Object const& dictionary);
    void read_composite(File& file, Object const& dictionary);
    void read_widths(File& file, Object const& dictionary);
    void read_composite_widths(File& file, Object const& list);
    void composite_glyphs(std::string_view shown, std::vector<Glyph>& out);
    void converted_glyphs(std::string_view shown, std::vector<Glyph>& out);
    double width_of(std::uint32_t code) const;

    bool composite_ = false;
    UnicodeMap to_unicode_;
    std::array<std::string, 256> encoding_;
    std::unordered_map<std::uint32_t, float> widths_;
    double default_width_ = 0.5;
    std::string charset_;  ///< of a predefined CMap whose codes are text already
    std::string converted_;
};

/// What a glyph's name stands for; empty when unknown.
std::string text_of_glyph_name(std::string_view name);
/// Widths of the printable ASCII characters in thousandths, for fonts that every reader has built in.
std::array<std::uint16_t, 95> const& built_in_widths(std::string_view font_name);
/// UTF-16, big endian, as UTF-8.
std::string from_utf16(std::string_view bytes);

}  // namespace tocsin::formats::pdf
