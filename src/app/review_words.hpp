#pragma once
#include "app/readiness_words.hpp"

#include <string>
#include <string_view>

/// What the commands about reviews share.
namespace tocsin::app {

/// Under which name and with which key we sign.
readiness::Signer signer_of(Invocation const& call);
/// By its number ("3", "#3"); empty: the package of others that was worked on last.
Result<readiness::Review> review_named(readiness::Readiness& room, std::string_view text);
/// Once the gate has let it out to the team.
Result<gate::Cleared<readiness::Review>> cleared(Invocation const& call, readiness::Review review);
void print_line(Invocation const& call, readiness::Review const& review);
/// With answers, comments and countersignatures.
void print_whole(Invocation const& call, readiness::Review const& review);
/// Writes what leaves to --output and says where it is.
Status write_output(Invocation const& call, std::string_view bytes);

}  // namespace tocsin::app
