#include "events/source_run.hpp"
#include "events/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::events {
namespace {

constexpr std::int64_t bytes_between_marks = 4 << 20;
constexpr std::size_t longest_name = 200;
constexpr int redirects = 5;

std::unexpected<Error> disk_error(std::filesystem::path const& file) {
    return fail(Code::io, fmt::format("writing {}: {}", file.string(), std::strerror(errno)));
}

/// Its last part only, printable; empty when nothing is left.
std::string plain_name(std::string_view text) {
    if (auto const slash = text.find_last_of("/\\"); slash != std::string_view::npos) text.remove_prefix(slash + 1);
    std::string name;
    for (char const c : text.substr(0, longest_name)) name += (c >= 0 && c < 0x20) || c == 0x7f ? '_' : c;
    return repaired_utf8(trimmed(name));
}

/// What the server calls it (RFC 6266), else the end of its address.
std::string name_in(net::HttpReply const& reply, std::string_view url) {
    auto const disposition = reply.header("content-disposition");
    if (auto at = lowered(disposition).find("filename="); at != std::string::npos) {
        auto rest = disposition.substr(at + 9);
        bool const is_quoted = rest.starts_with('"');
        if (is_quoted) rest.remove_prefix(1);
        if (auto name = plain_name(rest.substr(0, rest.find_first_of(is_quoted ? "\"" : "; "))); !name.empty())
            return name;
    }
    auto path = url.substr(0, url.find_first_of("?#"));
    if (auto const scheme = path.find("://"); scheme != std::string_view::npos) path.remove_prefix(scheme + 3);
    auto const slash = path.find('/');
    if (slash == std::string_view::npos) return {};
    auto const name = percent_decoded(path.substr(slash));
    return plain_name(name ? std::string_view(*name) : path.substr(slash));
}

/// What a Range request can be bound to (RFC 9110 section 13.1.5); empty: nothing.
std::string tag_of(net::HttpReply const& reply) {
    if (!reply.header("content-encoding").empty()) return {};  // a part of it can't be unpacked on its own
    auto const etag = reply.header("etag");
    if (etag.starts_with('"')) return std::string(etag);
    return std::string(reply.header("last-modified"));
}

/// One fetch, in as many tries as get on.
class Download {
  public:
    Download(SourceRun& run, Order const& order)
        : run_(run), order_(order), part_(run.course.part), client_(run.http_options(order.with_secret)) {}
    ~Download() {
        if (file_ >= 0) ::close(file_);
    }
    Download(Download const&) = delete;

    Result<Fetched> go() {
        CHECK(open());
        for (int tried = 1;; ++tried) {
            auto const before = at_;
            auto reply = once();
            if (reply && reply->status == 416 && before > 0) {  // what we have is not of this thing
                CHECK(restart());
                continue;
            }
            if (reply) return end(*reply);
            CHECK(mark());
            bool const got_on = at_ > before && !part_.tag.empty();
            if (reply.error().code != Code::unavailable || !got_on || tried >= run_.limits.tries || run_.is_cancelled())
                return std::unexpected(reply.error());
        }
    }

  private:
    Status open() {
        auto const folder = run_.doors.directory / "fetch";
        std::error_code fault;
        std::filesystem::create_directories(folder, fault);
        path_ = folder / fmt::format("{}.part", run_.source.id.value);
        file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file_ < 0) return disk_error(path_);
        struct stat about{};
        if (::fstat(file_, &about) != 0) return disk_error(path_);
        bool const is_good = part_.url == order_.url && !part_.tag.empty() && part_.bytes <= about.st_size;
        if (!is_good) part_ = {.url = order_.url};
        at_ = part_.bytes;
        if (::ftruncate(file_, at_) != 0) return disk_error(path_);
        return {};
    }

    Status restart() {
        part_ = {.url = order_.url};
        at_ = 0;
        if (::ftruncate(file_, 0) != 0) return disk_error(path_);
        return run_.save();
    }

    /// How much is here for good.
    Status mark() {
        if (part_.tag.empty()) {
            part_ = {.url = order_.url};
            at_ = 0;
            if (::ftruncate(file_, 0) != 0) return disk_error(path_);
            return run_.save();
        }
        if (::fdatasync(file_) != 0) return disk_error(path_);
        part_.bytes = at_;
        return run_.save();
    }

    Status begin(net::HttpReply const& head) {
        has_begun_ = true;
        if (head.status != 206) {
            at_ = 0;
            if (::ftruncate(file_, 0) != 0) return disk_error(path_);
            part_ = {.url = order_.url, .tag = tag_of(head)};
        }
        return {};
    }

    Status take(net::HttpReply const& head, std::string_view bytes) {
        if (!has_begun_) CHECK(begin(head));
        if (at_ + static_cast<std::int64_t>(bytes.size()) > run_.source.most_bytes)
            return fail(Code::limit, fmt::format("it is larger than {} bytes; if that is meant, raise --most-bytes",
                                                 run_.source.most_bytes));
        run_.report.bytes += bytes.size();
        while (!bytes.empty()) {
            auto const put = ::pwrite(file_, bytes.data(), bytes.size(), at_);
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return disk_error(path_);
            at_ += put;
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
        return at_ - part_.bytes >= bytes_between_marks && !part_.tag.empty() ? mark() : Status();
    }

    Result<net::HttpReply> once() {
        net::HttpCall call;
        call.url = order_.url;
        if (order_.with_secret && !run_.source.header.empty())
            call.headers.push_back({run_.source.header, run_.secret});
        call.body_bytes = static_cast<std::uint64_t>(run_.source.most_bytes);
        call.total_time = run_.source.most_time;
        if (at_ > 0) {
            call.from = static_cast<std::uint64_t>(at_);
            call.if_range = part_.tag;
        } else {
            call.if_none_match = order_.etag;
            call.if_modified_since = order_.modified;
        }
        has_begun_ = false;
        call.take = [this](net::HttpReply const& head, std::string_view bytes) { return take(head, bytes); };
        call.is_cancelled = run_.options.is_cancelled;
        auto reply = client_.send(call);
        if (reply) run_.asked_to_wait = net::retry_after(*reply, run_.doors.clock->now());
        return reply;
    }

    Result<Fetched> end(net::HttpReply const& reply) {
        if (reply.status == 304) return Fetched{};
        if (!reply.is_success()) return std::unexpected(meaning_of(reply));
        if (!has_begun_) CHECK(begin(reply));  // nothing in it
        Fetched fetched{.is_new = true, .file = path_, .name = name_in(reply, reply.url), .bytes = at_};
        if (fetched.name.empty()) fetched.name = name_in(reply, order_.url);
        if (fetched.name.empty()) fetched.name = plain_name(run_.source.name);
        fetched.etag = reply.header("etag");
        if (fetched.etag.empty()) fetched.modified = net::parse_http_date(reply.header("last-modified"));
        TRY(fetched.sha256, hash_of_file(path_));
        part_ = {};  // whole: nothing to go on with
        return fetched;
    }

    SourceRun& run_;
    Order const& order_;
    SourcePart& part_;
    net::HttpClient client_;
    std::filesystem::path path_;
    int file_ = -1;
    std::int64_t at_ = 0;
    bool has_begun_ = false;
};

}  // namespace

net::HttpClientOptions SourceRun::http_options(bool with_secret) const {
    net::HttpClientOptions http;
    http.redirects = redirects;
    http.redirects_to_other_hosts = source.redirects_elsewhere;
    http.proxy = source.proxy;
    http.ca_file = source.ca_file;
    http.slow_time = limits.quiet_time;
    if (source.allows_private)
        for (std::string_view const network :
             {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7"})
            http.reachable.push_back(*parse_prefix(network));
    if (!with_secret) return http;
    http.fingerprint = source.fingerprint;
    http.certificate = source.certificate;
    http.key = source.key;
    http.authorization_in_clear = source.allows_http;
    if (secret.empty() || !source.header.empty()) return http;
    auto const value =
        source.login.empty() ? net::bearer_authorization(secret) : net::basic_authorization(source.login, secret);
    http.authorization = value.value_or("");
    return http;
}

Error meaning_of(net::HttpReply const& reply) {
    auto const where = net::printable_url(reply.url);
    auto const status = reply.status;
    if (status == 401 || status == 403)
        return {Code::denied, fmt::format("{} answers {}: check login, secret or certificate", where, status)};
    if (status == 404 || status == 410)
        return {Code::not_found, fmt::format("{} answers {}: there is nothing", where, status)};
    if (status == 408 || status == 429 || status >= 500)
        return {Code::unavailable, fmt::format("{} answers {}: try later", where, status)};
    return {Code::invalid, fmt::format("{} answers {}", where, status)};
}

Result<Fetched> fetch_file(SourceRun& run, Order const& order) {
    return Download(run, order).go();
}

Result<SourceItem> look_at_file(SourceRun& run, Order const& order) {
    net::HttpClient client(run.http_options(order.with_secret));
    net::HttpCall call;
    call.method = net::Method::head;
    call.url = order.url;
    if (order.with_secret && !run.source.header.empty()) call.headers.push_back({run.source.header, run.secret});
    call.total_time = run.source.most_time;
    call.if_none_match = order.etag;
    call.if_modified_since = order.modified;
    call.is_cancelled = run.options.is_cancelled;
    TRY(auto const reply, client.send(call));
    SourceItem item{.item = net::printable_url(order.url), .name = name_in(reply, order.url), .at = run.began};
    if (reply.status == 304) {
        item.outcome = ItemOutcome::known;
        return item;
    }
    if (!reply.is_success()) return std::unexpected(meaning_of(reply));
    item.bytes = parse_int(reply.header("content-length")).value_or(0);
    return item;
}

}  // namespace tocsin::events
