#include "constituency/source_plan.hpp"

#include "constituency/readers/readers.hpp"
#include "formats/formats.hpp"

#include <algorithm>

namespace tocsin::constituency {
namespace {

constexpr std::size_t kept_details = 500, most_contacts_of_one = 200, greatest_text = std::size_t{64} << 20;

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

}  // namespace

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
                                                          options_.source, format_date(as_of_))));
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
