#pragma once
#include "access/access.hpp"
#include "base/base.hpp"
#include "constituency/constituency.hpp"
#include "gate/marking.hpp"

#include <string>
#include <string_view>

namespace tocsin::gate {

using constituency::OrganisationId;

/// Somebody who would get something. Made by the functions below; a plain value.
struct Recipient {
    enum class Kind {
        team,          ///< an account or key of the team, with its role
        organisation,  ///< a constituent: its contacts by mail, its people by a signed link
        peer,          ///< another team we exchange with
        open,          ///< the public
    };

    Kind kind = Kind::open;
    std::string name = {};             ///< for the log and the screen
    access::Principal principal = {};  ///< team
    OrganisationId organisation = {};  ///< organisation, and peer where it is known as one
    Tlp clearance = Tlp::clear;        ///< the strictest marking it may get; of the team: by role

    static Recipient team(access::Principal const& principal);
    static Recipient constituent(OrganisationId organisation, std::string_view name, Tlp clearance = Tlp::red);
    static Recipient peer(OrganisationId organisation, std::string_view name, Tlp clearance);
    static Recipient everyone();

    /// "team:account:3", "organisation:17", "peer:4", "public": how the disclosure log names it.
    std::string reference() const;
};

}  // namespace tocsin::gate
