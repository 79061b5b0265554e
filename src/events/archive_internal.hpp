#pragma once
#include "events/archive.hpp"
#include "events/duck.hpp"

#include <atomic>
#include <mutex>

namespace tocsin::events {

inline constexpr std::uint64_t rows_per_segment = std::uint64_t{1} << 24;
constexpr std::uint64_t first_event_id(std::int64_t segment) {
    return static_cast<std::uint64_t>(segment) * rows_per_segment;
}

struct Archive::Impl {
    Impl(Dictionary& d, ClassTable& c) : dictionary(d), classes(c) {}
    ~Impl();

    /// A connection for one question; goes back when done.
    class Lease {
      public:
        Lease(Impl& impl, std::unique_ptr<duck::Connection> connection)
            : impl_(&impl), connection_(std::move(connection)) {}
        Lease(Lease&&) = default;  // one that was moved from has no connection
        ~Lease();
        duck::Connection* operator->() const { return connection_.get(); }
        duck::Connection* get() const { return connection_.get(); }

      private:
        Impl* impl_;
        std::unique_ptr<duck::Connection> connection_;
    };
    Result<Lease> lease();

    Dictionary& dictionary;
    ClassTable& classes;
    std::filesystem::path file;
    duckdb_database database = nullptr;
    unsigned threads = 1;
    std::unique_ptr<duck::Connection> writer;
    std::size_t memory_mb = 0;
    std::mutex idle_mutex;  // guards the five below
    std::vector<std::unique_ptr<duck::Connection>> idle;
    std::size_t leased = 0;
    std::uint64_t questions = 0;          ///< asked so far
    std::uint64_t questions_at_rest = 0;  ///< when `rest` was called last
    bool is_at_rest = false;
    std::atomic<std::int64_t> visible = 0;
};

/// The condition of a filter as SQL over the table `events`.
/// Errors: Code::invalid, naming what is wrong.
Result<std::string> where_of(Archive::Impl const& archive, EventFilter const& filter);
/// Of these, what is within the scope.
Result<std::string> where_of(Archive::Impl const& archive, Scope const& scope, EventFilter const& filter);

/// The columns in the order `read_event` expects.
extern char const* const all_columns;

/// One field of an event: its place in the order of fields, its name and value as JSON.
struct EventMember {
    std::size_t place;
    std::string name;
    std::string value;
};
/// Calls `each(name, value)` for `"name":value,...`, as our own writer makes it.
void for_members(std::string_view members, std::function<void(std::string_view, std::string_view)> const& each);
/// A JSON value without quotes and escapes.
std::string json_plain(std::string_view value);
/// `observed` is when the report came; `members` (may be null) gets the fields one by one.
StoredEvent read_event(Archive::Impl const& archive, duck::Chunk const& chunk, std::size_t row, Timestamp observed,
                       std::vector<EventMember>* members = nullptr);

}  // namespace tocsin::events
