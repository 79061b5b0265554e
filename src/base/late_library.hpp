#pragma once
#include "base/result.hpp"

namespace tocsin {

/// Opens a shared library whose functions open it at their first call (cmake/late.cmake): for who wants an error where
/// such a call would end the program. Safe from any thread; free the second time. It stays open.
/// Errors: Code::unavailable, naming the library.
Status open_late_library(char const* name);

}  // namespace tocsin
