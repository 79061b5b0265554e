#include "events/feed_catalogue.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <mutex>
#include <set>

namespace tocsin::events {
namespace {

constexpr double enough_alike = 0.8;       // of all columns of header and feed together
constexpr double enough_known = 0.6;       // of a header's columns, to read an unknown report type
constexpr std::size_t longest_name = 512;  // of a file, for matching

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_date(std::string_view text) {
    return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
           std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '-'; }) && parse_date(text).has_value();
}

/// Patterns are short and have few stars, so trying is cheap enough.
bool match(std::string_view pattern, std::string_view text, FileNameParts& parts) {
    if (pattern.empty()) return text.empty();
    if (pattern.starts_with("{date}")) {
        if (text.size() < 10 || !is_date(text.substr(0, 10))) return false;
        parts.date = text.substr(0, 10);
        return match(pattern.substr(6), text.substr(10), parts);
    }
    if (pattern.starts_with("{stem}")) {
        auto const end = std::ranges::find_if_not(text, is_word) - text.begin();
        auto const size = static_cast<std::size_t>(end);
        if (size == 0) return false;
        parts.stem = text.substr(0, size);
        return match(pattern.substr(6), text.substr(size), parts);
    }
    if (pattern.front() == '*') {
        for (std::size_t skipped = 0; skipped <= text.size(); ++skipped)
            if (match(pattern.substr(1), text.substr(skipped), parts)) return true;
        return false;
    }
    return !text.empty() && text.front() == pattern.front() && match(pattern.substr(1), text.substr(1), parts);
}

bool matches(std::string_view pattern, std::string_view text) {
    FileNameParts ignored;
    return match(pattern, text.substr(0, longest_name), ignored);
}

std::string_view publisher_of(std::string_view id) {
    return id.substr(0, id.find('/'));
}

std::string name_without_underscores(std::string stem) {
    return replaced(std::move(stem), "_", "-");
}

double likeness(std::set<std::string_view> const& header, std::vector<std::string> const& columns) {
    auto const shared =
        static_cast<double>(std::ranges::count_if(columns, [&](auto const& c) { return header.contains(c); }));
    return shared / (static_cast<double>(header.size() + columns.size()) - shared);
}

}  // namespace

struct FeedCatalogue::State {
    struct Source {
        std::string path;
        std::string owned;  // a file's text; empty when compiled in
        std::string_view text;
        std::string_view bytes() const { return owned.empty() ? text : std::string_view(owned); }
    };
    std::map<std::string, Source, std::less<>> sources;             // by id
    std::map<std::string, FeedDefinition, std::less<>> publishers;  // their defaults
    mutable std::mutex mutex;                                       // of `read`, filled as definitions are asked for
    mutable std::map<std::string, std::shared_ptr<FeedDefinition const>, std::less<>> read;

    /// `path` is <publisher>/<file>.toml below the feeds' folder; a later call wins.
    void add(std::string_view path, Source source) {
        if (path.ends_with(".toml") && std::ranges::count(path, '/') == 1)
            sources.insert_or_assign(std::string(path.substr(0, path.size() - 5)), std::move(source));
    }

    Status read_publishers() {
        std::set<std::string> names;
        for (auto const& [id, source] : sources) names.emplace(publisher_of(id));
        for (auto const& name : names) {
            auto const part = [&](std::string_view file) -> FeedSource {
                auto const found = sources.find(fmt::format("{}/{}", name, file));
                return found != sources.end() ? FeedSource{found->second.path, found->second.bytes()} : FeedSource{};
            };
            TRY(auto defaults, read_publisher_defaults(part("_publisher"), part("_columns")));
            publishers.emplace(name, std::move(defaults));
        }
        std::erase_if(sources, [](auto const& entry) { return entry.first.contains("/_"); });
        return {};
    }

    FeedDefinition const& defaults_of(std::string_view id) const { return publishers.find(publisher_of(id))->second; }

    Result<std::shared_ptr<FeedDefinition const>> find(std::string_view id) const {
        auto const source = sources.find(id);
        if (source == sources.end()) return fail(Code::not_found, unknown_id(id));
        std::scoped_lock const lock(mutex);
        if (auto const known = read.find(id); known != read.end()) return known->second;
        TRY(auto definition,
            read_feed_definition(std::string(id), {source->second.path, source->second.bytes()}, defaults_of(id)));
        auto shared = std::make_shared<FeedDefinition const>(std::move(definition));
        read.emplace(id, shared);
        return shared;
    }

    std::string unknown_id(std::string_view id) const {
        auto const stem = id.substr(id.find('/') == std::string_view::npos ? 0 : id.find('/') + 1);
        std::string near;
        int count = 0;
        for (auto const& [known, source] : sources)
            if (count < 5 && !stem.empty() && known.contains(stem))
                near += fmt::format("{}{}", count++ == 0 ? "" : ", ", known);
        return fmt::format("there is no feed \"{}\"{}", id,
                           near.empty() ? "; tocsin feed list shows all" : "; near it: " + near);
    }

    /// A report type of `publisher` that has no file of its own.
    std::shared_ptr<FeedDefinition const> unknown_type(std::string const& publisher, std::string const& stem) const {
        auto definition = publishers.find(publisher)->second;
        definition.id = publisher + "/" + stem;
        definition.name = definition.title = name_without_underscores(stem);
        definition.identifier = lowered(definition.name);
        return std::make_shared<FeedDefinition const>(std::move(definition));
    }
};

FeedCatalogue::FeedCatalogue(std::unique_ptr<State> state) : state_(std::move(state)) {}
FeedCatalogue::FeedCatalogue(FeedCatalogue&&) noexcept = default;
FeedCatalogue& FeedCatalogue::operator=(FeedCatalogue&&) noexcept = default;
FeedCatalogue::~FeedCatalogue() = default;

Result<FeedCatalogue> FeedCatalogue::open(std::filesystem::path const& directory) {
    auto state = std::make_unique<State>();
    for (auto const& entry : embedded::list("feeds/"))
        state->add(entry.path.substr(6), {std::string(entry.path), {}, entry.bytes()});
    std::error_code fault;
    for (auto const& publisher : std::filesystem::directory_iterator(directory, fault)) {
        if (!publisher.is_directory(fault)) continue;
        for (auto const& file : std::filesystem::directory_iterator(publisher.path(), fault)) {
            if (file.path().extension() != ".toml" || file.file_size(fault) > (std::size_t{1} << 20)) continue;
            std::ifstream in(file.path(), std::ios::binary);
            std::string text{std::istreambuf_iterator<char>(in), {}};
            if (!in) return fail(Code::io, fmt::format("{} cannot be read", file.path().string()));
            if (text.empty()) text = "\n";
            state->add((publisher.path().filename() / file.path().filename()).string(),
                       {file.path().string(), std::move(text), {}});
        }
    }
    CHECK(state->read_publishers());
    return FeedCatalogue(std::move(state));
}

std::vector<std::string> FeedCatalogue::ids() const {
    std::vector<std::string> all;
    for (auto const& [id, source] : state_->sources) all.push_back(id);
    return all;
}

Result<std::shared_ptr<FeedDefinition const>> FeedCatalogue::find(std::string_view id) const {
    return state_->find(id);
}

Result<std::optional<std::shared_ptr<FeedDefinition const>>> FeedCatalogue::by_file_name(std::string_view name) const {
    auto const bare = bare_file_name(name);
    std::optional<std::pair<std::string, std::string>> unknown;  // publisher and stem
    for (auto const& [publisher, defaults] : state_->publishers) {
        for (auto const& pattern : defaults.file_patterns) {
            auto const parts = match_file_name(pattern, bare);
            if (!parts || parts->stem.empty()) continue;
            auto const id = publisher + "/" + parts->stem;
            if (state_->sources.contains(id)) return state_->find(id);
            if (defaults.takes_unknown && !parts->date.empty() && !unknown) unknown = {publisher, parts->stem};
        }
    }
    std::shared_ptr<FeedDefinition const> best;
    std::ptrdiff_t best_letters = -1;  // the pattern that says the most wins: *.xarf.json before *.json
    for (auto const& [id, source] : state_->sources) {
        if (!state_->defaults_of(id).file_patterns.empty()) continue;
        TRY(auto feed, state_->find(id));
        for (auto const& pattern : feed->file_patterns) {
            auto const parts = match_file_name(pattern, bare);
            auto const letters = std::ssize(pattern) - std::ranges::count(pattern, '*');
            if (!parts || letters <= best_letters || !(parts->stem.empty() || id.ends_with("/" + parts->stem)))
                continue;
            best = feed;
            best_letters = letters;
        }
    }
    if (best) return best;
    if (unknown) return state_->unknown_type(unknown->first, unknown->second);
    return std::nullopt;
}

Result<std::shared_ptr<FeedDefinition const>> FeedCatalogue::by_header(
    std::vector<std::string> const& header, std::vector<std::string> const& first_record) const {
    std::set<std::string_view> const columns(header.begin(), header.end());
    std::vector<std::shared_ptr<FeedDefinition const>> best;
    double best_likeness = enough_alike;
    for (auto const& [id, source] : state_->sources) {
        TRY(auto feed, state_->find(id));
        if (!feed->recognised_by_header || !feed->has_header || feed->format != FeedFormat::csv ||
            feed->columns.empty())
            continue;
        auto const has = [&](auto const& c) { return columns.contains(c); };
        if (!std::ranges::all_of(feed->required, has) || !std::ranges::all_of(feed->present, has)) continue;
        auto const alike = likeness(columns, feed->columns);
        if (alike > best_likeness) best.clear();
        if (alike >= best_likeness) best.push_back(feed);
        best_likeness = std::max(best_likeness, alike);
    }
    auto const hits = [&](FeedDefinition const& feed) {
        return std::ranges::count_if(feed.row_hints, [&](auto const& hint) {
            auto const at = std::ranges::find(header, hint.first) - header.begin();
            return static_cast<std::size_t>(at) < first_record.size() &&
                   matches(hint.second, first_record[static_cast<std::size_t>(at)]);
        });
    };
    if (best.size() > 1) {
        auto most =
            hits(*std::ranges::max_element(best, {}, [&](auto const& feed) { return hits(*feed); }).operator*());
        std::erase_if(best, [&](auto const& feed) { return hits(*feed) < most; });
    }
    if (best.size() == 1) return best.front();
    if (best.size() > 1) {
        std::string names;
        for (auto const& feed : best) names += (names.empty() ? "" : ", ") + feed->id;
        return fail(Code::not_found,
                    fmt::format("the columns fit {} feeds ({}); say which one, or keep the report's original file name",
                                best.size(), names));
    }
    for (auto const& [publisher, defaults] : state_->publishers) {
        if (!defaults.takes_unknown || header.empty()) continue;
        auto const known =
            std::ranges::count_if(header, [&](auto const& c) { return meanings_of(defaults, c) != nullptr; });
        bool const has_all = std::ranges::all_of(defaults.required, [&](auto const& c) { return columns.contains(c); });
        if (has_all && static_cast<double>(known) >= enough_known * static_cast<double>(header.size()))
            return state_->unknown_type(publisher, "unknown");
    }
    return fail(Code::not_found,
                "no feed has these columns; name the feed, give a mapping, or add a definition (docs/add-a-feed.md)");
}

std::vector<Error> FeedCatalogue::check() const {
    std::vector<Error> faults;
    for (auto const& [id, source] : state_->sources)
        if (auto feed = state_->find(id); !feed) faults.push_back(std::move(feed).error());
    return faults;
}

std::string_view bare_file_name(std::string_view name) {
    if (auto const slash = name.find_last_of("/\\"); slash != std::string_view::npos) name.remove_prefix(slash + 1);
    for (auto const ending : {".gz", ".gzip", ".zip", ".zst", ".zstd"})
        if (name.ends_with(ending)) return name.substr(0, name.size() - std::string_view(ending).size());
    return name;
}

std::optional<FileNameParts> match_file_name(std::string_view pattern, std::string_view name) {
    FileNameParts parts;
    if (name.size() > longest_name || !match(pattern, name, parts)) return std::nullopt;
    return parts;
}

std::optional<Timestamp> date_in_file_name(FeedDefinition const& feed, std::string_view name) {
    for (auto const& pattern : feed.file_patterns) {
        auto const parts = match_file_name(pattern, bare_file_name(name));
        if (!parts || parts->date.empty()) continue;
        if (auto const date = parse_date(parts->date)) return *date;
    }
    return std::nullopt;
}

}  // namespace tocsin::events
