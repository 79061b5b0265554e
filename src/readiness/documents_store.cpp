#include "readiness/documents.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

namespace paper = formats::document;

constexpr std::size_t largest_answer = 8'000, largest_text = 32'000;

/// "mandate.fr" is "mandate" in French. None: no such answer.
std::optional<std::string_view> plain_name(std::string_view name) {
    auto const dot = name.find('.');
    auto const known = answer_names();
    if (dot != std::string_view::npos && !paper::language_named(name.substr(dot + 1))) return std::nullopt;
    auto const plain = name.substr(0, dot);
    return std::ranges::find(known, plain) == known.end() ? std::nullopt : std::optional(plain);
}

bool is_web_address(std::string_view text) {
    return (text.starts_with("https://") || text.starts_with("http://")) && text.size() <= 2000 &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20; });
}

Status check(std::string_view name, std::string_view value) {
    auto const plain = plain_name(name);
    auto const wants = [&](std::string_view what) {
        return fail(Code::invalid, fmt::format("{}: expected {}, found \"{}\"", name, what, value.substr(0, 100)));
    };
    if (!plain)
        return fail(Code::invalid, fmt::format("\"{}\" is no answer; there are {} (and each with a language behind it, "
                                               "as mandate.fr)",
                                               name, fmt::join(answer_names(), ", ")));
    if (value.empty()) return {};
    if (value.size() > largest_answer || !is_utf8(value)) return wants("at most 8,000 bytes of UTF-8");
    bool const is_address = *plain == "website" || *plain == "pgp_key" || *plain == "incident_form" ||
                            *plain == "document_location" || *plain == "policy_page";
    if (is_address && !is_web_address(value)) return wants("an address that starts with https:// or http://");
    if (*plain == "email") {
        auto const at = value.find('@');
        bool const is_mail = at != std::string_view::npos && at > 0 && at + 1 < value.size() &&
                             value.find_first_of(" \n\r\t<>,;\"") == std::string_view::npos;
        if (!is_mail) return wants("an e-mail address");
    }
    if (*plain == "pgp_fingerprint") {
        auto const bare = replaced(std::string(value), " ", "");
        bool const is_hex = (bare.size() == 40 || bare.size() == 64) && from_hex(lowered(bare)).has_value();
        if (!is_hex) return wants("40 or 64 hexadecimal digits");
    }
    if ((*plain == "last_update" || *plain == "established") && !parse_date(value))
        return wants("a date, as 2026-11-26");
    if (*plain == "languages")
        for (auto const one : split(value, ','))
            if (trimmed(one).size() < 2 || trimmed(one).size() > 3)
                return wants("codes of languages separated by commas, as fr, en");
    return {};
}

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   std::string const& id, JsonWriter const& details) {
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "team-document", .id = id, .details = details.text()}));
    return {};
}

}  // namespace

Result<std::vector<TeamAnswer>> Documents::answers() {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<TeamAnswer>> {
        std::map<std::string, TeamAnswer> found;
        for (auto const& [name, value] : known_)
            if (!value.empty()) found[name] = {.name = name, .value = value, .is_known = true};
        CHECK(tx.query("SELECT name, value, changed, changed_by FROM team_answer", {}, [&](store::Row const& row) {
            found[row.string(0)] = {
                .name = row.string(0), .value = row.string(1), .changed = row.time(2), .changed_by = row.string(3)};
        }));
        std::vector<TeamAnswer> list;
        for (auto const name : answer_names()) {
            auto const prefix = std::string(name) + ".";
            for (auto const& [key, answer] : found)
                if (key == name || key.starts_with(prefix)) list.push_back(answer);
        }
        return list;
    });
}

Status Documents::set(std::map<std::string, std::string> const& values, access::Principal const& by) {
    for (auto const& [name, value] : values) CHECK(check(name, trimmed(value)));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        for (auto const& [name, value] : values) {
            auto const clean = trimmed(value);
            CHECK(tx.run("DELETE FROM team_answer WHERE name = ?", {name}));
            if (!clean.empty())
                CHECK(tx.run("INSERT INTO team_answer (name, value, changed, changed_by) VALUES (?, ?, ?, ?)",
                             {name, clean, now, by.name}));
            JsonWriter json;
            json.object().field("value", clean).end();
            CHECK(write_audit(tx, by, now, "document.answer", name, json));
        }
        return {};
    });
}

Status Documents::set_text(DocumentKind kind, std::string_view section, paper::Language language,
                           std::optional<std::string> markup, access::Principal const& by) {
    TRY(auto const texts, document_texts(kind, language));
    if (std::ranges::find(texts.sections, section, &DocumentSection::id) == texts.sections.end())
        return fail(Code::not_found, fmt::format("{} has no section \"{}\"", name_of(kind), section));
    if (markup && (markup->size() > largest_text || !is_utf8(*markup)))
        return fail(Code::invalid, "text: expected at most 32,000 bytes of UTF-8");
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        CHECK(tx.run("DELETE FROM team_document_text WHERE kind = ? AND section = ? AND language = ?",
                     {name_of(kind), section, paper::name_of(language)}));
        if (markup)
            CHECK(
                tx.run("INSERT INTO team_document_text (kind, section, language, markup, changed, changed_by) VALUES "
                       "(?, ?, ?, ?, ?, ?)",
                       {name_of(kind), section, paper::name_of(language), *markup, now, by.name}));
        JsonWriter json;
        json.object()
            .field("section", section)
            .field("language", paper::name_of(language))
            .field("own", markup.has_value());
        json.field_or_null("text", markup).end();
        return write_audit(tx, by, now, "document.text", std::string(name_of(kind)), json);
    });
}

Status Documents::publish(std::string_view kind, paper::Language language, bool is_public,
                          access::Principal const& by) {
    if (kind != "security.txt" && !document_kind_named(kind))
        return fail(Code::invalid, fmt::format("kind: expected a document or security.txt, found \"{}\"", kind));
    if (auto const named = document_kind_named(kind); is_public && named && marking_of(*named).tlp > gate::Tlp::amber)
        return fail(Code::invalid, fmt::format("kind: {} is never published", kind));
    if (is_public && kind == "security.txt") {
        TRY(auto const text, security_txt());
    }
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        CHECK(tx.run("DELETE FROM team_document_published WHERE kind = ?", {kind}));
        if (is_public)
            CHECK(
                tx.run("INSERT INTO team_document_published (kind, language, since, published_by) VALUES (?, ?, ?, ?)",
                       {kind, paper::name_of(language), now, by.name}));
        JsonWriter json;
        json.object().field("language", paper::name_of(language)).end();
        return write_audit(tx, by, now, is_public ? "document.publish" : "document.withdraw", std::string(kind), json);
    });
}

Result<std::optional<Published>> Documents::published(std::string_view kind) {
    return ledger_.read([&](store::Transaction& tx) {
        return tx.one("SELECT kind, language, since FROM team_document_published WHERE kind = ?", {kind},
                      [](store::Row const& row) {
                          return Published{.kind = row.string(0),
                                           .language = paper::language_named(row.text(1)).value_or(paper::Language::en),
                                           .since = row.time(2)};
                      });
    });
}

Result<std::vector<DocumentSection>> Documents::own_sections(DocumentKind kind, paper::Language language) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<DocumentSection>> {
        std::vector<DocumentSection> own;
        CHECK(tx.query("SELECT section, markup FROM team_document_text WHERE kind = ? AND language = ?",
                       {name_of(kind), paper::name_of(language)}, [&](store::Row const& row) {
                           own.push_back({.id = row.string(0), .title = {}, .markup = row.string(1), .is_own = true});
                       }));
        return own;
    });
}

}  // namespace tocsin::readiness
