#include "sharing/peers.hpp"

#include <fmt/format.h>

namespace tocsin::sharing {
namespace {

constexpr std::string_view columns =
    "SELECT id, name, organisation, clearance, key, may_write, may_relay, created, removed FROM peer WHERE removed IS "
    "NULL ";

Peer read_row(store::Row const& row) {
    return {.id = row.id<PeerTag>(0),
            .name = row.string(1),
            .organisation = {row.integer(2)},
            .clearance = static_cast<gate::Tlp>(row.integer(3)),
            .key = {row.integer(4)},
            .may_write = row.truth(5),
            .may_relay = row.truth(6),
            .created = row.time(7),
            .removed = row.time_if(8)};
}

Status check_draft(Peer const& draft) {
    if (trimmed(draft.name).empty() || draft.name.size() > 200)
        return fail(Code::invalid, "name: expected 1 to 200 bytes");
    if (!draft.organisation)
        return fail(Code::invalid,
                    "organisation: expected the organisation that the peer is, so that what it sends has "
                    "an originator; add it to the directory first");
    return {};
}

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   Peer const& peer) {
    JsonWriter json;
    json.object()
        .field("name", peer.name)
        .field("organisation", peer.organisation.value)
        .field("clearance", gate::name_of(peer.clearance))
        .field("may_write", peer.may_write)
        .field("may_relay", peer.may_relay)
        .end();
    auto const id = std::to_string(peer.id.value);
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "peer", .id = id, .details = json.text()}));
    return {};
}

Result<Peer> read_peer(store::Transaction& tx, std::string_view condition, store::Bind value, std::string_view asked) {
    TRY(auto found, tx.one(std::string(columns) + std::string(condition), {value}, read_row));
    if (!found) return fail(Code::not_found, fmt::format("there is no peer \"{}\"", asked));
    return *std::move(found);
}

}  // namespace

Result<std::vector<Peer>> Peers::all() {
    return ledger_.read([](store::Transaction& tx) -> Result<std::vector<Peer>> {
        std::vector<Peer> peers;
        CHECK(tx.query(std::string(columns) + "ORDER BY name", {},
                       [&](store::Row const& row) { peers.push_back(read_row(row)); }));
        return peers;
    });
}

Result<Peer> Peers::find(std::string_view text) {
    auto const number = parse_int(text.starts_with('#') ? text.substr(1) : text);
    return ledger_.read([&](store::Transaction& tx) {
        return number ? read_peer(tx, "AND id = ?", *number, text) : read_peer(tx, "AND name = ?", text, text);
    });
}

Result<std::optional<Peer>> Peers::of_key(access::KeyId key) {
    if (!key) return std::nullopt;
    return ledger_.read(
        [&](store::Transaction& tx) { return tx.one(std::string(columns) + "AND key = ?", {key}, read_row); });
}

Result<MadePeer> Peers::add(Peer const& draft, access::Principal const& by) {
    CHECK(check_draft(draft));
    // A key for a feed that does not exist: it reads nothing and pushes nothing by any other door.
    TRY(auto const key,
        access_.add_key(by, {.name = "peer " + draft.name, .role = access::Role::analyst, .feeds = {"peer/key"}}));
    auto made = ledger_.write([&](store::Transaction& tx) -> Result<Peer> {
        auto const now = clock_.now();
        TRY(auto const id,
            tx.insert("INSERT INTO peer (name, organisation, clearance, key, may_write, may_relay, created) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?)",
                      {trimmed(draft.name), draft.organisation, draft.clearance, key.id, draft.may_write,
                       draft.may_relay, now}));
        TRY(auto peer, read_peer(tx, "AND id = ?", id, draft.name));
        CHECK(write_audit(tx, by, now, "peer.add", peer));
        return peer;
    });
    if (!made) {
        CHECK(access_.revoke_key(by, key.id));
        return std::unexpected(made.error());
    }
    return MadePeer{*std::move(made), key.key};
}

Result<Peer> Peers::change(Peer const& draft, access::Principal const& by) {
    CHECK(check_draft(draft));
    return ledger_.write([&](store::Transaction& tx) -> Result<Peer> {
        auto const id = std::to_string(draft.id.value);
        CHECK(read_peer(tx, "AND id = ?", draft.id, id));
        CHECK(tx.run(
            "UPDATE peer SET name = ?, organisation = ?, clearance = ?, may_write = ?, may_relay = ? WHERE id = ?",
            {trimmed(draft.name), draft.organisation, draft.clearance, draft.may_write, draft.may_relay, draft.id}));
        TRY(auto peer, read_peer(tx, "AND id = ?", draft.id, id));
        CHECK(write_audit(tx, by, clock_.now(), "peer.change", peer));
        return peer;
    });
}

Status Peers::remove(PeerId id, access::Principal const& by) {
    TRY(auto const peer, find(std::to_string(id.value)));
    CHECK(access_.revoke_key(by, peer.key));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("UPDATE peer SET removed = ?, name = name || ' (removed ' || id || ')' WHERE id = ?",
                     {clock_.now(), id}));
        return write_audit(tx, by, clock_.now(), "peer.remove", peer);
    });
}

}  // namespace tocsin::sharing
