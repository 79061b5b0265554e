#include "notifications/owner_link.hpp"
#include "notifications/test_house.hpp"

#include <array>
#include <rapidcheck.h>

namespace tocsin::notifications {
namespace {

struct Owner {
    TestHouse house;
    NotificationId id;
    std::string path;

    explicit Owner(std::string language = "en", int count = 3) {
        auto const power = house.organisation("Northern <Power> & Co", std::move(language));
        house.contact(power, "abuse@power.example");
        for (int i = 1; i <= count; ++i) house.findings.push_back(finding(power, i));
        id = house.plan().items.at(0).id;
        path = *house.room->link_of(id);
    }
    net::HttpResponse get(std::string target) {
        net::HttpRequest request;
        request.target = std::move(target);
        request.peer.address = "198.51.100.9";
        return house.room->owner_page(request);
    }
    net::HttpResponse post(std::string body, std::string site = "same-origin") {
        net::HttpRequest request;
        request.method = net::Method::post;
        request.target = path;
        request.body = std::move(body);
        request.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"sec-fetch-site", std::move(site)}};
        return house.room->owner_page(request);
    }
};

std::string header(net::HttpResponse const& response, std::string_view name) {
    for (auto const& one : response.headers)
        if (lowered(one.name) == name) return one.value;
    return "";
}

TEST(OwnerPage, ShowsTheFindingsAndNothingThatRuns) {
    Owner owner;
    auto const page = owner.get(owner.path);
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("192.0.2.1:23/tcp"), std::string::npos);
    EXPECT_NE(page.body.find("Northern &lt;Power&gt; &amp; Co"), std::string::npos);
    EXPECT_EQ(page.body.find("<script"), std::string::npos);
    EXPECT_EQ(page.body.find(" style="), std::string::npos);
    EXPECT_EQ(header(page, "referrer-policy"), "no-referrer");
    EXPECT_NE(header(page, "content-security-policy").find("default-src 'none'"), std::string::npos);
    EXPECT_NE(header(page, "x-robots-tag").find("noindex"), std::string::npos);
    EXPECT_EQ(header(page, "cache-control"), "no-store");
    EXPECT_TRUE(header(page, "set-cookie").empty());
}

TEST(OwnerPage, SpeaksTheLanguageOfTheMessageOrTheOneChosen) {
    Owner owner("ar");
    EXPECT_NE(owner.get(owner.path).body.find("<html lang=\"ar\" dir=\"rtl\">"), std::string::npos);
    EXPECT_NE(owner.get(owner.path + "?lang=fr").body.find("<html lang=\"fr\" dir=\"ltr\">"), std::string::npos);
    EXPECT_NE(owner.get(owner.path + "?lang=ru").body.find("<html lang=\"ru\" dir=\"ltr\">"), std::string::npos);
    EXPECT_NE(owner.get(owner.path + "?lang=ru").body.find("?lang=zh\" lang=\"zh\""), std::string::npos);
    EXPECT_NE(owner.get(owner.path + "?lang=xx").body.find("<html lang=\"ar\""), std::string::npos);
}

TEST(OwnerPage, TakesAnAnswerForOneAndForAll) {
    Owner owner;
    auto const one = owner.post("said_1=repaired&text_1=Device+taken+off+%3Cb%3E&said_0=&all=");
    EXPECT_EQ(one.status, 303);
    ASSERT_EQ(owner.house.said.size(), 1U);
    EXPECT_EQ(owner.house.said[0].saying, events::Saying::repaired);
    EXPECT_EQ(owner.house.said[0].findings, std::vector{owner.house.findings[1].id});
    EXPECT_EQ(owner.house.said[0].text, "Device taken off <b>");
    EXPECT_FALSE(owner.house.said[0].by_team);
    EXPECT_EQ(owner.post("all=seen").status, 303);
    EXPECT_EQ(owner.house.said[1].findings.size(), 3U);
    auto const detail = *owner.house.room->show(owner.id);
    EXPECT_EQ(detail.notification.answers, 2);
    EXPECT_FALSE(detail.answers[1].finding);
    auto const page = owner.get(header(one, "location"));
    EXPECT_NE(page.body.find("Your answer was recorded"), std::string::npos);
    EXPECT_NE(page.body.find("Seen, we are working on it</strong>"), std::string::npos);
}

TEST(OwnerPage, RefusesAnswersThatSayNothingOrTooMuchOrComeFromElsewhere) {
    Owner owner;
    EXPECT_EQ(owner.post("said_0=&all=").status, 422);
    EXPECT_EQ(owner.post("said_99=seen").status, 422);
    EXPECT_EQ(owner.post("all=seen&all_text=" + std::string(9000, 'x')).status, 422);
    EXPECT_EQ(owner.post("all=seen", "cross-site").status, 403);
    EXPECT_TRUE(owner.house.said.empty());
}

TEST(OwnerPage, GivesTheCsv) {
    Owner owner;
    auto const csv = owner.get(owner.path + "/findings.csv");
    EXPECT_EQ(csv.status, 200);
    EXPECT_TRUE(csv.body.starts_with("severity,class,type,identifier,address,"));
    EXPECT_NE(header(csv, "content-disposition").find("TLP-AMBER_findings"), std::string::npos);
}

TEST(OwnerPage, IsClosedByRevocationAndByTime) {
    Owner owner;
    EXPECT_EQ(
        *owner.house.room->revoke_link(access::command_principal(), std::array{owner.id}, "sent to the wrong one"), 1);
    EXPECT_EQ(owner.get(owner.path).status, 404);
    EXPECT_EQ(owner.get(owner.path + "/findings.csv").status, 404);
    Owner later;
    later.house.clock.set(later.house.clock.now() + std::chrono::hours(24 * 91));
    EXPECT_EQ(later.get(later.path).status, 404);
}

TEST(OwnerPage, LooksTheSameForEveryBadLink) {
    Owner owner;
    auto const missing = owner.get("/o/AAAA").body;
    auto changed = owner.path;
    changed[10] = changed[10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(owner.get(changed).body, missing);
    EXPECT_EQ(owner.get("/o/").body, missing);
    EXPECT_EQ(owner.get("/o/../../x").body, missing);
    ASSERT_TRUE(owner.house.room->revoke_link(access::command_principal(), std::array{owner.id}, ""));
    EXPECT_EQ(owner.get(owner.path).body, missing);
}

TEST(OwnerPage, HasPagesAndALimit) {
    Owner owner("en", 250);
    auto const first = owner.get(owner.path).body;
    EXPECT_NE(first.find("Page 1 of 3"), std::string::npos);
    EXPECT_NE(first.find("said_99"), std::string::npos);
    EXPECT_EQ(first.find("said_100\""), std::string::npos);
    EXPECT_NE(owner.get(owner.path + "?page=3").body.find("said_249"), std::string::npos);
    EXPECT_EQ(owner.get(owner.path + "?page=999999").status, 200);
    int status = 200;
    for (int i = 0; i < 200 && status == 200; ++i) status = owner.get(owner.path).status;
    EXPECT_EQ(status, 429);
}

TEST(OwnerLinks, OnlyOursAreGood) {
    TestHouse house;
    OwnerLinks const links(*house.secrets);
    auto const now = house.clock.now();
    auto const link = OwnerLinks::fresh();
    auto const token = links.token(link, now + std::chrono::hours(1));
    EXPECT_EQ(links.link(token, now), link);
    EXPECT_FALSE(links.link(token, now + std::chrono::hours(2)));
    EXPECT_TRUE(rc::check("no other text is a token", [&] {
        auto other = token;
        auto const place = *rc::gen::inRange<std::size_t>(0, token.size());
        other[place] = *rc::gen::arbitrary<char>();
        RC_ASSERT(other == token || !links.link(other, now));
        RC_ASSERT(!links.link(*rc::gen::arbitrary<std::string>(), now));
    }));
}

}  // namespace
}  // namespace tocsin::notifications
