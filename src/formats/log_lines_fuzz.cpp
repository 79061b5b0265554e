// Any line as syslog, CEF, LEEF and pairs: what comes out is text of the line, and never more of it than there was.
#include "formats/log_lines.hpp"
#include "formats/pattern.hpp"

using namespace tocsin;
using namespace tocsin::formats;

namespace {
void check(LineFields const& fields, std::size_t size) {
    TOCSIN_ASSERT(fields.all().size() <= 1024);
    for (auto const& field : fields.all()) TOCSIN_ASSERT(field.text.size() <= size + 16);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const line(reinterpret_cast<char const*>(data), size);
    LineFields fields;
    auto const message = take_syslog_head(line, "syslog.", fields);
    TOCSIN_ASSERT(message.size() <= size);
    check(fields, size);
    for (auto const& read : {read_cef, read_leef}) {
        fields.clear();
        static_cast<void>(read(line, fields));
        check(fields, size);
    }
    fields.clear();
    static_cast<void>(read_pairs(line, {}, fields));
    static_cast<void>(read_pairs(line, {';', ':'}, fields));
    check(fields, size);
    auto const half = line.substr(0, size / 2);
    if (auto const pattern = Pattern::compile(half)) {
        std::vector<std::string_view> found;
        if (pattern->match(line, found)) TOCSIN_ASSERT(found.size() == pattern->groups() + 1);
    }
    return 0;
}
