#include "formats/zip_parts.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <fmt/format.h>
#include <memory>

namespace tocsin::formats {
namespace {

la_ssize_t take(archive*, void* into, void const* bytes, std::size_t length) {
    static_cast<std::string*>(into)->append(static_cast<char const*>(bytes), length);
    return static_cast<la_ssize_t>(length);
}

/// A name from outside as it may stand in a message.
std::string printable(char const* name) {
    std::string safe;
    for (char const c : std::string_view(name ? name : "").substr(0, 100))
        safe += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
    return repaired_utf8(safe);
}

std::unexpected<Error> damaged(archive* zip) {
    auto const* const why = zip ? archive_error_string(zip) : nullptr;
    return fail(Code::invalid,
                fmt::format("the zip is damaged or was cut off ({})", why ? repaired_utf8(why) : "unknown fault"));
}

Status read_part(archive* zip, ZipPart& part, std::size_t& total, ZipLimits const& limits) {
    std::array<char, 16384> piece{};
    while (true) {
        auto const size = archive_read_data(zip, piece.data(), piece.size());
        if (size < 0) return damaged(zip);
        if (size == 0) return {};
        part.bytes.append(piece.data(), static_cast<std::size_t>(size));
        total += static_cast<std::size_t>(size);
        if (part.bytes.size() > limits.part_bytes)
            return fail(Code::limit, fmt::format("{} unpacks to more than {} bytes", part.name, limits.part_bytes));
        if (total > limits.total_bytes)
            return fail(Code::limit,
                        fmt::format("{}: the zip unpacks to more than {} bytes", part.name, limits.total_bytes));
    }
}

}  // namespace

Result<std::string> zipped(std::span<ZipPart const> parts) {
    std::string out;
    std::unique_ptr<archive, decltype(&archive_write_free)> const zip(archive_write_new(), archive_write_free);
    auto const failed = [&] {
        auto const* const why = archive_error_string(zip.get());
        return fail(Code::internal, fmt::format("writing the zip of a document: {}", why ? why : "no memory"));
    };
    if (!zip || archive_write_set_format_zip(zip.get()) != ARCHIVE_OK ||
        archive_write_set_options(zip.get(), "zip:compression=deflate") != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(zip.get(), 0) != ARCHIVE_OK ||
        archive_write_open(zip.get(), &out, nullptr, take, nullptr) != ARCHIVE_OK)
        return failed();
    for (auto const& part : parts) {
        std::unique_ptr<archive_entry, decltype(&archive_entry_free)> const entry(archive_entry_new(),
                                                                                  archive_entry_free);
        archive_entry_set_pathname_utf8(entry.get(), part.name.c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(part.bytes.size()));
        if (archive_write_header(zip.get(), entry.get()) != ARCHIVE_OK ||
            archive_write_data(zip.get(), part.bytes.data(), part.bytes.size()) !=
                static_cast<la_ssize_t>(part.bytes.size()))
            return failed();
    }
    if (archive_write_close(zip.get()) != ARCHIVE_OK) return failed();
    return out;
}

Result<std::vector<ZipPart>> unzipped(std::string_view bytes, ZipLimits const& limits) {
    std::unique_ptr<archive, decltype(&archive_read_free)> const zip(archive_read_new(), archive_read_free);
    if (!zip || archive_read_support_format_zip(zip.get()) != ARCHIVE_OK ||
        archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        return damaged(zip.get());
    std::vector<ZipPart> parts;
    std::size_t total = 0, seen = 0;
    archive_entry* entry = nullptr;
    while (true) {
        int const answer = archive_read_next_header(zip.get(), &entry);
        if (answer == ARCHIVE_EOF) return parts;
        if (answer != ARCHIVE_OK && answer != ARCHIVE_WARN) return damaged(zip.get());
        if (++seen > limits.parts)
            return fail(Code::limit, fmt::format("the zip holds more than {} parts", limits.parts));
        ZipPart part{.name = printable(archive_entry_pathname_utf8(entry)), .bytes = {}};
        if (archive_entry_is_encrypted(entry) != 0)
            return fail(Code::invalid, fmt::format("{} is encrypted; save the file without a password", part.name));
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        if (std::ranges::find(parts, part.name, &ZipPart::name) != parts.end())
            return fail(Code::invalid, fmt::format("{} is there twice", part.name));
        CHECK(read_part(zip.get(), part, total, limits));
        parts.push_back(std::move(part));
    }
}

}  // namespace tocsin::formats
