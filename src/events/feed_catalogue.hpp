#pragma once
#include "base/base.hpp"
#include "events/feed_definition.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::events {

/// All feeds known: those compiled into the program and those of a directory, which win over a compiled one of the same
/// id. Definitions are read when first asked for. Safe from any thread once opened.
class FeedCatalogue {
  public:
    /// `directory` (may be empty or missing) holds <publisher>/<report>.toml.
    /// Errors: Code::invalid for a publisher's defaults that cannot be read.
    static Result<FeedCatalogue> open(std::filesystem::path const& directory = {});

    FeedCatalogue(FeedCatalogue&&) noexcept;
    FeedCatalogue& operator=(FeedCatalogue&&) noexcept;
    ~FeedCatalogue();

    /// All ids, sorted.
    std::vector<std::string> ids() const;
    /// Errors: Code::not_found (naming near ids), Code::invalid.
    Result<std::shared_ptr<FeedDefinition const>> find(std::string_view id) const;
    /// By the name of a report's file; compression endings and folders do not count. An unknown report type of a
    /// publisher that says how its files are named (`[unknown]`) gets a definition of its own.
    Result<std::optional<std::shared_ptr<FeedDefinition const>>> by_file_name(std::string_view name) const;
    /// By the columns of a header, the first record deciding between feeds with the same columns.
    /// Errors: Code::not_found, naming the candidates.
    Result<std::shared_ptr<FeedDefinition const>> by_header(std::vector<std::string> const& header,
                                                            std::vector<std::string> const& first_record) const;
    /// The faults of all definitions; empty when all is well.
    std::vector<Error> check() const;

  private:
    struct State;
    explicit FeedCatalogue(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// A file's name without folders and without the endings of compression.
std::string_view bare_file_name(std::string_view name);

/// What the placeholders of a file pattern stand for in a name; nothing if it does not fit. The name is bare.
struct FileNameParts {
    std::string date;  ///< "2026-11-23"
    std::string stem;
};
std::optional<FileNameParts> match_file_name(std::string_view pattern, std::string_view name);

/// The date in a report's file name, as `{date}` of the feed's patterns finds it.
std::optional<Timestamp> date_in_file_name(FeedDefinition const& feed, std::string_view name);

}  // namespace tocsin::events
