#include "api/public_statistics.hpp"

#include "access/access.hpp"
#include "api/problem.hpp"
#include "api/report_doors.hpp"
#include "api/request_target.hpp"
#include "api/served_file.hpp"
#include "formats/formats.hpp"
#include "readiness/readiness.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api {
namespace {

constexpr std::string_view page_path = "/statistics", embed_path = "/statistics/embed";
constexpr std::string_view json_path = "/statistics.json", csv_path = "/statistics.csv";

bool has_language(std::string_view language) {
    return std::ranges::find(readiness::languages, language) != readiness::languages.end();
}

/// "fr-CH, fr;q=0.9, en;q=0.8": as written, for browsers put the best first.
std::string language_of(net::HttpRequest const& request, std::string const& standard) {
    if (auto const target = parse_request_target(request.target))
        for (auto const& [name, value] : target->query)
            if (name == "language" && has_language(value)) return value;
    std::string const accepted(request.header("accept-language"));
    for (auto const part : split(accepted, ',')) {
        auto const language = lowered(trimmed(part).substr(0, trimmed(part).find_first_of("-;")));
        if (has_language(language)) return language;
    }
    return has_language(standard) ? standard : "en";
}

std::string policy(bool is_for_frames) {
    return fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors {}",
        to_base64(access::sha256(formats::document::html_style())), is_for_frames ? "*" : "'none'");
}

reports::StatisticsFormat format_of(std::string_view path) {
    return path == json_path  ? reports::StatisticsFormat::json
           : path == csv_path ? reports::StatisticsFormat::csv
                              : reports::StatisticsFormat::html;
}

std::string_view media_type_of(reports::StatisticsFormat format) {
    return format == reports::StatisticsFormat::json  ? "application/json"
           : format == reports::StatisticsFormat::csv ? "text/csv; charset=utf-8"
                                                      : "text/html; charset=utf-8";
}

bool is_same(reports::Publication const& a, reports::Publication const& b) {
    return a.since == b.since && a.strictest == b.strictest && a.fewest == b.fewest;
}

net::HttpResponse not_published() {
    return problem({404, "not-found", "Not found", "the team has not published this"});
}

void dress(net::HttpResponse& response, std::string_view path) {
    response.set("content-type", std::string(media_type_of(format_of(path))));
    if (format_of(path) == reports::StatisticsFormat::html) {
        response.set("content-security-policy", policy(path == embed_path));
        response.set("vary", "accept-language");
        if (path == embed_path) response.set("x-frame-options", "");
    } else {
        response.set("access-control-allow-origin", "*");
        response.set("cross-origin-resource-policy", "cross-origin");
    }
}

}  // namespace

bool is_public_statistics(std::string_view path) {
    return path == page_path || path == embed_path || path == json_path || path == csv_path;
}

Result<std::shared_ptr<StatisticsPages::Made>> StatisticsPages::made(Doors const& doors, ApiOptions const& options,
                                                                     reports::Publication const& how) {
    auto const now = doors.clock->now();
    auto const kept = [&] {
        std::lock_guard const lock(mutex_);
        return made_;
    };
    auto const is_good = [&](Made const& one) { return one.day == now.day() && is_same(one.how, how); };
    auto last = kept();
    if (last && is_good(*last)) return last;
    std::unique_lock counting(counting_, std::try_to_lock);
    if (!counting.owns_lock()) {
        if (last && is_same(last->how, how)) return last;  // yesterday's
        counting.lock();
    }
    if (last = kept(); last && is_good(*last)) return last;
    TRY(auto statistics,
        reports::make_statistics(
            report_rooms(doors),
            {.how = how, .now = now, .team = options.team, .address = options.team_email, .base = options.public_url}));
    auto fresh = std::make_shared<Made>();
    fresh->day = now.day();
    fresh->how = how;
    fresh->statistics.emplace(std::move(statistics));
    std::lock_guard const lock(mutex_);
    made_ = fresh;
    return fresh;
}

net::HttpResponse StatisticsPages::answer(Doors const& doors, ApiOptions const& options,
                                          net::HttpRequest const& request, std::string_view path) {
    auto const how = reports::publication(*doors.ledger);
    if (!how) return problem_of(how.error());
    if (!*how) return not_published();
    auto const found = made(doors, options, **how);
    if (!found) return problem_of(found.error());
    auto const format = format_of(path);
    auto const language =
        format == reports::StatisticsFormat::html ? language_of(request, team_language(doors)) : std::string();
    std::string body;
    {
        std::lock_guard const lock((*found)->mutex);
        auto& kept = (*found)->bodies[fmt::format("{} {}", static_cast<int>(format), language)];
        if (kept.empty()) {
            auto rendered = reports::render(*(*found)->statistics, language, format);
            if (!rendered) return problem_of(rendered.error());
            kept = *std::move(rendered);
        }
        body = kept;
    }
    auto const etag = etag_of(body);
    net::HttpResponse response;
    dress(response, path);
    response.set("etag", etag);
    response.set("cache-control", "public, max-age=3600");
    if (has_it(request, etag)) {
        response.status = 304;
        return response;
    }
    response.status = 200;
    response.body = std::move(body);
    return response;
}

}  // namespace tocsin::api
