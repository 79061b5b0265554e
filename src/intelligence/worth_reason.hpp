#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

/// Why something is worth what it is worth, or how it is matched: a stable code ("valid_until", "never.kinds") and what
/// is put in, as text (dates as 2026-11-27). A console says it in its reader's language.
struct WorthReason {
    std::string code;
    std::vector<std::string> values = {};
    friend bool operator==(WorthReason const&, WorthReason const&) = default;
};

/// For the command line, which speaks English.
std::string english(WorthReason const& reason);
/// Every code there is.
std::vector<std::string_view> worth_reason_codes();

}  // namespace tocsin::intelligence
