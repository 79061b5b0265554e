#include "formats/log_lines.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::formats {
namespace {

constexpr std::size_t most_fields = 1024;

constexpr auto facilities =
    std::to_array<std::string_view>({"kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
                                     "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
                                     "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"});
constexpr auto severities =
    std::to_array<std::string_view>({"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"});
constexpr auto months = std::to_array<std::string_view>(
    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_key_letter(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-' ||
           c == '[' || c == ']';
}

/// The word up to the next blank, taken off with it.
std::string_view take_word(std::string_view& rest) {
    auto const end = std::min(rest.find(' '), rest.size());
    auto const word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

/// The reader of one syslog line.
class Syslog {
  public:
    Syslog(std::string_view line, std::string_view prefix, LineFields& into)
        : line_(line), rest_(line), prefix_(prefix), into_(into) {}

    std::string_view message() {
        bool const has_priority = priority();
        if (has_priority && rest_.starts_with("1 ")) {
            rest_.remove_prefix(2);
            return modern();
        }
        if (!time()) return has_priority ? rest_ : line_;
        put("host", take_word(rest_));
        tag();
        return rest_;
    }

  private:
    void put(std::string_view name, std::string_view text) {
        if (text.empty() || text == "-") return;
        into_.put(prefix_.empty() ? name : into_.keep(fmt::format("{}{}", prefix_, name)), text);
    }

    /// "<34>"
    bool priority() {
        auto const end = rest_.find('>');
        if (!rest_.starts_with('<') || end == std::string_view::npos || end < 2 || end > 4) return false;
        auto const number = parse_int(rest_.substr(1, end - 1));
        if (!number || *number < 0 || *number > 191) return false;
        put("facility", facilities[static_cast<std::size_t>(*number) / 8]);
        put("severity", severities[static_cast<std::size_t>(*number) % 8]);
        rest_.remove_prefix(end + 1);
        return true;
    }

    /// RFC 5424, behind the version.
    std::string_view modern() {
        put("time", take_word(rest_));
        put("host", take_word(rest_));
        put("app", take_word(rest_));
        put("pid", take_word(rest_));
        put("msgid", take_word(rest_));
        if (rest_.starts_with('-'))
            rest_.remove_prefix(1);
        else
            while (rest_.starts_with('[') && element()) {
            }
        while (rest_.starts_with(' ')) rest_.remove_prefix(1);
        if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
        return rest_;
    }

    /// [id name="value" ...]
    bool element() {
        auto at = rest_.substr(1);
        auto const id_end = at.find_first_of(" ]");
        if (id_end == std::string_view::npos) return false;
        auto const id = at.substr(0, id_end);
        at.remove_prefix(id_end);
        while (at.starts_with(' ')) {
            at.remove_prefix(1);
            auto const equals = at.find("=\"");
            if (equals == std::string_view::npos) return false;
            auto const name = at.substr(0, equals);
            at.remove_prefix(equals + 2);
            std::string value;
            while (!at.empty() && at.front() != '"') {
                if (at.front() == '\\' && at.size() > 1 && (at[1] == '"' || at[1] == '\\' || at[1] == ']'))
                    at.remove_prefix(1);
                value += at.front();
                at.remove_prefix(1);
            }
            if (at.empty()) return false;
            at.remove_prefix(1);
            put(into_.keep(fmt::format("sd.{}.{}", id, name)), into_.keep(std::move(value)));
        }
        if (!at.starts_with(']')) return false;
        rest_ = at.substr(1);
        return true;
    }

    /// "Oct 11 22:14:15 " or an RFC 3339 time.
    bool time() {
        auto const digits = [&](std::size_t at) {
            return rest_.size() > at + 1 && (is_digit(rest_[at]) || rest_[at] == ' ') && is_digit(rest_[at + 1]);
        };
        bool const old = rest_.size() > 16 && rest_[3] == ' ' && digits(4) && rest_[6] == ' ' && digits(7) &&
                         rest_[9] == ':' && digits(10) && rest_[12] == ':' && digits(13) && rest_[15] == ' ' &&
                         std::ranges::find(months, rest_.substr(0, 3)) != months.end();
        if (old) {
            put("time", rest_.substr(0, 15));
            rest_.remove_prefix(16);
            return true;
        }
        auto const word = rest_.substr(0, rest_.find(' '));
        bool const iso = word.size() >= 19 && word.size() < rest_.size() && word[4] == '-' && word[7] == '-' &&
                         word[10] == 'T' && word[13] == ':' && is_digit(word[0]) && is_digit(word[18]);
        if (iso) put("time", take_word(rest_));
        return iso;
    }

    /// "su[123]: "
    void tag() {
        auto const end = rest_.find_first_of(":[ ");
        if (end == std::string_view::npos || end == 0 || end > 48 || rest_[end] == ' ') return;
        auto const app = rest_.substr(0, end);
        auto at = rest_.substr(end);
        std::string_view pid;
        if (at.starts_with('[')) {
            auto const close = at.find(']');
            if (close == std::string_view::npos || close > 32) return;
            pid = at.substr(1, close - 1);
            at.remove_prefix(close + 1);
        }
        if (!at.starts_with(':') || app == "CEF" || app == "LEEF") return;
        at.remove_prefix(1);
        while (at.starts_with(' ')) at.remove_prefix(1);
        put("app", app);
        put("pid", pid);
        rest_ = at;
    }

    std::string_view line_, rest_, prefix_;
    LineFields& into_;
};

/// The text up to an unescaped separator, taken off with it; escapes undone.
std::string_view take_escaped(std::string_view& rest, char separator, LineFields& into, bool& ended) {
    std::string text;
    std::size_t i = 0;
    for (; i < rest.size() && rest[i] != separator; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '\\' || rest[i + 1] == separator)) ++i;
        text += rest[i];
    }
    ended = i >= rest.size();
    rest.remove_prefix(std::min(i + 1, rest.size()));
    return into.keep(std::move(text));
}

/// Fields between bars in front of a CEF or LEEF line.
Status take_bars(std::string_view& rest, std::span<std::string_view const> names, std::string_view what,
                 LineFields& into) {
    for (auto const name : names) {
        bool ended = false;
        auto const text = take_escaped(rest, '|', into, ended);
        if (ended && name != names.back())
            return fail(Code::invalid,
                        fmt::format("is no {} line: expected {} fields between bars", what, names.size()));
        into.put(name, text);
    }
    return {};
}

std::string unescaped_value(std::string_view text) {
    std::string value;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            char const next = text[i + 1];
            if (next == '=' || next == '\\' || next == '|' || next == 'n' || next == 'r') {
                value += next == 'n' || next == 'r' ? ' ' : next;
                ++i;
                continue;
            }
        }
        value += text[i];
    }
    return value;
}

/// Where the next " key=" begins in a CEF extension: the blank, or npos.
std::size_t next_key(std::string_view text) {
    for (std::size_t equals = text.find('='); equals != std::string_view::npos; equals = text.find('=', equals + 1)) {
        if (equals == 0 || text[equals - 1] == '\\') continue;
        std::size_t begin = equals;
        while (begin > 0 && is_key_letter(text[begin - 1])) --begin;
        if (begin > 0 && begin < equals && text[begin - 1] == ' ') return begin - 1;
    }
    return std::string_view::npos;
}

void read_extension(std::string_view rest, LineFields& into) {
    while (true) {
        while (rest.starts_with(' ')) rest.remove_prefix(1);
        auto const equals = rest.find('=');
        if (equals == std::string_view::npos || equals == 0) return;
        auto const key = rest.substr(0, equals);
        rest.remove_prefix(equals + 1);
        auto const end = next_key(rest);
        auto const raw = rest.substr(0, end);
        into.put(key, raw.contains('\\') ? into.keep(unescaped_value(raw)) : raw);
        if (end == std::string_view::npos) return;
        rest.remove_prefix(end);
    }
}

/// cs1 under its label too.
void add_labels(LineFields& into) {
    auto const fields = into.all();
    for (auto const& field : fields) {
        if (!field.name.ends_with("Label") || field.text.empty() || !into.get(field.text).empty()) continue;
        auto const value = into.get(field.name.substr(0, field.name.size() - 5));
        if (!value.empty()) into.put(field.text, value);
    }
}

/// "^", "x5E" or "0x5E"
std::optional<char> leef_delimiter(std::string_view text) {
    if (text.size() == 1) return text.front();
    if (text.starts_with("0x")) text.remove_prefix(1);
    if (!text.starts_with('x') || text.size() < 2 || text.size() > 3) return std::nullopt;
    auto const hex = text.size() == 2 ? "0" + std::string(text.substr(1)) : std::string(text.substr(1));
    auto const byte = from_hex(lowered(hex));
    return byte && byte->size() == 1 ? std::optional(byte->front()) : std::nullopt;
}

}  // namespace

void LineFields::put(std::string_view name, std::string_view text) {
    if (fields_.size() < most_fields) fields_.push_back({name, text});
}

std::string_view LineFields::get(std::string_view name) const {
    auto const found = std::ranges::find(fields_, name, &LineField::name);
    return found != fields_.end() ? found->text : std::string_view();
}

std::string_view take_syslog_head(std::string_view line, std::string_view prefix, LineFields& into) {
    return Syslog(line, prefix, into).message();
}

Status read_cef(std::string_view line, LineFields& into) {
    constexpr auto names = std::to_array<std::string_view>(
        {"version", "vendor", "product", "product_version", "signature", "name", "severity"});
    auto const start = line.find("CEF:");
    if (start == std::string_view::npos) return fail(Code::invalid, "is no CEF line: expected \"CEF:\"");
    auto rest = line.substr(start + 4);
    CHECK(take_bars(rest, names, "CEF", into));
    read_extension(rest, into);
    add_labels(into);
    return {};
}

Status read_leef(std::string_view line, LineFields& into) {
    constexpr auto names =
        std::to_array<std::string_view>({"version", "vendor", "product", "product_version", "event_id"});
    auto const start = line.find("LEEF:");
    if (start == std::string_view::npos) return fail(Code::invalid, "is no LEEF line: expected \"LEEF:\"");
    auto rest = line.substr(start + 5);
    bool const second = rest.starts_with('2');
    CHECK(take_bars(rest, names, "LEEF", into));
    char delimiter = '\t';
    if (second) {
        auto const bar = rest.find('|');
        auto const told = bar == std::string_view::npos ? std::nullopt : leef_delimiter(rest.substr(0, bar));
        if (told || bar == 0) {
            delimiter = told.value_or('\t');
            rest.remove_prefix(bar + 1);
        }
    }
    for (auto const part : split(rest, delimiter)) {
        auto const equals = part.find('=');
        if (equals != std::string_view::npos && equals > 0)
            into.put(trimmed(part.substr(0, equals)), part.substr(equals + 1));
    }
    return {};
}

Status read_pairs(std::string_view line, PairDialect dialect, LineFields& into) {
    bool any = false;
    while (!line.empty()) {
        while (!line.empty() && (line.front() == dialect.separator || line.front() == ' ')) line.remove_prefix(1);
        auto const stop = line.find_first_of(std::string{dialect.assign, dialect.separator});
        if (stop == std::string_view::npos) break;
        if (line[stop] == dialect.separator) {
            line.remove_prefix(stop + 1);
            continue;
        }
        auto const key = trimmed(line.substr(0, stop));
        line.remove_prefix(stop + 1);
        if (dialect.separator != ' ')
            while (line.starts_with(' ')) line.remove_prefix(1);
        std::string_view value;
        if (line.starts_with('"')) {
            line.remove_prefix(1);
            bool ended = false;
            value = take_escaped(line, '"', into, ended);
        } else {
            auto const end = std::min(line.find(dialect.separator), line.size());
            value = line.substr(0, end);
            line.remove_prefix(end);
        }
        if (key.empty()) continue;
        into.put(key, value);
        any = true;
    }
    return any ? Status() : fail(Code::invalid, fmt::format("has no key{}value pair", dialect.assign));
}

}  // namespace tocsin::formats
