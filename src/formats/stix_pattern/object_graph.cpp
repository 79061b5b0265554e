#include "formats/stix_pattern/object_graph.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <simdjson.h>
#include <unordered_map>

namespace tocsin::formats::stix_pattern {
namespace {

namespace dom = simdjson::dom;

bool ends_in_reference(PathStep const& step) {
    return step.kind == PathStep::Kind::property && (step.name.ends_with("_ref") || step.name.ends_with("_refs"));
}

std::string_view text_at(dom::element const& object, std::string_view key) {
    std::string_view text;
    return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

enum class Encoding : std::uint8_t { none, hex, base64 };

Encoding encoding_of(ObjectPath const& path) {
    for (auto step = path.steps.rbegin(); step != path.steps.rend(); ++step) {
        if (step->kind != PathStep::Kind::property) continue;
        if (step->name.ends_with("_hex")) return Encoding::hex;
        return step->name.ends_with("_bin") ? Encoding::base64 : Encoding::none;
    }
    return Encoding::none;
}

Value value_of(dom::element const& element, Encoding encoding) {
    using Type = dom::element_type;
    switch (element.type()) {
        case Type::STRING: {
            std::string_view const text = element.get_string().value_unsafe();
            if (encoding == Encoding::none) return text;
            auto bytes = encoding == Encoding::hex ? from_hex(text) : from_base64(text);
            if (bytes) return Bytes{*std::move(bytes)};
            return std::monostate();
        }
        case Type::INT64:
            return std::int64_t{element.get_int64().value_unsafe()};
        case Type::UINT64:
            return std::uint64_t{element.get_uint64().value_unsafe()};
        case Type::DOUBLE:
            return double{element.get_double().value_unsafe()};
        case Type::BOOL:
            return bool{element.get_bool().value_unsafe()};
        case Type::ARRAY:
        case Type::OBJECT:
        case Type::NULL_VALUE:
            return std::monostate();
    }
    return std::monostate();
}

}  // namespace

struct ObjectGraph::State {
    dom::parser parser;
    std::vector<dom::element> objects;
    std::vector<std::string_view> types;
    std::unordered_map<std::string_view, std::size_t> by_id;

    void add(std::string_view id, dom::element const& object) {
        if (!object.is_object()) return;
        // The first of two objects with one id is the one that references mean.
        if (!id.empty()) by_id.emplace(id, objects.size());
        objects.push_back(object);
        types.push_back(text_at(object, "type"));
    }

    /// Replaces references by what they mean; two references to one object are one.
    Status follow(std::vector<dom::element>& elements, Steps& steps) const {
        std::vector<dom::element> found;
        std::vector<bool> seen(objects.size());
        CHECK(steps.charge(elements.size() + objects.size() / 64));
        for (auto const& element : elements) {
            std::string_view id;
            if (element.get(id) != simdjson::SUCCESS) continue;
            auto const object = by_id.find(id);
            if (object == by_id.end() || seen[object->second]) continue;
            seen[object->second] = true;
            found.push_back(objects[object->second]);
        }
        elements = std::move(found);
        return {};
    }
};

ObjectGraph::ObjectGraph() : state_(std::make_unique<State>()) {}
ObjectGraph::~ObjectGraph() = default;

Status ObjectGraph::read(std::string_view json, Steps& steps) {
    auto& state = *state_;
    state.objects.clear();
    state.types.clear();
    state.by_id.clear();
    dom::element document;
    if (auto const fault = state.parser.parse(json.data(), json.size(), true).get(document); fault != simdjson::SUCCESS)
        return fail(Code::invalid,
                    fmt::format("the observation's objects are not JSON ({})", simdjson::error_message(fault)));
    // A bundle or an observed-data object, not a dictionary whose key happens to be "objects".
    if (auto const type = text_at(document, "type"); type == "bundle" || type == "observed-data")
        if (document["objects"].get(document) != simdjson::SUCCESS)
            return fail(Code::invalid, fmt::format("the {} has no objects", type));
    if (document.is_array()) {
        for (auto const& object : document.get_array().value_unsafe()) {
            CHECK(steps.charge(1));
            state.add(text_at(object, "id"), object);
        }
        return {};
    }
    if (!document.is_object())
        return fail(Code::invalid, "the observation's objects are neither an array nor a dictionary");
    for (auto const& [key, object] : document.get_object().value_unsafe()) {
        CHECK(steps.charge(1));
        state.add(key, object);
    }
    return {};
}

std::size_t ObjectGraph::size() const {
    return state_->objects.size();
}

std::string_view ObjectGraph::type_of(std::size_t object) const {
    return state_->types[object];
}

Result<std::vector<Value>> ObjectGraph::values(std::size_t object, ObjectPath const& path, Steps& steps) const {
    std::vector<dom::element> here{state_->objects[object]};
    bool is_reference = false;  // what is here are ids of other objects, or lists of them
    for (auto const& step : path.steps) {
        if (is_reference && step.kind == PathStep::Kind::property) {
            CHECK(state_->follow(here, steps));
            is_reference = false;
        }
        std::vector<dom::element> next;
        for (auto const& element : here) {
            CHECK(steps.charge(1));
            dom::array list;
            dom::object members;
            if (step.kind == PathStep::Kind::property && element.get(members) == simdjson::SUCCESS) {
                CHECK(steps.charge(members.size()));
                dom::element member;
                if (members.at_key(step.name).get(member) == simdjson::SUCCESS) next.push_back(member);
            } else if (step.kind != PathStep::Kind::property && element.get(list) == simdjson::SUCCESS) {
                CHECK(steps.charge(list.size()));
                if (step.kind == PathStep::Kind::any_index) next.insert(next.end(), list.begin(), list.end());
                dom::element item;
                if (step.kind == PathStep::Kind::index && list.at(step.index).get(item) == simdjson::SUCCESS)
                    next.push_back(item);
            }
        }
        is_reference |= ends_in_reference(step);
        here = std::move(next);
        if (here.empty()) break;
    }
    std::vector<Value> found;
    found.reserve(here.size());
    for (auto const& element : here) found.push_back(value_of(element, encoding_of(path)));
    return found;
}

}  // namespace tocsin::formats::stix_pattern
