#pragma once
#include "readiness/documents.hpp"

#include <string>
#include <string_view>

namespace tocsin::readiness {

/// Where everybody reads it once it is published: "/rfc2350", "/.well-known/security.txt", "/published/services".
/// Empty for what is no document.
std::string public_address(std::string_view kind);
/// Back: the kind at an address; empty for any other address.
std::string_view kind_at(std::string_view address);

/// Lets everybody read a document. What is marked TLP:CLEAR can be published as it is. A stricter one only when its
/// owner says that it is TLP:CLEAR from now on (`mark_clear`, kept in the audit trail); the escalation sheet, which has
/// private numbers of people, never.
/// Errors: Code::denied saying the marking; those of Documents::publish.
Status publish_document(Documents& documents, std::string_view kind, formats::document::Language language,
                        bool mark_clear, access::Principal const& by);

}  // namespace tocsin::readiness
