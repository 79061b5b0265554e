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

/// Prints things: as {"items": [...]} when JSON is asked for, else each as a line.
template <class T>
class ItemPrinter {
  public:
    ItemPrinter(Invocation const& call, void (*append)(JsonWriter&, T const&),
                void (*print)(Invocation const&, T const&))
        : call_(call), append_(append), print_(print) {
        json_.object().key("items").array();
    }
    void add(T const& thing) {
        ++count_;
        if (call_.json())
            append_(json_, thing);
        else
            print_(call_, thing);
    }
    /// `none` is said to people when there was nothing.
    Exit finish(std::string_view none = {}) {
        json_.end().end();
        if (call_.json())
            call_.print("{}", json_.text());
        else if (count_ == 0 && !none.empty())
            call_.print("{}", none);
        return Exit::done;
    }

  private:
    Invocation const& call_;
    void (*append_)(JsonWriter&, T const&);
    void (*print_)(Invocation const&, T const&);
    JsonWriter json_;
    std::size_t count_ = 0;
};

template <class T>
Exit print_all(Invocation const& call, Result<std::vector<T>> const& things, void (*append)(JsonWriter&, T const&),
               void (*print)(Invocation const&, T const&)) {
    if (!things) return call.failed(things.error());
    ItemPrinter<T> printer(call, append, print);
    for (auto const& thing : *things) printer.add(thing);
    return printer.finish();
}

/// Asks the directory for page after page.
template <class T, class Query>
Exit print_pages(Invocation const& call, Query query,
                 Result<constituency::Page<T>> (constituency::Directory::*ask)(Query const&),
                 void (*append)(JsonWriter&, T const&), void (*print)(Invocation const&, T const&),
                 std::string_view none = {}) {
    ItemPrinter<T> printer(call, append, print);
    query.limit = 1000;
    do {
        auto const page = (directory_of(call).*ask)(query);
        if (!page) return call.failed(page.error());
        for (auto const& thing : page->items) printer.add(thing);
        query.after = page->next;
    } while (!query.after.empty() && !call.is_cancelled());
    return printer.finish(none);
}

/// The first argument, if there is one, is an organisation by name or number: the query is narrowed to it.
template <class Query>
Status narrow_to_organisation(Invocation const& call, Query& query) {
    if (call.arguments.empty()) return {};
    TRY(auto const organisation, directory_of(call).find_organisation(call.arguments[0]));
    query.organisation = organisation.id;
    return {};
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

}  // namespace tocsin::app
