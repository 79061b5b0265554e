#include "reports/repair/moved.hpp"

#include "reports/reports.hpp"

#include <algorithm>
#include <array>

namespace tocsin::reports {
namespace {

constexpr std::int64_t most_events = 2'000'000;
constexpr std::size_t most_addresses = 64;  // of one value; a device does not move more often than that
constexpr std::size_t longest_value = 200;

/// Fields that name one device, the surest first. Many devices of one make can share a certificate that came with it;
/// such a value is seen on several addresses at once and counts for none.
constexpr std::array<std::string_view, 12> identifiers{
    "extra.device_serial",      "extra.mac_address",      "extra.selected_mac",
    "extra.printer_uuid",       "extra.device_id",        "extra.ed25519_cert_public_key_sha256",
    "extra.sha256_fingerprint", "extra.sha1_fingerprint", "extra.certificate_sha1",
    "extra.machine_name",       "source.account",         "source.local_hostname",
};

}  // namespace

std::string_view text_of_field(std::string_view fields, std::string_view name) {
    std::string const wanted = "\"" + std::string(name) + "\":\"";
    for (auto at = fields.find(wanted); at != std::string_view::npos; at = fields.find(wanted, at + 1)) {
        if (at > 0 && fields[at - 1] == '\\') continue;  // inside a text
        auto const start = at + wanted.size();
        auto end = start;
        while (end < fields.size() && fields[end] != '"') end += fields[end] == '\\' ? 2 : 1;
        if (end >= fields.size()) return {};
        return fields.substr(start, end - start);
    }
    return {};
}

std::optional<Device> device_of(std::string_view fields) {
    for (auto const name : identifiers) {
        auto const value = text_of_field(fields, name);
        // "0" and "00:00:00:00:00:00" are on everything.
        if (value.size() < 5 || value.size() > longest_value || value.find_first_not_of("0:-. ") == value.npos)
            continue;
        return Device{name, std::string(value)};
    }
    return std::nullopt;
}

void Moving::see(Device const& device, Sighting const& sighting, std::string_view what) {
    auto& stays = devices_[{std::string(device.identifier), device.value, std::string(what)}];
    for (auto& stay : stays) {
        if (stay.address != sighting.address) continue;
        if (sighting.at < stay.first) stay.first = sighting.at;
        if (sighting.at >= stay.last) {
            stay.last = sighting.at;
            stay.finding = sighting.finding;
        }
        return;
    }
    if (stays.size() <= most_addresses)
        stays.push_back({sighting.address, sighting.at, sighting.at, std::string(sighting.finding)});
}

std::vector<Moved> Moving::moves() {
    std::vector<Moved> found;
    for (auto& [key, stays] : devices_) {
        if (stays.size() < 2 || stays.size() > most_addresses) continue;
        std::ranges::sort(stays, {}, &Stay::first);
        bool is_one_device = true;
        for (std::size_t i = 1; i < stays.size(); ++i)
            is_one_device = is_one_device && stays[i - 1].last < stays[i].first;
        if (!is_one_device) continue;
        for (std::size_t i = 1; i < stays.size(); ++i)
            found.push_back({.identifier = std::get<0>(key),
                             .value = std::get<1>(key),
                             .what = std::get<2>(key),
                             .before = stays[i - 1].address,
                             .after = stays[i].address,
                             .last_before = stays[i - 1].last,
                             .first_after = stays[i].first,
                             .finding_before = stays[i - 1].finding,
                             .finding_after = stays[i].finding});
    }
    std::ranges::sort(found, [](Moved const& a, Moved const& b) {
        return std::tie(b.first_after, a.value, a.what) < std::tie(a.first_after, b.value, b.what);
    });
    return found;
}

Result<MovedPicture> find_moved(Rooms const& rooms, MovedRequest const& request, access::Principal const& by) {
    events::EventFilter filter;
    filter.organisations = {request.organisation};
    filter.from = request.from;
    filter.to = request.to;
    auto const scope = rooms.gate.scope<events::StoredEvent>(gate::Recipient::team(by));
    MovedPicture picture;
    Moving moving;
    CHECK(rooms.events.scan(scope, filter, [&](std::span<events::StoredEvent const> some) {
        for (auto const& event : some) {
            if (++picture.looked_at > most_events) {
                picture.is_cut = true;
                --picture.looked_at;
                return false;
            }
            auto const address = parse_ip(text_of_field(event.fields, "source.ip"));
            auto const device = address ? device_of(event.fields) : std::nullopt;
            if (!device) continue;
            ++picture.with_identifier;
            auto what = text_of_field(event.fields, "classification.identifier");
            if (what.empty()) what = text_of_field(event.fields, "classification.type");
            moving.see(*device, {*address, event.time, event.finding}, what);
        }
        return true;
    }));
    picture.items = moving.moves();
    auto const most = std::clamp<std::size_t>(request.most, 1, 1000);
    picture.is_cut = picture.is_cut || picture.items.size() > most;
    picture.items.resize(std::min(picture.items.size(), most));
    return picture;
}

}  // namespace tocsin::reports
