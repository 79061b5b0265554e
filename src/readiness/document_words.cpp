#include "readiness/document_words.hpp"

#include "base/embedded.hpp"
#include "readiness/documents.hpp"

#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

namespace paper = formats::document;

Result<formats::TomlValue> read_ours(std::string const& name) {
    auto const path = fmt::format("texts/documents/{}.toml", name);
    auto const bytes = embedded::find(path);
    if (!bytes) return fail(Code::internal, fmt::format("the program has no {}", path));
    return formats::parse_toml(*bytes, path);
}

std::string text_of(formats::TomlValue const& table, std::string_view key) {
    auto const* const value = table.get(key);
    auto const* const text = value ? value->text() : nullptr;
    return text ? *text : std::string();
}

}  // namespace

Result<DocumentWords> DocumentWords::read(paper::Language language) {
    TRY(auto const root, read_ours(fmt::format("words.{}", paper::name_of(language))));
    DocumentWords made;
    for (auto const& member : root.members()) {
        if (auto const* const text = member.value.text()) made.words_[member.key] = *text;
        for (auto const& inner : member.value.members())
            if (auto const* const text = inner.value.text()) made.words_[member.key + "." + inner.key] = *text;
    }
    return made;
}

std::string DocumentWords::word(std::string_view key) const {
    auto const found = words_.find(key);
    return found == words_.end() ? std::string(key) : found->second;
}

Result<DocumentTexts> document_texts(DocumentKind kind, paper::Language language) {
    auto const name = fmt::format("{}.{}", name_of(kind), paper::name_of(language));
    TRY(auto const root, read_ours(name));
    DocumentTexts texts{.title = text_of(root, "title"), .sections = {}};
    auto const* const list = root.get("section");
    if (list && list->list())
        for (auto const& one : *list->list())
            texts.sections.push_back(
                {.id = text_of(one, "id"), .title = text_of(one, "title"), .markup = text_of(one, "text")});
    if (texts.title.empty() || texts.sections.empty())
        return fail(Code::internal, fmt::format("texts/documents/{}.toml: expected a title and sections", name));
    return texts;
}

}  // namespace tocsin::readiness
