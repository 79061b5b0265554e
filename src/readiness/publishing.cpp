#include "readiness/publishing.hpp"

#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::string_view security_kind = "security.txt", security_address = "/.well-known/security.txt";
constexpr std::string_view profile_kind = "rfc2350", profile_address = "/rfc2350", others = "/published/";

}  // namespace

std::string public_address(std::string_view kind) {
    if (kind == security_kind) return std::string(security_address);
    if (kind == profile_kind) return std::string(profile_address);
    return document_kind_named(kind) ? std::string(others) + std::string(kind) : std::string();
}

std::string_view kind_at(std::string_view address) {
    if (address == security_address) return security_kind;
    if (address == profile_address) return profile_kind;
    if (!address.starts_with(others)) return {};
    auto const kind = address.substr(others.size());
    return kind != profile_kind && document_kind_named(kind) ? kind : std::string_view();
}

Status publish_document(Documents& documents, std::string_view kind, formats::document::Language language,
                        bool mark_clear, access::Principal const& by) {
    if (auto const named = document_kind_named(kind)) {
        auto const marking = marking_of(*named);
        if (marking.tlp > gate::Tlp::amber)
            return fail(Code::denied, fmt::format("{} is {}: it has private numbers of people and is never published",
                                                  kind, gate::label_of(marking.tlp)));
        if (marking.tlp != gate::Tlp::clear && !mark_clear)
            return fail(Code::denied,
                        fmt::format("{} is {}: only what is TLP:CLEAR is published; say that you mark it so", kind,
                                    gate::label_of(marking.tlp)));
    }
    return documents.publish(kind, language, true, by);
}

}  // namespace tocsin::readiness
