#pragma once
#include "access/access.hpp"
#include "api/api.hpp"
#include "api/change_stream.hpp"
#include "api/contract.hpp"
#include "api/problem.hpp"
#include "api/request_target.hpp"
#include "base/base.hpp"
#include "net/net.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a file of routes needs. Private to api.
namespace tocsin::api {

class Router;

/// What all requests share.
struct House {
    Doors doors;
    ApiOptions options;
    Contract contract;
    ChangeStream changes;
    net::HttpCounters const* counters = nullptr;
    Timestamp started;
};

/// One request that has passed: its operation is known, the caller may do it, parameters and body fit the contract.
struct Call {
    House& house;
    Operation const& operation;
    net::HttpRequest const& request;
    RequestTarget const& target;
    std::map<std::string, std::string, std::less<>> const& path_values;
    access::Principal caller;                 ///< for `anyone` without a sign-in: name "anonymous", role viewer
    std::optional<access::SignedIn> session;  ///< when a session cookie was good
    boost::json::value body;                  ///< null when the operation takes no JSON

    Doors const& doors() const { return house.doors; }
    Timestamp now() const { return house.doors.clock->now(); }
    access::Visitor visitor() const;
    void changed(std::string_view kind, std::string_view id, std::string_view change) const {
        house.changes.publish(kind, id, change, now());
    }

    /// Path parameters. An id is a whole number by the contract.
    std::string const& path(std::string_view name) const { return path_values.find(name)->second; }
    std::int64_t path_id(std::string_view name = "id") const;

    /// Query parameters. An empty value is the same as none.
    std::optional<std::string_view> query(std::string_view name) const;
    std::optional<std::int64_t> query_number(std::string_view name) const;
    std::vector<std::string> query_all(std::string_view name) const;
    /// "a,b,c" taken apart, empty parts left out.
    std::vector<std::string> query_list(std::string_view name) const;
    std::size_t limit() const;  ///< `limit`, or the contract's default
    std::string after() const { return std::string(query("after").value_or("")); }

    /// Body members. Absent and null are none.
    std::optional<std::string> text(std::string_view name) const;
    std::string text_or(std::string_view name, std::string_view standard) const;
    std::optional<std::int64_t> number(std::string_view name) const;
    std::optional<bool> flag(std::string_view name) const;
    boost::json::value const* member(std::string_view name) const;
};

using Reply = Result<net::HttpResponse>;
using Handler = std::function<Reply(Call&)>;
/// For an operation that takes raw bytes: called before the body is read.
using StreamHandler = std::function<Result<std::unique_ptr<net::BodySink>>(Call&)>;

/// Who answers which operation.
class Router {
  public:
    explicit Router(Contract const& contract) : contract_(contract) {}

    /// `operation_id` must be one of the contract's and not have a handler yet; wrong() says so otherwise.
    void answer(std::string_view operation_id, Handler handler);
    void take_stream(std::string_view operation_id, StreamHandler handler);

    Handler const* handler(Operation const& operation) const;
    StreamHandler const* stream_handler(Operation const& operation) const;
    /// Handlers without an operation, handlers given twice.
    std::vector<std::string> wrong() const;
    /// Operations without a handler.
    std::vector<std::string> missing() const;

  private:
    Contract const& contract_;
    std::map<std::string, Handler, std::less<>> handlers_;
    std::map<std::string, StreamHandler, std::less<>> stream_handlers_;
    std::vector<std::string> faults_;
};

net::HttpResponse json_answer(JsonWriter&& json, int status = 200);
net::HttpResponse nothing();  ///< 204

/// Each src/api/routes/<stem>.cpp defines `void routes_<stem>(Router&)`; the table is generated from the folder.
using RouteFile = void (*)(Router&);
std::span<RouteFile const> route_table();

}  // namespace tocsin::api
