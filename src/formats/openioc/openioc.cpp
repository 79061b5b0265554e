#include "formats/openioc/openioc.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <new>
#include <pugixml.hpp>

namespace tocsin::formats::openioc {
namespace {

/// Without the prefix of its name space.
std::string_view local_name(pugi::xml_node node) {
    std::string_view name = node.name();
    auto const colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(pugi::xml_node node, std::string_view name) {
    for (auto const one : node.children())
        if (local_name(one) == name) return one;
    return {};
}

std::string text_of(pugi::xml_node node) {
    return std::string(trimmed(node.child_value()));
}

/// Before the parser builds anything: brackets deeper than the limit, and document types.
Status check_shape(std::string_view xml, Limits const& limits) {
    if (xml.size() > limits.bytes) return fail(Code::limit, fmt::format("longer than {} bytes", limits.bytes));
    std::size_t depth = 0;
    for (auto at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
        auto const rest = xml.substr(at + 1);
        if (rest.starts_with("!DOCTYPE") || rest.starts_with("!ENTITY"))
            return fail(Code::invalid, fmt::format("byte {}: a document type is not taken", at));
        if (rest.starts_with("!--") || rest.starts_with("![CDATA[")) {
            auto const end = rest.find(rest[1] == '-' ? "-->" : "]]>");
            if (end == std::string_view::npos) return fail(Code::invalid, fmt::format("byte {}: not closed", at));
            at += end;
            continue;
        }
        if (rest.starts_with('/')) {
            if (depth > 0) --depth;
        } else if (!rest.starts_with('?')) {
            auto const end = rest.find('>');
            bool const is_closed = end != std::string_view::npos && end > 0 && rest[end - 1] == '/';
            if (!is_closed && ++depth > limits.depth)
                return fail(Code::limit, fmt::format("byte {}: deeper than {} elements", at, limits.depth));
        }
    }
    return {};
}

class Reading {
  public:
    explicit Reading(Limits const& limits) : limits_(limits) {}

    Status definition(pugi::xml_node root) {
        Definition definition;
        definition.id = root.attribute("id").value();
        definition.last_modified = root.attribute("last-modified").value();
        definition.published = root.attribute("published-date").value();
        auto const metadata = child(root, "metadata") ? child(root, "metadata") : root;
        definition.name = text_of(child(metadata, "short_description"));
        definition.description = text_of(child(metadata, "description"));
        definition.author = text_of(child(metadata, "authored_by"));
        for (auto const link : child(metadata, "links").children())
            if (local_name(link) == "link" && definition.links.size() < 1000)
                definition.links.push_back(
                    fmt::format("{}: {}", link.attribute("rel").value(),
                                text_of(link).empty() ? std::string(link.attribute("href").value()) : text_of(link)));
        auto const criteria = child(root, "criteria") ? child(root, "criteria") : child(root, "definition");
        CHECK(indicators(criteria, definition, true));
        found.push_back(std::move(definition));
        return {};
    }

    std::vector<Definition> found;

  private:
    /// An AND with a single part is none. Depth is bounded by check_shape.
    Status indicators(pugi::xml_node parent, Definition& into, bool is_alternative) {
        for (auto const node : parent.children()) {
            auto const name = local_name(node);
            if (name == "Indicator") {
                auto const parts = std::distance(node.children().begin(), node.children().end());
                bool const is_and = equal_ignoring_case(node.attribute("operator").value(), "AND") && parts > 1;
                CHECK(indicators(node, into, is_alternative && !is_and));
            } else if (name == "IndicatorItem") {
                if (++items_ > limits_.items)
                    return fail(Code::limit, fmt::format("more than {} items", limits_.items));
                auto const context = child(node, "Context"), content = child(node, "Content");
                into.items.push_back({.id = node.attribute("id").value(),
                                      .condition = node.attribute("condition").value(),
                                      .document = context.attribute("document").value(),
                                      .search = context.attribute("search").value(),
                                      .content_type = content.attribute("type").value(),
                                      .content = text_of(content),
                                      .is_negated = node.attribute("negate").as_bool(),
                                      .is_alternative = is_alternative});
            }
        }
        return {};
    }

    Limits const& limits_;
    std::size_t items_ = 0;
};

struct Term {
    std::string_view search;
    ObservableKind kind;
};
/// The terms of one value each that others use most.
constexpr Term terms[] = {
    {"FileItem/Md5sum", ObservableKind::md5},
    {"FileItem/Sha1sum", ObservableKind::sha1},
    {"FileItem/Sha256sum", ObservableKind::sha256},
    {"FileItem/FileName", ObservableKind::file_name},
    {"FileDownloadHistoryItem/SourceURL", ObservableKind::url},
    {"UrlHistoryItem/URL", ObservableKind::url},
    {"UrlHistoryItem/HostName", ObservableKind::domain},
    {"Network/DNS", ObservableKind::domain},
    {"Network/URI", ObservableKind::url},
    {"Network/UserAgent", ObservableKind::user_agent},
    {"DnsEntryItem/Host", ObservableKind::domain},
    {"DnsEntryItem/RecordName", ObservableKind::domain},
    {"DnsEntryItem/RecordData/IPv4Address", ObservableKind::ip},
    {"DnsEntryItem/RecordData/Host", ObservableKind::domain},
    {"PortItem/remoteIP", ObservableKind::ip},
    {"PortItem/localIP", ObservableKind::ip},
    {"RouteEntryItem/Destination", ObservableKind::ip},
    {"ArpEntryItem/IPv4Address", ObservableKind::ip},
    {"RegistryItem/KeyPath", ObservableKind::registry_key},
    {"RegistryItem/Path", ObservableKind::registry_key},
    {"ProcessItem/HandleList/Handle/Name", ObservableKind::mutex},
    {"Email/From", ObservableKind::email},
    {"Email/To", ObservableKind::email},
    {"Email/Subject", ObservableKind::email_subject},
};

}  // namespace

Result<std::vector<Definition>> read(std::string_view xml, Limits const& limits) {
    CHECK(check_shape(xml, limits));
    Reading reading(limits);
    try {
        pugi::xml_document document;
        auto const parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_auto);
        if (!parsed) return fail(Code::invalid, fmt::format("byte {}: {}", parsed.offset, parsed.description()));
        auto const root = document.document_element();
        auto const is_one = [](pugi::xml_node node) {
            return equal_ignoring_case(local_name(node), "OpenIOC") || equal_ignoring_case(local_name(node), "ioc");
        };
        if (is_one(root)) {
            CHECK(reading.definition(root));
        } else {
            for (auto const node : root.children())
                if (is_one(node)) CHECK(reading.definition(node));
        }
    } catch (std::bad_alloc const&) {
        return fail(Code::limit, "too large for the memory there is");
    }
    if (reading.found.empty()) return fail(Code::invalid, "expected an element OpenIOC or ioc");
    return std::move(reading.found);
}

std::optional<Observable> observable_of(Item const& item) {
    if (item.is_negated || !(item.condition == "is" || item.condition == "contains" || item.condition.empty()))
        return std::nullopt;
    auto const* const term =
        std::ranges::find_if(terms, [&](Term const& one) { return equal_ignoring_case(one.search, item.search); });
    if (term == std::end(terms)) return std::nullopt;
    // "contains" asks for a part; hashes, addresses and host names are written whole all the same.
    bool const may_be_part = term->kind == ObservableKind::url || term->kind == ObservableKind::file_name ||
                             term->kind == ObservableKind::registry_key || term->kind == ObservableKind::mutex ||
                             term->kind == ObservableKind::email_subject || term->kind == ObservableKind::user_agent;
    if (item.condition == "contains" && may_be_part) return std::nullopt;
    if (term->kind == ObservableKind::url && item.content.find("://") == std::string::npos) return std::nullopt;
    return normalised({term->kind, item.content});
}

bool looks_like_openioc(std::string_view start) {
    start = start.substr(0, std::size_t{4} << 10);
    auto const lower = lowered(start);
    auto const first = lower.find_first_not_of("\xef\xbb\xbf \t\r\n");
    if (first == std::string::npos || lower[first] != '<') return false;
    return lower.find("openioc") != std::string::npos ||
           (lower.find("<ioc") != std::string::npos && lower.find("<html") == std::string::npos);
}

}  // namespace tocsin::formats::openioc
