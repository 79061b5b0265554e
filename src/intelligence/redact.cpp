#include "intelligence/redact.hpp"

#include "formats/formats.hpp"

#include <algorithm>

namespace tocsin::intelligence {
namespace {

using formats::JsonTree;
using formats::JsonValue;

/// Copies an object byte for byte, but for what is gone.
class Redactor {
  public:
    explicit Redactor(std::span<std::string const> selectors) : gone_(selectors) {}

    std::string write(JsonValue root) {
        value(root, "");
        return std::move(out_);
    }

  private:
    bool is_gone(std::string const& path) const { return std::ranges::find(gone_, path) != gone_.end(); }

    void value(JsonValue thing, std::string const& path) {
        if (thing.is_object()) {
            list(thing, '{', '}', [&](JsonValue member) { return write_member(member, path); });
        } else if (thing.is_array()) {
            std::size_t place = 0;
            list(thing, '[', ']', [&](JsonValue member) {
                auto const at = path + ".[" + std::to_string(place++) + "]";
                if (is_gone(at)) return false;
                value(member, at);
                return true;
            });
        } else {
            out_ += thing.raw();
        }
    }

    /// `write` says whether it wrote anything.
    template <class F>
    void list(JsonValue thing, char open, char close, F&& write) {
        out_ += open;
        bool is_first = true;
        for (auto const member : thing) {
            auto const before = out_.size();
            if (!is_first) out_ += ',';
            if (write(member))
                is_first = false;
            else
                out_.resize(before);
        }
        out_ += close;
    }

    bool write_member(JsonValue member, std::string const& path) {
        auto const at = path.empty() ? std::string(member.key()) : path + "." + std::string(member.key());
        if (is_gone(at)) return false;
        append_json_string(out_, member.key());
        out_ += ':';
        auto const begin = out_.size();
        if (at != "granular_markings") {
            value(member, at);
            return true;
        }
        list(member, '[', ']', [&](JsonValue marking) { return write_marking(marking); });
        return out_.size() > begin + 2;
    }

    /// Only the markings that speak of something that stays.
    bool write_marking(JsonValue marking) {
        auto const selectors = marking["selectors"];
        bool const stays = !selectors.is_array() || std::ranges::any_of(selectors, [&](JsonValue selector) {
            return selector.is_text() && !is_gone(std::string(selector.text()));
        });
        if (stays) out_ += marking.raw();
        return stays;
    }

    std::span<std::string const> gone_;
    std::string out_;
};

}  // namespace

std::string without_selected(std::string_view json, std::span<std::string const> selectors) {
    JsonTree tree;
    TOCSIN_ASSERT(tree.parse(json));
    return Redactor(selectors).write(tree.root());
}

}  // namespace tocsin::intelligence
