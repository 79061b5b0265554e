#include "app/backup/backup.hpp"

#include "app/command.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    std::string last;
    auto const teller = [&](std::string_view doing, std::uint64_t bytes, std::uint64_t of) {
        auto line = of == 0 ? fmt::format("{} ...", doing) : fmt::format("{} {} %", doing, bytes * 100 / of);
        if (call.streams.err_is_terminal && line != last) call.tell("{}", last = std::move(line));
        return !call.is_cancelled();
    };
    auto const target = call.path(call.arguments[0]);
    auto const made = backup::make(*call.instance, target, teller);
    if (!made) return call.failed(made.error());
    auto const noted = call.instance->ledger().write([&](store::Transaction& tx) -> Status {
        CHECK(access::audit(tx, access::command_principal(), call.instance->clock().now(), {.what = "backup.make"}));
        return {};
    });
    if (!noted) return call.failed(noted.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("backup", target).field("made", made->made).field("files", made->files.size());
        json.field("bytes", made->bytes()).end();
        call.print("{}", json.text());
    } else {
        call.print("{}: {} files, {} bytes. It holds the secret and personal data: keep it as safe as the server.",
                   target, made->files.size(), made->bytes());
    }
    return Exit::done;
}

}  // namespace

Command command_backup() {
    return {
        .name = "backup",
        .summary = "Copy everything that is needed to go on elsewhere, while the server runs",
        .about =
            "TARGET is a folder, or a file ending in .tar.zst; it must not exist. It is whole or absent, and has a\n"
            "manifest with the SHA-256 of every file. Not in it: the configuration file and enrichment tables.\n\n"
            "Example, every night:\n  tocsin backup /var/backups/tocsin-$(date -I).tar.zst",
        .arguments = {{"TARGET", "a new folder, or a new file ending in .tar.zst"}},
        .run = run};
}

}  // namespace tocsin::app
