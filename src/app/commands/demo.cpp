#include "app/command.hpp"
#include "app/demonstration/fortnight.hpp"
#include "app/server.hpp"
#include "net/http.hpp"

#include <chrono>
#include <filesystem>

namespace tocsin::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view account_name = "demo";
constexpr std::string_view done_mark = "demonstration";         ///< in the data directory: ready to be shown
constexpr std::string_view begun_mark = "demonstration-begun";  ///< ours, and not finished

/// The address with a port that is free now in place of 0, for the links in the mails that are written before it is
/// served.
Result<std::string> with_port(std::string_view listen) {
    TRY(auto listener, net::parse_listen(listen));
    if (listener.port != 0) return std::string(listen);
    TRY(auto const server, net::HttpServer::start({std::move(listener)}));
    auto const port = server->port();
    server->stop(std::chrono::milliseconds(0));
    return fmt::format("{}{}", listen.substr(0, listen.rfind(':') + 1), port);
}

/// Never the machine's own configuration: a demonstration must not reach a real mail server.
Config demonstration_config(Invocation const& call, std::string listen, std::uint64_t seed) {
    auto const identity = demonstration::identity_of(seed);
    Config config;
    config.data = call.path(call.has("--data") ? call.get("--data") : "tocsin-demo");
    config.team_name = identity.name;
    config.team_email = identity.email;
    config.country = identity.country;
    config.listen = std::move(listen);
    config.public_url = "http://" + config.listen;
    config.hold_for_approval = true;
    config.asn_table = config.data / "networks.tsv";
    config.drop_folder = config.data / "drop";
    config.feeds_folder = config.data / "feeds";
    return config;
}

/// Makes room for a new demonstration; never in a directory that is not one.
Status prepare(fs::path const& data) {
    std::error_code fault;
    if (!fs::exists(data, fault) || fs::is_empty(data, fault)) {
        fs::create_directories(data, fault);
        fs::permissions(data, fs::perms::owner_all, fault);
        return store::write_file(data / begun_mark, "This directory holds a demonstration.\n");
    }
    if (!fs::exists(data / begun_mark, fault))
        return fail(Code::conflict,
                    fmt::format("{} holds something that is not a demonstration; use another --data", data.string()));
    for (fs::directory_iterator at(data, fault), end; !fault && at != end; at.increment(fault))
        if (at->path().filename() != begun_mark) fs::remove_all(at->path(), fault);
    return {};
}

Result<std::string> add_visitor(Instance& instance) {
    access::NewAccount account;
    account.name = account_name;
    account.password = access::generated_password();
    account.role = access::Role::administrator;
    account.full_name = "Visitor";
    CHECK(instance.access().add_account(access::command_principal(), account));
    return account.password;
}

/// Two weeks in some seconds. Gives the visitor's password.
Result<std::string> build(Invocation& call, Config const& config, std::uint64_t seed) {
    auto const started = std::chrono::steady_clock::now();
    CHECK(prepare(config.data));
    CHECK(demonstration::write_networks(seed, config.asn_table));
    auto const now = system_clock().now();
    demonstration::MovedClock clock(now - std::chrono::hours(24 * 14));
    TRY(auto const instance, Instance::open(config, clock));
    call.print("{}: two weeks of a nation that does not exist, in {}", config.team_name, config.data.string());
    demonstration::FortnightOptions const options{.seed = seed, .end = now};
    TRY(auto const lived, demonstration::live_through(*instance, clock, options, [&](std::string_view what) {
            if (call.streams.err_is_terminal) call.tell("  {}", what);
            return !call.is_cancelled();
        }));
    TRY(auto password, add_visitor(*instance));
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - started;
    call.print(
        "{} reports with {} events ({} rows rejected), {} warnings, {} answers, {} warnings wait for approval, "
        "{} objects of partners; made in {:.0f} s",
        lived.reports, lived.events, lived.rejected, lived.warnings, lived.answers, lived.held, lived.objects,
        took.count());
    CHECK(store::write_file(config.data / done_mark, format_timestamp(now) + "\n"));
    return password;
}

Exit serve(Invocation& call, Config const& config, std::string const& password) {
    auto instance = Instance::open(config);
    if (!instance) return call.failed(instance.error());
    auto server = Server::start(**instance, {.listen = config.listen, .is_demonstration = true});
    if (!server) return call.failed(server.error());
    if (password.empty())
        call.print(
            "Sign in as {} with the password of the first start, or set a new one:\n  tocsin user password {} "
            "--data {}",
            account_name, account_name, config.data.string());
    else
        call.print("Sign in as {} with the password {} (shown this once)", account_name, password);
    call.print("The warnings are in {}; stop with Ctrl-C; begin anew by removing {}", (config.data / "outbox").string(),
               config.data.string());
    call.print("Ready: {}", (*server)->url());
    wait_for_signal();
    (*server)->stop();
    return Exit::done;
}

Exit run(Invocation& call) {
    hold_signals();
    auto const seed = parse_int(call.get("--seed"));
    if (!seed || *seed < 0) {
        call.failed({Code::invalid, fmt::format("--seed must be a whole number, not \"{}\"", call.get("--seed"))});
        return Exit::usage;
    }
    auto listen = with_port(call.get("--listen"));
    if (!listen) return call.failed(listen.error());
    auto const config = demonstration_config(call, *std::move(listen), static_cast<std::uint64_t>(*seed));
    std::error_code fault;
    std::string password;
    if (!fs::exists(config.data / done_mark, fault)) {
        auto built = build(call, config, static_cast<std::uint64_t>(*seed));
        if (!built) return call.failed(built.error());
        password = *std::move(built);
    }
    return serve(call, config, password);
}

}  // namespace

Command command_demo() {
    return {.name = "demo",
            .summary = "Show a fictional nation's two weeks, and serve it",
            .about =
                "Makes its own data directory (--data, default ./tocsin-demo) at the first start and uses it again at "
                "the\nnext. Feeds come in, owners are warned by .eml files in the outbox, answer and repair; nothing "
                "leaves this\nmachine. Reads no configuration file. The last line is \"Ready: URL\".",
            .options = {{"--listen", "ADDRESS:PORT", "where to listen", "127.0.0.1:5800"},
                        {"--seed", "N", "another number, another nation", "1"}},
            .needs = Needs::nothing,
            .run = run};
}

}  // namespace tocsin::app
