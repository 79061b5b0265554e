#include "events/query.hpp"
#include "events/source_check.hpp"
#include "events/source_fetcher.hpp"
#include "events/source_health.hpp"
#include "events/test_house.hpp"
#include "net/net.hpp"

#include <csignal>
#include <gmock/gmock.h>

namespace tocsin::events {
namespace {

auto const ignored_pipe = std::signal(SIGPIPE, SIG_IGN);

using testing::HasSubstr;
using namespace std::chrono_literals;

Timestamp const start = parse_timestamp("2026-11-20T00:00:00Z").value();

SourceItem item(int hour, std::int64_t events) {
    return {.item = std::to_string(hour),
            .at = start + std::chrono::hours(hour),
            .outcome = ItemOutcome::taken,
            .state = "done",
            .events = events};
}

/// One report an hour until `last`, the newest first.
std::vector<SourceItem> hourly(int last, std::int64_t events) {
    std::vector<SourceItem> items;
    for (int hour = last; hour >= 0; --hour) items.push_back(item(hour, events));
    return items;
}

SourceHealth judged(std::vector<SourceItem> const& items, Timestamp now) {
    SourceCourse course;
    if (!items.empty()) course.last_report = items.front().at;
    return judge_source({.name = "list"}, course, items, now);
}

TEST(SourceHealth, KnowsTheRhythmAndSaysWhenItIsMissed) {
    auto const items = hourly(9, 100);
    EXPECT_EQ(judged(items, start + 9h + 30min).condition, SourceCondition::good);
    EXPECT_EQ(judged(items, start + 9h + 30min).usual_interval, 1h);
    EXPECT_EQ(judged(items, start + 11h).condition, SourceCondition::late);
    auto const quiet = judged(items, start + 14h);
    EXPECT_EQ(quiet.condition, SourceCondition::quiet);
    EXPECT_THAT(quiet.words, HasSubstr("went quiet"));
}

TEST(SourceHealth, KnowsTheVolumeAndSaysWhenItIsTenfold) {
    auto items = hourly(8, 100);
    items.insert(items.begin(), item(9, 1000));
    auto const flood = judged(items, start + 9h);
    EXPECT_EQ(flood.condition, SourceCondition::flood);
    EXPECT_THAT(flood.words, HasSubstr("ten times more"));
    items.front().events = 10;
    EXPECT_EQ(judged(items, start + 9h).condition, SourceCondition::trickle);
    items.front().events = 900;
    EXPECT_EQ(judged(items, start + 9h).condition, SourceCondition::good);
    items.front().state = "accepted";  // not read yet
    items.front().events = 0;
    EXPECT_EQ(judged(items, start + 9h).condition, SourceCondition::good);
}

TEST(SourceHealth, HasNoHabitAfterThreeRuns) {
    auto const health = judged(hourly(2, 100), start + 48h);
    EXPECT_FALSE(health.usual_interval);
    EXPECT_EQ(health.condition, SourceCondition::good);
}

TEST(SourceCheck, RefusesWhatCanNotBeAskedAndNamesTheField) {
    Source const good{.name = "list", .address = "https://reports.example/{date}.csv"};
    EXPECT_TRUE(check_source(good));
    auto const refused = [&](auto change) {
        auto draft = good;
        change(draft);
        auto const checked = check_source(draft);
        return checked ? std::string() : checked.error().message;
    };
    EXPECT_THAT(refused([](Source& one) { one.name = "7"; }), HasSubstr("name"));
    EXPECT_THAT(refused([](Source& one) { one.address = "ftp://x.example/"; }), HasSubstr("address"));
    EXPECT_THAT(refused([](Source& one) { one.every = 1s; }), HasSubstr("every"));
    EXPECT_THAT(refused([](Source& one) { one.days = 91; }), HasSubstr("days"));
    EXPECT_THAT(refused([](Source& one) { one.certificate = "/c.pem"; }), HasSubstr("certificate"));
    EXPECT_THAT(refused([](Source& one) { one.links = {"("}; }), HasSubstr("links"));
    EXPECT_FALSE(check_source_secret({.address = "http://reports.example/"}, "", "token"));
    EXPECT_TRUE(check_source_secret({.address = "https://reports.example/"}, "", "token"));
}

TEST(CompleteSource, TakesTheAddressFromTheFeed) {
    auto const catalogue = FeedCatalogue::open().value();
    Source draft{.name = "list", .feed = "openphish/urls"};
    ASSERT_TRUE(complete_source(draft, false, catalogue));
    EXPECT_EQ(draft.address, "https://openphish.com/feed.txt");
    EXPECT_EQ(draft.every, 12h);
    Source without{.name = "list", .feed = "generic/idf"};
    EXPECT_FALSE(complete_source(without, false, catalogue));
    Source api{.name = "api", .kind = SourceKind::shadowserver};
    ASSERT_TRUE(complete_source(api, false, catalogue));
    EXPECT_EQ(api.address, shadowserver_api);
    EXPECT_EQ(api.downloads, shadowserver_downloads);
}

/// A server that answers as the test says, and remembers what it was asked.
class Server {
  public:
    explicit Server(net::HttpResponse response) : response_(std::move(response)) {
        std::vector<net::Listener> listeners(1);
        listeners[0].application.answer = [this](net::HttpRequest const& request) {
            std::lock_guard const lock(mutex_);
            asked_.push_back(std::string(request.header("if-none-match")));
            return response_;
        };
        auto started = net::HttpServer::start(std::move(listeners));
        EXPECT_TRUE(started);
        server_ = *std::move(started);
    }
    ~Server() { server_->stop(std::chrono::milliseconds(0)); }
    Server(Server const&) = delete;
    std::string url() const { return fmt::format("http://127.0.0.1:{}/list.jsonl", server_->port()); }
    std::vector<std::string> asked() {
        std::lock_guard const lock(mutex_);
        return asked_;
    }

  private:
    std::mutex mutex_;  ///< guards asked_
    std::vector<std::string> asked_;
    net::HttpResponse response_;
    std::unique_ptr<net::HttpServer> server_;
};

net::HttpResponse response(int status, std::string body = {}) {
    net::HttpResponse made;
    made.status = status;
    made.body = std::move(body);
    return made;
}

/// What one server answers, and what came of it.
class Fetching : public EngineTest {
  protected:
    Fetching() {
        std::filesystem::create_directories(folder);
        directory.emplace(store::DataDirectory::open(folder).value());
        secrets.emplace(access::Secrets::open(*directory).value());
        sources = std::make_unique<Sources>(*ledger, *secrets, clock);
        FetcherDoors doors{.sources = sources.get(), .directory = folder, .clock = &clock};
        doors.accept = [this](auto const& read, std::string_view name, std::string_view feed) {
            return events->accept(read, name, feed, ReportOrigin::source);
        };
        fetcher = std::make_unique<Fetcher>(std::move(doors));
    }
    Source add(std::string const& url) {
        return sources
            ->add({.name = "list", .feed = "generic/idf", .address = url, .allows_private = true}, "",
                  access::command_principal())
            .value();
    }

    std::optional<store::DataDirectory> directory;
    std::optional<access::Secrets> secrets;
    std::unique_ptr<Sources> sources;
    std::unique_ptr<Fetcher> fetcher;
};

constexpr std::string_view row =
    R"({"source.ip":"192.0.2.1","time.source":"2026-11-20T00:00:00Z","classification.type":"scanner"})";

TEST_F(Fetching, TakesABodyOnceAndAsksWithWhatItKnows) {
    auto good = response(200, std::string(row));
    good.set("etag", "\"a\"");
    Server server(std::move(good));
    auto const source = add(server.url());
    EXPECT_EQ(fetcher->run(source, {}).value().taken, 1);
    auto const again = fetcher->run(source, {}).value();
    EXPECT_EQ(again.taken + again.known, 0);
    EXPECT_THAT(server.asked(), testing::ElementsAre("", "\"a\""));
    EXPECT_EQ(sources->items(source.id, 10).value().size(), 1U);
}

TEST_F(Fetching, PutsTheNextRunOffWhenNobodyAnswersWell) {
    auto busy = response(503);
    busy.set("retry-after", "7200");
    Server const server(std::move(busy));
    auto const source = add(server.url());
    EXPECT_FALSE(fetcher->run(source, {}));
    auto const course = sources->course(source.id).value();
    EXPECT_EQ(course.failures, 1);
    EXPECT_EQ(course.due, clock.now() + 2h);
    EXPECT_TRUE(sources->due(clock.now()).value().empty());
}

TEST_F(Fetching, IsAuditedAndForgetsTheSecret) {
    auto const source =
        sources->add({.name = "list", .address = "https://reports.example/x"}, "hush", access::command_principal());
    ASSERT_TRUE(source);
    EXPECT_EQ(sources->secret_of(*source).value(), "hush");
    JsonWriter json;
    append_source(json, health_of(*sources, *source, clock.now()).value());
    EXPECT_THAT(json.text(), testing::Not(HasSubstr("hush")));
    ASSERT_TRUE(sources->remove(source->id, access::command_principal()));
    EXPECT_FALSE(sources->find("list"));
}

}  // namespace
}  // namespace tocsin::events
