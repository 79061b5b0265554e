#pragma once
#include "base/base.hpp"
#include "formats/observable.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::openioc {

struct Limits {
    std::size_t bytes = std::size_t{32} << 20;
    std::size_t depth = 64;
    std::size_t items = 200'000;
};

/// One comparison of a definition.
struct Item {
    std::string id, condition, document, search, content_type, content;  ///< `search`: "FileItem/Md5sum"
    bool is_negated = false;
    bool is_alternative = true;  ///< no AND stands above it: it is a match by itself
};

struct Definition {
    std::string id, name, description, author, last_modified, published;
    std::vector<std::string> links;  ///< "rel: text or href"
    std::vector<Item> items;
};

/// Reads one OpenIOC file, or a list of them in one root.
///
/// Source: OpenIOC 1.1 schema (root `OpenIOC` with `metadata` and `criteria`), and 1.0 (root `ioc` with `definition`).
/// A document type is refused, so there are no entities but XML's own. Errors: Code::invalid with the byte and what is
/// wrong, Code::limit.
Result<std::vector<Definition>> read(std::string_view xml, Limits const& limits = {});

/// The value an item asks for; nothing when it asks for something else than one value we know the kind of, or asks for
/// its absence.
std::optional<Observable> observable_of(Item const& item);

/// Whether an input that starts so is OpenIOC.
bool looks_like_openioc(std::string_view start);

}  // namespace tocsin::formats::openioc
