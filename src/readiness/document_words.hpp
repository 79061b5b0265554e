#pragma once
#include "formats/formats.hpp"

#include <map>
#include <string>
#include <string_view>

/// Words that the documents about the team share. Private to readiness.
namespace tocsin::readiness {

/// Of one language, from texts/documents/words.<language>.toml.
class DocumentWords {
  public:
    /// Errors: Code::internal naming the file.
    static Result<DocumentWords> read(formats::document::Language language);

    /// A word by its key; of one there is not, the key.
    std::string word(std::string_view key) const;
    /// How an answer is called: "telephone".
    std::string answer(std::string_view name) const { return word("answers." + std::string(name)); }
    bool has(std::string_view key) const { return words_.contains(key); }

  private:
    std::map<std::string, std::string, std::less<>> words_;
};

}  // namespace tocsin::readiness
