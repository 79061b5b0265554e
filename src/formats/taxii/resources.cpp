#include "formats/taxii/resources.hpp"

#include "formats/json_tree.hpp"
#include "formats/taxii/media_type.hpp"
#include "formats/taxii/time.hpp"

#include <algorithm>

namespace tocsin::formats::taxii {
namespace {

constexpr std::size_t most_members = 100'000;
constexpr std::size_t longest_told = 300;

/// One object being read: its members by name, and what is odd about them.
class Reader {
  public:
    Reader(JsonValue object, std::string where, Remarks& remarks)
        : object_(object), where_(std::move(where)), remarks_(remarks) {}

    std::string text(std::string_view name) {
        auto const value = object_[name];
        if (value && !value.is_text()) wrong(name, "a text");
        return std::string(value.text());
    }
    std::string required_text(std::string_view name) {
        if (!object_[name]) missing(name);
        return text(name);
    }
    bool truth(std::string_view name) {
        auto const value = object_[name];
        if (value && !value.is_boolean()) wrong(name, "true or false");
        return value.is_true();
    }
    bool required_truth(std::string_view name) {
        if (!object_[name]) missing(name);
        return truth(name);
    }
    std::int64_t required_count(std::string_view name) {
        auto const value = object_[name];
        auto const number = value.integer();
        if (!value) missing(name);
        if (value && (!number || *number < 0)) wrong(name, "a whole number");
        return std::max<std::int64_t>(number.value_or(0), 0);
    }
    std::optional<Timestamp> time(std::string_view name) {
        auto const written = text(name);
        if (written.empty()) return std::nullopt;
        if (auto const exact = parse_time(written)) {
            if (!exact->is_exact) remarks_.note(Oddity::inexact_time, where(name) + " " + written);
            return exact->time;
        }
        auto const loose = parse_timestamp(written);
        remarks_.note(Oddity::wrong_value, fmt::format("{}: a time, not {}", where(name), written));
        if (!loose) return std::nullopt;
        return *loose;
    }
    /// The members of a list; an object that stands alone where a list is due is no list.
    JsonValue list(std::string_view name) {
        auto const value = object_[name];
        if (!value) return {};
        if (!value.is_array()) {
            wrong(name, "a list");
            return {};
        }
        if (value.size() == 0) remarks_.note(Oddity::empty_list, where(name));
        return value;
    }
    std::vector<std::string> texts(std::string_view name) {
        std::vector<std::string> result;
        for (auto const value : list(name)) {
            if (value.is_text()) {
                result.emplace_back(value.text());
            } else {
                wrong(name, "texts");
            }
        }
        return result;
    }
    std::string raw_object(std::string_view name) {
        auto const value = object_[name];
        if (value && !value.is_object()) wrong(name, "an object");
        return value.is_object() ? std::string(value.raw()) : std::string();
    }

    void missing(std::string_view name) { remarks_.note(Oddity::missing_property, where(name)); }
    void wrong(std::string_view name, std::string_view expected) {
        remarks_.note(Oddity::wrong_value, fmt::format("{}: expected {}", where(name), expected));
    }
    std::string where(std::string_view name) const {
        return where_.empty() ? std::string(name) : fmt::format("{}.{}", where_, name);
    }
    Remarks& remarks() { return remarks_; }

  private:
    JsonValue object_;
    std::string where_;
    Remarks& remarks_;
};

Status open(JsonTree& tree, std::string_view json, std::string_view what) {
    if (json.starts_with("\xef\xbb\xbf")) json.remove_prefix(3);
    if (auto const status = tree.parse(json); !status) return std::unexpected(status.error().during(what));
    if (!tree.root().is_object()) return fail(Code::invalid, fmt::format("{}: expected a JSON object", what));
    return {};
}

/// Reads the members of a list with `read`, which gives nothing for one that can't be used.
template <class T, class Read>
Result<std::vector<T>> read_list(Reader& reader, std::string_view name, Read const& read) {
    std::vector<T> result;
    auto const list = reader.list(name);
    if (list.size() > most_members)
        return fail(Code::limit, fmt::format("{}: more than {} members", name, most_members));
    std::size_t number = 0;
    for (auto const value : list) {
        auto const where = fmt::format("{}[{}]", name, number++);
        if (!value.is_object()) {
            reader.wrong(where, "an object");
            continue;
        }
        Reader member(value, where, reader.remarks());
        if (std::optional<T> item = read(member)) result.push_back(*std::move(item));
    }
    return result;
}

std::optional<Collection> collection_of(Reader& reader) {
    Collection result;
    result.id = reader.required_text("id");
    if (result.id.empty()) return std::nullopt;
    result.title = reader.required_text("title");
    result.description = reader.text("description");
    result.alias = reader.text("alias");
    result.can_read = reader.required_truth("can_read");
    result.can_write = reader.required_truth("can_write");
    result.media_types = reader.texts("media_types");
    return result;
}

std::optional<ManifestRecord> record_of(Reader& reader) {
    ManifestRecord result;
    result.id = reader.required_text("id");
    auto const added = reader.time("date_added");
    if (!added) reader.missing("date_added");
    if (result.id.empty() || !added) return std::nullopt;
    result.date_added = *added;
    result.version = reader.required_text("version");
    result.media_type = reader.text("media_type");
    return result;
}

std::optional<StatusDetail> detail_of(Reader& reader) {
    StatusDetail result;
    result.id = reader.required_text("id");
    result.version = reader.required_text("version");
    result.message = reader.text("message");
    if (result.id.empty()) return std::nullopt;
    return result;
}

void check_counts(PushStatus const& status, Reader& reader) {
    auto const fits = [](std::vector<StatusDetail> const& details, std::int64_t count) {
        return details.empty() || static_cast<std::int64_t>(details.size()) == count;
    };
    bool const is_sum = status.success_count + status.failure_count + status.pending_count == status.total_count;
    bool const is_whole = fits(status.successes, status.success_count) && fits(status.failures, status.failure_count) &&
                          fits(status.pendings, status.pending_count);
    if (is_sum && is_whole && !(status.is_complete && status.pending_count > 0)) return;
    reader.remarks().note(Oddity::counts_differ,
                          fmt::format("{} in all, {} well, {} failed, {} pending", status.total_count,
                                      status.success_count, status.failure_count, status.pending_count));
}

void write_texts(JsonWriter& json, std::string_view name, std::vector<std::string> const& texts) {
    if (texts.empty()) return;
    json.key(name).array();
    for (auto const& text : texts) json.value(text);
    json.end();
}

void write_collection(JsonWriter& json, Collection const& collection) {
    json.object().field("id", collection.id).field("title", collection.title);
    json.field_unless_empty("description", collection.description);
    json.field_unless_empty("alias", collection.alias);
    json.field("can_read", collection.can_read).field("can_write", collection.can_write);
    write_texts(json, "media_types", collection.media_types);
    json.end();
}

void write_details(JsonWriter& json, std::string_view name, std::vector<StatusDetail> const& details) {
    if (details.empty()) return;
    json.key(name).array();
    for (auto const& detail : details) {
        json.object().field("id", detail.id).field("version", detail.version);
        json.field_unless_empty("message", detail.message).end();
    }
    json.end();
}

void write_paging(JsonWriter& json, bool more, std::string_view next) {
    if (more) json.field("more", true);
    if (more) json.field_unless_empty("next", next);
}

}  // namespace

Result<Discovery> read_discovery(std::string_view json, Remarks& remarks) {
    JsonTree tree;
    CHECK(open(tree, json, "discovery"));
    Reader reader(tree.root(), "", remarks);
    Discovery result;
    result.title = reader.required_text("title");
    result.description = reader.text("description");
    result.contact = reader.text("contact");
    result.default_root = reader.text("default");
    result.api_roots = reader.texts("api_roots");
    if (result.api_roots.size() > most_members) return fail(Code::limit, "discovery: too many API roots");
    bool const is_listed = std::ranges::find(result.api_roots, result.default_root) != result.api_roots.end();
    if (!result.default_root.empty() && !is_listed) reader.wrong("default", "one of api_roots");
    return result;
}

std::string write(Discovery const& discovery) {
    JsonWriter json;
    json.object().field("title", discovery.title);
    json.field_unless_empty("description", discovery.description);
    json.field_unless_empty("contact", discovery.contact);
    json.field_unless_empty("default", discovery.default_root);
    write_texts(json, "api_roots", discovery.api_roots);
    return std::move(json.end()).text();
}

Result<ApiRoot> read_api_root(std::string_view json, Remarks& remarks) {
    JsonTree tree;
    CHECK(open(tree, json, "API root"));
    Reader reader(tree.root(), "", remarks);
    ApiRoot result;
    result.title = reader.required_text("title");
    result.description = reader.text("description");
    result.versions = reader.texts("versions");
    result.max_content_length = reader.required_count("max_content_length");
    bool const is_ours = std::ranges::any_of(
        result.versions, [](std::string const& version) { return kind_of_content(version) == ContentKind::taxii; });
    if (!is_ours) reader.wrong("versions", version_text);
    return result;
}

std::string write(ApiRoot const& root) {
    JsonWriter json;
    json.object().field("title", root.title);
    json.field_unless_empty("description", root.description);
    write_texts(json, "versions", root.versions);
    json.field("max_content_length", root.max_content_length);
    return std::move(json.end()).text();
}

Result<Collection> read_collection(std::string_view json, Remarks& remarks) {
    JsonTree tree;
    CHECK(open(tree, json, "collection"));
    Reader reader(tree.root(), "", remarks);
    auto collection = collection_of(reader);
    if (!collection) return fail(Code::invalid, "collection: expected an id");
    return *std::move(collection);
}

std::string write(Collection const& collection) {
    JsonWriter json;
    write_collection(json, collection);
    return std::move(json).text();
}

Result<std::vector<Collection>> read_collections(std::string_view json, Remarks& remarks) {
    JsonTree tree;
    CHECK(open(tree, json, "collections"));
    Reader reader(tree.root(), "", remarks);
    return read_list<Collection>(reader, "collections", collection_of);
}

std::string write(std::vector<Collection> const& collections) {
    JsonWriter json;
    json.object();
    if (!collections.empty()) {
        json.key("collections").array();
        for (auto const& collection : collections) write_collection(json, collection);
        json.end();
    }
    return std::move(json.end()).text();
}

Result<Manifest> read_manifest(std::string_view json, Remarks& remarks) {
    JsonTree tree;
    CHECK(open(tree, json, "manifest"));
    Reader reader(tree.root(), "", remarks);
    Manifest result;
    result.more = reader.truth("more");
    result.next = reader.text("next");
    TRY(result.objects, read_list<ManifestRecord>(reader, "objects", record_of));
    return result;
}

std::string write(Manifest const& manifest) {
    JsonWriter json;
    json.object();
    write_paging(json, manifest.more, manifest.next);
    if (!manifest.objects.empty()) {
        json.key("objects").array();
        for (auto const& record : manifest.objects) {
            json.object().field("id", record.id).field("date_added", format_time(record.date_added));
            json.field("version", record.version).field_unless_empty("media_type", record.media_type).end();
        }
        json.end();
    }
    return std::move(json.end()).text();
}

Result<Versions> read_versions(std::string_view json, Remarks& remarks) {
    JsonTree tree;
    CHECK(open(tree, json, "versions"));
    Reader reader(tree.root(), "", remarks);
    Versions result;
    result.more = reader.truth("more");
    result.next = reader.text("next");
    result.versions = reader.texts("versions");
    if (result.versions.size() > most_members) return fail(Code::limit, "versions: too many");
    return result;
}

std::string write(Versions const& versions) {
    JsonWriter json;
    json.object();
    write_paging(json, versions.more, versions.next);
    write_texts(json, "versions", versions.versions);
    return std::move(json.end()).text();
}

Result<PushStatus> read_status(std::string_view json, Remarks& remarks) {
    JsonTree tree;
    CHECK(open(tree, json, "status"));
    Reader reader(tree.root(), "", remarks);
    PushStatus result;
    result.id = reader.required_text("id");
    auto const state = reader.required_text("status");
    result.request_time = reader.time("request_timestamp");
    result.total_count = reader.required_count("total_count");
    result.success_count = reader.required_count("success_count");
    result.failure_count = reader.required_count("failure_count");
    result.pending_count = reader.required_count("pending_count");
    TRY(result.successes, read_list<StatusDetail>(reader, "successes", detail_of));
    TRY(result.failures, read_list<StatusDetail>(reader, "failures", detail_of));
    TRY(result.pendings, read_list<StatusDetail>(reader, "pendings", detail_of));
    bool const is_known = state == "complete" || state == "pending";
    if (!is_known && !state.empty()) reader.wrong("status", "complete or pending");
    result.is_complete = is_known ? state == "complete" : result.pending_count == 0;
    check_counts(result, reader);
    return result;
}

std::string write(PushStatus const& status) {
    JsonWriter json;
    json.object().field("id", status.id).field("status", status.is_complete ? "complete" : "pending");
    if (status.request_time) json.field("request_timestamp", format_time(*status.request_time));
    json.field("total_count", status.total_count).field("success_count", status.success_count);
    write_details(json, "successes", status.successes);
    json.field("failure_count", status.failure_count);
    write_details(json, "failures", status.failures);
    json.field("pending_count", status.pending_count);
    write_details(json, "pendings", status.pendings);
    return std::move(json.end()).text();
}

Result<ErrorMessage> read_error(std::string_view json) {
    JsonTree tree;
    CHECK(open(tree, json, "error message"));
    Remarks ignored;
    Reader reader(tree.root(), "", ignored);
    ErrorMessage result;
    result.title = reader.text("title");
    result.description = reader.text("description");
    result.error_id = reader.text("error_id");
    result.error_code = reader.text("error_code");
    auto const status = tree.root()["http_status"];
    auto const number = status.is_text() ? parse_int(status.text()) : status.integer();
    if (number && *number >= 100 && *number <= 999) result.http_status = static_cast<int>(*number);
    result.external_details = reader.text("external_details");
    result.details = reader.raw_object("details");
    return result;
}

std::string write(ErrorMessage const& message) {
    JsonWriter json;
    json.object().field("title", message.title);
    json.field_unless_empty("description", message.description);
    json.field_unless_empty("error_id", message.error_id);
    json.field_unless_empty("error_code", message.error_code);
    if (message.http_status != 0) json.field("http_status", std::to_string(message.http_status));
    json.field_unless_empty("external_details", message.external_details);
    if (!message.details.empty()) json.key("details").raw(message.details);
    return std::move(json.end()).text();
}

std::string told_by(std::string_view body) {
    auto const message = read_error(body);
    if (!message) return one_line(trimmed(body), longest_told);
    auto text = message->title;
    if (!message->description.empty() && message->description != text)
        text += (text.empty() ? "" : ": ") + message->description;
    return one_line(text, longest_told);
}

}  // namespace tocsin::formats::taxii
