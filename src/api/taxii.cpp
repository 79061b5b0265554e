#include "api/taxii.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api {
namespace {

using gate::Cleared;
using intelligence::Object;

namespace taxii = formats::taxii;

constexpr std::size_t most_on_a_page = 5000, usual_page = 1000;
constexpr std::size_t pages_kept = 16, most_kept = std::size_t{2} << 20;
constexpr std::string_view methods_read = "GET, HEAD";

net::HttpResponse answer_json(std::string body, int status = 200) {
    net::HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    response.set("content-type", std::string(taxii::media_type));
    response.set("cache-control", "no-store");
    return response;
}

/// TAXII 2.1 section 3.6.1.
net::HttpResponse error_answer(int status, std::string_view title, std::string_view description) {
    taxii::ErrorMessage message;
    message.title = title;
    message.description = description;
    message.http_status = status;
    auto response = answer_json(taxii::write(message), status);
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

std::string version_of(Object const& object) {
    return object.version_text.empty() ? taxii::format_time(object.added) : object.version_text;
}

void add_dates(net::HttpResponse& response, std::vector<Cleared<Object>> const& items) {
    if (items.empty()) return;
    response.set("x-taxii-date-added-first", taxii::format_time(items.front()->added));
    response.set("x-taxii-date-added-last", taxii::format_time(items.back()->added));
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

taxii::Collection resource_of(sharing::Collection const& collection, sharing::CollectionRights const& rights) {
    return {.id = collection.uuid,
            .title = collection.title,
            .description = collection.description,
            .alias = collection.alias,
            .can_read = rights.can_read,
            .can_write = rights.can_write,
            .media_types = {std::string(taxii::stix_media_type)}};
}

}  // namespace

struct Taxii::Asked {
    Caller caller;
    net::Method method;
    std::vector<std::string> path;  ///< behind /taxii2/root
    std::string query;              ///< as sent, without "?"
    std::string const& body;
    std::string_view content_type;
};

Result<Taxii::Caller> Taxii::caller_of(net::HttpRequest const& request) const {
    return exchange_caller(*doors_.access, *doors_.peers, request);
}

std::string Taxii::title() const {
    return doors_.team.empty() ? "Tocsin" : doors_.team;
}

sharing::CollectionRights Taxii::rights(Caller const& caller, sharing::Collection const& collection) const {
    bool const may_write = caller.peer ? caller.peer->may_write : caller.principal.may(access::Role::analyst);
    return {.can_read = true, .can_write = collection.is_inbox && may_write};
}

net::HttpResponse Taxii::answer(net::HttpRequest const& request, std::string const& body) {
    auto answer = route(request, body);
    auto response = answer ? *std::move(answer) : error_answer(answer.error());
    if (request.method == net::Method::head) response.body.clear(), response.fixed_body = {};
    return response;
}

Result<net::HttpResponse> Taxii::route(net::HttpRequest const& request, std::string const& body) {
    auto caller = caller_of(request);
    if (!caller && caller.error().code == Code::denied)
        return error_answer(401, "Not signed in", "Send a key as the password of HTTP Basic, or as a bearer token.");
    if (!caller) return std::unexpected(caller.error());
    if (!taxii::accepts_taxii(request.header("accept")))
        return error_answer(406, "Not acceptable", fmt::format("This server speaks {}.", taxii::media_type));
    auto const question = request.target.find('?');
    auto path = segments_of(std::string_view(request.target).substr(0, question));
    if (path.empty()) return fail(Code::not_found, "There is no such resource.");
    path.erase(path.begin());
    bool const reads = request.method == net::Method::get || request.method == net::Method::head;
    if (path.empty()) {
        if (!reads) return error_answer(405, "Not possible here", "Discovery can only be read.");
        taxii::Discovery discovery;
        discovery.title = title();
        discovery.description = "TAXII 2.1 of a Tocsin.";
        discovery.default_root = "/taxii2/root/";
        discovery.api_roots = {discovery.default_root};
        return answer_json(taxii::write(discovery));
    }
    if (path.front() != "root") return fail(Code::not_found, "There is no such API root.");
    path.erase(path.begin());
    return root({.caller = *std::move(caller),
                 .method = request.method,
                 .path = std::move(path),
                 .query = question == std::string::npos ? "" : request.target.substr(question + 1),
                 .body = body,
                 .content_type = request.header("content-type")});
}

Result<net::HttpResponse> Taxii::root(Asked const& asked) {
    auto const& path = asked.path;
    bool const reads = asked.method == net::Method::get || asked.method == net::Method::head;
    if (path.empty() && reads) {
        taxii::ApiRoot root;
        root.title = title();
        root.versions = {std::string(taxii::version_text)};
        root.max_content_length = std::int64_t{most_content};
        return answer_json(taxii::write(root));
    }
    if (path.size() == 2 && path[0] == "status" && reads) {
        TRY(auto status, doors_.collections->status(path[1], asked.caller.principal.who));
        return answer_json(std::move(status));
    }
    if (path.size() == 1 && path[0] == "collections" && reads) {
        TRY(auto const collections, doors_.collections->all());
        std::vector<taxii::Collection> resources;
        for (auto const& collection : collections)
            resources.push_back(resource_of(collection, rights(asked.caller, collection)));
        return answer_json(taxii::write(resources));
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
    if (path.size() == 2 && reads)
        return answer_json(taxii::write(resource_of(collection, rights(asked.caller, collection))));
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
                                             std::string const& id, taxii::Filtered resource) const {
    TRY(auto const query, taxii::parse_query(asked.query, resource));
    if (!query.next.empty() && !parse_int(query.next))
        return fail(Code::invalid, "next: expected what the page before gave");
    auto filter = collection.filter();
    if (!query.types.empty()) {
        auto types = query.types;
        if (!filter.types.empty())
            std::erase_if(
                types, [&](auto const& type) { return std::ranges::find(filter.types, type) == filter.types.end(); });
        if (types.empty()) return intelligence::ObjectPage{};
        filter.types = types;
    }
    filter.ids = id.empty() ? query.ids : std::vector{id};
    filter.added_after = query.added_after;
    filter.at_versions = query.version.exact;
    if (resource == taxii::Filtered::versions || query.version.all)
        filter.versions = intelligence::Versions::all;
    else if (query.version.first)
        filter.versions = intelligence::Versions::first;
    if (!query.spec_versions.empty() && !std::ranges::binary_search(query.spec_versions, "2.1"))
        return intelligence::ObjectPage{};
    TRY(auto page,
        doors_.intelligence->objects(
            filter, asked.caller.recipient, intelligence::ObjectOrder::oldest_first,
            {.after = query.next, .limit = std::min<std::size_t>(query.limit.value_or(usual_page), most_on_a_page)}));
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

struct Taxii::KeptPage {
    intelligence::ObjectPage page;
    std::string text;
    net::HttpResponse answer;  ///< without its body
};

Result<std::shared_ptr<Taxii::KeptPage const>> Taxii::kept_page(Asked const& asked,
                                                                sharing::Collection const& collection) {
    auto const& who = asked.caller.recipient;
    auto key =
        fmt::format("{} {} {} {}", collection.uuid, asked.query, who.reference(), doors_.intelligence->view(who));
    {
        std::lock_guard const lock(mutex_);
        auto const known = std::ranges::find(kept_, key, &decltype(kept_)::value_type::first);
        if (known != kept_.end()) return known->second;
    }
    auto made = std::make_shared<KeptPage>();
    TRY(made->page, page(asked, collection, "", taxii::Filtered::objects));
    made->answer =
        page_answer(made->page, "objects", [](std::string& body, Object const& object) { body += object.json; });
    made->text = std::exchange(made->answer.body, {});
    if (made->text.size() > most_kept) return std::shared_ptr<KeptPage const>(std::move(made));
    std::lock_guard const lock(mutex_);
    kept_.emplace_back(std::move(key), made);
    if (kept_.size() > pages_kept) kept_.pop_front();
    return std::shared_ptr<KeptPage const>(std::move(made));
}

Result<net::HttpResponse> Taxii::objects(Asked const& asked, sharing::Collection const& collection) {
    if (asked.path.size() == 3) {
        TRY(auto const kept, kept_page(asked, collection));
        CHECK(disclose(asked.caller, collection, kept->page.items));
        auto answer = kept->answer;
        answer.fixed_body = kept->text;
        answer.keeper = kept;
        return answer;
    }
    TRY(auto const page, this->page(asked, collection, asked.path[3], taxii::Filtered::object));
    CHECK(disclose(asked.caller, collection, page.items));
    return page_answer(page, "objects", [](std::string& body, Object const& object) { body += object.json; });
}

Result<net::HttpResponse> Taxii::manifest(Asked const& asked, sharing::Collection const& collection) {
    TRY(auto const page, this->page(asked, collection, "", taxii::Filtered::manifest));
    CHECK(disclose(asked.caller, collection, page.items));
    return page_answer(page, "objects", [](std::string& body, Object const& object) {
        JsonWriter json;
        json.object()
            .field("id", object.id)
            .field("date_added", taxii::format_time(object.added))
            .field("version", version_of(object))
            .field("media_type", taxii::stix_media_type)
            .end();
        body += json.text();
    });
}

Result<net::HttpResponse> Taxii::versions(Asked const& asked, sharing::Collection const& collection,
                                          std::string const& id) {
    TRY(auto const page, this->page(asked, collection, id, taxii::Filtered::versions));
    CHECK(disclose(asked.caller, collection, page.items));
    return page_answer(page, "versions",
                       [](std::string& body, Object const& object) { append_json_string(body, version_of(object)); });
}

namespace {

/// What became of an object that was pushed.
void note(taxii::PushStatus& status, std::string_view id, std::string_view version, std::string_view fault) {
    auto& list = fault.empty() ? status.successes : status.failures;
    ++(fault.empty() ? status.success_count : status.failure_count);
    ++status.total_count;
    list.push_back({.id = std::string(id.empty() ? "unknown" : id),
                    .version = std::string(version),
                    .message = std::string(fault)});
}

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
    if (taxii::kind_of_content(asked.content_type) != taxii::ContentKind::taxii)
        return error_answer(415, "Not understood", fmt::format("Send the envelope as {}.", taxii::media_type));
    if (!trimmed(asked.body).starts_with('{') || !is_utf8(asked.body))
        return error_answer(422, "Not an envelope", "Expected a JSON object with \"objects\".");
    if (auto const whole = check_envelope(asked.body); !whole)
        return error_answer(422, "Not an envelope", whole.error().message);
    auto const now = doors_.clock->now();
    taxii::PushStatus status;
    status.is_complete = true;
    status.request_time = now;
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
        note(status, id, version.empty() ? std::string_view(taxii::format_time(now)) : version, fault);
    };
    formats::MemorySource source(asked.body);
    auto const totals = doors_.intelligence->import(source, request, asked.caller.principal);
    if (!totals && totals.error().code == Code::invalid)
        return error_answer(422, "Not an envelope", totals.error().message);
    if (!totals) return std::unexpected(totals.error());
    if (totals->objects == 0)
        return error_answer(422, "Nothing in it", "Expected \"objects\" with at least one object.");
    TRY(auto body, doors_.collections->keep_status(asked.caller.principal.who, std::move(status)));
    return answer_json(std::move(body), 202);
}

Result<net::HttpResponse> Taxii::remove(Asked const& asked, sharing::Collection const& collection,
                                        std::string const& id) {
    if (!rights(asked.caller, collection).can_write)
        return fail(Code::denied, "You may not take objects out of this collection.");
    TRY(auto const page, this->page(asked, collection, id, taxii::Filtered::delete_object));
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
