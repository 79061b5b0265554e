// Rows a second of one core: scan_telnet from bytes to batches, and its stages.
#include "events/events.hpp"

#include <benchmark/benchmark.h>

namespace tocsin::events {
namespace {

constexpr int rows = 100'000;

std::string const& report() {
    static std::string const text = [] {
        std::string all =
            R"("timestamp","severity","ip","protocol","port","hostname","tag","asn","geo","region","city","naics","hostname_source","sector","banner")";
        all += '\n';
        for (int i = 0; i < rows; ++i) {
            all += fmt::format(
                R"("2026-11-22 {:02}:{:02}:{:02}","medium","198.18.{}.{}","tcp","23","host-{}.example.net","telnet","64{}","XA",)",
                i / 3600 % 24, i / 60 % 60, i % 60, i / 256 % 256, i % 256, i, 500 + i % 400);
            all += fmt::format(
                R"("Northern Province","Oak Harbour","517311","ptr","Communications","Welcome to router {}|login: ")",
                i % 1000);
            all += '\n';
        }
        return all;
    }();
    return text;
}

FeedCatalogue const& catalogue() {
    static auto const opened = FeedCatalogue::open();
    return *opened;
}

ReportReader opened() {
    OpenOptions options;
    options.feed = "shadowserver/scan_telnet";
    return std::move(*open_report(std::make_unique<formats::MemorySource>(report()), options, catalogue()));
}

void count(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * rows);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(report().size()));
}

void bench_cut(benchmark::State& state) {
    for (auto _ : state) {
        auto reader = opened();
        while (auto chunk = *reader.next()) benchmark::DoNotOptimize(chunk->ends.data());
    }
    count(state);
}

void bench_cut_and_parse(benchmark::State& state) {
    for (auto _ : state) {
        auto reader = opened();
        std::size_t events = 0;
        while (auto chunk = *reader.next()) events += parse(std::move(*chunk), reader.plan()).batch.size();
        if (events != rows) state.SkipWithError("rows were lost");
    }
    count(state);
}

void bench_cut_parse_and_print(benchmark::State& state) {
    for (auto _ : state) {
        auto reader = opened();
        std::string out;
        while (auto chunk = *reader.next()) {
            auto const parsed = parse(std::move(*chunk), reader.plan());
            out.clear();
            for (std::size_t row = 0; row < parsed.batch.size(); ++row) parsed.batch.append_json(out, row);
            benchmark::DoNotOptimize(out.data());
        }
    }
    count(state);
}

void bench_open_catalogue(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(FeedCatalogue::open()->ids().size());
}

void bench_read_all_definitions(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(FeedCatalogue::open()->check().size());
}

BENCHMARK(bench_cut);
BENCHMARK(bench_cut_and_parse);
BENCHMARK(bench_cut_parse_and_print);
BENCHMARK(bench_open_catalogue);
BENCHMARK(bench_read_all_definitions);

}  // namespace
}  // namespace tocsin::events
