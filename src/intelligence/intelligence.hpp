#pragma once
/// Intelligence: STIX objects as they came, found by what they are about, matched against events both ways.
#include "intelligence/object.hpp"
#include "intelligence/store.hpp"
