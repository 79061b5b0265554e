#include "formats/json_tree.hpp"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <simdjson.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tocsin::formats {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The first byte that ends a run of plain text: a quote, a backslash or a control character; or `end`.
char const* plain_end(char const* from, char const* end) {
#if defined(__SSE2__)
    __m128i const quote = _mm_set1_epi8('"');
    __m128i const backslash = _mm_set1_epi8('\\');
    __m128i const control = _mm_set1_epi8(0x1f);
    for (; end - from >= 16; from += 16) {
        __m128i const part = _mm_loadu_si128(reinterpret_cast<__m128i const*>(from));
        __m128i const hits = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(part, quote), _mm_cmpeq_epi8(part, backslash)),
                                          _mm_cmpeq_epi8(_mm_max_epu8(part, control), control));
        if (auto const mask = static_cast<unsigned>(_mm_movemask_epi8(hits)); mask != 0)
            return from + std::countr_zero(mask);
    }
#endif
    while (from < end && *from != '"' && *from != '\\' && static_cast<unsigned char>(*from) >= 0x20) ++from;
    return from;
}

void append_utf8(char*& out, std::uint32_t c) {
    auto const put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0 | c >> 6);
        put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        put(0xe0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3f));
        put(0x80 | (c & 0x3f));
    } else {
        put(0xf0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3f));
        put(0x80 | (c >> 6 & 0x3f));
        put(0x80 | (c & 0x3f));
    }
}

}  // namespace

/// One pass over the text. Containers that are open are a chain of parents, so nesting costs no stack.
class JsonTree::Parser {
  public:
    Parser(JsonTree& tree, JsonTreeLimits const& limits)
        : tree_(tree),
          nodes_(tree.nodes_),
          levels_(tree.levels_),
          limits_(limits),
          begin_(tree.json_.data()),
          at_(begin_),
          end_(begin_ + tree.json_.size()) {}

    Status run();

  private:
    struct Text {
        char const* data;
        std::size_t size;
    };

    std::unexpected<Error> expected(std::string_view what) {
        tree_.fault_at_ = offset(at_);
        return fail(Code::invalid, fmt::format("byte {}: expected {}", tree_.fault_at_, what));
    }
    std::size_t offset(char const* at) const { return static_cast<std::size_t>(at - begin_); }
    std::uint32_t place(char const* at) const { return static_cast<std::uint32_t>(at - begin_); }
    void skip_space() {
        while (at_ < end_ && is_space(*at_)) ++at_;
    }
    bool take(char c) {
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }

    Status value(char const* start, Text key);
    Status member();
    Status open(JsonKind kind, JsonNode node);
    Status close();
    Result<Text> text();
    Result<Text> text_with_escapes(char const* from);
    Status escape(char*& out);
    Result<std::uint32_t> four_digits();
    Status number();
    Status word(std::string_view word);
    Status check_keys(Level const& level);

    JsonTree& tree_;
    std::vector<JsonNode>& nodes_;
    std::vector<Level>& levels_;
    JsonTreeLimits const& limits_;
    char const* const begin_;
    char const* at_;
    char const* const end_;
    char* decoded_ = nullptr;
};

Status JsonTree::Parser::run() {
    levels_.clear();
    skip_space();
    CHECK(value(at_, {nullptr, 0}));
    while (!levels_.empty()) {
        skip_space();
        auto const& node = nodes_[levels_.back().node];
        bool const is_object = node.kind == JsonKind::object;
        if (at_ < end_ && *at_ == (is_object ? '}' : ']')) {
            CHECK(close());
            continue;
        }
        if (node.count > 0 && !take(',')) return expected(is_object ? ", or }" : ", or ]");
        skip_space();
        if (is_object) {
            CHECK(member());
        } else {
            CHECK(value(at_, {nullptr, 0}));
        }
    }
    skip_space();
    if (at_ != end_) return expected("the end of the text");
    return {};
}

Status JsonTree::Parser::member() {
    auto const* const start = at_;
    if (at_ == end_ || *at_ != '"') return expected("a member's name in quotes");
    TRY(Text const key, text());
    auto& level = levels_.back();
    auto const mixed = key.size * 31 + (key.size == 0 ? 0
                                                      : static_cast<unsigned char>(key.data[0]) * 7U +
                                                            static_cast<unsigned char>(key.data[key.size - 1]) * 3U +
                                                            static_cast<unsigned char>(key.data[key.size / 2]));
    auto const bit = std::uint64_t{1} << (mixed & 63);
    level.may_repeat |= (level.seen & bit) != 0;
    level.seen |= bit;
    skip_space();
    if (!take(':')) return expected(":");
    skip_space();
    return value(start, key);
}

Status JsonTree::Parser::value(char const* start, Text key) {
    if (nodes_.size() >= limits_.values) return fail(Code::limit, fmt::format("more than {} values", limits_.values));
    if (at_ == end_) return expected("a value");
    JsonNode node;
    node.key = key.data;
    node.key_size = static_cast<std::uint32_t>(key.size);
    node.start = place(start);
    node.begin = place(at_);
    if (!levels_.empty()) {
        node.parent = levels_.back().node;
        ++nodes_[node.parent].count;
    }
    if (*at_ == '{') return open(JsonKind::object, node);
    if (*at_ == '[') return open(JsonKind::array, node);
    if (*at_ == '"') {
        TRY(Text const content, text());
        node.kind = JsonKind::text;
        node.text = content.data;
        node.text_size = static_cast<std::uint32_t>(content.size);
    } else if (*at_ == '-' || is_digit(*at_)) {
        CHECK(number());
        node.kind = JsonKind::number;
    } else if (*at_ == 't' || *at_ == 'f') {
        CHECK(word(*at_ == 't' ? "true" : "false"));
        node.kind = JsonKind::boolean;
    } else {
        CHECK(word("null"));
    }
    node.end = place(at_);
    node.next = static_cast<std::uint32_t>(nodes_.size() + 1);
    if (node.kind != JsonKind::text) {
        node.text = begin_ + node.begin;
        node.text_size = node.end - node.begin;
    }
    nodes_.push_back(node);
    return {};
}

Status JsonTree::Parser::open(JsonKind kind, JsonNode node) {
    if (levels_.size() >= limits_.depth) {
        tree_.fault_at_ = offset(at_);
        return fail(Code::limit, fmt::format("byte {}: nested deeper than {}", tree_.fault_at_, limits_.depth));
    }
    ++at_;
    node.kind = kind;
    levels_.push_back({static_cast<std::uint32_t>(nodes_.size()), false, 0});
    nodes_.push_back(node);
    return {};
}

Status JsonTree::Parser::close() {
    ++at_;
    auto const level = levels_.back();
    levels_.pop_back();
    auto& node = nodes_[level.node];
    node.end = place(at_);
    node.next = static_cast<std::uint32_t>(nodes_.size());
    node.text = begin_ + node.begin;
    node.text_size = node.end - node.begin;
    return level.may_repeat ? check_keys(level) : Status();
}

Status JsonTree::Parser::check_keys(Level const& level) {
    std::vector<std::pair<std::string_view, std::uint32_t>> keys;
    auto const last = nodes_[level.node].next;
    for (std::uint32_t i = level.node + 1; i < last; i = nodes_[i].next)
        keys.emplace_back(std::string_view(nodes_[i].key, nodes_[i].key_size), nodes_[i].start);
    std::ranges::sort(keys);
    for (std::size_t i = 1; i < keys.size(); ++i)
        if (keys[i].first == keys[i - 1].first) {
            tree_.fault_at_ = keys[i].second;
            return fail(Code::invalid, fmt::format("byte {}: the member \"{}\" is there twice (RFC 7493 section 2.3)",
                                                   keys[i].second, keys[i].first.substr(0, 100)));
        }
    return {};
}

Result<JsonTree::Parser::Text> JsonTree::Parser::text() {
    auto const* const from = ++at_;
    at_ = plain_end(at_, end_);
    if (at_ < end_ && *at_ == '\\') return text_with_escapes(from);
    if (at_ == end_ || *at_ != '"') return expected("the closing quote of a text");
    return Text{from, static_cast<std::size_t>(at_++ - from)};
}

Result<JsonTree::Parser::Text> JsonTree::Parser::text_with_escapes(char const* from) {
    if (decoded_ == nullptr) {  // what escapes stand for is never longer than they are
        tree_.decoded_.resize(std::max(tree_.decoded_.size(), tree_.json_.size()));
        decoded_ = tree_.decoded_.data();
    }
    char* const start = decoded_;
    decoded_ = std::copy(from, at_, decoded_);
    while (at_ < end_ && *at_ == '\\') {
        ++at_;
        CHECK(escape(decoded_));
        auto const* const run = at_;
        at_ = plain_end(at_, end_);
        decoded_ = std::copy(run, at_, decoded_);
    }
    if (at_ == end_ || *at_ != '"') return expected("the closing quote of a text");
    ++at_;
    return Text{start, static_cast<std::size_t>(decoded_ - start)};
}

Status JsonTree::Parser::escape(char*& out) {
    if (at_ == end_) return expected("an escape");
    static constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (auto const found = letters.find(*at_); found != std::string_view::npos) {
        *out++ = meanings[found];
        ++at_;
        return {};
    }
    if (*at_ != 'u') return expected("an escape of JSON");
    ++at_;
    TRY(std::uint32_t c, four_digits());
    if (c >= 0xdc00 && c < 0xe000) return expected("no second half of a surrogate pair by itself");
    if (c >= 0xd800 && c < 0xdc00) {
        if (!take('\\') || !take('u')) return expected("the second half of a surrogate pair");
        TRY(std::uint32_t const low, four_digits());
        if (low < 0xdc00 || low >= 0xe000) return expected("the second half of a surrogate pair");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, c);
    return {};
}

Result<std::uint32_t> JsonTree::Parser::four_digits() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
        if (at_ == end_) return expected("four hexadecimal digits");
        char const c = *at_;
        std::uint32_t digit = 0;
        if (is_digit(c)) {
            digit = static_cast<std::uint32_t>(c - '0');
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            digit = static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
        } else {
            return expected("four hexadecimal digits");
        }
        value = value << 4 | digit;
    }
    return value;
}

Status JsonTree::Parser::number() {
    auto const digits = [&] {
        auto const* const from = at_;
        while (at_ < end_ && is_digit(*at_)) ++at_;
        return at_ > from;
    };
    take('-');
    if (take('0')) {
        if (at_ < end_ && is_digit(*at_)) return expected("no digit behind a leading 0");
    } else if (!digits()) {
        return expected("a digit");
    }
    if (take('.') && !digits()) return expected("a digit");
    if (take('e') || take('E')) {
        if (!take('+')) take('-');
        if (!digits()) return expected("a digit");
    }
    return {};
}

Status JsonTree::Parser::word(std::string_view word) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) return expected("a value");
    at_ += word.size();
    return {};
}

Status JsonTree::parse(std::string_view json, JsonTreeLimits const& limits) {
    nodes_.clear();
    json_ = json;
    fault_at_ = 0;
    if (json.size() > limits.bytes || json.size() >= JsonValue::none)
        return fail(Code::limit, fmt::format("longer than {} bytes", limits.bytes));
    if (!simdjson::validate_utf8(json.data(), json.size())) return fail(Code::invalid, "is not UTF-8");
    auto done = Parser(*this, limits).run();
    if (!done) nodes_.clear();
    return done;
}

std::string JsonTree::path_of(std::uint32_t node) const {
    if (node >= nodes_.size() || node == 0) return {};
    auto path = path_of(nodes_[node].parent);
    if (!path.empty()) path += '.';
    if (nodes_[nodes_[node].parent].kind == JsonKind::object)
        return path.append(nodes_[node].key, nodes_[node].key_size);
    std::size_t place = 0;
    for (auto i = nodes_[node].parent + 1; i < node; i = nodes_[i].next) ++place;
    return path + fmt::format("[{}]", place);
}

std::optional<std::int64_t> JsonValue::integer() const {
    if (!is_number()) return std::nullopt;
    return parse_int(raw());
}

std::optional<double> JsonValue::number() const {
    if (!is_number()) return std::nullopt;
    return parse_double(raw());
}

JsonValue JsonValue::operator[](std::string_view name) const {
    if (!is_object()) return {};
    for (auto const member : *this)
        if (member.key() == name) return member;
    return {};
}

}  // namespace tocsin::formats
