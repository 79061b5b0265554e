#include "store/runs.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::store {
namespace {

constexpr std::uint64_t magic = 0x31'6e75'7220'6374ULL;  // "tc run1"
constexpr std::size_t write_block = std::size_t{1} << 20;
constexpr std::uint64_t bloom_block_words = 8;  ///< a cache line
constexpr std::uint64_t keys_per_block = 40;    ///< 512 bits for 40 keys: 12.8 bits a key
constexpr std::size_t bloom_piece_blocks = 2048;
constexpr std::size_t max_words = 32;

struct Footer {
    std::uint64_t magic, words, key_words, count, pages, index_at, bloom_at, bloom_blocks, sum;
};

std::unexpected<Error> disk_error(std::string_view doing, std::filesystem::path const& path) {
    int const number = errno;
    return fail(Code::io, fmt::format("{} {}: {}{}", doing, path.string(), std::strerror(number),
                                      number == ENOSPC ? "; the disk is full: free some space, nothing was lost" : ""));
}

std::unexpected<Error> broken(std::filesystem::path const& path, std::string_view what) {
    return fail(Code::io, fmt::format("{} is damaged ({}); restore it from the last backup", path.string(), what));
}

std::uint64_t mixed(std::uint64_t x) {
    x ^= x >> 32;
    x *= 0xd6e8'feb8'6659'fd93ULL;
    x ^= x >> 32;
    x *= 0xd6e8'feb8'6659'fd93ULL;
    return x ^ (x >> 32);
}

std::uint64_t check_sum(unsigned char const* bytes, std::size_t size) {
    std::uint64_t sum = 0x9e37'79b9'7f4a'7c15ULL ^ size;
    for (; size >= 8; bytes += 8, size -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes, 8);
        sum = std::rotl(sum ^ word, 29) * 0xd6e8'feb8'6659'fd93ULL;
    }
    for (; size > 0; ++bytes, --size) sum = std::rotl(sum ^ *bytes, 29) * 0xd6e8'feb8'6659'fd93ULL;
    return mixed(sum);
}

/// Which block of the filter a key word belongs to: ascending words, ascending blocks.
std::uint64_t block_of(std::uint64_t word, std::uint64_t blocks) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(word) * blocks) >> 64);
}

/// One bit in each of the block's eight words.
template <class F>
void for_bits(std::uint64_t word, F&& bit) {
    std::uint64_t bits = mixed(word);
    for (std::uint64_t i = 0; i < bloom_block_words; ++i, bits >>= 6) bit(i, std::uint64_t{1} << (bits & 63));
}

template <class T>
void put(std::vector<unsigned char>& out, T value) {
    auto const at = out.size();
    out.resize(at + sizeof value);
    std::memcpy(out.data() + at, &value, sizeof value);
}

std::uint32_t lane_of(std::uint64_t word, std::size_t half) {
    return static_cast<std::uint32_t>(half == 0 ? word >> 32 : word);
}

/// A page: check sum, then for each lane its least value and byte width, then the lanes' differences.
void encode_page(std::vector<std::uint64_t> const& records, std::uint32_t words, std::vector<unsigned char>& out) {
    auto const count = records.size() / words;
    auto const start = out.size();
    put(out, std::uint64_t{0});
    std::array<std::uint32_t, 2 * max_words> least{};
    std::array<std::uint8_t, 2 * max_words> width{};
    for (std::size_t lane = 0; lane < 2 * words; ++lane) {
        std::uint32_t low = ~std::uint32_t{0};
        std::uint32_t high = 0;
        for (std::size_t r = 0; r < count; ++r) {
            auto const v = lane_of(records[r * words + lane / 2], lane % 2);
            low = std::min(low, v);
            high = std::max(high, v);
        }
        least[lane] = low;
        width[lane] = static_cast<std::uint8_t>((std::bit_width(high - low) + 7) / 8);
        put(out, low);
        put(out, width[lane]);
    }
    for (std::size_t lane = 0; lane < 2 * words; ++lane) {
        if (width[lane] == 0) continue;
        auto const at = out.size();
        out.resize(at + count * width[lane] + 4);  // four bytes are written each time
        auto* to = out.data() + at;
        for (std::size_t r = 0; r < count; ++r, to += width[lane]) {
            auto const v = lane_of(records[r * words + lane / 2], lane % 2) - least[lane];
            std::memcpy(to, &v, 4);
        }
        out.resize(at + count * width[lane]);
    }
    auto const sum = check_sum(out.data() + start + 8, out.size() - start - 8);
    std::memcpy(out.data() + start, &sum, 8);
}

}  // namespace

struct RunWriter::Impl {
    std::filesystem::path path;
    RunShape shape;
    int file = -1;
    bool finished = false;
    std::uint64_t count = 0, written = 0;
    std::vector<std::uint64_t> page;
    std::vector<std::uint64_t> index;  ///< for each page: first key, offset
    std::vector<std::uint64_t> bloom;
    std::vector<unsigned char> out;

    Status flush() {
        std::size_t done = 0;
        while (done < out.size()) {
            auto const wrote = ::write(file, out.data() + done, out.size() - done);
            if (wrote < 0 && errno == EINTR) continue;
            if (wrote < 0) return disk_error("writing", path);
            done += static_cast<std::size_t>(wrote);
        }
        written += out.size();
        out.clear();
        return {};
    }

    Status close_page() {
        if (page.empty()) return {};
        index.insert(index.end(), page.begin(), page.begin() + shape.key_words);
        index.push_back(written + out.size());
        encode_page(page, shape.words, out);
        page.clear();
        if (out.size() >= write_block) return flush();
        return {};
    }
};

RunWriter::RunWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RunWriter::~RunWriter() {
    if (impl_->file >= 0) ::close(impl_->file);
    if (!impl_->finished) ::unlink(impl_->path.c_str());
}

std::uint64_t RunWriter::count() const {
    return impl_->count;
}

Result<std::unique_ptr<RunWriter>> RunWriter::create(std::filesystem::path const& path, RunShape shape,
                                                     std::uint64_t expected) {
    TOCSIN_ASSERT(shape.words <= max_words && shape.key_words >= 1 && shape.key_words <= shape.words);
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    impl->shape = shape;
    impl->file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (impl->file < 0) return disk_error("creating", path);
    impl->page.reserve(std::size_t{Run::page_records} * shape.words);
    if (shape.bloom) impl->bloom.resize((expected / keys_per_block + 1) * bloom_block_words);
    return std::unique_ptr<RunWriter>(new RunWriter(std::move(impl)));
}

Status RunWriter::add(std::uint64_t const* record) {
    auto& it = *impl_;
    it.page.insert(it.page.end(), record, record + it.shape.words);
    ++it.count;
    if (!it.bloom.empty()) {
        auto* const block =
            it.bloom.data() + block_of(record[0], it.bloom.size() / bloom_block_words) * bloom_block_words;
        for_bits(record[0], [&](std::uint64_t i, std::uint64_t bit) { block[i] |= bit; });
    }
    if (it.page.size() == std::size_t{Run::page_records} * it.shape.words) return it.close_page();
    return {};
}

Status RunWriter::finish(bool synced) {
    auto& it = *impl_;
    CHECK(it.close_page());
    Footer footer{magic,
                  it.shape.words,
                  it.shape.key_words,
                  it.count,
                  it.index.size() / (it.shape.key_words + 1),
                  0,
                  0,
                  it.bloom.size() / bloom_block_words,
                  0};
    footer.index_at = it.written + it.out.size();
    for (auto const word : it.index) put(it.out, word);
    footer.bloom_at = it.written + it.out.size();
    auto const* const filter = reinterpret_cast<unsigned char const*>(it.bloom.data());
    it.out.insert(it.out.end(), filter, filter + it.bloom.size() * 8);
    footer.sum = check_sum(reinterpret_cast<unsigned char const*>(&footer), offsetof(Footer, sum));
    auto const* const end = reinterpret_cast<unsigned char const*>(&footer);
    it.out.insert(it.out.end(), end, end + sizeof footer);
    CHECK(it.flush());
    if (synced) {
        if (::fsync(it.file) != 0) return disk_error("syncing", it.path);
        int const folder = ::open(it.path.parent_path().c_str(), O_RDONLY | O_CLOEXEC);
        bool const good = folder >= 0 && ::fsync(folder) == 0;
        if (folder >= 0) ::close(folder);
        if (!good) return disk_error("syncing the directory of", it.path);
    }
    it.finished = true;
    return {};
}

Result<std::shared_ptr<Run const>> Run::open(std::filesystem::path const& path, RunShape shape) {
    std::shared_ptr<Run> run(new Run);
    run->path_ = path;
    run->shape_ = shape;
    run->index_mutex_ = std::make_unique<std::mutex>();
    run->file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (run->file_ < 0) return disk_error("opening", path);
    struct stat facts{};
    if (::fstat(run->file_, &facts) != 0) return disk_error("opening", path);
    run->bytes_ = static_cast<std::uint64_t>(facts.st_size);
    Footer footer{};
    if (run->bytes_ < sizeof footer) return broken(path, "too short");
    CHECK(run->read(run->bytes_ - sizeof footer, sizeof footer, &footer));
    if (footer.magic != magic || footer.words != shape.words || footer.key_words != shape.key_words ||
        footer.sum != check_sum(reinterpret_cast<unsigned char const*>(&footer), offsetof(Footer, sum)))
        return broken(path, "its end is not that of a run");
    run->count_ = footer.count;
    run->pages_ = footer.pages;
    run->index_at_ = footer.index_at;
    run->bloom_at_ = footer.bloom_at;
    run->bloom_blocks_ = footer.bloom_blocks;
    return std::shared_ptr<Run const>(std::move(run));
}

Run::~Run() {
    if (file_ >= 0) ::close(file_);
}

Status Run::read(std::uint64_t offset, std::size_t size, void* into) const {
    auto* to = static_cast<char*>(into);
    while (size > 0) {
        auto const got = ::pread(file_, to, size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return disk_error("reading", path_);
        if (got == 0) return broken(path_, "too short");
        to += got;
        offset += static_cast<std::uint64_t>(got);
        size -= static_cast<std::size_t>(got);
    }
    return {};
}

Result<std::shared_ptr<std::vector<std::uint64_t> const>> Run::index() const {
    std::lock_guard const lock(*index_mutex_);
    if (auto present = index_.lock()) return present;
    auto const words = static_cast<std::size_t>(pages_ * (shape_.key_words + 1));
    if (words * 8 > bytes_) return broken(path_, "its index is larger than the file");
    auto fresh = std::make_shared<std::vector<std::uint64_t>>(words);
    CHECK(read(index_at_, words * 8, fresh->data()));
    index_ = fresh;
    return std::shared_ptr<std::vector<std::uint64_t> const>(std::move(fresh));
}

std::size_t Run::page_of(std::vector<std::uint64_t> const& index, std::uint64_t const* key) const {
    auto const stride = shape_.key_words + 1;
    std::size_t low = 0;
    std::size_t high = static_cast<std::size_t>(pages_);
    while (high - low > 1) {  // the first key of `low` is not greater, or low is 0
        auto const middle = (low + high) / 2;
        (compare_keys(index.data() + middle * stride, key, shape_.key_words) < 0 ? low : high) = middle;
    }
    return low;
}

Status Run::decode(std::vector<std::uint64_t> const& index, std::size_t page, std::vector<unsigned char>& scratch,
                   std::vector<std::uint64_t>& records) const {
    auto const stride = shape_.key_words + 1;
    auto const from = index[page * stride + shape_.key_words];
    auto const to = page + 1 < pages_ ? index[(page + 1) * stride + shape_.key_words] : index_at_;
    auto const words = shape_.words;
    auto const head = 8 + 2 * words * 5;
    auto const count = page + 1 < pages_ ? page_records : count_ - page * page_records;
    if (to < from || to > bytes_ || to - from < head || count == 0 || count > page_records)
        return broken(path_, "a page lies outside");
    auto const size = static_cast<std::size_t>(to - from);
    scratch.resize(size + 8);
    CHECK(read(from, size, scratch.data()));
    std::uint64_t sum = 0;
    std::memcpy(&sum, scratch.data(), 8);
    if (sum != check_sum(scratch.data() + 8, size - 8)) return broken(path_, "the check sum of a page is wrong");
    records.assign(count * words, 0);
    auto const* lane_head = scratch.data() + 8;
    auto const* data = scratch.data() + head;
    for (std::size_t lane = 0; lane < 2 * std::size_t{words}; ++lane, lane_head += 5) {
        std::uint32_t least = 0;
        std::memcpy(&least, lane_head, 4);
        auto const width = lane_head[4];
        if (width > 4 || data + count * width > scratch.data() + size) return broken(path_, "a lane lies outside");
        auto const mask = width == 4 ? ~std::uint32_t{0} : (std::uint32_t{1} << (8 * width)) - 1;
        auto const shift = lane % 2 == 0 ? 32 : 0;
        auto* out = records.data() + lane / 2;
        if (width == 0) {
            if (least != 0)
                for (std::size_t r = 0; r < count; ++r, out += words) *out |= std::uint64_t{least} << shift;
            continue;
        }
        for (std::size_t r = 0; r < count; ++r, data += width, out += words) {
            std::uint32_t v = 0;
            std::memcpy(&v, data, 4);
            *out |= std::uint64_t{least + (v & mask)} << shift;
        }
    }
    return {};
}

Status Run::verify() const {
    TRY(auto const pages, index());
    std::vector<unsigned char> scratch;
    std::vector<std::uint64_t> records;
    for (std::size_t page = 0; page < pages_; ++page) CHECK(decode(*pages, page, scratch, records));
    return {};
}

Status RunCursor::load(std::size_t page) {
    page_ = page;
    at_ = end_ = 0;
    if (page >= run_->pages_) return {};
    CHECK(run_->decode(*index_, page, scratch_, records_));
    end_ = records_.size();
    return {};
}

Status RunCursor::seek(std::uint64_t const* key) {
    if (!index_) {
        TRY(index_, run_->index());
    }
    if (run_->pages_ == 0) return {};
    CHECK(load(key == nullptr ? 0 : run_->page_of(*index_, key)));
    if (key == nullptr) return {};
    while (record() != nullptr && compare_keys(record(), key, run_->shape_.key_words) < 0) CHECK(next());
    return {};
}

Status RunCursor::next() {
    at_ += run_->shape_.words;
    if (at_ < end_) return {};
    return load(page_ + 1);
}

RunProbe::RunProbe(std::shared_ptr<Run const> run, std::size_t expected) : run_(std::move(run)) {
    piece_blocks_ = std::clamp<std::uint64_t>(4 * expected, 1, bloom_piece_blocks);
    if (expected < run_->bloom_blocks_ / 8) piece_blocks_ = 1;
}

Result<bool> RunProbe::may_have(std::uint64_t word) {
    if (run_->bloom_blocks_ == 0) return run_->count_ != 0;
    auto const block = block_of(word, run_->bloom_blocks_);
    if (block < bloom_first_ || block >= bloom_end_) {
        auto const count = std::min<std::uint64_t>(piece_blocks_, run_->bloom_blocks_ - block);
        bloom_.resize(static_cast<std::size_t>(count * bloom_block_words));
        CHECK(run_->read(run_->bloom_at_ + block * bloom_block_words * 8, bloom_.size() * 8, bloom_.data()));
        bloom_first_ = block;
        bloom_end_ = block + count;
    }
    auto const* const words = bloom_.data() + (block - bloom_first_) * bloom_block_words;
    bool all = true;
    for_bits(word, [&](std::uint64_t i, std::uint64_t bit) { all = all && (words[i] & bit) != 0; });
    return all;
}

Status RunProbe::find(std::uint64_t const* key, std::uint32_t prefix_words,
                      std::function<void(std::uint64_t const*)> const& each) {
    TRY(auto const maybe, may_have(key[0]));
    if (!maybe) return {};
    if (!index_) {
        TRY(index_, run_->index());
    }
    std::array<std::uint64_t, max_words> lowest{};
    std::copy_n(key, prefix_words, lowest.begin());
    auto const words = run_->shape_.words;
    for (auto page = run_->page_of(*index_, lowest.data()); page < run_->pages_; ++page) {
        if (page != loaded_) {
            CHECK(run_->decode(*index_, page, scratch_, records_));
            loaded_ = page;
            ++pages_read_;
        }
        std::size_t low = 0;
        std::size_t high = records_.size() / words;
        while (low < high) {
            auto const middle = (low + high) / 2;
            if (compare_keys(records_.data() + middle * words, key, prefix_words) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (; low < records_.size() / words; ++low) {
            auto const* const record = records_.data() + low * words;
            if (compare_keys(record, key, prefix_words) != 0) return {};
            each(record);
        }
    }
    return {};
}

void MergedRuns::add(std::shared_ptr<Run const> run) {
    sources_.emplace_back().cursor = std::make_unique<RunCursor>(std::move(run));
}

void MergedRuns::add(std::span<std::uint64_t const> records) {
    sources_.emplace_back().records = records;
}

Status MergedRuns::advance(Source& source) {
    if (source.cursor) {
        CHECK(source.cursor->next());
        source.record = source.cursor->record();
    } else {
        source.at += shape_.words;
        source.record = source.at < source.records.size() ? source.records.data() + source.at : nullptr;
    }
    return {};
}

void MergedRuns::sift_down(std::size_t place) {
    auto* const moving = heap_[place];
    while (true) {
        auto child = 2 * place + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() &&
            compare_keys(heap_[child + 1]->record, heap_[child]->record, shape_.key_words) < 0)
            ++child;
        if (compare_keys(moving->record, heap_[child]->record, shape_.key_words) <= 0) break;
        heap_[place] = heap_[child];
        place = child;
    }
    heap_[place] = moving;
}

Status MergedRuns::seek(std::uint64_t const* key) {
    heap_.clear();
    for (auto& source : sources_) {
        if (source.cursor) {
            CHECK(source.cursor->seek(key));
            source.record = source.cursor->record();
        } else {
            source.at = 0;
            std::size_t count = source.records.size() / shape_.words;
            while (key != nullptr && count > 0) {
                auto const half = count / 2;
                auto const middle = source.at + half * shape_.words;
                if (compare_keys(source.records.data() + middle, key, shape_.key_words) < 0) {
                    source.at = middle + shape_.words;
                    count -= half + 1;
                } else {
                    count = half;
                }
            }
            source.record = source.at < source.records.size() ? source.records.data() + source.at : nullptr;
        }
        if (source.record != nullptr) heap_.push_back(&source);
    }
    for (auto place = heap_.size() / 2; place > 0; --place) sift_down(place - 1);
    folded_.resize(shape_.words);
    return next();
}

Status MergedRuns::next() {
    at_end_ = heap_.empty();
    bool first = true;
    while (!heap_.empty()) {
        auto* const top = heap_.front();
        if (first) {
            std::copy_n(top->record, shape_.words, folded_.data());
            first = false;
        } else if (compare_keys(top->record, folded_.data(), shape_.key_words) == 0) {
            fold_(folded_.data(), top->record, context_);
        } else {
            break;
        }
        CHECK(advance(*top));
        if (top->record == nullptr) {
            heap_.front() = heap_.back();
            heap_.pop_back();
        }
        if (!heap_.empty()) sift_down(0);
    }
    return {};
}

Status merge_runs(std::span<std::shared_ptr<Run const> const> runs, RunWriter& into, MergedRuns::Fold fold,
                  void const* context, bool (*keep)(std::uint64_t const*, void const*)) {
    if (runs.empty()) return {};
    MergedRuns merged(runs.front()->shape(), fold, context);
    for (auto const& run : runs) merged.add(run);
    CHECK(merged.seek());
    for (; merged.record() != nullptr;) {
        if (keep == nullptr || keep(merged.record(), context)) CHECK(into.add(merged.record()));
        CHECK(merged.next());
    }
    return {};
}

}  // namespace tocsin::store
