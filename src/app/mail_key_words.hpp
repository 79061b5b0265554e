#pragma once
#include "app/instance.hpp"
#include "notifications/notifications.hpp"
#include "notifications/sealing.hpp"

/// What the mail-key commands share.
namespace tocsin::app {

notifications::MailKeys mail_keys_of(Invocation& call);
void append_mail_key(JsonWriter& json, net::MailKey const& key);
void print_mail_key(Invocation const& call, net::MailKey const& key);
Exit tell_mail_key(Invocation& call, Result<net::MailKey> const& key);
/// openpgp or smime; Code::invalid for another word.
Result<net::SealKind> seal_kind_named(std::string_view word);

}  // namespace tocsin::app
