#include "base/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace tocsin {

std::string_view name_of(Code code) {
    switch (code) {
        case Code::invalid:
            return "invalid";
        case Code::limit:
            return "limit";
        case Code::not_found:
            return "not_found";
        case Code::denied:
            return "denied";
        case Code::conflict:
            return "conflict";
        case Code::unavailable:
            return "unavailable";
        case Code::io:
            return "io";
        case Code::internal:
            return "internal";
    }
    return "internal";
}

void assertion_failed(char const* condition, char const* file, int line) {
    std::fprintf(stderr, "tocsin: a rule of ours is broken: %s (%s:%d)\n", condition, file, line);
    std::abort();
}

}  // namespace tocsin
