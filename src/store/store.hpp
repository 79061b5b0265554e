#pragma once
/// Store: keeps things. The ledger (relational, precious), the data directory, files that are whole or absent.
/// Knows no CIRT words.
#include "store/data_directory.hpp"
#include "store/ledger.hpp"
#include "store/runs.hpp"
