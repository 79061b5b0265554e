#include "formats/detection/writer.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Sigma rules that indicators carry. Source: Sigma Rules Specification 2.0; YAML 1.2.
///
/// Of YAML only what rules are written in: block mappings and lists, scalars and flow lists that end on their line,
/// block scalars. No anchors, no tags, no directives: a document that keeps to this can't reach into the next.
namespace tocsin::formats::detection {
namespace {

std::size_t indent_of(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

/// What stands behind a scalar that is closed: nothing, or a comment.
bool is_end(std::string_view rest) {
    auto const text = trimmed(rest);
    return text.empty() || (text.starts_with('#') && rest.starts_with(' '));
}

/// Where a quoted scalar ends, from its first quote; nothing: not on this line.
std::optional<std::size_t> end_of_quoted(std::string_view text) {
    char const quote = text.front();
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (quote == '"' && text[i] == '\\') {
            ++i;
        } else if (text[i] == quote) {
            if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
            ++i;
        }
    }
    return std::nullopt;
}

/// A flow list or mapping that ends on its line.
bool is_whole_flow(std::string_view text) {
    std::string open;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (c == '"' || c == '\'') {
            auto const end = end_of_quoted(text.substr(i));
            if (!end) return false;
            i += *end - 1;
        } else if (c == '[' || c == '{') {
            open += c == '[' ? ']' : '}';
        } else if (c == ']' || c == '}') {
            if (open.empty() || open.back() != c) return false;
            open.pop_back();
            if (open.empty()) return is_end(text.substr(i + 1));
        } else if (c == '#' || c == '&' || c == '!') {
            return false;
        }
    }
    return false;
}

class Document {
  public:
    Status read(std::vector<std::string_view> const& lines);
    std::string const& id() const { return id_; }

  private:
    Status line(std::string_view line);
    Status value(std::string_view text, std::size_t indent);
    Status key(std::string_view name, std::string_view value, std::size_t indent);

    Status place(std::size_t column, bool is_item);

    struct Level {
        std::size_t column = 0;
        bool is_list = false;
    };
    std::vector<std::string> top_;
    std::string id_;
    std::string section_;        ///< the key of the first column that we are in
    std::vector<Level> levels_;  ///< of mappings and lists around
    bool opens_ = false;         ///< the line before has something below it
    bool may_go_on_ = false;     ///< the line before is a plain scalar
    std::size_t goes_on_behind_ = 0;
    std::optional<std::size_t> block_;  ///< column of the key whose block scalar we are in
    std::size_t block_indent_ = 0;      ///< of its first line; 0: not met yet
    bool has_condition_ = false;
};

Status Document::read(std::vector<std::string_view> const& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (auto const done = line(lines[i]); !done)
            return fail(Code::invalid, fmt::format("line {} of the rule: {}", i + 1, done.error().message));
    for (std::string_view const name : {"title", "logsource", "detection"})
        if (std::ranges::find(top_, name) == top_.end()) return fail(Code::invalid, fmt::format("{} is missing", name));
    if (!has_condition_) return fail(Code::invalid, "detection has no condition");
    return {};
}

/// A mapping goes on in its own column; a deeper one begins where the line before has nothing behind its colon or dash.
Status Document::place(std::size_t column, bool is_item) {
    auto const wrong = [] { return fail(Code::invalid, "it stands in no column of the rule"); };
    if (levels_.empty() || column > levels_.back().column) {
        if (!levels_.empty() && !opens_) return wrong();
        levels_.push_back({column, is_item});
        return {};
    }
    while (!levels_.empty() && levels_.back().column > column) levels_.pop_back();
    if (levels_.empty() || levels_.back().column != column) return wrong();
    if (levels_.back().is_list == is_item) return {};
    if (is_item) {  // a list in the column of its key
        if (!opens_) return wrong();
        levels_.push_back({column, true});
        return {};
    }
    levels_.pop_back();
    return levels_.empty() || levels_.back().column != column ? wrong() : Status();
}

Status Document::line(std::string_view line) {
    auto const text = trimmed(line);
    if (text.empty()) return {};
    auto const indent = indent_of(line);
    if (block_ && indent > *block_) {
        if (block_indent_ == 0) block_indent_ = indent;
        return indent >= block_indent_ ? Status() : fail(Code::invalid, "less indent than the text above it");
    }
    block_.reset();
    if (text.starts_with('#')) return {};
    if (line[indent] == '\t') return fail(Code::invalid, "a tab in the indent");
    auto rest = line.substr(indent);
    while (rest.ends_with(' ') || rest.ends_with('\t')) rest.remove_suffix(1);
    bool const is_item = rest == "-" || rest.starts_with("- ");
    bool const is_quoted = rest.starts_with('"') || rest.starts_with('\'');
    auto const named = [](std::string_view part) { return part.contains(": ") || part.ends_with(':'); };
    if (!is_item && !is_quoted && !named(rest)) {
        bool const goes_on = may_go_on_ && indent > goes_on_behind_;
        return goes_on ? value(rest, goes_on_behind_) : fail(Code::invalid, "expected a key");
    }
    CHECK(place(indent, is_item));
    auto column = indent;
    for (auto dash = is_item; dash; dash = rest == "-" || rest.starts_with("- ")) {
        rest.remove_prefix(1);
        auto const blanks = std::min(rest.find_first_not_of(' '), rest.size());
        rest.remove_prefix(blanks);
        auto const inner = column + 1 + blanks;
        opens_ = true;
        bool const is_inner_list = rest == "-" || rest.starts_with("- ");
        if (rest.empty()) return {};
        if (is_inner_list || named(rest)) CHECK(place(inner, is_inner_list));
        column = inner;
    }
    if (rest.starts_with('"') || rest.starts_with('\'')) {
        auto const end = end_of_quoted(rest);
        if (end && rest.substr(*end).starts_with(':'))
            return key(rest.substr(1, *end - 2), rest.substr(*end + 1), column);
        if (is_item && levels_.back().column == column && !levels_.back().is_list) levels_.pop_back();
        return is_item ? value(rest, indent) : fail(Code::invalid, "expected a key");
    }
    auto const colon = rest.find(": ");
    if (!named(rest) || rest.starts_with('[') || rest.starts_with('{')) return value(rest, indent);
    auto const end = colon != std::string_view::npos ? colon : rest.size() - 1;
    return key(rest.substr(0, end), rest.substr(end + 1), column);
}

Status Document::key(std::string_view name, std::string_view text, std::size_t indent) {
    bool const is_plain = !name.empty() && !std::string_view("!&*%@`?[]{},#|>").contains(name.front());
    if (!is_plain || name.contains(" #")) return fail(Code::invalid, "a key that is none of a rule");
    if (indent == 0) {
        if (std::ranges::find(top_, name) != top_.end())
            return fail(Code::invalid, fmt::format("{} is twice in it", name));
        if (name == "action") return fail(Code::invalid, "action: a rule that changes others");
        top_.emplace_back(name);
        section_ = name;
        if (name == "id") id_ = lowered(trimmed(text));
    }
    if (indent > 0 && section_ == "detection" && name == "condition") has_condition_ = true;
    return value(trimmed(text), indent);
}

Status Document::value(std::string_view text, std::size_t indent) {
    may_go_on_ = false;
    opens_ = text.empty() || text.starts_with('#');
    if (opens_) return {};
    if (text.front() == '"' || text.front() == '\'') {
        auto const end = end_of_quoted(text);
        return end && is_end(text.substr(*end)) ? Status() : fail(Code::invalid, "a quote is not closed on its line");
    }
    if (text.front() == '[' || text.front() == '{')
        return is_whole_flow(text) ? Status() : fail(Code::invalid, "a bracket is not closed on its line");
    if (text.front() == '|' || text.front() == '>') {
        if (text.find_first_not_of("+-", 1) != std::string_view::npos)
            return fail(Code::invalid, "expected nothing behind | or >");
        block_ = indent;
        block_indent_ = 0;
        return {};
    }
    if (std::string_view("!&*%@`?,]}").contains(text.front()) || text.starts_with("---") || text.starts_with("..."))
        return fail(Code::invalid, fmt::format("a value that begins with {}", text.front()));
    if (text.contains(": ") || text.ends_with(':')) return fail(Code::invalid, "a colon in a value without quotes");
    may_go_on_ = true;
    goes_on_behind_ = indent;
    return {};
}

}  // namespace

Result<std::string> own_sigma(OwnRule const& rule, OwnNames& names) {
    std::vector<std::vector<std::string_view>> documents(1);
    for (auto const line : split(rule.text, '\n')) {
        if (line.starts_with("---") && trimmed(line.substr(3)).empty()) {
            documents.emplace_back();
        } else {
            documents.back().push_back(line);
        }
    }
    std::string all;
    std::vector<std::string> ids;
    for (auto const& lines : documents) {
        auto const is_blank = [](std::string_view line) { return trimmed(line).empty() || line.starts_with('#'); };
        if (std::ranges::all_of(lines, is_blank)) continue;
        Document document;
        CHECK(document.read(lines));
        if (!document.id().empty()) ids.push_back(document.id());
        all += fmt::format("---\n# {}\n", plain(rule.id));
        for (auto const line : lines) all += std::string(line) + "\n";
    }
    if (all.empty()) return fail(Code::invalid, "there is no rule in it");
    if (!names.taken.insert("\n" + rule.text).second) return fail(Code::invalid, "the same rule is in it already");
    for (auto const& id : ids)
        if (!names.taken.insert(id).second) return fail(Code::invalid, fmt::format("the id {} is taken", id));
    return all;
}

}  // namespace tocsin::formats::detection
