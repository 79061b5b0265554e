#include "app/statistics_words.hpp"

#include "reports/reports.hpp"

namespace tocsin::app {

Result<reports::PublicStatistics> statistics_of(Instance& instance, reports::Publication const& how) {
    TRY(auto const rooms, instance.report_rooms());
    auto const& config = instance.config();
    return reports::make_statistics(rooms, {.how = how,
                                            .now = instance.clock().now(),
                                            .team = config.team_name,
                                            .address = config.team_email,
                                            .base = config.public_url});
}

std::string uncounted_words(reports::PublicStatistics const& statistics) {
    auto const strictest = statistics.how.strictest;
    return fmt::format(
        "Not counted: {} new findings of these months that are marked stricter than {}.{}", statistics.uncounted,
        gate::label_of(strictest),
        strictest < gate::Tlp::amber ? " To count those up to AMBER: tocsin statistics publish --up-to amber" : "");
}

}  // namespace tocsin::app
