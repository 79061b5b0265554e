#pragma once
#include "access/access.hpp"
#include "app/command.hpp"
#include "app/instance.hpp"

#include <string>
#include <string_view>

/// What the commands about people and keys share.
namespace tocsin::app {

/// The options --password-stdin and --password-file, and the reading behind them (Command::input): from standard input
/// or the file, up to the first line end; else asked for on the terminal, twice, unseen; else empty: one is generated.
std::vector<Option> password_options();
Result<std::string> read_password(Invocation const& call);

/// --organisation (several times), --rights and --below, and what they say. Errors: those of find_organisation.
std::vector<Option> membership_options();
Result<std::vector<access::Membership>> memberships_named(Invocation const& call);

/// "account:3" as the account's name; others, and accounts that are gone, as they are.
std::string called(Invocation const& call, std::string_view who);

/// One account as JSON, with the API's names.
void append_account(JsonWriter& json, access::Account const& account);
/// "2026-11-23T10:00:00Z" or "-".
std::string time_or_dash(std::optional<Timestamp> const& time);
/// A moment ("2026-12-31", RFC 3339) or a time from now ("90d"). Errors: Code::invalid.
Result<Timestamp> parse_future(std::string_view text, Timestamp now);

/// Runs `act` on the account named by the first argument, then says "NAME <done>" (or prints the account as JSON).
Exit change_named_account(Invocation& call, std::string_view done,
                          Status (*act)(Instance&, Invocation&, access::Account const&));

}  // namespace tocsin::app
