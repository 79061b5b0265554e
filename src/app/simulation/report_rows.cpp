#include "app/simulation/report_rows.hpp"

#include <algorithm>
#include <array>
#include <fmt/compile.h>

namespace tocsin::app::simulation {

/// What the cells of one row are made from.
struct ReportRows::Cells {
    Nation const* nation;
    ReportType const* type;
    Host host;
    std::string_view date;
    std::uint32_t second;  ///< of the day

    std::uint64_t pick(std::uint64_t salt, std::uint64_t bound) const { return mixed(host.chance, salt) % bound; }
    std::uint16_t port() const {
        std::size_t known = 0;
        while (known < 4 && type->ports[known] != 0) ++known;
        if (known == 0) return static_cast<std::uint16_t>(1024 + pick(1, 60'000));
        if (host.port_number < known) return type->ports[host.port_number];
        return static_cast<std::uint16_t>(20'000 + host.port_number);
    }
    Organisation const* owner() const {
        auto const place = host.network->organisation;
        return place < 0 ? nullptr : &nation->organisations[static_cast<std::size_t>(place)];
    }
    std::string domain() const {
        auto const* const organisation = owner();
        return organisation == nullptr ? fmt::format("pool-{}.{}.example", host.network->asn, lowered(nation->code))
                                       : organisation->domain;
    }
};

namespace {

using Cells = ReportRows::Cells;

struct Device {
    std::string_view vendor, type, model, version;
};
// Invented makers: no real product is blamed.
constexpr Device routers[] = {{"Norvik", "router", "NV-1200", "2.4.1"},
                              {"Talwire", "router", "T40", "1.0.9"},
                              {"Brightlane", "modem", "BL-DSL2", "3.11"},
                              {"Osprey", "switch", "OS-24G", "7.2"},
                              {"Kestrel", "camera", "KC-88", "5.5.0"}};
constexpr Device controllers[] = {{"Ferrum", "plc", "FX-300", "4.1"},
                                  {"Halden", "rtu", "HR-16", "2.0"},
                                  {"Voltmark", "meter", "VM-7", "1.8"},
                                  {"Aquarine", "hmi", "AQ-Panel", "3.3"}};
constexpr Device phones[] = {
    {"Lumo", "phone", "Lumo A5", "11"}, {"Zephyr", "phone", "Z2 Lite", "10"}, {"Paravision", "tv-box", "PV-4K", "9"}};
constexpr std::string_view banners[] = {
    "|login: ", "User Access Verification||Username: ", "BusyBox built-in shell (ash)|# ",
    "Welcome to the gateway|Login:", "NV-1200 Telnet service|Password: "};
constexpr std::string_view families[] = {"mirai", "avalanche-andromeda", "conficker", "sality", "necurs", "gamut"};
constexpr std::string_view sectors[][2] = {{"government", "Government"},
                                           {"finance", "Finance and Insurance"},
                                           {"health", "Health Care"},
                                           {"education", "Education"},
                                           {"energy", "Utilities"},
                                           {"water", "Utilities"},
                                           {"transport", "Transportation"},
                                           {"commerce", "Retail Trade"},
                                           {"telecommunications", "Communications"}};

Device const& device(Cells const& row) {
    if (row.type->name.contains("ics")) return controllers[row.pick(2, std::size(controllers))];
    if (row.type->name.contains("adb")) return phones[row.pick(2, std::size(phones))];
    return routers[row.pick(2, std::size(routers))];
}

void append_number(std::string& out, std::uint64_t number) {
    fmt::format_int const digits(number);
    out.append(digits.data(), digits.size());
}

void timestamp(std::string& out, Cells const& row) {
    out += row.date;
    auto const two = [](char* at, std::uint32_t n) {
        at[0] = static_cast<char>('0' + n / 10);
        at[1] = static_cast<char>('0' + n % 10);
    };
    char clock[] = " 00:00:00";
    two(clock + 1, row.second / 3600);
    two(clock + 4, row.second / 60 % 60);
    two(clock + 7, row.second % 60);
    out += clock;
}

void hostname(std::string& out, Cells const& row) {
    if (row.host.chance % 5 < 2) return;
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("host-{:x}."), row.host.address.low & 0xff'ffff);
    out += row.domain();
}

void sector(std::string& out, Cells const& row) {
    auto const* const owner = row.owner();
    if (owner == nullptr) return;
    for (auto const& known : sectors)
        if (known[0] == owner->sector) out += known[1];
}

void geo(std::string& out, Cells const& row) {
    auto const* const owner = row.owner();
    out += owner == nullptr ? row.nation->code : owner->country;
}

void hex_of(std::string& out, Cells const& row, std::uint64_t salt, int words) {
    for (int i = 0; i < words; ++i)
        fmt::format_to(std::back_inserter(out), FMT_COMPILE("{:016x}"),
                       mixed(row.host.chance, salt, static_cast<std::uint64_t>(i)));
}

void web_name(std::string& out, Cells const& row) {
    out += "www.";
    out += row.domain();
}

struct NamedCell {
    std::string_view column;
    void (*write)(std::string&, Cells const&);
};

#define CELL(body) [](std::string& out, [[maybe_unused]] Cells const& row) { body; }
NamedCell const cells_by_name[] = {
    {"timestamp", timestamp},
    {"severity", CELL(out += row.type->severity)},
    {"ip", CELL(append_ip(out, row.host.address))},
    {"src_ip", CELL(append_ip(out, row.host.address))},
    {"protocol", CELL(out += row.type->protocol)},
    {"port", CELL(append_number(out, row.port()))},
    {"src_port", CELL(append_number(out, row.port()))},
    {"hostname", hostname},
    {"src_hostname", hostname},
    {"hostname_source", CELL(if (row.host.chance % 5 >= 2) out += "ptr")},
    {"tag", CELL(out += row.type->tag)},
    {"asn", CELL(append_number(out, row.host.network->asn))},
    {"src_asn", CELL(append_number(out, row.host.network->asn))},
    {"geo", geo},
    {"src_geo", geo},
    {"region", CELL(out += row.nation->regions[row.nation->region_of_city[row.host.network->city]].name)},
    {"src_region", CELL(out += row.nation->regions[row.nation->region_of_city[row.host.network->city]].name)},
    {"city", CELL(out += row.nation->cities[row.host.network->city].name)},
    {"src_city", CELL(out += row.nation->cities[row.host.network->city].name)},
    {"naics", CELL(append_number(out, 517'311))},
    {"src_naics", CELL(append_number(out, 517'311))},
    {"sector", sector},
    {"src_sector", sector},
    {"device_vendor", CELL(out += device(row).vendor)},
    {"device_type", CELL(out += device(row).type)},
    {"device_model", CELL(out += device(row).model)},
    {"device_version", CELL(out += device(row).version)},
    {"device_sector", CELL(out += row.type->name.contains("ics") ? "ics" : "consumer")},
    {"banner", CELL(out += banners[row.pick(3, std::size(banners))])},
    {"version", CELL(append_number(out, 1 + row.pick(4, 3)))},
    {"sysname", CELL(out += device(row).model)},
    {"sysdesc", CELL(out += device(row).vendor; out += ' '; out += device(row).model; out += " firmware ";
                     out += device(row).version)},
    {"community", CELL(out += "public")},
    {"response_size", CELL(append_number(out, 60 + row.pick(5, 900)))},
    {"amplification", CELL(fmt::format_to(std::back_inserter(out), "{}.{:02}", 1 + row.pick(6, 30), row.pick(7, 100)))},
    {"uptime", CELL(append_number(out, row.pick(8, 90'000'000)))},
    {"mac_address", CELL(fmt::format_to(std::back_inserter(out), "02:00:5e:{:02x}:{:02x}:{:02x}", row.pick(9, 256),
                                        row.pick(10, 256), row.pick(11, 256)))},
    {"device_id", CELL(append_number(out, 1 + row.pick(12, 247)))},
    {"raw_response", CELL(hex_of(out, row, 13, 4))},
    {"rdp_protocol", CELL(out += "RDP")},
    {"handshake", CELL(out += "TLSv1.2")},
    {"cert_length", CELL(out += "2048")},
    {"subject_common_name", CELL(out += "desk-"; append_number(out, row.pick(14, 100'000)))},
    {"issuer_common_name", CELL(out += "desk-"; append_number(out, row.pick(14, 100'000)))},
    {"sha256_fingerprint", CELL(hex_of(out, row, 15, 4))},
    {"jarm", CELL(hex_of(out, row, 16, 3))},
    {"name", CELL(out += device(row).model)},
    {"model", CELL(out += device(row).model)},
    {"dns_version", CELL(out += "9.1"; append_number(out, row.pick(17, 9)))},
    {"min_amplification", CELL(out += "4.6190")},
    {"anonymous_access", CELL(out += row.pick(18, 3) == 0 ? "Y" : "N")},
    {"infection", CELL(out += families[row.pick(19, std::size(families))])},
    {"family", CELL(out += families[row.pick(19, std::size(families))])},
    {"dst_ip", CELL(out += "192.0.2."; append_number(out, 1 + row.pick(20, 250)))},
    {"dst_port", CELL(out += row.type->name.contains("honeypot") ? "22" : "80")},
    {"dst_asn", CELL(out += "64496")},
    {"dst_geo", CELL(out += "ZZ")},
    {"application", CELL(out += row.type->name.contains("website") ? "https" : "http")},
    {"service", CELL(out += row.type->name.contains("honeypot") ? "ssh" : "webmail")},
    {"username", CELL(out += row.pick(21, 2) == 0 ? "root" : "admin")},
    {"http_host", web_name},
    {"url", CELL(out += "/wp-content/uploads/"; hex_of(out, row, 22, 1); out += ".php")},
    {"category", CELL(out += "webshell")},
    {"status", CELL(out += "compromised")},
    {"email", CELL(out += "user"; append_number(out, row.host.chance % 100'000'000); out += '@'; out += row.domain())},
    {"public_source", CELL(out += "simulation")},
};
#undef CELL

constexpr std::string_view scan_head =
    "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,hostname_source,sector";
constexpr std::string_view event_columns =
    "timestamp,protocol,src_ip,src_port,src_asn,src_geo,src_region,src_city,src_hostname,src_naics,src_sector,"
    "device_vendor,device_type,device_model,severity,dst_ip,dst_port,dst_asn,dst_geo,dst_region,dst_city,dst_hostname,"
    "dst_naics,dst_sector,public_source,infection,family,tag,application,version,event_id";
constexpr std::string_view device_columns = ",device_vendor,device_type,device_model,device_version,device_sector";

std::string scan(std::string_view more) {
    return std::string(scan_head) + std::string(more);
}
std::string scan_device(std::string_view more) {
    return std::string(scan_head) + std::string(device_columns) + std::string(more);
}

std::vector<ReportType> make_types() {
    static std::string const telnet = scan(",banner");
    static std::string const snmp = scan_device(
        ",version,sysname,sysdesc,community,response_size,amplification,uptime,mac_address,vendor_id,vendor");
    static std::string const ics = scan_device(",device_id,response_size,raw_response");
    static std::string const rdp = scan(
        ",handshake,rdp_protocol,cert_length,subject_common_name,issuer_common_name,cert_issue_date,"
        "cert_expiration_date,sha1_fingerprint,cert_serial_number,ssl_version,signature_algorithm,key_algorithm,"
        "sha256_fingerprint,sha512_fingerprint,md5_fingerprint,tlsv13_support,tlsv13_cipher,jarm");
    static std::string const adb = scan_device(",name,model,device,features");
    static std::string const dns = scan(",dns_version,min_amplification");
    static std::string const vnc = scan(",product,banner");
    static std::string const sinkhole = std::string(event_columns) + ",ssl_cipher,ssl_servername";
    static std::string const brute_force =
        std::string(event_columns) +
        ",service,start_time,end_time,client_version,username,password,payload_url,payload_md5,vulnerability_enum,"
        "vulnerability_id,vulnerability_class,vulnerability_score,vulnerability_severity,vulnerability_version,"
        "target_vendor,target_product,target_class";
    static std::string const website = scan(
        ",application,url,http_host,category,system,detected_since,server,redirect_target,cc_url,family,status,"
        "account,detail,public_source");
    static std::string const account =
        "timestamp,email,infection,source_url,public_source,status,tag,severity,service,username,detail";
    return {
        {"scan_telnet", telnet, "medium", "tcp", "telnet", {23, 2323}, false, 25},
        {"scan_snmp", snmp, "high", "udp", "snmp", {161}, false, 20},
        {"scan_dns", dns, "medium", "udp", "openresolver", {53}, false, 15},
        {"scan_rdp", rdp, "high", "tcp", "rdp", {3389}, false, 15},
        {"scan_vnc", vnc, "high", "tcp", "vnc", {5900, 5901}, false, 5},
        {"scan_ics", ics, "high", "tcp", "modbus", {502, 102, 20000}, false, 3},
        {"scan_adb", adb, "critical", "tcp", "adb", {5555}, false, 6},
        {"event4_sinkhole", sinkhole, "critical", "tcp", "botnet", {}, false, 12},
        {"event4_honeypot_brute_force", brute_force, "critical", "tcp", "ssh-brute-force", {}, false, 4},
        {"compromised_website", website, "critical", "tcp", "webshell", {443, 80}, false, 2},
        {"compromised_account", account, "critical", "", "stealer", {}, false, 2},
        {"scan6_telnet", telnet, "medium", "tcp", "telnet", {23, 2323}, true, 3},
        {"scan6_snmp", snmp, "high", "udp", "snmp", {161}, true, 3},
        {"scan6_rdp", rdp, "high", "tcp", "rdp", {3389}, true, 3},
        {"event6_sinkhole", sinkhole, "critical", "tcp", "botnet", {}, true, 2},
    };
}

void unknown_cell(std::string&, Cells const&) {}

}  // namespace

std::vector<ReportType> const& report_types() {
    static auto const types = make_types();
    return types;
}

ReportType const* find_report_type(std::string_view name) {
    for (auto const& type : report_types())
        if (type.name == name) return &type;
    return nullptr;
}

RowCounts& RowCounts::operator+=(RowCounts const& other) {
    distinct += other.distinct;
    repeats += other.repeats;
    broken += other.broken;
    gone += other.gone;
    return *this;
}

ReportRows::ReportRows(Nation const& nation, ReportType const& type, Population const& population,
                       ReportOptions options)
    : nation_(&nation), type_(&type), population_(&population), options_(std::move(options)) {
    date_ = format_date(Timestamp::from_day(options_.first_day.day() + static_cast<std::int32_t>(options_.day)));
    auto const of_all = [](double percent) { return static_cast<std::uint64_t>(percent / 100.0 * 4'294'967'296.0); };
    broken_below_ = of_all(options_.broken_percent);
    repeat_below_ = broken_below_ + of_all(options_.repeat_percent);
    for (auto const name : split(type.columns, ',')) {
        auto const* const known = std::ranges::find(cells_by_name, name, &NamedCell::column);
        columns_.push_back(known == std::end(cells_by_name) ? unknown_cell : known->write);
    }
}

std::string ReportRows::file_name() const {
    return fmt::format("{}-{}-900-{}-nation.csv", date_, type_->name, lowered(nation_->name));
}

void ReportRows::append_header(std::string& out) const {
    out += '"';
    out += replaced(std::string(type_->columns), ",", "\",\"");
    out += "\"\n";
}

ReportRows::Fate ReportRows::fate(std::uint64_t row) const {
    if (row == 0) return Fate::plain;
    auto const luck = mixed(options_.seed, row, 0x66617465 + options_.day) >> 32;
    return luck < broken_below_ ? Fate::broken : luck < repeat_below_ ? Fate::repeat : Fate::plain;
}

/// An earlier plain row. Row 0 is one.
std::uint64_t ReportRows::repeated_by(std::uint64_t row) const {
    auto earlier = mixed(options_.seed, row, 0x61676169) % row;
    while (fate(earlier) != Fate::plain) --earlier;
    return earlier;
}

Cells ReportRows::cells(std::uint64_t slot, std::uint64_t time_of) const {
    auto const second = mixed(options_.seed, time_of, 0x74696d65 + options_.day) % 86'400;
    return {nation_, type_, population_->host(slot, options_.day), date_, static_cast<std::uint32_t>(second)};
}

void ReportRows::append_row(std::string& out, Cells const& row) const {
    out += '"';
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) out += "\",\"";
        columns_[i](out, row);
    }
    out += "\"\n";
}

/// Four ways in which rows come broken.
void ReportRows::append_broken(std::string& out, std::uint64_t row) const {
    auto const start = out.size();
    append_row(out, cells(row, row));
    auto text = out.substr(start);
    out.resize(start);
    auto const address = format_ip(population_->host(row, options_.day).address);
    switch (mixed(options_.seed, row, 0x62726f6b) % 4) {
        case 0:
            text = text.contains(address) ? replaced(text, "\"" + address + "\"", "\"10.300.7.1\"")
                                          : replaced(text, "\"" + date_, "\"not a time " + date_);
            break;
        case 1:
            text = replaced(text, "\"" + date_, "\"yesterday");
            break;
        case 2:
            text = text.substr(0, 12) + "\"\n";  // cut short
            break;
        default:
            text = "\"" + date_ + "\"surplus" + text.substr(date_.size() + 1);
            break;
    }
    out += text;
}

void ReportRows::append(std::string& out, std::uint64_t from, std::uint64_t to, RowCounts& counts) const {
    for (auto row = from; row < to; ++row) {
        auto const what = fate(row);
        if (what == Fate::broken) {
            append_broken(out, row);
            ++counts.broken;
            continue;
        }
        auto const slot = what == Fate::repeat ? repeated_by(row) : row;
        // Half of the repeats are the very same row, half were seen at another time of the day.
        auto const cells_of_row = cells(slot, what == Fate::repeat && row % 2 == 0 ? row : slot);
        if (options_.is_gone && options_.is_gone(cells_of_row.host)) {
            ++counts.gone;
            continue;
        }
        append_row(out, cells_of_row);
        ++(what == Fate::repeat ? counts.repeats : counts.distinct);
    }
}

}  // namespace tocsin::app::simulation
