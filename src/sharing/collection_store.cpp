#include "sharing/collections.hpp"
#include "sharing/word_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::sharing {
namespace {

constexpr std::string_view columns =
    "SELECT id, uuid, alias, title, description, types, labels, tlps, is_inbox FROM collection WHERE removed IS NULL ";
constexpr std::chrono::hours status_kept{48};

Collection read_row(store::Row const& row) {
    Collection collection{.id = row.integer(0),
                          .uuid = row.string(1),
                          .alias = row.string(2),
                          .title = row.string(3),
                          .description = row.string(4),
                          .types = words_of(row.text(5)),
                          .labels = words_of(row.text(6)),
                          .is_inbox = row.truth(8)};
    for (auto const& word : words_of(row.text(7)))
        if (auto const tlp = gate::parse_tlp(word)) collection.tlps.push_back(*tlp);
    return collection;
}

Status check_draft(Collection const& draft) {
    if (trimmed(draft.title).empty() || draft.title.size() > 200)
        return fail(Code::invalid, "title: expected 1 to 200 bytes");
    if (draft.description.size() > 4000) return fail(Code::invalid, "description: expected at most 4000 bytes");
    for (auto const* list : {&draft.types, &draft.labels})
        for (auto const& word : *list)
            if (word.empty() || word.size() > 250 || word.find(',') != std::string::npos)
                return fail(Code::invalid,
                            fmt::format("types, labels: expected words without a comma, found \"{}\"", word));
    return {};
}

Result<std::int64_t> insert(store::Transaction& tx, Collection const& draft, Timestamp now) {
    std::vector<std::string_view> tlps;
    for (auto const tlp : draft.tlps) tlps.push_back(gate::name_of(tlp));
    auto const types = fmt::format("{}", fmt::join(draft.types, ","));
    auto const labels = fmt::format("{}", fmt::join(draft.labels, ","));
    auto const tlp_list = fmt::format("{}", fmt::join(tlps, ","));
    auto const alias = draft.alias.empty() ? store::Bind(nullptr) : store::Bind(draft.alias);
    return tx.insert(
        "INSERT INTO collection (uuid, alias, title, description, types, labels, tlps, is_inbox, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {random_uuid(), alias, trimmed(draft.title), draft.description, types, labels, tlp_list, draft.is_inbox, now});
}

}  // namespace

std::string random_uuid() {
    auto bytes = secret_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    auto text = to_hex(bytes);
    for (std::size_t const at : {20U, 16U, 12U, 8U}) text.insert(at, "-");
    return text;
}

intelligence::ObjectFilter Collection::filter() const {
    intelligence::ObjectFilter filter;
    filter.types = types;
    filter.labels = labels;
    filter.tlps = tlps;
    if (is_inbox) filter.collection = id;
    return filter;
}

Result<std::unique_ptr<Collections>> Collections::open(store::Ledger& ledger, Clock const& clock) {
    CHECK(ledger.write([&](store::Transaction& tx) -> Status {
        TRY(auto const some, tx.one("SELECT 1 FROM collection", {}, [](store::Row const&) { return true; }));
        if (some) return {};
        CHECK(insert(tx, {.alias = "all", .title = "All intelligence", .description = "Everything you may see."},
                     clock.now()));
        CHECK(insert(
            tx,
            {.alias = "inbox", .title = "Inbox", .description = "For what peers and tools bring.", .is_inbox = true},
            clock.now()));
        return {};
    }));
    return std::unique_ptr<Collections>(new Collections(ledger, clock));
}

Result<std::vector<Collection>> Collections::all() {
    return ledger_.read([](store::Transaction& tx) -> Result<std::vector<Collection>> {
        std::vector<Collection> collections;
        CHECK(tx.query(std::string(columns) + "ORDER BY id", {},
                       [&](store::Row const& row) { collections.push_back(read_row(row)); }));
        return collections;
    });
}

Result<Collection> Collections::find(std::string_view text) {
    return ledger_.read([&](store::Transaction& tx) -> Result<Collection> {
        TRY(auto found, tx.one(std::string(columns) + "AND (uuid = ? OR alias = ?)", {lowered(text), text}, read_row));
        if (!found) return fail(Code::not_found, fmt::format("there is no collection \"{}\"", text));
        return *std::move(found);
    });
}

Result<Collection> Collections::add(Collection const& draft, access::Principal const& by) {
    CHECK(check_draft(draft));
    return ledger_.write([&](store::Transaction& tx) -> Result<Collection> {
        TRY(auto const taken,
            tx.one("SELECT 1 FROM collection WHERE alias = ?", {draft.alias}, [](store::Row const&) { return true; }));
        if (taken) return fail(Code::conflict, fmt::format("alias: \"{}\" is another collection's", draft.alias));
        TRY(auto const id, insert(tx, draft, clock_.now()));
        auto const text = std::to_string(id);
        CHECK(access::audit(tx, by, clock_.now(), {.what = "collection.add", .kind = "collection", .id = text}));
        TRY(auto made, tx.one(std::string(columns) + "AND id = ?", {id}, read_row));
        return *std::move(made);
    });
}

Status Collections::remove(std::int64_t id, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        TRY(auto const gone, tx.run("UPDATE collection SET removed = ?, alias = NULL WHERE id = ? AND removed IS NULL",
                                    {clock_.now(), id}));
        if (gone == 0) return fail(Code::not_found, fmt::format("there is no collection number {}", id));
        auto const text = std::to_string(id);
        CHECK(access::audit(tx, by, clock_.now(), {.what = "collection.remove", .kind = "collection", .id = text}));
        return {};
    });
}

Result<std::string> Collections::keep_status(std::string_view who, formats::taxii::PushStatus status) {
    status.id = random_uuid();
    auto const body = formats::taxii::write(status);
    CHECK(ledger_.write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("DELETE FROM taxii_status WHERE at < ?", {clock_.now() - status_kept}));
        CHECK(tx.run("INSERT INTO taxii_status VALUES (?, ?, ?, ?)", {status.id, who, clock_.now(), body}));
        return {};
    }));
    return body;
}

Result<std::string> Collections::status(std::string_view id, std::string_view who) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::string> {
        TRY(auto found, tx.one("SELECT body FROM taxii_status WHERE id = ? AND who = ?", {lowered(id), who},
                               [](store::Row const& row) { return row.string(0); }));
        if (!found) return fail(Code::not_found, fmt::format("there is no status \"{}\"", id));
        return *std::move(found);
    });
}

}  // namespace tocsin::sharing
