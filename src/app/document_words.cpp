#include "app/document_words.hpp"

namespace tocsin::app {

Result<readiness::DocumentKind> read_document_kind(std::string_view text) {
    if (auto const kind = readiness::document_kind_named(text)) return *kind;
    std::vector<std::string_view> names;
    for (auto const kind : readiness::all_document_kinds()) names.push_back(name_of(kind));
    return fail(Code::not_found,
                fmt::format("there is no document \"{}\"; there are {}", text, fmt::join(names, ", ")));
}

Result<formats::document::Language> read_language(Invocation const& call) {
    if (auto const language = formats::document::language_named(call.get("--language"))) return *language;
    return fail(Code::invalid,
                fmt::format("--language: expected ar, zh, en, fr, ru or es, found \"{}\"", call.get("--language")));
}

}  // namespace tocsin::app
