#pragma once
#include "base/base.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

/// The words of the test mail and its page: texts/reachability/<language>.toml. Private to the room.
namespace tocsin::readiness {

class ReachWords {
  public:
    /// That language, or English for any other text. Safe from any thread.
    static ReachWords const& of(std::string_view language);
    static bool has(std::string_view language);

    using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    /// With `{name}` filled in; in a language that runs right to left each value stands between isolates (UAX 9), so
    /// that a date or an address keeps its own order.
    std::string fill(std::string_view key, Values values = {}) const;
    /// Without isolates: for a subject, and for what is copied.
    std::string plain(std::string_view key, Values values = {}) const;
    std::string_view get(std::string_view key) const;
    std::string_view code() const { return code_; }
    bool is_right_to_left() const { return get("direction") == "rtl"; }

  private:
    explicit ReachWords(std::string_view code);
    std::string replaced(std::string_view key, Values values, bool with_isolates) const;
    std::string code_;
    std::map<std::string, std::string, std::less<>> words_;
};

}  // namespace tocsin::readiness
