#pragma once
#include "notifications/attachments.hpp"
#include "notifications/digest.hpp"
#include "notifications/wording.hpp"

#include <string>
#include <string_view>

/// From a cleared digest to the words of a message. Private to the room.
namespace tocsin::notifications {

/// Words that stand where the usual ones would: of an escalation, of a campaign.
struct Notice {
    std::string subject;   ///< behind "[TLP:AMBER] Team: "
    std::string greeting;  ///< empty: the usual one
    std::string text, html;
};

struct Frame {
    Settings const* settings = nullptr;
    std::string_view language;
    Timestamp date;
    std::string_view link;  ///< the whole address of the owner's page
    Timestamp link_expires;
    WordingOf const* wording = nullptr;  ///< none: the usual words for everybody
    Notice const* notice = nullptr;
    Attachments attached = {};  ///< none: the CSV
};

struct Rendered {
    std::string language;  ///< of the texts: the one asked for, or English
    std::string tlp;       ///< "TLP:AMBER"
    std::string subject;
    std::string text;
    std::string html;
};

/// The same digest and frame give the same words. A digest without lines is its notice alone. At most 40 groups of 20
/// lines stand in the message; all are in what is attached.
Rendered render(gate::Cleared<Digest> const& digest, Frame const& frame);

/// "192.0.2.7", "192.0.2.7:23/tcp", "[2001:db8::1]:443/tcp", or domain, URL, account.
std::string place_of(Line const& line);
/// "2026-11-23 04:00"
std::string minute_text(Timestamp time);

}  // namespace tocsin::notifications
