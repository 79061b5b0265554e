#include "constituency/enrichment.hpp"

#include "constituency/enrichment_loader.hpp"

#include <algorithm>

namespace tocsin::constituency {
namespace {

constexpr std::size_t batch = 256;

CountryCode country_at(std::uint32_t index) {
    if (index == 0 || index >= CountryCode::count) return {};
    return {{static_cast<char>('A' + (index - 1) / 26), static_cast<char>('A' + (index - 1) % 26)}};
}

}  // namespace

NetworkFacts EnrichmentTable::facts_of(IpAddress address) const {
    NetworkFacts facts;
    if (auto const value = networks_.find(address); value != PrefixTable::none) facts = network_facts_[value];
    if (has_countries_)
        if (auto const value = countries_.find(address); value != PrefixTable::none) facts.country = country_at(value);
    return facts;
}

void EnrichmentTable::facts_of(std::span<IpAddress const> addresses, std::span<NetworkFacts> facts) const {
    TOCSIN_ASSERT(facts.size() >= addresses.size());
    std::uint32_t values[batch];
    for (std::size_t done = 0; done < addresses.size(); done += batch) {
        std::size_t const count = std::min(batch, addresses.size() - done);
        auto const part = addresses.subspan(done, count);
        networks_.find(part, {values, count});
        for (std::size_t i = 0; i < count; ++i)
            facts[done + i] = values[i] == PrefixTable::none ? NetworkFacts() : network_facts_[values[i]];
        if (!has_countries_) continue;
        countries_.find(part, {values, count});
        for (std::size_t i = 0; i < count; ++i)
            if (values[i] != PrefixTable::none) facts[done + i].country = country_at(values[i]);
    }
}

std::string_view EnrichmentTable::as_name(std::uint32_t asn) const {
    auto const found = std::ranges::lower_bound(names_, asn, {}, &Name::asn);
    if (found == names_.end() || found->asn != asn) return {};
    return std::string_view(name_text_).substr(found->offset, found->size);
}

std::size_t EnrichmentTable::bytes() const {
    return networks_.bytes() + countries_.bytes() + network_facts_.capacity() * sizeof(NetworkFacts) +
           names_.capacity() * sizeof(Name) + name_text_.capacity();
}

Result<std::shared_ptr<EnrichmentTable const>> load_enrichment(EnrichmentFiles const& files) {
    using Purpose = EnrichmentLoader::Purpose;
    EnrichmentLoader loader;
    if (!files.asn.empty()) CHECK(loader.read_file(files.asn, Purpose::networks));
    if (!files.country.empty()) CHECK(loader.read_file(files.country, Purpose::countries));
    if (!files.as_names.empty()) CHECK(loader.read_file(files.as_names, Purpose::names));
    return loader.finish();
}

Result<std::shared_ptr<EnrichmentTable const>> read_enrichment(std::string_view name, std::string_view bytes) {
    EnrichmentLoader loader;
    TableReport report;
    report.file = name;
    loader.read_text(bytes, EnrichmentLoader::Purpose::networks, report);
    loader.keep(std::move(report));
    return loader.finish();
}

}  // namespace tocsin::constituency
