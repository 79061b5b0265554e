#pragma once
#include "api/router.hpp"
#include "notifications/texts.hpp"

#include <string>
#include <string_view>

/// Letters of the portal: they hold a link and no word about anybody's machines. Private to api.
namespace tocsin::api::portal {

/// What stands in front of "/portal/..." in a link for others.
std::string base_of(House const& house);

struct PortalLetter {
    std::string to;
    std::string subject, text;  ///< whole paragraphs
    std::string link;
    constituency::OrganisationId organisation;
};
/// Errors: Code::unavailable when no mail can be sent from here; Code::invalid for an address.
Status send_letter(House const& house, PortalLetter const& letter, notifications::Texts const& words);

}  // namespace tocsin::api::portal
