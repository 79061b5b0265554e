#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin {

/// What kind of trouble: decides exit codes (interfaces.md) and HTTP statuses, never the wording.
enum class Code {
    invalid,      ///< the input is not what was expected (HTTP 400/422, exit 1 or 2)
    limit,        ///< a limit was passed (413/429)
    not_found,    ///< it does not exist, or the asker may not know that it does (404, exit 4)
    denied,       ///< known who asks, and not allowed (403, exit 5)
    conflict,     ///< it changed meanwhile, or exists already (409)
    unavailable,  ///< busy, locked, or a service that does not answer; may be tried again (503)
    io,           ///< disk, socket or operating system (500)
    internal,     ///< a library refused what we asked; our fault (500)
};

std::string_view name_of(Code code);

/// An error for an administrator: what failed, on what, what to do.
struct Error {
    Code code = Code::internal;
    std::string message;

    /// The same error, with what was being done in front: "reading x.csv: ...".
    [[nodiscard]] Error during(std::string_view what) const { return {code, std::string(what) + ": " + message}; }
};

/// A value or an error. Must be looked at: the compiler refuses a call whose Result is dropped (cast to void to mean
/// it).
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
  public:
    using std::expected<T, Error>::expected;
};
using Status = Result<void>;

inline std::unexpected<Error> fail(Code code, std::string message) {
    return std::unexpected(Error{code, std::move(message)});
}

#define TOCSIN_CONCAT_(a, b) a##b
#define TOCSIN_CONCAT(a, b) TOCSIN_CONCAT_(a, b)
#define TOCSIN_TRY_(temporary, declaration, expression)                   \
    auto temporary = (expression);                                        \
    if (!temporary) return std::unexpected(std::move(temporary).error()); \
    declaration = *std::move(temporary)

/// TRY(auto x, f());  - x, or the function returns f's error. A declaration of its own.
#define TRY(declaration, ...) TOCSIN_TRY_(TOCSIN_CONCAT(try_, __COUNTER__), declaration, __VA_ARGS__)

/// CHECK(f());  - the same for a Status.
#define CHECK(...)                                                                                   \
    do {                                                                                             \
        if (auto check_ = (__VA_ARGS__); !check_) return std::unexpected(std::move(check_).error()); \
    } while (false)

/// We are wrong if this fails; on in release too. Never for input.
#define TOCSIN_ASSERT(condition) ((condition) ? void() : ::tocsin::assertion_failed(#condition, __FILE__, __LINE__))
[[noreturn]] void assertion_failed(char const* condition, char const* file, int line);

}  // namespace tocsin
