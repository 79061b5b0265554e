#pragma once
/// The objects of a PDF file (ISO 32000-1 section 7.3) and the reader of their syntax. Private to text_of_pdf.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::pdf {

struct Object {
    enum class Kind : std::uint8_t {
        null,
        boolean,
        number,
        name,
        string,
        array,
        dictionary,  ///< `items` alternate between a name and its value
        reference,   ///< `number` is the object's
        keyword,     ///< an operator of a content stream, or "obj", "stream"
        end,         ///< nothing follows
    };
    Kind kind = Kind::null;
    double number = 0;
    std::string text;
    std::vector<Object> items;

    bool is(Kind wanted) const { return kind == wanted; }
    bool is_name(std::string_view wanted) const { return kind == Kind::name && text == wanted; }
    bool is_keyword(std::string_view wanted) const { return kind == Kind::keyword && text == wanted; }
    /// A dictionary's value; the null object when there is none.
    Object const& operator[](std::string_view key) const;
    /// The number as a whole one within bounds; `otherwise` when it is none.
    std::int64_t whole(std::int64_t otherwise, std::int64_t low, std::int64_t high) const;
};

/// Reads one object after the other. Never fails: what does not fit becomes null or is skipped.
/// Limits: nesting 32 deep, 200,000 values in one object, numbers within +-1e12; what is beyond is left out.
class Lexer {
  public:
    explicit Lexer(std::string_view bytes, std::size_t at = 0) : bytes_(bytes), at_(at) {}

    /// `references`: "12 0 R" is a reference (in files), else three tokens (in content streams).
    Object next(bool references);
    std::size_t at() const { return at_; }
    void go_to(std::size_t at) { at_ = at < bytes_.size() ? at : bytes_.size(); }
    std::string_view rest() const { return bytes_.substr(at_); }

  private:
    Object value(bool references, int depth);
    Object number_or_reference(bool references);
    Object number();
    Object name();
    Object string();
    Object hexadecimal();
    Object keyword();
    Object container(bool references, int depth, bool dictionary);
    void escape(std::string& out);
    void skip_space();
    char peek(std::size_t ahead = 0) const { return at_ + ahead < bytes_.size() ? bytes_[at_ + ahead] : '\0'; }

    std::string_view bytes_;
    std::size_t at_;
    std::size_t values_ = 0;
};

bool is_pdf_space(char c);

}  // namespace tocsin::formats::pdf
