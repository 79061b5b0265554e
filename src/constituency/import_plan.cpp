#include "constituency/import_plan.hpp"

#include <algorithm>

namespace tocsin::constituency {
namespace {

constexpr std::size_t kept_details = 500;

/// The row over what is there: a column that the file does not have keeps its value.
class Overlay {
  public:
    Overlay(Fields base, FieldView const& row) : base_(std::move(base)) {
        for (auto const& [name, text] : base_) {
            names_.push_back(name);
            values_.push_back(row.has(name) ? row.get(name) : std::string_view(text));
        }
    }
    FieldView view() const { return {names_, values_}; }

  private:
    Fields base_;
    std::vector<std::string_view> names_, values_;
};

std::string contact_key(ContactDraft const& contact) {
    return contact.email.empty()
               ? fmt::format("{}|{}|{}|{}", name_of(contact.role), contact.name, contact.phone, contact.webhook)
               : fmt::format("{}|{}", name_of(contact.role), lowered(contact.email));
}

std::string contact_words(ContactDraft const& contact, std::string_view organisation) {
    auto const& channel =
        !contact.email.empty() ? contact.email : (!contact.phone.empty() ? contact.phone : contact.webhook);
    return fmt::format("{} contact {} of {}", name_of(contact.role), channel, organisation);
}

}  // namespace

Result<ImportPlan> ImportPlan::make(Transaction& tx, std::string_view bytes, ImportOptions const& options) {
    ImportPlan plan(tx, options);
    CHECK(plan.load_directory());
    CHECK(read_rows(bytes, options,
                    {[&](ImportRow const& row) { plan.take(row); },
                     [&](ImportFault fault) {
                         plan.reject(fault.line, {std::move(fault.field), std::move(fault.expected)}, false);
                     }}));
    CHECK(plan.failure_);
    CHECK(plan.settle_parents());
    if (options.replace) CHECK(plan.remove_unnamed());
    return plan;
}

Result<ImportPlan> ImportPlan::begin(Transaction& tx, ImportOptions const& options) {
    ImportPlan plan(tx, options);
    CHECK(plan.load_directory());
    return plan;
}

Status ImportPlan::close() {
    CHECK(failure_);
    return settle_parents();
}

Result<bool> ImportPlan::still_holds(Transaction& tx) const {
    TRY(auto const version, register_version(tx));
    return version == rests_on_;
}

Status ImportPlan::load_directory() {
    TRY(rests_on_, register_version(*tx_));
    OrganisationQuery query;
    query.limit = 1000;
    std::unordered_map<std::int64_t, std::string> names;
    do {
        TRY(auto const found, page(*tx_, query));
        for (auto const& organisation : found.items) {
            organisations_[organisation.name] = {.id = organisation.id, .draft = organisation};
            names[organisation.id.value] = organisation.name;
        }
        query.after = found.next;
    } while (!query.after.empty());
    if (options_->format != ImportFormat::delegated) return {};
    return for_each_delegated(*tx_, [&](std::string_view mark, OrganisationId id) {
        delegated_holders_.try_emplace(std::string(mark), names[id.value]);
    });
}

void ImportPlan::take(ImportRow const& row) {
    if (!failure_) return;
    switch (row.kind) {
        case ImportKind::organisations:
            failure_ = organisation(row);
            break;
        case ImportKind::resources:
            failure_ = resource(row);
            break;
        case ImportKind::contacts:
            failure_ = contact(row);
            break;
        case ImportKind::everything:
            break;
    }
}

void ImportPlan::reject(std::uint64_t line, Fault const& fault, bool is_conflict) {
    ++(is_conflict ? summary_.conflicts : summary_.rejected);
    if (summary_.faults.size() < kept_details) summary_.faults.push_back({line, fault.field, fault.expected});
}

void ImportPlan::count(Operation operation, std::string what, std::string const& after) {
    auto& counter = operation.change == Change::add      ? summary_.added
                    : operation.change == Change::change ? summary_.changed
                                                         : summary_.removed;
    ++counter;
    if (summary_.changes.size() < kept_details)
        summary_.changes.push_back({operation.change, std::move(what), operation.before, after});
    operations_.push_back(std::move(operation));
}

bool ImportPlan::is_repeated(std::string key, ImportRow const& row) {
    auto const [place, is_new] = seen_.try_emplace(std::move(key), row.line);
    if (!is_new)
        reject(row.line, {"", fmt::format("line {} says something about the same already", place->second)}, true);
    return !is_new;
}

Status ImportPlan::organisation(ImportRow const& row) {
    has_organisations_ = true;
    std::string name(trimmed(row.fields.get("name")));
    if (auto const holder = delegated_holders_.find(std::string(row.fields.get("note")));
        holder != delegated_holders_.end())
        return {};  // the registry's holder is known by its resources, under whatever name it has now
    auto const found = organisations_.find(name);
    OrganisationDraft draft;
    if (found != organisations_.end()) draft = found->second.draft;
    Overlay const overlay(fields_of(draft, {}), row.fields);
    if (auto const fault = read_fields(overlay.view(), draft)) {
        reject(row.line, *fault, false);
        return {};
    }
    if (is_repeated("organisation|" + name, row)) return {};
    bool is_open = false;  // the parent is not known yet
    if (row.fields.has("parent")) {
        draft.parent = {};
        std::string const parent(trimmed(row.fields.get("parent")));
        if (!parent.empty()) {
            auto const above = organisations_.find(parent);
            is_open = above == organisations_.end();
            if (!is_open) draft.parent = above->second.id;
            parents_.push_back({name, parent, row.line});
        }
    }
    auto& known = organisations_[name];
    bool const is_new = !known.id;
    known.line = row.line;
    auto before = is_new ? std::string() : history_of(known.draft);
    auto const old = known.draft;
    known.draft = draft;
    if (is_new) {
        known.id = {-(++new_organisations_)};
        known.is_new = true;
    } else if (draft == old && !is_open) {
        ++summary_.unchanged;
        return {};
    }
    known.operation = operations_.size();
    count({.change = is_new ? Change::add : Change::change,
           .kind = ImportKind::organisations,
           .id = known.id.value,
           .before = std::move(before),
           .organisation = draft,
           .resource = {},
           .contact = {}},
          fmt::format("organisation {}", name), history_of(draft));
    return {};
}

Status ImportPlan::refuse_circles() {
    constexpr int deepest = 16;
    std::unordered_map<OrganisationId, OrganisationId> parent_of;
    for (auto const& [name, known] : organisations_) parent_of[known.id] = known.draft.parent;
    for (auto const& [child, parent, line] : parents_) {
        auto& known = organisations_[child];
        OrganisationId above = known.draft.parent;
        for (int depth = 1; above && above != known.id && depth <= deepest; ++depth) above = parent_of[above];
        if (!above) continue;
        reject(line, fault_expected("parent", "an organisation that is not below this one", parent), true);
        known.draft.parent = parent_of[known.id] = {};
        if (known.operation != SIZE_MAX) operations_[known.operation].organisation->parent = {};
    }
    return {};
}

/// Parents may stand anywhere in the file: they are tied when all names are known.
Status ImportPlan::settle_parents() {
    for (auto const& [child, parent, line] : parents_) {
        auto& known = organisations_[child];
        auto const above = organisations_.find(parent);
        if (above == organisations_.end()) {
            reject(line, fault_expected("parent", "the name of an organisation of the directory or the file", parent),
                   true);
            continue;
        }
        known.draft.parent = above->second.id;
        if (known.operation != SIZE_MAX) operations_[known.operation].organisation->parent = above->second.id;
    }
    CHECK(refuse_circles());
    // What turned out to be as it was is no change.
    std::erase_if(operations_, [&](Operation const& operation) {
        bool const is_same = operation.organisation && operation.change == Change::change &&
                             history_of(*operation.organisation) == operation.before;
        if (is_same) {
            --summary_.changed;
            ++summary_.unchanged;
            auto const words = fmt::format("organisation {}", operation.organisation->name);
            std::erase_if(summary_.changes, [&](ImportedChange const& change) { return change.what == words; });
        }
        return is_same;
    });
    return {};
}

ImportPlan::Known* ImportPlan::known(ImportRow const& row, std::string_view field) {
    auto name = std::string(trimmed(row.fields.get(field)));
    if (auto const holder = delegated_holders_.find(std::string(row.fields.get("how")));
        holder != delegated_holders_.end())
        name = holder->second;
    auto const found = organisations_.find(name);
    if (found != organisations_.end()) return &found->second;
    reject(row.line, fault_expected(field, "the name of an organisation of the directory or the file", name), true);
    return nullptr;
}

Status ImportPlan::resource(ImportRow const& row) {
    Known* const owner = known(row, "organisation");
    if (owner == nullptr) return {};
    ResourceDraft draft;
    if (auto const fault = read_fields(row.fields, draft)) {
        reject(row.line, *fault, false);
        return {};
    }
    draft.organisation = owner->id;
    owner->has_resources = true;
    if (is_repeated(fmt::format("{}|{}|{}", owner->id.value, name_of(draft.kind), draft.value), row)) return {};
    std::optional<Resource> old;
    if (!owner->is_new) {
        TRY(old, claim_of(*tx_, owner->id, draft.kind, draft.value));
    }
    if (old) {
        kept_resources_.insert(old->id.value);
        Overlay const overlay(fields_of(*old, {}), row.fields);
        if (auto const fault = read_fields(overlay.view(), draft)) {
            reject(row.line, *fault, false);
            return {};
        }
        if (draft == *old) {
            ++summary_.unchanged;
            return {};
        }
    }
    auto const after = summary_.changes.size() < kept_details ? history_of(draft) : std::string();
    auto words = summary_.changes.size() < kept_details
                     ? fmt::format("{} {} of {}", name_of(draft.kind), draft.value, owner->draft.name)
                     : std::string();
    count({.change = old ? Change::change : Change::add,
           .kind = ImportKind::resources,
           .id = old ? old->id.value : 0,
           .before = old ? history_of(*old) : std::string(),
           .organisation = {},
           .resource = std::move(draft),
           .contact = {}},
          std::move(words), after);
    return {};
}

Result<std::vector<Contact>*> ImportPlan::contacts_of_known(OrganisationId id) {
    auto const [place, is_new] = contacts_.try_emplace(id);
    if (is_new && id.value > 0) {
        TRY(place->second, contacts_of(*tx_, id));
    }
    return &place->second;
}

Status ImportPlan::contact(ImportRow const& row) {
    Known* const owner = known(row, "organisation");
    if (owner == nullptr) return {};
    ContactDraft draft;
    if (auto const fault = read_fields(row.fields, draft)) {
        reject(row.line, *fault, false);
        return {};
    }
    draft.organisation = owner->id;
    owner->has_contacts = true;
    auto const key = contact_key(draft);
    if (is_repeated(fmt::format("contact|{}|{}", owner->id.value, key), row)) return {};
    TRY(auto* const present, contacts_of_known(owner->id));
    auto const old = std::ranges::find_if(*present, [&](Contact const& c) { return contact_key(c) == key; });
    bool const is_there = old != present->end();
    if (is_there) {
        kept_contacts_.insert(old->id.value);
        Overlay const overlay(fields_of(*old, {}), row.fields);
        if (auto const fault = read_fields(overlay.view(), draft)) {
            reject(row.line, *fault, false);
            return {};
        }
        if (draft == *old) {
            ++summary_.unchanged;
            return {};
        }
    }
    auto const after = history_of(draft);
    auto words = contact_words(draft, owner->draft.name);
    count({.change = is_there ? Change::change : Change::add,
           .kind = ImportKind::contacts,
           .id = is_there ? old->id.value : 0,
           .before = is_there ? history_of(*old) : std::string(),
           .organisation = {},
           .resource = {},
           .contact = std::move(draft)},
          std::move(words), after);
    return {};
}

void ImportPlan::removed(ImportKind kind, std::int64_t id, std::string before, std::string what) {
    count({.change = Change::remove,
           .kind = kind,
           .id = id,
           .before = std::move(before),
           .organisation = {},
           .resource = {},
           .contact = {}},
          std::move(what), {});
}

Status ImportPlan::remove_unnamed() {
    for (auto const& [name, known] : organisations_) {
        if (known.id.value <= 0) continue;
        bool const goes = has_organisations_ && known.line == 0 && !known.has_resources && !known.has_contacts &&
                          options_->format != ImportFormat::delegated;
        if (goes || known.has_resources) {
            TRY(auto const resources, resources_of(*tx_, known.id));
            bool const is_registry = options_->format == ImportFormat::delegated;  // knows only its own
            for (auto const& r : resources)
                if (!kept_resources_.contains(r.id.value) && (!is_registry || r.how.starts_with("delegated ")))
                    removed(ImportKind::resources, r.id.value, history_of(r),
                            fmt::format("{} {} of {}", name_of(r.kind), r.value, name));
        }
        if (goes || known.has_contacts) {
            TRY(auto const contacts, contacts_of(*tx_, known.id));
            for (auto const& c : contacts)
                if (!kept_contacts_.contains(c.id.value))
                    removed(ImportKind::contacts, c.id.value, history_of(c), contact_words(c, name));
        }
    }
    return remove_organisations();
}

/// After everything of theirs. What is below one that goes loses its parent.
Status ImportPlan::remove_organisations() {
    if (!has_organisations_ || options_->format == ImportFormat::delegated) return {};
    std::unordered_set<std::int64_t> gone;
    for (auto const& [name, known] : organisations_)
        if (known.id.value > 0 && known.line == 0 && !known.has_resources && !known.has_contacts)
            gone.insert(known.id.value);
    for (auto const& [name, known] : organisations_) {
        if (known.id.value <= 0 || gone.contains(known.id.value) || !gone.contains(known.draft.parent.value)) continue;
        reject(known.line, {"parent", fmt::format("{} stays below an organisation that the file does not name", name)},
               true);
        gone.erase(known.draft.parent.value);
    }
    for (auto const& [name, known] : organisations_) {
        if (!gone.contains(known.id.value)) continue;
        TRY(auto const suppressed, all_suppressions(*tx_));
        TRY(auto const unwanted, do_not_contact_entry(*tx_, {}, known.id));
        bool const is_tied = unwanted || std::ranges::any_of(suppressed, [&](Suppression const& s) {
                                 return s.organisation == known.id;
                             });
        if (is_tied)
            reject(0, {"name", fmt::format("{} is not removed: a suppression or do-not-contact entry names it", name)},
                   true);
        else
            removed(ImportKind::organisations, known.id.value, history_of(known.draft),
                    fmt::format("organisation {}", name));
    }
    return {};
}

namespace {

template <class T, class Draft>
Status write_one(Transaction& tx, ChangeLog& log, Change change, std::string_view kind, std::int64_t id,
                 std::string const& before, std::optional<Draft> const& draft) {
    if (change == Change::remove) {
        CHECK(delete_row(tx, Id<T>{id}));
        return log.note(change, kind, id, before, {});
    }
    CHECK(change == Change::add ? insert_row(tx, Id<T>{id}, *draft, log.stamp())
                                : update_row(tx, Id<T>{id}, *draft, log.stamp()));
    return log.note(change, kind, id, before, history_of(*draft));
}

}  // namespace

Result<ImportSummary> ImportPlan::apply(Transaction& tx, Timestamp now, access::Principal const& by,
                                        std::string what) && {
    if (operations_.empty()) return std::move(summary_);
    auto const counted = [&](ImportKind kind) {
        return std::ranges::count_if(operations_,
                                     [&](Operation const& o) { return o.kind == kind && o.change == Change::add; });
    };
    TRY(auto const first_organisation, next_ids(tx, "organisation", new_organisations_));
    TRY(auto next_resource, next_ids(tx, "resource", counted(ImportKind::resources)));
    TRY(auto next_contact, next_ids(tx, "contact", counted(ImportKind::contacts)));
    auto const real = [&](OrganisationId id) {
        return id.value < 0 ? OrganisationId{first_organisation - id.value - 1} : id;
    };
    TRY(auto log, ChangeLog::begin(tx, now, by, std::move(what)));
    for (auto& operation : operations_) {
        auto const& [change, kind, id, before, organisation, resource, contact] = operation;
        if (kind == ImportKind::organisations) {
            if (operation.organisation) operation.organisation->parent = real(organisation->parent);
            CHECK(write_one<Organisation>(tx, log, change, "organisation", real({id}).value, before, organisation));
        } else if (kind == ImportKind::resources) {
            if (operation.resource) operation.resource->organisation = real(resource->organisation);
            auto const number = change == Change::add ? next_resource++ : id;
            CHECK(write_one<Resource>(tx, log, change, "resource", number, before, resource));
        } else {
            if (operation.contact) operation.contact->organisation = real(contact->organisation);
            auto const number = change == Change::add ? next_contact++ : id;
            CHECK(write_one<Contact>(tx, log, change, "contact", number, before, contact));
        }
    }
    CHECK(log.finish("directory.import", "change_set", log.stamp().change_set.value));
    summary_.change_set = log.stamp().change_set;
    return std::move(summary_);
}

}  // namespace tocsin::constituency
