#include "base/csv_row.hpp"
#include "events/archive_internal.hpp"
#include "events/foreign_out.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace tocsin::events {
namespace {

/// The columns of CSV and Parquet; every other field is in the last one, as JSON.
constexpr std::array exported_fields = {
    Field::time_source,
    Field::time_observation,
    Field::feed_code,
    Field::feed_name,
    Field::feed_provider,
    Field::classification_taxonomy,
    Field::classification_type,
    Field::classification_identifier,
    Field::severity,
    Field::source_ip,
    Field::source_port,
    Field::source_asn,
    Field::source_as_name,
    Field::source_network,
    Field::source_cc,
    Field::source_region,
    Field::source_city,
    Field::source_fqdn,
    Field::source_reverse_dns,
    Field::source_url,
    Field::source_account,
    Field::destination_ip,
    Field::destination_port,
    Field::destination_fqdn,
    Field::protocol_transport,
    Field::protocol_application,
    Field::malware_name,
    Field::tlp,
};

/// One event in another team's format.
void append_foreign(std::string& out, std::string_view fields, ExportFormat format, std::string_view reporter) {
    auto const written = format == ExportFormat::idea   ? idea_of_event(fields)
                         : format == ExportFormat::xarf ? xarf_of_event(fields, reporter)
                                                        : xarf_yaml_of_event(fields, reporter);
    out.append(written).append("\n");
}

std::string disk_message(std::filesystem::path const& file) {
    int const number = errno;
    return fmt::format("writing {}: {}{}", file.string(), std::strerror(number),
                       number == ENOSPC ? "; the disk is full: free some space" : "");
}

/// A file that is there whole, or not at all.
class OutputFile {
  public:
    explicit OutputFile(std::filesystem::path file) : file_(std::move(file)), part_(file_.string() + ".part") {
        stream_ = std::fopen(part_.c_str(), "wbe");
    }
    OutputFile(OutputFile const&) = delete;
    ~OutputFile() {
        if (stream_ != nullptr) {
            std::fclose(stream_);
            ::unlink(part_.c_str());
        }
    }
    Status write(std::string_view bytes) {
        if (stream_ == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), stream_) != bytes.size())
            return fail(Code::io, disk_message(file_));
        return {};
    }
    Status finish() {
        bool const good = stream_ != nullptr && std::fflush(stream_) == 0 && ::fsync(::fileno(stream_)) == 0;
        if (!good) return fail(Code::io, disk_message(file_));
        std::fclose(std::exchange(stream_, nullptr));
        if (std::rename(part_.c_str(), file_.c_str()) != 0) return fail(Code::io, disk_message(file_));
        return {};
    }

  private:
    std::filesystem::path file_;
    std::string part_;
    std::FILE* stream_ = nullptr;
};

/// Cells of one event: the exported fields in their order, then the rest as JSON.
std::vector<std::string> cells_of(std::vector<EventMember> const& members) {
    std::vector<std::string> cells(exported_fields.size() + 1);
    auto& rest = cells.back();
    for (auto const& member : members) {
        auto const place = std::ranges::find(exported_fields, static_cast<Field>(member.place));
        if (member.place < field_count && place != exported_fields.end()) {
            cells[static_cast<std::size_t>(place - exported_fields.begin())] = json_plain(member.value);
            continue;
        }
        rest += rest.empty() ? "{" : ",";
        rest += fmt::format("\"{}\":{}", member.name, member.value);
    }
    if (!rest.empty()) rest += '}';
    return cells;
}

std::vector<std::string> header() {
    std::vector<std::string> names;
    for (auto const field : exported_fields) names.emplace_back(name_of(field));
    names.emplace_back("other");
    return names;
}

char const* parquet_type(Field field) {
    switch (storage_of(field)) {
        case Storage::number:
            return "BIGINT";
        case Storage::time:
            return "TIMESTAMP";
        default:
            return "VARCHAR";
    }
}

/// Rows go through a table of their own beside the archive, so memory stays bounded; DuckDB then writes the file.
class ParquetWriter {
  public:
    static Result<std::unique_ptr<ParquetWriter>> create(duck::Connection& connection) {
        auto writer = std::unique_ptr<ParquetWriter>(new ParquetWriter(connection));
        std::string columns;
        for (auto const field : exported_fields)
            columns += fmt::format("\"{}\" {}, ", name_of(field), parquet_type(field));
        CHECK(connection.run("CREATE OR REPLACE TEMP TABLE exported (" + columns + "\"other\" VARCHAR)"));
        return writer;
    }
    ~ParquetWriter() { (void)connection_.run("DROP TABLE IF EXISTS temp.exported"); }

    Status add(std::vector<std::vector<std::string>> const& rows) {
        duckdb_appender appender = nullptr;
        if (duckdb_appender_create_ext(connection_.handle(), "temp", nullptr, "exported", &appender) != DuckDBSuccess) {
            auto const error = duck::error_of(duckdb_appender_error(appender), "exporting");
            duckdb_appender_destroy(&appender);
            return std::unexpected(error);
        }
        for (auto const& row : rows) {
            for (std::size_t i = 0; i < row.size(); ++i) append(appender, i, row[i]);
            duckdb_appender_end_row(appender);
        }
        bool const good = duckdb_appender_close(appender) == DuckDBSuccess;
        auto const error = good ? Error() : duck::error_of(duckdb_appender_error(appender), "exporting");
        duckdb_appender_destroy(&appender);
        if (!good) return std::unexpected(error);
        return {};
    }
    Status finish(std::filesystem::path const& file) {
        auto const part = file.string() + ".part";
        CHECK(connection_.run(
            fmt::format("COPY temp.exported TO {} (FORMAT parquet, COMPRESSION zstd)", duck::quoted(part))));
        if (std::rename(part.c_str(), file.c_str()) != 0) return fail(Code::io, disk_message(file));
        return {};
    }

  private:
    explicit ParquetWriter(duck::Connection& connection) : connection_(connection) {}
    static void append(duckdb_appender appender, std::size_t column, std::string const& cell) {
        if (cell.empty()) {
            duckdb_append_null(appender);
            return;
        }
        auto const storage = column < exported_fields.size() ? storage_of(exported_fields[column]) : Storage::text;
        if (storage == Storage::number) {
            duckdb_append_int64(appender, parse_int(cell).value_or(0));
        } else if (storage == Storage::time) {
            auto const time = parse_timestamp(cell);
            duckdb_append_timestamp(appender, {time ? time->micros : 0});
        } else {
            duckdb_append_varchar_length(appender, cell.data(), cell.size());
        }
    }
    duck::Connection& connection_;
};

}  // namespace

Result<Extent> Archive::export_to(Scope const& scope, std::filesystem::path const& file, EventFilter const& filter,
                                  ExportFormat format, std::string const& reporter) const {
    TRY(auto const where, where_of(*impl_, scope, filter));
    TRY(auto const connection, impl_->lease());
    TRY(auto const parquet_connection, impl_->lease());
    std::unique_ptr<ParquetWriter> parquet;
    std::unique_ptr<OutputFile> output;
    std::string text;
    if (format == ExportFormat::parquet) {
        TRY(parquet, ParquetWriter::create(*parquet_connection.get()));
    } else {
        output = std::make_unique<OutputFile>(file);
        if (format == ExportFormat::csv) append_csv_row(text, header());
        CHECK(output->write(text));
    }
    Extent extent;
    Status status;
    CHECK(connection->query(
        fmt::format("SELECT {} FROM events WHERE {}", all_columns, where), [&](duck::Chunk const& chunk) {
            text.clear();
            std::vector<std::vector<std::string>> rows;
            for (std::size_t row = 0; row < chunk.size(); ++row) {
                std::vector<EventMember> members;
                auto const event =
                    read_event(*impl_, chunk, row, received_of(chunk.get<std::uint32_t>(2, row)), &members);
                extent.add(marking_of(event.tlp), 1);
                if (format == ExportFormat::jsonl) {
                    text.append(event.fields).append("\n");
                } else if (format == ExportFormat::csv) {
                    append_csv_row(text, cells_of(members));
                } else if (format == ExportFormat::parquet) {
                    rows.push_back(cells_of(members));
                } else {
                    append_foreign(text, event.fields, format, reporter);
                }
            }
            status = parquet ? parquet->add(rows) : output->write(text);
            return bool(status);
        }));
    CHECK(status);
    CHECK(parquet ? parquet->finish(file) : output->finish());
    return extent;
}

}  // namespace tocsin::events
