#include "notifications/inbox/intake.hpp"

#include <algorithm>

/// The team's mailbox on a mail server.
namespace tocsin::notifications {
namespace {

constexpr std::string_view keyword = "$TocsinRead";
/// Of a mailbox that is looked into for the first time only so much is old mail of ours.
constexpr std::chrono::days first_days{7};
constexpr std::array<std::string_view, 8> networks_of_ours{"127.0.0.0/8",    "::1/128",        "10.0.0.0/8",
                                                           "172.16.0.0/12",  "192.168.0.0/16", "fc00::/7",
                                                           "169.254.0.0/16", "100.64.0.0/10"};

net::ImapOptions options_of(InboxSettings const& settings, std::function<bool()> const& is_cancelled) {
    net::ImapOptions options{.url = settings.url, .user = settings.user, .password = settings.password};
    options.wants_tls = settings.wants_tls;
    options.ca_file = settings.ca_file;
    options.is_cancelled = is_cancelled;
    if (settings.allows_private)
        for (auto const network : networks_of_ours) options.reachable.push_back(*parse_prefix(network));
    return options;
}

void count(InboxReport& report, Inbox::Impl::Taken const& taken) {
    ++report.read;
    if (taken.was_known) {
        ++report.known;
        return;
    }
    switch (taken.mail.kind) {
        case MailKind::answer:
            ++report.answers;
            return;
        case MailKind::bounce:
            ++report.bounces;
            return;
        case MailKind::automatic:
            ++report.automatic;
            return;
        case MailKind::unmatched:
            ++report.unmatched;
            return;
    }
}

class Round {
  public:
    Round(Inbox::Impl& inbox, tables::MailboxCourse& course, std::function<bool()> const& is_cancelled)
        : inbox_(inbox), course_(course), is_cancelled_(is_cancelled) {}

    Status go(net::ImapClient& client) {
        TRY(auto const folder, client.select(inbox_.settings.folder, false));
        if (course_.is_new || course_.validity != folder.validity) {
            CHECK(begin(client, folder.validity));
        }
        TRY(auto const fresh, client.from(static_cast<std::uint32_t>(course_.uid) + 1));
        int done = 0;
        for (auto const uid : fresh) {
            if (done++ >= inbox_.settings.most_mails || (is_cancelled_ && is_cancelled_())) {
                report.is_unfinished = true;
                break;
            }
            CHECK(message(client, uid));
        }
        return {};
    }

    InboxReport report;

  private:
    /// Numbers mean nothing any more, or never did. What was read is recognised.
    Status begin(net::ImapClient& client, std::uint32_t validity) {
        auto const now = inbox_.house.clock.now();
        TRY(auto const recent, client.between(now - first_days, now + std::chrono::days(2)));
        course_.uid = 0;
        if (!recent.empty()) {
            course_.uid = recent.front() - 1;
        } else {
            TRY(auto const all, client.from(1));
            if (!all.empty()) course_.uid = all.back();
        }
        course_.validity = validity;
        course_.is_new = false;
        return save();
    }

    Status save() {
        TRY(auto const saved, inbox_.house.ledger.write([&](store::Transaction& tx) -> Result<bool> {
            CHECK(tables::save_course(tx, inbox_.mailbox(), course_));
            return true;
        }));
        (void)saved;
        return {};
    }

    /// Taken in whole, then put away, then written down: a kill in between repeats it, and it is recognised.
    Status message(net::ImapClient& client, std::uint32_t uid) {
        auto const bytes = client.message(uid, inbox_.settings.most_bytes);
        if (!bytes && bytes.error().code != Code::not_found && bytes.error().code != Code::limit)
            return std::unexpected(bytes.error());
        if (bytes) {
            TRY(auto const taken, inbox_.take(*bytes, "mailbox"));
            count(report, taken);
        } else if (bytes.error().code == Code::limit) {
            auto const name = fmt::format("{} {} {}", inbox_.mailbox(), course_.validity, uid);
            TRY(auto const taken, inbox_.take_unreadable(access::sha256(name), fmt::format("message {}", uid),
                                                         bytes.error().message, "mailbox"));
            count(report, taken);
        }
        if (bytes || bytes.error().code == Code::limit)
            CHECK(inbox_.settings.done_folder.empty() ? client.flag(uid, keyword)
                                                      : client.move(uid, inbox_.settings.done_folder));
        course_.uid = uid;
        return save();
    }

    Inbox::Impl& inbox_;
    tables::MailboxCourse& course_;
    std::function<bool()> const& is_cancelled_;
};

}  // namespace

std::string Inbox::Impl::mailbox() const {
    return fmt::format("{} {} {}", settings.url, settings.user, settings.folder);
}

Result<InboxReport> Inbox::Impl::check(std::function<bool()> const& is_cancelled) {
    if (settings.url.empty()) return fail(Code::invalid, "[inbox] server: no mailbox is set");
    std::scoped_lock const lock(checking);
    TRY(auto course, house.ledger.read([&](store::Transaction& tx) { return tables::mailbox_course(tx, mailbox()); }));
    Round round(*this, course, is_cancelled);
    auto const read = [&]() -> Status {
        TRY(auto client, net::ImapClient::open(options_of(settings, is_cancelled)));
        return round.go(client);
    }();
    course.last_run = house.clock.now();
    if (read) course.last_success = course.last_run;
    course.error = read ? std::string() : read.error().message;
    TRY(auto const saved, house.ledger.write([&](store::Transaction& tx) -> Result<bool> {
        if (!course.is_new || !read) CHECK(tables::save_course(tx, mailbox(), course));
        return true;
    }));
    (void)saved;
    if (!read) return std::unexpected(read.error());
    return round.report;
}

}  // namespace tocsin::notifications
