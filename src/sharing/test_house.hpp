#pragma once
#include "net/net.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

/// A house with a peer, and a TAXII server that does what the test wants. Private to the room's tests.
namespace tocsin::sharing {

inline Timestamp at(std::string_view text) {
    return *parse_timestamp(text);
}
inline std::string uuid(int n) {
    return fmt::format("00000000-0000-4000-8000-{:012}", n);
}
constexpr std::string_view clear_mark = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";
constexpr std::string_view green_mark = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
constexpr std::string_view amber_mark = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
constexpr std::string_view red_mark = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";

inline std::string indicator(int n, std::string_view mark = green_mark, std::string_view more = "") {
    return fmt::format(
        R"({{"type":"indicator","spec_version":"2.1","id":"indicator--{}","created":"2026-11-20T10:00:00.000Z",)"
        R"("modified":"2026-11-20T10:00:00.000Z","name":"Number {}","pattern":"[domain-name:value = 'n{}.example']",)"
        R"("pattern_type":"stix","valid_from":"2026-11-20T10:00:00Z","object_marking_refs":["{}"]{}}})",
        uuid(n), n, n, mark, more);
}
inline std::string malware(int n) {
    return fmt::format(
        R"({{"type":"malware","spec_version":"2.1","id":"malware--{}","created":"2026-11-20T10:00:00.000Z",)"
        R"("modified":"2026-11-20T10:00:00.000Z","name":"Number {}","is_family":false,"object_marking_refs":["{}"]}})",
        uuid(n), n, green_mark);
}

/// A TAXII server: right until `trick` answers in its place.
class FakeTaxii {
  public:
    struct Item {
        std::string json;
        Timestamp added;
    };
    using Trick = std::function<std::optional<net::HttpResponse>(net::HttpRequest const&)>;

    FakeTaxii() {
        std::vector<net::Listener> listeners(1);
        listeners[0].application.answer = [this](net::HttpRequest const& request) { return answer(request); };
        auto started = net::HttpServer::start(std::move(listeners));
        EXPECT_TRUE(started);
        server_ = *std::move(started);
    }
    ~FakeTaxii() {
        is_ending = true;
        server_->stop(std::chrono::milliseconds(0));
    }

    std::string url(std::string_view path = "/taxii2/") const {
        return fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
    }
    static net::HttpResponse json(std::string body, int status = 200) {
        net::HttpResponse response;
        response.status = status;
        response.set("content-type", std::string(formats::taxii::media_type));
        response.body = std::move(body);
        return response;
    }
    static net::HttpResponse trouble(int status, std::string title = "No") {
        formats::taxii::ErrorMessage message;
        message.title = std::move(title);
        return json(formats::taxii::write(message), status);
    }
    void add(std::string object, Timestamp added) {
        std::lock_guard const lock(mutex);
        items.push_back({std::move(object), added});
    }
    /// `count` objects from that number on, a minute between them.
    void add(int first, int count, Timestamp from) {
        for (int i = 0; i < count; ++i) add(indicator(first + i), from + std::chrono::minutes(i));
    }
    std::size_t asked_for(std::string_view part) {
        std::lock_guard const lock(mutex);
        return static_cast<std::size_t>(
            std::ranges::count_if(asked, [&](auto const& target) { return target.find(part) != std::string::npos; }));
    }

    static constexpr std::string_view collection = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";
    std::mutex mutex;  // guards all below but trick
    std::vector<Item> items;
    std::vector<std::string> asked, pushed;
    std::string authorization;
    bool gives_next = true, gives_dates = true, filters_types = true;
    std::int64_t most_content = 1 << 20;
    int pending_rounds = 0;  ///< how often a push's status is pending
    Trick trick;             ///< set while nobody asks
    std::atomic<bool> is_ending{false};

  private:
    net::HttpResponse answer(net::HttpRequest const& request) {
        {
            std::lock_guard const lock(mutex);
            asked.push_back(request.target);
            authorization = request.header("authorization");
        }
        if (trick)
            if (auto tricked = trick(request)) return *std::move(tricked);
        std::lock_guard const lock(mutex);
        auto const path = request.target.substr(0, request.target.find('?'));
        auto const objects = fmt::format("/root/collections/{}/objects/", collection);
        if (path == "/taxii2/") return json(R"({"title":"Northland","default":"/root/","api_roots":["/root/"]})");
        if (path == "/root/")
            return json(fmt::format(R"({{"title":"R","versions":["application/taxii+json;version=2.1"],)"
                                    R"("max_content_length":{}}})",
                                    most_content));
        if (path == "/root/collections/")
            return json(
                fmt::format(R"({{"collections":[{{"id":"{}","title":"Everything","alias":"all","can_read":true,)"
                            R"("can_write":true}}]}})",
                            collection));
        if (path.starts_with("/root/status/")) return status();
        if (path == objects && request.method == net::Method::post) return take(request);
        if (path == objects) return page(request);
        return trouble(404);
    }

    net::HttpResponse page(net::HttpRequest const& request) {
        auto const mark = request.target.find('?');
        auto const query = formats::taxii::parse_query(
            mark == std::string::npos ? "" : std::string_view(request.target).substr(mark + 1),
            formats::taxii::Filtered::objects);
        if (!query) return trouble(400, query.error().message);
        std::string list;
        std::optional<Timestamp> first, last;
        std::size_t count = 0;
        auto i = static_cast<std::size_t>(parse_int(query->next).value_or(0));
        for (; i < items.size() && count < query->limit.value_or(100); ++i) {
            auto const& item = items[i];
            if (query->added_after && item.added <= *query->added_after) continue;
            auto const fits = [&](auto const& type) { return item.json.starts_with("{\"type\":\"" + type + "\""); };
            if (filters_types && !query->types.empty() && std::ranges::none_of(query->types, fits)) continue;
            list += (list.empty() ? "" : ",") + item.json;
            if (!first) first = item.added;
            last = item.added;
            ++count;
        }
        bool const more = i < items.size();
        auto response =
            json(count == 0 ? "{}"
                            : fmt::format("{{\"more\":{}{},\"objects\":[{}]}}", more,
                                          more && gives_next ? fmt::format(",\"next\":\"{}\"", i) : "", list));
        if (first && gives_dates) {
            response.set("x-taxii-date-added-first", formats::taxii::format_time(*first));
            response.set("x-taxii-date-added-last", formats::taxii::format_time(*last));
        }
        return response;
    }

    net::HttpResponse take(net::HttpRequest const& request) {
        if (static_cast<std::int64_t>(request.body.size()) > most_content) return trouble(413);
        pushed.push_back(request.body);
        formats::MemorySource source(request.body);
        formats::stix::BundleReader reader(source);
        sent_ = 0;
        while (*reader.next()) ++sent_;
        rounds_ = pending_rounds;
        auto response = status();
        response.status = 202;
        return response;
    }

    net::HttpResponse status() {
        bool const is_pending = rounds_-- > 0;
        return json(formats::taxii::write(formats::taxii::PushStatus{.id = uuid(7),
                                                                     .is_complete = !is_pending,
                                                                     .request_time = {},
                                                                     .total_count = sent_,
                                                                     .success_count = is_pending ? 0 : sent_,
                                                                     .pending_count = is_pending ? sent_ : 0,
                                                                     .successes = {},
                                                                     .failures = {},
                                                                     .pendings = {}}));
    }

    std::int64_t sent_ = 0;
    int rounds_ = 0;
    std::unique_ptr<net::HttpServer> server_;
};

constexpr gate::OrganisationId northland{3};

/// The machine's own time, moved by the tests.
class House {
  public:
    House() {
        static std::atomic<int> count{0};
        path = std::filesystem::temp_directory_path() / fmt::format("tocsin-sharing-{}-{}", ::getpid(), ++count);
        std::filesystem::remove_all(path);
        directory = std::make_unique<store::DataDirectory>(*store::DataDirectory::open(path));
        std::vector<store::Migration> all;
        for (auto const part : {access::migrations(), constituency::migrations(), gate::migrations(),
                                events::migrations(), intelligence::migrations(), migrations()})
            all.insert(all.end(), part.begin(), part.end());
        ledger = *store::Ledger::open(path / "ledger.sqlite", all);
        access = *access::Access::open(*ledger, *directory, clock);
        gate = std::make_unique<gate::Gate>(gate::World{.is_within = [](auto a, auto b) { return a == b; },
                                                        .is_member = [](auto, auto) { return false; },
                                                        .clock = &clock});
        known = *intelligence::Intelligence::open(*ledger, *gate, {.directory = path, .clock = &clock});
        peers = std::make_unique<Peers>(*ledger, *access, clock);
        remotes = std::make_unique<Remotes>(*ledger, access->secrets(), clock);
        peer = peers->add({.name = "Northland", .organisation = northland, .clearance = gate::Tlp::amber}, us)->peer;
        limits.status_time = std::chrono::milliseconds(1'000);
        open();
    }
    ~House() {
        exchange.reset();
        known.reset();
        access.reset();
        ledger.reset();
        directory.reset();
        std::filesystem::remove_all(path);
    }
    /// As after a restart, or with other limits.
    void open() {
        exchange = std::make_unique<Exchange>(ExchangeDoors{.ledger = ledger.get(),
                                                            .peers = peers.get(),
                                                            .remotes = remotes.get(),
                                                            .intelligence = known.get(),
                                                            .gate = gate.get(),
                                                            .clock = &clock},
                                              limits);
    }
    Remote draft(FakeTaxii const& server) const {
        return {.name = "north", .peer = peer.id, .url = server.url(), .collection = "all", .pushes = true, .page = 3};
    }
    Remote add(Remote const& draft, std::string_view secret = "") {
        auto made = remotes->add(draft, secret, us);
        EXPECT_TRUE(made) << (made ? "" : made.error().message);
        return made.value_or(draft);
    }
    Remote add(FakeTaxii const& server) { return add(draft(server)); }
    void import(std::vector<std::string> const& objects, gate::OrganisationId from = {}) {
        std::string lines;
        for (auto const& object : objects) lines += object + "\n";
        intelligence::ImportRequest request;
        request.source.kind = "import";
        request.source.organisation = from;
        formats::MemorySource source(std::move(lines));
        EXPECT_TRUE(known->import(source, request, us));
    }
    std::int64_t count() const { return known->count({}, gate::Recipient::team(us)).value_or(-1); }
    Course course(Remote const& remote, Way way) const { return *remotes->course(remote.id, way); }
    void later(std::chrono::seconds time) { clock.set(clock.now() + time); }

    FixedClock clock{at("2026-11-26T10:00:00Z")};
    std::filesystem::path path;
    access::Principal us = access::command_principal();
    std::unique_ptr<store::DataDirectory> directory;
    std::unique_ptr<store::Ledger> ledger;
    std::unique_ptr<access::Access> access;
    std::unique_ptr<gate::Gate> gate;
    std::unique_ptr<intelligence::Intelligence> known;
    std::unique_ptr<Peers> peers;
    std::unique_ptr<Remotes> remotes;
    std::unique_ptr<Exchange> exchange;
    ExchangeLimits limits;
    Peer peer;
};

}  // namespace tocsin::sharing
