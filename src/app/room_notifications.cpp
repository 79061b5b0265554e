#include "app/instance.hpp"
#include "net/net.hpp"
#include "notifications/contact_checks.hpp"
#include "notifications/inbox.hpp"
#include "notifications/notifications.hpp"
#include "notifications/rules.hpp"
#include "notifications/sealing.hpp"
#include "reports/experiments.hpp"
#include "reports/reports.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>

/// Wires the room of notifications: its settings from the configuration, and what it asks of others.
namespace tocsin::app {
namespace {

Result<std::chrono::seconds> time_of(std::string_view key, std::string_view text) {
    auto const time = parse_duration(text);
    if (!time) return std::unexpected(time.error().during(fmt::format("[mail] {}", key)));
    return *time;
}

Result<net::SmtpTls> tls_of(std::string_view text) {
    if (text == "required") return net::SmtpTls::required;
    if (text == "opportunistic") return net::SmtpTls::opportunistic;
    if (text == "none") return net::SmtpTls::none;
    return fail(Code::invalid, fmt::format("[mail] tls: expected required, opportunistic or none, found \"{}\"", text));
}

Result<notifications::ChannelSettings> channels_of(Config const& config) {
    notifications::ChannelSettings settings;
    for (auto const part : split(config.channels_reachable, ',')) {
        if (trimmed(part).empty()) continue;
        auto const network = parse_prefix(trimmed(part));
        if (!network)
            return fail(Code::invalid, fmt::format("[channels] reachable: expected networks, \"10.1.0.0/16\", found {}",
                                                   json_string(trimmed(part))));
        settings.reachable.push_back(*network);
    }
    settings.ca_file = config.channels_ca_file;
    settings.letters = config.letters;
    settings.sms_url = config.sms_gateway;
    if (!settings.sms_url.empty())
        if (auto const url = net::check_http_url(
                replaced(replaced(replaced(settings.sms_url, "{to}", ""), "{text}", ""), "{key}", ""));
            !url)
            return std::unexpected(url.error().during("[sms] gateway"));
    settings.sms_body = config.sms_body;
    settings.sms_type = config.sms_content_type;
    settings.sms_authorization = config.sms_authorization;
    return settings;
}

Result<notifications::Settings> settings_of(Config const& config) {
    notifications::Settings settings;
    settings.team_name = config.team_name;
    settings.team_email = config.team_email;
    settings.public_url = config.public_url.empty() ? "http://" + config.listen : config.public_url;
    while (settings.public_url.ends_with('/')) settings.public_url.pop_back();
    settings.smtp.url = config.smtp_url;
    settings.smtp.user = config.smtp_user;
    settings.smtp.password = config.smtp_password;
    settings.smtp.ca_file = config.smtp_ca_file;
    TRY(settings.smtp.tls, tls_of(config.smtp_tls));
    settings.hold = config.hold_for_approval;
    settings.country = config.country;
    settings.default_language = config.language;
    settings.least_severity = config.least_severity;
    TRY(settings.digest_interval, time_of("digest_every", config.digest_every));
    TRY(settings.reminder_interval, time_of("remind_after", config.remind_after));
    TRY(settings.first_retry, time_of("retry_after", config.retry_after));
    TRY(settings.settle_time, time_of("settle_time", config.settle_time));
    TRY(settings.link_life, time_of("link_life", config.link_life));
    settings.connections = static_cast<int>(std::clamp(config.mail_connections, 1U, 16U));
    settings.per_domain = static_cast<int>(config.per_domain_a_minute);
    settings.answer_address = config.inbox_address;
    if (settings.answer_address.empty() && !config.inbox_url.empty()) settings.answer_address = config.team_email;
    if (!settings.answer_address.empty() && !net::is_mail_address(settings.answer_address))
        return fail(Code::invalid,
                    fmt::format("[inbox] address: {} is not a mail address", json_string(settings.answer_address)));
    settings.sub_address = config.inbox_sub_address;
    if (!settings.sub_address.empty() && !net::is_mail_address("a" + settings.sub_address + "b@c.example"))
        return fail(Code::invalid, fmt::format("[inbox] sub_address: expected a character that may stand in an "
                                               "address, \"+\", found {}",
                                               json_string(settings.sub_address)));
    settings.most_bounces = static_cast<int>(config.inbox_most_bounces);
    auto const encryption = notifications::parse_encryption(config.mail_encryption);
    if (!encryption)
        return fail(Code::invalid, fmt::format("[mail] encryption: expected required, when_possible or never, found "
                                               "\"{}\"",
                                               config.mail_encryption));
    settings.encryption = *encryption;
    if (config.mail_signing != "when_encrypted" && config.mail_signing != "openpgp" && config.mail_signing != "smime")
        return fail(Code::invalid,
                    fmt::format("[mail] signing: expected when_encrypted, openpgp or smime, found \"{}\"",
                                config.mail_signing));
    settings.signing = config.mail_signing;
    settings.dkim = {config.dkim_domain, config.dkim_selector, config.dkim_key_file};
    TRY(settings.channels, channels_of(config));
    settings.postman = "/proc/self/exe";
    return settings;
}

Result<notifications::InboxSettings> inbox_settings_of(Config const& config) {
    notifications::InboxSettings settings;
    settings.url = config.inbox_url;
    settings.user = config.inbox_user;
    settings.password = config.inbox_password;
    settings.ca_file = config.inbox_ca_file;
    if (config.inbox_tls != "required" && config.inbox_tls != "none")
        return fail(Code::invalid,
                    fmt::format("[inbox] tls: expected required or none, found \"{}\"", config.inbox_tls));
    settings.wants_tls = config.inbox_tls == "required";
    settings.allows_private = config.inbox_allow_private;
    settings.folder = config.inbox_folder;
    settings.done_folder = config.inbox_done_folder;
    auto const every = parse_duration(config.inbox_every);
    if (!every || *every < std::chrono::seconds(1))
        return fail(Code::invalid, "[inbox] every: expected a time of one second or more, \"2m\"");
    settings.every = *every;
    return settings;
}

Result<notifications::ContactCheckSettings> contact_check_settings_of(Config const& config,
                                                                      notifications::Settings const& mail) {
    notifications::ContactCheckSettings settings{.team = mail.team_name,
                                                 .team_address = mail.team_email,
                                                 .language = mail.default_language,
                                                 .public_url = mail.public_url};
    auto const before = parse_duration(config.contacts_ask_before);
    if (!before || *before < std::chrono::hours(1) || *before > std::chrono::days(366))
        return fail(Code::invalid, "[contacts] ask_before: expected a time of one hour to 366 days, \"30d\"");
    settings.before = *before;
    auto const renewed = parse_duration(config.contacts_renewed_for);
    if (!renewed || *renewed <= settings.before || *renewed > std::chrono::days(3660))
        return fail(Code::invalid,
                    "[contacts] renewed_for: expected a time longer than ask_before, at most 3660 days, \"365d\"");
    settings.renewed_for = *renewed;
    return settings;
}

/// Sharing stands with an organisation that is a peer; of several, by the least that one of them may have.
Result<std::optional<notifications::SharedWith>> shared_with(sharing::Peers& peers, gate::OrganisationId organisation,
                                                             std::string_view team) {
    TRY(auto const all, peers.all());
    sharing::Peer const* found = nullptr;
    for (auto const& peer : all)
        if (peer.organisation == organisation && (found == nullptr || peer.clearance < found->clearance)) found = &peer;
    if (found == nullptr) return std::nullopt;
    return notifications::SharedWith{found->recipient(), sharing::team_identity_id(team)};
}

}  // namespace

Result<notifications::ContactChecks*> Instance::contact_checks() {
    std::scoped_lock const lock(notifications_mutex_);
    if (contact_checks_) return contact_checks_.get();
    TRY(auto const settings, settings_of(config_));
    TRY(auto check_settings, contact_check_settings_of(config_, settings));
    TRY(auto sealing, notifications::Sealing::open(*ledger_, directory_, *constituency_, clock_, settings));
    TRY(auto letters,
        notifications::Letters::open(directory_.path(), settings, std::move(sealing), "contact-checks.journal"));
    contact_checks_ = std::make_unique<notifications::ContactChecks>(
        *ledger_, *constituency_, *gate_, access_->secrets(), clock_, std::move(check_settings), std::move(letters));
    return contact_checks_.get();
}

Result<notifications::Inbox*> Instance::inbox() {
    TRY(auto* const room, notifications());
    std::scoped_lock const lock(notifications_mutex_);
    if (inbox_) return inbox_.get();
    TRY(auto settings, inbox_settings_of(config_));
    TRY(inbox_, notifications::Inbox::open(*room, std::move(settings)));
    return inbox_.get();
}

Result<notifications::Notifications*> Instance::notifications() {
    std::scoped_lock const lock(notifications_mutex_);
    if (notifications_) return notifications_.get();
    TRY(auto settings, settings_of(config_));
    settings.wording = reports::wording_of(*ledger_);
    auto findings = notifications::findings_of([this] { return events(); });
    TRY(notifications_, notifications::Notifications::open(*ledger_, directory_, access_->secrets(), *constituency_,
                                                           *gate_, std::move(findings), clock_, std::move(settings)));
    notifications_->rules().share_by(
        [this](auto organisation) { return shared_with(*peers_, organisation, config_.team_name); });
    return notifications_.get();
}

Result<notifications::Letters*> Instance::letters() {
    std::scoped_lock const lock(notifications_mutex_);
    if (letters_) return letters_.get();
    TRY(auto const settings, settings_of(config_));
    TRY(auto sealing, notifications::Sealing::open(*ledger_, directory_, *constituency_, clock_, settings));
    TRY(letters_, notifications::Letters::open(directory_.path(), settings, std::move(sealing)));
    return letters_.get();
}

}  // namespace tocsin::app
