#include "app/doctor.hpp"

#include "access/access.hpp"
#include "app/event_words.hpp"
#include "events/events.hpp"
#include "gate/gate.hpp"
#include "notifications/notifications.hpp"
#include "notifications/sealing.hpp"

#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

namespace tocsin::app {
namespace {

namespace fs = std::filesystem;
using enum Examined::State;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

std::string size_text(std::uint64_t bytes) {
    return bytes < 10 * 1024 * mebibyte ? fmt::format("{} MiB", bytes / mebibyte)
                                        : fmt::format("{} GiB", bytes / 1024 / mebibyte);
}

class Examination {
  public:
    explicit Examination(Instance& instance) : instance_(instance) {}

    std::vector<Examined> all() {
        files();
        secret();
        ledger();
        audit();
        disclosures();
        stores();
        disk();
        clock();
        mail();
        mail_keys();
        feeds();
        retention();
        constituency();
        accounts();
        settings();
        backup();
        versions();
        return std::move(found_);
    }

  private:
    void say(std::string what, Examined::State state, std::string found, std::string todo = "") {
        found_.push_back({std::move(what), state, std::move(found), std::move(todo)});
    }
    void could_not(std::string what, Error const& error) {
        say(std::move(what), bad, error.message,
            "see the message; if it stays, restore the last backup elsewhere and compare");
    }
    fs::path const& data() const { return instance_.directory().path(); }

    /// Nobody else may read what is ours.
    void files() {
        struct stat facts{};
        for (auto const* const name : {"", "secret", "ledger.sqlite", "archive.duckdb"}) {
            auto const path = *name == '\0' ? data() : data() / name;
            if (::stat(path.c_str(), &facts) != 0) continue;
            auto const mode = facts.st_mode & 0777U;
            bool const is_secret = std::string_view(name) == "secret";
            // Inside a private directory only the secret must be private by itself too.
            if ((*name == '\0' || is_secret) && (mode & 0077U) != 0)
                return say("permissions", bad, fmt::format("{} can be read by others (mode {:o})", path.string(), mode),
                           fmt::format("chmod {} {}", is_secret ? "600" : "700", path.string()));
            if (facts.st_uid != ::geteuid())
                return say("permissions", bad,
                           fmt::format("{} belongs to another user (number {})", path.string(), facts.st_uid),
                           fmt::format("run Tocsin as one user always; chown -R that user {}", data().string()));
        }
        say("permissions", good, fmt::format("{} is private", data().string()));
    }

    void secret() {
        if (!instance_.access().has_foreign_secret())
            return say("secret", good, "is the one this ledger was made with");
        say("secret", bad, "is not the one this ledger was made with: links in mails and second factors are void",
            fmt::format("stop the server, put the file \"secret\" of the last backup into {}, start again; if it is "
                        "lost: tocsin user totp-reset for everybody with a second factor",
                        data().string()));
    }

    void ledger() {
        auto const faults = instance_.ledger().check();
        if (!faults) return could_not("ledger", faults.error());
        if (faults->empty()) return say("ledger", good, "whole");
        say("ledger", bad, fmt::format("{} faults, the first: {}", faults->size(), faults->front()),
            "stop the server, keep a copy of the data directory, restore the last backup");
    }

    void audit() {
        auto const verdict = instance_.ledger().read([](store::Transaction& tx) { return access::verify_audit(tx); });
        if (!verdict) return could_not("audit chain", verdict.error());
        if (!verdict->broken_at)
            return say("audit chain", good,
                       fmt::format("{} entries fit, the head is {}:{}", verdict->entries, verdict->head.number,
                                   verdict->head.hash));
        say("audit chain", bad, fmt::format("entry {} does not fit: {}", *verdict->broken_at, verdict->why),
            "somebody changed the ledger from outside; keep a copy as evidence and compare with a backup");
    }

    void disclosures() {
        auto const wrong = instance_.ledger().read([](store::Transaction& tx) { return gate::verify_disclosures(tx); });
        if (!wrong) return could_not("disclosure log", wrong.error());
        if (!*wrong) return say("disclosure log", good, "agrees with the audit chain");
        say("disclosure log", bad, fmt::format("line {} does not fit its audit entry", **wrong),
            "somebody changed the ledger from outside; keep a copy as evidence and compare with a backup");
    }

    void stores() {
        auto const events = instance_.events();
        if (!events) return could_not("archive", events.error());
        auto const faults = (*events)->check();
        if (!faults) return could_not("archive", faults.error());
        if (faults->empty()) return say("archive", good, "archive, runs and spool are whole");
        say("archive", bad, fmt::format("{} faults, the first: {}", faults->size(), faults->front()),
            "stop the server, keep a copy of the data directory, restore the last backup");
    }

    void mail() {
        auto const notifications = instance_.notifications();
        if (!notifications) return could_not("mail", notifications.error());
        auto const trouble = (*notifications)->mail_trouble();
        auto const& server = instance_.config().smtp_url;
        if (!trouble.empty())
            return say("mail", bad, trouble, "warnings wait until this works; correct [mail] in the configuration");
        if (server.empty())
            return say("mail", warning, "no mail server is set: warnings become .eml files in the outbox",
                       "set [mail] server in the configuration");
        say("mail", good, fmt::format("{} answers", server));
    }

    /// Ours, and those of contacts: what is encrypted must be readable tomorrow, too.
    void mail_keys() {
        auto const now = instance_.clock().now();
        auto const soon = now + std::chrono::days(30);
        notifications::MailKeys const keys(instance_.ledger(), instance_.clock(), data());
        std::string ours;
        for (auto const kind : {net::SealKind::openpgp, net::SealKind::smime}) {
            auto const key = keys.public_half(kind);
            if (!key && key.error().code == Code::not_found) continue;
            if (!key) return could_not("mail keys", key.error());
            if (!key->trouble.empty() || (key->expires && *key->expires <= soon))
                return say(
                    "mail keys", warning,
                    fmt::format("our {} key: {}", net::name_of(kind),
                                key->trouble.empty() ? "expires on " + format_date(*key->expires) : key->trouble),
                    "tocsin mail-key make --replace, or import a new one; give its public half to your partners");
            ours += (ours.empty() ? "" : ", ") + std::string(net::name_of(kind));
        }
        auto const troubled = contacts_in_trouble(soon, keys.work());
        if (!troubled.empty())
            return say("mail keys", warning, "keys of contacts that can't be used or expire soon: " + troubled,
                       "ask them for a new one; tocsin contact key NUMBER tells more");
        say("mail keys", good, ours.empty() ? "none of our own: mail can be encrypted, not signed" : "ours: " + ours);
    }
    std::string contacts_in_trouble(Timestamp soon, fs::path const& work) {
        constexpr std::size_t most_looked_at = 500;
        std::string found;
        std::size_t looked_at = 0;
        constituency::ContactQuery query;
        query.limit = 1000;
        do {
            auto const page = instance_.constituency().directory().contacts(query);
            if (!page) break;
            for (auto const& contact : page->items) {
                if (contact.public_key.empty() || ++looked_at > most_looked_at) continue;
                auto const key = notifications::check_contact_key(contact, instance_.clock().now(), work);
                bool const ends = key.key && key.key->expires && *key.key->expires <= soon;
                if (!key.is_usable() || ends)
                    found += fmt::format("{}#{} {}", found.empty() ? "" : ", ", contact.id.value, contact.email);
            }
            query.after = page->next;
        } while (!query.after.empty() && looked_at <= most_looked_at);
        return found;
    }

    void feeds() {
        auto const events = instance_.events();
        if (!events) return;  // told already
        auto const health = (*events)->feed_health(scope_of_commands(instance_));
        if (!health) return could_not("feeds", health.error());
        std::string silent;
        std::size_t in_use = 0, troubled = 0;
        for (auto const& feed : *health) {
            if (feed.condition == events::FeedCondition::never) continue;
            ++in_use;
            if (feed.condition == events::FeedCondition::good) continue;
            silent += fmt::format("{}{} is {}", troubled++ == 0 ? "" : ", ", feed.feed, name_of(feed.condition));
        }
        if (in_use == 0)
            return say("feeds", warning, "nothing has come in yet",
                       "tocsin ingest FILE, or put files into the drop folder");
        if (troubled > 0)
            return say("feeds", warning, fmt::format("{} of {}: {}", troubled, in_use, silent),
                       "ask the publisher, or look at the rejected rows under Feeds");
        say("feeds", good, fmt::format("{} come in as usual", in_use));
    }

    void retention() {
        auto const events = instance_.events();
        if (!events) return;  // told already
        auto const oldest = (*events)->oldest(scope_of_commands(instance_));
        auto const runs = (*events)->forgettings();
        if (!oldest) return could_not("retention", oldest.error());
        if (!runs) return could_not("retention", runs.error());
        auto const days = instance_.config().archive_days;
        auto text = days == 0 ? std::string("everything is kept") : fmt::format("events are kept {} days", days);
        if (*oldest) text += fmt::format("; the oldest event is of {}", format_date(**oldest));
        if (!runs->empty())
            text += fmt::format("; {} events from before {} were removed last", runs->front().events,
                                format_date(runs->front().before));
        if (std::ranges::any_of(*runs, [](events::Forgetting const& one) { return !one.finished; }))
            return say("retention", warning, text + "; a removal is not finished",
                       "the server goes on with it; without a server: tocsin event forget");
        auto const late = instance_.clock().now() - std::chrono::days(days + 2);
        if (days > 0 && *oldest && **oldest < late)
            return say("retention", warning, text, "keep the server running, or run tocsin event forget every day");
        say("retention", good, text);
    }

    void constituency() {
        auto& directory = instance_.constituency().directory();
        auto const organisations = directory.count(constituency::OrganisationQuery{});
        auto const contacts = directory.count(constituency::ContactQuery{});
        if (!organisations) return could_not("constituency", organisations.error());
        if (!contacts) return could_not("constituency", contacts.error());
        auto const text = fmt::format("{} organisations, {} contacts", *organisations, *contacts);
        if (*organisations == 0 || *contacts == 0)
            return say("constituency", warning, text, "tocsin org import FILE; without contacts nobody is warned");
        say("constituency", good, text);
    }

    void disk() {
        struct statvfs facts{};
        if (::statvfs(data().c_str(), &facts) != 0)
            return say("disk", bad, fmt::format("{}: {}", data().string(), std::strerror(errno)), "check the mount");
        auto const free = std::uint64_t{facts.f_bavail} * facts.f_frsize;
        auto const all = std::max<std::uint64_t>(1, std::uint64_t{facts.f_blocks} * facts.f_frsize);
        auto const text = fmt::format("{} free of {}", size_text(free), size_text(all));
        if (free < 500 * mebibyte)
            return say("disk", bad, text, "free some space now: reports are refused when the disk is full");
        if (free * 20 < all || free < 2048 * mebibyte)
            return say("disk", warning, text, "free some space, or lower [archive] keep_days");
        say("disk", good, text);
    }

    /// Expiry, clocks and rounds hang on the time of day.
    void clock() {
        auto const head =
            instance_.ledger().read([](store::Transaction& tx) { return access::audit_entries(tx, {.limit = 1}); });
        auto const now = instance_.clock().now();
        if (head && !head->empty() && head->front().at > now + std::chrono::minutes(5))
            return say("clock", bad,
                       fmt::format("it is {}, but something was recorded at {}", format_timestamp(now),
                                   format_timestamp(head->front().at)),
                       "set the machine's time (timedatectl set-ntp true)");
        timex facts{};
        if (::adjtimex(&facts) == TIME_ERROR || (facts.status & STA_UNSYNC) != 0)
            return say("clock", warning, fmt::format("{}, not kept in step by a time server", format_timestamp(now)),
                       "timedatectl set-ntp true");
        say("clock", good, fmt::format("{}, kept in step by a time server", format_timestamp(now)));
    }

    void accounts() {
        auto const accounts = instance_.access().accounts();
        if (!accounts) return could_not("accounts", accounts.error());
        std::size_t administrators = 0, guarded = 0;
        for (auto const& account : *accounts)
            if (!account.is_disabled && account.role == access::Role::administrator) {
                ++administrators;
                guarded += account.has_totp ? 1 : 0;
            }
        auto const text = fmt::format("{} accounts, {} administrators, {} of them with a second factor",
                                      accounts->size(), administrators, guarded);
        if (administrators == 0) return say("accounts", warning, text, "tocsin user add NAME --role administrator");
        if (guarded < administrators)
            return say("accounts", warning, text, "turn the second factor on, in the console under Settings");
        say("accounts", good, text);
    }

    void settings() {
        auto const& config = instance_.config();
        if (config.country.empty())
            say("country", warning, "[team] country is not set: nothing counts as abroad",
                "set it in the configuration");
        if (config.public_url.empty())
            say("links in mails", warning, "[server] public_url is not set: owners elsewhere can't open the links",
                "set it to the https address under which owners reach this server");
        if (config.asn_table.empty())
            say("networks", warning, "[enrichment] asn is not set: AS numbers come from the feeds only",
                "name a pyasn, iptoasn or MaxMind table");
    }

    void backup() {
        std::error_code fault;
        auto const path = data() / "last-backup";
        auto const text = store::read_file(path, 4096);
        auto const made = text ? parse_timestamp(trimmed(*text)) : Result<Timestamp>(fail(Code::not_found, ""));
        if (!made)
            return say("backup", warning, "none was made yet", "tocsin backup DIR, every night; see docs/backup.md");
        auto const age = std::chrono::duration_cast<std::chrono::hours>(instance_.clock().now() - *made);
        auto const found = fmt::format("the last one is of {}", format_timestamp(*made));
        if (age > std::chrono::hours(24 * 8)) return say("backup", warning, found, "tocsin backup DIR, every night");
        say("backup", good, found);
    }

    void versions() { say("version", good, "tocsin " TOCSIN_VERSION); }

    Instance& instance_;
    std::vector<Examined> found_;
};

}  // namespace

std::string_view name_of(Examined::State state) {
    switch (state) {
        case good:
            return "good";
        case warning:
            return "warning";
        case bad:
            return "bad";
    }
    return "bad";
}

std::vector<Examined> examine(Instance& instance) {
    return Examination(instance).all();
}

}  // namespace tocsin::app
