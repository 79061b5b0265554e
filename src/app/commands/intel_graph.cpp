#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

void print(Invocation const& call, intelligence::Graph const& graph) {
    for (auto const& node : graph.nodes) {
        std::string const indent(static_cast<std::size_t>(node.step) * 2, ' ');
        call.print("{}{}", indent, node.object ? line_of(*node.object) : "met by " + node.machine);
    }
    call.print("");
    for (auto const& edge : graph.edges) {
        auto const label = edge.kind == intelligence::GraphEdge::Kind::shared_value
                               ? fmt::format("both about {} {}", edge.via, edge.label)
                               : edge.label;
        call.print("{}  {}  {}", edge.from, label, edge.to);
    }
    if (graph.more > 0) call.tell("{} more within these steps are not shown: --limit", graph.more);
    if (graph.is_more) call.tell("there may be yet more: not everything around could be looked at");
}

void print_json(Invocation const& call, intelligence::Graph const& graph) {
    JsonWriter json;
    json.object().key("nodes").array();
    for (auto const& node : graph.nodes) {
        json.object()
            .field("id", node.id)
            .field("step", node.step)
            .field_or_null("machine", node.machine)
            .key("object");
        if (node.object) {
            append_json(json, *node.object);
        } else {
            json.null();
        }
        json.end();
    }
    append_edges(json.end(), graph);
    json.end();
    call.print("{}", json.text());
}

Exit run(Invocation& call) {
    auto const steps = parse_int(call.get("--steps")), limit = parse_int(call.get("--limit"));
    if (!steps || *steps < 1 || *steps > 6 || !limit || *limit < 1 || *limit > 1000) {
        call.tell("--steps: expected 1 to 6; --limit: expected 1 to 1000");
        return Exit::usage;
    }
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const graph = intelligence::graph_around(
        **intelligence, call.arguments.front(),
        {.steps = static_cast<int>(*steps), .limit = static_cast<std::size_t>(*limit)}, command_recipient());
    if (!graph) return call.failed(graph.error());
    call.json() ? print_json(call, *graph) : print(call, *graph);
    return Exit::done;
}

}  // namespace

Command command_intel_graph() {
    return {.name = "intel graph",
            .summary = "Show what is around an object, step by step",
            .about =
                "References, relationships, shared values, sightings, and machines that met an indicator.\n\n"
                "  tocsin intel graph --steps 2 indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
            .options = {{"--steps", "N", "how far, 1 to 6", "1"}, {"--limit", "N", "nodes, at most 1000", "100"}},
            .arguments = {{"ID", "\"indicator--...\""}},
            .run = run};
}

}  // namespace tocsin::app
