#include "app/instance.hpp"
#include "net/net.hpp"
#include "notifications/notifications.hpp"

/// Wires the room of notifications: its settings from the configuration, and what it asks of others.
namespace tocsin::app {
namespace {

Result<net::SmtpTls> tls_of(std::string_view text) {
    if (text == "required") return net::SmtpTls::required;
    if (text == "opportunistic") return net::SmtpTls::opportunistic;
    if (text == "none") return net::SmtpTls::none;
    return fail(Code::invalid, fmt::format("[mail] tls: expected required, opportunistic or none, found \"{}\"", text));
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
    return settings;
}

}  // namespace

Result<notifications::Notifications*> Instance::notifications() {
    std::lock_guard const lock(notifications_mutex_);
    if (notifications_) return notifications_.get();
    TRY(auto* const room, events());
    TRY(auto settings, settings_of(config_));
    TRY(notifications_,
        notifications::Notifications::open(*ledger_, directory_, access_->secrets(), *constituency_, *gate_,
                                           notifications::findings_of(*room), clock_, std::move(settings)));
    return notifications_.get();
}

}  // namespace tocsin::app
