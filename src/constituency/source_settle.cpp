#include "access/access.hpp"
#include "constituency/source_claim.hpp"
#include "constituency/source_plan.hpp"

#include <algorithm>

/// Each statement of a source against the register: a row to add, or a conflict to ask about.
namespace tocsin::constituency {
namespace {

constexpr std::size_t most_conflicts = 100'000, shown_contacts = 10, longest_how = 300;
constexpr int deepest_parent = 8;

ImportRow row_of(ImportKind kind, std::uint64_t line, Fields const& fields, std::vector<std::string_view>& names,
                 std::vector<std::string_view>& values) {
    names.clear();
    values.clear();
    for (auto const& [name, text] : fields) {
        names.push_back(name);
        values.emplace_back(text);
    }
    return {line, kind, FieldView(names, values)};
}

std::string words_of(std::vector<ConflictSide> const& sides) {
    std::string words;
    for (auto const& side : sides) {
        auto const mark = side.mark.empty() ? std::string() : fmt::format(" ({})", side.mark);
        words += fmt::format("{}{}{}", words.empty() ? "" : ", ", side.what, mark);
    }
    return words;
}

std::string fingerprint_of(std::string_view text) {
    return to_hex(access::sha256(text));
}

/// What is known of an organisation by a registry's statistics only: its number stands for its name.
bool is_placeholder(std::string_view name, Resource const& held) {
    constexpr std::string_view mark = "delegated ";
    return held.how.starts_with(mark) && std::string_view(held.how).substr(mark.size()) == name;
}

}  // namespace

std::string SourcePlan::provenance(std::string_view key) const {
    return fmt::format("{}{}{}, {}", options_.source, key.empty() ? "" : " ", tamed(key, longest_how - 100),
                       format_date(as_of_));
}

source_rows::Stored SourcePlan::new_conflict(ConflictKind kind, std::string about, std::string subject,
                                             std::uint64_t line) const {
    source_rows::Stored conflict;
    conflict.source = options_.source;
    conflict.kind = kind;
    conflict.about = std::move(about);
    conflict.subject = std::move(subject);
    conflict.file = tamed(options_.name, 200);
    conflict.line = line;
    conflict.as_of = as_of_;
    conflict.first_seen = conflict.last_seen = now_;
    source_rows::tell_about(conflict);
    return conflict;
}

void SourcePlan::agree(std::string const& about) {
    if (open_.contains(about)) met_.insert(about);
}

/// Whether a person has to be asked, by what was asked and decided before.
void SourcePlan::ask(source_rows::Stored conflict) {
    auto key = conflict.about + "\n" + conflict.fingerprint;
    if (!asked_keys_.insert(key).second) return;
    agree(conflict.about);
    auto const before = briefs_.find(key);
    bool const is_known = before != briefs_.end();
    if (is_known) conflict.id = before->second.id;
    // What was decided otherwise and contradicts still was undone: the decision does not hold any more.
    if (is_known && before->second.state == ConflictState::decided &&
        before->second.decision == SourceDecision::keep_ours) {
        ++remembered_;
        remembered_ids_.push_back(conflict.id.value);
        return;
    }
    bool const is_open = is_known && before->second.state == ConflictState::open;
    rows_->reject(conflict.line,
                  {std::string(name_of(conflict.kind)),
                   fmt::format("{}: the register says {}; {} says {}{}", conflict.subject, words_of(conflict.ours),
                               conflict.source, words_of(conflict.theirs),
                               is_open ? fmt::format(" (conflict {} waits for a decision)", conflict.id.value) : "")},
                  true);
    if (asked_.size() + again_.size() + waiting_.size() >= most_conflicts) {
        failure_ = fail(Code::limit, fmt::format("{}: more than {} conflicts; is it the right file?", options_.name,
                                                 most_conflicts));
        return;
    }
    if (is_open) {
        still_open_[conflict.about].insert(conflict.id.value);
        waiting_.push_back(std::move(conflict));
    } else {
        (is_known ? again_ : asked_).push_back(std::move(conflict));
    }
}

void SourcePlan::emit(Known& known, int depth) {
    if (known.id || known.is_emitted) return;
    known.is_emitted = true;
    std::string parent;
    if (!known.said.parent_key.empty() && depth < deepest_parent) {
        auto const alias = alias_.find(known.said.parent_key);
        auto const above = known_.find(alias == alias_.end() ? known.said.parent_key : alias->second);
        if (above != known_.end() && above->second.said.key != known.said.key) {
            emit(above->second, depth + 1);
            parent = above->second.name;
        }
    }
    auto const fields = fields_of(known.said.draft, parent);
    std::vector<std::string_view> names, values;
    rows_->take(row_of(ImportKind::organisations, known.said.line, fields, names, values));
}

void SourcePlan::emit(Known& known, SaidResource const& said) {
    emit(known);
    auto const fields = fields_of(said.draft, known.name);
    std::vector<std::string_view> names, values;
    rows_->take(row_of(ImportKind::resources, said.line, fields, names, values));
}

void SourcePlan::emit(Known& known, SaidContact const& said) {
    auto const fields = fields_of(said.draft, known.name);
    std::vector<std::string_view> names, values;
    rows_->take(row_of(ImportKind::contacts, said.line, fields, names, values));
}

Status SourcePlan::settle_name(Known& known, Resource const& held) {
    auto const about = fmt::format("name|{}", held.organisation.value);
    auto conflict =
        new_conflict(ConflictKind::name, about, fmt::format("name of {}", held.organisation_name), known.said.line);
    conflict.organisation = held.organisation;
    conflict.organisation_name = held.organisation_name;
    conflict.ours = {{held.organisation_name, held.how, {}}};
    conflict.theirs = {{known.said.draft.name, provenance(known.said.key), {}}};
    conflict.claim = as_json({{"name", known.said.draft.name}});
    conflict.fingerprint = fingerprint_of(lowered(known.said.draft.name));
    ask(std::move(conflict));
    return {};
}

Status SourcePlan::place(SaidResource said) {
    Known* const owner = known(said.holder, said.line);
    if (owner == nullptr) return {};
    said.draft.how = provenance(owner->said.key);
    if (auto const fault = settle(said.draft)) {
        rows_->reject(said.line, *fault, false);
        return {};
    }
    auto const about = fmt::format("{}|{}", name_of(said.draft.kind), said.draft.value);
    auto const earlier = placed_.find(about);
    if (said.is_weak && earlier != placed_.end()) return {};
    owner->has_resources = true;
    if (earlier != placed_.end() && earlier->second == owner->said.key) return {};
    TRY(auto const holders, claims_on(*tx_, said.draft.kind, said.draft.value));
    // A holder that only has a registry's number is this one: two registries' books speak of the same block.
    if (!owner->id && !owner->is_emitted && holders.size() == 1 &&
        is_placeholder(holders[0].organisation_name, holders[0])) {
        owner->id = holders[0].organisation;
        owner->name = holders[0].organisation_name;
        CHECK(settle_name(*owner, holders[0]));
    }
    bool const has_it = owner->id && std::ranges::any_of(holders, [&](Resource const& holder) {
                            return holder.organisation == owner->id;
                        });
    if (has_it) {
        ++unchanged_;
        agree("owner|" + about);
        placed_.try_emplace(about, owner->said.key);
        return {};
    }
    if (said.is_weak && !holders.empty()) {
        ++left_out_;
        ++left_out_why_["route: what it holds is somebody's already"];
        return {};
    }
    if (holders.empty() && earlier == placed_.end()) {
        placed_.emplace(about, owner->said.key);
        emit(*owner, said);
        return {};
    }
    auto conflict = new_conflict(ConflictKind::owner, "owner|" + about,
                                 fmt::format("{} {}", name_of(said.draft.kind), said.draft.value), said.line);
    conflict.ours = sides_of(holders);
    if (earlier != placed_.end() && holders.empty()) {
        auto const& other = known_.find(earlier->second)->second;
        conflict.ours = {{other.name, provenance(other.said.key), {}}};
    }
    conflict.theirs = {{owner->name, said.draft.how, said.draft.verified ? "verified" : "claimed"}};
    conflict.fingerprint = fingerprint_of(owner->said.key);
    OwnerClaim claim{.key = owner->said.key, .organisation = owner->said.draft, .resource = said.draft, .contacts = {}};
    claim.organisation.name = owner->name;
    for (auto const& contact : owner->contacts)
        if (claim.contacts.size() < shown_contacts) claim.contacts.push_back(contact.draft);
    conflict.claim = claim_json(claim);
    placed_.try_emplace(about, owner->said.key);
    ask(std::move(conflict));
    return {};
}

Status SourcePlan::settle_keys(Known& known, std::vector<SaidContact const*> const& said,
                               std::vector<Contact> const& present) {
    for (auto const* one : said) {
        auto const& draft = one->draft;
        if (draft.key.empty() && draft.public_key.empty()) continue;
        for (auto const& ours : present) {
            if (ours.role != draft.role || contact_address(ours) != contact_address(draft)) continue;
            // The address itself would outlive its erasure here.
            auto const about = fmt::format("key|{}|{}|{}", known.id.value, name_of(draft.role),
                                           fingerprint_of(contact_address(draft)).substr(0, 16));
            bool const is_same = (draft.key.empty() || draft.key == ours.key) &&
                                 (draft.public_key.empty() || draft.public_key == ours.public_key);
            if (is_same) {
                agree(about);
                continue;
            }
            auto conflict =
                new_conflict(ConflictKind::key, about,
                             fmt::format("key of the {} contact of {}", name_of(draft.role), known.name), one->line);
            conflict.organisation = known.id;
            conflict.organisation_name = known.name;
            auto const shown = [](ContactDraft const& contact) {
                auto const address = contact_address(contact);
                if (!contact.key.empty()) return fmt::format("{}: {}", address, contact.key);
                if (contact.public_key.empty()) return address;
                return fmt::format("{}: SHA-256 {}", address, fingerprint_of(contact.public_key).substr(0, 16));
            };
            TRY(auto sides, sides_of(*tx_, {ours}));
            conflict.ours = {{shown(ours), sides.front().from, sides.front().mark}};
            conflict.theirs = {{shown(draft), provenance(known.said.key), sides.front().mark}};
            conflict.fingerprint = fingerprint_of(draft.key + "\n" + draft.public_key);
            conflict.claim = history_of(draft);
            ask(std::move(conflict));
        }
    }
    return {};
}

Status SourcePlan::settle_role(Known& known, ContactRole role, std::vector<SaidContact const*> const& said,
                               std::vector<Contact> const& present) {
    auto const about = fmt::format("contact|{}|{}", known.id.value, name_of(role));
    auto const is_ours = [&](SaidContact const* one) {
        return std::ranges::any_of(present, [&](Contact const& ours) {
            return ours.role == role && contact_address(ours) == contact_address(one->draft);
        });
    };
    if (std::ranges::all_of(said, is_ours)) {
        unchanged_ += static_cast<std::int64_t>(said.size());
        agree(about);
        return settle_keys(known, said, present);
    }
    auto const ours = contacts_in_question(present, role);
    if (ours.empty()) {
        for (auto const* one : said) emit(known, *one);
        agree(about);
        return {};
    }
    auto conflict = new_conflict(ConflictKind::contact, about,
                                 fmt::format("{} contact of {}", name_of(role), known.name), said.front()->line);
    conflict.organisation = known.id;
    conflict.organisation_name = known.name;
    TRY(conflict.ours, sides_of(*tx_, ours));
    std::vector<std::string> addresses;
    JsonWriter claim;
    claim.array();
    for (auto const* one : said) {
        auto const address = contact_address(one->draft);
        if (std::ranges::find(addresses, address) != addresses.end()) continue;
        addresses.push_back(address);
        conflict.theirs.push_back({address, provenance(known.said.key), std::string(name_of(role))});
        claim.raw(history_of(one->draft));
    }
    claim.end();
    conflict.claim = std::move(claim).text();
    std::ranges::sort(addresses);
    std::string all;
    for (auto const& address : addresses) all += address + "\n";
    conflict.fingerprint = fingerprint_of(all);
    ask(std::move(conflict));
    return settle_keys(known, said, present);
}

Status SourcePlan::settle_contacts(Known& known) {
    if (known.contacts.empty()) return {};
    std::vector<Contact> present;
    if (known.id) {
        TRY(present, contacts_of(*tx_, known.id));
    }
    std::map<ContactRole, std::vector<SaidContact const*>> by_role;
    std::unordered_set<std::string> seen;
    for (auto const& contact : known.contacts)
        if (seen.insert(fmt::format("{}|{}", name_of(contact.draft.role), contact_address(contact.draft))).second)
            by_role[contact.draft.role].push_back(&contact);
    for (auto const& [role, said] : by_role) CHECK(settle_role(known, role, said, present));
    return {};
}

Status SourcePlan::finish() {
    for (auto& said : weak_) CHECK(place(std::move(said)));
    weak_ = {};
    for (auto const& key : order_) {
        auto& known = known_.find(key)->second;
        // An organisation of which all is in conflict is only written when a person has decided so.
        if (!known.id && !known.is_emitted && !known.has_resources) emit(known);
        if (known.id || known.is_emitted) CHECK(settle_contacts(known));
        known.contacts = {};
        CHECK(failure_);
    }
    return {};
}

}  // namespace tocsin::constituency
