#include "sharing/test_house.hpp"

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>

namespace tocsin::sharing {
namespace {

auto const ignored_pipe = std::signal(SIGPIPE, SIG_IGN);

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

TaxiiClient client(std::string secret = "", std::string login = "") {
    TaxiiAccess access;
    access.http.reachable = {*parse_prefix("127.0.0.0/8")};
    access.secret = std::move(secret);
    access.login = std::move(login);
    return {std::move(access), {}};
}

TEST(TaxiiClient, LooksAtWhatAServerOffers) {
    FakeTaxii server;
    auto one = client("token");
    for (auto const path : {"/taxii2/", "/taxii2", "/root/", "/", ""}) {
        auto const offer = one.look(server.url(path));
        ASSERT_TRUE(offer) << path << ": " << offer.error().message;
        ASSERT_EQ(offer->roots.size(), 1U) << path;
        EXPECT_EQ(offer->roots[0].url, server.url("/root/"));
        ASSERT_EQ(offer->roots[0].collections.size(), 1U);
        EXPECT_TRUE(offer->roots[0].collections[0].can_read);
    }
    EXPECT_EQ(server.authorization, "Bearer token");
    for (std::string_view const name : {FakeTaxii::collection, std::string_view("all"), std::string_view("everything")})
        EXPECT_EQ(one.find(server.url(), name)->collection.alias, "all");
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (request.target != "/") return {};
        net::HttpResponse console;
        console.set("content-type", "text/html");
        console.body = "<html>";
        return console;
    };
    EXPECT_TRUE(one.look(server.url("/")));
    EXPECT_TRUE(one.remarks().all().empty()) << one.remarks().all()[0].example;
    auto const missing = one.find(server.url(), "nothing");
    EXPECT_EQ(missing.error().code, Code::not_found);
    EXPECT_THAT(missing.error().message, HasSubstr("it has: all"));
}

TEST(TaxiiClient, TakesItsKeyToNoOtherHost) {
    FakeTaxii server, other;
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (request.target != "/taxii2/") return {};
        return FakeTaxii::json(fmt::format(R"({{"title":"x","api_roots":["{}","/root/"]}})", other.url("/root/")));
    };
    auto const offer = client("token").look(server.url());
    ASSERT_TRUE(offer);
    ASSERT_EQ(offer->roots.size(), 2U);
    EXPECT_THAT(offer->roots[0].fault, HasSubstr("another host"));
    EXPECT_EQ(offer->roots[1].fault, "");
    EXPECT_EQ(other.asked.size(), 0U);
}

TEST(TaxiiClient, AFaultyRootDoesNotHideTheOthers) {
    FakeTaxii server;
    server.trick = [&](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (request.target == "/taxii2/") return FakeTaxii::json(R"({"title":"x","api_roots":["/broken/","/root/"]})");
        if (request.target == "/broken/") return FakeTaxii::trouble(500);
        return {};
    };
    auto const place = client().find(server.url(), "all");
    ASSERT_TRUE(place) << place.error().message;
    EXPECT_EQ(place->root, server.url("/root/"));
}

TEST(TaxiiClient, SaysWhenWhatAnswersIsNoTaxii) {
    FakeTaxii server;
    server.trick = [](net::HttpRequest const&) { return FakeTaxii::json("<html>"); };
    EXPECT_THAT(client().look(server.url()).error().message, HasSubstr("no TAXII 2.1"));
    server.trick = [](net::HttpRequest const&) { return FakeTaxii::json("{\"title\":7,\"api_roots\":{}}"); };
    EXPECT_TRUE(client().look(server.url())) << "odd, and empty";
}

TEST(TaxiiClient, FindsAResourceThatIsOnlyThereWithoutItsSlash) {
    FakeTaxii server;
    server.trick = [](net::HttpRequest const& request) -> std::optional<net::HttpResponse> {
        if (request.target == "/root/status/7/") return FakeTaxii::trouble(404);
        if (request.target == "/root/status/7")
            return FakeTaxii::json(R"({"id":"7","status":"complete","total_count":0,"success_count":0,)"
                                   R"("failure_count":0,"pending_count":0})");
        return {};
    };
    auto one = client();
    EXPECT_TRUE(one.status(server.url("/root/"), "7"));
    EXPECT_TRUE(one.remarks().has(formats::taxii::Oddity::no_trailing_slash));
}

TEST(TaxiiClient, WillNotReachInsideUnlessTold) {
    FakeTaxii server;
    TaxiiClient one({}, {});
    EXPECT_EQ(one.look(server.url()).error().code, Code::denied);
    EXPECT_EQ(server.asked.size(), 0U);
}

TEST(TaxiiClient, KnowsThisMachineByItsAddress) {
    for (auto const here : {"http://127.0.0.1", "http://localhost:5800/taxii2/", "https://[::1]:1/"})
        EXPECT_TRUE(is_this_machine(here)) << here;
    for (auto const there : {"http://127.0.0.1.example/", "http://localhost.example", "https://192.0.2.1/",
                             "http://localhost@192.0.2.1/", "ftp://localhost/"})
        EXPECT_FALSE(is_this_machine(there)) << there;
}

TEST(Remotes, RefusesWhatCanNotBeMeant) {
    House house;
    Remote const good{.name = "n", .peer = house.peer.id, .url = "https://cirt.example/", .collection = "all"};
    auto const why = [&](auto const& change, std::string_view secret = "") {
        auto draft = good;
        change(draft);
        auto const made = house.remotes->add(draft, secret, house.us);
        EXPECT_FALSE(made);
        return made ? std::string() : made.error().message;
    };
    EXPECT_THAT(why([](auto& d) { d.name = ""; }), HasSubstr("name"));
    EXPECT_THAT(why([](auto& d) { d.name = "17"; }), HasSubstr("name"));
    EXPECT_THAT(why([](auto& d) { d.url = "http://cirt.example/"; }), HasSubstr("https"));
    EXPECT_THAT(why([](auto& d) { d.url = "https://us:pass@cirt.example/"; }), Not(HasSubstr("pass@")));
    EXPECT_THAT(why([](auto& d) { d.url = "file:///etc/passwd"; }), HasSubstr("url"));
    EXPECT_THAT(why([](auto& d) { d.collection = " "; }), HasSubstr("collection"));
    EXPECT_THAT(why([](auto& d) { d.polls = false; }), HasSubstr("direction"));
    EXPECT_THAT(why([](auto& d) { d.every = 0s; }), HasSubstr("every"));
    EXPECT_THAT(why([](auto& d) { d.page = 0; }), HasSubstr("page"));
    EXPECT_THAT(why([](auto& d) { d.types = {"a,b"}; }), HasSubstr("types"));
    EXPECT_THAT(why([](auto& d) { d.login = "us"; }), HasSubstr("password"));
    EXPECT_THAT(why([](auto& d) { d.login = "a:b"; }, "x"), HasSubstr("colon"));
    EXPECT_THAT(why([](auto&) {}, "no token because of spaces"), HasSubstr("key"));
    EXPECT_THAT(why([](auto& d) { d.certificate = "/x"; }), HasSubstr("key"));
    EXPECT_THAT(why([](auto& d) { d.ca_file = "x.pem"; }), HasSubstr("absolute"));
    EXPECT_TRUE(house.remotes->add(good, "", house.us));
    EXPECT_EQ(house.remotes->add(good, "", house.us).error().code, Code::conflict);
}

TEST(Remotes, KeepTheirSecretSealed) {
    House house;
    FakeTaxii server;
    constexpr std::string_view secret = "correct-horse-battery";
    auto const remote = house.add(house.draft(server), secret);
    EXPECT_TRUE(remote.has_secret);
    EXPECT_EQ(*house.remotes->secret_of(remote), secret);
    for (auto const& file : std::filesystem::recursive_directory_iterator(house.path)) {
        std::ifstream bytes(file.path(), std::ios::binary);
        std::string const text{std::istreambuf_iterator<char>(bytes), {}};
        EXPECT_FALSE(text.contains(secret)) << file.path();
    }
    ASSERT_TRUE(house.remotes->change_secret(remote.id, "us", "another", house.us));
    EXPECT_FALSE(house.remotes->change_secret(remote.id, "us", "", house.us));
    EXPECT_EQ(*house.remotes->secret_of(remote), "another");
    EXPECT_EQ(house.remotes->find("north")->login, "us");
    ASSERT_TRUE(house.remotes->remove(remote.id, house.us));
    EXPECT_EQ(house.remotes->find("north").error().code, Code::not_found);
    EXPECT_EQ(house.remotes->all()->size(), 0U);
    house.add(server);  // the name is free again
}

TEST(Remotes, APausedOneIsNotDue) {
    House house;
    FakeTaxii server;
    auto const remote = house.add(server);
    EXPECT_EQ(house.remotes->due(house.clock.now())->size(), 2U);
    ASSERT_TRUE(house.remotes->pause(remote.id, true, house.us));
    EXPECT_EQ(house.remotes->due(house.clock.now())->size(), 0U);
    EXPECT_FALSE(*house.remotes->next_due());
    house.later(1h);
    ASSERT_TRUE(house.remotes->pause(remote.id, false, house.us));
    EXPECT_EQ(*house.remotes->next_due(), house.clock.now());
}

TEST(Remotes, KeepTheLastThousandRefusals) {
    House house;
    FakeTaxii server;
    auto const remote = house.add(server);
    std::vector<Refusal> refusals(1500, {.object = "x", .version = "v", .message = "m", .at = house.clock.now()});
    refusals.back().object = "last";
    ASSERT_TRUE(house.remotes->note_refusals(remote.id, refusals));
    ASSERT_TRUE(house.remotes->note_refusals(remote.id, {{.object = "newest", .version = {}, .message = {}}}));
    auto const kept = *house.remotes->refusals(remote.id, 5000);
    EXPECT_EQ(kept.size(), 1000U);
    EXPECT_EQ(kept[0].object, "newest");
    EXPECT_EQ(kept[1].object, "last");
}

}  // namespace
}  // namespace tocsin::sharing
