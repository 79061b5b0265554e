#include "formats/extract/html_text.hpp"

#include "formats/charset.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <unicode/ucnv.h>

namespace tocsin::formats {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

template <std::size_t N>
bool one_of(std::array<std::string_view, N> const& sorted, std::string_view name) {
    return std::ranges::binary_search(sorted, name);
}

/// Elements that stand on lines of their own.
constexpr std::array<std::string_view, 39> blocks = {
    "address", "article", "aside", "blockquote", "body",    "br",     "caption", "center", "dd",   "details",
    "dialog",  "div",     "dl",    "dt",         "figure",  "footer", "form",    "h1",     "h2",   "h3",
    "h4",      "h5",      "h6",    "head",       "header",  "hr",     "html",    "li",     "main", "nav",
    "ol",      "option",  "p",     "pre",        "section", "table",  "title",   "tr",     "ul"};
static_assert(std::ranges::is_sorted(blocks));

/// The text of a page while it is written: runs of white space are one space, a block is a line.
class Lines {
  public:
    explicit Lines(std::string& out) : out_(out) {}

    void put(std::string_view text, bool keep_spaces) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            char const c = text[i];
            if (is_hidden(text, i)) {
                i += c == '\xC2' ? 1 : 2;
            } else if (text.substr(i).starts_with("\xC2\xA0")) {
                space_ = true;
                ++i;
            } else if (c == '\n' && keep_spaces) {
                new_line(true);
            } else if (is_space(c)) {
                space_ = true;
            } else if (static_cast<unsigned char>(c) >= 0x20) {
                if (space_ && !out_.empty() && out_.back() != '\n' && out_.back() != '\t') out_ += ' ';
                space_ = false;
                out_ += c;
            }
        }
    }
    void new_line(bool even_if_empty = false) {
        space_ = false;
        if (!out_.empty() && (even_if_empty || out_.back() != '\n')) out_ += '\n';
    }
    void cell() {
        space_ = false;
        if (!out_.empty() && out_.back() != '\n') out_ += '\t';
    }

  private:
    /// Soft hyphen, zero width space, word joiner, byte order mark.
    static bool is_hidden(std::string_view text, std::size_t at) {
        auto const rest = text.substr(at, 3);
        return rest.starts_with("\xC2\xAD") || rest == "\xE2\x80\x8B" || rest == "\xE2\x81\xA0" ||
               rest == "\xEF\xBB\xBF";
    }

    std::string& out_;
    bool space_ = false;
};

struct Tag {
    std::string name;  // lower case
    bool closing = false;
    std::string link;  // the value of the attribute that holds this element's target
    bool has_link = false;
};

std::string_view link_attribute(std::string_view element) {
    if (element == "a" || element == "area") return "href";
    if (element == "iframe" || element == "frame") return "src";
    return element == "form" ? "action" : "";
}

class Page {
  public:
    Page(std::string_view html, HtmlLimits const& limits) : html_(html), limits_(limits), lines_(result_.text) {}

    HtmlText read() {
        while (at_ < html_.size()) {
            char const c = html_[at_];
            if (c == '<' && markup()) continue;
            if (c == '&') {
                decoded_.clear();
                at_ = append_html_reference(decoded_, html_, at_);
                lines_.put(decoded_, preformatted_ > 0);
                continue;
            }
            auto const end = std::min(html_.find_first_of("<&", at_ + 1), html_.size());
            lines_.put(html_.substr(at_, end - at_), preformatted_ > 0);
            at_ = end;
        }
        return std::move(result_);
    }

  private:
    char peek(std::size_t ahead) const { return at_ + ahead < html_.size() ? html_[at_ + ahead] : '\0'; }
    void go_behind(std::string_view what, std::size_t from) {
        auto const found = html_.find(what, from);
        at_ = found == std::string_view::npos ? html_.size() : found + what.size();
    }

    /// Reads what starts with '<'; false when it is only that character.
    bool markup() {
        if (is_letter(peek(1)) || (peek(1) == '/' && is_letter(peek(2)))) {
            apply(tag());
            return true;
        }
        if (html_.substr(at_).starts_with("<!--")) {
            // "<!-->" and "<!--->" are closed at once
            go_behind("-->", at_ + 2);
            return true;
        }
        if (peek(1) == '!' || peek(1) == '?' || peek(1) == '/') {
            go_behind(">", at_ + 1);
            return true;
        }
        return false;
    }

    Tag tag() {
        Tag tag;
        tag.closing = peek(1) == '/';
        auto const start = at_ + (tag.closing ? 2 : 1);
        at_ = std::min(html_.find_first_of(" \t\n\r\f/>", start), html_.size());
        tag.name = lowered(html_.substr(start, std::min<std::size_t>(at_ - start, 16)));
        auto const wanted = link_attribute(tag.name);
        while (at_ < html_.size() && html_[at_] != '>') attribute(tag, wanted);
        if (at_ < html_.size()) ++at_;
        return tag;
    }

    void attribute(Tag& tag, std::string_view wanted) {
        if (is_space(html_[at_]) || html_[at_] == '/') {
            ++at_;
            return;
        }
        auto const start = at_;
        at_ = std::min(html_.find_first_of(" \t\n\r\f/>=", start + 1), html_.size());
        auto const name = html_.substr(start, at_ - start);
        auto after = at_;
        while (after < html_.size() && is_space(html_[after])) ++after;
        if (after >= html_.size() || html_[after] != '=') return;
        ++after;
        while (after < html_.size() && is_space(html_[after])) ++after;
        at_ = after;
        auto const value = attribute_value();
        if (!wanted.empty() && !tag.has_link && equal_ignoring_case(name, wanted)) {
            tag.has_link = true;
            tag.link = resolved(value);
        }
    }

    std::string_view attribute_value() {
        if (at_ >= html_.size() || html_[at_] == '>') return {};
        char const quote = html_[at_];
        if (quote == '"' || quote == '\'') {
            auto const start = at_ + 1;
            auto const end = std::min(html_.find(quote, start), html_.size());
            at_ = std::min(end + 1, html_.size());
            return html_.substr(start, end - start);
        }
        auto const start = at_;
        at_ = std::min(html_.find_first_of(" \t\n\r\f>", start), html_.size());
        return html_.substr(start, at_ - start);
    }

    std::string resolved(std::string_view value) const {
        std::string text;
        value = value.substr(0, limits_.link_bytes + 1);
        for (std::size_t at = 0; at < value.size();) {
            if (value[at] == '&')
                at = append_html_reference(text, value, at);
            else if (char const c = value[at++]; static_cast<unsigned char>(c) >= 0x20)
                text += c;
        }
        return std::string(trimmed(text));
    }

    void apply(Tag const& tag) {
        if (!tag.closing && tag.has_link) keep_link(tag.link);
        if (one_of(blocks, tag.name)) lines_.new_line();
        if (tag.closing && (tag.name == "td" || tag.name == "th")) lines_.cell();
        if (tag.name == "pre" || tag.name == "textarea") {
            if (!tag.closing) ++preformatted_;
            if (tag.closing && preformatted_ > 0) --preformatted_;
        }
        if (!tag.closing && (tag.name == "script" || tag.name == "style")) skip_raw(tag.name);
    }

    void keep_link(std::string const& link) {
        auto const scheme = lowered(std::string_view(link).substr(0, 8));
        bool const absolute = scheme.starts_with("http:") || scheme.starts_with("https:") ||
                              scheme.starts_with("ftp:") || scheme.starts_with("hxxp") ||
                              scheme.starts_with("mailto:") || scheme.starts_with("//");
        if (!absolute) return;
        if (link.size() > limits_.link_bytes || result_.links.size() >= limits_.links)
            ++result_.links_left_out;
        else
            result_.links.push_back(link);
    }

    /// To the closing tag of an element that holds no markup. Not found: to the end.
    void skip_raw(std::string_view name) {
        while (at_ < html_.size()) {
            auto const found = html_.find("</", at_);
            if (found == std::string_view::npos) break;
            at_ = found + 2;
            if (equal_ignoring_case(html_.substr(at_, name.size()), name)) {
                go_behind(">", at_);
                return;
            }
        }
        at_ = html_.size();
    }

    std::string_view html_;
    HtmlLimits const& limits_;
    HtmlText result_;
    Lines lines_;
    std::size_t at_ = 0;
    std::size_t preformatted_ = 0;
    std::string decoded_;
};

/// The charset that the first bytes name: a mark, or `charset=...` as in <meta>.
std::string declared_charset(std::string_view html) {
    if (html.starts_with("\xFE\xFF") || html.starts_with("\xFF\xFE")) return "UTF-16";
    auto const head = lowered(html.substr(0, 2048));
    auto at = head.find("charset=");
    if (at == std::string::npos) return {};
    at += 8;
    while (at < head.size() && (head[at] == '"' || head[at] == '\'' || head[at] == ' ')) ++at;
    auto const end = head.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_:.", at);
    auto const name =
        head.substr(at, std::min<std::size_t>(end == std::string::npos ? head.size() - at : end - at, 40));
    return name == "iso-8859-1" || name == "us-ascii" || name == "latin1" ? std::string() : name;
}

/// The page as UTF-8, or nothing when no converter of that name is known.
std::optional<std::string> converted(std::string_view bytes, std::string const& charset) {
    UErrorCode error = U_ZERO_ERROR;
    auto* const from = ucnv_open(charset.c_str(), &error);
    if (U_FAILURE(error)) return std::nullopt;
    std::string out(bytes.size() * 3 + 16, '\0');  // no charset of the web takes more
    auto const size = ucnv_toAlgorithmic(UCNV_UTF8, from, out.data(), static_cast<std::int32_t>(out.size()),
                                         bytes.data(), static_cast<std::int32_t>(bytes.size()), &error);
    ucnv_close(from);
    if (U_FAILURE(error) || size < 0 || static_cast<std::size_t>(size) > out.size()) return std::nullopt;
    out.resize(static_cast<std::size_t>(size));
    return out;
}

}  // namespace

Result<HtmlText> text_of_html(std::string_view html, HtmlLimits const& limits) {
    if (html.size() > limits.bytes || html.size() > (std::size_t{512} << 20))
        return fail(Code::limit, fmt::format("the page has {} bytes; expected at most {}", html.size(), limits.bytes));
    if (is_valid_utf8(html)) return Page(html, limits).read();
    auto const charset = declared_charset(html);
    auto text = charset.empty() ? std::nullopt : converted(html, charset);
    auto const utf8 = repaired_utf8(text ? *text : from_latin1(html));
    return Page(utf8, limits).read();
}

}  // namespace tocsin::formats
