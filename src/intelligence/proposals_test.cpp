#include "intelligence/proposals.hpp"

#include "intelligence/test_store.hpp"

namespace tocsin::intelligence {
namespace {

constexpr std::string_view our_identity = "identity--00000000-0000-4000-8000-0000000000aa";
TeamVoice const voice{.identity = std::string(our_identity), .name = "Team"};

std::string id_of(int n) {
    return "indicator--" + uuid(n);
}
std::string ours(std::string_view more = "") {
    return fmt::format(R"(,"created_by_ref":"{}"{})", our_identity, more);
}

struct ProposalsOf : Store {
    ImportRequest from_north() {
        ImportRequest request;
        request.source.organisation = north;
        return request;
    }
    Result<Proposal> propose(int n, std::vector<ProposedChange> changes, access::Principal const& by = analyst()) {
        return Proposals(*intelligence)
            .add({.object = id_of(n), .changes = std::move(changes), .reason = "it moved"}, by);
    }
    std::string code_of(Result<Proposal> const& proposal) {
        return proposal ? "done" : std::string(name_of(proposal.error().code));
    }
    std::vector<gate::Cleared<Object>> referring(int n) {
        ObjectFilter filter;
        filter.refers_to = id_of(n);
        auto page = intelligence->objects(filter, team(), ObjectOrder::oldest_first, {});
        EXPECT_TRUE(page);
        return page ? std::move(page->items) : std::vector<gate::Cleared<Object>>();
    }
};

TEST_F(ProposalsOf, AcceptedOnOurOwnMakeANewVersion) {
    import(bundle({indicator(1, bad_address, ours(R"(,"confidence":80,"labels":["a"])"))}));
    auto const made = propose(1, {{.property = "confidence", .value = "20"},
                                  {.property = "labels", .value = ""},
                                  {.property = "description", .value = R"( "Moved" )"}});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->changes[0].before, "80");
    EXPECT_EQ(made->changes[2].value, R"("Moved")");
    EXPECT_NE(intelligence->object(id_of(1), team()).value()->json.find(R"("confidence":80)"), std::string::npos);
    auto const accepted = Proposals(*intelligence).accept(made->id, voice, false, analyst());
    ASSERT_TRUE(accepted) << accepted.error().message;
    EXPECT_EQ(accepted->state, ProposalState::accepted);
    EXPECT_EQ(accepted->told, "");
    auto const now = intelligence->object(id_of(1), team());
    EXPECT_NE((*now)->json.find(R"("confidence":20)"), std::string::npos) << (*now)->json;
    EXPECT_NE((*now)->json.find(R"("description":"Moved")"), std::string::npos);
    EXPECT_EQ((*now)->json.find("labels"), std::string::npos);
    EXPECT_GT((*now)->version, *parse_timestamp("2026-11-20T10:00:00Z"));
    EXPECT_EQ(code_of(Proposals(*intelligence).accept(made->id, voice, false, analyst())), "conflict");
}

TEST_F(ProposalsOf, AcceptedRevocationsOfOurOwnEndIt) {
    import(bundle({indicator(1, bad_address, ours())}));
    auto const made =
        Proposals(*intelligence).add({.object = id_of(1), .revokes = true, .reason = "a false positive"}, analyst());
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE(Proposals(*intelligence).accept(made->id, voice, false, analyst()));
    EXPECT_TRUE((*intelligence->object(id_of(1), team()))->is_revoked);
    EXPECT_EQ(code_of(propose(1, {{.property = "confidence", .value = "1"}})), "conflict");
}

TEST_F(ProposalsOf, AcceptedOnAnothersAreToldToItsAuthor) {
    import(bundle({indicator(1, bad_address, marked(green))}), from_north());
    auto const made = propose(1, {{.property = "confidence", .value = "20"}});
    ASSERT_TRUE(made) << made.error().message;
    auto const before = (*intelligence->object(id_of(1), team()))->json;
    auto const accepted = Proposals(*intelligence).accept(made->id, voice, true, analyst());
    ASSERT_TRUE(accepted) << accepted.error().message;
    EXPECT_EQ((*intelligence->object(id_of(1), team()))->json, before) << "another's object stays as it is";
    auto const notes = referring(1);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0]->id, accepted->told);
    EXPECT_EQ(notes[0]->type, "note");
    EXPECT_EQ(notes[0]->marking, gate::Marking{gate::Tlp::green});
    EXPECT_TRUE(notes[0]->terms.originator_control);
    EXPECT_EQ((*intelligence->object(accepted->told, team()))->named, std::vector{north});
    EXPECT_NE(notes[0]->json.find("confidence: (not there) -> 20"), std::string::npos) << notes[0]->json;
    EXPECT_NE(notes[0]->json.find("it moved"), std::string::npos);
}

TEST_F(ProposalsOf, RevocationsOfAnothersAreOpinions) {
    import(bundle({indicator(1, bad_address, marked(red))}), from_north());
    auto const made =
        Proposals(*intelligence).add({.object = id_of(1), .revokes = true, .reason = "a false positive"}, analyst());
    auto const accepted = Proposals(*intelligence).accept(made->id, voice, false, analyst());
    ASSERT_TRUE(accepted) << accepted.error().message;
    auto const opinions = referring(1);
    ASSERT_EQ(opinions.size(), 1U);
    EXPECT_EQ(opinions[0]->type, "opinion");
    EXPECT_EQ(opinions[0]->marking.tlp, gate::Tlp::red);
    EXPECT_NE(opinions[0]->json.find("strongly-disagree"), std::string::npos);
}

TEST_F(ProposalsOf, AreAsStrictAsTheirObject) {
    import(bundle({indicator(1, bad_address, ours(marked(red))), indicator(2, bad_address, ours(marked(green)))}));
    auto const strict = propose(1, {{.property = "confidence", .value = "1"}});
    auto const open = propose(2, {{.property = "confidence", .value = "2"}});
    ASSERT_TRUE(strict && open);
    Proposals const proposals(*intelligence);
    auto const viewer = analyst(access::Role::viewer);
    EXPECT_EQ(proposals.list({}, analyst(), {})->items.size(), 2U);
    EXPECT_EQ(proposals.count({}, analyst()).value_or(-1), 2);
    auto const seen = proposals.list({}, viewer, {});
    ASSERT_EQ(seen->items.size(), 1U);
    EXPECT_EQ(seen->items[0].id, open->id);
    EXPECT_EQ(proposals.count({}, viewer).value_or(-1), 1);
    EXPECT_EQ(proposals.count({.object = id_of(1)}, viewer).value_or(-1), 0);
    EXPECT_EQ(code_of(proposals.find(strict->id, viewer)), "not_found");
    EXPECT_EQ(code_of(propose(2, {{.property = "confidence", .value = "3"}}, viewer)), "denied");
}

TEST_F(ProposalsOf, AreRefusedWhereTheyWouldBreakTheObject) {
    import(bundle({indicator(1, bad_address,
                             ours(fmt::format(R"(,"description":"x","granular_markings":[{{"marking_ref":"{}",)"
                                              R"("selectors":["description"]}}])",
                                              red)))}));
    EXPECT_EQ(code_of(propose(1, {{.property = "id", .value = R"("indicator--1")"}})), "invalid");
    EXPECT_EQ(code_of(propose(1, {{.property = "object_marking_refs", .value = "[]"}})), "invalid");
    EXPECT_EQ(code_of(propose(1, {{.property = "pattern", .value = ""}})), "invalid");
    EXPECT_EQ(code_of(propose(1, {{.property = "name", .value = "12"}})), "invalid");
    EXPECT_EQ(code_of(propose(1, {{.property = "name", .value = R"("Number 1")"}})), "conflict");
    EXPECT_EQ(code_of(propose(1, {{.property = "description", .value = R"("y")"}})), "conflict");
    EXPECT_EQ(code_of(propose(1, {})), "invalid");
    EXPECT_EQ(code_of(propose(9, {{.property = "name", .value = R"("x")"}})), "not_found");
}

TEST_F(ProposalsOf, AreWithdrawnByWhoMadeThemAndDismissedWithAReason) {
    import(bundle({indicator(1, bad_address, ours())}));
    auto const first = propose(1, {{.property = "confidence", .value = "1"}});
    auto const second = propose(1, {{.property = "confidence", .value = "2"}});
    auto other = analyst();
    other.who = "account:2";
    Proposals proposals(*intelligence);
    EXPECT_EQ(code_of(proposals.withdraw(first->id, other)), "denied");
    EXPECT_EQ(proposals.withdraw(first->id, analyst())->state, ProposalState::withdrawn);
    EXPECT_EQ(code_of(proposals.dismiss(second->id, " ", other)), "invalid");
    auto const dismissed = proposals.dismiss(second->id, "it did not move", other);
    EXPECT_EQ(dismissed->answer, "it did not move");
    EXPECT_EQ(dismissed->decided_by, "account:2");
    EXPECT_EQ(proposals.count({.state = ProposalState::open}, analyst()).value_or(-1), 0);
}

}  // namespace
}  // namespace tocsin::intelligence
