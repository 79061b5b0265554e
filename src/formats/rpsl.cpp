#include "formats/rpsl.hpp"

#include "formats/charset.hpp"

#include <algorithm>
#include <cstring>

namespace tocsin::formats {
namespace {

constexpr std::size_t piece = std::size_t{256} << 10;

/// RFC 2622 section 2: letters, digits, "-" and "_", beginning with a letter.
bool is_name(std::string_view text) {
    auto const is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !text.empty() && text.size() <= 64 && is_letter(text.front()) && std::ranges::all_of(text, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::string_view without_comment(std::string_view value) {
    return trimmed(value.substr(0, value.find('#')));
}

}  // namespace

std::string_view RpslObject::get(std::string_view name) const {
    for (auto const& attribute : attributes)
        if (attribute.name == name && !attribute.value.empty()) return attribute.value;
    return {};
}

RpslReader::RpslReader(std::unique_ptr<ByteSource> source, RpslLimits const& limits)
    : source_(std::move(source)), limits_(limits) {
    buffer_.resize(piece);
}

Result<bool> RpslReader::read_line(std::string& line) {
    line.clear();
    bool has_any = false;
    while (true) {
        if (at_ == filled_) {
            if (ended_) break;
            TRY(filled_, source_->read(buffer_));
            at_ = 0;
            if (filled_ == 0) {
                ended_ = true;
                break;
            }
        }
        has_any = true;
        std::string_view const rest(buffer_.data() + at_, filled_ - at_);
        auto const end = rest.find('\n');
        auto const part = rest.substr(0, end);
        line.append(part.substr(0, limits_.line_bytes - std::min(limits_.line_bytes, line.size())));
        at_ += part.size();
        if (end == std::string_view::npos) continue;
        ++at_;
        break;
    }
    if (!has_any) return false;
    ++line_;
    if (line.ends_with('\r')) line.pop_back();
    if (!is_valid_utf8(line)) line = from_latin1(line);
    return true;
}

void RpslReader::append(std::string_view text) {
    if (text_.size() + text.size() + 1 > limits_.object_bytes) {
        object_.is_cut = true;
        return;
    }
    text_.append(text);
}

void RpslReader::take(std::string_view line) {
    bool const continues = line.front() == ' ' || line.front() == '\t' || line.front() == '+';
    if (continues) {
        if (spans_.empty()) {
            ++strange_lines_;
            return;
        }
        auto const more = without_comment(line.substr(1));
        auto& last = spans_.back();
        if (more.empty() || last.value + last.value_size != text_.size()) return;
        auto const before = text_.size();
        if (last.value_size != 0) append(" ");
        append(more);
        last.value_size += text_.size() - before;
        return;
    }
    auto const colon = line.find(':');
    auto const name = line.substr(0, std::min(colon, line.size()));
    if (colon == std::string_view::npos || !is_name(name)) {
        ++strange_lines_;
        return;
    }
    if (spans_.size() == limits_.attributes) {
        object_.is_cut = true;
        return;
    }
    auto const value = without_comment(line.substr(colon + 1));
    if (text_.size() + name.size() + value.size() + 1 > limits_.object_bytes) {
        object_.is_cut = true;
        return;
    }
    Span span{text_.size(), name.size(), text_.size() + name.size(), value.size()};
    text_ += lowered(name);
    text_ += value;
    spans_.push_back(span);
}

Result<RpslObject const*> RpslReader::next() {
    text_.clear();
    spans_.clear();
    object_ = RpslObject();
    while (true) {
        TRY(bool const has_line, read_line(line_text_));
        std::string_view const line = line_text_;
        bool const is_blank = trimmed(line).empty() && (line.empty() || (line.front() != '+'));
        if (!has_line || is_blank) {
            if (!spans_.empty()) break;
            if (!has_line) return nullptr;
            continue;
        }
        if (line.front() == '%' || line.front() == '#') continue;
        if (spans_.empty()) object_.line = line_;
        take(line);
    }
    object_.attributes.reserve(spans_.size());
    std::string_view const text = text_;
    for (auto const& span : spans_)
        object_.attributes.push_back(
            {text.substr(span.name, span.name_size), text.substr(span.value, span.value_size)});
    return &object_;
}

}  // namespace tocsin::formats
