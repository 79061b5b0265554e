#include "formats/document/document.hpp"

#include "base/enum_words.hpp"
#include "base/text.hpp"
#include "formats/document/prepared.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tocsin::formats::document {
namespace {

constexpr std::array<std::string_view, 6> language_words = {"ar", "zh", "en", "fr", "ru", "es"};
constexpr std::array<std::string_view, 4> format_words = {"html", "markdown", "pdf", "docx"};

/// Bytes of a character to drop at the head of `text`: controls, direction overrides and isolates, what XML refuses.
std::size_t unwanted(std::string_view text) {
    auto const byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;
    if (byte(0) == 0xE2 && byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE) return 3;  // U+2028 to U+202E
    if (byte(0) == 0xE2 && byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9) return 3;  // U+2066 to U+2069
    if (byte(0) == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE) return 3;                     // U+FFFE, U+FFFF
    return 0;
}

bool may_be_linked(std::string_view address) {
    auto const low = lowered(address.substr(0, 8));
    bool const is_known = low.starts_with("https://") || low.starts_with("http://") || low.starts_with("mailto:") ||
                          low.starts_with("tel:");
    return is_known && address.size() <= 2000 &&
           std::ranges::all_of(address, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; });
}

/// Counts against the limits while it cleans.
class Cleaner {
  public:
    explicit Cleaner(Limits const& limits) : limits_(limits) {}

    void text(std::string& text) {
        bytes_ += text.size();
        auto const whole = is_utf8(text) ? std::move(text) : repaired_utf8(text);
        text.clear();
        for (std::size_t at = 0; at < whole.size();) {
            auto const dropped = unwanted(std::string_view(whole).substr(at));
            if (dropped > 0) {
                if (whole[at] == '\n' || whole[at] == '\t' || dropped == 3) text += ' ';
                at += dropped;
            } else {
                text += whole[at++];
            }
        }
    }
    void spans(Text& all) {
        for (auto& span : all) {
            text(span.text);
            text(span.link);
            if (!may_be_linked(span.link)) span.link.clear();
        }
        std::erase_if(all, [](Span const& span) { return span.text.empty(); });
    }

    Status block(Heading& heading) {
        heading.level = std::clamp(heading.level, 1, 3);
        spans(heading.text);
        return {};
    }
    Status block(Paragraph& paragraph) {
        spans(paragraph.text);
        return {};
    }
    Status block(List& list) {
        for (auto& item : list.items) spans(item);
        rows_ += list.items.size();
        return {};
    }
    Status block(Table& table) {
        text(table.caption);
        if (table.columns.empty() || table.columns.size() > limits_.columns)
            return fail(Code::limit, fmt::format("a table has 1 to {} columns", limits_.columns));
        for (auto& column : table.columns) text(column.title);
        rows_ += table.rows.size();
        for (auto& row : table.rows) {
            if (row.size() != table.columns.size())
                return fail(Code::invalid, fmt::format("a row of table \"{}\" has {} cells, expected {}", table.caption,
                                                       row.size(), table.columns.size()));
            for (auto& cell : row) spans(cell);
        }
        return {};
    }
    Status block(KeyFigures& row) {
        if (row.figures.empty() || row.figures.size() > limits_.figures)
            return fail(Code::limit, fmt::format("a row of key figures has 1 to {}", limits_.figures));
        for (auto& figure : row.figures) {
            text(figure.value);
            text(figure.label);
        }
        return {};
    }
    Status block(Chart& chart) {
        text(chart.title);
        text(chart.unit);
        for (auto& label : chart.labels) text(label);
        if (chart.labels.empty() || chart.labels.size() > limits_.points || chart.series.empty() ||
            chart.series.size() > limits_.series)
            return fail(Code::limit,
                        fmt::format("a chart has 1 to {} points and 1 to {} series", limits_.points, limits_.series));
        for (auto& series : chart.series) {
            text(series.name);
            if (series.values.size() != chart.labels.size())
                return fail(Code::invalid, fmt::format("series \"{}\" has {} values, expected {}", series.name,
                                                       series.values.size(), chart.labels.size()));
            if (!std::ranges::all_of(series.values, [](double v) { return std::isfinite(v) && std::abs(v) < 1e15; }))
                return fail(Code::invalid, fmt::format("series \"{}\": expected finite numbers", series.name));
        }
        return {};
    }
    Status block(PageBreak&) { return {}; }

    Status within() const {
        if (bytes_ > limits_.text_bytes)
            return fail(Code::limit, fmt::format("a document holds at most {} bytes of text", limits_.text_bytes));
        if (rows_ > limits_.rows)
            return fail(Code::limit, fmt::format("a document holds at most {} rows", limits_.rows));
        return {};
    }

  private:
    Limits const& limits_;
    std::size_t bytes_ = 0, rows_ = 0;
};

}  // namespace

std::string_view name_of(Language language) {
    return word_of(language_words, language);
}
std::optional<Language> language_named(std::string_view name) {
    return value_of<Language>(language_words, name);
}
std::string_view name_of(Format format) {
    return word_of(format_words, format);
}
std::optional<Format> format_named(std::string_view name) {
    if (name == "md") return Format::markdown;
    return value_of<Format>(format_words, name);
}

std::string_view media_type_of(Format format) {
    switch (format) {
        case Format::html:
            return "text/html; charset=utf-8";
        case Format::markdown:
            return "text/markdown; charset=utf-8";
        case Format::pdf:
            return "application/pdf";
        case Format::docx:
            return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    }
    return "";
}

std::string_view ending_of(Format format) {
    switch (format) {
        case Format::html:
            return ".html";
        case Format::markdown:
            return ".md";
        case Format::pdf:
            return ".pdf";
        case Format::docx:
            return ".docx";
    }
    return "";
}

Result<std::string> written_as(Format format, Document const& document, Limits const& limits) {
    switch (format) {
        case Format::html:
            return to_html(document, limits);
        case Format::markdown:
            return to_markdown(document, limits);
        case Format::pdf:
            return to_pdf(document, limits);
        case Format::docx:
            return to_docx(document, limits);
    }
    return fail(Code::internal, "unknown format");
}

Text plain(std::string_view text) {
    if (text.empty()) return {};
    return {Span{.text = std::string(text)}};
}

std::string plain_text(Text const& text) {
    std::string all;
    for (auto const& span : text) all += span.text;
    return all;
}

bool has_right_to_left(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte >= 0xD6 && byte <= 0xDD;
    });
}

Text isolated(Text text) {
    for (auto& span : text) span.is_verbatim = span.is_verbatim || !has_right_to_left(span.text);
    return text;
}

Result<Document> prepared(Document const& document, Limits const& limits) {
    if (document.blocks.size() > limits.blocks)
        return fail(Code::limit, fmt::format("a document holds at most {} blocks", limits.blocks));
    auto copy = document;
    Cleaner cleaner(limits);
    for (auto* const text : {&copy.title, &copy.meta, &copy.marking, &copy.author}) cleaner.text(*text);
    for (auto& block : copy.blocks) {
        CHECK(std::visit([&](auto& one) { return cleaner.block(one); }, block));
        CHECK(cleaner.within());
    }
    return copy;
}

}  // namespace tocsin::formats::document
