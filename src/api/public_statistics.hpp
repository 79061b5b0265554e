#pragma once
#include "api/api.hpp"
#include "reports/public_statistics.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

/// Statistics for everybody, once somebody has published them: /statistics, /statistics/embed (the same page, for a
/// frame on any site), /statistics.json and /statistics.csv. Private to api.
namespace tocsin::api {

bool is_public_statistics(std::string_view path);

/// Counts once a day and keeps what it gave. Safe from any thread.
class StatisticsPages {
  public:
    /// 404 while they are not published. The page's language: `?language=fr`, else the first of Accept-Language that
    /// there is, else the team's. Whoever comes while they are counted gets yesterday's, or waits.
    net::HttpResponse answer(Doors const& doors, ApiOptions const& options, net::HttpRequest const& request,
                             std::string_view path);

  private:
    struct Made {
        std::int32_t day = 0;
        reports::Publication how;
        std::optional<reports::PublicStatistics> statistics;
        std::mutex mutex;                           // guards `bodies`
        std::map<std::string, std::string> bodies;  ///< by format and language
    };
    Result<std::shared_ptr<Made>> made(Doors const& doors, ApiOptions const& options, reports::Publication const& how);

    std::mutex counting_;  // one at a time
    std::mutex mutex_;     // guards `made_`
    std::shared_ptr<Made> made_;
};

}  // namespace tocsin::api
