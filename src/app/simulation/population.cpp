#include "app/simulation/population.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace tocsin::app::simulation {
namespace {

/// How many addresses a network has for hosts; far more than are asked for in IPv6.
std::uint64_t room_of(Network const& network) {
    auto const bits = 128 - network.prefix.length;
    return bits >= 32 ? std::uint64_t{1} << 32 : std::uint64_t{1} << bits;
}

}  // namespace

Population::Population(Nation const& nation, Options const& options) : options_(options) {
    std::uint64_t weight = 0;
    for (auto const& network : nation.networks)
        if (network.prefix.address.is_v4() != options.ipv6 && network.exposure > 0) {
            networks_.push_back(&network);
            weight += network.exposure;
        }
    TOCSIN_ASSERT(!networks_.empty());
    // Enough hosts for those who take over slots; small enough that every network gets its share.
    auto const wanted = options.slots * (2 + options.days / 8);
    auto const each = wanted / weight + 2;
    for (auto const* network : networks_)
        sums_.push_back(total_ += std::min(room_of(*network), each * network->exposure));
    for (auto grown = each * 4; total_ < wanted && grown < std::uint64_t{1} << 33; grown *= 4) {
        total_ = 0;
        for (std::size_t i = 0; i < networks_.size(); ++i)
            sums_[i] = total_ += std::min(room_of(*networks_[i]), grown * networks_[i]->exposure);
    }
    step_ = mixed(options.seed, 11) % total_ | 1;
    while (std::gcd(step_, total_) != 1) step_ += 2;
    start_ = mixed(options.seed, 12) % total_;
    shift_ = std::max(0, static_cast<int>(std::bit_width(total_)) - 14);
    for (std::size_t i = 0, slot = 0; slot <= total_ >> shift_; ++slot) {
        while (i + 1 < sums_.size() && sums_[i] <= slot << shift_) ++i;
        shortcut_.push_back(static_cast<std::uint32_t>(i));
    }
}

std::uint64_t Population::tenant(std::uint64_t slot, std::uint32_t day) const {
    auto const luck = mixed(options_.seed, slot, 13);
    auto const stay = 2 + luck % 40;
    auto turn = (day + (luck >> 32) % stay) / stay;
    if (turn >= 2 && mixed(options_.seed, slot, 14 + turn) % 5 == 0) turn -= 2;  // back again
    return slot + options_.slots * turn;
}

Host Population::host(std::uint64_t slot, std::uint32_t day) const {
    auto const number = tenant(slot, day);
    auto const place =
        static_cast<std::uint64_t>((static_cast<unsigned __int128>(number % total_) * step_ + start_) % total_);
    std::size_t i = shortcut_[place >> shift_];
    while (sums_[i] <= place) ++i;
    auto const* const network = networks_[i];
    auto const within = place - (i == 0 ? 0 : sums_[i - 1]);
    auto const scatter = mixed(options_.seed, 15, i);
    Host host{.address = network->prefix.address,
              .network = network,
              .port_number = static_cast<std::uint32_t>(number / total_)};
    host.chance = mixed(options_.seed, 16, place + total_ * host.port_number);
    if (options_.ipv6) {
        host.address.high |= Random(scatter ^ within).next() % 16;  // the /64 inside the network
        host.address.low = Random(within + scatter).next();         // a bijection: no two alike
    } else {
        auto const size = room_of(*network);
        host.address.low += (within * (scatter | 1) + (scatter >> 32)) & (size - 1);
    }
    return host;
}

}  // namespace tocsin::app::simulation
