#include "access/principal.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace tocsin::access {

std::string_view name_of(Role role) {
    switch (role) {
        case Role::constituent:
            return "constituent";
        case Role::viewer:
            return "viewer";
        case Role::analyst:
            return "analyst";
        case Role::administrator:
            return "administrator";
    }
    TOCSIN_ASSERT(false);
    return {};
}

Result<Role> parse_role(std::string_view text) {
    for (auto const role : {Role::constituent, Role::viewer, Role::analyst, Role::administrator})
        if (text == name_of(role)) return role;
    return fail(Code::invalid,
                fmt::format("\"{}\" is no role; use viewer, analyst or administrator, or constituent for people of an "
                            "organisation that is warned",
                            text));
}

std::string_view name_of(Right right) {
    switch (right) {
        case Right::reader:
            return "reader";
        case Right::editor:
            return "editor";
        case Right::manager:
            return "manager";
    }
    TOCSIN_ASSERT(false);
    return {};
}

Result<Right> parse_right(std::string_view text) {
    for (auto const right : {Right::reader, Right::editor, Right::manager})
        if (text == name_of(right)) return right;
    return fail(Code::invalid, fmt::format("\"{}\" is no right; use reader, editor or manager", text));
}

Membership const* Principal::membership(std::int64_t organisation) const {
    if (!is_constituent()) return nullptr;
    auto const found = std::ranges::find(memberships, organisation, &Membership::organisation);
    return found == memberships.end() ? nullptr : &*found;
}

std::string_view name_of(Via via) {
    switch (via) {
        case Via::session:
            return "session";
        case Via::key:
            return "key";
        case Via::command:
            return "command";
        case Via::server:
            return "server";
        case Via::link:
            return "link";
    }
    TOCSIN_ASSERT(false);
    return {};
}

bool Principal::may_push(std::string_view feed) const {
    return role >= Role::analyst && (feeds.empty() || std::ranges::find(feeds, feed) != feeds.end());
}

Status require(Principal const& principal, Role least) {
    if (principal.may(least)) return {};
    if (!principal.feeds.empty())
        return fail(Code::denied, "this key may only push reports of its feeds; use another key");
    return fail(Code::denied,
                fmt::format("this needs the role {}; yours is {}", name_of(least), name_of(principal.role)));
}

Principal server_principal() {
    Principal principal;
    principal.name = "server";
    principal.role = Role::administrator;
    return principal;
}

Principal command_principal() {
    char buffer[1024];
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(::geteuid(), &entry, buffer, sizeof buffer, &found);
    std::string const user = found != nullptr ? found->pw_name : std::to_string(::geteuid());
    Principal principal;
    principal.who = "command";
    principal.name = fmt::format("command ({})", user);
    principal.role = Role::administrator;
    principal.via = Via::command;
    principal.address = "local:" + user;
    return principal;
}

Principal link_principal(std::int64_t id, std::string_view address) {
    Principal principal;
    principal.who = fmt::format("link:{}", id);
    principal.name = principal.who;
    principal.role = Role::viewer;
    principal.via = Via::link;
    principal.address = std::string(address);
    return principal;
}

}  // namespace tocsin::access
