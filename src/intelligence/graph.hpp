#pragma once
#include "intelligence/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

struct GraphRequest {
    int steps = 1;            ///< 1 to 6
    std::size_t limit = 100;  ///< nodes, 1 to 1,000
};

/// An object, or a machine that met an indicator.
struct GraphNode {
    std::string id = {};  ///< of the object; "machine:192.0.2.5"
    int step = 0;         ///< from the middle
    std::optional<gate::Cleared<Object>> object = {};
    std::string machine = {};
};

/// What ties two nodes together.
struct GraphEdge {
    enum class Kind : std::uint8_t {
        reference,     ///< from names to: a property, or what a relationship says
        shared_value,  ///< both are about the value
        match,         ///< the machine met the indicator
    };
    Kind kind = Kind::reference;
    std::string from, to;
    std::string label;  ///< the property, the relationship's type, the value
    std::string via;    ///< the relationship; of a value its kind
    friend auto operator<=>(GraphEdge const&, GraphEdge const&) = default;
};
std::string_view name_of(GraphEdge::Kind kind);

struct Graph {
    std::vector<GraphNode> nodes;  ///< by step; the middle first
    std::vector<GraphEdge> edges;  ///< between these
    std::int64_t more = 0;         ///< found within the steps and not shown
    bool is_more = false;          ///< there may be yet more: not everything around could be looked at
};

/// "edges", "more" and "is_more": the members of a graph beside its nodes.
void append_edges(JsonWriter& json, Graph const& graph);

/// What is related to an object, step by step: what it refers to and what refers to it, through relationships, what
/// shares a value with it, which machines met it and what else they met.
///
/// Every step is asked for the asker: what may not be known of is no node and nothing is found through it. Creators and
/// markings are no steps, they tie everything to everything.
/// Errors: Code::not_found. Cost: a few dozen questions for each node that is looked at.
Result<Graph> graph_around(Intelligence const& room, std::string_view id, GraphRequest const& request,
                           gate::Recipient const& asker);

}  // namespace tocsin::intelligence
