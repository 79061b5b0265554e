// Prose with an indicator in every other line, words only, and what is written against us.
#include "formats/extract/extract.hpp"

#include <benchmark/benchmark.h>

namespace {

std::string repeated(std::string_view piece, std::size_t size) {
    std::string text;
    while (text.size() < size) text += piece;
    return text;
}

void read(benchmark::State& state, std::string const& text) {
    tocsin::formats::ExtractOptions options;
    options.has_public_suffix = [](std::string_view host) { return host.ends_with(".example"); };
    for (auto _ : state) benchmark::DoNotOptimize(tocsin::formats::extract(text, options).found.size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void report(benchmark::State& state) {
    read(state,
         repeated("The actor used several loaders. Each of them asks its server for a list of modules and waits.\n"
                  "It talks to hxxps://c2[.]evil[.]example/gate.php and 192.0.2[.]44 (see "
                  "e3b0c44298fc1c149afbf4c8996fb924).\n",
                  1 << 20));
}
void words(benchmark::State& state) {
    read(state, repeated("The actor used several loaders and waits for its server to answer with a list\n", 1 << 20));
}
void different(benchmark::State& state) {
    std::string text;
    for (int i = 0; text.size() < 1 << 20; ++i) text += "host" + std::to_string(i) + "[.]evil[.]example\n";
    read(state, text);
}
void hostile(benchmark::State& state, std::string_view piece) {
    read(state, repeated(piece, 1 << 20));
}

BENCHMARK(report);
BENCHMARK(words);
BENCHMARK(different);
BENCHMARK_CAPTURE(hostile, rules, "rule a {\n");
BENCHMARK_CAPTURE(hostile, at_signs, "a@");
BENCHMARK_CAPTURE(hostile, schemes, "http://a.example/");
BENCHMARK_CAPTURE(hostile, colons, "1:2:");
BENCHMARK_CAPTURE(hostile, brackets, "a[.");
BENCHMARK_CAPTURE(hostile, dots, "a.");
BENCHMARK_CAPTURE(hostile, backslashes, "HKLM\\a ");

}  // namespace
