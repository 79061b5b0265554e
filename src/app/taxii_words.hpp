#pragma once
#include "app/command.hpp"
#include "sharing/sharing.hpp"

#include <string>
#include <vector>

/// What the taxii commands share.
namespace tocsin::app {

/// How to get to a server and as whom: --login, --secret-stdin, --secret-file, --ca, --fingerprint, --certificate,
/// --key,
/// --reach, --allow-http.
std::vector<Option> taxii_access_options();
/// Fills what they say into a remote. Errors: Code::invalid.
Status read_taxii_access(Invocation const& call, sharing::Remote& remote);
/// Command::input: the password or token, from standard input or a file; without either there is none.
Result<std::string> read_taxii_secret(Invocation const& call);

using sharing::condition_of;
using sharing::lag_of;
using sharing::RemoteHealth;
Result<RemoteHealth> health_of(Invocation& call, sharing::Remote remote);

/// {"indicator": 3, "malware": 1} as a member.
void append_counts(JsonWriter& json, std::string_view name, std::map<std::string, std::int64_t> const& counts);

}  // namespace tocsin::app
