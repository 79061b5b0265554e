#include "intelligence/object_splitter.hpp"

#include <cstring>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t piece = std::size_t{1} << 18;

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

Result<bool> ObjectSplitter::fill() {
    if (buffer_.empty()) buffer_.resize(piece);
    offset_ += static_cast<std::int64_t>(end_);
    at_ = end_ = 0;
    TRY(end_, source_.read(buffer_));
    return end_ > 0;
}

Result<int> ObjectSplitter::peek() {
    while (true) {
        while (at_ < end_ && is_space(buffer_[at_])) ++at_;
        if (at_ < end_) return static_cast<unsigned char>(buffer_[at_]);
        TRY(bool const more, fill());
        if (!more) return -1;
    }
}

std::unexpected<Error> ObjectSplitter::broken(std::string_view expected) const {
    return fail(Code::invalid, fmt::format("byte {}: expected {}", offset_ + static_cast<std::int64_t>(at_), expected));
}

void ObjectSplitter::keep(std::string& into, char const* from, std::size_t size) {
    if (into.size() + size > longest_object) is_too_long_ = true;
    if (!is_too_long_) into.append(from, size);
}

std::optional<SplitObject> ObjectSplitter::give(std::string text) {
    text_ = std::move(text);
    SplitObject object{.ordinal = ++ordinal_, .json = text_, .fault = {}};
    if (is_too_long_) object.fault = fmt::format("it is longer than {} MiB", longest_object >> 20);
    is_too_long_ = false;
    return object;
}

Result<std::optional<SplitObject>> ObjectSplitter::next() {
    while (true) {
        if (is_in_list_) {
            TRY(auto object, next_in_list());
            if (object) return object;
            continue;
        }
        TRY(int const c, peek());
        if (c < 0) return std::nullopt;
        if (c == 0xef && ordinal_ == 0) {  // a byte order mark, if it is one
            at_ += 3;
            continue;
        }
        if (c == '[') {
            ++at_;
            is_in_list_ = list_is_top_ = true;
            continue;
        }
        if (c != '{') return broken("{ or [");
        TRY(bool const is_object, open_top_level());
        if (is_object) return give(std::move(text_));
    }
}

/// A container's members are passed over until its "objects"; what has none is an object itself (then true).
Result<bool> ObjectSplitter::open_top_level() {
    std::string text = "{";
    bool has_objects = false;
    ++at_;
    while (true) {
        TRY(int const c, peek());
        if (c == '}') {
            ++at_;
            keep(text, "}", 1);
            break;
        }
        if (c == ',') {
            ++at_;
            keep(text, ",", 1);
            continue;
        }
        if (c != '"') return broken("a member's name, , or }");
        std::string name;
        CHECK(copy_string(name));
        TRY(int const colon, peek());
        if (colon != ':') return broken(":");
        ++at_;
        TRY(int const value, peek());
        if (name == "\"objects\"" && value == '[') {
            ++at_;
            is_in_list_ = true;
            list_is_top_ = false;
            return false;
        }
        has_objects = has_objects || name == "\"objects\"";
        keep(text, name.data(), name.size());
        keep(text, ":", 1);
        CHECK(copy_value(text));
    }
    text_ = std::move(text);
    // A bundle without objects, an empty envelope: containers, not objects.
    bool const is_container = has_objects || text_ == "{}" || text_.find("\"type\":\"bundle\"") != std::string::npos ||
                              text_.starts_with("{\"more\":");
    return !is_container;
}

Result<std::optional<SplitObject>> ObjectSplitter::next_in_list() {
    TRY(int c, peek());
    while (c == ',') {
        ++at_;
        TRY(c, peek());
    }
    if (c == ']') {
        ++at_;
        is_in_list_ = false;
        if (list_is_top_) return std::nullopt;
        // The rest of the container says nothing that counts.
        std::string rest;
        while (true) {
            TRY(int const next, peek());
            if (next == '}') {
                ++at_;
                return std::nullopt;
            }
            if (next == ',' || next == ':') {
                ++at_;
                continue;
            }
            if (next < 0) return broken("}");
            rest.clear();
            CHECK(copy_value(rest));
            is_too_long_ = false;
        }
    }
    if (c < 0) return broken("an object or ]");
    std::string text;
    CHECK(copy_value(text));
    auto object = give(std::move(text));
    if (object->fault.empty() && !object->json.starts_with('{')) object->fault = "expected a JSON object";
    return object;
}

Status ObjectSplitter::copy_value(std::string& into) {
    TRY(int const c, peek());
    if (c == '"') return copy_string(into);
    if (c == '{' || c == '[') return copy_nested(into);
    if (c < 0) return broken("a value");
    while (true) {  // a number or a word
        auto const from = at_;
        while (at_ < end_ && std::strchr(",}] \n\r\t:", buffer_[at_]) == nullptr) ++at_;
        keep(into, buffer_.data() + from, at_ - from);
        if (at_ < end_) return from == at_ && into.empty() ? Status(broken("a value")) : Status();
        TRY(bool const more, fill());
        if (!more) return {};
    }
}

Status ObjectSplitter::copy_string(std::string& into) {
    keep(into, "\"", 1);
    ++at_;
    bool is_escaped = false;
    while (true) {
        auto const from = at_;
        bool is_done = false;
        while (at_ < end_ && !is_done) {
            char const c = buffer_[at_++];
            if (is_escaped) {
                is_escaped = false;
            } else if (c == '\\') {
                is_escaped = true;
            } else if (c == '"') {
                is_done = true;
            }
        }
        keep(into, buffer_.data() + from, at_ - from);
        if (is_done) return {};
        TRY(bool const more, fill());
        if (!more) return broken("the \" at the end of a text");
    }
}

Status ObjectSplitter::copy_nested(std::string& into) {
    std::size_t depth = 0;
    while (true) {
        if (at_ >= end_) {
            TRY(bool const more, fill());
            if (!more) return broken("} or ]");
        }
        auto const from = at_;
        // Runs without white space and texts are copied as they are.
        while (at_ < end_ && !is_space(buffer_[at_]) && buffer_[at_] != '"') {
            char const c = buffer_[at_++];
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && --depth == 0) break;
        }
        keep(into, buffer_.data() + from, at_ - from);
        if (depth == 0) return {};
        while (at_ < end_ && is_space(buffer_[at_])) ++at_;
        if (at_ < end_ && buffer_[at_] == '"') CHECK(copy_string(into));
    }
}

}  // namespace tocsin::intelligence
