#include "app/instance.hpp"

#include "constituency/constituency.hpp"
#include "gate/gate.hpp"

#include <vector>

namespace tocsin::app {
namespace {

/// The rooms' migrations, lower rooms first. A room with a migrations/ folder is added here.
std::vector<store::Migration> all_migrations() {
    std::vector<store::Migration> all;
    for (auto const room : {access::migrations(), constituency::migrations(), gate::migrations()})
        all.insert(all.end(), room.begin(), room.end());
    return all;
}

}  // namespace

Result<std::unique_ptr<Instance>> Instance::open(Config config, Clock const& clock) {
    TRY(auto directory, store::DataDirectory::open(config.data));
    auto const migrations = all_migrations();
    TRY(auto ledger, store::Ledger::open(directory / "ledger.sqlite", migrations));
    std::unique_ptr<Instance> instance(new Instance(std::move(config), clock, std::move(directory), std::move(ledger)));
    TRY(instance->access_, access::Access::open(instance->ledger(), instance->directory(), clock));
    return instance;
}

Instance::Instance(Config config, Clock const& clock, store::DataDirectory directory,
                   std::unique_ptr<store::Ledger> ledger)
    : config_(std::move(config)), clock_(clock), directory_(std::move(directory)), ledger_(std::move(ledger)) {}

Instance::~Instance() = default;

}  // namespace tocsin::app
