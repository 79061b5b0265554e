// Whatever is read can be written and is then read as the same; readers, questions and media types end on any bytes.
#include "formats/taxii/taxii.hpp"

#include <cstdint>
#include <string_view>

using namespace tocsin;
using namespace tocsin::formats::taxii;

namespace {

template <class T>
void check_round_trip(Result<T> (*read)(std::string_view, Remarks&), std::string_view bytes) {
    Remarks remarks;
    auto value = read(bytes, remarks);
    if (!value) return;
    if constexpr (requires { value->next; })
        if (!value->more) value->next.clear();  // is nothing without `more`
    auto const again = read(write(*value), remarks);
    TOCSIN_ASSERT(again.has_value());
    TOCSIN_ASSERT(*again == *value);
}

void check_query(std::string_view bytes) {
    for (auto const resource :
         {Filtered::objects, Filtered::manifest, Filtered::object, Filtered::versions, Filtered::delete_object}) {
        auto const query = parse_query(bytes, resource);
        if (!query) continue;
        auto const again = parse_query(write_query(*query), resource);
        TOCSIN_ASSERT(again.has_value());
        TOCSIN_ASSERT(*again == *query);
    }
}

void check_error(std::string_view bytes) {
    TOCSIN_ASSERT(told_by(bytes).size() <= 300);
    auto const message = read_error(bytes);
    if (!message) return;
    auto const again = read_error(write(*message));
    TOCSIN_ASSERT(again.has_value());
    TOCSIN_ASSERT(*again == *message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    check_round_trip(read_discovery, bytes);
    check_round_trip(read_api_root, bytes);
    check_round_trip(read_collection, bytes);
    check_round_trip(read_collections, bytes);
    check_round_trip(read_manifest, bytes);
    check_round_trip(read_versions, bytes);
    check_round_trip(read_status, bytes);
    check_error(bytes);
    check_query(bytes);
    static_cast<void>(accepts_taxii(bytes));
    static_cast<void>(kind_of_content(bytes));
    if (auto const time = parse_time(bytes)) {
        auto const again = parse_time(format_time(time->time));
        TOCSIN_ASSERT(again && again->time == time->time && again->is_exact);
    }
    return 0;
}
