#include "intelligence/graph.hpp"

#include "intelligence/test_store.hpp"

namespace tocsin::intelligence {
namespace {

std::string malware(int n, std::string_view more = "") {
    return fmt::format(
        R"({{"type":"malware","spec_version":"2.1","id":"malware--{}","created":"2026-11-20T10:00:00.000Z",)"
        R"("modified":"2026-11-20T10:00:00.000Z","is_family":true,"name":"M{}"{}}})",
        uuid(n), n, more);
}
std::string relationship(int n, std::string_view source, std::string_view target, std::string_view more = "") {
    return fmt::format(
        R"({{"type":"relationship","spec_version":"2.1","id":"relationship--{}","created":"2026-11-20T10:00:00.000Z",)"
        R"("modified":"2026-11-20T10:00:00.000Z","relationship_type":"uses","source_ref":"{}","target_ref":"{}"{}}})",
        uuid(n), source, target, more);
}
std::string m(int n) {
    return "malware--" + uuid(n);
}

struct GraphOfStore : Store {
    Graph graph(std::string const& id, int steps, std::size_t limit = 100, gate::Recipient const& asker = team()) {
        auto made = graph_around(*intelligence, id, {.steps = steps, .limit = limit}, asker);
        EXPECT_TRUE(made) << made.error().message;
        return made ? *std::move(made) : Graph();
    }
    static std::string steps_of(Graph const& graph) {
        std::string text;
        for (auto const& node : graph.nodes) text += fmt::format("{}:{} ", node.id.back(), node.step);
        return text;
    }
};

TEST_F(GraphOfStore, GoesStepByStepAlongRelationships) {
    import(bundle({malware(1), malware(2), malware(3), malware(4), relationship(11, m(1), m(2)),
                   relationship(12, m(3), m(2)), relationship(13, m(3), m(4))}));
    EXPECT_EQ(steps_of(graph(m(1), 1)), "1:0 2:1 ");
    EXPECT_EQ(steps_of(graph(m(1), 2)), "1:0 2:1 3:2 ");
    auto const whole = graph(m(1), 6);
    EXPECT_EQ(steps_of(whole), "1:0 2:1 3:2 4:3 ");
    ASSERT_EQ(whole.edges.size(), 3U);
    EXPECT_EQ(whole.edges[0].label, "uses");
    EXPECT_EQ(whole.more, 0);
    EXPECT_FALSE(whole.is_more);
}

TEST_F(GraphOfStore, NothingIsFoundThroughWhatMayNotBeSeen) {
    import(bundle({malware(1, marked(green)), malware(2, marked(red)), malware(3, marked(green)),
                   relationship(11, m(1), m(2), marked(green)), relationship(12, m(2), m(3), marked(green))}));
    auto const viewer = team(access::Role::viewer);
    auto const seen = graph(m(1), 6, 100, viewer);
    EXPECT_EQ(steps_of(seen), "1:0 ");
    EXPECT_TRUE(seen.edges.empty());
    EXPECT_EQ(seen.more, 0) << "not even counted";
    EXPECT_EQ(graph(m(1), 6, 100, team(access::Role::administrator)).nodes.size(), 3U);
    EXPECT_EQ(graph_around(*intelligence, m(2), {}, viewer).error().code, Code::not_found);
}

TEST_F(GraphOfStore, SharedValuesAndSightingsAreWays) {
    import(bundle({indicator(1, bad_address),
                   indicator(2, "[ipv4-addr:value = '198.51.100.7' OR url:value = 'http://a.example/']"),
                   indicator(3, "[url:value = 'http://a.example/']"),
                   R"({"type":"sighting","spec_version":"2.1","id":"sighting--)" + uuid(8) +
                       R"(","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z",)"
                       R"("sighting_of_ref":"indicator--)" +
                       uuid(3) + R"("})"}));
    auto const found = graph("indicator--" + uuid(1), 3);
    EXPECT_EQ(steps_of(found), "1:0 2:1 3:2 8:3 ");
    EXPECT_EQ(std::ranges::count(found.edges, GraphEdge::Kind::shared_value, &GraphEdge::kind), 2);
}

TEST_F(GraphOfStore, SaysHowManyMoreThereAre) {
    std::vector<std::string> objects{malware(1)};
    for (int n = 2; n <= 30; ++n) {
        objects.push_back(malware(n));
        objects.push_back(relationship(100 + n, m(1), m(n)));
    }
    import(bundle(objects));
    auto const found = graph(m(1), 1, 10);
    EXPECT_EQ(found.nodes.size(), 10U);
    EXPECT_EQ(found.more, 20);
    EXPECT_EQ(found.edges.size(), 9U) << "only between what is shown";
}

}  // namespace
}  // namespace tocsin::intelligence
