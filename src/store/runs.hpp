#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

/// Sorted runs: files of fixed-size records in ascending order of their key, written once, read by pages.
///
/// A record is a row of 64-bit words; its first `key_words` are the key, compared as numbers from left to right. On
/// disk 256 records make a page, in 32-bit lanes, each lane as differences from its smallest value in as few bytes as
/// hold them, with a check sum. A run may carry a Bloom filter over the first key word, laid out so that questions in
/// ascending order walk through it from front to back: it is read in pieces and never needs to be resident. Memory of
/// an open run: 8 bytes a key word and page (256 records) while it is used. All errors are Code::io and name the file.
namespace tocsin::store {

struct RunShape {
    std::uint32_t words = 0;
    std::uint32_t key_words = 0;
    bool bloom = false;
};

/// -1, 0, 1 of two records' keys.
inline int compare_keys(std::uint64_t const* a, std::uint64_t const* b, std::uint32_t key_words) {
    for (std::uint32_t i = 0; i < key_words; ++i)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

/// Writes one run under a final name; nothing but `finish` makes it durable. A file without a good end is no run.
class RunWriter {
  public:
    /// `expected` records at most (sizes the filter).
    static Result<std::unique_ptr<RunWriter>> create(std::filesystem::path const& path, RunShape shape,
                                                     std::uint64_t expected);
    ~RunWriter();
    /// One record, its key not less than the one before.
    Status add(std::uint64_t const* record);
    /// Writes the rest; with `synced` also fsyncs file and directory.
    Status finish(bool synced = true);
    std::uint64_t count() const;

  private:
    struct Impl;
    explicit RunWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// One run, opened. Safe from any thread; cursors and probes are not.
class Run : public std::enable_shared_from_this<Run> {
  public:
    static constexpr std::uint32_t page_records = 256;

    static Result<std::shared_ptr<Run const>> open(std::filesystem::path const& path, RunShape shape);
    ~Run();
    Run(Run const&) = delete;

    std::filesystem::path const& path() const { return path_; }
    std::uint64_t count() const { return count_; }
    std::uint64_t bytes() const { return bytes_; }
    RunShape const& shape() const { return shape_; }
    /// Reads everything and compares the check sums.
    Status verify() const;

  private:
    friend class RunCursor;
    friend class RunProbe;
    Run() = default;
    Status read(std::uint64_t offset, std::size_t size, void* into) const;
    Result<std::shared_ptr<std::vector<std::uint64_t> const>> index() const;
    /// The last page whose first key is not greater than `key`.
    std::size_t page_of(std::vector<std::uint64_t> const& index, std::uint64_t const* key) const;
    Status decode(std::vector<std::uint64_t> const& index, std::size_t page, std::vector<unsigned char>& scratch,
                  std::vector<std::uint64_t>& records) const;

    std::filesystem::path path_;
    int file_ = -1;
    RunShape shape_;
    std::uint64_t count_ = 0, bytes_ = 0, pages_ = 0, index_at_ = 0, bloom_at_ = 0, bloom_blocks_ = 0;
    mutable std::weak_ptr<std::vector<std::uint64_t> const> index_;
    mutable std::unique_ptr<std::mutex> index_mutex_;  // guards index_
};

/// Goes through a run in ascending order.
class RunCursor {
  public:
    explicit RunCursor(std::shared_ptr<Run const> run) : run_(std::move(run)) {}
    /// Before the first record whose key is not less than `key` (all key words); before the first of all when null.
    Status seek(std::uint64_t const* key = nullptr);
    /// The record under the cursor; null at the end. Lives until `next`.
    std::uint64_t const* record() const { return at_ < end_ ? records_.data() + at_ : nullptr; }
    Status next();

  private:
    Status load(std::size_t page);

    std::shared_ptr<Run const> run_;
    std::shared_ptr<std::vector<std::uint64_t> const> index_;
    std::size_t page_ = 0, at_ = 0, end_ = 0;
    std::vector<std::uint64_t> records_;
    std::vector<unsigned char> scratch_;
};

/// Answers "is there a record with this key?" for keys in ascending order, through the filter.
class RunProbe {
  public:
    /// `expected` keys will be asked for: with few, less of the filter is read at a time.
    RunProbe(std::shared_ptr<Run const> run, std::size_t expected);
    /// Calls `each` for the records whose first `prefix_words` key words are those of `key`. Keys must not descend.
    Status find(std::uint64_t const* key, std::uint32_t prefix_words,
                std::function<void(std::uint64_t const*)> const& each);
    std::uint64_t pages_read() const { return pages_read_; }

  private:
    Result<bool> may_have(std::uint64_t word);

    std::shared_ptr<Run const> run_;
    std::shared_ptr<std::vector<std::uint64_t> const> index_;
    std::size_t loaded_ = ~std::size_t{0};
    std::vector<std::uint64_t> records_;
    std::vector<unsigned char> scratch_;
    std::vector<std::uint64_t> bloom_;  ///< a piece of the filter
    std::uint64_t bloom_first_ = 0, bloom_end_ = 0, piece_blocks_ = 1;
    std::uint64_t pages_read_ = 0;
};

/// Several runs, and records in memory, as one ascending sequence; records of one key are folded.
class MergedRuns {
  public:
    /// `fold(into, from)` changes `into`; the order in which equal records come is not told.
    using Fold = void (*)(std::uint64_t* into, std::uint64_t const* from, void const* context);
    MergedRuns(RunShape shape, Fold fold, void const* context = nullptr)
        : shape_(shape), fold_(fold), context_(context) {}

    void add(std::shared_ptr<Run const> run);
    /// Sorted records that live at least as long as this.
    void add(std::span<std::uint64_t const> records);
    /// Before the first record whose key is not less than `key`; before the first of all when null.
    Status seek(std::uint64_t const* key = nullptr);
    /// The folded record; null at the end. Lives until `next`.
    std::uint64_t const* record() const { return at_end_ ? nullptr : folded_.data(); }
    Status next();

  private:
    struct Source {
        std::unique_ptr<RunCursor> cursor;  ///< or
        std::span<std::uint64_t const> records;
        std::size_t at = 0;
        std::uint64_t const* record = nullptr;
    };
    Status advance(Source& source);
    void sift_down(std::size_t place);

    RunShape shape_;
    Fold fold_;
    void const* context_;
    std::vector<Source> sources_;
    std::vector<Source*> heap_;  ///< sources not at their end, the least record first
    std::vector<std::uint64_t> folded_;
    bool at_end_ = true;
};

/// Merges runs into one. `keep` (may be null) says whether a folded record is written.
Status merge_runs(std::span<std::shared_ptr<Run const> const> runs, RunWriter& into, MergedRuns::Fold fold,
                  void const* context = nullptr, bool (*keep)(std::uint64_t const*, void const* context) = nullptr);

}  // namespace tocsin::store
