#pragma once
#include "formats/formats.hpp"
#include "intelligence/intelligence.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Indicators out of what is no STIX and no MISP: tables, OpenIOC, reports as text, HTML or PDF.
namespace tocsin::sharing {

struct Candidate {
    std::string kind;   ///< formats::name_of of its value, or yara, sigma, suricata
    std::string value;  ///< normalised; of a rule its text
    std::string comment = {};
    std::vector<std::string> labels = {};
    std::optional<Timestamp> valid_until = {};
    std::optional<int> confidence = {};
    std::uint64_t line = 0;                    ///< where it stands, from 1; 0: not known
    std::uint32_t count = 1;                   ///< how often
    std::vector<std::string> known_good = {};  ///< the lists that hold it
};
/// What is no indicator, or none that stands by itself.
struct SetAside {
    std::uint64_t line = 0;
    std::string field, expected, as_it_came;
    std::string columns = {};  ///< of a table
};
struct Candidates {
    std::vector<Candidate> found;  ///< each once
    std::vector<SetAside> aside;
    std::size_t left_out = 0;  ///< beyond a limit

    /// Tells of each which lists hold it.
    void compare(intelligence::KnownGood const& lists);
};

struct TableOptions {
    std::vector<std::string> columns =
        {};  ///< their names in order, "-" for one that says nothing; else the first line
    std::size_t bytes = std::size_t{64} << 20;
    std::size_t rows = 200'000;
};
/// A table (RFC 4180; also with ";" or tabs): value, type, comment, labels, valid_until, confidence, under the names
/// people give them. Lines that begin with # are comments; a table of one column needs no header. A type is one of ours
/// or of MISP's; without it the value tells. Rows that can't be read are set aside with line, column and what was
/// expected. Errors: Code::invalid when there is no column of values; Code::limit.
Result<Candidates> candidates_of_table(std::string_view csv, TableOptions const& options = {});

/// Each value that is a match by itself; others are set aside. Errors: those of openioc::read.
Result<Candidates> candidates_of_openioc(std::string_view xml);

enum class ReportFormat : std::uint8_t { text, html, pdf };
std::string_view name_of(ReportFormat format);
/// By name; an empty name looks at how the body begins.
ReportFormat report_format_of(std::string_view named, std::string_view body);
/// What a person reads of it, with the targets of links behind: they are what one would click. Errors: of the format.
Result<std::string> readable(ReportFormat format, std::string const& body);
/// What formats::extract finds in it, refanged, with the line around as comment; its rules too.
Result<Candidates> candidates_of_report(ReportFormat format, std::string const& body);

/// Who makes objects of them, and how they are marked.
struct Maker {
    std::string team;
    gate::Marking marking;
    Timestamp now;
};
/// Takes candidates and what was set aside into the store, as objects of the team. The same candidate has the same id
/// for ever: what says nothing new is known, else it is a new version. What was set aside is counted as rejected.
/// Errors: those of Intelligence::import.
Result<intelligence::ImportTotals> keep(intelligence::Intelligence& intelligence, Candidates const& candidates,
                                        Maker const& maker, intelligence::ImportRequest const& request,
                                        access::Principal const& by);

/// "stix", "misp", "csv", "openioc", "pdf", "html", "text": by how a file begins and what it is called.
std::string_view import_format_of(std::string_view start, std::string_view file_name);

}  // namespace tocsin::sharing
