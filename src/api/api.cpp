#include "api/api.hpp"

#include "api/console_files.hpp"
#include "api/detections.hpp"
#include "api/misp_feed.hpp"
#include "api/portal/portal.hpp"
#include "api/public_documents.hpp"
#include "api/public_statistics.hpp"
#include "api/rate_limit.hpp"
#include "api/router.hpp"
#include "api/taxii.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace tocsin::api {

namespace {

namespace json = boost::json;
using Values = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view session_cookie = "tocsin_session";
constexpr std::uint64_t most_collected_unasked =
    1 << 20;  ///< bodies beyond it are taken only after the sign-in was checked

/// A request whose operation is known and whose caller may do it.
struct Admitted {
    RequestTarget target;
    Values values;
    Operation const* operation = nullptr;
    access::Principal caller;
    std::optional<access::SignedIn> session;
};
using Admission = std::variant<Admitted, net::HttpResponse>;

access::Role role_of(Least least) {
    switch (least) {
        case Least::constituent:
            return access::Role::constituent;
        case Least::anyone:
        case Least::viewer:
            return access::Role::viewer;
        case Least::analyst:
            return access::Role::analyst;
        case Least::administrator:
            return access::Role::administrator;
    }
    return access::Role::administrator;
}

access::Principal anonymous(std::string const& address) {
    access::Principal principal;
    principal.who = "anonymous";
    principal.name = "anonymous";
    principal.address = address;
    principal.via = access::Via::link;
    return principal;
}

class ApiImpl final : public Api {
  public:
    ApiImpl(Doors doors, ApiOptions options, Contract contract)
        : house_{.doors = doors,
                 .options = std::move(options),
                 .contract = std::move(contract),
                 .changes = {},
                 .counters = nullptr,
                 .started = doors.clock->now()},
          paths_(house_.contract.operations()),
          router_(house_.contract),
          taxii_(exchange_doors()),
          detections_(exchange_doors()),
          misp_feed_(exchange_doors()),
          portal_(house_) {
        for (auto const file : route_table()) file(router_);
    }

    /// The contract and the routes must fit each other, or the program is built wrong.
    Status check() const {
        auto faults = router_.wrong();
        for (auto const& id : router_.missing()) faults.push_back(id + ": has no handler");
        if (faults.empty()) return {};
        return fail(Code::internal,
                    fmt::format("the API's contract and its routes differ: {}", fmt::join(faults, "; ")));
    }

    net::Application application() override {
        net::Application application;
        application.intake = [this](net::HttpRequest const& request) { return intake(request); };
        application.answer = [this](net::HttpRequest const& request) { return dressed(request, answer(request)); };
        application.open = [this](net::HttpRequest const& request) { return open(request); };
        application.refuse = [](int status, std::string_view detail) {
            return problem(problem_for_status(status, detail));
        };
        return application;
    }

    void watch(net::HttpCounters const& counters) override { house_.counters = &counters; }

    void publish(std::string_view kind, std::string_view id, std::string_view change) override {
        house_.changes.publish(kind, id, change, house_.doors.clock->now());
    }

    /// Runs an admitted call with its body.
    net::HttpResponse run(net::HttpRequest const& request, Admitted& admitted, std::string_view body) {
        Call call{house_,          *admitted.operation, request,          admitted.target,
                  admitted.values, admitted.caller,     admitted.session, {}};
        if (auto refused = read_body(call, body)) return std::move(*refused);
        auto const* handler = router_.handler(*admitted.operation);
        TOCSIN_ASSERT(handler);  // check() saw to it; what takes a stream comes by open()
        auto reply = (*handler)(call);
        return reply ? std::move(*reply) : problem_of(reply.error());
    }

    net::HttpResponse dressed(net::HttpRequest const& request, net::HttpResponse response) const;

  private:
    net::Intake intake(net::HttpRequest const& request) const;
    net::HttpResponse answer(net::HttpRequest const& request);
    std::variant<std::unique_ptr<net::BodySink>, net::HttpResponse> open(net::HttpRequest const& request);
    net::HttpResponse outside_api(net::HttpRequest const& request, std::string_view path);
    template <class Door>
    net::HttpResponse exchange_answer(Door& door, net::HttpRequest const& request);

    Admission admit(net::HttpRequest const& request);
    std::optional<net::HttpResponse> sign_in(net::HttpRequest const& request, Admitted& admitted);
    std::optional<net::HttpResponse> check_rights(net::HttpRequest const& request, Admitted const& admitted);
    std::optional<net::HttpResponse> check_forgery(net::HttpRequest const& request, Admitted const& admitted) const;
    std::optional<net::HttpResponse> check_rate(net::HttpRequest const& request, Admitted const& admitted);
    std::optional<net::HttpResponse> check_parameters(Admitted const& admitted) const;
    std::optional<net::HttpResponse> read_body(Call& call, std::string_view body) const;

    ExchangeDoors exchange_doors() const {
        auto const& doors = house_.doors;
        return {.ledger = doors.ledger,
                .access = doors.access,
                .intelligence = doors.intelligence,
                .known_good = doors.known_good,
                .collections = doors.collections,
                .peers = doors.peers,
                .clock = doors.clock,
                .team = house_.options.team};
    }

    House house_;
    StatisticsPages statistics_;
    PathTable paths_;
    Router router_;
    Taxii taxii_;
    Detections detections_;
    MispFeed misp_feed_;
    Portal portal_;
    RateLimit unknown_callers_{{.burst = 60, .per_second = 2}};    ///< by address: sign-in, set-up, owners' pages
    RateLimit failed_sign_ins_{{.burst = 30, .per_second = 0.5}};  ///< by address: wrong keys and cookies
    RateLimit known_callers_{{.burst = 1000, .per_second = 200}};  ///< by account or key
};

net::Intake ApiImpl::intake(net::HttpRequest const& request) const {
    auto const target = parse_request_target(request.target);
    if (!target) return {};
    if (Taxii::is_mine(target->path))  // the sink counts, so that the refusal is TAXII's
        return {.body_limit = 2 * Taxii::most_content, .streamed = request.method == net::Method::post};
    for (auto const* operation : paths_.find(target->path).operations) {
        if (operation->method != request.method) continue;
        return {.body_limit = operation->body_limit,
                .streamed = operation->takes_stream || operation->body_limit > most_collected_unasked};
    }
    return {};
}

net::HttpResponse ApiImpl::answer(net::HttpRequest const& request) {
    auto const path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (Taxii::is_mine(path)) return exchange_answer(taxii_, request);
    if (Detections::is_mine(path)) return exchange_answer(detections_, request);
    if (MispFeed::is_mine(path)) return exchange_answer(misp_feed_, request);
    auto const is_api = path.starts_with("/api/") || path == "/api" || path == "/healthz" || path == "/metrics";
    if (!is_api) return outside_api(request, path);
    auto admission = admit(request);
    if (auto* refused = std::get_if<net::HttpResponse>(&admission)) return std::move(*refused);
    return run(request, std::get<Admitted>(admission), request.body);
}

/// Wrong keys are counted by address, as at the other doors.
template <class Door>
net::HttpResponse ApiImpl::exchange_answer(Door& door, net::HttpRequest const& request) {
    auto const now = house_.doors.clock->now();
    if (!failed_sign_ins_.has_room(request.peer.address, now))
        return problem({429, "too-many", "Too many requests", "too many wrong keys came from this address; wait"});
    auto response = door.answer(request);
    if (response.status == 401 && !request.header("authorization").empty())
        failed_sign_ins_.take(request.peer.address, now);
    return response;
}

net::HttpResponse ApiImpl::outside_api(net::HttpRequest const& request, std::string_view path) {
    if (Portal::is_mine(path)) {
        auto const is_free = request.peer.is_loopback && !Portal::is_knock(request);
        if (!is_free && !unknown_callers_.take(request.peer.address, house_.doors.clock->now()))
            return problem({429, "too-many", "Too many requests", "wait a few seconds and load the page again"});
        return portal_.answer(request);
    }
    if (path.starts_with("/o/") && house_.options.owner_pages) {
        if (!request.peer.is_loopback && !unknown_callers_.take(request.peer.address, house_.doors.clock->now())) {
            return problem({429, "too-many", "Too many requests", "wait a few seconds and load the page again"});
        }
        return house_.options.owner_pages(request);
    }
    if (path.starts_with("/r/") && house_.doors.readiness) {
        if (!request.peer.is_loopback && !unknown_callers_.take(request.peer.address, house_.doors.clock->now()))
            return problem({429, "too-many", "Too many requests", "wait a few seconds and load the page again"});
        auto response = house_.doors.readiness->reachability.page(request);
        if (response.status == 303) house_.changes.publish("readiness", "", "changed", house_.doors.clock->now());
        return response;
    }
    if (request.method != net::Method::get && request.method != net::Method::head) {
        auto response = problem({405, "method-not-allowed", "Not possible here", "this address can only be read"});
        response.set("allow", "GET, HEAD");
        return response;
    }
    if (is_public_document(path) && house_.doors.readiness) {
        if (!request.peer.is_loopback && !unknown_callers_.take(request.peer.address, house_.doors.clock->now()))
            return problem({429, "too-many", "Too many requests", "wait a few seconds and load the page again"});
        return public_document(house_.doors, request, path);
    }
    if (is_public_statistics(path) && house_.doors.readiness) {
        if (!request.peer.is_loopback && !unknown_callers_.take(request.peer.address, house_.doors.clock->now()))
            return problem({429, "too-many", "Too many requests", "wait a few seconds and load the page again"});
        return statistics_.answer(house_.doors, house_.options, request, path);
    }
    if (auto file = console_file(request, path)) return std::move(*file);
    return problem(
        {404, "not-found", "Not found", fmt::format("there is nothing at {}", repaired_utf8(path.substr(0, 200)))});
}

/// A body that is collected only after the caller was admitted.
class CollectingSink final : public net::BodySink {
  public:
    CollectingSink(ApiImpl& api, net::HttpRequest const& request, Admitted admitted)
        : api_(api), request_(request), admitted_(std::move(admitted)) {}
    Status write(std::string_view bytes) override {
        body_ += bytes;
        return {};
    }
    net::HttpResponse finish() override { return api_.dressed(request_, api_.run(request_, admitted_, body_)); }

  private:
    ApiImpl& api_;
    net::HttpRequest const& request_;
    Admitted admitted_;
    std::string body_;
};

/// Dresses the answer of another sink.
class DressingSink final : public net::BodySink {
  public:
    DressingSink(ApiImpl const& api, net::HttpRequest const& request, std::unique_ptr<net::BodySink> inner)
        : api_(api), request_(request), inner_(std::move(inner)) {}
    Status write(std::string_view bytes) override { return inner_->write(bytes); }
    net::HttpResponse finish() override { return api_.dressed(request_, inner_->finish()); }

  private:
    ApiImpl const& api_;
    net::HttpRequest const& request_;
    std::unique_ptr<net::BodySink> inner_;
};

std::variant<std::unique_ptr<net::BodySink>, net::HttpResponse> ApiImpl::open(net::HttpRequest const& request) {
    if (Taxii::is_mine(std::string_view(request.target).substr(0, request.target.find('?')))) {
        if (!failed_sign_ins_.has_room(request.peer.address, house_.doors.clock->now()))
            return exchange_answer(taxii_, request);
        auto opened = taxii_.open(request);
        if (auto* refused = std::get_if<net::HttpResponse>(&opened)) return dressed(request, std::move(*refused));
        return std::make_unique<DressingSink>(*this, request, std::move(std::get<0>(opened)));
    }
    auto admission = admit(request);
    if (auto* refused = std::get_if<net::HttpResponse>(&admission)) return dressed(request, std::move(*refused));
    auto& admitted = std::get<Admitted>(admission);
    auto const* opener = router_.stream_handler(*admitted.operation);
    if (!opener) return std::make_unique<CollectingSink>(*this, request, std::move(admitted));
    Call call{house_,          *admitted.operation, request,          admitted.target,
              admitted.values, admitted.caller,     admitted.session, {}};
    auto sink = (*opener)(call);
    if (!sink) return dressed(request, problem_of(sink.error()));
    return std::make_unique<DressingSink>(*this, request, std::move(*sink));
}

Admission ApiImpl::admit(net::HttpRequest const& request) {
    Admitted admitted;
    auto target = parse_request_target(request.target);
    if (!target) return problem({400, "bad-request", "Not understood", target.error().message});
    admitted.target = std::move(*target);
    auto found = paths_.find(admitted.target.path);
    if (found.operations.empty()) {
        return problem({404, "not-found", "Not found",
                        fmt::format("the API has nothing at {}", repaired_utf8(admitted.target.path.substr(0, 200)))});
    }
    admitted.values = std::move(found.values);
    auto const wanted = request.method == net::Method::head ? net::Method::get : request.method;
    std::string allowed;
    for (auto const* operation : found.operations) {
        if (operation->method == wanted) admitted.operation = operation;
        allowed += (allowed.empty() ? "" : ", ") + std::string(net::name_of(operation->method));
    }
    if (!admitted.operation) {
        auto response = problem({405, "method-not-allowed", "Not possible here", "this address takes " + allowed});
        response.set("allow", allowed);
        return response;
    }
    if (auto refused = sign_in(request, admitted)) return std::move(*refused);
    if (auto refused = check_rights(request, admitted)) return std::move(*refused);
    if (auto refused = check_forgery(request, admitted)) return std::move(*refused);
    if (auto refused = check_rate(request, admitted)) return std::move(*refused);
    if (auto refused = check_parameters(admitted)) return std::move(*refused);
    return admitted;
}

std::optional<net::HttpResponse> ApiImpl::sign_in(net::HttpRequest const& request, Admitted& admitted) {
    access::Visitor const visitor{request.peer.address, std::string(request.header("user-agent"))};
    auto const is_open = admitted.operation->least == Least::anyone ||
                         (admitted.operation->id == "metrics_get" && request.peer.is_loopback);
    admitted.caller = anonymous(request.peer.address);
    auto const bearer = request.header("authorization");
    auto const cookie = request.cookie(session_cookie);
    if (bearer.empty() && cookie.empty()) {
        if (is_open) return std::nullopt;
        auto response = problem(
            {401, "unauthenticated", "Not signed in", "sign in, or send a key as \"Authorization: Bearer KEY\""});
        response.set("www-authenticate", "Bearer");
        return response;
    }
    auto const now = house_.doors.clock->now();
    if (!failed_sign_ins_.has_room(request.peer.address, now)) {
        return problem({429, "too-many", "Too many requests",
                        "too many wrong keys or sessions came from this address; wait a few seconds"});
    }
    bool is_good = false;
    if (!bearer.empty()) {
        constexpr std::string_view scheme = "bearer ";
        auto const is_bearer =
            bearer.size() > scheme.size() && equal_ignoring_case(bearer.substr(0, scheme.size()), scheme);
        auto key = house_.doors.access->key_of(is_bearer ? trimmed(bearer.substr(scheme.size())) : std::string_view(),
                                               visitor);
        if (!key) return problem_of(key.error());
        is_good = key->has_value();
        if (is_good) admitted.caller = std::move(**key);
    } else {
        auto session = house_.doors.access->session_of(cookie, visitor);
        if (!session) return problem_of(session.error());
        is_good = session->has_value();
        if (is_good) {
            admitted.caller = (*session)->principal;
            admitted.session = std::move(*session);
        }
    }
    if (is_good || is_open) return std::nullopt;
    failed_sign_ins_.take(request.peer.address, now);
    auto response =
        problem({401, "unauthenticated", "Not signed in",
                 bearer.empty() ? "the session has ended: sign in again" : "the key is unknown, expired or revoked"});
    response.set("www-authenticate", "Bearer");
    return response;
}

std::optional<net::HttpResponse> ApiImpl::check_rights(net::HttpRequest const& request, Admitted const& admitted) {
    auto const& operation = *admitted.operation;
    if (operation.least == Least::anyone) return std::nullopt;
    if (operation.id == "metrics_get" && request.peer.is_loopback) return std::nullopt;
    auto const allowed = operation.id == "feeds_push" ? admitted.caller.may_push(admitted.values.find("feed")->second)
                         : operation.least == Least::constituent ? admitted.caller.is_constituent()
                                                                 : admitted.caller.may(role_of(operation.least));
    if (allowed) return std::nullopt;
    if (operation.least == Least::constituent)
        return problem({403, "forbidden", "Not allowed", "this is for constituents; the team has its own operations"});
    auto const needed = access::name_of(role_of(operation.least));
    return problem({403, "forbidden", "Not allowed",
                    admitted.caller.feeds.empty() ? fmt::format("this needs the role {}", needed)
                                                  : std::string("this key may only push reports of its feeds")});
}

std::optional<net::HttpResponse> ApiImpl::check_forgery(net::HttpRequest const& request,
                                                        Admitted const& admitted) const {
    if (net::is_safe(request.method) || admitted.caller.via == access::Via::key) return std::nullopt;
    auto const site = request.header("sec-fetch-site");
    auto const is_foreign = !site.empty() && site != "same-origin" && site != "none";
    auto const has_token =
        !admitted.session || access::Access::csrf_matches(*admitted.session, request.header("x-csrf-token"));
    if (!is_foreign && (has_token || admitted.operation->least == Least::anyone)) return std::nullopt;
    return problem({403, "csrf", "Not from our own page",
                    "send the session's token as X-CSRF-Token; GET /api/v1/session tells it"});
}

std::optional<net::HttpResponse> ApiImpl::check_rate(net::HttpRequest const& request, Admitted const& admitted) {
    auto const now = house_.doors.clock->now();
    auto const is_known = admitted.caller.who != "anonymous";
    auto const is_change_by_unknown = !is_known && !net::is_safe(request.method);
    auto const allowed = is_known ? known_callers_.take(admitted.caller.who, now)
                                  : !is_change_by_unknown || unknown_callers_.take(request.peer.address, now);
    if (allowed) return std::nullopt;
    return problem({429, "too-many", "Too many requests", "wait a second and try again"});
}

std::optional<net::HttpResponse> ApiImpl::check_parameters(Admitted const& admitted) const {
    std::vector<Fault> faults;
    auto const check = [&](std::string_view text, Parameter const& parameter) {
        for (auto& fault : house_.contract.check_text(text, parameter)) faults.push_back(std::move(fault));
    };
    for (auto const& parameter : admitted.operation->parameters) {
        if (parameter.is_in_path) {
            check(admitted.values.find(parameter.name)->second, parameter);
        } else if (parameter.is_required && admitted.target.value(parameter.name).value_or("").empty()) {
            faults.push_back({parameter.name, "to be there"});
        }
    }
    for (auto const& [name, value] : admitted.target.query) {
        auto const* parameter = admitted.operation->parameter(name);
        if (!parameter || parameter->is_in_path) {
            faults.push_back({name, "not to be there: no such parameter"});
        } else if (!value.empty()) {
            check(value, *parameter);
        }
    }
    if (faults.empty()) return std::nullopt;
    return problem(
        {422, "invalid", "Not what was expected", "a parameter is not what was expected", std::move(faults)});
}

std::optional<net::HttpResponse> ApiImpl::read_body(Call& call, std::string_view body) const {
    auto const* schema = call.operation.body_schema;
    if (!schema) {
        if (body.empty() || trimmed(body).empty() || body == "{}") return std::nullopt;
        return problem({422, "invalid", "Not what was expected", "this takes no body"});
    }
    if (call.request.content_type() != "application/json") {
        return problem({415, "media-type", "Wrong kind of body", "send JSON, as Content-Type: application/json"});
    }
    json::parse_options options;
    options.max_depth = 32;
    boost::system::error_code error;
    call.body = json::parse(body, error, {}, options);
    if (error) return problem({400, "bad-request", "Not understood", "the body is not JSON: " + error.message()});
    auto faults = house_.contract.check(call.body, *schema);
    if (faults.empty()) return std::nullopt;
    return problem({422, "invalid", "Not what was expected", "a field is not what was expected", std::move(faults)});
}

net::HttpResponse ApiImpl::dressed(net::HttpRequest const& request, net::HttpResponse response) const {
    auto const add = [&](std::string_view name, std::string_view value) {
        for (auto const& header : response.headers) {
            if (header.name == name) return;
        }
        response.headers.push_back({std::string(name), std::string(value)});
    };
    add("content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
        "'self'; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    add("x-content-type-options", "nosniff");
    add("x-frame-options", "DENY");
    add("referrer-policy", "no-referrer");
    add("cross-origin-opener-policy", "same-origin");
    add("cross-origin-resource-policy", "same-origin");
    add("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    add("cache-control", "no-store");
    // What may stand in frames says so in its policy; the older header knows no word for it.
    std::erase_if(response.headers, [](auto const& one) { return one.name == "x-frame-options" && one.value.empty(); });
    if (request.peer.is_tls) add("strict-transport-security", "max-age=31536000");
    return response;
}

}  // namespace

Result<std::unique_ptr<Api>> Api::make(Doors doors, ApiOptions options) {
    auto const document = embedded::find("api/openapi.json");
    if (!document) return fail(Code::internal, "the API's contract is not compiled in");
    TRY(auto contract, Contract::read(*document));
    auto api = std::make_unique<ApiImpl>(doors, std::move(options), std::move(contract));
    CHECK(api->check());
    return std::unique_ptr<Api>(std::move(api));
}

}  // namespace tocsin::api
