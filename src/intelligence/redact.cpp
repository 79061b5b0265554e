#include "intelligence/redact.hpp"

#include "base/base.hpp"

#include <algorithm>
#include <simdjson.h>
#include <vector>

namespace tocsin::intelligence {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

class Redactor {
  public:
    explicit Redactor(std::span<std::string const> selectors) : gone_(selectors) {}

    std::string write(element root) {
        std::string out;
        value(root, "", out);
        return out;
    }

  private:
    bool is_gone(std::string const& path) const { return std::ranges::find(gone_, path) != gone_.end(); }

    void value(element thing, std::string const& path, std::string& out) {
        object members;
        array list;
        if (thing.get(members) == simdjson::SUCCESS) {
            write_object(members, path, out);
        } else if (thing.get(list) == simdjson::SUCCESS) {
            path == "granular_markings" ? write_markings(list, out) : write_list(list, path, out);
        } else {
            out += simdjson::minify(thing);
        }
    }

    void write_object(object members, std::string const& path, std::string& out) {
        out += '{';
        bool is_first = true;
        for (auto const& [key, member] : members) {
            auto const at = path.empty() ? std::string(key) : path + "." + std::string(key);
            if (is_gone(at)) continue;
            std::string text;
            value(member, at, text);
            if (text == "[]" && at == "granular_markings") continue;
            out += is_first ? "" : ",";
            is_first = false;
            append_json_string(out, key);
            out += ':' + text;
        }
        out += '}';
    }

    void write_list(array list, std::string const& path, std::string& out) {
        out += '[';
        bool is_first = true;
        std::size_t place = 0;
        for (auto const member : list) {
            auto const at = path + ".[" + std::to_string(place++) + "]";
            if (is_gone(at)) continue;
            out += is_first ? "" : ",";
            is_first = false;
            value(member, at, out);
        }
        out += ']';
    }

    /// Only the markings that speak of something that stays.
    void write_markings(array list, std::string& out) {
        out += '[';
        bool is_first = true;
        for (auto const marking : list) {
            array selectors;
            bool stays = marking["selectors"].get(selectors) != simdjson::SUCCESS;
            for (auto const selector : selectors) {
                std::string_view text;
                stays = stays || (selector.get(text) == simdjson::SUCCESS && !is_gone(std::string(text)));
            }
            if (!stays) continue;
            out += is_first ? "" : ",";
            is_first = false;
            out += simdjson::minify(marking);
        }
        out += ']';
    }

    std::span<std::string const> gone_;
};

}  // namespace

std::string without_selected(std::string_view json, std::span<std::string const> selectors) {
    simdjson::dom::parser parser;
    element root;
    TOCSIN_ASSERT(parser.parse(json.data(), json.size(), true).get(root) == simdjson::SUCCESS);
    return Redactor(selectors).write(root);
}

}  // namespace tocsin::intelligence
