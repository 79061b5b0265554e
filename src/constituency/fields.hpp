#pragma once
#include "constituency/organisation.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Private to the room: drafts as named texts and back. The names are the columns of imports and exports and the keys
/// of the history; only references differ (a name outside, an id in the history).
namespace tocsin::constituency {

/// What is wrong with a field, in words: "country", "expected two letters ..., found "Freedonia"".
struct Fault {
    std::string field;
    std::string expected;

    Error error(Code code = Code::invalid) const { return {code, field + ": " + expected}; }
};
Fault fault_expected(std::string_view field, std::string_view what, std::string_view found);

using Fields = std::vector<std::pair<std::string_view, std::string>>;

std::span<std::string_view const> organisation_columns();
std::span<std::string_view const> resource_columns();
std::span<std::string_view const> contact_columns();

Fields fields_of(OrganisationDraft const& draft, std::string_view parent);
Fields fields_of(ResourceDraft const& draft, std::string_view organisation);
Fields fields_of(ContactDraft const& draft, std::string_view organisation);
Fields fields_of(SuppressionDraft const& draft);
Fields fields_of(DoNotContactDraft const& draft);

/// Named texts of one row; a name that is missing reads as "".
class FieldView {
  public:
    FieldView(std::span<std::string_view const> names, std::span<std::string_view const> values)
        : names_(names), values_(values) {}
    std::string_view get(std::string_view name) const;
    bool has(std::string_view name) const;

  private:
    std::span<std::string_view const> names_, values_;
};

/// Reads everything but the references and checks its form. Nothing: all is well.
std::optional<Fault> read_fields(FieldView const& fields, OrganisationDraft& draft);
std::optional<Fault> read_fields(FieldView const& fields, ResourceDraft& draft);
std::optional<Fault> read_fields(FieldView const& fields, ContactDraft& draft);

/// Brings a draft into its canonical form (white space, case, spelling of values) and checks it.
std::optional<Fault> settle(OrganisationDraft& draft);
std::optional<Fault> settle(ResourceDraft& draft);
std::optional<Fault> settle(ContactDraft& draft);
std::optional<Fault> settle(SuppressionDraft& draft);
std::optional<Fault> settle(DoNotContactDraft& draft);

/// A JSON object of texts, without the empty ones.
std::string as_json(Fields const& fields);

/// The history's form of a draft, with ids for references, and back.
std::string history_of(OrganisationDraft const& draft);
std::string history_of(ResourceDraft const& draft);
std::string history_of(ContactDraft const& draft);
std::string history_of(SuppressionDraft const& draft);
std::string history_of(DoNotContactDraft const& draft);
Status from_history(std::string_view json, OrganisationDraft& draft);
Status from_history(std::string_view json, ResourceDraft& draft);
Status from_history(std::string_view json, ContactDraft& draft);
Status from_history(std::string_view json, SuppressionDraft& draft);
Status from_history(std::string_view json, DoNotContactDraft& draft);

}  // namespace tocsin::constituency
