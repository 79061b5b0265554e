#include "access/access_impl.hpp"

#include <algorithm>

namespace tocsin::access {

Access::Access(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Access::~Access() = default;

Result<std::unique_ptr<Access>> Access::open(store::Ledger& ledger, store::DataDirectory const& directory,
                                             Clock const& clock, AccessLimits limits) {
    TRY(auto secrets, Secrets::open(directory));
    auto impl = std::make_unique<Impl>(ledger, clock, limits, std::move(secrets));
    CHECK(impl->check_secret());
    return std::unique_ptr<Access>(new Access(std::move(impl)));
}

Status Access::Impl::check_secret() {
    std::string const print = secrets.mac("print", "this installation");
    TRY(auto const kept, ledger.read([&](store::Transaction& tx) {
        return tx.one("SELECT value FROM access_fact WHERE name = 'secret_print'", {},
                      [](store::Row const& row) { return row.string(0); });
    }));
    if (!kept) {
        CHECK(ledger.write([&](store::Transaction& tx) {
            return tx.run("INSERT INTO access_fact VALUES ('secret_print', ?)", {store::Bind::blob(print)});
        }));
    } else if (*kept != print) {
        has_foreign_secret = true;
        log::error(
            "the file \"secret\" in the data directory is not the one its ledger was made with: links in mails already "
            "sent and second factors are void. Take it from the backup, or reset the second factors");
    }
    return {};
}

Secrets const& Access::secrets() const {
    return impl_->secrets;
}

bool Access::has_foreign_secret() const {
    return impl_->has_foreign_secret;
}

Status Access::clean_up() {
    return impl_->ledger.write([&](store::Transaction& tx) -> Status {
        Timestamp const now = impl_->clock.now();
        CHECK(tx.run("DELETE FROM session WHERE expires <= ? OR last_seen <= ?",
                     {now, now - impl_->limits.session_idle}));
        CHECK(tx.run("UPDATE account SET recovery_hash = NULL WHERE recovery_expires <= ?", {now}));
        CHECK(tx.run("UPDATE invitation SET email = '' WHERE expires <= ? AND email <> ''", {now}));
        return impl_->throttle.clean_up(tx, now);
    });
}

}  // namespace tocsin::access
