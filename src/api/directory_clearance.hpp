#pragma once
#include "constituency/constituency.hpp"
#include "gate/gate.hpp"

#include <span>
#include <string>
#include <vector>

/// How the gate sees the directory, which lies below the gate: so its markings stand here. For api and app.
///
/// Organisations and resources are AMBER and concern the organisation. A contact is personal data: one by one, for the
/// work, it is AMBER+STRICT; in a file it is RED, given to analysts and to the organisation whose contact it is.
namespace tocsin::api {

/// The directory, or a part of it, on its way out as a file. Records that the recipient may not have are left out.
struct DirectoryExport {
    std::vector<constituency::ExportRow> rows;
};

}  // namespace tocsin::api

namespace tocsin::gate {

template <>
struct About<constituency::Organisation> {
    static Particulars of(constituency::Organisation const& organisation);
};
template <>
struct About<constituency::Resource> {
    static Particulars of(constituency::Resource const& resource);
};
template <>
struct About<constituency::Contact> {
    static Particulars of(constituency::Contact const& contact);
};
template <>
struct About<api::DirectoryExport> {
    static Particulars of(api::DirectoryExport const& exported);
    static std::vector<Particulars> parts(api::DirectoryExport const& exported);
    static api::DirectoryExport without(api::DirectoryExport exported, std::span<std::size_t const> gone);
    /// How many records of each kind.
    static std::string contents(api::DirectoryExport const& exported);
};

}  // namespace tocsin::gate
