#include "constituency/fields.hpp"
#include "constituency/readers/readers.hpp"
#include "constituency/sources.hpp"
#include "formats/formats.hpp"

#include <cstdint>

using namespace tocsin;
using namespace tocsin::constituency;

namespace {

/// What goes into names and notes must stand on one line.
void check_line(std::string_view text) {
    TOCSIN_ASSERT(is_utf8(text));
    for (char const c : text) TOCSIN_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

}  // namespace

/// The first byte chooses the format.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
    ReaderOptions options;
    options.name = "fuzz";
    options.now = *parse_timestamp("2026-11-23T10:00:00Z");
    options.most_kept = 1000;
    StatementSink const sink{.organisation =
                                 [](SaidOrganisation said) {
                                     check_line(said.draft.name);
                                     check_line(said.draft.note);
                                     TOCSIN_ASSERT(!said.key.empty());
                                 },
                             .resource = [](SaidResource said) { (void)settle(said.draft); },
                             .contact =
                                 [](SaidContact said) {
                                     check_line(said.draft.name);
                                     check_line(said.draft.phone);
                                     if (settle(said.draft)) return;
                                     check_line(said.draft.email);
                                 },
                             .fault = [](ImportFault fault) { TOCSIN_ASSERT(!fault.expected.empty()); },
                             .left_out = [](std::string_view why) { TOCSIN_ASSERT(!why.empty()); }};
    (void)guess_source("fuzz", bytes);
    switch (static_cast<SourceFormat>(data[0] % 7)) {  // the compiler asks for each one
        case SourceFormat::rpsl:
            (void)read_rpsl(
                [&]() -> Result<std::unique_ptr<formats::ByteSource>> {
                    return std::make_unique<formats::MemorySource>(std::string(bytes), 13);
                },
                options, sink);
            break;
        case SourceFormat::rdap:
            (void)read_rdap(bytes, options, sink);
            break;
        case SourceFormat::peeringdb:
            (void)read_peeringdb(bytes, options, sink);
            break;
        case SourceFormat::intelmq:
            (void)read_intelmq(bytes, options, sink);
            break;
        case SourceFormat::tuency:
            (void)read_tuency(bytes, options, sink);
            break;
        case SourceFormat::cerebrate:
            (void)read_cerebrate(bytes, options, sink);
            break;
        case SourceFormat::security_txt:
            (void)read_security_txt(bytes, options, sink);
            break;
    }
    return 0;
}
