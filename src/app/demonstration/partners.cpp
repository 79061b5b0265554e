#include "app/demonstration/partners.hpp"

#include "app/event_words.hpp"
#include "app/simulation/nation.hpp"
#include "intelligence/intelligence.hpp"
#include "sharing/sharing.hpp"

#include <boost/json.hpp>
#include <set>

namespace tocsin::app::demonstration {
namespace {

namespace stix = formats::stix;
using simulation::mixed;

constexpr std::string_view sinkhole = "shadowserver/event4_sinkhole", telnet = "shadowserver/scan_telnet";
constexpr std::size_t servers = 3, compromised = 4, others = 120;

std::string uuid_of(std::uint64_t seed, std::uint64_t number) {
    std::string bytes;
    for (std::uint64_t part = 0; part < 2; ++part) {
        auto const word = mixed(seed, number, part);
        for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(word >> shift & 0xff);
    }
    return stix::format_uuid(stix::uuid_v4(bytes));
}

/// Different values of one field in the newest events of a feed.
Result<std::vector<std::string>> values_of(Instance& instance, std::string_view feed, char const* field,
                                           std::size_t most) {
    TRY(auto* const events, instance.events());
    events::EventFilter filter;
    filter.feeds = {std::string(feed)};
    TRY(auto const page, events->search(scope_of_commands(instance), filter, events::EventOrder::newest_first,
                                        {.after = {}, .limit = 500}));
    std::set<std::string> values;
    for (auto const& event : page.items) {
        auto const fields = boost::json::parse(event.fields).as_object();
        if (auto const* const value = fields.if_contains(field); value != nullptr && value->is_string())
            values.emplace(value->as_string());
        if (values.size() >= most) break;
    }
    return std::vector<std::string>(values.begin(), values.end());
}

/// One partner's bundle on its way.
class Telling {
  public:
    Telling(std::uint64_t seed, Timestamp now, std::string_view team)
        : seed_(seed), now_(now), bundle_(stix::ContainerWriter::bundle("bundle--" + uuid_of(seed, 1))) {
        team_ = "identity--" + uuid_of(seed, 2);
        auto const all = markings(stix::TlpLevel::clear);
        bundle_.add(stix::identity_json(common(team_, all, {}),
                                        {.name = team, .description = "A national team that does not exist."}));
    }

    std::string thing(std::string_view type, std::string_view members, stix::TlpLevel tlp) {
        auto id = next(type);
        auto const refs = markings(tlp);
        bundle_.add(stix::object_json(type, common(id, refs, {}), members));
        return id;
    }
    std::string indicator(std::string_view name, std::string_view pattern, std::string_view label, stix::TlpLevel tlp) {
        auto id = next("indicator");
        auto const refs = markings(tlp);
        std::vector<std::string> const labels{std::string(label)}, types{"malicious-activity"};
        bundle_.add(
            stix::indicator_json(common(id, refs, labels), {.name = name,
                                                            .indicator_types = types,
                                                            .pattern = pattern,
                                                            .valid_from = now_ - std::chrono::hours(24 * 5),
                                                            .valid_until = now_ + std::chrono::hours(24 * 90)}));
        return id;
    }
    void relate(std::string_view source, std::string_view verb, std::string_view target) {
        auto const id = next("relationship");
        auto const refs = markings(stix::TlpLevel::green);
        bundle_.add(stix::relationship_json(common(id, refs, {}),
                                            {.relationship_type = verb, .source_ref = source, .target_ref = target}));
    }
    std::string finish() {
        bundle_.finish();
        return bundle_.take();
    }

  private:
    std::string next(std::string_view type) { return std::string(type) + "--" + uuid_of(seed_, 10 + number_++); }
    static std::vector<std::string> markings(stix::TlpLevel tlp) { return {std::string(stix::tlp2_marking_id(tlp))}; }
    stix::Common common(std::string_view id, std::span<std::string const> refs, std::span<std::string const> labels) {
        return {.id = id,
                .created = now_ - std::chrono::hours(24 * 3) + std::chrono::minutes(static_cast<int>(number_)),
                .created_by_ref = id == team_ ? std::string_view() : std::string_view(team_),
                .confidence = static_cast<int>(40 + number_ % 6 * 10),
                .labels = labels,
                .object_marking_refs = refs};
    }

    std::uint64_t seed_;
    Timestamp now_;
    stix::ContainerWriter bundle_;
    std::string team_;
    std::uint64_t number_ = 0;
};

std::string address_pattern(std::string_view address) {
    return fmt::format("[{}:value = '{}']", address.find(':') == std::string_view::npos ? "ipv4-addr" : "ipv6-addr",
                       address);
}

/// What nobody has met yet.
void tell_others(Telling& telling, std::uint64_t seed, std::string_view family) {
    for (std::size_t i = 0; i < others; ++i) {
        auto const number = mixed(seed, i, 0x6f74);
        auto const host = fmt::format("{:x}.relay{}.example", number & 0xffffff, i % 9);
        auto const tlp = static_cast<stix::TlpLevel>(i % 8 == 7 ? 2 : i % 2);
        auto const pattern = i % 3 == 0   ? fmt::format("[domain-name:value = '{}']", host)
                             : i % 3 == 1 ? fmt::format("[url:value = 'http://{}/gate/{:x}']", host, number >> 40)
                                          : fmt::format("[file:hashes.'SHA-256' = '{:016x}{:016x}{:016x}{:016x}']",
                                                        number, mixed(number), mixed(number, 1), mixed(number, 2));
        auto const id = telling.indicator(i % 3 == 2 ? fmt::format("Loader, build {}", i) : host, pattern,
                                          i % 3 == 2 ? "loader" : "distribution", tlp);
        if (i % 10 == 0) telling.relate(id, "indicates", family);
    }
}

Result<std::string> northland(Instance& instance, std::uint64_t seed, Timestamp now) {
    Telling telling(seed, now, "CIRT of Northland");
    auto const family = telling.thing(
        "malware",
        R"("name":"Lampblack","description":"Steals passwords and lets others in. Spreads by mails that look like invoices.","malware_types":["trojan","downloader"],"is_family":true)",
        stix::TlpLevel::clear);
    auto const group = telling.thing(
        "intrusion-set",
        R"("name":"Quiet Harbour","description":"Sells access to the networks it gets into.","aliases":["QH-2"],"goals":["money"])",
        stix::TlpLevel::amber);
    telling.relate(group, "uses", family);
    TRY(auto const met, values_of(instance, sinkhole, "destination.ip", servers));
    std::string refs = json_string(family);
    for (auto const& address : met) {
        auto const id =
            telling.indicator("Lampblack server " + address, address_pattern(address), "c2", stix::TlpLevel::green);
        telling.relate(id, "indicates", family);
        refs += "," + json_string(id);
    }
    tell_others(telling, seed, family);
    telling.thing(
        "report",
        fmt::format(
            R"("name":"Lampblack in November","description":"What three teams saw of it, and how to get rid of it.","report_types":["malware"],"published":"{}","object_refs":[{}])",
            stix::time_text(now), refs),
        stix::TlpLevel::green);
    telling.thing(
        "note",
        fmt::format(
            R"("abstract":"For few eyes","content":"A source inside the group says that it moves to new servers next week.","object_refs":[{}])",
            json_string(group)),
        stix::TlpLevel::red);
    return telling.finish();
}

Result<std::string> southland(Instance& instance, std::uint64_t seed, Timestamp now) {
    Telling telling(seed, now, "Southland CERT");
    TRY(auto const hosts, values_of(instance, telnet, "source.ip", compromised));
    for (auto const& address : hosts)
        telling.indicator("Scans from " + address, address_pattern(address), "compromised", stix::TlpLevel::amber);
    return telling.finish();
}

Status take(Instance& instance, std::string_view team, std::string_view country, gate::Tlp clearance,
            std::string bundle) {
    auto const by = access::command_principal();
    constituency::OrganisationDraft draft;
    draft.name = team;
    draft.kind = constituency::OrganisationKind::national_cirt;
    draft.country = country;
    draft.language = "en";
    TRY(auto const organisation, instance.constituency().directory().add(draft, by));
    CHECK(
        instance.peers().add({.name = std::string(team), .organisation = organisation.id, .clearance = clearance}, by));
    TRY(auto* const intelligence, instance.intelligence());
    intelligence::ImportRequest request;
    request.source.kind = "taxii";
    request.source.name = team;
    request.source.organisation = organisation.id;
    formats::MemorySource source(std::move(bundle));
    CHECK(intelligence->import(source, request, by));
    return {};
}

}  // namespace

Result<std::int64_t> partners_tell(Instance& instance, std::uint64_t seed, Timestamp now) {
    TRY(auto north, northland(instance, mixed(seed, 71), now));
    CHECK(take(instance, "CIRT of Northland", "XN", gate::Tlp::amber, std::move(north)));
    TRY(auto south, southland(instance, mixed(seed, 72), now));
    CHECK(take(instance, "Southland CERT", "XS", gate::Tlp::green, std::move(south)));
    CHECK(instance.match());
    TRY(auto* const events, instance.events());
    CHECK(events->process_pending());
    TRY(auto* const intelligence, instance.intelligence());
    return intelligence->count({}, gate::Recipient::team(access::command_principal()));
}

}  // namespace tocsin::app::demonstration
