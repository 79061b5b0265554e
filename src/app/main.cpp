#include "app/command.hpp"
#include "notifications/notifications.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <malloc.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

int main(int count, char** values) {
    // a large buffer that is freed goes back to the system at once: glibc else raises this bound with every one it sees
    ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
    std::signal(SIGPIPE, SIG_IGN);
    ::umask(0077);                  // what we make is for this user alone, whatever directory it is in
    std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is a full disk: an error with a message, not a death
    std::vector<std::string> const words(values + 1, values + count);
    if (words.size() == 1 && words[0] == tocsin::notifications::postman_word)
        return tocsin::notifications::run_postman();
    tocsin::app::Streams const streams{
        [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout), std::fflush(stdout); },
        [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }, isatty(1) != 0,
        isatty(2) != 0};
    std::error_code fault;
    return tocsin::app::run_command_line(words, streams, std::filesystem::current_path(fault).string());
}
