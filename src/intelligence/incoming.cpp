#include "intelligence/incoming.hpp"

#include "intelligence/find_store.hpp"
#include "intelligence/matching.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace tocsin::intelligence {
namespace {

namespace stix = formats::stix;
using formats::ObservableKind;
using stix::ObjectView;

constexpr std::size_t most_values = 10'000, most_references = 10'000, most_words = std::size_t{256} << 10;
constexpr std::size_t most_labels = 1000, longest_label = 250, most_markings = 1000;

std::string bytes_of(stix::Uuid const& uuid) {
    return {uuid.bytes.begin(), uuid.bytes.end()};
}

Meaning meaning_from(stix::MarkingMeaning const& said) {
    Meaning meaning;
    if (said.tlp) meaning.tlp = *gate::parse_tlp(stix::name_of(*said.tlp));
    if (said.pap) meaning.pap = *gate::parse_pap(stix::name_of(*said.pap));
    return meaning;
}

/// What no object of the type is without: leaving it out would break the object.
bool is_required(ObjectView const& object, std::string_view selector) {
    auto const root = selector.substr(0, selector.find('.'));
    if (root == "object_refs") return true;
    if (selector != root) return false;
    auto const* property = object.schema == nullptr ? nullptr : object.schema->find(root);
    if (property == nullptr) property = stix::common_schema().find(root);
    return property != nullptr && property->is_required;
}

/// An object that was read, on its way into an Incoming.
class Taking {
  public:
    Taking(ObjectView const& object, Incoming& out) : object_(object), out_(out) {}

    void take() {
        out_.type = object_.type.substr(0, longest_label);
        out_.id = object_.id;
        version();
        if (!usable()) return;
        common();
        markings();
        pattern();
        values();
        references();
        words();
    }

  private:
    void version();
    bool usable();
    void common();
    void markings();
    void pattern();
    void values();
    void references();
    void words();
    void word(std::string_view text, std::uint32_t node);
    std::size_t part_of(std::uint32_t node) const;

    ObjectView const& object_;
    Incoming& out_;
    std::vector<std::size_t> parts_;  ///< granular markings by their place, as 1 + the place in `out_.parts`; 0: none
};

void Taking::version() {
    auto const& version = object_.version();
    if (!version.time) return;
    out_.version = version.time->micros;
    out_.version_text = version.text;
}

bool Taking::usable() {
    auto const fault = [&](std::string_view property, std::string reason) {
        out_.fault_property = property;
        out_.fault = std::move(reason);
        return false;
    };
    auto const told = stix::validate(object_, {.findings = 1});
    for (auto const& finding : told.findings)
        if (finding.is_fatal)
            return fault(finding.property, fmt::format("{} (STIX 2.1 section {})", finding.message, finding.section));
    if (object_.type.size() > longest_label) return fault("type", "expected at most 250 characters");
    if (!object_.version().text.empty() && out_.version == 0)
        return fault(object_.modified.text.empty() ? "created" : "modified", "expected a time of these centuries");
    // Markings that would not all be looked at can't be kept to.
    if (object_.object_marking_refs.size() > most_markings)
        return fault("object_marking_refs", "expected at most 1,000 markings");
    if (object_.granular_markings.size() > most_markings || object_.selectors.size() > most_markings * 4)
        return fault("granular_markings", "expected at most 1,000 markings with 4,000 selectors");
    out_.has_warnings = !told.is_clean();
    return true;
}

void Taking::common() {
    out_.uuid = bytes_of(*object_.uuid);
    out_.is_revoked = object_.is_revoked;
    out_.confidence = object_.confidence.value_or(-1);
    if (auto const creator = stix::parse_identifier(object_.created_by_ref)) out_.creator = bytes_of(creator->uuid);
    if (object_.valid_from.time) out_.valid_from = object_.valid_from.time->micros;
    if (object_.valid_until.time) out_.valid_until = object_.valid_until.time->micros;
}

void Taking::markings() {
    for (auto const ref : object_.object_marking_refs) out_.marking_refs.emplace_back(ref);
    for (auto const& marking : object_.granular_markings) {
        parts_.push_back(0);
        if (marking.marking_ref.empty() || marking.count == 0) continue;
        IncomingPart part{.selectors = {}, .marking_ref = std::string(marking.marking_ref)};
        for (std::uint32_t i = 0; i < marking.count; ++i) {
            auto const& selector = object_.selectors[marking.first + i].text;
            part.is_required = part.is_required || is_required(object_, selector);
            part.selectors.emplace_back(selector);
        }
        out_.parts.push_back(std::move(part));
        parts_.back() = out_.parts.size();
    }
    if (object_.type == "marking-definition")
        out_.defines = object_.marking ? meaning_from(*object_.marking) : Meaning();
}

/// The last marking that speaks of it decides; there is hardly ever more than one.
std::size_t Taking::part_of(std::uint32_t node) const {
    if (object_.granular_markings.empty()) return 0;
    std::size_t part = 0;
    for (auto const place : object_.markings_of(node)) part = std::max(part, parts_[place]);
    return part;
}

void Taking::pattern() {
    bool const is_stix = object_.pattern_type.empty() || object_.pattern_type == "stix";
    if (object_.type != "indicator" || object_.pattern.empty() || !is_stix) return;
    auto fate = fate_of(object_.pattern);
    out_.matching = fate.matching;
    if (!fate.is_readable) out_.has_warnings = true;  // kept and found by its words, never matched
    auto const part = part_of(object_.root["pattern"].node());
    for (auto& value : fate.values)
        if (out_.values.size() < most_values) out_.values.push_back({std::move(value), part});
}

void Taking::values() {
    for (auto const& found : object_.observables) {
        if (out_.values.size() >= most_values) break;
        if (auto value = formats::normalised({found.kind, std::string(found.text)}))
            out_.values.push_back({*std::move(value), part_of(found.node)});
    }
    if (out_.values.size() > 1) {  // of what stands in two places, the open one counts
        std::ranges::sort(out_.values, {}, [](auto const& one) { return std::tie(one.observable, one.part); });
        auto const doubles = std::ranges::unique(out_.values, {}, &IncomingValue::observable);
        out_.values.erase(doubles.begin(), doubles.end());
    }
    for (auto& value : out_.values) value.keys = keys_of(value.observable);
}

void Taking::references() {
    for (auto const& reference : object_.references) {
        if (out_.references.size() >= most_references) break;
        auto const part = part_of(reference.node);
        if (part != 0 && !out_.parts[part - 1].is_required) continue;  // who may not see it must not find by it
        if (reference.property == "created_by_ref" || reference.property == "object_marking_refs" ||
            reference.property == "marking_ref")
            continue;
        if (auto const target = stix::parse_identifier(reference.target))
            out_.references.push_back(bytes_of(target->uuid));
    }
    std::ranges::sort(out_.references);
    out_.references.erase(std::ranges::unique(out_.references).begin(), out_.references.end());
}

/// Marked parts are not searched by their words and labels: who may not see them must not find by them.
void Taking::word(std::string_view text, std::uint32_t node) {
    if (text.empty() || out_.words.size() > most_words || part_of(node) != 0) return;
    if (!out_.words.empty()) out_.words += ' ';
    out_.words += searchable(text);
}

void Taking::words() {
    for (auto const member : object_.root) {
        auto const key = member.key();
        if (key == "name" || key == "description" || key == "abstract" || key == "content" || key == "explanation" ||
            key == "value" || key == "contact_information")
            word(member.text(), member.node());
        bool const is_labels = key == "labels" || key == "sectors" || key.ends_with("_types");
        if (!is_labels && key != "aliases" && key != "x_mitre_aliases" && key != "goals") continue;
        for (auto const element : member) {
            word(element.text(), element.node());
            if (is_labels && !element.text().empty() && element.text().size() <= longest_label &&
                out_.labels.size() < most_labels && part_of(element.node()) == 0)
                out_.labels.emplace_back(element.text());
        }
    }
    for (auto const& external : object_.external_ids) word(external.external_id, external.node);
}

}  // namespace

struct Intake::State {
    stix::Decoder decoder{{.limits = {}, .references = most_references * 2, .observables = most_values}};
};

Intake::Intake() : state_(std::make_unique<State>()) {}
Intake::~Intake() = default;

Incoming Intake::take(std::string_view json, std::int64_t ordinal) {
    Incoming out;
    out.ordinal = ordinal;
    auto const object = state_->decoder.read(json);
    if (!object) {
        out.json = repaired_utf8(json);
        out.fault = object.error().message;
        return out;
    }
    out.json = json;
    Taking(**object, out).take();
    return out;
}

std::optional<Meaning> Intake::meaning_of(std::string_view id) {
    auto const fixed = stix::meaning_of_marking_id(id);
    return fixed ? std::optional(meaning_from(*fixed)) : std::nullopt;
}

}  // namespace tocsin::intelligence
