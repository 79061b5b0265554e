#pragma once
#include "intelligence/object.hpp"
#include "intelligence/policy_store.hpp"
#include "store/store.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

/// Questions to the object tables, as SQL. One transaction's snapshot each.
namespace tocsin::intelligence {

/// Among ObjectFilter::originators: anybody but us. No organisation has this number.
inline constexpr OrganisationId anybody_else{-1};

/// A WHERE clause on `intel_object o` with the values it binds.
class Condition {
  public:
    /// `near`: what near_keys found, when the filter asks for what is near a value.
    /// Errors: Code::invalid for a value or text that can't be asked for.
    static Result<Condition> of(ObjectFilter const& filter, Visibility const& visibility,
                                std::vector<std::string> const& near = {});

    std::string const& sql() const { return sql_; }
    std::vector<store::Bind> const& binds() const { return binds_; }
    /// It names few objects by an index of its own: sort what it finds, do not walk through all in order.
    bool is_selective() const { return is_selective_; }

    void also(std::string const& sql) { sql_ += " AND " + sql; }
    void also(std::string const& sql, std::int64_t number) {
        also(sql);
        binds_.emplace_back(number);
    }

  private:
    void text(std::string_view value) { binds_.emplace_back(std::string_view(kept_.emplace_back(value))); }
    void blob(std::string value) { binds_.push_back(store::Bind::blob(kept_.emplace_back(std::move(value)))); }
    std::string marks(std::size_t count) const;
    Status add_value(ValueQuery const& query, Visibility const& visibility, std::vector<std::string> const& near);
    Result<std::string> any_range(ValueQuery const& query);
    std::string any_of(std::vector<std::string> const& near);
    void fold(Visibility const& visibility);
    Status add_text(std::string_view words);
    Status add_ids(std::vector<std::string> const& ids);
    void add_versions(ObjectFilter const& filter);
    void add_lists(ObjectFilter const& filter);
    void add_bounds(ObjectFilter const& filter);

    std::string sql_ = "1";
    std::vector<store::Bind> binds_;
    std::deque<std::string> kept_;  ///< texts that binds point to
    bool is_selective_ = false;
};

/// The keys of the values within a distance of a digest, the nearest first, at most 10,000.
/// Errors: Code::limit when there are more digests than can be measured (a million).
Result<std::vector<std::string>> near_keys(store::Transaction& tx, ValueQuery const& query);

/// Reads bodies out of blocks; neighbours come from the block in hand.
class BodyReader {
  public:
    explicit BodyReader(store::Transaction& tx) : tx_(tx) {}
    /// Errors: Code::io for a damaged block. Lives until the next call.
    Result<std::string_view> body(std::int64_t block, std::int64_t slot);

  private:
    store::Transaction& tx_;
    std::int64_t block_ = 0;
    std::string text_;
    std::vector<std::size_t> starts_;
};

/// 16 bytes of "type--uuid" or "uuid". none: it is no such id.
std::optional<std::string> uuid_of(std::string_view id);
/// The text of 16 bytes.
std::string uuid_text(std::string_view bytes);

/// Words for the full text: lower case is FTS5's business; here runs of Han, kana and Thai are taken apart, so that
/// parts of them are found.
std::string searchable(std::string_view text);

}  // namespace tocsin::intelligence
