#include "formats/stix/object_view.hpp"

#include "formats/stix/selector.hpp"

#include <fmt/format.h>

namespace tocsin::formats::stix {
namespace {

constexpr std::size_t most_words = 10'000;  ///< of labels, aliases, markings, selectors

bool is_reference_name(std::string_view name) {
    return name.ends_with("_ref") || name.ends_with("_refs");
}

/// The kind of a hash by the names of STIX 2.1 section 10.7 and their usual other spellings.
ObservableKind hash_kind(std::string_view algorithm) {
    struct Named {
        std::string_view name;
        ObservableKind kind;
    };
    static constexpr std::array algorithms{
        Named{"MD5", ObservableKind::md5},          Named{"SHA1", ObservableKind::sha1},
        Named{"SHA224", ObservableKind::sha224},    Named{"SHA256", ObservableKind::sha256},
        Named{"SHA384", ObservableKind::sha384},    Named{"SHA512", ObservableKind::sha512},
        Named{"SHA3256", ObservableKind::sha3_256}, Named{"SHA3512", ObservableKind::sha3_512},
        Named{"SSDEEP", ObservableKind::ssdeep},    Named{"TLSH", ObservableKind::tlsh},
        Named{"IMPHASH", ObservableKind::imphash},
    };
    std::array<char, 16> bare;
    std::size_t size = 0;
    for (char const c : algorithm) {
        if (c == '-' || c == '_') continue;
        if (size == bare.size()) return ObservableKind::other_hash;
        bare[size++] = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
    for (auto const& named : algorithms)
        if (named.name == std::string_view(bare.data(), size)) return named.kind;
    return ObservableKind::other_hash;
}

std::optional<ObservableKind> certificate_hash_kind(std::string_view algorithm) {
    switch (hash_kind(algorithm)) {
        case ObservableKind::md5:
            return ObservableKind::certificate_md5;
        case ObservableKind::sha1:
            return ObservableKind::certificate_sha1;
        case ObservableKind::sha256:
            return ObservableKind::certificate_sha256;
        case ObservableKind::sha512:
            return ObservableKind::certificate_sha512;
        default:
            return std::nullopt;
    }
}

}  // namespace

/// One object on its way into a view.
class Decoder::Reading {
  public:
    Reading(Decoder& decoder) : options_(decoder.options_), view_(decoder.view_), patterns_(decoder.pattern_values_) {}

    void read(JsonValue root);

  private:
    void clear();
    void take(JsonValue member, Role role);
    void take_time(TimeText& into, JsonValue value);
    void take_words(std::vector<std::string_view>& into, JsonValue list);
    void take_external_references(JsonValue list);
    void take_granular_markings(JsonValue list);
    void take_extensions(JsonValue extensions);
    void take_references(JsonValue root);
    void take_observables(JsonValue object, TypeSchema const& schema);
    void take_hashes(JsonValue hashes, bool is_certificate);
    void take_inner_observables(JsonValue object, TypeSchema const& schema);
    void take_observed_objects(JsonValue objects);
    void take_pattern();
    void add(ObservableKind kind, std::string_view text, JsonValue value);

    DecoderOptions const& options_;
    ObjectView& view_;
    std::vector<Observable>& patterns_;
};

/// Lists keep their room.
void Decoder::Reading::clear() {
    auto kept = std::move(view_);
    view_ = {};
    auto const reuse = [](auto& into, auto& from) {
        from.clear();
        into = std::move(from);
    };
    reuse(view_.labels, kept.labels);
    reuse(view_.aliases, kept.aliases);
    reuse(view_.categories, kept.categories);
    reuse(view_.object_marking_refs, kept.object_marking_refs);
    reuse(view_.granular_markings, kept.granular_markings);
    reuse(view_.selectors, kept.selectors);
    reuse(view_.external_ids, kept.external_ids);
    reuse(view_.extensions, kept.extensions);
    reuse(view_.references, kept.references);
    reuse(view_.observables, kept.observables);
    patterns_.clear();
}

void Decoder::Reading::read(JsonValue root) {
    clear();
    view_.root = root;
    view_.type = root["type"].text();
    view_.schema = schema_of(view_.type);
    if (view_.schema != nullptr) view_.object_class = view_.schema->object_class;
    for (auto const member : root) {
        auto const* property = view_.schema == nullptr ? nullptr : view_.schema->find(member.key());
        if (property == nullptr) property = common_schema().find(member.key());
        if (property != nullptr && property->role != Role::none) take(member, property->role);
    }
    auto const identifier = parse_identifier(view_.id);
    if (identifier && identifier->type == view_.type) view_.uuid = identifier->uuid;
    bool const has_versions_of_standard = view_.schema != nullptr && view_.object_class != ObjectClass::sco;
    view_.is_old = view_.spec_version == "2.0" || (view_.spec_version.empty() && has_versions_of_standard);
    if (view_.type == "marking-definition") view_.marking = meaning_of_marking(root);
    take_references(root);
    if (view_.schema != nullptr) take_observables(root, *view_.schema);
    if (view_.type == "observed-data") take_observed_objects(root["objects"]);
    if (view_.type == "indicator") take_pattern();
}

void Decoder::Reading::take(JsonValue member, Role role) {
    switch (role) {
        case Role::none:
        case Role::type:
            return;
        case Role::id:
            view_.id = member.text();
            return;
        case Role::spec_version:
            view_.spec_version = member.text();
            return;
        case Role::created_by_ref:
            view_.created_by_ref = member.text();
            return;
        case Role::created:
            return take_time(view_.created, member);
        case Role::modified:
            return take_time(view_.modified, member);
        case Role::valid_from:
            return take_time(view_.valid_from, member);
        case Role::valid_until:
            return take_time(view_.valid_until, member);
        case Role::revoked:
            view_.is_revoked = member.is_true();
            return;
        case Role::confidence:
            if (auto const number = member.integer(); number && *number >= 0 && *number <= 100)
                view_.confidence = static_cast<int>(*number);
            return;
        case Role::lang:
            view_.lang = member.text();
            return;
        case Role::name:
            view_.name = member.text();
            return;
        case Role::description:
            view_.description = member.text();
            return;
        case Role::pattern:
            view_.pattern = member.text();
            return;
        case Role::pattern_type:
            view_.pattern_type = member.text();
            return;
        case Role::labels:
            return take_words(view_.labels, member);
        case Role::aliases:
            return take_words(view_.aliases, member);
        case Role::categories:
            return take_words(view_.categories, member);
        case Role::object_marking_refs:
            return take_words(view_.object_marking_refs, member);
        case Role::external_references:
            return take_external_references(member);
        case Role::granular_markings:
            return take_granular_markings(member);
        case Role::extensions:
            return take_extensions(member);
    }
}

void Decoder::Reading::take_time(TimeText& into, JsonValue value) {
    into.value = value;
    into.text = value.is_text() ? value.text() : value.raw();
    into.time = value.is_text() ? parse_time(value.text()) : std::nullopt;
}

void Decoder::Reading::take_words(std::vector<std::string_view>& into, JsonValue list) {
    for (auto const word : list)
        if (word.is_text() && into.size() < most_words) into.push_back(word.text());
}

void Decoder::Reading::take_external_references(JsonValue list) {
    for (auto const reference : list) {
        auto const id = reference["external_id"];
        if (id.text().empty() || view_.external_ids.size() >= most_words) continue;
        view_.external_ids.push_back({reference["source_name"].text(), id.text(), reference.node()});
        if (id.text().starts_with("CVE-")) add(ObservableKind::vulnerability, id.text(), id);
    }
}

void Decoder::Reading::take_granular_markings(JsonValue list) {
    for (auto const marking : list) {
        if (!marking.is_object() || view_.granular_markings.size() >= most_words) continue;
        GranularMarking taken{.marking_ref = marking["marking_ref"].text(),
                              .lang = marking["lang"].text(),
                              .first = static_cast<std::uint32_t>(view_.selectors.size()),
                              .node = marking.node()};
        for (auto const selector : marking["selectors"])
            if (selector.is_text() && view_.selectors.size() < most_words)
                view_.selectors.push_back({selector.text(), select(view_.root, selector.text())});
        taken.count = static_cast<std::uint32_t>(view_.selectors.size()) - taken.first;
        view_.granular_markings.push_back(taken);
    }
}

void Decoder::Reading::take_extensions(JsonValue extensions) {
    if (!extensions.is_object()) return;
    for (auto const extension : extensions)
        if (view_.extensions.size() < most_words)
            view_.extensions.push_back({extension.key(), extension["extension_type"].text(), extension.node()});
}

/// All texts of members named so, wherever they are.
void Decoder::Reading::take_references(JsonValue root) {
    auto const take_one = [&](std::string_view property, JsonValue value) {
        if (value.is_text() && view_.references.size() < options_.references)
            view_.references.push_back({property, value.text(), value.node()});
    };
    for (auto node = root.node() + 1; node < root.past(); ++node) {
        auto const value = root.at(node);
        if (!is_reference_name(value.key())) continue;
        take_one(value.key(), value);
        if (value.is_array())
            for (auto const element : value) take_one(value.key(), element);
    }
}

void Decoder::Reading::add(ObservableKind kind, std::string_view text, JsonValue value) {
    if (!text.empty() && view_.observables.size() < options_.observables)
        view_.observables.push_back({kind, text, value.node()});
}

void Decoder::Reading::take_observables(JsonValue object, TypeSchema const& schema) {
    if (schema.object_class == ObjectClass::sdo && schema.name != "vulnerability") return;
    for (auto const member : object) {
        auto const* const property = schema.find(member.key());
        if (property == nullptr) continue;
        if (property->form == Form::hashes) take_hashes(member, schema.name == "x509-certificate");
        if (!property->observable) continue;
        if (*property->observable == ObservableKind::vulnerability && !member.text().starts_with("CVE-")) continue;
        add(*property->observable, member.is_number() ? member.raw() : member.text(), member);
    }
    if (schema.object_class == ObjectClass::sco) take_inner_observables(object, schema);
}

void Decoder::Reading::take_hashes(JsonValue hashes, bool is_certificate) {
    if (!hashes.is_object()) return;
    for (auto const hash : hashes) {
        auto const kind = is_certificate ? certificate_hash_kind(hash.key()) : hash_kind(hash.key());
        if (kind) add(*kind, hash.text(), hash);
    }
}

/// Of predefined extensions: the import hash of a program, the user agent of a request.
void Decoder::Reading::take_inner_observables(JsonValue object, TypeSchema const& schema) {
    for (auto const extension : object["extensions"]) {
        auto const* const inner = predefined_extension(schema.name, extension.key());
        if (inner == nullptr) continue;
        for (auto const member : extension) {
            auto const* const property = inner->find(member.key());
            if (property != nullptr && property->observable) add(*property->observable, member.text(), member);
        }
        auto const agent = extension["request_header"]["User-Agent"];
        add(ObservableKind::user_agent, agent.is_array() && agent.size() > 0 ? (*agent.begin()).text() : agent.text(),
            agent);
    }
}

/// STIX 2.0 and the deprecated form of 2.1: cyber-observables inside, by number.
void Decoder::Reading::take_observed_objects(JsonValue objects) {
    if (!objects.is_object()) return;
    for (auto const object : objects) {
        auto const* const schema = schema_of(object["type"].text());
        if (schema != nullptr && schema->object_class == ObjectClass::sco) take_observables(object, *schema);
    }
}

void Decoder::Reading::take_pattern() {
    bool const is_stix = view_.pattern_type == "stix" || view_.pattern_type.empty();
    if (!is_stix || view_.pattern.empty() || !options_.read_pattern) return;
    options_.read_pattern(view_.pattern, patterns_);
    auto const place = view_.root["pattern"];
    for (auto const& value : patterns_) add(value.kind, value.value, place);
}

Result<ObjectView const*> Decoder::read(std::string_view json) {
    CHECK(tree_.parse(json, options_.limits));
    if (!tree_.root().is_object()) return fail(Code::invalid, "byte 0: expected an object");
    Reading(*this).read(tree_.root());
    return &view_;
}

std::vector<std::size_t> ObjectView::markings_of(std::uint32_t node) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < granular_markings.size(); ++i)
        for (std::uint32_t s = 0; s < granular_markings[i].count; ++s)
            if (selectors[granular_markings[i].first + s].value.holds(node)) {
                found.push_back(i);
                break;
            }
    return found;
}

std::optional<Timestamp> parse_time(std::string_view text) {
    auto const time = parse_timestamp(text);
    return time ? std::optional(*time) : std::nullopt;
}

}  // namespace tocsin::formats::stix
