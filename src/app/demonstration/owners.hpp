#pragma once
#include "app/simulation/population.hpp"
#include "notifications/notifications.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::app::demonstration {

/// How the owners of the fictional nation behave once they are warned: some open the link, some answer, some repair,
/// and of what was repaired a little comes back. The same seed gives the same behaviour.
class Owners {
  public:
    Owners(simulation::Nation const& nation, std::uint64_t seed);

    /// What an owner does with a warning, at once or not at all.
    struct Reaction {
        bool opens = false;
        std::optional<notifications::Statement> says;
        std::string words;  ///< a comment in the owner's language; may be empty
    };
    /// Notes the warning; from then on the owner's hosts may be repaired.
    Reaction warned(std::string_view organisation, std::uint32_t day);

    /// Whether a host that would be exposed is not, because its owner repaired it.
    bool has_repaired(simulation::Host const& host, std::uint32_t day) const;

  private:
    simulation::Nation const* nation_;
    std::uint64_t seed_;
    std::map<std::string, std::size_t, std::less<>> place_of_;
    static constexpr std::uint32_t never = 0xffff'ffff;
    std::vector<std::uint32_t> repairs_from_;  ///< by place of the organisation: the first day
};

}  // namespace tocsin::app::demonstration
