#pragma once
#include "app/command.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tocsin::app {

/// What the TOML file and the command line say. Everything has a default; no file is needed.
/// Keys are the members' names by section: [server] listen, tls_certificate, ...; docs/configuration.md lists them.
struct Config {
    std::filesystem::path data = "tocsin-data";
    std::string team_name = "Tocsin";           ///< [team] name: stands in mails and on pages
    std::string team_email = "cirt@localhost";  ///< [team] email: the From of warnings
    std::string country;                        ///< [team] country: ISO 3166-1 alpha-2 of the constituency
    std::string listen = "127.0.0.1:5800";
    std::string public_url;  ///< [server] public_url: what stands in front of the links in mails
    std::string tls_certificate, tls_key;
    bool allow_plain_http = false;  ///< [server] allow_plain_http: beyond loopback, behind a proxy that does TLS
    std::string smtp_url;           ///< [mail] server: smtp://host:port or smtps://; empty: .eml files in DATA/outbox
    std::string smtp_user, smtp_password;                   ///< [mail] user, password (or password_file)
    std::string smtp_tls = "required";                      ///< [mail] tls: required, opportunistic, none
    std::string smtp_ca_file;                               ///< [mail] ca_file
    std::string mail_encryption = "when_possible";          ///< [mail] encryption: required, when_possible, never
    std::string mail_signing = "when_encrypted";            ///< [mail] signing: when_encrypted, openpgp, smime
    std::string dkim_domain, dkim_selector, dkim_key_file;  ///< [mail.dkim] domain, selector, key_file
    bool hold_for_approval = true;                          ///< [mail] hold: a person releases each warning
    std::string language = "en";         ///< [mail] language: for contacts and organisations that name none
    std::string digest_every = "20h";    ///< [mail] digest_every: at most one digest to an organisation in
    std::string remind_after = "7d";     ///< [mail] remind_after: a finding that is still open comes again
    std::string retry_after = "5m";      ///< [mail] retry_after: the first wait, doubled each time
    std::string settle_time = "60s";     ///< [mail] settle_time: from the last news of ingest to a plan
    std::string link_life = "90d";       ///< [mail] link_life: of the owner's page
    std::string least_severity = "low";  ///< [mail] least_severity: findings below it are not warned about
    unsigned mail_connections = 2;       ///< [mail] connections: to the mail server at a time
    unsigned per_domain_a_minute = 0;    ///< [mail] per_domain_a_minute: messages; 0 is no bound
    std::string inbox_url;               ///< [inbox] server: imaps://host or imap://host of the mailbox of answers
    std::string inbox_user, inbox_password;
    std::string inbox_tls = "required";   ///< [inbox] tls: required or none
    std::string inbox_ca_file;            ///< [inbox] ca_file
    bool inbox_allow_private = false;     ///< [inbox] allow_private: it may be in networks of ours
    std::string inbox_folder = "INBOX";   ///< [inbox] folder
    std::string inbox_done_folder;        ///< [inbox] done_folder: where mails go that were read; empty: flagged
    std::string inbox_every = "2m";       ///< [inbox] every
    std::string inbox_address;            ///< [inbox] address: of the mailbox; empty: team.email when a server is set
    std::string inbox_sub_address = "+";  ///< [inbox] sub_address: before a token in the address; empty: in the subject
    unsigned inbox_most_bounces = 3;      ///< [inbox] most_bounces: permanent ones before an address is unused
    std::string channels_reachable;       ///< [channels] reachable: networks of ours a webhook may be in, by comma
    std::string channels_ca_file;         ///< [channels] ca_file
    bool letters = false;                 ///< [channels] letters: owners without another way get a letter
    std::string sms_gateway;              ///< [sms] gateway: a URL with {to}, {text}, {key}; empty: none
    std::string sms_body;                 ///< [sms] body: the same
    std::string sms_content_type = "application/x-www-form-urlencoded";  ///< [sms] content_type
    std::string sms_authorization;                                       ///< [sms] authorization: a header's value
    std::filesystem::path drop_folder;                                   ///< [feeds] drop: default DATA/drop
    std::filesystem::path feeds_folder;                                  ///< [feeds] definitions: default DATA/feeds
    std::filesystem::path asn_table, geo_table;  ///< [enrichment] asn, geo: pyasn/iptoasn text or MaxMind files
    std::filesystem::path as_names;              ///< [enrichment] as_names: names of AS numbers, for pyasn tables
    unsigned workers = 0;                        ///< [ingest] workers: 0 is one per processor
    unsigned memory_mb = 0;                      ///< [ingest] memory_mb: 0 is the built-in bound
    bool portal_lookups = true;   ///< [portal] lookups: evidence of claims is looked up in the DNS and on the web
    std::string portal_resolver;  ///< [portal] resolver: address or address:port; empty: the system's
    bool contacts_ask = false;    ///< [contacts] ask: whether they are still right, before their time is over
    std::string contacts_ask_before = "30d";          ///< [contacts] ask_before
    std::string contacts_renewed_for = "365d";        ///< [contacts] renewed_for: once somebody has confirmed
    int archive_days = 0;                             ///< [archive] keep_days: of events; 0 keeps all
    std::set<std::string, std::less<>> from_file;     ///< keys that the file gives
    std::set<std::string, std::less<>> from_console;  ///< keys that DATA/settings.toml gives (and the file does not)
};

/// Reads --config (or TOCSIN_CONFIG, or /etc/tocsin/tocsin.toml if there), then --data. Unknown keys are errors that
/// name file and line.
Result<Config> load_config(Invocation const& invocation);
/// The keys as written in the file, "server.listen"; docs/configuration.md tells of each (a test holds it to that).
std::vector<std::string> config_keys();
Result<Config> parse_config(std::string_view text, std::string_view file_name);
/// Puts what the console saved in DATA/settings.toml under what the file says: the file wins.
Status merge_console_settings(Config& config);
/// The value of a key as JSON; null for an unknown key.
std::string config_value(Config const& config, std::string_view key);
/// Takes one key's value over. Unknown keys: nothing.
void copy_config_value(Config const& from, Config& to, std::string_view key);

}  // namespace tocsin::app
