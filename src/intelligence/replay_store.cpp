#include "intelligence/impl.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace tocsin::intelligence {

/// A row of what was kept aside.
struct KeptObject {
    std::int64_t id, source, ordinal;
    std::string raw;
};

namespace {

constexpr std::size_t most_replayed = 100'000, most_reasons = 1000, batch_objects = 1000;

Result<std::vector<KeptObject>> read_kept(store::Transaction& tx, ReplayRequest const& request, std::int64_t after) {
    std::string where = "state = 'kept'";
    if (!request.ids.empty()) where += fmt::format(" AND id IN ({})", fmt::join(request.ids, ","));
    std::vector<KeptObject> rows;
    CHECK(tx.query(fmt::format("SELECT id, source, ordinal, raw FROM intel_rejected WHERE {} AND (? = 0 OR source = ?) "
                               "AND id > ? ORDER BY id LIMIT ?",
                               where),
                   {request.source, request.source, after, batch_objects}, [&](store::Row const& row) {
                       rows.push_back({row.integer(0), row.integer(1), row.integer(2), row.string(3)});
                   }));
    return rows;
}

/// The delivery as it was asked for.
Result<ImportRequest> request_of(store::Transaction& tx, std::int64_t source) {
    ImportRequest request;
    CHECK(
        tx.query("SELECT organisation, tlp, pap, sharing_group, embargo, originator_control, collection, may_relay, "
                 "named FROM intel_source WHERE id = ?",
                 {source}, [&](store::Row const& row) {
                     request.source.organisation = {row.integer(0)};
                     request.standard.tlp = row.is_null(1) ? gate::Tlp::red : static_cast<gate::Tlp>(row.integer(1));
                     if (row.integer(2) >= 0) request.standard.pap = static_cast<gate::Pap>(row.integer(2));
                     request.terms.group = {row.integer(3)};
                     if (row.integer(4) != 0) request.terms.embargo = row.time(4);
                     request.terms.originator_control = row.truth(5);
                     request.collection = row.integer(6);
                     request.may_relay = row.truth(7);
                     for (auto const number : split(row.text(8), ','))
                         if (auto const id = parse_int(number)) request.named.push_back({*id});
                 }));
    return request;
}

/// What came of one row.
Status note(store::Transaction& tx, KeptObject const& row, Incoming const& object) {
    if (object.fault.empty())
        CHECK(tx.run("UPDATE intel_rejected SET state = 'replayed' WHERE id = ?", {row.id}));
    else
        CHECK(tx.run("UPDATE intel_rejected SET property = ?, reason = ?, object = ? WHERE id = ?",
                     {object.fault_property, object.fault, object.id, row.id}));
    return {};
}

void tell(ReplayTotals& totals, std::int64_t id, std::string reason) {
    ++totals.rejected;
    if (totals.reasons.size() < most_reasons) totals.reasons.emplace_back(id, std::move(reason));
}

}  // namespace

/// Rows of one delivery.
Status Intelligence::Impl::replay_rows(std::span<KeptObject const> rows, ReplayRequest const& asked,
                                       access::Principal const& by, ReplayTotals& totals) {
    auto const source = rows.front().source;
    TRY(auto request, ledger.read([&](store::Transaction& tx) { return request_of(tx, source); }));
    request.may_relay = request.may_relay || asked.may_override;
    Intake intake;
    std::vector<Incoming> batch;
    for (auto const& row : rows) batch.push_back(intake.take(row.raw, row.ordinal));
    bool is_rolled_back = false;
    auto const done = write(batch, request, source, [&](store::Transaction& tx, ImportTotals const& made) -> Status {
        for (std::size_t i = 0; i < rows.size(); ++i) CHECK(note(tx, rows[i], batch[i]));
        CHECK(
            tx.run("UPDATE intel_source SET stored = stored + ?, known = known + ?, rejected = rejected - ?, "
                   "warned = warned + ? WHERE id = ?",
                   {made.stored, made.known, made.stored + made.known, made.warned, source}));
        auto const id = std::to_string(source);
        CHECK(access::audit(tx, by, options.clock->now(),
                            {.what = "intelligence.replay", .kind = "intelligence_source", .id = id}));
        totals.stored += made.stored;
        totals.known += made.known;
        is_rolled_back = asked.is_dry_run;
        return is_rolled_back ? Status(fail(Code::conflict, "a dry run changes nothing")) : Status();
    });
    if (!done && !is_rolled_back) return std::unexpected(done.error());
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!batch[i].fault.empty())
            tell(totals, rows[i].id,
                 batch[i].fault_property.empty() ? batch[i].fault : batch[i].fault_property + ": " + batch[i].fault);
    return {};
}

Result<ReplayTotals> Intelligence::replay(ReplayRequest const& request, access::Principal const& by) {
    if (request.ids.size() > batch_objects)
        return fail(Code::limit, fmt::format("ids: expected at most {}", batch_objects));
    ReplayTotals totals;
    std::int64_t after = 0;
    while (totals.tried < static_cast<std::int64_t>(most_replayed)) {
        TRY(auto rows, impl_->ledger.read([&](store::Transaction& tx) { return read_kept(tx, request, after); }));
        if (rows.empty()) break;
        after = rows.back().id;
        totals.tried += static_cast<std::int64_t>(rows.size());
        std::erase_if(rows, [&](KeptObject const& row) {
            bool const is_cut = row.raw.size() >= most_raw_kept;
            if (is_cut)
                tell(totals, row.id, "its text was too long to be kept whole: import it again from where it came");
            totals.cut += is_cut ? 1 : 0;
            return is_cut;
        });
        for (auto from = rows.begin(); from != rows.end();) {
            auto const to =
                std::find_if(from, rows.end(), [&](KeptObject const& row) { return row.source != from->source; });
            CHECK(impl_->replay_rows({from, to}, request, by, totals));
            from = to;
        }
    }
    if (totals.stored > 0 && !request.is_dry_run) {
        CHECK(impl_->tidy_index());
        if (impl_->options.on_commit) impl_->options.on_commit();
    }
    return totals;
}

}  // namespace tocsin::intelligence
