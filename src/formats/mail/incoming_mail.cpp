#include "formats/mail/incoming_mail.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gmime/gmime.h>
#include <memory>
#include <mutex>

namespace tocsin::formats::mail {
namespace {

constexpr std::size_t most_addresses = 100;
constexpr std::size_t most_statuses = 200;

struct Unreferenced {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Held = std::unique_ptr<T, Unreferenced>;

/// One line of valid UTF-8 without control characters, at most so many bytes.
std::string one_line(std::string_view text, std::size_t most) {
    auto out = repaired_utf8(text.substr(0, most));
    for (auto& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return std::string(trimmed(out));
}

std::string text_of(char const* text, std::size_t most) {
    return text != nullptr ? one_line(text, most) : std::string();
}

std::string address_of(std::string_view text) {
    return lowered(one_line(text, 320));
}

/// The addresses of a header as they can be taken from it without a full parser: what stands in <>, else the word with
/// an @.
void add_addresses(std::string_view value, std::vector<std::string>& into) {
    while (!value.empty() && into.size() < most_addresses) {
        auto const end = value.find_first_of(",;");
        auto word = value.substr(0, end);
        value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
        if (auto const open = word.rfind('<'); open != std::string_view::npos) {
            word.remove_prefix(open + 1);
            word = word.substr(0, word.find('>'));
        }
        word = trimmed(word);
        if (word.contains('@') && !word.contains(' ')) into.push_back(address_of(word));
    }
}

void add_ids(std::string_view value, std::vector<std::string>& into) {
    for (auto open = value.find('<'); open != std::string_view::npos && into.size() < most_addresses;
         open = value.find('<')) {
        value.remove_prefix(open + 1);
        auto const end = value.find('>');
        if (end == std::string_view::npos) return;
        auto const id = trimmed(value.substr(0, end));
        if (!id.empty() && id.size() <= 300) into.emplace_back(id);
        value.remove_prefix(end + 1);
    }
}

std::string type_of(GMimeObject* object) {
    auto* const type = g_mime_object_get_content_type(object);
    if (type == nullptr) return "text/plain";
    auto const* const media = g_mime_content_type_get_media_type(type);
    auto const* const subtype = g_mime_content_type_get_media_subtype(type);
    return lowered(fmt::format("{}/{}", media ? media : "text", subtype ? subtype : "plain"));
}

/// "rfc822; user@example.org" and its like.
std::string typed_address(std::string_view value) {
    auto const mark = value.find(';');
    auto text = trimmed(mark == std::string_view::npos ? value : value.substr(mark + 1));
    if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
    return address_of(text);
}

void take_field(DeliveryStatus& status, std::string_view name, std::string_view value) {
    auto const mark = value.find(';');
    auto const after = [&] { return mark == std::string_view::npos ? value : value.substr(mark + 1); };
    if (name == "final-recipient") status.recipient = typed_address(value);
    if (name == "original-recipient") status.original_recipient = typed_address(value);
    if (name == "action") status.action = lowered(one_line(value.substr(0, value.find_first_of(" \t(")), 20));
    if (name == "status") status.status = one_line(value.substr(0, value.find_first_of(" \t(")), 20);
    if (name == "diagnostic-code") status.diagnostic = one_line(after(), 500);
}

class Reader {
  public:
    explicit Reader(IncomingLimits const& limits) : limits_(limits) {}

    Result<IncomingMail> read(std::string_view bytes) {
        // GMime wants a place, even of nothing.
        Held<GMimeStream> const stream(
            g_mime_stream_mem_new_with_buffer(bytes.empty() ? "" : bytes.data(), bytes.size()));
        Held<GMimeParser> const parser(g_mime_parser_new_with_stream(stream.get()));
        Held<GMimeMessage> const message(g_mime_parser_construct_message(parser.get(), nullptr));
        if (!message) return fail(Code::invalid, "is no mail");
        read_head(message.get());
        if (mail_.headers.empty()) return fail(Code::invalid, "is no mail: it has no header");
        if (auto* const body = g_mime_message_get_mime_part(message.get())) CHECK(walk(body, 1));
        return std::move(mail_);
    }

  private:
    void read_head(GMimeMessage* message) {
        auto* const list = g_mime_object_get_header_list(reinterpret_cast<GMimeObject*>(message));
        auto const count = std::min<int>(g_mime_header_list_get_count(list), static_cast<int>(limits_.headers));
        for (int i = 0; i < count; ++i) {
            auto* const header = g_mime_header_list_get_header_at(list, i);
            mail_.headers.push_back({lowered(text_of(g_mime_header_get_name(header), 100)),
                                     text_of(g_mime_header_get_value(header), limits_.header_bytes)});
        }
        mail_.subject = text_of(g_mime_message_get_subject(message), 1000);
        mail_.id = text_of(g_mime_message_get_message_id(message), 300);
        if (auto* const from = g_mime_message_get_from(message);
            from != nullptr && internet_address_list_length(from) > 0) {
            auto* const first = internet_address_list_get_address(from, 0);
            mail_.from_name = text_of(internet_address_get_name(first), 300);
            if (INTERNET_ADDRESS_IS_MAILBOX(first)) {
                auto const* const address =
                    internet_address_mailbox_get_addr(reinterpret_cast<InternetAddressMailbox*>(first));
                mail_.from = address_of(address != nullptr ? address : "");
            }
        }
        for (auto const& field : mail_.headers) {
            if (field.name == "in-reply-to" || field.name == "references") add_ids(field.value, mail_.references);
            if (field.name == "delivered-to" || field.name == "x-original-to" || field.name == "envelope-to" ||
                field.name == "to" || field.name == "cc")
                add_addresses(field.value, mail_.recipients);
        }
    }

    Status walk(GMimeObject* object, int depth) {
        if (depth > limits_.depth) return {};
        if (++parts_ > limits_.parts)
            return fail(Code::limit, fmt::format("the mail has more than {} parts", limits_.parts));
        auto const type = type_of(object);
        if (type == "multipart/encrypted" || type == "application/pkcs7-mime") {
            mail_.is_encrypted = true;
            return {};
        }
        if (type == "multipart/report" && depth == 1) {
            auto const* const what = g_mime_object_get_content_type_parameter(object, "report-type");
            mail_.is_report = what == nullptr || equal_ignoring_case(what, "delivery-status");
        }
        if (GMIME_IS_MULTIPART(object)) {
            auto* const multipart = reinterpret_cast<GMimeMultipart*>(object);
            int const count = g_mime_multipart_get_count(multipart);
            for (int i = 0; i < count; ++i) CHECK(walk(g_mime_multipart_get_part(multipart, i), depth + 1));
            return {};
        }
        if (GMIME_IS_MESSAGE_PART(object)) {
            take_returned(g_mime_message_part_get_message(reinterpret_cast<GMimeMessagePart*>(object)));
            return {};
        }
        if (GMIME_IS_PART(object)) take_part(reinterpret_cast<GMimePart*>(object), type);
        return {};
    }

    void take_returned(GMimeMessage* message) {
        mail_.attachments.emplace_back("message.eml");
        if (message == nullptr || !mail_.original_id.empty()) return;
        mail_.original_id = text_of(g_mime_message_get_message_id(message), 300);
    }

    void take_part(GMimePart* part, std::string const& type) {
        if (type == "message/delivery-status" || type == "message/global-delivery-status") {
            auto const told = read_delivery_status(bytes_of(part));
            mail_.statuses.insert(mail_.statuses.end(), told.begin(), told.end());
            if (mail_.statuses.size() > most_statuses) mail_.statuses.resize(most_statuses);
            return;
        }
        if (type == "text/rfc822-headers" || type == "message/rfc822-headers" || type == "message/global-headers") {
            take_returned_headers(bytes_of(part));
            return;
        }
        auto const* const name = g_mime_part_get_filename(part);
        bool const is_attachment = name != nullptr || g_mime_part_is_attachment(part);
        if (is_attachment) mail_.attachments.push_back(name != nullptr ? text_of(name, 255) : type);
        if (is_attachment || !GMIME_IS_TEXT_PART(part)) return;
        auto& into = type == "text/html" ? mail_.html : mail_.text;
        if ((type != "text/html" && type != "text/plain") || !into.empty()) return;
        char* const text = g_mime_text_part_get_text(reinterpret_cast<GMimeTextPart*>(part));
        if (text == nullptr) return;
        into = replaced(repaired_utf8(std::string_view(text).substr(0, limits_.text_bytes)), "\r\n", "\n");
        g_free(text);
        if (into.starts_with("-----BEGIN PGP MESSAGE-----")) mail_.is_encrypted = true;
    }

    std::string bytes_of(GMimePart* part) const {
        auto* const content = g_mime_part_get_content(part);
        if (content == nullptr) return {};
        Held<GMimeStream> const stream(g_mime_stream_mem_new());
        g_mime_data_wrapper_write_to_stream(content, stream.get());
        auto const* const array = g_mime_stream_mem_get_byte_array(reinterpret_cast<GMimeStreamMem*>(stream.get()));
        if (array->data == nullptr) return {};
        return {reinterpret_cast<char const*>(array->data), std::min<std::size_t>(array->len, limits_.text_bytes)};
    }

    void take_returned_headers(std::string_view text) {
        if (!mail_.original_id.empty()) return;
        for (auto const line : split(text, '\n')) {
            if (!lowered(line.substr(0, 11)).starts_with("message-id:")) continue;
            std::vector<std::string> ids;
            add_ids(line, ids);
            if (!ids.empty()) mail_.original_id = ids.front();
            return;
        }
    }

    IncomingLimits const& limits_;
    IncomingMail mail_;
    std::size_t parts_ = 0;
};

}  // namespace

std::string_view IncomingMail::header(std::string_view name) const {
    auto const found = std::ranges::find(headers, name, &HeaderField::name);
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::vector<DeliveryStatus> read_delivery_status(std::string_view text) {
    std::vector<DeliveryStatus> all;
    DeliveryStatus now;
    std::string field;
    auto const end_field = [&] {
        auto const colon = field.find(':');
        if (colon != std::string::npos)
            take_field(now, lowered(trimmed(field.substr(0, colon))),
                       trimmed(std::string_view(field).substr(colon + 1)));
        field.clear();
    };
    auto const end_block = [&] {
        end_field();
        if (!now.recipient.empty() || !now.original_recipient.empty() || !now.action.empty()) all.push_back(now);
        now = {};
    };
    for (auto const line : split(text, '\n')) {
        if (all.size() >= most_statuses) break;
        if (trimmed(line).empty()) {
            end_block();
        } else if (line.front() == ' ' || line.front() == '\t') {
            if (field.size() < 4096) field += " " + std::string(trimmed(line));
        } else {
            end_field();
            field = trimmed(line.substr(0, 4096));
        }
    }
    end_block();
    return all;
}

Result<IncomingMail> read_incoming(std::string_view mail, IncomingLimits const& limits) {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
    if (mail.empty()) return fail(Code::invalid, "is no mail: it is empty");
    if (mail.size() > limits.mail_bytes)
        return fail(Code::limit, fmt::format("the mail is longer than {} bytes", limits.mail_bytes));
    return Reader(limits).read(mail);
}

}  // namespace tocsin::formats::mail
