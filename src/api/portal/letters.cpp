#include "api/portal/letters.hpp"

#include <fmt/format.h>

namespace tocsin::api::portal {

std::string base_of(House const& house) {
    auto base = house.doors.portal.base;
    while (base.ends_with('/')) base.pop_back();
    return base;
}

Status send_letter(House const& house, PortalLetter const& letter, notifications::Texts const& words) {
    auto const& doors = house.doors;
    if (!doors.portal.send) return fail(Code::unavailable, "no mail can be sent from here");
    if (!net::is_mail_address(letter.to)) return fail(Code::invalid, "email: expected a mail address");
    auto const html = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n"
        "<body>\n<p>{}</p>\n<p><a href=\"{}\" dir=\"ltr\">{}</a></p>\n<p>{}</p>\n</body>\n</html>\n",
        words.code(), words.direction(), html_escaped(letter.subject), html_escaped(letter.text),
        html_escaped(letter.link), html_escaped(letter.link), html_escaped(house.options.team));
    auto const now = doors.clock->now();
    auto cleared = doors.gate->clear(
        notifications::Letter{.number = 0,
                              .attempt = 1,
                              .message_id = to_hex(secret_bytes(16)) + "@" + net::mail_domain(house.options.team_email),
                              .date = now,
                              .to = letter.to,
                              .language = std::string(words.code()),
                              .subject = letter.subject,
                              .text = fmt::format("{}\n\n{}\n\n{}\n", letter.text, letter.link, house.options.team),
                              .html = html,
                              .organisation = letter.organisation},
        gate::Recipient::constituent(letter.organisation, letter.to));
    if (!cleared) return std::unexpected(cleared.error());
    CHECK(doors.ledger->write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, access::server_principal(), now, *cleared, "mail");
    }));
    return doors.portal.send(*cleared);
}

}  // namespace tocsin::api::portal
