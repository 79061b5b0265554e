#include "api/body_sinks.hpp"

#include "api/problem.hpp"

#include <atomic>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

namespace tocsin::api {

namespace {

constexpr int most_files_at_once = 4;
std::atomic<int> files_at_once{0};

class MemorySink final : public net::BodySink {
  public:
    explicit MemorySink(std::function<net::HttpResponse(std::string)> answer) : answer_(std::move(answer)) {}
    Status write(std::string_view bytes) override {
        body_ += bytes;
        return {};
    }
    net::HttpResponse finish() override { return answer_(std::move(body_)); }

  private:
    std::function<net::HttpResponse(std::string)> answer_;
    std::string body_;
};

class FileSink final : public net::BodySink, public formats::RewindableSource {
  public:
    FileSink(int file, std::function<net::HttpResponse(formats::RewindableSource&)> answer)
        : file_(file), answer_(std::move(answer)) {}
    ~FileSink() override {
        ::close(file_);
        --files_at_once;
    }

    Status write(std::string_view bytes) override {
        while (!bytes.empty()) {
            auto const written = ::write(file_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return fail(Code::io, "writing the body to the data directory failed: is the disk full?");
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    net::HttpResponse finish() override {
        if (auto const begun = rewind(); !begun) return problem_of(begun.error());
        return answer_(*this);
    }

    Status rewind() override {
        if (::lseek(file_, 0, SEEK_SET) != 0) return fail(Code::io, "reading the body again failed");
        return {};
    }

    Result<std::size_t> read(std::span<char> into) override {
        while (true) {
            auto const got = ::read(file_, into.data(), into.size());
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EINTR) return fail(Code::io, "reading the body again failed");
        }
    }

  private:
    int file_;
    std::function<net::HttpResponse(formats::RewindableSource&)> answer_;
};

}  // namespace

std::unique_ptr<net::BodySink> in_memory(std::function<net::HttpResponse(std::string body)> answer) {
    return std::make_unique<MemorySink>(std::move(answer));
}

Result<std::unique_ptr<net::BodySink>> in_a_file(
    std::filesystem::path const& folder, std::function<net::HttpResponse(formats::RewindableSource& body)> answer) {
    if (++files_at_once > most_files_at_once) {
        --files_at_once;
        return fail(Code::unavailable, "as many imports are coming in as the server takes; try again in a few seconds");
    }
    auto name = (folder / "incoming-XXXXXX").string();
    int const file = ::mkstemp(name.data());
    if (file < 0) {
        --files_at_once;
        return fail(Code::io, fmt::format("no file can be made in {}", folder.string()));
    }
    ::unlink(name.c_str());
    return std::make_unique<FileSink>(file, std::move(answer));
}

}  // namespace tocsin::api
