#include "gate/disclosures.hpp"

#include "api/filters.hpp"
#include "api/render_intelligence.hpp"

#include <set>

/// The disclosure log: what was given to whom, when, under which marking, by which door.
namespace tocsin::api {

namespace {

/// "12-40,42": how many.
std::int64_t size_of(std::string_view ranges) {
    std::int64_t size = 0;
    sharing::each_range(ranges, [&](std::int64_t first, std::int64_t last) { size += last - first + 1; });
    return size;
}

Result<gate::DisclosureFilter> filter_of(Call const& call) {
    gate::DisclosureFilter filter;
    filter.recipient = call.query("recipient").value_or("");
    filter.kind = call.query("kind").value_or("");
    filter.id = call.query("id").value_or("");
    filter.door = call.query("door").value_or("");
    TRY(filter.from, time_value(call.target, "from"));
    TRY(filter.until, time_value(call.target, "to"));
    return filter;
}

bool is_page(gate::Disclosure const& line) {
    return line.kind == "intelligence" && !line.contents.empty();
}
std::int64_t things_in(gate::Disclosure const& line) {
    return is_page(line) ? size_of(line.contents) : 1;
}

/// Whether a line is for those whom `to_whom` names; without it for everybody.
bool is_for(std::optional<std::string_view> to_whom, gate::Disclosure const& line) {
    return !to_whom || line.recipient.starts_with("peer:") || line.recipient.starts_with("organisation:");
}

struct Shown {
    std::vector<gate::Disclosure> lines;
    std::int64_t total = 0;
};

Result<Shown> shown(store::Transaction& tx, gate::DisclosureFilter filter, std::optional<std::string_view> to_whom) {
    Shown page;
    auto const limit = static_cast<std::size_t>(filter.limit);
    if (!to_whom) {
        TRY(page.total, gate::count_disclosures(tx, filter));
        TRY(page.lines, gate::disclosures(tx, filter));
        return page;
    }
    auto all = filter;
    all.before = 0;
    CHECK(gate::each_disclosure(tx, all, [&](gate::Disclosure const& line) {
        page.total += is_for(to_whom, line) ? 1 : 0;
        return true;
    }));
    filter.limit = 1000;
    bool has_more = true;
    while (has_more && page.lines.size() < limit) {
        TRY(auto lines, gate::disclosures(tx, filter));
        has_more = lines.size() == static_cast<std::size_t>(filter.limit);
        if (!lines.empty()) filter.before = lines.back().number;
        for (auto& line : lines)
            if (is_for(to_whom, line) && page.lines.size() < limit) page.lines.push_back(std::move(line));
    }
    return page;
}

Reply disclosures_list(Call& call) {
    TRY(auto filter, filter_of(call));
    filter.before = parse_int(call.after()).value_or(0);
    filter.limit = static_cast<int>(call.limit());
    TRY(auto const page,
        call.doors().ledger->read([&](store::Transaction& tx) { return shown(tx, filter, call.query("to_whom")); }));
    auto const& lines = page.lines;
    auto const total = page.total;
    TRY(auto const names, Names::of(call));
    auto const is_full = lines.size() == call.limit();
    return page_of(lines, is_full ? std::to_string(lines.back().number) : "", total,
                   [&](JsonWriter& json, gate::Disclosure const& line) {
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
                           .field("count", things_in(line))
                           .end();
                   });
}

/// How much the lines of a list hold together.
Reply disclosures_summary(Call& call) {
    TRY(auto const filter, filter_of(call));
    auto const to_whom = call.query("to_whom");
    std::int64_t lines = 0, things = 0;
    std::set<std::string> recipients;
    CHECK(call.doors().ledger->read([&](store::Transaction& tx) {
        return gate::each_disclosure(tx, filter, [&](gate::Disclosure const& line) {
            if (!is_for(to_whom, line)) return true;
            ++lines;
            things += things_in(line);
            recipients.insert(line.recipient);
            return true;
        });
    }));
    JsonWriter json;
    json.object()
        .field("lines", lines)
        .field("things", things)
        .field("recipients", std::int64_t{std::ssize(recipients)})
        .end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_disclosures(Router& router) {
    router.answer("disclosures_summary", disclosures_summary);
    router.answer("disclosures_list", disclosures_list);
}

}  // namespace tocsin::api
