#include "sharing/recalls.hpp"

#include "formats/formats.hpp"
#include "sharing/disclosed.hpp"
#include "sharing/recall_plan.hpp"
#include "sharing/recall_store.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace tocsin::sharing {
namespace {

constexpr std::size_t longest_answer = 4000, most_revoked_at_once = 1000, refusals_looked_at = 1000;
constexpr std::size_t listed_in_audit = 100;
constexpr std::chrono::hours straggling{1};

gate::Recipient team() {
    return gate::Recipient::team(access::server_principal());
}

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   Recall const& recall) {
    JsonWriter json;
    json.object().field("kind", recall.kind()).field("reason", recall.reason);
    if (recall.marking) json.field("marking", gate::label_of(*recall.marking));
    json.field("objects_in_all", static_cast<std::int64_t>(recall.objects.size())).key("objects").array();
    for (std::size_t i = 0; i < std::min(recall.objects.size(), listed_in_audit); ++i) json.value(recall.objects[i].id);
    json.end().key("recipients").array();
    for (std::size_t i = 0; i < std::min(recall.recipients.size(), listed_in_audit); ++i)
        json.value(recall.recipients[i].recipient);
    json.end().end();
    auto const id = std::to_string(recall.id.value);
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "recall", .id = id, .details = json.text()}));
    return {};
}

/// A page of the disclosure log holds that object of the store.
bool holds(std::string_view contents, std::int64_t seq) {
    bool found = false;
    each_range(contents,
               [&](std::int64_t first, std::int64_t last) { found = found || (first <= seq && seq <= last); });
    return found;
}

}  // namespace

std::string_view name_of(Telling telling) {
    switch (telling) {
        case Telling::protocol:
            return "protocol";
        case Telling::file:
            return "export";
        case Telling::hand:
            return "hand";
    }
    TOCSIN_ASSERT(false);
    return {};
}

std::string_view name_of(RecallState state) {
    switch (state) {
        case RecallState::proposed:
            return "proposed";
        case RecallState::open:
            return "open";
        case RecallState::dismissed:
            return "dismissed";
        case RecallState::lifted:
            return "lifted";
    }
    TOCSIN_ASSERT(false);
    return {};
}

bool RecallRecipient::is_told() const {
    return told_at || confirmed_at ||
           std::ranges::all_of(given, [](Given const& one) { return one.told_at.has_value(); });
}

std::optional<Timestamp> RecallRecipient::heard_at() const {
    if (!is_told()) return {};
    auto last = told_at;
    for (auto const& one : given)
        if (one.told_at) last = std::max(last.value_or(*one.told_at), *one.told_at);
    return last ? last : confirmed_at;
}

bool RecallRecipient::needs_hand() const {
    return !told_at && !confirmed_at &&
           std::ranges::any_of(given, [](Given const& one) { return one.telling == Telling::hand && !one.told_at; });
}

RecallCounts counts_of(Recall const& recall) {
    RecallCounts counts{.recipients = static_cast<std::int64_t>(recall.recipients.size())};
    for (auto const& one : recall.recipients) {
        counts.told += one.is_told() ? 1 : 0;
        counts.confirmed += one.confirmed_at ? 1 : 0;
        counts.by_hand += one.needs_hand() ? 1 : 0;
    }
    return counts;
}

Result<Recall> Recalls::planned(RecallOrder const& order, bool is_upstream) {
    return RecallPlan(doors_, order, is_upstream).make();
}

Result<Recall> Recalls::plan(RecallOrder const& order) {
    return planned(order, false);
}

/// The gate holds back, and the recall stands, or neither.
Status Recalls::commit(Recall& recall, std::string_view what, access::Principal const& by) {
    recall.by = by.who;
    recall.state = RecallState::open;
    std::vector<intelligence::KeptBack> kept;
    for (auto const& object : recall.objects) {
        intelligence::KeptBack one{.id = object.id};
        if (recall.marking) {
            one.how = gate::Recalled::downgraded;
            one.marking = *recall.marking;
        }
        if (recall.is_upstream) one.except = object.notice_seq;
        kept.push_back(std::move(one));
    }
    return doors_.intelligence->keep_back(kept, [&](store::Transaction& tx) -> Status {
        CHECK(write_recall(tx, recall));
        return write_audit(tx, by, recall.at, what, recall);
    });
}

Result<Recall> Recalls::add(RecallOrder const& order, access::Principal const& by) {
    TRY(auto recall, planned(order, false));
    CHECK(commit(recall, "recall.add", by));
    keep_now();
    return this->recall(recall.id);
}

Result<Recall> Recalls::accept(RecallId id, access::Principal const& by) {
    TRY(auto const proposed, recall(id));
    if (proposed.state != RecallState::proposed)
        return fail(Code::conflict, fmt::format("recall {} is {}", id.value, name_of(proposed.state)));
    RecallOrder order{.reason = proposed.reason};
    for (auto const& object : proposed.objects) order.objects.push_back(object.id);
    TRY(auto accepted, planned(order, true));
    accepted.id = id;
    CHECK(commit(accepted, "recall.accept", by));
    keep_now();
    return recall(id);
}

Status Recalls::dismiss(RecallId id, std::string_view reason, access::Principal const& by) {
    if (trimmed(reason).empty() || reason.size() > longest_answer)
        return fail(Code::invalid, fmt::format("reason: expected 1 to {} bytes", longest_answer));
    return doors_.ledger->write([&](store::Transaction& tx) -> Status {
        TRY(auto recall, read_recall(tx, id));
        if (recall.state != RecallState::proposed)
            return fail(Code::conflict, fmt::format("recall {} is {}", id.value, name_of(recall.state)));
        CHECK(set_recall_state(tx, id, RecallState::dismissed));
        recall.reason = reason;
        return write_audit(tx, by, doors_.clock->now(), "recall.dismiss", recall);
    });
}

Status Recalls::lift(RecallId id, std::string_view reason, access::Principal const& by) {
    if (trimmed(reason).empty() || reason.size() > longest_answer)
        return fail(Code::invalid, fmt::format("reason: expected 1 to {} bytes", longest_answer));
    std::lock_guard const lock(keeping_);
    TRY(auto recall, this->recall(id));
    bool const tells = std::ranges::any_of(
        recall.objects, [](RecalledObject const& object) { return !object.notice.empty() || object.notice_seq != 0; });
    if (recall.state != RecallState::open || recall.marking || tells)
        return fail(Code::conflict,
                    fmt::format("recall {} is {}: only an open withdrawal that no version tells of can be lifted; a "
                                "revoked version is final (STIX 2.1 section 3.6.1), and no marking is opened again",
                                id.value, name_of(recall.state)));
    std::vector<intelligence::KeptBack> let_out;
    for (auto const& object : recall.objects) {
        let_out.push_back({.id = object.id, .how = gate::Recalled::no});
        TRY(bool const was_downgraded,
            doors_.ledger->read([&](store::Transaction& tx) { return is_downgraded(tx, object.id); }));
        if (was_downgraded) let_out.push_back({.id = object.id, .how = gate::Recalled::downgraded});
    }
    return doors_.intelligence->keep_back(let_out, [&](store::Transaction& tx) -> Status {
        CHECK(set_recall_state(tx, id, RecallState::lifted));
        recall.reason = reason;
        return write_audit(tx, by, doors_.clock->now(), "recall.lift", recall);
    });
}

Status Recalls::tell(RecallId id, std::string_view recipient, ToldByHand const& told, access::Principal const& by) {
    auto const now = doors_.clock->now();
    if (told.answer.size() > longest_answer || told.by.size() > longest_answer)
        return fail(Code::limit, fmt::format("by, answer: expected at most {} bytes", longest_answer));
    if (told.at && *told.at > now) return fail(Code::invalid, "at: expected a time that has been");
    return doors_.ledger->write([&](store::Transaction& tx) -> Status {
        TRY(auto recall, read_recall(tx, id));
        if (recall.state != RecallState::open)
            return fail(Code::conflict, fmt::format("recall {} is {}", id.value, name_of(recall.state)));
        auto const fits = [&](RecallRecipient const& one) {
            return one.recipient == recipient || one.name == recipient;
        };
        auto const found = std::ranges::find_if(recall.recipients, fits);
        if (found == recall.recipients.end())
            return fail(Code::not_found,
                        fmt::format("recipient: \"{}\" is none of recall {}'s recipients", recipient, id.value));
        found->told_by = told.by.empty() ? by.name : told.by;
        found->told_at = told.at.value_or(now);
        if (!told.answer.empty()) found->answer = told.answer;
        if (told.is_confirmed) {
            found->confirmed_at = found->told_at;
            found->confirmed_by = found->told_by;
        }
        CHECK(set_recipient(tx, id, *found));
        JsonWriter json;
        json.object()
            .field("recipient", found->recipient)
            .field("by", found->told_by)
            .field("at", *found->told_at)
            .field("answer", told.answer)
            .field("confirmed", told.is_confirmed)
            .end();
        auto const text = std::to_string(id.value);
        CHECK(
            access::audit(tx, by, now, {.what = "recall.told", .kind = "recall", .id = text, .details = json.text()}));
        return {};
    });
}

Result<std::int64_t> Recalls::waiting() {
    return doors_.ledger->read([](store::Transaction& tx) { return count_proposed(tx); });
}

Result<std::vector<Recall>> Recalls::all(std::size_t limit) {
    return doors_.ledger->read([&](store::Transaction& tx) -> Result<std::vector<Recall>> {
        TRY(auto const ids, recall_ids(tx, std::clamp<std::size_t>(limit, 1, 1000)));
        std::vector<Recall> recalls;
        for (auto const id : ids) {
            TRY(auto recall, read_recall(tx, id));
            recalls.push_back(std::move(recall));
        }
        return recalls;
    });
}

Result<Recall> Recalls::recall(RecallId id) {
    return doors_.ledger->read([&](store::Transaction& tx) { return read_recall(tx, id); });
}

/// The recall stands whether or not this goes well; keep() does it again.
void Recalls::keep_now() {
    if (auto const kept = keep(); !kept) log::error("recalls: {}", kept.error().message);
}

Status Recalls::keep() {
    std::lock_guard const lock(keeping_);
    CHECK(store_notices());
    CHECK(look_upstream());
    CHECK(note_stragglers());
    return note_receipts();
}

// What tells

Status Recalls::store_notices() {
    TRY(auto const ids, doors_.ledger->read([](store::Transaction& tx) { return recalls_to_store(tx); }));
    for (auto const id : ids) {
        TRY(auto recall, this->recall(id));
        CHECK(store_notices_of(recall));
    }
    return {};
}

/// Those that go to the same under the same terms are one delivery. A delivery that is stored already is recognised.
Status Recalls::store_notices_of(Recall& recall) {
    using Group = std::tuple<std::vector<std::int64_t>, std::string, std::int64_t, std::int64_t, bool>;
    std::map<Group, std::vector<RecalledObject*>> groups;
    for (auto& object : recall.objects) {
        if (object.notice.empty() || object.notice_seq != 0) continue;
        std::vector<std::int64_t> named;
        for (auto const& one : recall.recipients)
            for (auto const& given : one.given)
                if (given.object == object.id && given.telling == Telling::protocol && !recall.marking)
                    named.push_back(one.organisation.value);
        std::ranges::sort(named);
        auto const& terms = object.notice_terms;
        groups[{named, gate::label_of(object.notice_marking), terms.group.value,
                terms.embargo.value_or(Timestamp()).micros, recall.marking.has_value()}]
            .push_back(&object);
    }
    for (auto const& [group, objects] : groups) {
        intelligence::ImportRequest request;
        request.source.kind = "recall";
        request.source.name = fmt::format("recall {}", recall.id.value);
        request.standard = objects.front()->notice_marking;
        request.follows = true;
        request.terms = objects.front()->notice_terms;
        if (recall.marking) request.terms.recalled = gate::Recalled::downgraded;
        if (!recall.marking) request.terms = {.originator_control = true};
        for (auto const organisation : std::get<0>(group)) request.named.push_back({organisation});
        std::string lines;
        for (auto const* object : objects) lines += object->notice + "\n";
        formats::MemorySource source(std::move(lines));
        CHECK(doors_.intelligence->import(source, request, access::server_principal()));
        for (auto* object : objects) CHECK(find_notice(recall, *object));
    }
    return {};
}

/// Where the store has it. When it was not taken (somebody was faster with a revoked version), people have to write.
Status Recalls::find_notice(Recall const& recall, RecalledObject& object) {
    intelligence::ObjectFilter filter;
    filter.ids = {object.id};
    filter.versions = intelligence::Versions::all;
    TRY(auto const page, doors_.intelligence->objects(filter, team(), intelligence::ObjectOrder::newest_first,
                                                      {.after = {}, .limit = 1000}));
    auto const found =
        std::ranges::find_if(page.items, [&](auto const& version) { return version->json == object.notice; });
    return doors_.ledger->write([&](store::Transaction& tx) -> Status {
        if (found == page.items.end()) {
            object.notice.clear();
            CHECK(set_hand(tx, recall.id, object.id));
            return set_notice(tx, recall.id, object);
        }
        object.notice_seq = (*found)->seq;
        object.notice_added = (*found)->added;
        return set_notice(tx, recall.id, object);
    });
}

// Receipts

/// A page that was read before the recall and entered in the log after it.
Status Recalls::note_stragglers() {
    auto const since = doors_.clock->now() - straggling;
    TRY(auto const ids, doors_.ledger->read([&](store::Transaction& tx) { return recalls_since(tx, since); }));
    for (auto const id : ids) {
        TRY(auto recall, this->recall(id));
        CHECK(note_stragglers_of(recall));
    }
    return {};
}

/// Whoever is listed already hears of it as planned; whoever is not has to be told by hand.
Status Recalls::note_stragglers_of(Recall& recall) {
    std::map<std::int64_t, RecalledObject const*> versions;
    for (auto const& object : recall.objects)
        each_range(object.versions, [&](std::int64_t first, std::int64_t last) {
            for (auto seq = first; seq <= last; ++seq) versions.emplace(seq, &object);
        });
    std::map<std::pair<std::string, std::string>, Given> late;
    auto const look = [&](gate::Disclosure const& line) {
        each_range(line.contents, [&](std::int64_t first, std::int64_t last) {
            for (auto at = versions.lower_bound(first); at != versions.end() && at->first <= last; ++at)
                late.try_emplace({line.recipient, at->second->id}, Given{.recipient = line.recipient,
                                                                         .object = at->second->id,
                                                                         .door = line.door,
                                                                         .marking = line.marking,
                                                                         .first_at = line.at,
                                                                         .last_at = line.at,
                                                                         .line = line.number,
                                                                         .times = 1});
        });
        return true;
    };
    gate::DisclosureFilter const filter{.kind = "intelligence", .after = recall.line};
    if (!recall.marking)  // after a downgrade the old versions still go to those who may have them
        CHECK(doors_.ledger->read([&](store::Transaction& tx) { return gate::each_disclosure(tx, filter, look); }));
    bool is_changed = false;
    for (auto& [key, given] : late) {
        if (key.first.starts_with("team:")) continue;
        auto found = std::ranges::find(recall.recipients, key.first, &RecallRecipient::recipient);
        if (found == recall.recipients.end()) {
            gate::OrganisationId const organisation{parse_int(key.first.substr(key.first.find(':') + 1)).value_or(0)};
            recall.recipients.push_back({.recipient = key.first,
                                         .organisation = organisation,
                                         .name = organisation ? doors_.name_of(organisation) : key.first});
            found = recall.recipients.end() - 1;
        }
        if (std::ranges::find(found->given, key.second, &Given::object) != found->given.end()) continue;
        found->given.push_back(given);
        is_changed = true;
    }
    if (!is_changed) return {};
    return doors_.ledger->write([&](store::Transaction& tx) -> Status {
        CHECK(write_recall(tx, recall));
        return write_audit(tx, access::server_principal(), doors_.clock->now(), "recall.straggler", recall);
    });
}

Status Recalls::note_receipts() {
    TRY(auto const ids, doors_.ledger->read([](store::Transaction& tx) { return recalls_to_hear_of(tx); }));
    for (auto const id : ids) {
        TRY(auto recall, this->recall(id));
        CHECK(note_receipts_of(recall));
    }
    return {};
}

namespace {

/// A line of the log that told somebody of something it had been given.
struct Receipt {
    std::int64_t number = 0;
    Timestamp at;
    bool is_push = false;  ///< written before it went: the server's word counts
};

std::optional<Receipt> receipt_in(gate::Disclosure const& line, Recall const& recall, Given const& given,
                                  RecalledObject const& object) {
    if (line.number <= (recall.is_upstream ? 0 : recall.line) || line.door != given.door) return {};
    bool const tells = given.telling == Telling::file ? line.id == given.page && line.number > given.line
                                                      : given.telling == Telling::protocol && object.notice_seq != 0 &&
                                                            holds(line.contents, object.notice_seq);
    if (!tells) return {};
    return Receipt{line.number, line.at, given.telling == Telling::protocol && !line.by.starts_with("key:")};
}

}  // namespace

Status Recalls::note_receipts_of(Recall& recall) {
    std::map<std::string_view, RecalledObject const*> objects;
    for (auto const& object : recall.objects) objects.emplace(object.id, &object);
    for (auto& recipient : recall.recipients) {
        std::map<Given*, Receipt> receipts;
        auto const look = [&](gate::Disclosure const& line) {
            for (auto& given : recipient.given) {
                if (given.told_at || given.telling == Telling::hand || !objects.contains(given.object)) continue;
                auto const receipt = receipt_in(line, recall, given, *objects.at(given.object));
                if (!receipt) continue;
                auto& best = receipts[&given];
                if (best.number == 0 || (best.is_push && !receipt->is_push)) best = *receipt;
            }
            return true;
        };
        gate::DisclosureFilter filter{.recipient = recipient.recipient, .kind = "intelligence"};
        if (!recall.is_upstream) filter.after = recall.line;
        CHECK(doors_.ledger->read([&](store::Transaction& tx) { return gate::each_disclosure(tx, filter, look); }));
        for (auto const& [given, receipt] : receipts) {
            if (receipt.is_push) {
                TRY(auto const confirmed, pushed_at(recipient, *objects.at(given->object)));
                if (!confirmed) continue;
                recipient.confirmed_at = recipient.confirmed_at.value_or(*confirmed);
                recipient.confirmed_by = "taxii";
            }
            given->told_at = receipt.at;
            given->told_line = receipt.number;
        }
        if (receipts.empty()) continue;
        bool const has_all = std::ranges::all_of(recipient.given, [](Given const& one) { return bool(one.told_at); });
        if (!has_all && recipient.confirmed_by == "taxii") {  // of some of it only
            recipient.confirmed_at.reset();
            recipient.confirmed_by.clear();
        }
        CHECK(doors_.ledger->write([&](store::Transaction& tx) -> Status {
            for (auto const& [given, receipt] : receipts)
                if (given->told_at) CHECK(set_told(tx, recall.id, *given));
            return set_recipient(tx, recall.id, recipient);
        }));
    }
    return {};
}

/// When a server that we push to had confirmed the notice; none: it has not, or it refused it.
Result<std::optional<Timestamp>> Recalls::pushed_at(RecallRecipient const& recipient, RecalledObject const& object) {
    TRY(auto const remotes, doors_.remotes->all());
    TRY(auto const peers, doors_.peers->all());
    for (auto const& remote : remotes) {
        auto const peer = std::ranges::find(peers, remote.peer, &Peer::id);
        if (!remote.pushes || peer == peers.end() || peer->organisation != recipient.organisation) continue;
        TRY(auto const course, doors_.remotes->course(remote.id, Way::push));
        if (!course.added_after || *course.added_after < object.notice_added) continue;
        TRY(auto const refusals, doors_.remotes->refusals(remote.id, refusals_looked_at));
        bool const is_refused = std::ranges::any_of(refusals, [&](Refusal const& one) {
            return one.object == object.id && object.notice.find(one.version) != std::string::npos;
        });
        if (!is_refused) return course.last_success ? course.last_success : doors_.clock->now();
    }
    return std::nullopt;
}

// Chains

/// Revoked versions that came from others, of objects that we had passed on.
Status Recalls::look_upstream() {
    TRY(auto mark, doors_.ledger->read([](store::Transaction& tx) { return upstream_mark(tx); }));
    while (true) {
        intelligence::ObjectFilter filter;
        filter.is_revoked = true;
        filter.added_after = mark;
        TRY(auto const page, doors_.intelligence->objects(filter, team(), intelligence::ObjectOrder::oldest_first,
                                                          {.after = {}, .limit = most_revoked_at_once}));
        if (page.items.empty()) return {};
        std::map<gate::OrganisationId, RecallOrder> orders;
        for (auto const& object : page.items) {
            mark = object->added;
            auto const whose = object->terms.originator;
            if (!whose || object->terms.recalled == gate::Recalled::withdrawn) continue;
            TRY(bool const is_known,
                doors_.ledger->read([&](store::Transaction& tx) { return is_recalled(tx, object->id); }));
            if (!is_known) orders[whose].objects.push_back(object->id);
        }
        CHECK(propose(orders, mark));
    }
}

Status Recalls::propose(std::map<gate::OrganisationId, RecallOrder>& orders, Timestamp mark) {
    std::vector<Recall> proposals;
    for (auto& [whose, order] : orders) {
        order.reason = fmt::format("{} withdrew it", doors_.name_of(whose));
        TRY(auto recall, planned(order, true));
        if (recall.objects.empty()) continue;  // nobody was given it
        recall.by = access::server_principal().who;
        recall.state = RecallState::proposed;
        proposals.push_back(std::move(recall));
    }
    return doors_.ledger->write([&](store::Transaction& tx) -> Status {
        for (auto& recall : proposals) {
            CHECK(write_recall(tx, recall));
            CHECK(write_audit(tx, access::server_principal(), recall.at, "recall.propose", recall));
        }
        return set_upstream_mark(tx, mark);
    });
}

}  // namespace tocsin::sharing
