#pragma once
#include "base/base.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

/// Lines of logs taken apart into named texts: syslog, CEF, LEEF, key=value.
namespace tocsin::formats {

struct LineField {
    std::string_view name;
    std::string_view text;
};

/// The named texts of one line; views into the line, or into texts kept here. Lives until the next `clear`.
/// Limits: 1024 names; more are left out.
class LineFields {
  public:
    void clear() {
        fields_.clear();
        kept_.clear();
    }
    void put(std::string_view name, std::string_view text);
    std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
    std::vector<LineField> const& all() const { return fields_; }
    std::string_view get(std::string_view name) const;

  private:
    std::vector<LineField> fields_;
    std::deque<std::string> kept_;
};

/// Takes the head off a syslog line and returns the message; fields are named `prefix` + time, host, app, pid, msgid,
/// facility, severity (names as "auth", "err"), and sd.<id>.<param>.
///
/// Source: RFC 5424 section 6, RFC 3164 section 4; also without the priority, as files of rsyslog have it, and with an
/// RFC 3339 time. A line without such a head is its own message, and gives no field.
std::string_view take_syslog_head(std::string_view line, std::string_view prefix, LineFields& into);

/// ArcSight Common Event Format, from "CEF:" on: version, vendor, product, product_version, signature, name, severity,
/// then the extension's keys. A key with a label (cs1, cs1Label) is there under its label too.
/// Errors: Code::invalid for another line.
Status read_cef(std::string_view line, LineFields& into);

/// IBM Log Event Extended Format 1.0 and 2.0, from "LEEF:" on: version, vendor, product, product_version, event_id,
/// then the attributes. Errors: Code::invalid for another line.
Status read_leef(std::string_view line, LineFields& into);

struct PairDialect {
    char separator = ' ';
    char assign = '=';
};
/// key=value pairs; a value may stand in double quotes, with \" inside. What has no assignment is left out.
/// Errors: Code::invalid when there is no pair at all.
Status read_pairs(std::string_view line, PairDialect dialect, LineFields& into);

}  // namespace tocsin::formats
