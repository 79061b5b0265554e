#include "net/dns_client.hpp"

#include <algorithm>

namespace tocsin::net {
namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::uint16_t type_txt = 16;
constexpr std::uint16_t class_in = 1;
constexpr std::size_t most_records = 100;

void put_number(std::string& out, std::uint16_t number) {
    out += static_cast<char>(number >> 8);
    out += static_cast<char>(number & 0xff);
}

bool is_label_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Reads from left to right and never beyond the end.
class Reader {
  public:
    Reader(std::string_view message, std::size_t at) : message_(message), at_(at) {}

    bool is_broken() const { return is_broken_; }
    std::size_t at() const { return at_; }
    std::uint8_t byte() {
        if (at_ >= message_.size()) {
            is_broken_ = true;
            return 0;
        }
        return static_cast<std::uint8_t>(message_[at_++]);
    }
    std::uint16_t number() {
        auto const high = byte();
        return static_cast<std::uint16_t>(high << 8 | byte());
    }
    std::string_view bytes(std::size_t count) {
        if (message_.size() - std::min(at_, message_.size()) < count) {
            is_broken_ = true;
            return {};
        }
        auto const read = message_.substr(at_, count);
        at_ += count;
        return read;
    }
    /// Over a name, which may end in a pointer (RFC 1035 section 4.1.4). Where it points is of no interest.
    void skip_name() {
        while (!is_broken_) {
            auto const length = byte();
            if (length == 0) return;
            if ((length & 0xc0) == 0xc0) {
                byte();
                return;
            }
            if (length > 63) is_broken_ = true;
            bytes(length);
        }
    }

  private:
    std::string_view message_;
    std::size_t at_;
    bool is_broken_ = false;
};

}  // namespace

Result<std::string> dns_question(std::string_view name, std::uint16_t id) {
    auto const lower = lowered(name.ends_with('.') ? name.substr(0, name.size() - 1) : name);
    auto const bad = [&] { return fail(Code::invalid, fmt::format("\"{}\" is no name of the DNS", lower)); };
    if (lower.empty() || lower.size() > 253) return bad();
    std::string message;
    put_number(message, id);
    put_number(message, 0x0100);  // recursion desired
    for (int const count : {1, 0, 0, 0}) put_number(message, static_cast<std::uint16_t>(count));
    for (auto const label : split(lower, '.')) {
        if (label.empty() || label.size() > 63 || !std::ranges::all_of(label, is_label_letter)) return bad();
        message += static_cast<char>(label.size());
        message += label;
    }
    message += '\0';
    put_number(message, type_txt);
    put_number(message, class_in);
    return message;
}

Result<DnsAnswer> read_dns_answer(std::string_view message, std::string_view question) {
    auto const foreign = [] { return fail(Code::invalid, "this is no answer to our question"); };
    if (message.size() < question.size() || question.size() < header_bytes) return foreign();
    Reader header(message, 0);
    auto const id = header.number();
    auto const flags = header.number();
    auto const questions = header.number();
    auto const answers = header.number();
    bool const is_ours = id == Reader(question, 0).number() && (flags & 0x8000) != 0 && questions == 1 &&
                         equal_ignoring_case(message.substr(header_bytes, question.size() - header_bytes),
                                             question.substr(header_bytes));
    if (!is_ours) return foreign();
    DnsAnswer answer{.is_cut = (flags & 0x0200) != 0, .code = flags & 0xf, .texts = {}};
    if (answer.is_cut) return answer;
    Reader reader(message, question.size());
    for (std::size_t i = 0; i < std::min<std::size_t>(answers, most_records); ++i) {
        reader.skip_name();
        auto const type = reader.number();
        auto const its_class = reader.number();
        reader.bytes(4);  // time to live
        auto const data = reader.bytes(reader.number());
        if (reader.is_broken()) return fail(Code::invalid, "the resolver's answer breaks off");
        if (type != type_txt || its_class != class_in) continue;  // a CNAME on the way
        std::string text;
        Reader parts(data, 0);
        while (parts.at() < data.size() && !parts.is_broken()) text += parts.bytes(parts.byte());
        if (!parts.is_broken()) answer.texts.push_back(std::move(text));
    }
    return answer;
}

}  // namespace tocsin::net
