#include "net/mail_parts.hpp"

#include <algorithm>
#include <gmime/gmime.h>
#include <memory>
#include <mutex>

namespace tocsin::net {
namespace {

void start_gmime_once() {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
}

struct Release {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Held = std::unique_ptr<T, Release>;

std::string text_of(char const* text) {
    return text == nullptr ? std::string() : repaired_utf8(text);
}

/// Its last part only, without control characters.
std::string plain_name(std::string_view text) {
    if (auto const slash = text.find_last_of("/\\"); slash != std::string_view::npos) text.remove_prefix(slash + 1);
    std::string name;
    for (char const c : text.substr(0, 200)) name += (c >= 0 && c < 0x20) || c == 0x7f ? '_' : c;
    return repaired_utf8(trimmed(name));
}

class Walk {
  public:
    Walk(MailParts& into, MailPartLimits const& limits) : into_(into), limits_(limits) {}

    void entity(GMimeObject* object, int depth) {
        if (object == nullptr) return;
        if (depth > limits_.depth || into_.parts.size() >= limits_.parts) {
            into_.is_cut = true;
            return;
        }
        auto const type = type_of(object);
        if (type == "multipart/encrypted" || type == "application/pkcs7-mime") {
            into_.is_encrypted = true;
        } else if (GMIME_IS_MULTIPART(object)) {
            auto* const whole = GMIME_MULTIPART(object);
            for (int i = 0; i < g_mime_multipart_get_count(whole) && !into_.is_cut; ++i)
                entity(g_mime_multipart_get_part(whole, i), depth + 1);
        } else if (GMIME_IS_MESSAGE_PART(object)) {
            auto* const message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
            if (message != nullptr) entity(g_mime_message_get_mime_part(message), depth + 1);
        } else if (GMIME_IS_PART(object)) {
            leaf(GMIME_PART(object), type);
        }
    }

  private:
    static std::string type_of(GMimeObject* object) {
        auto* const type = g_mime_object_get_content_type(object);
        if (type == nullptr) return "text/plain";
        return lowered(text_of(g_mime_content_type_get_media_type(type)) + '/' +
                       text_of(g_mime_content_type_get_media_subtype(type)));
    }

    void leaf(GMimePart* part, std::string const& type) {
        auto* const content = g_mime_part_get_content(part);
        if (content == nullptr) return;
        Held<GMimeStream> const memory(g_mime_stream_mem_new());
        g_mime_data_wrapper_write_to_stream(content, memory.get());
        auto const* const array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
        auto const size = array == nullptr ? std::size_t{0} : std::size_t{array->len};
        if (size > limits_.bytes - bytes_) {
            into_.is_cut = true;
            return;
        }
        bytes_ += size;
        auto const* const name = g_mime_part_get_filename(part);
        into_.parts.push_back(
            {.name = plain_name(name == nullptr ? "" : name),
             .type = type,
             .bytes = std::string(array == nullptr ? "" : reinterpret_cast<char const*>(array->data), size)});
    }

    MailParts& into_;
    MailPartLimits const& limits_;
    std::size_t bytes_ = 0;
};

}  // namespace

Result<MailParts> parse_mail(std::string_view bytes, MailPartLimits const& limits) {
    start_gmime_once();
    Held<GMimeStream> const stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    Held<GMimeParser> const parser(g_mime_parser_new_with_stream(stream.get()));
    Held<GMimeMessage> const message(g_mime_parser_construct_message(parser.get(), nullptr));
    if (!message) return fail(Code::invalid, "there is no message in it");
    MailParts found;
    found.subject = text_of(g_mime_message_get_subject(message.get()));
    found.id = text_of(g_mime_message_get_message_id(message.get()));
    if (auto* const from = g_mime_message_get_from(message.get())) {
        char* const text = internet_address_list_to_string(from, nullptr, FALSE);
        found.from = text_of(text);
        g_free(text);
    }
    Walk(found, limits).entity(g_mime_message_get_mime_part(message.get()), 0);
    return found;
}

}  // namespace tocsin::net
