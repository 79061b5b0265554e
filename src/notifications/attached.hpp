#pragma once
#include "notifications/attachments.hpp"
#include "notifications/digest.hpp"
#include "notifications/notifications.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The files of one message. Private to the room.
namespace tocsin::notifications {

inline constexpr std::size_t most_in_a_file = 5000;   ///< findings of an IDF, IDEA or STIX file; all are in the CSV
inline constexpr std::size_t most_xarf_reports = 50;  ///< one a file

/// Why something is not attached as it was wanted, and what goes instead.
struct NotAttached {
    std::string_view what;  ///< of a timeline: stix_not_shared, stix_refused, attachment_short
    std::string text;       ///< the gate's reason; may be empty
};
/// For the record of a message that is only planned.
std::string english(NotAttached const& one);

/// What a message really carries.
struct AttachedPlan {
    Attachments formats = {};
    std::vector<NotAttached> short_of = {};
    std::optional<SharedWith> shared = {};  ///< set where STIX goes
};

/// Writes them. All words of it come from what was cleared for the recipient; the STIX was cleared for it as a peer,
/// too.
class Attacher {
  public:
    /// The three must outlive it; `shares_with` may be empty: nothing is shared with anybody.
    Attacher(Settings const& settings, gate::Gate const& gate, SharesWith const& shares_with)
        : settings_(settings), gate_(gate), shares_with_(shares_with) {}

    /// What can be attached of what is wanted. Whatever lacks something of the message has the CSV beside it; nothing
    /// wanted is the CSV. A digest without lines carries nothing.
    Result<AttachedPlan> plan(gate::Cleared<Digest> const& digest, Attachments const& wanted) const;
    /// Errors: Code::denied when the gate has another opinion than at plan().
    Result<std::vector<File>> files(gate::Cleared<Digest> const& digest, AttachedPlan const& plan,
                                    Timestamp date) const;

    /// The files as the message's text names them: "a.csv, b.stix.json".
    static std::string names(gate::Cleared<Digest> const& digest, Attachments const& formats, Timestamp date,
                             std::string_view language);

  private:
    Result<std::size_t> plan_stix(gate::Cleared<Digest> const& digest, AttachedPlan& plan) const;

    Settings const& settings_;
    gate::Gate const& gate_;
    SharesWith const& shares_with_;
};

}  // namespace tocsin::notifications
