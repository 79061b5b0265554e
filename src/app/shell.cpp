#include "app/shell.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tocsin::app {
namespace {

/// Text in single quotes for a shell.
std::string shell_quoted(std::string_view text) {
    return "'" + replaced(std::string(text), "'", "'\\''") + "'";
}

std::string option_names(Command const& command) {
    std::string names;
    for (auto const list : {std::span<Option const>(command.options), common_options()})
        for (auto const& option : list) names += fmt::format("{}{}", names.empty() ? "" : " ", option.name);
    return names;
}

/// First words, for each first word the second words, and for each two of three the third words.
std::set<std::string> first_words(std::vector<Command> const& commands) {
    std::set<std::string> words;
    for (auto const& command : commands) words.emplace(split(command.name, ' ')[0]);
    return words;
}

std::string second_words(std::vector<Command> const& commands, std::string_view first) {
    std::set<std::string> words;
    for (auto const& command : commands)
        if (auto const parts = split(command.name, ' '); parts.size() > 1 && parts[0] == first) words.emplace(parts[1]);
    return fmt::format("{}", fmt::join(words, " "));
}

std::map<std::string, std::string> third_words(std::vector<Command> const& commands) {
    std::map<std::string, std::string> words;
    for (auto const& command : commands) {
        auto const parts = split(command.name, ' ');
        if (parts.size() < 3) continue;
        auto& thirds = words[fmt::format("{} {}", parts[0], parts[1])];
        thirds += fmt::format("{}{}", thirds.empty() ? "" : " ", parts[2]);
    }
    return words;
}

/// What fits all words of a line that begins with the command's.
std::string pattern_of(Command const& command) {
    return split(command.name, ' ').size() > 2 ? fmt::format("'{}'", command.name)
                                               : fmt::format("'{} '*", command.name);
}
/// More words first: the first pattern that fits counts.
std::vector<Command> longest_first(std::vector<Command> const& commands) {
    std::vector<Command> sorted;
    for (std::size_t words = 3; words > 0; --words)
        for (auto const& command : commands)
            if (split(command.name, ' ').size() == words) sorted.push_back(command);
    return sorted;
}

}  // namespace

std::string bash_completion(std::vector<Command> const& commands) {
    std::string text =
        "# Completion of tocsin for bash. Made by: tocsin completion bash\n"
        "_tocsin() {\n"
        "  local word=${COMP_WORDS[COMP_CWORD]} first=${COMP_WORDS[1]} second=${COMP_WORDS[2]} third=${COMP_WORDS[3]}\n"
        "  local options= seconds= thirds=\n"
        "  COMPREPLY=()\n"
        "  case \"$first\" in\n";
    for (auto const& first : first_words(commands))
        if (auto const seconds = second_words(commands, first); !seconds.empty())
            text += fmt::format("    {}) seconds='{}' ;;\n", first, seconds);
    text +=
        "  esac\n"
        "  case \"$first $second\" in\n";
    for (auto const& [words, thirds] : third_words(commands))
        text += fmt::format("    '{}') thirds='{}' ;;\n", words, thirds);
    text +=
        "  esac\n"
        "  case \"$first $second $third\" in\n";
    for (auto const& command : longest_first(commands))
        text += fmt::format("    {}) options='{}' ;;\n", pattern_of(command), option_names(command));
    std::string firsts;
    for (auto const& first : first_words(commands)) firsts += " " + first;
    text += fmt::format(
        "  esac\n"
        "  if [ \"$COMP_CWORD\" = 1 ]; then\n"
        "    COMPREPLY=($(compgen -W '{} --help --version' -- \"$word\"))\n"
        "  elif [ \"$COMP_CWORD\" = 2 ] && [ -n \"$seconds\" ] && [[ $word != -* ]]; then\n"
        "    COMPREPLY=($(compgen -W \"$seconds\" -- \"$word\"))\n"
        "  elif [ \"$COMP_CWORD\" = 3 ] && [ -n \"$thirds\" ] && [[ $word != -* ]]; then\n"
        "    COMPREPLY=($(compgen -W \"$thirds\" -- \"$word\"))\n"
        "  elif [[ $word == -* ]]; then\n"
        "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
        "  else\n"
        "    compopt -o filenames\n"
        "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
        "  fi\n"
        "}}\n"
        "complete -F _tocsin tocsin\n",
        firsts.substr(1));
    return text;
}

namespace {

/// Text inside an option's [...] of zsh's _arguments.
std::string zsh_help(std::string_view text) {
    auto escaped = replaced(std::string(text), "\\", "\\\\");
    escaped = replaced(escaped, "[", "\\[");
    escaped = replaced(escaped, "]", "\\]");
    return replaced(escaped, ":", "\\:");
}

std::string zsh_arguments(Command const& command) {
    std::string text = "_arguments -s";
    for (auto const list : {std::span<Option const>(command.options), common_options()})
        for (auto const& option : list)
            text +=
                " " + shell_quoted(fmt::format("{}{}[{}]{}", option.many ? "*" : "", option.name, zsh_help(option.help),
                                               option.value_name.empty()
                                                   ? std::string()
                                                   : fmt::format(":{}:_files", zsh_help(lowered(option.value_name)))));
    return text + " '*:file:_files'";
}

}  // namespace

std::string zsh_completion(std::vector<Command> const& commands) {
    std::string text =
        "#compdef tocsin\n# Completion of tocsin for zsh. Made by: tocsin completion zsh\n_tocsin() {\n"
        "  local -a words_known\n"
        "  if (( CURRENT == 2 )); then\n    words_known=(";
    for (auto const& first : first_words(commands)) {
        auto const same = std::ranges::find(commands, std::string_view(first), &Command::name);
        auto const help = same != commands.end() ? std::string(same->summary) : second_words(commands, first);
        text += "\n      " + shell_quoted(fmt::format("{}:{}", first, replaced(help, ":", "\\:")));
    }
    text += "\n    )\n    _describe command words_known\n    return\n  fi\n";
    text += "  if (( CURRENT == 3 )) && [[ $words[3] != -* ]]; then\n    case $words[2] in\n";
    for (auto const& first : first_words(commands)) {
        auto const seconds = second_words(commands, first);
        if (seconds.empty()) continue;
        text += fmt::format("      {}) words_known=({}); _describe command words_known; return ;;\n", first, seconds);
    }
    text += "    esac\n  fi\n";
    text += "  if (( CURRENT == 4 )) && [[ $words[4] != -* ]]; then\n    case \"$words[2] $words[3]\" in\n";
    for (auto const& [words, thirds] : third_words(commands))
        text += fmt::format("      '{}') words_known=({}); _describe command words_known; return ;;\n", words, thirds);
    text += "    esac\n  fi\n  case \"$words[2] $words[3] $words[4]\" in\n";
    for (auto const& command : longest_first(commands))
        text += fmt::format("    {}) {} ;;\n", pattern_of(command), zsh_arguments(command));
    return text + "  esac\n}\n_tocsin \"$@\"\n";
}

std::string fish_completion(std::vector<Command> const& commands) {
    std::string text =
        "# Completion of tocsin for fish. Made by: tocsin completion fish\n"
        "function __tocsin_at\n"
        "    set -l given (commandline -opc)\n"
        "    set -l last (math (count $argv) + 1)\n"
        "    test (count $given) -ge $last; and test \"$given[2..$last]\" = \"$argv\"\n"
        "end\n"
        "function __tocsin_words\n"
        "    test (count (commandline -opc)) = $argv[1]\n"
        "end\n";
    for (auto const& first : first_words(commands)) {
        auto const same = std::ranges::find(commands, std::string_view(first), &Command::name);
        text += fmt::format("complete -c tocsin -n '__tocsin_words 1' -f -a {}", first);
        text += same == commands.end() ? "\n" : " -d " + shell_quoted(same->summary) + "\n";
    }
    for (auto const& command : commands) {
        auto const parts = split(command.name, ' ');
        if (parts.size() == 2)
            text += fmt::format("complete -c tocsin -n '__tocsin_words 2; and __tocsin_at {}' -f -a {} -d {}\n",
                                parts[0], parts[1], shell_quoted(command.summary));
        if (parts.size() == 3) {
            text += fmt::format("complete -c tocsin -n '__tocsin_words 2; and __tocsin_at {}' -f -a {}\n", parts[0],
                                parts[1]);
            text += fmt::format("complete -c tocsin -n '__tocsin_words 3; and __tocsin_at {} {}' -f -a {} -d {}\n",
                                parts[0], parts[1], parts[2], shell_quoted(command.summary));
        }
        for (auto const list : {std::span<Option const>(command.options), common_options()})
            for (auto const& option : list)
                text += fmt::format("complete -c tocsin -n '__tocsin_at {}' -l {}{} -d {}\n", command.name,
                                    option.name.substr(2), option.value_name.empty() ? "" : " -r",
                                    shell_quoted(option.help));
    }
    return text;
}

namespace {

/// Text as roff source: nothing in it is a request.
std::string roff(std::string_view text) {
    std::string out;
    bool line_start = true;
    for (char const c : text) {
        if (line_start && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
        line_start = c == '\n';
    }
    return out;
}

void append_option(std::string& page, Option const& option) {
    page += ".TP\n.B " + roff(option.name);
    if (!option.value_name.empty()) page += " \\fI" + roff(option.value_name) + "\\fR";
    page += "\n" + roff(option.help);
    if (!option.standard.empty()) page += roff(fmt::format(" (default {})", option.standard));
    if (option.many) page += " (may be repeated)";
    if (option.required) page += " (needed)";
    page += "\n";
}

void append_command(std::string& page, Command const& command) {
    page += ".SS " + roff(usage_line(command)) + "\n" + roff(command.summary) + ".\n";
    if (!command.about.empty()) page += ".PP\n.nf\n" + roff(command.about) + "\n.fi\n";
    for (auto const& argument : command.arguments)
        page += ".TP\n.I " + roff(argument.name) + "\n" + roff(argument.help) + "\n";
    for (auto const& option : command.options) append_option(page, option);
}

}  // namespace

std::string man_page(std::vector<Command> const& commands) {
    std::string page =
        ".TH TOCSIN 1 \"\" \"tocsin " TOCSIN_VERSION
        "\" \"Tocsin\"\n.SH NAME\ntocsin \\- a national computer incident response team's work in one program\n"
        ".SH SYNOPSIS\n.B tocsin\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n.SH DESCRIPTION\n"
        "Tocsin takes in feeds of security events, finds who is responsible for each address, warns the owners, and "
        "sees\n"
        "whether they repaired. All data is in one directory, owned by one process; a command that finds the server\n"
        "running is carried out there.\n.SH OPTIONS OF EVERY COMMAND\n";
    for (auto const& option : common_options()) append_option(page, option);
    page += ".SH COMMANDS\n";
    for (auto const& command : commands) append_command(page, command);
    page +=
        ".SH EXIT STATUS\n.TP\n.B 0\ndone\n.TP\n.B 1\nfailed\n.TP\n.B 2\nthe command line is wrong\n.TP\n.B 3\ndone, "
        "but\n"
        "some rows were rejected\n.TP\n.B 4\nnot found\n.TP\n.B 5\nnot allowed\n"
        ".SH ENVIRONMENT\n.TP\n.B TOCSIN_CONFIG\nthe configuration file, when no \\-\\-config is given\n"
        ".SH FILES\n.TP\n.I /etc/tocsin/tocsin.toml\nread when it is there and no other file is named\n.TP\n"
        ".I /var/lib/tocsin\nthe data directory of the system service\n";
    return page;
}

}  // namespace tocsin::app
