#include "constituency/readers/json_document.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace tocsin::constituency {
namespace {

using formats::JsonValue;

constexpr std::size_t longest_name = 300;

/// The role of a point of contact, as PeeringDB lists them: Abuse, Maintenance, NOC, Policy, Public Relations, Sales,
/// Technical.
std::optional<ContactRole> role_of(std::string_view role) {
    auto const word = lowered(role);
    if (word == "abuse") return ContactRole::abuse;
    if (word == "noc") return ContactRole::duty;
    if (word == "technical" || word == "maintenance") return ContactRole::technical;
    if (word == "policy") return ContactRole::management;
    return std::nullopt;
}

class PeeringDb {
  public:
    PeeringDb(JsonDocument& document, ReaderOptions const& options, StatementSink const& sink)
        : document_(document), options_(options), sink_(sink) {}

    void organisation(JsonValue const& org);
    void network(JsonValue const& net);
    /// `within`: the network it stands in, when it does not say.
    void contact(JsonValue const& poc, std::optional<std::int64_t> within = std::nullopt);
    std::uint64_t objects() const { return objects_; }

  private:
    JsonDocument& document_;
    ReaderOptions const& options_;
    StatementSink const& sink_;
    std::unordered_map<std::int64_t, std::string> holders_;  ///< by network: the organisation's key
    std::unordered_map<std::int64_t, bool> is_wanted_;       ///< by organisation
    std::unordered_set<std::string> told_;
    std::uint64_t objects_ = 0;
};

bool is_ok(JsonValue const& object) {
    auto const status = object["status"].text();
    return status.empty() || status == "ok";
}

void PeeringDb::organisation(JsonValue const& org) {
    ++objects_;
    auto const id = org["id"].integer();
    if (!id || !is_ok(org)) return;
    auto const country = country_of(org["country"].text());
    bool const is_wanted = options_.country.empty() || country == options_.country;
    is_wanted_[*id] = is_wanted;
    if (!is_wanted) {
        sink_.left_out("of another country");
        return;
    }
    auto key = fmt::format("org {}", *id);
    if (!told_.insert(key).second) return;
    SaidOrganisation said{.line = document_.line_of(org), .key = std::move(key), .draft = {}, .parent_key = {}};
    said.draft.name = tamed(org["name"].text(), longest_name);
    said.draft.kind = OrganisationKind::operator_;
    said.draft.country = country;
    sink_.organisation(std::move(said));
}

void PeeringDb::network(JsonValue const& net) {
    ++objects_;
    auto const id = net["id"].integer(), org = net["org_id"].integer(), asn = net["asn"].integer();
    auto const line = document_.line_of(net);
    if (!is_ok(net)) return;
    if (!id || !org || !asn || *asn < 1 || *asn > 0xffff'ffffLL) {
        sink_.fault({line, "asn", "expected the numbers id, org_id and asn"});
        return;
    }
    if (auto const known = is_wanted_.find(*org); known == is_wanted_.end()) {
        // A dump of networks alone: the network's name stands for its organisation.
        if (!options_.country.empty()) {
            sink_.left_out("of an organisation whose country is not told");
            return;
        }
        auto key = fmt::format("org {}", *org);
        if (told_.insert(key).second) {
            SaidOrganisation said{.line = line, .key = std::move(key), .draft = {}, .parent_key = {}};
            auto const nested = net["org"]["name"].text();
            said.draft.name = tamed(nested.empty() ? net["name"].text() : nested, longest_name);
            said.draft.kind = OrganisationKind::operator_;
            sink_.organisation(std::move(said));
        }
    } else if (!known->second) {
        return;
    }
    auto const& holder = holders_[*id] = fmt::format("org {}", *org);
    SaidResource said{.line = line, .holder = holder, .draft = {}, .is_weak = false};
    said.draft.kind = ResourceKind::asn;
    said.draft.value = fmt::format("AS{}", *asn);
    sink_.resource(std::move(said));
    for (auto const poc : net["poc_set"]) contact(poc, id);
}

void PeeringDb::contact(JsonValue const& poc, std::optional<std::int64_t> within) {
    if (!poc.is_object()) return;
    ++objects_;
    auto const net = poc["net_id"] ? poc["net_id"].integer() : within;
    auto const holder = net ? holders_.find(*net) : holders_.end();
    auto const role = role_of(poc["role"].text());
    auto const email = poc["email"].text();
    if (!is_ok(poc) || !role || email.empty() || holder == holders_.end()) {
        sink_.left_out("contact without address, for sales or press, or of a network that is not here");
        return;
    }
    if (!told_.insert(fmt::format("{}|{}|{}", holder->second, name_of(*role), lowered(email))).second) return;
    SaidContact said{.line = document_.line_of(poc), .holder = holder->second, .draft = {}};
    said.draft.role = *role;
    said.draft.name = tamed(poc["name"].text(), longest_name);
    said.draft.email = std::string(email);
    said.draft.phone = phone_of(poc["phone"].text());
    sink_.contact(std::move(said));
}

}  // namespace

Status read_peeringdb(std::string_view json, ReaderOptions const& options, StatementSink const& sink) {
    TRY(auto const document, JsonDocument::parse(json, options));
    PeeringDb source(*document, options, sink);
    auto const root = document->root();
    bool const is_dump = root["net"] || root["org"] || root["poc"];
    if (is_dump) {
        for (auto const& one : elements(root["org"])) source.organisation(one);
        for (auto const& one : elements(root["net"])) source.network(one);
        for (auto const& one : elements(root["poc"])) source.contact(one);
    } else {
        auto const all = elements(root);
        for (auto const& one : all)
            if (one["asn"])
                source.network(one);
            else if (one["net_id"])
                source.contact(one);
            else if (one["name"]) {
                source.organisation(one);
                for (auto const net : one["net_set"])
                    if (net.is_object()) source.network(net);
            }
    }
    if (source.objects() == 0)
        return fail(Code::invalid,
                    fmt::format("{}: expected PeeringDB's org, net or poc, found none of them", options.name));
    return {};
}

}  // namespace tocsin::constituency
