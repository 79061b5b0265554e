#pragma once
#include "formats/formats.hpp"
#include "net/net.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::sharing {

struct TaxiiLimits {
    std::uint64_t page_bytes = std::uint64_t{64} << 20;  ///< of one page of objects, unpacked
    std::chrono::milliseconds ask_time{60'000};          ///< for one small answer
    std::chrono::milliseconds page_time{300'000};        ///< for one page, or one push
    std::chrono::milliseconds connect_time{15'000};
    std::chrono::seconds slow_time{30};  ///< a body that stands still so long is given up
    std::size_t roots = 32;              ///< API roots that are looked at
};

/// Whom to ask, and as whom.
struct TaxiiAccess {
    net::HttpClientOptions http = {};  ///< how to get there; the client sets authorization and limits
    std::string login = {};            ///< of HTTP Basic; empty: the secret is a bearer token
    std::string secret = {};           ///< empty: nothing is sent
    std::function<bool()> is_cancelled = [] { return false; };
};

/// True when the address names this machine itself ("http://127.0.0.1:5800/", "https://localhost/").
bool is_this_machine(std::string_view url);

/// What a server offers us.
struct TaxiiOffer {
    struct Root {
        std::string url;
        formats::taxii::ApiRoot about;
        std::vector<formats::taxii::Collection> collections;
        std::string fault;  ///< why it could not be looked at; empty: it could
    };
    formats::taxii::Discovery discovery;  ///< empty when the address was an API root's
    std::vector<Root> roots;
};

/// A collection, found.
struct TaxiiPlace {
    std::string root;  ///< ends in "/"
    formats::taxii::Collection collection;
};

/// One page of objects, not trusted beyond what is said here.
struct TaxiiPage {
    std::string bytes;         ///< the objects, in some container that Intelligence::import takes
    std::int64_t objects = 0;  ///< of the types asked for, as counted by us
    std::int64_t sent = 0;     ///< of any type
    std::int64_t broken = 0;   ///< members that are no JSON
    bool more = false;
    std::string next;
    std::optional<Timestamp> first, last;  ///< X-TAXII-Date-Added-First and -Last
    std::optional<Timestamp> server_time;  ///< Date
    std::uint64_t size = 0;
    std::string digest;  ///< of what came: the same page twice has the same
};

/// What is asked of a collection's objects.
struct TaxiiQuestion {
    std::optional<Timestamp> added_after = {};
    std::string next = {};
    std::size_t limit = 1000;
    std::vector<std::string> types = {};
};

/// The client of one TAXII 2.1 server, which may be wrong, slow or hostile.
///
/// Source: TAXII 2.1 (OASIS Standard, 10 June 2021). Each call is made once. What is odd and can be understood is noted
/// in remarks(). Errors, fit to be shown (one line; what the server says, never what we signed in with): Code::denied
/// (401, 403, certificates, addresses and redirects that must not be followed), Code::not_found (404), Code::invalid
/// (what came is no TAXII; 400, 406, 415, 416, 422), Code::limit (413, too much of anything), Code::unavailable (429,
/// 5xx, no connection, too slow: may be tried again). One thread at a time.
class TaxiiClient {
  public:
    TaxiiClient(TaxiiAccess access, TaxiiLimits const& limits);

    /// Discovery, API roots, collections with our rights. `url`: a server, its discovery, or an API root. Roots on
    /// other hosts are told of and not asked: they would get our key.
    Result<TaxiiOffer> look(std::string_view url);
    /// The collection of that id, alias or title. Errors also: Code::not_found, naming what there is.
    Result<TaxiiPlace> find(std::string_view url, std::string_view collection);
    Result<formats::taxii::ApiRoot> api_root(std::string_view root);
    /// Section 5.4. Objects of other types than those asked for are left out, whatever the server sends.
    Result<TaxiiPage> objects(std::string_view root, std::string_view collection, TaxiiQuestion const& question);
    /// Section 5.5.
    Result<formats::taxii::PushStatus> push(std::string_view root, std::string_view collection, std::string envelope);
    /// Section 4.3.
    Result<formats::taxii::PushStatus> status(std::string_view root, std::string_view id);

    formats::taxii::Remarks& remarks() { return remarks_; }
    /// The HTTP status of the last answer; 0: there was none.
    int last_status() const { return last_status_; }
    /// Retry-After of the last answer.
    std::optional<std::chrono::seconds> asked_to_wait() const { return asked_to_wait_; }

  private:
    Result<net::HttpReply> send(net::HttpCall call);
    Result<net::HttpReply> get(std::string const& url, std::uint64_t bytes, std::chrono::milliseconds time);
    Result<std::string> ask(std::string const& url);
    Error refusal(net::HttpReply const& reply, std::string_view url) const;
    TaxiiOffer::Root look_at(std::string url, formats::taxii::ApiRoot about);
    std::string without_secret(std::string text) const;

    TaxiiAccess access_;
    TaxiiLimits limits_;
    Status signed_;  ///< whether the credentials can be sent
    std::string authorization_;
    std::optional<net::HttpClient> http_;
    formats::taxii::Remarks remarks_;
    int last_status_ = 0;
    std::optional<std::chrono::seconds> asked_to_wait_;
};

}  // namespace tocsin::sharing
