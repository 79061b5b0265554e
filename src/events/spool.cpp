#include "events/spool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <poll.h>
#include <set>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::events {
namespace {

std::unexpected<Error> disk_error(std::string_view doing, std::filesystem::path const& path) {
    int const number = errno;
    char const* const advice = number == ENOSPC                      ? "; the disk is full: free some space"
                               : number == EACCES || number == EROFS ? "; check that this user may write there"
                                                                     : "";
    return fail(Code::io, fmt::format("{} {}: {}{}", doing, path.string(), std::strerror(number), advice));
}

struct Descriptor {
    int number = -1;
    ~Descriptor() {
        if (number >= 0) ::close(number);
    }
};

Status write_all(int file, std::string_view bytes, std::filesystem::path const& path) {
    while (!bytes.empty()) {
        auto const wrote = ::write(file, bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return disk_error("writing", path);
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
}

}  // namespace

ContentHash::ContentHash() : context_(EVP_MD_CTX_new()) {
    EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr);
}
ContentHash::~ContentHash() {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}
void ContentHash::add(std::string_view bytes) {
    EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}
std::string ContentHash::finish() {
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.data(), nullptr);
    return to_hex({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

Result<std::string> hash_of_file(std::filesystem::path const& path) {
    Descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.number < 0) return disk_error("opening", path);
    ::posix_fadvise(file.number, 0, 0, POSIX_FADV_SEQUENTIAL);
    ContentHash hash;
    std::string buffer(std::size_t{1} << 18, '\0');
    while (true) {
        auto const got = ::read(file.number, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return disk_error("reading", path);
        if (got == 0) return hash.finish();
        hash.add({buffer.data(), static_cast<std::size_t>(got)});
    }
}

Result<Spool::Entry> Spool::write(std::function<Result<std::string_view>()> const& read) {
    Entry entry;
    auto const temporary = folder_ / fmt::format(".{}-{}.part", ::getpid(), serial_++);
    ContentHash hash;
    auto const fill = [&]() -> Status {
        Descriptor const file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
        if (file.number < 0) return disk_error("creating", temporary);
        while (true) {
            TRY(auto const bytes, read());
            if (bytes.empty()) break;
            entry.bytes += static_cast<std::int64_t>(bytes.size());
            if (entry.bytes > max_bytes) return fail(Code::limit, "a report may have 16 GiB at most");
            hash.add(bytes);
            CHECK(write_all(file.number, bytes, temporary));
        }
        if (::fsync(file.number) != 0) return disk_error("syncing", temporary);
        return {};
    };
    auto status = fill();
    if (status) {
        entry.sha256 = hash.finish();
        entry.name = fmt::format("{}-{}-{}", entry.sha256.substr(0, 16), ::getpid(), serial_++);
        if (::rename(temporary.c_str(), path(entry.name).c_str()) != 0)
            status = disk_error("renaming to", path(entry.name));
        else
            status = store::sync(folder_);
    }
    if (!status) {
        ::unlink(temporary.c_str());
        return std::unexpected(status.error());
    }
    return entry;
}

void Spool::remove(std::string const& name) const {
    if (!name.empty()) ::unlink(path(name).c_str());
}

Status Spool::clean(std::function<bool(std::string const&)> const& is_named) const {
    std::error_code fault;
    std::filesystem::create_directories(folder_, fault);
    if (fault)
        return fail(Code::io, fmt::format("creating {}: {}; check that this user may write there", folder_.string(),
                                          fault.message()));
    for (auto const& file : std::filesystem::directory_iterator(folder_, fault)) {
        auto const name = file.path().filename().string();
        if (!is_named(name)) ::unlink(file.path().c_str());
    }
    return {};
}

struct DropFolder::State {
    std::filesystem::path folder;
    Take take;
    Descriptor notify;
    std::set<std::string> troubled;  ///< what could not be taken and was complained of
    std::jthread thread;

    static bool is_ready_name(std::string_view name) {
        return !name.empty() && name.front() != '.' && !name.ends_with(".part") && !name.ends_with(".tmp") &&
               !name.ends_with(".failed");
    }

    void offer(std::string const& name) {
        if (!is_ready_name(name)) return;
        struct stat facts{};
        auto const path = folder / name;
        // A link may point at what whoever put it here may not read.
        if (::lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return;
        auto const taken = take(path);
        if (taken) {
            troubled.erase(name);
        } else if (troubled.insert(name).second) {
            log::warning("drop folder: {}: {}; the file stays and is tried again", name, taken.error().message);
        }
    }

    /// Files that lay there before we watched: nobody tells us when they are closed, so they must have rested a while.
    void offer_rested() {
        std::error_code fault;
        std::vector<std::string> names;
        for (auto const& file : std::filesystem::directory_iterator(folder, fault)) {
            struct stat facts{};
            if (::lstat(file.path().c_str(), &facts) == 0 && ::time(nullptr) - facts.st_mtime >= 5)
                names.push_back(file.path().filename().string());
        }
        std::ranges::sort(names);
        for (auto const& name : names) offer(name);
    }

    void run(std::stop_token const& stop) {
        alignas(inotify_event) std::array<char, 16384> buffer;
        int rounds = 0;
        while (!stop.stop_requested()) {
            if (rounds++ % 25 == 0) offer_rested();  // also what an overflow of the queue lost
            pollfd waiting{notify.number, POLLIN, 0};
            if (::poll(&waiting, 1, 200) <= 0) continue;
            auto const got = ::read(notify.number, buffer.data(), buffer.size());
            for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(inotify_event)) <= got;) {
                auto const* const event = reinterpret_cast<inotify_event const*>(buffer.data() + at);
                if (event->len > 0) offer(event->name);
                at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            }
        }
    }
};

DropFolder::DropFolder(std::unique_ptr<State> state) : state_(std::move(state)) {
    state_->thread = std::jthread([it = state_.get()](std::stop_token const& stop) { it->run(stop); });
}

DropFolder::~DropFolder() {
    state_->thread.request_stop();
    state_->thread.join();
}

Result<std::unique_ptr<DropFolder>> DropFolder::watch(std::filesystem::path const& folder, Take take) {
    std::error_code fault;
    std::filesystem::create_directories(folder, fault);
    auto state = std::make_unique<State>();
    state->folder = folder;
    state->take = std::move(take);
    state->notify.number = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (state->notify.number < 0 ||
        ::inotify_add_watch(state->notify.number, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO) < 0)
        return disk_error("watching", folder);
    return std::unique_ptr<DropFolder>(new DropFolder(std::move(state)));
}

}  // namespace tocsin::events
