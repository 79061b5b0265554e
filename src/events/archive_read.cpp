#include "events/archive_internal.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {

char const* const all_columns =
    "id, time, report, base, class, severity, lane, flags, ip_high, ip_low, port, asn, organisation, country, to_high, "
    "to_low, to_port, subject, application, region, city, as_name, malware, fqdn, reverse_dns, url, rest";

namespace {

enum Column : std::size_t {
    id,
    time,
    report,
    base,
    class_,
    severity,
    lane,
    flags,
    ip_high,
    ip_low,
    port,
    asn,
    organisation,
    country,
    to_high,
    to_low,
    to_port,
    subject,
    application,
    region,
    city,
    as_name,
    malware,
    fqdn,
    reverse_dns,
    url,
    rest
};

/// Names of fields that are not known (extra.*) come after those that are.
std::size_t place_of(std::string_view name) {
    auto const field = field_named(name);
    return field ? static_cast<std::size_t>(*field) : field_count;
}

class MemberList {
  public:
    void text(Field field, std::string_view value) {
        if (!value.empty()) add(field, json_string(value));
    }
    void add(Field field, std::string value) {
        members_.push_back({static_cast<std::size_t>(field), std::string(name_of(field)), std::move(value)});
    }
    void json(std::string_view members) {
        for_members(members, [&](std::string_view name, std::string_view value) {
            members_.push_back({place_of(name), std::string(name), std::string(value)});
        });
    }
    bool has(Field field) const {
        return std::ranges::any_of(members_, [&](auto const& m) { return m.place == static_cast<std::size_t>(field); });
    }
    std::vector<EventMember> sorted() && {
        for (auto it = members_.begin(); it != members_.end(); ++it)  // few, and mostly in order
            std::rotate(std::ranges::upper_bound(members_.begin(), it, it->place, {}, &EventMember::place), it, it + 1);
        return std::move(members_);
    }

  private:
    std::vector<EventMember> members_;
};

void add_addresses(MemberList& list, duck::Chunk const& chunk, std::size_t row) {
    IpAddress const source{chunk.get<std::uint64_t>(ip_high, row), chunk.get<std::uint64_t>(ip_low, row)};
    IpAddress const destination{chunk.get<std::uint64_t>(to_high, row), chunk.get<std::uint64_t>(to_low, row)};
    auto const bits = chunk.get<std::uint32_t>(flags, row);
    auto const length = static_cast<std::uint8_t>(bits >> 8);
    if (!source.is_none()) list.add(Field::source_ip, json_string(format_ip(source)));
    if (!destination.is_none()) list.add(Field::destination_ip, json_string(format_ip(destination)));
    if (length != 0) list.add(Field::source_network, json_string(format_prefix({masked(source, length), length})));
    if (auto const number = chunk.get<std::int32_t>(port, row); number >= 0)
        list.add(Field::source_port, std::to_string(number));
    if (auto const number = chunk.get<std::int32_t>(to_port, row); number >= 0)
        list.add(Field::destination_port, std::to_string(number));
    if (auto const number = chunk.get<std::uint32_t>(asn, row); number != 0)
        list.add(Field::source_asn, std::to_string(number));
}

}  // namespace

void for_members(std::string_view members, std::function<void(std::string_view, std::string_view)> const& each) {
    std::size_t at = 0;
    auto const string_end = [&](std::size_t from) {  // behind the closing quote
        auto end = from + 1;
        while (end < members.size() && members[end] != '"') end += members[end] == '\\' ? 2 : 1;
        return std::min(end + 1, members.size());
    };
    while (at < members.size()) {
        auto const name_end = string_end(at);
        if (name_end >= members.size() || name_end < at + 2) return;
        auto const name = members.substr(at + 1, name_end - at - 2);
        auto const start = name_end + 1;  // behind the colon
        auto end = start;
        for (int depth = 0; end < members.size(); ++end) {
            char const c = members[end];
            if (c == '"') end = string_end(end) - 1;
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            if (c == ',' && depth == 0) break;
        }
        each(name, members.substr(start, end - start));
        at = end + 1;
    }
}

std::string json_plain(std::string_view value) {
    if (!value.starts_with('"')) return std::string(value);
    std::string out;
    value = value.substr(1, value.size() < 2 ? 0 : value.size() - 2);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\' || i + 1 >= value.size()) {
            out += value[i];
            continue;
        }
        switch (value[++i]) {
            case 'n':
                out += '\n';
                break;
            case 't':
                out += '\t';
                break;
            case 'r':
                out += '\r';
                break;
            case 'b':
                out += '\b';
                break;
            case 'f':
                out += '\f';
                break;
            case 'u': {  // our own writer escapes only control characters so
                auto const bytes = from_hex(value.substr(std::min(i + 1, value.size()), 4));
                if (bytes && bytes->size() == 2 && (*bytes)[0] == 0) out += (*bytes)[1];
                i += 4;
                break;
            }
            default:
                out += value[i];
        }
    }
    return out;
}

std::vector<EventMember> read_members(Archive::Impl const& archive, duck::Chunk const& chunk, std::size_t row,
                                      Timestamp observed) {
    MemberList list;
    auto const& words = archive.dictionary;
    auto const word = [&](Column column) { return words.text(chunk.get<std::uint32_t>(column, row)); };
    auto const class_words = archive.classes.words_of(chunk.get<std::uint32_t>(class_, row));
    auto const bits = chunk.get<std::uint32_t>(flags, row);
    add_addresses(list, chunk, row);
    list.text(Field::classification_taxonomy, words.text(class_words.taxonomy));
    list.text(Field::classification_type, words.text(class_words.type));
    list.text(Field::classification_identifier, words.text(class_words.identifier));
    list.text(Field::protocol_transport, words.text(class_words.transport));
    list.text(Field::protocol_application, word(application));
    list.text(Field::source_cc, word(country));
    list.text(Field::source_region, word(region));
    list.text(Field::source_city, word(city));
    list.text(Field::source_as_name, word(as_name));
    list.text(Field::malware_name, word(malware));
    list.text(Field::severity, severity_named(chunk.get<std::uint8_t>(severity, row)));
    if ((bits & EventRow::tlp_is_told) != 0) list.text(Field::tlp, tlp_named(static_cast<std::uint8_t>(bits >> 16)));
    if ((bits & EventRow::has_source_time) != 0)
        list.text(Field::time_source, format_timestamp({chunk.get<std::int64_t>(time, row)}));
    list.text(Field::source_fqdn, chunk.text(fqdn, row));
    list.text(Field::source_reverse_dns, chunk.text(reverse_dns, row));
    list.text(Field::source_url, chunk.text(url, row));
    list.json(word(base));
    list.json(chunk.text(rest, row));
    if (!list.has(Field::time_observation)) list.text(Field::time_observation, format_timestamp(observed));
    return std::move(list).sorted();
}

StoredEvent read_event(Archive::Impl const& archive, duck::Chunk const& chunk, std::size_t row, Timestamp observed,
                       std::vector<EventMember>* members_out) {
    StoredEvent event;
    event.id = chunk.get<std::uint64_t>(id, row);
    event.time = {chunk.get<std::int64_t>(time, row)};
    event.report = chunk.get<std::uint32_t>(report, row);
    auto const number = chunk.get<std::uint32_t>(class_, row);
    event.feed = archive.dictionary.text(archive.classes.words_of(number).feed);
    event.organisation = chunk.get<std::uint32_t>(organisation, row);
    event.lane = static_cast<Lane>(chunk.get<std::uint8_t>(lane, row));
    auto const bits = chunk.get<std::uint32_t>(flags, row);
    event.tlp = tlp_named(static_cast<std::uint8_t>(bits >> 16));
    if ((bits & EventRow::has_finding) != 0) {
        auto const source_port = chunk.get<std::int32_t>(port, row);
        bool const with_port = (bits & EventRow::port_is_service) != 0 && source_port >= 0;
        event.finding = finding_id({{chunk.get<std::uint64_t>(ip_high, row), chunk.get<std::uint64_t>(ip_low, row)},
                                    chunk.get<std::uint64_t>(subject, row),
                                    number,
                                    with_port ? static_cast<std::uint32_t>(source_port) + 1 : 0});
    }
    auto members = read_members(archive, chunk, row, observed);
    event.fields = "{";
    for (auto const& member : members) {
        if (event.fields.size() > 1) event.fields += ',';
        event.fields += '"';
        event.fields += member.name;
        event.fields += "\":";
        event.fields += member.value;
    }
    event.fields += '}';
    if (members_out != nullptr) *members_out = std::move(members);
    return event;
}

}  // namespace tocsin::events
