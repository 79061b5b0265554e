#include "api/request_target.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace tocsin::api {

std::optional<std::string_view> RequestTarget::value(std::string_view name) const {
    for (auto const& [key, value] : query) {
        if (key == name) return value;
    }
    return std::nullopt;
}

Result<RequestTarget> parse_request_target(std::string_view target) {
    constexpr std::size_t most_bytes = 8 << 10;
    constexpr std::size_t most_parameters = 100;
    if (target.size() > most_bytes) return fail(Code::limit, "the address is longer than 8 KiB");
    if (!target.starts_with('/')) return fail(Code::invalid, "the request's target must begin with /");
    RequestTarget parsed;
    target = target.substr(0, target.find('#'));
    auto const mark = target.find('?');
    parsed.path = std::string(target.substr(0, mark));
    if (mark == std::string_view::npos) return parsed;
    for (auto const pair : split(target.substr(mark + 1), '&')) {
        if (pair.empty()) continue;
        if (parsed.query.size() >= most_parameters)
            return fail(Code::limit, "the address has more than 100 parameters");
        auto const equals = pair.find('=');
        auto name = percent_decoded(pair.substr(0, equals), true);
        auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                      : percent_decoded(pair.substr(equals + 1), true);
        if (!name || !value || !is_utf8(*name) || !is_utf8(*value) || value->find('\0') != std::string::npos) {
            return fail(Code::invalid, fmt::format("parameter {}: expected UTF-8 text, escaped as %XX",
                                                   repaired_utf8(pair.substr(0, 60))));
        }
        parsed.query.emplace_back(std::move(*name), std::move(*value));
    }
    return parsed;
}

}  // namespace tocsin::api
