#include "constituency/readers/json_document.hpp"

#include <algorithm>
#include <unordered_set>

namespace tocsin::constituency {
namespace {

using formats::JsonValue;

constexpr std::size_t longest_name = 300, longest_note = 2000;

/// A contact's roles are named by each portal; these words are looked for in them.
ContactRole role_of(std::string_view name) {
    auto const word = lowered(name);
    if (word.contains("abuse")) return ContactRole::abuse;
    if (word.contains("24") || word.contains("duty") || word.contains("emergency") || word.contains("noc"))
        return ContactRole::duty;
    if (word.contains("ciso") || word.contains("security") || word.contains("cert") || word.contains("csirt") ||
        word.contains("incident"))
        return ContactRole::security;
    if (word.contains("tech") || word.contains("admin")) return ContactRole::technical;
    if (word.contains("manage") || word.contains("ceo") || word.contains("director")) return ContactRole::management;
    return ContactRole::other;
}

std::string key_of(JsonValue const& id) {
    auto const text = plain(id);
    return text.empty() ? std::string() : fmt::format("org {}", tamed(text, 100));
}

class Tuency {
  public:
    Tuency(JsonDocument& document, StatementSink const& sink) : document_(document), sink_(sink) {}

    void organisation(JsonValue const& org, std::string const& above, int depth);
    void flat(JsonValue const& root);
    std::uint64_t objects() const { return objects_; }

  private:
    void netobjects(JsonValue const& holder, std::string const& key);
    void netobject(JsonValue const& object, std::string key, ResourceKind kind, std::string_view field);
    void contact(JsonValue const& person, std::string key);

    JsonDocument& document_;
    StatementSink const& sink_;
    std::unordered_set<std::string> told_;
    std::uint64_t objects_ = 0;
};

/// A netobject is a claim; what the portal has not approved stays one, what it refused is left out.
void Tuency::netobject(JsonValue const& object, std::string key, ResourceKind kind, std::string_view field) {
    if (auto own = key_of(object["organisation_id"]); !own.empty()) key = std::move(own);
    auto const value = plain(object.is_object() ? object[field] : object);
    auto const approval = lowered(first_of(object, {"approval", "status"}).text());
    auto const line = document_.line_of(object);
    if (approval == "denied" || approval == "refused" || approval == "rejected") {
        sink_.left_out("claim that the portal refused");
        return;
    }
    if (key.empty() || value.empty()) {
        sink_.fault({line, std::string(field), "expected a value and an organisation_id"});
        return;
    }
    SaidResource said{.line = line, .holder = key, .draft = {}, .is_weak = false};
    said.draft.kind = kind;
    said.draft.verified = approval == "approved";
    if (kind != ResourceKind::prefix) {
        said.draft.value = std::string(value.substr(0, 300));
        sink_.resource(std::move(said));
        return;
    }
    auto const networks = networks_of(value);
    if (networks.empty())
        sink_.fault({line, std::string(field), fmt::format("expected a network, found \"{}\"", tamed(value, 100))});
    for (auto const& network : networks) {
        said.draft.value = format_prefix(network);
        sink_.resource(said);
    }
}

void Tuency::contact(JsonValue const& person, std::string key) {
    if (auto own = key_of(person["organisation_id"]); !own.empty()) key = std::move(own);
    auto const email = person["email"].text();
    auto const phone = phone_of(first_of(person, {"tel_1", "tel", "phone"}).text());
    auto const at_any_hour = phone_of(person["tel_24_7"].text());
    if (key.empty() || (email.empty() && phone.empty() && at_any_hour.empty())) {
        sink_.fault({document_.line_of(person), "email", "expected an address or a number and an organisation_id"});
        return;
    }
    std::vector<ContactRole> roles;
    for (auto const role : person["roles"]) {
        auto const ours = role_of(role.is_object() ? role["name"].text() : role.text());
        if (std::ranges::find(roles, ours) == roles.end()) roles.push_back(ours);
    }
    if (roles.empty()) roles.push_back(ContactRole::other);
    auto const pgp = first_of(person, {"openpgp_pubkey", "pgp_public_key"}).text();
    auto const smime = first_of(person, {"s_mime_cert", "smime_cert"}).text();
    for (auto const role : roles) {
        SaidContact said{.line = document_.line_of(person), .holder = key, .draft = {}};
        said.draft.role = role;
        said.draft.email = std::string(email.substr(0, 300));
        said.draft.phone = role == ContactRole::duty && !at_any_hour.empty() ? at_any_hour : phone;
        said.draft.name =
            tamed(fmt::format("{} {}", first_of(person, {"first_name", "name"}).text(), person["last_name"].text()),
                  longest_name);
        auto const armoured = pgp.starts_with("-----BEGIN ") ? pgp : smime;
        if (armoured.starts_with("-----BEGIN ")) said.draft.public_key = std::string(armoured);
        sink_.contact(std::move(said));
    }
}

void Tuency::netobjects(JsonValue const& holder, std::string const& key) {
    for (auto const one : holder["asns"]) netobject(one, key, ResourceKind::asn, "asn");
    for (auto const one : holder["networks"]) netobject(one, key, ResourceKind::prefix, "address");
    for (auto const one : holder["fqdns"]) netobject(one, key, ResourceKind::domain, "fqdn");
    for (std::size_t i = 0; i < holder["ripe_org_hdls"].size(); ++i)
        sink_.left_out("RIPE handle: its networks come with the registry's own dump");
}

void Tuency::organisation(JsonValue const& org, std::string const& above, int depth) {
    constexpr int deepest = 8;
    if (!org.is_object() || depth > deepest) return;
    auto const key = key_of(first_of(org, {"organisation_id", "id"}));
    if (!key.empty()) ++objects_;
    auto const line = document_.line_of(org);
    if (key.empty()) {
        sink_.fault({line, "organisation_id", "expected the organisation's id, found nothing"});
        return;
    }
    if (told_.insert(key).second) {
        SaidOrganisation said{.line = line, .key = key, .draft = {}, .parent_key = {}};
        said.draft.name = tamed(org["name"].text(), longest_name);
        said.draft.note = tamed(org["comment"].text(), longest_note);
        said.parent_key = above.empty() ? key_of(org["parent_id"]) : above;
        sink_.organisation(std::move(said));
    }
    netobjects(org, key);
    if (auto const inner = org["netobjects"]; inner.is_object()) netobjects(inner, key);
    for (auto const person : org["contacts"]) contact(person, key);
    for (auto const below : first_of(org, {"sub_organisations", "children"})) organisation(below, key, depth + 1);
}

/// Lists beside each other, tied by organisation_id.
void Tuency::flat(JsonValue const& root) {
    for (auto const& org : elements(root["organisations"])) organisation(org, {}, 0);
    netobjects(root, {});
    if (auto const inner = root["netobjects"]; inner.is_object()) netobjects(inner, {});
    for (auto const person : root["contacts"]) contact(person, {});
}

}  // namespace

Status read_tuency(std::string_view json, ReaderOptions const& options, StatementSink const& sink) {
    TRY(auto const document, JsonDocument::parse(json, options));
    Tuency source(*document, sink);
    auto const root = document->root();
    if (root["organisations"])
        source.flat(root);
    else
        for (auto const& org : elements(root)) source.organisation(org, {}, 0);
    if (source.objects() == 0)
        return fail(Code::invalid,
                    fmt::format("{}: expected organisations with organisation_id, found none", options.name));
    return {};
}

}  // namespace tocsin::constituency
