#include "constituency/directory_store.hpp"

#include <algorithm>
#include <list>

namespace tocsin::constituency {
namespace {

using store::Bind;
using store::Row;

/// A table of the directory: its columns and the members behind them, said once. Statements and readers are made from
/// this. `alias` is what conditions call it; `joined` are the columns from other tables, which `join` brings in.
template <class Thing>
struct Table;

/// Has a version and remembers when it was made and changed.
constexpr std::string_view versioned[] = {"version", "created", "changed"};
/// Remembers who made it and when.
constexpr std::string_view signed_by[] = {"by_user", "by_name", "created"};

template <>
struct Table<Organisation> {
    static constexpr std::string_view name = "organisation", alias = "o";
    static constexpr std::span<std::string_view const> marks = versioned;
    static constexpr std::string_view joined =
        "COALESCE(p.name, ''), (SELECT count(*) FROM resource r WHERE r.organisation = o.id), "
        "(SELECT count(*) FROM contact c WHERE c.organisation = o.id)";
    static constexpr std::string_view join = " LEFT JOIN organisation p ON p.id = o.parent";
    static void columns(auto& o, auto&& each) {
        each("name", o.name);
        each("kind", o.kind);
        each("sector", o.sector);
        each("country", o.country);
        each("language", o.language);
        each("parent", o.parent);
        each("note", o.note);
        each("do_not_contact", o.do_not_contact);
    }
    static void read_joined(auto& take, Organisation& o) {
        take(o.parent_name);
        take(o.resources);
        take(o.contacts);
    }
};

/// What all but the organisations themselves have: one they belong to.
struct OfOrganisation {
    static constexpr std::string_view joined = "COALESCE(o.name, '')";
    static void read_joined(auto& take, auto& thing) { take(thing.organisation_name); }
};

template <>
struct Table<Resource> : OfOrganisation {
    static constexpr std::string_view name = "resource", alias = "r";
    static constexpr std::span<std::string_view const> marks = versioned;
    static constexpr std::string_view join = " JOIN organisation o ON o.id = r.organisation";
    static void columns(auto& r, auto&& each) {
        each("organisation", r.organisation);
        each("kind", r.kind);
        each("value", r.value);
        each("verified", r.verified);
        each("how", r.how);
        each("valid_from", r.from);
        each("valid_to", r.to);
    }
};

template <>
struct Table<Contact> : OfOrganisation {
    static constexpr std::string_view name = "contact", alias = "c";
    static constexpr std::span<std::string_view const> marks = versioned;
    static constexpr std::string_view join = " JOIN organisation o ON o.id = c.organisation";
    static void columns(auto& c, auto&& each) {
        each("organisation", c.organisation);
        each("role", c.role);
        each("name", c.name);
        each("email", c.email);
        each("phone", c.phone);
        each("webhook", c.webhook);
        each("language", c.language);
        each("key_fingerprint", c.key);
        each("public_key", c.public_key);
        each("expires", c.expires);
        each("do_not_contact", c.do_not_contact);
    }
};

template <>
struct Table<Suppression> : OfOrganisation {
    static constexpr std::string_view name = "suppression", alias = "s";
    static constexpr std::span<std::string_view const> marks = signed_by;
    static constexpr std::string_view join = " LEFT JOIN organisation o ON o.id = s.organisation";
    static void columns(auto& s, auto&& each) {
        each("network", s.network);
        each("organisation", s.organisation);
        each("feed", s.feed);
        each("identifier", s.identifier);
        each("reason", s.reason);
        each("valid_until", s.until);
    }
};

template <>
struct Table<DoNotContact> : OfOrganisation {
    static constexpr std::string_view name = "do_not_contact", alias = "d";
    static constexpr std::span<std::string_view const> marks = signed_by;
    static constexpr std::string_view join = " LEFT JOIN organisation o ON o.id = d.organisation";
    static void columns(auto& d, auto&& each) {
        each("address", d.address);
        each("organisation", d.organisation);
        each("reason", d.reason);
    }
};

template <class Thing>
constexpr bool is_versioned = requires(Thing thing) { thing.version; };

/// Reads the cells of a row from left to right.
class Cells {
  public:
    explicit Cells(Row const& row) : row_(row) {}

    void operator()(std::string& into) { into = row_.text(at_++); }
    void operator()(bool& into) { into = row_.truth(at_++); }
    void operator()(std::int64_t& into) { into = row_.integer(at_++); }
    void operator()(Timestamp& into) { into = row_.time(at_++); }
    void operator()(std::optional<Timestamp>& into) { into = row_.time_if(at_++); }
    void operator()(OrganisationKind& into) {
        into = organisation_kind(row_.text(at_++)).value_or(OrganisationKind::other);
    }
    void operator()(ResourceKind& into) { into = resource_kind(row_.text(at_++)).value_or(ResourceKind::prefix); }
    void operator()(ContactRole& into) { into = contact_role(row_.text(at_++)).value_or(ContactRole::other); }
    template <class Tag>
    void operator()(Id<Tag>& into) {
        into = row_.id<Tag>(at_++);
    }

  private:
    Row const& row_;
    int at_ = 0;
};

template <class Thing>
Thing read_row(Row const& row) {
    Thing thing;
    Cells take(row);
    take(thing.id);
    Table<Thing>::columns(thing, [&](std::string_view, auto& member) { take(member); });
    if constexpr (is_versioned<Thing>) {
        take(thing.version);
        take(thing.created);
        take(thing.changed);
    } else {
        take(thing.by.user);
        take(thing.by.who);
        take(thing.created);
    }
    Table<Thing>::read_joined(take, thing);
    return thing;
}

/// The names of the columns that a draft fills, in order.
template <class Thing>
std::vector<std::string_view> column_names() {
    std::vector<std::string_view> names;
    Thing const none{};
    Table<Thing>::columns(none, [&](std::string_view column, auto const&) { names.push_back(column); });
    return names;
}

/// "SELECT ... FROM ... " for read_row; conditions go behind it.
template <class Thing>
std::string const& select_of() {
    using T = Table<Thing>;
    static std::string const sql = [] {
        std::string text = fmt::format("SELECT {}.id", T::alias);
        for (auto const column : column_names<Thing>()) text += fmt::format(", {}.{}", T::alias, column);
        for (auto const column : T::marks) text += fmt::format(", {}.{}", T::alias, column);
        return fmt::format("{}, {} FROM {} {}{} ", text, T::joined, T::name, T::alias, T::join);
    }();
    return sql;
}

/// Values for a statement's question marks.
class Values {
  public:
    template <class T>
    void add(T const& value) {
        binds_.push_back(bind_of(value));
    }
    std::span<Bind const> binds() const { return binds_; }

  private:
    template <class T>
    static Bind bind_of(T const& value) {
        if constexpr (requires { name_of(value); })
            return Bind(name_of(value));
        else
            return Bind(value);
    }
    std::vector<Bind> binds_;
};

Status run(Transaction& tx, std::string const& sql, Values const& values) {
    return tx.query_rows(sql, values.binds(), [](Row const&) { return true; });
}

template <class Thing>
void add_marks(Values& values, Stamp const& stamp) {
    if constexpr (is_versioned<Thing>) {
        values.add(stamp.change_set);
        values.add(stamp.at);
    } else {
        values.add(stamp.by.user == 0 ? std::optional<std::int64_t>() : std::optional(stamp.by.user));
        values.add(stamp.by.who);
    }
    values.add(stamp.at);
}

template <class Thing>
Result<std::vector<Thing>> all(Transaction& tx, std::string_view conditions, std::span<Bind const> binds = {}) {
    std::vector<Thing> found;
    CHECK(tx.query_rows(fmt::format("{}{}", select_of<Thing>(), conditions), binds, [&](Row const& row) {
        found.push_back(read_row<Thing>(row));
        return true;
    }));
    return found;
}

template <class Thing>
Result<std::vector<Thing>> all(Transaction& tx, std::string_view conditions, std::initializer_list<Bind> binds) {
    return all<Thing>(tx, conditions, std::span(binds.begin(), binds.size()));
}

template <class Thing>
Result<std::optional<Thing>> first(Transaction& tx, std::string_view conditions, std::initializer_list<Bind> binds) {
    return tx.one(fmt::format("{}{}", select_of<Thing>(), conditions), binds, read_row<Thing>);
}

}  // namespace

template <class Thing>
Result<std::optional<Thing>> Rows<Thing>::load(Transaction& tx, Id<Thing> id) {
    static std::string const sql = fmt::format("{}WHERE {}.id = ?", select_of<Thing>(), Table<Thing>::alias);
    return tx.one(sql, {id}, read_row<Thing>);
}

template <class Thing>
Status Rows<Thing>::insert(Transaction& tx, Id<Thing> id, Draft const& draft, Stamp const& stamp) {
    using T = Table<Thing>;
    static std::string const sql = [] {
        auto names = column_names<Thing>();
        names.insert(names.end(), T::marks.begin(), T::marks.end());
        std::string marks = "?";
        for (std::size_t i = 0; i < names.size(); ++i) marks += ", ?";
        return fmt::format("INSERT INTO {} (id, {}) VALUES ({})", T::name, fmt::join(names, ", "), marks);
    }();
    Values values;
    values.add(id);
    T::columns(draft, [&](std::string_view, auto const& member) { values.add(member); });
    add_marks<Thing>(values, stamp);
    return run(tx, sql, values);
}

template <class Thing>
Status Rows<Thing>::update(Transaction& tx, Id<Thing> id, Draft const& draft, Stamp const& stamp) {
    using T = Table<Thing>;
    if constexpr (!is_versioned<Thing>) {  // who signs it now has made it
        CHECK(remove(tx, id));
        return insert(tx, id, draft, stamp);
    }
    static std::string const sql = fmt::format("UPDATE {} SET {} = ?, version = ?, changed = ? WHERE id = ?", T::name,
                                               fmt::join(column_names<Thing>(), " = ?, "));
    Values values;
    T::columns(draft, [&](std::string_view, auto const& member) { values.add(member); });
    values.add(stamp.change_set);
    values.add(stamp.at);
    values.add(id);
    return run(tx, sql, values);
}

template <class Thing>
Status Rows<Thing>::remove(Transaction& tx, Id<Thing> id) {
    static std::string const sql = fmt::format("DELETE FROM {} WHERE id = ?", Table<Thing>::name);
    CHECK(tx.run(sql, {id}));
    return {};
}

template struct Rows<Organisation>;
template struct Rows<Resource>;
template struct Rows<Contact>;
template struct Rows<Suppression>;
template struct Rows<DoNotContact>;

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

Result<std::optional<Organisation>> organisation_by_name(Transaction& tx, std::string_view name) {
    return first<Organisation>(tx, "WHERE o.name = ?", {name});
}
Result<std::vector<Organisation>> children_of(Transaction& tx, OrganisationId id) {
    return all<Organisation>(tx, "WHERE o.parent = ? ORDER BY o.name", {id});
}
Result<std::vector<Resource>> resources_of(Transaction& tx, OrganisationId id) {
    return all<Resource>(tx, "WHERE r.organisation = ? ORDER BY r.id", {id});
}
Result<std::vector<Contact>> contacts_of(Transaction& tx, OrganisationId id) {
    return all<Contact>(tx, "WHERE c.organisation = ? ORDER BY c.id", {id});
}
Result<std::vector<Resource>> claims_on(Transaction& tx, ResourceKind kind, std::string_view value) {
    return all<Resource>(tx, "WHERE r.value = ? AND r.kind = ? ORDER BY r.id", {value, name_of(kind)});
}
Result<std::optional<Resource>> claim_of(Transaction& tx, OrganisationId organisation, ResourceKind kind,
                                         std::string_view value) {
    return first<Resource>(tx, "WHERE r.value = ? AND r.kind = ? AND r.organisation = ?",
                           {value, name_of(kind), organisation});
}
Result<std::vector<Suppression>> all_suppressions(Transaction& tx) {
    return all<Suppression>(tx, "ORDER BY s.id");
}
Result<std::vector<DoNotContact>> all_do_not_contacts(Transaction& tx) {
    return all<DoNotContact>(tx, "ORDER BY d.id");
}
Result<std::optional<DoNotContact>> do_not_contact_entry(Transaction& tx, std::string_view address,
                                                         OrganisationId organisation) {
    if (organisation) return first<DoNotContact>(tx, "WHERE d.organisation = ?", {organisation});
    return first<DoNotContact>(tx, "WHERE d.address = ?", {address});
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
    TRY(auto items,
        all<Organisation>(
            tx, fmt::format("{} ORDER BY {}{}, o.id{} LIMIT {}", where.sql(), column, order, order, limit + 1),
            where.binds()));
    return cut(std::move(items), limit, [&](Organisation const& last) {
        return by_change ? fmt::format("{}:{}", last.id.value, last.changed.micros)
                         : fmt::format("{}:{}", last.id.value, last.name);
    });
}

namespace {

/// Things without an order of their own: in that of their making.
template <class Thing, class Query>
Result<Page<Thing>> page_by_id(Transaction& tx, Query const& query) {
    constexpr auto alias = Table<Thing>::alias;
    auto where = conditions_of(query);
    where.add(fmt::format("{}.id > ?", alias));
    where.bind(cursor_of(query.after).first);
    auto const limit = capped(query.limit);
    TRY(auto items,
        all<Thing>(tx, fmt::format("{} ORDER BY {}.id LIMIT {}", where.sql(), alias, limit + 1), where.binds()));
    return cut(std::move(items), limit, [](Thing const& last) { return std::to_string(last.id.value); });
}

}  // namespace

Result<Page<Resource>> page(Transaction& tx, ResourceQuery const& query) {
    return page_by_id<Resource>(tx, query);
}

Result<Page<Contact>> page(Transaction& tx, ContactQuery const& query) {
    return page_by_id<Contact>(tx, query);
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
