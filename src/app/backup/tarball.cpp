#include "app/backup/tarball.hpp"

#include "store/store.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::app::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece_bytes = std::size_t{1} << 20;

struct FreeWriter {
    void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeReader {
    void operator()(archive* a) const { archive_read_free(a); }
};
struct FreeEntry {
    void operator()(archive_entry* e) const { archive_entry_free(e); }
};
struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

std::unexpected<Error> trouble(archive* with, std::string_view doing, fs::path const& file) {
    char const* const why = archive_error_string(with);
    return fail(Code::io,
                fmt::format("{} {}: {}", doing, file.string(), why != nullptr ? why : "the disk may be full"));
}

std::unexpected<Error> broken_off() {
    return fail(Code::unavailable, "broken off; nothing was changed");
}

class Packer {
  public:
    Packer(archive* out, fs::path const& file, fs::path const& folder, Progress const& progress)
        : out_(out), file_(file), folder_(folder), progress_(progress), piece_(piece_bytes) {}

    Status add(std::string const& path, std::uint64_t bytes, Timestamp made) {
        std::unique_ptr<archive_entry, FreeEntry> const entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), path.c_str());
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0600);
        archive_entry_set_mtime(entry.get(), made.seconds(), 0);
        if (archive_write_header(out_, entry.get()) != ARCHIVE_OK) return trouble(out_, "writing", file_);
        OpenFile const in(std::fopen((folder_ / path).c_str(), "rbe"));
        if (!in) return fail(Code::io, fmt::format("reading {}: {}", (folder_ / path).string(), std::strerror(errno)));
        while (auto const got = std::fread(piece_.data(), 1, piece_.size(), in.get())) {
            if (archive_write_data(out_, piece_.data(), got) < 0) return trouble(out_, "writing", file_);
            done_ += got;
            if (!progress_(done_)) return broken_off();
        }
        return {};
    }

  private:
    archive* out_;
    fs::path const& file_;
    fs::path const& folder_;
    Progress const& progress_;
    std::vector<char> piece_;
    std::uint64_t done_ = 0;
};

Status pack_into(fs::path const& partial, fs::path const& folder, Manifest const& manifest, Progress const& progress) {
    std::unique_ptr<archive, FreeWriter> const out(archive_write_new());
    archive_write_add_filter_zstd(out.get());
    archive_write_set_format_pax_restricted(out.get());
    int const descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return fail(Code::io, fmt::format("writing {}: {}", partial.string(), std::strerror(errno)));
    OpenFile const keeper(::fdopen(descriptor, "wb"));
    if (archive_write_open_fd(out.get(), descriptor) != ARCHIVE_OK) return trouble(out.get(), "writing", partial);
    Packer packer(out.get(), partial, folder, progress);
    std::error_code fault;
    auto const size = fs::file_size(folder / manifest_name, fault);
    CHECK(packer.add(std::string(manifest_name), size, manifest.made));
    for (auto const& file : manifest.files) CHECK(packer.add(file.path, file.bytes, manifest.made));
    if (archive_write_close(out.get()) != ARCHIVE_OK) return trouble(out.get(), "writing", partial);
    if (::fsync(descriptor) != 0)
        return fail(Code::io, fmt::format("writing {}: {}", partial.string(), std::strerror(errno)));
    return {};
}

Status unpack_one(archive* in, fs::path const& file, fs::path const& where, std::uint64_t& left,
                  Progress const& progress, std::uint64_t most) {
    std::error_code fault;
    fs::create_directories(where.parent_path(), fault);
    int const descriptor = ::open(where.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) return fail(Code::io, fmt::format("writing {}: {}", where.string(), std::strerror(errno)));
    OpenFile const out(::fdopen(descriptor, "wb"));
    std::vector<char> piece(piece_bytes);
    while (true) {
        auto const got = archive_read_data(in, piece.data(), piece.size());
        if (got < 0) return trouble(in, "reading", file);
        if (got == 0) break;
        auto const size = static_cast<std::size_t>(got);
        if (size > left) return fail(Code::limit, fmt::format("{} unpacks to more than {} bytes", file.string(), most));
        left -= size;
        if (std::fwrite(piece.data(), 1, size, out.get()) != size)
            return fail(Code::io, fmt::format("writing {}: {}", where.string(), std::strerror(errno)));
        if (!progress(most - left)) return broken_off();
    }
    if (std::fflush(out.get()) != 0 || ::fsync(descriptor) != 0)
        return fail(Code::io, fmt::format("writing {}: {}", where.string(), std::strerror(errno)));
    return {};
}

}  // namespace

Status pack(fs::path const& folder, Manifest const& manifest, fs::path const& file, Progress const& progress) {
    auto partial = file;
    partial += ".partial";
    std::error_code ignored;
    fs::remove(partial, ignored);
    auto done = pack_into(partial, folder, manifest, progress);
    std::error_code fault;
    if (done) fs::rename(partial, file, fault);
    if (!done || fault) {
        fs::remove(partial, ignored);
        if (done) return fail(Code::io, fmt::format("writing {}: {}", file.string(), fault.message()));
        return done;
    }
    return store::sync(file.parent_path());
}

Status unpack(fs::path const& file, fs::path const& folder, std::uint64_t most_bytes, Progress const& progress) {
    std::unique_ptr<archive, FreeReader> const in(archive_read_new());
    archive_read_support_filter_zstd(in.get());
    archive_read_support_format_tar(in.get());
    if (archive_read_open_filename(in.get(), file.c_str(), piece_bytes) != ARCHIVE_OK)
        return fail(Code::invalid,
                    fmt::format("{} is not a backup: {}", file.string(),
                                archive_error_string(in.get()) != nullptr ? archive_error_string(in.get())
                                                                          : "it can't be read"));
    auto left = most_bytes;
    archive_entry* entry = nullptr;
    int code = ARCHIVE_OK;
    while ((code = archive_read_next_header(in.get(), &entry)) == ARCHIVE_OK) {
        char const* const name = archive_entry_pathname(entry);
        std::string const path = name != nullptr ? name : "";
        if (path != fs::path(path).lexically_normal().generic_string() || path.empty() || path.front() == '/' ||
            path.starts_with(".."))
            return fail(Code::invalid, fmt::format("{}: the path \"{}\" leaves the backup", file.string(), path));
        if (archive_entry_filetype(entry) != AE_IFREG)
            return fail(Code::invalid, fmt::format("{}: \"{}\" is not a plain file", file.string(), path));
        CHECK(unpack_one(in.get(), file, folder / path, left, progress, most_bytes));
    }
    if (code != ARCHIVE_EOF) return trouble(in.get(), "reading", file);
    return {};
}

}  // namespace tocsin::app::backup
