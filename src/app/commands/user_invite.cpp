#include "access/members.hpp"
#include "app/accounts.hpp"
#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

std::string base_of(Config const& config) {
    auto base = config.public_url.empty() ? "http://" + config.listen : config.public_url;
    while (base.ends_with('/')) base.pop_back();
    return base;
}

Result<access::NewInvitation> wanted_invitation(Invocation const& call) {
    TRY(auto const organisation, directory_of(call).find_organisation(call.arguments[0]));
    access::NewInvitation wanted{.membership = {.organisation = organisation.id.value},
                                 .email = call.get("--email"),
                                 .language = call.get("--language")};
    TRY(wanted.membership.right, access::parse_right(call.get("--rights")));
    wanted.membership.sees_below = call.has("--below");
    TRY(auto const life, parse_duration(call.get("--life")));
    wanted.life = std::chrono::duration_cast<std::chrono::seconds>(life);
    return wanted;
}

Exit run(Invocation& call) {
    auto const wanted = wanted_invitation(call);
    if (!wanted) return call.failed(wanted.error());
    auto const made = access::Members(call.instance->access()).invite(access::command_principal(), *wanted);
    if (!made) return call.failed(made.error());
    auto const link = fmt::format("{}/portal/join/{}", base_of(call.instance->config()), made->token);
    if (call.json()) {
        JsonWriter json;
        json.object().field("id", made->id.value).field("link", link).field("expires", made->expires).end();
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("This link makes one account, once, until {}. It is shown only now:", format_timestamp(made->expires));
    call.print("  {}", link);
    return Exit::done;
}

}  // namespace

Command command_user_invite() {
    return {.name = "user invite",
            .summary = "Invite somebody of a constituent to the portal",
            .about =
                "Gives a link for the one who is invited; hand it over by a way you trust. The account that it makes "
                "acts for the organisation, sees the portal only, and there nobody else's.\n\nExamples:\n"
                "  tocsin user invite \"Northern Power\" --rights manager\n"
                "  tocsin user invite \"Energy CIRT\" --rights editor --below --life 2d",
            .options = {{"--rights", "RIGHTS", "reader, editor or manager", "reader"},
                        {"--below", "", "also sees the organisations below"},
                        {"--email", "ADDRESS", "whom it is meant for, as a reminder"},
                        {"--language", "CODE", "ar, zh, en, fr, ru or es", "en"},
                        {"--life", "TIME", "until it is used, 1h to 30d", "7d"}},
            .arguments = {{"ORGANISATION", "by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
