#include "net/net.hpp"
#include "sharing/remotes.hpp"
#include "sharing/taxii_client.hpp"
#include "sharing/word_list.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::sharing {
namespace {

constexpr std::string_view purpose = "taxii-remote";
constexpr std::int64_t refusals_kept = 1000;
constexpr std::chrono::seconds shortest{1}, longest{30 * 86'400};
constexpr std::size_t most_on_a_page = 5000;

constexpr std::string_view columns =
    "SELECT r.id, r.name, r.peer, p.name, r.url, r.login, r.secret IS NOT NULL, r.ca_file, r.fingerprint, "
    "r.certificate, r.certificate_key, r.reachable, r.allows_http, r.collection, r.push_collection, r.polls, r.pushes, "
    "r.every, r.types, r.standard, r.page, r.is_paused, r.created FROM taxii_remote r JOIN peer p ON p.id = r.peer ";
constexpr std::string_view living = "r.removed IS NULL AND p.removed IS NULL ";

constexpr std::string_view course_columns =
    "due, last_run, last_success, caught_up, failures, error, remarks, root, collection, done, known, refused, "
    "added_after, walk_from, walk_began, walk_last, is_walk_ordered, is_walk_deep, next, deep, clearance, status, "
    "status_through, status_sent";

Remote read_row(store::Row const& row) {
    Remote remote{.id = row.id<RemoteTag>(0),
                  .name = row.string(1),
                  .peer = row.id<PeerTag>(2),
                  .peer_name = row.string(3),
                  .url = row.string(4),
                  .login = row.string(5),
                  .has_secret = row.truth(6),
                  .ca_file = row.string(7),
                  .fingerprint = row.string(8),
                  .certificate = row.string(9),
                  .key = row.string(10),
                  .allows_http = row.truth(12),
                  .collection = row.string(13),
                  .push_collection = row.string(14),
                  .polls = row.truth(15),
                  .pushes = row.truth(16),
                  .every = std::chrono::seconds(row.integer(17)),
                  .types = words_of(row.text(18)),
                  .page = static_cast<std::size_t>(row.integer(20)),
                  .is_paused = row.truth(21),
                  .created = row.time(22)};
    for (auto const& word : words_of(row.text(11)))
        if (auto const network = parse_prefix(word)) remote.reachable.push_back(*network);
    if (auto const marking = gate::parse_marking(row.text(19))) remote.standard = *marking;
    return remote;
}

Course read_course(store::Row const& row) {
    return {.due = row.time(0),
            .last_run = row.time_if(1),
            .last_success = row.time_if(2),
            .caught_up = row.time_if(3),
            .failures = row.integer(4),
            .error = row.string(5),
            .remarks = row.string(6),
            .root = row.string(7),
            .collection = row.string(8),
            .done = row.integer(9),
            .known = row.integer(10),
            .refused = row.integer(11),
            .added_after = row.time_if(12),
            .walk_from = row.time_if(13),
            .walk_began = row.time_if(14),
            .walk_last = row.time_if(15),
            .is_walk_ordered = row.truth(16),
            .is_walk_deep = row.truth(17),
            .next = row.string(18),
            .deep = row.time_if(19),
            .clearance = static_cast<gate::Tlp>(row.integer(20)),
            .status = row.string(21),
            .status_through = row.time_if(22),
            .status_sent = row.integer(23)};
}

Status check_files(Remote const& draft) {
    if (draft.certificate.empty() != draft.key.empty())
        return fail(Code::invalid, "a client certificate needs its key, and a key its certificate");
    for (auto const* file : {&draft.ca_file, &draft.certificate, &draft.key})
        if (!file->empty() && !file->starts_with('/'))
            return fail(Code::invalid, fmt::format("{}: expected an absolute path", *file));
    return {};
}

Status check_secret(std::string_view login, std::string_view secret) {
    if (!login.empty() && secret.empty()) return fail(Code::invalid, "a login needs its password");
    if (login.empty() && !secret.empty()) CHECK(net::bearer_authorization(secret));
    if (!login.empty()) CHECK(net::basic_authorization(login, secret));
    return {};
}

Status check_draft(Remote const& draft, std::string_view secret) {
    if (trimmed(draft.name).empty() || draft.name.size() > 200 || parse_int(draft.name) || draft.name.contains("://"))
        return fail(Code::invalid, "name: expected 1 to 200 bytes, not a number and not an address");
    if (auto const url = net::check_http_url(draft.url); !url)
        return fail(Code::invalid, fmt::format("url: {}", url.error().message));
    if (!lowered(draft.url).starts_with("https://") && !draft.allows_http && !is_this_machine(draft.url))
        return fail(Code::invalid, "url: expected https://; everybody on the way reads what goes over plain http");
    if (trimmed(draft.collection).empty() || draft.collection.size() > 1000)
        return fail(Code::invalid, "collection: expected its id, alias or title on that server");
    if (!draft.polls && !draft.pushes) return fail(Code::invalid, "direction: expected poll, push or both");
    if (draft.every < shortest || draft.every > longest)
        return fail(Code::invalid, "every: expected between 1s and 30d");
    if (draft.page < 1 || draft.page > most_on_a_page)
        return fail(Code::invalid, fmt::format("page: expected 1 to {}", most_on_a_page));
    for (auto const& type : draft.types)
        if (type.empty() || type.size() > 250 || type.contains(',') || type.contains(' '))
            return fail(Code::invalid, fmt::format("types: expected a type of STIX, found \"{}\"", type));
    CHECK(check_secret(draft.login, secret));
    return check_files(draft);
}

/// Without the secret, and without what stands behind a "?" of the address.
Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   Remote const& remote) {
    JsonWriter json;
    json.object()
        .field("name", remote.name)
        .field("peer", remote.peer.value)
        .field("url", net::printable_url(remote.url))
        .field("collection", remote.collection)
        .field("polls", remote.polls)
        .field("pushes", remote.pushes)
        .end();
    auto const id = std::to_string(remote.id.value);
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "taxii_remote", .id = id, .details = json.text()}));
    return {};
}

Result<Remote> read_remote(store::Transaction& tx, std::string_view condition, store::Bind value,
                           std::string_view asked) {
    auto const sql = fmt::format("{} WHERE {} {}", columns, living, condition);
    TRY(auto found, tx.one(sql, {value}, read_row));
    if (!found) return fail(Code::not_found, fmt::format("there is no TAXII remote \"{}\"", asked));
    return *std::move(found);
}

Result<std::optional<Course>> find_course(store::Transaction& tx, RemoteId id, Way way) {
    auto const sql = fmt::format("SELECT {} FROM taxii_course WHERE remote = ? AND is_push = ?", course_columns);
    return tx.one(sql, {id, way == Way::push}, read_course);
}

Status write_course(store::Transaction& tx, RemoteId id, Way way, Course const& course) {
    CHECK(tx.run("DELETE FROM taxii_course WHERE remote = ? AND is_push = ?", {id, way == Way::push}));
    auto const sql = fmt::format(
        "INSERT INTO taxii_course (remote, is_push, {}) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        course_columns);
    CHECK(tx.run(sql, {id,
                       way == Way::push,
                       course.due,
                       course.last_run,
                       course.last_success,
                       course.caught_up,
                       course.failures,
                       course.error,
                       course.remarks,
                       course.root,
                       course.collection,
                       course.done,
                       course.known,
                       course.refused,
                       course.added_after,
                       course.walk_from,
                       course.walk_began,
                       course.walk_last,
                       course.is_walk_ordered,
                       course.is_walk_deep,
                       course.next,
                       course.deep,
                       course.clearance,
                       course.status,
                       course.status_through,
                       course.status_sent}));
    return {};
}

}  // namespace

std::string_view name_of(Way way) {
    return way == Way::poll ? "poll" : "push";
}

Result<std::vector<Remote>> Remotes::all() {
    return ledger_.read([](store::Transaction& tx) -> Result<std::vector<Remote>> {
        std::vector<Remote> remotes;
        CHECK(tx.query(fmt::format("{} WHERE {} ORDER BY r.name", columns, living), {},
                       [&](store::Row const& row) { remotes.push_back(read_row(row)); }));
        return remotes;
    });
}

Result<Remote> Remotes::find(std::string_view text) {
    auto const number = parse_int(text.starts_with('#') ? text.substr(1) : text);
    return ledger_.read([&](store::Transaction& tx) {
        return number ? read_remote(tx, "AND r.id = ?", *number, text) : read_remote(tx, "AND r.name = ?", text, text);
    });
}

Result<Remote> Remotes::add(Remote const& draft, std::string_view secret, access::Principal const& by) {
    CHECK(check_draft(draft, secret));
    auto const sealed = secret.empty() ? std::string() : secrets_.seal(purpose, secret);
    std::vector<std::string> networks;
    for (auto const& network : draft.reachable) networks.push_back(format_prefix(network));
    auto const reachable = fmt::format("{}", fmt::join(networks, ","));
    auto const types = fmt::format("{}", fmt::join(draft.types, ","));
    auto const standard = gate::label_of(draft.standard);
    return ledger_.write([&](store::Transaction& tx) -> Result<Remote> {
        auto const now = clock_.now();
        TRY(auto const id,
            tx.insert("INSERT INTO taxii_remote (name, peer, url, login, secret, ca_file, fingerprint, certificate, "
                      "certificate_key, reachable, allows_http, collection, push_collection, polls, pushes, every, "
                      "types, standard, page, is_paused, created) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      {trimmed(draft.name),
                       draft.peer,
                       draft.url,
                       draft.login,
                       sealed.empty() ? store::Bind(nullptr) : store::Bind::blob(sealed),
                       draft.ca_file,
                       draft.fingerprint,
                       draft.certificate,
                       draft.key,
                       reachable,
                       draft.allows_http,
                       draft.collection,
                       draft.push_collection,
                       draft.polls,
                       draft.pushes,
                       draft.every.count(),
                       types,
                       standard,
                       draft.page,
                       draft.is_paused,
                       now}));
        for (auto const way : {Way::poll, Way::push})
            if (draft.goes(way)) CHECK(write_course(tx, {id}, way, {.due = now}));
        TRY(auto remote, read_remote(tx, "AND r.id = ?", id, draft.name));
        CHECK(write_audit(tx, by, now, "taxii_remote.add", remote));
        return remote;
    });
}

Status Remotes::remove(RemoteId id, access::Principal const& by) {
    TRY(auto const remote, find(std::to_string(id.value)));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        CHECK(
            tx.run("UPDATE taxii_remote SET removed = ?, secret = NULL, name = name || ' (removed ' || id || ')' "
                   "WHERE id = ?",
                   {clock_.now(), id}));
        CHECK(tx.run("DELETE FROM taxii_course WHERE remote = ?", {id}));
        CHECK(tx.run("DELETE FROM taxii_refusal WHERE remote = ?", {id}));
        return write_audit(tx, by, clock_.now(), "taxii_remote.remove", remote);
    });
}

Status Remotes::pause(RemoteId id, bool is_paused, access::Principal const& by) {
    TRY(auto const remote, find(std::to_string(id.value)));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        CHECK(tx.run("UPDATE taxii_remote SET is_paused = ? WHERE id = ?", {is_paused, id}));
        if (!is_paused) CHECK(tx.run("UPDATE taxii_course SET due = ?, failures = 0 WHERE remote = ?", {now, id}));
        return write_audit(tx, by, now, is_paused ? "taxii_remote.pause" : "taxii_remote.resume", remote);
    });
}

Status Remotes::hurry(RemoteId id, Way way, access::Principal const& by) {
    TRY(auto const remote, find(std::to_string(id.value)));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        TRY(auto const there,
            tx.run("UPDATE taxii_course SET due = ? WHERE remote = ? AND is_push = ?", {now, id, way == Way::push}));
        if (there == 0) return fail(Code::invalid, fmt::format("{} does not {}", remote.name, name_of(way)));
        return write_audit(tx, by, now, way == Way::push ? "taxii_remote.push" : "taxii_remote.poll", remote);
    });
}

Status Remotes::change_secret(RemoteId id, std::string_view login, std::string_view secret,
                              access::Principal const& by) {
    CHECK(check_secret(login, secret));
    TRY(auto const remote, find(std::to_string(id.value)));
    auto const sealed = secret.empty() ? std::string() : secrets_.seal(purpose, secret);
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        auto const kept = sealed.empty() ? store::Bind(nullptr) : store::Bind::blob(sealed);
        CHECK(tx.run("UPDATE taxii_remote SET login = ?, secret = ? WHERE id = ?", {login, kept, id}));
        CHECK(tx.run("UPDATE taxii_course SET due = ? WHERE remote = ? AND failures > 0", {now, id}));
        return write_audit(tx, by, now, "taxii_remote.secret", remote);
    });
}

Result<std::string> Remotes::secret_of(Remote const& remote) {
    if (!remote.has_secret) return std::string();
    TRY(auto const sealed, ledger_.read([&](store::Transaction& tx) {
        return tx.one("SELECT secret FROM taxii_remote WHERE id = ?", {remote.id},
                      [](store::Row const& row) { return row.string(0); });
    }));
    auto secret = secrets_.unseal(purpose, sealed.value_or(""));
    if (!secret)
        return fail(Code::denied, fmt::format("the password of {} was sealed with another DATA/secret; remove the "
                                              "remote and add it again",
                                              remote.name));
    return *std::move(secret);
}

Result<Course> Remotes::course(RemoteId id, Way way) {
    return ledger_.read([&](store::Transaction& tx) -> Result<Course> {
        TRY(auto const found, find_course(tx, id, way));
        return found.value_or(Course());
    });
}

Status Remotes::save(RemoteId id, Way way, Course const& course) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        TRY(auto const there, find_course(tx, id, way));
        if (!there) return {};  // removed meanwhile
        return write_course(tx, id, way, course);
    });
}

Status Remotes::restart(RemoteId id, Way way, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        TRY(auto const there, find_course(tx, id, way));
        if (!there) return fail(Code::invalid, fmt::format("this remote does not {}", name_of(way)));
        CHECK(write_course(tx, id, way, {.due = clock_.now(), .done = there->done, .refused = there->refused}));
        auto const text = std::to_string(id.value);
        CHECK(
            access::audit(tx, by, clock_.now(), {.what = "taxii_remote.restart", .kind = "taxii_remote", .id = text}));
        return {};
    });
}

Result<std::vector<std::pair<Remote, Way>>> Remotes::due(Timestamp now) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<std::pair<Remote, Way>>> {
        std::vector<std::pair<std::int64_t, bool>> found;
        CHECK(
            tx.query("SELECT c.remote, c.is_push FROM taxii_course c JOIN taxii_remote r ON r.id = c.remote "
                     "JOIN peer p ON p.id = r.peer WHERE r.removed IS NULL AND p.removed IS NULL AND r.is_paused = 0 "
                     "AND (c.due <= ? OR c.last_run > ? OR c.due > ?) ORDER BY c.due LIMIT 100",
                     {now, now + std::chrono::minutes(1), now + longest + std::chrono::hours(24)},
                     [&](store::Row const& row) { found.emplace_back(row.integer(0), row.truth(1)); }));
        std::vector<std::pair<Remote, Way>> due;
        for (auto const& [id, is_push] : found) {
            TRY(auto remote, read_remote(tx, "AND r.id = ?", id, std::to_string(id)));
            due.emplace_back(std::move(remote), is_push ? Way::push : Way::poll);
        }
        return due;
    });
}

Result<std::optional<Timestamp>> Remotes::next_due() {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::optional<Timestamp>> {
        TRY(auto const found,
            tx.one("SELECT MIN(c.due) FROM taxii_course c JOIN taxii_remote r ON r.id = c.remote WHERE r.removed IS "
                   "NULL AND r.is_paused = 0",
                   {}, [](store::Row const& row) { return row.time_if(0); }));
        return found.value_or(std::nullopt);
    });
}

Status Remotes::note_refusals(RemoteId id, std::vector<Refusal> const& refusals) {
    if (refusals.empty()) return {};
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const from = refusals.size() > refusals_kept ? refusals.size() - refusals_kept : 0;
        for (auto i = from; i < refusals.size(); ++i)
            CHECK(tx.run("INSERT INTO taxii_refusal (remote, at, object, version, message) VALUES (?, ?, ?, ?, ?)",
                         {id, refusals[i].at, refusals[i].object, refusals[i].version, refusals[i].message}));
        CHECK(
            tx.run("DELETE FROM taxii_refusal WHERE remote = ? AND id NOT IN "
                   "(SELECT id FROM taxii_refusal WHERE remote = ? ORDER BY id DESC LIMIT ?)",
                   {id, id, refusals_kept}));
        return {};
    });
}

Result<std::vector<Refusal>> Remotes::refusals(RemoteId id, std::size_t limit) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<Refusal>> {
        std::vector<Refusal> refusals;
        CHECK(
            tx.query("SELECT object, version, message, at FROM taxii_refusal WHERE remote = ? ORDER BY id DESC LIMIT ?",
                     {id, limit}, [&](store::Row const& row) {
                         refusals.push_back({row.string(0), row.string(1), row.string(2), row.time(3)});
                     }));
        return refusals;
    });
}

}  // namespace tocsin::sharing
