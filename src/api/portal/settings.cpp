#include "api/portal/visit.hpp"
#include "constituency/notice_settings.hpp"
#include "notifications/attachments.hpp"

#include <fmt/format.h>

/// How the organisation wants to be warned.
namespace tocsin::api::portal {
namespace {

constexpr int hours_of_choice[] = {1, 4, 12, 24, 72, 168, 720};

std::string interval_label(Visit const& visit, int hours) {
    return hours < 48 ? visit.say("hours", {{"n", std::to_string(hours)}})
                      : visit.say("days", {{"n", std::to_string(hours / 24)}});
}

std::string settings_form(Visit const& visit, constituency::NoticeSettings const& now, std::string_view attach) {
    Choice const open{"", visit.say("as_team")};
    std::vector<Choice> languages{open}, intervals{open}, severities{open}, channels{open}, files{open};
    for (std::string_view const code : {"en", "fr", "es", "ru", "ar", "zh"})
        languages.push_back({std::string(code), html_escaped(Words::of(code).get("language"))});
    for (auto const hours : hours_of_choice) intervals.push_back({std::to_string(hours), interval_label(visit, hours)});
    for (std::string_view const one : {"critical", "high", "medium", "low", "info"})
        severities.push_back({std::string(one), html_escaped(visit.words->get("severity." + std::string(one)))});
    for (std::string_view const one : {"mail", "webhook", "both"})
        channels.push_back({std::string(one), visit.say("channel_" + std::string(one))});
    for (auto const one : notifications::attachment_names())
        files.push_back({std::string(one), visit.say("attach_" + std::string(one))});
    auto const hours = now.digest_every ? std::to_string(now.digest_every->count() / 3600) : std::string();
    return form_head(visit, "/portal/settings") + choice("language", visit.say("language"), languages, now.language) +
           choice("digest", visit.say("digest"), intervals, hours) +
           choice("least", visit.say("least"), severities, now.least_severity) +
           choice("channel", visit.say("channel"), channels, now.channel) +
           choice("attach", visit.say("attach"), files, attach) + button(visit.say("save")) + "</form>\n";
}

}  // namespace

Page settings_page(Visit& visit) {
    auto const organisation = visit.desk().organisation();
    if (visit.is_post()) {
        constituency::NoticeSettings wanted{.language = visit.sent("language"),
                                            .digest_every = {},
                                            .least_severity = visit.sent("least"),
                                            .channel = visit.sent("channel")};
        if (auto const hours = parse_int(visit.sent("digest")); hours && *hours > 0 && *hours <= 10'000)
            wanted.digest_every = std::chrono::hours(*hours);
        auto& directory = visit.doors().constituency->directory();
        auto set = constituency::set_notice_settings(directory, visit.caller(), organisation, wanted);
        if (set)
            set = notifications::set_attachment_wish(directory, visit.caller(), organisation, visit.sent("attach"));
        return set ? go_to(visit, "/portal/settings", "saved") : failed(visit, set.error());
    }
    auto const now = constituency::notice_settings(*visit.doors().ledger, organisation);
    if (!now) return failed(visit, now.error());
    auto const attach = notifications::attachment_wish(*visit.doors().ledger, organisation);
    if (!attach) return failed(visit, attach.error());
    auto body = fmt::format("<p>{}</p>\n", visit.say("settings_text"));
    if (!visit.may(access::Right::editor)) body += fmt::format("<p class=\"soft\">{}</p>\n", visit.say("not_allowed"));
    body += settings_form(visit, now->value_or(constituency::NoticeSettings{}), notifications::text_of(*attach));
    return page(visit, visit.say("settings"), body);
}

}  // namespace tocsin::api::portal
