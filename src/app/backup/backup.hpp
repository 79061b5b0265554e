#pragma once
#include "app/backup/manifest.hpp"
#include "app/backup/tarball.hpp"
#include "app/instance.hpp"

namespace tocsin::app::backup {

/// What part of the work is being done, and how far it is; false breaks off.
using Teller = std::function<bool(std::string_view doing, std::uint64_t bytes, std::uint64_t of)>;

/// Copies everything that is needed to go on elsewhere while the instance works: ledger, archive, runs and spool of one
/// moment, the secret, own feed definitions, the outbox. `target` ends in .tar.zst or is a folder; it must not exist.
/// It is whole or absent. Errors: Code::conflict when it exists; Code::io.
Result<Manifest> make(Instance& instance, std::filesystem::path const& target, Teller const& teller);

struct RestoreOptions {
    std::filesystem::path source;  ///< folder or .tar.zst
    std::filesystem::path data;    ///< must be nobody's; made if missing
    bool replace = false;          ///< what is there is moved aside, into DATA/before-restore-TIME; never removed
    bool verify_only = false;      ///< unpack and check, change nothing
};
/// Checks every file against the manifest before anything is changed, then puts it in place.
/// Errors: Code::invalid for a damaged backup, Code::conflict when there is data already, Code::unavailable when the
/// data directory is in use.
Result<Manifest> restore(RestoreOptions const& options, Timestamp now, Teller const& teller);

/// Name of the mark in the data directory while a restore puts files in place; who finds it must not open the stores.
constexpr std::string_view restoring_mark = "restoring";

}  // namespace tocsin::app::backup
