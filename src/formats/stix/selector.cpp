#include "formats/stix/selector.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <vector>

namespace tocsin::formats::stix {
namespace {

/// "[12]" is 12.
std::optional<std::size_t> index_of(std::string_view step) {
    if (step.size() < 3 || step.front() != '[' || step.back() != ']') return std::nullopt;
    auto const number = parse_int(step.substr(1, step.size() - 2));
    if (!number || *number < 0) return std::nullopt;
    return static_cast<std::size_t>(*number);
}

JsonValue element_at(JsonValue list, std::size_t place) {
    if (!list.is_array() || place >= list.size()) return {};
    auto at = list.begin();
    for (std::size_t i = 0; i < place; ++i) ++at;
    return *at;
}

/// Takes nodes out of a tree and writes what stays.
class Cut {
  public:
    explicit Cut(JsonTree const& tree) : tree_(tree) {}

    void remove(JsonValue value);
    /// Of the object's granular markings, what spoke of removed things.
    void follow_in_markings();
    std::string text() const {
        std::string out;
        out.reserve(tree_.json().size());
        write(out, tree_.root());
        return out;
    }

  private:
    bool is_removed(std::uint32_t node) const;
    bool is_touched(JsonValue value) const;
    bool is_all_removed(JsonValue container) const;
    void follow_in_marking(JsonValue marking);
    std::string place_now(std::uint32_t node) const;
    void write(std::string& out, JsonValue value) const;

    JsonTree const& tree_;
    /// What becomes of nodes: nothing is removed, anything else is put in their place.
    std::map<std::uint32_t, std::optional<std::string>> changes_;
};

/// True for what was removed itself; what is in it is not asked for.
bool Cut::is_removed(std::uint32_t node) const {
    auto const found = changes_.find(node);
    return found != changes_.end() && !found->second;
}

bool Cut::is_touched(JsonValue value) const {
    auto const first = changes_.lower_bound(value.node());
    return first != changes_.end() && first->first < value.past();
}

bool Cut::is_all_removed(JsonValue container) const {
    return std::ranges::all_of(container, [&](JsonValue inner) { return is_removed(inner.node()); });
}

void Cut::remove(JsonValue value) {
    while (value && value.node() != 0) {
        changes_.insert_or_assign(value.node(), std::nullopt);
        auto const around = value.at(tree_[value.node()].parent);
        if (!around.is_array() || !is_all_removed(around)) return;
        value = around;
    }
}

void Cut::follow_in_markings() {
    auto const markings = tree_.root()["granular_markings"];
    if (!markings.is_array() || changes_.empty()) return;
    for (auto const marking : markings)
        if (!is_removed(marking.node()) && !is_removed(markings.node())) follow_in_marking(marking);
}

void Cut::follow_in_marking(JsonValue marking) {
    auto const selectors = marking["selectors"];
    for (auto const selector : selectors) {
        auto const named = select(tree_.root(), selector.text());
        if (!named) continue;
        bool is_gone = false;
        for (auto node = named.node(); node != 0 && !is_gone; node = tree_[node].parent) is_gone = is_removed(node);
        if (is_gone) {
            changes_.insert_or_assign(selector.node(), std::nullopt);
        } else if (auto now = place_now(named.node()); now != selector.text()) {
            changes_.insert_or_assign(selector.node(), json_string(now));
        }
    }
    if (selectors.size() > 0 && is_all_removed(selectors)) remove(marking);
}

/// The way to a node when what is removed no longer counts.
std::string Cut::place_now(std::uint32_t node) const {
    std::string way;
    for (; node != 0; node = tree_[node].parent) {
        auto const around = tree_.at(tree_[node].parent);
        std::string step(tree_.at(node).key());
        if (around.is_array()) {
            std::size_t place = 0;
            for (auto const before : around) {
                if (before.node() == node) break;
                place += is_removed(before.node()) ? 0 : 1;
            }
            step = fmt::format("[{}]", place);
        }
        way = way.empty() ? step : step + "." + way;
    }
    return way;
}

void Cut::write(std::string& out, JsonValue value) const {
    if (!is_touched(value)) {
        out += value.raw();
        return;
    }
    if (auto const change = changes_.find(value.node()); change != changes_.end()) {
        out += change->second.value_or("");
        return;
    }
    out.push_back(value.is_object() ? '{' : '[');
    for (bool is_first = true; auto const inner : value) {
        if (is_removed(inner.node())) continue;
        if (!is_first) out.push_back(',');
        is_first = false;
        auto const& node = tree_[inner.node()];
        out += tree_.json().substr(node.start, node.begin - node.start);
        write(out, inner);
    }
    out.push_back(value.is_object() ? '}' : ']');
}

}  // namespace

JsonValue select(JsonValue object, std::string_view selector) {
    auto value = object;
    while (value && !selector.empty()) {
        auto const dot = selector.find('.');
        auto const step = selector.substr(0, dot);
        if (dot != std::string_view::npos && dot + 1 == selector.size()) return {};
        selector = dot == std::string_view::npos ? std::string_view() : selector.substr(dot + 1);
        if (value.is_array()) {
            auto const place = index_of(step);
            value = place ? element_at(value, *place) : JsonValue();
        } else {
            value = value[step];
        }
    }
    return value && value.node() != object.node() ? value : JsonValue();
}

Result<std::string> without_selected(std::string_view json, std::span<std::string_view const> selectors) {
    JsonTree tree;
    CHECK(tree.parse(json));
    Cut cut(tree);
    for (auto const selector : selectors) cut.remove(select(tree.root(), selector));
    cut.follow_in_markings();
    return cut.text();
}

Result<std::string> with_members(std::string_view json, std::span<MemberChange const> changes) {
    JsonTree tree;
    CHECK(tree.parse(json));
    if (!tree.root().is_object()) return fail(Code::invalid, "expected an object");
    std::string out = "{";
    auto const add = [&](std::string_view start, std::string_view value) {
        if (out.size() > 1) out.push_back(',');
        (out += start) += value;
    };
    for (auto const member : tree.root()) {
        auto const& node = tree[member.node()];
        auto const start = tree.json().substr(node.start, node.begin - node.start);
        auto const change = std::ranges::find(changes, member.key(), &MemberChange::name);
        if (change == changes.end()) {
            add(start, member.raw());
        } else if (!change->value.empty()) {
            add(start, change->value);
        }
    }
    for (auto const& change : changes)
        if (!change.value.empty() && !tree.root()[change.name]) add(json_string(change.name) + ":", change.value);
    out.push_back('}');
    return out;
}

}  // namespace tocsin::formats::stix
