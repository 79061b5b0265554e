#pragma once
#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::api {

/// A request target taken apart: path as sent, query decoded.
struct RequestTarget {
    std::string path;                                        ///< "/api/v1/feeds/a%2Fb", still escaped
    std::vector<std::pair<std::string, std::string>> query;  ///< in order, decoded, UTF-8

    std::optional<std::string_view> value(std::string_view name) const;
};

/// Source: RFC 9112 section 3.2.1 (origin form), WHATWG URL section 5.1 (`+` is a space).
/// Limits: 8 KiB, 100 parameters. Errors: Code::invalid naming the parameter; Code::limit.
Result<RequestTarget> parse_request_target(std::string_view target);

}  // namespace tocsin::api
