#include "constituency/readers/json_document.hpp"

#include <algorithm>
#include <unordered_set>

namespace tocsin::constituency {
namespace {

using formats::JsonValue;

constexpr std::size_t longest_name = 300, longest_note = 2000, most_columns = 32;

/// "a@x.example, Desk <b@x.example>; c@x.example": the addresses and the words in front of them.
std::vector<std::pair<std::string, std::string>> addresses_in(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> found;
    while (!text.empty() && found.size() < 32) {
        auto const end = text.find_first_of(",;");
        auto const one = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (one.empty()) continue;
        auto const open = one.rfind('<');
        if (open != std::string_view::npos && one.ends_with('>')) {
            auto name = trimmed(one.substr(0, open));
            if (name.size() > 1 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
            found.emplace_back(one.substr(open + 1, one.size() - open - 2), tamed(name, longest_name));
        } else {
            found.emplace_back(one, std::string());
        }
    }
    return found;
}

/// "AS64496", "192.0.2.0/24", "192.0.2.0 - 192.0.2.255" or a domain.
void tell_resource(StatementSink const& sink, std::uint64_t line, std::string const& holder, std::string_view text) {
    text = trimmed(text);
    SaidResource said{.line = line, .holder = holder, .draft = {}, .is_weak = false};
    auto const networks = networks_of(text);
    if (!networks.empty()) {
        for (auto const& network : networks) {
            said.draft.kind = ResourceKind::prefix;
            said.draft.value = format_prefix(network);
            sink.resource(said);
        }
        return;
    }
    if (text.find_first_not_of("0123456789./:- ") == std::string_view::npos && !parse_int(text)) {
        sink.fault({line, "as_or_cidr",
                    fmt::format("expected an AS number, a network or a domain, found \"{}\"", tamed(text, 100))});
        return;
    }
    bool const is_number =
        parse_int(text).has_value() ||
        (text.size() > 2 && equal_ignoring_case(text.substr(0, 2), "AS") && parse_int(text.substr(2)));
    said.draft.kind = is_number ? ResourceKind::asn : ResourceKind::domain;
    said.draft.value = std::string(text.substr(0, 300));
    sink.resource(std::move(said));
}

class CsvSource {
  public:
    CsvSource(ReaderOptions const& options, StatementSink const& sink) : options_(options), sink_(sink) {}
    Status read(std::string_view bytes);

  private:
    Status header(std::span<std::string_view const> cells);
    void row(std::span<std::string_view const> cells, std::uint64_t line);

    ReaderOptions const& options_;
    StatementSink const& sink_;
    std::size_t organisation_ = SIZE_MAX, resource_ = SIZE_MAX, contact_ = SIZE_MAX, comment_ = SIZE_MAX;
    std::size_t columns_ = 0;
    std::unordered_set<std::string> told_;
};

Status CsvSource::header(std::span<std::string_view const> cells) {
    columns_ = cells.size();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        auto const name = lowered(trimmed(cells[i]));
        if (name == "organization" || name == "organisation") organisation_ = i;
        if (name == "as_or_cidr" || name == "resource") resource_ = i;
        if (name == "contact" || name == "contacts") contact_ = i;
        if (name == "comment") comment_ = i;
    }
    if (organisation_ != SIZE_MAX && resource_ != SIZE_MAX && contact_ != SIZE_MAX) return {};
    return fail(Code::invalid,
                fmt::format("{}:1: expected the columns organization, as_or_cidr and contact", options_.name));
}

void CsvSource::row(std::span<std::string_view const> cells, std::uint64_t line) {
    auto const cell = [&](std::size_t at) { return at < cells.size() ? trimmed(cells[at]) : std::string_view(); };
    if (cells.size() != columns_) {
        sink_.fault({line, "", fmt::format("expected {} columns, found {}", columns_, cells.size())});
        return;
    }
    auto const name = tamed(cell(organisation_), longest_name);
    if (name.empty()) {
        sink_.fault({line, "organization", "expected a name, found nothing"});
        return;
    }
    auto const key = lowered(name);
    if (told_.insert(key).second) {
        SaidOrganisation said{.line = line, .key = key, .draft = {}, .parent_key = {}};
        said.draft.name = name;
        said.draft.note = tamed(cell(comment_), longest_note);
        sink_.organisation(std::move(said));
    }
    if (!cell(resource_).empty()) tell_resource(sink_, line, key, cell(resource_));
    for (auto& [email, words] : addresses_in(cell(contact_))) {
        if (!told_.insert(fmt::format("{}|{}", key, lowered(email))).second) continue;
        SaidContact said{.line = line, .holder = key, .draft = {}};
        said.draft.email = email;
        said.draft.name = words;
        sink_.contact(std::move(said));
    }
}

Status CsvSource::read(std::string_view bytes) {
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    std::string padded = formats::is_valid_utf8(bytes) ? std::string(bytes) : formats::from_latin1(bytes);
    auto const size = padded.size();
    padded.resize(size + formats::csv_padding);
    std::string_view const text(padded.data(), size);
    auto const first = text.substr(0, text.find('\n'));
    char delimiter = ',';
    for (char const candidate : {';', '\t'})
        if (std::ranges::count(first, candidate) > std::ranges::count(first, delimiter)) delimiter = candidate;
    formats::CsvDialect const dialect{.delimiter = delimiter};
    std::vector<std::string_view> cells(most_columns);
    std::vector<std::uint32_t> ends;
    std::string unescaped;
    std::uint64_t line = 1, rows = 0;
    bool has_header = false;
    for (std::size_t start = 0; start < text.size();) {
        ends.clear();
        formats::find_records(text, start, dialect, true, 1024, ends);
        if (ends.empty()) break;
        for (auto const end : ends) {
            auto const record = text.substr(start, end - start);
            auto const at = line;
            line += static_cast<std::uint64_t>(std::ranges::count(record, '\n'));
            start = end;
            if (trimmed(record).empty()) continue;
            if (++rows > options_.most_statements)
                return fail(Code::limit,
                            fmt::format("{}: expected at most {} rows", options_.name, options_.most_statements));
            unescaped.resize(std::max(unescaped.size(), record.size() + 1));
            cells.assign(most_columns, {});
            auto const split = formats::split_record(record, dialect, cells, unescaped.data());
            if (split.fault != formats::SplitFault::none || split.count > most_columns) {
                if (!has_header)
                    return fail(Code::invalid, fmt::format("{}:{}: the header is no CSV", options_.name, at));
                sink_.fault({at, "", "expected CSV: a quote is not closed, or there are too many columns"});
                continue;
            }
            auto const found = std::span(cells).first(split.count);
            if (has_header)
                row(found, at);
            else
                CHECK(header(found));
            has_header = true;
        }
    }
    if (!has_header)
        return fail(Code::invalid, fmt::format("{}: expected a header and rows, found nothing", options_.name));
    return {};
}

/// One organisation as Fody's backend gives and takes it.
void tell_fody(JsonDocument& document, JsonValue const& org, StatementSink const& sink) {
    auto const line = document.line_of(org);
    auto const name = tamed(org["name"].text(), longest_name);
    auto const id = first_of(org, {"organisation_id", "organisation_automatic_id", "id"});
    auto const key = id ? fmt::format("org {}", plain(id).substr(0, 60)) : lowered(name);
    if (name.empty()) {
        sink.fault({line, "name", "expected the organisation's name, found nothing"});
        return;
    }
    SaidOrganisation said{.line = line, .key = key, .draft = {}, .parent_key = {}};
    said.draft.name = name;
    said.draft.note = tamed(org["comment"].text(), longest_note);
    sink.organisation(std::move(said));
    for (auto const asn : org["asns"]) {
        auto const number = plain(asn.is_object() ? asn["asn"] : asn);
        tell_resource(sink, document.line_of(asn), key, number);
    }
    for (auto const network : org["networks"])
        tell_resource(sink, document.line_of(network), key, plain(network.is_object() ? network["address"] : network));
    for (auto const fqdn : org["fqdns"])
        tell_resource(sink, document.line_of(fqdn), key, plain(fqdn.is_object() ? fqdn["fqdn"] : fqdn));
    for (auto const cert : org["national_certs"]) {
        SaidResource country{.line = document.line_of(cert), .holder = key, .draft = {}, .is_weak = false};
        country.draft.kind = ResourceKind::country;
        country.draft.value = std::string(plain(cert["country_code"]).substr(0, 10));
        sink.resource(std::move(country));
    }
    for (auto const person : org["contacts"]) {
        SaidContact contact{.line = document.line_of(person), .holder = key, .draft = {}};
        contact.draft.email = std::string(person["email"].text().substr(0, 300));
        contact.draft.name =
            tamed(fmt::format("{} {}", person["firstname"].text(), person["lastname"].text()), longest_name);
        contact.draft.phone = phone_of(person["tel"].text());
        contact.draft.key = std::string(person["openpgp_fpr"].text().substr(0, 200));
        sink.contact(std::move(contact));
    }
}

/// n6's configuration of one organisation, as its portal gives it to that organisation.
void tell_n6(JsonDocument& document, JsonValue const& org, StatementSink const& sink) {
    auto const line = document.line_of(org);
    auto const key = tamed(org["org_id"].text(), longest_name);
    if (key.empty()) {
        sink.fault({line, "org_id", "expected the organisation's id, found nothing"});
        return;
    }
    auto const called = tamed(first_of(org, {"actual_name", "org_actual_name"}).text(), longest_name);
    auto const notices = org["email_notifications"];
    auto const language = lowered(first_of(notices, {"email_notification_language", "language"}).text().substr(0, 2));
    SaidOrganisation said{.line = line, .key = key, .draft = {}, .parent_key = {}};
    said.draft.name = called.empty() ? key : called;
    if (is_language(language)) said.draft.language = language;
    sink.organisation(std::move(said));
    auto const inside = org["inside_criteria"];
    for (auto const asn : inside["asn_seq"]) tell_resource(sink, document.line_of(asn), key, plain(asn));
    for (auto const fqdn : inside["fqdn_seq"]) tell_resource(sink, document.line_of(fqdn), key, plain(fqdn));
    for (auto const range : inside["ip_min_max_seq"])
        tell_resource(sink, document.line_of(range), key,
                      fmt::format("{} - {}", range["min_ip"].text(), range["max_ip"].text()));
    for (auto const address : notices["email_notification_addresses"]) {
        SaidContact contact{.line = document.line_of(address), .holder = key, .draft = {}};
        contact.draft.email = std::string(address.text().substr(0, 300));
        sink.contact(std::move(contact));
    }
}

}  // namespace

Status read_intelmq(std::string_view bytes, ReaderOptions const& options, StatementSink const& sink) {
    auto const start = trimmed(bytes.substr(0, 200));
    if (!start.starts_with('{') && !start.starts_with('[')) return CsvSource(options, sink).read(bytes);
    TRY(auto const document, JsonDocument::parse(bytes, options));
    auto const root = document->root();
    bool any = false;
    for (auto const& org : elements(root["orgs"] ? root["orgs"] : root)) {
        if (org["inside_criteria"] || org["org_id"]) {
            tell_n6(*document, org, sink);
            any = true;
        } else if (org["contacts"] || org["asns"] || org["networks"]) {
            tell_fody(*document, org, sink);
            any = true;
        }
    }
    if (!any)
        return fail(Code::invalid,
                    fmt::format("{}: expected organisations with contacts, asns and networks (\"orgs\"), "
                                "found none",
                                options.name));
    return {};
}

}  // namespace tocsin::constituency
