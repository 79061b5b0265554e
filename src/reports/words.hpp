#pragma once
#include "base/base.hpp"
#include "formats/formats.hpp"

#include <map>
#include <string>
#include <string_view>

/// The words of reports: texts/reports/<language>.toml, compiled in. Private to the room.
namespace tocsin::reports {

/// One language. Immutable; safe from any thread.
class Words {
  public:
    /// Errors: Code::invalid, naming the languages there are.
    static Result<Words const*> of(std::string_view language);

    std::string_view language() const { return language_; }
    bool is_right_to_left() const { return get("direction") == "rtl"; }
    /// The text of a key; the key itself when there is none.
    std::string_view get(std::string_view key) const;
    bool has(std::string_view key) const { return texts_.contains(key); }
    std::string fill(std::string_view key, std::initializer_list<formats::PhraseValue> values) const {
        return formats::filled(get(key), values);
    }
    std::map<std::string, std::string, std::less<>> const& all() const { return texts_; }

  private:
    explicit Words(std::string_view language);
    std::string language_;
    std::map<std::string, std::string, std::less<>> texts_;
};

}  // namespace tocsin::reports
