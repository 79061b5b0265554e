#include "formats/misp/feed.hpp"

#include "formats/misp/elements.hpp"
#include "formats/observable.hpp"
#include "formats/stix/identifier.hpp"

#include <array>
#include <fmt/format.h>
#include <openssl/evp.h>

namespace tocsin::formats::misp {
namespace {

std::string md5_of(std::string_view bytes) {
    static EVP_MD const* const algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    TOCSIN_ASSERT(algorithm != nullptr &&
                  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr) == 1);
    return to_hex({reinterpret_cast<char const*>(digest.data()), size});
}

Status check_size(std::string_view text, FeedLimits const& limits) {
    if (text.size() > limits.bytes) return fail(Code::limit, fmt::format("longer than {} bytes", limits.bytes));
    return {};
}

}  // namespace

Result<std::vector<ManifestEntry>> read_manifest(std::string_view json, FeedLimits const& limits) {
    CHECK(check_size(json, limits));
    JsonTree tree;
    CHECK(tree.parse(json, {.bytes = limits.bytes, .depth = 32, .values = std::size_t{32} << 20}));
    auto const root = tree.root();
    if (!root.is_object() && root.size() > 0) return fail(Code::invalid, "expected an object of events by their UUID");
    if (root.size() > limits.entries) return fail(Code::limit, fmt::format("more than {} events", limits.entries));
    std::vector<ManifestEntry> entries;
    for (auto const one : root) {
        if (!stix::parse_uuid(one.key()) || !one.is_object())
            return fail(Code::invalid, fmt::format("byte {}: expected a UUID and an object", tree[one.node()].start));
        entries.push_back({std::string(one.key()), time_of(one["timestamp"]), std::string(one.raw())});
    }
    return entries;
}

std::string write_manifest(std::vector<ManifestEntry> const& entries) {
    JsonWriter json;
    json.object();
    for (auto const& one : entries) json.key(one.uuid).raw(one.json);
    json.end();
    return std::move(json).text();
}

Result<ManifestEntry> manifest_entry_of(std::string_view head) {
    JsonTree tree;
    CHECK(tree.parse(head));
    auto const event = event_of_head(tree.root());
    if (!stix::parse_uuid(event.uuid)) return fail(Code::invalid, "the event has no UUID");
    JsonWriter json;
    json.object();
    json.key("Orgc").object().field("name", event.creator.name).field("uuid", event.creator.uuid).end();
    json.key("Tag").array();
    for (auto const one : event.value["Tag"]) {
        if (one["local"].is_true()) continue;
        json.object().field("name", one["name"].text()).field("colour", one["colour"].text()).end();
    }
    json.end();
    for (std::string_view const name : {"info", "date", "analysis", "threat_level_id", "timestamp"})
        if (auto const value = event.value[name]) json.key(name).raw(value.raw());
    json.end();
    return ManifestEntry{std::string(event.uuid), event.timestamp, std::move(json).text()};
}

Result<std::vector<HashedValue>> read_hashes(std::string_view csv, FeedLimits const& limits) {
    CHECK(check_size(csv, limits));
    std::vector<HashedValue> hashes;
    std::size_t number = 0;
    while (!csv.empty()) {
        auto const end = csv.find('\n');
        auto const line = trimmed(csv.substr(0, end));
        csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
        ++number;
        if (line.empty()) continue;
        auto const md5 = normalised({ObservableKind::md5, std::string(line.substr(0, line.find(',')))});
        if (!md5 || line.size() != 32 + 1 + 36 || !stix::parse_uuid(line.substr(33)))
            return fail(Code::invalid, fmt::format("line {}: expected an MD5, a comma and a UUID", number));
        if (hashes.size() == limits.entries)
            return fail(Code::limit, fmt::format("more than {} lines", limits.entries));
        hashes.push_back({md5->value, std::string(line.substr(33))});
    }
    return hashes;
}

std::string write_hashes(std::vector<HashedValue> const& hashes) {
    std::string csv;
    for (auto const& one : hashes) fmt::format_to(std::back_inserter(csv), "{},{}\n", one.md5, one.event_uuid);
    return csv;
}

std::pair<std::string_view, std::string_view> parts_of(std::string_view type, std::string_view value) {
    auto const bar = type.find('|') == std::string_view::npos ? std::string_view::npos : value.find('|');
    if (bar == std::string_view::npos) return {value, {}};
    return {value.substr(0, bar), value.substr(bar + 1)};
}

std::vector<HashedValue> hashes_of(std::string_view type, std::string_view value, std::string_view event_uuid) {
    std::vector<HashedValue> hashes;
    auto const [first, second] = parts_of(type, value);
    for (auto const part : {first, second})
        if (!part.empty()) hashes.push_back({md5_of(part), std::string(event_uuid)});
    return hashes;
}

}  // namespace tocsin::formats::misp
