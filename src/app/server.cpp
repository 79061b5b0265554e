#include "app/server.hpp"

#include "api/api.hpp"
#include "app/portal_doors.hpp"
#include "app/remote.hpp"
#include "app/settings.hpp"
#include "events/recheck.hpp"
#include "net/net.hpp"
#include "notifications/contact_checks.hpp"
#include "notifications/inbox.hpp"
#include "notifications/key_watch.hpp"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <pthread.h>
#include <thread>

namespace tocsin::app {
namespace {

Result<net::Listener> listener_of(Config const& config, std::string const& listen) {
    TRY(auto listener, net::parse_listen(listen));
    if (config.tls_certificate.empty() != config.tls_key.empty())
        return fail(Code::invalid, "[server] tls_certificate and tls_key belong together: give both or none");
    if (!config.tls_certificate.empty()) listener.tls = net::TlsFiles{config.tls_certificate, config.tls_key};
    listener.plain_beyond_loopback = config.allow_plain_http;
    return listener;
}

std::string url_of(net::Listener const& listener, std::uint16_t port) {
    auto const is_v6 = listener.host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", listener.tls ? "https" : "http", is_v6 ? "[" : "", listener.host,
                       is_v6 ? "]" : "", port);
}

sigset_t ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (auto const signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    return signals;
}

}  // namespace

struct Server::Impl {
    explicit Impl(Instance& opened) : instance(opened) {}

    Status start(ServeOptions const& options);
    Status open_api(ServeOptions const& options);
    void tell_of_news();
    void tell_of_commit();
    void keep_house();
    void keep_hourly();
    void keep_forgetting();
    void forget_old();
    void keep_reaching();
    Status ask_contacts();
    void reach_soon();
    void keep_looking_again();
    void forget_soon();
    bool is_ending();

    Instance& instance;
    std::string url;
    events::Events* events = nullptr;
    std::shared_ptr<events::FeedCatalogue const> catalogue;
    notifications::Notifications* notifications = nullptr;
    notifications::Inbox* inbox = nullptr;
    sharing::Exchange* exchange = nullptr;
    sharing::Recalls* recalls = nullptr;
    events::Fetcher* fetcher = nullptr;
    std::unique_ptr<api::Api> api;
    std::unique_ptr<net::HttpServer> http;
    std::unique_ptr<CommandSocket> commands;
    std::mutex mutex;  // guards is_stopping, has_news and has_orders
    std::condition_variable stopping;
    bool is_stopping = false;
    bool has_news = false;    ///< events were committed: some may have met an indicator
    bool has_orders = false;  ///< something is to be forgotten now
    std::thread housekeeping;
    std::thread forgetting;  ///< of its own: it can last
    bool has_tests = false;  ///< reachability tests were queued; guarded by mutex
    std::thread reaching;    ///< of its own: it waits for mail servers
    std::unique_ptr<notifications::KeyWatch> key_watch;
    std::thread rechecking;  ///< of its own: it waits for machines of others
};

Status Server::Impl::open_api(ServeOptions const& options) {
    TRY(events, instance.events());
    TRY(catalogue, instance.catalogue());
    TRY(notifications, instance.notifications());
    TRY(inbox, instance.inbox());
    TRY(auto* const intelligence, instance.intelligence());
    TRY(auto const* const known_good, instance.known_good(!options.is_demonstration));
    TRY(auto* const collections, instance.collections());
    TRY(exchange, instance.exchange());
    TRY(recalls, instance.recalls());
    TRY(fetcher, instance.fetcher());
    TRY(auto* const readiness, instance.readiness());
    key_watch = std::make_unique<notifications::KeyWatch>(instance.ledger(), instance.constituency(), instance.clock(),
                                                          instance.directory().path());
    api::Doors const doors{
        .ledger = &instance.ledger(),
        .directory = &instance.directory(),
        .access = &instance.access(),
        .constituency = &instance.constituency(),
        .gate = &instance.gate(),
        .events = events,
        .catalogue = catalogue.get(),
        .notifications = notifications,
        .inbox = inbox,
        .intelligence = intelligence,
        .known_good = known_good,
        .collections = collections,
        .peers = &instance.peers(),
        .groups = &instance.sharing_groups(),
        .remotes = &instance.remotes(),
        .exchange = exchange,
        .recalls = recalls,
        .readiness = readiness,
        .sources = &instance.sources(),
        .fetcher = fetcher,
        .clock = &instance.clock(),
        .keep_days = instance.config().archive_days,
        .portal = portal_doors(instance),
        .forget_soon = [this] { forget_soon(); },
        .hand_on_soon = [this] { tell_of_news(); },
        .reach_soon = [this] { reach_soon(); },
        .key_watch = key_watch.get(),
        .settings = [this] { return settings_of(instance.config()); },
        .change_settings = [this](auto const& changes) { return save_settings(instance.config(), changes); }};
    api::ApiOptions api_options{.team = instance.config().team_name,
                                .version = TOCSIN_VERSION,
                                .is_demonstration = options.is_demonstration,
                                .owner_pages = {},
                                .team_email = instance.config().team_email,
                                .public_url = instance.config().public_url};
    TRY(auto* const checks, instance.contact_checks());
    api_options.owner_pages = [this, checks](net::HttpRequest const& request) {
        if (!notifications::ContactChecks::is_mine(request.target)) return notifications->owner_page(request);
        auto response = checks->page(request);
        if (response.status == 303) api->publish("directory", "", "changed");
        return response;
    };
    TRY(api, api::Api::make(doors, std::move(api_options)));
    return {};
}

Status Server::Impl::start(ServeOptions const& options) {
    TRY(auto listener,
        listener_of(instance.config(), options.listen.empty() ? instance.config().listen : options.listen));
    instance.on_events_committed = [this] { tell_of_commit(); };
    instance.on_intelligence_committed = [this] {
        tell_of_news();
        if (api) api->publish("intelligence", "", "changed");
    };
    CHECK(open_api(options));
    listener.application = api->application();
    auto const host = listener;
    TRY(http, net::HttpServer::start({std::move(listener)}));
    url = url_of(host, http->port());
    api->watch(http->counters());
    TRY(commands, CommandSocket::open(instance));
    notifications->on_change([this](notifications::NotificationId id) {
        api->publish("notification", std::to_string(id.value), "changed");
    });
    CHECK(events->start());
    inbox->on_change(
        [this](notifications::InboxMailId id) { api->publish("mail", id ? std::to_string(id.value) : "", "changed"); });
    notifications->start();
    inbox->start();
    exchange->start();
    fetcher->on_change = [this](events::SourceId id) { api->publish("feed", std::to_string(id.value), "changed"); };
    fetcher->start();
    housekeeping = std::thread([this] { keep_house(); });
    forgetting = std::thread([this] { keep_forgetting(); });
    reaching = std::thread([this] { keep_reaching(); });
    rechecking = std::thread([this] { keep_looking_again(); });
    return {};
}

void Server::Impl::tell_of_news() {
    std::lock_guard const lock(mutex);
    has_news = true;
    stopping.notify_all();
}

/// From the ingest thread.
void Server::Impl::tell_of_commit() {
    tell_of_news();
    if (notifications) notifications->news();
    if (!api) return;
    api->publish("report", "", "changed");
    api->publish("finding", "", "changed");
}

/// After commits, and first of all: events and indicators are compared, matches are handed on. Once an hour: expired
/// sessions go.
void Server::Impl::keep_house() {
    auto next_hour = std::chrono::steady_clock::now() + std::chrono::hours(1);
    std::unique_lock lock(mutex);
    has_news = true;
    while (!is_stopping) {
        stopping.wait_until(lock, next_hour, [this] { return is_stopping || has_news; });
        if (is_stopping) return;
        bool const is_news = std::exchange(has_news, false);
        lock.unlock();
        auto const began = std::chrono::steady_clock::now();
        if (is_news) {
            if (auto const matched = instance.match([this] { return is_ending(); }); !matched && !is_ending())
                log::error("comparing events and indicators: {}", matched.error().message);
            api->publish("match", "", "changed");
            if (auto const kept = recalls->keep(); !kept && !is_ending())
                log::error("recalls: {}", kept.error().message);
        }
        auto const ended = std::chrono::steady_clock::now();
        if (ended >= next_hour) {
            next_hour += std::chrono::hours(1);
            keep_hourly();
        }
        lock.lock();
        // While much comes in, looking through the archive takes at most half of the time.
        stopping.wait_until(lock, ended + (ended - began), [this] { return is_stopping; });
    }
}

void Server::Impl::keep_hourly() {
    if (auto const cleaned = instance.access().clean_up(); !cleaned)
        log::error("cleaning up sessions: {}", cleaned.error().message);
}

bool Server::Impl::is_ending() {
    std::lock_guard const lock(mutex);
    return is_stopping;
}

void Server::Impl::forget_soon() {
    std::lock_guard const lock(mutex);
    has_orders = true;
    stopping.notify_all();
}

/// Once a day events older than the archive keeps them; at once what was ordered or interrupted.
void Server::Impl::forget_old() {
    auto const forget = [this]() -> Status {
        if (auto const days = instance.config().archive_days; days > 0) {
            auto const horizon = Timestamp::from_day((instance.clock().now() - std::chrono::days(days)).day());
            TRY(auto const last, events->forgettings(1));
            if (last.empty() || last.front().before < horizon)
                CHECK(events->order_forgetting(access::server_principal(), horizon));
        }
        return events->finish_forgetting([this] { return is_ending(); });
    };
    if (auto const done = forget(); !done && !is_ending()) log::error("removing old events: {}", done.error().message);
}

/// At the start, then once an hour or when there are orders.
void Server::Impl::keep_forgetting() {
    while (!is_ending()) {
        forget_old();
        std::unique_lock lock(mutex);
        stopping.wait_for(lock, std::chrono::hours(1), [this] { return is_stopping || has_orders; });
        has_orders = false;
    }
}

/// Contacts whose time will be over are asked whether they are still right.
Status Server::Impl::ask_contacts() {
    if (!instance.config().contacts_ask) return {};
    TRY(auto* const checks, instance.contact_checks());
    TRY(auto const plan, checks->queue(false, access::server_principal()));
    TRY(auto const report, checks->send_due([this] { return is_ending(); }));
    if (!report.trouble.empty()) log::warning("asking contacts: {}", report.trouble);
    if (plan.queued() + report.sent + report.failed + report.uncertain > 0) api->publish("directory", "", "changed");
    return {};
}

void Server::Impl::reach_soon() {
    std::lock_guard const lock(mutex);
    has_tests = true;
    stopping.notify_all();
}

/// Queues the reachability tests whose time has come, and sends what is queued. The schedule is looked at every minute.
void Server::Impl::keep_reaching() {
    auto const reach = [this]() -> Status {
        TRY(auto* const readiness, instance.readiness());
        auto& tests = readiness->reachability;
        TRY(auto const plan, tests.queue({}, false, access::server_principal()));
        TRY(auto const report, tests.send_due([this] { return is_ending(); }));
        if (!report.trouble.empty()) log::warning("reachability tests: {}", report.trouble);
        if (plan.queued() + report.sent + report.failed + report.uncertain > 0)
            api->publish("readiness", "", "changed");
        return {};
    };
    while (!is_ending()) {
        if (auto const done = reach(); !done && !is_ending())
            log::error("reachability tests: {}", done.error().message);
        if (auto const asked = ask_contacts(); !asked && !is_ending())
            log::error("asking contacts: {}", asked.error().message);
        if (auto const looked = key_watch->look([this] { return is_ending(); }); !looked && !is_ending())
            log::warning("keys for mail: {}", looked.error().message);
        std::unique_lock lock(mutex);
        stopping.wait_for(lock, std::chrono::minutes(1), [this] { return is_stopping || has_tests; });
        has_tests = false;
    }
}

/// Asks again what is due (events/recheck.hpp). The queue is looked at every second: somebody waits for the answer;
/// off, as it is until somebody turns it on, that is one small row.
void Server::Impl::keep_looking_again() {
    events::Rechecks rechecks({.ledger = instance.ledger(),
                               .constituency = instance.constituency(),
                               .gate = instance.gate(),
                               .events = *events,
                               .clock = instance.clock()});
    rechecks.on_verdict = [this](std::string const&) { api->publish("finding", "", "changed"); };
    auto const look = [&]() -> Status {
        CHECK(rechecks.schedule());
        CHECK(rechecks.run([this] { return is_ending(); }));
        return {};
    };
    auto wait = std::chrono::seconds(1);
    while (!is_ending()) {
        if (auto const done = look(); !done && !is_ending()) {
            log::error("looking again: {}", done.error().message);
            wait = std::min(wait * 2, std::chrono::seconds(60));
        } else {
            wait = std::chrono::seconds(1);
        }
        std::unique_lock lock(mutex);
        stopping.wait_for(lock, wait, [this] { return is_stopping; });
    }
}

Result<std::unique_ptr<Server>> Server::start(Instance& instance, ServeOptions const& options) {
    auto impl = std::make_unique<Impl>(instance);
    auto const started = impl->start(options);
    std::unique_ptr<Server> server(new Server(std::move(impl)));  // its destructor stops what was started
    CHECK(started);
    return server;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
    stop(std::chrono::milliseconds(0));
}

std::string const& Server::url() const {
    return impl_->url;
}

void Server::stop(std::chrono::milliseconds grace) {
    {
        std::lock_guard const lock(impl_->mutex);
        if (impl_->is_stopping) return;
        impl_->is_stopping = true;
        impl_->stopping.notify_all();
    }
    if (impl_->exchange) impl_->exchange->stop();
    if (impl_->fetcher) impl_->fetcher->stop();
    if (impl_->housekeeping.joinable()) impl_->housekeeping.join();
    if (impl_->forgetting.joinable()) impl_->forgetting.join();
    if (impl_->reaching.joinable()) impl_->reaching.join();
    if (impl_->rechecking.joinable()) impl_->rechecking.join();
    if (impl_->http) impl_->http->stop(grace);
    impl_->commands.reset();
    if (impl_->events) impl_->events->stop();
    if (impl_->inbox) {
        impl_->inbox->stop();
        impl_->inbox->on_change({});
    }
    if (impl_->notifications) {
        impl_->notifications->stop();
        impl_->notifications->on_change({});
    }
    impl_->instance.on_events_committed = {};
    impl_->instance.on_intelligence_committed = {};
}

void hold_signals() {
    auto const signals = ending_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void wait_for_signal() {
    auto const signals = ending_signals();
    int signal = 0;
    sigwait(&signals, &signal);
}

}  // namespace tocsin::app
