#include "formats/detection/writer.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>

/// YARA rules that indicators carry. Source: YARA 4 documentation, "Writing YARA rules".
///
/// A file with one wrong rule is refused as a whole, so a rule must say all that it uses: its strings, its modules, its
/// variables.
namespace tocsin::formats::detection {
namespace {

/// Modules that the usual builds have.
constexpr std::string_view modules[] = {"pe", "elf", "hash", "math", "time", "dotnet", "console"};
constexpr std::string_view words_of_conditions[] = {
    "all",      "and",        "any",      "ascii",    "at",      "base64",     "base64wide", "contains",    "defined",
    "endswith", "entrypoint", "false",    "filesize", "for",     "fullword",   "icontains",  "iendswith",   "iequals",
    "in",       "int16",      "int16be",  "int32",    "int32be", "int8",       "int8be",     "istartswith", "matches",
    "nocase",   "none",       "not",      "of",       "or",      "startswith", "them",       "true",        "uint16",
    "uint16be", "uint32",     "uint32be", "uint8",    "uint8be", "wide",       "xor"};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct Token {
    enum class Kind : std::uint8_t { word, text, expression, mark };
    Kind kind = Kind::mark;
    std::size_t start = 0;
    std::string_view text;  ///< of a string without its quotes
    int depth = 0;          ///< of curly brackets around it
};

/// Takes the text apart. Errors: what is opened and not closed.
class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}
    Result<std::vector<Token>> tokens();

  private:
    Status step(std::vector<Token>& tokens);
    Status comment();
    Status quoted(std::vector<Token>& tokens, char end);

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

Result<std::vector<Token>> Lexer::tokens() {
    std::vector<Token> tokens;
    while (at_ < text_.size()) CHECK(step(tokens));
    if (depth_ != 0) return fail(Code::invalid, "a curly bracket is not closed");
    return tokens;
}

Status Lexer::comment() {
    if (text_[at_ + 1] == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        return {};
    }
    auto const end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) return fail(Code::invalid, "a comment is not closed");
    at_ = end + 2;
    return {};
}

/// A string or an expression: on one line.
Status Lexer::quoted(std::vector<Token>& tokens, char end) {
    auto const start = at_++;
    while (at_ < text_.size() && text_[at_] != end && text_[at_] != '\n') at_ += text_[at_] == '\\' ? 2U : 1U;
    if (at_ >= text_.size() || text_[at_] != end)
        return fail(Code::invalid, "a string or an expression is not closed on its line");
    auto const kind = end == '"' ? Token::Kind::text : Token::Kind::expression;
    tokens.push_back({kind, start, text_.substr(start + 1, at_ - start - 1), depth_});
    ++at_;
    return {};
}

Status Lexer::step(std::vector<Token>& tokens) {
    char const c = text_[at_];
    auto const next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c == ' ' || c == '\t' || c == '\n') {
        ++at_;
        return {};
    }
    if (c == '/' && (next == '/' || next == '*')) return comment();
    if (c == '"' || c == '/') return quoted(tokens, c);
    if (is_letter(c) || is_digit(c)) {
        auto const start = at_;
        while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
        tokens.push_back(
            {is_digit(c) ? Token::Kind::mark : Token::Kind::word, start, text_.substr(start, at_ - start), depth_});
        return {};
    }
    if (static_cast<unsigned char>(c) >= 0x80)
        return fail(Code::invalid, "letters beyond ASCII stand in strings and comments only");
    if (c == '}') --depth_;
    if (depth_ < 0) return fail(Code::invalid, "a curly bracket is closed that was not opened");
    tokens.push_back({Token::Kind::mark, at_++, text_.substr(at_ - 1, 1), depth_});
    if (c == '{') ++depth_;
    return {};
}

/// Reads the rules of one text.
class Reading {
  public:
    explicit Reading(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    Status read();
    std::vector<std::string> const& names() const { return names_; }

  private:
    bool is_mark(std::size_t at, std::string_view text) const {
        return at < tokens_.size() && tokens_[at].kind == Token::Kind::mark && tokens_[at].text == text;
    }
    bool is_word(std::size_t at) const { return at < tokens_.size() && tokens_[at].kind == Token::Kind::word; }
    Status import();
    Status rule();
    Status body(std::size_t from, std::size_t to);
    void define(std::size_t from, std::size_t to);
    Status condition(std::size_t from, std::size_t to);
    Status use(std::size_t at, std::size_t to);
    Status word_of_condition(std::size_t at);
    Status check_used() const;

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::set<std::string, std::less<>> imported_, strings_, used_, wildcards_, variables_;
    bool uses_them_ = false, has_anonymous_ = false, in_head_of_loop_ = false;
    std::vector<std::string> names_;
};

Status Reading::read() {
    while (at_ < tokens_.size()) {
        if (!is_word(at_)) return fail(Code::invalid, "expected import or rule");
        auto const word = tokens_[at_].text;
        if (word == "import") {
            CHECK(import());
        } else if (word == "private") {
            ++at_;
            if (!is_word(at_) || tokens_[at_].text != "rule")
                return fail(Code::invalid, "expected rule behind private");
        } else if (word == "rule") {
            CHECK(rule());
        } else if (word == "global") {
            return fail(Code::invalid, "a global rule decides over all others");
        } else {
            return fail(Code::invalid, fmt::format("expected import or rule, found {}", word));
        }
    }
    return names_.empty() ? fail(Code::invalid, "there is no rule in it") : Status();
}

Status Reading::import() {
    if (++at_ >= tokens_.size() || tokens_[at_].kind != Token::Kind::text)
        return fail(Code::invalid, "import: expected a name in quotes");
    auto const name = tokens_[at_++].text;
    if (std::ranges::find(modules, name) == std::end(modules))
        return fail(Code::invalid, fmt::format("the module {} is not in every YARA", name));
    imported_.emplace(name);
    return {};
}

Status Reading::rule() {
    if (!is_word(++at_)) return fail(Code::invalid, "expected the name of a rule");
    auto const name = std::string(tokens_[at_++].text);
    if (name.size() > 128 || std::ranges::find(names_, name) != names_.end())
        return fail(Code::invalid, fmt::format("rule {}: its name is too long or twice in the text", name));
    if (is_mark(at_, ":"))
        while (is_word(++at_)) {
        }
    if (!is_mark(at_, "{")) return fail(Code::invalid, fmt::format("rule {}: expected {{", name));
    auto const from = ++at_;
    while (at_ < tokens_.size() && !(is_mark(at_, "}") && tokens_[at_].depth == 0)) ++at_;
    auto const done = body(from, at_++);
    if (!done) return fail(Code::invalid, fmt::format("rule {}: {}", name, done.error().message));
    names_.push_back(name);
    return {};
}

Status Reading::body(std::size_t from, std::size_t to) {
    strings_.clear(), used_.clear(), wildcards_.clear(), variables_.clear();
    uses_them_ = has_anonymous_ = false;
    std::array<std::size_t, 4> sections{to, to, to, to};  // meta, strings, condition, end
    constexpr std::string_view names[] = {"meta", "strings", "condition"};
    for (auto at = from; at < to; ++at)
        for (std::size_t i = 0; i < 3; ++i)
            if (is_word(at) && tokens_[at].depth == 1 && tokens_[at].text == names[i] && is_mark(at + 1, ":") &&
                sections[i] == to)
                sections[i] = at;
    if (sections[2] == to) return fail(Code::invalid, "there is no condition");
    if (sections[1] < sections[2]) define(sections[1] + 2, sections[2]);
    CHECK(condition(sections[2] + 2, to));
    return check_used();
}

/// `$name = ...`
void Reading::define(std::size_t from, std::size_t to) {
    for (auto at = from; at < to; ++at) {
        if (!is_mark(at, "$") || tokens_[at].depth != 1) continue;
        bool const is_named = is_word(at + 1) && tokens_[at + 1].start == tokens_[at].start + 1;
        if (is_named && is_mark(at + 2, "=")) strings_.emplace(tokens_[at + 1].text);
        if (!is_named && is_mark(at + 1, "=")) has_anonymous_ = true;
    }
}

Status Reading::condition(std::size_t from, std::size_t to) {
    if (from >= to) return fail(Code::invalid, "the condition is empty");
    in_head_of_loop_ = false;
    for (auto at = from; at < to; ++at) {
        if (is_mark(at, "{") || is_mark(at, "}")) return fail(Code::invalid, "a curly bracket in the condition");
        if (is_word(at)) CHECK(word_of_condition(at));
        if (is_mark(at, "$") || is_mark(at, "#") || is_mark(at, "@") || is_mark(at, "!")) CHECK(use(at, to));
    }
    return {};
}

/// `$name`, `#name`, `@name`, `!name`, `$name*`, `$` alone in a loop.
Status Reading::use(std::size_t at, std::size_t to) {
    bool const is_named = at + 1 < to && is_word(at + 1) && tokens_[at + 1].start == tokens_[at].start + 1;
    if (is_mark(at, "!") && !is_named) return {};  // !=
    if (!is_named) {
        if (is_mark(at + 1, "*")) uses_them_ = true;
        return {};
    }
    auto const name = tokens_[at + 1].text;
    if (is_mark(at + 2, "*") && is_mark(at, "$") && tokens_[at + 2].start == tokens_[at + 1].start + name.size()) {
        wildcards_.emplace(name);
        return {};
    }
    if (!strings_.contains(name)) return fail(Code::invalid, fmt::format("${} is used and not defined", name));
    used_.emplace(name);
    return {};
}

Status Reading::word_of_condition(std::size_t at) {
    auto const word = tokens_[at].text;
    bool const is_member = at > 0 && is_mark(at - 1, ".");
    bool const is_of_string = at > 0 && tokens_[at - 1].kind == Token::Kind::mark &&
                              std::string_view("$#@!").contains(tokens_[at - 1].text) &&
                              tokens_[at - 1].start + 1 == tokens_[at].start;
    if (is_member || is_of_string) return {};
    if (word == "for") in_head_of_loop_ = true;
    if (word == "in" || word == "of") in_head_of_loop_ = false;
    if (word == "them") uses_them_ = true;
    if (std::ranges::find(words_of_conditions, word) != std::end(words_of_conditions)) return {};
    if (in_head_of_loop_) {
        variables_.emplace(word);
        return {};
    }
    bool const is_known = variables_.contains(word) || std::ranges::find(names_, word) != names_.end() ||
                          (imported_.contains(word) && is_mark(at + 1, "."));
    return is_known ? Status() : fail(Code::invalid, fmt::format("{} is used and not defined", word));
}

/// YARA refuses strings that no condition uses, and patterns of names that no string has.
Status Reading::check_used() const {
    for (auto const& wildcard : wildcards_)
        if (std::ranges::none_of(strings_, [&](auto const& name) { return name.starts_with(wildcard); }))
            return fail(Code::invalid, fmt::format("${}* is used and not defined", wildcard));
    if (uses_them_) return {};
    if (has_anonymous_) return fail(Code::invalid, "a string without a name is not used");
    for (auto const& name : strings_) {
        auto const covers = [&](auto const& wildcard) { return name.starts_with(wildcard); };
        if (!used_.contains(name) && !name.starts_with('_') && std::ranges::none_of(wildcards_, covers))
            return fail(Code::invalid, fmt::format("${} is not used", name));
    }
    return {};
}

/// A name that is taken gets digits of the indicator's id behind it, wherever the text says it.
std::string renamed(OwnRule const& rule, Reading const& reading, OwnNames& names) {
    std::string text = rule.text;
    for (auto const& name : reading.names()) {
        if (!name.starts_with("tocsin_") && names.taken.insert(name).second) continue;
        auto const uuid = stable_uuid({.observable = {ObservableKind::other, rule.text}, .id = rule.id}, name);
        auto const fresh = fmt::format("{}_{}", name.substr(0, 100), stix::format_uuid(uuid).substr(0, 8));
        names.taken.insert(fresh);
        std::string out;
        std::size_t from = 0;
        Lexer lexer(text);
        auto const tokens = lexer.tokens();
        if (!tokens) return {};
        for (auto const& token : *tokens) {
            if (token.kind != Token::Kind::word || token.text != name || token.depth > 1) continue;
            bool const is_free = token.start == 0 || !std::string_view("$#@!.").contains(text[token.start - 1]);
            if (!is_free) continue;
            out += text.substr(from, token.start - from) + fresh;
            from = token.start + name.size();
        }
        text = out + text.substr(from);
    }
    return text;
}

}  // namespace

Result<std::string> own_yara(OwnRule const& rule, OwnNames& names) {
    if (!names.taken.insert("\n" + rule.text).second) return fail(Code::invalid, "the same rule is in it already");
    Lexer lexer(rule.text);
    TRY(auto tokens, lexer.tokens());
    Reading reading(std::move(tokens));
    CHECK(reading.read());
    auto text = renamed(rule, reading, names);
    return fmt::format("\n// {}\n{}{}", plain(rule.id), text, text.ends_with('\n') ? "" : "\n");
}

}  // namespace tocsin::formats::detection
