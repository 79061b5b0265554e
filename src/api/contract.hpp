#pragma once
#include "base/result.hpp"
#include "net/net.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The API's contract, src/api/openapi.json, as the server uses it: it says which operations there are, what they take
/// and who may call them. Handlers are found by operationId, so the document and the server cannot drift apart.
namespace tocsin::api {

/// The least role an operation wants (`x-role`). `constituent` is for people and keys of constituents only: the team
/// has its own operations, which see more.
enum class Least { anyone, constituent, viewer, analyst, administrator };

struct Parameter {
    std::string name;
    bool is_in_path = false;
    bool is_required = false;
    bool is_repeated = false;                     ///< an array: may be given several times
    boost::json::object const* schema = nullptr;  ///< of one value
};

struct Operation {
    std::string id;
    net::Method method = net::Method::get;
    std::string path;                   ///< "/api/v1/feeds/{feed}/reports"
    std::vector<std::string> segments;  ///< "api", "v1", "feeds", "{feed}", "reports"
    Least least = Least::administrator;
    std::vector<Parameter> parameters;
    boost::json::value const* body_schema = nullptr;  ///< of a JSON body; none: it takes no JSON
    bool takes_stream = false;                        ///< raw bytes
    std::uint64_t body_limit = 1 << 20;

    Parameter const* parameter(std::string_view name) const;
};

/// What is wrong with one value.
struct Fault {
    std::string field;  ///< "contacts.0.email", or a parameter's name
    std::string expected;
};

class Contract {
  public:
    /// Errors: Code::internal naming the operation; the document is ours.
    static Result<Contract> read(std::string_view openapi_json);

    std::vector<Operation> const& operations() const { return operations_; }
    Operation const* operation(std::string_view id) const;
    /// The schema of that name under components/schemas.
    boost::json::value const* schema(std::string_view name) const;
    boost::json::value const& document() const { return *document_; }

    /// Checks a value against a schema: type, enum, properties, required, additionalProperties, items, oneOf, $ref,
    /// minimum, maximum, minLength, maxLength (code points), minItems, maxItems, pattern (see matches()), format
    /// date-time. At most 20 faults.
    std::vector<Fault> check(boost::json::value const& value, boost::json::value const& schema) const;
    /// The same for a parameter's text.
    std::vector<Fault> check_text(std::string_view text, Parameter const& parameter) const;

  private:
    Status read_operations();
    Status read_parameters(boost::json::object const& described, Operation& operation);

    std::shared_ptr<boost::json::value> document_;
    std::vector<Operation> operations_;
};

/// Whether `text` matches a pattern of the few forms our document uses: ^, literal characters, [classes], {n}, +, *, $.
bool matches(std::string_view pattern, std::string_view text);

/// Finds the operation for a path. Literal segments win over parameters; `{feed}` takes two segments
/// ("publisher/report").
class PathTable {
  public:
    explicit PathTable(std::vector<Operation> const& operations);

    struct Found {
        std::vector<Operation const*> operations;                ///< one a method; empty: no such path
        std::map<std::string, std::string, std::less<>> values;  ///< decoded
    };
    Found find(std::string_view path) const;

  private:
    struct Entry {
        std::vector<std::string> segments;
        std::vector<Operation const*> operations;
    };
    std::vector<Entry> entries_;  ///< the more literal first
};

}  // namespace tocsin::api
