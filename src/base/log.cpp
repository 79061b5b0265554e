#include "base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace tocsin::log {
namespace {

spdlog::level::level_enum translated(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

spdlog::logger& logger() {
    static auto const made = [] {
        auto one = std::make_shared<spdlog::logger>("tocsin", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
        one->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
        one->set_level(spdlog::level::info);
        return one;
    }();
    return *made;
}

}  // namespace

void set_level(Level level) {
    logger().set_level(translated(level));
}

void write(Level level, std::string_view message) {
    logger().log(translated(level), "{}", message);
}

}  // namespace tocsin::log
