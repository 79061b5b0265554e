#include "app/report_words.hpp"

namespace tocsin::app {

Result<reports::Period> report_period(Invocation const& call) {
    if (call.has("--period")) return reports::parse_period(call.get("--period"));
    auto const year = parse_int(format_date(call.instance->clock().now()).substr(0, 4)).value_or(1971);
    return reports::parse_period(std::to_string(year - 1));
}

Result<reports::Request> report_request(Invocation const& call, std::string_view kind_name) {
    auto const kind = reports::kind_named(kind_name);
    if (!kind)
        return fail(Code::invalid, fmt::format("KIND: expected annual or resolution-58, found \"{}\"", kind_name));
    auto const audience = reports::audience_named(call.get("--audience"));
    if (!audience)
        return fail(Code::invalid, fmt::format("--audience: expected public, ministry, donor or itu, found \"{}\"",
                                               call.get("--audience")));
    auto const& config = call.instance->config();
    reports::Request request{.kind = *kind,
                             .audience = *audience,
                             .made = call.instance->clock().now(),
                             .team = config.team_name,
                             .address = config.team_email,
                             .base = config.public_url};
    TRY(request.period, report_period(call));
    if (call.has("--date")) {
        TRY(request.made, parse_date(call.get("--date")));
    }
    return request;
}

}  // namespace tocsin::app
