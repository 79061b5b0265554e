#include "formats/extract/pdf_font.hpp"

#include "formats/charset.hpp"

#include <algorithm>
#include <unicode/ucnv.h>

namespace tocsin::formats::pdf {
namespace {

constexpr std::size_t most_codes = 70'000;  ///< of one map or list of widths

std::uint32_t code_of(std::string_view bytes) {
    std::uint32_t code = 0;
    for (char const c : bytes.substr(0, 4)) code = code << 8 | static_cast<unsigned char>(c);
    return code;
}

/// Text of a charset that ICU knows, as UTF-8.
std::string from_charset(std::string_view bytes, char const* charset) {
    UErrorCode error = U_ZERO_ERROR;
    auto* const converter = ucnv_open(charset, &error);
    if (U_FAILURE(error)) return {};
    std::string out(bytes.size() * 4 + 16, '\0');
    auto const size = ucnv_toAlgorithmic(UCNV_UTF8, converter, out.data(), static_cast<std::int32_t>(out.size()),
                                         bytes.data(), static_cast<std::int32_t>(bytes.size()), &error);
    ucnv_close(converter);
    out.resize(U_SUCCESS(error) && size > 0 ? std::min(out.size(), static_cast<std::size_t>(size)) : 0);
    return out;
}

/// The charset whose text the codes of a predefined CMap are (section 9.7.5.2).
std::string charset_of_cmap(std::string_view name) {
    if (name.find("UCS2") != std::string_view::npos || name.find("UTF16") != std::string_view::npos) return "UTF-16BE";
    struct Pair {
        std::string_view start, charset;
    };
    constexpr std::array pairs = {Pair{"GBK", "GBK"},        Pair{"GB-", "GB2312"},        Pair{"90ms", "Shift_JIS"},
                                  Pair{"90pv", "Shift_JIS"}, Pair{"EUC-", "EUC-JP"},       Pair{"B5pc", "Big5"},
                                  Pair{"ETen", "Big5"},      Pair{"KSCms", "windows-949"}, Pair{"KSC-", "EUC-KR"}};
    for (auto const& pair : pairs)
        if (name.starts_with(pair.start)) return std::string(pair.charset);
    return {};
}

/// One of the encodings every reader knows (annex D).
std::array<std::string, 256> named_encoding(std::string_view name) {
    std::array<std::string, 256> out;
    for (unsigned code = 0x20; code < 256; ++code) {
        std::string const byte(1, static_cast<char>(code));
        out[code] = name == "MacRomanEncoding" && code >= 0x80 ? from_charset(byte, "macintosh") : from_latin1(byte);
    }
    if (name != "StandardEncoding") return out;
    struct Other {
        unsigned char code;
        std::string_view glyph;
    };
    constexpr std::array different = {Other{0x27, "quoteright"},   Other{0x60, "quoteleft"},
                                      Other{0xAA, "quotedblleft"}, Other{0xAE, "fi"},
                                      Other{0xAF, "fl"},           Other{0xB1, "endash"},
                                      Other{0xB7, "bullet"},       Other{0xBA, "quotedblright"},
                                      Other{0xD0, "emdash"},       Other{0xA9, "quotesingle"},
                                      Other{0xBC, "ellipsis"},     Other{0xAD, "guilsinglright"}};
    for (auto const& [code, glyph] : different) out[code] = text_of_glyph_name(glyph);
    return out;
}

}  // namespace

void UnicodeMap::put(std::uint32_t code, std::string_view utf16, std::uint32_t add) {
    if (map_.size() >= most_codes) return;
    std::string units(utf16.substr(0, 64));
    if (add != 0 && units.size() >= 2) {
        auto const last = code_of(std::string_view(units).substr(units.size() - 2)) + add;
        units[units.size() - 2] = static_cast<char>(last >> 8 & 0xFF);
        units[units.size() - 1] = static_cast<char>(last & 0xFF);
    }
    if (units.size() == 1) units.insert(units.begin(), '\0');
    auto text = from_utf16(units);
    std::erase(text, '\0');
    map_[code] = std::move(text);
}

void UnicodeMap::read(std::string_view cmap) {
    Lexer lexer(cmap);
    std::vector<Object> before;  // the operands since the last word
    bool chars = false, ranges = false;
    while (map_.size() < most_codes) {
        auto object = lexer.next(false);
        if (object.is(Object::Kind::end)) break;
        if (object.is(Object::Kind::keyword)) {
            chars = object.text == "beginbfchar";
            ranges = object.text == "beginbfrange";
            before.clear();
            continue;
        }
        if (!chars && !ranges) continue;
        before.push_back(std::move(object));
        if (chars && before.size() == 2) {
            put(code_of(before[0].text), before[1].text, 0);
            before.clear();
        } else if (ranges && before.size() == 3) {
            auto const first = code_of(before[0].text), last = code_of(before[1].text);
            for (auto code = first; code <= last && map_.size() < most_codes && code - first <= 0xFFFF; ++code) {
                auto const step = code - first;
                if (before[2].is(Object::Kind::string)) put(code, before[2].text, step);
                if (step < before[2].items.size()) put(code, before[2].items[step].text, 0);
                if (code == 0xFFFFFFFF || (!before[2].is(Object::Kind::string) && step >= before[2].items.size()))
                    break;
            }
            before.clear();
        }
    }
}

std::string const* UnicodeMap::find(std::uint32_t code) const {
    auto const found = map_.find(code);
    return found == map_.end() ? nullptr : &found->second;
}

Font::Font(File& file, Object const& dictionary) {
    if (auto const map = file.stream(dictionary["ToUnicode"])) to_unicode_.read(map->bytes);
    composite_ = file.get(dictionary, "Subtype").is_name("Type0");
    if (composite_)
        read_composite(file, dictionary);
    else
        read_simple(file, dictionary);
}

void Font::read_simple(File& file, Object const& dictionary) {
    auto const encoding = file.get(dictionary, "Encoding");
    auto const base = encoding.is(Object::Kind::name) ? encoding : file.get(encoding, "BaseEncoding");
    encoding_ = named_encoding(base.text);
    std::size_t code = 0;
    for (auto const& item : file.get(encoding, "Differences").items) {
        if (item.is(Object::Kind::number)) code = static_cast<std::size_t>(item.whole(256, 0, 256));
        if (item.is(Object::Kind::name) && code < 256) encoding_[code++] = text_of_glyph_name(item.text);
    }
    read_widths(file, dictionary);
}

void Font::read_widths(File& file, Object const& dictionary) {
    auto const widths = file.get(dictionary, "Widths");
    auto const first = static_cast<std::uint32_t>(file.get(dictionary, "FirstChar").whole(0, 0, 255));
    // The widths of a Type 3 font are in its own space; its matrix says how large that is.
    auto const matrix = file.get(dictionary, "FontMatrix");
    double const scale = matrix.items.size() == 6 ? std::abs(file.resolved(matrix.items[0]).number) : 0.001;
    for (std::uint32_t i = 0; i < widths.items.size() && first + i < 256; ++i)
        widths_[first + i] = static_cast<float>(file.resolved(widths.items[i]).number * scale);
    if (!widths_.empty()) {
        default_width_ = file.get(file.get(dictionary, "FontDescriptor"), "MissingWidth").number * scale;
        return;
    }
    auto const& built_in = built_in_widths(file.get(dictionary, "BaseFont").text);
    for (std::uint32_t i = 0; i < built_in.size(); ++i) widths_[0x20 + i] = static_cast<float>(built_in[i]) / 1000;
}

void Font::read_composite(File& file, Object const& dictionary) {
    auto const descendants = file.get(dictionary, "DescendantFonts");
    auto const descendant = descendants.items.empty() ? Object{} : file.resolved(descendants.items[0]);
    auto const encoding = file.get(dictionary, "Encoding");
    if (to_unicode_.empty() && encoding.is(Object::Kind::name)) charset_ = charset_of_cmap(encoding.text);
    auto const width = file.get(descendant, "DW");
    default_width_ = width.is(Object::Kind::number) ? width.number / 1000 : 1;
    read_composite_widths(file, file.get(descendant, "W"));
}

void Font::read_composite_widths(File& file, Object const& list) {
    auto const& items = list.items;
    for (std::size_t i = 0; i + 1 < items.size() && widths_.size() < most_codes;) {
        auto const first = static_cast<std::uint32_t>(items[i].whole(0, 0, 65535));
        auto const second = file.resolved(items[i + 1]);
        if (second.is(Object::Kind::array)) {
            for (std::uint32_t k = 0; k < second.items.size() && first + k < 65536; ++k)
                widths_[first + k] = static_cast<float>(second.items[k].number / 1000);
            i += 2;
        } else {
            auto const last = static_cast<std::uint32_t>(second.whole(0, 0, 65535));
            auto const width = i + 2 < items.size() ? static_cast<float>(items[i + 2].number / 1000) : 0.0F;
            for (auto code = first; code <= last && widths_.size() < most_codes; ++code) widths_[code] = width;
            i += 3;
        }
    }
}

double Font::width_of(std::uint32_t code) const {
    auto const found = widths_.find(code);
    return found == widths_.end() ? default_width_ : static_cast<double>(found->second);
}

void Font::glyphs(std::string_view shown, std::vector<Glyph>& out) {
    out.clear();
    if (!charset_.empty()) return converted_glyphs(shown, out);
    if (composite_) return composite_glyphs(shown, out);
    for (char const c : shown) {
        auto const code = static_cast<unsigned char>(c);
        auto const* const mapped = to_unicode_.find(code);
        std::string_view const text = mapped ? *mapped : encoding_[code];
        out.push_back({text, width_of(code), code == 32, !text.empty() || mapped != nullptr});
    }
}

void Font::composite_glyphs(std::string_view shown, std::vector<Glyph>& out) {
    for (std::size_t i = 0; i + 1 < shown.size(); i += 2) {
        auto const code = code_of(shown.substr(i, 2));
        auto const* const mapped = to_unicode_.find(code);
        out.push_back(
            {mapped ? std::string_view(*mapped) : std::string_view(), width_of(code), false, mapped != nullptr});
    }
}

/// Codes that are text already. Their widths are taken as usual for East Asian type: half an em for a byte.
void Font::converted_glyphs(std::string_view shown, std::vector<Glyph>& out) {
    converted_ = from_charset(shown, charset_.c_str());
    for (std::size_t i = 0; i < converted_.size();) {
        auto size = std::size_t{1};
        while (i + size < converted_.size() && (converted_[i + size] & 0xC0) == 0x80) ++size;
        out.push_back(
            {std::string_view(converted_).substr(i, size), size == 1 ? 0.5 : 1.0, converted_[i] == ' ', true});
        i += size;
    }
}

}  // namespace tocsin::formats::pdf
