#pragma once
#include "base/base.hpp"
#include "formats/taxii/remarks.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The resources of TAXII 2.1, read and written.
///
/// Writers make what the standard wants to the letter: times with six digits, nothing that is empty. Readers take what
/// servers really send: what is odd but can be understood is noted in `remarks`, a member of a list that can't be used
/// is left out with a remark, unknown properties are passed over. Limits of readers: 16 MiB, depth 64, 100,000 members
/// of a list. Errors of readers: Code::invalid, naming the property, when the whole can't be used; Code::limit.
namespace tocsin::formats::taxii {

/// Section 4.1.
struct Discovery {
    std::string title, description, contact;
    std::string default_root;
    std::vector<std::string> api_roots;  ///< as written: a URL, or a path from the server's root

    friend bool operator==(Discovery const&, Discovery const&) = default;
};
Result<Discovery> read_discovery(std::string_view json, Remarks& remarks);
std::string write(Discovery const& discovery);

/// Section 4.2.
struct ApiRoot {
    std::string title, description;
    std::vector<std::string> versions;
    std::int64_t max_content_length = 0;  ///< bytes; 0: it did not say

    friend bool operator==(ApiRoot const&, ApiRoot const&) = default;
};
/// `remarks` tells when 2.1 is not among the versions.
Result<ApiRoot> read_api_root(std::string_view json, Remarks& remarks);
std::string write(ApiRoot const& root);

/// Section 5.1.1. What a server does not say about rights is no right.
struct Collection {
    std::string id, title, description, alias;
    bool can_read = false, can_write = false;
    std::vector<std::string> media_types;  ///< empty: STIX of any version

    friend bool operator==(Collection const&, Collection const&) = default;
};
Result<Collection> read_collection(std::string_view json, Remarks& remarks);
std::string write(Collection const& collection);
/// Section 5.1: in the server's order.
Result<std::vector<Collection>> read_collections(std::string_view json, Remarks& remarks);
std::string write(std::vector<Collection> const& collections);

/// Section 5.3.1: one version of one object.
struct ManifestRecord {
    std::string id;
    Timestamp date_added;
    std::string version;  ///< `modified` as the object has it; compare instants
    std::string media_type;

    friend bool operator==(ManifestRecord const&, ManifestRecord const&) = default;
};
/// Section 5.3. `next` is not in its text but in all servers that page.
struct Manifest {
    bool more = false;
    std::string next;
    std::vector<ManifestRecord> objects;

    friend bool operator==(Manifest const&, Manifest const&) = default;
};
Result<Manifest> read_manifest(std::string_view json, Remarks& remarks);
std::string write(Manifest const& manifest);

/// Section 5.8.1.
struct Versions {
    bool more = false;
    std::string next;
    std::vector<std::string> versions;  ///< as the objects have them

    friend bool operator==(Versions const&, Versions const&) = default;
};
Result<Versions> read_versions(std::string_view json, Remarks& remarks);
std::string write(Versions const& versions);

/// Section 4.3.1.
struct StatusDetail {
    std::string id, version;
    std::string message;

    friend bool operator==(StatusDetail const&, StatusDetail const&) = default;
};
/// Section 4.3: what became of objects that were pushed.
struct PushStatus {
    std::string id;
    bool is_complete = false;
    std::optional<Timestamp> request_time;
    std::int64_t total_count = 0, success_count = 0, failure_count = 0, pending_count = 0;
    std::vector<StatusDetail> successes, failures, pendings;  ///< need not be there

    friend bool operator==(PushStatus const&, PushStatus const&) = default;
};
/// A status that says neither complete nor pending is complete when nothing is pending.
Result<PushStatus> read_status(std::string_view json, Remarks& remarks);
std::string write(PushStatus const& status);

/// Section 3.6.1.
struct ErrorMessage {
    std::string title, description, error_id, error_code;
    int http_status = 0;           ///< 0: not said; written as a text
    std::string external_details;  ///< a URL
    std::string details;           ///< a JSON object as text; empty: none

    friend bool operator==(ErrorMessage const&, ErrorMessage const&) = default;
};
Result<ErrorMessage> read_error(std::string_view json);
std::string write(ErrorMessage const& message);
/// One line for logs and screens out of the body of any answer that is no success: its title and description, the
/// beginning of what is no JSON, or "". No control characters, at most 300 bytes.
std::string told_by(std::string_view body);

}  // namespace tocsin::formats::taxii
