#pragma once
/// Events: feeds, parsing, enrichment, deduplication, the archive, findings, ingest.
#include "events/batch.hpp"
#include "events/clearance.hpp"
#include "events/engine.hpp"
#include "events/event.hpp"
#include "events/feed_catalogue.hpp"
#include "events/feed_definition.hpp"
#include "events/parser.hpp"
#include "events/query.hpp"
#include "events/source_fetcher.hpp"
#include "events/source_health.hpp"
#include "events/sources.hpp"
#include "events/surroundings.hpp"
