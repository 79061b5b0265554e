#include "intelligence/object.hpp"

#include "intelligence/redact.hpp"

namespace tocsin::gate {

Particulars About<intelligence::Object>::of(intelligence::Object const& object) {
    return {.kind = "intelligence",
            .id = object.id,
            .marking = object.marking,
            .terms = object.terms,
            .concerns = object.concerns,
            .is_for_the_concerned_only = false,
            .named_organisations = object.named};
}

/// The object without its marked parts comes first: it is there for whoever may have the object.
std::vector<Particulars> About<intelligence::Object>::parts(intelligence::Object const& object) {
    if (object.parts.empty()) return {};
    std::vector<Particulars> parts{of(object)};
    for (auto const& part : object.parts) {
        parts.push_back(of(object));
        parts.back().marking = part.marking;
        parts.back().id += " " + part.selectors.front();
    }
    return parts;
}

intelligence::Object About<intelligence::Object>::without(intelligence::Object object,
                                                          std::span<std::size_t const> gone) {
    std::vector<std::string> selectors;
    for (std::size_t i = gone.size(); i > 0; --i) {
        auto const at = object.parts.begin() + static_cast<std::ptrdiff_t>(gone[i - 1] - 1);
        selectors.insert(selectors.end(), at->selectors.begin(), at->selectors.end());
        object.parts.erase(at);
    }
    object.json = intelligence::without_selected(object.json, selectors);
    return object;
}

}  // namespace tocsin::gate
