#pragma once
/// App: the roof. main(), configuration, wiring, one file per command. Nobody includes this room.
#include "app/command.hpp"
