#include "formats/detection/writer.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Rules of Suricata and Snort that indicators carry. Sources: the Suricata 6 user guide, "Rules Format"; the Snort 3
/// Rule Writing Guide, "Rule Headers" and "Rule Options".
namespace tocsin::formats::detection {
namespace {

constexpr std::size_t longest_rule = 8000;
constexpr std::uint32_t most_own_sid = 999'999'999;  ///< above are ours

/// Options that reach out of the rule: scripts, files, other rules, answers on the wire.
constexpr std::string_view forbidden[] = {"lua",  "luajit",  "dataset", "datarep",   "filestore",    "replace",
                                          "soid", "react",   "resp",    "activates", "activated_by", "logto",
                                          "tag",  "session", "bypass",  "config"};

bool is_word(std::string_view text, std::string_view more) {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || more.contains(c);
    });
}

/// The words of a header; what stands in brackets is one word.
std::vector<std::string> words_of(std::string_view header) {
    std::vector<std::string> words;
    int depth = 0;
    bool is_open = false;
    for (char const c : header) {
        if (c == '[') ++depth;
        if (c == ']') --depth;
        if (depth < 0) return {};
        bool const is_blank = c == ' ' || c == '\t';
        if (is_blank && depth == 0) {
            is_open = false;
            continue;
        }
        if (!is_open) words.emplace_back();
        is_open = true;
        if (!is_blank) words.back() += c;
    }
    return depth == 0 ? words : std::vector<std::string>();
}

Status check_header(std::string_view header, bool is_snort) {
    auto const words = words_of(header);
    if (words.empty() || words.front() != "alert") return fail(Code::invalid, "expected the action alert");
    bool const is_whole = words.size() == 7 && (words[4] == "->" || words[4] == "<>");
    if (!is_whole && !(is_snort && words.size() == 2))
        return fail(Code::invalid, "expected alert PROTOCOL SOURCE PORTS -> DESTINATION PORTS");
    for (auto const& word : words)
        if (!is_word(word, "._:/,![]$<>-")) return fail(Code::invalid, "a character that no header of a rule has");
    return {};
}

struct Piece {
    std::size_t start = 0;
    std::string_view name, value;
};

/// Between the brackets, without them. Every option is closed by its semicolon, every quote is closed within its
/// option.
Result<std::vector<Piece>> options_of(std::string_view text) {
    std::vector<Piece> pieces;
    std::size_t start = 0;
    bool in_quotes = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
            continue;
        }
        if (text[i] == '"') in_quotes = !in_quotes;
        if (text[i] != ';' || in_quotes) continue;
        auto const option = text.substr(start, i - start);
        auto const colon = std::min(option.find(':'), option.size());
        pieces.push_back({.start = start + std::min(colon + 1, option.size()),
                          .name = trimmed(option.substr(0, colon)),
                          .value = option.substr(std::min(colon + 1, option.size()))});
        start = i + 1;
    }
    if (in_quotes) return fail(Code::invalid, "a quote is not closed");
    if (!trimmed(text.substr(std::min(start, text.size()))).empty())
        return fail(Code::invalid, "the last option has no semicolon");
    return pieces;
}

Status check_options(std::vector<Piece> const& pieces) {
    for (auto const& piece : pieces) {
        if (!is_word(piece.name, "._-")) return fail(Code::invalid, "an option has no name");
        if (std::ranges::find(forbidden, piece.name) != std::end(forbidden))
            return fail(Code::invalid, fmt::format("the option {} reaches out of the rule", piece.name));
        if (piece.name == "gid" && trimmed(piece.value) != "1") return fail(Code::invalid, "gid: expected 1");
    }
    if (std::ranges::count(pieces, "sid", &Piece::name) != 1) return fail(Code::invalid, "expected one sid");
    return {};
}

/// One line; its sid stays if it is free.
Result<std::string> checked(std::string_view line, std::string const& id, bool is_snort, OwnNames& names) {
    if (line.size() > longest_rule || !is_one_line(replaced(std::string(line), "\t", " ")))
        return fail(Code::invalid, fmt::format("expected a rule of one line and at most {} bytes", longest_rule));
    auto const open = line.find('(');
    if (open == std::string_view::npos || !line.ends_with(')'))
        return fail(Code::invalid, "expected options in brackets");
    CHECK(check_header(line.substr(0, open), is_snort));
    auto const inside = line.substr(open + 1, line.size() - open - 2);
    TRY(auto const pieces, options_of(inside));
    CHECK(check_options(pieces));
    auto const sid = std::ranges::find(pieces, "sid", &Piece::name);
    auto const number = parse_int(trimmed(sid->value)).value_or(0);
    if (number <= 0) return fail(Code::invalid, "sid: expected a number");
    std::string rule(line);
    if (number > most_own_sid || !names.sids.insert(static_cast<std::uint32_t>(number)).second) {
        Entry const entry{.observable = {ObservableKind::other, std::string(line)}, .id = id};
        rule.replace(open + 1 + sid->start, sid->value.size(), std::to_string(names.numbers.number_of(entry, "own")));
    }
    return rule + "\n";
}

Result<std::string> signatures(OwnRule const& rule, bool is_snort, OwnNames& names) {
    auto const joined = replaced(rule.text, "\\\n", " ");
    std::string all;
    for (auto line : split(joined, '\n')) {
        line = trimmed(line);
        if (line.empty() || line.starts_with('#')) continue;
        if (!names.taken.insert(std::string(line)).second) return fail(Code::invalid, "the same rule is in it already");
        TRY(auto text, checked(line, rule.id, is_snort, names));
        all += text;
    }
    return all.empty() ? fail(Code::invalid, "there is no rule in it") : Result<std::string>(std::move(all));
}

}  // namespace

Result<std::string> own_suricata(OwnRule const& rule, OwnNames& names) {
    return signatures(rule, false, names);
}

Result<std::string> own_snort(OwnRule const& rule, OwnNames& names) {
    return signatures(rule, true, names);
}

}  // namespace tocsin::formats::detection
