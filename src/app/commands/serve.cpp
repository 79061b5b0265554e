#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/server.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    hold_signals();
    auto server = Server::start(*call.instance, {.listen = call.get("--listen")});
    if (!server) return call.failed(server.error());
    auto const code = call.instance->access().first_account_code();
    if (!code) return call.failed(code.error());
    if (*code) {
        call.print("There is no account yet. Open {}/setup and enter the code {}", (*server)->url(), **code);
    }
    call.print("Ready: {}", (*server)->url());
    wait_for_signal();
    call.tell("Stopping.");
    (*server)->stop();
    return Exit::done;
}

}  // namespace

Command command_serve() {
    return {
        .name = "serve",
        .summary = "Run the server: console, API, feeds in, warnings out",
        .about =
            "Runs in the foreground until SIGTERM or Ctrl-C; its last line is \"Ready: URL\". Other commands find it "
            "and "
            "run inside it.\n\n  tocsin serve --listen 127.0.0.1:5800",
        .options = {{.name = "--listen",
                     .value_name = "ADDRESS:PORT",
                     .help =
                         "where to listen; beyond loopback only with TLS (default: server.listen, 127.0.0.1:5800)"}},
        .needs = Needs::owner,
        .run = run};
}

}  // namespace tocsin::app
