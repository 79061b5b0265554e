#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// A mail as somebody who answers letters sees it: who wrote, about which letter of ours, what; and what a mail server
/// says of a letter that it could not deliver.
namespace tocsin::formats::mail {

struct IncomingLimits {
    std::size_t mail_bytes = std::size_t{16} << 20;
    std::size_t headers = 300;
    std::size_t header_bytes = 4096;  ///< of one value; the rest is cut
    std::size_t parts = 200;
    std::size_t text_bytes = std::size_t{1} << 20;  ///< of a text; the rest is cut
    int depth = 10;                                 ///< of multiparts in each other; what is deeper is not looked at
};

struct HeaderField {
    std::string name;   ///< lower case
    std::string value;  ///< decoded, one line, no control characters
};

/// What one mail server says about one recipient (RFC 3464 section 2.3).
struct DeliveryStatus {
    std::string recipient, original_recipient;  ///< addresses; empty when not told
    std::string action;                         ///< failed, delayed, delivered, relayed, expanded
    std::string status;                         ///< "5.1.1"
    std::string diagnostic;                     ///< the server's words
};

struct IncomingMail {
    std::vector<HeaderField> headers;     ///< of the outermost mail, in order
    std::string from, from_name;          ///< the address in lower case
    std::string subject, id;              ///< the Message-ID without brackets
    std::vector<std::string> references;  ///< Message-IDs of In-Reply-To and References, without brackets, at most 100
    /// Addresses in lower case that it was delivered to: Delivered-To, X-Original-To, Envelope-To, To, Cc; at most 100.
    std::vector<std::string> recipients;
    std::string text;  ///< of the first text/plain part, UTF-8, "\n" line ends
    std::string html;  ///< of the first text/html part, UTF-8
    std::vector<DeliveryStatus> statuses;
    std::string original_id;               ///< of a mail that is returned inside: its Message-ID
    std::vector<std::string> attachments;  ///< file names, at most `parts`
    bool is_report = false;                ///< multipart/report with delivery-status (RFC 6522)
    bool is_encrypted = false;

    /// The first header of that name (lower case), or "".
    std::string_view header(std::string_view name) const;
};

/// Reads a mail that somebody may have made to do harm. Nothing is unpacked, nothing is fetched.
///
/// Source: RFC 5322, RFC 2045 to 2047, RFC 3464, RFC 6522. What is malformed is read as far as it goes. Errors:
/// Code::invalid for what is no mail, Code::limit for one that is too long or has too many parts.
Result<IncomingMail> read_incoming(std::string_view mail, IncomingLimits const& limits = {});

/// The fields of a delivery status, whose blocks are apart by an empty line.
std::vector<DeliveryStatus> read_delivery_status(std::string_view text);

}  // namespace tocsin::formats::mail
