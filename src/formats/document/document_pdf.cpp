#include "formats/document/document.hpp"
#include "formats/document/pdf_page.hpp"
#include "formats/document/prepared.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Blocks as they are set on pages.
namespace tocsin::formats::document {
namespace {

constexpr double cell_padding = 5;

/// Widths of columns: those that need less than an equal share get what they need, the others share the rest.
std::vector<double> widths_of(std::vector<double> const& natural, double room) {
    std::vector<double> widths(natural.size(), 0);
    std::vector<bool> is_set(natural.size(), false);
    auto rest = room;
    auto open = natural.size();
    for (bool again = true; again && open > 0;) {
        again = false;
        auto const share = rest / static_cast<double>(open);
        for (std::size_t i = 0; i < natural.size(); ++i) {
            if (is_set[i] || natural[i] > share) continue;
            widths[i] = natural[i];
            is_set[i] = true;
            rest -= natural[i];
            --open;
            again = true;
        }
    }
    for (std::size_t i = 0; i < natural.size(); ++i)
        if (!is_set[i]) widths[i] = rest / static_cast<double>(open);
    if (open == 0)  // all have what they need: what is left goes to all of them
        for (std::size_t i = 0; i < natural.size(); ++i) widths[i] += rest * natural[i] / (room - rest + 1e-9);
    return widths;
}

class Setter {
  public:
    explicit Setter(Pages& pages) : pages_(pages) {}

    void operator()(Heading const& heading) {
        constexpr std::array<double, 3> sizes = {15, 12.5, 11};
        auto const size = sizes[static_cast<std::size_t>(heading.level - 1)];
        auto const set =
            pages_.set(heading.text, {.size = size, .is_strong = true, .colour = {11, 83, 148}}, pages_.width());
        pages_.gap(size * 0.9);
        pages_.need(set.height() + 42);
        pages_.outline(plain_text(heading.text), heading.level);
        pages_.flow(set, 0);
        pages_.gap(4);
    }
    void operator()(Paragraph const& paragraph) {
        pages_.flow(pages_.set(paragraph.text, {}, pages_.width()), 0);
        pages_.gap(6);
    }
    void operator()(List const& list) {
        std::size_t number = 0;
        for (auto const& item : list.items) {
            ++number;
            auto const mark = pages_.set(plain(list.is_numbered ? fmt::format("{}.", number) : "•"), {}, 18);
            auto const set = pages_.set(item, {}, pages_.width() - 20);
            pages_.need(mark.height() + set.height_of(0, 1));  // a mark does not stand alone at the foot
            pages_.put(mark, 2, pages_.y() + set.baseline_of(0) - mark.baseline_of(0));
            pages_.flow(set, 20);
            pages_.gap(2);
        }
        pages_.gap(5);
    }
    void operator()(Table const& table) {
        pages_.gap(4);
        if (!table.caption.empty()) {
            auto const caption = pages_.set(plain(table.caption), {.is_strong = true}, pages_.width());
            pages_.need(caption.height() + 76);
            pages_.flow(caption, 0);
            pages_.gap(3);
        }
        auto const widths = widths_of(natural_widths(table), pages_.width());
        auto const head = [&] {
            std::vector<Text> titles;
            for (auto const& column : table.columns)
                titles.push_back({Span{.text = column.title.empty() ? " " : column.title, .is_strong = true}});
            row(table, titles, widths, nullptr, true);
        };
        pages_.need(72);  // the heads and a first row
        head();
        for (auto const& cells : table.rows) row(table, cells, widths, head, false);
        pages_.gap(8);
    }
    void operator()(KeyFigures const& row) {
        auto const gap = 8.0;
        auto const count = static_cast<double>(row.figures.size());
        auto const width = (pages_.width() - gap * (count - 1)) / count;
        std::vector<std::pair<SetText, SetText>> boxes;
        double height = 0;
        for (auto const& figure : row.figures) {
            boxes.emplace_back(pages_.set(isolated(plain(figure.value)),
                                          {.size = 20, .is_strong = true, .colour = {11, 53, 88}}, width - 16),
                               pages_.set(plain(figure.label), {.size = 9, .colour = {76, 88, 102}}, width - 16));
            height = std::max(height, boxes.back().first.height() + boxes.back().second.height() + 16);
        }
        pages_.gap(4);
        pages_.need(height);
        double x = 0;
        for (auto const& [value, label] : boxes) {
            pages_.fill(x, pages_.y(), width, height, {238, 243, 248});
            pages_.fill(x, pages_.y(), width, 2, {11, 83, 148});
            pages_.put(value, x + 8, pages_.y() + 8);
            pages_.put(label, x + 8, pages_.y() + 8 + value.height());
            x += width + gap;
        }
        pages_.gap(height + 10);
    }
    void operator()(Chart const& chart) {
        auto const title =
            pages_.set(plain(chart.unit.empty() ? chart.title : fmt::format("{} ({})", chart.title, chart.unit)),
                       {.is_strong = true}, pages_.width());
        constexpr double chart_height = 190;
        pages_.gap(6);
        pages_.need(title.height() + chart_height + (chart.series.size() > 1 ? 20 : 0));
        pages_.flow(title, 0);
        pages_.gap(2);
        pages_.chart(plan_of(chart, pages_.width(), chart_height, pages_.is_right_to_left()));
        pages_.gap(chart_height);
        if (chart.series.size() > 1) legend(chart);
        pages_.gap(8);
    }
    void operator()(PageBreak const&) { pages_.next_page(); }

  private:
    std::vector<double> natural_widths(Table const& table) {
        std::vector<double> natural;
        for (std::size_t column = 0; column < table.columns.size(); ++column) {
            auto widest =
                pages_.natural_width({Span{.text = table.columns[column].title, .is_strong = true}}, cell_font_);
            for (std::size_t i = 0; i < std::min<std::size_t>(table.rows.size(), 200); ++i)
                widest = std::max(widest, pages_.natural_width(table.rows[i][column], cell_font_));
            natural.push_back(widest + 2 * cell_padding + 1);
        }
        return natural;
    }

    /// A row that is higher than a page goes on over the next ones.
    template <class Head>
    void row(Table const& table, std::vector<Text> const& cells, std::vector<double> const& widths, Head const& head,
             bool is_head) {
        std::vector<SetText> sets;
        double height = 0;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            auto font = cell_font_;
            font.is_at_end = table.columns[i].is_numeric;
            sets.push_back(
                pages_.set(font.is_at_end ? isolated(cells[i]) : cells[i], font, widths[i] - 2 * cell_padding));
            height = std::max(height, sets.back().height());
        }
        auto const fresh_page = [&] {
            pages_.next_page();
            if constexpr (!std::is_null_pointer_v<Head>) head();
        };
        if (pages_.room() < height + 2 * cell_padding && height < pages_.page_room() * 0.6) fresh_page();
        std::vector<std::size_t> next(sets.size(), 0);
        for (bool is_open = true; is_open;) {
            if (pages_.room() < 30) fresh_page();
            is_open = false;
            auto const room = pages_.room() - 2 * cell_padding;
            double used = 0, base = 0;  // cells of different scripts stand on one line
            for (std::size_t i = 0; i < sets.size(); ++i) base = std::max(base, sets[i].baseline_of(next[i]));
            std::vector<std::size_t> until;
            for (std::size_t i = 0; i < sets.size(); ++i) {
                until.push_back(sets[i].lines_within(next[i], room));
                used = std::max(used, sets[i].height_of(next[i], until[i]) + base - sets[i].baseline_of(next[i]));
            }
            if (is_head) pages_.fill(0, pages_.y(), pages_.width(), used + 2 * cell_padding, {238, 243, 248});
            double x = 0;
            for (std::size_t i = 0; i < sets.size(); ++i) {
                pages_.put_lines(sets[i], next[i], until[i], x + cell_padding,
                                 pages_.y() + cell_padding + base - sets[i].baseline_of(next[i]));
                next[i] = until[i];
                is_open = is_open || next[i] < sets[i].lines();
                x += widths[i];
            }
            pages_.gap(used + 2 * cell_padding);
            pages_.fill(0, pages_.y() - 0.5, pages_.width(), is_head ? 1.2 : 0.5,
                        is_head ? Colour{11, 83, 148} : Colour{211, 218, 226});
            if (is_open) fresh_page();
        }
    }

    void legend(Chart const& chart) {
        double x = 0;
        for (std::size_t s = 0; s < chart.series.size(); ++s) {
            auto const name = pages_.set(plain(chart.series[s].name), {.size = 9}, 150);
            auto const width = std::min(150.0, pages_.natural_width(plain(chart.series[s].name), {.size = 9})) + 32;
            if (x > 0 && x + width > pages_.width()) {
                x = 0;
                pages_.gap(name.height() + 2);
                pages_.need(name.height() + 2);
            }
            pages_.fill(x, pages_.y() + 3, 9, 9, colour_of_series(s));
            pages_.put(name, x + 14, pages_.y());
            x += width;
            if (s + 1 == chart.series.size()) pages_.gap(name.height() + 2);
        }
    }

    Pages& pages_;
    Font cell_font_{.size = 9.5};
};

void title_block(Pages& pages, Document const& document) {
    if (!document.marking.empty()) {
        pages.marking(document.marking, false);
        pages.gap(24);
    }
    pages.flow(pages.set(plain(document.title), {.size = 23, .is_strong = true, .colour = {11, 53, 88}}, pages.width()),
               0);
    pages.gap(2);
    if (!document.meta.empty())
        pages.flow(pages.set(plain(document.meta), {.size = 10, .colour = {76, 88, 102}}, pages.width()), 0);
    pages.gap(6);
    pages.fill(0, pages.y(), pages.width(), 2, {11, 83, 148});
    pages.gap(14);
}

Status set_all(Pages& pages, Document const& document, Limits const& limits) {
    CHECK(pages.begin());
    title_block(pages, document);
    Setter setter(pages);
    for (auto const& block : document.blocks) {
        std::visit(setter, block);
        if (pages.count() > limits.pages)
            return fail(Code::limit, fmt::format("a PDF has at most {} pages", limits.pages));
    }
    return pages.finish();
}

}  // namespace

Result<std::string> to_pdf(Document const& document, Limits const& limits) {
    TRY(auto const clean, prepared(document, limits));
    Pages counting(clean, 0);  // the number of pages stands on each, so the pages are set twice
    CHECK(set_all(counting, clean, limits));
    Pages pages(clean, counting.count());
    CHECK(set_all(pages, clean, limits));
    return pages.bytes();
}

}  // namespace tocsin::formats::document
