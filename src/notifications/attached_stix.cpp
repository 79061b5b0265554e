#include "notifications/attached_stix.hpp"

#include "formats/formats.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <unordered_map>

namespace tocsin::notifications {
namespace {

namespace stix = formats::stix;

constexpr std::int64_t most_observed = 999'999'999;  // STIX 2.1 section 4.14

stix::TlpLevel level_of(gate::Tlp tlp) {
    return static_cast<stix::TlpLevel>(tlp);
}

/// Our own namespace, for STIX keeps its own for cyber-observable objects.
std::string id_of(std::string_view type, std::string_view name) {
    static auto const own = stix::parse_uuid("0e6d3c58-7a41-4f0b-9d0e-6a52c4b1f7a3");
    TOCSIN_ASSERT(own);
    return stix::format_identifier(type, stix::uuid_v5(*own, name));
}

bool has_observable(Line const& line) {
    return !line.address.empty() || !line.domain.empty() || !line.url.empty() || !line.account.empty();
}

class Bundle {
  public:
    Bundle(Digest const& digest, std::string_view team, std::string_view identity)
        : digest_(digest), team_(team), identity_(identity) {}

    std::string text(gate::Marking const& marking, Timestamp date) {
        for (auto const& line : digest_.lines)
            if (has_observable(line)) add(line);
        auto out = stix::ContainerWriter::bundle(id_of("bundle", digest_.message_id));
        levels_.insert(marking.tlp);
        for (auto const level : levels_) out.add(stix::tlp2_marking_json(level_of(level)));
        for (auto const& id : order_) out.add(observable(id));
        for (auto const& one : observed_) out.add(one);
        out.add(grouping(marking, date));
        out.finish();
        return out.take();
    }

  private:
    struct Observable {
        std::string members;  ///< JSON without the braces
        gate::Tlp tlp = gate::Tlp::clear;
    };

    /// Keeps an observable; one that several findings hold carries the strictest of their markings.
    std::string keep(std::string_view type, std::string members, gate::Tlp tlp) {
        auto const json = fmt::format(R"({{"type":"{}",{}}})", type, members);  // the tree points into it
        formats::JsonTree tree;
        TOCSIN_ASSERT(tree.parse(json));
        auto const found = stix::deterministic_id(tree.root());
        auto id = found && *found ? **found : id_of(type, members);
        auto const [at, is_new] = observables_.try_emplace(id, Observable{std::move(members), tlp});
        if (is_new) order_.push_back(id);
        at->second.tlp = std::max(at->second.tlp, tlp);
        return id;
    }

    std::string value(std::string_view type, std::string_view key, std::string_view text, gate::Tlp tlp) {
        return keep(type, fmt::format(R"("{}":{})", key, json_string(text)), tlp);
    }

    void add(Line const& line) {
        auto const tlp = marking_of(line).tlp;
        levels_.insert(tlp);
        std::vector<std::string> refs;
        if (!line.address.empty()) {
            refs.push_back(value(line.address.contains(':') ? "ipv6-addr" : "ipv4-addr", "value", line.address, tlp));
            if (line.port && !line.transport.empty())
                refs.push_back(
                    keep("network-traffic",
                         fmt::format(R"("dst_ref":{},"dst_port":{},"protocols":[{}])", json_string(refs.front()),
                                     *line.port, json_string(lowered(line.transport))),
                         tlp));
        }
        if (!line.domain.empty()) refs.push_back(value("domain-name", "value", line.domain, tlp));
        if (!line.url.empty()) refs.push_back(value("url", "value", line.url, tlp));
        if (!line.account.empty()) refs.push_back(value("user-account", "account_login", line.account, tlp));

        JsonWriter members, source;
        members.object()
            .field("first_observed", stix::time_text(line.first_seen))
            .field("last_observed", stix::time_text(std::max(line.first_seen, line.last_seen)))
            .field("number_observed", std::clamp(line.times, std::int64_t{1}, most_observed));
        list(members, "object_refs", refs);
        members.end();
        source.array().object().field("source_name", team_).field("external_id", line.finding).end().end();
        std::vector<std::string> labels;
        for (auto const* const word : {&line.taxonomy, &line.type, &line.identifier})
            if (!word->empty()) labels.push_back(*word);
        if (!line.severity.empty()) labels.push_back("severity:" + line.severity);
        auto const id = id_of("observed-data", line.finding);
        auto const marks = marked(tlp);
        observed_.push_back(stix::object_json("observed-data",
                                              {.id = id,
                                               .created = line.first_seen,
                                               .modified = std::max(line.first_seen, line.last_seen),
                                               .created_by_ref = identity_,
                                               .labels = labels,
                                               .object_marking_refs = marks,
                                               .external_references = source.text()},
                                              inside(members)));
        ids_.push_back(id);
    }

    std::string observable(std::string const& id) const {
        auto const& one = observables_.at(id);
        return fmt::format(R"({{"type":"{}","spec_version":"2.1","id":"{}","object_marking_refs":["{}"],{}}})",
                           id.substr(0, id.find("--")), id, stix::tlp2_marking_id(level_of(one.tlp)), one.members);
    }

    std::string grouping(gate::Marking const& marking, Timestamp date) const {
        JsonWriter members;
        members.object().field("name", digest_.organisation_name).field("context", "suspicious-activity");
        list(members, "object_refs", ids_);
        members.end();
        auto const marks = marked(marking.tlp);
        return stix::object_json("grouping",
                                 {.id = id_of("grouping", digest_.message_id),
                                  .created = date,
                                  .created_by_ref = identity_,
                                  .object_marking_refs = marks},
                                 inside(members));
    }

    static void list(JsonWriter& json, std::string_view key, std::vector<std::string> const& texts) {
        json.key(key).array();
        for (auto const& text : texts) json.value(text);
        json.end();
    }
    static std::string_view inside(JsonWriter const& members) {
        std::string_view const text = members.text();
        return text.substr(1, text.size() - 2);
    }
    static std::vector<std::string> marked(gate::Tlp tlp) {
        return {std::string(stix::tlp2_marking_id(level_of(tlp)))};
    }

    Digest const& digest_;
    std::string_view team_, identity_;
    std::set<gate::Tlp> levels_;
    std::unordered_map<std::string, Observable> observables_;
    std::vector<std::string> order_, observed_, ids_;
};

}  // namespace

std::size_t stix_lines(Digest const& digest) {
    return static_cast<std::size_t>(std::ranges::count_if(digest.lines, has_observable));
}

std::string stix_of(gate::Cleared<Digest> const& digest, std::string_view team, std::string_view identity,
                    Timestamp date) {
    return Bundle(*digest, team, identity).text(digest.marking(), date);
}

}  // namespace tocsin::notifications
