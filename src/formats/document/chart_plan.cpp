#include "base/text.hpp"
#include "formats/document/prepared.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tocsin::formats::document {
namespace {

constexpr std::array<Colour, 8> series_colours = {{{11, 83, 148},
                                                   {194, 85, 0},
                                                   {56, 118, 29},
                                                   {103, 78, 167},
                                                   {166, 28, 0},
                                                   {19, 79, 92},
                                                   {127, 96, 0},
                                                   {80, 80, 80}}};

constexpr double widest_bar = 54;

/// 1, 2 or 5 times a power of ten, so that about four steps cover the span.
double nice_step(double span) {
    if (span <= 0) return 1;
    auto const raw = span / 4;
    auto const power = std::pow(10.0, std::floor(std::log10(raw)));
    for (double const factor : {1.0, 2.0, 5.0})
        if (raw <= factor * power) return factor * power;
    return 10 * power;
}

struct Axis {
    double low = 0, high = 1, step = 1;
};

Axis axis_of(Chart const& chart) {
    double low = 0, high = 0;
    for (auto const& series : chart.series)
        for (auto const value : series.values) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    auto const step = nice_step(high - low);
    Axis axis{.low = std::floor(low / step) * step, .high = std::ceil(high / step) * step, .step = step};
    if (axis.high <= axis.low) axis.high = axis.low + step;
    return axis;
}

}  // namespace

std::optional<Colour> colour_of_marking(std::string_view marking) {
    if (marking.starts_with("TLP:RED")) return Colour{255, 43, 43};
    if (marking.starts_with("TLP:AMBER")) return Colour{255, 192, 0};
    if (marking.starts_with("TLP:GREEN")) return Colour{51, 255, 0};
    if (marking.starts_with("TLP:CLEAR")) return Colour{255, 255, 255};
    return std::nullopt;
}

Colour colour_of_series(std::size_t number) {
    return series_colours[number % series_colours.size()];
}

std::string hex_of(Colour colour) {
    return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

std::string number_text(double value) {
    if (value == std::floor(value)) return fmt::format("{:.0f}", value == 0 ? 0.0 : value);
    auto text = fmt::format("{:.2f}", value);
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text;
}

Table table_of(Chart const& chart) {
    Table table{.caption = chart.unit.empty() ? chart.title : fmt::format("{} ({})", chart.title, chart.unit),
                .columns = {Column{}},
                .rows = {}};
    for (auto const& series : chart.series) table.columns.push_back({.title = series.name, .is_numeric = true});
    for (std::size_t i = 0; i < chart.labels.size(); ++i) {
        std::vector<Text> row{plain(chart.labels[i])};
        for (auto const& series : chart.series) row.push_back(plain(number_text(series.values[i])));
        table.rows.push_back(std::move(row));
    }
    return table;
}

ChartPlan plan_of(Chart const& chart, double width, double height, bool is_mirrored) {
    auto const axis = axis_of(chart);
    ChartPlan plan{.width = width, .height = height, .left = 48, .right = width - 8, .top = 10, .bottom = height - 30};
    if (is_mirrored) {
        plan.left = 8;
        plan.right = width - 48;
    }
    auto const y_of = [&](double value) {
        return plan.bottom - (value - axis.low) / (axis.high - axis.low) * (plan.bottom - plan.top);
    };
    auto const mirrored = [&](double x) { return is_mirrored ? plan.left + plan.right - x : x; };
    for (int i = 0; axis.low + i * axis.step <= axis.high + axis.step / 2 && i < 20; ++i) {
        auto const value = axis.low + i * axis.step;
        plan.ticks.push_back({y_of(value), number_text(value)});
    }
    auto const count = chart.labels.size();
    auto const slot = (plan.right - plan.left) / static_cast<double>(count);
    auto const every = static_cast<std::size_t>(std::max(1.0, std::ceil(44 / slot)));
    plan.label_width = slot * static_cast<double>(every);
    for (std::size_t i = 0; i < count; i += every)
        plan.labels.push_back({mirrored(plan.left + slot * (static_cast<double>(i) + 0.5)), chart.labels[i]});
    auto const all_series = static_cast<double>(chart.series.size());
    auto const bar_width = std::min(slot * 0.72 / all_series, widest_bar);
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
        std::vector<ChartPlan::Point> line;
        for (std::size_t i = 0; i < count; ++i) {
            auto const value = chart.series[s].values[i];
            auto const start = plan.left + slot * static_cast<double>(i);
            if (chart.kind == ChartKind::line) {
                line.push_back({mirrored(start + slot / 2), y_of(value)});
                continue;
            }
            auto const x = start + (slot - bar_width * all_series) / 2 + bar_width * static_cast<double>(s);
            auto const zero = y_of(0);
            auto const y = y_of(value);
            plan.bars.push_back({.x = is_mirrored ? mirrored(x + bar_width) : x,
                                 .y = std::min(y, zero),
                                 .width = bar_width,
                                 .height = std::abs(zero - y),
                                 .series = s});
        }
        if (chart.kind == ChartKind::line) plan.lines.push_back(std::move(line));
    }
    return plan;
}

}  // namespace tocsin::formats::document
