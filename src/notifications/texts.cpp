#include "notifications/texts.hpp"

#include "formats/formats.hpp"
#include "notifications/notifications.hpp"

#include <algorithm>
#include <array>

namespace tocsin::notifications {
namespace {

constexpr std::array languages{"ar", "en", "es", "fr", "ru", "zh"};

std::string path_of(std::string_view language) {
    return fmt::format("texts/notifications/{}.toml", language);
}

/// `code` and **strong**; the rest is text.
std::string inline_html(std::string_view line) {
    std::string out;
    while (!line.empty()) {
        bool const is_code = line.starts_with('`');
        bool const is_strong = line.starts_with("**");
        std::string_view const mark = is_code ? "`" : "**";
        if (is_code || is_strong) {
            auto const end = line.find(mark, mark.size());
            if (end != std::string_view::npos) {
                auto const inner = html_escaped(line.substr(mark.size(), end - mark.size()));
                out += is_code ? "<code dir=\"ltr\">" + inner + "</code>" : "<strong>" + inner + "</strong>";
                line.remove_prefix(end + mark.size());
                continue;
            }
        }
        auto const next = std::min(line.find('`', 1), line.find("**", 1));
        auto const piece = line.substr(0, next);
        out += html_escaped(piece);
        line.remove_prefix(piece.size());
    }
    return out;
}

bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() <= 100 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::optional<std::string_view> find_note(std::string_view stem, std::string_view language) {
    if (!is_identifier(stem)) return {};
    return embedded::find(fmt::format("texts/remediation/{}.{}.md", stem, language));
}

struct FoundNote {
    std::string_view markdown;
    std::string_view language;
};

FoundNote find_best_note(std::string_view identifier, std::string_view type, std::string_view language) {
    auto const kind = "class-" + std::string(type);
    for (auto const stem : {identifier, std::string_view(kind), std::string_view("general")}) {
        if (auto const note = find_note(stem, language)) return {*note, language};
        if (auto const note = find_note(stem, "en")) return {*note, "en"};
    }
    return {"# Finding\n", "en"};
}

std::string_view russian_category(std::int64_t n) {
    auto const ten = n % 10;
    auto const hundred = n % 100;
    if (ten == 1 && hundred != 11) return "one";
    if (ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14)) return "few";
    return "many";
}

std::string_view arabic_category(std::int64_t n) {
    if (n == 0) return "zero";
    if (n == 1) return "one";
    if (n == 2) return "two";
    auto const hundred = n % 100;
    if (hundred >= 3 && hundred <= 10) return "few";
    return hundred >= 11 ? "many" : "other";
}

}  // namespace

Texts::Texts(std::string_view code) : code_(code) {
    auto const bytes = embedded::find(path_of(code));
    TOCSIN_ASSERT(bytes.has_value());
    auto read = formats::read_phrases(*bytes, path_of(code));
    TOCSIN_ASSERT(read.has_value());
    texts_ = *std::move(read);
    auto const portal_path = fmt::format("texts/portal/{}.toml", code);
    auto const portal_bytes = embedded::find(portal_path);
    TOCSIN_ASSERT(portal_bytes.has_value());
    auto portal = formats::read_phrases(*portal_bytes, portal_path);
    TOCSIN_ASSERT(portal.has_value());
    texts_.merge(*portal);
}

bool Texts::has(std::string_view language) {
    return std::ranges::find(languages, language) != languages.end() && embedded::find(path_of(language)).has_value();
}

Texts const& Texts::of(std::string_view language) {
    static auto const all = [] {
        std::map<std::string, Texts, std::less<>> made;
        for (std::string_view const code : languages)
            if (has(code)) made.emplace(code, Texts(code));
        return made;
    }();
    auto const found = all.find(language);
    return found != all.end() ? found->second : all.find("en")->second;
}

std::string_view Texts::get(std::string_view key) const {
    auto const found = texts_.find(key);
    if (found != texts_.end()) return found->second;
    return code_ == "en" ? key : of("en").get(key);
}

std::string Texts::isolated(std::string_view value) const {
    if (!is_right_to_left() || value.empty()) return std::string(value);
    return fmt::format("\u2068{}\u2069", value);
}

std::string Texts::fill(std::string_view key, Values values) const {
    // A subject is shown in lists of other mails, some of which show the isolates; an address is copied with them.
    if (!is_right_to_left() || key.starts_with("mail.subject")) return filled(get(key), values);
    std::vector<std::string> isolates(values.size());
    std::vector<formats::PhraseValue> kept;
    for (auto const& [name, value] : values) {
        bool const is_copied = name == "email" || name == "file";
        kept.emplace_back(name, isolates[kept.size()] = is_copied ? std::string(value) : isolated(value));
    }
    return formats::filled(get(key), kept);
}

std::string Texts::plural(std::string_view key, std::int64_t n) const {
    auto const name = fmt::format("{}.{}", key, plural_category(code_, n));
    auto const found = texts_.find(name);
    auto const text = found != texts_.end() ? std::string_view(found->second) : get(fmt::format("{}.other", key));
    return filled(text, {{"n", std::to_string(n)}});
}

std::string_view plural_category(std::string_view language, std::int64_t n) {
    if (language == "ar") return arabic_category(n);
    if (language == "ru") return russian_category(n);
    if (language == "zh") return "other";
    if (language == "fr") return n <= 1 ? "one" : "other";
    return n == 1 ? "one" : "other";
}

std::string filled(std::string_view text, Texts::Values values) {
    return formats::filled(text, values);
}

Note parse_note(std::string_view markdown) {
    Note note;
    bool in_list = false;
    std::string paragraph;
    auto const end_paragraph = [&] {
        if (!paragraph.empty()) note.html += "<p>" + inline_html(paragraph) + "</p>\n";
        paragraph.clear();
    };
    auto const end_list = [&] {
        if (in_list) note.html += "</ul>\n";
        in_list = false;
    };
    for (auto const raw : split(markdown, '\n')) {
        auto const line = trimmed(raw);
        if (line.starts_with("# ")) {
            note.title = trimmed(line.substr(2));
            continue;
        }
        note.text += replaced(std::string(line), "**", "") + "\n";
        if (line.starts_with("- ")) {
            end_paragraph();
            if (!in_list) note.html += "<ul>\n";
            in_list = true;
            note.html += "<li>" + inline_html(line.substr(2)) + "</li>\n";
        } else if (line.empty()) {
            end_paragraph();
            end_list();
        } else {
            end_list();
            if (!paragraph.empty()) paragraph += ' ';
            paragraph += line;
        }
    }
    end_paragraph();
    end_list();
    note.text = std::string(trimmed(note.text));
    return note;
}

Note note_for(std::string_view identifier, std::string_view type, std::string_view language) {
    auto const found = find_best_note(identifier, type, language);
    auto note = parse_note(found.markdown);
    note.language = found.language;
    return note;
}

std::string remediation(std::string_view identifier, std::string_view type, std::string_view language) {
    return std::string(find_best_note(identifier, type, language).markdown);
}

}  // namespace tocsin::notifications
