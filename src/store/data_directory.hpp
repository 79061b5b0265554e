#pragma once
#include "base/base.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin::store {

/// The one directory that holds everything. Owned by one process at a time (flock on DIR/lock, released by the system
/// at any death).
class DataDirectory {
  public:
    /// Creates the directory (mode 0700) if it is missing and takes the lock.
    /// Errors: Code::unavailable when another process owns it; Code::io when it can't be written, saying what to do.
    static Result<DataDirectory> open(std::filesystem::path const& path);
    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&&) = delete;
    ~DataDirectory();

    std::filesystem::path const& path() const { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  private:
    DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
    std::filesystem::path path_;
    int lock_ = -1;
};

/// Writes a file so that after a kill it is whole or absent: temporary name, fsync, rename, fsync of the directory.
Status write_file(std::filesystem::path const& path, std::string_view bytes, int mode = 0600);
/// Reads a whole file. Errors: Code::not_found, Code::limit beyond `max_bytes`, Code::io.
Result<std::string> read_file(std::filesystem::path const& path, std::size_t max_bytes = std::size_t{1} << 30);
/// Makes a file's or directory's present content durable.
Status sync(std::filesystem::path const& path);

}  // namespace tocsin::store
