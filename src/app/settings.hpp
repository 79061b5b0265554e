#pragma once
#include "api/api.hpp"
#include "app/config.hpp"

#include <string>
#include <utility>
#include <vector>

/// The configuration as the console shows and changes it. What the console changes is saved in DATA/settings.toml and
/// holds from the next start; what the configuration file says can only be changed there.
namespace tocsin::app {

std::vector<api::Setting> settings_of(Config const& running);

/// Key and JSON value; null: back to the default. Errors: Code::invalid, Code::denied for a key that the file gives or
/// that is not for the console, Code::io.
Status save_settings(Config const& running, std::vector<std::pair<std::string, std::string>> const& changes);

}  // namespace tocsin::app
