#pragma once
#include "formats/document/document.hpp"

#include <array>

/// What the four writers share. Private to document.
namespace tocsin::formats::document {

/// The document as it may be written: checked against the limits, characters that have no place in a text gone,
/// addresses that are not to be linked gone.
Result<Document> prepared(Document const& document, Limits const& limits);

/// Colour of a marking by TLP 2.0's table, on black; none: not a TLP label.
struct Colour {
    std::uint8_t red = 0, green = 0, blue = 0;
};
std::optional<Colour> colour_of_marking(std::string_view marking);
/// Of the n-th series.
Colour colour_of_series(std::size_t number);
std::string hex_of(Colour colour);  ///< "#0b5394"

/// Whether it has letters that are read from right to left.
bool has_right_to_left(std::string_view text);
/// Numbers and what belongs to them stay in their order in Arabic, too.
Text isolated(Text text);

/// The chart as a table: label, then one column for each series.
Table table_of(Chart const& chart);

/// A number as charts and their tables write it: "12", "3.5", without locale.
std::string number_text(double value);

/// A chart laid out: all in one coordinate system with the origin top left, mirrored when read from right to left.
struct ChartPlan {
    struct Bar {
        double x, y, width, height;
        std::size_t series;
    };
    struct Point {
        double x, y;
    };
    struct Tick {
        double y;
        std::string text;
    };
    struct Label {
        double x;  ///< its middle
        std::string text;
    };
    double width = 0, height = 0;
    double left = 0, right = 0, top = 0, bottom = 0;  ///< of the plot
    double label_width = 0;                           ///< room for one label
    std::vector<Bar> bars = {};
    std::vector<std::vector<Point>> lines = {};  ///< by series
    std::vector<Tick> ticks = {};
    std::vector<Label> labels = {};  ///< thinned out so that they stand apart
};
ChartPlan plan_of(Chart const& chart, double width, double height, bool is_mirrored);

}  // namespace tocsin::formats::document
