#include "api/contract.hpp"
#include "api/request_target.hpp"
#include "base/base.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Whatever the address: it parses to UTF-8 or is refused, and finding its operation neither fails nor hangs.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace tocsin;
    static auto const contract = api::Contract::read(*embedded::find("api/openapi.json"));
    static api::PathTable const paths(contract->operations());
    auto const parsed = api::parse_request_target({reinterpret_cast<char const*>(data), size});
    if (!parsed) return 0;
    for (auto const& [name, value] : parsed->query) TOCSIN_ASSERT(is_utf8(name) && is_utf8(value));
    auto const found = paths.find(parsed->path);
    for (auto const* operation : found.operations) {
        for (auto const& [name, value] : parsed->query) {
            if (auto const* parameter = operation->parameter(name)) (void)contract->check_text(value, *parameter);
        }
    }
    return 0;
}
