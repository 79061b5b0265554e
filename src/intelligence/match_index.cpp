#include "intelligence/match_index.hpp"

#include "store/store.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::intelligence {
namespace {

constexpr std::uint64_t magic = 0x32584449'4e435354ULL;  // "TSCNIDX2"
constexpr std::size_t head_bytes = 4096;
constexpr double load = 0.7;  ///< of the slots: buckets of eight hardly ever spill over

std::uint64_t mixed(std::uint64_t h) {
    h = (h ^ (h >> 32)) * 0xd6e8'feb8'6659'fd93ULL;
    h = (h ^ (h >> 32)) * 0xd6e8'feb8'6659'fd93ULL;
    return h ^ (h >> 32);
}

/// FNV-1a, one byte on: of a key's beginnings each is one step from the one before.
std::uint64_t stepped(std::uint64_t h, char byte) {
    return (h ^ static_cast<unsigned char>(byte)) * 0x0000'0100'0000'01b3ULL;
}
std::uint64_t seed(int kind) {
    return 0xcbf2'9ce4'8422'2325ULL ^ (static_cast<std::uint64_t>(kind) << 56);
}

std::uint64_t buckets_for(std::uint64_t expected, std::size_t slots) {
    return static_cast<std::uint64_t>(static_cast<double>(expected) / (load * static_cast<double>(slots))) + 1;
}

}  // namespace

std::uint64_t address_fingerprint(IpAddress address, std::uint8_t length) {
    return mixed(mixed(address.high ^ 0x9e37'79b9'7f4a'7c15ULL) + address.low + (std::uint64_t{length} << 57));
}

std::uint64_t text_fingerprint(int kind, std::string_view key) {
    auto h = seed(kind);
    for (char const byte : key) h = stepped(h, byte);
    return mixed(h);
}

void domain_fingerprints(int kind, std::string_view key, std::vector<std::uint64_t>& into) {
    auto h = seed(kind);
    auto const first = into.size();
    int labels = 0;
    for (char const byte : key) {
        h = stepped(h, byte);
        if (byte == '.' && ++labels >= 2) into.insert(into.begin() + static_cast<std::ptrdiff_t>(first), mixed(h));
    }
}

std::unique_ptr<MatchIndex> MatchIndex::make(std::uint64_t expected) {
    auto const buckets = buckets_for(expected, slots_in_bucket);
    auto made = map(-1, head_bytes + buckets * slots_in_bucket * sizeof(Slot), true);
    TOCSIN_ASSERT(made.has_value());
    (*made)->head_->buckets = buckets;
    return *std::move(made);
}

Result<std::unique_ptr<MatchIndex>> MatchIndex::create(std::filesystem::path const& path, std::uint64_t expected) {
    auto const buckets = buckets_for(expected, slots_in_bucket);
    auto const bytes = head_bytes + buckets * slots_in_bucket * sizeof(Slot);
    auto const temporary = path.string() + ".new";
    int const file = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ::posix_fallocate(file, 0, static_cast<off_t>(bytes)) != 0) {
        auto const why = std::strerror(errno);
        if (file >= 0) ::close(file);
        return fail(Code::io, fmt::format("making {}: {} ({} bytes are needed)", temporary, why, bytes));
    }
    auto made = map(file, bytes, true);
    ::close(file);
    if (!made) return made;
    (*made)->head_->buckets = buckets;
    (*made)->path_ = path;
    return made;
}

Result<std::shared_ptr<MatchIndex const>> MatchIndex::open(std::filesystem::path const& path) {
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail(Code::not_found, fmt::format("{}: {}", path.string(), std::strerror(errno)));
    struct stat about{};
    bool const is_known = ::fstat(file, &about) == 0 && about.st_size >= static_cast<off_t>(head_bytes);
    auto mapped = is_known ? map(file, static_cast<std::size_t>(about.st_size), false)
                           : Result<std::unique_ptr<MatchIndex>>(fail(Code::invalid, "it is too short"));
    ::close(file);
    if (!mapped) return std::unexpected(mapped.error().during(path.string()));
    auto const& head = *(*mapped)->head_;
    if (head.magic != magic || head.check != (*mapped)->head_check() || head.buckets == 0 ||
        (*mapped)->bytes_ != head_bytes + head.buckets * slots_in_bucket * sizeof(Slot))
        return fail(Code::invalid, fmt::format("{}: it is no whole index", path.string()));
    return std::shared_ptr<MatchIndex const>(*std::move(mapped));
}

Result<std::unique_ptr<MatchIndex>> MatchIndex::map(int file, std::size_t bytes, bool writable) {
    int const flags = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    void* const at = ::mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, flags, file, 0);
    if (at == MAP_FAILED) return fail(Code::io, fmt::format("mapping {} bytes: {}", bytes, std::strerror(errno)));
    std::unique_ptr<MatchIndex> index(new MatchIndex());
    index->head_ = static_cast<Head*>(at);
    index->slots_ = reinterpret_cast<Slot*>(static_cast<char*>(at) + head_bytes);
    index->bytes_ = bytes;
    return index;
}

MatchIndex::~MatchIndex() {
    if (head_ != nullptr) ::munmap(head_, bytes_);
}

bool MatchIndex::add(std::uint64_t fingerprint, std::uint32_t seq) {
    TOCSIN_ASSERT(seq != 0);
    auto const tag = tag_of(fingerprint);
    auto at = bucket_of(fingerprint);
    // One slot stays empty, so that a search always ends.
    if (head_->count + 1 >= head_->buckets * slots_in_bucket) return false;
    while (true) {
        Slot* const slots = slots_ + at * slots_in_bucket;
        for (std::size_t i = 0; i < slots_in_bucket; ++i) {
            if (slots[i].seq != 0) continue;
            slots[i].tag = tag;
            std::atomic_ref(slots[i].seq).store(seq, std::memory_order_release);  // readers may be looking
            ++head_->count;
            return true;
        }
        at = at + 1 == head_->buckets ? 0 : at + 1;
    }
}

std::bitset<129> MatchIndex::lengths() const {
    std::bitset<129> lengths;
    for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = (head_->lengths[i >> 6] >> (i & 63) & 1) != 0;
    return lengths;
}

std::uint64_t MatchIndex::head_check() const {
    auto h = mixed(head_->magic ^ head_->buckets);
    h = mixed(h ^ head_->count);
    h = mixed(h ^ head_->last_seq);
    for (auto const word : head_->lengths) h = mixed(h ^ word);
    return h;
}

Status MatchIndex::finish(std::uint32_t last_seq) {
    head_->magic = magic;
    head_->last_seq = last_seq;
    head_->check = head_check();
    auto const temporary = path_.string() + ".new";
    if (::msync(head_, bytes_, MS_SYNC) != 0)
        return fail(Code::io, fmt::format("writing {}: {}", temporary, std::strerror(errno)));
    std::error_code fault;
    std::filesystem::rename(temporary, path_, fault);
    if (fault) return fail(Code::io, fmt::format("naming {}: {}", path_.string(), fault.message()));
    return store::sync(path_.parent_path());
}

}  // namespace tocsin::intelligence
