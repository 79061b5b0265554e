#include "formats/mail/mail_parts.hpp"

#include "formats/sealed_mail.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <fmt/format.h>
#include <gmime/gmime.h>
#include <memory>
#include <mutex>
#include <span>

namespace tocsin::formats::mail {
namespace {

struct Unreferenced {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Held = std::unique_ptr<T, Unreferenced>;

std::string last_part(char const* name) {
    std::string_view text = name != nullptr ? name : "";
    if (auto const slash = text.find_last_of("/\\"); slash != std::string_view::npos) text.remove_prefix(slash + 1);
    std::string safe;
    for (char const c : text.substr(0, 255)) safe += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
    return repaired_utf8(safe);
}

std::string without_ending(std::string const& name) {
    auto const small = lowered(name);
    for (std::string_view const ending : {".gz", ".gzip", ".zst", ".zstd"})
        if (small.ends_with(ending)) return name.substr(0, name.size() - ending.size());
    return name;
}

std::string text_of(char const* text) {
    return text != nullptr ? repaired_utf8(text) : std::string();
}

std::string type_of(GMimeObject* object) {
    auto* const type = g_mime_object_get_content_type(object);
    if (type == nullptr) return "text/plain";
    auto const* const media = g_mime_content_type_get_media_type(type);
    auto const* const subtype = g_mime_content_type_get_media_subtype(type);
    return lowered(fmt::format("{}/{}", media ? media : "text", subtype ? subtype : "plain"));
}

class Collector {
  public:
    explicit Collector(MailPartsLimits const& limits, Unseal const* unseal = nullptr)
        : limits_(limits), unseal_(unseal) {}

    Status read_mail(std::string_view bytes, int depth) {
        CHECK(check_depth(depth));
        // GMime wants a place, even of nothing.
        Held<GMimeStream> const stream(
            g_mime_stream_mem_new_with_buffer(bytes.empty() ? "" : bytes.data(), bytes.size()));
        Held<GMimeParser> const parser(g_mime_parser_new_with_stream(stream.get()));
        Held<GMimeMessage> const message(g_mime_parser_construct_message(parser.get(), nullptr));
        if (!message) return fail(Code::invalid, "is no mail");
        if (depth == 1) read_head(message.get());
        auto* const body = g_mime_message_get_mime_part(message.get());
        return body != nullptr ? walk(body, depth) : Status();
    }

    Mail take() {
        mail_.parts = std::move(parts_);
        return std::move(mail_);
    }
    std::vector<std::string> take_labels() { return std::move(labels_); }

  private:
    Status check_depth(int depth) const {
        return depth <= limits_.depth
                   ? Status()
                   : fail(Code::limit, fmt::format("the mail holds mails and archives in each other, deeper than {}",
                                                   limits_.depth));
    }

    void read_head(GMimeMessage* message) {
        mail_.subject = text_of(g_mime_message_get_subject(message));
        mail_.id = text_of(g_mime_message_get_message_id(message));
        if (auto* const from = g_mime_message_get_from(message)) {
            char* const text = internet_address_list_to_string(from, nullptr, FALSE);
            mail_.from = text_of(text);
            g_free(text);
        }
    }

    Status walk(GMimeObject* object, int depth) {
        CHECK(check_depth(depth));
        auto const type = type_of(object);
        bool const is_cms = type == "application/pkcs7-mime" || type == "application/x-pkcs7-mime";
        if (type == "multipart/encrypted" || is_cms) return walk_sealed(object, is_cms, depth);
        if (type == "multipart/signed" && unseal_ != nullptr && GMIME_IS_MULTIPART(object)) {
            auto* const both = reinterpret_cast<GMimeMultipart*>(object);
            if (g_mime_multipart_get_count(both) == 2) return walk_signed(both, depth);
        }
        if (GMIME_IS_MULTIPART(object)) {
            auto* const multipart = reinterpret_cast<GMimeMultipart*>(object);
            int const count = g_mime_multipart_get_count(multipart);
            for (int i = 0; i < count; ++i) CHECK(walk(g_mime_multipart_get_part(multipart, i), depth + 1));
            return {};
        }
        if (GMIME_IS_MESSAGE_PART(object)) {
            auto* const inner = g_mime_message_part_get_message(reinterpret_cast<GMimeMessagePart*>(object));
            auto* const body = inner != nullptr ? g_mime_message_get_mime_part(inner) : nullptr;
            return body != nullptr ? walk(body, depth + 1) : Status();
        }
        return GMIME_IS_PART(object) ? take_part(reinterpret_cast<GMimePart*>(object), depth) : Status();
    }

    static std::string bytes_in(GMimeStream* stream) {
        auto const* const array = g_mime_stream_mem_get_byte_array(reinterpret_cast<GMimeStreamMem*>(stream));
        return {reinterpret_cast<char const*>(array->data), array->data != nullptr ? array->len : 0};
    }

    /// Without its transfer encoding.
    static std::string content_of(GMimeObject* object) {
        auto* const content =
            GMIME_IS_PART(object) ? g_mime_part_get_content(reinterpret_cast<GMimePart*>(object)) : nullptr;
        if (content == nullptr) return {};
        Held<GMimeStream> const stream(g_mime_stream_mem_new());
        g_mime_data_wrapper_write_to_stream(content, stream.get());
        return bytes_in(stream.get());
    }

    /// As it was sent, which is what was signed: with its header fields and CRLF.
    static std::string raw_of(GMimeObject* object) {
        Held<GMimeStream> const stream(g_mime_stream_mem_new());
        auto* const format = g_mime_format_options_new();
        g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
        g_mime_object_write_to_stream(object, format, stream.get());
        g_mime_format_options_free(format);
        return bytes_in(stream.get());
    }

    std::optional<UnsealedPart> unsealed(SealedPart part) {
        if (unseal_ == nullptr || part.bytes.empty()) return {};
        part.from = mail_.from;
        return (*unseal_)(part);
    }

    /// All that is found meanwhile is covered by this signature.
    template <class F>
    Status labelled(std::string label, F const& work) {
        auto outer = label_;
        if (!label.empty()) label_ = std::move(label);
        auto status = work();
        label_ = std::move(outer);
        return status;
    }

    Status walk_sealed(GMimeObject* object, bool is_cms, int depth) {
        SealedPart sealed{.kind = is_cms ? SealedPart::Kind::cms : SealedPart::Kind::openpgp, .bytes = {}};
        if (is_cms) {
            sealed.bytes = content_of(object);
        } else if (GMIME_IS_MULTIPART(object)) {
            auto* const both = reinterpret_cast<GMimeMultipart*>(object);
            if (g_mime_multipart_get_count(both) == 2) sealed.bytes = content_of(g_mime_multipart_get_part(both, 1));
        }
        auto opened = unsealed(std::move(sealed));
        if (!opened) {
            mail_.is_encrypted = true;
            return {};
        }
        return labelled(std::move(opened->label), [&] { return read_entity(opened->bytes, depth + 1); });
    }

    Status walk_signed(GMimeMultipart* both, int depth) {
        auto* const content = g_mime_multipart_get_part(both, 0);
        auto* const signature = g_mime_multipart_get_part(both, 1);
        bool const is_openpgp = type_of(signature) == "application/pgp-signature";
        auto opened = unsealed({.kind = is_openpgp ? SealedPart::Kind::openpgp_signed : SealedPart::Kind::cms_signed,
                                .bytes = raw_of(content),
                                .signature = content_of(signature)});
        take_protected_subject(content);
        return labelled(opened ? std::move(opened->label) : std::string(), [&] { return walk(content, depth + 1); });
    }

    /// What was inside: a MIME entity.
    Status read_entity(std::string_view bytes, int depth) {
        CHECK(check_depth(depth));
        Held<GMimeStream> const stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
        Held<GMimeParser> const parser(g_mime_parser_new_with_stream(stream.get()));
        Held<GMimeObject> const object(g_mime_parser_construct_part(parser.get(), nullptr));
        if (!object) return fail(Code::invalid, "what was sealed in the mail is no part of a mail");
        take_protected_subject(object.get());
        return walk(object.get(), depth + 1);
    }

    void take_protected_subject(GMimeObject* object) {
        auto const* const subject = g_mime_object_get_header(object, "Subject");  // decoded
        if (subject != nullptr) mail_.subject = text_of(subject);
    }

    Status take_part(GMimePart* part, int depth) {
        if (g_mime_part_get_content(part) == nullptr) return {};
        MailPart one;
        one.bytes = content_of(reinterpret_cast<GMimeObject*>(part));
        one.name = last_part(g_mime_part_get_filename(part));
        one.type = type_of(reinterpret_cast<GMimeObject*>(part));
        one.is_attachment = !one.name.empty() || g_mime_part_is_attachment(part);
        auto const small = lowered(one.name);
        bool const is_armoured = one.bytes.starts_with("-----BEGIN PGP MESSAGE-----");
        if (!is_armoured && !small.ends_with(".pgp") && !small.ends_with(".gpg")) return add(std::move(one), depth);
        auto opened = unsealed({.kind = SealedPart::Kind::openpgp, .bytes = one.bytes});
        if (!opened) {
            mail_.is_encrypted = true;
            return add(std::move(one), depth);
        }
        one.bytes = std::move(opened->bytes);
        for (std::string_view const ending : {".pgp", ".gpg", ".asc"})
            if (small.ends_with(ending)) one.name.resize(one.name.size() - ending.size());
        if (one.is_attachment) one.type = "application/octet-stream";
        return labelled(std::move(opened->label), [&] { return add(std::move(one), depth + 1); });
    }

    /// Unpacks what is packed.
    Status add(MailPart part, int depth) {
        CHECK(check_depth(depth));
        auto const compression = compression_of(part.bytes);
        if (compression == Compression::zip) return unzip(part, depth);
        if (compression != Compression::none) {
            InflateLimits inflate_limits;
            inflate_limits.expanded_bytes = limits_.bytes - std::min(bytes_, limits_.bytes);
            TRY(auto inflated, inflate(std::make_unique<MemorySource>(std::move(part.bytes)), inflate_limits));
            part.bytes.clear();
            std::array<char, 65536> piece;
            while (true) {
                TRY(auto const size, inflated.source->read(piece));
                if (size == 0) break;
                part.bytes.append(piece.data(), size);
            }
            part.name = without_ending(part.name);
            return add(std::move(part), depth + 1);
        }
        if (part.is_attachment && lowered(part.name).ends_with(".eml")) return read_mail(part.bytes, depth + 1);
        bytes_ += part.bytes.size();
        if (parts_.size() >= limits_.parts || bytes_ > limits_.bytes)
            return fail(Code::limit,
                        fmt::format("the mail has more than {} parts or {} bytes", limits_.parts, limits_.bytes));
        parts_.push_back(std::move(part));
        labels_.push_back(label_);
        return {};
    }

    Status unzip(MailPart const& packed, int depth) {
        std::unique_ptr<archive, decltype(&archive_read_free)> const reader(archive_read_new(), &archive_read_free);
        auto const trouble = [&] {
            auto const* const text = reader ? archive_error_string(reader.get()) : nullptr;
            return fail(Code::invalid, fmt::format("the zip {} is damaged or encrypted ({})", packed.name,
                                                   text ? text : "unknown fault"));
        };
        if (!reader || archive_read_support_format_zip(reader.get()) != ARCHIVE_OK ||
            archive_read_open_memory(reader.get(), packed.bytes.data(), packed.bytes.size()) != ARCHIVE_OK)
            return trouble();
        std::uint64_t expanded = 0;
        archive_entry* entry = nullptr;
        for (std::size_t entries = 0;; ++entries) {
            int const answer = archive_read_next_header(reader.get(), &entry);
            if (answer == ARCHIVE_EOF) return {};
            if (entries >= 1000)
                return fail(Code::limit, fmt::format("the zip {} holds more than 1000 entries", packed.name));
            if ((answer != ARCHIVE_OK && answer != ARCHIVE_WARN) || archive_entry_is_encrypted(entry) != 0)
                return trouble();
            if (archive_entry_filetype(entry) != AE_IFREG) continue;
            MailPart part;
            part.name = last_part(archive_entry_pathname(entry));
            part.type = "application/octet-stream";
            part.is_attachment = true;
            std::array<char, 65536> piece;
            while (true) {
                auto const size = archive_read_data(reader.get(), piece.data(), piece.size());
                if (size < 0) return trouble();
                if (size == 0) break;
                part.bytes.append(piece.data(), static_cast<std::size_t>(size));
                expanded += static_cast<std::uint64_t>(size);
                if (expanded + bytes_ > limits_.bytes)
                    return fail(Code::limit, fmt::format("the zip {} is larger than {} bytes when unpacked",
                                                         packed.name, limits_.bytes));
            }
            CHECK(add(std::move(part), depth + 1));
        }
    }

    MailPartsLimits limits_;
    Unseal const* unseal_;
    Mail mail_;
    std::vector<MailPart> parts_;
    std::vector<std::string> labels_;  ///< of each part
    std::string label_;                ///< of the innermost signature around
    std::uint64_t bytes_ = 0;
};

bool is_field_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

}  // namespace

bool looks_like_mail(std::string_view first_bytes) {
    constexpr auto telling = std::to_array<std::string_view>(
        {"from", "received", "return-path", "mime-version", "message-id", "delivered-to", "subject", "content-type"});
    if (first_bytes.starts_with("From ")) return first_bytes.contains("\n");
    int told = 0;
    for (int line = 0; line < 64 && !first_bytes.empty(); ++line) {
        auto const end = first_bytes.find('\n');
        auto const text = first_bytes.substr(0, end);
        first_bytes.remove_prefix(end == std::string_view::npos ? first_bytes.size() : end + 1);
        if (trimmed(text).empty()) return told >= 2;
        if (line > 0 && (text.front() == ' ' || text.front() == '\t')) continue;
        auto const colon = text.find(':');
        if (colon == std::string_view::npos || !is_field_name(text.substr(0, colon))) return false;
        if (std::ranges::find(telling, std::string_view(lowered(text.substr(0, colon)))) != telling.end()) ++told;
    }
    return told >= 2;
}

Result<UnsealedMail> read_sealed_mail(std::string_view mail, MailPartsLimits const& limits, Unseal const& unseal) {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
    if (mail.size() > limits.mail_bytes)
        return fail(Code::limit, fmt::format("the mail is longer than {} bytes", limits.mail_bytes));
    Collector collector(limits, unseal ? &unseal : nullptr);
    CHECK(collector.read_mail(mail, 1));
    auto labels = collector.take_labels();
    return UnsealedMail{.mail = collector.take(), .labels = std::move(labels)};
}

Result<Mail> read_mail(std::string_view mail, MailPartsLimits const& limits) {
    TRY(auto read, read_sealed_mail(mail, limits, {}));
    return std::move(read.mail);
}

}  // namespace tocsin::formats::mail
