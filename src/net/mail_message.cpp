#include "net/mail_seal_parts.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace tocsin::net {
namespace {

constexpr std::size_t line_length = 76;

bool is_atom_character(unsigned char c) {
    if (c >= 0x80) return true;  // RFC 6531 section 3.3
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
    return std::string_view("!#$%&'*+-/=?^_`{|}~").find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_dot_atom(std::string_view text) {
    if (text.empty() || text.front() == '.' || text.back() == '.') return false;
    if (text.find("..") != std::string_view::npos) return false;
    return std::ranges::all_of(text,
                               [](char c) { return c == '.' || is_atom_character(static_cast<unsigned char>(c)); });
}

bool is_domain(std::string_view text) {
    if (text.empty() || text.size() > 253) return false;
    for (auto const label : split(text, '.')) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        for (char const c : label) {
            auto const u = static_cast<unsigned char>(c);
            bool const is_fine = u >= 0x80 || c == '-' || c == '_' || (c >= '0' && c <= '9') ||
                                 (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!is_fine) return false;
        }
    }
    return true;
}

/// One line of text: whatever could end a header line or hide something in it becomes a space.
std::string one_line(std::string_view text) {
    std::string out = repaired_utf8(text);
    for (auto& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    // U+0085, U+2028 and U+2029 end lines for some readers.
    out = replaced(std::move(out), "\xc2\x85", " ");
    out = replaced(std::move(out), "\xe2\x80\xa8", " ");
    return replaced(std::move(out), "\xe2\x80\xa9", " ");
}

bool is_plain(std::string_view text) {
    // "=?" would be read as an encoded word (RFC 2047 section 7).
    return text.find("=?") == std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// Bytes of the UTF-8 character that starts at `i`.
std::size_t character_length(std::string_view text, std::size_t i) {
    auto const c = static_cast<unsigned char>(text[i]);
    std::size_t const length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return std::min(length, text.size() - i);
}

/// RFC 2047 "B" words, each whole characters and at most 75 long, with a fold between them.
std::string encoded_words(std::string_view text) {
    constexpr std::size_t piece = 39;  // bytes: 52 characters of base64 and the frame, beside a short header name
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size()) {
            auto const next = end + character_length(text, end);
            if (next - i > piece) break;
            end = next;
        }
        if (!out.empty()) out += "\r\n ";
        out += "=?UTF-8?B?" + to_base64(text.substr(i, end - i)) + "?=";
        i = end;
    }
    return out;
}

/// Folds at spaces; a word without a space stays whole (RFC 5322 section 2.2.3 allows 998).
std::string folded(std::string_view text, std::size_t used) {
    std::string out;
    std::size_t column = used;
    for (std::size_t i = 0; i < text.size();) {
        auto end = text.find(' ', i + 1);
        if (end == std::string_view::npos) end = text.size();
        auto const word = text.substr(i, end - i);  // begins with its space, but for the first
        if (i > 0 && column + word.size() > line_length && word.size() > 1) {
            out += "\r\n";
            column = 0;
        }
        out += word;
        column += word.size();
        i = end;
    }
    return out;
}

std::string unstructured(std::string_view name, std::string_view value) {
    auto const line = one_line(value);
    auto const is_short_enough =
        std::ranges::all_of(split(line, ' '), [](std::string_view word) { return word.size() < 900; });
    if (is_plain(line) && is_short_enough) return folded(trimmed(line), name.size() + 2);
    return encoded_words(line);
}

std::string quoted_string(std::string_view text) {
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string mailbox(Mailbox const& box) {
    auto const name = std::string(trimmed(one_line(box.name)));
    if (name.empty()) return box.address;
    return (is_plain(name) && name.size() <= 60 ? quoted_string(name) : encoded_words(name)) + " <" + box.address + ">";
}

std::string mailboxes(std::vector<Mailbox> const& boxes) {
    std::string out;
    for (auto const& box : boxes) {
        if (!out.empty()) out += ",\r\n ";
        out += mailbox(box);
    }
    return out;
}

/// RFC 5322 section 3.3, in UTC.
std::string date_text(Timestamp time) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const seconds = static_cast<std::time_t>(time.seconds());
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days[static_cast<std::size_t>(parts.tm_wday)],
                       parts.tm_mday, months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// Quoted-printable (RFC 2045 section 6.7) of text with any line ends.
std::string quoted_printable(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c == '\r') continue;
        if (c == '\n') {
            out += "\r\n";
            column = 0;
            continue;
        }
        auto const next = i + 1 < text.size() ? text[i + 1] : '\n';
        bool const ends_line = next == '\n' || next == '\r';
        // "From " at the start of a line would get a ">" by some mail stores, and a signature over it would break
        // (RFC 3156 section 3).
        bool const is_from = column == 0 && text.substr(i).starts_with("From ");
        bool const is_literal =
            (c > 0x20 && c < 0x7f && c != '=' && !is_from) || ((c == ' ' || c == '\t') && !ends_line);
        std::size_t const width = is_literal ? 1 : 3;
        if (column + width > line_length - 1) {
            out += "=\r\n";
            column = 0;
        }
        if (is_literal) {
            out += static_cast<char>(c);
        } else {
            out += '=';
            out += digits[c >> 4];
            out += digits[c & 15];
        }
        column += width;
    }
    if (column != 0) out += "\r\n";
    return out;
}

/// A part that holds text. Mostly-ASCII text stays readable in the raw message; other scripts are shorter as base64.
std::string text_part(std::string_view type, std::string_view text) {
    auto const beyond_ascii = std::ranges::count_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    bool const is_base64 = static_cast<std::size_t>(beyond_ascii) * 5 > text.size();
    std::string out = fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n", type,
                                  is_base64 ? "base64" : "quoted-printable");
    return out + (is_base64 ? base64_lines(text) : quoted_printable(text));
}

/// Only what every file system takes, or the encoding of RFC 2231 section 4.
std::string file_name_parameter(std::string_view given) {
    std::string name = one_line(given);
    for (auto& c : name)
        if (c == '/' || c == '\\' || c == '"' || c == ';' || c == ' ') c = '-';
    while (name.starts_with('.')) name.erase(0, 1);
    if (name.empty()) name = "attachment";
    if (is_plain(name) && name.size() <= 60) return "filename=\"" + name + "\"";
    return "filename*=UTF-8''" + percent_encoded(name);
}

std::string file_part(MailAttachment const& file) {
    auto type = one_line(file.type);
    if (!is_plain(type) || type.find('/') == std::string::npos || type.size() > 200) type = "application/octet-stream";
    return fmt::format(
               "Content-Type: {}\r\nContent-Disposition: attachment;\r\n {}\r\nContent-Transfer-Encoding: "
               "base64\r\n\r\n",
               type, file_name_parameter(file.name)) +
           base64_lines(file.bytes);
}

std::string multipart(std::string_view kind, std::string_view boundary, std::vector<std::string> const& parts) {
    std::string out = fmt::format("Content-Type: multipart/{};\r\n boundary=\"{}\"\r\n\r\n", kind, boundary);
    for (auto const& part : parts) {
        out += fmt::format("--{}\r\n", boundary);
        out += part;
    }
    return out + fmt::format("--{}--\r\n", boundary);
}

std::string body_of(MailMessage const& message) {
    auto body = text_part("text/plain", message.text);
    if (!message.html.empty()) {
        body = multipart("alternative", mail_boundary(message, 'a'), {body, text_part("text/html", message.html)});
    }
    if (message.files.empty()) return body;
    std::vector<std::string> parts{std::move(body)};
    for (auto const& file : message.files) parts.push_back(file_part(file));
    return multipart("mixed", mail_boundary(message, 'm'), parts);
}

Status check_message(MailMessage const& message) {
    if (!is_mail_address(message.id)) return fail(Code::invalid, "a Message-ID must have the form part@part");
    if (message.to.empty()) return fail(Code::invalid, "a message needs a recipient");
    auto boxes = message.to;
    boxes.push_back(message.from);
    if (message.reply_to) boxes.push_back(*message.reply_to);
    for (auto const& box : boxes)
        if (!is_mail_address(box.address))
            return fail(Code::invalid, fmt::format("{} is not a mail address", json_string(box.address)));
    for (auto const& header : message.headers) {
        auto const is_name =
            !header.name.empty() && header.name.size() <= 60 && std::ranges::all_of(header.name, [](char c) {
                return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
            });
        if (!is_name) return fail(Code::invalid, fmt::format("{} is not a header's name", json_string(header.name)));
    }
    return {};
}

}  // namespace

std::string base64_lines(std::string_view bytes) {
    constexpr std::size_t piece = 57;  // 76 characters
    std::string out;
    out.reserve(bytes.size() * 4 / 3 + bytes.size() / piece * 2 + 8);
    for (std::size_t i = 0; i < bytes.size(); i += piece) {
        out += to_base64(bytes.substr(i, piece));
        out += "\r\n";
    }
    return out;
}

/// A boundary that stands in no part: both encodings never put "=_" at the place where a boundary begins, since "="
/// is followed by a hexadecimal digit or a line end in one and by nothing in the other (RFC 2045 section 6.7, rule 5).
std::string mail_boundary(MailMessage const& message, char kind) {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325ULL;  // FNV-1a
    for (char const c : message.id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01b3ULL;
    return fmt::format("=_{}{:016x}", kind, hash);
}

bool is_mail_address(std::string_view address) {
    auto const at = address.rfind('@');
    if (address.size() > 254 || at == std::string_view::npos || at > 64 || !is_utf8(address)) return false;
    return is_dot_atom(address.substr(0, at)) && is_domain(address.substr(at + 1));
}

std::string mail_domain(std::string_view address) {
    auto const at = address.rfind('@');
    return at == std::string_view::npos ? std::string() : lowered(address.substr(at + 1));
}

Result<MailPieces> mail_pieces(MailMessage const& message, bool hides) {
    CHECK(check_message(message));
    MailPieces pieces;
    auto const add = [&](std::string_view name, std::string_view ready) {
        pieces.head += name;
        pieces.head += ": ";
        pieces.head += ready;
        pieces.head += "\r\n";
    };
    add("Date", date_text(message.date));
    add("From", mailbox(message.from));
    if (message.reply_to) add("Reply-To", mailbox(*message.reply_to));
    add("To", mailboxes(message.to));
    add("Message-ID", "<" + message.id + ">");
    add("Subject", hides ? std::string("[...]") : unstructured("Subject", message.subject));
    if (!message.language.empty() && !hides)
        add("Content-Language", unstructured("Content-Language", message.language));
    for (auto const& header : message.headers) add(header.name, unstructured(header.name, header.value));
    pieces.entity = body_of(message);
    return pieces;
}

Result<std::string> mail_bytes(MailMessage const& message) {
    TRY(auto const pieces, mail_pieces(message, false));
    return pieces.head + "MIME-Version: 1.0\r\n" + pieces.entity;
}

}  // namespace tocsin::net
