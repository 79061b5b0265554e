#include "constituency/notice_settings.hpp"
#include "events/recheck/recheck_store.hpp"
#include "net/dns_client.hpp"
#include "net/net.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace tocsin::events {
namespace {

namespace sql = recheck_sql;

/// By this voice a verdict stands among a finding's statements. No account can have such a name.
constexpr std::string_view voice = "tocsin: re-check";
constexpr int most_attempts = 3;
constexpr std::int64_t most_waiting = 10'000;
constexpr std::string_view dropped_words = "looking again was turned off";
constexpr int answers_at_once = 1000;
constexpr auto most_life = std::chrono::hours(24 * 731);

/// Of this run of the program: what another one left running is taken up.
std::string const& process() {
    static std::string const token = to_hex(secret_bytes(8));
    return token;
}

std::string network_of(IpAddress address) {
    std::uint8_t const length = address.is_v4() ? 120 : 48;
    return format_prefix({masked(address, length), length});
}

std::unexpected<Error> expected(std::string_view field, std::string_view what) {
    return fail(Code::invalid, fmt::format("{}: expected {}", field, what));
}

Status check_settings(RecheckSettings const& s) {
    bool const has_control = std::ranges::any_of(s.agent, [](char c) { return c < 0x20 || c == 0x7f; });
    if (s.per_minute < 1 || s.per_minute > 600) return expected("per_minute", "1 to 600");
    if (s.per_network_an_hour < 1 || s.per_network_an_hour > 10'000)
        return expected("per_network_an_hour", "1 to 10,000");
    if (s.gap < std::chrono::seconds(0) || s.gap > std::chrono::hours(168)) return expected("gap", "0 to 7 days");
    if (s.after_answer.size() > 5) return expected("after_answer", "at most 5 times");
    for (auto const one : s.after_answer)
        if (one < std::chrono::seconds(0) || one > std::chrono::hours(24 * 90))
            return expected("after_answer", "times of at most 90 days");
    if (s.agent.empty() || s.agent.size() > 200 || has_control)
        return expected("agent", "who we are and how we are reached, in 1 to 200 bytes of one line");
    if (!s.source.empty() && !parse_ip(s.source)) return expected("source", "an address of this machine");
    if (!net::dns_question(s.name, 0)) return expected("name", "a name of the DNS");
    return {};
}

Status check_draft(PermissionDraft const& draft, Timestamp now, Timestamp starts) {
    if (draft.networks.empty() || draft.networks.size() > 100) return expected("networks", "1 to 100 networks");
    if (trimmed(draft.given_by).empty() || draft.given_by.size() > 300)
        return expected("given_by", "who gave it, in 1 to 300 bytes");
    if (trimmed(draft.evidence).empty() || draft.evidence.size() > 4000)
        return expected("evidence", "where the paper is, or its words, in 1 to 4,000 bytes");
    if (draft.given > now) return expected("given", "a day that is not in the future");
    if (draft.ends <= starts || draft.ends - starts > most_life)
        return expected("ends", "a time after it starts, and at most two years after");
    return {};
}

/// What decides whether an address may be asked, as of one moment.
struct Ground {
    RecheckSettings settings;
    std::shared_ptr<constituency::OwnerTable const> owners;
    std::vector<Permission> permissions;  ///< of the organisation
    Timestamp now;
};

struct Ruling {
    std::string_view refusal = {};
    std::string words = {};
    PermissionId permission = {};
};

Ruling rule_on(Ground const& ground, std::int64_t organisation, IpAddress address) {
    auto const text = format_ip(address);
    if (!ground.settings.is_on) return {"off", "looking again is turned off"};
    if (organisation == 0) return {"no_owner", "nobody is known to be responsible for it"};
    auto const kind = net::kind_of(address);
    // What answers on this wire, and what is no single machine, is never asked, whatever somebody named.
    bool const is_nameable = kind == net::AddressKind::loopback || kind == net::AddressKind::internal;
    bool const is_ours_to_reach =
        kind == net::AddressKind::global ||
        (is_nameable && std::ranges::any_of(ground.settings.reachable,
                                            [&](auto const& network) { return network.contains(address); }));
    if (!is_ours_to_reach) return {"not_global", fmt::format("{} is {}", text, net::name_of(kind))};
    auto const owner = ground.owners->owner_of({.address = address});
    bool const is_theirs = owner.organisation.value == organisation && owner.by == constituency::By::prefix &&
                           owner.lane == constituency::Lane::home;
    if (!is_theirs)
        return {"other_owner",
                fmt::format("the register does not say that {} lies in a prefix of that organisation", text)};
    for (auto const& one : ground.permissions)
        if (one.organisation.value == organisation && one.is_in_force(ground.now) && one.covers(address))
            return {.permission = one.id};
    return {"no_permission", fmt::format("no permission of the organisation that is in force covers {}", text)};
}

/// By a prefix of the organisation, or (where it `may_be_below`) of one below it.
bool is_held(constituency::OwnerTable const& owners, IpAddress address, constituency::OrganisationId by,
             bool may_be_below) {
    auto const owner = owners.owner_of({.address = address});
    if (!owner || owner.by != constituency::By::prefix) return false;
    if (!may_be_below) return owner.organisation == by;
    auto const chain = owners.chain(owner.organisation);
    return std::ranges::find(chain, by) != chain.end();
}

std::string text_of(Recheck const& one) {
    return fmt::format("#{} ", one.id.value);
}

Check const* check_named(std::string_view name) {
    auto const found = std::ranges::find(checks(), name, &Check::name);
    return found == checks().end() ? nullptr : &*found;
}

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   std::string_view kind, std::string_view id, std::string_view details) {
    CHECK(access::audit(tx, by, now, {.what = what, .kind = kind, .id = id, .details = details}));
    return {};
}

std::string details_of(Permission const& one) {
    JsonWriter json;
    json.object().field("organisation", one.organisation.value).key("networks").array();
    for (auto const& network : one.networks) json.value(format_prefix(network));
    json.end()
        .field("given_by", one.given_by)
        .field("given", one.given)
        .field("ends", one.ends)
        .field("evidence", one.evidence)
        .end();
    return json.text();
}

std::string details_of(RecheckSettings const& s) {
    JsonWriter json;
    json.object()
        .field("per_minute", s.per_minute)
        .field("per_network_an_hour", s.per_network_an_hour)
        .field("gap", format_duration(s.gap))
        .field("agent", s.agent)
        .field("source", s.source)
        .field("name", s.name)
        .key("reachable")
        .array();
    for (auto const& network : s.reachable) json.value(format_prefix(network));
    json.end().end();
    return json.text();
}

/// One pass over the queue. Keeps what its steps share.
class Round {
  public:
    Round(Rechecks::Parts const& parts, Asker const& asker, std::function<void(std::string const&)> const& on_verdict)
        : parts_(parts), asker_(asker), on_verdict_(on_verdict) {}

    Status take_up() {
        CHECK(parts_.ledger.write(
            [&](store::Transaction& tx) { return sql::take_up(tx, process(), most_attempts, parts_.clock.now()); }));
        return tell();
    }

    /// Takes the next that may be asked now, asks, and records. False: there is none.
    Result<bool> step() {
        TRY(auto const owners, parts_.constituency.owners());
        TRY(auto next, parts_.ledger.write([&](store::Transaction& tx) { return claim(tx, owners); }));
        if (!next) return false;
        auto const* const check = check_named(next->recheck.check);
        auto const answered = asker_({.check = *check,
                                      .address = next->recheck.address,
                                      .port = next->recheck.port,
                                      .settings = next->settings});
        CHECK(parts_.ledger.write([&](store::Transaction& tx) -> Status {
            CHECK(sql::finish(tx, next->recheck.id, false, parts_.clock.now(), answered.verdict,
                              net::name_of(answered.seen), answered.detail));
            return {};
        }));
        CHECK(tell());
        if (on_verdict_) on_verdict_(next->recheck.finding);
        return true;
    }

  private:
    struct Claimed {
        Recheck recheck;
        RecheckSettings settings;
    };

    Result<std::optional<Claimed>> claim(store::Transaction& tx,
                                         std::shared_ptr<constituency::OwnerTable const> const& owners) {
        auto const now = parts_.clock.now();
        TRY(auto const settings, sql::settings(tx));
        if (!settings || !settings->is_on) {  // what a kill left behind from before it was turned off
            CHECK(sql::drop_waiting(tx, now, dropped_words));
            return std::nullopt;
        }
        TRY(auto const lately, sql::contacts(tx, now - std::chrono::minutes(1)));
        if (lately >= settings->per_minute) return std::nullopt;
        TRY(auto const due, sql::due(tx, now, most_waiting));
        std::unordered_map<std::int64_t, std::vector<Permission>> permissions;
        std::unordered_set<std::string>
            full;  // networks that have had their share: what waits for them holds nobody up
        for (auto const& one : due) {
            auto const network = network_of(one.address);
            if (full.contains(network)) continue;
            auto const [known, is_new] = permissions.try_emplace(one.organisation);
            if (is_new) {
                TRY(known->second, sql::permissions(tx, one.organisation));
            }
            auto const ruling = rule_on({*settings, owners, known->second, now}, one.organisation, one.address);
            if (!ruling.refusal.empty() || check_named(one.check) == nullptr) {
                auto const words = ruling.refusal.empty() ? "there is no such check any more" : ruling.words;
                CHECK(sql::finish(tx, one.id, true, now, Verdict::not_asked, "", words));
                continue;
            }
            TRY(auto const of_network, sql::contacts_of_network(tx, network, now - std::chrono::hours(1)));
            if (of_network >= settings->per_network_an_hour) {
                full.insert(network);
                continue;
            }
            TRY(auto const may, is_time_for(tx, one, *settings, now));
            if (!may) continue;
            auto begun = one;
            begun.permission = ruling.permission;
            begun.began = now;
            CHECK(begin(tx, begun, now));
            return Claimed{std::move(begun), *settings};
        }
        return std::nullopt;
    }

    static Result<bool> is_time_for(store::Transaction& tx, Recheck const& one, RecheckSettings const& settings,
                                    Timestamp now) {
        auto const address = format_ip(one.address);
        TRY(auto const is_running, sql::is_running(tx, address));
        if (is_running) return false;
        TRY(auto const last, sql::last_contact(tx, address));
        return !last || now - *last >= settings.gap;
    }

    static Status begin(store::Transaction& tx, Recheck const& one, Timestamp now) {
        auto const address = format_ip(one.address);
        CHECK(sql::begin(tx, one, process()));
        CHECK(sql::add_contact(tx, one.id, now, address, network_of(one.address)));
        JsonWriter json;
        json.object()
            .field("recheck", one.id.value)
            .field("address", address)
            .field("port", static_cast<int>(one.port))
            .field("check", one.check)
            .field("permission", one.permission.value)
            .end();
        return write_audit(tx, access::server_principal(), now, "recheck.contact", "finding", one.finding, json.text());
    }

    /// Clear answers become statements, each once: what a kill left untold is told by the next round.
    Status tell() {
        static std::mutex telling;  // looks, then says: two at once would say it twice
        std::lock_guard const lock(telling);
        TRY(auto const untold, parts_.ledger.read(sql::untold));
        for (auto const& one : untold) {
            TRY(auto const is_told, parts_.ledger.read([&](store::Transaction& tx) {
                return sql::has_statement(tx, one.finding, voice, text_of(one));
            }));
            auto const said = is_told ? Status() : say(one);
            if (!said && said.error().code != Code::not_found) return said;
            CHECK(parts_.ledger.write([&](store::Transaction& tx) { return sql::set_told(tx, one.id); }));
        }
        return {};
    }

    Status say(Recheck const& one) {
        auto const* const check = check_named(one.check);
        auto const transport = check == nullptr ? std::string() : check->transport;
        return parts_.events.say({.findings = {one.finding},
                                  .saying = one.verdict == Verdict::closed ? Saying::repaired : Saying::seen,
                                  .by_team = true,
                                  .by = std::string(voice),
                                  .text = fmt::format("{}{} {}/{}: {}", text_of(one), format_ip(one.address), one.port,
                                                      transport, one.detail)});
    }

    Rechecks::Parts const& parts_;
    Asker const& asker_;
    std::function<void(std::string const&)> const& on_verdict_;
};

}  // namespace

bool Permission::covers(IpAddress address) const {
    return std::ranges::any_of(networks, [&](auto const& network) { return network.contains(address); });
}

bool is_by_recheck(Statement const& statement) {
    return statement.by_team && statement.by == voice &&
           (statement.saying == Saying::seen || statement.saying == Saying::repaired);
}

bool is_repair_by_recheck(Finding const& finding, std::vector<Statement> const& statements) {
    return finding.repaired && std::ranges::any_of(statements, [&](auto const& one) {
               return is_by_recheck(one) && one.saying == Saying::repaired &&
                      one.at.seconds() == finding.repaired->seconds();
           });
}

Result<LastVerdicts> last_verdicts(store::Ledger& ledger) {
    return ledger.read(sql::last_verdicts);
}

Result<RecheckSettings> Rechecks::settings() const {
    TRY(auto const kept, parts_.ledger.read(sql::settings));
    return kept.value_or(RecheckSettings());
}

Status Rechecks::turn_on(RecheckSettings const& wanted, access::Principal const& by) {
    CHECK(check_settings(wanted));
    auto kept = wanted;
    kept.is_on = true;
    kept.at = parts_.clock.now();
    kept.by = by.who;
    return parts_.ledger.write([&](store::Transaction& tx) -> Status {
        CHECK(sql::save_settings(tx, kept));
        return write_audit(tx, by, kept.at, "recheck.on", "recheck", "", details_of(kept));
    });
}

Status Rechecks::turn_off(access::Principal const& by) {
    return parts_.ledger.write([&](store::Transaction& tx) -> Status {
        auto const now = parts_.clock.now();
        TRY(auto const before, sql::settings(tx));
        if (!before || !before->is_on) return {};
        auto kept = *before;
        kept.is_on = false;
        kept.at = now;
        kept.by = by.who;
        CHECK(sql::save_settings(tx, kept));
        TRY(auto const dropped, sql::drop_waiting(tx, now, dropped_words));
        return write_audit(tx, by, now, "recheck.off", "recheck", "", fmt::format(R"({{"dropped":{}}})", dropped));
    });
}

Result<Permission> Rechecks::permit(PermissionDraft const& draft, access::Principal const& by) {
    auto const now = parts_.clock.now();
    CHECK(constituency::require_right(by, draft.organisation, access::Right::manager));
    CHECK(check_draft(draft, now, draft.starts.value_or(now)));
    TRY(auto const organisation, parts_.constituency.directory().organisation(draft.organisation));
    TRY(auto const owners, parts_.constituency.owners());
    auto const may_be_below = !by.is_constituent();
    for (auto const& network : draft.networks)
        if (!is_held(*owners, network.first(), organisation.id, may_be_below) ||
            !is_held(*owners, network.last(), organisation.id, may_be_below))
            return fail(Code::invalid,
                        fmt::format("networks: {} does not lie in prefixes that the register gives to {}",
                                    format_prefix(network), organisation.name));
    Permission permission;
    static_cast<PermissionDraft&>(permission) = draft;
    permission.starts = draft.starts.value_or(now);
    permission.recorded = now;
    permission.recorded_by = by.who;
    return parts_.ledger.write([&](store::Transaction& tx) -> Result<Permission> {
        TRY(permission.id, sql::add_permission(tx, permission));
        CHECK(write_audit(tx, by, now, "recheck.permit", "recheck_permission", std::to_string(permission.id.value),
                          details_of(permission)));
        return permission;
    });
}

Status Rechecks::withdraw(PermissionId id, std::string_view reason, access::Principal const& by) {
    if (reason.size() > 1000) return expected("reason", "at most 1,000 bytes");
    return parts_.ledger.write([&](store::Transaction& tx) -> Status {
        auto const now = parts_.clock.now();
        auto const none = fmt::format("there is no permission {} in force", id.value);
        TRY(auto const organisation, sql::organisation_of(tx, id));
        if (by.is_constituent() && by.membership(organisation) == nullptr) return fail(Code::not_found, none);
        CHECK(constituency::require_right(by, {organisation}, access::Right::editor));
        TRY(auto const is_done, sql::withdraw(tx, id, now, by.who, reason));
        if (!is_done) return fail(Code::not_found, none);
        JsonWriter json;
        json.object().field("reason", reason).end();
        return write_audit(tx, by, now, "recheck.withdraw", "recheck_permission", std::to_string(id.value),
                           json.text());
    });
}

Result<std::vector<Permission>> Rechecks::permissions(constituency::OrganisationId organisation) const {
    return parts_.ledger.read([&](store::Transaction& tx) { return sql::permissions(tx, organisation.value); });
}

Result<RecheckPlan> Rechecks::plan(Finding const& finding) const {
    RecheckPlan plan{.finding = finding.id,
                     .organisation = finding.organisation,
                     .address = finding.address.value_or(IpAddress{}),
                     .transport = {},
                     .permission = {}};
    plan.check = check_for(finding.identifier, finding.transport);
    TRY(auto const kept, settings());
    if (plan.check == nullptr) {
        plan.refusal = "no_check";
        plan.words = fmt::format("there is no harmless question for \"{}\"", finding.identifier);
        return plan;
    }
    plan.transport = plan.check->transport;
    plan.port = finding.port.value_or(plan.check->port);
    if (plan.address.is_none() || plan.port == 0) {
        plan.refusal = "no_address";
        plan.words = "the finding has no address";
        return plan;
    }
    TRY(auto const owners, parts_.constituency.owners());
    TRY(auto const permissions, this->permissions({finding.organisation}));
    auto ruling = rule_on({kept, owners, permissions, parts_.clock.now()}, finding.organisation, plan.address);
    plan.refusal = ruling.refusal;
    plan.words = std::move(ruling.words);
    plan.permission = ruling.permission;
    return plan;
}

Result<Recheck> Rechecks::request(Finding const& finding, RecheckCause cause, access::Principal const& by) {
    TRY(auto const plan, this->plan(finding));
    if (!plan.refusal.empty()) return fail(Code::denied, plan.words);
    TRY(auto const kept, settings());
    return parts_.ledger.write([&](store::Transaction& tx) -> Result<Recheck> {
        auto const now = parts_.clock.now();
        TRY(auto const last, sql::of_finding(tx, finding.id, 10));
        for (auto const& one : last) {
            bool const is_soon = one.state != RecheckState::done && one.not_before <= now;
            bool const is_fresh = one.state == RecheckState::done && one.began && now - *one.began < kept.gap;
            if (is_soon || is_fresh) return one;
        }
        TRY(auto const waiting, sql::waiting(tx));
        if (waiting >= most_waiting) return fail(Code::limit, "too many questions wait already; try again later");
        Recheck one{.id = {},
                    .finding = finding.id,
                    .organisation = finding.organisation,
                    .address = plan.address,
                    .port = plan.port,
                    .check = plan.check->name,
                    .cause = cause,
                    .asked_by = by.who,
                    .asked = now,
                    .not_before = now,
                    .permission = plan.permission,
                    .verdict = {},
                    .seen = {},
                    .detail = {},
                    .began = {},
                    .ended = {}};
        TRY(one.id, sql::add(tx, one));
        auto const details = fmt::format(R"({{"recheck":{}}})", one.id.value);
        CHECK(write_audit(tx, by, now, "recheck.request", "finding", finding.id, details));
        return one;
    });
}

Result<std::vector<Recheck>> Rechecks::of_finding(std::string_view finding, std::size_t limit) const {
    return parts_.ledger.read([&](store::Transaction& tx) { return sql::of_finding(tx, finding, limit); });
}

Result<std::vector<Recheck>> Rechecks::list(std::size_t limit, RecheckId before) const {
    return parts_.ledger.read([&](store::Transaction& tx) { return sql::list(tx, limit, before.value); });
}

Result<std::int64_t> Rechecks::waiting() const {
    return parts_.ledger.read(sql::waiting);
}

Result<int> Rechecks::schedule() {
    TRY(auto const kept, settings());
    if (!kept.is_on) return 0;
    TRY(auto const heard, parts_.ledger.read(sql::heard));
    TRY(auto const answers,
        parts_.ledger.read([&](store::Transaction& tx) { return sql::answers(tx, heard, answers_at_once); }));
    if (answers.empty()) return 0;
    auto const scope = parts_.gate.scope<StoredEvent>(gate::Recipient::team(access::server_principal()));
    struct Wanted {
        RecheckPlan plan;
        Timestamp at;
    };
    std::vector<Wanted> wanted;
    for (auto const& answer : answers) {
        auto const finding = parts_.events.finding(scope, answer.finding);
        if (!finding && finding.error().code == Code::not_found) continue;
        if (!finding) return std::unexpected(finding.error());
        TRY(auto plan, this->plan(*finding));
        if (plan.refusal.empty()) wanted.push_back({std::move(plan), answer.at});
    }
    return parts_.ledger.write([&](store::Transaction& tx) -> Result<int> {
        TRY(auto const since, sql::heard(tx));
        if (since != heard) return 0;  // another thread was faster
        TRY(auto waiting, sql::waiting(tx));
        int queued = 0;
        for (auto const& [plan, at] : wanted)
            for (auto const after : kept.after_answer) {
                if (waiting++ >= most_waiting) break;
                CHECK(sql::add(tx, {.id = {},
                                    .finding = plan.finding,
                                    .organisation = plan.organisation,
                                    .address = plan.address,
                                    .port = plan.port,
                                    .check = plan.check->name,
                                    .cause = RecheckCause::answer,
                                    .asked_by = access::server_principal().who,
                                    .asked = parts_.clock.now(),
                                    .not_before = at + after,
                                    .permission = {},
                                    .verdict = {},
                                    .seen = {},
                                    .detail = {},
                                    .began = {},
                                    .ended = {}}));
                ++queued;
            }
        CHECK(sql::set_heard(tx, answers.back().statement));
        return queued;
    });
}

Result<int> Rechecks::run(std::function<bool()> const& is_cancelled, int most) {
    // Asked every second by a server: where there is nothing to do, nothing is written.
    TRY(auto const has_work,
        parts_.ledger.read([&](store::Transaction& tx) { return sql::has_work(tx, parts_.clock.now(), process()); }));
    if (!has_work) return 0;
    Round round(parts_, asker_, on_verdict);
    CHECK(round.take_up());
    int asked = 0;
    while (asked < most && !(is_cancelled && is_cancelled())) {
        TRY(auto const did, round.step());
        if (!did) break;
        ++asked;
    }
    return asked;
}

}  // namespace tocsin::events
