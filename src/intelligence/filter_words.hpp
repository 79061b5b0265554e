#pragma once
#include "intelligence/object.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A filter in words: the same in the address of a list, in a saved search and on the command line.
namespace tocsin::intelligence {

/// Names and values in order, decoded.
using FilterWords = std::vector<std::pair<std::string, std::string>>;

/// "type=indicator&label=c2%2Cphishing" taken apart.
/// Limits: 4,000 bytes, 50 words. Errors: Code::invalid for what is no word of a filter, naming it.
Result<FilterWords> filter_words(std::string_view query);

/// The words as a query, each name once and in order.
std::string query_of(FilterWords const& words);

/// Words that are not of a filter are passed over. `q` that is one value (an address, a defanged domain, a hash) asks
/// for what is about it, other text for its words.
/// Errors: Code::invalid naming the word and what was expected.
Result<ObjectFilter> filter_of(FilterWords const& words, Timestamp now);

/// What one text asks for that is a value of some kind: addresses by network, names with all below them. None: it is
/// no value that can be told.
std::optional<ValueQuery> value_asked(std::string_view text);

}  // namespace tocsin::intelligence
