#include "readiness/readiness.hpp"

namespace tocsin::readiness {

Result<std::unique_ptr<Readiness>> Readiness::open(store::Ledger& ledger, Clock const& clock,
                                                   std::filesystem::path const& own) {
    TRY(auto library, Library::open(own));
    return std::unique_ptr<Readiness>(new Readiness(std::move(library), ledger, clock));
}

}  // namespace tocsin::readiness
