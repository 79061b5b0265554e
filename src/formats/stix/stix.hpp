#pragma once
/// STIX 2.1 (OASIS Standard, 10 June 2021): read from any container, taken apart, held against the standard, written.
#include "formats/stix/builder.hpp"
#include "formats/stix/bundle_reader.hpp"
#include "formats/stix/canonical.hpp"
#include "formats/stix/identifier.hpp"
#include "formats/stix/marking.hpp"
#include "formats/stix/object_view.hpp"
#include "formats/stix/schema.hpp"
#include "formats/stix/selector.hpp"
#include "formats/stix/validate.hpp"
