#include "constituency/enrichment_loader.hpp"

#include <maxminddb.h>
#include <vector>

namespace tocsin::constituency {
namespace {

struct Database {
    MMDB_s handle{};
    bool is_open = false;
    ~Database() {
        if (is_open) MMDB_close(&handle);
    }
};

/// What one data record says; read once, used for every network that points to it.
struct Record {
    std::uint32_t asn = 0;
    CountryCode country;
};

std::string_view text_at(MMDB_entry_s& entry, char const* const* path) {
    MMDB_entry_data_s data{};
    if (MMDB_aget_value(&entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING)
        return {};
    return {data.utf8_string, data.data_size};
}

Record read_record(MMDB_entry_s& entry, EnrichmentLoader& loader) {
    Record record;
    char const* const asn_path[] = {"autonomous_system_number", nullptr};
    char const* const name_path[] = {"autonomous_system_organization", nullptr};
    char const* const country_path[] = {"country", "iso_code", nullptr};
    char const* const registered_path[] = {"registered_country", "iso_code", nullptr};
    char const* const plain_path[] = {"country_code", nullptr};
    MMDB_entry_data_s data{};
    if (MMDB_aget_value(&entry, &data, asn_path) == MMDB_SUCCESS && data.has_data &&
        data.type == MMDB_DATA_TYPE_UINT32) {
        record.asn = data.uint32;
        loader.add_name(record.asn, text_at(entry, name_path));
    }
    for (auto const* path : {country_path, registered_path, plain_path}) {
        auto const country = parse_country(text_at(entry, path));
        if (!country) continue;
        record.country = *country;
        break;
    }
    return record;
}

struct Step {
    std::uint32_t node;
    IpAddress address;
    int depth;  ///< bits of the tree's own address length
};

}  // namespace

/// Walks the search tree of a MaxMind DB once, in order of the addresses.
///
/// Source: MaxMind DB File Format Specification 2.0. The tree of version 6 holds IPv4 below ::/96, and other prefixes
/// (2002::/16, ::ffff:0:0/96) may point to the same nodes: those are left out.
Status EnrichmentLoader::read_mmdb(std::filesystem::path const& file, Purpose purpose, TableReport& report) {
    Database database;
    if (int const code = MMDB_open(file.c_str(), MMDB_MODE_MMAP, &database.handle); code != MMDB_SUCCESS)
        return fail(code == MMDB_FILE_OPEN_ERROR ? Code::io : Code::invalid,
                    fmt::format("{} can't be read as a MaxMind file: {}", file.string(), MMDB_strerror(code)));
    database.is_open = true;
    report.format = "mmdb";
    auto& db = database.handle;
    int const bits = db.metadata.ip_version == 4 ? 32 : 128;
    std::unordered_map<std::uint32_t, Record> records;
    std::vector<Step> open = {{0, bits == 32 ? IpAddress::v4(0) : IpAddress(), 0}};
    std::uint64_t visited = 0;
    auto const use = [&](MMDB_entry_s entry, IpAddress address, int depth) {
        auto [place, is_new] = records.try_emplace(entry.offset);
        if (is_new) place->second = read_record(entry, *this);
        bool const is_v4 = bits == 32 || (depth >= 96 && address.high == 0 && (address.low >> 32) == 0);
        auto const start = is_v4 ? IpAddress::v4(address.v4_bits()) : address;
        IpPrefix const prefix{start, static_cast<std::uint8_t>(bits == 32 ? depth + 96 : depth)};
        auto const& [asn, country] = place->second;
        if (purpose == Purpose::networks && asn != 0) add_network(prefix, asn, country);
        if (purpose == Purpose::countries && country) add_country_range(prefix.first(), prefix.last(), country);
        ++report.entries;
    };
    while (!open.empty()) {
        auto const [node, address, depth] = open.back();
        open.pop_back();
        bool const is_alias = bits == 128 && depth > 0 && node == db.ipv4_start_node.node_value &&
                              (depth != 96 || address != IpAddress());
        if (is_alias && db.ipv4_start_node.netmask != 0) continue;
        MMDB_search_node_s children{};
        if (++visited > std::uint64_t{db.metadata.node_count} + 1 || depth >= bits ||
            MMDB_read_node(&db, node, &children) != MMDB_SUCCESS)
            return fail(Code::invalid, fmt::format("{}: the search tree is broken at node {}", file.string(), node));
        auto const right = [&] {
            IpAddress other = address;
            int const bit = 127 - (bits == 32 ? depth + 96 : depth);
            (bit >= 64 ? other.high : other.low) |= std::uint64_t{1} << (bit & 63);
            return other;
        }();
        auto const child = [&](std::uint8_t type, std::uint64_t record, MMDB_entry_s entry, IpAddress at) {
            if (type == MMDB_RECORD_TYPE_DATA) use(entry, at, depth + 1);
            if (type == MMDB_RECORD_TYPE_SEARCH_NODE)
                open.push_back({static_cast<std::uint32_t>(record), at, depth + 1});
        };
        child(children.right_record_type, children.right_record, children.right_record_entry, right);
        child(children.left_record_type, children.left_record, children.left_record_entry, address);
    }
    return {};
}

}  // namespace tocsin::constituency
