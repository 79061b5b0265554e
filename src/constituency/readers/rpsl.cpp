#include "formats/rpsl.hpp"

#include "constituency/readers/readers.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace tocsin::constituency {
namespace {

using formats::RpslObject;

constexpr std::size_t longest_name = 300;

/// The databases of those who give addresses out; all others say what somebody says.
constexpr std::array<std::string_view, 5> registries = {"RIPE", "APNIC", "AFRINIC", "ARIN", "LACNIC"};

struct Person {
    std::string name, abuse, email, phone;
    std::uint64_t line = 0;
};

struct Holder {
    std::string name, country, abuse_handle, abuse, email, tech, admin;
    std::uint64_t line = 0;
};

/// A reference as written, in one spelling; of several only the first.
std::string handle_of(std::string_view text) {
    text = text.substr(0, text.find_first_of(", "));
    return uppered(tamed(text, 100));
}

std::optional<std::uint32_t> asn_of(std::string_view text) {
    if (text.size() < 3 || !equal_ignoring_case(text.substr(0, 2), "AS")) return std::nullopt;
    auto const number = parse_int(text.substr(2));
    if (!number || *number < 1 || *number > 0xffff'ffffLL) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

class RpslSource {
  public:
    RpslSource(ReaderOptions const& options, StatementSink const& sink) : options_(options), sink_(sink) {}

    Status learn(RpslObject const& object);
    Status tell(RpslObject const& object);
    std::uint64_t objects() const { return objects_; }

  private:
    std::string holder_of(RpslObject const& object, Holder const** organisation);
    /// The organisation itself, with its contacts; once.
    void tell_organisation(std::string const& handle, Holder const& holder);
    void tell_named(std::string const& key, SaidOrganisation organisation, std::string const& handle, ContactRole role);
    void tell_person(std::string const& key, std::string const& handle, ContactRole role);
    void tell_contact(std::string const& key, ContactRole role, std::string name, std::string email, std::string phone,
                      std::uint64_t line);
    void tell_networks(RpslObject const& object, std::string const& holder, bool is_weak);
    bool is_wanted(RpslObject const& object, Holder const* organisation) const;
    Status check_kept() const {
        if (people_.size() + holders_.size() <= options_.most_kept) return {};
        return fail(Code::limit, fmt::format("{}: expected at most {} organisations and contacts in one dump; split it",
                                             options_.name, options_.most_kept));
    }

    ReaderOptions const& options_;
    StatementSink const& sink_;
    std::unordered_map<std::string, Person> people_;  ///< roles, persons and irts that have an address
    std::unordered_map<std::string, Holder> holders_;
    std::unordered_map<std::uint32_t, std::string> origins_;  ///< AS number: its organisation's handle
    std::unordered_set<std::string> told_;
    std::uint64_t objects_ = 0;
};

Status RpslSource::learn(RpslObject const& object) {
    ++objects_;
    auto const kind = object.kind();
    if (kind == "organisation") {
        if (handle_of(object.key()).empty()) return {};
        holders_[handle_of(object.key())] = {.name = tamed(object.get("org-name"), longest_name),
                                             .country = country_of(object.get("country")),
                                             .abuse_handle = handle_of(object.get("abuse-c")),
                                             .abuse = std::string(object.get("abuse-mailbox").substr(0, 300)),
                                             .email = std::string(object.get("e-mail").substr(0, 300)),
                                             .tech = handle_of(object.get("tech-c")),
                                             .admin = handle_of(object.get("admin-c")),
                                             .line = object.line};
    } else if (kind == "role" || kind == "person" || kind == "irt") {
        Person person{.name = tamed(object.key(), longest_name),
                      .abuse = std::string(object.get("abuse-mailbox").substr(0, 300)),
                      .email = std::string(object.get("e-mail").substr(0, 300)),
                      .phone = phone_of(object.get("phone")),
                      .line = object.line};
        if (person.abuse.empty() && person.email.empty()) return {};
        auto const handle = kind == "irt" ? handle_of(object.key()) : handle_of(object.get("nic-hdl"));
        if (!handle.empty()) people_[handle] = std::move(person);
    } else if (kind == "aut-num") {
        auto const number = asn_of(object.key());
        if (number && !object.get("org").empty()) origins_[*number] = handle_of(object.get("org"));
    }
    return check_kept();
}

bool RpslSource::is_wanted(RpslObject const& object, Holder const* organisation) const {
    if (options_.country.empty()) return true;
    return country_of(object.get("country")) == options_.country ||
           (organisation != nullptr && organisation->country == options_.country);
}

void RpslSource::tell_contact(std::string const& key, ContactRole role, std::string name, std::string email,
                              std::string phone, std::uint64_t line) {
    if (email.empty()) return;
    if (!told_.insert(fmt::format("contact|{}|{}|{}", key, name_of(role), lowered(email))).second) return;
    SaidContact contact{.line = line, .holder = key, .draft = {}};
    contact.draft.role = role;
    contact.draft.name = std::move(name);
    contact.draft.email = std::move(email);
    contact.draft.phone = std::move(phone);
    sink_.contact(std::move(contact));
}

void RpslSource::tell_person(std::string const& key, std::string const& handle, ContactRole role) {
    auto const found = people_.find(handle);
    if (handle.empty() || found == people_.end()) return;
    auto const& person = found->second;
    bool const is_abuse = role == ContactRole::abuse;
    if (is_abuse || !person.email.empty())
        tell_contact(key, role, person.name, is_abuse && !person.abuse.empty() ? person.abuse : person.email,
                     person.phone, person.line);
}

void RpslSource::tell_organisation(std::string const& handle, Holder const& holder) {
    if (!told_.insert("organisation|" + handle).second) return;
    SaidOrganisation said{.line = holder.line, .key = handle, .draft = {}, .parent_key = {}};
    said.draft.name = holder.name.empty() ? handle : holder.name;
    said.draft.kind = OrganisationKind::operator_;
    said.draft.country = holder.country;
    sink_.organisation(std::move(said));
    tell_person(handle, holder.abuse_handle, ContactRole::abuse);
    tell_contact(handle, ContactRole::abuse, {}, holder.abuse, {}, holder.line);
    tell_person(handle, holder.tech, ContactRole::technical);
    tell_person(handle, holder.admin, ContactRole::management);
    tell_contact(handle, ContactRole::other, {}, holder.email, {}, holder.line);
}

void RpslSource::tell_named(std::string const& key, SaidOrganisation organisation, std::string const& handle,
                            ContactRole role) {
    if (!told_.insert("organisation|" + key).second) return;
    organisation.key = key;
    organisation.draft.kind = OrganisationKind::operator_;
    sink_.organisation(std::move(organisation));
    tell_person(key, handle, ContactRole::abuse);
    if (role != ContactRole::abuse) tell_person(key, handle, role);
}

/// Who answers for a resource: its organisation; where the resource names an abuse contact of its own, a part of that
/// organisation; where there is no organisation, the incident response team or the abuse contact that it names. Empty:
/// the network around it answers.
std::string RpslSource::holder_of(RpslObject const& object, Holder const** organisation) {
    auto const org = handle_of(object.get("org")), own = handle_of(object.get("abuse-c")),
               irt = handle_of(object.get("mnt-irt"));
    auto const found = holders_.find(org);
    *organisation = found == holders_.end() ? nullptr : &found->second;
    if (!is_wanted(object, *organisation)) return {};
    SaidOrganisation said{.line = object.line, .key = {}, .draft = {}, .parent_key = {}};
    said.draft.country = country_of(object.get("country"));
    if (*organisation != nullptr) {
        tell_organisation(org, found->second);
        if (own.empty() || own == found->second.abuse_handle || !people_.contains(own)) return org;
        auto key = fmt::format("{} {}", org, own);
        auto const& name = found->second.name.empty() ? org : found->second.name;
        said.draft.name = fmt::format("{} ({})", tamed(name, longest_name - own.size() - 3), own);
        said.parent_key = org;
        tell_named(key, std::move(said), own, ContactRole::abuse);
        return key;
    }
    if (!own.empty() && people_.contains(own)) {
        auto const& name = people_[own].name;
        said.draft.name = fmt::format("{} ({})", tamed(name, longest_name - own.size() - 3), own);
        tell_named(own, std::move(said), own, ContactRole::abuse);
        return own;
    }
    if (irt.empty() || !people_.contains(irt)) return {};
    said.draft.name = irt;
    tell_named(irt, std::move(said), irt, ContactRole::security);
    return irt;
}

void RpslSource::tell_networks(RpslObject const& object, std::string const& holder, bool is_weak) {
    auto const networks = networks_of(object.key());
    if (networks.empty()) {
        sink_.fault(
            {object.line, std::string(object.kind()),
             fmt::format("expected a network or a range of addresses, found \"{}\"", tamed(object.key(), 100))});
        return;
    }
    for (auto const& network : networks) {
        SaidResource said{.line = object.line, .holder = holder, .draft = {}, .is_weak = is_weak};
        said.draft.kind = ResourceKind::prefix;
        said.draft.value = format_prefix(network);
        said.draft.verified =
            !is_weak && std::ranges::find(registries, uppered(object.get("source"))) != registries.end();
        sink_.resource(std::move(said));
    }
}

Status RpslSource::tell(RpslObject const& object) {
    auto const kind = object.kind();
    Holder const* organisation = nullptr;
    if (kind == "inetnum" || kind == "inet6num") {
        // What lies outside of the registry is in its database too, so that there are no holes.
        bool const is_filler = object.get("netname").starts_with("NON-RIPE-NCC-MANAGED") ||
                               object.get("netname").starts_with("IANA-BLK") || object.key() == "::/0" ||
                               object.key() == "0.0.0.0 - 255.255.255.255";
        if (is_filler) return {};
        auto const holder = holder_of(object, &organisation);
        if (!holder.empty())
            tell_networks(object, holder, false);
        else
            sink_.left_out("network without an organisation of its own, or of another country");
    } else if (kind == "aut-num") {
        auto const number = asn_of(object.key());
        if (!number) {
            sink_.fault({object.line, "aut-num",
                         fmt::format("expected an AS number like AS64496, found \"{}\"", tamed(object.key(), 100))});
            return {};
        }
        auto const holder = holder_of(object, &organisation);
        if (holder.empty()) {
            sink_.left_out("AS number without an organisation, or of another country");
            return {};
        }
        SaidResource said{.line = object.line, .holder = holder, .draft = {}, .is_weak = false};
        said.draft.kind = ResourceKind::asn;
        said.draft.value = fmt::format("AS{}", *number);
        said.draft.verified = std::ranges::find(registries, uppered(object.get("source"))) != registries.end();
        sink_.resource(std::move(said));
        tell_person(holder, handle_of(object.get("tech-c")), ContactRole::technical);
    } else if (kind == "route" || kind == "route6") {
        auto const number = asn_of(object.get("origin"));
        auto const origin = number ? origins_.find(*number) : origins_.end();
        auto const org = object.get("org").empty() ? (origin == origins_.end() ? std::string() : origin->second)
                                                   : handle_of(object.get("org"));
        auto const found = holders_.find(org);
        if (found == holders_.end() || !is_wanted(object, &found->second)) {
            sink_.left_out("route whose origin has no organisation here, or is of another country");
            return {};
        }
        tell_organisation(org, found->second);
        tell_networks(object, org, true);
    }
    return {};
}

}  // namespace

Status read_rpsl(OpenBytes const& open, ReaderOptions const& options, StatementSink const& sink) {
    RpslSource source(options, sink);
    std::uint64_t strange = 0;
    for (bool const learns : {true, false}) {
        TRY(auto bytes, open());
        formats::RpslReader reader(std::move(bytes));
        while (true) {
            auto const object = reader.next();
            if (!object) return std::unexpected(object.error().during(options.name));
            if (*object == nullptr) break;
            CHECK(learns ? source.learn(**object) : source.tell(**object));
        }
        strange = reader.strange_lines();
        if (learns && source.objects() == 0)
            return fail(Code::invalid,
                        fmt::format("{}: expected RPSL objects (\"inetnum: ...\"), found none in {} lines",
                                    options.name, reader.lines()));
    }
    if (strange != 0)
        sink.fault({0, "", fmt::format("expected \"name: value\" lines; {} lines are something else", strange)});
    return {};
}

}  // namespace tocsin::constituency
