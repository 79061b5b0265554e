#include "app/settings.hpp"

#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace tocsin::app {
namespace {

/// What the console may change.
struct Offer {
    std::string_view key;
    std::string_view kind;
    std::string_view description;
    std::vector<std::string> choices = {};
};

std::vector<Offer> const& offers() {
    static std::vector<Offer> const all{
        {"team.name", "text", "Name of the team; stands in mails and on pages."},
        {"team.email", "text", "The From address of warnings."},
        {"team.country", "text", "Country of the constituency, two letters."},
        {"server.public_url", "text", "What stands in front of the links in mails."},
        {"mail.server", "text",
         "Mail server, smtp://host:port or smtps://host:port; empty: .eml files in the outbox folder."},
        {"mail.user", "text", "Account on the mail server."},
        {"mail.password", "secret", "Its password."},
        {"mail.tls", "choice", "Encryption to the mail server.", {"required", "opportunistic", "none"}},
        {"mail.hold", "flag", "A person releases each warning."},
        {"inbox.server", "text", "Mailbox that answers and bounces are read from, imaps://host; empty: none is read."},
        {"inbox.user", "text", "Account on its server."},
        {"inbox.password", "secret", "Its password."},
        {"inbox.address", "text", "Address of the mailbox; empty: that of the team."},
        {"inbox.sub_address", "text",
         "What stands between the address and a token, +; empty: the server knows no such addresses."},
        {"archive.keep_days", "number", "Events older than this many days are removed, once a day; 0 keeps all."},
    };
    return all;
}

/// Shown, but only for the file: who may change these could reach beyond the console.
std::vector<Offer> const& shown_only() {
    static std::vector<Offer> const all{
        {"server.listen", "text", "Address and port of the console, the API and the owners' pages."},
        {"server.tls_certificate", "text", "Certificate chain."},
        {"mail.language", "text", "Language of mails and pages where nobody says otherwise."},
        {"mail.encryption",
         "choice",
         "Whether warnings are encrypted to the keys of contacts, where no rule says otherwise.",
         {"when_possible", "required", "never"}},
        {"mail.signing",
         "choice",
         "Whether mail in clear is signed by our key.",
         {"when_encrypted", "openpgp", "smime"}},
        {"contacts.ask", "flag", "Contacts are asked by mail whether they are still right, before their time is over."},
        {"contacts.ask_before", "text", "So long before their time is over."},
        {"contacts.renewed_for", "text", "So long a contact holds once somebody has confirmed it."},
        {"feeds.drop", "text", "Watched folder: files put here are taken in."},
        {"enrichment.asn", "text", "Table of networks and AS numbers."},
        {"enrichment.geo", "text", "Table of networks and countries."},
    };
    return all;
}

std::string shown(Config const& config, Offer const& offer) {
    auto value = config_value(config, offer.key);
    if (offer.kind != "secret") return value;
    return value == "\"\"" ? "null" : "\"set\"";
}

/// What would run after a start: the file's values, under them what the console saved, under that the defaults.
Config saved_config(Config const& running) {
    Config saved;
    saved.data = running.data;
    for (auto const& offer : offers()) {
        std::string const key(offer.key);
        if (running.from_file.contains(key)) saved.from_file.insert(key);
    }
    if (auto const merged = merge_console_settings(saved); !merged) return running;
    auto const from_console = saved.from_console;
    Config complete = running;
    complete.from_console.clear();
    for (auto const& offer : offers()) {
        std::string const key(offer.key);
        if (!running.from_file.contains(key)) copy_config_value(saved, complete, key);
    }
    complete.from_console = from_console;
    return complete;
}

std::string section_of(std::string_view key) {
    return std::string(key.substr(0, key.find('.')));
}

std::string as_toml(std::map<std::string, std::string> const& values) {
    std::string text = "# Written by the console. What the configuration file says wins over this.\n";
    std::string section;
    for (auto const& [key, value] : values) {
        if (section_of(key) != section) {
            section = section_of(key);
            text += fmt::format("\n[{}]\n", section);
        }
        text += fmt::format("{} = {}\n", key.substr(key.find('.') + 1), value);
    }
    return text;
}

Status check(Config const& running, std::string const& key, std::string const& value) {
    auto const offer = std::ranges::find(offers(), key, &Offer::key);
    if (offer == offers().end())
        return fail(Code::denied, fmt::format("{} can only be changed in the configuration file", key));
    if (running.from_file.contains(key))
        return fail(Code::denied, fmt::format("{} is given in the configuration file; change it there", key));
    if (!offer->choices.empty() && value != "null" &&
        std::ranges::none_of(offer->choices, [&](std::string const& choice) { return json_string(choice) == value; }))
        return fail(Code::invalid, fmt::format("{}: expected one of {}", key, fmt::join(offer->choices, ", ")));
    return {};
}

}  // namespace

std::vector<api::Setting> settings_of(Config const& running) {
    Config const standard;
    auto const saved = saved_config(running);
    std::vector<api::Setting> settings;
    auto const add = [&](Offer const& offer, bool is_fixed) {
        std::string const key(offer.key);
        auto const from = running.from_file.contains(key)    ? "file"
                          : saved.from_console.contains(key) ? "console"
                                                             : "default";
        settings.push_back({.key = key,
                            .value = shown(saved, offer),
                            .standard = shown(standard, offer),
                            .kind = std::string(offer.kind),
                            .choices = offer.choices,
                            .from = from,
                            .description = std::string(offer.description),
                            .is_fixed = is_fixed || running.from_file.contains(key),
                            .needs_restart = config_value(saved, key) != config_value(running, key)});
    };
    for (auto const& offer : offers()) add(offer, false);
    for (auto const& offer : shown_only()) add(offer, true);
    return settings;
}

Status save_settings(Config const& running, std::vector<std::pair<std::string, std::string>> const& changes) {
    auto const saved = saved_config(running);
    std::map<std::string, std::string> values;
    for (auto const& key : saved.from_console) values[key] = config_value(saved, key);
    for (auto const& [key, value] : changes) {
        CHECK(check(running, key, value));
        if (value == "null") {
            values.erase(key);
        } else {
            values[key] = value;
        }
    }
    auto const text = as_toml(values);
    if (auto const parsed = parse_config(text, "settings"); !parsed) return std::unexpected(parsed.error());
    return store::write_file(running.data / "settings.toml", text);
}

}  // namespace tocsin::app
