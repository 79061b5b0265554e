#pragma once
#include "formats/document/prepared.hpp"

#include <memory>

/// Pages of a PDF and text set on them; hides Pango and cairo. Private to document.
namespace tocsin::formats::document {

struct Font {
    double size = 10.5;  ///< points
    bool is_strong = false;
    bool is_at_end = false;  ///< aligned at the end of the line
    bool is_centred = false;
    Colour colour = {28, 37, 48};
};

/// Text broken into lines for a width.
class SetText {
  public:
    struct Inside;
    explicit SetText(std::unique_ptr<Inside> inside);
    SetText(SetText&&) noexcept;
    SetText& operator=(SetText&&) noexcept;
    ~SetText();

    double height() const { return height_of(0, lines()); }
    std::size_t lines() const;
    /// Of the lines from `first` up to, not with, `last`.
    double height_of(std::size_t first, std::size_t last) const;
    double baseline_of(std::size_t line) const;  ///< below the top of that line
    /// Which line no longer fits when one begins with `first`; always one more than `first` when there is one.
    std::size_t lines_within(std::size_t first, double room) const;

  private:
    friend class Pages;
    std::unique_ptr<Inside> inside_;
};

/// A4 pages filled from above. `x` is always from the side where reading begins: the pages of Arabic are mirrored.
class Pages {
  public:
    /// `total`: number of pages as printed on each; 0: not known yet.
    Pages(Document const& document, std::size_t total);
    Pages(Pages const&) = delete;
    Pages& operator=(Pages const&) = delete;
    ~Pages();

    /// Errors: Code::unavailable when there is no font for the document's language.
    Status begin();
    Status finish();
    std::string bytes();

    double width() const;
    double y() const;
    double room() const;       ///< left on this page
    double page_room() const;  ///< of an empty page
    std::size_t count() const;
    bool is_right_to_left() const;

    void gap(double height);
    void need(double height);  ///< goes to the next page when there is less room
    void next_page();

    SetText set(Text const& text, Font const& font, double width);
    double natural_width(Text const& text, Font const& font);
    void put(SetText const& text, double x, double y) { put_lines(text, 0, text.lines(), x, y); }
    void put_lines(SetText const& text, std::size_t first, std::size_t last, double x, double y);
    /// Line by line over as many pages as it takes.
    void flow(SetText const& text, double x);
    void fill(double x, double y, double width, double height, Colour colour);
    void chart(ChartPlan const& plan);
    void marking(std::string_view marking, bool is_in_header);
    void outline(std::string const& title, int level);

  private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace tocsin::formats::document
