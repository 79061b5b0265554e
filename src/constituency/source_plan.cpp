#include "constituency/source_plan.hpp"

#include "access/access.hpp"
#include "constituency/readers/readers.hpp"
#include "formats/formats.hpp"

#include <algorithm>

namespace tocsin::constituency {
namespace {

constexpr std::size_t kept_details = 500, most_contacts_of_one = 200, most_conflicts = 100'000, shown_contacts = 10;
constexpr std::size_t longest_how = 300, greatest_text = std::size_t{64} << 20;
constexpr int deepest_parent = 8;

std::string date_of(Timestamp at) {
    return format_timestamp(at).substr(0, 10);
}

/// Everything from a source, for the formats that are read as a whole.
Result<std::string> whole(formats::ByteSource& source, std::string_view name) {
    std::string text;
    std::vector<char> piece(std::size_t{256} << 10);
    while (true) {
        TRY(auto const size, source.read(piece));
        if (size == 0) return text;
        if (text.size() + size > greatest_text)
            return fail(Code::limit,
                        fmt::format("{}: expected at most {} MiB in this format", name, greatest_text >> 20));
        text.append(piece.data(), size);
    }
}

Result<std::unique_ptr<formats::ByteSource>> opened(OpenSource const& open) {
    TRY(auto raw, open());
    TRY(auto inflated, formats::inflate(std::move(raw)));
    return formats::to_utf8(std::move(inflated.source));
}

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

std::string contact_address(ContactDraft const& contact) {
    if (!contact.email.empty()) return lowered(contact.email);
    return contact.phone.empty() ? contact.webhook : contact.phone;
}

std::vector<Contact> contacts_in_question(std::vector<Contact> const& present, ContactRole role) {
    std::vector<Contact> found;
    for (auto const& contact : present)
        if (contact.role == role) found.push_back(contact);
    if (!found.empty()) return found;
    // A role that comes first would turn warnings away from whoever gets them now.
    auto best = role;
    for (auto const& contact : present)
        if (contact.role > role && (best == role || contact.role < best)) best = contact.role;
    bool const has_earlier = std::ranges::any_of(present, [&](Contact const& c) { return c.role < role; });
    if (best == role || has_earlier) return found;
    for (auto const& contact : present)
        if (contact.role == best) found.push_back(contact);
    return found;
}

Result<std::vector<ConflictSide>> sides_of(Transaction& tx, std::vector<Contact> const& contacts) {
    std::vector<ConflictSide> sides;
    for (auto const& contact : contacts) {
        TRY(auto const set, load_change_set(tx, {contact.version}));
        auto const from = set ? fmt::format("{}, {}", set->what, date_of(set->at)) : date_of(contact.changed);
        sides.push_back({contact_address(contact), from, std::string(name_of(contact.role))});
    }
    return sides;
}

std::vector<ConflictSide> sides_of(std::vector<Resource> const& holders) {
    std::vector<ConflictSide> sides;
    for (auto const& holder : holders)
        sides.push_back({holder.organisation_name, holder.how.empty() ? date_of(holder.changed) : holder.how,
                         holder.verified ? "verified" : "claimed"});
    return sides;
}

OpenSource source_in_memory(std::string_view bytes) {
    return [bytes]() -> Result<std::unique_ptr<formats::ByteSource>> {
        return std::make_unique<formats::MemorySource>(std::string(bytes));
    };
}

SourcePlan::SourcePlan(Transaction& tx, SourceOptions const& options, Timestamp now)
    : tx_(&tx), options_(options), now_(now), as_of_(options.as_of.value_or(now)) {
    options_.source = tamed(options.source, 60);
    if (options_.source.empty()) options_.source = name_of(options.format);
    options_.country = uppered(trimmed(options.country));
    row_options_.name = options.name;
}

Result<std::unique_ptr<SourcePlan>> SourcePlan::make(Transaction& tx, OpenSource const& open,
                                                     SourceOptions const& options, Timestamp now) {
    if (!options.country.empty() && !is_country(uppered(trimmed(options.country))))
        return fail(Code::invalid, "country: expected a country of ISO 3166-1 as two letters");
    std::unique_ptr<SourcePlan> plan(new SourcePlan(tx, options, now));
    CHECK(plan->load());
    CHECK(plan->read(open));
    CHECK(plan->failure_);
    CHECK(plan->finish());
    CHECK(plan->rows_->close());
    return plan;
}

Status SourcePlan::load() {
    TRY(auto rows, ImportPlan::begin(*tx_, row_options_));
    rows_ = std::make_unique<ImportPlan>(std::move(rows));
    TRY(rests_on_, source_rows::digest(*tx_, options_.source));
    CHECK(for_each_owner(*tx_, [&](OwnerRow const& row) {
        ids_by_name_.try_emplace(lowered(row.name), row.id);
        names_[row.id] = std::string(row.name);
    }));
    CHECK(source_rows::for_each_link(*tx_, options_.source, [&](std::string_view external, OrganisationId id) {
        links_[std::string(external)] = id;
    }));
    return source_rows::for_each(*tx_, options_.source, [&](source_rows::Brief brief) {
        if (brief.state == ConflictState::open) open_[brief.about].push_back(brief.id);
        auto key = brief.about + "\n" + brief.fingerprint;
        briefs_[std::move(key)] = std::move(brief);
    });
}

StatementSink SourcePlan::sink() {
    return {.organisation = [this](SaidOrganisation said) { take(std::move(said)); },
            .resource = [this](SaidResource said) { take(std::move(said)); },
            .contact = [this](SaidContact said) { take(std::move(said)); },
            .fault =
                [this](ImportFault fault) {
                    rows_->reject(fault.line, {std::move(fault.field), std::move(fault.expected)}, false);
                },
            .left_out =
                [this](std::string_view why) {
                    ++left_out_;
                    if (left_out_why_.size() < 20 || left_out_why_.contains(std::string(why)))
                        ++left_out_why_[std::string(why)];
                }};
}

Status SourcePlan::read(OpenSource const& open) {
    ReaderOptions options;
    options.name = options_.name;
    options.country = options_.country;
    options.now = now_;
    OpenBytes const bytes = [&] { return opened(open); };
    auto const told = sink();
    if (options_.format == SourceFormat::rpsl) return read_rpsl(bytes, options, told);
    TRY(auto source, bytes());
    TRY(auto const text, whole(*source, options_.name));
    switch (options_.format) {
        case SourceFormat::rpsl:
            break;
        case SourceFormat::rdap:
            return read_rdap(text, options, told);
        case SourceFormat::peeringdb:
            return read_peeringdb(text, options, told);
        case SourceFormat::intelmq:
            return read_intelmq(text, options, told);
        case SourceFormat::tuency:
            return read_tuency(text, options, told);
        case SourceFormat::cerebrate:
            return read_cerebrate(text, options, told);
        case SourceFormat::security_txt:
            return read_security_txt(text, options, told);
    }
    return fail(Code::internal, "no such format");
}

Status SourcePlan::count_statement() {
    constexpr std::size_t most = 5'000'000;
    if (++statements_ <= most) return {};
    return fail(Code::limit, fmt::format("{}: expected at most {} statements; import it by country or in parts",
                                         options_.name, most));
}

void SourcePlan::take(SaidOrganisation said) {
    if (!failure_) return;
    failure_ = count_statement();
    if (auto const fault = settle(said.draft)) {
        rows_->reject(said.line, *fault, false);
        return;
    }
    if (known_.contains(said.key) || alias_.contains(said.key)) return;
    Known known{.said = std::move(said), .id = {}, .name = {}, .contacts = {}};
    auto const key = known.said.key;
    auto const name = lowered(known.said.draft.name);
    if (auto const linked = links_.find(key); linked != links_.end()) {
        known.id = linked->second;
        known.was_linked = true;
    } else if (auto const named = ids_by_name_.find(name); named != ids_by_name_.end()) {
        known.id = named->second;
    } else if (auto const [brought, is_new] = new_names_.try_emplace(name, key); !is_new) {
        alias_[key] = brought->second;
        return;
    }
    known.name = known.id ? names_[known.id] : known.said.draft.name;
    known_.emplace(key, std::move(known));
    order_.push_back(key);
}

SourcePlan::Known* SourcePlan::known(std::string const& key, std::uint64_t line) {
    auto const alias = alias_.find(key);
    auto const found = known_.find(alias == alias_.end() ? key : alias->second);
    if (found != known_.end()) return &found->second;
    rows_->reject(line,
                  {"organisation", fmt::format("expected an organisation of the file, found \"{}\"", tamed(key, 100))},
                  false);
    return nullptr;
}

/// Whose a host is: by the option, else by the register's domains.
Result<SourcePlan::Known*> SourcePlan::holder_of_domain(std::string const& key, std::uint64_t line) {
    auto const found = known_.find(key);
    if (found != known_.end()) return &found->second;
    auto id = options_.organisation;
    std::string_view host = std::string_view(key).substr(key.find(':') + 1);
    while (!id && host.find('.') != std::string_view::npos) {
        TRY(auto const holders, claims_on(*tx_, ResourceKind::domain, host));
        for (auto const& holder : holders)
            if (!id || holder.verified) id = holder.organisation;
        host.remove_prefix(host.find('.') + 1);
    }
    if (!id || !names_.contains(id)) {
        rows_->reject(line,
                      {"organisation",
                       "expected a Canonical field whose domain is somebody's in the register; or say "
                       "the organisation"},
                      false);
        return nullptr;
    }
    Known known{.said = {.line = line, .key = key, .draft = {}, .parent_key = {}},
                .id = id,
                .name = names_[id],
                .contacts = {}};
    order_.push_back(key);
    return &known_.emplace(key, std::move(known)).first->second;
}

void SourcePlan::take(SaidResource said) {
    if (!failure_) return;
    failure_ = count_statement();
    if (!failure_) return;
    if (said.is_weak)
        weak_.push_back(std::move(said));
    else
        failure_ = place(std::move(said));
}

void SourcePlan::take(SaidContact said) {
    if (!failure_) return;
    failure_ = count_statement();
    if (!failure_) return;
    Known* owner = nullptr;
    if (options_.format == SourceFormat::security_txt) {
        auto const found = holder_of_domain(said.holder, said.line);
        if (!found) {
            failure_ = std::unexpected(found.error());
            return;
        }
        owner = *found;
    } else {
        owner = known(said.holder, said.line);
    }
    if (owner == nullptr) return;
    if (auto const fault = settle(said.draft)) {
        rows_->reject(said.line, *fault, false);
        return;
    }
    if (owner->contacts.size() == most_contacts_of_one) {
        rows_->reject(
            said.line,
            {"contact", fmt::format("expected at most {} contacts of one organisation", most_contacts_of_one)}, false);
        return;
    }
    owner->contacts.push_back(std::move(said));
}

std::string SourcePlan::provenance(std::string_view key) const {
    return fmt::format("{}{}{}, {}", options_.source, key.empty() ? "" : " ", tamed(key, longest_how - 100),
                       date_of(as_of_));
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

SourceSummary SourcePlan::summary() {
    SourceSummary summary;
    summary.rows = rows_->summary();
    summary.rows.unchanged += unchanged_;
    summary.asked = static_cast<std::int64_t>(asked_.size() + again_.size());
    summary.waiting = static_cast<std::int64_t>(waiting_.size());
    summary.remembered = remembered_;
    summary.left_out = left_out_;
    for (auto const& [why, count] : left_out_why_) summary.left_out_why.emplace_back(why, count);
    for (auto const& about : met_)
        for (auto const id : open_[about])
            if (!still_open_[about].contains(id.value)) ++summary.settled;
    for (auto const* list : {&asked_, &again_, &waiting_})
        for (auto const& conflict : *list)
            if (summary.conflicts.size() < kept_details) summary.conflicts.push_back(conflict);
    return summary;
}

Result<bool> SourcePlan::still_holds(Transaction& tx) const {
    TRY(bool const is_same_register, rows_->still_holds(tx));
    if (!is_same_register) return false;
    TRY(auto const digest, source_rows::digest(tx, options_.source));
    return digest == rests_on_;
}

Result<SourceSummary> SourcePlan::apply(Transaction& tx, Timestamp now, access::Principal const& by) {
    for (auto* const list : {&asked_, &again_, &waiting_})
        for (auto& conflict : *list) {
            if (conflict.id) {
                CHECK(source_rows::ask_again(tx, conflict));
            } else {
                TRY(conflict.id, source_rows::insert(tx, conflict));
            }
        }
    for (auto const id : remembered_ids_) CHECK(source_rows::seen(tx, {id}, now));
    for (auto const& about : met_)
        for (auto const id : open_[about])
            if (!still_open_[about].contains(id.value)) CHECK(source_rows::settle(tx, id, now));
    auto summary = this->summary();
    auto const unchanged = summary.rows.unchanged;
    TRY(summary.rows, std::move(*rows_).apply(tx, now, by,
                                              fmt::format("import {} ({} of {})", tamed(options_.name, 200),
                                                          options_.source, date_of(as_of_))));
    summary.rows.unchanged = unchanged;
    if (options_.format == SourceFormat::security_txt) return summary;
    for (auto const& [key, known] : known_) {
        if (known.was_linked || (!known.id && !known.is_emitted)) continue;
        auto id = known.id;
        if (!id) {
            TRY(auto const made, organisation_by_name(tx, known.name));
            if (!made) continue;
            id = made->id;
        }
        CHECK(source_rows::link(tx, options_.source, key, id));
    }
    for (auto const& [key, first] : alias_) {
        auto const& known = known_.find(first)->second;
        TRY(auto const there, organisation_by_name(tx, known.name));
        if (there) CHECK(source_rows::link(tx, options_.source, key, there->id));
    }
    return summary;
}

}  // namespace tocsin::constituency
