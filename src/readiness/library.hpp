#pragma once
#include "readiness/catalogue_check.hpp"
#include "readiness/framework.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::readiness {

/// All catalogues that are known: those of the program, and those of one's own, which replace ours of the same id and
/// version. Immutable once read; safe from any thread.
class Library {
  public:
    /// Errors: Code::internal when a catalogue of the program is faulty.
    static Result<Library> open(std::filesystem::path const& own);

    std::vector<Framework> const& frameworks() const { return frameworks_; }
    std::vector<Crosswalk> const& crosswalks() const { return crosswalks_; }
    std::vector<Profile> const& profiles() const { return profiles_; }
    Countries const& countries() const { return countries_; }
    std::vector<Proposals> const& proposals() const { return proposals_; }

    /// By "sim3-v2i", or by "sim3": its newest version. Errors: Code::not_found, naming those there are.
    Result<Framework const*> framework(std::string_view name) const;
    Result<Profile const*> profile(std::string_view id) const;
    /// A file of one's own that was left out, and why.
    struct Broken {
        std::string file;
        std::vector<CatalogueFault> faults;
    };
    std::vector<Broken> const& broken() const { return broken_; }

  private:
    void add(CatalogueContent content, bool is_own);

    std::vector<Framework> frameworks_;
    std::vector<Crosswalk> crosswalks_;
    std::vector<Profile> profiles_;
    Countries countries_;
    std::vector<Proposals> proposals_;
    std::vector<Broken> broken_;
};

}  // namespace tocsin::readiness
