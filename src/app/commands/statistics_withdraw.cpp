#include "app/command.hpp"
#include "app/instance.hpp"
#include "reports/public_statistics.hpp"
#include "reports/reports.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto& instance = *call.instance;
    auto const done = reports::withdraw_statistics(instance.ledger(), instance.clock(), access::command_principal());
    if (!done) return call.failed(done.error());
    call.tell("Withdrawn: /statistics answers 404.");
    return Exit::done;
}

}  // namespace

Command command_statistics_withdraw() {
    return {.name = "statistics withdraw", .summary = "Take the public statistics back", .run = run};
}

}  // namespace tocsin::app
