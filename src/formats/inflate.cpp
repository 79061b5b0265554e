#include "formats/inflate.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <vector>
#include <zlib.h>
#include <zstd.h>

namespace tocsin::formats {
namespace {

constexpr std::size_t input_size = std::size_t{128} << 10;

/// A source whose first bytes can be looked at before they are read. Counts what it gave.
class Peeking final : public ByteSource {
  public:
    explicit Peeking(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

    Result<std::string_view> peek(std::size_t wanted) {
        while (ahead_.size() < wanted) {
            std::array<char, 512> piece;
            TRY(auto const size, source_->read(std::span(piece).first(wanted - ahead_.size())));
            if (size == 0) break;
            ahead_.append(piece.data(), size);
        }
        return std::string_view(ahead_);
    }
    Result<std::size_t> read(std::span<char> into) override {
        if (!ahead_.empty()) {
            auto const size = ahead_.copy(into.data(), into.size());
            ahead_.erase(0, size);
            given_ += size;
            return size;
        }
        TRY(auto const size, source_->read(into));
        given_ += size;
        return size;
    }
    std::uint64_t given() const { return given_; }

  private:
    std::unique_ptr<ByteSource> source_;
    std::string ahead_;
    std::uint64_t given_ = 0;
};

/// What all decoders share: the compressed input, the limits, and the check for a second layer.
class Inflating : public ByteSource {
  public:
    Inflating(std::unique_ptr<Peeking> source, InflateLimits const& limits)
        : source_(std::move(source)), limits_(limits), input_(input_size) {}

    Result<std::size_t> read(std::span<char> into) final {
        if (into.empty() || ended_) return std::size_t{0};
        TRY(auto const size, decode(into));
        if (size == 0) ended_ = true;
        if (expanded_ == 0 && compression_of({into.data(), size}) != Compression::none)
            return fail(Code::invalid, "the data is compressed twice; unpack it once");
        expanded_ += size;
        if (expanded_ > limits_.expanded_bytes)
            return fail(Code::limit,
                        fmt::format("the data is larger than {} bytes when unpacked", limits_.expanded_bytes));
        if (expanded_ > limits_.free_bytes && expanded_ / limits_.expansion > source_->given())
            return fail(Code::limit,
                        fmt::format("{} compressed bytes unpack to more than {} bytes each: this looks like a bomb",
                                    source_->given(), limits_.expansion));
        return size;
    }

  protected:
    /// Some bytes, or 0 at the end.
    virtual Result<std::size_t> decode(std::span<char> into) = 0;

    std::unique_ptr<Peeking> source_;

    Result<std::span<char const>> more_input() {
        TRY(auto const size, source_->read(input_));
        return std::span<char const>(input_).first(size);
    }

  private:
    InflateLimits limits_;
    std::vector<char> input_;
    std::uint64_t expanded_ = 0;
    bool ended_ = false;
};

class Gzip final : public Inflating {
  public:
    Gzip(std::unique_ptr<Peeking> source, InflateLimits const& limits) : Inflating(std::move(source), limits) {
        ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK;
    }
    ~Gzip() override { inflateEnd(&stream_); }
    Gzip(Gzip const&) = delete;
    Gzip& operator=(Gzip const&) = delete;

  private:
    Result<std::size_t> decode(std::span<char> into) override {
        if (!ready_) return fail(Code::internal, "zlib could not be started");
        stream_.next_out = reinterpret_cast<Bytef*>(into.data());
        stream_.avail_out = static_cast<uInt>(std::min(into.size(), std::size_t{1} << 30));
        auto const room = stream_.avail_out;
        while (stream_.avail_out == room) {
            if (stream_.avail_in == 0) {
                TRY(auto const input, more_input());
                if (input.empty()) {
                    if (between_members_) return std::size_t{0};
                    return fail(Code::invalid, "the gzip data ends too early; the file was cut off");
                }
                stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
                stream_.avail_in = static_cast<uInt>(input.size());
            }
            if (between_members_) {
                if (*stream_.next_in != 0x1f) return std::size_t{0};  // padding behind the last member
                if (inflateReset(&stream_) != Z_OK) return fail(Code::internal, "zlib could not be restarted");
                between_members_ = false;
            }
            int const answer = ::inflate(&stream_, Z_NO_FLUSH);
            if (answer == Z_STREAM_END)
                between_members_ = true;
            else if (answer != Z_OK && answer != Z_BUF_ERROR)
                return fail(Code::invalid,
                            fmt::format("the gzip data is damaged ({})", stream_.msg ? stream_.msg : "unknown fault"));
        }
        return room - stream_.avail_out;
    }

    z_stream stream_{};
    bool ready_ = false;
    bool between_members_ = false;
};

class Zstd final : public Inflating {
  public:
    Zstd(std::unique_ptr<Peeking> source, InflateLimits const& limits)
        : Inflating(std::move(source), limits), stream_(ZSTD_createDStream(), &ZSTD_freeDStream) {}

  private:
    Result<std::size_t> decode(std::span<char> into) override {
        if (!stream_) return fail(Code::internal, "zstd could not be started");
        ZSTD_outBuffer out{into.data(), into.size(), 0};
        while (out.pos == 0) {
            if (in_.pos == in_.size && !full_) {
                TRY(auto const input, more_input());
                if (input.empty()) {
                    if (whole_) return std::size_t{0};
                    return fail(Code::invalid, "the zstd data ends too early; the file was cut off");
                }
                in_ = {input.data(), input.size(), 0};
            }
            auto const answer = ZSTD_decompressStream(stream_.get(), &out, &in_);
            if (ZSTD_isError(answer) != 0)
                return fail(Code::invalid, fmt::format("the zstd data is damaged ({})", ZSTD_getErrorName(answer)));
            whole_ = answer == 0;
            full_ = out.pos == out.size && !whole_;  // more may be waiting inside without new input
        }
        return out.pos;
    }

    std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
    ZSTD_inBuffer in_{nullptr, 0, 0};
    bool whole_ = true;
    bool full_ = false;
};

/// The last part of a name in an archive, without anything a terminal or a path could take for more than letters.
std::string harmless_name(char const* name) {
    std::string_view text = name ? name : "";
    if (auto const slash = text.find_last_of("/\\"); slash != std::string_view::npos) text.remove_prefix(slash + 1);
    std::string safe;
    for (char const c : text.substr(0, 255)) safe += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
    return safe;
}

class Zip final : public Inflating {
  public:
    Zip(std::unique_ptr<Peeking> source, InflateLimits const& limits)
        : Inflating(std::move(source), limits), archive_(archive_read_new(), &archive_read_free) {}

    Status open() {
        auto* const a = archive_.get();
        if (a == nullptr || archive_read_support_format_zip_streamable(a) != ARCHIVE_OK ||
            archive_read_open(a, this, nullptr, &Zip::give, nullptr) != ARCHIVE_OK)
            return trouble();
        CHECK(next_file());
        if (!entry_open_) return fail(Code::invalid, "the zip holds no file");
        return {};
    }
    std::string const& name() const { return name_; }

  private:
    static la_ssize_t give(archive* a, void* self, void const** bytes) {
        auto& zip = *static_cast<Zip*>(self);
        auto input = zip.more_input();
        if (!input) {
            zip.fault_ = std::move(input).error();
            archive_set_error(a, EIO, "reading failed");
            return -1;
        }
        *bytes = input->data();
        return static_cast<la_ssize_t>(input->size());
    }

    /// Steps to the next regular file, if there is one.
    Status next_file() {
        entry_open_ = false;
        archive_entry* entry = nullptr;
        while (true) {
            int const answer = archive_read_next_header(archive_.get(), &entry);
            if (answer == ARCHIVE_EOF) return {};
            if (answer != ARCHIVE_OK && answer != ARCHIVE_WARN) return trouble();
            if (archive_entry_is_encrypted(entry) != 0)
                return fail(Code::invalid, "the zip is encrypted; unpack it first");
            if (archive_entry_filetype(entry) == AE_IFREG) break;
            if (++others_ > 1000) return fail(Code::limit, "the zip holds more than 1000 folders and links");
        }
        auto const name = harmless_name(archive_entry_pathname(entry));
        if (!name_.empty())
            return fail(
                Code::invalid,
                fmt::format("the zip holds more than one file ({}, {}); send one report at a time", name_, name));
        name_ = name.empty() ? "unnamed" : name;
        entry_open_ = true;
        return {};
    }

    Result<std::size_t> decode(std::span<char> into) override {
        if (!entry_open_) return std::size_t{0};
        auto const size = archive_read_data(archive_.get(), into.data(), into.size());
        if (size < 0) return std::unexpected(trouble().error());
        if (size == 0) {
            CHECK(next_file());
            return std::size_t{0};
        }
        return static_cast<std::size_t>(size);
    }

    Status trouble() {
        if (fault_) return std::unexpected(*fault_);
        auto const* const text = archive_ ? archive_error_string(archive_.get()) : nullptr;
        return fail(Code::invalid,
                    fmt::format("the zip is damaged or was cut off ({})", text ? text : "unknown fault"));
    }

    std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
    std::optional<Error> fault_;
    std::string name_;
    bool entry_open_ = false;
    int others_ = 0;
};

}  // namespace

Compression compression_of(std::string_view first_bytes) {
    if (first_bytes.starts_with("\x1f\x8b")) return Compression::gzip;
    if (first_bytes.starts_with("\x28\xb5\x2f\xfd")) return Compression::zstd;
    if (first_bytes.starts_with("PK\x03\x04") || first_bytes.starts_with("PK\x05\x06")) return Compression::zip;
    return Compression::none;
}

Result<Inflated> inflate(std::unique_ptr<ByteSource> source, InflateLimits const& limits) {
    auto peeking = std::make_unique<Peeking>(std::move(source));
    TRY(auto const first, peeking->peek(4));
    Inflated result;
    result.compression = compression_of(first);
    switch (result.compression) {
        case Compression::none:
            result.source = std::move(peeking);
            break;
        case Compression::gzip:
            result.source = std::make_unique<Gzip>(std::move(peeking), limits);
            break;
        case Compression::zstd:
            result.source = std::make_unique<Zstd>(std::move(peeking), limits);
            break;
        case Compression::zip: {
            auto zip = std::make_unique<Zip>(std::move(peeking), limits);
            CHECK(zip->open());
            result.inner_name = zip->name();
            result.source = std::move(zip);
            break;
        }
    }
    return result;
}

}  // namespace tocsin::formats
