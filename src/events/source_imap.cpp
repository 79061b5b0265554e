#include "events/mail_file.hpp"
#include "events/source_run.hpp"
#include "formats/formats.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

using formats::stix_pattern::RegularExpression;

constexpr std::uint32_t match_steps = 100'000;
constexpr std::size_t most_links = 20, longest_link = 2000;
constexpr std::string_view keyword = "$TocsinTaken";

/// Links in a text or page, in order, each once.
void add_links(std::string_view text, std::vector<std::string>& into) {
    for (std::size_t at = 0; (at = text.find("http", at)) != std::string_view::npos;) {
        auto link = text.substr(at, text.find_first_of(" \t\r\n\"'<>()[]{}\\", at) - at);
        at += std::max<std::size_t>(link.size(), 4);
        while (!link.empty() && std::string_view(".,;:!?").contains(link.back())) link.remove_suffix(1);
        if (!link.starts_with("http://") && !link.starts_with("https://")) continue;
        auto const plain = replaced(std::string(link), "&amp;", "&");
        if (plain.size() <= longest_link && std::ranges::find(into, plain) == into.end()) into.push_back(plain);
    }
}

class Mailbox {
  public:
    Mailbox(SourceRun& run, net::ImapClient& client) : run_(run), client_(client) {}

    Status go() {
        CHECK(compile());
        auto const& folder = run_.source.folder.empty() ? inbox : run_.source.folder;
        TRY(auto const found, client_.select(folder, run_.options.is_dry));
        auto& course = run_.course;
        if (course.validity != found.validity) {  // the server began anew: what was taken is recognised
            course.validity = found.validity;
            course.uid = 0;
        }
        if (course.back_from && course.back_to) {
            TRY(auto const old, client_.between(*course.back_from, *course.back_to + std::chrono::days(1)));
            for (auto const uid : old)
                if (uid <= course.uid && !is_full()) CHECK(message(uid, false));
        }
        TRY(auto const fresh, client_.from(static_cast<std::uint32_t>(course.uid) + 1));
        for (auto const uid : fresh)
            if (!is_full()) CHECK(message(uid, true));
        return {};
    }

  private:
    Status compile() {
        for (auto const& link : run_.source.links) {
            TRY(auto rule, RegularExpression::compile(fmt::format("^(?:{})$", link), RegularExpression::Subject::text));
            rules_.push_back(std::move(rule));
        }
        return {};
    }

    bool is_full() {
        if (done_ < run_.limits.messages && !run_.is_out_of_time()) return false;
        run_.report.is_unfinished = true;
        return true;
    }

    std::string item_of(std::uint32_t uid, std::size_t part) const {
        return fmt::format("{}:{}:{}", run_.course.validity, uid, part);
    }

    void failed(std::uint32_t uid, std::string_view name, std::string error) {
        items_.push_back(run_.note({.item = item_of(uid, 0),
                                    .name = repaired_utf8(name.substr(0, 200)),
                                    .at = run_.began,
                                    .outcome = ItemOutcome::failed,
                                    .error = std::move(error)}));
    }

    /// Taken in whole, then put away, then written down: a kill in between repeats it, and its bytes are recognised.
    Status message(std::uint32_t uid, bool is_next) {
        ++done_;
        items_.clear();
        auto bytes = client_.message(uid, static_cast<std::uint64_t>(run_.source.most_bytes));
        if (!bytes && bytes.error().code == Code::not_found) return {};
        if (!bytes && bytes.error().code != Code::limit) return std::unexpected(bytes.error());
        if (bytes)
            CHECK(take(uid, *bytes));
        else
            failed(uid, fmt::format("message {}", uid), bytes.error().message);
        if (run_.options.is_dry) return {};
        bool const is_good = !items_.empty() && std::ranges::none_of(items_, [](SourceItem const& item) {
            return item.outcome == ItemOutcome::failed;
        });
        if (is_good)
            CHECK(run_.source.done_folder.empty() ? client_.flag(uid, keyword)
                                                  : client_.move(uid, run_.source.done_folder));
        if (is_next) run_.course.uid = uid;
        return run_.save(items_);
    }

    Status take(std::uint32_t uid, std::string_view bytes) {
        auto const read = read_mail(run_.doors.unsealer.get(), bytes);
        if (!read) {
            failed(uid, fmt::format("message {}", uid), read.error().message);
            return {};
        }
        auto const* const mail = &read->mail;
        std::vector<std::string> links;
        std::size_t number = 0;
        for (auto const& part : mail->parts) {
            ++number;
            if (is_report(part)) {
                auto const name = part.name.empty() ? mail->subject : part.name;
                CHECK(take_part(part, item_of(uid, number), name, read->signatures[number - 1]));
            } else if (part.type == "text/plain" || part.type == "text/html") {
                add_links(part.bytes, links);
            }
        }
        CHECK(take_links(uid, links));
        if (mail->is_encrypted)
            failed(uid, mail->subject,
                   "it is encrypted and can't be opened" + (read->trouble.empty() ? "" : ": " + read->trouble));
        return {};
    }

    Status take_part(formats::mail::MailPart const& part, std::string const& item, std::string const& name,
                     std::string const& signature) {
        if (run_.options.is_dry) {
            items_.push_back(run_.note(
                {.item = item, .name = name, .at = run_.began, .bytes = static_cast<std::int64_t>(part.bytes.size())}));
            return {};
        }
        run_.report.bytes += part.bytes.size();
        TRY(auto made, run_.take(part.bytes, item, name));
        if (made.report && !signature.empty() && run_.doors.signed_by)
            CHECK(run_.doors.signed_by(*made.report, signature));
        items_.push_back(std::move(made));
        return {};
    }

    /// Of the links, those that a rule allows. They go without our login, and by the rules of the source.
    Status take_links(std::uint32_t uid, std::vector<std::string> const& links) {
        std::size_t number = 1000, followed = 0;
        for (auto const& link : links) {
            ++number;
            bool is_allowed = false;
            for (auto const& rule : rules_) is_allowed = is_allowed || rule.matches(link, match_steps).value_or(false);
            if (!is_allowed || followed++ >= most_links) continue;
            Order const order{.url = link, .with_secret = false};
            if (run_.options.is_dry) {
                items_.push_back(
                    run_.note({.item = item_of(uid, number), .name = net::printable_url(link), .at = run_.began}));
                continue;
            }
            auto const fetched = fetch_file(run_, order);
            if (!fetched && fetched.error().code == Code::unavailable) return std::unexpected(fetched.error());
            if (!fetched) {
                failed(uid, net::printable_url(link), fetched.error().message);
                continue;
            }
            TRY(auto made, run_.take_file(fetched->file, item_of(uid, number), fetched->name));
            items_.push_back(std::move(made));
        }
        return {};
    }

    static inline std::string const inbox = "INBOX";
    SourceRun& run_;
    net::ImapClient& client_;
    std::vector<RegularExpression> rules_;
    std::vector<SourceItem> items_;  ///< of the message in hand
    int done_ = 0;
};

}  // namespace

Status run_imap(SourceRun& run) {
    net::ImapOptions options{.url = run.source.address, .user = run.source.login, .password = run.secret};
    options.wants_tls = !run.source.allows_http;
    options.ca_file = run.source.ca_file;
    options.quiet_time = run.limits.quiet_time;
    options.is_cancelled = run.options.is_cancelled;
    options.reachable = run.http_options(false).reachable;
    TRY(auto client, net::ImapClient::open(std::move(options)));
    return Mailbox(run, client).go();
}

}  // namespace tocsin::events
