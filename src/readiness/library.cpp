#include "readiness/library.hpp"

#include "base/embedded.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::size_t most_own_files = 500;

/// Puts it in place of one that is the same, or behind all.
template <class T, class IsSame>
void put(std::vector<T>& list, T thing, IsSame const& is_same) {
    auto const found = std::ranges::find_if(list, is_same);
    if (found != list.end())
        *found = std::move(thing);
    else
        list.push_back(std::move(thing));
}

std::vector<std::filesystem::path> own_files(std::filesystem::path const& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code fault;
    for (auto at = std::filesystem::directory_iterator(folder, fault); !fault && at != std::filesystem::end(at);
         at.increment(fault))
        if (at->path().extension() == ".json" && files.size() < most_own_files) files.push_back(at->path());
    std::ranges::sort(files);
    return files;
}

}  // namespace

Result<Library> Library::open(std::filesystem::path const& own) {
    Library library;
    for (auto const& entry : embedded::list("catalogues/")) {
        if (std::ranges::count(entry.path, '/') != 1) continue;  // known-good lists are another room's
        auto file = read_catalogue(entry.bytes());
        if (!file.faults.empty())
            return fail(Code::internal, fmt::format("{}: {}: expected {}", entry.path, file.faults.front().path,
                                                    file.faults.front().expected));
        library.add(std::move(file.content), false);
    }
    for (auto const& path : own_files(own)) {
        auto const name = path.filename().string();
        auto const bytes = store::read_file(path, largest_catalogue);
        if (!bytes) {
            library.broken_.push_back({name, {{"", bytes.error().message}}});
            continue;
        }
        auto file = read_catalogue(*bytes);
        if (file.faults.empty())
            library.add(std::move(file.content), true);
        else
            library.broken_.push_back({name, std::move(file.faults)});
    }
    for (auto const& broken : library.broken_)
        log::warning("the catalogue {} is left out: {} faults; tocsin catalogue check names them", broken.file,
                     broken.faults.size());
    std::ranges::sort(library.frameworks_, {}, &Framework::name);
    return library;
}

void Library::add(CatalogueContent content, bool is_own) {
    if (auto* const framework = std::get_if<Framework>(&content)) {
        framework->is_own = is_own;
        auto const name = framework->name();
        put(frameworks_, std::move(*framework), [&](Framework const& other) { return other.name() == name; });
    } else if (auto* const crosswalk = std::get_if<Crosswalk>(&content)) {
        crosswalk->is_own = is_own;
        auto const from = crosswalk->from, to = crosswalk->to;
        put(crosswalks_, std::move(*crosswalk),
            [&](Crosswalk const& other) { return other.from == from && other.to == to; });
    } else if (auto* const profile = std::get_if<Profile>(&content)) {
        profile->is_own = is_own;
        auto const id = profile->id;
        put(profiles_, std::move(*profile), [&](Profile const& other) { return other.id == id; });
    } else if (auto* const countries = std::get_if<Countries>(&content)) {
        countries_ = std::move(*countries);
    } else if (auto* const proposals = std::get_if<Proposals>(&content)) {
        auto const framework_id = proposals->framework;
        put(proposals_, std::move(*proposals), [&](Proposals const& other) { return other.framework == framework_id; });
    }
}

Result<Framework const*> Library::framework(std::string_view name) const {
    Framework const* newest = nullptr;
    std::string known;
    for (auto const& one : frameworks_) {
        if (one.name() == name) return &one;
        if (one.id == name && (!newest || one.version > newest->version)) newest = &one;
        known += (known.empty() ? "" : ", ") + one.name();
    }
    if (newest) return newest;
    return fail(Code::not_found, fmt::format("there is no framework \"{}\"; there are {}", name, known));
}

Result<Profile const*> Library::profile(std::string_view id) const {
    auto const found = std::ranges::find(profiles_, id, &Profile::id);
    if (found != profiles_.end()) return &*found;
    std::string known;
    for (auto const& one : profiles_) known += (known.empty() ? "" : ", ") + one.id;
    return fail(Code::not_found, fmt::format("there is no target profile \"{}\"; there are {}", id, known));
}

}  // namespace tocsin::readiness
