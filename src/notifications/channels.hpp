#pragma once
/// Ways to an owner besides mail: signed webhooks, chat rooms, text messages, printed letters (docs/channels.md).
///
/// A contact's webhook address is used only after it was set up here. An owner without a mail address gets his warnings
/// by the first channel that he has: webhook or chat, else a text message, else a letter.
#include "notifications/notifications.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::notifications {

enum class ChannelKind { mail, webhook, mattermost, slack, matrix, sms, letter };
std::string_view name_of(ChannelKind kind);
std::optional<ChannelKind> channel_kind_named(std::string_view name);

/// How a contact's webhook address is spoken to.
struct ContactChannel {
    constituency::ContactId contact;
    ChannelKind kind = ChannelKind::webhook;  ///< webhook, mattermost, slack or matrix
    gate::Tlp tlp = gate::Tlp::green;         ///< chat: figures and names are left out of what is marked more strictly
    std::string room = {};                    ///< matrix: "!abc:example.org"
    Timestamp created = {};
};

/// One warning that is printed and posted by a person.
struct PaperLetter {
    NotificationId notification;
    std::string organisation_name, to, subject, language;
    std::int64_t findings = 0;
    Timestamp queued;
    std::optional<Timestamp> printed, posted;
    std::string posted_by;
};

/// A view of the room; cheap to make. Safe from any thread. Errors beside those named: the ledger's.
class Channels {
  public:
    explicit Channels(Notifications& room) : room_(room) {}

    Result<std::vector<ContactChannel>> all();
    /// Sets it up, or anew. Gives the secret that a webhook's receiver checks signatures with: it is shown this once.
    /// `token`: the access token of Matrix; others take none. Errors: Code::invalid, naming the field; Code::not_found
    /// for the contact.
    Result<std::string> set(ContactChannel const& draft, std::string_view token, access::Principal const& by);
    /// Errors: Code::not_found.
    Status remove(constituency::ContactId contact, access::Principal const& by);

    /// Letters that wait to be posted, or all, newest first, at most 1,000.
    Result<std::vector<PaperLetter>> letters(bool also_posted = false);
    /// The letter as PDF, and the mark that it was printed. Errors: Code::not_found; Code::denied when some of it may
    /// not go to its recipient any more; those of to_pdf.
    Result<std::string> print(NotificationId id, access::Principal const& by);
    /// A person took them to the post. Gives how many changed.
    Result<std::int64_t> posted(std::span<NotificationId const> ids, access::Principal const& by);

  private:
    Notifications& room_;
};

/// One object, as the API and the commands give it.
void append(JsonWriter& json, PaperLetter const& one);

}  // namespace tocsin::notifications
