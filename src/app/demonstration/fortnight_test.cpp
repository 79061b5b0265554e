#include "app/demonstration/fortnight.hpp"

#include "app/event_words.hpp"
#include "intelligence/intelligence.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace tocsin::app::demonstration {
namespace {

namespace fs = std::filesystem;

struct Folder {
    fs::path path = fs::temp_directory_path() / fmt::format("tocsin-fortnight-{}", ::getpid());
    Folder() { fs::create_directories(path); }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

std::int64_t findings(Instance& instance, events::FindingState state) {
    events::FindingFilter filter;
    filter.states = {state};
    return (*instance.events())->count(scope_of_commands(instance), filter).value_or(-1);
}

/// One lived fortnight shows all that the console is to show: whatever is missing here would be an empty screen.
TEST(Fortnight, ShowsEveryStateThatTheConsoleHas) {
    Folder const folder;
    auto const identity = identity_of(1);
    auto const end = *parse_timestamp("2026-11-23T12:00:00Z");
    Config config;
    config.data = folder.path / "data";
    config.team_name = identity.name;
    config.team_email = identity.email;
    config.country = identity.country;
    config.public_url = "http://127.0.0.1:5800";
    config.asn_table = folder.path / "networks.tsv";
    ASSERT_TRUE(write_networks(1, config.asn_table));
    MovedClock clock(end);
    auto instance = Instance::open(config, clock);
    ASSERT_TRUE(instance) << instance.error().message;
    auto const lived =
        live_through(**instance, clock, {.days = 14, .rows = 900, .end = end}, [](std::string_view) { return true; });
    ASSERT_TRUE(lived) << lived.error().message;
    EXPECT_GT(lived->events, 5000);
    EXPECT_GT(lived->rejected, 5);
    EXPECT_GT(lived->warnings, 50);
    EXPECT_GT(lived->answers, 20);
    EXPECT_GT(lived->held, 5);
    EXPECT_GT(lived->objects, 100);
    auto const analyst = gate::Recipient::team(access::command_principal());
    auto const matches = (*(*instance)->intelligence())->matches({}, analyst, {.after = {}, .limit = 1000});
    ASSERT_TRUE(matches);
    EXPECT_GT(matches->items.size(), 10U);
    EXPECT_TRUE(std::ranges::any_of(matches->items,
                                    [](auto const& one) { return one->state == intelligence::MatchState::handed_on; }));
    EXPECT_GT(findings(**instance, events::FindingState::open), 100);
    EXPECT_GT(findings(**instance, events::FindingState::repaired), 100);
    EXPECT_GT(findings(**instance, events::FindingState::back), 5);
    EXPECT_GT(findings(**instance, events::FindingState::false_positive), 0);
    auto const unowned = (*(*instance)->events())->unowned(scope_of_commands(**instance), {}, 10);
    ASSERT_TRUE(unowned);
    EXPECT_FALSE(unowned->empty());
    int quiet = 0;
    auto const health = (*(*instance)->events())->feed_health(scope_of_commands(**instance));
    ASSERT_TRUE(health);
    for (auto const& feed : *health)
        quiet +=
            feed.condition == events::FeedCondition::quiet || feed.condition == events::FeedCondition::late ? 1 : 0;
    EXPECT_GE(quiet, 2);
    EXPECT_FALSE(fs::is_empty(config.data / "outbox"));
}

}  // namespace
}  // namespace tocsin::app::demonstration
