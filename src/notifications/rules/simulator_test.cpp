#include "constituency/notice_settings.hpp"
#include "notifications/channels.hpp"
#include "notifications/rules.hpp"
#include "notifications/test_house.hpp"

#include <map>
#include <random>

/// The simulator held against the planner: a small world is planned hour by hour, and asked about afterwards.
namespace tocsin::notifications {
namespace {

using std::chrono::hours;

constexpr int days = 8;

class World {
  public:
    explicit World(unsigned seed) : dice_(seed) {
        static constexpr std::array<std::string_view, 6> languages{"en", "fr", "es", "ru", "ar", "zh"};
        for (int i = 0; i < 14; ++i) {
            auto const id = house.organisation(fmt::format("Owner {}", i), std::string(languages[roll(6)]),
                                               i > 10 ? owners_[roll(3)] : 0);
            owners_.push_back(id);
            if (i % 7 == 6) continue;  // nobody to write to, but for those who have somebody above them
            house.contact(id, fmt::format("abuse@owner-{}.example", i));
            if (roll(3) == 0)
                house.contact(id, fmt::format("noc@owner-{}.example", i), constituency::ContactRole::abuse,
                              std::string(languages[roll(6)]));
            if (roll(2) == 0)
                house.contact(id, fmt::format("boss@owner-{}.example", i), constituency::ContactRole::management);
            if (roll(2) == 0) hook(id, i);
            if (roll(2) == 0) wish(id);
        }
        for (int i = 0; i < 160; ++i) all_.push_back(random_finding(i));
    }

    std::size_t roll(std::size_t sides) { return std::uniform_int_distribution<std::size_t>(0, sides - 1)(dice_); }

    /// What the planner tells in all these days.
    struct Told {
        std::int64_t messages = 0, held = 0, findings = 0;
        friend bool operator==(Told const&, Told const&) = default;
        friend void PrintTo(Told const& told, std::ostream* out) {
            *out << told.messages << " messages, " << told.held << " held, " << told.findings << " findings";
        }
    };
    void plan_all() {
        for (int hour = 0; hour < 24 * days; ++hour) {
            house.clock.set(start_ + hours(hour) + std::chrono::seconds(3599));
            auto const now = house.clock.now();
            house.findings.clear();
            for (auto const& one : all_)
                if (one.first_seen <= now && (!one.repaired || *one.repaired > now)) house.findings.push_back(one);
            auto const made = house.room->plan(access::server_principal(), {.hold = {}});
            ASSERT_TRUE(made) << made.error().message;
        }
        house.findings = all_;
        for (auto& one : house.findings)
            if (one.repaired) one.state = events::FindingState::repaired;
    }
    std::map<std::int64_t, Told> told() {
        std::map<std::int64_t, Told> by_owner;
        auto const done = house.ledger->read([&](store::Transaction& tx) -> Result<bool> {
            CHECK(tx.query("SELECT organisation, state = 'held' FROM notification", {}, [&](store::Row const& row) {
                auto& of = by_owner[row.integer(0)];
                ++(row.integer(1) != 0 ? of.held : of.messages);
            }));
            CHECK(
                tx.query("SELECT organisation, count(*) FROM (SELECT DISTINCT n.organisation, n.created, f.finding "
                         "FROM notification n JOIN notified_finding f ON f.notification = n.id) GROUP BY organisation",
                         {}, [&](store::Row const& row) { by_owner[row.integer(0)].findings = row.integer(1); }));
            return true;
        });
        EXPECT_TRUE(done);
        return by_owner;
    }

    TestHouse house;

  private:
    void hook(std::int64_t id, int number) {
        constituency::ContactDraft draft;
        draft.organisation = {id};
        draft.role = constituency::ContactRole::technical;
        draft.webhook = fmt::format("https://hook.example/{}", number);
        auto const contact = house.people->directory().add(draft, access::command_principal());
        ASSERT_TRUE(contact) << contact.error().message;
        ASSERT_TRUE(Channels(*house.room).set({.contact = contact->id}, "", access::command_principal()));
    }
    void wish(std::int64_t id) {
        constituency::NoticeSettings wish;
        if (roll(2) == 0) wish.language = "fr";
        if (roll(2) == 0) wish.digest_every = hours(1 + roll(90));
        static constexpr std::array<std::string_view, 4> least{"", "critical", "medium", "info"};
        wish.least_severity = least[roll(4)];
        static constexpr std::array<std::string_view, 4> channels{"", "mail", "webhook", "both"};
        wish.channel = channels[roll(4)];
        ASSERT_TRUE(
            constituency::set_notice_settings(house.people->directory(), access::command_principal(), {id}, wish));
    }
    events::Finding random_finding(int number) {
        static constexpr std::array<std::string_view, 4> identifiers{"open-telnet", "open-rdp", "open-ssdp", "noise"};
        static constexpr std::array<std::string_view, 6> severities{"critical", "high", "medium", "low", "info", ""};
        static constexpr std::array<std::string_view, 4> markings{"GREEN", "AMBER", "AMBER+STRICT", "RED"};
        auto one = finding(owners_[roll(owners_.size())], number, std::string(identifiers[roll(4)]),
                           std::string(severities[roll(6)]));
        one.tlp = markings[roll(4)];
        one.first_seen = start_ + hours(roll(24 * days)) + std::chrono::seconds(roll(3600));
        one.times = static_cast<std::int64_t>(1 + roll(20));
        if (roll(2) == 0) one.repaired = one.first_seen + hours(1 + roll(150));
        return one;
    }

    std::mt19937 dice_;
    std::vector<std::int64_t> owners_;
    std::vector<events::Finding> all_;
    Timestamp start_ = at("2026-11-02T00:00:00Z");
};

constexpr std::string_view rule_sets[] = {"",
                                          R"([[rule]]
name = "noise"
when = { identifier = "noise" }
do = "drop"
[[rule]]
name = "critical"
when = { severity = "critical" }
interval = "at once"
reminder = "30h"
form = "each_class"
[[rule]]
name = "two look first"
when = { identifier = "open-rdp" }
do = "hold"
interval = "20h"
channel = "mail"
[[rule]]
name = "few"
when = { identifier = "open-ssdp" }
threshold = { findings = 3, events = 25 }
interval = "12h"
reminder = "never"
)",
                                          R"([[rule]]
name = "old telnet"
when = { identifier = "open-telnet", open_for = "2d" }
interval = "at once"
reminder = "1d"
to_roles = "management"
[[rule]]
name = "old noise"
when = { identifier = "noise", open_for = "30h" }
do = "drop"
[[rule]]
name = "fresh noise"
when = { identifier = "noise" }
reminder = "9h"
interval = "5h"
channel = "webhook"
[[rule]]
name = "sealed"
when = { identifier = "open-ssdp" }
encryption = "required"
channel = "sms"
language = "ru"
)"};

TEST(Simulator, TellsWhatThePlannerDoesAndWhatOwnersWish) {
    for (unsigned seed = 0; seed < 3; ++seed) {
        World world(seed);
        auto const& text = rule_sets[seed % std::size(rule_sets)];
        if (!text.empty()) {
            auto const saved = world.house.room->rules().set(access::command_principal(), text, "a test");
            ASSERT_TRUE(saved) << saved.error().message;
        }
        world.plan_all();
        auto const told = world.told();
        ASSERT_FALSE(told.empty());
        auto const simulated =
            world.house.room->rules().simulate({.text = std::string(text), .days = days, .most_organisations = 1000});
        ASSERT_TRUE(simulated) << simulated.error().message;
        std::map<std::int64_t, World::Told> by_owner;
        World::Told sum;
        for (auto const& one : simulated->organisations) {
            auto const& then = one.tallies.then;
            if (then.messages + then.held > 0) by_owner[one.id] = {then.messages, then.held, then.findings};
            EXPECT_EQ(then.messages, one.tallies.now.messages) << "the rules asked about are those in force";
            sum.messages += then.messages;
        }
        EXPECT_EQ(by_owner, told) << "seed " << seed;
        EXPECT_EQ(simulated->total.then.messages, sum.messages);
    }
}

}  // namespace
}  // namespace tocsin::notifications
