#include "app/backup/backup.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace tocsin::app::backup {
namespace {

namespace fs = std::filesystem;

/// The directory's own files, which no restore moves.
bool is_fixture(std::string const& name) {
    return name == "lock" || name == "tocsin.sock" || name == restoring_mark || name.starts_with("before-restore-") ||
           name.starts_with("restore-");
}

Result<std::vector<std::string>> names_in(fs::path const& folder) {
    std::vector<std::string> names;
    std::error_code fault;
    for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault))
        names.push_back(at->path().filename().string());
    if (fault) return fail(Code::io, fmt::format("reading {}: {}", folder.string(), fault.message()));
    std::ranges::sort(names);
    return names;
}

Status move(fs::path const& from, fs::path const& to) {
    std::error_code fault;
    fs::rename(from, to, fault);
    if (fault) return fail(Code::io, fmt::format("moving {} to {}: {}", from.string(), to.string(), fault.message()));
    return {};
}

/// Removed on the way out unless it was put in place.
struct Scratch {
    fs::path path;
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

/// Brings the backup's files into `scratch`, whatever form they come in.
Status bring(fs::path const& source, fs::path const& scratch, Teller const& teller) {
    std::error_code fault;
    fs::create_directories(scratch, fault);
    if (fault) return fail(Code::io, fmt::format("creating {}: {}", scratch.string(), fault.message()));
    fs::permissions(scratch, fs::perms::owner_all, fault);
    if (fs::is_regular_file(source, fault)) {
        auto const space = fs::space(scratch, fault);
        return unpack(source, scratch, fault ? std::uint64_t{1} << 44 : space.available,
                      [&](std::uint64_t bytes) { return teller("unpacking", bytes, 0); });
    }
    if (!fs::is_directory(source, fault))
        return fail(Code::not_found, fmt::format("{} is neither a folder nor a file", source.string()));
    TRY(auto const manifest, verified(source));
    std::uint64_t done = 0;
    for (auto const& file : manifest.files) {
        auto const to = scratch / file.path;
        fs::create_directories(to.parent_path(), fault);
        fs::copy_file(source / file.path, to, fault);
        if (fault) return fail(Code::io, fmt::format("copying {}: {}", file.path, fault.message()));
        CHECK(store::sync(to));
        if (!teller("copying", done += file.bytes, manifest.bytes()))
            return fail(Code::unavailable, "broken off; nothing was changed");
    }
    fs::copy_file(source / manifest_name, scratch / manifest_name, fault);
    return {};
}

Status put_in_place(fs::path const& data, fs::path const& scratch, std::vector<std::string> const& present,
                    Timestamp now) {
    CHECK(store::write_file(data / restoring_mark, "A restore was putting files in place. Run it again.\n"));
    if (!present.empty()) {
        auto const aside =
            data / fmt::format("before-restore-{}", replaced(replaced(format_timestamp(now), ":", ""), "-", ""));
        std::error_code fault;
        fs::create_directories(aside, fault);
        for (auto const& name : present) CHECK(move(data / name, aside / name));
    }
    TRY(auto const names, names_in(scratch));
    for (auto const& name : names)
        if (name != manifest_name) CHECK(move(scratch / name, data / name));
    CHECK(store::sync(data));
    std::error_code fault;
    fs::remove(data / restoring_mark, fault);
    return store::sync(data);
}

Result<Manifest> verify(fs::path const& source, Teller const& teller) {
    std::error_code fault;
    if (fs::is_directory(source, fault)) return verified(source);
    // A name nobody can have prepared: the folder for temporary files is open to all.
    auto name = (fs::temp_directory_path(fault) / "tocsin-verify-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        return fail(Code::io, fmt::format("making a folder like {}: {}", name, std::strerror(errno)));
    Scratch const scratch{name};
    CHECK(bring(source, scratch.path, teller));
    return verified(scratch.path);
}

}  // namespace

Result<Manifest> restore(RestoreOptions const& options, Timestamp now, Teller const& teller) {
    if (options.verify_only) return verify(options.source, teller);
    TRY(auto const directory, store::DataDirectory::open(options.data));
    TRY(auto present, names_in(options.data));
    std::erase_if(present, is_fixture);
    std::error_code fault;
    bool const interrupted = fs::exists(options.data / restoring_mark, fault);
    if (!present.empty() && !options.replace && !interrupted)
        return fail(Code::conflict,
                    fmt::format("{} holds data already; restore into another --data, or say --replace: what "
                                "is there is then moved aside, not removed",
                                options.data.string()));
    Scratch const scratch{options.data / fmt::format("restore-{}", ::getpid())};
    CHECK(bring(options.source, scratch.path, teller));
    teller("checking", 0, 0);
    TRY(auto manifest, verified(scratch.path));
    CHECK(put_in_place(options.data, scratch.path, present, now));
    return manifest;
}

}  // namespace tocsin::app::backup
