#include "constituency/enrichment.hpp"
#include "constituency/lookup.hpp"

#include <cstdint>

using namespace tocsin;
using namespace tocsin::constituency;

/// pyasn, iptoasn and delegated tables; and what a person types into a lookup.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    if (auto const table = read_enrichment("fuzz", bytes)) {
        auto const facts = (*table)->facts_of(IpAddress::v4(0xc000'0201));
        (void)(*table)->as_name(facts.asn);
    }
    if (auto const question = read_question(bytes.substr(0, bytes.find('\n'))))
        TOCSIN_ASSERT(question->asn != 0 || !question->domain.empty() || question->kind == LookupKind::prefix ||
                      question->network.length == 128);
    (void)registered_domain(bytes.substr(0, 300));
    return 0;
}
