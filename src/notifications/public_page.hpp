#pragma once
#include "net/net.hpp"
#include "notifications/texts.hpp"

#include <map>
#include <string>
#include <string_view>

/// What the pages for owners share: plain HTML, no script, no cookie, and headers that let nothing else in. Private to
/// the room.
namespace tocsin::notifications::public_page {

using Form = std::map<std::string, std::string, std::less<>>;

/// Only our own style, told by its hash, and forms only to ourselves; never kept, never indexed, never framed.
void guard(net::HttpResponse& response);
/// `name=value&name=value`, taken apart (application/x-www-form-urlencoded). Fields that are no UTF-8 are left out.
Form form_of(std::string_view text);
std::string value_of(Form const& form, std::string_view name);
/// The first language of Accept-Language that we have, or English.
std::string_view preferred_language(net::HttpRequest const& request);
std::string frame(Texts const& texts, std::string_view title, std::string_view body);
net::HttpResponse page(int status, std::string html);
/// Never says whether a link ever was good.
net::HttpResponse gone(net::HttpRequest const& request, int status = 404, std::string_view key = "page.gone");
/// Links to the page in the other languages.
std::string language_links(std::string_view path, std::string_view language);

}  // namespace tocsin::notifications::public_page
