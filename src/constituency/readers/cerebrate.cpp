#include "constituency/readers/json_document.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace tocsin::constituency {
namespace {

using formats::JsonValue;

constexpr std::size_t longest_name = 300, longest_note = 2000;

/// A position or an alignment's type is free text.
ContactRole role_of(std::string_view position) {
    auto const word = lowered(position);
    if (word.contains("abuse")) return ContactRole::abuse;
    if (word.contains("duty") || word.contains("24") || word.contains("noc")) return ContactRole::duty;
    if (word.contains("security") || word.contains("ciso") || word.contains("csirt") || word.contains("cert") ||
        word.contains("incident") || word.contains("soc"))
        return ContactRole::security;
    if (word.contains("manage") || word.contains("head") || word.contains("director")) return ContactRole::management;
    if (word.contains("tech") || word.contains("admin") || word.contains("engineer")) return ContactRole::technical;
    return ContactRole::other;
}

/// Exports differ in capitals: "organisation" and "Organisation".
bool is_model(std::string_view text, std::string_view wanted) {
    return equal_ignoring_case(text, wanted) || equal_ignoring_case(text, fmt::format("{}s", wanted));
}

class Cerebrate {
  public:
    Cerebrate(JsonDocument& document, ReaderOptions const& options, StatementSink const& sink)
        : document_(document), options_(options), sink_(sink) {}

    /// First all of these, so that what refers to them finds them.
    void gather(JsonValue const& value);
    void tell();
    bool is_empty() const { return orgs_.empty() && people_.empty() && keys_.empty() && groups_.empty(); }

  private:
    std::string org_key(JsonValue const& reference);
    void organisation(JsonValue const& org);
    void individual(JsonValue const& person);
    void tell_contact(JsonValue const& person, std::string const& holder, std::string_view type);
    std::string_view key_for(std::string_view model, JsonValue const& owner) const;

    JsonDocument& document_;
    ReaderOptions const& options_;
    StatementSink const& sink_;
    std::vector<JsonValue> orgs_, people_, keys_, groups_;
    std::unordered_map<std::string, std::string> key_of_id_;  ///< an organisation's number: its UUID
    std::unordered_map<std::string, std::string> armour_;     ///< by model and owner's number
    std::map<std::string, std::string> member_of_;            ///< by UUID: names of sharing groups
    std::unordered_set<std::string> told_;
};

void Cerebrate::gather(JsonValue const& value) {
    for (auto const& one : elements(value)) {
        if (one["encryption_key"])
            keys_.push_back(one);
        else if (one["releasability"] || one["sharing_group_orgs"])
            groups_.push_back(one);
        else if (one["email"] && (one["first_name"] || one["last_name"] || one["alignments"] || one["position"]))
            people_.push_back(one);
        else if (one["uuid"] && one["name"])
            orgs_.push_back(one);
        else
            for (auto const* const list : {"organisations", "Organisations", "individuals", "Individuals",
                                           "encryption_keys", "EncryptionKeys", "sharing_groups", "SharingGroups"})
                if (auto const inner = one[list]; inner.is_array())
                    for (auto const item : inner)
                        if (item.is_object() && !item["organisations"] && !item["individuals"]) gather(item);
    }
}

std::string Cerebrate::org_key(JsonValue const& reference) {
    if (auto const uuid = reference["uuid"].text(); !uuid.empty()) return lowered(tamed(uuid, 60));
    auto const found = key_of_id_.find(std::string(plain(reference["id"])));
    return found == key_of_id_.end() ? std::string() : found->second;
}

std::string_view Cerebrate::key_for(std::string_view model, JsonValue const& owner) const {
    auto const found = armour_.find(fmt::format("{} {}", model, plain(owner["id"])));
    return found == armour_.end() ? std::string_view() : std::string_view(found->second);
}

void Cerebrate::organisation(JsonValue const& org) {
    auto const key = org_key(org);
    auto const country = country_of(org["nationality"].text());
    if (!options_.country.empty() && !country.empty() && country != options_.country) {
        sink_.left_out("of another country");
        return;
    }
    if (key.empty() || !told_.insert(key).second) return;
    auto const line = document_.line_of(org);
    SaidOrganisation said{.line = line, .key = key, .draft = {}, .parent_key = {}};
    said.draft.name = tamed(org["name"].text(), longest_name);
    said.draft.sector = tamed(org["sector"].text(), 100);
    said.draft.country = country;
    if (auto const groups = member_of_.find(key); groups != member_of_.end())
        said.draft.note = tamed("Cerebrate sharing groups: " + groups->second, longest_note);
    sink_.organisation(std::move(said));
    // "contacts" is free text: what looks like an address is one.
    std::string_view rest = org["contacts"].text();
    while (!rest.empty()) {
        auto const end = rest.find_first_of(" ,;\r\n\t<>");
        auto const word = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (word.find('@') == std::string_view::npos) continue;
        SaidContact contact{.line = line, .holder = key, .draft = {}};
        contact.draft.role = ContactRole::security;
        contact.draft.email = std::string(word.substr(0, 300));
        contact.draft.public_key = std::string(key_for("organisation", org));
        sink_.contact(std::move(contact));
    }
}

void Cerebrate::tell_contact(JsonValue const& person, std::string const& holder, std::string_view type) {
    if (!told_.contains(holder)) {
        sink_.left_out("person of an organisation that is not in the file, or of another country");
        return;
    }
    auto const position = person["position"].text();
    auto role = role_of(position);
    if (role == ContactRole::other) role = role_of(type);
    SaidContact said{.line = document_.line_of(person), .holder = holder, .draft = {}};
    said.draft.role = role;
    said.draft.name =
        tamed(fmt::format("{} {}", person["first_name"].text(), person["last_name"].text()), longest_name);
    said.draft.email = std::string(person["email"].text().substr(0, 300));
    said.draft.public_key = std::string(key_for("individual", person));
    sink_.contact(std::move(said));
}

void Cerebrate::individual(JsonValue const& person) {
    std::size_t told = 0;
    auto const alignments = person["alignments"];
    auto const each = [&](JsonValue const& list) {
        for (auto const one : list) {
            auto const org = one["organisation"].is_object() ? one["organisation"] : one;
            auto const holder = org_key(org);
            if (holder.empty()) continue;
            tell_contact(person, holder, one["type"].text());
            ++told;
        }
    };
    each(alignments.is_object() ? alignments["organisation"] : alignments);
    if (told == 0) sink_.left_out("person of no organisation");
}

void Cerebrate::tell() {
    for (auto const& org : orgs_)
        if (auto const id = plain(org["id"]); !id.empty()) key_of_id_[std::string(id)] = org_key(org);
    for (auto const& key : keys_) {
        auto const armour = trimmed(key["encryption_key"].text());
        if (key["revoked"].is_true() || plain(key["revoked"]) == "1" || !armour.starts_with("-----BEGIN ")) {
            sink_.left_out("key that is revoked or not in armour");
            continue;
        }
        auto const model = key["owner_model"].text();
        auto const* const owner = is_model(model, "individual")     ? "individual"
                                  : is_model(model, "organisation") ? "organisation"
                                                                    : nullptr;
        if (owner != nullptr) armour_.emplace(fmt::format("{} {}", owner, plain(key["owner_id"])), armour);
    }
    for (auto const& group : groups_)
        for (auto const org : group["sharing_group_orgs"]) {
            auto& names = member_of_[org_key(org)];
            names += fmt::format("{}{}", names.empty() ? "" : ", ", tamed(group["name"].text(), 100));
        }
    for (auto const& org : orgs_) organisation(org);
    for (auto const& person : people_) individual(person);
}

}  // namespace

Status read_cerebrate(std::string_view json, ReaderOptions const& options, StatementSink const& sink) {
    TRY(auto const document, JsonDocument::parse(json, options));
    Cerebrate source(*document, options, sink);
    source.gather(document->root());
    if (source.is_empty())
        return fail(Code::invalid, fmt::format("{}: expected organisations, individuals, encryption keys or sharing "
                                               "groups of Cerebrate, found none",
                                               options.name));
    source.tell();
    return {};
}

}  // namespace tocsin::constituency
