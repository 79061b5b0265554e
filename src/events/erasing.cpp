#include "events/engine_impl.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

/// What the events hold of somebody, removed on request.
namespace tocsin::events {
namespace {

constexpr std::int64_t most_erased = 100'000;
constexpr std::size_t most_without_events = 1000;  ///< findings asked for one by one

Status check_request(EventFilter const& filter) {
    bool const asks = filter.from || filter.to || filter.lane || filter.report || !filter.addresses.empty() ||
                      !filter.asns.empty() || !filter.organisations.empty() || !filter.feeds.empty() ||
                      !filter.taxonomies.empty() || !filter.types.empty() || !filter.identifiers.empty() ||
                      !filter.countries.empty() || !filter.transports.empty() || !filter.severities.empty() ||
                      !filter.ports.empty() || !filter.domain.empty() || !filter.finding.empty() ||
                      !filter.conditions.empty() || !filter.text.empty();
    if (!asks) return fail(Code::invalid, "say what is to be erased: the filter asks nothing");
    if (!filter.text.empty() && filter.text.size() < 3)
        return fail(Code::invalid, "a text to erase has 3 bytes at least");
    return {};
}

/// Of a filter that names only a text or addresses: the same asked of findings. Their events may be forgotten already.
std::optional<FindingFilter> as_finding_filter(EventFilter const& filter) {
    if (filter.text.empty() && filter.addresses.empty()) return std::nullopt;
    if (filter.from || filter.to || filter.lane || filter.report || !filter.asns.empty() ||
        !filter.organisations.empty() || !filter.feeds.empty() || !filter.conditions.empty() || !filter.domain.empty())
        return std::nullopt;
    FindingFilter findings;
    findings.text = filter.text;
    findings.addresses = filter.addresses;
    return findings;
}

}  // namespace

Result<Erasure> Events::Impl::weigh_erasure(EventFilter const& filter, std::vector<FindingKey>& keys) const {
    CHECK(check_request(filter));
    Erasure erasure;
    TRY(auto const segments, archive->by_segment(filter));
    for (auto const& segment : segments) erasure.events += segment.events;
    if (erasure.events > most_erased)
        return fail(Code::limit, fmt::format("{} events match: at most {} are erased at once; narrow the filter",
                                             erasure.events, most_erased));
    TRY(auto within, archive->findings_within(filter));
    if (auto const wanted = as_finding_filter(filter)) {
        TRY(auto const keys_of_them, findings->keys(*wanted, most_without_events));
        for (auto const& key : keys_of_them) {
            EventFilter of_it;
            of_it.finding = finding_id(key);
            TRY(auto const left, archive->by_segment(of_it));
            if (left.empty()) within.push_back(key);
        }
    }
    std::set<FindingKey> const sorted(within.begin(), within.end());
    auto const snapshot = findings->snapshot();
    for (auto const& key : sorted) {
        TRY(auto const record, snapshot.find(key));
        if (!record) continue;
        keys.push_back(key);
        erasure.findings.push_back(finding_id(key));
    }
    CHECK(ledger.read([&](store::Transaction& transaction) -> Status {
        for (auto const& id : erasure.findings) {
            TRY(auto const said, store_sql::count_statements(transaction, id));
            erasure.statements += said;
        }
        if (filter.text.empty()) return {};
        TRY(auto const rows, store_sql::rejected_with(transaction, filter.text));
        erasure.rejected = static_cast<std::int64_t>(rows.size());
        return {};
    }));
    return erasure;
}

Result<Erasure> Events::would_erase(EventFilter const& filter) const {
    std::vector<FindingKey> keys;
    return impl_->weigh_erasure(filter, keys);
}

namespace {

/// Subjects of findings that go, but for those that another finding is about too.
Result<std::set<std::uint64_t>> lonely_subjects(FindingSnapshot const& snapshot, std::vector<FindingKey> const& keys) {
    std::set<std::uint64_t> subjects;
    for (auto const& key : keys)
        if (key.subject != 0) subjects.insert(key.subject);
    if (subjects.empty()) return subjects;
    CHECK(snapshot.scan(nullptr, [&](FindingRecord const& record) {
        if (record.subject != 0 && subjects.contains(record.subject) && !std::ranges::binary_search(keys, record.key()))
            subjects.erase(record.subject);
        return !subjects.empty();
    }));
    return subjects;
}

}  // namespace

/// The ledger first: a kill after it leaves events that a second call finds by the same filter.
Result<Erasure> Events::erase(access::Principal const& by, EventFilter const& filter, std::string_view reason) {
    auto& it = *impl_;
    std::scoped_lock const lock(it.forgetting_mutex, it.intake_mutex);
    std::vector<FindingKey> keys;
    TRY(auto const erasure, it.weigh_erasure(filter, keys));
    TRY(auto const subjects, lonely_subjects(it.findings->snapshot(), keys));
    CHECK(it.committer->drop_findings(keys, [&](store::Transaction& ledger) -> Status {
        for (auto const& id : erasure.findings) CHECK(store_sql::erase_statements(ledger, id));
        for (auto const subject : subjects) CHECK(store_sql::erase_subject(ledger, subject));
        if (!filter.text.empty()) {
            TRY(auto const rows, store_sql::rejected_with(ledger, filter.text));
            for (auto const row : rows) CHECK(store_sql::erase_rejected(ledger, row));
        }
        JsonWriter details;
        details.object()
            .field("events", erasure.events)
            .field("findings", std::uint64_t{erasure.findings.size()})
            .field("statements", erasure.statements)
            .field("rejected", erasure.rejected)
            .field("reason", reason)
            .end();
        CHECK(access::audit(ledger, by, it.now(), {.what = "event.erase", .kind = "event", .details = details.text()}));
        return {};
    }));
    it.findings->drop_sayings(keys);
    TRY(auto const segments, it.archive->by_segment(filter));
    if (!segments.empty()) {
        CHECK(it.archive->remove(filter, segments.front().segment, segments.back().segment));
        CHECK(it.archive->checkpoint());
    }
    return erasure;
}

}  // namespace tocsin::events
