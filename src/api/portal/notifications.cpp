#include "api/portal/visit.hpp"

#include <fmt/format.h>

/// The warnings that were sent to the organisation.
namespace tocsin::api::portal {
namespace {

constexpr std::size_t on_a_page = 25;
constexpr std::string_view list_path = "/portal/notifications";

Page list_page(Visit& visit) {
    auto const read =
        read_notifications(visit.house, visit.desk(), on_a_page, parse_int(visit.asked("before")).value_or(0));
    if (!read) return failed(visit, read.error());
    std::vector<std::vector<std::string>> rows;
    for (auto const& one : read->items)
        rows.push_back({time_text(one.sent.value_or(one.created)),
                        fmt::format("<a href=\"{}\">{}</a>",
                                    visit.address(fmt::format("{}/{}", list_path, one.id.value)), text(one.subject)),
                        html_escaped(visit.words->plural("findings", one.findings))});
    auto body = rows.empty() ? fmt::format("<p>{}</p>\n", visit.say("no_warnings"))
                             : table(visit.say("notifications"),
                                     {visit.say("sent"), visit.say("subject"), visit.say("findings")}, rows);
    if (read->next > 0)
        body += fmt::format("<nav><a href=\"{}\" rel=\"next\">{}</a></nav>\n",
                            visit.address(list_path, fmt::format("before={}", read->next)), visit.say("next_page"));
    return page(visit, visit.say("notifications"), body);
}

}  // namespace

Page notifications_page(Visit& visit) {
    if (visit.is_post()) return not_found(visit);
    auto const rest = visit.rest_of("/portal/notifications/");
    if (rest.empty()) return list_page(visit);
    auto const detail = read_notification(visit.house, visit.desk(), parse_int(rest).value_or(0));
    if (!detail) return failed(visit, detail.error());
    auto const& sent = detail->notification;
    auto const body = fmt::format(
        "<p class=\"soft\">{} {}</p>\n<p>{}</p>\n<pre lang=\"{}\" dir=\"auto\">{}</pre>\n<p><a "
        "href=\"{}\">{}</a></p>\n",
        visit.say("sent"), time_text(sent.sent.value_or(sent.created)), ltr(sent.tlp, true),
        html_escaped(sent.language), html_escaped(detail->text), visit.address(list_path), visit.say("back_to"));
    return page(visit, html_escaped(sent.subject), body);
}

}  // namespace tocsin::api::portal
