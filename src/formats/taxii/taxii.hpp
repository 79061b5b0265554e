#pragma once
/// TAXII 2.1 (OASIS Standard, 10 June 2021): its resources, its media types and its questions, as bytes.
#include "formats/taxii/media_type.hpp"
#include "formats/taxii/query.hpp"
#include "formats/taxii/remarks.hpp"
#include "formats/taxii/resources.hpp"
#include "formats/taxii/time.hpp"
