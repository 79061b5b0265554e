#include "intelligence/impl.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::intelligence {

Status Intelligence::Impl::load(store::Transaction& tx) {
    CHECK(books.policies.load(tx));
    books.words.clear();
    TRY(auto const last, tx.one("SELECT MAX(seq), MAX(added) FROM intel_object", {},
                                [](store::Row const& row) { return std::pair(row.integer(0), row.integer(1)); }));
    books.last_seq = last->first;
    books.last_added = last->second;
    TRY(auto const same,
        tx.one("SELECT COUNT(*) FROM intel_same", {}, [](store::Row const& row) { return row.integer(0); }));
    merged = same.value_or(0);
    return {};
}

Result<std::int64_t> Intelligence::Impl::add_source(ImportRequest const& request, access::Principal const& by) {
    return ledger.write([&](store::Transaction& tx) -> Result<std::int64_t> {
        auto const& source = request.source;
        TRY(auto const id,
            tx.insert("INSERT INTO intel_source (kind, name, who, organisation, at, stored, known, rejected, "
                      "warned) VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0)",
                      {source.kind, source.name, by.who, source.organisation.value, options.clock->now()}));
        std::vector<std::int64_t> named;
        for (auto const organisation : request.named) named.push_back(organisation.value);
        auto const& terms = request.terms;
        CHECK(
            tx.run("UPDATE intel_source SET tlp = ?, pap = ?, sharing_group = ?, embargo = ?, originator_control = ?, "
                   "collection = ?, may_relay = ?, named = ? WHERE id = ?",
                   {request.standard.tlp, request.standard.pap ? static_cast<int>(*request.standard.pap) : -1,
                    terms.group.value, terms.embargo ? terms.embargo->micros : 0, terms.originator_control,
                    request.collection, request.may_relay, fmt::format("{}", fmt::join(named, ",")), id}));
        auto const text = std::to_string(id);
        CHECK(access::audit(tx, by, options.clock->now(),
                            {.what = "intelligence.import", .kind = "intelligence_source", .id = text}));
        return id;
    });
}

/// One batch, whole or not at all; the books are as the ledger is afterwards.
Result<ImportTotals> Intelligence::Impl::write(std::vector<Incoming>& batch, ImportRequest const& request,
                                               std::int64_t source, BatchEnd const& end) {
    std::lock_guard const lock(writing);
    std::vector<LiveValue> fresh, revived;
    auto done = ledger.write([&](store::Transaction& tx) -> Result<ImportTotals> {
        BatchWriter writer(tx, books, options, request, source, end ? Rejects::are_told : Rejects::are_kept);
        CHECK(writer.write(batch));
        fresh = writer.live();
        revived = writer.revived();
        if (!fresh.empty())
            CHECK(note_sweep(tx, std::int64_t{std::ranges::min(fresh, {}, &LiveValue::seq).seq} - 1,
                             std::ranges::max(fresh, {}, &LiveValue::seq).seq, 0));
        auto const& totals = writer.totals();
        if (end) {
            CHECK(end(tx, totals));
            return totals;
        }
        CHECK(
            tx.run("UPDATE intel_source SET stored = stored + ?, known = known + ?, rejected = rejected + ?, "
                   "warned = warned + ? WHERE id = ?",
                   {totals.stored, totals.known, totals.rejected, totals.warned, source}));
        return totals;
    });
    if (!done) CHECK(ledger.read([&](store::Transaction& tx) { return load(tx); }));
    ++edition;
    if (done) {
        fresh.insert(fresh.end(), revived.begin(), revived.end());
        live.add(fresh);
    }
    return done;
}

Status Intelligence::take_out(std::int64_t collection, std::vector<gate::Cleared<Object>> const& objects,
                              access::Principal const& by) {
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        for (auto const& object : objects) {
            CHECK(tx.run("DELETE FROM intel_member WHERE collection = ? AND seq = ?", {collection, object->seq}));
            CHECK(access::audit(tx, by, impl_->options.clock->now(),
                                {.what = "collection.take_out", .kind = "intelligence", .id = object->id}));
        }
        ++impl_->edition;
        return {};
    });
}

}  // namespace tocsin::intelligence
