#include "app/backup/manifest.hpp"

#include "store/store.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <sodium.h>

namespace tocsin::app::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view format_name = "tocsin-backup-1";
constexpr std::size_t max_manifest_bytes = std::size_t{64} << 20;

bool stays_inside(std::string_view path) {
    if (path.empty() || path.front() == '/' || path.contains('\0') || path.contains('\\')) return false;
    for (auto const part : split(path, '/'))
        if (part.empty() || part == "." || part == "..") return false;
    return true;
}

std::unexpected<Error> wrong(std::string what) {
    return fail(Code::invalid, fmt::format("{}: {}; this is not a whole backup", manifest_name, what));
}

Result<File> file_of(boost::json::value const& value) {
    auto const* const object = value.if_object();
    auto const* const path = object ? object->if_contains("path") : nullptr;
    auto const* const bytes = object ? object->if_contains("bytes") : nullptr;
    auto const* const sha256 = object ? object->if_contains("sha256") : nullptr;
    if (!path || !path->is_string() || !bytes || !bytes->is_int64() || !sha256 || !sha256->is_string())
        return wrong("a file without path, bytes or sha256");
    File file{std::string(path->get_string()), static_cast<std::uint64_t>(bytes->get_int64()),
              std::string(sha256->get_string())};
    if (!stays_inside(file.path)) return wrong(fmt::format("the path \"{}\" leaves the backup", file.path));
    if (file.sha256.size() != 64) return wrong(fmt::format("the sum of {} is not a SHA-256", file.path));
    return file;
}

}  // namespace

std::uint64_t Manifest::bytes() const {
    std::uint64_t all = 0;
    for (auto const& file : files) all += file.bytes;
    return all;
}

std::string manifest_json(Manifest const& manifest) {
    JsonWriter json;
    json.object().field("format", format_name).field("made", manifest.made).field("version", manifest.version);
    json.key("files").array();
    for (auto const& file : manifest.files)
        json.object().field("path", file.path).field("bytes", file.bytes).field("sha256", file.sha256).end();
    json.end().end();
    return std::move(json).text() + "\n";
}

Result<Manifest> parse_manifest(std::string_view text) {
    boost::system::error_code fault;
    auto const value = boost::json::parse(text, fault);
    auto const* const object = fault ? nullptr : value.if_object();
    if (object == nullptr) return wrong("it is not a JSON object");
    auto const text_of = [&](char const* name) -> std::string_view {
        auto const* const member = object->if_contains(name);
        return member != nullptr && member->is_string() ? std::string_view(member->get_string()) : std::string_view();
    };
    if (text_of("format") != format_name)
        return wrong(fmt::format("its format is \"{}\", expected \"{}\"", text_of("format"), format_name));
    Manifest manifest;
    TRY(manifest.made, parse_timestamp(text_of("made")));
    manifest.version = text_of("version");
    auto const* const files = object->if_contains("files");
    if (files == nullptr || !files->is_array()) return wrong("it lists no files");
    for (auto const& each : files->get_array()) {
        TRY(auto file, file_of(each));
        manifest.files.push_back(std::move(file));
    }
    return manifest;
}

Result<File> hashed(fs::path const& folder, std::string const& path) {
    auto const where = folder / path;
    auto const close = [](std::FILE* file) { std::fclose(file); };
    std::unique_ptr<std::FILE, decltype(close)> const file(std::fopen(where.c_str(), "rbe"), close);
    if (!file) return fail(Code::io, fmt::format("reading {}: {}", where.string(), std::strerror(errno)));
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    std::vector<unsigned char> piece(std::size_t{1} << 20);
    File found{path, 0, {}};
    while (auto const got = std::fread(piece.data(), 1, piece.size(), file.get())) {
        crypto_hash_sha256_update(&state, piece.data(), got);
        found.bytes += got;
    }
    if (std::ferror(file.get()) != 0)
        return fail(Code::io, fmt::format("reading {}: {}", where.string(), std::strerror(errno)));
    std::string sum(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(sum.data()));
    found.sha256 = to_hex(sum);
    return found;
}

Result<std::vector<std::string>> files_under(fs::path const& folder) {
    std::vector<std::string> paths;
    std::error_code fault;
    for (fs::recursive_directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault))
        if (at->is_regular_file() && !at->is_symlink())
            paths.push_back(at->path().lexically_relative(folder).generic_string());
    if (fault) return fail(Code::io, fmt::format("reading {}: {}", folder.string(), fault.message()));
    std::erase(paths, manifest_name);
    std::ranges::sort(paths);
    return paths;
}

Result<Manifest> verified(fs::path const& folder) {
    auto const text = store::read_file(folder / manifest_name, max_manifest_bytes);
    if (!text)
        return fail(Code::invalid, fmt::format("{} has no {}: it is not a backup, or not a whole one", folder.string(),
                                               manifest_name));
    TRY(auto manifest, parse_manifest(*text));
    std::set<std::string, std::less<>> known;
    for (auto const& file : manifest.files) {
        std::error_code fault;
        if (!fs::is_regular_file(fs::symlink_status(folder / file.path, fault)))
            return fail(Code::invalid, fmt::format("{} is missing in the backup; use another one", file.path));
        TRY(auto const found, hashed(folder, file.path));
        if (found.bytes != file.bytes || found.sha256 != lowered(file.sha256))
            return fail(Code::invalid,
                        fmt::format("{} is damaged: {} bytes with SHA-256 {}, the manifest says {} with {}; "
                                    "use another backup",
                                    file.path, found.bytes, found.sha256, file.bytes, file.sha256));
        known.insert(file.path);
    }
    TRY(auto const present, files_under(folder));
    for (auto const& path : present)
        if (!known.contains(path))
            return fail(Code::invalid,
                        fmt::format("{} is in the backup and not in its manifest; use another backup", path));
    return manifest;
}

}  // namespace tocsin::app::backup
