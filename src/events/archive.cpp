#include "events/archive.hpp"

#include "base/late_library.hpp"
#include "events/archive_daily.hpp"
#include "events/archive_internal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <thread>
#include <utility>

namespace tocsin::events {

FindingKey finding_key(EventRow const& row) {
    bool const with_port = (row.flags & EventRow::port_is_service) != 0 && row.port >= 0;
    return {row.source, row.subject, row.finding_class, with_port ? static_cast<std::uint32_t>(row.port) + 1 : 0};
}

std::string finding_id(FindingKey const& key) {
    // class, port, subject and address as hexadecimal numbers with nothing in front
    std::array<char, 8 + 1 + 8 + 1 + 16 + 1 + 32> text;
    auto* end = text.data();
    auto* const last = text.data() + text.size();
    auto const number = [&](std::uint64_t value) { end = std::to_chars(end, last, value, 16).ptr; };
    auto const digits = [&](std::uint64_t value, int count) {
        for (int shift = 4 * (count - 1); shift >= 0; shift -= 4) *end++ = "0123456789abcdef"[value >> shift & 15];
    };
    number(key.finding_class);
    *end++ = '-';
    number(key.port);
    *end++ = '-';
    if (key.subject != 0) number(key.subject);
    *end++ = '-';
    if (key.address.is_v4()) {
        digits(key.address.v4_bits(), 8);
    } else if (!key.address.is_none()) {
        digits(key.address.high, 16);
        digits(key.address.low, 16);
    }
    return {text.data(), end};
}

std::optional<FindingKey> parse_finding_id(std::string_view id) {
    auto const parts = split(id, '-');
    if (parts.size() != 4) return std::nullopt;
    auto const hexadecimal = [](std::string_view text, std::size_t digits) -> std::optional<std::uint64_t> {
        if (text.size() > digits) return std::nullopt;
        std::uint64_t value = 0;
        auto const [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
        if (!text.empty() && (fault != std::errc() || end != text.data() + text.size())) return std::nullopt;
        return value;
    };
    auto const number = hexadecimal(parts[0], 8);
    auto const port = hexadecimal(parts[1], 5);
    auto const subject = hexadecimal(parts[2], 16);
    if (!number || !port || !subject) return std::nullopt;
    FindingKey key{{}, *subject, static_cast<std::uint32_t>(*number), static_cast<std::uint32_t>(*port)};
    auto const address = parts[3];
    if (address.size() == 8) {
        auto const bits = hexadecimal(address, 8);
        if (!bits) return std::nullopt;
        key.address = IpAddress::v4(static_cast<std::uint32_t>(*bits));
    } else if (address.size() == 32) {
        auto const high = hexadecimal(address.substr(0, 16), 16);
        auto const low = hexadecimal(address.substr(16), 16);
        if (!high || !low) return std::nullopt;
        key.address = {*high, *low};
    } else if (!address.empty()) {
        return std::nullopt;
    }
    return key;
}

namespace {

constexpr unsigned least_memory_mb = 8;

constexpr char create_table[] = R"sql(
CREATE TABLE IF NOT EXISTS events (
    id UBIGINT, time BIGINT, report UINTEGER, base UINTEGER, class UINTEGER, severity UTINYINT, lane UTINYINT,
    flags UINTEGER, ip_high UBIGINT, ip_low UBIGINT, port INTEGER, asn UINTEGER, organisation UINTEGER,
    country UINTEGER, to_high UBIGINT, to_low UBIGINT, to_port INTEGER, subject UBIGINT, application UINTEGER,
    region UINTEGER, city UINTEGER, as_name UINTEGER, malware UINTEGER, fqdn VARCHAR, reverse_dns VARCHAR, url VARCHAR,
    rest VARCHAR))sql";

/// Fills column after column of a chunk from rows.
class ChunkFiller {
  public:
    ChunkFiller(duckdb_data_chunk chunk, std::span<EventRow const* const> rows) : chunk_(chunk), rows_(rows) {}

    template <class T, class F>
    void column(F&& value) {
        auto* const out = static_cast<T*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk_, next_++)));
        for (std::size_t i = 0; i < rows_.size(); ++i) out[i] = static_cast<T>(value(*rows_[i]));
    }
    /// Long texts are not copied: they must live until the chunk was appended.
    template <class F>
    void texts(F&& value) {
        auto* const out =
            static_cast<duckdb_string_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk_, next_++)));
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            std::string_view const text = value(*rows_[i]);
            duckdb_string_t cell{};
            cell.value.inlined.length = static_cast<std::uint32_t>(text.size());
            if (text.size() <= 12) {
                if (!text.empty()) std::memcpy(cell.value.inlined.inlined, text.data(), text.size());
            } else {
                std::memcpy(cell.value.pointer.prefix, text.data(), 4);
                cell.value.pointer.ptr = const_cast<char*>(text.data());
            }
            out[i] = cell;
        }
    }

  private:
    duckdb_data_chunk chunk_;
    std::span<EventRow const* const> rows_;
    idx_t next_ = 0;
};

std::uint32_t packed_flags(EventRow const& row) {
    return row.flags | std::uint32_t{row.network_length} << 8 | std::uint32_t{row.tlp} << 16;
}

void fill(duckdb_data_chunk chunk, std::span<EventRow const* const> rows, std::uint64_t first_id) {
    using R = EventRow const&;
    ChunkFiller to(chunk, rows);
    to.column<std::uint64_t>([id = first_id](R) mutable { return id++; });
    to.column<std::int64_t>([](R r) { return r.time; });
    to.column<std::uint32_t>([](R r) { return r.head->report; });
    to.column<std::uint32_t>([](R r) { return r.head->base; });
    to.column<std::uint32_t>([](R r) { return r.finding_class; });
    to.column<std::uint8_t>([](R r) { return r.severity; });
    to.column<std::uint8_t>([](R r) { return r.lane; });
    to.column<std::uint32_t>([](R r) { return packed_flags(r); });
    to.column<std::uint64_t>([](R r) { return r.source.high; });
    to.column<std::uint64_t>([](R r) { return r.source.low; });
    to.column<std::int32_t>([](R r) { return r.port; });
    to.column<std::uint32_t>([](R r) { return r.asn; });
    to.column<std::uint32_t>([](R r) { return r.organisation; });
    to.column<std::uint32_t>([](R r) { return r.words[word_country]; });
    to.column<std::uint64_t>([](R r) { return r.destination.high; });
    to.column<std::uint64_t>([](R r) { return r.destination.low; });
    to.column<std::int32_t>([](R r) { return r.destination_port; });
    to.column<std::uint64_t>([](R r) { return r.subject; });
    to.column<std::uint32_t>([](R r) { return r.words[word_application]; });
    to.column<std::uint32_t>([](R r) { return r.words[word_region]; });
    to.column<std::uint32_t>([](R r) { return r.words[word_city]; });
    to.column<std::uint32_t>([](R r) { return r.words[word_as_name]; });
    to.column<std::uint32_t>([](R r) { return r.words[word_malware]; });
    to.texts([](R r) { return r.fqdn(); });
    to.texts([](R r) { return r.reverse_name(); });
    to.texts([](R r) { return r.url(); });
    to.texts([](R r) { return r.rest(); });
}

std::vector<duckdb_logical_type> column_types() {
    std::vector<duckdb_logical_type> types;
    for (auto const type :
         {DUCKDB_TYPE_UBIGINT,  DUCKDB_TYPE_BIGINT,   DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER,
          DUCKDB_TYPE_UTINYINT, DUCKDB_TYPE_UTINYINT, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UBIGINT,  DUCKDB_TYPE_UBIGINT,
          DUCKDB_TYPE_INTEGER,  DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UBIGINT,
          DUCKDB_TYPE_UBIGINT,  DUCKDB_TYPE_INTEGER,  DUCKDB_TYPE_UBIGINT,  DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER,
          DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_VARCHAR,  DUCKDB_TYPE_VARCHAR,
          DUCKDB_TYPE_VARCHAR,  DUCKDB_TYPE_VARCHAR})
        types.push_back(duckdb_create_logical_type(type));
    return types;
}

Status append_rows(duckdb_appender appender, std::int64_t segment, std::span<EventRow const* const> rows) {
    auto types = column_types();
    auto* chunk = duckdb_create_data_chunk(types.data(), types.size());
    for (auto& type : types) duckdb_destroy_logical_type(&type);
    auto const step = duckdb_vector_size();
    Status status;
    for (std::size_t at = 0; at < rows.size() && status; at += step) {
        auto const part = rows.subspan(at, std::min<std::size_t>(step, rows.size() - at));
        duckdb_data_chunk_reset(chunk);
        fill(chunk, part, first_event_id(segment) + at);
        duckdb_data_chunk_set_size(chunk, part.size());
        if (duckdb_append_data_chunk(appender, chunk) != DuckDBSuccess)
            status = std::unexpected(duck::error_of(duckdb_appender_error(appender), "writing the archive"));
    }
    duckdb_destroy_data_chunk(&chunk);
    return status;
}

}  // namespace

Archive::Archive(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Archive::Impl::~Impl() {
    writer.reset();
    idle.clear();
    if (database != nullptr) duckdb_close(&database);
}

Archive::~Archive() = default;

Result<std::unique_ptr<Archive>> Archive::open(std::filesystem::path const& file, std::size_t memory_mb,
                                               Dictionary& dictionary, ClassTable& classes) {
    CHECK(open_late_library("libduckdb.so"));
    auto impl = std::make_unique<Impl>(dictionary, classes);
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    impl->threads = std::max(1U, std::min(8U, std::thread::hardware_concurrency()));
    auto const set = [&](char const* name, std::string const& value) {
        return duckdb_set_config(config, name, value.c_str()) == DuckDBSuccess;
    };
    bool const good = set("memory_limit", fmt::format("{}MB", memory_mb)) &&
                      set("threads", std::to_string(impl->threads)) && set("autoinstall_known_extensions", "false") &&
                      set("autoload_known_extensions", "false") && set("allow_community_extensions", "false") &&
                      set("temp_directory", file.string() + ".tmp") && set("preserve_insertion_order", "false");
    TOCSIN_ASSERT(good);
    char* message = nullptr;
    bool const opened = duckdb_open_ext(file.c_str(), &impl->database, config, &message) == DuckDBSuccess;
    duckdb_destroy_config(&config);
    if (!opened) {
        auto const error = duck::error_of(message != nullptr ? message : "failed", "opening " + file.string());
        duckdb_free(message);
        return std::unexpected(error);
    }
    impl->file = file;
    impl->memory_mb = memory_mb;
    TRY(impl->writer, duck::Connection::open(impl->database));
    CHECK(impl->writer->run(create_table));
    CHECK(impl->writer->run(daily::create_table));
    return std::unique_ptr<Archive>(new Archive(std::move(impl)));
}

Status Archive::remove_after(std::int64_t segment) {
    auto& writer = *impl_->writer;
    // asked so that the zone maps answer it: max(id) would read the whole column at every start
    TRY(auto const count,
        writer.number(fmt::format("SELECT count(*) FROM events WHERE id >= {}", first_event_id(segment + 1))));
    if (count > 0) {
        log::info("archive: removing events of segments after {}, which were not committed", segment);
        auto const status = [&]() -> Status {
            CHECK(writer.run("BEGIN TRANSACTION"));
            for (auto const table : {"events", "daily"})
                CHECK(writer.run(fmt::format("DELETE FROM {} WHERE id >= {}", table, first_event_id(segment + 1))));
            return writer.run("COMMIT");
        }();
        if (!status) {
            (void)writer.run("ROLLBACK");
            return status;
        }
    }
    return daily::fill_if_needed(writer);
}

Status Archive::append(std::int64_t segment, std::span<EventRow const* const> rows) {
    if (rows.empty()) return {};
    TOCSIN_ASSERT(rows.size() < rows_per_segment);
    auto& writer = *impl_->writer;
    CHECK(daily::fold_if_due(writer, impl_->visible, fold_rows));
    CHECK(writer.run("BEGIN TRANSACTION"));
    duckdb_appender appender = nullptr;
    Status status;
    if (duckdb_appender_create(writer.handle(), nullptr, "events", &appender) != DuckDBSuccess)
        status = std::unexpected(duck::error_of(duckdb_appender_error(appender), "writing the archive"));
    if (status) status = append_rows(appender, segment, rows);
    if (status && duckdb_appender_close(appender) != DuckDBSuccess)
        status = std::unexpected(duck::error_of(duckdb_appender_error(appender), "writing the archive"));
    duckdb_appender_destroy(&appender);
    auto const first = first_event_id(segment);
    if (status)
        status = writer.run(daily::count_events(
            daily::Sign::plus, first, fmt::format("id >= {} AND id < {}", first, first_event_id(segment + 1))));
    if (status) status = writer.run("COMMIT");
    if (!status) (void)writer.run("ROLLBACK");
    return status;
}

Status Archive::set_ingesting(bool ingesting) {
    return impl_->writer->run(fmt::format("SET threads = {}", ingesting ? 1U : impl_->threads));
}

void Archive::publish(std::int64_t segment) {
    impl_->visible = segment;
}

Status Archive::checkpoint() {
    return impl_->writer->run("CHECKPOINT");
}

Result<std::vector<std::string>> Archive::check() const {
    TRY(auto const connection, impl_->lease());
    std::vector<std::string> faults;
    auto const read = connection->number("SELECT sum(length(rest) + id % 2 + port)::BIGINT FROM events");
    if (!read) faults.push_back(read.error().message);
    auto const differences = daily::differences(*connection.get());
    if (!differences) faults.push_back(differences.error().message);
    if (differences && *differences > 0)
        faults.push_back(
            fmt::format("the archive's daily counts differ from its events in {} places; stop the server, "
                        "keep a copy of archive.duckdb, and report this",
                        *differences));
    return faults;
}

void Archive::rest() {
    auto& it = *impl_;
    std::lock_guard const lock(it.idle_mutex);  // a question waits for the milliseconds in which there is no memory
    bool const was_asked = it.questions != std::exchange(it.questions_at_rest, it.questions);
    if (was_asked) it.is_at_rest = false;
    if (was_asked || it.leased > 0 || it.is_at_rest) return;
    // DuckDB keeps blocks up to its limit for ever; it lets go of them when the limit is lowered
    (void)it.writer->run(fmt::format("SET memory_limit = '{}MB'", least_memory_mb));
    (void)it.writer->run(fmt::format("SET memory_limit = '{}MB'", it.memory_mb));
    it.is_at_rest = true;
}

Result<Archive::Impl::Lease> Archive::Impl::lease() {
    std::unique_ptr<duck::Connection> connection;
    {
        std::lock_guard const lock(idle_mutex);
        ++questions;
        ++leased;
        if (!idle.empty()) {
            connection = std::move(idle.back());
            idle.pop_back();
        }
    }
    if (connection) return Lease(*this, std::move(connection));
    auto fresh = duck::Connection::open(database);
    if (fresh) return Lease(*this, *std::move(fresh));
    std::lock_guard const lock(idle_mutex);
    --leased;
    return std::unexpected(fresh.error());
}

Archive::Impl::Lease::~Lease() {
    if (!connection_) return;
    std::lock_guard const lock(impl_->idle_mutex);
    --impl_->leased;
    if (impl_->idle.size() < 4) impl_->idle.push_back(std::move(connection_));
}

}  // namespace tocsin::events
