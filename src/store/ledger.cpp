#include "store/ledger.hpp"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <fmt/format.h>
#include <list>
#include <map>
#include <mutex>
#include <sqlite3.h>
#include <unordered_map>

namespace tocsin::store {
namespace {

constexpr auto writer_patience = std::chrono::seconds(60);
constexpr std::size_t max_idle_readers = 4;

Error error_of(sqlite3* db, int code, std::string_view doing) {
    std::string const detail = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            return {Code::conflict, fmt::format("{}: {}", doing, detail)};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {Code::unavailable, fmt::format("{}: the ledger is busy ({}); try again", doing, detail)};
        case SQLITE_FULL:
            return {Code::io, fmt::format("{}: the disk is full; free some space, nothing was lost", doing)};
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {Code::io, fmt::format("{}: {}; check that the data directory exists and this user may write in it",
                                          doing, detail)};
        case SQLITE_IOERR:
            if (int const number = db != nullptr ? sqlite3_system_errno(db) : 0;
                number == ENOSPC || number == EDQUOT || number == EFBIG)
                return {Code::io,
                        fmt::format("{}: the disk (or this user's share of it) is full; free some space, nothing was "
                                    "lost",
                                    doing)};
            return {Code::io, fmt::format("{}: the disk failed ({}); nothing was lost", doing, detail)};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {Code::io,
                    fmt::format("{}: {}; restore the last backup (tocsin restore) and keep this file for study", doing,
                                detail)};
        default:
            return {Code::internal, fmt::format("{}: {}", doing, detail)};
    }
}

}  // namespace

/// One SQLite connection and its prepared statements, by their text.
struct Transaction::Connection {
    sqlite3* db = nullptr;
    struct TextHash {
        using is_transparent = void;  // looked up at each of millions of statements: no text is copied for it
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Statements = std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>>;
    Statements statements;
    /// Statements by where their text lies: most are literals, and comparing is much cheaper than hashing.
    struct Recent {
        char const* text = nullptr;
        Statements::value_type const* statement = nullptr;
    };
    std::array<Recent, 128> recent;

    Connection() = default;
    Connection(Connection const&) = delete;
    ~Connection() {
        for (auto const& [sql, statement] : statements) sqlite3_finalize(statement);
        sqlite3_close_v2(db);
    }

    Status execute(char const* sql) {
        int const code = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return std::unexpected(error_of(db, code, sql));
        return {};
    }

    Result<sqlite3_stmt*> prepared(std::string_view sql, std::span<Bind const> binds) {
        auto& last = recent[(reinterpret_cast<std::uintptr_t>(sql.data()) >> 4) % recent.size()];
        if (last.text != sql.data() || last.statement->first != sql) {
            TRY(last.statement, statement_of(sql));
            last.text = sql.data();
        }
        sqlite3_stmt* const statement = last.statement->second;
        TOCSIN_ASSERT(sqlite3_bind_parameter_count(statement) == static_cast<int>(binds.size()));
        int index = 0;
        for (auto const& bind : binds) bind_one(statement, ++index, bind);
        return statement;
    }

    Result<Statements::value_type const*> statement_of(std::string_view sql) {
        auto found = statements.find(sql);
        if (found == statements.end()) {
            sqlite3_stmt* made = nullptr;
            int const code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                                &made, nullptr);
            if (code != SQLITE_OK) return std::unexpected(error_of(db, code, sql));
            if (statements.size() > 300) {  // statements built at run time must not pile up
                for (auto const& [text, old] : statements) sqlite3_finalize(old);
                statements.clear();
                recent.fill({});
            }
            found = statements.emplace(std::string(sql), made).first;
        }
        return &*found;
    }

    static void bind_one(sqlite3_stmt* statement, int index, Bind const& bind) {
        auto const& value = bind.value();
        if (auto const* number = std::get_if<std::int64_t>(&value)) {
            sqlite3_bind_int64(statement, index, *number);
        } else if (auto const* real = std::get_if<double>(&value)) {
            sqlite3_bind_double(statement, index, *real);
        } else if (auto const* text = std::get_if<std::string_view>(&value)) {
            char const* const data = text->data() != nullptr ? text->data() : "";
            if (bind.is_blob()) {
                sqlite3_bind_blob64(statement, index, data, text->size(), SQLITE_STATIC);
            } else {
                sqlite3_bind_text64(statement, index, data, text->size(), SQLITE_STATIC, SQLITE_UTF8);
            }
        } else {
            sqlite3_bind_null(statement, index);
        }
    }
};

bool Row::is_null(int column) const {
    return sqlite3_column_type(static_cast<sqlite3_stmt*>(statement_), column) == SQLITE_NULL;
}
std::int64_t Row::integer(int column) const {
    return sqlite3_column_int64(static_cast<sqlite3_stmt*>(statement_), column);
}
double Row::real(int column) const {
    return sqlite3_column_double(static_cast<sqlite3_stmt*>(statement_), column);
}
std::string_view Row::text(int column) const {
    auto* const statement = static_cast<sqlite3_stmt*>(statement_);
    auto const* const data =
        sqlite3_column_blob(statement, column);  // blob access gives text bytes too, without conversion
    auto const size = sqlite3_column_bytes(statement, column);
    return data == nullptr ? std::string_view()
                           : std::string_view(static_cast<char const*>(data), static_cast<std::size_t>(size));
}

Status Transaction::query_rows(std::string_view sql, std::span<Bind const> binds,
                               std::function<bool(Row const&)> const& each) {
    TRY(sqlite3_stmt * statement, connection_->prepared(sql, binds));
    Row const row(statement);
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        if (!each(row)) break;
    Status status;
    if (code != SQLITE_ROW && code != SQLITE_DONE) status = std::unexpected(error_of(connection_->db, code, sql));
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status;
}

Result<std::int64_t> Transaction::run(std::string_view sql, std::initializer_list<Bind> binds) {
    auto const before = sqlite3_total_changes64(connection_->db);
    CHECK(query_rows(sql, {binds.begin(), binds.size()}, [](Row const&) { return true; }));
    return sqlite3_total_changes64(connection_->db) - before;
}

Result<std::int64_t> Transaction::insert(std::string_view sql, std::initializer_list<Bind> binds) {
    CHECK(query_rows(sql, {binds.begin(), binds.size()}, [](Row const&) { return true; }));
    return sqlite3_last_insert_rowid(connection_->db);
}

struct Ledger::Impl {
    std::filesystem::path file;
    Transaction::Connection writer;
    std::timed_mutex writing;  // writers take turns
    std::mutex readers_mutex;  // guards idle_readers
    std::list<std::unique_ptr<Transaction::Connection>> idle_readers;
    std::list<std::unique_ptr<Transaction::Connection>> busy_readers;

    Status open_connection(Transaction::Connection& connection, bool read_only) const {
        int const flags =
            (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX;
        int const code = sqlite3_open_v2(file.c_str(), &connection.db, flags, nullptr);
        if (code != SQLITE_OK) return std::unexpected(error_of(connection.db, code, "opening " + file.string()));
        sqlite3_busy_timeout(connection.db, 10'000);
        sqlite3_limit(connection.db, SQLITE_LIMIT_ATTACHED, 0);
        CHECK(connection.execute("PRAGMA foreign_keys=ON"));
        CHECK(connection.execute("PRAGMA trusted_schema=OFF"));
        // Kilobytes, taken only as they are needed: large imports write all over their indexes.
        CHECK(connection.execute(read_only ? "PRAGMA cache_size=-8000" : "PRAGMA cache_size=-96000"));
        return {};
    }
};

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::~Ledger() = default;

namespace {

Result<int> version_of(Transaction& tx, std::string_view room) {
    TRY(auto version, tx.one("SELECT number FROM schema_version WHERE room = ?", {room},
                             [](Row const& row) { return row.integer(0); }));
    return static_cast<int>(version.value_or(0));
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(std::filesystem::path const& file, std::span<Migration const> migrations) {
    // SQLite counts its memory under one lock for all connections unless it is told not to, before its first use.
    static int const is_told = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)is_told;
    auto impl = std::make_unique<Impl>();
    impl->file = file;
    CHECK(impl->open_connection(impl->writer, false));
    for (auto const* const sql :
         {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
          "PRAGMA wal_autocheckpoint=65536",  // 256 MB: a page that changes in many commits is copied home once
          "PRAGMA journal_size_limit=33554432",
          "CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, number INTEGER NOT NULL)"})
        if (auto const done = impl->writer.execute(sql); !done)
            return std::unexpected(done.error().during("opening the ledger " + file.string()));
    std::unique_ptr<Ledger> ledger(new Ledger(std::move(impl)));

    std::map<std::string_view, int> newest;
    for (auto const& migration : migrations) {
        newest[migration.room] = std::max(newest[migration.room], migration.number);
        CHECK(ledger->write([&](Transaction& tx) -> Status {
            TRY(int const have, version_of(tx, migration.room));
            if (have >= migration.number) return {};
            if (auto done = tx.connection_->execute(std::string(migration.sql).c_str()); !done)
                return std::unexpected(done.error().during(
                    fmt::format("{}: migration {} of {}", file.string(), migration.name, migration.room)));
            CHECK(tx.run(
                "INSERT INTO schema_version VALUES (?, ?) ON CONFLICT (room) DO UPDATE SET number = excluded.number",
                {migration.room, migration.number}));
            return {};
        }));
    }
    CHECK(ledger->read([&](Transaction& tx) -> Status {
        for (auto const& [room, number] : newest) {
            TRY(int const have, version_of(tx, room));
            if (have > number)
                return fail(
                    Code::conflict,
                    fmt::format("{} was written by a newer Tocsin ({} is at version {}, this program knows {}); "
                                "start the newer program or restore a backup made before the upgrade",
                                file.string(), room, have, number));
        }
        return {};
    }));
    return ledger;
}

Ledger::Lease::~Lease() {
    if (connection == nullptr) return;
    if (writer) {
        ledger->impl_->writing.unlock();
        return;
    }
    std::lock_guard const lock(ledger->impl_->readers_mutex);
    auto& busy = ledger->impl_->busy_readers;
    auto& idle = ledger->impl_->idle_readers;
    for (auto at = busy.begin(); at != busy.end(); ++at)
        if (at->get() == connection) {
            idle.splice(idle.begin(), busy, at);
            break;
        }
    if (idle.size() > max_idle_readers) idle.pop_back();
}

Ledger::Lease Ledger::lease_writer() {
    if (!impl_->writing.try_lock_for(writer_patience)) return Lease();
    return Lease(*this, &impl_->writer, true);
}

Ledger::Lease Ledger::lease_reader() {
    {
        std::lock_guard const lock(impl_->readers_mutex);
        if (!impl_->idle_readers.empty()) {
            auto& busy = impl_->busy_readers;
            busy.splice(busy.begin(), impl_->idle_readers, impl_->idle_readers.begin());
            return Lease(*this, busy.front().get(), false);
        }
    }
    auto made = std::make_unique<Transaction::Connection>();
    if (auto opened = impl_->open_connection(*made, true); !opened) return Lease(opened.error());
    auto* const connection = made.get();
    std::lock_guard const lock(impl_->readers_mutex);
    impl_->busy_readers.push_front(std::move(made));
    return Lease(*this, connection, false);
}

Status Ledger::begin(Transaction& transaction, bool writing) {
    return transaction.connection_->execute(writing ? "BEGIN IMMEDIATE" : "BEGIN");
}

Status Ledger::commit(Transaction& transaction) {
    auto done = transaction.connection_->execute("COMMIT");
    if (!done) roll_back(transaction);
    return done;
}

void Ledger::roll_back(Transaction& transaction) {
    if (sqlite3_get_autocommit(transaction.connection_->db) == 0) (void)transaction.connection_->execute("ROLLBACK");
}

Status Ledger::backup_to(std::filesystem::path const& target) {
    if (std::filesystem::exists(target)) return fail(Code::conflict, target.string() + " exists already");
    Transaction::Connection from, to;
    CHECK(impl_->open_connection(from, true));
    if (int const code = sqlite3_open_v2(target.c_str(), &to.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
        code != SQLITE_OK)
        return std::unexpected(error_of(to.db, code, "creating " + target.string()));
    sqlite3_backup* const backup = sqlite3_backup_init(to.db, "main", from.db, "main");
    if (backup == nullptr) return std::unexpected(error_of(to.db, sqlite3_errcode(to.db), "starting the backup"));
    sqlite3_backup_step(backup, -1);
    if (int const code = sqlite3_backup_finish(backup); code != SQLITE_OK)
        return std::unexpected(error_of(to.db, code, "writing the backup"));
    return {};
}

Result<std::vector<std::string>> Ledger::check() {
    return read([](Transaction& tx) -> Result<std::vector<std::string>> {
        std::vector<std::string> faults;
        CHECK(tx.query("PRAGMA integrity_check(20)", {}, [&](Row const& row) {
            if (row.text(0) != "ok") faults.push_back(row.string(0));
        }));
        CHECK(tx.query("PRAGMA foreign_key_check", {}, [&](Row const& row) {
            faults.push_back(
                fmt::format("row {} of {} names a missing row of {}", row.integer(1), row.text(0), row.text(2)));
        }));
        return faults;
    });
}

}  // namespace tocsin::store
