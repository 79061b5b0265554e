#pragma once
#include "events/events.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

/// A data directory of events for tests of the engine.
namespace tocsin::events {

/// Every even last byte belongs to organisation 1, the rest to nobody.
class EvenOwners final : public Surroundings {
  public:
    explicit EvenOwners(OrganisationNumber odd = 0) : odd_(odd) {}
    void attribute(std::span<Subject const> subjects, std::span<Attribution> answers) const override {
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            answers[i].organisation = subjects[i].address.low % 2 == 0 ? 1 : odd_;
            answers[i].lane = answers[i].organisation == 0 ? Lane::none : Lane::own;
            answers[i].asn = 64496;
            answers[i].country = "XA";
        }
    }

  private:
    OrganisationNumber odd_;
};

class EngineTest : public ::testing::Test {
  protected:
    EngineTest() {
        std::string name = "/tmp/tocsin-engine-XXXXXX";
        folder = ::mkdtemp(name.data());
        open();
    }
    ~EngineTest() override {
        events.reset();
        ledger.reset();
        std::filesystem::remove_all(folder);
    }
    void open() {
        std::vector<store::Migration> tables;
        for (auto const room : {access::migrations(), migrations()})
            tables.insert(tables.end(), room.begin(), room.end());
        ledger = store::Ledger::open(folder / "ledger.sqlite", tables).value();
        Options options;
        options.directory = folder;
        options.catalogue = std::make_shared<FeedCatalogue const>(FeedCatalogue::open().value());
        options.surroundings = [this] { return owners; };
        options.clock = &clock;
        options.workers = 2;
        options.segment_rows = segment_rows;
        options.forget_rows = forget_rows;
        options.fold_rows = fold_rows;
        auto opened = Events::open(*ledger, std::move(options));
        ASSERT_TRUE(opened) << opened.error().message;
        events = *std::move(opened);
    }
    void reopen() {
        events.reset();
        ledger.reset();
        open();
    }
    /// A report of events in the IntelMQ Data Format.
    std::filesystem::path report(std::string const& name, std::vector<std::string> const& lines) {
        std::string text;
        for (auto const& line : lines) text += line + "\n";
        EXPECT_TRUE(store::write_file(folder / name, text));
        return folder / name;
    }
    static std::string line(std::string const& ip, std::string const& time, int port = 23) {
        return R"({"source.ip":")" + ip + R"(","source.port":)" + std::to_string(port) + R"(,"time.source":")" + time +
               R"(","classification.type":"vulnerable-system","classification.taxonomy":"vulnerable",)" +
               R"("classification.identifier":"open-telnet","protocol.transport":"tcp","severity":"medium",)" +
               R"("source.geolocation.city":"Port Example","extra.banner":"login: \"x\"","comment":"c"})";
    }
    Totals ingest(std::filesystem::path const& file) {
        IngestRequest request;
        request.feed = "generic/idf";
        auto totals = events->ingest(file, request);
        EXPECT_TRUE(totals) << totals.error().message;
        return totals ? *totals : Totals();
    }
    std::vector<Finding> all_findings(FindingFilter const& filter = {}) {
        auto page = events->findings(everything, filter, FindingOrder::address, {"", 1000});
        EXPECT_TRUE(page) << page.error().message;
        return page ? page->items : std::vector<Finding>();
    }

    gate::Gate gate{gate::World()};
    Scope const everything = gate.scope<StoredEvent>(gate::Recipient::team(access::command_principal()));
    std::filesystem::path folder;
    FixedClock clock{parse_timestamp("2026-11-23T10:00:00Z").value()};
    std::shared_ptr<Surroundings const> owners = std::make_shared<EvenOwners>();
    std::int64_t segment_rows = 0, forget_rows = 0, fold_rows = 0;
    std::unique_ptr<store::Ledger> ledger;
    std::unique_ptr<Events> events;
};

}  // namespace tocsin::events
