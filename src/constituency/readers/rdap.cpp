#include "constituency/readers/json_document.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace tocsin::constituency {
namespace {

using formats::JsonValue;

constexpr int deepest_entity = 4;
constexpr std::size_t longest_name = 300, most_entities = 64;

/// What RFC 9083 section 10.2.4 calls roles, as ours; none: no contact (registrant, registrar, reseller, ...).
std::optional<ContactRole> role_of(std::string_view role) {
    if (role == "abuse") return ContactRole::abuse;
    if (role == "technical") return ContactRole::technical;
    if (role == "noc") return ContactRole::duty;
    if (role == "administrative") return ContactRole::management;
    return std::nullopt;
}

/// What a jCard (RFC 7095) says of somebody.
struct Card {
    std::string name, organisation, phone, language, country;
    std::vector<std::string> emails;
};

bool is_fax(JsonValue const& parameters) {
    auto const type = parameters["type"];
    if (type.is_text()) return type.text() == "fax";
    for (auto const one : type)
        if (one.text() == "fax") return true;
    return false;
}

Card card_of(JsonValue const& entity) {
    Card card;
    auto const vcard = entity["vcardArray"];
    if (!vcard.is_array() || vcard.size() < 2) return card;
    auto part = vcard.begin();
    ++part;
    for (auto const property : *part) {
        // ["email", {parameters}, "text", value, ...]
        if (!property.is_array() || property.size() < 4) continue;
        std::array<JsonValue, 4> cells;
        std::size_t filled = 0;
        for (auto const cell : property) {
            if (filled == cells.size()) break;
            cells[filled++] = cell;
        }
        auto const name = lowered(cells[0].text());
        auto const value = cells[3].is_array() && cells[3].size() > 0 ? (*cells[3].begin()).text() : cells[3].text();
        if (name == "fn") card.name = tamed(value, longest_name);
        if (name == "org") card.organisation = tamed(value, longest_name);
        if (name == "email" && !value.empty() && card.emails.size() < 8) card.emails.emplace_back(value.substr(0, 300));
        if (name == "tel" && card.phone.empty() && !is_fax(cells[1])) card.phone = phone_of(value);
        if (name == "adr" && !cells[1]["cc"].text().empty()) card.country = country_of(cells[1]["cc"].text());
        if (name == "lang" && value.size() >= 2 && is_language(lowered(value.substr(0, 2))))
            card.language = lowered(value.substr(0, 2));
    }
    return card;
}

bool has_role(JsonValue const& entity, std::string_view wanted) {
    for (auto const role : entity["roles"])
        if (role.text() == wanted) return true;
    return false;
}

class RdapSource {
  public:
    RdapSource(JsonDocument& document, ReaderOptions const& options, StatementSink const& sink)
        : document_(document), options_(options), sink_(sink) {}

    Status read(JsonValue const& value);
    std::uint64_t objects() const { return objects_; }

  private:
    void resources(JsonValue const& object, std::string const& holder);
    std::string entity(JsonValue const& entity);
    std::string holder_of(JsonValue const& object);
    void contacts(JsonValue const& object, std::string const& holder, int depth);
    void object(JsonValue const& object);

    JsonDocument& document_;
    ReaderOptions const& options_;
    StatementSink const& sink_;
    std::unordered_set<std::string> told_;
    std::uint64_t objects_ = 0;
};

/// The entity as an organisation; its key, or empty when it has no handle.
std::string RdapSource::entity(JsonValue const& entity) {
    auto const card = card_of(entity);
    auto key = uppered(tamed(entity["handle"].text(), 100));
    auto const& name = card.organisation.empty() ? card.name : card.organisation;
    if (key.empty()) key = name;
    if (key.empty()) return key;
    if (!told_.insert(key).second) return key;
    SaidOrganisation said{.line = document_.line_of(entity), .key = key, .draft = {}, .parent_key = {}};
    said.draft.name = name.empty() ? key : name;
    said.draft.kind = OrganisationKind::operator_;
    said.draft.country = card.country;
    said.draft.language = card.language;
    sink_.organisation(std::move(said));
    return key;
}

void RdapSource::contacts(JsonValue const& object, std::string const& holder, int depth) {
    if (depth > deepest_entity) return;
    std::size_t seen = 0;
    for (auto const person : object["entities"]) {
        if (++seen > most_entities) break;
        auto const card = card_of(person);
        for (auto const role : person["roles"]) {
            auto const ours = role_of(role.text());
            if (!ours) continue;
            for (auto const& email : card.emails) {
                if (!told_.insert(fmt::format("{}|{}|{}", holder, name_of(*ours), lowered(email))).second) continue;
                SaidContact said{.line = document_.line_of(person), .holder = holder, .draft = {}};
                said.draft.role = *ours;
                said.draft.name = card.name;
                said.draft.email = email;
                said.draft.phone = card.phone;
                said.draft.language = card.language;
                sink_.contact(std::move(said));
            }
        }
        contacts(person, holder, depth + 1);
    }
}

/// The registrant; where an object names none, the only entity that is an organisation by its handle.
std::string RdapSource::holder_of(JsonValue const& object) {
    for (auto const person : object["entities"])
        if (has_role(person, "registrant")) return entity(person);
    return {};
}

void RdapSource::resources(JsonValue const& object, std::string const& holder) {
    auto const kind = object["objectClassName"].text();
    auto const line = document_.line_of(object);
    auto const tell = [&](ResourceKind resource, std::string value) {
        SaidResource said{.line = line, .holder = holder, .draft = {}, .is_weak = false};
        said.draft.kind = resource;
        said.draft.value = std::move(value);
        said.draft.verified = true;
        for (auto const event : object["events"])
            if (event["eventAction"].text() == "registration") {
                auto const at = parse_timestamp(event["eventDate"].text());
                if (at && *at <= options_.now) said.draft.from = *at;
            }
        sink_.resource(std::move(said));
    };
    if (kind == "ip network") {
        auto const range = fmt::format("{} - {}", object["startAddress"].text().substr(0, 60),
                                       object["endAddress"].text().substr(0, 60));
        auto const networks = networks_of(range);
        if (networks.empty())
            sink_.fault(
                {line, "startAddress",
                 fmt::format("expected two addresses of one family in order, found \"{}\"", tamed(range, 120))});
        for (auto const& network : networks) tell(ResourceKind::prefix, format_prefix(network));
    } else if (kind == "autnum") {
        constexpr std::int64_t most = 10'000;
        auto const first = object["startAutnum"].integer();
        auto const last = object["endAutnum"] ? object["endAutnum"].integer() : first;
        if (!first || !last || *first < 1 || *last < *first || *last > 0xffff'ffffLL || *last - *first >= most)
            sink_.fault({line, "startAutnum", fmt::format("expected AS numbers, at most {} of them", most)});
        else
            for (auto number = *first; number <= *last; ++number) tell(ResourceKind::asn, fmt::format("AS{}", number));
    } else if (kind == "domain") {
        auto const name = object["ldhName"].text();
        if (name.ends_with(".arpa") || name.ends_with(".arpa."))
            sink_.left_out("reverse delegation");
        else
            tell(ResourceKind::domain, std::string(name.substr(0, 300)));
    }
}

void RdapSource::object(JsonValue const& object) {
    ++objects_;
    auto const kind = object["objectClassName"].text();
    auto const line = document_.line_of(object);
    if (kind == "entity") {
        auto const holder = entity(object);
        if (holder.empty()) {
            sink_.fault({line, "handle", "expected a handle or a name, found neither"});
            return;
        }
        // Its own address is that of the organisation.
        auto const card = card_of(object);
        for (auto const& email : card.emails) {
            SaidContact said{.line = line, .holder = holder, .draft = {}};
            said.draft.role = has_role(object, "abuse") ? ContactRole::abuse : ContactRole::other;
            said.draft.name = card.name;
            said.draft.email = email;
            said.draft.phone = card.phone;
            sink_.contact(std::move(said));
        }
        contacts(object, holder, 0);
        for (auto const* const member : {"networks", "autnums"})
            for (auto const one : object[member]) resources(one, holder);
        return;
    }
    if (kind == "nameserver" || kind == "help") return;
    auto const country = country_of(object["country"].text());
    if (!options_.country.empty() && !country.empty() && country != options_.country) {
        sink_.left_out("of another country");
        return;
    }
    auto const holder = holder_of(object);
    if (holder.empty()) {
        sink_.fault({line, "entities", fmt::format("expected a registrant of this {}, found none", tamed(kind, 40))});
        return;
    }
    resources(object, holder);
    contacts(object, holder, 0);
}

Status RdapSource::read(JsonValue const& value) {
    constexpr std::array<std::string_view, 7> results = {"entitySearchResults",
                                                         "domainSearchResults",
                                                         "nameserverSearchResults",
                                                         "ipSearchResults",
                                                         "autnumSearchResults",
                                                         "networks",
                                                         "autnums"};
    if (value.is_array()) {
        for (auto const one : value) CHECK(read(one));
        return {};
    }
    if (value["objectClassName"].is_text()) {
        object(value);
        return {};
    }
    if (value["errorCode"]) {
        sink_.fault(
            {document_.line_of(value), "errorCode",
             fmt::format("expected an answer, found the server's error {}", tamed(value["errorCode"].raw(), 9))});
        ++objects_;
        return {};
    }
    for (auto const name : results)
        for (auto const one : value[name]) CHECK(read(one));
    return {};
}

}  // namespace

Status read_rdap(std::string_view json, ReaderOptions const& options, StatementSink const& sink) {
    TRY(auto const document, JsonDocument::parse(json, options));
    RdapSource source(*document, options, sink);
    // Arrays of arrays are no answer: one level is enough.
    auto const root = document->root();
    if (root.is_array()) {
        for (auto const one : root)
            if (one.is_object()) CHECK(source.read(one));
    } else {
        CHECK(source.read(root));
    }
    if (source.objects() == 0)
        return fail(Code::invalid, fmt::format("{}: expected RDAP objects (objectClassName: entity, ip network, autnum "
                                               "or domain), found none",
                                               options.name));
    return {};
}

}  // namespace tocsin::constituency
