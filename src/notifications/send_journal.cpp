#include "notifications/send_journal.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::notifications {
namespace {

constexpr char field_end = '\x1f';
constexpr char item_end = '\x1e';
constexpr std::size_t most_bytes = std::size_t{256} << 20;

std::string clean(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return out;
}

Status append_line(int journal, std::string const& line) {
    // One call: a line is there whole or not at all, whatever kills us.
    auto const written = ::write(journal, line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) return {};
    return fail(Code::io, fmt::format("writing sending.journal: {}; nothing is sent until it can be written",
                                      written < 0 ? std::strerror(errno) : "the disk is full"));
}

std::optional<net::SmtpOutcome::Kind> kind_from(std::string_view text) {
    auto const number = parse_int(text);
    if (!number || *number < 0 || *number > static_cast<int>(net::SmtpOutcome::Kind::unknown)) return {};
    return static_cast<net::SmtpOutcome::Kind>(*number);
}

void take_line(std::string_view line, std::map<Attempt, JournalEntry>& into) {
    if (line.size() < 5 || line[1] != ' ') return;
    auto const kind = line[0];
    line.remove_prefix(2);
    auto const space = line.find(' ');
    if (space == std::string_view::npos) return;
    auto const notification = parse_int(line.substr(0, space));
    line.remove_prefix(space + 1);
    auto const end = line.find(' ');
    auto const number = parse_int(line.substr(0, end));
    if (!notification || !number) return;
    auto& entry = into[{*notification, static_cast<int>(*number)}];
    if (kind == 'E') entry.has_end = true;
    if (kind == 'R' && end != std::string_view::npos) entry.outcome = unpacked_outcome(line.substr(end + 1));
}

}  // namespace

std::string packed(net::SmtpOutcome const& outcome) {
    std::string out = fmt::format("{}{}{}{}{}{}", static_cast<int>(outcome.kind), field_end, outcome.code, field_end,
                                  clean(outcome.reply), field_end);
    for (auto const& refusal : outcome.refused)
        out += fmt::format("{}{}{}{}{}{}", clean(refusal.address), item_end, refusal.code, item_end,
                           clean(refusal.reply), item_end);
    out += field_end;
    for (auto const& address : outcome.accepted_for) out += clean(address) + item_end;
    out += field_end;
    return out;
}

std::optional<net::SmtpOutcome> unpacked_outcome(std::string_view text) {
    auto const fields = split(text, field_end);
    if (fields.size() != 6) return {};
    auto const kind = kind_from(fields[0]);
    auto const code = parse_int(fields[1]);
    if (!kind || !code) return {};
    net::SmtpOutcome outcome;
    outcome.kind = *kind;
    outcome.code = static_cast<int>(*code);
    outcome.reply = fields[2];
    auto const refused = split(fields[3], item_end);
    for (std::size_t i = 0; i + 2 < refused.size(); i += 3)
        outcome.refused.push_back({std::string(refused[i]), static_cast<int>(parse_int(refused[i + 1]).value_or(0)),
                                   std::string(refused[i + 2])});
    for (auto const address : split(fields[4], item_end))
        if (!address.empty()) outcome.accepted_for.emplace_back(address);
    return outcome;
}

Status mark_end(int journal, Attempt const& attempt) {
    return append_line(journal, fmt::format("E {} {}\n", attempt.notification, attempt.number));
}

Status mark_result(int journal, Attempt const& attempt, net::SmtpOutcome const& outcome) {
    return append_line(journal, fmt::format("R {} {} {}\n", attempt.notification, attempt.number, packed(outcome)));
}

Result<SendJournal> SendJournal::open(std::filesystem::path const& path) {
    int const descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) return fail(Code::io, fmt::format("opening {}: {}", path.string(), std::strerror(errno)));
    return SendJournal(descriptor);
}

SendJournal::~SendJournal() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool SendJournal::try_lock() const {
    return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
}

std::int64_t SendJournal::size() const {
    struct stat facts{};
    return ::fstat(descriptor_, &facts) == 0 ? facts.st_size : 0;
}

Result<std::map<Attempt, JournalEntry>> SendJournal::read() const {
    std::string bytes(std::min(static_cast<std::size_t>(size()), most_bytes), '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        auto const count =
            ::pread(descriptor_, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(filled));
        if (count < 0) return fail(Code::io, fmt::format("reading sending.journal: {}", std::strerror(errno)));
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    std::map<Attempt, JournalEntry> entries;
    std::string_view rest(bytes.data(), filled);
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        take_line(rest.substr(0, end), entries);
        rest.remove_prefix(end + 1);
    }
    return entries;
}

Status SendJournal::clear() const {
    if (::ftruncate(descriptor_, 0) == 0) return {};
    return fail(Code::io, fmt::format("emptying sending.journal: {}", std::strerror(errno)));
}

std::string boot_name() {
    std::string name(64, '\0');
    int const file = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file < 0) return "unknown";
    auto const count = ::read(file, name.data(), name.size());
    ::close(file);
    name.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return std::string(trimmed(name));
}

}  // namespace tocsin::notifications
