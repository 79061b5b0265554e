#include "constituency/lookup.hpp"

#include "constituency/directory_store.hpp"

#include <algorithm>
#include <tuple>

namespace tocsin::constituency {
namespace {

constexpr std::size_t longest_question = 2048;

/// The host of a URL (RFC 3986 section 3.2), without user, port and brackets.
std::string_view host_of(std::string_view url) {
    auto rest = url.substr(url.find("://") + 3);
    rest = rest.substr(0, rest.find_first_of("/?#\\"));
    if (auto const at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
    if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
    return rest.substr(0, rest.find(':'));
}

std::optional<LookupQuestion> read_host(std::string_view host, LookupKind as_address, LookupKind as_name) {
    LookupQuestion question;
    if (auto const address = parse_ip(host)) {
        question.kind = as_address;
        question.network = {*address, 128};
        return question;
    }
    auto domain = canonical_value(ResourceKind::domain, host);
    if (!domain) return std::nullopt;
    question.kind = as_name;
    question.domain = std::move(*domain);
    return question;
}

std::string dates_of(Resource const& resource) {
    if (resource.from && resource.to)
        return fmt::format("valid from {} to {}", format_date(*resource.from), format_date(*resource.to));
    if (resource.from) return fmt::format("valid from {}", format_date(*resource.from));
    return resource.to ? fmt::format("valid until {}", format_date(*resource.to)) : std::string();
}

/// Collects the claims in order of weight and says of each why it wins or not.
class Weighing {
  public:
    Weighing(Transaction& tx, Ownership const& owner, Timestamp now) : tx_(tx), owner_(owner), now_(now) {}

    Status weigh(By by, ResourceKind kind, std::string_view value, std::string_view winner_says) {
        TRY(auto const claims, claims_on(tx_, kind, value));
        for (auto const& claim : claims) {
            LookupStep step{.resource = claim, .wins = false, .why = {}};
            bool const is_valid = (!claim.from || *claim.from <= now_) && (!claim.to || now_ < *claim.to);
            if (!is_valid) {
                step.why = "does not count now: " + dates_of(claim);
            } else if (!has_winner_ && owner_.by == by && owner_.organisation == claim.organisation) {
                step.wins = has_winner_ = true;
                step.why = fmt::format("{}, {}", winner_says, claim.verified ? "verified" : "claimed, not verified");
                winning_ = fmt::format("{} {}", name_of(kind), value);
            } else if (has_winner_) {
                step.why = fmt::format("weighs less than {}", winning_);
            } else {
                step.why = "the same, but another claim is verified or newer";
            }
            steps_.push_back(std::move(step));
        }
        return {};
    }
    /// The winner first, then as weighed.
    std::vector<LookupStep> steps() && {
        auto const winner = std::ranges::find(steps_, true, &LookupStep::wins);
        if (winner != steps_.end()) std::rotate(steps_.begin(), winner, winner + 1);
        return std::move(steps_);
    }

  private:
    Transaction& tx_;
    Ownership const& owner_;
    Timestamp now_;
    bool has_winner_ = false;
    std::string winning_;
    std::vector<LookupStep> steps_;
};

Result<std::vector<LookupStep>> weigh_all(Transaction& tx, Timestamp now, LookupQuestion const& question,
                                          OwnerQuery const& query, Ownership const& owner) {
    Weighing weighing(tx, owner, now);
    if (!query.address.is_none()) {
        int const floor = query.address.is_v4() ? 96 : 0;
        for (int length = question.network.length; length >= floor; --length) {
            auto const bits = static_cast<std::uint8_t>(length);
            CHECK(weighing.weigh(By::prefix, ResourceKind::prefix, format_prefix({masked(query.address, bits), bits}),
                                 "longest prefix"));
        }
    }
    if (query.asn != 0)
        CHECK(weighing.weigh(By::asn, ResourceKind::asn, fmt::format("AS{}", query.asn), "its AS number"));
    for (std::string_view rest = query.domain; !rest.empty();) {
        CHECK(weighing.weigh(By::domain, ResourceKind::domain, rest, "longest domain"));
        auto const dot = rest.find('.');
        rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    if (query.country) CHECK(weighing.weigh(By::country, ResourceKind::country, query.country.text(), "its country"));
    return std::move(weighing).steps();
}

std::string reason_of(OwnerTable const& owners, OwnerQuery const& query, Ownership const& owner) {
    if (owner) {
        auto const name = owners.name_of_organisation(owner.organisation);
        auto const place = owner.lane == Lane::abroad ? ", abroad" : "";
        auto const standing = owner.verified ? "verified" : "not verified";
        auto const matched = OwnerTable::matched(query, owner);
        if (owner.by == By::country && !owner.verified) return fmt::format("{}: country {}{}", name, matched, place);
        return fmt::format("{}: {} {}, {}{}", name, name_of(owner.by), matched, standing, place);
    }
    if (owner.lane == Lane::abroad)
        return fmt::format("nobody's: abroad ({}), and no team is known there", query.country.text());
    return query.country ? fmt::format("nobody's: no claim matches, country {}", query.country.text())
                         : "nobody's: no claim matches, and its country is not known";
}

/// Of a prefix that holds longer claims: who holds all of it.
Result<Ownership> owner_of_whole(Transaction& tx, Timestamp now, OwnerTable const& owners, IpPrefix const& network,
                                 OwnerQuery query) {
    int const floor = network.address.is_v4() ? 96 : 0;
    for (int length = network.length; length >= floor; --length) {
        auto const bits = static_cast<std::uint8_t>(length);
        TRY(auto const claims,
            claims_on(tx, ResourceKind::prefix, format_prefix({masked(network.address, bits), bits})));
        Resource const* best = nullptr;
        auto const weight = [](Resource const& r) {
            return std::tuple(r.verified, r.from ? r.from->micros : INT64_MIN, r.id);
        };
        for (auto const& claim : claims) {
            if ((claim.from && *claim.from > now) || (claim.to && *claim.to <= now)) continue;
            if (best == nullptr || weight(*best) < weight(claim)) best = &claim;
        }
        if (best != nullptr)
            return Ownership{.organisation = best->organisation,
                             .by = By::prefix,
                             .lane = Lane::home,
                             .length = bits,
                             .verified = best->verified};
    }
    query.address = {};
    return owners.owner_of(query);
}

}  // namespace

std::string_view name_of(LookupKind kind) {
    constexpr std::array<std::string_view, 5> names = {"address", "prefix", "domain", "url", "asn"};
    return word_of(names, kind);
}

Result<LookupQuestion> read_question(std::string_view text) {
    text = trimmed(text);
    if (text.size() > longest_question)
        return fail(Code::limit, fmt::format("expected at most {} bytes", longest_question));
    LookupQuestion question;
    if (text.size() > 2 && equal_ignoring_case(text.substr(0, 2), "AS") && parse_int(text.substr(2))) {
        TRY(auto const canonical, canonical_value(ResourceKind::asn, text));
        question.kind = LookupKind::asn;
        question.asn = static_cast<std::uint32_t>(*parse_int(std::string_view(canonical).substr(2)));
        return question;
    }
    if (text.find("://") != std::string_view::npos) {
        if (auto read = read_host(host_of(text), LookupKind::url, LookupKind::url)) return *std::move(read);
    } else if (text.find('/') != std::string_view::npos) {
        if (auto const prefix = parse_prefix(text, true)) {
            question.kind = LookupKind::prefix;
            question.network = *prefix;
            return question;
        }
    } else if (auto read = read_host(text, LookupKind::address, LookupKind::domain)) {
        return *std::move(read);
    }
    return fail(Code::invalid, fmt::format("expected an address, a prefix, a domain, an AS number like AS64496 or a "
                                           "URL; found \"{}\"",
                                           repaired_utf8(text.substr(0, 200))));
}

Result<LookupAnswer> look_up(Directory& directory, OwnerTable const& owners, EnrichmentTable const& facts,
                             std::string_view text) {
    TRY(auto const question, read_question(text));
    LookupAnswer answer;
    answer.question = trimmed(text);
    answer.kind = question.kind;
    OwnerQuery query;
    query.address = question.domain.empty() && question.asn == 0 ? question.network.address : IpAddress();
    query.domain = question.domain;
    query.asn = question.asn;
    if (!query.address.is_none()) {
        answer.facts = facts.facts_of(query.address);
        if (answer.facts.length != 0)
            answer.network = format_prefix({masked(query.address, answer.facts.length), answer.facts.length});
        query.asn = answer.facts.asn;
        query.country = answer.facts.country;
    } else {
        answer.facts.asn = question.asn;
    }
    if (answer.facts.asn != 0) answer.as_name = facts.as_name(answer.facts.asn);
    if (!question.domain.empty()) {
        answer.public_suffix = public_suffix(question.domain);
        answer.registered_domain = registered_domain(question.domain);
    }
    answer.owner = owners.owner_of(query);
    if (question.kind == LookupKind::prefix && answer.owner.by == By::prefix &&
        answer.owner.length > question.network.length) {
        TRY(answer.owner, directory.ledger().read([&](Transaction& tx) {
            return owner_of_whole(tx, directory.clock().now(), owners, question.network, query);
        }));
    }
    answer.reason = reason_of(owners, query, answer.owner);
    TRY(answer.steps, directory.ledger().read([&](Transaction& tx) {
        return weigh_all(tx, directory.clock().now(), question, query, answer.owner);
    }));
    if (answer.owner) {
        TRY(answer.chain, directory.chain(answer.owner.organisation));
        TRY(answer.recipients, directory.recipients_for(answer.owner.organisation));
    } else {
        answer.recipients.reason = "there is no owner to write to";
    }
    return answer;
}

}  // namespace tocsin::constituency
