#pragma once
#include "base/base.hpp"
#include "events/events.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::intelligence {

/// The STIX objects that an event tells of, as the dictionary of an observed-data object, for patterns.
///
/// `Row` has `bool has(Field)`, `std::string text(Field)` and `std::string json(Field)`: an event on its way in, or one
/// from the archive.
template <class Row>
class ObservedEvent {
  public:
    explicit ObservedEvent(Row const& row) : row_(row) {
        using enum events::Field;
        json_.object();
        auto const source = end_of(source_ip, source_fqdn, source_reverse_dns);
        auto const destination = end_of(destination_ip, destination_fqdn, destination_reverse_dns);
        add_traffic(source, destination);
        for (auto const field : {source_url, destination_url})
            if (row_.has(field)) begin("url").field("value", row_.text(field)).end();
        for (auto const field : {source_account, destination_account}) add_account(field);
        add_file();
        json_.end();
    }
    std::string text() && { return std::move(json_).text(); }

  private:
    using Field = events::Field;

    JsonWriter& begin(std::string_view type) {
        last_ = std::to_string(next_++);
        return json_.key(last_).object().field("type", type);
    }
    /// One end of a connection; gives the key of its address, else of its name.
    std::string end_of(Field ip, Field name, Field reverse) {
        std::string end;
        if (row_.has(ip)) {
            auto const address = row_.text(ip);
            begin(address.find(':') == std::string::npos ? "ipv4-addr" : "ipv6-addr").field("value", address).end();
            end = last_;
        }
        for (auto const field : {name, reverse}) {
            if (!row_.has(field)) continue;
            auto& json = begin("domain-name").field("value", row_.text(field));
            if (row_.has(ip)) json.key("resolves_to_refs").array().value(end).end();
            json.end();
            if (!row_.has(ip) && field == name) end = last_;
        }
        return end;
    }
    void add_traffic(std::string const& source, std::string const& destination) {
        if (source.empty() && destination.empty()) return;
        auto& json = begin("network-traffic");
        json.field_unless_empty("src_ref", source).field_unless_empty("dst_ref", destination);
        if (row_.has(Field::source_port)) json.key("src_port").raw(row_.json(Field::source_port));
        if (row_.has(Field::destination_port)) json.key("dst_port").raw(row_.json(Field::destination_port));
        json.key("protocols").array();
        for (auto const field : {Field::protocol_transport, Field::protocol_application})
            if (row_.has(field)) json.value(lowered(row_.text(field)));
        json.end().end();
    }
    void add_account(Field field) {
        if (!row_.has(field)) return;
        if (auto const account = row_.text(field); account.find('@') != std::string::npos) {
            begin("email-addr").field("value", account).end();
        } else {
            begin("user-account").field("account_login", account).end();
        }
    }
    void add_file() {
        static constexpr std::pair<Field, std::string_view> hashes[] = {{Field::malware_hash_md5, "MD5"},
                                                                        {Field::malware_hash_sha1, "SHA-1"},
                                                                        {Field::malware_hash_sha256, "SHA-256"}};
        if (std::ranges::none_of(hashes, [&](auto const& hash) { return row_.has(hash.first); })) return;
        auto& json = begin("file").key("hashes").object();
        for (auto const& [field, name] : hashes)
            if (row_.has(field)) json.field(name, lowered(row_.text(field)));
        json.end().end();
    }

    Row const& row_;
    JsonWriter json_;
    std::string last_;
    int next_ = 0;
};

template <class Row>
std::string observed_objects(Row const& row) {
    return ObservedEvent<Row>(row).text();
}

}  // namespace tocsin::intelligence
