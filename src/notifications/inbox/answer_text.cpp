#include "notifications/inbox/answer_text.hpp"

#include "formats/extract/html_text.hpp"
#include "notifications/texts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin::notifications {
namespace {

constexpr std::size_t longest_answer = 8000;
constexpr std::size_t most_lines = 5000;
constexpr std::size_t lines_for_keyword = 10;
constexpr std::size_t longest_keyword = 80;

/// UTF-8 (whole: it was repaired at the wall) to code points.
std::u32string decoded(std::string_view text) {
    std::u32string out;
    for (std::size_t i = 0; i < text.size();) {
        auto const lead = static_cast<unsigned char>(text[i]);
        std::size_t const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        char32_t code = length == 1 ? lead : lead & (0xffU >> (length + 1));
        for (std::size_t k = 1; k < length && i + k < text.size(); ++k)
            code = (code << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
        out += code;
        i += length;
    }
    return out;
}

/// 0: the letter goes.
char32_t fold(char32_t c) {
    static constexpr std::u32string_view latin =  // U+00C0 to U+00FF
        U"aaaaaaaceeeeiiiidnooooo*ouuuuypsaaaaaaaceeeeiiiidnooooo/ouuuuypy";
    if (c >= U'A' && c <= U'Z') return c + 32;
    if (c >= 0xc0 && c <= 0xff && c != 0xd7 && c != 0xf7) return latin[c - 0xc0];
    if (c >= 0x0410 && c <= 0x042f) return c + 32;
    if (c == 0x0401 || c == 0x0451) return 0x0435;                                // ё
    if (c == 0x0622 || c == 0x0623 || c == 0x0625 || c == 0x0671) return 0x0627;  // alif with what stands on it
    if (c == 0x0649) return 0x064a;                                               // alif maqsura
    if (c == 0xa0 || c == 0x3000 || c == 0x202f) return U' ';
    bool const is_vowel_mark = (c >= 0x064b && c <= 0x0652) || c == 0x0670 || c == 0x0640;
    bool const is_accent = c >= 0x0300 && c <= 0x036f;
    bool const is_unseen = (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
                           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0xad;
    if (is_vowel_mark || is_accent || is_unseen) return 0;
    return c == 0x2019 ? U'\'' : c;
}

bool is_mark(char32_t c) {
    static constexpr std::u32string_view marks =
        U" \t\r.,;:!?*_\"'()[]-"
        U"\u2013\u2014\u00ab\u00bb\u201c\u201d\u3002\uff01\uff0c\uff1a\uff1b\uff1f\u3001\u060c\u061b\u061f\u00a1\u00bf";
    return marks.find(c) != std::u32string_view::npos;
}

using Words = std::span<std::u32string_view const>;

bool contains_any(std::u32string_view text, Words words) {
    return std::ranges::any_of(words, [&](auto word) { return text.find(word) != text.npos; });
}
bool starts_with_any(std::u32string_view text, Words words) {
    return std::ranges::any_of(words, [&](auto word) { return text.starts_with(word); });
}

/// Words are folded: without accents, in lower case.
constexpr std::array<std::u32string_view, 12> wrote{U"wrote", U"a ecrit", U"escribio", U"написал",
                                                    U"пишет", U"писал",   U"كتب",      U"写道",
                                                    U"寫道",  U"writes",  U"ecrit",    U"schrieb"};
constexpr std::array<std::u32string_view, 14> original{U"original message",
                                                       U"message d'origine",
                                                       U"message original",
                                                       U"mensaje original",
                                                       U"исходное сообщение",
                                                       U"оригинальное сообщение",
                                                       U"пересылаемое сообщение",
                                                       U"الرسالة الاصلية",
                                                       U"原始邮件",
                                                       U"原始郵件",
                                                       U"forwarded message",
                                                       U"message transfere",
                                                       U"mensaje reenviado",
                                                       U"转发的邮件"};
constexpr std::array<std::u32string_view, 9> from_words{U"from",   U"de",  U"от",      U"من",    U"发件人",
                                                        U"寄件者", U"von", U"от кого", U"المرسل"};
constexpr std::array<std::u32string_view, 26> head_words{
    U"sent",    U"date", U"to",      U"subject",    U"cc",   U"envoye", U"a",    U"objet",     U"enviado",
    U"fecha",   U"para", U"asunto",  U"отправлено", U"дата", U"кому",   U"тема", U"копия",     U"تاريخ",
    U"التاريخ", U"الي",  U"الموضوع", U"发送时间",   U"日期", U"收件人", U"主题", U"تم الارسال"};
constexpr std::array<std::u32string_view, 9> phone_words{U"sent from my",     U"envoye de mon", U"envoye depuis",
                                                         U"enviado desde mi", U"отправлено с",  U"отправлено из",
                                                         U"ارسلت من",         U"发自我的",      U"get outlook for"};
constexpr std::array<std::u32string_view, 20> automatic_subjects{U"automatic reply",
                                                                 U"auto reply",
                                                                 U"autoreply",
                                                                 U"auto-reply",
                                                                 U"out of office",
                                                                 U"out of the office",
                                                                 U"reponse automatique",
                                                                 U"absence du bureau",
                                                                 U"absent du bureau",
                                                                 U"respuesta automatica",
                                                                 U"fuera de la oficina",
                                                                 U"ausente de la oficina",
                                                                 U"автоматический ответ",
                                                                 U"автоответ",
                                                                 U"нет на месте",
                                                                 U"رد تلقائي",
                                                                 U"خارج المكتب",
                                                                 U"自动回复",
                                                                 U"自動回覆",
                                                                 U"自动答复"};

bool has_date_or_address(std::u32string_view text) {
    return std::ranges::any_of(text, [](char32_t c) { return (c >= U'0' && c <= U'9') || c == U'@'; });
}

/// Programs put marks of direction (UAX 9) around a line of Arabic.
std::string_view plain_line(std::string_view line) {
    static constexpr std::array<std::string_view, 11> marks{"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d",
                                                            "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"};
    for (bool goes_on = true; goes_on;) {
        line = trimmed(line);
        goes_on = false;
        for (auto const mark : marks) {
            if (line.starts_with(mark)) {
                line.remove_prefix(mark.size());
                goes_on = true;
            } else if (line.ends_with(mark)) {
                line.remove_suffix(mark.size());
                goes_on = true;
            }
        }
    }
    return line;
}

bool is_quoted(std::string_view line) {
    auto const text = plain_line(line);
    return text.starts_with('>') || text.starts_with("\xef\xbd\x9e>");
}

/// "----- Original Message -----", or a rule of underscores.
bool is_separator(std::string_view line) {
    auto const text = trimmed(line);
    if (text.size() >= 20 && text.find_first_not_of('_') == std::string_view::npos) return true;
    return text.starts_with("---") && text.size() < 200 && contains_any(folded(text), original);
}

/// The word before a header's colon, folded.
std::u32string head_of(std::string_view line) {
    auto const wide = line.find("\uff1a");
    auto const colon = std::min(line.find(':'), wide);
    if (colon == std::string_view::npos || colon > 60) return {};
    return folded(line.substr(0, colon));
}

class Cutter {
  public:
    explicit Cutter(std::string_view text) : lines_(split(text, '\n')) {
        if (lines_.size() > most_lines) lines_.resize(most_lines);
    }

    std::string cut() {
        for (std::size_t i = 0; i < lines_.size();) {
            auto const line = lines_[i];
            if (is_separator(line) || is_header_block(i) || trimmed(line) == "--") break;
            if (auto const length = attribution(i); length > 0) {
                if (!is_quote_next(i + length)) break;
                i += length;
                continue;
            }
            if (!is_quoted(line) && !starts_with_any(folded(line), phone_words)) keep(line);
            ++i;
        }
        auto const whole = trimmed(out_);
        auto end = std::min(whole.size(), longest_answer);
        while (end > 0 && end < whole.size() && (static_cast<unsigned char>(whole[end]) & 0xc0) == 0x80) --end;
        return std::string(trimmed(whole.substr(0, end)));
    }

  private:
    void keep(std::string_view line) {
        if (out_.size() > longest_answer) return;
        auto text = line;
        while (!text.empty() && (text.back() == '\r' || text.back() == ' ' || text.back() == '\t'))
            text.remove_suffix(1);
        if (text.empty() && (out_.empty() || out_.ends_with("\n\n"))) return;
        out_ += std::string(text) + "\n";
    }

    /// How many lines say "On ... somebody wrote:"; 0: none begins here. Programs break it into two or three.
    std::size_t attribution(std::size_t first) const {
        std::u32string text;
        for (std::size_t length = 1; length <= 3 && first + length <= lines_.size(); ++length) {
            auto const line = plain_line(lines_[first + length - 1]);
            if (line.empty() || line.size() > 300 || is_quoted(line)) return 0;
            text += folded(line) + U" ";
            bool const ends = line.ends_with(':') || line.ends_with("\uff1a");
            if (!ends) continue;
            bool const is_said = contains_any(text, wrote) && has_date_or_address(text);
            bool const is_bare = text.contains(U'@') && is_quote_next(first + length);  // "23.11.2026 CIRT <a@b>:"
            return is_said || is_bare ? length : 0;
        }
        return 0;
    }

    bool is_quote_next(std::size_t i) const {
        while (i < lines_.size() && trimmed(lines_[i]).empty()) ++i;
        return i < lines_.size() && is_quoted(lines_[i]);
    }

    /// "From: ..." with at least two more header lines below it.
    bool is_header_block(std::size_t first) const {
        auto const head = head_of(lines_[first]);
        if (head.empty() || std::ranges::find(from_words, std::u32string_view(head)) == from_words.end()) return false;
        int known = 0;
        for (std::size_t i = first + 1; i < std::min(lines_.size(), first + 6); ++i)
            if (std::ranges::find(head_words, std::u32string_view(head_of(lines_[i]))) != head_words.end()) ++known;
        return known >= 2;
    }

    std::vector<std::string_view> lines_;
    std::string out_;
};

/// The page without what stands between these, and all from the first of the boxes on.
std::string without_quotes(std::string_view html) {
    static constexpr std::array<std::string_view, 7> boxes{
        "class=\"gmail_quote",     "id=\"divrplyfwdmsg\"", "id=\"appendonsend\"",
        "class=\"moz-cite-prefix", "class=\"yahoo_quoted", "id=\"mail-editor-reference-message",
        "class=\"protonmail_quote"};
    auto const small = lowered(html);
    auto end = html.size();
    for (auto const box : boxes) {
        auto const at = small.find(box);
        if (at == std::string::npos) continue;
        auto const open = small.rfind('<', at);
        end = std::min(end, open == std::string::npos ? at : open);
    }
    std::string out;
    std::size_t from = 0;
    int depth = 0;
    for (std::size_t at = 0; at < end;) {
        auto const open = small.find("<blockquote", at);
        auto const close = small.find("</blockquote", at);
        auto const next = std::min(open, close);
        if (next >= end) break;
        if (next == open) {
            if (depth++ == 0) out += html.substr(from, next - from);
        } else if (depth > 0 && --depth == 0) {
            from = std::min(end, small.find('>', next) == std::string::npos ? end : small.find('>', next) + 1);
        }
        at = next + 11;
    }
    if (depth == 0 && from < end) out += html.substr(from, end - from);
    return out;
}

struct KeywordTable {
    std::vector<std::pair<std::u32string, Statement>> words;

    KeywordTable() {
        static constexpr std::array keys{std::pair("reply.seen", Statement::seen),
                                         std::pair("reply.repaired", Statement::repaired),
                                         std::pair("reply.not_ours", Statement::not_ours),
                                         std::pair("reply.false_positive", Statement::false_positive)};
        for (std::string_view const language : {"ar", "zh", "en", "fr", "ru", "es"})
            for (auto const& [key, said] : keys)
                for (auto const word : split(Texts::of(language).get(key), '|')) words.emplace_back(folded(word), said);
    }
    Statement const* find(std::u32string_view line) const {
        auto const found =
            std::ranges::find_if(words, [&](auto const& entry) { return !line.empty() && entry.first == line; });
        return found == words.end() ? nullptr : &found->second;
    }
};

}  // namespace

std::u32string folded(std::string_view text) {
    std::u32string out;
    for (auto const c : decoded(text))
        if (auto const letter = fold(c); letter != 0) out += letter;
    std::size_t first = 0, last = out.size();
    while (first < last && is_mark(out[first])) ++first;
    while (last > first && is_mark(out[last - 1])) --last;
    return out.substr(first, last - first);
}

std::string own_words(std::string_view text) {
    return Cutter(text).cut();
}

std::string own_words_of_html(std::string_view html) {
    auto const page = formats::text_of_html(without_quotes(html), {.bytes = std::size_t{4} << 20, .links = 0});
    return page ? own_words(page->text) : std::string();
}

std::string own_words(formats::mail::IncomingMail const& mail) {
    return trimmed(mail.text).empty() ? own_words_of_html(mail.html) : own_words(mail.text);
}

std::optional<Keyword> keyword_in(std::string_view own_words) {
    static KeywordTable const table;
    std::optional<Keyword> found;
    std::size_t seen = 0, others = 0;
    for (auto const line : split(own_words, '\n')) {
        if (trimmed(line).empty()) continue;
        bool const may_be = ++seen <= lines_for_keyword && line.size() <= longest_keyword;
        auto const* const said = may_be ? table.find(folded(line)) : nullptr;
        if (said == nullptr) {
            ++others;
        } else if (found && found->said != *said) {
            return {};
        } else {
            found = Keyword{.said = *said};
        }
    }
    if (found) found->is_all = others == 0;
    return found;
}

bool is_automatic(formats::mail::IncomingMail const& mail) {
    static constexpr std::array<std::string_view, 5> marks{"x-autoreply", "x-autorespond", "x-autoresponder",
                                                           "x-auto-reply-from", "x-mail-autoreply"};
    static constexpr std::array<std::string_view, 3> precedences{"auto_reply", "bulk", "junk"};
    auto const submitted = lowered(mail.header("auto-submitted"));
    if (!submitted.empty() && !submitted.starts_with("no")) return true;
    for (auto const mark : marks)
        if (!mail.header(mark).empty() && !equal_ignoring_case(mail.header(mark), "no")) return true;
    auto const precedence = lowered(trimmed(mail.header("precedence")));
    if (std::ranges::find(precedences, precedence) != precedences.end()) return true;
    if (mail.header("return-path") == "<>") return true;
    return starts_with_any(folded(mail.subject), automatic_subjects);
}

}  // namespace tocsin::notifications
