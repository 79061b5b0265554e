#include "notifications/inbox/bounce.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace tocsin::notifications {
namespace {

using formats::mail::DeliveryStatus;
using formats::mail::IncomingMail;

constexpr std::size_t most_words = 100;
constexpr std::size_t most_lines = 400;
constexpr std::size_t longest_reply = 400;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "5.1.1", "4.4.7" somewhere in the text.
std::string enhanced_status_in(std::string_view text) {
    for (std::size_t i = 0; i + 4 < text.size(); ++i) {
        if ((text[i] != '4' && text[i] != '5') || text[i + 1] != '.' ||
            (i > 0 && (is_digit(text[i - 1]) || text[i - 1] == '.')))
            continue;
        auto end = i + 2;
        while (end < text.size() && is_digit(text[end])) ++end;
        if (end == i + 2 || end > i + 5 || end >= text.size() || text[end] != '.') continue;
        auto last = end + 1;
        while (last < text.size() && is_digit(text[last])) ++last;
        bool const goes_on = last + 1 < text.size() && text[last] == '.' && is_digit(text[last + 1]);
        if (last > end + 1 && last <= end + 4 && !goes_on) return std::string(text.substr(i, last - i));
    }
    return {};
}

/// 550, 451 as a word of its own.
int reply_code_in(std::string_view text) {
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        bool const starts = i == 0 || !(is_digit(text[i - 1]) || text[i - 1] == '.' || text[i - 1] == ':');
        bool const ends = i + 3 >= text.size() || text[i + 3] == ' ' || text[i + 3] == '-' || text[i + 3] == ':';
        if (starts && ends && (text[i] == '4' || text[i] == '5') && text[i + 1] >= '0' && text[i + 1] <= '7' &&
            is_digit(text[i + 2]))
            return (text[i] - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
    }
    return 0;
}

std::string shortened(std::string_view text) {
    auto out = repaired_utf8(trimmed(text).substr(0, longest_reply));
    for (auto& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return out;
}

void add(BounceReport& report, BounceWord word) {
    if (report.words.size() >= most_words) return;
    auto const same = std::ranges::find(report.words, word.address, &BounceWord::address);
    if (same == report.words.end()) report.words.push_back(std::move(word));
}

void take_status(BounceReport& report, DeliveryStatus const& told) {
    if (told.action != "failed" && told.action != "delayed") return;
    BounceWord word;
    // What we wrote to is what the sender called it; the final one may be where that was forwarded.
    word.address = told.original_recipient.empty() ? told.recipient : told.original_recipient;
    word.is_final = told.action == "failed";
    word.status = told.status.empty() ? enhanced_status_in(told.diagnostic) : told.status;
    word.is_permanent = word.is_final && word.status.starts_with('5');
    word.reply = shortened(told.diagnostic.empty() ? told.status : told.diagnostic);
    add(report, std::move(word));
}

bool contains_any(std::string_view text, std::span<std::string_view const> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

/// How a reply in words is meant.
void judge(BounceWord& word, bool is_delay) {
    static constexpr std::array<std::string_view, 8> hopeless{
        "permanent error", "permanent fatal",     "no such user",        "user unknown",
        "no mailbox here", "mailbox unavailable", "unrouteable address", "does not exist"};
    auto const small = lowered(word.reply);
    word.status = enhanced_status_in(small);
    auto const code = reply_code_in(small);
    bool const is_lasting = word.status.empty() ? code >= 500 || (code == 0 && contains_any(small, hopeless))
                                                : word.status.starts_with('5');
    word.is_final = !is_delay;
    word.is_permanent = word.is_final && is_lasting;
}

/// The address that a line of such a text is about: "<a@b>:", "<a@b>: words", or nothing but the address.
struct AddressLine {
    std::string address;
    std::string_view rest;
};
std::optional<AddressLine> address_line(std::string_view line) {
    auto text = trimmed(line);
    if (text.starts_with('<')) {
        auto const close = text.find('>');
        if (close == std::string_view::npos || close + 1 >= text.size() || text[close + 1] != ':') return {};
        auto const address = text.substr(1, close - 1);
        if (!address.contains('@') || address.contains(' ')) return {};
        return AddressLine{lowered(address), trimmed(text.substr(close + 2))};
    }
    auto const is_indented = !line.empty() && (line.front() == ' ' || line.front() == '\t');
    if (text.ends_with(':')) text.remove_suffix(1);
    if (!is_indented || text.size() > 254 || !text.contains('@') ||
        text.find_first_of(" <>:") != std::string_view::npos)
        return {};
    return AddressLine{lowered(text), {}};
}

bool begins_copy(std::string_view line) {
    return line.starts_with("---") || line.starts_with("Return-path:") || line.starts_with("Return-Path:") ||
           line.starts_with("Received:");
}

void read_words(IncomingMail const& mail, BounceReport& report) {
    auto const lines = split(mail.text, '\n');
    auto const subject = lowered(mail.subject);
    auto const all = lowered(std::string_view(mail.text).substr(0, 4000));
    bool const is_delay = subject.contains("delay") || subject.starts_with("warning") ||
                          all.contains("will continue to try") || all.contains("not need to resend") ||
                          all.contains("delivery attempts will continue");
    for (std::size_t i = 0; i < std::min(lines.size(), most_lines) && !begins_copy(lines[i]); ++i) {
        auto const found = address_line(lines[i]);
        if (!found) continue;
        std::string words(found->rest);
        while (i + 1 < lines.size() && !trimmed(lines[i + 1]).empty() && words.size() < 2 * longest_reply &&
               !address_line(lines[i + 1]) && !begins_copy(lines[i + 1]))
            words += (words.empty() ? "" : " ") + std::string(trimmed(lines[++i]));
        BounceWord word{.address = found->address, .reply = shortened(words)};
        judge(word, is_delay);
        add(report, std::move(word));
    }
    // Exim names them in a header too.
    std::vector<std::string> failed;
    for (auto const part : split(mail.header("x-failed-recipients"), ','))
        if (part.contains('@')) failed.push_back(lowered(trimmed(part)));
    for (auto const& address : failed) {
        if (std::ranges::find(report.words, address, &BounceWord::address) != report.words.end()) continue;
        BounceWord word{.address = address, .reply = shortened(mail.subject)};
        judge(word, is_delay);
        add(report, std::move(word));
    }
}

std::string returned_id(std::string_view text) {
    for (auto const line : split(text, '\n')) {
        auto const field = trimmed(line);
        if (!lowered(field.substr(0, 11)).starts_with("message-id:")) continue;
        auto const open = field.find('<');
        auto const close = field.find('>');
        if (open != std::string_view::npos && close != std::string_view::npos && open < close)
            return std::string(field.substr(open + 1, std::min<std::size_t>(close - open - 1, 300)));
    }
    return {};
}

}  // namespace

bool is_from_mail_server(IncomingMail const& mail) {
    static constexpr std::array<std::string_view, 4> names{"mailer-daemon", "postmaster", "mail-daemon", "mdaemon"};
    auto const local = std::string_view(mail.from).substr(0, mail.from.find('@'));
    return std::ranges::find(names, local) != names.end() || !mail.header("x-failed-recipients").empty();
}

BounceReport bounces_in(IncomingMail const& mail) {
    BounceReport report{.words = {}, .original_id = mail.original_id};
    for (auto const& told : mail.statuses) take_status(report, told);
    if (report.words.empty() && mail.statuses.empty() && is_from_mail_server(mail)) {
        read_words(mail, report);
        bool const is_standard = mail.is_report && !mail.original_id.empty();
        if (report.words.empty() && is_standard) {
            BounceWord word{.address = {}, .reply = shortened(mail.subject)};
            judge(word, false);
            add(report, std::move(word));
        }
    }
    if (report.original_id.empty() && !report.words.empty()) report.original_id = returned_id(mail.text);
    return report;
}

}  // namespace tocsin::notifications
