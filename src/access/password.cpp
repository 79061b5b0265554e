#include "access/password.hpp"

#include "access/access.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <sodium.h>

namespace tocsin::access {
namespace {

constexpr std::size_t least_characters = 12;
constexpr std::size_t most_bytes = 1024;
constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::size_t characters_in(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// "abcabcabcabc": a piece of at most four bytes over and over.
bool is_repetition(std::string_view text) {
    for (std::size_t piece = 1; piece <= 4; ++piece) {
        bool repeats = true;
        for (std::size_t i = piece; i < text.size() && repeats; ++i) repeats = text[i] == text[i - piece];
        if (repeats) return true;
    }
    return false;
}

/// "abcdefghijkl", "123456789012", "987654321098".
bool is_a_run(std::string_view text) {
    for (int const step : {1, -1}) {
        std::size_t fits = 0;
        for (std::size_t i = 1; i < text.size(); ++i) {
            int const difference = text[i] - text[i - 1];
            fits += difference == step || difference == -9 * step ? 1 : 0;
        }
        if (fits + 1 >= text.size()) return true;
    }
    return false;
}

/// Holds a place while it lives.
class Place {
  public:
    explicit Place(std::counting_semaphore<64>& free)
        : free_(free), taken_(free.try_acquire_for(std::chrono::seconds(10))) {}
    Place(Place const&) = delete;
    ~Place() {
        if (taken_) free_.release();
    }
    bool taken() const { return taken_; }

  private:
    std::counting_semaphore<64>& free_;
    bool taken_;
};

std::unexpected<Error> too_busy() {
    return fail(Code::unavailable, "too many are signing in at once; try again in a moment");
}

Result<std::string> argon2id(std::string_view password, std::uint64_t passes, std::size_t bytes) {
    char encoded[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str_alg(encoded, password.data(), password.size(), passes, bytes, crypto_pwhash_ALG_ARGON2ID13) !=
        0)
        return fail(Code::unavailable, fmt::format("not enough memory to hash a password ({} MiB)", bytes >> 20));
    return std::string(encoded);
}

}  // namespace

Status check_password(std::string_view password, std::string_view name) {
    if (!is_utf8(password)) return fail(Code::invalid, "the password is not UTF-8");
    if (password.size() > most_bytes)
        return fail(Code::invalid, fmt::format("the password is longer than {} bytes", most_bytes));
    if (characters_in(password) < least_characters)
        return fail(Code::invalid, fmt::format("the password needs {} characters or more; a few words make a good one",
                                               least_characters));
    std::string const low = lowered(password);
    if (is_repetition(low) || is_a_run(low) || std::set<char>(low.begin(), low.end()).size() < 5)
        return fail(Code::invalid, "the password is too easy to guess; a few unrelated words make a good one");
    if (name.size() >= 3 && characters_in(replaced(low, lowered(name), "")) < least_characters - 4)
        return fail(Code::invalid, "the password is little more than the name; choose another");
    return {};
}

std::string random_code(std::size_t count) {
    std::string const bytes = secret_bytes(count);
    std::string code;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0 && i % 4 == 0) code.push_back('-');
        code.push_back(crockford[static_cast<unsigned char>(bytes[i]) % crockford.size()]);
    }
    return code;
}

std::string normalised_code(std::string_view typed) {
    std::string code;
    for (char const c : uppered(typed)) {
        if (c == '-' || c == ' ') continue;
        code.push_back(c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c);
    }
    return code;
}

std::string generated_password() {
    return lowered(random_code(24));
}

PasswordHasher::PasswordHasher(Cost cost) : cost_(cost), free_(std::clamp(cost.at_once, 1, 64)) {
    TOCSIN_ASSERT(sodium_init() >= 0);
}

Result<std::string> PasswordHasher::hash(std::string_view password) {
    Place const place(free_);
    if (!place.taken()) return too_busy();
    return argon2id(password, cost_.passes, cost_.bytes);
}

Result<bool> PasswordHasher::matches(std::string_view password, std::string const& hash) {
    Place const place(free_);
    if (!place.taken()) return too_busy();
    if (password.size() > most_bytes) password = password.substr(0, 1);  // can't be right; costs the same
    if (!hash.empty()) return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
    // Nobody: the same work, done for nothing.
    TRY(auto const unused, argon2id(password, cost_.passes, cost_.bytes));
    (void)unused;
    return false;
}

bool PasswordHasher::is_outdated(std::string const& hash) const {
    return crypto_pwhash_str_needs_rehash(hash.c_str(), cost_.passes, cost_.bytes) != 0;
}

}  // namespace tocsin::access
