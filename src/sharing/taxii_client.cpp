#include "sharing/taxii_client.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::sharing {
namespace {

namespace taxii = formats::taxii;
using taxii::Oddity;

constexpr std::uint64_t most_of_a_resource = std::uint64_t{16} << 20;
constexpr std::size_t longest_next = 4096;

std::string with_slash(std::string url) {
    if (!url.ends_with('/')) url += '/';
    return url;
}

std::string objects_url(std::string_view root, std::string_view collection) {
    return fmt::format("{}collections/{}/objects/", root, percent_encoded(collection));
}

/// What the members of a resource say it is.
enum class Resource : std::uint8_t { discovery, api_root, other };
Resource resource_of(std::string_view json) {
    formats::JsonTree tree;
    if (!tree.parse(json)) return Resource::other;
    auto const root = tree.root();
    if (root["api_roots"] || root["default"]) return Resource::discovery;
    if (root["versions"] || root["max_content_length"]) return Resource::api_root;
    return root["title"] ? Resource::discovery : Resource::other;
}

std::optional<Timestamp> date_of(net::HttpReply const& reply, std::string_view name, taxii::Remarks& remarks) {
    auto const text = reply.header(name);
    if (text.empty()) return std::nullopt;
    if (auto const exact = taxii::parse_time(text)) {
        if (!exact->is_exact) remarks.note(Oddity::inexact_time, fmt::format("{}: {}", name, text));
        return exact->time;
    }
    auto const loose = parse_timestamp(text);
    remarks.note(Oddity::wrong_value, fmt::format("{}: {}", name, text));
    if (!loose) return std::nullopt;
    return *loose;
}

/// FNV-1a: tells pages apart, nothing more.
std::string digest_of(std::string_view bytes) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    for (char const c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
    return fmt::format("{:x}:{}", hash, bytes.size());
}

/// Bytes that stay where they are.
class ViewSource final : public formats::ByteSource {
  public:
    explicit ViewSource(std::string_view bytes) : bytes_(bytes) {}
    Result<std::size_t> read(std::span<char> into) override {
        auto const size = bytes_.copy(into.data(), into.size());
        bytes_.remove_prefix(size);
        return size;
    }

  private:
    std::string_view bytes_;
};

bool is_wanted(formats::JsonTree& tree, std::string_view json, std::vector<std::string> const& types) {
    return tree.parse(json) && std::ranges::find(types, tree.root()["type"].text()) != types.end();
}

/// Walks over the objects once: counts them, and leaves out what was not asked for.
Status read_page(TaxiiPage& page, TaxiiQuestion const& question, taxii::Remarks& remarks) {
    auto const text = trimmed(page.bytes);
    if (!text.starts_with('{') && !text.starts_with('['))
        return fail(Code::invalid, "what came is no envelope of TAXII; check the address");
    bool const is_cut = !text.ends_with('}') && !text.ends_with(']');
    ViewSource source(page.bytes);
    formats::stix::BundleReader reader(source);
    formats::JsonTree tree;
    std::string kept;
    while (true) {
        TRY(auto const item, reader.next());
        if (!item) break;
        ++page.sent;
        if (!item->fault.empty()) {
            ++page.broken;
            remarks.note(Oddity::broken_object, fmt::format("object {}: {}", item->ordinal, item->fault));
        } else if (question.types.empty()) {
            ++page.objects;
        } else if (is_wanted(tree, item->json, question.types)) {
            ++page.objects;
            kept += fmt::format("{}\n", item->json);
        }
    }
    if (is_cut || (page.broken > 0 && page.broken == page.sent))
        return fail(Code::unavailable, "the envelope is broken off or damaged");
    auto const& around = reader.container();
    if (around.kind == formats::stix::BundleContainer::Kind::bundle || text.starts_with('['))
        remarks.note(Oddity::bundle_for_envelope, around.id);
    page.more = around.more.value_or(false);
    page.next = around.next;
    if (!question.types.empty()) page.bytes = std::move(kept);
    return {};
}

/// Alerts of TLS that speak of the client's certificate (RFC 8446 section 6.2), in OpenSSL's words.
bool refuses_our_certificate(std::string_view message) {
    constexpr std::string_view alerts[] = {"alert certificate required", "alert bad certificate",
                                           "alert unknown ca",           "alert certificate expired",
                                           "alert certificate revoked",  "alert certificate unknown"};
    return std::ranges::any_of(alerts, [&](auto alert) { return message.find(alert) != std::string_view::npos; });
}

/// There was no answer: in words, when it is about our certificate.
Error failure(Error const& error, std::string_view url, bool has_certificate) {
    if (refuses_our_certificate(error.message))
        return {Code::denied, fmt::format("{}: the server {}", net::printable_url(url),
                                          has_certificate ? "does not accept our client certificate; ask whom it trusts"
                                                          : "wants a client certificate of ours, and there is none "
                                                            "(--certificate, --key)")};
    bool const is_cut = error.message.find("exchange broke off") != std::string::npos;
    if (!is_cut || !lowered(url).starts_with("https://")) return error;
    // With TLS 1.3 the server looks at our certificate when we think that all is well; what it says can get lost.
    return {error.code, error.message + (has_certificate ? "; perhaps the server does not accept our client certificate"
                                                         : "; perhaps the server wants a client certificate of ours "
                                                           "(--certificate, --key)")};
}

}  // namespace

bool is_this_machine(std::string_view url) {
    auto const address = lowered(url);
    for (std::string_view const scheme : {"http://", "https://"})
        for (std::string_view const host : {"localhost", "127.0.0.1", "[::1]"}) {
            auto const origin = fmt::format("{}{}", scheme, host);
            if (!address.starts_with(origin)) continue;
            auto const rest = std::string_view(address).substr(origin.size());
            if (rest.empty() || rest.front() == ':' || rest.front() == '/') return true;
        }
    return false;
}

TaxiiClient::TaxiiClient(TaxiiAccess access, TaxiiLimits const& limits) : access_(std::move(access)), limits_(limits) {
    auto options = access_.http;
    if (!access_.secret.empty()) {
        auto const made = access_.login.empty() ? net::bearer_authorization(access_.secret)
                                                : net::basic_authorization(access_.login, access_.secret);
        if (made) authorization_ = *made;
        if (!made) signed_ = std::unexpected(made.error());
    }
    options.authorization = authorization_;
    options.redirects = 3;
    options.connect_time = limits_.connect_time;
    options.slow_time = limits_.slow_time;
    options.slow_rate = 64;
    http_.emplace(std::move(options));
}

/// A server may send back what we signed in with; it must not get into a log.
std::string TaxiiClient::without_secret(std::string text) const {
    if (authorization_.empty()) return text;
    auto const space = authorization_.find(' ');
    text = replaced(std::move(text), authorization_.substr(space + 1), "***");
    return replaced(std::move(text), access_.secret, "***");
}

Error TaxiiClient::refusal(net::HttpReply const& reply, std::string_view url) const {
    auto const told = without_secret(taxii::told_by(reply.body));
    auto const make = [&](Code code, std::string_view meaning) {
        return Error{code, fmt::format("{}: {} ({}{}{})", net::printable_url(url), meaning, reply.status,
                                       told.empty() ? "" : ", ", told)};
    };
    switch (reply.status) {
        case 401:
            return make(Code::denied, "the server does not take these credentials");
        case 403:
            return make(Code::denied, "the server does not let us do that");
        case 404:
            return make(Code::not_found, "nothing is there, or it is not for us");
        case 406:
        case 415:
            return make(Code::invalid, "the server does not speak TAXII 2.1");
        case 413:
            return make(Code::limit, "the server does not take so much at once");
        case 429:
            return make(Code::unavailable, "the server asks us to come less often");
        default:
            break;
    }
    if (reply.status >= 500) return make(Code::unavailable, "the server failed; try later");
    if (reply.status >= 300 && reply.status < 400) return make(Code::denied, "the server leads elsewhere");
    return make(Code::invalid, "the server refuses the request");
}

Result<net::HttpReply> TaxiiClient::send(net::HttpCall call) {
    last_status_ = 0;
    asked_to_wait_.reset();
    CHECK(signed_);
    call.headers.push_back({"accept", std::string(taxii::media_type)});
    call.is_cancelled = access_.is_cancelled;
    auto reply = http_->send(call);
    if (!reply) {
        auto const error = failure(reply.error(), call.url, !access_.http.certificate.empty());
        return fail(error.code, without_secret(error.message));
    }
    last_status_ = reply->status;
    asked_to_wait_ = net::retry_after(*reply, system_clock().now());
    if (!reply->is_success()) return std::unexpected(refusal(*reply, call.url));
    auto const type = reply->header("content-type");
    if (taxii::kind_of_content(type) != taxii::ContentKind::taxii)
        remarks_.note(Oddity::wrong_content_type, fmt::format("{}: {}", net::printable_url(call.url), type));
    return reply;
}

/// Resources end in "/" (section 3.1); some servers know them only without.
Result<net::HttpReply> TaxiiClient::get(std::string const& url, std::uint64_t bytes, std::chrono::milliseconds time) {
    auto reply = send({.url = url, .body_bytes = bytes, .total_time = time});
    if (reply || last_status_ != 404) return reply;
    auto const query = std::min(url.find('?'), url.size());
    if (query == 0 || url[query - 1] != '/') return reply;
    auto bare = url.substr(0, query - 1) + url.substr(query);
    if (net::check_http_url(bare) && bare.find('/', bare.find("://") + 3) != std::string::npos) {
        if (auto again = send({.url = bare, .body_bytes = bytes, .total_time = time})) {
            remarks_.note(Oddity::no_trailing_slash, net::printable_url(bare));
            return again;
        }
        last_status_ = 404;
    }
    return reply;
}

Result<std::string> TaxiiClient::ask(std::string const& url) {
    TRY(auto reply, get(url, most_of_a_resource, limits_.ask_time));
    return std::move(reply.body);
}

TaxiiOffer::Root TaxiiClient::look_at(std::string url, taxii::ApiRoot about) {
    TaxiiOffer::Root root{.url = std::move(url), .about = std::move(about), .collections = {}, .fault = {}};
    auto const body = ask(root.url + "collections/");
    auto collections = body ? taxii::read_collections(*body, remarks_) : std::unexpected(body.error());
    if (collections) root.collections = *std::move(collections);
    if (!collections) root.fault = collections.error().message;
    return root;
}

Result<TaxiiOffer> TaxiiClient::look(std::string_view url) {
    auto address = with_slash(std::string(url));
    TRY(auto const usual, net::resolved_url(address, "/taxii2/"));
    auto const before = remarks_;
    auto body = ask(address);
    if (!body && last_status_ != 404) return std::unexpected(body.error());
    auto kind = body ? resource_of(*body) : Resource::other;
    if (kind == Resource::other && address != usual) {  // a server's bare address: discovery is at its own place
        remarks_ = before;                              // what is at the bare address need not be TAXII
        TRY(auto there, ask(usual));
        body = std::move(there);
        address = usual;
        kind = resource_of(*body);
    }
    if (!body) return std::unexpected(body.error());
    TaxiiOffer offer;
    if (kind == Resource::api_root) {
        TRY(auto about, taxii::read_api_root(*body, remarks_));
        offer.roots.push_back(look_at(address, std::move(about)));
        return offer;
    }
    if (kind == Resource::other)
        return fail(Code::invalid, fmt::format("{}: what answers there is no TAXII 2.1", net::printable_url(address)));
    TRY(offer.discovery, taxii::read_discovery(*body, remarks_));
    for (auto const& written : offer.discovery.api_roots) {
        if (offer.roots.size() >= limits_.roots) break;
        auto root = net::resolved_url(address, written);
        if (!root || !net::is_same_origin(address, *root)) {
            offer.roots.push_back({.url = root ? net::printable_url(*root) : taxii::one_line(written, 200),
                                   .about = {},
                                   .collections = {},
                                   .fault = "it is on another host and was not asked; give its own address"});
            continue;
        }
        auto about = api_root(with_slash(*root));
        if (about) offer.roots.push_back(look_at(with_slash(*root), *std::move(about)));
        if (!about)
            offer.roots.push_back({.url = *root, .about = {}, .collections = {}, .fault = about.error().message});
    }
    return offer;
}

Result<TaxiiPlace> TaxiiClient::find(std::string_view url, std::string_view collection) {
    TRY(auto const offer, look(url));
    std::string there, faults;
    for (auto const by : {&taxii::Collection::id, &taxii::Collection::alias, &taxii::Collection::title})
        for (auto const& root : offer.roots)
            for (auto const& one : root.collections)
                if (equal_ignoring_case(one.*by, collection)) return TaxiiPlace{root.url, one};
    for (auto const& root : offer.roots) {
        if (!root.fault.empty()) faults += fmt::format("; {}", root.fault);
        for (auto const& one : root.collections)
            if (there.size() < 500)
                there += fmt::format("{}{}", there.empty() ? "" : ", ",
                                     taxii::one_line(one.alias.empty() ? one.title : one.alias, 60));
    }
    return fail(Code::not_found,
                without_secret(fmt::format("{} has no collection \"{}\" for us; it has: {}{}", net::printable_url(url),
                                           collection, there.empty() ? "none" : there, faults)));
}

Result<taxii::ApiRoot> TaxiiClient::api_root(std::string_view root) {
    TRY(auto const body, ask(std::string(root)));
    return taxii::read_api_root(body, remarks_);
}

Result<TaxiiPage> TaxiiClient::objects(std::string_view root, std::string_view collection,
                                       TaxiiQuestion const& question) {
    taxii::Query query;
    query.added_after = question.added_after;
    query.limit = static_cast<std::uint32_t>(question.limit);
    query.next = question.next;
    query.types = question.types;
    std::ranges::sort(query.types);
    auto const url = fmt::format("{}?{}", objects_url(root, collection), taxii::write_query(query));
    TRY(auto reply, get(url, limits_.page_bytes, limits_.page_time));
    TaxiiPage page;
    page.size = reply.wire_bytes;
    page.first = date_of(reply, "x-taxii-date-added-first", remarks_);
    page.last = date_of(reply, "x-taxii-date-added-last", remarks_);
    page.server_time = net::parse_http_date(reply.header("date"));
    page.bytes = std::move(reply.body);
    page.digest = digest_of(page.bytes);
    if (auto const read = read_page(page, question, remarks_); !read)
        return std::unexpected(read.error().during(net::printable_url(url)));
    if (page.next.size() > longest_next)
        return fail(Code::limit,
                    fmt::format("{}: its next is longer than {} bytes", net::printable_url(url), longest_next));
    if (page.objects > static_cast<std::int64_t>(question.limit))
        remarks_.note(Oddity::more_than_asked_for, fmt::format("{} for {}", page.objects, question.limit));
    return page;
}

Result<taxii::PushStatus> TaxiiClient::push(std::string_view root, std::string_view collection, std::string envelope) {
    net::HttpCall call;
    call.method = net::Method::post;
    call.url = objects_url(root, collection);
    call.body.type = taxii::media_type;
    call.body.bytes = std::move(envelope);
    call.body_bytes = most_of_a_resource;
    call.total_time = limits_.page_time;
    TRY(auto const reply, send(std::move(call)));
    if (reply.status != 202) remarks_.note(Oddity::status_code, fmt::format("{} for a push", reply.status));
    return taxii::read_status(reply.body, remarks_);
}

Result<taxii::PushStatus> TaxiiClient::status(std::string_view root, std::string_view id) {
    TRY(auto const body, ask(fmt::format("{}status/{}/", root, percent_encoded(id))));
    return taxii::read_status(body, remarks_);
}

}  // namespace tocsin::sharing
