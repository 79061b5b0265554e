#include "sharing/notice.hpp"

#include "formats/formats.hpp"

#include <algorithm>

namespace tocsin::sharing {
namespace {

namespace stix = formats::stix;

constexpr std::string_view common_head[] = {"type", "spec_version", "id", "created_by_ref", "created"};

bool is_head(std::string_view name) {
    return std::ranges::find(common_head, name) != std::end(common_head);
}

/// Required by the type itself, or one of several of which it needs one.
bool is_needed(stix::TypeSchema const& schema, std::string_view name) {
    auto const* property = schema.find(name);
    if (property != nullptr && property->is_required) return true;
    return std::ranges::any_of(schema.rules, [&](stix::Rule const& rule) {
        bool const asks = rule.kind == stix::Rule::Kind::one_of || rule.kind == stix::Rule::Kind::true_needs;
        return asks && std::ranges::find(rule.properties, name) != rule.properties.end();
    });
}

/// Properties that revocation_of writes itself or leaves out.
bool is_common(std::string_view name) {
    return stix::common_schema().find(name) != nullptr && name != "name" && name != "description" &&
           name != "pattern" && name != "pattern_type" && name != "valid_from" && name != "valid_until";
}

Result<stix::ObjectView const*> versioned(stix::Decoder& decoder, std::string_view json) {
    TRY(auto const* const object, decoder.read(json));
    bool const has_versions =
        object->object_class == stix::ObjectClass::sdo || object->object_class == stix::ObjectClass::sro;
    if (!has_versions || object->schema == nullptr || !object->modified.time)
        return fail(Code::invalid,
                    fmt::format("{} has no versions, or is of a type that the standard does not know: nothing in the "
                                "protocol tells of its recall",
                                object->id));
    return object;
}

std::string later_time(stix::ObjectView const& object, Timestamp now) {
    return stix::time_text(std::max(now, *object.modified.time + std::chrono::milliseconds(1)));
}

/// The markings of the object with another TLP and PAP.
void append_markings(JsonWriter& json, stix::ObjectView const& object, gate::Marking const& marking) {
    json.key("object_marking_refs").array();
    for (auto const ref : object.object_marking_refs) {
        auto const meaning = stix::meaning_of_marking_id(ref);
        if (!meaning || !(meaning->tlp || meaning->pap)) json.value(ref);
    }
    json.value(stix::tlp2_marking_id(static_cast<stix::TlpLevel>(marking.tlp)));
    if (marking.pap) json.value(stix::pap_marking_id(static_cast<stix::PapLevel>(*marking.pap)));
    json.end();
}

}  // namespace

std::optional<std::string> essence_of(std::string_view json) {
    stix::Decoder decoder;
    auto const object = versioned(decoder, json);
    if (!object) return {};
    std::string essence;
    for (auto const member : (*object)->root)
        if (!is_common(member.key()) && is_needed(*(*object)->schema, member.key()))
            essence.append(member.key()).append(":").append(member.raw()).append("\n");
    return essence;
}

Result<std::string> revocation_of(std::string_view json, gate::Marking const& marking, Timestamp now) {
    stix::Decoder decoder;
    TRY(auto const* const object, versioned(decoder, json));
    JsonWriter out;
    out.object();
    for (auto const member : object->root) {
        bool const is_kept =
            is_head(member.key()) || (!is_common(member.key()) && is_needed(*object->schema, member.key()));
        if (is_kept) out.key(member.key()).raw(member.raw());
        if (member.key() == "created") out.field("modified", later_time(*object, now)).field("revoked", true);
    }
    append_markings(out, *object, marking);
    out.end();
    return std::move(out).text();
}

Result<std::string> remarked(std::string_view json, gate::Marking const& marking, Timestamp now) {
    stix::Decoder decoder;
    TRY(auto const* const object, versioned(decoder, json));
    JsonWriter out;
    out.object();
    for (auto const member : object->root) {
        if (member.key() == "object_marking_refs") continue;
        if (member.key() == "modified")
            out.field("modified", later_time(*object, now));
        else
            out.key(member.key()).raw(member.raw());
    }
    append_markings(out, *object, marking);
    out.end();
    return std::move(out).text();
}

std::string creator_of(std::string_view json) {
    stix::Decoder decoder;
    auto const object = decoder.read(json);
    return object ? std::string((*object)->created_by_ref) : std::string();
}

}  // namespace tocsin::sharing
