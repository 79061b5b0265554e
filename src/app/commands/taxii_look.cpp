#include "app/instance.hpp"
#include "app/taxii_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

namespace taxii = formats::taxii;

Result<sharing::TaxiiOffer> offer(Invocation& call) {
    TRY(auto* const exchange, call.instance->exchange());
    auto const& asked = call.arguments.front();
    if (!asked.contains("://")) {
        TRY(auto const remote, call.instance->remotes().find(asked));
        return exchange->look(remote, call.is_cancelled);
    }
    sharing::Remote remote{.name = asked, .url = asked};
    CHECK(read_taxii_access(call, remote));
    return exchange->look_at(remote, call.input, call.is_cancelled);
}

std::string rights_of(taxii::Collection const& one) {
    return one.can_read && one.can_write ? "read, write" : one.can_read ? "read" : one.can_write ? "write" : "none";
}

void print(Invocation const& call, sharing::TaxiiOffer const& offer) {
    if (!offer.discovery.title.empty()) call.print("{}", taxii::one_line(offer.discovery.title, 200));
    for (auto const& root : offer.roots) {
        call.print("{}  {}", root.url, taxii::one_line(root.about.title, 200));
        if (root.about.max_content_length > 0) call.print("  takes up to {} bytes", root.about.max_content_length);
        if (!root.fault.empty()) call.print("  {}", root.fault);
        for (auto const& one : root.collections)
            call.print("  {:<36} {:<11} {}{}", taxii::one_line(one.id, 60), rights_of(one),
                       taxii::one_line(one.title, 100),
                       one.alias.empty() ? "" : fmt::format(" ({})", taxii::one_line(one.alias, 60)));
    }
}

Exit run(Invocation& call) {
    auto const found = offer(call);
    if (!found) return call.failed(found.error());
    if (!call.json()) {
        print(call, *found);
        return Exit::done;
    }
    JsonWriter json;
    json.object().field("title", found->discovery.title).key("roots").array();
    for (auto const& root : found->roots) {
        json.object().field("url", root.url).field("title", root.about.title);
        json.field("max_content_length", root.about.max_content_length).field_or_null("error", root.fault);
        json.key("collections").array();
        for (auto const& one : root.collections)
            json.object()
                .field("id", one.id)
                .field("title", one.title)
                .field_or_null("alias", one.alias)
                .field("can_read", one.can_read)
                .field("can_write", one.can_write)
                .end();
        json.end().end();
    }
    json.end().end();
    call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_taxii_look() {
    return {.name = "taxii look",
            .summary = "Ask a TAXII 2.1 server what it offers us: API roots, collections, rights",
            .about =
                "  tocsin taxii look https://cirt.example --login tocsin --secret-file key.txt\n"
                "  tocsin taxii look NAME",
            .options = taxii_access_options(),
            .arguments = {{"URL", "the server, its discovery or an API root; or the name of a remote"}},
            .input = read_taxii_secret,
            .run = run};
}

}  // namespace tocsin::app
