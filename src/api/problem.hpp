#pragma once
#include "api/contract.hpp"
#include "base/result.hpp"
#include "net/net.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Errors as answers: application/problem+json by RFC 9457.
namespace tocsin::api {

/// The kind is the last part of `type`: "not-found" gives "/problems/not-found".
struct Problem {
    int status = 500;
    std::string_view kind = "failed";
    std::string_view title = "The server failed";
    std::string detail;
    std::vector<Fault> faults = {};
};

net::HttpResponse problem(Problem const& what);
/// The answer for an error of ours, by its code.
net::HttpResponse problem_of(Error const& error);
/// The kind for a status the net room refuses with.
Problem problem_for_status(int status, std::string_view detail);

}  // namespace tocsin::api
