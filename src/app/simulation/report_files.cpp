#include "app/simulation/report_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

namespace tocsin::app::simulation {
namespace {

constexpr std::uint64_t rows_at_once = 20'000;

struct Part {
    std::string bytes;
    RowCounts counts;
};

}  // namespace

Result<WrittenReport> write_report(ReportRows const& report, std::uint64_t rows, std::filesystem::path const& folder) {
    WrittenReport written{.file = folder / report.file_name(), .rows = rows, .counts = {}};
    auto const close = [](std::FILE* file) { std::fclose(file); };
    std::unique_ptr<std::FILE, decltype(close)> const file(std::fopen(written.file.c_str(), "wbe"), close);
    auto const refused = [&] {
        return fail(Code::io, fmt::format("writing {}: {}", written.file.string(), std::strerror(errno)));
    };
    if (!file) return refused();
    std::string header;
    report.append_header(header);
    if (std::fwrite(header.data(), 1, header.size(), file.get()) != header.size()) return refused();
    written.bytes = header.size();
    std::vector<Part> parts(std::max(1U, std::thread::hardware_concurrency()));
    for (std::uint64_t from = 0; from < rows;) {
        std::vector<std::jthread> makers;
        std::size_t used = 0;
        for (auto& part : parts) {
            if (from >= rows) break;
            auto const to = std::min(rows, from + rows_at_once);
            part.bytes.clear();
            part.counts = {};
            makers.emplace_back([&report, &part, from, to] { report.append(part.bytes, from, to, part.counts); });
            from = to;
            ++used;
        }
        makers.clear();  // joins
        for (std::size_t i = 0; i < used; ++i) {
            auto const& bytes = parts[i].bytes;
            if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) return refused();
            written.bytes += bytes.size();
            written.counts += parts[i].counts;
        }
    }
    if (std::fflush(file.get()) != 0) return refused();
    written.rows -= written.counts.gone;
    return written;
}

}  // namespace tocsin::app::simulation
