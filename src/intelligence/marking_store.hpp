#pragma once
#include "intelligence/find_store.hpp"
#include "intelligence/incoming.hpp"
#include "store/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::intelligence {

/// What marking-definitions stand for: those the standards fixed, those given to it, those in the store.
class MarkingReader {
  public:
    explicit MarkingReader(store::Transaction& tx) : tx_(tx), bodies_(tx) {}

    /// One that is on its way in, by its id.
    void know(std::string const& id, Meaning const& meaning) { known_.insert_or_assign(id, meaning); }
    /// none: there is no such definition here.
    Result<std::optional<Meaning>> meaning_of(std::string_view ref);

  private:
    store::Transaction& tx_;
    BodyReader bodies_;
    Intake intake_;
    std::map<std::string, std::optional<Meaning>, std::less<>> known_;
};

/// The marking of a part within a whole; a definition that is not here is taken for AMBER+STRICT.
gate::Marking part_marking(gate::Marking const& whole, std::optional<Meaning> const& meaning);

}  // namespace tocsin::intelligence
