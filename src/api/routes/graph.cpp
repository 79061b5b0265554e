#include "api/render_intelligence.hpp"

/// What is around an object, several steps.
namespace tocsin::api {

namespace {

void put(JsonWriter& json, intelligence::GraphNode const& node, Names const& names) {
    json.object()
        .field("kind", node.object ? "object" : "machine")
        .field("id", node.id)
        .field("step", node.step)
        .field_or_null("machine", node.machine)
        .key("object");
    if (node.object) {
        put(json, *node.object, names);
    } else {
        json.null();
    }
    json.end();
}

Reply intelligence_graph(Call& call) {
    intelligence::GraphRequest const request{.steps = static_cast<int>(call.query_number("steps").value_or(1)),
                                             .limit = call.limit()};
    TRY(auto const graph,
        intelligence::graph_around(*call.doors().intelligence, call.path("id"), request, asker_of(call)));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    json.object().key("nodes").array();
    for (auto const& node : graph.nodes) put(json, node, names);
    append_edges(json.end(), graph);
    json.end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_graph(Router& router) {
    router.answer("intelligence_graph", intelligence_graph);
}

}  // namespace tocsin::api
