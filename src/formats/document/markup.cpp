#include "base/text.hpp"
#include "formats/document/document.hpp"

#include <algorithm>

/// The little markup of documents' texts.
namespace tocsin::formats::document {
namespace {

/// Reads spans from left to right; an opening mark without its end is text.
class InlineReader {
  public:
    explicit InlineReader(std::string_view text) : rest_(text) {}

    Text read() {
        while (!rest_.empty()) {
            if (rest_.starts_with("**") && styled("**", &Span::is_strong)) continue;
            if (rest_.starts_with('*') && styled("*", &Span::is_emphasis)) continue;
            if (rest_.starts_with('`') && styled("`", &Span::is_verbatim)) continue;
            if (rest_.starts_with('[') && link()) continue;
            pending_ += rest_.front();
            rest_.remove_prefix(1);
        }
        flush();
        return std::move(text_);
    }

  private:
    void flush() {
        if (!pending_.empty()) text_.push_back({.text = std::move(pending_)});
        pending_.clear();
    }
    bool styled(std::string_view mark, bool Span::* style) {
        auto const end = rest_.find(mark, mark.size());
        if (end == std::string_view::npos || end == mark.size() || rest_[mark.size()] == ' ') return false;
        flush();
        Span span{.text = std::string(rest_.substr(mark.size(), end - mark.size()))};
        span.*style = true;
        text_.push_back(std::move(span));
        rest_.remove_prefix(end + mark.size());
        return true;
    }
    bool link() {
        auto const middle = rest_.find("](");
        if (middle == std::string_view::npos || middle == 1) return false;
        auto const end = rest_.find(')', middle);
        if (end == std::string_view::npos) return false;
        flush();
        text_.push_back({.text = std::string(rest_.substr(1, middle - 1)),
                         .link = std::string(rest_.substr(middle + 2, end - middle - 2))});
        rest_.remove_prefix(end + 1);
        return true;
    }

    std::string_view rest_;
    std::string pending_;
    Text text_;
};

/// How many bytes of "12. " stand at the head; 0: none.
std::size_t number_mark(std::string_view line) {
    std::size_t digits = 0;
    while (digits < line.size() && digits < 4 && line[digits] >= '0' && line[digits] <= '9') ++digits;
    return digits > 0 && line.substr(digits).starts_with(". ") ? digits + 2 : 0;
}

}  // namespace

Text parse_inline(std::string_view markup) {
    return InlineReader(markup).read();
}

std::vector<Block> parse_markup(std::string_view markup) {
    std::vector<Block> blocks;
    std::string paragraph;
    auto const flush = [&] {
        if (!paragraph.empty()) blocks.emplace_back(Paragraph{parse_inline(paragraph)});
        paragraph.clear();
    };
    auto const item = [&](bool is_numbered, std::string_view text) {
        flush();
        auto* list = blocks.empty() ? nullptr : std::get_if<List>(&blocks.back());
        if (!list || list->is_numbered != is_numbered) {
            blocks.emplace_back(List{.is_numbered = is_numbered, .items = {}});
            list = &std::get<List>(blocks.back());
        }
        list->items.push_back(parse_inline(trimmed(text)));
    };
    for (auto const raw : split(markup, '\n')) {
        auto const line = trimmed(raw);
        if (line.empty())
            flush();
        else if (line.starts_with("### ") || line.starts_with("## ")) {
            flush();
            int const level = line.starts_with("### ") ? 3 : 2;
            blocks.emplace_back(Heading{level, parse_inline(trimmed(line.substr(3)))});
        } else if (line.starts_with("- "))
            item(false, line.substr(2));
        else if (auto const skip = number_mark(line); skip > 0)
            item(true, line.substr(skip));
        else
            paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
    }
    flush();
    return blocks;
}

}  // namespace tocsin::formats::document
