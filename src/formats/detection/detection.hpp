#pragma once
#include "base/base.hpp"
#include "formats/observable.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Files that tools of defence load: rules, zones, sets and lists of what is to be noticed or blocked.
namespace tocsin::formats::detection {

/// One value to look for, and why.
struct Entry {
    Observable observable;  ///< normalised
    std::string id;         ///< of the indicator: "indicator--..."
    std::string name = {};
    int confidence = -1;  ///< 0 to 100; -1: not said
    std::string reference = {};
    std::optional<Timestamp> valid_until = {};
};

/// A rule that an indicator is itself (its pattern, of a pattern_type that is not "stix").
struct OwnRule {
    std::string id;    ///< of the indicator
    std::string text;  ///< as it came
};

/// What the file says of itself in the comments above its entries.
struct Head {
    std::string title;
    std::string marking;  ///< "TLP:AMBER"
    std::vector<std::string> notes = {};
};

/// Takes the file piece by piece. Its first error ends the writing.
using Sink = std::function<Status(std::string_view)>;

struct Written {
    std::size_t entries = 0;   ///< that are in the file
    std::size_t left_out = 0;  ///< that this format has no form for
    std::size_t own_rules = 0;
    /// Ids of indicators whose own rules are not in the file, with the reason.
    std::vector<std::pair<std::string, std::string>> own_left_out = {};
};

/// One kind of file.
struct Format {
    std::string_view name;                  ///< "suricata"; as in addresses and on the command line
    std::string_view media_type;            ///< with its charset
    std::string_view extension;             ///< ".rules"
    std::string_view comment;               ///< what begins a line of comment: "# "
    std::span<ObservableKind const> kinds;  ///< that it has a form for; empty: all
    std::string_view language = {};         ///< pattern_type of own rules that it takes; empty: none

    bool takes(ObservableKind kind) const;
};

/// All formats, in the order of their names.
std::span<Format const> formats();
/// By name; nullptr for a name that is none.
Format const* format_named(std::string_view name);

/// Sorts by value and leaves one entry for each: of several the one of the highest confidence, among equals that of the
/// smallest id. So the same indicators give the same file in whatever order they were found.
void put_in_order(std::vector<Entry>& entries);

/// Writes a file. The same entries in the same order give the same bytes; rule numbers and UUIDs come from the
/// indicator's id and the value, so they stay when others come and go.
///
/// Nothing in an entry can break out of its place in the file: names are made plain (see `plain`), values with control
/// characters or line ends have no form in any format. A domain stands for all names below it, too.
///
/// Own rules keep their text, but for numbers and names that are taken already. They come behind the entries when they
/// are closed in themselves (quotes, brackets, documents), harmless to the other rules (no includes, no scripts, no
/// files, no passes, no global rules) and say all that they use; others are listed with their reason at the end of the
/// file. That does not prove that the tool takes them. Errors: the sink's.
Result<Written> write(Format const& format, Head const& head, std::span<Entry const> entries, Sink const& sink,
                      std::span<OwnRule const> own_rules = {});

/// Text for people that can stand anywhere in any of the files: quotes, brackets, `;`, `|`, `\`, `$`, control and
/// direction characters and line ends become blanks; at most 200 bytes. Idempotent.
std::string plain(std::string_view text);

}  // namespace tocsin::formats::detection
