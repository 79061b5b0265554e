#pragma once
#include "constituency/import.hpp"
#include "constituency/organisation.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// Private to the room: what a source says, whatever its format. A reader turns bytes into statements and knows nothing
/// of the register; SourcePlan holds the statements against it.
namespace tocsin::constituency {

/// An organisation as the source knows it. Told before its resources and contacts.
struct SaidOrganisation {
    std::uint64_t line = 0;
    std::string key;  ///< the source's own name for it, the same in every file: "ORG-NP1-EXAMPLE", "org 12", a UUID
    OrganisationDraft draft;
    std::string parent_key;  ///< may be told later; empty: none
};

struct SaidResource {
    std::uint64_t line = 0;
    std::string holder;   ///< an organisation's key
    ResourceDraft draft;  ///< `verified`: the source is the authority that gave it out. `how` is written by the plan
    /// Says who uses it and not whose it is (a route's origin): taken only where nobody is known to hold exactly this.
    bool is_weak = false;
};

struct SaidContact {
    std::uint64_t line = 0;
    std::string holder;
    ContactDraft draft;
};

struct StatementSink {
    std::function<void(SaidOrganisation)> organisation;
    std::function<void(SaidResource)> resource;
    std::function<void(SaidContact)> contact;
    std::function<void(ImportFault)> fault;              ///< what could not be read
    std::function<void(std::string_view why)> left_out;  ///< what is well formed and not wanted; counted
};

/// A text of a source as one line that may stand anywhere: control characters and line ends become a space, the marks
/// that turn the direction of writing are dropped, ill-formed bytes become U+FFFD, and it is cut to `most` bytes at a
/// character. For names and notes; addresses are checked and never mended.
std::string tamed(std::string_view text, std::size_t most);

/// The prefixes of "192.0.2.0 - 192.0.2.255", "192.0.2.0/24" or one address, in order; none when it is neither or when
/// it is all of the addresses there are. At most `most` (a range of odd ends becomes several).
std::vector<IpPrefix> networks_of(std::string_view text, std::size_t most = 512);

/// "+1 555 0100" of whatever stands there ("tel:+1-555-0100"); empty when it is no number.
std::string phone_of(std::string_view text);
/// A country code, or nothing.
std::string country_of(std::string_view text);

}  // namespace tocsin::constituency
