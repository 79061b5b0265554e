#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats {

struct PdfLimits {
    std::size_t bytes = std::size_t{64} << 20;     ///< of the file; beyond it Code::limit
    std::size_t decoded = std::size_t{256} << 20;  ///< bytes that streams may become, all together
    std::size_t text = std::size_t{32} << 20;      ///< bytes of text
    std::size_t pages = 5000;
    std::size_t operators = 20'000'000;  ///< of content streams, all together
    std::size_t links = 20'000;
};

/// What a person reads of a PDF file.
struct PdfText {
    std::string text;                       ///< UTF-8; a line is a line, a wide gap a tab
    std::vector<std::size_t> page_starts;   ///< where in `text` each page begins
    std::vector<std::string> links;         ///< the URIs of link annotations
    bool truncated = false;                 ///< a limit other than `bytes` was met: what was read until then is given
    std::size_t characters_unreadable = 0;  ///< shown by fonts that do not say which letters they draw
};

/// Reads the text that the pages show, in the order in which they draw it, and their links.
///
/// Source: ISO 32000-1 sections 7.3 to 7.8 (objects, filters, file and page structure), 9.4 (text), 9.10 (Unicode).
/// Objects are found by reading the file through, so that damaged tables and lengths do not matter; of several with one
/// number the last counts. Read are the filters for text (Flate, LZW, ASCII85, ASCIIHex, RunLength), form XObjects,
/// simple and composite fonts with ToUnicode, the standard encodings and the Unicode CMaps. Not read: pictures, the
/// text that scripts or form fields would show, attached files.
///
/// Memory is bounded by the limits, time is linear in them. No other program, no network, no script runs. Errors:
/// Code::invalid when it is no PDF, is encrypted, or has no page; Code::limit. Safe from any thread.
Result<PdfText> text_of_pdf(std::string_view pdf, PdfLimits const& limits = {});

}  // namespace tocsin::formats
