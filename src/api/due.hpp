#pragma once
#include "api/render_events.hpp"
#include "api/situation.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

/// What somebody should do by a time. Private to api.
namespace tocsin::api {

struct DueThing {
    std::string_view what;  ///< as in the contract: approval, uncertain, ...
    std::string_view kind;  ///< of the thing
    std::string id;
    std::string title;
    std::optional<std::int64_t> count;  ///< findings that hang on it
    Timestamp at;
};

/// Organisations with open findings that nobody can be written to about. Kept until findings or directory change, for
/// each situation that is still looked at.
/// Safe from any thread.
class Unreachable {
  public:
    Result<std::vector<DueThing>> get(Call const& call, std::shared_ptr<Situation const> const& situation,
                                      Names const& names);

  private:
    struct Kept {
        std::shared_ptr<Situation const> situation;
        std::vector<DueThing> due;
    };
    static constexpr std::size_t most_kept = 4;

    std::mutex mutex_;  // guards all below
    std::uint64_t generation_ = 0;
    std::vector<Kept> kept_;
};

/// All that is due: warnings, mails, answers, claims, contacts, keys, feeds, retention; the soonest first, at most 100.
Result<std::vector<DueThing>> all_due(Call const& call, Unreachable& unreachable,
                                      std::shared_ptr<Situation const> const& situation,
                                      std::vector<events::FeedHealth> const& health, Names const& names);

}  // namespace tocsin::api
