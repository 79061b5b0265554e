#include "formats/document/pdf_page.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cairo-pdf.h>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <pango/pangocairo.h>

namespace tocsin::formats::document {
namespace {

constexpr double page_width = 595.276, page_height = 841.89, margin = 56, top = 72, bottom = 62;

struct Unref {
    void operator()(PangoLayout* one) const { g_object_unref(one); }
    void operator()(PangoFontMap* one) const { g_object_unref(one); }
    void operator()(PangoContext* one) const { g_object_unref(one); }
    void operator()(PangoFontDescription* one) const { pango_font_description_free(one); }
    void operator()(PangoAttrList* one) const { pango_attr_list_unref(one); }
    void operator()(PangoLayoutIter* one) const { pango_layout_iter_free(one); }
    void operator()(cairo_surface_t* one) const { cairo_surface_destroy(one); }
    void operator()(cairo_t* one) const { cairo_destroy(one); }
};
template <class T>
using Held = std::unique_ptr<T, Unref>;

cairo_status_t take(void* into, unsigned char const* bytes, unsigned int length) {
    static_cast<std::string*>(into)->append(reinterpret_cast<char const*>(bytes), length);
    return CAIRO_STATUS_SUCCESS;
}

/// Letters that every font for the language has.
std::string_view probe_of(Language language) {
    switch (language) {
        case Language::ar:
            return "الفريق الوطني";
        case Language::zh:
            return "国家应急响应";
        case Language::ru:
            return "Реагирование";
        case Language::en:
        case Language::fr:
        case Language::es:
            return "Équipe ñ Team";
    }
    return "";
}

void add(PangoAttrList* list, PangoAttribute* attribute, std::size_t begin, std::size_t end) {
    attribute->start_index = static_cast<guint>(begin);
    attribute->end_index = static_cast<guint>(end);
    pango_attr_list_insert(list, attribute);
}

PangoAttribute* foreground(Colour colour) {
    auto const wide = [](std::uint8_t part) { return static_cast<guint16>(part * 257); };
    return pango_attr_foreground_new(wide(colour.red), wide(colour.green), wide(colour.blue));
}

/// cairo reads an attribute's text between quotes with backslashes.
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (auto const c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

struct Link {
    std::size_t begin, end;
    std::string address;
};

}  // namespace

struct SetText::Inside {
    struct Line {
        PangoLayoutLine* line;          ///< of the layout
        double x, baseline, y, height;  ///< from the layout's corner
    };
    Held<PangoLayout> layout;
    std::vector<Line> lines;
    std::vector<Link> links;
    double width = 0;
};

SetText::SetText(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
SetText::SetText(SetText&&) noexcept = default;
SetText& SetText::operator=(SetText&&) noexcept = default;
SetText::~SetText() = default;

std::size_t SetText::lines() const {
    return inside_->lines.size();
}

double SetText::height_of(std::size_t first, std::size_t last) const {
    auto const& lines = inside_->lines;
    if (first >= last || first >= lines.size()) return 0;
    return lines[last - 1].y + lines[last - 1].height - lines[first].y;
}

double SetText::baseline_of(std::size_t line) const {
    auto const& lines = inside_->lines;
    return line < lines.size() ? lines[line].baseline - lines[line].y : 0;
}

std::size_t SetText::lines_within(std::size_t first, double room) const {
    auto last = std::min(first + 1, lines());
    while (last < lines() && height_of(first, last + 1) <= room) ++last;
    return last;
}

struct Pages::Inside {
    Document const& document;
    std::size_t total;
    std::string bytes = {};
    Held<cairo_surface_t> surface = {};
    Held<cairo_t> cairo = {};
    Held<PangoFontMap> fonts = {};
    Held<PangoContext> context = {};
    double y = top;
    std::size_t page = 1;
    std::array<int, 4> outlines = {0, 0, 0, 0};  ///< by level, the last one
    bool is_rtl = false;

    /// The left side of something `width` wide that begins at `x`.
    double left(double x, double width) const { return is_rtl ? page_width - margin - x - width : margin + x; }
};

Pages::Pages(Document const& document, std::size_t total)
    : inside_(
          new Inside{.document = document, .total = total, .is_rtl = document::is_right_to_left(document.language)}) {}
Pages::~Pages() = default;

Status Pages::begin() {
    auto& in = *inside_;
    in.surface.reset(cairo_pdf_surface_create_for_stream(take, &in.bytes, page_width, page_height));
    cairo_pdf_surface_restrict_to_version(in.surface.get(), CAIRO_PDF_VERSION_1_5);
    auto const when = format_timestamp(Timestamp::from_seconds(in.document.created.seconds()));
    std::pair<cairo_pdf_metadata_t, std::string> const particulars[] = {
        {CAIRO_PDF_METADATA_TITLE, in.document.title},
        {CAIRO_PDF_METADATA_AUTHOR, in.document.author},
        {CAIRO_PDF_METADATA_SUBJECT, in.document.marking},
        {CAIRO_PDF_METADATA_CREATOR, "Tocsin"},
        {CAIRO_PDF_METADATA_CREATE_DATE, when},
        {CAIRO_PDF_METADATA_MOD_DATE, when}};
    for (auto const& [what, text] : particulars) cairo_pdf_surface_set_metadata(in.surface.get(), what, text.c_str());
    in.cairo.reset(cairo_create(in.surface.get()));
    in.fonts.reset(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT));
    if (!in.fonts) return fail(Code::unavailable, "this machine's Pango has no FreeType fonts");
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(in.fonts.get()), 72);
    in.context.reset(pango_font_map_create_context(in.fonts.get()));
    pango_context_set_base_dir(in.context.get(), in.is_rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
    auto const language = std::string(name_of(in.document.language));
    pango_context_set_language(in.context.get(), pango_language_from_string(language.c_str()));
    pango_context_set_round_glyph_positions(in.context.get(), FALSE);
    auto const probe = set(plain(probe_of(in.document.language)), {}, width());
    if (pango_layout_get_unknown_glyphs_count(probe.inside_->layout.get()) > 0)
        return fail(Code::unavailable,
                    fmt::format("no font on this machine has the letters of \"{}\": install the Debian package {} (or "
                                "write HTML, Markdown or DOCX)",
                                language, in.document.language == Language::zh ? "fonts-noto-cjk" : "fonts-noto-core"));
    return {};
}

Status Pages::finish() {
    next_page();
    --inside_->page;
    inside_->cairo.reset();
    cairo_surface_finish(inside_->surface.get());
    auto const status = cairo_surface_status(inside_->surface.get());
    if (status != CAIRO_STATUS_SUCCESS)
        return fail(Code::internal, fmt::format("writing a PDF: {}", cairo_status_to_string(status)));
    return {};
}

std::string Pages::bytes() {
    return std::move(inside_->bytes);
}

double Pages::width() const {
    return page_width - 2 * margin;
}
double Pages::y() const {
    return inside_->y;
}
double Pages::room() const {
    return page_height - bottom - inside_->y;
}
double Pages::page_room() const {
    return page_height - bottom - top;
}
std::size_t Pages::count() const {
    return inside_->page;
}
bool Pages::is_right_to_left() const {
    return inside_->is_rtl;
}
void Pages::gap(double height) {
    inside_->y += height;
}
void Pages::need(double height) {
    if (room() < height && inside_->y > top) next_page();
}

void Pages::next_page() {
    auto& in = *inside_;
    if (in.page > 1) {  // the first page has its title block instead
        auto const title = set(plain(in.document.title), {.size = 8.5, .colour = {76, 88, 102}}, width() - 130);
        put_lines(title, 0, std::min<std::size_t>(title.lines(), 1), 0, 40);
        if (!in.document.marking.empty()) marking(in.document.marking, true);
        fill(0, 56, width(), 0.5, {211, 218, 226});
    }
    auto const number =
        in.total > 0 ? fmt::format("{} / {}", in.page, in.total) : fmt::format("{} / {}", in.page, in.page);
    put(set({Span{.text = number, .is_verbatim = true}}, {.size = 8.5, .is_centred = true, .colour = {76, 88, 102}},
            width()),
        0, page_height - 44);
    cairo_show_page(in.cairo.get());
    ++in.page;
    in.y = top;
}

SetText Pages::set(Text const& text, Font const& font, double width) {
    auto& in = *inside_;
    std::string all;
    Held<PangoAttrList> const style(pango_attr_list_new());
    add(style.get(), foreground(font.colour), 0, std::numeric_limits<guint>::max());
    auto made = std::make_unique<SetText::Inside>();
    for (auto const& span : text) {
        auto const begin = all.size();
        all += span.is_verbatim ? fmt::format("\u2066{}\u2069", span.text) : span.text;  // an isolate, left to right
        auto const end = all.size();
        if (span.is_strong) add(style.get(), pango_attr_weight_new(PANGO_WEIGHT_BOLD), begin, end);
        if (span.is_emphasis) add(style.get(), pango_attr_style_new(PANGO_STYLE_ITALIC), begin, end);
        if (span.is_missing) {
            add(style.get(), pango_attr_background_new(65535, 61937, 49858), begin, end);
            add(style.get(), foreground({92, 60, 0}), begin, end);
        }
        if (!span.link.empty()) {
            add(style.get(), foreground({11, 83, 148}), begin, end);
            add(style.get(), pango_attr_underline_new(PANGO_UNDERLINE_SINGLE), begin, end);
            made->links.push_back({begin, end, span.link});
        }
    }
    Held<PangoFontDescription> const described(
        pango_font_description_from_string("Noto Sans, Noto Sans Arabic, Noto Sans CJK SC, Noto Naskh Arabic, "
                                           "DejaVu Sans"));
    pango_font_description_set_absolute_size(described.get(), font.size * PANGO_SCALE);
    if (font.is_strong) pango_font_description_set_weight(described.get(), PANGO_WEIGHT_BOLD);
    made->layout.reset(pango_layout_new(in.context.get()));
    auto* const layout = made->layout.get();
    pango_layout_set_font_description(layout, described.get());
    pango_layout_set_attributes(layout, style.get());
    pango_layout_set_auto_dir(layout, FALSE);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_spacing(layout, static_cast<int>(font.size * 0.18 * PANGO_SCALE));
    if (width > 0) pango_layout_set_width(layout, static_cast<int>(std::max(width, 8.0) * PANGO_SCALE));
    if (font.is_centred)
        pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
    else
        pango_layout_set_alignment(layout, font.is_at_end != in.is_rtl ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_text(layout, all.data(), static_cast<int>(all.size()));
    made->width = std::max(width, 8.0);
    Held<PangoLayoutIter> const lines(pango_layout_get_iter(layout));
    do {
        PangoRectangle logical;
        pango_layout_iter_get_line_extents(lines.get(), nullptr, &logical);
        auto const scaled = [](int units) { return static_cast<double>(units) / PANGO_SCALE; };
        made->lines.push_back({.line = pango_layout_iter_get_line_readonly(lines.get()),
                               .x = scaled(logical.x),
                               .baseline = scaled(pango_layout_iter_get_baseline(lines.get())),
                               .y = scaled(logical.y),
                               .height = scaled(logical.height) + font.size * 0.18});
    } while (pango_layout_iter_next_line(lines.get()) != FALSE);
    return SetText(std::move(made));
}

double Pages::natural_width(Text const& text, Font const& font) {
    auto const one = set(text, font, 0);
    int width = 0;
    pango_layout_get_size(one.inside_->layout.get(), &width, nullptr);
    return std::ceil(static_cast<double>(width) / PANGO_SCALE);
}

void Pages::put_lines(SetText const& text, std::size_t first, std::size_t last, double x, double y) {
    auto& in = *inside_;
    if (first >= last) return;
    auto const& set = *text.inside_;
    auto const left = in.left(x, set.width);
    auto const above = y - set.lines[first].y;
    for (auto i = first; i < last; ++i) {
        auto const& line = set.lines[i];
        cairo_set_source_rgb(in.cairo.get(), 28 / 255.0, 37 / 255.0, 48 / 255.0);
        cairo_move_to(in.cairo.get(), left + line.x, above + line.baseline);
        pango_cairo_show_layout_line(in.cairo.get(), line.line);
        for (auto const& link : set.links) {
            int* ranges = nullptr;
            int count = 0;
            pango_layout_line_get_x_ranges(line.line, static_cast<int>(link.begin), static_cast<int>(link.end), &ranges,
                                           &count);
            auto const begins = static_cast<std::size_t>(line.line->start_index);
            auto const ends = begins + static_cast<std::size_t>(line.line->length);
            for (int r = 0; r < count && link.begin < ends && link.end > begins; ++r) {
                auto const from = static_cast<double>(ranges[2 * r]) / PANGO_SCALE;
                auto const to = static_cast<double>(ranges[2 * r + 1]) / PANGO_SCALE;
                auto const attributes = fmt::format("uri={} rect=[{:.2f} {:.2f} {:.2f} {:.2f}]", quoted(link.address),
                                                    left + from, above + line.y, to - from, line.height);
                cairo_tag_begin(in.cairo.get(), CAIRO_TAG_LINK, attributes.c_str());
                cairo_tag_end(in.cairo.get(), CAIRO_TAG_LINK);
            }
            g_free(ranges);
        }
    }
}

void Pages::flow(SetText const& text, double x) {
    for (std::size_t next = 0; next < text.lines();) {
        if (room() < text.height_of(next, next + 1)) next_page();
        auto const until = text.lines_within(next, room());
        put_lines(text, next, until, x, y());
        gap(text.height_of(next, until));
        next = until;
    }
}

void Pages::fill(double x, double y, double width, double height, Colour colour) {
    auto* const cairo = inside_->cairo.get();
    cairo_set_source_rgb(cairo, colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0);
    cairo_rectangle(cairo, inside_->left(x, width), y, width, height);
    cairo_fill(cairo);
}

void Pages::chart(ChartPlan const& plan) {
    auto* const cairo = inside_->cairo.get();
    auto const above = inside_->y;
    auto const side = margin;  // the plan is mirrored already
    auto const text_at = [&](std::string const& text, double x, double y, double width, Font const& font) {
        auto const one = set(plain(text), font, width);
        auto const from = is_right_to_left() ? this->width() - x - width : x;
        put_lines(one, 0, std::min<std::size_t>(one.lines(), 2), from, y);
    };
    auto const source = [&](Colour c) { cairo_set_source_rgb(cairo, c.red / 255.0, c.green / 255.0, c.blue / 255.0); };
    Font const small{.size = 8, .colour = {76, 88, 102}};
    for (auto const& tick : plan.ticks) {
        source({211, 218, 226});
        cairo_set_line_width(cairo, 0.5);
        cairo_move_to(cairo, side + plan.left, above + tick.y);
        cairo_line_to(cairo, side + plan.right, above + tick.y);
        cairo_stroke(cairo);
        auto font = small;
        font.is_at_end = true;
        text_at(tick.text, is_right_to_left() ? plan.right + 4 : plan.left - 46, above + tick.y - 6, 42, font);
    }
    for (auto const& bar : plan.bars) {
        source(colour_of_series(bar.series));
        cairo_rectangle(cairo, side + bar.x, above + bar.y, bar.width, bar.height);
        cairo_fill(cairo);
    }
    for (std::size_t s = 0; s < plan.lines.size(); ++s) {
        source(colour_of_series(s));
        cairo_set_line_width(cairo, 1.6);
        cairo_new_path(cairo);
        for (auto const& point : plan.lines[s]) cairo_line_to(cairo, side + point.x, above + point.y);
        cairo_stroke(cairo);
    }
    auto font = small;
    font.is_centred = true;
    for (auto const& label : plan.labels)
        text_at(label.text, label.x - plan.label_width / 2, above + plan.bottom + 4, plan.label_width, font);
}

void Pages::marking(std::string_view marking, bool is_in_header) {
    Font const font{.size = is_in_header ? 8.0 : 9.5,
                    .is_strong = true,
                    .colour = colour_of_marking(marking).value_or(Colour{255, 255, 255})};
    Text const text{Span{.text = std::string(marking), .is_verbatim = true}};
    auto const wide = std::min(natural_width(text, font) + 2, width() / 2);
    auto const one = set(text, font, wide);
    auto const x = is_in_header ? width() - wide - 10 : 0;
    auto const above = is_in_header ? 38 : y();
    fill(x, above, wide + 10, one.height_of(0, 1) + 4, {0, 0, 0});
    put_lines(one, 0, 1, x + 5, above + 2);
}

void Pages::outline(std::string const& title, int level) {
    auto& in = *inside_;
    auto const at = static_cast<std::size_t>(level);
    auto const where = fmt::format("page={} pos=[{:.1f} {:.1f}]", in.page, margin, in.y);
    int parent = 0;
    for (auto above = at; above-- > 0 && parent == 0;) parent = in.outlines[above];
    in.outlines[at] = cairo_pdf_surface_add_outline(in.surface.get(), parent, title.c_str(), where.c_str(),
                                                    CAIRO_PDF_OUTLINE_FLAG_OPEN);
    for (auto below = at + 1; below < in.outlines.size(); ++below) in.outlines[below] = 0;
}

}  // namespace tocsin::formats::document
