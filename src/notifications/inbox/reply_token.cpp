#include "notifications/inbox/reply_token.hpp"

#include <sodium.h>

namespace tocsin::notifications {
namespace {

constexpr std::string_view purpose = "reply-address";
constexpr std::size_t proof_bytes = 10, proof_letters = 16;
constexpr std::size_t longest_local_part = 64;  // RFC 5321 section 4.5.3.1.1

std::string base32(std::string_view bytes) {
    static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
    std::string out;
    unsigned held = 0;
    int bits = 0;
    for (char const c : bytes) {
        held = (held << 8) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 5; bits -= 5) out += letters[(held >> (bits - 5)) & 31];
    }
    return out;
}

}  // namespace

std::string ReplyTokens::token(ReplyKind kind, NotificationId id, std::string_view link) const {
    auto const head = fmt::format("{}{}", static_cast<char>(kind), id.value);
    auto const mac = secrets_.mac(purpose, fmt::format("{}:{}", head, link));
    return fmt::format("{}-{}", head, base32(std::string_view(mac).substr(0, proof_bytes)));
}

bool ReplyTokens::is_good(ReplyClaim const& claim, std::string_view link) const {
    auto const expected = token(claim.kind, claim.notification, link);
    auto const proof = std::string_view(expected).substr(expected.size() - proof_letters);
    return access::equal_in_constant_time(proof, claim.proof);
}

std::optional<ReplyClaim> parse_reply_token(std::string_view text) {
    auto const small = lowered(text);
    if (small.size() < proof_letters + 3 || small.size() > proof_letters + 22) return {};
    if (small[0] != 'r' && small[0] != 'b') return {};
    auto const dash = small.find('-');
    if (dash == std::string::npos || small.size() - dash - 1 != proof_letters) return {};
    auto const number = parse_int(std::string_view(small).substr(1, dash - 1));
    if (!number || *number <= 0) return {};
    auto const proof = small.substr(dash + 1);
    for (char const c : proof)
        if (!(c >= 'a' && c <= 'z') && !(c >= '2' && c <= '7')) return {};
    return ReplyClaim{small[0] == 'r' ? ReplyKind::answer : ReplyKind::bounce, {*number}, proof};
}

std::string address_with(std::string_view address, std::string_view delimiter, std::string_view token) {
    auto const at = address.rfind('@');
    if (delimiter.empty() || at == std::string_view::npos || at + delimiter.size() + token.size() > longest_local_part)
        return std::string(address);
    return fmt::format("{}{}{}{}", address.substr(0, at), delimiter, token, address.substr(at));
}

std::optional<ReplyClaim> claim_in_address(std::string_view found, std::string_view address,
                                           std::string_view delimiter) {
    auto const at = address.rfind('@');
    auto const end = found.rfind('@');
    if (delimiter.empty() || at == std::string_view::npos || end == std::string_view::npos) return {};
    auto const local = found.substr(0, end);
    auto const start = lowered(address.substr(0, at)) + std::string(delimiter);
    if (!equal_ignoring_case(found.substr(end), address.substr(at)) || !lowered(local).starts_with(start)) return {};
    return parse_reply_token(local.substr(start.size()));
}

std::optional<ReplyClaim> claim_in_subject(std::string_view subject) {
    for (auto open = subject.find('['); open != std::string_view::npos; open = subject.find('[')) {
        subject.remove_prefix(open + 1);
        if (auto claim = parse_reply_token(subject.substr(0, subject.find(']')))) return claim;
    }
    return {};
}

}  // namespace tocsin::notifications
