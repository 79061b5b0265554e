#include "formats/json_records.hpp"

#include "formats/json_tree.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace tocsin::formats {
namespace {

constexpr std::size_t deepest = 256;
constexpr std::size_t most_elements = 4096;
constexpr std::size_t most_expanded = std::size_t{64} << 20;
constexpr std::size_t longest_key = 4096;
constexpr std::size_t off_the_way = static_cast<std::size_t>(-1);
constexpr std::size_t enough_output = std::size_t{64} << 10;

bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// One byte after the other of a source, counted.
class Bytes {
  public:
    explicit Bytes(std::unique_ptr<ByteSource> source)
        : source_(std::move(source)), buffer_(std::size_t{256} << 10, '\0') {}

    /// The next byte; -1 at the end.
    Result<int> peek() {
        if (at_ == size_) {
            TRY(size_, source_->read(buffer_));
            at_ = 0;
            if (size_ == 0) return -1;
        }
        return static_cast<int>(static_cast<unsigned char>(buffer_[at_]));
    }
    /// What can be looked at without reading; `peek` before.
    std::string_view ahead() const { return std::string_view(buffer_).substr(at_, size_ - at_); }
    void take(std::size_t count) {
        at_ += count;
        given_ += count;
    }
    std::uint64_t given() const { return given_; }

  private:
    std::unique_ptr<ByteSource> source_;
    std::string buffer_;
    std::size_t at_ = 0, size_ = 0;
    std::uint64_t given_ = 0;
};

class JsonRecords final : public ByteSource {
  public:
    JsonRecords(std::unique_ptr<ByteSource> source, JsonRecordsOptions options)
        : bytes_(std::move(source)), options_(std::move(options)) {
        if (!options_.records.empty())
            for (auto const step : split(options_.records, '.')) steps_.emplace_back(step);
    }

    Result<std::size_t> read(std::span<char> into) override {
        if (at_ == lines_.size()) {
            lines_.clear();
            at_ = 0;
            while (lines_.size() < enough_output && !ended_ && !fault_) {
                if (auto const done = step(); !done) fault_ = done.error();
            }
            if (lines_.empty() && fault_) return std::unexpected(*fault_);
        }
        auto const size = lines_.copy(into.data(), into.size(), at_);
        at_ += size;
        return size;
    }

  private:
    struct Level {
        bool is_object;
        bool is_first;
        std::size_t matched;  ///< steps of the way that led here
        std::size_t path_size;
    };

    Status fault(std::string_view expected) const {
        return fail(Code::invalid, fmt::format("the JSON is broken at byte {}: expected {}", bytes_.given(), expected));
    }

    Result<int> next_letter() {
        while (true) {
            TRY(auto const c, bytes_.peek());
            if (c < 0 || !is_blank(static_cast<char>(c))) return c;
            bytes_.take(1);
        }
    }

    /// One value, key or end of the document.
    Status step() {
        TRY(auto const c, next_letter());
        if (levels_.empty()) {
            if (c < 0) {
                ended_ = true;
                return {};
            }
            if (c == ',' && began_) {  // documents in a row, separated by commas
                bytes_.take(1);
                return {};
            }
            began_ = true;
            return value(static_cast<char>(c), 0, "");
        }
        if (c < 0) return fault("more; the document ends too early");
        auto& level = levels_.back();
        if (c == (level.is_object ? '}' : ']')) {
            bytes_.take(1);
            path_.resize(level.path_size);
            levels_.pop_back();
            return {};
        }
        if (c == ',') {
            if (level.is_first) return fault("a value");
            bytes_.take(1);
            TRY(auto const next, next_letter());
            if (next < 0) return fault("more; the document ends too early");
            return member(static_cast<char>(next));
        }
        if (!level.is_first) return fault("a comma");
        return member(static_cast<char>(c));
    }

    Status member(char c) {
        levels_.back().is_first = false;
        auto const matched = levels_.back().matched;
        if (!levels_.back().is_object) {
            bool const stays = matched == off_the_way || matched == steps_.size() || steps_[matched] != "*";
            return value(c, stays ? matched : matched + 1, "");
        }
        if (c != '"') return fault("a key in quotes");
        std::string raw;
        CHECK(text(raw, longest_key));
        TRY(auto const colon, next_letter());
        if (colon != ':') return fault("a colon");
        bytes_.take(1);
        TRY(auto const first, next_letter());
        if (first < 0) return fault("more; the document ends too early");
        auto const key = decoded(raw);
        bool const leads = matched < steps_.size() && (steps_[matched] == "*" || steps_[matched] == key);
        if (leads && steps_[matched] == "*") key_ = raw;
        return value(static_cast<char>(first), leads ? matched + 1 : off_the_way, key);
    }

    Status value(char c, std::size_t matched, std::string const& key) {
        bool const is_record = matched == steps_.size();
        if (c == '{' && is_record) return record();
        if (c == '[' || (c == '{' && (matched != off_the_way || !options_.outer.empty())))
            return enter(c, matched, key);
        if (is_record) return record();
        if (options_.outer.empty() || c == '{') return skip(nullptr, 0);
        std::string raw;
        CHECK(skip(&raw, options_.record_bytes));
        auto const path = path_.empty() ? key : path_ + "." + key;
        if (std::ranges::find(options_.outer, path) != options_.outer.end()) outer_[path] = raw;
        return {};
    }

    Status enter(char c, std::size_t matched, std::string const& key) {
        if (levels_.size() >= deepest)
            return fail(Code::limit, fmt::format("the JSON is nested deeper than {}", deepest));
        bytes_.take(1);
        levels_.push_back({c == '{', true, matched, path_.size()});
        if (!key.empty() && path_.size() < longest_key) path_ += (path_.empty() ? "" : ".") + key;
        return {};
    }

    Status record() {
        std::string raw;
        CHECK(skip(&raw, options_.record_bytes + 1));
        if (raw.size() > options_.record_bytes) {
            lines_ += raw;
            lines_ += '\n';
            return {};
        }
        if (!raw.starts_with('{')) raw = "{\"value\":" + raw + "}";
        std::string front;
        for (auto const& [path, text] : outer_)
            fmt::format_to(std::back_inserter(front), "{}:{},", json_string(path), text);
        if (!key_.empty()) front += "\"_key\":" + key_ + ",";
        if (!front.empty()) {
            if (raw.find_first_not_of(" \t", 1) == raw.rfind('}')) front.pop_back();
            raw.insert(1, front);
        }
        return options_.each.empty() ? give(raw) : explode(raw);
    }

    Status give(std::string_view raw) {
        if (options_.rewrite) return options_.rewrite(raw, lines_);
        lines_ += raw;
        lines_ += '\n';
        return {};
    }

    Status explode(std::string const& raw) {
        if (auto const parsed = tree_.parse(raw); !parsed) return give(raw);
        auto at = tree_.root();
        for (auto const step : split(options_.each, '.')) at = at[step];
        if (!at.is_array()) return give(raw);
        auto const& array = tree_[at.node()];
        auto const rest = raw.size() - (array.end - array.begin);
        std::vector<std::string> elements;
        for (auto const element : at) elements.emplace_back(element.raw());
        if (elements.size() > most_elements || rest * elements.size() > most_expanded)
            return fail(Code::limit, fmt::format("a record has {} elements in {}; at most {} and {} bytes are read",
                                                 elements.size(), options_.each, most_elements, most_expanded));
        auto const begin = array.begin, end = array.end;
        if (elements.empty()) return give(raw.substr(0, begin) + "null" + raw.substr(end));
        for (auto const& element : elements) CHECK(give(raw.substr(0, begin) + element + raw.substr(end)));
        return {};
    }

    /// Takes a text with its quotes.
    Status text(std::string& into, std::size_t most) {
        add(into, "\"", most);
        bytes_.take(1);
        while (true) {
            TRY(auto const c, bytes_.peek());
            if (c < 0) return fault("a closing quote; the document ends too early");
            auto const ahead = bytes_.ahead();
            auto const stop = ahead.find_first_of("\"\\\n\r");
            auto const plain = ahead.substr(0, stop);
            add(into, plain, most);
            bytes_.take(plain.size());
            if (stop == std::string_view::npos) continue;
            char const special = ahead[stop];
            bytes_.take(1);
            add(into, special == '\n' || special == '\r' ? std::string_view(" ") : ahead.substr(stop, 1), most);
            if (special == '"') return {};
            if (special != '\\') continue;
            TRY(auto const escaped, bytes_.peek());
            if (escaped < 0) return fault("a closing quote; the document ends too early");
            char const letter = static_cast<char>(escaped);
            add(into, is_blank(letter) ? std::string_view(" ") : std::string_view(&letter, 1), most);
            bytes_.take(1);
        }
    }

    static void add(std::string& into, std::string_view text, std::size_t most) {
        if (into.size() < most) into += text.substr(0, most - into.size());
    }

    /// Takes a whole value, and copies at most so much of it, without line ends.
    Status skip(std::string* copy, std::size_t most) {
        std::string closing, scratch;
        auto& into = copy != nullptr ? *copy : scratch;
        auto const room = copy != nullptr ? most : 0;
        bool any = false;
        while (true) {
            TRY(auto const c, bytes_.peek());
            if (c < 0 && closing.empty() && any) return {};
            if (c < 0) return fault("more; the document ends too early");
            char const letter = static_cast<char>(c);
            if (letter == '"' && (!any || !closing.empty())) {
                any = true;
                CHECK(text(into, room));
                if (closing.empty()) return {};
                continue;
            }
            bool const ends = letter == '}' || letter == ']';
            if (closing.empty() && (is_blank(letter) || letter == ',' || letter == ':' || letter == '"' || ends))
                return any && letter != ':' && letter != '"' ? Status() : fault("a value");
            bytes_.take(1);
            any = true;
            if (letter == '{' || letter == '[') {
                if (closing.size() >= deepest)
                    return fail(Code::limit, fmt::format("the JSON is nested deeper than {}", deepest));
                closing += letter == '{' ? '}' : ']';
            }
            if (ends) {
                if (closing.back() != letter) return fault(fmt::format("\"{}\"", closing.back()));
                closing.pop_back();
            }
            if (!is_blank(letter)) add(into, std::string_view(&letter, 1), room);
            if (ends && closing.empty()) return {};
        }
    }

    std::string decoded(std::string const& raw) {
        JsonTree tree;
        return tree.parse(raw) ? std::string(tree.root().text()) : raw.substr(1, raw.size() - 2);
    }

    Bytes bytes_;
    JsonRecordsOptions options_;
    std::vector<std::string> steps_;
    std::vector<Level> levels_;
    std::string path_;
    std::string key_;  ///< as written, with quotes
    std::map<std::string, std::string> outer_;
    std::string lines_;
    std::size_t at_ = 0;
    bool ended_ = false, began_ = false;
    std::optional<Error> fault_;
    JsonTree tree_;
};

}  // namespace

std::unique_ptr<ByteSource> json_records(std::unique_ptr<ByteSource> source, JsonRecordsOptions options) {
    return std::make_unique<JsonRecords>(std::move(source), std::move(options));
}

std::string on_one_line(std::string_view json) {
    std::string line(json);
    std::ranges::replace(line, '\n', ' ');
    std::ranges::replace(line, '\r', ' ');
    return line;
}

}  // namespace tocsin::formats
