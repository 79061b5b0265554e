#include "api/taxii.hpp"

#include "api/request_target.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace tocsin::api {
namespace {

using gate::Cleared;
using intelligence::Object;

constexpr std::string_view media_type = "application/taxii+json;version=2.1";
constexpr std::string_view stix_type = "application/stix+json;version=2.1";
constexpr std::size_t most_on_a_page = 5000, usual_page = 1000;
constexpr std::string_view methods_read = "GET, HEAD";

/// TAXII 2.1 section 3.2: exactly six digits of fraction.
std::string taxii_time(Timestamp time) {
    auto const whole = format_timestamp(Timestamp::from_seconds(time.seconds()));
    return fmt::format("{}.{:06}Z", std::string_view(whole).substr(0, whole.size() - 1),
                       time.micros - time.seconds() * 1'000'000);
}

std::string version_of(Object const& object) {
    return object.version_text.empty() ? taxii_time(object.added) : object.version_text;
}

std::string without_spaces(std::string_view text) {
    std::string out;
    for (char const c : lowered(text))
        if (c != ' ' && c != '\t' && c != '"') out += c;
    return out;
}

/// Whether one of the media ranges of an Accept header takes TAXII 2.1; every range that may mean it does.
bool is_acceptable(std::string_view accept) {
    if (trimmed(accept).empty()) return true;
    for (auto const range : split(accept, ',')) {
        auto const bare = without_spaces(range);
        auto const parts = split(bare, ';');
        auto const type = parts.front();
        bool fits = type == "*/*" || type == "application/*" || type == "application/json" ||
                    type == "application/taxii+json" || type == "application/stix+json";
        for (std::size_t i = 1; i < parts.size(); ++i)
            if (parts[i].starts_with("version=") && parts[i] != "version=2.1") fits = false;
        if (fits) return true;
    }
    return false;
}

bool is_taxii_content(std::string_view content_type) {
    auto const text = without_spaces(content_type);
    return text == "application/taxii+json" || text == media_type;
}

net::HttpResponse answer_json(std::string body, int status = 200) {
    net::HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    response.set("content-type", std::string(media_type));
    response.set("cache-control", "no-store");
    return response;
}

/// TAXII 2.1 section 3.6.1.
net::HttpResponse error_answer(int status, std::string_view title, std::string_view description) {
    JsonWriter json;
    json.object()
        .field("title", title)
        .field_unless_empty("description", description)
        .field("http_status", std::to_string(status))
        .end();
    auto response = answer_json(std::move(json).text(), status);
    if (status == 401) response.set("www-authenticate", "Basic realm=\"taxii\", Bearer");
    return response;
}

net::HttpResponse error_answer(Error const& error) {
    switch (error.code) {
        case Code::invalid:
            return error_answer(400, "Not understood", error.message);
        case Code::limit:
            return error_answer(413, "Too large", error.message);
        case Code::not_found:
            return error_answer(404, "Not found", error.message);
        case Code::denied:
            return error_answer(403, "Not allowed", error.message);
        case Code::conflict:
            return error_answer(409, "Not possible now", error.message);
        case Code::unavailable:
            return error_answer(503, "Not available", error.message);
        case Code::io:
        case Code::internal:
            break;
    }
    log::error("taxii: {}", error.message);
    return error_answer(500, "The server failed", "");
}

/// Filters of TAXII 2.1 section 3.4.
struct Filters {
    std::optional<Timestamp> added_after;
    std::size_t limit = usual_page;
    std::string next;
    std::vector<std::string> ids, types;
    std::vector<Timestamp> versions;
    bool first = false, all = false;
    bool wants_2_1 = true;
};

Status read_versions(std::vector<std::string_view> const& values, Filters& filters) {
    for (auto const value : values) {
        if (value == "last") continue;
        if (value == "first") {
            filters.first = true;
        } else if (value == "all") {
            if (values.size() > 1) return fail(Code::invalid, "match[version]: all stands alone");
            filters.all = true;
        } else {
            auto const time = parse_timestamp(value);
            if (!time || value.find('T') == std::string_view::npos)
                return fail(Code::invalid,
                            fmt::format("match[version]: expected first, last, all or a time, found \"{}\"", value));
            filters.versions.push_back(*time);
        }
    }
    return {};
}

Status read_match(std::string_view field, std::string_view value, Filters& filters) {
    auto const values = split(value, ',');
    if (std::ranges::any_of(values, [](auto one) { return one.empty(); }))
        return fail(Code::invalid, fmt::format("match[{}]: expected values", field));
    if (field == "id") filters.ids.assign(values.begin(), values.end());
    if (field == "type") filters.types.assign(values.begin(), values.end());
    if (field == "version") return read_versions(values, filters);
    if (field == "spec_version") filters.wants_2_1 = std::ranges::any_of(values, [](auto one) { return one == "2.1"; });
    return {};
}

Result<Filters> filters_of(RequestTarget const& target) {
    Filters filters;
    std::map<std::string, int> seen;
    for (auto const& [name, value] : target.query) {
        if (++seen[name] > 1) return fail(Code::invalid, fmt::format("{}: expected once", name));
        if (name == "added_after") {
            auto const time = parse_timestamp(value);
            if (!time || value.find('T') == std::string::npos)
                return fail(Code::invalid,
                            fmt::format("added_after: expected a time of RFC 3339, found \"{}\"", value));
            filters.added_after = *time;
        } else if (name == "limit") {
            bool const is_number =
                !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
            auto const limit = parse_int(value).value_or(is_number ? static_cast<std::int64_t>(most_on_a_page) : 0);
            if (!is_number || limit < 1)
                return fail(Code::invalid, fmt::format("limit: expected a number from 1, found \"{}\"", value));
            filters.limit = std::min<std::size_t>(static_cast<std::size_t>(limit), most_on_a_page);
        } else if (name == "next") {
            if (!parse_int(value)) return fail(Code::invalid, "next: expected what the page before gave");
            filters.next = value;
        } else if (name.starts_with("match[") && name.ends_with("]")) {
            CHECK(read_match(std::string_view(name).substr(6, name.size() - 7), value, filters));
        }
    }
    return filters;
}

/// "12-40,42": which objects of the store a page held, for the disclosure log.
std::string contents_of(std::vector<Cleared<Object>> const& page) {
    std::vector<std::int64_t> seqs;
    for (auto const& object : page) seqs.push_back(object->seq);
    std::ranges::sort(seqs);
    std::string text;
    for (std::size_t i = 0; i < seqs.size();) {
        std::size_t end = i;
        while (end + 1 < seqs.size() && seqs[end + 1] == seqs[end] + 1) ++end;
        text += (text.empty() ? "" : ",") + std::to_string(seqs[i]);
        if (end > i) text += "-" + std::to_string(seqs[end]);
        i = end + 1;
    }
    return text;
}

void add_dates(net::HttpResponse& response, std::vector<Cleared<Object>> const& items) {
    if (items.empty()) return;
    response.set("x-taxii-date-added-first", taxii_time(items.front()->added));
    response.set("x-taxii-date-added-last", taxii_time(items.back()->added));
}

/// {"more":true,"next":"...", and a list under its name; lists that are empty are left out (section 1.6.1).
template <class F>
net::HttpResponse page_answer(intelligence::ObjectPage const& page, std::string_view list, F&& each) {
    std::string body = "{";
    if (!page.next.empty()) body += "\"more\":true,\"next\":\"" + page.next + "\"";
    if (page.next.empty() && !page.items.empty()) body += "\"more\":false";
    if (!page.items.empty()) {
        body += fmt::format(",\"{}\":[", list);
        for (auto const& object : page.items) {
            if (&object != page.items.data()) body += ',';
            each(body, *object);
        }
        body += ']';
    }
    auto response = answer_json(body + "}");
    add_dates(response, page.items);
    return response;
}

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    for (auto const part : split(path, '/'))
        if (!part.empty()) segments.push_back(percent_decoded(part).value_or(""));
    return segments;
}

void put_rights(JsonWriter& json, sharing::Collection const& collection, sharing::CollectionRights const& rights) {
    json.object()
        .field("id", collection.uuid)
        .field("title", collection.title)
        .field_unless_empty("description", collection.description)
        .field_unless_empty("alias", collection.alias)
        .field("can_read", rights.can_read)
        .field("can_write", rights.can_write)
        .key("media_types")
        .array()
        .value(stix_type)
        .end()
        .end();
}

}  // namespace

struct Taxii::Caller {
    access::Principal principal;
    std::optional<sharing::Peer> peer;
    gate::Recipient recipient;
};

struct Taxii::Asked {
    Caller caller;
    net::Method method;
    std::vector<std::string> path;  ///< behind /taxii2/root
    RequestTarget target;
    std::string const& body;
    std::string_view content_type;
};

/// Bearer, or the key as the password of Basic (whatever the name).
Result<Taxii::Caller> Taxii::caller_of(net::HttpRequest const& request) const {
    auto const header = request.header("authorization");
    std::string key;
    if (equal_ignoring_case(header.substr(0, 7), "bearer ")) key = trimmed(header.substr(7));
    if (equal_ignoring_case(header.substr(0, 6), "basic "))
        if (auto const text = from_base64(trimmed(header.substr(6))))
            if (auto const colon = text->find(':'); colon != std::string::npos) key = text->substr(colon + 1);
    Caller caller;
    if (!key.empty()) {
        TRY(auto principal,
            doors_.access->key_of(key, {request.peer.address, std::string(request.header("user-agent"))}));
        if (principal) {
            caller.principal = *std::move(principal);
            TRY(caller.peer, doors_.peers->of_key(caller.principal.key));
            if (caller.peer) {
                caller.recipient = caller.peer->recipient();
                return caller;
            }
            if (caller.principal.may(access::Role::viewer)) {
                caller.recipient = gate::Recipient::team(caller.principal);
                return caller;
            }
        }
    }
    return fail(Code::denied, "");
}

sharing::CollectionRights Taxii::rights(Caller const& caller, sharing::Collection const& collection) const {
    bool const may_write = caller.peer ? caller.peer->may_write : caller.principal.may(access::Role::analyst);
    return {.can_read = true, .can_write = collection.is_inbox && may_write};
}

net::HttpResponse Taxii::answer(net::HttpRequest const& request, std::string const& body) {
    auto answer = route(request, body);
    auto response = answer ? *std::move(answer) : error_answer(answer.error());
    if (request.method == net::Method::head) response.body.clear();
    return response;
}

Result<net::HttpResponse> Taxii::route(net::HttpRequest const& request, std::string const& body) {
    auto caller = caller_of(request);
    if (!caller && caller.error().code == Code::denied)
        return error_answer(401, "Not signed in", "Send a key as the password of HTTP Basic, or as a bearer token.");
    if (!caller) return std::unexpected(caller.error());
    if (!is_acceptable(request.header("accept")))
        return error_answer(406, "Not acceptable", fmt::format("This server speaks {}.", media_type));
    TRY(auto target, parse_request_target(request.target));
    auto path = segments_of(target.path);
    path.erase(path.begin());
    bool const reads = request.method == net::Method::get || request.method == net::Method::head;
    if (path.empty()) {
        if (!reads) return error_answer(405, "Not possible here", "Discovery can only be read.");
        JsonWriter json;
        json.object()
            .field("title", doors_.team.empty() ? std::string("Tocsin") : doors_.team)
            .field("description", "TAXII 2.1 of a Tocsin.")
            .field("default", "/taxii2/root/")
            .key("api_roots")
            .array()
            .value("/taxii2/root/")
            .end()
            .end();
        return answer_json(std::move(json).text());
    }
    if (path.front() != "root") return fail(Code::not_found, "There is no such API root.");
    path.erase(path.begin());
    return root({.caller = *std::move(caller),
                 .method = request.method,
                 .path = std::move(path),
                 .target = std::move(target),
                 .body = body,
                 .content_type = request.header("content-type")});
}

Result<net::HttpResponse> Taxii::root(Asked const& asked) {
    auto const& path = asked.path;
    bool const reads = asked.method == net::Method::get || asked.method == net::Method::head;
    if (path.empty() && reads) {
        JsonWriter json;
        json.object().field("title", doors_.team.empty() ? std::string("Tocsin") : doors_.team).key("versions").array();
        json.value(media_type).end().field("max_content_length", most_content).end();
        return answer_json(std::move(json).text());
    }
    if (path.size() == 2 && path[0] == "status" && reads) {
        TRY(auto status, doors_.collections->status(path[1], asked.caller.principal.who));
        return answer_json(std::move(status));
    }
    if (path.size() == 1 && path[0] == "collections" && reads) {
        TRY(auto const collections, doors_.collections->all());
        JsonWriter json;
        json.object();
        if (!collections.empty()) json.key("collections").array();
        for (auto const& collection : collections) put_rights(json, collection, rights(asked.caller, collection));
        if (!collections.empty()) json.end();
        json.end();
        return answer_json(std::move(json).text());
    }
    if (path.size() >= 2 && path[0] == "collections") return collection(asked);
    if (!reads && (path.empty() || path[0] == "status" || path[0] == "collections")) {
        auto response = error_answer(405, "Not possible here", "This resource can only be read.");
        response.set("allow", std::string(methods_read));
        return response;
    }
    return fail(Code::not_found, "There is no such resource.");
}

Result<net::HttpResponse> Taxii::collection(Asked const& asked) {
    TRY(auto const collection, doors_.collections->find(asked.path[1]));
    auto const& path = asked.path;
    bool const reads = asked.method == net::Method::get || asked.method == net::Method::head;
    if (path.size() == 2 && reads) {
        JsonWriter json;
        put_rights(json, collection, rights(asked.caller, collection));
        return answer_json(std::move(json).text());
    }
    if (path.size() == 3 && path[2] == "manifest" && reads) return manifest(asked, collection);
    if (path.size() == 3 && path[2] == "objects" && reads) return objects(asked, collection);
    if (path.size() == 3 && path[2] == "objects" && asked.method == net::Method::post) return add(asked, collection);
    if (path.size() == 4 && path[2] == "objects" && reads) return objects(asked, collection);
    if (path.size() == 4 && path[2] == "objects" && asked.method == net::Method::del)
        return remove(asked, collection, path[3]);
    if (path.size() == 5 && path[2] == "objects" && path[4] == "versions" && reads)
        return versions(asked, collection, path[3]);
    bool const is_known = path.size() <= 5 && (path.size() == 2 || path[2] == "objects" || path[2] == "manifest");
    if (!is_known || reads) return fail(Code::not_found, "There is no such resource.");
    auto response = error_answer(405, "Not possible here", "");
    response.set("allow", std::string(methods_read));
    return response;
}

Result<intelligence::ObjectPage> Taxii::page(Asked const& asked, sharing::Collection const& collection,
                                             std::string const& id, bool all_versions) const {
    TRY(auto const filters, filters_of(asked.target));
    auto filter = collection.filter();
    if (!filters.types.empty()) {
        auto types = filters.types;
        if (!filter.types.empty())
            std::erase_if(
                types, [&](auto const& type) { return std::ranges::find(filter.types, type) == filter.types.end(); });
        if (types.empty()) return intelligence::ObjectPage{};
        filter.types = types;
    }
    filter.ids = id.empty() ? filters.ids : std::vector{id};
    filter.added_after = filters.added_after;
    filter.at_versions = filters.versions;
    filter.versions = all_versions || filters.all ? intelligence::Versions::all
                      : filters.first             ? intelligence::Versions::first
                                                  : intelligence::Versions::last;
    if (!filters.wants_2_1) return intelligence::ObjectPage{};
    TRY(auto page, doors_.intelligence->objects(filter, asked.caller.recipient, intelligence::ObjectOrder::oldest_first,
                                                {.after = filters.next, .limit = filters.limit}));
    if (id.empty()) return page;
    // An id is its whole text; who may not see it is told what who asks for nothing is told.
    std::erase_if(page.items, [&](auto const& object) { return object->id != id; });
    if (page.items.empty()) {
        intelligence::ObjectFilter any = collection.filter();
        any.ids = {id};
        any.versions = intelligence::Versions::all;
        TRY(auto const there,
            doors_.intelligence->objects(any, asked.caller.recipient, intelligence::ObjectOrder::oldest_first,
                                         {.after = {}, .limit = 1}));
        if (there.items.empty() || there.items.front()->id != id)
            return fail(Code::not_found, "There is no such object.");
    }
    return page;
}

Status Taxii::disclose(Caller const& caller, sharing::Collection const& collection,
                       std::vector<Cleared<Object>> const& page) const {
    if (!caller.peer || page.empty()) return {};
    return doors_.ledger->write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, caller.principal, doors_.clock->now(), page, "collection " + collection.uuid,
                                  contents_of(page), "taxii");
    });
}

Result<net::HttpResponse> Taxii::objects(Asked const& asked, sharing::Collection const& collection) {
    auto const id = asked.path.size() == 4 ? asked.path[3] : std::string();
    TRY(auto const page, this->page(asked, collection, id, false));
    CHECK(disclose(asked.caller, collection, page.items));
    return page_answer(page, "objects", [](std::string& body, Object const& object) { body += object.json; });
}

Result<net::HttpResponse> Taxii::manifest(Asked const& asked, sharing::Collection const& collection) {
    TRY(auto const page, this->page(asked, collection, "", false));
    CHECK(disclose(asked.caller, collection, page.items));
    return page_answer(page, "objects", [](std::string& body, Object const& object) {
        JsonWriter json;
        json.object()
            .field("id", object.id)
            .field("date_added", taxii_time(object.added))
            .field("version", version_of(object))
            .field("media_type", stix_type)
            .end();
        body += json.text();
    });
}

Result<net::HttpResponse> Taxii::versions(Asked const& asked, sharing::Collection const& collection,
                                          std::string const& id) {
    TRY(auto const page, this->page(asked, collection, id, true));
    CHECK(disclose(asked.caller, collection, page.items));
    return page_answer(page, "versions",
                       [](std::string& body, Object const& object) { append_json_string(body, version_of(object)); });
}

namespace {

/// What became of each object that was pushed.
struct Fates {
    JsonWriter good, bad;
    std::int64_t stored = 0, failed = 0;

    Fates() {
        good.array();
        bad.array();
    }
    void add(std::string_view id, std::string_view version, std::string_view fault) {
        auto& list = fault.empty() ? good : bad;
        ++(fault.empty() ? stored : failed);
        list.object().field("id", id.empty() ? "unknown" : id).field("version", version);
        list.field_unless_empty("message", fault).end();
    }
    std::string status(Timestamp now) && {
        good.end();
        bad.end();
        JsonWriter json;
        json.object()
            .field("status", "complete")
            .field("request_timestamp", taxii_time(now))
            .field("total_count", stored + failed)
            .field("success_count", stored);
        if (stored > 0) json.key("successes").raw(good.text());
        json.field("failure_count", failed);
        if (failed > 0) json.key("failures").raw(bad.text());
        json.field("pending_count", 0).end();
        return std::move(json).text();
    }
};

/// Brackets that do not belong together mean that something is missing: then nothing of it is taken.
Status check_envelope(std::string const& body) {
    formats::MemorySource source(body);
    formats::stix::BundleReader reader(source);
    while (true) {
        TRY(auto const item, reader.next());
        if (!item) return {};
        if (!item->fault.empty())
            return fail(Code::invalid, fmt::format("object {}, byte {}: {}", item->ordinal, item->offset, item->fault));
    }
}

}  // namespace

Result<net::HttpResponse> Taxii::add(Asked const& asked, sharing::Collection const& collection) {
    if (!rights(asked.caller, collection).can_write) return fail(Code::denied, "You may not write to this collection.");
    if (!is_taxii_content(asked.content_type))
        return error_answer(415, "Not understood", fmt::format("Send the envelope as {}.", media_type));
    if (!trimmed(asked.body).starts_with('{') || !is_utf8(asked.body))
        return error_answer(422, "Not an envelope", "Expected a JSON object with \"objects\".");
    if (auto const whole = check_envelope(asked.body); !whole)
        return error_answer(422, "Not an envelope", whole.error().message);
    Fates fates;
    auto const now = doors_.clock->now();
    intelligence::ImportRequest request;
    request.source.kind = "taxii";
    request.source.name = collection.title;
    request.collection = collection.id;
    if (asked.caller.peer) {
        request.source.name = asked.caller.peer->name;
        request.source.organisation = asked.caller.peer->organisation;
        request.may_relay = asked.caller.peer->may_relay;
    }
    request.each = [&](std::string_view id, std::string_view version, std::string_view fault) {
        fates.add(id, version.empty() ? std::string_view(taxii_time(now)) : version, fault);
    };
    formats::MemorySource source(asked.body);
    auto const totals = doors_.intelligence->import(source, request, asked.caller.principal);
    if (!totals && totals.error().code == Code::invalid)
        return error_answer(422, "Not an envelope", totals.error().message);
    if (!totals) return std::unexpected(totals.error());
    if (totals->objects == 0)
        return error_answer(422, "Nothing in it", "Expected \"objects\" with at least one object.");
    TRY(auto body, doors_.collections->keep_status(asked.caller.principal.who, std::move(fates).status(now)));
    return answer_json(std::move(body), 202);
}

Result<net::HttpResponse> Taxii::remove(Asked const& asked, sharing::Collection const& collection,
                                        std::string const& id) {
    if (!rights(asked.caller, collection).can_write)
        return fail(Code::denied, "You may not take objects out of this collection.");
    TRY(auto const page, this->page(asked, collection, id, true));
    CHECK(doors_.intelligence->take_out(collection.id, page.items, asked.caller.principal));
    return answer_json("");
}

namespace {

class PushSink final : public net::BodySink {
  public:
    PushSink(Taxii& taxii, net::HttpRequest const& request) : taxii_(taxii), request_(request) {}
    Status write(std::string_view bytes) override {
        if (body_.size() + bytes.size() > Taxii::most_content) {
            is_too_large_ = true;
            return fail(Code::limit, "the body is too large");
        }
        body_ += bytes;
        return {};
    }
    net::HttpResponse finish() override {
        if (is_too_large_) return error_answer(413, "Too large", fmt::format("At most {} bytes.", Taxii::most_content));
        return taxii_.answer(request_, body_);
    }

  private:
    Taxii& taxii_;
    net::HttpRequest const& request_;
    std::string body_;
    bool is_too_large_ = false;
};

}  // namespace

std::variant<std::unique_ptr<net::BodySink>, net::HttpResponse> Taxii::open(net::HttpRequest const& request) {
    auto const caller = caller_of(request);
    if (!caller) return answer(request);  // says why
    return std::make_unique<PushSink>(*this, request);
}

}  // namespace tocsin::api
