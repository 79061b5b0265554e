#include "app/backup/backup.hpp"
#include "events/events.hpp"
#include "store/store.hpp"

#include <unistd.h>

namespace tocsin::app::backup {
namespace {

namespace fs = std::filesystem;

/// Removed on the way out unless it was given its name.
struct Scratch {
    fs::path path;
    ~Scratch() {
        std::error_code ignored;
        if (!path.empty()) fs::remove_all(path, ignored);
    }
};

/// What belongs to a backup beside the stores: copied as it is, when it is there.
constexpr std::string_view kept[] = {"secret", "settings.toml", "feeds", "catalogues", "outbox", "mail-keys"};

Status copy_kept(fs::path const& data, fs::path const& into) {
    for (auto const name : kept) {
        std::error_code fault;
        if (!fs::exists(data / name, fault)) continue;
        fs::copy(data / name, into / name, fs::copy_options::recursive | fs::copy_options::skip_symlinks, fault);
        if (fault) return fail(Code::io, fmt::format("copying {}: {}", (data / name).string(), fault.message()));
    }
    return {};
}

Result<Manifest> with_manifest(Instance& instance, fs::path const& folder, Teller const& teller) {
    Manifest manifest{.made = instance.clock().now(), .version = TOCSIN_VERSION, .files = {}};
    TRY(auto const paths, files_under(folder));
    for (auto const& path : paths) {
        TRY(auto file, hashed(folder, path));
        CHECK(store::sync(folder / path));
        manifest.files.push_back(std::move(file));
        if (!teller("summing", manifest.bytes(), 0)) return fail(Code::unavailable, "broken off; nothing was kept");
    }
    CHECK(store::write_file(folder / manifest_name, manifest_json(manifest)));
    return manifest;
}

}  // namespace

Result<Manifest> make(Instance& instance, fs::path const& target, Teller const& teller) {
    std::error_code fault;
    if (fs::exists(target, fault))
        return fail(Code::conflict, fmt::format("{} exists already; name a new folder or file", target.string()));
    auto const parent = target.parent_path();
    fs::create_directories(parent, fault);
    if (fault) return fail(Code::io, fmt::format("creating {}: {}", parent.string(), fault.message()));
    Scratch scratch{parent / fmt::format(".{}.{}", target.filename().string(), ::getpid())};
    fs::create_directory(scratch.path, fault);
    if (fault) return fail(Code::io, fmt::format("creating {}: {}", scratch.path.string(), fault.message()));
    fs::permissions(scratch.path, fs::perms::owner_all, fault);

    teller("copying", 0, 0);
    TRY(auto* const events, instance.events());
    CHECK(events->backup_to(scratch.path, [&] { return instance.ledger().backup_to(scratch.path / "ledger.sqlite"); }));
    CHECK(copy_kept(instance.directory().path(), scratch.path));
    TRY(auto manifest, with_manifest(instance, scratch.path, teller));
    if (target.string().ends_with(".tar.zst")) {
        CHECK(pack(scratch.path, manifest, target,
                   [&](std::uint64_t bytes) { return teller("packing", bytes, manifest.bytes()); }));
    } else {
        fs::rename(scratch.path, target, fault);
        if (fault) return fail(Code::io, fmt::format("writing {}: {}", target.string(), fault.message()));
        scratch.path.clear();
        CHECK(store::sync(parent));
    }
    CHECK(store::write_file(instance.directory() / "last-backup", format_timestamp(manifest.made) + "\n"));
    return manifest;
}

}  // namespace tocsin::app::backup
