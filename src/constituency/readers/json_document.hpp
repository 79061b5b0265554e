#pragma once
#include "constituency/readers/readers.hpp"
#include "formats/formats.hpp"

/// Private to the room: what readers of JSON share.
namespace tocsin::constituency {

/// A JSON document and the lines of its values.
class JsonDocument {
  public:
    /// Errors: Code::invalid with the line, Code::limit.
    static Result<std::unique_ptr<JsonDocument>> parse(std::string_view json, ReaderOptions const& options);

    formats::JsonValue root() const { return tree_.root(); }
    /// Cheap when asked in order.
    std::uint64_t line_of(formats::JsonValue const& value);

  private:
    explicit JsonDocument(std::string_view json) : json_(json) {}
    std::string_view json_;
    formats::JsonTree tree_;
    std::size_t counted_to_ = 0;
    std::uint64_t line_ = 1;
};

/// A text, or a number or truth as written; empty for anything else.
std::string_view plain(formats::JsonValue const& value);
/// The first of these members that is something.
formats::JsonValue first_of(formats::JsonValue const& object, std::initializer_list<std::string_view> names);
/// The elements: of an array; of {"data": [...]}; of a map its values that are objects; else itself.
std::vector<formats::JsonValue> elements(formats::JsonValue const& value);

}  // namespace tocsin::constituency
