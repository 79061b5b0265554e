#include "api/report_doors.hpp"
#include "api/router.hpp"
#include "reports/public_statistics.hpp"

/// Whether the public statistics are published, and what they say.
namespace tocsin::api {

namespace {

Reply state_of(Call const& call) {
    TRY(auto const published, reports::publication(*call.doors().ledger));
    JsonWriter json;
    json.object().field("is_published", published.has_value());
    if (published)
        json.field("since", published->since)
            .field("strictest", gate::name_of(published->strictest))
            .field("fewest", published->fewest);
    json.end();
    return json_answer(std::move(json));
}

Reply statistics_get(Call& call) {
    return state_of(call);
}

Reply statistics_publish(Call& call) {
    reports::Publication how;
    auto const strictest = call.text_or("strictest", "GREEN");
    how.strictest = strictest == "CLEAR"   ? gate::Tlp::clear
                    : strictest == "AMBER" ? gate::Tlp::amber
                                           : gate::Tlp::green;
    how.fewest = call.number("fewest").value_or(how.fewest);
    CHECK(reports::publish_statistics(*call.doors().ledger, *call.doors().clock, how, call.caller));
    call.changed("settings", "", "changed");
    return state_of(call);
}

Reply statistics_withdraw(Call& call) {
    CHECK(reports::withdraw_statistics(*call.doors().ledger, *call.doors().clock, call.caller));
    call.changed("settings", "", "changed");
    return state_of(call);
}

}  // namespace

void routes_statistics(Router& router) {
    router.answer("statistics_get", statistics_get);
    router.answer("statistics_publish", statistics_publish);
    router.answer("statistics_withdraw", statistics_withdraw);
}

}  // namespace tocsin::api
