#include "events/parsers/foreign.hpp"
#include "events/parsers/values.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

using formats::JsonValue;

constexpr std::size_t most_bytes = std::size_t{64} << 20;

struct ReportType {
    std::string_view xarf, type;  ///< lower case, without - _ and blanks
};
constexpr auto report_types = std::to_array<ReportType>({
    {"spam", "spam"},
    {"spamtrap", "spam"},
    {"bulkmessaging", "spam"},
    {"loginattack", "brute-force"},
    {"bruteforce", "brute-force"},
    {"authfailure", "brute-force"},
    {"portscan", "scanner"},
    {"scan", "scanner"},
    {"portscanning", "scanner"},
    {"scraping", "scanner"},
    {"vulnerabilityscan", "scanner"},
    {"vulnerabilityscanning", "scanner"},
    {"sqlinjection", "ids-alert"},
    {"ddos", "ddos"},
    {"dos", "dos"},
    {"ddosamplification", "ddos-amplifier"},
    {"exploit", "ids-alert"},
    {"exploitattempt", "ids-alert"},
    {"attack", "ids-alert"},
    {"webattack", "ids-alert"},
    {"harvesting", "scanner"},
    {"malware", "malware-distribution"},
    {"malwareattack", "malware-distribution"},
    {"malwaredistribution", "malware-distribution"},
    {"exposeddata", "data-leak"},
    {"dataleak", "data-leak"},
    {"infectedhost", "infected-system"},
    {"infectedsystem", "infected-system"},
    {"compromisedmicrosoftexchange", "system-compromise"},
    {"botnet", "infected-system"},
    {"bot", "infected-system"},
    {"botnetinfection", "infected-system"},
    {"c2", "c2-server"},
    {"compromisedserver", "system-compromise"},
    {"compromisedaccount", "unprivileged-account-compromise"},
    {"compromisedwebsite", "application-compromise"},
    {"phishing", "phishing"},
    {"fraud", "masquerade"},
    {"fakeshop", "masquerade"},
    {"brandinfringement", "masquerade"},
    {"trademark", "copyright"},
    {"copyright", "copyright"},
    {"p2p", "copyright"},
    {"csam", "violence"},
    {"childabuse", "violence"},
    {"openservice", "potentially-unwanted-accessible"},
    {"open", "potentially-unwanted-accessible"},
    {"openport", "potentially-unwanted-accessible"},
    {"misconfiguration", "vulnerable-system"},
    {"cve", "vulnerable-system"},
    {"rogueaccesspoint", "misconfiguration"},
    {"vulnerability", "vulnerable-system"},
    {"vulnerable", "vulnerable-system"},
});

std::string bare(std::string_view text) {
    std::string out;
    for (char const c : lowered(text))
        if (c != '-' && c != '_' && c != ' ') out += c;
    return out;
}

void put_address_or_url(JsonWriter& json, std::string_view which, std::string_view text) {
    text = stripped(text);
    if (parse_ip(text))
        json.field(fmt::format("{}.ip", which), text);
    else if (text.contains("://") || text.starts_with("hxxp"))
        json.field(fmt::format("{}.url", which), text);
    else if (text.contains('/') && parse_prefix(text, true))
        json.field(fmt::format("{}.network", which), text);
    else if (!text.empty())
        json.field(fmt::format("{}.fqdn", which), text);
}

void put_type(JsonWriter& json, std::string_view report_type) {
    auto const type = type_of_xarf(report_type);
    json.field("classification.type", type).field("classification.taxonomy", classification_type(type)->taxonomy);
    json.field_unless_empty("classification.identifier", replaced(lowered(report_type), "_", "-"));
}

void put_port(JsonWriter& json, std::string_view name, std::string_view text) {
    auto const port = parse_int(stripped(text));
    if (port && is_valid_number(FieldKind::port, *port)) json.field(name, *port);
}

void put_transport(JsonWriter& json, std::string_view text) {
    auto const name = lowered(stripped(text));
    if (name == "tcp" || name == "udp" || name == "icmp")
        json.field("protocol.transport", name);
    else
        json.field_unless_empty("protocol.application", name);
}

void put_time(JsonWriter& json, std::string_view text) {
    auto const time = parse_loose_time(text);
    if (time)
        json.field("time.source", *time);
    else
        json.field_unless_empty("time.source", text);  // to be rejected with its reason
}

void finish(JsonWriter& json, std::string_view raw, std::string& lines) {
    if (raw.size() <= std::size_t{64} << 10) json.field("raw", to_base64(raw));
    json.end();
    lines += std::move(json).text();
    lines += '\n';
}

std::string_view scalar(JsonValue value) {
    return value.is_text() ? value.text() : value.is_number() || value.is_boolean() ? value.raw() : std::string_view();
}

/// The first of the names that has something.
std::string_view any_of(JsonValue value, std::initializer_list<std::string_view> names) {
    for (auto const name : names)
        if (auto const text = scalar(value[name]); !text.empty()) return text;
    return {};
}

/// Versions 2 and 3 keep the report below "Report", version 4 has it flat.
bool is_json_report(JsonValue value) {
    return value["Report"].is_object() || !scalar(value["xarf_version"]).empty() ||
           (!scalar(value["Report-Type"]).empty() && !scalar(value["Source"]).empty());
}

void write_json_report(JsonValue root, std::string& lines) {
    auto const nested = root["Report"];
    auto const report = nested.is_object() ? nested : root;
    JsonWriter json;
    json.object();
    auto const source = any_of(report, {"SourceIp", "source_identifier", "Source", "SourceUrl", "source"});
    put_type(json, any_of(report, {"ReportType", "type", "Report-Type"}));
    put_time(json, any_of(report, {"Date", "timestamp"}));
    put_address_or_url(json, "source", source);
    put_port(json, "source.port", any_of(report, {"SourcePort", "source_port", "Port"}));
    if (source.empty() || parse_ip(source))
        json.field_unless_empty("source.url", any_of(report, {"Url", "url", "SourceUrl"}));
    put_address_or_url(json, "destination", any_of(report, {"DestinationIp", "destination_ip", "Destination"}));
    put_port(json, "destination.port", any_of(report, {"DestinationPort", "destination_port"}));
    put_transport(json, any_of(report, {"Protocol", "protocol"}));
    json.field_unless_empty("product.vulnerabilities", cve_ids(any_of(report, {"cve_id", "Cve"})));
    json.field_unless_empty("malware.name", lowered(any_of(report, {"malware_family", "MalwareName"})));
    json.field_unless_empty("event_description.text", any_of(report, {"description", "Description", "AdditionalInfo"}));
    json.field_unless_empty("extra.xarf.id", any_of(report, {"report_id", "ReportID", "Report-ID"}));
    json.field_unless_empty("extra.xarf.class", any_of(report, {"ReportClass", "category", "Category"}));
    json.field_unless_empty("extra.xarf.version", any_of(root, {"xarf_version", "Version"}));
    auto const reporter = root["ReporterInfo"] ? root["ReporterInfo"] : root["reporter"];
    json.field_unless_empty("extra.xarf.reporter",
                            any_of(reporter, {"ReporterOrg", "org", "ReporterOrgDomain", "domain"}));
    finish(json, root.raw(), lines);
}

/// Scalars of the YAML of version 0.2: one "Key: value" a line, perhaps in quotes; a list gives its first item.
std::vector<std::pair<std::string, std::string>> yaml_scalars(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> found;
    for (auto const line : split(text, '\n')) {
        auto const content = stripped(line);
        if (content.empty() || content.starts_with('#') || content == "---" || found.size() > 256) continue;
        auto const unquoted = [](std::string_view value) {
            value = stripped(value);
            bool const quoted =
                value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
            return std::string(quoted ? value.substr(1, value.size() - 2) : value);
        };
        if (content.starts_with("- ")) {
            if (!found.empty() && found.back().second.empty()) found.back().second = unquoted(content.substr(2));
            continue;
        }
        auto const colon = content.find(':');
        if (colon == std::string_view::npos || colon == 0 || line.front() == ' ') continue;
        found.emplace_back(lowered(stripped(content.substr(0, colon))), unquoted(content.substr(colon + 1)));
    }
    return found;
}

bool write_yaml_report(std::string_view text, std::string& lines) {
    auto const scalars = yaml_scalars(text);
    auto const get = [&](std::string_view name) -> std::string_view {
        auto const found = std::ranges::find(scalars, name, &std::pair<std::string, std::string>::first);
        return found != scalars.end() ? std::string_view(found->second) : std::string_view();
    };
    if (get("report-type").empty() || get("source").empty()) return false;
    JsonWriter json;
    json.object();
    put_type(json, get("report-type"));
    put_time(json, get("date"));
    put_address_or_url(json, "source", get("source"));
    put_address_or_url(json, "destination", get("destination"));
    put_port(json, "destination.port", get("port"));
    json.field_unless_empty("protocol.application", lowered(get("service")));
    json.field_unless_empty("extra.xarf.id", get("report-id"));
    json.field_unless_empty("extra.xarf.class", get("category"));
    json.field_unless_empty("extra.xarf.version", get("version"));
    json.field_unless_empty("extra.xarf.reporter", get("reported-from"));
    json.field_unless_empty("extra.xarf.schema", get("schema-url"));
    finish(json, text, lines);
    return true;
}

class XarfEvents final : public formats::ByteSource {
  public:
    explicit XarfEvents(std::unique_ptr<formats::ByteSource> source) : source_(std::move(source)) {}

    Result<std::size_t> read(std::span<char> into) override {
        if (source_) CHECK(load());
        auto const size = lines_.copy(into.data(), into.size(), at_);
        at_ += size;
        return size;
    }

  private:
    Status load() {
        auto const source = std::exchange(source_, nullptr);
        std::string bytes;
        std::array<char, 65536> piece;
        while (true) {
            TRY(auto const size, source->read(piece));
            if (size == 0) break;
            bytes.append(piece.data(), size);
            if (bytes.size() > most_bytes)
                return fail(Code::limit, fmt::format("the report is longer than {} bytes", most_bytes));
        }
        if (!formats::mail::looks_like_mail(bytes)) {
            if (!report(bytes)) return fail(Code::invalid, expected);
            return {};
        }
        TRY(auto const mail, formats::mail::read_mail(bytes));
        bool any = false;
        for (auto const& part : mail.parts) any |= report(part.bytes);
        return any ? Status() : fail(Code::invalid, expected);
    }

    bool report(std::string_view bytes) {
        auto text = formats::is_valid_utf8(bytes) ? std::string(bytes) : formats::from_latin1(bytes);
        auto const content = stripped(text);
        if (!content.starts_with('{') && !content.starts_with('[')) return write_yaml_report(content, lines_);
        formats::JsonTree tree;
        if (!tree.parse(content)) return false;
        bool any = false;
        auto const take = [&](JsonValue one) {
            if (!is_json_report(one)) return;
            write_json_report(one, lines_);
            any = true;
        };
        if (!tree.root().is_array()) take(tree.root());
        if (tree.root().is_array())
            for (auto const one : tree.root()) take(one);
        return any;
    }

    static constexpr char const* expected =
        "has no X-ARF report; expected a mail with one, its YAML part with Report-Type and Source, or its JSON";
    std::unique_ptr<formats::ByteSource> source_;
    std::string lines_;
    std::size_t at_ = 0;
};

}  // namespace

std::string_view type_of_xarf(std::string_view report_type) {
    auto const wanted = bare(report_type);
    auto const found = std::ranges::find(report_types, std::string_view(wanted), &ReportType::xarf);
    return found != report_types.end() ? found->type : "undetermined";
}

std::unique_ptr<formats::ByteSource> xarf_events(std::unique_ptr<formats::ByteSource> source) {
    return std::make_unique<XarfEvents>(std::move(source));
}

}  // namespace tocsin::events
