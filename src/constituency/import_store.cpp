#include "constituency/import_store.hpp"

#include "constituency/import_plan.hpp"
#include "constituency/planned_write.hpp"
#include "constituency/source_plan.hpp"

#include <array>
#include <boost/json.hpp>

namespace tocsin::constituency {
namespace {

using store::Row;

constexpr std::size_t greatest_proposal = std::size_t{64} << 20;
constexpr std::string_view import_select =
    "SELECT id, name, kind, format, state, by_user, by_name, created, applied, summary, change_set "
    "FROM directory_import ";

}  // namespace

std::string summary_json(ImportSummary const& summary) {
    JsonWriter json;
    json.object()
        .field("added", summary.added)
        .field("changed", summary.changed)
        .field("removed", summary.removed)
        .field("unchanged", summary.unchanged)
        .field("rejected", summary.rejected)
        .field("conflicts", summary.conflicts);
    json.key("changes").array();
    for (auto const& change : summary.changes)
        json.object()
            .field("change", name_of(change.change))
            .field("what", change.what)
            .field("before", change.before)
            .field("after", change.after)
            .end();
    json.end().key("faults").array();
    for (auto const& fault : summary.faults)
        json.object().field("line", fault.line).field("field", fault.field).field("expected", fault.expected).end();
    json.end().end();
    return std::move(json).text();
}

namespace {

std::int64_t number_in(boost::json::object const& object, char const* name) {
    auto const* const value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string text_in(boost::json::object const& object, char const* name) {
    auto const* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(std::string_view(value->get_string())) : std::string();
}

template <class F>
void for_each_in(boost::json::object const& object, char const* name, F&& each) {
    auto const* const list = object.if_contains(name);
    if (list == nullptr || !list->is_array()) return;
    for (auto const& item : list->get_array())
        if (item.is_object()) each(item.get_object());
}

ImportSummary summary_of(std::string_view text) {
    ImportSummary summary;
    boost::system::error_code fault;
    auto const parsed = boost::json::parse(text, fault);
    if (fault || !parsed.is_object()) return summary;
    auto const& object = parsed.get_object();
    summary.added = number_in(object, "added");
    summary.changed = number_in(object, "changed");
    summary.removed = number_in(object, "removed");
    summary.unchanged = number_in(object, "unchanged");
    summary.rejected = number_in(object, "rejected");
    summary.conflicts = number_in(object, "conflicts");
    for_each_in(object, "changes", [&](boost::json::object const& item) {
        auto const word = text_in(item, "change");
        auto const change = word == "add" ? Change::add : word == "change" ? Change::change : Change::remove;
        summary.changes.push_back({change, text_in(item, "what"), text_in(item, "before"), text_in(item, "after")});
    });
    for_each_in(object, "faults", [&](boost::json::object const& item) {
        summary.faults.push_back(
            {static_cast<std::uint64_t>(number_in(item, "line")), text_in(item, "field"), text_in(item, "expected")});
    });
    return summary;
}

Import read_import(Row const& row) {
    Import import;
    import.id = {row.integer(0)};
    import.name = row.string(1);
    import.kind = row.string(2);
    import.format = row.string(3);
    import.state = row.text(4) == "applied"  ? Import::State::applied
                   : row.text(4) == "undone" ? Import::State::undone
                                             : Import::State::proposed;
    import.by = {row.integer(5), row.string(6)};
    import.created = row.time(7);
    import.applied = row.time_if(8);
    import.summary = summary_of(row.text(9));
    import.summary.change_set = {row.integer(10)};
    return import;
}

}  // namespace

Result<Import> existing_import(Transaction& tx, ImportId id) {
    TRY(auto found, tx.one(fmt::format("{}WHERE id = ?", import_select), {id}, read_import));
    if (!found) return fail(Code::not_found, fmt::format("there is no import {}", id.value));
    return *std::move(found);
}

namespace {

struct Kept {
    ImportOptions options;
    std::optional<SourceOptions> source;  ///< it is an import of a source
    std::string content;
};

Result<Kept> kept_content(Transaction& tx, ImportId id) {
    TRY(auto found, tx.one("SELECT name, kind, format, country, replaces, content, source, as_of, organisation FROM "
                           "directory_import WHERE id = ?",
                           {id}, [](Row const& row) {
                               Kept kept;
                               kept.options.name = row.string(0);
                               kept.options.kind = import_kind(row.text(1));
                               kept.options.format = import_format(row.text(2)).value_or(ImportFormat::csv);
                               kept.options.country = row.string(3);
                               kept.options.replace = row.truth(4);
                               kept.content = row.string(5);
                               if (auto const format = source_format(row.text(2)))
                                   kept.source = {.name = row.string(0),
                                                  .format = *format,
                                                  .source = row.string(6),
                                                  .as_of = row.time_if(7),
                                                  .country = row.string(3),
                                                  .organisation = row.id<Organisation>(8)};
                               return kept;
                           }));
    if (!found) return fail(Code::not_found, fmt::format("there is no import {}", id.value));
    return *std::move(found);
}

Status check_proposed(Transaction& tx, ImportId id) {
    TRY(auto const import, existing_import(tx, id));
    if (import.state == Import::State::proposed) return {};
    return fail(Code::conflict, fmt::format("import {} is {} already", id.value, name_of(import.state)));
}

/// A proposed import with its plan, of the one kind or the other.
struct Proposed {
    Kept kept;
    std::unique_ptr<SourcePlan> source = {};
    std::optional<ImportPlan> rows = {};

    Result<bool> still_holds(Transaction& tx) const { return source ? source->still_holds(tx) : rows->still_holds(tx); }
};

}  // namespace

std::string_view name_of(Import::State state) {
    constexpr std::array<std::string_view, 3> names = {"proposed", "applied", "undone"};
    return word_of(names, state);
}

Status for_each_delegated(Transaction& tx, std::function<void(std::string_view, OrganisationId)> const& each) {
    return tx.query("SELECT DISTINCT how, organisation FROM resource WHERE how LIKE 'delegated %'", {},
                    [&](Row const& row) { each(row.text(0), {row.integer(1)}); });
}

Result<Import> propose_import(Directory& directory, std::string_view bytes, ImportOptions const& options,
                              access::Principal const& by) {
    if (bytes.size() > greatest_proposal)
        return fail(Code::limit,
                    fmt::format("expected at most {} MiB; use tocsin org import for more", greatest_proposal >> 20));
    TRY(auto const planned, plan_import(directory, bytes, options));
    return directory.ledger().write([&](Transaction& tx) -> Result<Import> {
        auto const actor = actor_of(by);
        TRY(auto const id, next_ids(tx, "import"));
        auto const summary = summary_json(planned);
        auto const kind = options.kind ? name_of(*options.kind) : std::string_view("everything");
        CHECK(
            tx.run("INSERT INTO directory_import (id, name, kind, format, country, replaces, state, by_user, by_name, "
                   "created, content, summary) VALUES (?, ?, ?, ?, ?, ?, 'proposed', ?, ?, ?, ?, ?)",
                   {id, options.name, kind, name_of(options.format), options.country, options.replace,
                    actor.user == 0 ? store::Bind(nullptr) : store::Bind(actor.user), actor.who,
                    directory.clock().now(), bytes, summary}));
        return existing_import(tx, {id});
    });
}

Result<Import> apply_proposed(Directory& directory, ImportId id, access::Principal const& by) {
    auto const make = [&](Transaction& tx) -> Result<std::unique_ptr<Proposed>> {
        CHECK(check_proposed(tx, id));
        TRY(auto kept, kept_content(tx, id));
        auto proposed = std::make_unique<Proposed>(std::move(kept));
        auto const& [options, source, content] = proposed->kept;
        if (source) {
            TRY(proposed->source, SourcePlan::make(tx, source_in_memory(content), *source, directory.clock().now()));
        } else {
            TRY(proposed->rows, ImportPlan::make(tx, content, options));
        }
        return proposed;
    };
    auto const write = [&](Transaction& tx, Proposed& proposed) -> Result<Import> {
        CHECK(check_proposed(tx, id));
        auto const now = directory.clock().now();
        ImportSummary summary;
        if (proposed.source) {
            TRY(auto applied, proposed.source->apply(tx, now, by));
            summary = std::move(applied.rows);
        } else {
            TRY(summary, std::move(*proposed.rows).apply(tx, now, by, "import " + proposed.kept.options.name));
        }
        auto const text = summary_json(summary);
        CHECK(
            tx.run("UPDATE directory_import SET state = 'applied', applied = ?, content = NULL, summary = ?, "
                   "change_set = ? WHERE id = ?",
                   {now, text, summary.change_set, id}));
        return existing_import(tx, id);
    };
    auto applied = plan_and_write(directory, fmt::format("import {}", id.value), make, write);
    if (applied) directory.changed();
    return applied;
}

Result<Import> undo_import(Directory& directory, ImportId id, access::Principal const& by) {
    TRY(auto const import, import_of(directory, id));
    if (import.state != Import::State::applied)
        return fail(Code::conflict, fmt::format("import {} is {}, not applied", id.value, name_of(import.state)));
    if (import.summary.change_set) CHECK(directory.undo(import.summary.change_set, by));
    return directory.ledger().write([&](Transaction& tx) -> Result<Import> {
        CHECK(tx.run("UPDATE directory_import SET state = 'undone' WHERE id = ?", {id}));
        return existing_import(tx, id);
    });
}

Result<Import> import_of(Directory& directory, ImportId id) {
    return directory.ledger().read([&](Transaction& tx) { return existing_import(tx, id); });
}

Result<std::vector<Import>> imports(Directory& directory, std::size_t limit) {
    return directory.ledger().read([&](Transaction& tx) -> Result<std::vector<Import>> {
        std::vector<Import> found;
        CHECK(tx.query(fmt::format("{}ORDER BY id DESC LIMIT ?", import_select), {limit},
                       [&](Row const& row) { found.push_back(read_import(row)); }));
        return found;
    });
}

}  // namespace tocsin::constituency
