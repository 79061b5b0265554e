#include "base/text.hpp"
#include "formats/document/document.hpp"
#include "formats/document/prepared.hpp"

#include <fmt/format.h>

/// One page of HTML that needs nothing else: no script, no font, no picture from elsewhere.
namespace tocsin::formats::document {
namespace {

constexpr std::string_view style =
    "body{margin:0 auto;max-width:50rem;padding:2rem 1.25rem;color:#1c2530;background:#fff;"
    "font:1rem/1.55 \"Noto Sans\",\"Noto Sans Arabic\",\"Noto Sans CJK SC\",\"Noto Sans SC\",system-ui,sans-serif}"
    "header{border-block-end:3px solid #0b5394;margin-block-end:1.5rem;padding-block-end:.75rem}"
    "h1{font-size:1.9rem;line-height:1.2;margin:.4rem 0;color:#0b3558}"
    "h2{font-size:1.3rem;margin:2rem 0 .5rem;color:#0b5394}h3{font-size:1.08rem;margin:1.4rem 0 .4rem;color:#0b3558}"
    "h4{font-size:1rem;margin:1.2rem 0 .3rem}p{margin:.5rem 0}a{color:#0b5394}"
    ".meta{color:#4c5866;margin:0}.marking{display:inline-block;background:#000;padding:.1rem .5rem;font-weight:700;"
    "font-size:.85rem;color:#fff}.tlp-red{color:#ff2b2b}.tlp-amber{color:#ffc000}.tlp-green{color:#33ff00}bdi.verbatim{"
    "font-family:\"Noto Sans Mono\",ui-monospace,monospace;font-size:.93em;"
    "overflow-wrap:anywhere}"
    "mark{background:#fff1c2;color:#5c3c00;padding:0 .2rem;border-block-end:1px dashed #8a5a00}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.95rem}"
    "caption{text-align:start;font-weight:600;padding:.3rem 0}th,td{text-align:start;vertical-align:top;"
    "padding:.35rem .6rem;border-block-end:1px solid #d3dae2}th{background:#eef3f8;border-block-end:2px solid #0b5394}"
    "th.number,td.number{text-align:end;font-variant-numeric:tabular-nums}"
    ".figures{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0}.figures div{flex:1 1 8rem;background:#eef3f8;"
    "border-block-start:3px solid #0b5394;padding:.6rem .8rem}.figures strong{display:block;font-size:1.7rem;"
    "line-height:1.2;color:#0b3558}figure{margin:1rem 0}figcaption{font-weight:600}svg{max-width:100%;height:auto}"
    ".legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.88rem;padding:0;margin:.3rem 0;list-style:none}"
    ".break{break-after:page}@media print{body{max-width:none;padding:0;font-size:10.5pt}h2,h3,h4{break-after:avoid}"
    "tr,figure,.figures{break-inside:avoid}thead{display:table-header-group}}@page{size:A4;margin:2cm}";

std::string_view class_of(std::string_view marking) {
    if (marking.starts_with("TLP:RED")) return "tlp-red";
    if (marking.starts_with("TLP:AMBER")) return "tlp-amber";
    return marking.starts_with("TLP:GREEN") ? "tlp-green" : "tlp-clear";
}

std::string inline_of(Text const& text) {
    std::string out;
    for (auto const& span : text) {
        auto piece = html_escaped(span.text);
        if (span.is_verbatim) piece = fmt::format("<bdi class=\"verbatim\" dir=\"ltr\">{}</bdi>", piece);
        if (span.is_strong) piece = fmt::format("<strong>{}</strong>", piece);
        if (span.is_emphasis) piece = fmt::format("<em>{}</em>", piece);
        if (span.is_missing) piece = fmt::format("<mark>{}</mark>", piece);
        if (!span.link.empty())
            piece = fmt::format("<a href=\"{}\" rel=\"noopener noreferrer\">{}</a>", html_escaped(span.link), piece);
        out += piece;
    }
    return out;
}

std::string svg_of(Chart const& chart, bool is_mirrored) {
    auto const plan = plan_of(chart, 640, 240, is_mirrored);
    auto svg = fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" direction=\"ltr\" "
        "role=\"img\" aria-label=\"{}\" font-size=\"11\" fill=\"#4c5866\">\n",
        plan.width, plan.height, plan.width, plan.height, html_escaped(chart.title));
    auto const edge = is_mirrored ? plan.right + 6 : plan.left - 6;
    for (auto const& tick : plan.ticks) {
        svg += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#d3dae2\"/>",
                           plan.left, tick.y, plan.right, tick.y);
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", edge, tick.y + 4,
                           is_mirrored ? "start" : "end", tick.text);
    }
    for (auto const& bar : plan.bars)
        svg += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", bar.x,
                           bar.y, bar.width, bar.height, hex_of(colour_of_series(bar.series)));
    for (std::size_t s = 0; s < plan.lines.size(); ++s) {
        auto const colour = hex_of(colour_of_series(s));
        svg += fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"", colour);
        for (auto const& point : plan.lines[s]) svg += fmt::format("{:.1f},{:.1f} ", point.x, point.y);
        svg += "\"/>\n";
    }
    for (auto const& label : plan.labels)
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", label.x,
                           plan.bottom + 16, html_escaped(label.text));
    return svg + "</svg>";
}

struct Writer {
    bool is_right_to_left;
    std::string out;

    void operator()(Heading const& heading) {
        out += fmt::format("<h{0}>{1}</h{0}>\n", heading.level + 1, inline_of(heading.text));
    }
    void operator()(Paragraph const& paragraph) { out += fmt::format("<p>{}</p>\n", inline_of(paragraph.text)); }
    void operator()(List const& list) {
        auto const* const tag = list.is_numbered ? "ol" : "ul";
        out += fmt::format("<{}>\n", tag);
        for (auto const& item : list.items) out += fmt::format("<li>{}</li>\n", inline_of(item));
        out += fmt::format("</{}>\n", tag);
    }
    void operator()(Table const& table) {
        out += "<div class=\"scroll\"><table>\n";
        if (!table.caption.empty()) out += fmt::format("<caption>{}</caption>\n", html_escaped(table.caption));
        out += "<thead><tr>";
        for (auto const& column : table.columns)
            out += fmt::format("<th scope=\"col\"{}>{}</th>", column.is_numeric ? " class=\"number\"" : "",
                               html_escaped(column.title));
        out += "</tr></thead>\n<tbody>\n";
        for (auto const& row : table.rows) {
            out += "<tr>";
            for (std::size_t i = 0; i < row.size(); ++i)
                out += table.columns[i].is_numeric
                           ? fmt::format("<td class=\"number\"><bdi>{}</bdi></td>", inline_of(row[i]))
                           : fmt::format("<td>{}</td>", inline_of(row[i]));
            out += "</tr>\n";
        }
        out += "</tbody></table></div>\n";
    }
    void operator()(KeyFigures const& row) {
        out += "<div class=\"figures\">\n";
        for (auto const& figure : row.figures)
            out += fmt::format("<div><strong><bdi>{}</bdi></strong>{}</div>\n", html_escaped(figure.value),
                               html_escaped(figure.label));
        out += "</div>\n";
    }
    void operator()(Chart const& chart) {
        out += fmt::format("<figure>\n<figcaption>{}{}</figcaption>\n{}\n", html_escaped(chart.title),
                           chart.unit.empty() ? "" : fmt::format(" ({})", html_escaped(chart.unit)),
                           svg_of(chart, is_right_to_left));
        if (chart.series.size() > 1) {
            out += "<ul class=\"legend\">";
            for (std::size_t s = 0; s < chart.series.size(); ++s)
                out += fmt::format(
                    "<li><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect width=\"12\" "
                    "height=\"12\" fill=\"{}\"/></svg> {}</li>",
                    hex_of(colour_of_series(s)), html_escaped(chart.series[s].name));
            out += "</ul>\n";
        }
        out += "</figure>\n";
    }
    void operator()(PageBreak const&) { out += "<div class=\"break\"></div>\n"; }
};

}  // namespace

std::string_view html_style() {
    return style;
}

Result<std::string> to_html(Document const& document, Limits const& limits) {
    TRY(auto const clean, prepared(document, limits));
    bool const rtl = is_right_to_left(clean.language);
    Writer writer{.is_right_to_left = rtl, .out = {}};
    writer.out = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
        "<meta name=\"author\" content=\"{}\">\n<style>{}</style>\n</head>\n<body>\n<header>\n",
        name_of(clean.language), rtl ? "rtl" : "ltr", html_escaped(clean.title), html_escaped(clean.author), style);
    if (!clean.marking.empty()) {
        writer.out +=
            fmt::format("<bdi class=\"marking {}\">{}</bdi>\n", class_of(clean.marking), html_escaped(clean.marking));
    }
    writer.out += fmt::format("<h1>{}</h1>\n", html_escaped(clean.title));
    if (!clean.meta.empty()) writer.out += fmt::format("<p class=\"meta\">{}</p>\n", html_escaped(clean.meta));
    writer.out += "</header>\n<main>\n";
    for (auto const& block : clean.blocks) std::visit(writer, block);
    writer.out += "</main>\n</body>\n</html>\n";
    return std::move(writer.out);
}

}  // namespace tocsin::formats::document
