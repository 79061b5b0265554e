#pragma once
#include "base/base.hpp"
#include "formats/formats.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

/// What a list says of itself.
struct KnownGoodList {
    std::string name, description, source, date;
    std::string type;  ///< cidr, hostname, string, substring, regex
    std::int64_t version = 0;
    std::size_t entries = 0;
    bool is_own = false;  ///< of the data directory, not of the program
};

void append(JsonWriter& json, KnownGoodList const& list);

/// Lists of values that are known to be good, or that one had better not block: reserved and shared networks, public
/// resolvers, top sites. They warn before one shares or blocks; they decide nothing.
///
/// The files have the form of MISP warning lists: name, version, description, type, matching_attributes, list. A list
/// without `matching_attributes` is for values of every kind. How a list compares:
///   cidr       an address or network that shares an address with one of the list
///   hostname   a name of the list, and every name below it
///   string     the value itself, whatever its case
///   substring  a value that holds it
///   regex      a value in which the expression (PCRE2, also as /expression/i) matches
/// Of a URL, cidr and hostname lists that are for URLs look at the host. Immutable; safe from any thread.
class KnownGood {
  public:
    struct File {
        std::string name;  ///< for messages
        std::string_view json;
        bool is_own = false;
    };

    /// Errors: Code::invalid with the file, the list's entry and what was expected; Code::limit.
    static Result<std::unique_ptr<KnownGood>> read(std::span<File const> files);
    /// The program's lists and those of `directory`/known-good/*.json, which need not exist. Of two lists of one name
    /// the directory's counts. A file of the directory that can't be read is logged and left out. Without
    /// `documentation`, the addresses and names that are for examples count as any other.
    static Result<std::unique_ptr<KnownGood>> open(std::filesystem::path const& directory, bool documentation = true);

    ~KnownGood();
    std::span<KnownGoodList const> lists() const;
    /// The names of the lists that hold the value, which is normalised; in the order of `lists`. Cost: a few look-ups,
    /// and a walk over the substrings and expressions.
    std::vector<std::string_view> lists_with(formats::Observable const& value) const;
    /// The same for a text of any kind: an address, a name, a URL, a hash.
    std::vector<std::string_view> lists_with(std::string_view text) const;

  private:
    struct Tables;
    KnownGood();
    std::unique_ptr<Tables> tables_;
};

}  // namespace tocsin::intelligence
