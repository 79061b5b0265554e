#pragma once
#include "base/result.hpp"
#include "base/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// A small document and four ways to write it: HTML, Markdown, PDF and DOCX.
///
/// A document is a value: blocks one after the other, in one of six languages. Arabic is set from right to left with
/// the whole page mirrored. The same document gives the same bytes in every format: no clock, no disk, no time zone;
/// dates in a file are those of the document. (Of PDF: on a machine with the same fonts and the same cairo.)
///
/// Every text is plain text to the writers: nothing in it can become markup, a script, a field or a link. Addresses
/// other than https, http, mailto and tel are shown, not linked. Control characters and those that override the
/// direction of text are dropped.
namespace tocsin::formats::document {

enum class Language : std::uint8_t { ar, zh, en, fr, ru, es };
std::string_view name_of(Language language);  ///< "ar"
std::optional<Language> language_named(std::string_view name);
constexpr bool is_right_to_left(Language language) {
    return language == Language::ar;
}

/// A piece of text in one style.
struct Span {
    std::string text;
    bool is_strong = false;
    bool is_emphasis = false;
    bool is_verbatim = false;  ///< a number, an address, a key: from left to right in any language, of equal width
    bool is_missing = false;   ///< stands for something to be filled in: marked, so that nobody overlooks it
    std::string link = {};     ///< https, http, mailto or tel; empty: none
};
using Text = std::vector<Span>;

/// One span without style; none of an empty text.
Text plain(std::string_view text);
/// The text without its styles.
std::string plain_text(Text const& text);

struct Heading {
    int level = 1;  ///< 1 to 3
    Text text = {};
};
struct Paragraph {
    Text text = {};
};
struct List {
    bool is_numbered = false;
    std::vector<Text> items = {};
};
struct Column {
    std::string title = {};
    bool is_numeric = false;  ///< set at the end of the cell, with figures of equal width
};
struct Table {
    std::string caption = {};  ///< empty: none
    std::vector<Column> columns = {};
    std::vector<std::vector<Text>> rows = {};  ///< each with as many cells as there are columns
};
/// A row of few large numbers, each with what it says.
struct KeyFigure {
    std::string value = {}, label = {};
};
struct KeyFigures {
    std::vector<KeyFigure> figures = {};
};
struct Series {
    std::string name = {};
    std::vector<double> values = {};  ///< as many as the chart has labels
};
enum class ChartKind : std::uint8_t { bar, line };
/// Drawn in HTML (SVG, no script) and PDF; a table of its numbers in Markdown and DOCX.
struct Chart {
    ChartKind kind = ChartKind::bar;
    std::string title = {};
    std::string unit = {};                 ///< of the values; empty: none
    std::vector<std::string> labels = {};  ///< along the axis, in order of time
    std::vector<Series> series = {};
};
struct PageBreak {};

using Block = std::variant<Heading, Paragraph, List, Table, KeyFigures, Chart, PageBreak>;

struct Document {
    Language language = Language::en;
    std::string title = {};
    std::string meta = {};     ///< the line below the title: whose, of when
    std::string marking = {};  ///< "TLP:CLEAR": on every page
    std::string author = {};
    Timestamp created = {};  ///< goes into the file's own particulars
    std::vector<Block> blocks = {};
};

struct Limits {
    std::size_t text_bytes = std::size_t{8} << 20;  ///< of all texts together
    std::size_t blocks = 20'000;
    std::size_t rows = 50'000;  ///< of all tables
    std::size_t columns = 20;
    std::size_t points = 1'000;  ///< of a chart
    std::size_t series = 8;
    std::size_t figures = 8;
    std::size_t pages = 2'000;
};

enum class Format : std::uint8_t { html, markdown, pdf, docx };
std::string_view name_of(Format format);                    ///< "html", "markdown", "pdf", "docx"
std::optional<Format> format_named(std::string_view name);  ///< also "md"
std::string_view media_type_of(Format format);
std::string_view ending_of(Format format);  ///< ".html"

/// Errors of all: Code::limit naming the limit; Code::invalid for a table row or a series of the wrong length, or a
/// value that is not finite. Safe from any thread.
Result<std::string> to_html(Document const& document, Limits const& limits = {});
/// What stands in the page's only <style>, for the hash of a content security policy. There are no style attributes.
std::string_view html_style();
Result<std::string> to_markdown(Document const& document, Limits const& limits = {});
/// Office Open XML (ISO/IEC 29500-1), a zip.
Result<std::string> to_docx(Document const& document, Limits const& limits = {});
/// A4. Fonts are found by fontconfig: Noto Sans, Noto Sans Arabic, Noto Sans CJK SC, else whatever has the letters.
/// Errors also: Code::unavailable when no font has the letters of the document's language, naming the package to
/// install. A letter outside of it that no font has is drawn as a box with its number.
Result<std::string> to_pdf(Document const& document, Limits const& limits = {});
Result<std::string> written_as(Format format, Document const& document, Limits const& limits = {});

/// Reads the little markup that texts of documents are written in: paragraphs apart by an empty line, "## " and "### "
/// headings, "- " and "1. " lists; inside them **strong**, *emphasis*, `verbatim` and [text](address). Everything else
/// is text. Never fails.
std::vector<Block> parse_markup(std::string_view markup);
Text parse_inline(std::string_view markup);

}  // namespace tocsin::formats::document
