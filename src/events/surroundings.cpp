#include "events/surroundings.hpp"

#include <mutex>

namespace tocsin::events {
namespace {

/// Owners and tables of one moment.
class OfConstituency final : public Surroundings {
  public:
    OfConstituency(std::shared_ptr<constituency::OwnerTable const> owners,
                   std::shared_ptr<constituency::EnrichmentTable const> tables)
        : owners_(std::move(owners)), tables_(std::move(tables)) {}

    bool is_of(std::shared_ptr<constituency::OwnerTable const> const& owners,
               std::shared_ptr<constituency::EnrichmentTable const> const& tables) const {
        return owners_ == owners && tables_ == tables;
    }

    void attribute(std::span<Subject const> subjects, std::span<Attribution> answers) const override {
        thread_local std::vector<IpAddress> addresses;
        thread_local std::vector<constituency::NetworkFacts> facts;
        thread_local std::vector<constituency::OwnerQuery> queries;
        thread_local std::vector<constituency::Ownership> owners;
        addresses.clear();
        queries.clear();
        for (auto const& subject : subjects) addresses.push_back(subject.address);
        facts.assign(subjects.size(), {});
        owners.assign(subjects.size(), {});
        if (tables_ && (tables_->has_networks() || tables_->has_countries())) tables_->facts_of(addresses, facts);
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            auto const& subject = subjects[i];
            auto country = constituency::parse_country(subject.country).value_or(facts[i].country);
            queries.push_back({subject.address, subject.asn != 0 ? subject.asn : facts[i].asn, subject.fqdn, country});
        }
        owners_->owners_of(queries, owners);
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            auto& answer = answers[i];
            auto const& owner = owners[i];
            answer.organisation = owner.organisation.value;
            answer.lane = owner.lane == constituency::Lane::abroad ? Lane::abroad : owner ? Lane::own : Lane::none;
            answer.asn = facts[i].asn;
            if (facts[i].length != 0 && !subjects[i].address.is_none())
                answer.network = {masked(subjects[i].address, facts[i].length), facts[i].length};
            if (facts[i].asn != 0 && tables_) answer.as_name = tables_->as_name(facts[i].asn);
            // the code's letters lie in `facts`, which the next call overwrites: the caller uses them before
            answer.country = facts[i].country.text();
        }
    }

  private:
    std::shared_ptr<constituency::OwnerTable const> owners_;
    std::shared_ptr<constituency::EnrichmentTable const> tables_;
};

}  // namespace

std::function<std::shared_ptr<Surroundings const>()> surroundings_of(constituency::Constituency& constituency) {
    struct Kept {
        std::mutex mutex;  // guards latest
        std::shared_ptr<OfConstituency const> latest;
    };
    return [&constituency, kept = std::make_shared<Kept>()]() -> std::shared_ptr<Surroundings const> {
        auto const owners = constituency.owners();
        std::lock_guard const lock(kept->mutex);
        if (!owners) {
            log::error("owners of events: {}", owners.error().message);
            return kept->latest;
        }
        auto const tables = constituency.enrichment();
        if (!kept->latest || !kept->latest->is_of(*owners, tables))
            kept->latest = std::make_shared<OfConstituency const>(*owners, tables);
        return kept->latest;
    };
}

}  // namespace tocsin::events
