#include "formats/extract/embedded_rules.hpp"

#include "base/base.hpp"
#include "formats/extract/lexis.hpp"

#include <algorithm>
#include <array>

namespace tocsin::formats {
namespace {

class Rules {
  public:
    Rules(std::string_view text, ExtractOptions const& options) : text_(text), options_(options) {}

    std::vector<EmbeddedRule> find() {
        for (std::size_t at = 0; at < text_.size() && found_.size() < options_.rules;) {
            auto const line = line_at(at);
            auto const word = trimmed(line);
            auto end = std::size_t{0};
            if (word.starts_with("rule ") || word.starts_with("private ") || word.starts_with("global "))
                end = yara(at, word);
            else if (line.starts_with("title:"))
                end = sigma(at, line);
            else if (word.ends_with(')') || word.ends_with('\\'))
                end = suricata(at, word);
            at = end > at ? end : at + line.size() + 1;
        }
        return std::move(found_);
    }

  private:
    /// Without its line end.
    std::string_view line_at(std::size_t at) const {
        auto const end = std::min(text_.find('\n', at), text_.size());
        return text_.substr(at, end - at);
    }
    std::size_t start_of(std::size_t at, std::string_view word) const {
        return static_cast<std::size_t>(word.data() - text_.data()) > at
                   ? static_cast<std::size_t>(word.data() - text_.data())
                   : at;
    }
    void keep(EmbeddedRule::Language language, std::string_view name, std::size_t begin, std::size_t end) {
        constexpr std::size_t longest_name = 200;
        found_.push_back({language, repaired_utf8(trimmed(name).substr(0, longest_name)), begin, end - begin});
    }

    /// Keeps the whole linear, whatever looks like the start of a rule and is none.
    bool is_tired() const { return wasted_ > text_.size() + (std::size_t{8} << 20); }

    std::size_t yara(std::size_t at, std::string_view word);
    std::size_t yara_end(std::size_t open);
    std::size_t sigma(std::size_t at, std::string_view line);
    std::size_t suricata(std::size_t at, std::string_view word);

    std::string_view text_;
    ExtractOptions const& options_;
    std::vector<EmbeddedRule> found_;
    std::size_t wasted_ = 0;  // bytes looked through for rules that were none
};

/// [private] [global] rule NAME [: TAGS] { ... }
std::size_t Rules::yara(std::size_t at, std::string_view word) {
    constexpr std::size_t longest_head = 512;
    auto head = word;
    for (std::string_view const modifier : {"private ", "global ", "private "})
        if (head.starts_with(modifier)) head = trimmed(head.substr(modifier.size()));
    if (!head.starts_with("rule ")) return 0;
    head = trimmed(head.substr(5));
    std::size_t size = 0;
    while (size < head.size() && (is_alnum(head[size]) || head[size] == '_')) ++size;
    if (size == 0 || size > 128 || is_digit(head[0])) return 0;
    auto const begin = start_of(at, word);
    auto const open = text_.substr(begin, longest_head).find('{');
    if (open == std::string_view::npos) return 0;
    auto const between = text_.substr(begin, open);
    if (between.find_first_of("}();=\"") != std::string_view::npos) return 0;
    auto const end = yara_end(begin + open);
    if (end == 0) return 0;
    auto const body = text_.substr(begin + open, end - begin - open);
    if (body.find("condition") == std::string_view::npos) return 0;
    keep(EmbeddedRule::Language::yara, head.substr(0, size), begin, end);
    return end;
}

/// Behind the brace that closes the one at `open`; 0 when there is none within the limit.
std::size_t Rules::yara_end(std::size_t open) {
    if (is_tired()) return 0;
    auto const stop = std::min(text_.size(), open + options_.rule_bytes);
    int depth = 0;
    char before = '\0';  // the last character that is no space
    for (auto at = open; at < stop; ++at) {
        char const c = text_[at];
        if (c == '{') ++depth;
        if (c == '}' && --depth == 0) return at + 1;
        bool const comment = c == '/' && at + 1 < stop && (text_[at + 1] == '/' || text_[at + 1] == '*');
        if (comment) {
            auto const end = text_[at + 1] == '/' ? text_.find('\n', at) : text_.find("*/", at + 2);
            if (end >= stop) break;
            at = text_[at + 1] == '/' ? end : end + 1;
            continue;
        }
        if (c == '"' || (c == '/' && before == '=')) {
            for (++at; at < stop && text_[at] != c && text_[at] != '\n'; ++at)
                if (text_[at] == '\\') ++at;
        }
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') before = c;
    }
    wasted_ += stop - open;
    return 0;
}

/// From "title:" on, as long as lines look like YAML of one document.
std::size_t Rules::sigma(std::size_t at, std::string_view line) {
    bool source = false, detection = false;
    auto end = at;
    for (auto next = at; next < text_.size() && next - at < options_.rule_bytes;) {
        auto const part = line_at(next);
        auto const bare = trimmed(part);
        auto const key_end = part.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
        bool const key = key_end != std::string_view::npos && key_end > 0 && part[key_end] == ':';
        bool const inner = !bare.empty() && (part[0] == ' ' || part[0] == '\t' || part[0] == '-' || part[0] == '#');
        if (next > at && (part.starts_with("title:") || bare == "---")) break;
        if (!key && !inner && !bare.empty()) break;
        source = source || part.starts_with("logsource:");
        detection = detection || part.starts_with("detection:");
        next += part.size() + 1;
        if (!bare.empty()) end = next - 1;
    }
    if (!source || !detection) return 0;
    auto name = trimmed(line.substr(6));
    if (name.size() >= 2 && (name.front() == '\'' || name.front() == '"')) name = name.substr(1, name.size() - 2);
    keep(EmbeddedRule::Language::sigma, name, at, end);
    return end;
}

/// ACTION PROTOCOL ... -> ... ( ...; sid:N; ... ), a line, or several with a backslash at their ends.
std::size_t Rules::suricata(std::size_t at, std::string_view word) {
    constexpr std::array<std::string_view, 8> actions = {"alert ", "drop ",      "reject ",    "pass ",
                                                         "block ", "rejectsrc ", "rejectdst ", "rejectboth "};
    if (is_tired() || std::ranges::none_of(actions, [&](auto action) { return word.starts_with(action); })) return 0;
    auto const begin = start_of(at, word);
    auto end = begin;
    while (end < text_.size() && end - begin < options_.rule_bytes) {
        auto const line = line_at(end);
        end += line.size();
        if (!trimmed(line).ends_with('\\') || end >= text_.size()) break;
        ++end;
    }
    auto rule = text_.substr(begin, end - begin);
    rule = rule.substr(0, trimmed(rule).size());
    auto const open = rule.find('(');
    bool const whole =
        rule.ends_with(')') && open != std::string_view::npos && rule.find("sid:", open) != std::string_view::npos;
    if (!whole || rule.size() > options_.rule_bytes) {
        wasted_ += rule.size();
        return 0;
    }
    auto const message = rule.find("msg:\"", open);
    auto const name = message == std::string_view::npos ? std::string_view() : rule.substr(message + 5);
    keep(EmbeddedRule::Language::suricata, name.substr(0, name.find('"')), begin, begin + rule.size());
    return begin + rule.size();
}

}  // namespace

std::vector<EmbeddedRule> embedded_rules(std::string_view text, ExtractOptions const& options) {
    return Rules(text, options).find();
}

}  // namespace tocsin::formats
