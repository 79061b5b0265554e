#pragma once
#include "constituency/directory_store.hpp"

#include <memory>
#include <optional>
#include <utility>

/// Private to the room: an import is read and planned on a snapshot, while others write, and holds the ledger's write
/// lock only to be written.
namespace tocsin::constituency {

/// `make(tx)` gives a Result of a pointer to a plan, whose `still_holds(tx)` says whether all that it rests on is as it
/// was; `write(tx, plan)` carries it out. A plan that does not hold any more is made again, from the file's beginning.
/// Errors: those of both; Code::conflict, and nothing is written, when the third plan does not hold either.
template <class Make, class Write>
auto plan_and_write(Directory& directory, std::string_view name, Make&& make, Write&& write) {
    using Plan = std::invoke_result_t<Make&, Transaction&>::value_type;
    using Written = std::invoke_result_t<Write&, Transaction&, decltype(*std::declval<Plan&>())>;
    using Outcome = Result<std::optional<typename Written::value_type>>;
    constexpr int tries = 3;
    for (int i = 0; i < tries; ++i) {
        auto plan = directory.ledger().read(make);
        if (!plan) return Written(std::unexpected(plan.error()));
        auto outcome = directory.ledger().write([&](Transaction& tx) -> Outcome {
            TRY(bool const holds, (*plan)->still_holds(tx));
            if (!holds) return std::nullopt;
            TRY(auto written, write(tx, **plan));
            return std::optional(std::move(written));
        });
        if (!outcome) return Written(std::unexpected(outcome.error()));
        if (*outcome) return Written(**std::move(outcome));
    }
    return Written(fail(Code::conflict,
                        fmt::format("{}: the register was changed by others {} times while the file was read; nothing "
                                    "of it was imported. Import it again",
                                    name, tries)));
}

}  // namespace tocsin::constituency
