#pragma once
#include "base/base.hpp"
#include "events/mail_unsealing.hpp"
#include "formats/formats.hpp"

#include <filesystem>
#include <map>
#include <span>
#include <utility>
#include <vector>

/// Mails that hold reports. Private to the room.
namespace tocsin::events {

/// What may be a report, by its name or else its type.
bool is_report(formats::mail::MailPart const& part);

struct MailReport : formats::mail::MailPart {
    std::string signature;  ///< who signed it in the mail; may be empty
};
/// The reports in a mail that lies as a file: attachments of attachments, unpacked and decrypted. Empty for what is not
/// named .eml, and for a mail that is a report itself (X-ARF) or holds none.
/// Errors: Code::io; those of formats::mail::read_mail; Code::invalid when it is encrypted and can't be opened.
Result<std::vector<MailReport>> reports_in_mail(std::filesystem::path const& file, MailUnsealer const* unsealer);

/// Files as they are to be read: in place of a mail, what it holds, written into a folder that goes with this.
class UnpackedMails {
  public:
    /// `folder`: nobody else's; what is in it is removed. A mail that can't be taken apart stands for itself.
    static Result<UnpackedMails> of(std::span<std::filesystem::path const> files, std::filesystem::path folder,
                                    MailUnsealer const* unsealer);
    UnpackedMails(UnpackedMails&& other) noexcept
        : folder_(std::exchange(other.folder_, {})),
          files_(std::move(other.files_)),
          signatures_(std::move(other.signatures_)),
          unopened_(std::move(other.unopened_)) {}
    ~UnpackedMails();

    std::span<std::filesystem::path const> files() const { return files_; }
    std::map<std::filesystem::path, std::string> const& signatures() const { return signatures_; }
    /// Why a mail stands for itself.
    std::map<std::filesystem::path, std::string> const& unopened() const { return unopened_; }

  private:
    explicit UnpackedMails(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path folder_;
    std::vector<std::filesystem::path> files_;
    std::map<std::filesystem::path, std::string> signatures_, unopened_;  ///< by file
};

}  // namespace tocsin::events
