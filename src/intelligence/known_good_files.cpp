#include "intelligence/known_good_files.hpp"

#include "base/embedded.hpp"
#include "formats/formats.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

namespace fs = std::filesystem;

/// A name that is safe for a file: what one recognises, and what tells two apart.
std::string file_name_of(std::string_view name) {
    std::string safe;
    for (char const c : name.substr(0, 40)) safe += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
    return fmt::format("{}-{}.json", lowered(safe), to_hex(access::sha256(name)).substr(0, 12));
}

std::string name_in(std::string_view json) {
    formats::JsonTree tree;
    return tree.parse(json) ? std::string(tree.root()["name"].text()) : std::string();
}

std::vector<fs::path> files_in(fs::path const& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (auto const& entry : fs::directory_iterator(folder, error))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

Status make_folder(fs::path const& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail(Code::io, fmt::format("{}: {}", folder.string(), error.message()));
    fs::permissions(folder, fs::perms::owner_all, error);
    return {};
}

std::unexpected<Error> no_list(std::string_view name) {
    return fail(Code::not_found, fmt::format("there is no known-good list \"{}\" of our own", name));
}

Result<KnownGoodPage> page_of(std::string_view json, bool is_own, std::string_view part, std::size_t after,
                              std::size_t limit) {
    KnownGood::File const file{.name = "list", .json = json, .is_own = is_own};
    TRY(auto const read, KnownGood::read({&file, 1}));
    KnownGoodPage page;
    page.list = read->lists().front();
    formats::JsonTree tree;
    CHECK(tree.parse(json));
    auto const wanted = lowered(part);
    for (auto const entry : tree.root()["list"]) {
        auto const text = trimmed(entry.text());
        if (!wanted.empty() && !lowered(text).contains(wanted)) continue;
        if (page.total >= after && page.items.size() < limit) page.items.emplace_back(text);
        ++page.total;
    }
    if (after + page.items.size() < page.total) page.next = after + page.items.size();
    return page;
}

}  // namespace

Result<KnownGoodList> KnownGoodFiles::check(std::string_view json) {
    if (json.size() > most_bytes)
        return fail(Code::limit, fmt::format("the file has {} bytes: at most {} are taken", json.size(), most_bytes));
    KnownGood::File const file{.name = "list", .json = json, .is_own = true};
    TRY(auto const read, KnownGood::read({&file, 1}));
    auto list = read->lists().front();
    if (list.name.size() > 200) return fail(Code::invalid, "name: expected at most 200 bytes");
    if (list.entries == 0) return fail(Code::invalid, "list: expected at least one entry");
    if (list.entries > most_entries)
        return fail(Code::limit, fmt::format("list: {} entries: at most {} are taken", list.entries, most_entries));
    return list;
}

std::optional<fs::path> KnownGoodFiles::file_of(fs::path const& folder, std::string_view name) const {
    auto const usual = folder / file_name_of(name);
    if (fs::exists(usual)) return usual;
    for (auto const& path : files_in(folder)) {  // put there by hand, under any name
        auto const json = store::read_file(path);
        if (json && name_in(*json) == name) return path;
    }
    return std::nullopt;
}

Status KnownGoodFiles::move(fs::path const& from, fs::path const& to) const {
    CHECK(make_folder(to.parent_path()));
    std::error_code error;
    fs::rename(from, to, error);
    if (error) return fail(Code::io, fmt::format("{}: {}", from.string(), error.message()));
    CHECK(store::sync(from.parent_path()));
    return store::sync(to.parent_path());
}

Status KnownGoodFiles::audited(std::string_view what, std::string_view name, access::Principal const& by,
                               std::optional<KnownGoodList> const& list, std::function<Status()> const& act) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        JsonWriter details;
        details.object();
        if (list)
            details.field("type", list->type)
                .field("version", list->version)
                .field("entries", std::uint64_t{list->entries});
        details.end();
        CHECK(access::audit(tx, by, clock_.now(),
                            {.what = what, .kind = "known_good", .id = std::string(name), .details = details.text()}));
        return act();
    });
}

Result<KnownGoodList> KnownGoodFiles::put(std::string_view json, access::Principal const& by) {
    TRY(auto const list, check(json));
    auto const name = file_name_of(list.name);
    auto const on = file_of(folder_, list.name), off = file_of(folder_ / "off", list.name);
    if (!on && !off && files_in(folder_).size() + files_in(folder_ / "off").size() >= most_lists)
        return fail(Code::limit, fmt::format("there are {} lists of our own: no more are taken", most_lists));
    auto const before = folder_ / "before" / name;
    CHECK(audited("known_good.put", list.name, by, list, [&]() -> Status {
        CHECK(make_folder(folder_));
        CHECK(make_folder(before.parent_path()));
        std::error_code none;
        auto const old = on ? on : off;
        std::string was;
        if (old) {
            TRY(was, store::read_file(*old));
        }
        CHECK(store::write_file(folder_ / name, json));
        if (auto const all = KnownGood::open(directory_); !all) {  // all together are too many
            if (on && *on == folder_ / name)
                CHECK(store::write_file(*on, was));
            else
                fs::remove(folder_ / name, none);
            return std::unexpected(all.error());
        }
        if (old) {
            CHECK(store::write_file(before, was));
            if (*old != folder_ / name) fs::remove(*old, none);
        } else {
            fs::remove(before, none);
        }
        return {};
    }));
    return list;
}

Status KnownGoodFiles::switch_off(std::string_view name, access::Principal const& by) {
    auto const on = file_of(folder_, name);
    if (!on) {
        if (file_of(folder_ / "off", name)) return fail(Code::conflict, "the list is off already");
        return no_list(name);
    }
    return audited("known_good.off", name, by, {}, [&] { return move(*on, folder_ / "off" / file_name_of(name)); });
}

Status KnownGoodFiles::switch_on(std::string_view name, access::Principal const& by) {
    auto const off = file_of(folder_ / "off", name);
    if (!off) {
        if (file_of(folder_, name)) return fail(Code::conflict, "the list is on already");
        return no_list(name);
    }
    return audited("known_good.on", name, by, {}, [&] { return move(*off, folder_ / file_name_of(name)); });
}

Status KnownGoodFiles::remove(std::string_view name, access::Principal const& by) {
    auto now = file_of(folder_, name);
    if (!now) now = file_of(folder_ / "off", name);
    if (!now) return no_list(name);
    return audited("known_good.remove", name, by, {},
                   [&] { return move(*now, folder_ / "before" / file_name_of(name)); });
}

Status KnownGoodFiles::undo(std::string_view name, access::Principal const& by) {
    auto const before = folder_ / "before" / file_name_of(name);
    auto const aside = folder_ / "before" / (file_name_of(name) + ".aside");
    if (fs::exists(aside) && !fs::exists(before)) CHECK(move(aside, before));  // an undo was cut off
    auto now = file_of(folder_, name);
    if (!now) now = file_of(folder_ / "off", name);
    bool const was = fs::exists(before);
    if (!was && !now) return fail(Code::not_found, fmt::format("of \"{}\" there was nothing before", name));
    return audited("known_good.undo", name, by, {}, [&]() -> Status {
        if (now) CHECK(move(*now, aside));
        if (was) CHECK(move(before, folder_ / file_name_of(name)));
        return now ? move(aside, before) : Status{};
    });
}

std::vector<KnownGoodList> KnownGoodFiles::off() const {
    std::vector<KnownGoodList> lists;
    for (auto const& path : files_in(folder_ / "off")) {
        auto const json = store::read_file(path);
        auto const list = json ? check(*json) : std::unexpected(json.error());
        if (list) lists.push_back(*list);
    }
    return lists;
}

Result<KnownGoodPage> KnownGoodFiles::contents(std::string_view name, std::string_view part, std::size_t after,
                                               std::size_t limit) const {
    for (auto const& folder : {folder_, folder_ / "off"})
        if (auto const path = file_of(folder, name)) {
            TRY(auto const json, store::read_file(*path));
            return page_of(json, true, part, after, limit);
        }
    for (auto const& entry : embedded::list("catalogues/known-good/"))
        if (name_in(entry.bytes()) == name) return page_of(entry.bytes(), false, part, after, limit);
    return fail(Code::not_found, fmt::format("there is no known-good list \"{}\"", name));
}

}  // namespace tocsin::intelligence
