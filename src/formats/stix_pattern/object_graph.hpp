#pragma once
#include "base/base.hpp"
#include "formats/stix_pattern/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin::formats::stix_pattern {

/// Counts what a match costs; past the limit everything fails with Code::limit.
class Steps {
  public:
    explicit Steps(std::uint64_t most) : left_(most) {}
    Status charge(std::uint64_t steps) {
        if (steps > left_) return fail(Code::limit, "the pattern costs more steps on these observations than allowed");
        left_ -= steps;
        return {};
    }

  private:
    std::uint64_t left_;
};

/// One value that a path led to. Objects, lists and null are nothing that a constant could equal: `monostate`.
using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string_view, Bytes>;

/// The SCOs of one observation, and where paths lead in them.
///
/// One reader for many observations in turn: what it returned before lives until the next `read`. One thread.
class ObjectGraph {
  public:
    ObjectGraph();
    ~ObjectGraph();
    ObjectGraph(ObjectGraph const&) = delete;
    ObjectGraph& operator=(ObjectGraph const&) = delete;

    /// Errors: Code::invalid for what is not JSON or holds no objects; Code::limit.
    Status read(std::string_view json, Steps& steps);

    std::size_t size() const;
    std::string_view type_of(std::size_t object) const;

    /// All values at the path from one SCO, of its type or not. `_ref` and `_refs` are followed when the path goes on;
    /// a reference to what is not there leads nowhere. `_hex` and `_bin` values are bytes where they can be decoded.
    Result<std::vector<Value>> values(std::size_t object, ObjectPath const& path, Steps& steps) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tocsin::formats::stix_pattern
