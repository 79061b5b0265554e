#include "gate/disclosures.hpp"

#include "api/filters.hpp"
#include "api/render_intelligence.hpp"

/// The disclosure log: what was given to whom, when, under which marking, by which door.
namespace tocsin::api {

namespace {

/// "12-40,42": how many.
std::int64_t size_of(std::string_view ranges) {
    std::int64_t size = 0;
    sharing::each_range(ranges, [&](std::int64_t first, std::int64_t last) { size += last - first + 1; });
    return size;
}

Reply disclosures_list(Call& call) {
    gate::DisclosureFilter filter;
    filter.recipient = call.query("recipient").value_or("");
    filter.kind = call.query("kind").value_or("");
    filter.id = call.query("id").value_or("");
    filter.door = call.query("door").value_or("");
    TRY(filter.from, time_value(call.target, "from"));
    TRY(filter.until, time_value(call.target, "to"));
    filter.before = parse_int(call.after()).value_or(0);
    filter.limit = static_cast<int>(call.limit());
    std::int64_t total = 0;
    TRY(auto const lines,
        call.doors().ledger->read([&](store::Transaction& tx) -> Result<std::vector<gate::Disclosure>> {
            TRY(total, gate::count_disclosures(tx, filter));
            return gate::disclosures(tx, filter);
        }));
    TRY(auto const names, Names::of(call));
    auto const is_full = lines.size() == call.limit();
    return page_of(lines, is_full ? std::to_string(lines.back().number) : "", total,
                   [&](JsonWriter& json, gate::Disclosure const& line) {
                       bool const is_page = line.kind == "intelligence" && !line.contents.empty();
                       json.object()
                           .field("number", line.number)
                           .field("at", line.at)
                           .field("by", called(names, line.by))
                           .field("door", line.door)
                           .field("recipient", line.recipient)
                           .field("recipient_name", recipient_name(names, line.recipient))
                           .field("kind", line.kind)
                           .field("id", line.id)
                           .field("tlp", gate::label_of(line.marking.tlp))
                           .field_or_null("pap",
                                          line.marking.pap ? gate::label_of(*line.marking.pap) : std::string_view())
                           .field("removed", line.removed)
                           .field("count", is_page ? size_of(line.contents) : 1)
                           .end();
                   });
}

}  // namespace

void routes_disclosures(Router& router) {
    router.answer("disclosures_list", disclosures_list);
}

}  // namespace tocsin::api
