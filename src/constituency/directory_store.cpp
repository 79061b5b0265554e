#include "constituency/directory_store.hpp"

#include <algorithm>
#include <list>

namespace tocsin::constituency {
namespace {

using store::Bind;
using store::Row;

constexpr std::string_view organisation_select =
    "SELECT o.id, o.name, o.kind, o.sector, o.country, o.language, o.parent, o.note, o.do_not_contact, o.version, "
    "o.created, o.changed, COALESCE(p.name, ''), "
    "(SELECT count(*) FROM resource r WHERE r.organisation = o.id), "
    "(SELECT count(*) FROM contact c WHERE c.organisation = o.id) "
    "FROM organisation o LEFT JOIN organisation p ON p.id = o.parent ";
constexpr std::string_view resource_select =
    "SELECT r.id, r.organisation, r.kind, r.value, r.verified, r.how, r.valid_from, r.valid_to, r.version, r.created, "
    "r.changed, o.name FROM resource r JOIN organisation o ON o.id = r.organisation ";
constexpr std::string_view contact_select =
    "SELECT c.id, c.organisation, c.role, c.name, c.email, c.phone, c.webhook, c.language, c.key_fingerprint, "
    "c.public_key, c.expires, c.do_not_contact, c.version, c.created, c.changed, o.name "
    "FROM contact c JOIN organisation o ON o.id = c.organisation ";
constexpr std::string_view suppression_select =
    "SELECT s.id, s.network, s.organisation, s.feed, s.identifier, s.reason, s.valid_until, s.by_user, s.by_name, "
    "s.created, COALESCE(o.name, '') FROM suppression s LEFT JOIN organisation o ON o.id = s.organisation ";
constexpr std::string_view do_not_contact_select =
    "SELECT d.id, d.address, d.organisation, d.reason, d.by_user, d.by_name, d.created, COALESCE(o.name, '') "
    "FROM do_not_contact d LEFT JOIN organisation o ON o.id = d.organisation ";

Organisation read_organisation(Row const& row) {
    Organisation o;
    o.id = {row.integer(0)};
    o.name = row.string(1);
    o.kind = organisation_kind(row.text(2)).value_or(OrganisationKind::other);
    o.sector = row.string(3);
    o.country = row.string(4);
    o.language = row.string(5);
    o.parent = {row.integer(6)};
    o.note = row.string(7);
    o.do_not_contact = row.truth(8);
    o.version = row.integer(9);
    o.created = row.time(10);
    o.changed = row.time(11);
    o.parent_name = row.string(12);
    o.resources = row.integer(13);
    o.contacts = row.integer(14);
    return o;
}

Resource read_resource(Row const& row) {
    Resource r;
    r.id = {row.integer(0)};
    r.organisation = {row.integer(1)};
    r.kind = resource_kind(row.text(2)).value_or(ResourceKind::prefix);
    r.value = row.string(3);
    r.verified = row.truth(4);
    r.how = row.string(5);
    r.from = row.time_if(6);
    r.to = row.time_if(7);
    r.version = row.integer(8);
    r.created = row.time(9);
    r.changed = row.time(10);
    r.organisation_name = row.string(11);
    return r;
}

Contact read_contact(Row const& row) {
    Contact c;
    c.id = {row.integer(0)};
    c.organisation = {row.integer(1)};
    c.role = contact_role(row.text(2)).value_or(ContactRole::other);
    c.name = row.string(3);
    c.email = row.string(4);
    c.phone = row.string(5);
    c.webhook = row.string(6);
    c.language = row.string(7);
    c.key = row.string(8);
    c.public_key = row.string(9);
    c.expires = row.time_if(10);
    c.do_not_contact = row.truth(11);
    c.version = row.integer(12);
    c.created = row.time(13);
    c.changed = row.time(14);
    c.organisation_name = row.string(15);
    return c;
}

Suppression read_suppression(Row const& row) {
    Suppression s;
    s.id = {row.integer(0)};
    s.network = row.string(1);
    s.organisation = {row.integer(2)};
    s.feed = row.string(3);
    s.identifier = row.string(4);
    s.reason = row.string(5);
    s.until = row.time_if(6);
    s.by = {row.integer(7), row.string(8)};
    s.created = row.time(9);
    s.organisation_name = row.string(10);
    return s;
}

DoNotContact read_do_not_contact(Row const& row) {
    DoNotContact d;
    d.id = {row.integer(0)};
    d.address = row.string(1);
    d.organisation = {row.integer(2)};
    d.reason = row.string(3);
    d.by = {row.integer(4), row.string(5)};
    d.created = row.time(6);
    d.organisation_name = row.string(7);
    return d;
}

template <class T>
Result<std::vector<T>> all(Transaction& tx, std::string const& sql, std::span<Bind const> binds,
                           T (*read)(Row const&)) {
    std::vector<T> found;
    CHECK(tx.query_rows(sql, binds, [&](Row const& row) {
        found.push_back(read(row));
        return true;
    }));
    return found;
}

template <class T>
Result<std::optional<T>> first(Transaction& tx, std::string const& sql, std::span<Bind const> binds,
                               T (*read)(Row const&)) {
    std::optional<T> found;
    CHECK(tx.query_rows(sql, binds, [&](Row const& row) {
        found = read(row);
        return false;
    }));
    return found;
}

Bind user_of(Stamp const& stamp) {
    return stamp.by.user == 0 ? Bind(nullptr) : Bind(stamp.by.user);
}

std::string where_id(std::string_view select, std::string_view alias) {
    return fmt::format("{}WHERE {}.id = ?", select, alias);
}

}  // namespace

Actor actor_of(access::Principal const& by) {
    return {by.account.value, by.who};
}

Result<std::int64_t> next_ids(Transaction& tx, std::string_view kind, std::int64_t count) {
    std::int64_t last = 0;
    CHECK(
        tx.query("INSERT INTO directory_counter (name, last) VALUES (?, ?) "
                 "ON CONFLICT (name) DO UPDATE SET last = directory_counter.last + excluded.last RETURNING last",
                 {kind, count}, [&](Row const& row) { last = row.integer(0); }));
    return last - count + 1;
}

Result<std::optional<Organisation>> load(Transaction& tx, OrganisationId id) {
    Bind const binds[] = {id};
    return first(tx, where_id(organisation_select, "o"), binds, read_organisation);
}
Result<std::optional<Resource>> load(Transaction& tx, ResourceId id) {
    Bind const binds[] = {id};
    return first(tx, where_id(resource_select, "r"), binds, read_resource);
}
Result<std::optional<Contact>> load(Transaction& tx, ContactId id) {
    Bind const binds[] = {id};
    return first(tx, where_id(contact_select, "c"), binds, read_contact);
}
Result<std::optional<Suppression>> load(Transaction& tx, SuppressionId id) {
    Bind const binds[] = {id};
    return first(tx, where_id(suppression_select, "s"), binds, read_suppression);
}
Result<std::optional<DoNotContact>> load(Transaction& tx, DoNotContactId id) {
    Bind const binds[] = {id};
    return first(tx, where_id(do_not_contact_select, "d"), binds, read_do_not_contact);
}

Status insert_row(Transaction& tx, OrganisationId id, OrganisationDraft const& d, Stamp const& stamp) {
    CHECK(
        tx.run("INSERT INTO organisation (id, name, kind, sector, country, language, parent, note, do_not_contact, "
               "version, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {id, d.name, name_of(d.kind), d.sector, d.country, d.language, d.parent, d.note, d.do_not_contact,
                stamp.change_set, stamp.at, stamp.at}));
    return {};
}
Status insert_row(Transaction& tx, ResourceId id, ResourceDraft const& d, Stamp const& stamp) {
    CHECK(
        tx.run("INSERT INTO resource (id, organisation, kind, value, verified, how, valid_from, valid_to, version, "
               "created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {id, d.organisation, name_of(d.kind), d.value, d.verified, d.how, d.from, d.to, stamp.change_set,
                stamp.at, stamp.at}));
    return {};
}
Status insert_row(Transaction& tx, ContactId id, ContactDraft const& d, Stamp const& stamp) {
    CHECK(
        tx.run("INSERT INTO contact (id, organisation, role, name, email, phone, webhook, language, key_fingerprint, "
               "public_key, expires, do_not_contact, version, created, changed) "
               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {id, d.organisation, name_of(d.role), d.name, d.email, d.phone, d.webhook, d.language, d.key,
                d.public_key, d.expires, d.do_not_contact, stamp.change_set, stamp.at, stamp.at}));
    return {};
}
Status insert_row(Transaction& tx, SuppressionId id, SuppressionDraft const& d, Stamp const& stamp) {
    CHECK(
        tx.run("INSERT INTO suppression (id, network, organisation, feed, identifier, reason, valid_until, by_user, "
               "by_name, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {id, d.network, d.organisation, d.feed, d.identifier, d.reason, d.until, user_of(stamp), stamp.by.who,
                stamp.at}));
    return {};
}
Status insert_row(Transaction& tx, DoNotContactId id, DoNotContactDraft const& d, Stamp const& stamp) {
    CHECK(
        tx.run("INSERT INTO do_not_contact (id, address, organisation, reason, by_user, by_name, created) "
               "VALUES (?, ?, ?, ?, ?, ?, ?)",
               {id, d.address, d.organisation, d.reason, user_of(stamp), stamp.by.who, stamp.at}));
    return {};
}

Status update_row(Transaction& tx, OrganisationId id, OrganisationDraft const& d, Stamp const& stamp) {
    CHECK(
        tx.run("UPDATE organisation SET name = ?, kind = ?, sector = ?, country = ?, language = ?, parent = ?, "
               "note = ?, do_not_contact = ?, version = ?, changed = ? WHERE id = ?",
               {d.name, name_of(d.kind), d.sector, d.country, d.language, d.parent, d.note, d.do_not_contact,
                stamp.change_set, stamp.at, id}));
    return {};
}
Status update_row(Transaction& tx, ResourceId id, ResourceDraft const& d, Stamp const& stamp) {
    CHECK(tx.run(
        "UPDATE resource SET organisation = ?, kind = ?, value = ?, verified = ?, how = ?, valid_from = ?, "
        "valid_to = ?, version = ?, changed = ? WHERE id = ?",
        {d.organisation, name_of(d.kind), d.value, d.verified, d.how, d.from, d.to, stamp.change_set, stamp.at, id}));
    return {};
}
Status update_row(Transaction& tx, ContactId id, ContactDraft const& d, Stamp const& stamp) {
    CHECK(
        tx.run("UPDATE contact SET organisation = ?, role = ?, name = ?, email = ?, phone = ?, webhook = ?, "
               "language = ?, key_fingerprint = ?, public_key = ?, expires = ?, do_not_contact = ?, version = ?, "
               "changed = ? WHERE id = ?",
               {d.organisation, name_of(d.role), d.name, d.email, d.phone, d.webhook, d.language, d.key, d.public_key,
                d.expires, d.do_not_contact, stamp.change_set, stamp.at, id}));
    return {};
}
Status update_row(Transaction& tx, SuppressionId id, SuppressionDraft const& d, Stamp const& stamp) {
    CHECK(delete_row(tx, id));
    return insert_row(tx, id, d, stamp);
}
Status update_row(Transaction& tx, DoNotContactId id, DoNotContactDraft const& d, Stamp const& stamp) {
    CHECK(delete_row(tx, id));
    return insert_row(tx, id, d, stamp);
}

Status delete_row(Transaction& tx, OrganisationId id) {
    CHECK(tx.run("DELETE FROM organisation WHERE id = ?", {id}));
    return {};
}
Status delete_row(Transaction& tx, ResourceId id) {
    CHECK(tx.run("DELETE FROM resource WHERE id = ?", {id}));
    return {};
}
Status delete_row(Transaction& tx, ContactId id) {
    CHECK(tx.run("DELETE FROM contact WHERE id = ?", {id}));
    return {};
}
Status delete_row(Transaction& tx, SuppressionId id) {
    CHECK(tx.run("DELETE FROM suppression WHERE id = ?", {id}));
    return {};
}
Status delete_row(Transaction& tx, DoNotContactId id) {
    CHECK(tx.run("DELETE FROM do_not_contact WHERE id = ?", {id}));
    return {};
}

Result<std::optional<Organisation>> organisation_by_name(Transaction& tx, std::string_view name) {
    Bind const binds[] = {name};
    return first(tx, fmt::format("{}WHERE o.name = ?", organisation_select), binds, read_organisation);
}
Result<std::vector<Organisation>> children_of(Transaction& tx, OrganisationId id) {
    Bind const binds[] = {id};
    return all(tx, fmt::format("{}WHERE o.parent = ? ORDER BY o.name", organisation_select), binds, read_organisation);
}
Result<std::vector<Resource>> resources_of(Transaction& tx, OrganisationId id) {
    Bind const binds[] = {id};
    return all(tx, fmt::format("{}WHERE r.organisation = ? ORDER BY r.id", resource_select), binds, read_resource);
}
Result<std::vector<Contact>> contacts_of(Transaction& tx, OrganisationId id) {
    Bind const binds[] = {id};
    return all(tx, fmt::format("{}WHERE c.organisation = ? ORDER BY c.id", contact_select), binds, read_contact);
}
Result<std::vector<Resource>> claims_on(Transaction& tx, ResourceKind kind, std::string_view value) {
    Bind const binds[] = {value, name_of(kind)};
    return all(tx, fmt::format("{}WHERE r.value = ? AND r.kind = ? ORDER BY r.id", resource_select), binds,
               read_resource);
}
Result<std::optional<Resource>> claim_of(Transaction& tx, OrganisationId organisation, ResourceKind kind,
                                         std::string_view value) {
    Bind const binds[] = {value, name_of(kind), organisation};
    static std::string const sql =
        fmt::format("{}WHERE r.value = ? AND r.kind = ? AND r.organisation = ?", resource_select);
    return first(tx, sql, binds, read_resource);
}
Result<std::vector<Suppression>> all_suppressions(Transaction& tx) {
    return all(tx, fmt::format("{}ORDER BY s.id", suppression_select), {}, read_suppression);
}
Result<std::vector<DoNotContact>> all_do_not_contacts(Transaction& tx) {
    return all(tx, fmt::format("{}ORDER BY d.id", do_not_contact_select), {}, read_do_not_contact);
}
Result<std::optional<DoNotContact>> do_not_contact_entry(Transaction& tx, std::string_view address,
                                                         OrganisationId organisation) {
    if (organisation) {
        Bind const binds[] = {organisation};
        return first(tx, fmt::format("{}WHERE d.organisation = ?", do_not_contact_select), binds, read_do_not_contact);
    }
    Bind const binds[] = {address};
    return first(tx, fmt::format("{}WHERE d.address = ?", do_not_contact_select), binds, read_do_not_contact);
}

Status for_each_owner(Transaction& tx, std::function<void(OwnerRow const&)> const& each) {
    return tx.query("SELECT id, parent, name, kind, country FROM organisation", {}, [&](Row const& row) {
        each({{row.integer(0)}, {row.integer(1)}, row.text(2), row.text(3), row.text(4)});
    });
}

Status for_each_claim(Transaction& tx, std::function<void(OwnerTableBuilder::Entry const&)> const& each) {
    return tx.query("SELECT id, organisation, kind, value, verified, valid_from, valid_to FROM resource", {},
                    [&](Row const& row) {
                        auto const kind = resource_kind(row.text(2));
                        if (kind)
                            each({.organisation = {row.integer(1)},
                                  .kind = *kind,
                                  .value = row.text(3),
                                  .verified = row.truth(4),
                                  .from = row.time_if(5),
                                  .to = row.time_if(6),
                                  .order = row.integer(0)});
                    });
}

namespace {

/// A statement put together at run time: conditions with their values.
class Conditions {
  public:
    void add(std::string_view condition) { sql_ += fmt::format("{} {}", sql_.empty() ? " WHERE" : " AND", condition); }
    void bind(std::int64_t number) { binds_.emplace_back(number); }
    void bind(std::string text) { binds_.emplace_back(texts_.emplace_back(std::move(text))); }
    void one_of(std::string_view column, std::vector<std::string> const& values) {
        if (values.empty()) return;
        std::string marks;
        for (auto const& value : values) {
            marks += marks.empty() ? "?" : ", ?";
            bind(value);
        }
        add(fmt::format("{} IN ({})", column, marks));
    }
    /// Part of the text, ASCII case ignored.
    void like(std::string_view expression, std::string_view text) {
        if (text.empty()) return;
        std::string pattern = "%";
        for (char const c : text) {
            if (c == '%' || c == '_' || c == '\\') pattern += '\\';
            pattern += c;
        }
        add(fmt::format("lower({}) LIKE lower(?) ESCAPE '\\'", expression));
        bind(pattern + "%");
    }
    std::string const& sql() const { return sql_; }
    std::span<Bind const> binds() const { return binds_; }

  private:
    std::string sql_;
    std::list<std::string> texts_;  ///< stays in place: the binds are views
    std::vector<Bind> binds_;
};

constexpr std::size_t greatest_page = 1000;

/// Cursors are "ID:KEY" of the last item.
std::pair<std::int64_t, std::string_view> cursor_of(std::string_view after) {
    auto const colon = after.find(':');
    if (colon == std::string_view::npos) return {parse_int(after).value_or(0), {}};
    return {parse_int(after.substr(0, colon)).value_or(0), after.substr(colon + 1)};
}

template <class T, class Next>
Page<T> cut(std::vector<T> items, std::size_t limit, Next next) {
    Page<T> page;
    if (items.size() > limit) {
        items.resize(limit);
        page.next = next(items.back());
    }
    page.items = std::move(items);
    return page;
}

std::size_t capped(std::size_t limit) {
    return std::clamp<std::size_t>(limit, 1, greatest_page);
}

Conditions conditions_of(OrganisationQuery const& query) {
    Conditions where;
    where.like("o.name", query.text);
    where.one_of("o.kind", query.kinds);
    where.one_of("o.sector", query.sectors);
    where.one_of("o.country", query.countries);
    if (query.parent) {
        where.add("o.parent = ?");
        where.bind(query.parent.value);
    }
    return where;
}

Conditions conditions_of(ResourceQuery const& query) {
    Conditions where;
    where.like("r.value", query.text);
    if (query.kind) {
        where.add("r.kind = ?");
        where.bind(std::string(name_of(*query.kind)));
    }
    if (query.organisation) {
        where.add("r.organisation = ?");
        where.bind(query.organisation.value);
    }
    return where;
}

Conditions conditions_of(ContactQuery const& query) {
    Conditions where;
    where.like("(c.name || ' ' || c.email)", query.text);
    if (query.organisation) {
        where.add("c.organisation = ?");
        where.bind(query.organisation.value);
    }
    return where;
}

Result<std::int64_t> counted(Transaction& tx, std::string_view from, Conditions const& where) {
    std::int64_t count = 0;
    CHECK(
        tx.query_rows(fmt::format("SELECT count(*) FROM {}{}", from, where.sql()), where.binds(), [&](Row const& row) {
            count = row.integer(0);
            return false;
        }));
    return count;
}

}  // namespace

Result<Page<Organisation>> page(Transaction& tx, OrganisationQuery const& query) {
    auto where = conditions_of(query);
    auto const [after_id, after_key] = cursor_of(query.after);
    bool const by_change = query.sort == "-changed", backwards = by_change || query.sort == "-name";
    std::string_view const column = by_change ? "o.changed" : "o.name";
    char const than = backwards ? '<' : '>';
    if (!query.after.empty()) {
        where.add(fmt::format("({0} {1} ? OR ({0} = ? AND o.id {1} ?))", column, than));
        for (int i = 0; i < 2; ++i) {
            if (by_change)
                where.bind(parse_int(after_key).value_or(0));
            else
                where.bind(std::string(after_key));
        }
        where.bind(after_id);
    }
    auto const limit = capped(query.limit);
    std::string_view const order = backwards ? " DESC" : "";
    TRY(auto items, all(tx,
                        fmt::format("{}{} ORDER BY {}{}, o.id{} LIMIT {}", organisation_select, where.sql(), column,
                                    order, order, limit + 1),
                        where.binds(), read_organisation));
    return cut(std::move(items), limit, [&](Organisation const& last) {
        return by_change ? fmt::format("{}:{}", last.id.value, last.changed.micros)
                         : fmt::format("{}:{}", last.id.value, last.name);
    });
}

Result<Page<Resource>> page(Transaction& tx, ResourceQuery const& query) {
    auto where = conditions_of(query);
    where.add("r.id > ?");
    where.bind(cursor_of(query.after).first);
    auto const limit = capped(query.limit);
    TRY(auto items, all(tx, fmt::format("{}{} ORDER BY r.id LIMIT {}", resource_select, where.sql(), limit + 1),
                        where.binds(), read_resource));
    return cut(std::move(items), limit, [](Resource const& last) { return std::to_string(last.id.value); });
}

Result<Page<Contact>> page(Transaction& tx, ContactQuery const& query) {
    auto where = conditions_of(query);
    where.add("c.id > ?");
    where.bind(cursor_of(query.after).first);
    auto const limit = capped(query.limit);
    TRY(auto items, all(tx, fmt::format("{}{} ORDER BY c.id LIMIT {}", contact_select, where.sql(), limit + 1),
                        where.binds(), read_contact));
    return cut(std::move(items), limit, [](Contact const& last) { return std::to_string(last.id.value); });
}

Result<std::int64_t> count_rows(Transaction& tx, OrganisationQuery const& query) {
    return counted(tx, "organisation o", conditions_of(query));
}
Result<std::int64_t> count_rows(Transaction& tx, ResourceQuery const& query) {
    return counted(tx, "resource r", conditions_of(query));
}
Result<std::int64_t> count_rows(Transaction& tx, ContactQuery const& query) {
    return counted(tx, "contact c", conditions_of(query));
}

}  // namespace tocsin::constituency
