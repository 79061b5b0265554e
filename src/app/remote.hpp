#pragma once
#include "app/command.hpp"
#include "app/config.hpp"

#include <optional>
#include <span>
#include <string>

/// Running a command where the data directory is owned. One connection on DATA/tocsin.sock (mode 0600) is one command.
///
/// Wire: the caller sends one JSON line {"words": [...], "directory": "...", "input": "...", "out_terminal": bool,
/// "err_terminal": bool}. The owner answers frames of one byte kind ('o' out, 'e' err, 'x' exit code as text), 4 bytes
/// length (big endian), bytes. A caller that hangs up cancels its command.
namespace tocsin::app {

/// If another process owns the data directory and listens, runs the command there and gives its exit code; otherwise
/// none.
std::optional<int> run_on_owner(Config const& config, std::span<std::string const> words, Invocation const& invocation);

/// Serves such callers until destroyed. Each command runs in a thread of its own, at most 16 at once.
class CommandSocket {
  public:
    static Result<std::unique_ptr<CommandSocket>> open(Instance& instance);
    ~CommandSocket();

  private:
    struct Impl;
    explicit CommandSocket(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::app
