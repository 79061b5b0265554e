#pragma once
/// Formats: codecs of open standards. They know no clock, no disk, no policy and no thread.
#include "formats/byte_source.hpp"
#include "formats/charset.hpp"
#include "formats/csv.hpp"
#include "formats/idna.hpp"
#include "formats/inflate.hpp"
#include "formats/json_lines.hpp"
#include "formats/observable.hpp"
#include "formats/stix_pattern/atoms.hpp"
#include "formats/stix_pattern/match.hpp"
#include "formats/stix_pattern/pattern.hpp"
#include "formats/toml.hpp"
