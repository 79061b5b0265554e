#pragma once
#include "formats/sealed_mail.hpp"
#include "net/mail_seal.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::events {

/// Reads mails that may be encrypted to us or signed, with keys that the roof knows. All must be safe from any thread.
struct MailUnsealer {
    std::function<Result<net::OwnMailKeys>()> own = {};
    /// The public keys of those who write from this address.
    std::function<Result<std::vector<std::string>>(std::string_view from)> keys_of = {};
    std::filesystem::path work = {};

    struct Read {
        formats::mail::Mail mail;
        std::vector<std::string> signatures;  ///< of each part: "good: ...", "bad: ...", "unknown: ...", or empty
        std::string trouble;                  ///< why a sealed part could not be opened
    };
    Result<Read> read(std::string_view bytes, formats::mail::MailPartsLimits const& limits = {}) const;
};

/// Without an unsealer what is sealed stays closed.
Result<MailUnsealer::Read> read_mail(MailUnsealer const* unsealer, std::string_view bytes,
                                     formats::mail::MailPartsLimits const& limits = {});

}  // namespace tocsin::events
