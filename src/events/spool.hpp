#pragma once
#include "events/engine.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace tocsin::events {

/// SHA-256 of bytes that come in pieces, as 64 hexadecimal digits.
class ContentHash {
  public:
    ContentHash();
    ~ContentHash();
    ContentHash(ContentHash const&) = delete;
    void add(std::string_view bytes);
    std::string finish();

  private:
    void* context_;
};
Result<std::string> hash_of_file(std::filesystem::path const& file);

/// Reports that were accepted and are not done, one file each.
class Spool {
  public:
    explicit Spool(std::filesystem::path folder) : folder_(std::move(folder)) {}

    struct Entry {
        std::string name;  ///< in the spool
        std::string sha256;
        std::int64_t bytes = 0;
    };
    /// Writes and syncs. Errors: Code::limit beyond 16 GiB; Code::io; the reader's own.
    Result<Entry> write(std::function<Result<std::string_view>()> const& read);
    void remove(std::string const& name) const;
    std::filesystem::path path(std::string const& name) const { return folder_ / name; }
    /// Removes files that nobody names, left by a kill between file and ledger.
    Status clean(std::function<bool(std::string const&)> const& is_named) const;

    static constexpr std::int64_t max_bytes = std::int64_t{16} << 30;

  private:
    std::filesystem::path folder_;
    std::atomic<std::uint64_t> serial_ = 0;
};

/// Watches a folder (inotify): a file that was renamed into it, or closed after being written, is handed over once.
/// Names that start with "." or end in .part, .tmp or .failed are left alone until they are renamed.
class DropFolder {
  public:
    /// Takes the file and removes it. An error: it stays, and is offered again every few seconds.
    using Take = std::function<Status(std::filesystem::path const&)>;
    static Result<std::unique_ptr<DropFolder>> watch(std::filesystem::path const& folder, Take take);
    ~DropFolder();

  private:
    struct State;
    explicit DropFolder(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace tocsin::events
