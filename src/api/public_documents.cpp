#include "api/public_documents.hpp"

#include "access/access.hpp"
#include "api/problem.hpp"
#include "api/request_target.hpp"
#include "api/served_file.hpp"
#include "formats/formats.hpp"
#include "gate/gate.hpp"
#include "readiness/publishing.hpp"
#include "readiness/readiness.hpp"

#include <fmt/format.h>

namespace tocsin::api {
namespace {

namespace paper = formats::document;

net::HttpResponse text_answer(net::HttpRequest const& request, std::string_view type, std::string text) {
    auto const etag = etag_of(text);
    net::HttpResponse response;
    response.set("etag", etag);
    response.set("cache-control", "public, max-age=300");
    if (has_it(request, etag)) {
        response.status = 304;
        return response;
    }
    response.status = 200;
    response.set("content-type", std::string(type));
    response.body = std::move(text);
    return response;
}

paper::Language language_asked(net::HttpRequest const& request, paper::Language standard) {
    auto const target = parse_request_target(request.target);
    if (!target) return standard;
    for (auto const& [name, value] : target->query)
        if (name == "language") return paper::language_named(value).value_or(standard);
    return standard;
}

Result<net::HttpResponse> page_of(Doors const& doors, net::HttpRequest const& request, readiness::DocumentKind kind,
                                  paper::Language standard) {
    TRY(auto made, doors.readiness->documents.compose(kind, language_asked(request, standard)));
    TRY(auto const cleared, doors.gate->clear(std::move(made), gate::Recipient::everyone()));
    TRY(auto page, paper::to_html(cleared->document));
    auto response = text_answer(request, paper::media_type_of(paper::Format::html), std::move(page));
    response.set("content-security-policy", document_policy());
    return response;
}

}  // namespace

bool is_public_document(std::string_view path) {
    return !readiness::kind_at(path).empty() || path.starts_with("/published/");  // no page of the console
}

std::string const& document_policy() {
    static std::string const policy = fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        to_base64(access::sha256(paper::html_style())));
    return policy;
}

net::HttpResponse public_document(Doors const& doors, net::HttpRequest const& request, std::string_view path) {
    static Problem const unpublished{404, "not-found", "Not found", "the team has not published this"};
    auto const kind = readiness::kind_at(path);
    if (kind.empty()) return problem(unpublished);
    auto const published = doors.readiness->documents.published(kind);
    if (!published) return problem_of(published.error());
    if (!*published) return problem(unpublished);
    if (auto const document = readiness::document_kind_named(kind)) {
        auto page = page_of(doors, request, *document, (*published)->language);
        return page ? std::move(*page) : problem_of(page.error());
    }
    auto text = doors.readiness->documents.security_txt();
    if (!text) return problem_of(text.error());
    return text_answer(request, "text/plain; charset=utf-8", std::move(*text));
}

}  // namespace tocsin::api
