#include "gate/gate.hpp"
#include "gate/sharing_group.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::gate {
namespace {

constexpr std::size_t longest_name = 200, longest_description = 4000, most_members = 10'000;
constexpr std::string_view columns = "SELECT id, uuid, name, description, created, changed FROM sharing_group ";

SharingGroup read_row(store::Row const& row) {
    return {.id = row.id<SharingGroup>(0),
            .uuid = row.string(1),
            .name = row.string(2),
            .description = row.string(3),
            .members = {},
            .created = row.time(4),
            .changed = row.time(5)};
}

Status read_members(store::Transaction& tx, SharingGroup& group) {
    return tx.query("SELECT organisation FROM sharing_group_member WHERE sharing_group = ? ORDER BY organisation",
                    {group.id}, [&](store::Row const& row) { group.members.push_back({row.integer(0)}); });
}

Result<SharingGroup> read_group(store::Transaction& tx, std::string_view condition, store::Bind value,
                                std::string_view asked_for) {
    TRY(auto found, tx.one(std::string(columns) + std::string(condition), {value}, read_row));
    if (!found) return fail(Code::not_found, fmt::format("there is no sharing group \"{}\"", asked_for));
    CHECK(read_members(tx, *found));
    return *std::move(found);
}

Status check_draft(SharingGroup const& draft) {
    auto const name = trimmed(draft.name);
    if (name.empty() || name.size() > longest_name)
        return fail(Code::invalid, fmt::format("name: expected 1 to {} bytes", longest_name));
    if (draft.description.size() > longest_description)
        return fail(Code::invalid, fmt::format("description: expected at most {} bytes", longest_description));
    if (draft.members.size() > most_members)
        return fail(Code::invalid, fmt::format("members: expected at most {}", most_members));
    return {};
}

Status write_members(store::Transaction& tx, SharingGroupId group, std::vector<OrganisationId> const& members,
                     Timestamp now) {
    std::vector<OrganisationId> before;
    CHECK(tx.query("SELECT organisation FROM sharing_group_member WHERE sharing_group = ?", {group},
                   [&](store::Row const& row) { before.push_back({row.integer(0)}); }));
    for (auto const gone : before)
        if (std::ranges::find(members, gone) == members.end())
            CHECK(
                tx.run("DELETE FROM sharing_group_member WHERE sharing_group = ? AND organisation = ?", {group, gone}));
    for (auto const member : members)
        CHECK(tx.run("INSERT INTO sharing_group_member VALUES (?, ?, ?) ON CONFLICT DO NOTHING", {group, member, now}));
    return {};
}

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   SharingGroup const& group) {
    JsonWriter json;
    json.object().field("name", group.name).key("members").array();
    for (auto const member : group.members) json.value(member.value);
    json.end().end();
    auto const id = std::to_string(group.id.value);
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "sharing_group", .id = id, .details = json.text()}));
    return {};
}

/// RFC 9562 section 5.4.
std::string random_uuid() {
    auto bytes = secret_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    auto text = to_hex(bytes);
    for (std::size_t const at : {20U, 16U, 12U, 8U}) text.insert(at, "-");
    return text;
}

}  // namespace

Result<std::vector<SharingGroup>> SharingGroups::all() {
    return ledger_.read([](store::Transaction& tx) -> Result<std::vector<SharingGroup>> {
        std::vector<SharingGroup> groups;
        CHECK(tx.query(std::string(columns) + "ORDER BY name", {},
                       [&](store::Row const& row) { groups.push_back(read_row(row)); }));
        for (auto& group : groups) CHECK(read_members(tx, group));
        return groups;
    });
}

Result<SharingGroup> SharingGroups::group(SharingGroupId id) {
    return ledger_.read(
        [&](store::Transaction& tx) { return read_group(tx, "WHERE id = ?", id, std::to_string(id.value)); });
}

Result<SharingGroup> SharingGroups::find(std::string_view text) {
    auto const number = parse_int(text.starts_with('#') ? text.substr(1) : text);
    return ledger_.read([&](store::Transaction& tx) -> Result<SharingGroup> {
        if (number) return read_group(tx, "WHERE id = ?", *number, text);
        if (auto by_uuid = read_group(tx, "WHERE uuid = ?", lowered(text), text)) return by_uuid;
        return read_group(tx, "WHERE name = ?", text, text);
    });
}

Result<SharingGroup> SharingGroups::add(SharingGroup const& draft, access::Principal const& by) {
    CHECK(check_draft(draft));
    auto made = ledger_.write([&](store::Transaction& tx) -> Result<SharingGroup> {
        auto const now = clock_.now();
        auto const uuid = draft.uuid.empty() ? random_uuid() : lowered(draft.uuid);
        TRY(auto const id,
            tx.insert("INSERT INTO sharing_group (uuid, name, description, created, changed) VALUES (?, ?, ?, ?, ?)",
                      {uuid, trimmed(draft.name), draft.description, now, now}));
        CHECK(write_members(tx, {id}, draft.members, now));
        TRY(auto group, read_group(tx, "WHERE id = ?", id, draft.name));
        CHECK(write_audit(tx, by, now, "sharing_group.add", group));
        return group;
    });
    forget();
    return made;
}

Result<SharingGroup> SharingGroups::change(SharingGroup const& draft, access::Principal const& by) {
    CHECK(check_draft(draft));
    auto changed = ledger_.write([&](store::Transaction& tx) -> Result<SharingGroup> {
        auto const now = clock_.now();
        CHECK(read_group(tx, "WHERE id = ?", draft.id, std::to_string(draft.id.value)));
        CHECK(tx.run("UPDATE sharing_group SET name = ?, description = ?, changed = ? WHERE id = ?",
                     {trimmed(draft.name), draft.description, now, draft.id}));
        CHECK(write_members(tx, draft.id, draft.members, now));
        TRY(auto group, read_group(tx, "WHERE id = ?", draft.id, draft.name));
        CHECK(write_audit(tx, by, now, "sharing_group.change", group));
        return group;
    });
    forget();
    return changed;
}

void SharingGroups::forget() {
    std::lock_guard const lock(mutex_);
    members_.reset();
    generation_.fetch_add(1, std::memory_order_acq_rel);
}

std::shared_ptr<SharingGroups::Members const> SharingGroups::members() {
    std::lock_guard const lock(mutex_);
    if (members_) return members_;
    auto members = std::make_shared<Members>();
    auto const read = ledger_.read([&](store::Transaction& tx) {
        return tx.query("SELECT sharing_group, organisation FROM sharing_group_member", {},
                        [&](store::Row const& row) { members->insert({row.id<SharingGroup>(0), {row.integer(1)}}); });
    });
    if (!read) {
        log::error("reading who is a member of which sharing group: {}", read.error().message);
        return members;  // nobody is a member of anything, and the next question asks again
    }
    members_ = members;
    return members_;
}

bool SharingGroups::is_member(SharingGroupId group, OrganisationId organisation) {
    return members()->contains({group, organisation});
}

}  // namespace tocsin::gate
