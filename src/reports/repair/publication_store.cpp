#include "reports/public_statistics.hpp"
#include "reports/reports.hpp"

#include <fmt/format.h>

namespace tocsin::reports {
namespace {

constexpr gate::Tlp may_be_counted[] = {gate::Tlp::clear, gate::Tlp::green, gate::Tlp::amber};

Result<std::optional<Publication>> read(store::Transaction& tx) {
    return tx.one("SELECT published, published_by, strictest, fewest FROM report_public_statistics WHERE id = 1", {},
                  [](store::Row const& row) {
                      Publication found{.since = row.time(0), .by = row.string(1), .fewest = row.integer(3)};
                      found.strictest = gate::Tlp::clear;
                      for (auto const tlp : may_be_counted)
                          if (row.text(2) == gate::name_of(tlp)) found.strictest = tlp;
                      return found;
                  });
}

}  // namespace

Result<std::optional<Publication>> publication(store::Ledger& ledger) {
    return ledger.read([](store::Transaction& tx) { return read(tx); });
}

Status publish_statistics(store::Ledger& ledger, Clock const& clock, Publication const& how,
                          access::Principal const& by) {
    CHECK(access::require(by, access::Role::administrator));
    if (how.strictest > gate::Tlp::amber)
        return fail(Code::invalid,
                    "strictest: expected CLEAR, GREEN or AMBER: what is marked stricter is in no number");
    if (how.fewest < 3 || how.fewest > 100)
        return fail(Code::invalid, fmt::format("fewest: expected 3 to 100 organisations, found {}", how.fewest));
    auto const now = clock.now();
    return ledger.write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run(
            "INSERT INTO report_public_statistics (id, published, published_by, strictest, fewest) VALUES (1, ?, "
            "?, ?, ?) ON CONFLICT (id) DO UPDATE SET strictest = excluded.strictest, fewest = excluded.fewest, "
            "published_by = excluded.published_by",
            {now, by.who, gate::name_of(how.strictest), how.fewest}));
        JsonWriter json;
        json.object().field("strictest", gate::name_of(how.strictest)).field("fewest", how.fewest).end();
        CHECK(access::audit(
            tx, by, now, {.what = "statistics.publish", .kind = "report", .id = "statistics", .details = json.text()}));
        return {};
    });
}

Status withdraw_statistics(store::Ledger& ledger, Clock const& clock, access::Principal const& by) {
    CHECK(access::require(by, access::Role::administrator));
    return ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const removed, tx.run("DELETE FROM report_public_statistics WHERE id = 1"));
        if (removed == 0) return fail(Code::conflict, "the statistics are not published");
        CHECK(access::audit(tx, by, clock.now(),
                            {.what = "statistics.withdraw", .kind = "report", .id = "statistics", .details = {}}));
        return {};
    });
}

}  // namespace tocsin::reports
