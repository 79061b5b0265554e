#include "app/command.hpp"
#include "app/shell.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const& kind = call.arguments[0];
    auto const commands = all_commands();
    if (kind == "bash")
        call.streams.out(bash_completion(commands));
    else if (kind == "zsh")
        call.streams.out(zsh_completion(commands));
    else if (kind == "fish")
        call.streams.out(fish_completion(commands));
    else if (kind == "man")
        call.streams.out(man_page(commands));
    else {
        call.failed({Code::invalid, fmt::format("\"{}\" is not known here; expected bash, zsh, fish or man", kind)});
        return Exit::usage;
    }
    return Exit::done;
}

}  // namespace

Command command_completion() {
    return {.name = "completion",
            .summary = "Print the completion script of a shell, or the manual page",
            .about =
                "Made from the table of commands, so it always fits this program.\n\nExamples:\n"
                "  tocsin completion bash > /etc/bash_completion.d/tocsin\n"
                "  tocsin completion zsh > ~/.zfunc/_tocsin\n"
                "  tocsin completion fish > ~/.config/fish/completions/tocsin.fish\n"
                "  tocsin completion man | man -l -",
            .arguments = {{"SHELL", "bash, zsh, fish, or man for the manual page"}},
            .needs = Needs::nothing,
            .run = run};
}

}  // namespace tocsin::app
