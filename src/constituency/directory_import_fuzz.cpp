#include "constituency/fields.hpp"
#include "constituency/import_rows.hpp"

#include <cstdint>

using namespace tocsin;
using namespace tocsin::constituency;

namespace {

/// A row that is taken must say the same when it is written down and read again.
template <class Draft>
void check_round_trip(FieldView const& fields) {
    Draft draft, again;
    if (read_fields(fields, draft)) return;
    TOCSIN_ASSERT(from_history(history_of(draft), again));
    TOCSIN_ASSERT(draft == again);
}

}  // namespace

/// The first byte chooses the format: CSV, JSON, delegated statistics.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    ImportOptions options;
    options.name = "fuzz";
    options.format = static_cast<ImportFormat>(data[0] % 3);
    options.most_rows = 1000;
    RowSink const sink{[](ImportRow const& row) {
                           if (row.kind == ImportKind::organisations) check_round_trip<OrganisationDraft>(row.fields);
                           if (row.kind == ImportKind::resources) check_round_trip<ResourceDraft>(row.fields);
                           if (row.kind == ImportKind::contacts) check_round_trip<ContactDraft>(row.fields);
                       },
                       [](ImportFault fault) { TOCSIN_ASSERT(!fault.expected.empty()); }};
    (void)read_rows({reinterpret_cast<char const*>(data) + 1, size - 1}, options, sink);
    return 0;
}
