#pragma once
#include "constituency/readers/statements.hpp"
#include "formats/formats.hpp"

#include <memory>

/// Private to the room: one function for each format. What each field means is said in docs/constituency.md.
namespace tocsin::constituency {

/// Opens the bytes from their beginning (decompressed); may be asked several times.
using OpenBytes = std::function<Result<std::unique_ptr<formats::ByteSource>>()>;

struct ReaderOptions {
    std::string name;     ///< of the file, for messages
    std::string country;  ///< only what is of this country, where the source says countries; empty: all
    Timestamp now;
    std::size_t most_statements = 5'000'000;
    std::size_t most_kept = 1'000'000;  ///< organisations, and contacts, that a reader must hold at once
    std::size_t most_json = std::size_t{64} << 20;
};

/// RPSL (RFC 2622; the RIPE database's classes), in two passes: first organisations, roles and persons, then resources.
/// Memory is bounded by the organisations and contacts, not by the resources.
Status read_rpsl(OpenBytes const& open, ReaderOptions const& options, StatementSink const& sink);
/// RDAP answers (RFC 9083), one or an array of them, or a search's results.
Status read_rdap(std::string_view json, ReaderOptions const& options, StatementSink const& sink);
/// PeeringDB's API answers or its dump: net, org, poc.
Status read_peeringdb(std::string_view json, ReaderOptions const& options, StatementSink const& sink);
/// IntelMQ's contact database: the import's CSV (organization, as_or_cidr, contact, comment), or Fody's JSON ("orgs").
Status read_intelmq(std::string_view bytes, ReaderOptions const& options, StatementSink const& sink);
Status read_tuency(std::string_view json, ReaderOptions const& options, StatementSink const& sink);
Status read_cerebrate(std::string_view json, ReaderOptions const& options, StatementSink const& sink);
/// security.txt (RFC 9116). The holder is "domain:HOST" of the first Canonical, or "" when there is none.
Status read_security_txt(std::string_view bytes, ReaderOptions const& options, StatementSink const& sink);

}  // namespace tocsin::constituency
