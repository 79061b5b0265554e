#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats {

enum class JsonKind : std::uint8_t { null, boolean, number, text, array, object };

struct JsonTreeLimits {
    std::size_t bytes = std::size_t{16} << 20;
    std::size_t depth = 64;
    std::size_t values = std::size_t{4} << 20;
};

/// One value of a JsonTree. Values stand in the order of the text: the first child is the next node.
struct JsonNode {
    char const* key = nullptr;   ///< of a member, escapes undone
    char const* text = nullptr;  ///< of a text, escapes undone; of the rest, as written
    std::uint32_t key_size = 0;
    std::uint32_t text_size = 0;
    std::uint32_t start = 0;   ///< byte of the text where the member (its key's quote) or the value begins
    std::uint32_t begin = 0;   ///< byte where the value begins
    std::uint32_t end = 0;     ///< byte behind the value
    std::uint32_t next = 0;    ///< the node behind this one and all it holds
    std::uint32_t parent = 0;  ///< the root is its own
    std::uint32_t count = 0;   ///< children
    JsonKind kind = JsonKind::null;
};

class JsonTree;

/// A value of a tree, or none: what asks a value for what it is not, or for a member it does not have, gets none, an
/// empty text or no children. As long-lived as the tree's next `parse`.
class JsonValue {
  public:
    static constexpr std::uint32_t none = 0xffff'ffff;

    JsonValue() = default;
    JsonValue(JsonTree const& tree, std::uint32_t node) : tree_(&tree), node_(node) {}

    explicit operator bool() const { return node_ != none; }
    std::uint32_t node() const { return node_; }
    bool is_object() const { return is(JsonKind::object); }
    bool is_array() const { return is(JsonKind::array); }
    bool is_text() const { return is(JsonKind::text); }
    bool is_number() const { return is(JsonKind::number); }
    bool is_boolean() const { return is(JsonKind::boolean); }
    bool is_null() const { return is(JsonKind::null); }

    std::string_view key() const;
    /// A text without quotes and escapes; empty for what is no text.
    std::string_view text() const;
    /// Any value as written.
    std::string_view raw() const;
    bool is_true() const { return is_boolean() && raw() == "true"; }
    /// A number without fraction or exponent that fits.
    std::optional<std::int64_t> integer() const;
    /// The nearest number; nothing beyond the range of a double.
    std::optional<double> number() const;
    std::size_t size() const;  ///< children
    /// True for the value itself and all it holds.
    bool holds(std::uint32_t node) const;

    /// The member of that name. A walk over the members.
    JsonValue operator[](std::string_view name) const;

    class Iterator {
      public:
        using value_type = JsonValue;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        Iterator(JsonTree const* tree, std::uint32_t node) : tree_(tree), node_(node) {}
        JsonValue operator*() const { return {*tree_, node_}; }
        Iterator& operator++();
        Iterator operator++(int) {
            auto const before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(Iterator const& a, Iterator const& b) { return a.node_ == b.node_; }

      private:
        JsonTree const* tree_ = nullptr;
        std::uint32_t node_ = 0;
    };
    Iterator begin() const;
    Iterator end() const;
    /// All that a value holds, at any depth: the nodes from node() + 1 to before past().
    JsonValue at(std::uint32_t node) const { return {*tree_, node}; }
    std::uint32_t past() const;
    std::string path() const;  ///< JsonTree::path_of

  private:
    bool is(JsonKind kind) const;

    JsonTree const* tree_ = nullptr;
    std::uint32_t node_ = none;
};

/// A JSON text taken apart in place: every value with its kind, its bytes and its place among the others.
///
/// For what must be kept byte for byte (a part cut out, the rest as it came), told by place (byte 117), or read
/// whatever its numbers are: a number is the text it was written as until somebody asks for its value.
///
/// Source: RFC 8259, and RFC 7493 (I-JSON) where texts have more than one meaning: keys twice in one object, half
/// surrogate pairs and ill-formed UTF-8 are refused. One thread at a time; reused, it does not allocate.
class JsonTree {
  public:
    /// `json` must stay as it is while the tree is used. One value with nothing but white space around it.
    /// Errors: Code::invalid with the byte and what was expected, Code::limit.
    Status parse(std::string_view json, JsonTreeLimits const& limits = {});

    JsonValue root() const { return {*this, nodes_.empty() ? JsonValue::none : 0}; }
    JsonValue at(std::uint32_t node) const { return {*this, node}; }
    JsonNode const& operator[](std::uint32_t node) const { return nodes_[node]; }
    std::size_t size() const { return nodes_.size(); }
    std::string_view json() const { return json_; }
    /// Where the last `parse` failed.
    std::size_t fault_at() const { return fault_at_; }

    /// "external_references.[0].url": the way to a node, as STIX selectors write it. Empty for the root.
    std::string path_of(std::uint32_t node) const;

  private:
    class Parser;
    /// An object or array that is not closed yet.
    struct Level {
        std::uint32_t node;
        bool may_repeat;     ///< two keys fell together in `seen`
        std::uint64_t seen;  ///< one bit for each key
    };

    std::string_view json_;
    std::vector<JsonNode> nodes_;
    std::vector<Level> levels_;
    std::string decoded_;  ///< texts that had escapes; never grows while nodes point into it
    std::size_t fault_at_ = 0;
};

inline bool JsonValue::is(JsonKind kind) const {
    return node_ != none && (*tree_)[node_].kind == kind;
}
inline std::string_view JsonValue::key() const {
    if (node_ == none) return {};
    auto const& node = (*tree_)[node_];
    return {node.key, node.key_size};
}
inline std::string_view JsonValue::text() const {
    if (!is_text()) return {};
    auto const& node = (*tree_)[node_];
    return {node.text, node.text_size};
}
inline std::string_view JsonValue::raw() const {
    if (node_ == none) return {};
    auto const& node = (*tree_)[node_];
    return tree_->json().substr(node.begin, node.end - node.begin);
}
inline std::size_t JsonValue::size() const {
    return node_ == none ? 0 : (*tree_)[node_].count;
}
inline std::uint32_t JsonValue::past() const {
    return node_ == none ? none : (*tree_)[node_].next;
}
inline std::string JsonValue::path() const {
    return node_ == none ? std::string() : tree_->path_of(node_);
}
inline bool JsonValue::holds(std::uint32_t node) const {
    return node_ != none && node >= node_ && node < past();
}
inline JsonValue::Iterator JsonValue::begin() const {
    return size() == 0 ? Iterator() : Iterator(tree_, node_ + 1);
}
inline JsonValue::Iterator JsonValue::end() const {
    return size() == 0 ? Iterator() : Iterator(tree_, (*tree_)[node_].next);
}
inline JsonValue::Iterator& JsonValue::Iterator::operator++() {
    node_ = (*tree_)[node_].next;
    return *this;
}

}  // namespace tocsin::formats
