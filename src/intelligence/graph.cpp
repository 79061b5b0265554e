#include "intelligence/graph.hpp"

#include "intelligence/incoming.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t most_referring = 200, most_named = 200, most_values = 20, most_sharing = 50, most_matches = 50;
constexpr std::size_t most_left_out = 100'000;
constexpr int most_steps = 6;
constexpr std::size_t most_nodes = 1000;

using Cleared = gate::Cleared<Object>;

/// Breadth first: each node is looked at once, in the order in which they were found.
class Walk {
  public:
    Walk(Intelligence const& room, GraphRequest const& request, gate::Recipient const& asker)
        : room_(room),
          asker_(asker),
          steps_(std::clamp(request.steps, 1, most_steps)),
          limit_(std::clamp<std::size_t>(request.limit, 1, most_nodes)) {}

    Result<Graph> run(Cleared middle) {
        graph_.nodes.reserve(limit_);  // what is looked at stays where it is
        meet(std::move(middle), 0);
        for (std::size_t at = 0; at < graph_.nodes.size(); ++at) {
            if (graph_.nodes[at].step >= steps_) break;
            step_ = graph_.nodes[at].step + 1;
            if (graph_.nodes[at].object) {
                CHECK(around_object(*graph_.nodes[at].object));
            } else {
                CHECK(around_machine(graph_.nodes[at].machine));
            }
        }
        graph_.edges.assign(edges_.begin(), edges_.end());
        std::erase_if(graph_.edges,
                      [&](GraphEdge const& edge) { return !here_.contains(edge.from) || !here_.contains(edge.to); });
        graph_.more = static_cast<std::int64_t>(left_out_.size());
        return std::move(graph_);
    }

  private:
    /// False when there is no room for it.
    bool make_room(std::string const& id) {
        if (graph_.nodes.size() < limit_) return true;
        if (left_out_.size() < most_left_out) left_out_.insert(id);
        return false;
    }
    void meet(Cleared object, int step) {
        std::string const id = object->id;
        if (here_.contains(id) || !make_room(id)) return;
        here_.insert(id);
        graph_.nodes.push_back({.id = id, .step = step, .object = std::move(object)});
    }
    void meet_machine(std::string const& machine) {
        auto const id = "machine:" + machine;
        if (here_.contains(id) || !make_room(id)) return;
        here_.insert(id);
        graph_.nodes.push_back({.id = id, .step = step_, .machine = machine});
    }
    void tie(GraphEdge::Kind kind, std::string from, std::string to, std::string label, std::string via = {}) {
        if (from != to) edges_.insert({kind, std::move(from), std::move(to), std::move(label), std::move(via)});
    }

    Status around_object(Cleared const& object) {
        CHECK(what_it_names(object));
        CHECK(what_names_it(object));
        CHECK(what_shares_values(object));
        return object->type == "indicator" ? what_met_it(object->id) : Status();
    }
    Status what_it_names(Cleared const& object) {
        auto const view = decoder_.read(object->json);
        if (!view) return {};
        ObjectFilter filter;
        std::vector<std::pair<std::string, std::string>> named;
        for (auto const& one : (*view)->references) {
            if (one.property == "created_by_ref" || one.property == "object_marking_refs" ||
                one.property == "marking_ref")
                continue;
            if (named.size() == most_named) {
                graph_.is_more = true;
                break;
            }
            named.emplace_back(one.property, one.target);
            if (!here_.contains(named.back().second)) filter.ids.push_back(named.back().second);
        }
        for (auto const& [property, target] : named) tie(GraphEdge::Kind::reference, object->id, target, property);
        return filter.ids.empty() ? Status() : meet_all(filter);
    }
    /// All that is found, the newest first.
    Status meet_all(ObjectFilter const& filter) {
        TRY(auto page, room_.objects(filter, asker_, ObjectOrder::newest_first, {.after = {}, .limit = most_named}));
        for (auto& one : page.items) meet(std::move(one), step_);
        return {};
    }
    Status what_names_it(Cleared const& object) {
        ObjectFilter filter;
        filter.refers_to = object->id;
        TRY(auto page,
            room_.objects(filter, asker_, ObjectOrder::newest_first, {.after = {}, .limit = most_referring}));
        graph_.is_more = graph_.is_more || !page.next.empty();
        for (auto& one : page.items) {
            if (one->type == "relationship") {
                CHECK(across(one, object->id));
                continue;
            }
            std::string property = "object_refs";
            if (auto const view = decoder_.read(one->json))
                for (auto const& reference : (*view)->references)
                    if (reference.target == object->id) property = reference.property;
            tie(GraphEdge::Kind::reference, one->id, object->id, std::move(property));
            meet(std::move(one), step_);
        }
        return {};
    }
    /// A relationship is no node but a way to its other end.
    Status across(Cleared const& relationship, std::string const& from) {
        formats::JsonTree tree;
        if (!tree.parse(relationship->json)) return {};
        auto const root = tree.root();
        std::string const source(root["source_ref"].text()), target(root["target_ref"].text());
        auto const& other = source == from ? target : source;
        tie(GraphEdge::Kind::reference, source, target, std::string(root["relationship_type"].text()),
            relationship->id);
        if (here_.contains(other)) return {};
        ObjectFilter filter;
        filter.ids = {other};
        return meet_all(filter);
    }
    Status what_shares_values(Cleared const& object) {
        auto const about = intake_.take(object->json, 0);
        std::size_t count = 0;
        for (auto const& value : about.values) {
            if (++count > most_values) {
                graph_.is_more = true;
                break;
            }
            ObjectFilter filter;
            filter.value = ValueQuery{ValueQuery::Is::equal, value.observable.kind, value.observable.value};
            TRY(auto page,
                room_.objects(filter, asker_, ObjectOrder::newest_first, {.after = {}, .limit = most_sharing}));
            graph_.is_more = graph_.is_more || !page.next.empty();
            for (auto& one : page.items) {
                auto const& [from, to] = std::minmax(object->id, one->id);
                tie(GraphEdge::Kind::shared_value, from, to, value.observable.value,
                    std::string(formats::name_of(value.observable.kind)));
                meet(std::move(one), step_);
            }
        }
        return {};
    }
    Status what_met_it(std::string const& id) {
        TRY(auto const page,
            room_.matches({.state = {}, .indicator = id}, asker_, {.after = {}, .limit = most_matches}));
        graph_.is_more = graph_.is_more || !page.next.empty();
        for (auto const& match : page.items) {
            tie(GraphEdge::Kind::match, "machine:" + match->subject, id, match->value, match->side);
            meet_machine(match->subject);
        }
        return {};
    }
    Status around_machine(std::string machine) {
        TRY(auto page, room_.matches({.state = {}, .subject = machine}, asker_, {.after = {}, .limit = most_matches}));
        graph_.is_more = graph_.is_more || !page.next.empty();
        for (auto const& match : page.items) {
            tie(GraphEdge::Kind::match, "machine:" + machine, match->indicator.id, match->value, match->side);
            if (here_.contains(match->indicator.id)) continue;
            ObjectFilter filter;
            filter.ids = {match->indicator.id};
            CHECK(meet_all(filter));
        }
        return {};
    }

    Intelligence const& room_;
    gate::Recipient const& asker_;
    int steps_;
    std::size_t limit_;
    int step_ = 0;
    Graph graph_;
    std::unordered_set<std::string> here_, left_out_;
    std::set<GraphEdge> edges_;
    formats::stix::Decoder decoder_;
    Intake intake_;
};

}  // namespace

std::string_view name_of(GraphEdge::Kind kind) {
    switch (kind) {
        case GraphEdge::Kind::reference:
            return "reference";
        case GraphEdge::Kind::shared_value:
            return "shared_value";
        case GraphEdge::Kind::match:
            return "match";
    }
    TOCSIN_ASSERT(false);
    return {};
}

Result<Graph> graph_around(Intelligence const& room, std::string_view id, GraphRequest const& request,
                           gate::Recipient const& asker) {
    TRY(auto middle, room.object(id, asker));
    return Walk(room, request, asker).run(std::move(middle));
}

void append_edges(JsonWriter& json, Graph const& graph) {
    json.key("edges").array();
    for (auto const& edge : graph.edges)
        json.object()
            .field("kind", name_of(edge.kind))
            .field("from", edge.from)
            .field("to", edge.to)
            .field("label", edge.label)
            .field_or_null("via", edge.via)
            .end();
    json.end().field("more", graph.more).field("is_more", graph.is_more);
}

}  // namespace tocsin::intelligence
