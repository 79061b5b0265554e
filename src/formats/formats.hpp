#pragma once
/// Formats: codecs of open standards. They know no clock, no disk, no policy and no thread.
#include "formats/byte_source.hpp"
#include "formats/csv.hpp"
