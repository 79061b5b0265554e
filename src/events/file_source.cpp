#include "events/file_source.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::events {
namespace {

Code code_of(int number) {
    if (number == ENOENT || number == ENOTDIR) return Code::not_found;
    return number == EACCES || number == EPERM ? Code::denied : Code::io;
}

class FileSource final : public formats::ByteSource {
  public:
    FileSource(int descriptor, bool owned, std::string name)
        : descriptor_(descriptor), owned_(owned), name_(std::move(name)) {}
    ~FileSource() override {
        if (owned_) ::close(descriptor_);
    }
    FileSource(FileSource const&) = delete;
    FileSource& operator=(FileSource const&) = delete;

    Result<std::size_t> read(std::span<char> into) override {
        while (true) {
            auto const size = ::read(descriptor_, into.data(), into.size());
            if (size >= 0) return static_cast<std::size_t>(size);
            if (errno == EINTR) continue;
            return fail(code_of(errno), fmt::format("{} cannot be read: {}", name_, std::strerror(errno)));
        }
    }

  private:
    int descriptor_;
    bool owned_;
    std::string name_;
};

}  // namespace

Result<std::unique_ptr<formats::ByteSource>> open_file(std::filesystem::path const& path) {
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fail(code_of(errno), fmt::format("{} cannot be opened: {}", path.string(), std::strerror(errno)));
    auto source = std::make_unique<FileSource>(descriptor, true, path.string());
    struct stat status{};
    if (::fstat(descriptor, &status) != 0)
        return fail(code_of(errno), fmt::format("{}: {}", path.string(), std::strerror(errno)));
    if (S_ISDIR(status.st_mode)) return fail(Code::invalid, fmt::format("{} is a folder; name a file", path.string()));
    return source;
}

std::unique_ptr<formats::ByteSource> standard_input() {
    return std::make_unique<FileSource>(STDIN_FILENO, false, "standard input");
}

}  // namespace tocsin::events
