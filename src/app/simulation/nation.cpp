#include "app/simulation/nation.hpp"

#include <algorithm>

namespace tocsin::app::simulation {
namespace {

struct Share {
    std::string_view kind, sector, sector_team;
    std::uint32_t in_thousand;    ///< of all organisations
    std::uint32_t own_asn;        ///< in a hundred of them
    std::uint32_t more_networks;  ///< weight when the remaining networks are dealt
};

constexpr Share shares[] = {
    {"ministry", "government", "government", 24, 100, 2},
    {"bank", "finance", "finance", 30, 60, 1},
    {"hospital", "health", "health", 60, 5, 1},
    {"provider", "telecommunications", "", 60, 100, 60},
    {"mobile", "telecommunications", "", 6, 100, 250},
    {"university", "education", "education", 30, 100, 6},
    {"utility", "energy", "energy", 25, 30, 1},
    {"utility", "water", "energy", 35, 10, 1},
    {"operator", "transport", "", 20, 20, 1},
    {"municipality", "government", "government", 200, 0, 1},
    {"school", "education", "education", 250, 0, 1},
    {"company", "commerce", "", 241, 5, 1},
};

constexpr std::string_view sector_teams[] = {"government", "finance", "health", "education", "energy"};
constexpr std::string_view neighbour_codes[] = {"XB", "XC", "XD", "XE", "XF", "XG", "XH", "XJ"};
constexpr std::string_view neighbour_languages[] = {"en", "fr", "ar", "es", "ru", "zh", "en", "fr"};

struct Block {
    std::uint32_t first;
    std::uint8_t length;
};
constexpr Block blocks[] = {
    {0x0a00'0000, 8}, {0x6440'0000, 10}, {0xac10'0000, 12}, {0xc612'0000, 15}, {0xc0a8'0000, 16}};

std::uint64_t room_at(std::uint8_t length) {
    std::uint64_t count = 0;
    for (auto const& block : blocks) count += std::uint64_t{1} << (length - block.length);
    return count;
}

IpPrefix v4_prefix(std::uint32_t bits, int length) {
    return {IpAddress::v4(bits), static_cast<std::uint8_t>(96 + length)};
}

/// The n-th piece of `length` of the IPv4 blocks.
IpPrefix piece(std::uint64_t n, std::uint8_t length) {
    for (auto const& block : blocks) {
        auto const count = std::uint64_t{1} << (length - block.length);
        if (n < count) return v4_prefix(block.first + static_cast<std::uint32_t>(n << (32 - length)), length);
        n -= count;
    }
    TOCSIN_ASSERT(false);
    return {};
}

class Builder {
  public:
    explicit Builder(NationOptions const& options) : options_(options) {}

    Nation build() {
        make_map();
        add_teams();
        add_constituents();
        add_networks();
        return std::move(nation_);
    }

  private:
    std::uint64_t chance(std::uint64_t what, std::uint64_t which) const { return mixed(options_.seed, what, which); }

    void make_map() {
        auto const places = make_places(chance(1, 0), 73);
        nation_.name = places[0].name + "land";
        nation_.code = "XA";
        nation_.regions.assign(places.begin() + 1, places.begin() + 13);
        nation_.cities.assign(places.begin() + 13, places.end());
        for (std::size_t i = 0; i < nation_.cities.size(); ++i)
            nation_.region_of_city.push_back(static_cast<std::uint16_t>(i % nation_.regions.size()));
    }

    void add_team(std::string name, std::string kind, std::string sector, std::string country, std::string language,
                  std::string domain, std::int32_t parent) {
        Organisation team{.name = std::move(name),
                          .domain = std::move(domain),
                          .kind = std::move(kind),
                          .sector = std::move(sector),
                          .country = std::move(country),
                          .language = std::move(language),
                          .parent = parent,
                          .contacts = {}};
        team.contacts.push_back({"Duty desk", "cirt@" + team.domain, "abuse", team.language});
        nation_.organisations.push_back(std::move(team));
    }

    void add_teams() {
        auto const code = lowered(nation_.code);
        add_team(nation_.name + " National CIRT", "national-cirt", "government", nation_.code, "en",
                 "cirt." + code + ".example", -1);
        for (auto const sector : sector_teams) {
            auto name = std::string(sector);
            name[0] = static_cast<char>(name[0] - 'a' + 'A');
            add_team(name + " Sector CIRT", "sector-cirt", std::string(sector), nation_.code, "en",
                     fmt::format("cirt.{}.{}.example", sector, code), 0);
        }
        auto const places = make_places(chance(2, 0), std::size(neighbour_codes));
        for (std::size_t i = 0; i < std::size(neighbour_codes); ++i)
            add_team(fmt::format("National CIRT of {}ia", places[i].name), "national-cirt", "government",
                     std::string(neighbour_codes[i]), std::string(neighbour_languages[i]),
                     fmt::format("cirt.{}.example", lowered(neighbour_codes[i])), -1);
        teams_ = nation_.organisations.size();
    }

    void add_constituents() {
        std::uint32_t const wanted = options_.organisations - static_cast<std::uint32_t>(teams_);
        std::uint32_t left = wanted;
        for (std::size_t s = 0; s < std::size(shares); ++s) {
            auto const& share = shares[s];
            bool const last = s + 1 == std::size(shares);
            std::uint32_t const rest = static_cast<std::uint32_t>(std::size(shares) - s - 1);
            auto count = last ? left : std::max<std::uint32_t>(1, wanted * share.in_thousand / 1000);
            count = std::min(count, left > rest ? left - rest : 0);
            if (last) count = left;
            left -= count;
            for (std::uint32_t i = 0; i < count; ++i) add_constituent(share, i);
        }
    }

    void add_constituent(Share const& share, std::uint32_t number) {
        auto const place = nation_.organisations.size();
        Organisation organisation;
        organisation.kind = share.kind;
        organisation.sector = share.sector;
        organisation.country = nation_.code;
        organisation.city = static_cast<std::uint16_t>((number * 7 + share.in_thousand) % nation_.cities.size());
        name_organisation(nation_, options_.seed, number, organisation);
        for (std::size_t t = 1; t <= std::size(sector_teams); ++t)
            if (sector_teams[t - 1] == share.sector_team) organisation.parent = static_cast<std::int32_t>(t);
        if (chance(3, place) % 100 < share.own_asn) organisation.asn = next_asn();
        if (share.kind == "provider" || share.kind == "mobile") providers_.push_back(static_cast<std::int32_t>(place));
        weights_.push_back(share.more_networks);
        nation_.organisations.push_back(std::move(organisation));
    }

    std::uint32_t next_asn() {
        auto const n = asns_++;
        return n < 1000 ? 64512 + n : 4'200'000'000 + n;
    }

    /// Who holds each network: every constituent one, providers most of the rest, a few are nobody's or abroad.
    std::vector<std::int32_t> deal(std::uint64_t count, std::uint64_t salt) {
        std::vector<std::int32_t> holders;
        for (auto place = teams_; place < nation_.organisations.size() && holders.size() < count; ++place)
            holders.push_back(static_cast<std::int32_t>(place));
        std::vector<std::uint64_t> sums;
        std::uint64_t sum = 0;
        for (auto const weight : weights_) sums.push_back(sum += weight);
        Random random(chance(salt, 0));
        while (holders.size() < count) {
            auto const kind = random.below(100);
            if (kind < 4)
                holders.push_back(-1);
            else if (kind < 7)
                holders.push_back(
                    static_cast<std::int32_t>(1 + std::size(sector_teams) + random.below(std::size(neighbour_codes))));
            else
                holders.push_back(static_cast<std::int32_t>(
                    teams_ +
                    static_cast<std::size_t>(std::ranges::upper_bound(sums, random.below(sum)) - sums.begin())));
        }
        for (std::size_t i = holders.size(); i > 1; --i) std::swap(holders[i - 1], holders[random.below(i)]);
        return holders;
    }

    Network network_of(std::int32_t holder, IpPrefix announced, IpPrefix inner, std::uint64_t number) {
        auto const luck = chance(4, number);
        Network network{.announced = announced, .prefix = announced, .organisation = holder};
        network.exposure = static_cast<std::uint8_t>(luck % 8 == 0 ? 0 : luck % 8 < 5 ? 1 : luck % 8 < 7 ? 2 : 4);
        if (holder < 0) network.exposure = 2;  // nobody looks after it
        bool const foreign =
            holder >= 0 && nation_.organisations[static_cast<std::size_t>(holder)].country != nation_.code;
        if (foreign) {
            network.asn = 4'200'100'000 + static_cast<std::uint32_t>(holder);
            return network;
        }
        auto const provider = providers_[(luck >> 8) % providers_.size()];
        auto const* const own = holder < 0 ? nullptr : &nation_.organisations[static_cast<std::size_t>(holder)];
        network.city = own == nullptr ? static_cast<std::uint16_t>((luck >> 32) % nation_.cities.size()) : own->city;
        bool const is_provider = own != nullptr && own->sector == "telecommunications";
        if (own != nullptr && !is_provider) network.prefix = inner;
        if (is_provider) network.city = static_cast<std::uint16_t>((luck >> 32) % nation_.cities.size());
        if (own != nullptr && own->asn != 0)
            network.asn = own->asn;
        else if (holder < 0 && luck % 2 == 0)
            network.asn = 4'200'200'000 + static_cast<std::uint32_t>(number % 50);  // of nobody the team knows
        else
            network.asn = nation_.organisations[static_cast<std::size_t>(provider)].asn;
        return network;
    }

    void add_networks() {
        std::uint64_t const v6 = options_.prefixes / 10;
        std::uint64_t const aggregates = (options_.prefixes - v6) / 33;  // around every other 16 networks
        std::uint64_t const v4 = options_.prefixes - v6 - aggregates;
        std::uint8_t length = 20;
        while (room_at(length) < v4) ++length;
        auto const inner_length = std::max<int>(length, 24);
        auto const holders = deal(v4, 5);
        for (std::uint64_t i = 0; i < v4; ++i) {
            auto const announced = piece(i, length);
            auto const bits = announced.address.v4_bits();
            nation_.networks.push_back(network_of(holders[i], announced, v4_prefix(bits, inner_length), i));
        }
        for (std::uint64_t i = 0; i < aggregates; ++i) {
            auto const bits = piece(i * 32, length).address.v4_bits();
            nation_.aggregates.push_back({v4_prefix(bits, length - 4), providers_[i % providers_.size()]});
        }
        auto const v6_holders = deal(v6, 6);
        for (std::uint64_t i = 0; i < v6; ++i) {
            // 2001:db8:N::/48, and for those who are no providers the first /56 of it.
            IpAddress const first{0x2001'0db8'0000'0000ULL | (i + 1) << 16, 0};
            nation_.networks.push_back(network_of(v6_holders[i], {first, 48}, {first, 56}, v4 + i));
        }
    }

    NationOptions options_;
    Nation nation_;
    std::size_t teams_ = 0;
    std::uint32_t asns_ = 0;
    std::vector<std::int32_t> providers_;
    std::vector<std::uint32_t> weights_;
};

}  // namespace

Nation make_nation(NationOptions const& options) {
    TOCSIN_ASSERT(options.organisations >= 30 && options.organisations <= 50'000);
    TOCSIN_ASSERT(options.prefixes >= 20 && options.prefixes <= 80'000);
    return Builder(options).build();
}

}  // namespace tocsin::app::simulation
