#include "sharing/recall_plan.hpp"

#include "sharing/disclosed.hpp"
#include "sharing/disclosed_index.hpp"
#include "sharing/mappings/team_identity.hpp"
#include "sharing/notice.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tocsin::sharing {
namespace {

constexpr std::size_t most_objects = 10'000, asked_at_once = 500, page_size = 1000;
constexpr std::size_t longest_reason = 2000;

gate::Recipient team() {
    return gate::Recipient::team(access::server_principal());
}

gate::OrganisationId organisation_of(std::string_view recipient) {
    auto const colon = recipient.find(':');
    if (colon == std::string_view::npos || recipient.starts_with("team:")) return {};
    return {parse_int(recipient.substr(colon + 1)).value_or(0)};
}

}  // namespace

RecallPlan::Version const& RecallPlan::Known::last() const {
    auto const found = std::ranges::find_if(versions, &Version::is_last);
    return found == versions.end() ? versions.back() : *found;
}

Result<Recall> RecallPlan::make() {
    CHECK(check());
    CHECK(gather());
    TRY(peers_, doors_.peers->all());
    CHECK(read_log());
    recall_.at = doors_.clock->now();
    recall_.reason = order_.reason;
    recall_.marking = order_.marking;
    recall_.is_upstream = is_upstream_;
    for (std::size_t i = 0; i < known_.size(); ++i) {
        auto const reason = objection(known_[i]);
        if (reason.empty())
            decide(i);
        else if (std::ranges::find(order_.objects, known_[i].id) != order_.objects.end())
            return fail(Code::conflict, fmt::format("{} {}", known_[i].id, reason));
        else
            std::erase_if(held_, [&](auto const& one) { return std::get<1>(one.first) == i; });
    }
    if (recall_.objects.empty() && !is_upstream_)
        return fail(Code::conflict, "nothing of the delivery is left to take back");
    list_recipients();
    return std::move(recall_);
}

Status RecallPlan::check() const {
    if (trimmed(order_.reason).empty() || order_.reason.size() > longest_reason)
        return fail(Code::invalid, fmt::format("reason: expected 1 to {} bytes", longest_reason));
    if (order_.objects.empty() && order_.delivery == 0)
        return fail(Code::invalid, "objects: expected at least one id, or a delivery");
    if (order_.objects.size() > most_objects)
        return fail(Code::limit, fmt::format("objects: expected at most {}", most_objects));
    return {};
}

Status RecallPlan::gather() {
    auto ids = order_.objects;
    if (order_.delivery != 0) {
        intelligence::ObjectFilter filter;
        filter.sources = {order_.delivery};
        filter.versions = intelligence::Versions::all;
        std::string cursor;
        do {
            TRY(auto page, doors_.intelligence->objects(filter, team(), intelligence::ObjectOrder::oldest_first,
                                                        {.after = cursor, .limit = page_size}));
            for (auto const& object : page.items) ids.push_back(object->id);
            cursor = page.next;
            if (ids.size() > most_objects)
                return fail(Code::limit, fmt::format("the delivery holds more than {} objects", most_objects));
        } while (!cursor.empty());
    }
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    for (std::size_t begin = 0; begin < ids.size(); begin += asked_at_once) {
        intelligence::ObjectFilter filter;
        filter.ids.assign(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                          ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), begin + asked_at_once)));
        CHECK(gather(std::move(filter)));
    }
    for (auto const& id : ids)
        if (!places_.contains(id)) return fail(Code::not_found, fmt::format("there is no object \"{}\"", id));
    if (ids.empty()) return fail(Code::not_found, fmt::format("there is no delivery number {}", order_.delivery));
    std::ranges::sort(by_seq_);
    return {};
}

Status RecallPlan::gather(intelligence::ObjectFilter filter) {
    filter.versions = intelligence::Versions::all;
    std::string cursor;
    do {
        TRY(auto page, doors_.intelligence->objects(filter, team(), intelligence::ObjectOrder::oldest_first,
                                                    {.after = cursor, .limit = page_size}));
        for (auto const& object : page.items) {
            auto const [place, is_new] = places_.emplace(object->id, known_.size());
            if (is_new) known_.push_back({.id = object->id, .versions = {}});
            auto& versions = known_[place->second].versions;
            by_seq_.emplace_back(object->seq, place->second, versions.size());
            versions.push_back({.seq = object->seq,
                                .added = object->added,
                                .modified = object->version,
                                .is_last = object->is_last,
                                .is_revoked = object->is_revoked,
                                .marking = object->marking,
                                .terms = object->terms,
                                .concerns = object->concerns,
                                .named = object->named,
                                .json = object->json});
        }
        cursor = page.next;
    } while (!cursor.empty());
    return {};
}

/// Every page, push and file that held one of the objects.
Status RecallPlan::read_log() {
    gate::DisclosureFilter const newest{.kind = gate::About<intelligence::Object>::of({}).kind, .limit = 1};
    TRY(auto const last, doors_.ledger->read([&](store::Transaction& tx) { return gate::disclosures(tx, newest); }));
    if (!last.empty()) recall_.line = last.front().number;
    std::vector<std::string> ids;
    for (auto const& known : known_) ids.push_back(known.id);
    std::vector<std::int64_t> seqs;
    for (auto const& [seq, object, version] : by_seq_) seqs.push_back(seq);
    return each_line_with(*doors_.ledger, ids, seqs, [&](gate::Disclosure const& line) {
        recall_.line = std::max(recall_.line, line.number);
        if (!line.contents.empty()) {
            hold_ranges(line);
            return true;
        }
        auto const place = places_.find(line.id);
        if (place == places_.end()) return true;
        // The log does not say which version: every one that was there.
        auto const& versions = known_[place->second].versions;
        for (std::size_t i = 0; i < versions.size(); ++i)
            if (versions[i].added <= line.at) hold(line, place->second, i);
        return true;
    });
}

void RecallPlan::hold_ranges(gate::Disclosure const& line) {
    each_range(line.contents, [&](std::int64_t first, std::int64_t last) {
        for (auto at = std::ranges::lower_bound(by_seq_, std::tuple(first, std::size_t{0}, std::size_t{0}));
             at != by_seq_.end() && std::get<0>(*at) <= last; ++at)
            hold(line, std::get<1>(*at), std::get<2>(*at));
    });
}

void RecallPlan::hold(gate::Disclosure const& line, std::size_t object, std::size_t version) {
    auto const& known = known_[object];
    auto const& had = known.versions[version];
    bool const is_file = line.door == "file";  // a copy that somebody of the team carries out of the house
    if (line.recipient.starts_with("team:") && !is_file) return;
    if (is_upstream_ && had.is_revoked) return;
    auto const whose = organisation_of(line.recipient);
    if (had.terms.originator && had.terms.originator == whose) return;  // it has it from itself
    auto const page = is_file || line.door == "export" ? line.id : std::string();
    auto& held = held_[{line.recipient, object, line.door, page}];
    auto& given = held.given;
    if (given.times == 0)
        given = {.recipient = line.recipient,
                 .object = known.id,
                 .door = line.door,
                 .page = page,
                 .marking = had.marking,
                 .first_at = line.at,
                 .last_at = line.at};
    given.marking = gate::stricter(given.marking, had.marking);
    given.last_at = line.at;
    if (given.line != line.number) ++given.times;
    given.line = line.number;
    if (std::ranges::find(held.versions, version) == held.versions.end()) held.versions.push_back(version);
}

/// Only its creator may version an object (STIX 2.1 section 3.6.2).
bool RecallPlan::is_ours(Known const& known) const {
    if (known.last().terms.originator) return false;
    if (order_.is_ours) return true;
    auto const creator = creator_of(known.last().json);
    return creator.empty() || creator == team_identity_id(doors_.team);
}

Peer const* RecallPlan::peer_of(std::string_view recipient) const {
    if (!recipient.starts_with("peer:")) return nullptr;
    auto const organisation = organisation_of(recipient);
    auto const found = std::ranges::find(peers_, organisation, &Peer::organisation);
    return !organisation || found == peers_.end() ? nullptr : &*found;
}

bool RecallPlan::may_have(Peer const& peer, Version const& version, gate::Marking const& marking,
                          gate::Terms const& terms, bool is_named) const {
    gate::Particulars thing{.kind = "intelligence",
                            .marking = marking,
                            .terms = terms,
                            .concerns = version.concerns,
                            .is_for_the_concerned_only = false,
                            .named_organisations = version.named};
    if (is_named) thing.named_organisations.push_back(peer.organisation);
    return doors_.gate->explain(thing, peer.recipient()).allowed;
}

void RecallPlan::tell_by_protocol(std::size_t object, std::function<bool(Peer const&, Held const&)> const& reaches) {
    for (auto& [key, held] : held_) {
        if (std::get<1>(key) != object) continue;
        auto const* const peer = peer_of(held.given.recipient);
        if (peer == nullptr) continue;
        if (held.given.door == "export") held.given.telling = Telling::file;
        if (held.given.door == "taxii" && reaches(*peer, held)) held.given.telling = Telling::protocol;
    }
}

/// Why it can't be recalled so; of a delivery it is then passed over. Empty: it can.
std::string RecallPlan::objection(Known const& known) const {
    bool const is_withdrawn = std::ranges::any_of(
        known.versions, [](Version const& version) { return version.terms.recalled == gate::Recalled::withdrawn; });
    if (is_withdrawn) return is_upstream_ ? "" : "was withdrawn already";
    bool const is_named = std::ranges::find(order_.objects, known.id) != order_.objects.end();
    bool const is_around = known.id.starts_with("identity--") || known.id.starts_with("marking-definition--");
    if (is_around && !is_named) return "is who made it, or a marking: other objects refer to it";
    auto const& marking = known.last().marking;
    if (order_.marking && gate::stricter(marking, *order_.marking) == marking)
        return fmt::format("is {} already", gate::label_of(marking));
    return {};
}

void RecallPlan::decide(std::size_t object) {
    auto const& known = known_[object];
    std::vector<std::int64_t> versions;
    for (auto const& version : known.versions)
        if (!is_upstream_ || !version.is_revoked) versions.push_back(version.seq);
    RecalledObject told{.id = known.id, .versions = ranges_of(std::move(versions)), .is_ours = is_ours(known)};
    if (is_upstream_) {
        auto const& last = known.last();
        told.notice_seq = last.seq;
        told.notice_added = last.added;
        tell_by_protocol(object, [&](Peer const& peer, Held const&) {
            return may_have(peer, last, last.marking, last.terms, false);
        });
    } else if (order_.marking) {
        decide_remarking(object, told);
    } else {
        decide_revocation(object, told);
    }
    recall_.objects.push_back(std::move(told));
}

/// A revoked version made of a version that as many as can be had: nobody learns what it did not know.
void RecallPlan::decide_revocation(std::size_t object, RecalledObject& told) {
    auto const& known = known_[object];
    std::vector<std::optional<std::string>> essences;
    for (auto const& version : known.versions) essences.push_back(essence_of(version.json));
    auto const knows = [&](Held const& held, std::size_t version) {
        return std::ranges::any_of(held.versions, [&](std::size_t had) { return essences[had] == essences[version]; });
    };
    std::optional<std::size_t> best;
    std::size_t most = 0;
    bool const can_be = told.is_ours && !known.last().is_revoked;
    for (std::size_t version = known.versions.size(); can_be && version-- > 0;) {
        if (!essences[version]) continue;
        std::size_t count = 0;
        for (auto const& [key, held] : held_)
            if (std::get<1>(key) == object && held.given.door == "taxii" && knows(held, version)) ++count;
        if (best && count <= most) continue;
        best = version;
        most = count;
    }
    if (best) {
        auto const& version = known.versions[*best];
        auto const now = std::max(recall_.at, known.last().modified + std::chrono::milliseconds(1));
        auto const notice = revocation_of(version.json, version.marking, now);
        told.notice = notice.value_or("");
        told.notice_marking = version.marking;
        told.notice_terms = {.originator_control = true};  // for those it is named for, and nobody else
    }
    tell_by_protocol(object, [&](Peer const& peer, Held const& held) {
        return !told.notice.empty() && knows(held, *best) &&
               may_have(peer, {}, told.notice_marking, told.notice_terms, true);
    });
}

void RecallPlan::decide_remarking(std::size_t object, RecalledObject& told) {
    auto const& known = known_[object];
    auto const& last = known.last();
    auto const marking = gate::stricter(last.marking, *order_.marking);
    told.notice_marking = marking;
    told.notice_terms = last.terms;
    told.notice_terms.recalled = gate::Recalled::downgraded;
    if (told.is_ours && !last.is_revoked) told.notice = remarked(last.json, marking, recall_.at).value_or("");
    tell_by_protocol(object, [&](Peer const& peer, Held const&) {
        return !told.notice.empty() && may_have(peer, last, marking, told.notice_terms, false);
    });
}

void RecallPlan::list_recipients() {
    for (auto& [key, held] : held_) {
        auto const& reference = held.given.recipient;
        if (recall_.recipients.empty() || recall_.recipients.back().recipient != reference) {
            RecallRecipient recipient{.recipient = reference, .organisation = organisation_of(reference)};
            auto const* const peer = peer_of(reference);
            recipient.name = peer != nullptr          ? peer->name
                             : recipient.organisation ? doors_.name_of(recipient.organisation)
                                                      : reference;
            recall_.recipients.push_back(std::move(recipient));
        }
        recall_.recipients.back().given.push_back(std::move(held.given));
    }
    if (!is_upstream_) return;
    std::set<std::string> passed_on;
    for (auto const& recipient : recall_.recipients)
        for (auto const& given : recipient.given) passed_on.insert(given.object);
    std::erase_if(recall_.objects, [&](auto const& object) { return !passed_on.contains(object.id); });
}

}  // namespace tocsin::sharing
