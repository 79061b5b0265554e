#include "app/command.hpp"
#include "app/config.hpp"
#include "app/instance.hpp"
#include "app/remote.hpp"

#include <algorithm>
#include <filesystem>

namespace tocsin::app {

std::span<Option const> common_options() {
    static std::vector<Option> const options = {
        {"--data", "DIR", "the data directory", "./tocsin-data"},
        {"--config", "FILE", "a TOML configuration file; none is needed"},
        {"--json", "", "print results and faults as JSON"},
        {"--help", "", "say what the command does"},
    };
    return options;
}

namespace {

struct Parsed {
    Command const* command = nullptr;
    Invocation invocation;
};

Option const* find_option(Command const& command, std::string_view name) {
    for (auto const list : {std::span<Option const>(command.options), common_options()})
        for (auto const& option : list)
            if (option.name == name) return &option;
    return nullptr;
}

/// The command named by the first words ("assess review open" before "org import" before "org").
Command const* find_command(std::vector<Command> const& commands, std::span<std::string const> words,
                            std::size_t& used) {
    for (std::size_t count = std::min<std::size_t>(3, words.size()); count > 0; --count) {
        auto const name = fmt::format("{}", fmt::join(words.first(count), " "));
        for (auto const& command : commands)
            if (command.name == name) {
                used = count;
                return &command;
            }
    }
    return nullptr;
}

/// The words before the first option: "assess review" of `tocsin assess review --help`.
std::string asked_for(std::span<std::string const> words) {
    auto const end = std::ranges::find_if(words, [](std::string const& word) { return word.starts_with('-'); });
    return fmt::format("{}", fmt::join(words.first(static_cast<std::size_t>(end - words.begin())), " "));
}

std::string list_of(std::span<Command const> commands, std::string_view beginning = {}) {
    std::string text = "Commands:\n";
    for (auto const& command : commands)
        if (command.name.starts_with(beginning)) text += fmt::format("  {:<24} {}\n", command.name, command.summary);
    return text;
}

/// Of the commands that begin with these words: empty when there are none.
std::string group_help(std::span<Command const> commands, std::string const& group) {
    auto const beginning = group + " ";
    if (group.empty() ||
        std::ranges::none_of(commands, [&](Command const& one) { return one.name.starts_with(beginning); }))
        return {};
    return fmt::format(
        "Usage: tocsin {} COMMAND [OPTION]... [ARGUMENT]...\n\n{}\ntocsin {} COMMAND --help tells more.\n", group,
        list_of(commands, beginning), group);
}

std::string nearest(std::vector<Command> const& commands, std::string_view word) {
    for (auto const& command : commands)
        if (command.name.starts_with(word) || word.starts_with(command.name.substr(0, 3)))
            return fmt::format("; did you mean \"{}\"?", command.name);
    return "";
}

Status read_words(Command const& command, std::span<std::string const> words, Invocation& invocation) {
    bool options_over = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string const& word = words[i];
        if (options_over || word.size() < 2 || word[0] != '-') {
            invocation.arguments.push_back(word);
            continue;
        }
        if (word == "--") {
            options_over = true;
            continue;
        }
        auto const equals = word.find('=');
        std::string const name = word == "-h" ? "--help" : word == "-o" ? "--output" : word.substr(0, equals);
        Option const* const option = find_option(command, name);
        if (option == nullptr)
            return fail(Code::invalid, fmt::format("unknown option {}; see tocsin {} --help", name, command.name));
        if (option->value_name.empty()) {
            if (equals != std::string::npos) return fail(Code::invalid, fmt::format("{} takes no value", name));
            invocation.options[name].emplace_back("");
        } else if (equals != std::string::npos) {
            invocation.options[name].push_back(word.substr(equals + 1));
        } else if (i + 1 < words.size()) {
            invocation.options[name].push_back(words[++i]);
        } else {
            return fail(Code::invalid, fmt::format("{} needs a value: {} {}", name, name, option->value_name));
        }
    }
    return {};
}

Status check_words(Command const& command, Invocation& invocation) {
    for (auto const& option : command.options) {
        auto const given = invocation.options.find(option.name);
        if (given == invocation.options.end() && option.required)
            return fail(Code::invalid, fmt::format("{} {} is needed; see tocsin {} --help", option.name,
                                                   option.value_name, command.name));
        if (given != invocation.options.end() && given->second.size() > 1 && !option.many && !option.value_name.empty())
            return fail(Code::invalid, fmt::format("{} is given more than once", option.name));
        if (given == invocation.options.end() && !option.standard.empty())
            invocation.options[std::string(option.name)] = {std::string(option.standard)};
    }
    std::size_t least = 0, most = 0;
    for (auto const& argument : command.arguments) {
        least += argument.required ? 1 : 0;
        most = argument.many ? std::string::npos : most + 1;
        if (argument.many) break;
    }
    if (invocation.arguments.size() < least)
        return fail(Code::invalid, fmt::format("{} is missing; see tocsin {} --help",
                                               command.arguments[invocation.arguments.size()].name, command.name));
    if (invocation.arguments.size() > most)
        return fail(Code::invalid, fmt::format("\"{}\" is one word too many; see tocsin {} --help",
                                               invocation.arguments[most], command.name));
    return {};
}

int exit_number(Exit exit) {
    return static_cast<int>(exit);
}

/// Finds and checks the command; on `done` the exit code is already known.
std::optional<int> prepare(std::vector<Command> const& commands, std::span<std::string const> words, Parsed& parsed) {
    Invocation& invocation = parsed.invocation;
    if (words.size() > 1 && words[0] == "help" && words[1] != "help") {
        std::vector<std::string> asked(words.begin() + 1, words.end());
        asked.emplace_back("--help");
        return prepare(commands, asked, parsed);
    }
    if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        invocation.streams.out(help_text());
        return exit_number(words.empty() ? Exit::usage : Exit::done);
    }
    if (words[0] == "--version") {
        invocation.streams.out("tocsin " TOCSIN_VERSION "\n");
        return 0;
    }
    std::size_t used = 0;
    parsed.command = find_command(commands, words, used);
    if (parsed.command == nullptr) {
        auto const asked = asked_for(words);
        if (auto const help = group_help(commands, asked); !help.empty()) {
            invocation.streams.out(help);
            bool const is_help = std::ranges::find(words, "--help") != words.end() || words.back() == "-h";
            return exit_number(is_help ? Exit::done : Exit::usage);
        }
        if (!group_help(commands, words[0]).empty())
            invocation.tell("tocsin: unknown command \"{}\". See tocsin {} --help.", asked, words[0]);
        else
            invocation.tell("tocsin: unknown command \"{}\"{}. See tocsin --help.", words[0],
                            nearest(commands, words[0]));
        return exit_number(Exit::usage);
    }
    auto read = read_words(*parsed.command, words.subspan(used), invocation);
    if (invocation.has("--help")) {
        invocation.streams.out(help_text(*parsed.command));
        return 0;
    }
    if (read) read = check_words(*parsed.command, invocation);
    if (!read) {
        invocation.failed(read.error());
        return exit_number(Exit::usage);
    }
    return std::nullopt;
}

}  // namespace

std::vector<Command> all_commands() {
    std::vector<Command> commands;
    for (auto const& make : command_table()) commands.push_back(make());
    std::ranges::sort(commands, {}, &Command::name);
    return commands;
}

int run_command_line(std::span<std::string const> words, Streams streams, std::string working_directory) {
    auto const commands = all_commands();
    Parsed parsed;
    parsed.invocation.streams = std::move(streams);
    parsed.invocation.working_directory = std::move(working_directory);
    if (auto const over = prepare(commands, words, parsed)) return *over;
    Invocation& invocation = parsed.invocation;
    Command const& command = *parsed.command;
    if (command.input != nullptr) {
        auto input = command.input(invocation);
        if (!input) return exit_number(invocation.failed(input.error()));
        invocation.input = std::move(*input);
    }
    if (command.needs == Needs::nothing) return exit_number(command.run(invocation));

    auto config = load_config(invocation);
    if (!config) {
        invocation.failed(config.error());
        return exit_number(Exit::usage);
    }
    if (command.needs == Needs::data)
        if (auto const remote = run_on_owner(*config, words, invocation)) return *remote;
    auto instance = Instance::open(std::move(*config));
    if (!instance) return exit_number(invocation.failed(instance.error()));
    invocation.instance = instance->get();
    return exit_number(command.run(invocation));
}

int run_command_on(Instance& instance, std::span<std::string const> words, Streams streams,
                   std::string working_directory, std::function<bool()> is_cancelled, std::string input) {
    auto const commands = all_commands();
    Parsed parsed;
    parsed.invocation.streams = std::move(streams);
    parsed.invocation.working_directory = std::move(working_directory);
    parsed.invocation.is_cancelled = std::move(is_cancelled);
    parsed.invocation.input = std::move(input);
    if (auto const over = prepare(commands, words, parsed)) return *over;
    if (parsed.command->needs == Needs::owner)
        return exit_number(parsed.invocation.failed(
            {Code::unavailable,
             fmt::format("\"{}\" needs the data directory for itself; stop the server first", parsed.command->name)}));
    parsed.invocation.instance = &instance;
    return exit_number(parsed.command->run(parsed.invocation));
}

std::string Invocation::get(std::string_view option) const {
    auto const found = options.find(option);
    return found == options.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> Invocation::all(std::string_view option) const {
    auto const found = options.find(option);
    return found == options.end() ? std::vector<std::string>() : found->second;
}

std::string Invocation::path(std::string_view given) const {
    return (std::filesystem::path(working_directory) / given).lexically_normal().string();
}

Exit Invocation::failed(Error const& error) const {
    if (json()) {
        JsonWriter writer;
        writer.object().field("error", name_of(error.code)).field("message", error.message).end();
        streams.err(writer.text() + "\n");
    } else {
        tell("tocsin: {}", error.message);
    }
    return exit_for(error.code);
}

Exit exit_for(Code code) {
    switch (code) {
        case Code::not_found:
            return Exit::not_found;
        case Code::denied:
            return Exit::not_allowed;
        case Code::invalid:
        case Code::limit:
        case Code::conflict:
        case Code::unavailable:
        case Code::io:
        case Code::internal:
            return Exit::failed;
    }
    return Exit::failed;
}

std::string usage_line(Command const& command) {
    std::string line = fmt::format("tocsin {}", command.name);
    for (auto const& option : command.options)
        if (option.required) line += fmt::format(" {} {}", option.name, option.value_name);
    line += " [OPTION]...";
    for (auto const& argument : command.arguments)
        line += fmt::format(fmt::runtime(argument.required ? " {}{}" : " [{}{}]"), argument.name,
                            argument.many ? "..." : "");
    return line;
}

namespace {

void append_option(std::string& text, Option const& option) {
    auto const head =
        option.value_name.empty() ? std::string(option.name) : fmt::format("{} {}", option.name, option.value_name);
    text += fmt::format("  {:<24} {}", head, option.help);
    if (!option.standard.empty()) text += fmt::format(" (default {})", option.standard);
    if (option.many) text += " (may be repeated)";
    text += "\n";
}

}  // namespace

std::string help_text(Command const& command) {
    std::string text = fmt::format("{}\n\nUsage: {}\n", command.summary, usage_line(command));
    if (!command.arguments.empty()) {
        text += "\nArguments:\n";
        for (auto const& argument : command.arguments)
            text += fmt::format("  {:<24} {}\n", argument.name, argument.help);
    }
    text += "\nOptions:\n";
    for (auto const list : {std::span<Option const>(command.options), common_options()})
        for (auto const& option : list) append_option(text, option);
    if (!command.about.empty()) text += fmt::format("\n{}\n", command.about);
    text += "\nExit codes: 0 done, 1 failed, 2 usage, 3 done but some rows were rejected, 4 not found, 5 not allowed\n";
    return text;
}

std::string help_text() {
    std::string text =
        "Tocsin: a national computer incident response team's work in one program.\n\nUsage: tocsin COMMAND "
        "[OPTION]... [ARGUMENT]...\n\n" +
        list_of(all_commands());
    text += "\ntocsin COMMAND --help tells more. The first steps: tocsin demo, then docs/first-day.md.\n";
    return text;
}

}  // namespace tocsin::app
