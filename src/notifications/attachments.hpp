#pragma once
/// What the mail of a warning carries for programs: a rule says it (`attach`), else the owner wishes it, else it is a
/// CSV. docs/mail.md tells what each format is.
#include "access/access.hpp"
#include "base/base.hpp"
#include "constituency/constituency.hpp"
#include "gate/gate.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::notifications {

enum class Attachment : std::uint8_t {
    csv,
    idf,   ///< IntelMQ Data Format: an event a line
    idea,  ///< IDEA0 objects of CESNET
    xarf,  ///< X-ARF 4, a file for each finding
    stix,  ///< a bundle of STIX 2.1; only for whom sharing stands
};
std::string_view name_of(Attachment attachment);
/// The names of all of them, in the order above.
std::span<std::string_view const> attachment_names();
std::optional<Attachment> parse_attachment(std::string_view text);
/// Each at most once, in the order above; empty: nothing is said.
using Attachments = std::vector<Attachment>;
/// "csv stix", and back; words that are none are passed over.
std::string text_of(Attachments const& all);
Attachments parse_attachments(std::string_view text);

/// An organisation as the exchange of intelligence knows it.
struct SharedWith {
    gate::Recipient recipient;  ///< a peer, with its clearance
    std::string team_identity;  ///< the STIX id of our own identity
};
/// None: nothing is shared with it, so it gets no STIX. Must be safe from any thread.
using SharesWith = std::function<Result<std::optional<SharedWith>>(constituency::OrganisationId organisation)>;

/// What an organisation's own people wish attached, where no rule says it; empty: as the team does it.
Result<Attachments> attachment_wish(store::Ledger& ledger, constituency::OrganisationId organisation);
/// Errors: Code::invalid for a word that is no format; Code::denied when a constituent is no editor of it.
Status set_attachment_wish(constituency::Directory& directory, access::Principal const& by,
                           constituency::OrganisationId organisation, std::string_view wish);

}  // namespace tocsin::notifications
