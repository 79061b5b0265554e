#include "formats/document/document.hpp"
#include "formats/document/prepared.hpp"

#include <fmt/format.h>

/// CommonMark with tables.
namespace tocsin::formats::document {
namespace {

/// Every character that could begin markup gets a backslash (CommonMark 0.31 section 2.4); < and & become entities, so
/// that no HTML passes through.
std::string escaped(std::string_view text) {
    std::string out;
    for (auto const c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '&')
            out += "&amp;";
        else {
            if (std::string_view("\\`*_{}[]#|>~$").find(c) != std::string_view::npos) out += '\\';
            out += c;
        }
    }
    return out;
}

/// What only means something at the start of a line.
std::string at_line_start(std::string text) {
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    if (digits > 0 && digits < text.size() && (text[digits] == '.' || text[digits] == ')')) text.insert(digits, "\\");
    if (!text.empty() && std::string_view("-+=").find(text.front()) != std::string_view::npos) text.insert(0, "\\");
    return text;
}

std::string verbatim(std::string_view text) {
    return text.find_first_of("`|") == std::string_view::npos ? fmt::format("`{}`", text) : escaped(text);
}

std::string address(std::string_view link) {
    std::string out;
    for (auto const c : link) {
        if (std::string_view("()<>\\|").find(c) != std::string_view::npos)
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out;
}

std::string line_of(Text const& text) {
    std::string out;
    for (auto const& span : text) {
        auto piece = span.is_verbatim ? verbatim(span.text) : escaped(span.text);
        if (span.is_missing || span.is_strong) piece = fmt::format("**{}**", piece);
        if (span.is_emphasis) piece = fmt::format("*{}*", piece);
        if (!span.link.empty()) piece = fmt::format("[{}]({})", piece, address(span.link));
        out += piece;
    }
    return out;
}

std::string row_of(std::vector<std::string> const& cells) {
    return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

struct Writer {
    std::string out;

    void operator()(Heading const& heading) {
        out += fmt::format("{} {}\n\n", std::string(static_cast<std::size_t>(heading.level) + 1, '#'),
                           line_of(heading.text));
    }
    void operator()(Paragraph const& paragraph) { out += at_line_start(line_of(paragraph.text)) + "\n\n"; }
    void operator()(List const& list) {
        std::size_t number = 0;
        for (auto const& item : list.items) {
            ++number;
            auto const mark = list.is_numbered ? fmt::format("{}.", number) : std::string("-");
            out += fmt::format("{} {}\n", mark, at_line_start(line_of(item)));
        }
        out += "\n";
    }
    void operator()(Table const& table) {
        if (!table.caption.empty()) out += fmt::format("*{}*\n\n", escaped(table.caption));
        std::vector<std::string> titles, rules;
        for (auto const& column : table.columns) {
            titles.push_back(escaped(column.title));
            rules.emplace_back(column.is_numeric ? "---:" : "---");
        }
        out += row_of(titles) + row_of(rules);
        for (auto const& row : table.rows) {
            std::vector<std::string> cells;
            for (auto const& cell : row) cells.push_back(line_of(cell));
            out += row_of(cells);
        }
        out += "\n";
    }
    void operator()(KeyFigures const& row) {
        for (auto const& figure : row.figures)
            out += fmt::format("- **{}** {}\n", escaped(figure.value), escaped(figure.label));
        out += "\n";
    }
    void operator()(Chart const& chart) { (*this)(table_of(chart)); }
    void operator()(PageBreak const&) { out += "---\n\n"; }
};

}  // namespace

Result<std::string> to_markdown(Document const& document, Limits const& limits) {
    TRY(auto const clean, prepared(document, limits));
    Writer writer;
    writer.out = fmt::format("# {}\n\n", escaped(clean.title));
    if (!clean.marking.empty()) writer.out += fmt::format("**{}**\n\n", escaped(clean.marking));
    if (!clean.meta.empty()) writer.out += fmt::format("*{}*\n\n", escaped(clean.meta));
    for (auto const& block : clean.blocks) std::visit(writer, block);
    while (writer.out.ends_with("\n\n")) writer.out.pop_back();
    return std::move(writer.out);
}

}  // namespace tocsin::formats::document
