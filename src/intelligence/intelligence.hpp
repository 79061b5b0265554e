#pragma once
/// Intelligence: STIX objects as they came, found by what they are about, matched against events both ways.
#include "intelligence/filter_words.hpp"
#include "intelligence/graph.hpp"
#include "intelligence/known_good.hpp"
#include "intelligence/matching.hpp"
#include "intelligence/merges.hpp"
#include "intelligence/object.hpp"
#include "intelligence/pattern_search.hpp"
#include "intelligence/proposals.hpp"
#include "intelligence/store.hpp"
#include "intelligence/watches.hpp"
