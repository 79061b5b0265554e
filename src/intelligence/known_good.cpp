#include "intelligence/known_good.hpp"

#include "base/embedded.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <unordered_map>

namespace tocsin::intelligence {
namespace {

using Kind = formats::ObservableKind;
using ListNumber = std::uint32_t;
/// Lists that hold a key, ascending.
using Holders = std::vector<ListNumber>;

constexpr std::size_t most_lists = 1000, most_entries = 5'000'000, most_expressions = 2000, longest_entry = 2048;
constexpr std::uintmax_t largest_file = std::uintmax_t{256} << 20;
constexpr std::uint32_t most_steps = 20'000;
constexpr std::size_t most_looked_at = 10'000;  ///< networks within one that is asked for
constexpr std::size_t kind_count = static_cast<std::size_t>(Kind::other) + 1;
using Kinds = std::array<bool, kind_count>;

bool& holds(Kinds& kinds, Kind kind) {
    return kinds[static_cast<std::size_t>(kind)];
}
bool holds(Kinds const& kinds, Kind kind) {
    return kinds[static_cast<std::size_t>(kind)];
}

/// MISP's names of types, as far as they are not ours.
std::optional<Kind> kind_of_attribute(std::string_view part) {
    static constexpr std::pair<std::string_view, Kind> others[] = {{"ip-src", Kind::ip},
                                                                   {"ip-dst", Kind::ip},
                                                                   {"hostname", Kind::domain},
                                                                   {"uri", Kind::url},
                                                                   {"link", Kind::url},
                                                                   {"email-src", Kind::email},
                                                                   {"email-dst", Kind::email},
                                                                   {"filename", Kind::file_name},
                                                                   {"user-agent", Kind::user_agent},
                                                                   {"mac-address", Kind::mac},
                                                                   {"AS", Kind::asn},
                                                                   {"regkey", Kind::registry_key},
                                                                   {"x509-fingerprint-sha1", Kind::certificate_sha1}};
    for (auto const& [name, kind] : others)
        if (part == name) return kind;
    return formats::observable_kind_of(part);
}

Kinds kinds_of(formats::JsonValue attributes) {
    Kinds kinds{};
    if (attributes.size() == 0) {
        kinds.fill(true);
        return kinds;
    }
    for (auto const attribute : attributes)
        for (auto const part : split(attribute.text(), '|'))
            if (auto const kind = kind_of_attribute(part)) holds(kinds, *kind) = true;
    return kinds;
}

/// "/expression/i" as PCRE2 writes it.
std::string expression_of(std::string_view text) {
    auto const end = text.rfind('/');
    if (!text.starts_with('/') || end == 0) return std::string(text);
    auto const flags = text.substr(end + 1);
    auto const inside = std::string(text.substr(1, end - 1));
    return flags.contains('i') ? "(?i)" + inside : inside;
}

/// The host of a URL, without user, port and brackets.
std::string_view host_of(std::string_view url) {
    auto const scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (auto const at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
    if (url.starts_with('[')) return url.substr(1, url.find(']') - 1);
    return url.substr(0, url.find(':'));
}

std::string without_dots(std::string_view name) {
    while (name.starts_with('.') || name.starts_with('*')) name.remove_prefix(1);
    return formats::normalised_domain(name).value_or(std::string());
}

}  // namespace

namespace {

void note(Holders& holders, ListNumber list) {
    if (holders.empty() || holders.back() != list) holders.push_back(list);
}

/// The lists as they were read; changed only while they are read.
struct Held {
    /// Kept for as long as the program runs: names are given out as views.
    std::shared_ptr<std::vector<KnownGoodList>> heads = std::make_shared<std::vector<KnownGoodList>>();
    std::vector<KnownGoodList>& lists = *heads;
    std::vector<Kinds> kinds;  ///< beside `lists`
    std::map<IpPrefix, Holders> networks;
    std::set<std::uint8_t> lengths;  ///< of `networks`
    std::unordered_map<std::string, Holders> names, values;
    std::vector<std::pair<std::string, ListNumber>> substrings;
    std::vector<std::pair<formats::stix_pattern::RegularExpression, ListNumber>> expressions;
    std::size_t entries = 0;

    Status add(KnownGood::File const& file);
    Status add_entry(std::string_view type, std::string_view text, ListNumber list);
    void find_network(IpPrefix const& asked, Kind kind, std::set<ListNumber>& found) const;
    void find_name(std::string_view name, Kind kind, std::set<ListNumber>& found) const;
    void find_text(std::string const& text, Kind kind, std::set<ListNumber>& found) const;
    void take(Holders const& holders, Kind kind, std::set<ListNumber>& found) const {
        for (auto const list : holders)
            if (holds(kinds[list], kind)) found.insert(list);
    }
};

Status Held::add_entry(std::string_view type, std::string_view text, ListNumber list) {
    if (text.empty() || text.size() > longest_entry)
        return fail(Code::invalid, fmt::format("expected a text of 1 to {} bytes", longest_entry));
    if (++entries > most_entries) return fail(Code::limit, fmt::format("more than {} entries in all", most_entries));
    if (type == "cidr") {
        auto const network = parse_prefix(text, true);
        if (!network) return fail(Code::invalid, fmt::format("expected a network, found \"{}\"", text));
        lengths.insert(network->length);
        note(networks[*network], list);
    } else if (type == "hostname") {
        auto const name = without_dots(text);
        if (name.empty()) return fail(Code::invalid, fmt::format("expected a name, found \"{}\"", text));
        note(names[name], list);
    } else if (type == "string") {
        note(values[lowered(text)], list);
    } else if (type == "substring") {
        substrings.emplace_back(lowered(text), list);
    } else {
        TRY(auto expression, formats::stix_pattern::RegularExpression::compile(
                                 expression_of(text), formats::stix_pattern::RegularExpression::Subject::text));
        expressions.emplace_back(std::move(expression), list);
    }
    if (substrings.size() + expressions.size() > most_expressions)
        return fail(Code::limit, fmt::format("more than {} substrings and expressions in all", most_expressions));
    return {};
}

Status Held::add(KnownGood::File const& file) {
    static constexpr std::string_view types[] = {"cidr", "hostname", "string", "substring", "regex"};
    formats::JsonTree tree;
    CHECK(tree.parse(file.json, {.bytes = largest_file}));
    auto const root = tree.root();
    KnownGoodList list{.name = std::string(root["name"].text()),
                       .description = std::string(root["description"].text()),
                       .source = std::string(root["source"].text()),
                       .date = std::string(root["date"].text()),
                       .type = std::string(root["type"].text()),
                       .version = root["version"].integer().value_or(0),
                       .entries = root["list"].size(),
                       .is_own = file.is_own};
    if (list.name.empty()) return fail(Code::invalid, "name: expected a text");
    if (std::ranges::find(types, list.type) == std::end(types))
        return fail(Code::invalid,
                    fmt::format("type: expected cidr, hostname, string, substring or regex, found \"{}\"", list.type));
    if (!root["list"].is_array()) return fail(Code::invalid, "list: expected an array");
    if (lists.size() >= most_lists) return fail(Code::limit, fmt::format("more than {} lists", most_lists));
    auto const number = static_cast<ListNumber>(lists.size());
    kinds.push_back(kinds_of(root["matching_attributes"]));
    lists.push_back(list);
    for (std::size_t at = 0; auto const entry : root["list"]) {
        if (auto const added = add_entry(list.type, trimmed(entry.text()), number); !added)
            return std::unexpected(added.error().during(fmt::format("list[{}]", at)));
        ++at;
    }
    return {};
}

void Held::find_network(IpPrefix const& asked, Kind kind, std::set<ListNumber>& found) const {
    for (auto const length : lengths) {
        if (length > asked.length) break;
        auto const at = networks.find({masked(asked.address, length), length});
        if (at != networks.end()) take(at->second, kind, found);
    }
    std::size_t looked_at = 0;
    for (auto at = networks.lower_bound({asked.address, asked.length});
         at != networks.end() && at->first.address <= asked.last() && ++looked_at <= most_looked_at; ++at)
        if (at->first.length >= asked.length) take(at->second, kind, found);
}

void Held::find_name(std::string_view name, Kind kind, std::set<ListNumber>& found) const {
    while (!name.empty()) {
        if (auto const at = names.find(std::string(name)); at != names.end()) take(at->second, kind, found);
        auto const dot = name.find('.');
        if (dot == std::string_view::npos) return;
        name.remove_prefix(dot + 1);
    }
}

void Held::find_text(std::string const& text, Kind kind, std::set<ListNumber>& found) const {
    auto const lower = lowered(text);
    if (auto const at = values.find(lower); at != values.end()) take(at->second, kind, found);
    for (auto const& [part, list] : substrings)
        if (holds(kinds[list], kind) && lower.contains(part)) found.insert(list);
    for (auto const& [expression, list] : expressions)
        if (holds(kinds[list], kind) && expression.matches(text, most_steps).value_or(false)) found.insert(list);
}

struct OwnFile {
    std::string name, json;
};

/// What is no regular file, or too large, is logged and left out.
std::vector<OwnFile> own_files(std::filesystem::path const& folder) {
    std::vector<OwnFile> files;
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() != ".json") continue;
        std::error_code unreadable;
        auto const size = entry.file_size(unreadable);
        std::ifstream file(entry.path(), std::ios::binary);
        if (unreadable || size > largest_file || !file) {
            log::warning("known-good: {} can't be read, or is larger than {} bytes", entry.path().string(),
                         largest_file);
            continue;
        }
        files.push_back({entry.path().string(), std::string(std::istreambuf_iterator<char>(file), {})});
    }
    std::ranges::sort(files, {}, &OwnFile::name);
    return files;
}

std::string name_in(std::string_view json) {
    formats::JsonTree tree;
    return tree.parse(json) ? std::string(tree.root()["name"].text()) : std::string();
}

Result<std::shared_ptr<Held const>> held_of(std::span<KnownGood::File const> files) {
    auto made = std::make_shared<Held>();
    for (auto const& file : files)
        if (auto const added = made->add(file); !added) return std::unexpected(added.error().during(file.name));
    return made;
}

/// The program's lists and those of the folder, of which faulty ones are logged and left out.
Result<std::shared_ptr<Held const>> held_of(std::filesystem::path const& folder, bool documentation) {
    auto const own = own_files(folder);
    std::vector<KnownGood::File> files, all;
    std::set<std::string> names;
    for (auto const& one : own) {
        KnownGood::File const file{.name = one.name, .json = one.json, .is_own = true};
        if (auto const fits = held_of({&file, 1}); !fits) {
            log::warning("known-good: {}", fits.error().message);
            continue;
        }
        if (names.insert(name_in(one.json)).second) files.push_back(file);
    }
    for (auto const& entry : embedded::list("catalogues/known-good/")) {
        if (!documentation && entry.path.contains("/documentation-")) continue;
        if (!names.contains(name_in(entry.bytes())))
            all.push_back({.name = std::string(entry.path), .json = entry.bytes(), .is_own = false});
    }
    all.insert(all.end(), files.begin(), files.end());
    return held_of(all);
}

/// Which files are in a folder: another file of a name has another number, even if time and size are the same.
std::string print_of(std::filesystem::path const& folder) {
    std::vector<std::string> files;
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(folder, error)) {
        struct stat about{};
        if (entry.path().extension() == ".json" && ::stat(entry.path().c_str(), &about) == 0)
            files.push_back(fmt::format("{} {} {} {}.{}\n", entry.path().filename().string(), about.st_ino,
                                        about.st_size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec));
    }
    std::ranges::sort(files);
    return fmt::format("{}", fmt::join(files, ""));
}

}  // namespace

/// The lists of now. Those of a folder are read again when its files are others; names that were given out stay valid.
struct KnownGood::Tables {
    std::shared_ptr<Held const> now() {
        std::lock_guard const lock(mutex);
        if (folder.empty() || !may_have_changed()) return current;
        auto print = print_of(folder);
        if (print == seen) return current;
        seen = std::move(print);
        auto made = held_of(folder, documentation);
        if (made)
            take(*std::move(made));
        else
            log::warning("known-good: the lists of before stay: {}", made.error().message);
        return current;
    }

    void take(std::shared_ptr<Held const> made) {
        given_out.push_back(current->heads);  // a few hundred bytes a list, for each time a file was changed
        current = std::move(made);
    }

    /// A folder's time tells of files that come and go. Times have a grain: for two seconds it is not believed.
    bool may_have_changed() {
        std::error_code error;
        auto const time = std::filesystem::last_write_time(folder, error);
        auto const told = error ? std::filesystem::file_time_type{} : time;
        if (told == folder_time && is_settled) return false;
        folder_time = told;
        is_settled = error || std::filesystem::file_time_type::clock::now() - told > std::chrono::seconds(2);
        return true;
    }

    std::mutex mutex;
    std::shared_ptr<Held const> current;
    std::vector<std::shared_ptr<std::vector<KnownGoodList>>> given_out;
    std::filesystem::path folder;
    bool documentation = true;
    std::string seen;
    std::filesystem::file_time_type folder_time = {};
    bool is_settled = false;
};

KnownGood::KnownGood() : tables_(std::make_unique<Tables>()) {}
KnownGood::~KnownGood() = default;

std::span<KnownGoodList const> KnownGood::lists() const {
    return tables_->now()->lists;
}

Result<std::unique_ptr<KnownGood>> KnownGood::read(std::span<File const> files) {
    std::unique_ptr<KnownGood> made(new KnownGood);
    TRY(made->tables_->current, held_of(files));
    return made;
}

Result<std::unique_ptr<KnownGood>> KnownGood::open(std::filesystem::path const& directory, bool documentation) {
    std::unique_ptr<KnownGood> made(new KnownGood);
    auto& tables = *made->tables_;
    tables.folder = directory / "known-good";
    tables.documentation = documentation;
    tables.may_have_changed();
    tables.seen = print_of(tables.folder);
    TRY(tables.current, held_of(tables.folder, documentation));
    return made;
}

std::vector<std::string_view> KnownGood::lists_with(formats::Observable const& value) const {
    auto const held = tables_->now();
    std::set<ListNumber> found;
    auto const host = value.kind == Kind::url ? host_of(value.value) : std::string_view(value.value);
    bool const has_host = value.kind == Kind::ip || value.kind == Kind::domain || value.kind == Kind::url;
    if (auto const network = has_host ? parse_prefix(host, true) : std::nullopt)
        held->find_network(*network, value.kind, found);
    else if (has_host)
        held->find_name(host, value.kind, found);
    held->find_text(value.value, value.kind, found);
    std::vector<std::string_view> names;
    for (auto const list : found) names.emplace_back(held->lists[list].name);
    return names;
}

std::vector<std::string_view> KnownGood::lists_with(std::string_view text) const {
    std::vector<std::string_view> names;
    for (auto const kind : formats::observable_kinds()) {
        auto const value = formats::normalised({kind, std::string(text)});
        if (!value) continue;
        for (auto const name : lists_with(*value))
            if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    return names;
}

void append(JsonWriter& json, KnownGoodList const& list) {
    json.object()
        .field("name", list.name)
        .field("description", list.description)
        .field("type", list.type)
        .field("version", list.version)
        .field("entries", std::uint64_t{list.entries})
        .field_or_null("source", list.source)
        .field_or_null("date", list.date)
        .field("own", list.is_own)
        .end();
}

}  // namespace tocsin::intelligence
