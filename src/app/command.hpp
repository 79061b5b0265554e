#pragma once
#include "base/base.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::app {

class Instance;

/// Exit codes, fixed from the first day.
enum class Exit { done = 0, failed = 1, usage = 2, some_rejected = 3, not_found = 4, not_allowed = 5 };
Exit exit_for(Code code);

/// `--name VALUE`; without a value name it is a switch.
struct Option {
    std::string_view name;        ///< "--since"
    std::string_view value_name;  ///< "TIME"; empty for a switch
    std::string_view help;
    std::string_view standard = {};  ///< the default as written; empty for none
    bool required = false;
    bool many = false;  ///< may be given several times
};

/// A word by its place. Only the last may be `many`.
struct Argument {
    std::string_view name;  ///< "FILE"
    std::string_view help;
    bool required = true;
    bool many = false;
};

/// Where a command's words go. `out` is for results, `err` for progress and faults; both may be called from one thread
/// at a time.
struct Streams {
    std::function<void(std::string_view)> out;
    std::function<void(std::string_view)> err;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
};

/// One call of a command: its words, where it was called, and where to write.
class Invocation {
  public:
    std::map<std::string, std::vector<std::string>, std::less<>> options;  ///< by option name, "--since"
    std::vector<std::string> arguments;
    std::string working_directory;  ///< relative paths are meant from here; see path()
    std::string input;              ///< what Command::input read where the caller is
    Streams streams;
    Instance* instance = nullptr;  ///< set when the command needs one (Needs::data)
    std::function<bool()> is_cancelled = [] { return false; };

    bool has(std::string_view option) const { return options.contains(option); }
    /// The last value given, the option's default, or "".
    std::string get(std::string_view option) const;
    std::vector<std::string> all(std::string_view option) const;
    bool json() const { return has("--json"); }
    /// A path as the caller meant it, absolute.
    std::string path(std::string_view given) const;

    template <class... Args>
    void print(fmt::format_string<Args...> format, Args&&... args) const {
        streams.out(fmt::format(format, std::forward<Args>(args)...) + "\n");
    }
    template <class... Args>
    void tell(fmt::format_string<Args...> format, Args&&... args) const {
        streams.err(fmt::format(format, std::forward<Args>(args)...) + "\n");
    }
    /// Prints the error for a person (or as JSON when asked) and gives the exit code for it.
    Exit failed(Error const& error) const;
};

/// What must be there before a command runs.
enum class Needs {
    nothing,  ///< runs by itself
    data,     ///< an open data directory: our own, or the running server's (then the command runs there)
    owner,    ///< the data directory, not owned by anyone else: refuses while the server runs (init, restore, serve)
};

struct Command {
    std::string_view name;        ///< "org import"
    std::string_view summary;     ///< one line
    std::string_view about = {};  ///< a paragraph and examples for --help and the man page
    std::vector<Option> options = {};
    std::vector<Argument> arguments = {};
    Needs needs = Needs::data;
    /// Reads from the caller's terminal, standard input or files (a password), before the command goes to the one who
    /// owns the data directory; `run` finds it in Invocation::input. At most 64 KiB.
    Result<std::string> (*input)(Invocation const&) = nullptr;
    Exit (*run)(Invocation&) = nullptr;
};

/// Each src/app/commands/<noun>_<verb>.cpp defines `Command command_<noun>_<verb>()`; the table is generated from the
/// folder.
using CommandFile = Command (*)();
std::span<CommandFile const> command_table();
std::vector<Command> all_commands();

/// Parses the words after the program name and runs what they name. `streams` and `working_directory` are the caller's.
int run_command_line(std::span<std::string const> words, Streams streams, std::string working_directory);

/// The same against an instance that is already open (the server runs commands for others through this).
int run_command_on(Instance& instance, std::span<std::string const> words, Streams streams,
                   std::string working_directory, std::function<bool()> is_cancelled, std::string input = {});

/// The options that every command takes.
std::span<Option const> common_options();

/// `tocsin org import [OPTION]... FILE...`
std::string usage_line(Command const& command);

/// The text of `tocsin --help` and `tocsin <command> --help`.
std::string help_text();
std::string help_text(Command const& command);

}  // namespace tocsin::app
