#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tocsin::store {

/// One step of a room's tables: src/<room>/migrations/NNNN_what.sql, compiled in. Applied once, in order, never changed
/// after release.
struct Migration {
    std::string_view room;
    int number;
    std::string_view name;
    std::string_view sql;
};

/// A value for a `?` of a statement. Text is not copied: it must live until the call returns.
class Bind {
  public:
    Bind(std::nullptr_t) {}
    Bind(bool v) : value_(std::int64_t{v}) {}
    template <class T>
        requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
    Bind(T v) : value_(static_cast<std::int64_t>(v)) {}
    template <class T>
        requires std::is_enum_v<T>
    Bind(T v) : value_(static_cast<std::int64_t>(v)) {}
    Bind(double v) : value_(v) {}
    Bind(std::string_view v) : value_(v) {}
    Bind(std::string const& v) : value_(std::string_view(v)) {}
    Bind(char const* v) : value_(std::string_view(v)) {}
    Bind(Timestamp v) : value_(v.micros) {}
    template <class Tag>
    Bind(Id<Tag> v) {
        if (v) value_ = v.value;  // Id 0 is "none" and is stored as NULL
    }
    template <class T>
    Bind(std::optional<T> const& v) {
        if (v) *this = Bind(*v);
    }
    /// Bytes instead of text.
    static Bind blob(std::string_view bytes) {
        Bind bind(bytes);
        bind.is_blob_ = true;
        return bind;
    }

    std::variant<std::monostate, std::int64_t, double, std::string_view> const& value() const { return value_; }
    bool is_blob() const { return is_blob_; }

  private:
    std::variant<std::monostate, std::int64_t, double, std::string_view> value_;
    bool is_blob_ = false;
};

/// The row a query stands on; columns count from 0. Text lives until the next row. NULL reads as 0, "" or none.
class Row {
  public:
    explicit Row(void* statement) : statement_(statement) {}

    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string_view text(int column) const;
    std::string string(int column) const { return std::string(text(column)); }
    bool truth(int column) const { return integer(column) != 0; }
    Timestamp time(int column) const { return {integer(column)}; }
    std::optional<Timestamp> time_if(int column) const {
        return is_null(column) ? std::nullopt : std::optional(time(column));
    }
    template <class Tag>
    Id<Tag> id(int column) const {
        return {integer(column)};
    }

  private:
    void* statement_;
};

/// What one connection can do inside a transaction. Lives only within Ledger::read or Ledger::write; one thread.
///
/// SQL is written once and kept portable (SQLite and PostgreSQL). Errors: Code::conflict for a broken constraint,
/// Code::io for a full or failing disk, Code::internal for a statement of ours that is wrong.
class Transaction {
  public:
    /// A statement that returns nothing. Gives the number of rows it changed.
    Result<std::int64_t> run(std::string_view sql, std::initializer_list<Bind> binds = {});
    /// An INSERT; gives the new row's id.
    Result<std::int64_t> insert(std::string_view sql, std::initializer_list<Bind> binds = {});
    /// Calls `each` for every row, in order. `each` may return bool: false stops.
    template <class F>
    Status query(std::string_view sql, std::initializer_list<Bind> binds, F&& each) {
        return query_rows(sql, {binds.begin(), binds.size()}, [&](Row const& row) -> bool {
            if constexpr (std::is_same_v<std::invoke_result_t<F&, Row const&>, bool>) {
                return each(row);
            } else {
                each(row);
                return true;
            }
        });
    }
    /// The first row through `read`, or none.
    template <class F>
    auto one(std::string_view sql, std::initializer_list<Bind> binds, F&& read)
        -> Result<std::optional<std::invoke_result_t<F&, Row const&>>> {
        std::optional<std::invoke_result_t<F&, Row const&>> found;
        CHECK(query(sql, binds, [&](Row const& row) {
            found.emplace(read(row));
            return false;
        }));
        return found;
    }
    /// For statements whose number of values is only known at run time.
    Status query_rows(std::string_view sql, std::span<Bind const> binds, std::function<bool(Row const&)> const& each);

  private:
    friend class Ledger;
    struct Connection;
    explicit Transaction(Connection& connection) : connection_(&connection) {}
    Connection* connection_;
};

/// The ledger: SQLite in WAL mode, synced at each commit. What a committed `write` said is there after a kill or power
/// loss.
///
/// Safe from any thread: writers take turns (each waits at most 60 s, then Code::unavailable), readers see a snapshot
/// and block nobody.
class Ledger {
  public:
    /// Opens or creates the file and applies the migrations it lacks, each in its own transaction.
    /// Errors: Code::conflict when the file was written by a newer program; Code::io naming the file and what to do.
    static Result<std::unique_ptr<Ledger>> open(std::filesystem::path const& file,
                                                std::span<Migration const> migrations);
    ~Ledger();

    /// Runs `f(Transaction&) -> Result<T>` and commits if it gave no error; otherwise nothing has happened.
    template <class F>
    auto write(F&& f) -> std::invoke_result_t<F&, Transaction&> {
        Lease lease = lease_writer();
        if (!lease.connection)
            return fail(Code::unavailable, "the ledger is busy: another write has lasted over 60 s; try again");
        Transaction transaction(*lease.connection);
        CHECK(begin(transaction, true));
        auto result = f(transaction);
        if (!result) {
            roll_back(transaction);
            return result;
        }
        CHECK(commit(transaction));
        return result;
    }
    /// Runs `f(Transaction&) -> Result<T>` on a snapshot that does not change meanwhile. Writing in it is an error.
    template <class F>
    auto read(F&& f) -> std::invoke_result_t<F&, Transaction&> {
        Lease lease = lease_reader();
        if (!lease.connection) return std::unexpected(lease.error);
        Transaction transaction(*lease.connection);
        CHECK(begin(transaction, false));
        auto result = f(transaction);
        roll_back(transaction);
        return result;
    }

    /// A consistent copy while others read and write (SQLite online backup). The target must not exist.
    Status backup_to(std::filesystem::path const& target);
    /// PRAGMA integrity_check and foreign_key_check; the faults found, empty when whole.
    Result<std::vector<std::string>> check();

  private:
    struct Impl;
    struct Lease {
        Ledger* ledger = nullptr;
        Transaction::Connection* connection = nullptr;
        bool writer = false;
        Error error;
        Lease() = default;
        explicit Lease(Error why) : error(std::move(why)) {}
        Lease(Ledger& owner, Transaction::Connection* leased, bool writes)
            : ledger(&owner), connection(leased), writer(writes) {}
        Lease(Lease&&) = delete;
        ~Lease();
    };
    explicit Ledger(std::unique_ptr<Impl> impl);
    Lease lease_writer();
    Lease lease_reader();
    Status begin(Transaction& transaction, bool writing);
    Status commit(Transaction& transaction);
    void roll_back(Transaction& transaction);

    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::store
