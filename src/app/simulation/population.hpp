#pragma once
#include "app/simulation/nation.hpp"

#include <cstdint>
#include <vector>

namespace tocsin::app::simulation {

/// One exposed machine.
struct Host {
    IpAddress address;
    Network const* network = nullptr;
    std::uint32_t port_number = 0;  ///< which of the ports of its kind: 0, 1, ...
    std::uint64_t chance = 0;       ///< decides everything else about it
};

/// Who is exposed to one kind of report, day after day.
///
/// A report has `slots`; on a day each slot stands for one host. A host keeps its slot for two days to some weeks, then
/// is repaired and another takes its place; one in five comes back later. No two slots stand for one host on one day.
/// Immutable; safe from any thread; memory is one number a network.
class Population {
  public:
    struct Options {
        std::uint64_t seed = 1;
        bool ipv6 = false;
        std::uint64_t slots = 1000;
        std::uint32_t days = 1;
    };
    /// The nation must have a network of the family and outlive the population.
    Population(Nation const& nation, Options const& options);

    Host host(std::uint64_t slot, std::uint32_t day) const;

  private:
    std::uint64_t tenant(std::uint64_t slot, std::uint32_t day) const;

    Options options_;
    std::vector<Network const*> networks_;
    std::vector<std::uint64_t> sums_;      ///< hosts of the networks up to and with this one
    std::vector<std::uint32_t> shortcut_;  ///< first network to look at, by the upper bits of a host's number
    std::uint64_t total_ = 0;
    std::uint64_t step_ = 1, start_ = 0;  ///< scatters numbers over all hosts: a full cycle modulo total_
    int shift_ = 0;
};

}  // namespace tocsin::app::simulation
