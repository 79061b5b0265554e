#include "base/late_library.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace tocsin {
namespace {

/// Where the program's RUNPATH and the system say. Never with RTLD_DEEPBIND: what is preloaded (a failing disk, another
/// clock) must meet the library's calls too.
Result<void*> opened(char const* name) {
    if (void* const library = ::dlopen(name, RTLD_LAZY | RTLD_LOCAL)) return library;
    char const* const reason = ::dlerror();
    return fail(Code::unavailable, std::string("a shared library of Tocsin can't be opened: ") +
                                       (reason != nullptr ? reason : name) +
                                       "; install Tocsin's package again, or run ./dev build");
}

}  // namespace

Status open_late_library(char const* name) {
    CHECK(opened(name));
    return {};
}

}  // namespace tocsin

/// Called by what tools/generate_late.py writes: finds function `number` of a library and keeps it in `found`.
/// `names` are distances from its beginning. The caller has no way of telling an error: without its libraries the
/// program can't go on.
extern "C" void* tocsin_find_late(char const* library, std::int32_t const* names, std::atomic<void*>* found,
                                  std::size_t number) {
    char const* const name = reinterpret_cast<char const*>(names) + names[number];
    auto const handle = tocsin::opened(library);
    void* const function = handle ? ::dlsym(*handle, name) : nullptr;
    if (function == nullptr) {
        std::fprintf(
            stderr, "tocsin: %s\n",
            handle ? (std::string(library) + " has no function " + name).c_str() : handle.error().message.c_str());
        std::_Exit(1);
    }
    found[number].store(function, std::memory_order_release);
    return function;
}
