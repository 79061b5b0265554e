#include "app/config.hpp"

#include "formats/formats.hpp"
#include "store/store.hpp"

#include <cstdlib>
#include <variant>

namespace tocsin::app {
namespace {

using Target = std::variant<std::string*, std::filesystem::path*, bool*, unsigned*, int*>;

std::map<std::string, Target, std::less<>> targets(Config& config) {
    return {
        {"data", &config.data},
        {"team.name", &config.team_name},
        {"team.email", &config.team_email},
        {"team.country", &config.country},
        {"server.listen", &config.listen},
        {"server.public_url", &config.public_url},
        {"server.tls_certificate", &config.tls_certificate},
        {"server.tls_key", &config.tls_key},
        {"server.allow_plain_http", &config.allow_plain_http},
        {"mail.server", &config.smtp_url},
        {"mail.user", &config.smtp_user},
        {"mail.password", &config.smtp_password},
        {"mail.tls", &config.smtp_tls},
        {"mail.ca_file", &config.smtp_ca_file},
        {"mail.encryption", &config.mail_encryption},
        {"mail.signing", &config.mail_signing},
        {"mail.dkim.domain", &config.dkim_domain},
        {"mail.dkim.selector", &config.dkim_selector},
        {"mail.dkim.key_file", &config.dkim_key_file},
        {"mail.hold", &config.hold_for_approval},
        {"mail.language", &config.language},
        {"mail.digest_every", &config.digest_every},
        {"mail.remind_after", &config.remind_after},
        {"mail.retry_after", &config.retry_after},
        {"mail.settle_time", &config.settle_time},
        {"mail.link_life", &config.link_life},
        {"mail.least_severity", &config.least_severity},
        {"mail.connections", &config.mail_connections},
        {"mail.per_domain_a_minute", &config.per_domain_a_minute},
        {"inbox.server", &config.inbox_url},
        {"inbox.user", &config.inbox_user},
        {"inbox.password", &config.inbox_password},
        {"inbox.tls", &config.inbox_tls},
        {"inbox.ca_file", &config.inbox_ca_file},
        {"inbox.allow_private", &config.inbox_allow_private},
        {"inbox.folder", &config.inbox_folder},
        {"inbox.done_folder", &config.inbox_done_folder},
        {"inbox.every", &config.inbox_every},
        {"inbox.address", &config.inbox_address},
        {"inbox.sub_address", &config.inbox_sub_address},
        {"inbox.most_bounces", &config.inbox_most_bounces},
        {"channels.reachable", &config.channels_reachable},
        {"channels.ca_file", &config.channels_ca_file},
        {"channels.letters", &config.letters},
        {"sms.gateway", &config.sms_gateway},
        {"sms.body", &config.sms_body},
        {"sms.content_type", &config.sms_content_type},
        {"sms.authorization", &config.sms_authorization},
        {"feeds.drop", &config.drop_folder},
        {"feeds.definitions", &config.feeds_folder},
        {"enrichment.asn", &config.asn_table},
        {"enrichment.geo", &config.geo_table},
        {"enrichment.as_names", &config.as_names},
        {"ingest.workers", &config.workers},
        {"ingest.memory_mb", &config.memory_mb},
        {"archive.keep_days", &config.archive_days},
        {"portal.lookups", &config.portal_lookups},
        {"portal.resolver", &config.portal_resolver},
        {"contacts.ask", &config.contacts_ask},
        {"contacts.ask_before", &config.contacts_ask_before},
        {"contacts.renewed_for", &config.contacts_renewed_for},
    };
}

std::string_view expected(Target const& target) {
    switch (target.index()) {
        case 2:
            return "true or false";
        case 3:
        case 4:
            return "a whole number";
        default:
            return "a text in quotes";
    }
}

bool assign(Target const& target, formats::TomlValue const& value) {
    if (auto const* const text = std::get_if<std::string*>(&target))
        return value.text() != nullptr && ((**text = *value.text()), true);
    if (auto const* const path = std::get_if<std::filesystem::path*>(&target))
        return value.text() != nullptr && ((**path = *value.text()), true);
    if (auto const* const truth = std::get_if<bool*>(&target))
        return value.truth() && ((**truth = *value.truth()), true);
    auto const number = value.integer().value_or(-1);
    if (number < 0 || number > 1'000'000) return false;
    if (auto const* const count = std::get_if<unsigned*>(&target)) **count = static_cast<unsigned>(number);
    if (auto const* const count = std::get_if<int*>(&target)) **count = static_cast<int>(number);
    return true;
}

Status apply(formats::TomlValue const& table, std::string const& prefix,
             std::map<std::string, Target, std::less<>> const& known, std::string_view file,
             std::set<std::string, std::less<>>& given) {
    for (auto const& [key, value] : table.members()) {
        std::string const name = prefix + key;
        if (value.is_table()) {
            CHECK(apply(value, name + ".", known, file, given));
            continue;
        }
        auto const target = known.find(name);
        if (target == known.end())
            return fail(Code::invalid,
                        fmt::format("{}:{}: unknown key {}; see docs/configuration.md", file, value.line, name));
        if (!assign(target->second, value))
            return fail(Code::invalid,
                        fmt::format("{}:{}: {} must be {}", file, value.line, name, expected(target->second)));
        given.insert(name);
    }
    return {};
}

}  // namespace

std::vector<std::string> config_keys() {
    Config config;
    std::vector<std::string> keys;
    for (auto const& [key, target] : targets(config)) keys.push_back(key);
    return keys;
}

Result<Config> parse_config(std::string_view text, std::string_view file_name) {
    Config config;
    TRY(auto const parsed, formats::parse_toml(text, file_name));
    CHECK(apply(parsed, "", targets(config), file_name, config.from_file));
    return config;
}

std::string config_value(Config const& config, std::string_view key) {
    auto copy = config;
    auto const known = targets(copy);
    auto const found = known.find(key);
    if (found == known.end()) return "null";
    auto const& target = found->second;
    if (auto const* text = std::get_if<std::string*>(&target)) return json_string(**text);
    if (auto const* path = std::get_if<std::filesystem::path*>(&target)) return json_string((*path)->string());
    if (auto const* truth = std::get_if<bool*>(&target)) return **truth ? "true" : "false";
    if (auto const* count = std::get_if<unsigned*>(&target)) return std::to_string(**count);
    return std::to_string(**std::get_if<int*>(&target));
}

void copy_config_value(Config const& from, Config& to, std::string_view key) {
    auto copy = from;
    auto const source = targets(copy);
    auto const goal = targets(to);
    auto const found = goal.find(key);
    if (found == goal.end()) return;
    std::visit([&]<class T>(T* target) { *target = *std::get<T*>(source.find(key)->second); }, found->second);
}

Status merge_console_settings(Config& config) {
    auto const file = config.data / "settings.toml";
    auto const text = store::read_file(file, 1 << 20);
    if (!text && text.error().code == Code::not_found) return {};
    if (!text) return std::unexpected(text.error());
    TRY(auto saved, parse_config(*text, file.string()));
    for (auto const& key : saved.from_file) {
        if (config.from_file.contains(key)) continue;
        config.from_console.insert(key);
        copy_config_value(saved, config, key);
    }
    return {};
}

Result<Config> load_config(Invocation const& invocation) {
    std::string file = invocation.has("--config") ? invocation.path(invocation.get("--config")) : "";
    if (char const* const named = std::getenv("TOCSIN_CONFIG"); file.empty() && named != nullptr) file = named;
    std::error_code fault;
    if (file.empty() && std::filesystem::exists("/etc/tocsin/tocsin.toml", fault)) file = "/etc/tocsin/tocsin.toml";
    Config config;
    if (!file.empty()) {
        TRY(auto const text, store::read_file(file, 1 << 20));
        TRY(config, parse_config(text, file));
    }
    if (invocation.has("--data")) config.data = invocation.path(invocation.get("--data"));
    config.data = invocation.path(config.data.string());
    CHECK(merge_console_settings(config));
    if (config.drop_folder.empty()) config.drop_folder = config.data / "drop";
    if (config.feeds_folder.empty()) config.feeds_folder = config.data / "feeds";
    return config;
}

}  // namespace tocsin::app
