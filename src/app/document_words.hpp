#pragma once
#include "app/readiness_words.hpp"

/// What the commands about the team's documents share.
namespace tocsin::app {

/// Errors: Code::invalid naming those there are.
Result<readiness::DocumentKind> read_document_kind(std::string_view text);
/// The option --language. Errors: Code::invalid.
Result<formats::document::Language> read_language(Invocation const& call);

}  // namespace tocsin::app
