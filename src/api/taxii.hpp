#pragma once
#include "access/access.hpp"
#include "api/exchange_caller.hpp"
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"
#include "net/net.hpp"
#include "sharing/sharing.hpp"
#include "store/store.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tocsin::api {

/// The TAXII 2.1 server: discovery at /taxii2/, one API root at /taxii2/root/.
///
/// Source: TAXII 2.1 (OASIS Standard, 10 June 2021). A peer gets what the gate lets it have, a member of the team what
/// its role may see; every page that goes to a peer is in the disclosure log before it goes. Safe from any thread.
class Taxii {
  public:
    static constexpr std::uint64_t most_content = std::uint64_t{64} << 20;  ///< max_content_length

    explicit Taxii(ExchangeDoors doors) : doors_(std::move(doors)) {}

    static bool is_mine(std::string_view path) { return path == "/taxii2" || path.starts_with("/taxii2/"); }
    /// A request without a body, or with one that was collected.
    net::HttpResponse answer(net::HttpRequest const& request, std::string const& body = {});
    /// A request with a body: taken only from who may write somewhere.
    std::variant<std::unique_ptr<net::BodySink>, net::HttpResponse> open(net::HttpRequest const& request);

  private:
    using Caller = ExchangeCaller;
    struct Asked;
    Result<Caller> caller_of(net::HttpRequest const& request) const;
    Result<net::HttpResponse> route(net::HttpRequest const& request, std::string const& body);
    Result<net::HttpResponse> root(Asked const& asked);
    Result<net::HttpResponse> collection(Asked const& asked);
    Result<net::HttpResponse> objects(Asked const& asked, sharing::Collection const& collection);
    Result<net::HttpResponse> manifest(Asked const& asked, sharing::Collection const& collection);
    Result<net::HttpResponse> versions(Asked const& asked, sharing::Collection const& collection,
                                       std::string const& id);
    Result<net::HttpResponse> add(Asked const& asked, sharing::Collection const& collection);
    Result<net::HttpResponse> remove(Asked const& asked, sharing::Collection const& collection, std::string const& id);
    struct KeptPage;
    Result<std::shared_ptr<KeptPage const>> kept_page(Asked const& asked, sharing::Collection const& collection);
    std::string title() const;
    sharing::CollectionRights rights(Caller const& caller, sharing::Collection const& collection) const;
    Result<intelligence::ObjectPage> page(Asked const& asked, sharing::Collection const& collection,
                                          std::string const& id, formats::taxii::Filtered resource) const;
    Status disclose(Caller const& caller, sharing::Collection const& collection,
                    std::vector<gate::Cleared<intelligence::Object>> const& page) const;

    ExchangeDoors doors_;
    std::mutex mutex_;  ///< guards kept_
    /// The last pages that were asked for, by question and by what decides over the answer: many ask for the same
    /// again.
    std::deque<std::pair<std::string, std::shared_ptr<KeptPage const>>> kept_;
};

}  // namespace tocsin::api
