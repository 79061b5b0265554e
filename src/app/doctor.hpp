#pragma once
#include "app/instance.hpp"

#include <string>
#include <vector>

namespace tocsin::app {

/// One thing that was looked at.
struct Examined {
    enum class State { good, warning, bad };
    std::string what;  ///< "audit chain"
    State state = State::good;
    std::string found;  ///< in words
    std::string todo;   ///< what to do about it; empty when good
};
std::string_view name_of(Examined::State state);

/// Looks at everything an operator must be able to rely on: stores, audit chain, disk, clock, mail, feeds, files,
/// versions. Changes nothing but a probe of the mail server. Seconds to minutes, by the size of the stores.
std::vector<Examined> examine(Instance& instance);

}  // namespace tocsin::app
