#pragma once
/// MISP: events of the core format read in bounded memory and written, the lists of its feeds.
#include "formats/misp/elements.hpp"
#include "formats/misp/event_reader.hpp"
#include "formats/misp/feed.hpp"
