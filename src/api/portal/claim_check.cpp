#include "api/portal/claim_check.hpp"

#include "api/portal/letters.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api::portal {
namespace {

using constituency::Evidence;
using constituency::Proof;

constexpr std::size_t most_letters = 5;

/// The whole token by itself in a record, spaces aside.
bool holds_record(std::vector<std::string> const& records, std::string_view token) {
    return std::ranges::any_of(records, [&](auto const& record) { return trimmed(record) == token; });
}

/// The token on a line of the file: alone, in a comment, or as the value of a field.
bool holds_line(std::string_view file, std::string_view token) {
    for (auto const line : split(file, '\n')) {
        auto const at = line.find(token);
        if (at == std::string_view::npos) continue;
        if (trimmed(line.substr(at)) == token) return true;
    }
    return false;
}

/// What was found: a word for the record of the claim.
struct Found {
    Proof proof = Proof::missing;
    std::string text;
};

Result<Found> look(House const& house, constituency::ResourceClaim const& claim) {
    if (claim.evidence == Evidence::dns) {
        if (!house.doors.portal.txt_records) return fail(Code::unavailable, "names are not looked up here");
        auto const name = record_name(claim);
        auto const records = house.doors.portal.txt_records(name);
        if (!records) return Found{Proof::missing, records.error().message};
        if (holds_record(*records, claim.token)) return Found{Proof::found, fmt::format("TXT record of {}", name)};
        return Found{Proof::missing,
                     fmt::format("{} TXT records of {}, none of them the token", records->size(), name)};
    }
    if (!house.doors.portal.security_txt) return fail(Code::unavailable, "pages are not looked up here");
    auto const file = house.doors.portal.security_txt(claim.value);
    if (!file) return Found{Proof::missing, file.error().message};
    if (holds_line(*file, claim.token)) return Found{Proof::found, fmt::format("line of {}", file_address(claim))};
    return Found{Proof::missing,
                 fmt::format("{} has {} bytes and no line with the token", file_address(claim), file->size())};
}

}  // namespace

std::string record_name(constituency::ResourceClaim const& claim) {
    return "_tocsin-claim." + claim.value;
}
std::string file_address(constituency::ResourceClaim const& claim) {
    return fmt::format("https://{}/.well-known/security.txt", claim.value);
}

Status check_claim(House const& house, access::Principal const& by, constituency::ResourceClaim const& claim) {
    if (claim.evidence != Evidence::dns && claim.evidence != Evidence::security_txt)
        return fail(Code::conflict, "this evidence is nothing to look up");
    constituency::Claims claims(house.doors.constituency->directory());
    CHECK(claims.begin_check(by, claim.id));
    TRY(auto const found, look(house, claim));
    return claims.note_proof(by, claim.id, found.proof, found.text);
}

Status mail_registered(House const& house, access::Principal const& by, constituency::ResourceClaim const& claim,
                       notifications::Texts const& words) {
    if (claim.evidence != Evidence::rir_mail) return fail(Code::conflict, "the evidence of this claim is no mail");
    constituency::Claims claims(house.doors.constituency->directory());
    TRY(auto const addresses, claims.registered_addresses(claim));
    if (addresses.empty()) return fail(Code::not_found, "the registry's data names no address for it that we know");
    CHECK(claims.begin_check(by, claim.id));
    TRY(auto const token, claims.mail_token(by, claim.id));
    std::size_t taken = 0;
    Error last{Code::unavailable, "no mail was taken"};
    for (auto const& address : addresses) {
        if (taken >= most_letters) break;
        auto const sent = send_letter(
            house,
            {.to = address.email,
             .subject = words.fill("portal.mail_claim_subject", {{"team", house.options.team}, {"value", claim.value}}),
             .text = words.fill(
                 "portal.mail_claim_text",
                 {{"organisation", claim.organisation_name}, {"team", house.options.team}, {"value", claim.value}}),
             .link = fmt::format("{}/portal/confirm/{}", base_of(house), token),
             .organisation = address.organisation},
            words);
        if (sent) ++taken;
        if (!sent) last = sent.error();
    }
    if (taken == 0) return std::unexpected(last);
    return claims.note_proof(by, claim.id, Proof::sent, fmt::format("mail to {} addresses of the registry's", taken));
}

}  // namespace tocsin::api::portal
