#pragma once
#include "constituency/directory_store.hpp"
#include "constituency/import.hpp"

/// Private to the room: imports that wait in the ledger.
namespace tocsin::constituency {

std::string summary_json(ImportSummary const& summary);
Result<Import> existing_import(Transaction& tx, ImportId id);

}  // namespace tocsin::constituency
