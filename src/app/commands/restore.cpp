#include "app/backup/backup.hpp"
#include "app/command.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const config = load_config(call);
    if (!config) {
        call.failed(config.error());
        return Exit::usage;
    }
    auto const teller = [&](std::string_view, std::uint64_t, std::uint64_t) { return !call.is_cancelled(); };
    backup::RestoreOptions const options{.source = call.path(call.arguments[0]),
                                         .data = config->data,
                                         .replace = call.has("--replace"),
                                         .verify_only = call.has("--verify-only")};
    auto const restored = backup::restore(options, system_clock().now(), teller);
    if (!restored) return call.failed(restored.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("data", config->data.string()).field("made", restored->made);
        json.field("version", restored->version).field("files", restored->files.size());
        json.field("bytes", restored->bytes()).field("changed", !options.verify_only).end();
        call.print("{}", json.text());
    } else if (options.verify_only) {
        call.print("The backup of {} is whole: {} files, {} bytes.", format_timestamp(restored->made),
                   restored->files.size(), restored->bytes());
    } else {
        call.print("{} holds the backup of {} now. Next: tocsin doctor, then tocsin serve.", config->data.string(),
                   format_timestamp(restored->made));
    }
    return Exit::done;
}

}  // namespace

Command command_restore() {
    return {.name = "restore",
            .summary = "Put a backup in place, after every file was held against its manifest",
            .about =
                "The server must be stopped. Data that is there already is left alone unless --replace is given; then "
                "it is\nmoved aside into before-restore-TIME in the data directory, not removed.",
            .options = {{"--replace", "", "move what is there aside"},
                        {"--verify-only", "", "only check that the backup is whole"}},
            .arguments = {{"BACKUP", "a folder or .tar.zst file that tocsin backup made"}},
            .needs = Needs::nothing,
            .run = run};
}

}  // namespace tocsin::app
