#pragma once
#include "app/command.hpp"

#include <string>
#include <vector>

/// What is generated from the command table for shells and for man.
namespace tocsin::app {

std::string bash_completion(std::vector<Command> const& commands);
std::string zsh_completion(std::vector<Command> const& commands);
std::string fish_completion(std::vector<Command> const& commands);

/// The manual page tocsin(1) in the man macros (man(7)).
std::string man_page(std::vector<Command> const& commands);

}  // namespace tocsin::app
