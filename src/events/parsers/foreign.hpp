#pragma once
#include "formats/formats.hpp"

#include <memory>
#include <string>
#include <string_view>

/// Formats of other teams' events, turned into lines of the IntelMQ Data Format.
namespace tocsin::events {

/// IDEA0 objects, one, in an array or in lines. One event for each source address, at most 4096 of an object; an object
/// without a source is one event with its target.
///
/// Source: https://idea.cesnet.cz/en/definition. An object that is not IDEA0 gives a line that is rejected.
std::unique_ptr<formats::ByteSource> idea_events(std::unique_ptr<formats::ByteSource> source, std::size_t record_bytes);

/// An X-ARF report: a whole mail (its reports, wherever they are attached), the YAML part of versions 0.1 and 0.2, or
/// JSON of versions 2 to 4 (one report or an array of them). At most 64 MiB.
///
/// Source: x-arf specification 0.2 (abusix), https://xarf.org (versions 3 and 4).
std::unique_ptr<formats::ByteSource> xarf_events(std::unique_ptr<formats::ByteSource> source);

/// The type of the Reference Security Incident Taxonomy for a category of IDEA0, as "Recon.Scanning"; "undetermined"
/// for one that is not known. And back.
std::string_view type_of_idea_category(std::string_view category);
std::string_view idea_category_of_type(std::string_view type);

/// Of an X-ARF report type, as "login-attack", "LoginAttack", "port_scan".
std::string_view type_of_xarf(std::string_view report_type);

}  // namespace tocsin::events
