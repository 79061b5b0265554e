#include "events/message_batch.hpp"
#include "events/source_run.hpp"
#include "events/spool.hpp"
#include "net/message_stream.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace tocsin::events {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t most_batch_bytes = 16 << 20;
constexpr milliseconds look_around{500};
constexpr milliseconds first_wait{2'000};
constexpr std::chrono::hours item_age{24 * 30};
constexpr std::chrono::hours error_age{1};
constexpr std::size_t most_aside = 1000;
constexpr std::size_t looked_at = 20;

net::StreamProtocol protocol_of(SourceKind kind) {
    return kind == SourceKind::stomp  ? net::StreamProtocol::stomp
           : kind == SourceKind::amqp ? net::StreamProtocol::amqp
                                      : net::StreamProtocol::kafka;
}

/// One connection: messages are gathered, handed over durably, and only then acknowledged.
class Listening {
  public:
    Listening(SourceRun& run, net::MessageStream& stream, FeedDefinition const& feed)
        : run_(run), stream_(stream), batch_(feed) {}

    Status go() {
        CHECK(recall());
        CHECK(tell_connected());
        auto const most = static_cast<std::size_t>(run_.source.most_messages);
        while (true) {
            auto const message = stream_.next(patience());
            if (!message) return end_with(message.error());
            if (*message) take(**message);
            bool const is_full = given_ >= most || batch_.bytes() >= most_batch_bytes;
            bool const is_time = given_ > 0 && (is_full || SteadyClock::now() >= gathered_until_ ||
                                                (!*message && !run_.options.listens));
            if (is_time) CHECK(hand_over());
            if (run_.options.listens) continue;
            run_.report.is_unfinished = run_.is_out_of_time() || run_.report.taken >= run_.limits.reports;
            if (run_.report.is_unfinished || (!*message && !is_time)) return {};
        }
    }

    /// What would come; nothing is acknowledged.
    Status look() {
        while (run_.report.items.size() < looked_at) {
            TRY(auto const message, stream_.next(patience()));
            if (!message) return {};
            ++seen_;
            run_.note({.item = message->name,
                       .name = message->name,
                       .at = run_.began,
                       .bytes = static_cast<std::int64_t>(message->bytes)});
        }
        run_.report.is_unfinished = true;
        return {};
    }

  private:
    milliseconds patience() const {
        if (!run_.options.listens || run_.options.is_dry) return seen_ > 0 ? look_around : first_wait;
        if (given_ == 0) return look_around;
        auto const left = std::chrono::duration_cast<milliseconds>(gathered_until_ - SteadyClock::now());
        return std::clamp(left, milliseconds(1), look_around);
    }

    /// What the broker may give again although it is ours: it had not heard so.
    Status recall() {
        TRY(groups_, run_.doors.sources->groups(run_.source.id, run_.source.feed));
        std::vector<SourceItem> missed;
        for (auto const& group : groups_) {
            number_ = std::max(number_, group.number);
            if (!group.report) continue;
            for (auto const& mark : group.messages) ++known_[mark];
            TRY(bool const is_noted, run_.has(item_of(group.sha256)));
            if (is_noted || group.sha256.empty()) continue;
            missed.push_back({.item = item_of(group.sha256),
                              .name = name_of_report(),
                              .at = run_.began,
                              .report = group.report,
                              .outcome = ItemOutcome::taken});
            run_.note(missed.back());
        }
        // Those that were not accepted say nothing.
        std::erase_if(groups_, [](MessageGroup const& group) { return !group.report; });
        return missed.empty() ? Status() : run_.save(missed);
    }

    Status tell_connected() {
        auto& course = run_.course;
        course.failures = 0;
        course.last_run = course.last_success = run_.doors.clock->now();
        return run_.save();
    }

    static std::string item_of(std::string_view sha256) { return fmt::format("sha256:{}", sha256); }
    std::string name_of_report() const {
        return fmt::format("{} {}", run_.source.name, format_timestamp(run_.doors.clock->now()));
    }

    void take(net::StreamMessage const& message) {
        if (given_++ == 0) gathered_until_ = SteadyClock::now() + run_.source.every;
        run_.report.bytes += message.bytes;
        ++seen_;
        if (message.is_cut) {
            failed_.push_back({.item = fmt::format("{} {}", message.name, message_mark_of_time()),
                               .name = message.name,
                               .outcome = ItemOutcome::failed,
                               .bytes = static_cast<std::int64_t>(message.bytes),
                               .error = fmt::format("a message of {} bytes, at most {} are taken; it was refused",
                                                    message.bytes, run_.source.most_bytes)});
            return;
        }
        auto mark = message_mark(message.body);
        // A broker that was killed, or that never tells, repeats first and does not say so.
        bool const may_be_again =
            seen_ <= static_cast<std::size_t>(run_.source.most_messages) * 2 || message.is_again.value_or(false);
        if (auto const known = known_.find(mark); may_be_again && known != known_.end() && known->second > 0) {
            --known->second;
            return;
        }
        batch_.add(message.body, std::move(mark));
    }

    std::string message_mark_of_time() const { return fmt::format("{}-{}", run_.doors.clock->now().micros, seen_); }

    /// What was gathered is ours: a broker that does not keep it for us would not give it again.
    Status end_with(Error const& error) {
        if (given_ > 0) CHECK(take_in());
        return std::unexpected(error);
    }

    /// Durably in, then written down, then acknowledged: a kill in between brings it again, and it is known.
    Status hand_over() {
        CHECK(take_in());
        CHECK(stream_.acknowledge());
        given_ = 0;
        return tidy();
    }

    Status take_in() {
        run_.began = run_.doors.clock->now();
        if (run_.began - failed_at_ > error_age) run_.course.error.clear();
        std::vector<SourceItem> items;
        for (auto& item : failed_) {
            item.at = run_.began;
            items.push_back(run_.note(std::move(item)));
        }
        failed_.clear();
        if (!batch_.joined().empty()) CHECK(hand_over_joined(items));
        for (auto const& alone : batch_.alone()) CHECK(hand_over_alone(alone, items));
        if (std::ranges::any_of(items, [](auto const& item) { return item.outcome == ItemOutcome::failed; }))
            failed_at_ = run_.began;
        batch_.clear();
        return run_.save(items);
    }

    Status hand_over_joined(std::vector<SourceItem>& items) {
        TRY(auto item, accept(batch_.joined(), batch_.marks(), true));
        items.push_back(std::move(item));
        return {};
    }

    Status hand_over_alone(MessageBatch::Alone const& alone, std::vector<SourceItem>& items) {
        TRY(auto item, accept(alone.body, {alone.mark}, false));
        items.push_back(std::move(item));
        return {};
    }

    Result<SourceItem> accept(std::string_view bytes, std::vector<std::string> marks, bool is_joined) {
        ContentHash hash;
        hash.add(bytes);
        MessageGroup group{.number = ++number_, .sha256 = hash.finish(), .messages = std::move(marks)};
        auto const keep_from = oldest_to_keep(group.messages.size());
        CHECK(run_.doors.sources->add_group(run_.source.id, group, keep_from));
        auto const item = item_of(group.sha256);
        auto const name =
            is_joined ? fmt::format("{} ({} messages)", name_of_report(), group.messages.size()) : name_of_report();
        groups_.push_back(std::move(group));
        std::string const kept(bytes);
        auto const before = run_.report.items.size();
        TRY(auto made, run_.take(kept, item, name));
        if (made.outcome != ItemOutcome::failed) return made;
        TRY(auto const where, put_aside(kept, item.substr(7)));
        made.error += fmt::format("; it is kept as {}", where);
        if (run_.report.items.size() > before) run_.report.items.back().error = made.error;
        return made;
    }

    /// Groups are kept for three times what may be under way.
    std::int64_t oldest_to_keep(std::size_t added) {
        auto const wanted = static_cast<std::size_t>(run_.source.most_messages) * 3;
        std::size_t sum = added;
        auto keep = groups_.end();
        while (keep != groups_.begin() && sum < wanted) sum += (--keep)->messages.size();
        groups_.erase(groups_.begin(), keep);
        return groups_.empty() ? number_ : groups_.front().number;
    }

    /// What can't be read as a report is nowhere else once the broker has heard that it is ours.
    Result<std::string> put_aside(std::string_view bytes, std::string_view sha256) {
        auto const folder = run_.doors.directory / "aside" / std::to_string(run_.source.id.value);
        std::error_code fault;
        std::filesystem::create_directories(folder, fault);
        std::size_t count = 0;
        for (auto const& one : std::filesystem::directory_iterator(folder, fault))
            count += one.is_regular_file() ? 1 : 0;
        if (count >= most_aside)
            return fail(Code::limit,
                        fmt::format("{} messages that are no report are kept in {}: look at them, and move "
                                    "them away; until then nothing more is taken",
                                    count, folder.string()));
        auto const file = folder / sha256;
        CHECK(store::write_file(file, bytes));
        return file.string();
    }

    Status tidy() {
        if (run_.options.on_progress && SteadyClock::now() >= told_ + std::chrono::seconds(5)) {
            told_ = SteadyClock::now();
            run_.options.on_progress();
        }
        if (!run_.options.listens) return {};
        run_.report.items.clear();
        if (SteadyClock::now() < tidied_ + std::chrono::hours(1)) return {};
        tidied_ = SteadyClock::now();
        return run_.doors.sources->forget_items(run_.source.id, run_.doors.clock->now() - item_age);
    }

    SourceRun& run_;
    net::MessageStream& stream_;
    MessageBatch batch_;
    std::vector<SourceItem> failed_;    ///< too long
    std::vector<MessageGroup> groups_;  ///< the newest, of this run and before
    std::unordered_map<std::string, int> known_;
    std::int64_t number_ = 0;
    std::size_t given_ = 0;  ///< not acknowledged
    std::size_t seen_ = 0;
    Timestamp failed_at_ = run_.began;
    SteadyClock::time_point gathered_until_ = {}, told_ = {}, tidied_ = {};
};

}  // namespace

Status run_stream(SourceRun& run) {
    auto const& source = run.source;
    TRY(auto const feed, run.doors.feed(source.feed));
    net::StreamOptions options;
    TRY(options.address, net::parse_stream_url(protocol_of(source.kind), source.address));
    options.queue = source.queue;
    options.group = source.group;
    options.headers = source.stream_headers;
    options.user = source.login;
    options.password = run.secret;
    options.mechanism = source.mechanism;
    options.ca_file = source.ca_file;
    options.fingerprint = source.fingerprint;
    options.certificate = source.certificate;
    options.key = source.key;
    options.proxy = source.proxy;
    options.reachable = run.http_options(false).reachable;
    options.most_messages = source.most_messages;
    options.most_bytes = static_cast<std::uint64_t>(source.most_bytes);
    options.quiet_time = run.limits.quiet_time;
    options.is_cancelled = run.options.is_cancelled;
    TRY(auto const stream, net::open_stream(std::move(options)));
    Listening listening(run, *stream, *feed);
    return run.options.is_dry ? listening.look() : listening.go();
}

}  // namespace tocsin::events
