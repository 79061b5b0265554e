#include "intelligence/impl.hpp"
#include "intelligence/merges.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t most_shown = 20, most_same = 1000;
constexpr std::int64_t most_looked_at = 300'000;

std::optional<std::string> shown_instead(store::Transaction& tx, std::string const& uuid, Status& fault) {
    auto found = tx.one("SELECT into_uuid FROM intel_same WHERE uuid = ?", {store::Bind::blob(uuid)},
                        [](store::Row const& row) { return row.string(0); });
    if (!found) fault = std::unexpected(found.error());
    return found ? *found : std::nullopt;
}

Result<std::vector<std::string>> merged_into(store::Transaction& tx, std::string const& uuid) {
    std::vector<std::string> found;
    CHECK(tx.query("SELECT uuid FROM intel_same WHERE into_uuid = ? ORDER BY at, uuid LIMIT ?",
                   {store::Bind::blob(uuid), most_same},
                   [&](store::Row const& row) { found.push_back(row.string(0)); }));
    return found;
}

std::string details_of(std::string_view into) {
    JsonWriter json;
    json.object().field("into", into).end();
    return std::move(json).text();
}

/// What makes an object the same as another, and how to say it.
struct Likeness {
    std::string_view why;
    std::string text;
};

/// Words without regard to case and the number of spaces.
std::string plain(std::string_view text) {
    std::string out;
    for (auto const word : split(lowered(text), ' '))
        if (!trimmed(word).empty()) out += (out.empty() ? "" : " ") + std::string(trimmed(word));
    return out;
}

std::optional<Likeness> likeness_of(std::string_view type, formats::JsonValue const& root) {
    if (type == "indicator") {
        auto const text = root["pattern"].text();
        auto const kind = root["pattern_type"].text();
        if (text.empty()) return {};
        if (kind != "stix") return Likeness{"pattern", std::string(trimmed(text))};
        auto const pattern = formats::stix_pattern::parse(text);
        return pattern ? std::optional(Likeness{"pattern", formats::stix_pattern::print(*pattern)}) : std::nullopt;
    }
    if (type == "relationship") {
        if (root["start_time"] || root["stop_time"]) return {};
        return Likeness{"relationship", fmt::format("{} {} {}", root["source_ref"].text(),
                                                    root["relationship_type"].text(), root["target_ref"].text())};
    }
    if (auto const value = root["value"].text(); !value.empty()) return Likeness{"value", std::string(value)};
    auto const name = plain(root["name"].text());
    bool const is_report = type == "report" || type == "grouping" || type == "note";  // "Weekly report" is no thing
    if (name.empty() || is_report || type == "file") return {};
    return Likeness{"name", name};
}

/// Objects by what they have in common.
class Groups {
  public:
    void add(gate::Cleared<Object> object) {
        formats::JsonTree tree;
        if (!tree.parse(object->json)) return;
        auto likeness = likeness_of(object->type, tree.root());
        if (!likeness) return;
        auto& group = groups_[object->type + "\n" + likeness->text];
        if (group.count++ == 0) {
            group.type = object->type;
            group.why = likeness->why;
            group.text = std::move(likeness->text);
        }
        if (group.objects.size() < most_shown) group.objects.push_back(std::move(object));
    }
    std::vector<Duplicate> most(std::size_t limit, bool& is_all) {
        std::vector<Duplicate> found;
        for (auto& [key, group] : groups_)
            if (group.count > 1) found.push_back(std::move(group));
        std::ranges::sort(found, [](Duplicate const& a, Duplicate const& b) {
            return a.count != b.count ? a.count > b.count : std::tie(a.type, a.text) < std::tie(b.type, b.text);
        });
        if (found.size() > limit) {
            found.erase(found.begin() + static_cast<std::ptrdiff_t>(limit), found.end());
            is_all = false;
        }
        return found;
    }

  private:
    std::unordered_map<std::string, Duplicate> groups_;
};

}  // namespace

Status Merges::merge(std::string_view id, std::string_view into, access::Principal const& by) {
    auto const asker = gate::Recipient::team(by);
    TRY(auto const object, room_.object(id, asker));
    TRY(auto const shown, room_.object(into, asker));
    if (object->id == shown->id) return fail(Code::conflict, "an object is the same as itself");
    if (object->type != shown->type)
        return fail(Code::conflict, fmt::format("{} and {} are of two types", object->id, shown->id));
    auto& impl = *room_.impl_;
    auto const uuid = *uuid_of(object->id), into_uuid = *uuid_of(shown->id);
    CHECK(impl.ledger.write([&](store::Transaction& tx) -> Status {
        Status fault;
        for (auto const& [one, its_id] : {std::pair(uuid, object->id), std::pair(into_uuid, shown->id)})
            if (shown_instead(tx, one, fault))
                return fail(Code::conflict, fmt::format("{} is merged into another already: unmerge it first", its_id));
        CHECK(fault);
        TRY(auto const others, merged_into(tx, uuid));
        if (!others.empty())
            return fail(Code::conflict,
                        fmt::format("others are merged into {}: merge {} into it, or unmerge them first", object->id,
                                    shown->id));
        auto const now = impl.options.clock->now();
        CHECK(tx.run("INSERT INTO intel_same VALUES (?, ?, ?, ?)",
                     {store::Bind::blob(uuid), store::Bind::blob(into_uuid), by.who, now}));
        CHECK(access::audit(tx, by, now,
                            {.what = "intelligence.merge",
                             .kind = "intelligence",
                             .id = object->id,
                             .details = details_of(shown->id)}));
        return {};
    }));
    ++impl.merged;
    ++impl.edition;
    return {};
}

Status Merges::unmerge(std::string_view id, access::Principal const& by) {
    TRY(auto const object, room_.object(id, gate::Recipient::team(by)));
    auto& impl = *room_.impl_;
    CHECK(impl.ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const gone,
            tx.run("DELETE FROM intel_same WHERE uuid = ?", {store::Bind::blob(*uuid_of(object->id))}));
        if (gone == 0) return fail(Code::not_found, fmt::format("{} is not merged into another", object->id));
        CHECK(access::audit(tx, by, impl.options.clock->now(),
                            {.what = "intelligence.unmerge", .kind = "intelligence", .id = object->id}));
        return {};
    }));
    --impl.merged;
    ++impl.edition;
    return {};
}

Result<std::string> Merges::shown_as(std::string_view id, gate::Recipient const& asker) const {
    auto const& impl = *room_.impl_;
    auto const uuid = uuid_of(id);
    if (impl.merged.load() == 0 || !uuid) return std::string();
    TRY(auto const into, impl.ledger.read([&](store::Transaction& tx) -> Result<std::optional<std::string>> {
        Status fault;
        auto found = shown_instead(tx, *uuid, fault);
        CHECK(fault);
        return found;
    }));
    if (!into) return std::string();
    auto const shown = room_.object(uuid_text(*into), asker);
    return shown ? (*shown)->id : std::string();
}

Result<std::vector<gate::Cleared<Object>>> Merges::same_as(std::string_view id, gate::Recipient const& asker) const {
    auto const& impl = *room_.impl_;
    std::vector<gate::Cleared<Object>> found;
    auto const own = uuid_of(id);
    if (impl.merged.load() == 0 || !own) return found;
    std::vector<std::string> all;
    CHECK(impl.ledger.read([&](store::Transaction& tx) -> Status {
        Status fault;
        auto const first = shown_instead(tx, *own, fault).value_or(*own);
        CHECK(fault);
        TRY(all, merged_into(tx, first));
        all.insert(all.begin(), first);
        return {};
    }));
    for (auto const& uuid : all) {
        if (uuid == *own) continue;
        if (auto object = room_.object(uuid_text(uuid), asker)) found.push_back(*std::move(object));
    }
    return found;
}

Result<Duplicates> Merges::duplicates(std::vector<std::string> const& types, std::size_t limit,
                                      gate::Recipient const& asker) const {
    ObjectFilter filter;
    filter.types = types;
    filter.is_revoked = false;
    filter.folds = true;
    Duplicates all;
    Groups groups;
    std::string after;
    do {
        TRY(auto page, room_.objects(filter, asker, ObjectOrder::oldest_first, {.after = after, .limit = 1000}));
        all.looked_at += static_cast<std::int64_t>(page.items.size());
        for (auto& object : page.items) groups.add(std::move(object));
        after = std::move(page.next);
    } while (!after.empty() && all.looked_at < most_looked_at);
    all.is_all = after.empty();
    all.found = groups.most(std::clamp<std::size_t>(limit, 1, 1000), all.is_all);
    return all;
}

}  // namespace tocsin::intelligence
