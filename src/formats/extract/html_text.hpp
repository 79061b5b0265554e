#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats {

struct HtmlLimits {
    std::size_t bytes = std::size_t{32} << 20;  ///< of the page; beyond it Code::limit
    std::size_t links = 20'000;                 ///< kept; the rest is counted
    std::size_t link_bytes = 8192;              ///< a longer link is counted as left out
};

/// What a person reads of a page.
struct HtmlText {
    std::string text;  ///< UTF-8; a block, row or <br> is a line, a table cell ends with a tab
    std::vector<std::string>
        links;  ///< absolute targets of <a>, <area>, <iframe>, <frame> and <form>, entities resolved
    std::size_t links_left_out = 0;
};

/// Reads a page as a browser would show it: no script, no style, no comment, no markup.
///
/// Source: the tokenization of the WHATWG HTML standard (section 13.2.5), without its tree. What is not closed reaches
/// to the end of the page, as in a browser. Characters that are not seen (soft hyphen, zero width space, word joiner)
/// are dropped, so that they cannot hide a word. Bytes that are not UTF-8 are read by the charset that the page names,
/// otherwise as Windows-1252. Nothing is fetched. Time and memory are linear in the page. Safe from any thread.
Result<HtmlText> text_of_html(std::string_view html, HtmlLimits const& limits = {});

/// Resolves one character reference that starts at `text[at]` ('&'). Appends what it stands for (or the '&' itself when
/// it is none) and returns where reading goes on.
std::size_t append_html_reference(std::string& out, std::string_view text, std::size_t at);

}  // namespace tocsin::formats
