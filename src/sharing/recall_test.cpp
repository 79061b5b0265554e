#include "sharing/notice.hpp"
#include "sharing/recall_store.hpp"
#include "sharing/test_house.hpp"

namespace tocsin::sharing {
namespace {

constexpr gate::OrganisationId southland{4};
constexpr std::string_view other_team = "identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283";

std::string id_of(int n) {
    return "indicator--" + uuid(n);
}

/// A house that shares with Northland and Southland.
class Recalling : public testing::Test {
  public:
    Recalling() {
        south =
            house.peers->add({.name = "Southland", .organisation = southland, .clearance = gate::Tlp::amber}, house.us)
                ->peer;
        reopen();
    }
    /// As after a kill.
    void reopen() {
        recalls = std::make_unique<Recalls>(RecallDoors{.ledger = house.ledger.get(),
                                                        .peers = house.peers.get(),
                                                        .remotes = house.remotes.get(),
                                                        .intelligence = house.known.get(),
                                                        .gate = house.gate.get(),
                                                        .clock = &house.clock,
                                                        .team = "Tocsin"});
    }
    /// A page of everything, as TAXII gives it: on record.
    std::vector<std::string> poll(Peer const& peer, intelligence::Versions versions = intelligence::Versions::last,
                                  std::string_view door = "taxii", std::string_view page = "collection all") {
        house.later(std::chrono::seconds(10));
        intelligence::ObjectFilter filter;
        filter.versions = versions;
        auto found = house.known->objects(filter, peer.recipient(), intelligence::ObjectOrder::oldest_first, {});
        EXPECT_TRUE(found);
        auto by = house.us;
        by.who = "key:" + std::to_string(peer.key.value);
        EXPECT_TRUE(house.ledger->write([&](store::Transaction& tx) {
            return gate::Gate::record(tx, by, house.clock.now(), found->items, page, contents_of(found->items), door);
        }));
        std::vector<std::string> objects;
        for (auto const& object : found->items) objects.push_back(object->json);
        return objects;
    }
    Recall must(Result<Recall> made) {
        EXPECT_TRUE(made) << (made ? "" : made.error().message);
        return made.value_or(Recall());
    }
    Recall withdraw(int n) {
        house.later(std::chrono::seconds(10));
        return must(recalls->add({.objects = {id_of(n)}, .reason = "a false positive"}, house.us));
    }
    Recall now(Recall const& recall) {
        EXPECT_TRUE(recalls->keep());
        return must(recalls->recall(recall.id));
    }
    static RecallRecipient const* of(Recall const& recall, std::string_view name) {
        auto const found = std::ranges::find(recall.recipients, name, &RecallRecipient::name);
        return found == recall.recipients.end() ? nullptr : &*found;
    }

    House house;
    Peer south;
    std::unique_ptr<Recalls> recalls;
};

TEST(Notice, HoldsWhatTheTypeCannotBeWithoutAndNoMore) {
    auto const now = at("2026-11-26T10:00:00Z");
    auto const notice =
        revocation_of(indicator(1, green_mark, R"(,"description":"secret","labels":["x"],"granular_markings":[])"),
                      {gate::Tlp::green}, now);
    ASSERT_TRUE(notice);
    EXPECT_EQ(*notice,
              R"({"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001",)"
              R"("created":"2026-11-20T10:00:00.000Z","modified":"2026-11-26T10:00:00.000Z","revoked":true,)"
              R"("pattern":"[domain-name:value = 'n1.example']","pattern_type":"stix",)"
              R"("valid_from":"2026-11-20T10:00:00Z",)"
              R"("object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]})");
    EXPECT_FALSE(revocation_of(R"({"type":"ipv4-addr","spec_version":"2.1",)"
                               R"("id":"ipv4-addr--00000000-0000-4000-8000-000000000001","value":"192.0.2.1"})",
                               {}, now))
        << "it has no versions";
}

TEST_F(Recalling, TellsExactlyThoseWhoHadIt) {
    house.import({indicator(1)});
    poll(house.peer);
    auto const recall = withdraw(1);
    ASSERT_EQ(recall.recipients.size(), 1u);
    EXPECT_FALSE(recall.recipients[0].is_told());
    EXPECT_TRUE(poll(south).empty()) << "who never had it hears nothing";
    auto const told = poll(house.peer);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_NE(told[0].find("\"revoked\":true"), std::string::npos);
    EXPECT_EQ(told[0].find("Number 1"), std::string::npos);
    auto const after = now(recall);
    ASSERT_TRUE(of(after, "Northland")->is_told());
    EXPECT_EQ(of(after, "Northland")->heard_at(), house.clock.now());
    EXPECT_EQ(counts_of(after).told, 1);
    EXPECT_EQ(poll(house.peer, intelligence::Versions::all).size(), 1u) << "the version it had is no longer there";
}

TEST_F(Recalling, NobodyLearnsFromTheNoticeWhatItDidNotKnow) {
    house.import({indicator(1)});
    poll(house.peer);
    auto second = indicator(1, amber_mark);
    second.replace(second.find("\"modified\":\"2026-11-20"), 22, "\"modified\":\"2026-11-21");
    second.replace(second.find("n1.example"), 10, "n9.example");
    house.import({second});
    auto const recall = withdraw(1);
    EXPECT_NE(recall.objects[0].notice.find("n1.example"), std::string::npos);
    EXPECT_EQ(recall.objects[0].notice.find("n9.example"), std::string::npos);
    ASSERT_EQ(poll(house.peer).size(), 1u);
    EXPECT_TRUE(of(now(recall), "Northland")->is_told());
}

TEST_F(Recalling, WhoHadOnlyVersionsThatSaySomethingElseIsToldByHand) {
    house.import({indicator(1)});
    poll(house.peer);
    auto second = indicator(1);
    second.replace(second.find("\"modified\":\"2026-11-20"), 22, "\"modified\":\"2026-11-21");
    second.replace(second.find("n1.example"), 10, "n9.example");
    house.import({second});
    poll(south);
    auto const recall = withdraw(1);
    EXPECT_TRUE(of(recall, "Northland")->needs_hand()) << "it does not know of n9.example";
    EXPECT_FALSE(of(recall, "Southland")->needs_hand());
    EXPECT_TRUE(poll(house.peer).empty());
    EXPECT_EQ(poll(south).size(), 1u);
}

TEST_F(Recalling, WhoLostItsClearanceIsToldByHand) {
    house.import({indicator(1)});
    poll(south);
    south.clearance = gate::Tlp::clear;
    ASSERT_TRUE(house.peers->change(south, house.us));
    EXPECT_TRUE(of(withdraw(1), "Southland")->needs_hand());
    EXPECT_TRUE(poll(south).empty());
}

TEST_F(Recalling, WhatOthersMadeIsToldByHand) {
    auto const creator = fmt::format(R"(,"created_by_ref":"{}")", other_team);
    house.import({indicator(1, green_mark, creator)});
    poll(house.peer);
    auto const recall = withdraw(1);
    EXPECT_TRUE(recall.objects[0].notice.empty());
    EXPECT_TRUE(poll(house.peer).empty());
    ASSERT_TRUE(of(recall, "Northland")->needs_hand());
    auto const letter = letter_of(recall, *of(recall, "Northland"), "Examplia");
    EXPECT_NE(letter.find(id_of(1)), std::string::npos);
    EXPECT_FALSE(recalls->tell(recall.id, "Southland", {}, house.us)) << "it was given nothing";
    ASSERT_TRUE(
        recalls->tell(recall.id, "Northland", {.by = "A. Duty", .answer = "deleted", .is_confirmed = true}, house.us));
    auto const after = now(recall);
    EXPECT_EQ(of(after, "Northland")->confirmed_by, "A. Duty");
    EXPECT_EQ(counts_of(after).confirmed, 1);
    EXPECT_EQ(counts_of(after).by_hand, 0);
}

TEST_F(Recalling, ADowngradedObjectGoesToThoseWhoMayStillHaveIt) {
    auto west =
        house.peers->add({.name = "Westland", .organisation = {5}, .clearance = gate::Tlp::green}, house.us)->peer;
    house.import({indicator(1)});
    poll(house.peer);
    poll(west);
    auto const recall = must(recalls->add(
        {.objects = {id_of(1)}, .reason = "shared too widely", .marking = gate::Marking{gate::Tlp::amber}}, house.us));
    EXPECT_TRUE(poll(west, intelligence::Versions::all).empty());
    auto const got = poll(house.peer);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_NE(got[0].find(formats::stix::tlp2_marking_id(formats::stix::TlpLevel::amber)), std::string::npos);
    EXPECT_NE(got[0].find("Number 1"), std::string::npos);
    auto const after = now(recall);
    EXPECT_TRUE(of(after, "Northland")->is_told());
    EXPECT_TRUE(of(after, "Westland")->needs_hand());
    EXPECT_FALSE(
        recalls->add({.objects = {id_of(1)}, .reason = "again", .marking = gate::Marking{gate::Tlp::green}}, house.us))
        << "no recall opens anything";
}

TEST_F(Recalling, ALaterVersionFromOthersStaysKeptBack) {
    auto const from_north = indicator(1, clear_mark, fmt::format(R"(,"created_by_ref":"{}")", other_team));
    house.import({from_north}, northland);
    poll(south);
    withdraw(1);
    auto later = from_north;
    later.replace(later.find("\"modified\":\"2026-11-20"), 22, "\"modified\":\"2026-11-25");
    house.import({later}, northland);
    EXPECT_EQ(house.known->count({}, gate::Recipient::team(house.us)), 1);
    EXPECT_EQ(house.known->count({}, south.recipient()), 0);
}

TEST_F(Recalling, ADetectionFileThatNoLongerHoldsItTells) {
    house.import({indicator(1), indicator(2)});
    poll(house.peer, intelligence::Versions::last, "export", "detections all rpz");
    auto const recall = withdraw(1);
    EXPECT_EQ(recall.recipients[0].given[0].telling, Telling::file);
    EXPECT_FALSE(of(now(recall), "Northland")->is_told());
    poll(house.peer, intelligence::Versions::last, "export", "detections all csv");
    EXPECT_FALSE(of(now(recall), "Northland")->is_told()) << "it fetched another file";
    poll(house.peer, intelligence::Versions::last, "export", "detections all rpz");
    EXPECT_TRUE(of(now(recall), "Northland")->is_told());
}

TEST_F(Recalling, APushIsConfirmedByTheServer) {
    FakeTaxii server;
    auto const remote = house.add(server);
    house.import({indicator(1)});
    ASSERT_TRUE(house.exchange->push(remote, {.by = house.us}));
    house.later(std::chrono::seconds(60));
    auto const recall = withdraw(1);
    EXPECT_FALSE(of(now(recall), "Northland")->is_told());
    server.pending_rounds = 1'000;
    ASSERT_TRUE(house.exchange->push(remote, {.by = house.us}));
    EXPECT_FALSE(of(now(recall), "Northland")->is_told()) << "on record before it goes is not there yet";
    server.pending_rounds = 0;
    {
        std::lock_guard const lock(server.mutex);
        server.pushed.clear();
    }
    ASSERT_TRUE(house.exchange->push(remote, {.from_start = true, .by = house.us}));
    ASSERT_EQ(server.pushed.size(), 1u);
    EXPECT_NE(server.pushed[0].find("\"revoked\":true"), std::string::npos);
    EXPECT_EQ(of(now(recall), "Northland")->confirmed_by, "taxii");
}

TEST_F(Recalling, WhatWasWithdrawnUpstreamIsProposedForThoseWhoHaveItFromUs) {
    auto const first = indicator(1, green_mark, fmt::format(R"(,"created_by_ref":"{}")", other_team));
    house.import({first}, northland);
    poll(south);
    poll(house.peer);
    auto revoked = first;
    revoked.replace(revoked.find("\"modified\":\"2026-11-20"), 22, "\"modified\":\"2026-11-25");
    revoked.insert(1, R"("revoked":true,)");
    house.import({revoked}, northland);
    ASSERT_TRUE(recalls->keep());
    ASSERT_TRUE(recalls->keep()) << "once is enough";
    auto const found = recalls->all();
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1u);
    auto const& proposed = found->front();
    EXPECT_EQ(proposed.state, RecallState::proposed);
    ASSERT_EQ(proposed.recipients.size(), 1u) << "not whom it came from";
    EXPECT_EQ(proposed.recipients[0].name, "Southland");
    must(recalls->accept(proposed.id, house.us));
    EXPECT_FALSE(recalls->accept(proposed.id, house.us)) << "it is done";
    ASSERT_EQ(poll(south, intelligence::Versions::all).size(), 1u);
    EXPECT_TRUE(of(now(proposed), "Southland")->is_told());
    intelligence::ObjectFilter live;
    live.live_at = house.clock.now();
    EXPECT_EQ(house.known->count(live, gate::Recipient::team(house.us)), 0) << "it is matched no more";
}

TEST_F(Recalling, AKillBetweenTheRecallAndItsNoticeLosesNothing) {
    house.import({indicator(1)});
    poll(house.peer);
    house.later(std::chrono::seconds(10));
    auto recall = must(recalls->plan({.objects = {id_of(1)}, .reason = "a false positive"}));
    // What add() writes first; then the power fails.
    ASSERT_TRUE(house.known->keep_back({{.id = id_of(1)}}, [&](store::Transaction& tx) {
        recall.by = "command";
        return write_recall(tx, recall);
    }));
    EXPECT_TRUE(poll(house.peer).empty()) << "it leaves no more, though nothing tells yet";
    reopen();
    ASSERT_TRUE(recalls->keep());
    ASSERT_TRUE(recalls->keep());
    EXPECT_EQ(poll(house.peer).size(), 1u);
    EXPECT_TRUE(of(now(recall), "Northland")->is_told());
}

TEST_F(Recalling, WhatWasWithdrawnIsNotRecalledAgain) {
    house.import({indicator(1), indicator(2)});
    poll(house.peer);
    withdraw(1);
    EXPECT_FALSE(recalls->plan({.objects = {id_of(1)}, .reason = "again"}));
    EXPECT_FALSE(recalls->plan({.objects = {id_of(1)}, .reason = "again", .marking = gate::Marking{gate::Tlp::red}}));
    auto const rest = must(recalls->add({.delivery = 1, .reason = "all of it"}, house.us));
    ASSERT_EQ(rest.objects.size(), 1u);
    EXPECT_EQ(rest.objects[0].id, id_of(2));
    EXPECT_EQ(poll(house.peer).size(), 2u) << "both notices are there";
    EXPECT_FALSE(recalls->plan({.delivery = 1, .reason = "nothing is left"}));
}

TEST_F(Recalling, AWithdrawalThatNoVersionTellsOfCanBeLifted) {
    auto const creator = fmt::format(R"(,"created_by_ref":"{}")", other_team);
    house.import({indicator(1, green_mark, creator), indicator(2)});
    must(recalls->add({.objects = {id_of(1)}, .reason = "too widely", .marking = gate::Marking{gate::Tlp::amber}},
                      house.us));
    poll(house.peer);
    auto const by_mistake = withdraw(1);
    EXPECT_EQ(poll(house.peer).size(), 1u);
    ASSERT_TRUE(recalls->lift(by_mistake.id, "the wrong one", house.us));
    EXPECT_EQ(poll(house.peer).size(), 2u) << "as before";
    EXPECT_EQ(house.known->object(id_of(1), house.peer.recipient())->marking().tlp, gate::Tlp::amber);
    EXPECT_EQ(now(by_mistake).state, RecallState::lifted);
    EXPECT_FALSE(recalls->lift(by_mistake.id, "again", house.us));
    EXPECT_FALSE(recalls->lift(withdraw(2).id, "it was ours", house.us)) << "revoked is final";
}

TEST_F(Recalling, APageThatWasReadBeforeAndLoggedAfterIsFound) {
    house.import({indicator(1)});
    auto page = house.known->objects({}, south.recipient(), intelligence::ObjectOrder::oldest_first, {});
    ASSERT_TRUE(page);
    auto const recall = withdraw(1);
    EXPECT_TRUE(recall.recipients.empty());
    ASSERT_TRUE(house.ledger->write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, house.us, house.clock.now(), page->items, "collection all",
                                  contents_of(page->items), "taxii");
    }));
    auto const after = now(recall);
    ASSERT_EQ(after.recipients.size(), 1u);
    EXPECT_TRUE(after.recipients[0].needs_hand());
    EXPECT_EQ(now(recall).recipients.size(), 1u);
}

TEST_F(Recalling, APlanChangesNothing) {
    house.import({indicator(1)});
    poll(house.peer);
    auto const plan = must(recalls->plan({.objects = {id_of(1)}, .reason = "to see"}));
    EXPECT_EQ(plan.recipients.size(), 1u);
    EXPECT_EQ(poll(house.peer).size(), 1u);
    EXPECT_TRUE(recalls->all()->empty());
    EXPECT_FALSE(recalls->plan({.objects = {id_of(7)}, .reason = "there is none"}));
    EXPECT_FALSE(recalls->plan({.objects = {id_of(1)}, .reason = " "}));
}

}  // namespace
}  // namespace tocsin::sharing
