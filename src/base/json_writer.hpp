#pragma once
#include "base/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

/// `"text"` with the escapes of RFC 8259 section 7; ill-formed UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

/// Writes JSON front to back into one string: commas and quotes are its business, order and nesting are yours.
///
///     JsonWriter json;
///     json.object().field("name", "Example").field("count", 3).key("tags").array().value("a").end().end();
///     std::move(json).text();
class JsonWriter {
  public:
    JsonWriter& object() { return open('{'); }
    JsonWriter& array() { return open('['); }
    JsonWriter& end();
    JsonWriter& key(std::string_view name);

    JsonWriter& value(std::string_view text);
    JsonWriter& value(char const* text) { return value(std::string_view(text)); }
    JsonWriter& value(std::string const& text) { return value(std::string_view(text)); }
    JsonWriter& value(bool truth);
    JsonWriter& value(double number);
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(std::uint64_t number);
    JsonWriter& value(int number) { return value(std::int64_t{number}); }
    JsonWriter& value(unsigned number) { return value(std::uint64_t{number}); }
    JsonWriter& value(Timestamp time);
    JsonWriter& null();
    /// Text that already is JSON.
    JsonWriter& raw(std::string_view json);

    template <class T>
    JsonWriter& field(std::string_view name, T const& v) {
        return key(name).value(v);
    }
    template <class T>
    JsonWriter& field_if(std::string_view name, std::optional<T> const& v) {
        return v ? key(name).value(*v) : *this;
    }
    JsonWriter& field_unless_empty(std::string_view name, std::string_view text) {
        return text.empty() ? *this : key(name).value(text);
    }
    /// The field is always there; what is absent, or an empty text, is null.
    template <class T>
    JsonWriter& field_or_null(std::string_view name, std::optional<T> const& v) {
        return v ? key(name).value(*v) : key(name).null();
    }
    JsonWriter& field_or_null(std::string_view name, std::string_view text) {
        return text.empty() ? key(name).null() : key(name).value(text);
    }
    /// {"id", "name"}, or null when the id is 0.
    JsonWriter& reference(std::string_view name, std::int64_t id, std::string_view called) {
        return id == 0 ? key(name).null() : key(name).object().field("id", id).field("name", called).end();
    }

    std::string const& text() const& { return out_; }
    std::string text() && { return std::move(out_); }

  private:
    JsonWriter& open(char bracket);
    void separate();

    std::string out_;
    std::vector<char> open_;
    bool fresh_ = true;  ///< no value yet in the innermost bracket
    bool after_key_ = false;
};

}  // namespace tocsin
