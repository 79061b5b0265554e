#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tocsin::notifications {

/// Words that stand in a message in the place of the usual ones, or in front of them. Empty: the usual.
struct Wording {
    std::string subject;  ///< may hold {tlp}, {team}, {count}, {organisation}
    std::string intro;    ///< may hold {organisation}
    std::string note;  ///< a paragraph in front of what to do about findings of the identifier; may hold {organisation}
};

/// What an organisation is told about findings of an identifier, in a language ("en"): how two ways of saying it are
/// compared. Only asked for messages that go to the organisation itself. Must be cheap and safe from any thread.
using WordingOf =
    std::function<Wording(std::int64_t organisation, std::string_view identifier, std::string_view language)>;

}  // namespace tocsin::notifications
