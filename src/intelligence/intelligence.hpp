#pragma once
/// Intelligence: STIX objects as they came, found by what they are about, matched against events both ways.
#include "intelligence/known_good.hpp"
#include "intelligence/object.hpp"
#include "intelligence/store.hpp"
