#pragma once
#include "base/base.hpp"

#include <duckdb.h>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// DuckDB's C interface with owners for its handles. Private to this room: only archive*.cpp include it.
namespace tocsin::events::duck {

/// `'text'` for SQL.
std::string quoted(std::string_view text);

/// A few thousand rows of an answer. Texts live as long as the chunk.
class Chunk {
  public:
    explicit Chunk(duckdb_data_chunk chunk);
    Chunk(Chunk&& other) noexcept;
    Chunk& operator=(Chunk&&) = delete;
    ~Chunk();

    std::size_t size() const { return size_; }
    template <class T>
    T get(std::size_t column, std::size_t row) const {
        return static_cast<T const*>(data_[column])[row];
    }
    template <class T>
    T const* column(std::size_t number) const {
        return static_cast<T const*>(data_[number]);
    }
    std::string_view text(std::size_t column, std::size_t row) const {
        if (is_null(column, row)) return {};
        auto const& value = this->column<duckdb_string_t>(column)[row].value;
        auto const length = value.inlined.length;
        return {length <= sizeof value.inlined.inlined ? value.inlined.inlined : value.pointer.ptr, length};
    }
    bool is_null(std::size_t column, std::size_t row) const {
        return validity_[column] != nullptr && (validity_[column][row / 64] >> row % 64 & 1) == 0;
    }

  private:
    duckdb_data_chunk chunk_;
    std::size_t size_;
    std::vector<void*> data_;
    std::vector<uint64_t*> validity_;
};

/// One connection; one thread at a time. Errors: Code::io for a full or failing disk, Code::limit when the memory bound
/// is passed, Code::internal for SQL of ours that is wrong.
class Connection {
  public:
    static Result<std::unique_ptr<Connection>> open(duckdb_database database);
    Connection(Connection const&) = delete;
    ~Connection();

    Status run(std::string const& sql);
    /// Streams the answer; false from `each` stops.
    Status query(std::string const& sql, std::function<bool(Chunk const&)> const& each);
    /// The first number of the first row; 0 if there is none.
    Result<std::int64_t> number(std::string const& sql);
    duckdb_connection handle() { return connection_; }

  private:
    explicit Connection(duckdb_connection connection) : connection_(connection) {}
    duckdb_connection connection_;
};

Error error_of(std::string_view message, std::string_view doing);

}  // namespace tocsin::events::duck
