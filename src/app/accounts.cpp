#include "app/accounts.hpp"

#include <cstdio>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace tocsin::app {
namespace {

constexpr std::size_t max_password_bytes = 4096;

std::string first_line(std::string_view text) {
    auto line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::string(line);
}

Result<std::string> from_standard_input() {
    std::string text;
    char c = 0;
    while (text.size() < max_password_bytes && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') text.push_back(c);
    if (text.empty()) return fail(Code::invalid, "standard input holds no password");
    return first_line(text);
}

/// The terminal with echo off, put back at the end.
class QuietTerminal {
  public:
    QuietTerminal() : file_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
        if (file_ < 0 || ::tcgetattr(file_, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        is_quiet_ = ::tcsetattr(file_, TCSAFLUSH, &quiet) == 0;
    }
    QuietTerminal(QuietTerminal const&) = delete;
    ~QuietTerminal() {
        if (is_quiet_) ::tcsetattr(file_, TCSAFLUSH, &before_);
        if (file_ >= 0) ::close(file_);
    }
    bool is_quiet() const { return is_quiet_; }

    std::string ask(std::string_view question) const {
        say(question);
        std::string answer;
        char c = 0;
        while (answer.size() < max_password_bytes && ::read(file_, &c, 1) == 1 && c != '\n') answer.push_back(c);
        say("\n");
        return answer;
    }

  private:
    void say(std::string_view text) const {
        if (::write(file_, text.data(), text.size()) < 0) return;
    }

    int file_ = -1;
    bool is_quiet_ = false;
    termios before_{};
};

}  // namespace

std::vector<Option> password_options() {
    return {{"--password-stdin", "", "read the password from standard input"},
            {"--password-file", "FILE", "read the password from the first line of a file"},
            {"--generate", "", "make a password and print it once"}};
}

Result<std::string> read_password(Invocation const& call) {
    if (call.has("--generate")) return std::string();
    if (call.has("--password-file")) {
        TRY(auto const text, store::read_file(call.path(call.get("--password-file")), max_password_bytes));
        if (first_line(text).empty()) return fail(Code::invalid, "the file's first line holds no password");
        return first_line(text);
    }
    if (call.has("--password-stdin")) return from_standard_input();
    if (::isatty(STDIN_FILENO) == 0) return std::string();
    QuietTerminal const terminal;
    if (!terminal.is_quiet()) return std::string();
    std::string const password = terminal.ask("Password (empty: one is made for you): ");
    if (!password.empty() && terminal.ask("Once more: ") != password)
        return fail(Code::invalid, "the two passwords differ");
    return password;
}

std::vector<Option> membership_options() {
    return {
        {"--organisation", "NAME", "for a constituent: whom the account acts for, by name or number", "", false, true},
        {"--rights", "RIGHTS", "for a constituent: reader, editor or manager", "reader"},
        {"--below", "", "for a constituent: also sees the organisations below"}};
}

Result<std::vector<access::Membership>> memberships_named(Invocation const& call) {
    std::vector<access::Membership> memberships;
    TRY(auto const right, access::parse_right(call.get("--rights").empty() ? "reader" : call.get("--rights")));
    for (auto const& name : call.all("--organisation")) {
        TRY(auto const organisation, call.instance->constituency().directory().find_organisation(name));
        memberships.push_back({organisation.id.value, right, call.has("--below")});
    }
    return memberships;
}

std::string called(Invocation const& call, std::string_view who) {
    constexpr std::string_view account = "account:";
    auto const id = who.starts_with(account) ? parse_int(who.substr(account.size())) : std::nullopt;
    if (!id) return std::string(who);
    auto const found = call.instance->access().account({*id});
    return found ? found->name : std::string(who);
}

void append_account(JsonWriter& json, access::Account const& account) {
    json.object()
        .field("id", account.id.value)
        .field("name", account.name)
        .field("full_name", account.full_name)
        .field("email", account.email)
        .field("role", name_of(account.role))
        .field("language", account.language)
        .field("totp", account.has_totp)
        .field("disabled", account.is_disabled)
        .field("created", account.created)
        .field_or_null("locked_until", account.locked_until)
        .field_or_null("last_seen", account.last_seen);
    if (!account.memberships.empty()) {
        json.key("organisations").array();
        for (auto const& membership : account.memberships)
            json.object()
                .field("organisation", membership.organisation)
                .field("rights", name_of(membership.right))
                .field("below", membership.sees_below)
                .end();
        json.end();
    }
    json.end();
}

std::string time_or_dash(std::optional<Timestamp> const& time) {
    return time ? format_timestamp(*time) : "-";
}

Result<Timestamp> parse_future(std::string_view text, Timestamp now) {
    if (auto const duration = parse_duration(text)) return now + *duration;
    return parse_timestamp(text);
}

Exit change_named_account(Invocation& call, std::string_view done,
                          Status (*act)(Instance&, Invocation&, access::Account const&)) {
    auto& access = call.instance->access();
    auto const account = access.account_named(call.arguments[0]);
    if (!account) return call.failed(account.error());
    if (auto const acted = act(*call.instance, call, *account); !acted) return call.failed(acted.error());
    if (call.json()) {
        JsonWriter json;
        auto const now = access.account(account->id);
        append_account(json, now ? *now : *account);
        call.print("{}", json.text());
    } else {
        call.print("{} {}", account->name, done);
    }
    return Exit::done;
}

}  // namespace tocsin::app
