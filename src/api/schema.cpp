#include "api/contract.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

/// The subset of JSON Schema 2020-12 that openapi.json uses.
namespace tocsin::api {

namespace {

namespace json = boost::json;

constexpr std::size_t most_faults = 20;

struct Checker {
    Contract const& contract;
    std::vector<Fault>& faults;

    void fault(std::string const& where, std::string expected) {
        if (faults.size() < most_faults) faults.push_back({where, std::move(expected)});
    }
    void check(json::value const& value, json::value const& schema, std::string const& where);
    void check_type(json::value const& value, json::object const& rules, std::string const& where);
    void check_object(json::object const& value, json::object const& rules, std::string const& where);
    void check_array(json::array const& value, json::object const& rules, std::string const& where);
    void check_number(double value, json::object const& rules, std::string const& where);
    void check_string(std::string_view value, json::object const& rules, std::string const& where);
    void check_one_of(json::value const& value, json::array const& choices, std::string const& where);
};

bool has_type(json::value const& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    if (type == "number") return value.is_number();
    return false;
}

std::string below(std::string const& where, std::string_view name) {
    return where.empty() ? std::string(name) : where + "." + std::string(name);
}

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string joined(json::array const& choices) {
    std::string out;
    for (auto const& choice : choices) out += (out.empty() ? "" : ", ") + json::serialize(choice);
    return out;
}

void Checker::check(json::value const& value, json::value const& schema, std::string const& where) {
    if (!schema.is_object()) return;
    auto const& rules = schema.get_object();
    if (auto const* reference = rules.if_contains("$ref")) {
        auto const name = std::string_view(reference->as_string()).substr(sizeof "#/components/schemas/" - 1);
        if (auto const* target = contract.schema(name)) return check(value, *target, where);
        return fault(where, "a known schema, not " + std::string(name));
    }
    if (auto const* choices = rules.if_contains("oneOf")) return check_one_of(value, choices->as_array(), where);
    if (auto const* choices = rules.if_contains("enum")) {
        if (std::ranges::find(choices->as_array(), value) == choices->as_array().end()) {
            return fault(where, "one of " + joined(choices->as_array()));
        }
    }
    check_type(value, rules, where);
}

void Checker::check_type(json::value const& value, json::object const& rules, std::string const& where) {
    if (auto const* type = rules.if_contains("type")) {
        bool fits = false;
        std::string names;
        if (type->is_string()) {
            fits = has_type(value, type->get_string());
            names = std::string(type->get_string());
        } else {
            for (auto const& one : type->as_array()) {
                fits = fits || has_type(value, one.as_string());
                names += (names.empty() ? "" : " or ") + std::string(one.as_string());
            }
        }
        if (!fits) return fault(where, "a value of type " + names);
    }
    if (value.is_object()) check_object(value.get_object(), rules, where);
    if (value.is_array()) check_array(value.get_array(), rules, where);
    if (value.is_number()) check_number(value.to_number<double>(), rules, where);
    if (value.is_string()) check_string(value.get_string(), rules, where);
}

void Checker::check_object(json::object const& value, json::object const& rules, std::string const& where) {
    if (auto const* required = rules.if_contains("required")) {
        for (auto const& name : required->as_array()) {
            if (!value.contains(name.as_string())) fault(below(where, name.as_string()), "to be there");
        }
    }
    auto const* properties = rules.if_contains("properties");
    auto const* others = rules.if_contains("additionalProperties");
    for (auto const& entry : value) {
        auto const* known = properties ? properties->as_object().if_contains(entry.key()) : nullptr;
        if (known) {
            check(entry.value(), *known, below(where, entry.key()));
        } else if (others && others->is_bool() && !others->get_bool()) {
            fault(below(where, entry.key()), "not to be there: no such field");
        } else if (others) {
            check(entry.value(), *others, below(where, entry.key()));
        }
    }
}

void Checker::check_array(json::array const& value, json::object const& rules, std::string const& where) {
    if (auto const* most = rules.if_contains("maxItems"); most && value.size() > most->to_number<std::size_t>()) {
        fault(where, fmt::format("at most {} items", most->to_number<std::size_t>()));
    }
    if (auto const* least = rules.if_contains("minItems"); least && value.size() < least->to_number<std::size_t>()) {
        fault(where, fmt::format("at least {} items", least->to_number<std::size_t>()));
    }
    auto const* items = rules.if_contains("items");
    for (std::size_t i = 0; items && i < value.size() && faults.size() < most_faults; ++i) {
        check(value[i], *items, below(where, std::to_string(i)));
    }
}

void Checker::check_number(double value, json::object const& rules, std::string const& where) {
    if (auto const* least = rules.if_contains("minimum"); least && value < least->to_number<double>()) {
        fault(where, fmt::format("at least {}", least->to_number<double>()));
    }
    if (auto const* most = rules.if_contains("maximum"); most && value > most->to_number<double>()) {
        fault(where, fmt::format("at most {}", most->to_number<double>()));
    }
}

void Checker::check_string(std::string_view value, json::object const& rules, std::string const& where) {
    if (auto const* most = rules.if_contains("maxLength");
        most && code_points(value) > most->to_number<std::size_t>()) {
        fault(where, fmt::format("at most {} characters", most->to_number<std::size_t>()));
    }
    if (auto const* least = rules.if_contains("minLength");
        least && code_points(value) < least->to_number<std::size_t>()) {
        fault(where, fmt::format("at least {} characters", least->to_number<std::size_t>()));
    }
    if (auto const* pattern = rules.if_contains("pattern"); pattern && !matches(pattern->as_string(), value)) {
        fault(where, "text of the form " + std::string(pattern->as_string()));
    }
    if (auto const* format = rules.if_contains("format");
        format && format->as_string() == "date-time" && !parse_timestamp(value)) {
        fault(where, "a time by RFC 3339, for example 2026-11-23T10:00:00Z");
    }
}

void Checker::check_one_of(json::value const& value, json::array const& choices, std::string const& where) {
    std::vector<Fault> first;
    for (auto const& choice : choices) {
        std::vector<Fault> found;
        Checker{contract, found}.check(value, choice, where);
        if (found.empty()) return;
        if (first.empty()) first = std::move(found);
    }
    for (auto& found : first) fault(found.field, std::move(found.expected));
}

/// One unit of a pattern: the characters it takes and how often.
struct Unit {
    bool allowed[256] = {};
    std::size_t least = 1;
    std::size_t most = 1;
};

std::optional<Unit> read_unit(std::string_view& pattern) {
    Unit unit;
    if (pattern.front() == '[') {
        auto const close = pattern.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        auto const set = pattern.substr(1, close - 1);
        for (std::size_t i = 0; i < set.size(); ++i) {
            auto const first = static_cast<unsigned char>(set[i]);
            auto const is_range = i + 2 < set.size() && set[i + 1] == '-';
            auto const last = is_range ? static_cast<unsigned char>(set[i + 2]) : first;
            for (unsigned c = first; c <= last; ++c) unit.allowed[c] = true;
            if (is_range) i += 2;
        }
        pattern.remove_prefix(close + 1);
    } else {
        unit.allowed[static_cast<unsigned char>(pattern.front())] = true;
        pattern.remove_prefix(1);
    }
    if (pattern.starts_with('+') || pattern.starts_with('*')) {
        unit.least = pattern.front() == '+' ? 1 : 0;
        unit.most = std::string_view::npos;
        pattern.remove_prefix(1);
    } else if (pattern.starts_with('{')) {
        auto const close = pattern.find('}');
        auto const count = close == std::string_view::npos ? std::nullopt : parse_int(pattern.substr(1, close - 1));
        if (!count) return std::nullopt;
        unit.least = unit.most = static_cast<std::size_t>(*count);
        pattern.remove_prefix(close + 1);
    }
    return unit;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
    if (!pattern.starts_with('^') || !pattern.ends_with('$')) return false;
    pattern = pattern.substr(1, pattern.size() - 2);
    // Greedy without going back: enough where neighbouring units share no characters, as in our document.
    while (!pattern.empty()) {
        auto const unit = read_unit(pattern);
        if (!unit) return false;
        std::size_t count = 0;
        while (count < unit->most && count < text.size() && unit->allowed[static_cast<unsigned char>(text[count])])
            ++count;
        if (count < unit->least) return false;
        text.remove_prefix(count);
    }
    return text.empty();
}

std::vector<Fault> Contract::check(json::value const& value, json::value const& schema) const {
    std::vector<Fault> faults;
    Checker{*this, faults}.check(value, schema, "");
    return faults;
}

std::vector<Fault> Contract::check_text(std::string_view text, Parameter const& parameter) const {
    std::vector<Fault> faults;
    Checker checker{*this, faults};
    auto const* type = parameter.schema->if_contains("type");
    json::value value(text);
    if (type && type->is_string() && type->get_string() == "integer") {
        auto const number = parse_int(text);
        if (!number) {
            checker.fault(parameter.name, "a whole number");
            return faults;
        }
        value = *number;
    }
    checker.check_type(value, *parameter.schema, parameter.name);
    if (auto const* choices = parameter.schema->if_contains("enum")) {
        if (std::ranges::find(choices->as_array(), value) == choices->as_array().end()) {
            checker.fault(parameter.name, "one of " + joined(choices->as_array()));
        }
    }
    return faults;
}

}  // namespace tocsin::api
