#include "constituency/fields.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <limits>

namespace tocsin::constituency {
namespace {

constexpr auto organisation_names = std::to_array<std::string_view>(
    {"name", "kind", "sector", "country", "language", "parent", "note", "do_not_contact"});
constexpr auto resource_names =
    std::to_array<std::string_view>({"organisation", "kind", "value", "standing", "how", "from", "to"});
constexpr auto contact_names =
    std::to_array<std::string_view>({"organisation", "role", "name", "email", "phone", "webhook", "language", "key",
                                     "public_key", "expires", "do_not_contact"});

constexpr std::size_t greatest_name = 300, greatest_sector = 100, greatest_note = 4000, greatest_how = 300,
                      greatest_email = 254, greatest_local_part = 64, greatest_phone = 60, greatest_webhook = 2000,
                      greatest_public_key = std::size_t{64} << 10, greatest_reason = 2000, greatest_feed = 200,
                      greatest_identifier = 100;

std::string yes_or_no(bool truth) {
    return truth ? "yes" : "no";
}

std::string time_text(std::optional<Timestamp> time) {
    return time ? format_timestamp(*time) : std::string();
}

std::string id_text(std::int64_t id) {
    return id == 0 ? std::string() : std::to_string(id);
}

/// Trims and checks a text of one line (or of several, where `lines`).
std::optional<Fault> settle_text(std::string_view field, std::string& text, std::size_t greatest, bool lines = false) {
    auto const kept = trimmed(text);
    if (kept.size() != text.size()) text = std::string(kept);
    if (!is_utf8(text)) return Fault{std::string(field), "expected UTF-8"};
    if (text.size() > greatest)
        return Fault{std::string(field), fmt::format("expected at most {} bytes, found {}", greatest, text.size())};
    for (char const c : text)
        if ((static_cast<unsigned char>(c) < 0x20 && !(lines && (c == '\n' || c == '\t' || c == '\r'))) || c == 0x7f)
            return Fault{std::string(field), fmt::format("expected text without control characters, found 0x{:02x}",
                                                         static_cast<unsigned>(static_cast<unsigned char>(c)))};
    return std::nullopt;
}

std::optional<Fault> settle_language(std::string& language) {
    language = lowered(trimmed(language));
    if (language.empty() || is_language(language)) return std::nullopt;
    return fault_expected("language", "one of ar, zh, en, fr, ru, es", language);
}

std::optional<Fault> settle_email(std::string_view field, std::string& email) {
    if (auto fault = settle_text(field, email, greatest_email)) return fault;
    if (email.empty()) return std::nullopt;
    auto const at = email.rfind('@');
    auto const fault = fault_expected(field, "an address like abuse@example.org", email);
    if (at == std::string::npos || at == 0 || at > greatest_local_part) return fault;
    for (char const c : std::string_view(email).substr(0, at))
        if (c == '@' || c == '"' || c == '<' || c == '>' || c == ',' || c == ';' || c == ':' || c == '(' || c == ')' ||
            c == '\\' || c == ' ' || c == '[' || c == ']')
            return fault;
    auto domain = canonical_value(ResourceKind::domain, email.substr(at + 1));
    if (!domain || domain->find('.') == std::string::npos || email[at + 1] == '*') {
        if (!domain || lowered(email.substr(at + 1)) != "localhost") return fault;
    }
    email = email.substr(0, at + 1) + *domain;
    return std::nullopt;
}

std::optional<Fault> settle_key(std::string& key) {
    std::string kept;
    for (char const c : key)
        if (c != ' ' && c != ':') kept.push_back(c);
    key = uppered(kept);
    bool const is_hex =
        std::ranges::all_of(key, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
    if (key.empty() || (is_hex && (key.size() == 40 || key.size() == 64))) return std::nullopt;
    return fault_expected("key", "a fingerprint of 40 or 64 hexadecimal digits", key);
}

std::optional<Fault> settle_webhook(std::string& webhook) {
    if (auto fault = settle_text("webhook", webhook, greatest_webhook)) return fault;
    if (webhook.empty()) return std::nullopt;
    bool const is_plain = std::ranges::all_of(webhook, [](char c) { return c > 0x20 && c < 0x7f && c != '"'; });
    if (!is_plain || !webhook.starts_with("https://") || webhook.size() < 12)
        return fault_expected("webhook", "a URL that starts with https://", webhook);
    return std::nullopt;
}

std::optional<Fault> read_truth(FieldView const& fields, std::string_view name, bool& truth) {
    auto const text = lowered(trimmed(fields.get(name)));
    if (text.empty() || text == "no" || text == "false" || text == "0") {
        truth = false;
    } else if (text == "yes" || text == "true" || text == "1") {
        truth = true;
    } else {
        return fault_expected(name, "yes or no", text);
    }
    return std::nullopt;
}

std::optional<Fault> read_time(FieldView const& fields, std::string_view name, std::optional<Timestamp>& time) {
    auto const text = trimmed(fields.get(name));
    time.reset();
    if (text.empty()) return std::nullopt;
    auto const parsed = parse_timestamp(text);
    if (!parsed) return fault_expected(name, "a date like 2026-11-23 or a time like 2026-11-23T10:00:00Z", text);
    time = *parsed;
    return std::nullopt;
}

template <class Kind, class Parse>
std::optional<Fault> read_name(FieldView const& fields, std::string_view field, std::string_view choices, Kind& kind,
                               Parse parse) {
    auto const text = fields.get(field);
    auto const parsed = parse(text);
    if (!parsed) return fault_expected(field, choices, text);
    kind = *parsed;
    return std::nullopt;
}

/// The texts of a JSON object of texts.
struct Stored {
    std::vector<std::string> texts;
    std::vector<std::string_view> names, values;
    FieldView view() const { return {names, values}; }
    std::int64_t id(std::string_view name) const { return parse_int(view().get(name)).value_or(0); }
};

Result<Stored> parse_stored(std::string_view json) {
    boost::system::error_code fault;
    auto const parsed = boost::json::parse(json, fault);
    if (fault || !parsed.is_object())
        return fail(Code::internal, "the history holds something that is not a JSON object");
    Stored stored;
    stored.texts.reserve(parsed.get_object().size() * 2);
    for (auto const& [key, value] : parsed.get_object()) {
        stored.texts.emplace_back(key);
        stored.texts.emplace_back(value.is_string() ? std::string_view(value.get_string()) : std::string_view());
        stored.names.push_back(stored.texts[stored.texts.size() - 2]);
        stored.values.push_back(stored.texts.back());
    }
    return stored;
}

Status as_status(std::optional<Fault> const& fault) {
    if (fault) return std::unexpected(fault->error(Code::internal).during("reading the history"));
    return {};
}

}  // namespace

Fault fault_expected(std::string_view field, std::string_view what, std::string_view found) {
    constexpr std::size_t shown = 120;
    return {std::string(field),
            found.empty() ? fmt::format("expected {}, found nothing", what)
                          : fmt::format("expected {}, found \"{}\"", what, repaired_utf8(found.substr(0, shown)))};
}

std::span<std::string_view const> organisation_columns() {
    return organisation_names;
}
std::span<std::string_view const> resource_columns() {
    return resource_names;
}
std::span<std::string_view const> contact_columns() {
    return contact_names;
}

Fields fields_of(OrganisationDraft const& draft, std::string_view parent) {
    return {{"name", draft.name},         {"kind", std::string(name_of(draft.kind))},
            {"sector", draft.sector},     {"country", draft.country},
            {"language", draft.language}, {"parent", std::string(parent)},
            {"note", draft.note},         {"do_not_contact", yes_or_no(draft.do_not_contact)}};
}

Fields fields_of(ResourceDraft const& draft, std::string_view organisation) {
    return {{"organisation", std::string(organisation)},
            {"kind", std::string(name_of(draft.kind))},
            {"value", draft.value},
            {"standing", draft.verified ? "verified" : "claimed"},
            {"how", draft.how},
            {"from", time_text(draft.from)},
            {"to", time_text(draft.to)}};
}

Fields fields_of(ContactDraft const& draft, std::string_view organisation) {
    return {{"organisation", std::string(organisation)},
            {"role", std::string(name_of(draft.role))},
            {"name", draft.name},
            {"email", draft.email},
            {"phone", draft.phone},
            {"webhook", draft.webhook},
            {"language", draft.language},
            {"key", draft.key},
            {"public_key", draft.public_key},
            {"expires", time_text(draft.expires)},
            {"do_not_contact", yes_or_no(draft.do_not_contact)}};
}

Fields fields_of(SuppressionDraft const& draft) {
    return {{"network", draft.network}, {"organisation", id_text(draft.organisation.value)},
            {"feed", draft.feed},       {"identifier", draft.identifier},
            {"reason", draft.reason},   {"until", time_text(draft.until)}};
}

Fields fields_of(DoNotContactDraft const& draft) {
    return {{"address", draft.address}, {"organisation", id_text(draft.organisation.value)}, {"reason", draft.reason}};
}

std::string_view FieldView::get(std::string_view name) const {
    for (std::size_t i = 0; i < names_.size() && i < values_.size(); ++i)
        if (names_[i] == name) return values_[i];
    return {};
}

bool FieldView::has(std::string_view name) const {
    return std::ranges::find(names_, name) != names_.end();
}

std::optional<Fault> read_fields(FieldView const& fields, OrganisationDraft& draft) {
    draft.name = fields.get("name");
    if (!trimmed(fields.get("kind")).empty())
        if (auto fault = read_name(fields, "kind",
                                   "constituent, operator, sector_cirt, national_cirt, regulator, peer, feed_provider "
                                   "or other",
                                   draft.kind, organisation_kind))
            return fault;
    draft.sector = fields.get("sector");
    draft.country = fields.get("country");
    draft.language = fields.get("language");
    draft.note = fields.get("note");
    if (auto fault = read_truth(fields, "do_not_contact", draft.do_not_contact)) return fault;
    return settle(draft);
}

std::optional<Fault> read_fields(FieldView const& fields, ResourceDraft& draft) {
    if (auto fault = read_name(fields, "kind", "prefix, asn, domain or country", draft.kind, resource_kind))
        return fault;
    draft.value = fields.get("value");
    auto const standing = lowered(trimmed(fields.get("standing")));
    if (!standing.empty() && standing != "claimed" && standing != "verified")
        return fault_expected("standing", "claimed or verified", standing);
    draft.verified = standing == "verified";
    draft.how = fields.get("how");
    if (auto fault = read_time(fields, "from", draft.from)) return fault;
    if (auto fault = read_time(fields, "to", draft.to)) return fault;
    return settle(draft);
}

std::optional<Fault> read_fields(FieldView const& fields, ContactDraft& draft) {
    if (!trimmed(fields.get("role")).empty())
        if (auto fault = read_name(fields, "role", "abuse, security, technical, duty, management or other", draft.role,
                                   contact_role))
            return fault;
    draft.name = fields.get("name");
    draft.email = fields.get("email");
    draft.phone = fields.get("phone");
    draft.webhook = fields.get("webhook");
    draft.language = fields.get("language");
    draft.key = fields.get("key");
    draft.public_key = fields.get("public_key");
    if (auto fault = read_time(fields, "expires", draft.expires)) return fault;
    if (auto fault = read_truth(fields, "do_not_contact", draft.do_not_contact)) return fault;
    return settle(draft);
}

std::optional<Fault> settle(OrganisationDraft& draft) {
    if (auto fault = settle_text("name", draft.name, greatest_name)) return fault;
    if (draft.name.empty()) return Fault{"name", "expected a name, found nothing"};
    if (auto fault = settle_text("sector", draft.sector, greatest_sector)) return fault;
    draft.country = uppered(trimmed(draft.country));
    if (!draft.country.empty() && !is_country(draft.country))
        return fault_expected("country", "a country of ISO 3166-1 as two letters", draft.country);
    if (auto fault = settle_language(draft.language)) return fault;
    return settle_text("note", draft.note, greatest_note, true);
}

std::optional<Fault> settle(ResourceDraft& draft) {
    auto value = canonical_value(draft.kind, draft.value);
    if (!value) return Fault{"value", value.error().message};
    draft.value = std::move(*value);
    if (auto fault = settle_text("how", draft.how, greatest_how)) return fault;
    if (draft.from && draft.to && *draft.to <= *draft.from)
        return fault_expected("to", "a time after \"from\"", format_timestamp(*draft.to));
    return std::nullopt;
}

std::optional<Fault> settle(ContactDraft& draft) {
    if (auto fault = settle_text("name", draft.name, greatest_name)) return fault;
    if (auto fault = settle_email("email", draft.email)) return fault;
    if (auto fault = settle_text("phone", draft.phone, greatest_phone)) return fault;
    if (auto fault = settle_webhook(draft.webhook)) return fault;
    if (draft.email.empty() && draft.phone.empty() && draft.webhook.empty())
        return Fault{"email", "expected an e-mail address, a phone number or a webhook, found none of them"};
    if (auto fault = settle_language(draft.language)) return fault;
    if (auto fault = settle_key(draft.key)) return fault;
    if (auto fault = settle_text("public_key", draft.public_key, greatest_public_key, true)) return fault;
    if (!draft.public_key.empty() && !draft.public_key.starts_with("-----BEGIN "))
        return fault_expected("public_key", "a key in armour (-----BEGIN ...)", draft.public_key.substr(0, 40));
    return std::nullopt;
}

std::optional<Fault> settle(SuppressionDraft& draft) {
    if (auto fault = settle_text("reason", draft.reason, greatest_reason, true)) return fault;
    if (draft.reason.empty()) return Fault{"reason", "expected a reason, found nothing"};
    if (auto fault = settle_text("feed", draft.feed, greatest_feed)) return fault;
    if (auto fault = settle_text("identifier", draft.identifier, greatest_identifier)) return fault;
    draft.network = std::string(trimmed(draft.network));
    if (!draft.network.empty()) {
        auto network = canonical_value(ResourceKind::prefix, draft.network);
        if (!network) return Fault{"network", network.error().message};
        draft.network = std::move(*network);
    }
    if (draft.network.empty() && !draft.organisation && draft.feed.empty() && draft.identifier.empty())
        return Fault{"network", "expected at least one of network, organisation, feed, identifier; found none"};
    return std::nullopt;
}

std::optional<Fault> settle(DoNotContactDraft& draft) {
    if (auto fault = settle_text("reason", draft.reason, greatest_reason, true)) return fault;
    if (draft.reason.empty()) return Fault{"reason", "expected a reason, found nothing"};
    draft.address = lowered(trimmed(draft.address));
    if (draft.address.empty() == !draft.organisation)
        return Fault{"address", "expected either an address or an organisation"};
    if (draft.address.empty()) return std::nullopt;
    if (draft.address.find('@') != std::string::npos) return settle_email("address", draft.address);
    auto domain = canonical_value(ResourceKind::domain, draft.address);
    if (!domain) return fault_expected("address", "an e-mail address or a domain", draft.address);
    draft.address = std::move(*domain);
    return std::nullopt;
}

std::string as_json(Fields const& fields) {
    JsonWriter json;
    json.object();
    for (auto const& [name, text] : fields) json.field_unless_empty(name, text);
    json.end();
    return std::move(json).text();
}

std::string history_of(OrganisationDraft const& draft) {
    return as_json(fields_of(draft, id_text(draft.parent.value)));
}
std::string history_of(ResourceDraft const& draft) {
    return as_json(fields_of(draft, id_text(draft.organisation.value)));
}
std::string history_of(ContactDraft const& draft) {
    return as_json(fields_of(draft, id_text(draft.organisation.value)));
}
std::string history_of(SuppressionDraft const& draft) {
    return as_json(fields_of(draft));
}
std::string history_of(DoNotContactDraft const& draft) {
    return as_json(fields_of(draft));
}

Status from_history(std::string_view json, OrganisationDraft& draft) {
    TRY(auto const stored, parse_stored(json));
    draft.parent = {stored.id("parent")};
    return as_status(read_fields(stored.view(), draft));
}
Status from_history(std::string_view json, ResourceDraft& draft) {
    TRY(auto const stored, parse_stored(json));
    draft.organisation = {stored.id("organisation")};
    return as_status(read_fields(stored.view(), draft));
}
Status from_history(std::string_view json, ContactDraft& draft) {
    TRY(auto const stored, parse_stored(json));
    draft.organisation = {stored.id("organisation")};
    return as_status(read_fields(stored.view(), draft));
}
Status from_history(std::string_view json, SuppressionDraft& draft) {
    TRY(auto const stored, parse_stored(json));
    auto const view = stored.view();
    draft.organisation = {stored.id("organisation")};
    draft.network = view.get("network");
    draft.feed = view.get("feed");
    draft.identifier = view.get("identifier");
    draft.reason = view.get("reason");
    if (auto fault = read_time(view, "until", draft.until)) return as_status(fault);
    return as_status(settle(draft));
}
Status from_history(std::string_view json, DoNotContactDraft& draft) {
    TRY(auto const stored, parse_stored(json));
    draft.organisation = {stored.id("organisation")};
    draft.address = stored.view().get("address");
    draft.reason = stored.view().get("reason");
    return as_status(settle(draft));
}

}  // namespace tocsin::constituency
