#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "constituency/constituency.hpp"
#include "gate/gate.hpp"

#include <string>
#include <vector>

/// What the commands about the directory share: one thing as JSON with the API's names, or as a line for people.
namespace tocsin::app {

void append_organisation(JsonWriter& json, constituency::Organisation const& organisation);
void append_resource(JsonWriter& json, constituency::Resource const& resource);
void append_contact(JsonWriter& json, constituency::Contact const& contact);
void append_suppression(JsonWriter& json, constituency::Suppression const& suppression);
void append_do_not_contact(JsonWriter& json, constituency::DoNotContact const& entry);
void append_change_set(JsonWriter& json, constituency::ChangeSet const& set);

void print_organisation(Invocation const& call, constituency::Organisation const& organisation);
void print_resource(Invocation const& call, constituency::Resource const& resource);
void print_contact(Invocation const& call, constituency::Contact const& contact);

/// The instance's directory.
constituency::Directory& directory_of(Invocation const& call);

/// Prints one thing: as JSON when asked, else as a line.
template <class T>
Exit print_one(Invocation const& call, Result<T> const& thing, void (*append)(JsonWriter&, T const&),
               void (*print)(Invocation const&, T const&)) {
    if (!thing) return call.failed(thing.error());
    if (call.json()) {
        JsonWriter json;
        append(json, *thing);
        call.print("{}", json.text());
    } else {
        print(call, *thing);
    }
    return Exit::done;
}

/// {"change": 12}, or the words with how to undo it.
Exit print_change(Invocation const& call, Result<constituency::ChangeSetId> const& change, std::string_view done);

/// "#12" or "12". Errors: Code::invalid, naming what is expected.
Result<std::int64_t> parse_number(std::string_view text, std::string_view what);
/// An empty text is none. Errors: Code::invalid, naming the option.
Result<std::optional<Timestamp>> parse_time_option(Invocation const& call, std::string_view option);

std::vector<Option> organisation_options();
/// Lays the options that were given over the draft. "-" empties a text.
Status read_organisation_options(Invocation const& call, constituency::OrganisationDraft& draft);
std::vector<Option> contact_options();
Status read_contact_options(Invocation const& call, constituency::ContactDraft& draft);

/// The directory, or a part of it, on its way out of the program.
struct DirectoryExport {
    std::vector<constituency::ExportRow> rows;
};

}  // namespace tocsin::app

template <>
struct tocsin::gate::About<tocsin::app::DirectoryExport> {
    static Particulars of(tocsin::app::DirectoryExport const& exported);
};
