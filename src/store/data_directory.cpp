#include "store/data_directory.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace tocsin::store {
namespace {

std::unexpected<Error> system_error(std::string_view doing, std::filesystem::path const& path) {
    int const number = errno;
    char const* const advice = number == ENOSPC                      ? "; the disk is full: free some space"
                               : number == EACCES || number == EROFS ? "; check that this user may write there"
                                                                     : "";
    return fail(number == ENOENT ? Code::not_found : Code::io,
                fmt::format("{} {}: {}{}", doing, path.string(), std::strerror(number), advice));
}

/// Closes on the way out.
struct Descriptor {
    int number = -1;
    ~Descriptor() {
        if (number >= 0) ::close(number);
    }
};

Status write_all(int descriptor, std::string_view bytes, std::filesystem::path const& path) {
    while (!bytes.empty()) {
        auto const wrote = ::write(descriptor, bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return system_error("writing", path);
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
}

}  // namespace

Result<DataDirectory> DataDirectory::open(std::filesystem::path const& path) {
    std::error_code fault;
    if (!std::filesystem::exists(path, fault)) {
        std::filesystem::create_directories(path, fault);
        if (fault)
            return fail(Code::io,
                        fmt::format("creating the data directory {}: {}; check that this user may write there",
                                    path.string(), fault.message()));
        std::filesystem::permissions(path, std::filesystem::perms::owner_all, fault);
    }
    auto const lock_path = path / "lock";
    int const lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return system_error("opening", lock_path);
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock);
        return fail(Code::unavailable,
                    fmt::format("the data directory {} is owned by another Tocsin; stop it, or use another --data",
                                path.string()));
    }
    return DataDirectory(std::filesystem::absolute(path), lock);
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

Status sync(std::filesystem::path const& path) {
    Descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.number < 0 || ::fsync(file.number) != 0) return system_error("syncing", path);
    return {};
}

Status write_file(std::filesystem::path const& path, std::string_view bytes, int mode) {
    auto const temporary = path.string() + ".part";
    {
        Descriptor const file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
        if (file.number < 0) return system_error("creating", temporary);
        auto written = write_all(file.number, bytes, temporary);
        if (written && ::fsync(file.number) != 0) written = system_error("syncing", temporary);
        if (!written) {
            ::unlink(temporary.c_str());
            return written;
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return system_error("renaming to", path);
    return sync(path.parent_path().empty() ? std::filesystem::path(".") : path.parent_path());
}

Result<std::string> read_file(std::filesystem::path const& path, std::size_t max_bytes) {
    Descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.number < 0) return system_error("opening", path);
    std::string bytes;
    char buffer[65536];
    while (true) {
        auto const got = ::read(file.number, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("reading", path);
        if (got == 0) return bytes;
        if (bytes.size() + static_cast<std::size_t>(got) > max_bytes)
            return fail(Code::limit, fmt::format("{} is larger than {} bytes", path.string(), max_bytes));
        bytes.append(buffer, static_cast<std::size_t>(got));
    }
}

}  // namespace tocsin::store
