#include "events/duck.hpp"

#include <fmt/format.h>

namespace tocsin::events::duck {

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (char const c : text) {
        if (c == '\0') continue;
        if (c == '\'') out += '\'';
        out += c;
    }
    return out += '\'';
}

Error error_of(std::string_view message, std::string_view doing) {
    auto const has = [&](std::string_view part) { return message.find(part) != std::string_view::npos; };
    if (has("No space left"))
        return {Code::io, fmt::format("{}: the disk is full; free some space, nothing was lost", doing)};
    if (has("Out of Memory"))
        return {Code::limit, fmt::format("{}: more memory would be needed than [ingest] memory_mb allows; ask for less "
                                         "or raise it",
                                         doing)};
    if (has("Could not set lock"))
        return {Code::unavailable, fmt::format("{}: another process has the archive open", doing)};
    bool const disk =
        message.starts_with("IO Error") || message.starts_with("FATAL") || has("database has been invalid");
    return {disk ? Code::io : Code::internal, fmt::format("{}: {}", doing, message)};
}

Chunk::Chunk(duckdb_data_chunk chunk) : chunk_(chunk), size_(duckdb_data_chunk_get_size(chunk)) {
    auto const columns = duckdb_data_chunk_get_column_count(chunk);
    for (idx_t c = 0; c < columns; ++c) {
        auto* const vector = duckdb_data_chunk_get_vector(chunk, c);
        data_.push_back(duckdb_vector_get_data(vector));
        validity_.push_back(duckdb_vector_get_validity(vector));
    }
}

Chunk::Chunk(Chunk&& other) noexcept
    : chunk_(std::exchange(other.chunk_, nullptr)),
      size_(other.size_),
      data_(std::move(other.data_)),
      validity_(std::move(other.validity_)) {}

Chunk::~Chunk() {
    if (chunk_ != nullptr) duckdb_destroy_data_chunk(&chunk_);
}

Result<std::unique_ptr<Connection>> Connection::open(duckdb_database database) {
    duckdb_connection connection = nullptr;
    if (duckdb_connect(database, &connection) != DuckDBSuccess)
        return fail(Code::io, "the archive gives no further connection");
    return std::unique_ptr<Connection>(new Connection(connection));
}

Connection::~Connection() {
    duckdb_disconnect(&connection_);
}

Status Connection::run(std::string const& sql) {
    duckdb_result result;
    bool const good = duckdb_query(connection_, sql.c_str(), &result) == DuckDBSuccess;
    Status status;
    if (!good) {
        char const* const message = duckdb_result_error(&result);
        status = std::unexpected(error_of(message != nullptr ? message : "failed", "the archive"));
    }
    duckdb_destroy_result(&result);
    return status;
}

Status Connection::query(std::string const& sql, std::function<bool(Chunk const&)> const& each) {
    duckdb_prepared_statement statement = nullptr;
    duckdb_pending_result pending = nullptr;
    duckdb_result result{};
    Status status;
    bool stopped = false;
    auto const failed = [&](char const* message) {
        status = std::unexpected(error_of(message != nullptr ? message : "failed", "asking the archive"));
    };
    if (duckdb_prepare(connection_, sql.c_str(), &statement) != DuckDBSuccess) {
        failed(duckdb_prepare_error(statement));
    } else if (duckdb_pending_prepared_streaming(statement, &pending) != DuckDBSuccess) {
        failed(duckdb_pending_error(pending));
    } else if (duckdb_execute_pending(pending, &result) != DuckDBSuccess) {
        failed(duckdb_result_error(&result));
        duckdb_destroy_result(&result);
    } else {
        while (auto* const raw = duckdb_fetch_chunk(result)) {
            Chunk const chunk(raw);
            if (chunk.size() == 0) break;
            stopped = !each(chunk);
            if (stopped) break;
        }
        if (auto const* const message = duckdb_result_error(&result); message != nullptr && *message != 0)
            failed(message);
        duckdb_destroy_result(&result);
    }
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&statement);
    // an answer not read to its end holds locks until the connection is used again
    if (stopped && status) status = run("SELECT 1");
    return status;
}

Result<std::int64_t> Connection::number(std::string const& sql) {
    std::int64_t number = 0;
    CHECK(query(sql, [&](Chunk const& chunk) {
        if (!chunk.is_null(0, 0)) number = chunk.get<std::int64_t>(0, 0);
        return true;
    }));
    return number;
}

}  // namespace tocsin::events::duck
