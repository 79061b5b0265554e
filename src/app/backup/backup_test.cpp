#include "app/backup/backup.hpp"

#include "store/store.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tocsin::app::backup {
namespace {

namespace fs = std::filesystem;

struct Folder {
    fs::path path;
    explicit Folder(std::string_view name)
        : path(fs::temp_directory_path() / fmt::format("tocsin-{}-{}", name, ::getpid())) {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

bool quiet(std::string_view, std::uint64_t, std::uint64_t) {
    return true;
}

/// A backup of two files.
Manifest small_backup(fs::path const& folder) {
    fs::create_directories(folder / "runs");
    EXPECT_TRUE(store::write_file(folder / "ledger.sqlite", std::string(5'000'000, 'l')));
    EXPECT_TRUE(store::write_file(folder / "runs/1", "run"));
    Manifest manifest{.made = *parse_timestamp("2026-11-23T10:00:00Z"), .version = "0.1.0", .files = {}};
    for (auto const& path : *files_under(folder)) manifest.files.push_back(*hashed(folder, path));
    EXPECT_TRUE(store::write_file(folder / manifest_name, manifest_json(manifest)));
    return manifest;
}

/// A .tar.zst with one entry of that path.
void write_tar(fs::path const& file, char const* path, unsigned type, std::string_view bytes) {
    auto* const out = archive_write_new();
    archive_write_add_filter_zstd(out);
    archive_write_set_format_pax_restricted(out);
    archive_write_open_filename(out, file.c_str());
    auto* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_entry_set_perm(entry, 0600);
    if (type == AE_IFLNK) archive_entry_set_symlink(entry, "/etc/passwd");
    archive_write_header(out, entry);
    archive_write_data(out, bytes.data(), bytes.size());
    archive_entry_free(entry);
    archive_write_free(out);
}

TEST(Backup, ComesBackFromAFolderAndFromAFileByteForByte) {
    Folder const folder("backup");
    auto const manifest = small_backup(folder.path / "b");
    ASSERT_TRUE(pack(folder.path / "b", manifest, folder.path / "b.tar.zst", [](std::uint64_t) { return true; }));
    for (auto const* const source : {"b", "b.tar.zst"}) {
        auto const data = folder.path / (std::string("data-") + source);
        auto const restored = restore({.source = folder.path / source, .data = data}, manifest.made, quiet);
        ASSERT_TRUE(restored) << restored.error().message;
        EXPECT_EQ(*store::read_file(data / "ledger.sqlite"), std::string(5'000'000, 'l'));
        EXPECT_EQ(*store::read_file(data / "runs/1"), "run");
        EXPECT_FALSE(fs::exists(data / manifest_name));
        EXPECT_FALSE(fs::exists(data / restoring_mark));
    }
}

TEST(Backup, IsRefusedWhenAFileIsDamagedMissingOrSurplus) {
    Folder const folder("damaged");
    auto const source = folder.path / "b";
    small_backup(source);
    auto const refusal = [&] {
        auto const result = restore({.source = source, .data = folder.path / "data"}, {}, quiet);
        return result ? std::string("restored") : result.error().message;
    };
    ASSERT_TRUE(store::write_file(source / "runs/1", "rum"));
    EXPECT_TRUE(refusal().starts_with("runs/1 is damaged")) << refusal();
    fs::remove(source / "runs/1");
    EXPECT_TRUE(refusal().starts_with("runs/1 is missing")) << refusal();
    ASSERT_TRUE(store::write_file(source / "runs/1", "run"));
    ASSERT_TRUE(store::write_file(source / "runs/2", "more"));
    EXPECT_TRUE(refusal().starts_with("runs/2 is in the backup and not in its manifest")) << refusal();
    fs::remove(source / "runs/2");
    EXPECT_EQ(refusal(), "restored");
}

TEST(Backup, NeverOverwritesDataThatIsThere) {
    Folder const folder("replace");
    auto const manifest = small_backup(folder.path / "b");
    auto const data = folder.path / "data";
    fs::create_directories(data);
    ASSERT_TRUE(store::write_file(data / "ledger.sqlite", "precious"));
    RestoreOptions options{.source = folder.path / "b", .data = data};
    auto const refused = restore(options, manifest.made, quiet);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::conflict);
    EXPECT_EQ(*store::read_file(data / "ledger.sqlite"), "precious");
    options.replace = true;
    ASSERT_TRUE(restore(options, manifest.made, quiet));
    EXPECT_EQ(*store::read_file(data / "before-restore-20261123T100000Z/ledger.sqlite"), "precious");
}

TEST(Backup, ThatWasBrokenOffLeavesNothingBehind) {
    Folder const folder("cancelled");
    auto const manifest = small_backup(folder.path / "b");
    EXPECT_FALSE(pack(folder.path / "b", manifest, folder.path / "b.tar.zst", [](std::uint64_t) { return false; }));
    EXPECT_FALSE(fs::exists(folder.path / "b.tar.zst"));
    EXPECT_FALSE(fs::exists(folder.path / "b.tar.zst.partial"));
    auto const data = folder.path / "data";
    EXPECT_FALSE(restore({.source = folder.path / "b", .data = data}, {},
                         [](std::string_view, std::uint64_t, std::uint64_t) { return false; }));
    for (auto const& entry : fs::directory_iterator(data)) EXPECT_EQ(entry.path().filename(), "lock");
}

TEST(Backup, NeverWritesOutsideItsFolder) {
    Folder const folder("outside");
    auto const file = folder.path / "evil.tar.zst";
    for (auto const* const path : {"../escaped", "/tmp/tocsin-escaped", "a/../../escaped", "./x"}) {
        write_tar(file, path, AE_IFREG, "evil");
        EXPECT_FALSE(restore({.source = file, .data = folder.path / "data", .verify_only = true}, {}, quiet)) << path;
    }
    write_tar(file, "link", AE_IFLNK, "");
    auto const link = restore({.source = file, .data = folder.path / "data"}, {}, quiet);
    ASSERT_FALSE(link);
    EXPECT_TRUE(link.error().message.contains("is not a plain file")) << link.error().message;
    EXPECT_FALSE(fs::exists(folder.path / "escaped"));
    for (auto const* const path : {"../x", "/x", "a//b", "a/./b", "", "a/.."})
        EXPECT_FALSE(
            parse_manifest(manifest_json({.made = {}, .version = "", .files = {{path, 0, std::string(64, '0')}}})))
            << path;
}

TEST(Backup, StopsAtTheLimitOfBytes) {
    Folder const folder("bomb");
    write_tar(folder.path / "b.tar.zst", "big", AE_IFREG, std::string(3'000'000, '\0'));
    fs::create_directories(folder.path / "out");
    auto const status =
        unpack(folder.path / "b.tar.zst", folder.path / "out", 1'000'000, [](std::uint64_t) { return true; });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::limit);
}

}  // namespace
}  // namespace tocsin::app::backup
