#include "readiness/evidence.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 9> kinds = {"mandate", "policy",   "handbook", "training", "minutes",
                                                   "audit",   "contract", "report",   "other"};

std::string joined(std::vector<std::string> const& list) {
    return fmt::format("{}", fmt::join(list, ","));
}

Document read_row(store::Row const& row) {
    Document document{.id = row.id<DocumentTag>(0),
                      .name = row.string(1),
                      .kind = row.string(2),
                      .items = {},
                      .issued = row.time(4),
                      .valid_until = row.time_if(5),
                      .approved_by = row.string(6),
                      .link = row.string(7),
                      .sha256 = row.string(8),
                      .note = row.string(9),
                      .added = row.time(10),
                      .added_by = row.string(11)};
    for (auto const item : split(row.text(3), ',')) document.items.emplace_back(item);
    return document;
}

Status check(Library const& library, Document const& draft) {
    if (trimmed(draft.name).empty() || draft.name.size() > 300)
        return fail(Code::invalid, "name: expected 1 to 300 bytes");
    if (std::ranges::find(kinds, draft.kind) == kinds.end())
        return fail(Code::invalid,
                    fmt::format("kind: expected one of {}, found \"{}\"", fmt::join(kinds, ", "), draft.kind));
    if (draft.items.empty() || draft.items.size() > 100)
        return fail(Code::invalid, "items: expected 1 to 100 of what it proves, as sim3:O-1");
    for (auto const& name : draft.items) {
        auto const colon = name.find(':');
        auto const framework = library.framework(colon == std::string::npos ? std::string_view()
                                                                            : std::string_view(name).substr(0, colon));
        if (!framework || !(*framework)->item(std::string_view(name).substr(colon + 1)))
            return fail(Code::invalid, fmt::format("items: expected a framework and one of its items, as sim3:O-1; "
                                                   "found \"{}\"",
                                                   name));
    }
    if (draft.valid_until && *draft.valid_until <= draft.issued)
        return fail(Code::invalid, "valid_until: expected a date behind issued");
    if (draft.link.empty() && draft.sha256.empty())
        return fail(Code::invalid, "link: expected where the document is, or a file to take the SHA-256 of");
    if (draft.link.size() > 2000 || draft.note.size() > 4000 || draft.approved_by.size() > 300)
        return fail(Code::invalid, "expected a link of at most 2,000 bytes, a note of 4,000, approved_by of 300");
    bool const is_web = draft.link.starts_with("https://") || draft.link.starts_with("http://");
    if (!draft.link.empty() && !is_web && !draft.link.starts_with("/"))
        return fail(Code::invalid, "link: expected an address that starts with https:// or /");
    return {};
}

}  // namespace

std::vector<std::string_view> document_kinds() {
    return {kinds.begin(), kinds.end()};
}

Result<std::vector<Document>> Evidence::documents() {
    return ledger_.read([](store::Transaction& tx) -> Result<std::vector<Document>> {
        std::vector<Document> list;
        CHECK(
            tx.query("SELECT id, name, kind, items, issued, valid_until, approved_by, link, sha256, note, added, "
                     "added_by FROM readiness_document WHERE removed IS NULL ORDER BY id DESC",
                     {}, [&](store::Row const& row) { list.push_back(read_row(row)); }));
        return list;
    });
}

Result<Document> Evidence::add(Document draft, access::Principal const& by) {
    auto const now = clock_.now();
    if (draft.issued.micros == 0) draft.issued = Timestamp::from_day(now.day());
    CHECK(check(library_, draft));
    draft.added = now;
    draft.added_by = by.name;
    return ledger_.write([&](store::Transaction& tx) -> Result<Document> {
        auto const items = joined(draft.items);
        TRY(auto const id,
            tx.insert("INSERT INTO readiness_document (name, kind, items, issued, valid_until, approved_by, link, "
                      "sha256, note, added, added_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      {draft.name, draft.kind, items, draft.issued, draft.valid_until, draft.approved_by, draft.link,
                       draft.sha256, draft.note, draft.added, draft.added_by}));
        draft.id = {id};
        JsonWriter json;
        append(json, draft);
        auto const number = std::to_string(id);
        CHECK(access::audit(tx, by, now,
                            {.what = "evidence.add", .kind = "document", .id = number, .details = json.text()}));
        return draft;
    });
}

Status Evidence::remove(DocumentId id, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        TRY(auto const gone,
            tx.run("UPDATE readiness_document SET removed = ? WHERE id = ? AND removed IS NULL", {now, id}));
        if (gone == 0) return fail(Code::not_found, fmt::format("there is no document {}", id.value));
        auto const number = std::to_string(id.value);
        CHECK(access::audit(tx, by, now, {.what = "evidence.remove", .kind = "document", .id = number}));
        return {};
    });
}

void append(JsonWriter& json, Document const& document) {
    json.object()
        .field("id", document.id.value)
        .field("name", document.name)
        .field("kind", document.kind)
        .key("items")
        .array();
    for (auto const& item : document.items) json.value(item);
    json.end()
        .field("issued", document.issued)
        .field_or_null("valid_until", document.valid_until)
        .field("approved_by", document.approved_by)
        .field_or_null("link", document.link)
        .field_or_null("sha256", document.sha256)
        .field("note", document.note)
        .field("added", document.added)
        .field("added_by", document.added_by)
        .end();
}

}  // namespace tocsin::readiness
