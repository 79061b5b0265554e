#include "app/doctor.hpp"

#include "app/command.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const found = examine(*call.instance);
    auto const is_bad =
        std::ranges::any_of(found, [](Examined const& one) { return one.state == Examined::State::bad; });
    if (call.json()) {
        JsonWriter json;
        json.object().field("version", TOCSIN_VERSION).field("whole", !is_bad).key("checks").array();
        for (auto const& one : found)
            json.object()
                .field("what", one.what)
                .field("state", name_of(one.state))
                .field("found", one.found)
                .field_unless_empty("todo", one.todo)
                .end();
        json.end().end();
        call.print("{}", json.text());
        return is_bad ? Exit::failed : Exit::done;
    }
    for (auto const& one : found) {
        call.print("{:<8} {:<16} {}", name_of(one.state), one.what, one.found);
        if (!one.todo.empty()) call.print("{:<8} {:<16} -> {}", "", "", one.todo);
    }
    call.print("{}", is_bad ? "Something is broken; see above." : "Nothing is broken.");
    return is_bad ? Exit::failed : Exit::done;
}

}  // namespace

Command command_doctor() {
    return {.name = "doctor",
            .summary = "Check stores, audit chain, disk, clock, mail, feeds and files, and say what to do",
            .about = "Runs beside the server. Ends with 1 when something is broken, with 0 for warnings.",
            .run = run};
}

}  // namespace tocsin::app
