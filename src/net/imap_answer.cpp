#include "net/imap_answer.hpp"

#include <algorithm>

namespace tocsin::net {
namespace {

/// "{123}" at the end of a line.
std::optional<std::uint64_t> literal_size(std::string_view line) {
    if (!line.ends_with('}')) return std::nullopt;
    auto const open = line.rfind('{');
    if (open == std::string_view::npos) return std::nullopt;
    auto const size = parse_int(line.substr(open + 1, line.size() - open - 2));
    return size && *size >= 0 ? std::optional(static_cast<std::uint64_t>(*size)) : std::nullopt;
}

}  // namespace

void ImapReader::add(std::string_view bytes) {
    if (at_ > 0 && at_ * 2 > buffer_.size()) buffer_.erase(0, std::exchange(at_, 0));
    buffer_.append(bytes);
}

Result<std::optional<ImapAnswer>> ImapReader::next(std::uint64_t most_literal) {
    while (true) {
        if (missing_ > 0) {
            auto const piece = std::string_view(buffer_).substr(at_).substr(0, static_cast<std::size_t>(missing_));
            answer_.literal.append(piece);
            at_ += piece.size();
            missing_ -= piece.size();
            if (missing_ > 0) return std::nullopt;
        }
        auto const end = buffer_.find("\r\n", at_);
        // A carriage return may be the last that came.
        if (end == std::string::npos ? buffer_.size() - at_ > longest_line + 1 : end - at_ > longest_line)
            return fail(Code::invalid, "the mail server sends a line without end");
        if (end == std::string::npos) return std::nullopt;
        auto const part = std::string_view(buffer_).substr(at_, end - at_);
        auto const size = literal_size(part);
        answer_.text += size ? part.substr(0, part.rfind('{')) : part;
        at_ = end + 2;
        if (!size) return std::optional(std::exchange(answer_, {}));
        if (*size > most_literal || answer_.text.size() > longest_line)
            return fail(Code::invalid, "the mail server sends more than was asked for");
        answer_.literal.clear();
        answer_.literal.reserve(static_cast<std::size_t>(*size));
        answer_.has_literal = true;
        missing_ = *size;
    }
}

std::optional<std::uint32_t> imap_number_behind(std::string_view text, std::string_view word) {
    auto const at = text.find(word);
    if (at == std::string_view::npos) return std::nullopt;
    auto const rest = text.substr(at + word.size());
    auto const number = parse_int(rest.substr(0, rest.find_first_not_of("0123456789")));
    if (!number || *number < 0 || *number > 0xffff'ffff) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

void add_imap_uids(std::string_view text, std::vector<std::uint32_t>& uids) {
    if (!text.starts_with("* SEARCH")) return;
    for (auto const word : split(text.substr(8), ' '))
        if (auto const number = parse_int(word); number && *number > 0 && *number <= 0xffff'ffff)
            uids.push_back(static_cast<std::uint32_t>(*number));
}

}  // namespace tocsin::net
