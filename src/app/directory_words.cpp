#include "app/directory_words.hpp"

#include "notifications/sealing.hpp"

namespace tocsin::app {

using namespace constituency;

namespace {

std::string dates(std::optional<Timestamp> from, std::optional<Timestamp> to) {
    std::string text;
    if (from) text += " from " + format_date(*from);
    if (to) text += " to " + format_date(*to);
    return text;
}

/// What an option says about a text: not given leaves it, "-" empties it.
void lay_over(Invocation const& call, std::string_view option, std::string& text) {
    if (!call.has(option)) return;
    text = call.get(option);
    if (text == "-") text.clear();
}

Result<bool> parse_truth(Invocation const& call, std::string_view option) {
    auto const text = lowered(call.get(option));
    if (text == "yes" || text == "true") return true;
    if (text == "no" || text == "false") return false;
    return fail(Code::invalid, fmt::format("{}: expected yes or no, found \"{}\"", option, text));
}

}  // namespace

void append_organisation(JsonWriter& json, Organisation const& o) {
    json.object()
        .field("id", o.id.value)
        .field("name", o.name)
        .field("kind", name_of(o.kind))
        .field_or_null("sector", o.sector)
        .field_or_null("country", o.country)
        .field_or_null("language", o.language)
        .reference("parent", o.parent.value, o.parent_name)
        .field_or_null("note", o.note)
        .field("do_not_contact", o.do_not_contact)
        .field("version", o.version)
        .field("created", o.created)
        .field("changed", o.changed)
        .field("resources", o.resources)
        .field("contacts", o.contacts)
        .end();
}

void append_resource(JsonWriter& json, Resource const& r) {
    json.object()
        .field("id", r.id.value)
        .reference("organisation", r.organisation.value, r.organisation_name)
        .field("kind", name_of(r.kind))
        .field("value", r.value)
        .field("standing", r.verified ? "verified" : "claimed")
        .field_or_null("how", r.how)
        .field_or_null("from", r.from)
        .field_or_null("to", r.to)
        .field("version", r.version)
        .end();
}

void append_contact(JsonWriter& json, Contact const& c) {
    json.object()
        .field("id", c.id.value)
        .reference("organisation", c.organisation.value, c.organisation_name)
        .field("role", name_of(c.role))
        .field_or_null("name", c.name)
        .field_or_null("email", c.email)
        .field_or_null("phone", c.phone)
        .field_or_null("webhook", c.webhook)
        .field_or_null("language", c.language)
        .field_or_null("key", c.key)
        .field_or_null("expires", c.expires)
        .field("do_not_contact", c.do_not_contact)
        .field("version", c.version)
        .end();
}

void append_suppression(JsonWriter& json, Suppression const& s) {
    json.object()
        .field("id", s.id.value)
        .field_or_null("network", s.network)
        .reference("organisation", s.organisation.value, s.organisation_name)
        .field_or_null("feed", s.feed)
        .field_or_null("identifier", s.identifier)
        .field("reason", s.reason)
        .field_or_null("until", s.until)
        .field("by", s.by.who)
        .field("created", s.created)
        .end();
}

void append_do_not_contact(JsonWriter& json, DoNotContact const& d) {
    json.object()
        .field("id", d.id.value)
        .field_or_null("address", d.address)
        .reference("organisation", d.organisation.value, d.organisation_name)
        .field("reason", d.reason)
        .field("by", d.by.who)
        .field("created", d.created)
        .end();
}

void append_change_set(JsonWriter& json, ChangeSet const& set) {
    json.object()
        .field("id", set.id.value)
        .field("at", set.at)
        .field("by", set.by.who)
        .field("what", set.what)
        .field("changes", set.changes);
    if (set.undoes) json.field("undoes", set.undoes.value);
    if (set.undone_by) json.field("undone_by", set.undone_by.value);
    json.end();
}

void print_organisation(Invocation const& call, Organisation const& o) {
    call.print("{:<6} {:<40} {:<14} {:<16} {:<3} {:>6} resources {:>4} contacts{}", fmt::format("#{}", o.id.value),
               o.name, name_of(o.kind), o.sector, o.country, o.resources, o.contacts,
               o.do_not_contact ? "  do not contact" : "");
}

void print_resource(Invocation const& call, Resource const& r) {
    call.print("{:<6} {:<8} {:<30} {:<9} {}{}{}", fmt::format("#{}", r.id.value), name_of(r.kind), r.value,
               r.verified ? "verified" : "claimed", r.organisation_name, dates(r.from, r.to),
               r.how.empty() ? "" : fmt::format(" ({})", r.how));
}

void print_contact(Invocation const& call, Contact const& c) {
    call.print("{:<6} {:<11} {:<34} {:<3} {}{}{}{}{}", fmt::format("#{}", c.id.value), name_of(c.role),
               c.email.empty() ? (c.phone.empty() ? c.webhook : c.phone) : c.email, c.language, c.organisation_name,
               c.name.empty() ? "" : fmt::format(", {}", c.name), c.key.empty() ? "" : ", has a key",
               c.expires ? " until " + format_date(*c.expires) : "", c.do_not_contact ? ", do not contact" : "");
}

Directory& directory_of(Invocation const& call) {
    return call.instance->constituency().directory();
}

Exit print_change(Invocation const& call, Result<ChangeSetId> const& change, std::string_view done) {
    if (!change) return call.failed(change.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("change", change->value).end();
        call.print("{}", json.text());
    } else {
        call.print("{}. To take it back: tocsin org undo {}", done, change->value);
    }
    return Exit::done;
}

Result<std::int64_t> parse_number(std::string_view text, std::string_view what) {
    auto const number = parse_int(text.starts_with('#') ? text.substr(1) : text);
    if (!number || *number < 1)
        return fail(Code::invalid, fmt::format("expected {} like 12, found \"{}\"", what, text));
    return *number;
}

Result<std::optional<Timestamp>> parse_time_option(Invocation const& call, std::string_view option) {
    auto const text = call.get(option);
    if (text.empty() || text == "-") return std::nullopt;
    auto const time = parse_timestamp(text);
    if (!time)
        return fail(Code::invalid,
                    fmt::format("{}: expected a date like 2026-11-23 or a time like 2026-11-23T10:00:00Z, found \"{}\"",
                                option, text));
    return *time;
}

std::vector<Option> organisation_options() {
    return {{"--kind", "KIND",
             "constituent, operator, sector_cirt, national_cirt, regulator, peer, feed_provider or other"},
            {"--sector", "TEXT", "energy, finance, ..."},
            {"--country", "CODE", "ISO 3166-1, two letters"},
            {"--language", "CODE", "ar, zh, en, fr, ru or es: what it is written to in"},
            {"--parent", "ORGANISATION", "the one above it, by name or number"},
            {"--note", "TEXT", "for the team"},
            {"--do-not-contact", "YES|NO", "nobody in it is written to"}};
}

Status read_organisation_options(Invocation const& call, OrganisationDraft& draft) {
    if (call.has("--kind")) {
        auto const kind = organisation_kind(call.get("--kind"));
        if (!kind)
            return fail(Code::invalid, fmt::format("--kind: no such kind \"{}\"; see --help", call.get("--kind")));
        draft.kind = *kind;
    }
    lay_over(call, "--sector", draft.sector);
    lay_over(call, "--country", draft.country);
    lay_over(call, "--language", draft.language);
    lay_over(call, "--note", draft.note);
    if (call.has("--parent")) {
        draft.parent = {};
        if (call.get("--parent") != "-") {
            TRY(auto const parent, directory_of(call).find_organisation(call.get("--parent")));
            draft.parent = parent.id;
        }
    }
    if (call.has("--do-not-contact")) {
        TRY(draft.do_not_contact, parse_truth(call, "--do-not-contact"));
    }
    return {};
}

std::vector<Option> contact_options() {
    return {{"--role", "ROLE", "abuse, security, technical, duty, management or other"},
            {"--name", "TEXT", "of the person or desk"},
            {"--email", "ADDRESS", "where warnings go"},
            {"--phone", "NUMBER", ""},
            {"--webhook", "URL", "starts with https://"},
            {"--language", "CODE", "ar, zh, en, fr, ru or es; else the organisation's"},
            {"--key", "FINGERPRINT", "of an OpenPGP or S/MIME key: 40 or 64 hexadecimal digits"},
            {"--key-file", "FILE", "the public key or certificate itself, in armour; it is checked"},
            {"--expires", "TIME", "not written to from then on"},
            {"--do-not-contact", "YES|NO", ""}};
}

Status read_contact_options(Invocation const& call, ContactDraft& draft) {
    if (call.has("--role")) {
        auto const role = contact_role(call.get("--role"));
        if (!role)
            return fail(Code::invalid, fmt::format("--role: no such role \"{}\"; see --help", call.get("--role")));
        draft.role = *role;
    }
    lay_over(call, "--name", draft.name);
    lay_over(call, "--email", draft.email);
    lay_over(call, "--phone", draft.phone);
    lay_over(call, "--webhook", draft.webhook);
    lay_over(call, "--language", draft.language);
    lay_over(call, "--key", draft.key);
    if (call.has("--key-file")) {
        TRY(draft.public_key, store::read_file(call.path(call.get("--key-file")), std::size_t{64} << 10));
        if (!call.has("--key")) draft.key.clear();  // of the key before
    }
    if (call.has("--key-file") || call.has("--key")) {
        auto const work = call.instance->directory() / "mail-work";
        CHECK(notifications::refuse_bad_key(draft, call.instance->clock().now(), work));
        auto const found = notifications::check_contact_key(draft, call.instance->clock().now(), work);
        if (found.key && draft.key.empty()) draft.key = found.key->fingerprint;
    }
    if (call.has("--expires")) {
        TRY(draft.expires, parse_time_option(call, "--expires"));
    }
    if (call.has("--do-not-contact")) {
        TRY(draft.do_not_contact, parse_truth(call, "--do-not-contact"));
    }
    return {};
}

}  // namespace tocsin::app
