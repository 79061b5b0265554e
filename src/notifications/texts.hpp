#pragma once
#include "base/base.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

/// The words of messages, of the owner's page and of the portal: texts/notifications/<language>.toml,
/// texts/portal/<language>.toml and texts/remediation/, compiled in.
namespace tocsin::notifications {

/// One language. Immutable; safe from any thread.
class Texts {
  public:
    using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// That language, or English when it has no texts yet.
    static Texts const& of(std::string_view language);
    /// A language that has texts: "ar", "en", "ru".
    static bool has(std::string_view language);

    std::string_view code() const { return code_; }
    std::string_view direction() const { return get("direction"); }
    bool is_right_to_left() const { return direction() == "rtl"; }
    std::string_view comma() const { return code_ == "ar" ? "، " : ", "; }

    /// The text of a key ("mail.subject"); asks English when this language lacks it.
    std::string_view get(std::string_view key) const;
    /// The same with `{name}` filled in. Values are never looked into.
    std::string fill(std::string_view key, Values values) const;
    /// Between Unicode isolates (UAX 9) where the language runs right to left, so that a date or a Latin name keeps its
    /// own order inside the sentence. fill() does this to its values, but for subjects and what is copied.
    std::string isolated(std::string_view value) const;
    /// The form for `n` of a text with plurals ("findings"), `{n}` filled in.
    std::string plural(std::string_view key, std::int64_t n) const;

    std::map<std::string, std::string, std::less<>> const& all() const { return texts_; }

  private:
    explicit Texts(std::string_view code);
    std::string code_;
    std::map<std::string, std::string, std::less<>> texts_;
};

/// The category of Unicode CLDR 42 for a whole number: zero, one, two, few, many, other.
std::string_view plural_category(std::string_view language, std::int64_t n);

/// `text` with each `{name}` replaced by its value; unknown names stay.
std::string filled(std::string_view text, Texts::Values values);

/// A note taken apart: its title ("# ..."), and its body for HTML and for plain text.
struct Note {
    std::string title;
    std::string html;  ///< <p>, <ul>, <li>, <code>, <strong> only; everything else is escaped
    std::string text;
    std::string language;  ///< of the text: English when the one asked for is missing
};
/// The note for an identifier, else for its type, else the general one.
Note note_for(std::string_view identifier, std::string_view type, std::string_view language);
Note parse_note(std::string_view markdown);

}  // namespace tocsin::notifications
