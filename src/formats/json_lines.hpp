#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats {

/// One value of a JSON object, its place written as a dotted path.
struct JsonMember {
    enum class Kind { text, number, boolean, array };
    std::string_view path;  ///< "source.ip", whether written so or as {"source":{"ip":...}}
    Kind kind;
    std::string_view text;  ///< a text without its quotes and escapes; otherwise the JSON as written
};

/// Reads objects one after the other into members, nested objects flattened, nulls left out.
///
/// Source: RFC 8259. Limits: depth 16, 4096 members, numbers as simdjson takes them. One thread at a time; what `read`
/// returns lives until the next `read`.
class JsonObjectReader {
  public:
    JsonObjectReader();
    ~JsonObjectReader();
    JsonObjectReader(JsonObjectReader&&) noexcept;
    JsonObjectReader& operator=(JsonObjectReader&&) noexcept;

    /// `line` must be UTF-8. Errors: Code::invalid, Code::limit.
    Result<std::vector<JsonMember> const*> read(std::string_view line);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tocsin::formats
