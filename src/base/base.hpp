#pragma once
/// The ground floor: values everybody needs. No CIRT words, no disk, no threads of its own.
#include "base/embedded.hpp"
#include "base/enum_words.hpp"
#include "base/id.hpp"
#include "base/ip.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
