#include "api/test_house.hpp"
#include "constituency/claims.hpp"
#include "constituency/notice_settings.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>

/// The portal: nobody sees another's, through its pages and through its API.
namespace tocsin::api {
namespace {

using access::Right;
using testing::HasSubstr;
using testing::Not;

template <class T>
T must(Result<T> result) {
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    if (!result) std::abort();
    return std::move(*result);
}

/// What a form of a page holds as its token.
std::string token_of(std::string const& page) {
    constexpr std::string_view before = "name=\"csrf\" value=\"";
    auto const at = page.find(before);
    if (at == std::string::npos) return {};
    auto const start = at + before.size();
    return page.substr(start, page.find('"', start) - start);
}

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

Answer send(TestHouse& house, As const& as, std::string const& to, std::string const& fields) {
    return house.call(net::Method::post, to, as, "csrf=" + as.csrf + "&" + fields, std::string(form_type));
}

/// Two organisations with findings of their own.
struct Two : testing::Test {
    TestHouse house{world()};
    constituency::OrganisationId other;
    std::string own_finding, other_finding;
    std::vector<std::string> records;  ///< what the DNS says

    Two() {
        house.fill();
        constituency::OrganisationDraft water;
        water.name = "Southern Water";
        other = must(house.constituency().directory().add(water, access::command_principal())).id;
        constituency::ResourceDraft prefix;
        prefix.organisation = other;
        prefix.value = "203.0.113.0/24";
        must(house.constituency().directory().add(prefix, access::command_principal()));
        must(house.events().accept(
            R"({"classification.type":"infected-system","source.ip":"203.0.113.9","time.source":"2026-11-01T04:05:06+00:00"})"
            "\n",
            "water.jsonl", "generic/idf", events::ReportOrigin::command));
        must(house.events().process_pending());
        own_finding = first("/api/v1/findings?organisation=1");
        other_finding = first(fmt::format("/api/v1/findings?organisation={}", other.value));
    }
    TestWorld world() {
        TestWorld made;
        made.portal.base = "https://cirt.example";
        made.portal.txt_records = [this](std::string const&) -> Result<std::vector<std::string>> { return records; };
        return made;
    }
    std::string first(std::string const& list) {
        return std::string(house.get(list, house.administrator()).json().at("items").at(0).at("id").as_string());
    }
    std::string page(std::string const& target, As const& as) {
        auto const answer = house.get(target, as);
        EXPECT_EQ(answer.status, 200) << target << answer.text;
        return answer.text;
    }
};

TEST_F(Two, AForeignFindingLooksLikeOneThatIsNotThere) {
    auto const key = house.key_of({1});
    EXPECT_EQ(house.get("/api/v1/portal/findings/" + own_finding, key).status, 200);
    auto const foreign = house.get("/api/v1/portal/findings/" + other_finding, key);
    auto const nothing = house.get("/api/v1/portal/findings/f-0", key);
    EXPECT_EQ(foreign.status, 404);
    EXPECT_EQ(foreign.text, nothing.text);
    auto const noor = house.constituent("noor", {1, Right::manager});
    auto const foreign_page = house.get("/portal/findings/" + other_finding, noor);
    EXPECT_EQ(foreign_page.status, 404);
    EXPECT_EQ(replaced(foreign_page.text, other_finding, "f-0"), house.get("/portal/findings/f-0", noor).text);
}

TEST_F(Two, WhatIsAskedOfAnotherOrganisationFindsNothing) {
    auto const key = house.key_of({1});
    auto const of_other = fmt::format("organisation={}", other.value);
    EXPECT_TRUE(house.get("/api/v1/portal/findings?" + of_other, key).json().at("items").as_array().empty());
    EXPECT_TRUE(house.get("/api/v1/portal/events?" + of_other, key).json().at("items").as_array().empty());
    auto const csv = house.get("/api/v1/portal/findings?format=csv&" + of_other, key);
    EXPECT_EQ(std::ranges::count(csv.text, '\n'), 1) << csv.text;
    EXPECT_EQ(house.get(fmt::format("/api/v1/portal/findings?as={}", other.value), key).status, 404);
    EXPECT_EQ(house.get("/api/v1/portal/findings?as=4711", key).status, 404);
    EXPECT_THAT(house.get("/api/v1/portal/events?q=203.0.113.9", key).text, Not(HasSubstr("203.0.113.9")));
}

TEST_F(Two, FindingsAndEventsComeAsFilesAndPages) {
    auto const key = house.key_of({1});
    EXPECT_EQ(house.get("/api/v1/portal/findings", key).json().at("items").as_array().size(), 40U);
    EXPECT_EQ(std::ranges::count(house.get("/api/v1/portal/findings?format=csv", key).text, '\n'), 41);
    EXPECT_EQ(std::ranges::count(house.get("/api/v1/portal/events?format=csv", key).text, '\n'), 41);
    EXPECT_EQ(house.get("/api/v1/portal/findings?limit=7", key).json().at("items").as_array().size(), 7U);
    EXPECT_TRUE(house.get("/api/v1/portal/notifications", key).json().at("items").as_array().empty())
        << "what is held is not shown";
    auto const lines = house.get("/api/v1/disclosures?door=portal", house.administrator()).json();
    EXPECT_GE(lines.at("items").as_array().size(), 2U) << "files are on record";
}

TEST_F(Two, AnAnswerNeedsAnEditorAndTheFormsToken) {
    auto const editor = house.constituent("editor", {1, Right::editor});
    auto const reader = house.constituent("reader", {1, Right::reader});
    auto const target = "/portal/findings/" + own_finding;
    EXPECT_THAT(page(target, editor), HasSubstr("value=\"repaired\""));
    EXPECT_THAT(page(target, reader), Not(HasSubstr("value=\"repaired\"")));
    EXPECT_EQ(send(house, reader, target, "said=repaired").status, 403);
    auto without = editor;
    without.csrf = "wrong";
    EXPECT_EQ(send(house, without, target, "said=repaired").status, 403);
    auto from_elsewhere = editor;
    from_elsewhere.headers["sec-fetch-site"] = "cross-site";
    EXPECT_EQ(send(house, from_elsewhere, target, "said=repaired").status, 403);
    EXPECT_EQ(send(house, editor, target, "said=reopened").status, 422);
    EXPECT_EQ(send(house, editor, "/portal/findings/" + other_finding, "said=repaired").status, 404);
    EXPECT_EQ(send(house, editor, target, "said=repaired&text=unplugged").status, 303);
    EXPECT_THAT(page(target, reader), HasSubstr("unplugged"));
    auto const said = house.get("/api/v1/portal/findings/" + own_finding, house.key_of({1})).json();
    EXPECT_EQ(said.at("finding").at("said").as_string(), "repaired");
}

TEST_F(Two, TheTeamsNotesAndNamesStayWithTheTeam) {
    auto const as = house.session_of("analyst");
    EXPECT_EQ(house.post("/api/v1/findings/" + own_finding + "/notes", as, R"({"text": "they never answer"})").status,
              204);
    EXPECT_THAT(house.get("/api/v1/portal/findings/" + own_finding, house.key_of({1})).text,
                Not(testing::AnyOf(HasSubstr("never answer"), HasSubstr("analyst"))));
    EXPECT_THAT(page("/portal/findings/" + own_finding, house.constituent("reader", {1})),
                Not(testing::AnyOf(HasSubstr("never answer"), HasSubstr("analyst"))));
}

TEST_F(Two, AClaimIsLookedUpApprovedAndUndone) {
    auto const noor = house.constituent("noor", {1, Right::editor});
    auto const opened = send(house, noor, "/portal/claims", "kind=domain&value=Power.Example&evidence=dns");
    ASSERT_EQ(opened.status, 303) << opened.text;
    constituency::Claims claims(house.constituency().directory());
    auto const claim = must(claims.claim({1}));
    EXPECT_EQ(claim.value, "power.example");
    EXPECT_THAT(page("/portal/claims/1", noor),
                testing::AllOf(HasSubstr("_tocsin-claim.power.example"), HasSubstr(claim.token)));
    EXPECT_EQ(send(house, noor, "/portal/claims/1", "action=check").status, 303);
    EXPECT_EQ(must(claims.claim({1})).proof, constituency::Proof::missing);
    records = {"v=spf1 -all", claim.token};
    EXPECT_EQ(send(house, noor, "/portal/claims/1", "action=check").status, 422) << "a moment ago";
    auto const analyst = house.analyst();
    EXPECT_EQ(house.post("/api/v1/resource-claims/1/check", analyst, "").status, 429);
    EXPECT_EQ(house.post("/api/v1/resource-claims/1/approve", house.viewer(), "{}").status, 403);
    auto const approved = house.post("/api/v1/resource-claims/1/approve", analyst, R"({"reason": "seen"})");
    ASSERT_EQ(approved.status, 200) << approved.text;
    EXPECT_TRUE(house.contract().check(approved.json(), *house.contract().schema("ResourceClaim")).empty());
    EXPECT_EQ(house.post("/api/v1/resource-claims/1/approve", analyst, "{}").status, 409);
    auto const made = must(claims.claim({1}));
    auto const resource = must(house.constituency().directory().resource(made.resource));
    EXPECT_TRUE(resource.verified);
    EXPECT_THAT(resource.how, HasSubstr("claim 1, dns"));
    must(house.constituency().directory().undo(made.change_set, access::command_principal()));
    EXPECT_FALSE(house.constituency().directory().resource(made.resource));
}

TEST_F(Two, AConflictIsShownDecidedAndRemembered) {
    auto const noor = house.constituent("noor", {1, Right::editor});
    ASSERT_EQ(send(house, noor, "/portal/claims",
                   "kind=prefix&value=203.0.113.0/24&evidence=explanation&explanation=we+bought+it")
                  .status,
              303);
    auto const shown = house.get("/api/v1/resource-claims/1", house.viewer()).json();
    EXPECT_EQ(shown.at("conflicts").at(0).at("how").as_string(), "same");
    EXPECT_EQ(shown.at("conflicts").at(0).at("organisation").at("id").to_number<int>(), other.value);
    EXPECT_TRUE(house.contract().check(shown, *house.contract().schema("ResourceClaimDetail")).empty());
    EXPECT_EQ(house.post("/api/v1/resource-claims/1/approve", house.analyst(), "{}").status, 409);
    ASSERT_EQ(house.post("/api/v1/resource-claims/1/approve", house.analyst(), R"({"conflict": "share"})").status, 200);
    auto const back = house.constituent("back", {other.value, Right::editor});
    ASSERT_EQ(send(house, back, "/portal/claims",
                   "kind=prefix&value=203.0.113.0/24&evidence=explanation&explanation=no+they+did+not")
                  .status,
              303);
    auto const again = house.get("/api/v1/resource-claims/2", house.viewer()).json();
    EXPECT_EQ(again.at("conflicts").at(0).at("decided_before").as_string(), "share");
    EXPECT_EQ(house.get("/portal/claims/1", back).status, 404) << "another's claim";
    ASSERT_EQ(house.post("/api/v1/resource-claims/2/approve", house.analyst(), R"({"conflict": "move"})").status, 200);
    constituency::ResourceQuery query;
    query.organisation = {1};
    for (auto const& one : must(house.constituency().directory().resources(query)).items)
        EXPECT_NE(one.value, "203.0.113.0/24");
}

TEST_F(Two, ContactsOfOthersAreNeitherSeenNorChanged) {
    constituency::ContactDraft contact;
    contact.organisation = other;
    contact.email = "secret@water.example";
    auto const made = must(house.constituency().directory().add(contact, access::command_principal()));
    auto const noor = house.constituent("noor", {1, Right::editor});
    auto const target = fmt::format("/portal/contacts/{}", made.id.value);
    EXPECT_EQ(house.get(target, noor).status, 404);
    EXPECT_EQ(send(house, noor, target, "action=remove").status, 404);
    EXPECT_THAT(page("/portal/contacts", noor),
                testing::AllOf(HasSubstr("abuse@power.example"), Not(HasSubstr("secret@water.example")),
                               HasSubstr("no valid contact for the role: security")));
    EXPECT_EQ(send(house, noor, "/portal/contacts", "action=save&role=security&email=sec%40power.example").status, 303);
    EXPECT_THAT(page("/portal/contacts", noor), Not(HasSubstr("no valid contact")));
    EXPECT_EQ(send(house, noor, "/portal/contacts", "action=save&role=security&email=nonsense").status, 422);
}

TEST_F(Two, NoticeSettingsAreKeptForThePlanner) {
    auto const noor = house.constituent("noor", {1, Right::editor});
    EXPECT_EQ(send(house, noor, "/portal/settings", "language=fr&digest=72&least=high&channel=mail").status, 303);
    auto const kept = must(constituency::notice_settings(house.constituency().directory().ledger(), {1}));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->language, "fr");
    EXPECT_EQ(kept->digest_every, std::chrono::hours(72));
    EXPECT_EQ(send(house, noor, "/portal/settings", "least=enormous").status, 422);
}

TEST_F(Two, OnlyManagersLetOthersInAndALinkMakesOneAccount) {
    auto const editor = house.constituent("editor", {1, Right::editor});
    EXPECT_EQ(house.get("/portal/people", editor).status, 403);
    EXPECT_EQ(send(house, editor, "/portal/people", "action=invite&right=reader").status, 403);
    auto const manager = house.constituent("manager", {1, Right::manager});
    auto const invited = send(house, manager, "/portal/people", "action=invite&right=reader");
    ASSERT_EQ(invited.status, 200) << invited.text;
    auto const at =
        invited.text.find("https://cirt.example/portal/join/") + std::string_view("https://cirt.example").size();
    auto const link = invited.text.substr(at, invited.text.find('<', at) - at);
    auto const form = house.get(link, {});
    ASSERT_EQ(form.status, 200) << link;
    As stranger{.csrf = token_of(form.text)};
    auto const cookie = form.header("set-cookie");
    stranger.headers["cookie"] = cookie.substr(0, cookie.find(';'));
    auto const fields = fmt::format("name=zoe&password={}", percent_encoded(TestHouse::password));
    EXPECT_EQ(send(house, {.csrf = "guess"}, link, fields).status, 403);
    auto const joined = send(house, stranger, link, fields);
    EXPECT_EQ(joined.status, 303) << joined.text;
    EXPECT_THAT(joined.header("set-cookie"), HasSubstr("tocsin_portal="));
    EXPECT_EQ(house.get(link, {}).status, 404);
    EXPECT_EQ(must(house.access().account_named("zoe")).role, access::Role::constituent);
}

TEST_F(Two, PagesHaveAStrictPolicyAndSessionsACookieOfTheirOwn) {
    auto const answer = house.get("/portal", house.constituent("reader", {1}));
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.header("content-security-policy"),
                testing::AllOf(HasSubstr("default-src 'none'"), Not(HasSubstr("unsafe")), Not(HasSubstr("script"))));
    EXPECT_THAT(answer.text, Not(HasSubstr("<script")));
    EXPECT_THAT(answer.text, Not(HasSubstr(" style=\"")));
    EXPECT_EQ(house.get("/portal/findings", {}).status, 303);
    EXPECT_EQ(house.get("/portal/findings", house.session_of("administrator")).status, 303) << "the team has a console";
}

// Random worlds against a naive statement

constexpr std::int64_t organisations = 6;

struct Seen {
    std::string address;
    std::int64_t owner = 0;
    gate::Tlp tlp = gate::Tlp::amber;
};

/// A forest of organisations, and what a feed told about their addresses.
class World {
  public:
    explicit World(std::uint64_t seed) : random_(seed) {
        for (std::int64_t one = 2; one <= organisations; ++one)
            if (random_.chance(0.7))
                parent_[one] = 1 + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(one - 1)));
        auto const by = access::command_principal();
        for (std::int64_t one = 1; one <= organisations; ++one) {
            constituency::OrganisationDraft draft;
            draft.name = fmt::format("Organisation {}", one);
            if (parent_.contains(one)) draft.parent = {parent_[one]};
            EXPECT_EQ(must(house_.constituency().directory().add(draft, by)).id.value, one);
            constituency::ResourceDraft prefix;
            prefix.organisation = {one};
            prefix.value = fmt::format("198.51.100.{}/28", one * 16);
            must(house_.constituency().directory().add(prefix, by));
        }
        std::string lines;
        for (int i = 0; i < 60; ++i) {
            Seen const seen{.address = fmt::format("198.51.100.{}", 16 + i * 2),
                            .owner = (16 + i * 2) / 16 > organisations ? 0 : (16 + i * 2) / 16,
                            .tlp = static_cast<gate::Tlp>(random_.below(5))};
            lines += fmt::format(R"({{"classification.type":"infected-system","source.ip":"{}","time.source":)"
                                 R"("2026-11-01T04:05:06+00:00","tlp":"{}"}})"
                                 "\n",
                                 seen.address, uppered(gate::name_of(seen.tlp)));
            seen_.push_back(seen);
        }
        must(house_.events().accept(lines, "world.jsonl", "generic/idf", events::ReportOrigin::command));
        EXPECT_EQ(must(house_.events().process_pending()).rejected, 0);
    }

    void ask() {
        for (std::int64_t one = 1; one <= organisations; ++one)
            for (bool const below : {false, true}) {
                auto const key = house_.key_of({one, Right::reader, below});
                std::set<std::string> due;
                for (auto const& seen : seen_)
                    if (may(one, below, seen)) due.insert(seen.address);
                EXPECT_EQ(listed("/api/v1/portal/findings", key, false), due) << one << below;
                EXPECT_EQ(listed("/api/v1/portal/events", key, true), due) << one << below;
                check_file("/api/v1/portal/findings?format=csv", key, due);
                check_file("/api/v1/portal/events?format=csv", key, due);
            }
    }

  private:
    bool is_below(std::int64_t one, std::int64_t above) const {
        for (auto at = parent_.find(one); at != parent_.end(); at = parent_.find(at->second))
            if (at->second == above) return true;
        return false;
    }
    /// As a person would say it: one's own but what is RED; below, with the right to, what is not kept within.
    bool may(std::int64_t asker, bool below, Seen const& seen) const {
        if (seen.tlp == gate::Tlp::red || seen.owner == 0) return false;
        if (seen.owner == asker) return true;
        return below && seen.tlp != gate::Tlp::amber_strict && is_below(seen.owner, asker);
    }
    std::set<std::string> listed(std::string const& target, As const& key, bool is_event) {
        std::set<std::string> addresses;
        std::string after;
        do {
            auto const page =
                house_.get(target + "?limit=7" + (after.empty() ? "" : "&after=" + percent_encoded(after)), key).json();
            for (auto const& item : page.at("items").as_array()) {
                auto const& address = is_event ? item.at("fields").at("source.ip") : item.at("address");
                EXPECT_TRUE(addresses.emplace(address.as_string()).second) << "twice";
            }
            after = page.at("next").is_null() ? "" : std::string(page.at("next").as_string());
        } while (!after.empty());
        return addresses;
    }
    void check_file(std::string const& target, As const& key, std::set<std::string> const& due) {
        auto const file = house_.get(target, key).text;
        EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(file, '\n')), due.size() + 1) << target;
        for (auto const& seen : seen_)
            EXPECT_EQ(file.find("," + seen.address + ",") != std::string::npos, due.contains(seen.address)) << target;
    }
    TestWorld world() {
        TestWorld made;
        made.gate.emplace();
        made.gate->is_within = [this](gate::OrganisationId below, gate::OrganisationId above) {
            return below == above || is_below(below.value, above.value);
        };
        made.gate->kin_of = [this](gate::OrganisationId own) {
            gate::Kin kin;
            for (std::int64_t one = 1; one <= organisations; ++one) {
                if (is_below(one, own.value)) kin.below.push_back({one});
                if (is_below(own.value, one)) kin.above.push_back({one});
            }
            return kin;
        };
        return made;
    }

    Random random_;
    std::map<std::int64_t, std::int64_t> parent_;
    std::vector<Seen> seen_;
    TestHouse house_{world()};
};

TEST(PortalLeak, NobodySeesMoreOrLessThanTheNaiveStatementSays) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(seed);
        World(seed).ask();
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace tocsin::api
